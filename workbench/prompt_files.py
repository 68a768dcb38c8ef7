"""Prompt files: Jinja text in a folder per prompt format (``chat`` or ``reader``).

The model names its format. What is filled in enters as values, so text of a corpus that looks
like a template stays text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.io.files import read_text

if TYPE_CHECKING:
    from jinja2 import Template


@dataclass(frozen=True)
class PromptFiles:
    """The prompt files of one format, by name."""

    format: str
    files: Mapping[str, str]

    @cached_property
    def _templates(self) -> dict[str, Template]:
        from jinja2 import StrictUndefined
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        # A folder of prompts may come from elsewhere: it fills in values, and runs nothing.
        environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
        return {name: environment.from_string(text) for name, text in self.files.items()}

    def text(self, name: str, **values: Any) -> str:
        """The file with its values filled in; raises WorkbenchError where it does not render."""
        from jinja2 import TemplateError

        try:
            return self._templates[name].render(values).strip()
        except TemplateError as error:
            raise WorkbenchError(
                f"The prompt file {self.format}/{name} does not render: {error}.",
                f"Mend the file; its values are {', '.join(values)}.",
            ) from error

    def uses(self, name: str) -> frozenset[str]:
        """The values that a file asks for; none where there is no such file."""
        from jinja2 import Environment, meta

        return frozenset(
            meta.find_undeclared_variables(Environment().parse(self.files.get(name, "")))
        )


def read_files(shipped: Path, format_: str, edited: str | None = None) -> dict[str, str]:
    """The shipped files of a format, each replaced by the user's file of the same name.

    Raises WorkbenchError for an unknown format, a folder without it, or a file that is no template.
    """
    if not (shipped / format_).is_dir():
        raise WorkbenchError(
            f"There are no prompt files for the format {format_!r}.",
            f"The formats are {', '.join(sorted(path.name for path in shipped.iterdir()))}.",
        )
    folders = [shipped / format_]
    if edited is not None:
        folders.append(Path(edited) / format_)
        if not folders[-1].is_dir():
            raise WorkbenchError(
                f"The prompts folder {edited} holds no folder {format_!r}.",
                f"Copy {folders[0]} there and edit the copy.",
            )
    return {name: text for folder in folders for name, text in read_own(folder).items()}


def read_own(folder: Path) -> dict[str, str]:
    """The prompt files of one folder; raises WorkbenchError for one that is no template."""
    from jinja2 import Environment, TemplateError

    paths = {path.name: path for path in folder.glob("*.jinja")}
    files = {name: read_text(path, "prompt file") for name, path in paths.items()}
    for name, text in files.items():
        try:
            Environment().parse(text)
        except TemplateError as error:
            raise WorkbenchError(
                f"The prompt file {paths[name]} is no valid template: {error}.", "Mend the file."
            ) from error
    return files
