"""The prompt as it was sent, rebuilt from the run's prompt files where its records allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.dashboard.queries.runs import Snapshot, mapping
from workbench.errors import WorkbenchError
from workbench.records.playground import Setting
from workbench.types import Prompt
from workbench.variants.prompting import PromptBook

#: What a run does not record per answer, by the kind of context.
UNRECORDED = {
    "examples": "the run does not record which solved examples stood in it",
    "nearest_examples": "the run does not record which solved examples stood in it",
    "retrieval_with_nearest_examples": "the run does not record which solved examples stood in it",
    "retrieval_with_examples": "the run does not record which solved examples stood in it",
    "system": "it is inside the system",
    "whole_text": "it holds as much of the whole text as the model's window takes",
}


@dataclass(frozen=True)
class Sent:
    """A prompt and what is uncertain about it; or no prompt, and why."""

    prompt: Prompt | None
    note: str = ""


def as_sent(
    run: Snapshot, variant: str, question: str, ids: Sequence[str],
    passages: Mapping[str, Mapping[str, Any]], book: PromptBook | None = None,
) -> Sent:  # fmt: skip
    """What ``variant`` was sent for ``question``, with the passages ``ids`` that it was shown.

    ``book`` are other prompt files than the run's own.
    """
    context = next((known.context for known in run.factors if known.name == variant), None)
    if context is None:
        return Sent(None, "the run's specification does not hold this variant")
    if context in UNRECORDED:
        return Sent(None, UNRECORDED[context])
    if missing := [name for name in ids if name not in passages]:
        return Sent(None, f"the text of {missing[0]} is not in the run")
    book = book or _book(run, variant)
    if book is None:
        return Sent(None, "the run keeps no prompt files, or those of several kinds of model")
    try:
        prompt = book.render(question, [str(passages[name]["text"]) for name in ids])
    except WorkbenchError as error:
        return Sent(None, str(error))
    # The last passage left is cut where it is longer than the window; the cut is not recorded.
    cut = "Its only passage may have been cut at the end to fit the model's window."
    return Sent(prompt, cut if len(ids) == 1 and context != "evidence" else "")


def book_of(run: Snapshot, setting: Setting) -> PromptBook:
    """The prompt files of a setting that was tried, with the run's purpose."""
    purpose = str(run.specification.get("purpose") or run.manifest.purpose)
    return PromptBook(setting.format, setting.files, purpose, setting.form, run.results.labels)


def _book(run: Snapshot, variant: str) -> PromptBook | None:
    """The prompt files that the run kept of a variant, with its purpose and form of the answer."""
    own = run.files.own_prompts(variant)
    kept = own if own.is_dir() else run.files.prompts
    folders = [path for path in sorted(kept.glob("*")) if path.is_dir()]
    if len(folders) != 1:
        return None
    try:
        files = {path.name: path.read_text("utf-8") for path in folders[0].glob("*.jinja")}
    except (OSError, UnicodeDecodeError):
        return None
    if "answer.jinja" not in files:
        return None
    purpose = str(run.specification.get("purpose") or run.manifest.purpose)
    form = str(mapping(run.specification.get("prompts")).get("form") or "")
    return PromptBook(folders[0].name, files, purpose, form, run.results.labels)
