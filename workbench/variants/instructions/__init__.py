"""The prompts that a search tries: shipped ones, and those of a folder of the user's.

A candidate is a folder of prompt files, ``NAME/chat/system.jinja`` for one; what it does not hold
stays as it is.
"""

from __future__ import annotations

from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.experiment.prompt_search import SHIPPED, PromptSearchSpec, is_shipped
from workbench.prompt_files import PromptFiles, read_own

FOLDER = Path(__file__).parent
#: Above so many candidates of a user's own, dev questions tell luck from merit no more.
MOST = 20


def candidates(spec: PromptSearchSpec, format_: str) -> tuple[str | None, ...]:
    """What is tried for a model of that format, the present prompt (None) first.

    Raises WorkbenchError for a folder without candidates, and for one that has no prompt to try.
    """
    shipped = SHIPPED.get(format_, ()) if spec.shipped else ()
    for name in (own := _own(spec.folder)):
        read_candidate(name, format_)
    return (None, *shipped, *own)


def _own(folder: str | None) -> list[str]:
    if folder is None:
        return []
    path = Path(folder)
    found = sorted(str(item) for item in path.glob("*") if item.is_dir()) if path.is_dir() else []
    if not found or len(found) > MOST:
        told = f"{len(found)} folders, and {MOST} are the most" if found else "no folder of one"
        raise WorkbenchError(
            f"The folder of prompts to try {folder} holds {told}.",
            "Put each candidate into a folder of its own: "
            f"{path / 'my_wording' / 'chat' / 'system.jinja'}.",
        )
    return found


def read_candidate(prompt: str, format_: str) -> dict[str, str]:
    """The files of a candidate; raises WorkbenchError where it has none for that format."""
    folder = FOLDER / prompt if is_shipped(prompt) else Path(prompt)
    files = read_own(folder / format_)
    if not any(text.strip() for text in files.values()):
        raise WorkbenchError(
            f"The prompt {prompt} has no words for models of the format {format_!r}.",
            f"Write {folder / format_ / ('system.jinja' if format_ == 'chat' else 'answer.jinja')}"
            ", or take the candidate away: every variant tries the same.",
        )
    asks = PromptFiles(format_, files).uses("answer.jinja")
    if "answer.jinja" in files and "question" not in asks:
        raise WorkbenchError(
            f"The prompt {prompt} never asks: its {format_}/answer.jinja has no "
            "{{ question }}.",
            "Put {{ question }} where the question is to stand.",
        )
    return files


def name_of(prompt: str | None) -> str:
    """A candidate's name on display; empty for the present prompt."""
    return "" if prompt is None else Path(prompt).name
