"""A server of the Model Context Protocol: an assistant asks runs what the command line would tell.

Over standard input and output, by the official SDK. Its tools read runs and change none;
:mod:`.tools` holds them as plain functions.
"""

from __future__ import annotations

from importlib.util import find_spec

from workbench.errors import WorkbenchError

__all__ = ["serve_tools"]

INSTRUCTIONS = (
    "Runs of a workbench that compares prompting, retrieval and fine-tuning on a corpus. "
    "A run is named by its id, the start of it, or 'latest'. Figures are shares from 0 to 1 with "
    "their intervals; where a verdict is undecided, say so."
)


def serve_tools(questions: bool = True) -> None:
    """Answer on standard input and output until it is closed.

    ``questions`` False leaves out the tool that puts questions to a run's models, which starts a
    process and shows text of the corpus. Raises WorkbenchError where the SDK is not installed.
    """
    if find_spec("mcp") is None or find_spec("mcp.server.mcpserver") is None:
        raise WorkbenchError(
            "workbench mcp needs the package mcp (2 or later), which is not installed.",
            "pip install 'rag-finetune-workbench[mcp]'",
        )
    from workbench.mcp.server import tool_server

    tool_server(questions).run("stdio")
