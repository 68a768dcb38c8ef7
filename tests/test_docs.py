"""What the documentation says is so: commands parse, settings are taken, links lead on."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMED = {str(path.relative_to(ROOT)): path for path in PAGES}
NEEDED = {"purpose": "Answer questions about it.", "name": "it", "corpus": "it.md"}


def script(name: str) -> str:
    """What a script of docs/ prints."""
    command = [sys.executable, str(ROOT / "docs" / name)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def blocks(path: Path, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    text = path.read_text("utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands() -> Iterator[Any]:
    """Each command line of the documentation, with its page."""
    for name, path in NAMED.items():
        if name == "docs/reference/cli.md":
            continue  # its usage lines are no commands
        for block in blocks(path, "") + blocks(path, "bash") + blocks(path, "yaml"):
            # A command may go on in the next line.
            for line in block.replace("\\\n", " ").splitlines():
                words = re.sub(r"^\s*(- run: )?(\$ )?([A-Z_]+=\S+ )*", "", line)
                if words.startswith("workbench "):
                    yield pytest.param(words, id=f"{name}: {words[:60]}")


def settings() -> Iterator[Any]:
    """Each Python block that gives values to keys of an experiment, with its page."""
    for name, path in NAMED.items():
        for place, block in enumerate(blocks(path, "python")):
            yield pytest.param(block, id=f"{name}: {place}")


def test_the_page_of_commands_is_what_the_command_line_is() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text("utf-8")
    assert script("make_cli_reference.py") == page


@pytest.fixture(scope="module")
def whole() -> Any:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        from make_cli_reference import whole_app
    finally:
        sys.path.pop(0)
    return whole_app()


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_documentation_is_one(whole: Any, line: str) -> None:
    words = shlex.split(re.split(r"[|>]", line)[0], comments=True)[1:]
    command = whole
    while hasattr(command, "commands") and words and not words[0].startswith("-"):
        assert words[0] in command.commands, f"there is no command {words[0]!r}"
        command = command.commands[words.pop(0)]
    if command is not whole:
        # Raises a usage error for an option or argument that the command does not take.
        command.make_context("workbench", words)


@pytest.mark.parametrize("block", settings())
def test_a_setting_of_the_documentation_is_taken(block: str) -> None:
    from workbench import Experiment

    values: dict[str, Any] = {}
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Experiment":
            values |= {str(item.arg): ast.literal_eval(item.value) for item in node.keywords}
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            # The assignments of a block are keys of one experiment; a later one wins.
            values |= {node.targets[0].id: node.value}
    values.pop("experiment", None)
    given = {k: ast.literal_eval(v) if isinstance(v, ast.expr) else v for k, v in values.items()}
    Experiment(**{**NEEDED, **given})


@pytest.mark.parametrize("page", NAMED)
def test_a_link_of_the_documentation_leads_to_a_file(page: str) -> None:
    path = NAMED[page]
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        file = target.split("#")[0]
        if file and not re.match(r"[a-z]+:", file):
            assert (path.parent / file).exists(), f"{page}: {target}"
