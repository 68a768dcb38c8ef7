"""The tools behind the SDK's server: faults in one sentence, and all declared as reading alone."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations

from workbench.errors import WorkbenchError
from workbench.mcp import INSTRUCTIONS
from workbench.mcp.tools import TOOLS


def tool_server(questions: bool = True) -> MCPServer[Any]:
    """The server with its tools; without those that show text unless ``questions``."""
    server: MCPServer[Any] = MCPServer(
        "rag-finetune-workbench", instructions=INSTRUCTIONS, log_level="WARNING"
    )
    for name, (function, shows_text) in TOOLS.items():
        if questions or not shows_text:
            server.add_tool(
                _telling(function),
                name=name,
                description=inspect.getdoc(function),
                annotations=ToolAnnotations(read_only_hint=True, open_world_hint=False),
            )
    return server


def _telling(function: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """The function with a user's fault as what the assistant reads, way out included."""

    @functools.wraps(function)
    def told(**given: Any) -> dict[str, Any]:
        try:
            return function(**given)
        except WorkbenchError as error:
            raise ToolError(str(error)) from error

    return told
