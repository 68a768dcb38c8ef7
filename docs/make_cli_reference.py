"""Print docs/reference/cli.md: every command of ``workbench`` with its arguments and options."""

from __future__ import annotations

import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any

HEAD = """# Every command

Made from the command line itself by `docs/make_cli_reference.py`. `workbench COMMAND --help` shows
the same in the terminal.

What all commands have in common:

- Exit code 0: done. 2: a fault that you can mend, told in a sentence with the way out. 130: stopped
  by Ctrl-C; the same command goes on from there. 1: a gate failed, "Delete?" was answered with no,
  or a file held no question to import. 3: a gate is undecided.
- `-o`, `--output` names what is written, `--format` the form it has; `--set KEY=VALUE` changes a
  value of an experiment for this call, whether it is .py, .yaml, .json or .toml.
- RUN is a run's id, the start of it, its path, or `latest`.
- What is shown goes to standard output, progress and faults to standard error.
- `--json` prints one JSON value and nothing else on standard output.
- `WORKBENCH_RUNS` names the folder of runs (default `runs`), `WORKBENCH_CACHE` that of shared
  artifacts (default `.workbench/cache`), each below the folder that you are in.
"""


def whole_app() -> Any:
    """The command line with all its commands: those that ``run_app`` adds are there once it ran."""
    import typer

    from workbench.cli import app as cli

    arguments, sys.argv = sys.argv, ["workbench", "--help"]
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
            cli.run_app()
    finally:
        sys.argv = arguments
    return typer.main.get_command(cli.app)


def commands(group: Any, prefix: str = "workbench") -> Iterator[tuple[str, Any]]:
    """Each command with its whole name, those of a group after it."""
    for name, command in group.commands.items():
        if command.hidden:
            continue
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


def shown(parameter: Any) -> str:
    """A parameter as it is typed."""
    name = parameter.metavar or parameter.name.upper()
    if parameter.param_type_name == "argument":
        return f"`{name}`"
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    return names if parameter.is_flag else f"{names} `{name}`"


def default(parameter: Any) -> str:
    """What holds where it is not given."""
    if parameter.required:
        return "required"
    value = parameter.default
    if parameter.multiple:
        return "repeatable"
    return "" if value in (None, False, "") else f"`{value}`"


def usage(name: str, command: Any) -> str:
    """One line: the command with its arguments."""
    pieces = [name]
    for parameter in command.params:
        typed = parameter.metavar or parameter.name.upper()
        if parameter.param_type_name == "argument":
            pieces.append(typed if parameter.required else f"[{typed}]")
        elif parameter.required:
            pieces.append(f"{max(parameter.opts[:1])} {typed}")
    return " ".join([*pieces, "[OPTIONS]"])


def section(name: str, command: Any) -> list[str]:
    """A command's heading, what it does, and the table of what it takes."""
    about = [" ".join(part.split()) for part in (command.help or "").split("\n\n")]
    lines = [f"## {name}", "", *"\n\n".join(about).splitlines(), ""]
    lines += ["```", usage(name, command), "```", ""]
    rows = [
        f"| {shown(item)} | {item.help or ''} | {default(item)} |"
        for item in command.params
        if not getattr(item, "hidden", False)
    ]
    return [*lines, "| | what | default |", "|---|---|---|", *rows, ""] if rows else lines


def main() -> None:
    """Print the page."""
    group = whole_app()
    every = list(commands(group))
    lines = [HEAD]
    lines += ["| command | what |", "|---|---|"]
    for name, command in every:
        first = " ".join((command.help or "").split("\n\n")[0].split())
        anchor = name.replace(" ", "-")
        lines.append(f"| [`{name}`](#{anchor}) | {first} |")
    lines += ["", "## workbench", "", "```", "workbench [OPTIONS] COMMAND", "```", ""]
    lines += ["| | what | default |", "|---|---|---|"]
    lines += [f"| {shown(item)} | {item.help or ''} | {default(item)} |" for item in group.params]
    lines.append("")
    for name, command in every:
        lines += section(name, command)
    print("\n".join(lines).rstrip())


if __name__ == "__main__":
    main()
