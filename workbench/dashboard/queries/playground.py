"""What a run's playground shows: the present setting, the tries, and each against the present."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench import wording
from workbench.dashboard.queries import runs
from workbench.experiment import Experiment
from workbench.experiment.variant import variant_of
from workbench.records.playground import Outcome, Scored, Setting, Try, TryFiles, tries
from workbench.types import Comparison
from workbench.variants.prompting import open_book

#: What the two sides of a try are called, and the first in a sentence; True: of a system of
#: another make, which was only asked again.
SIDES = {
    False: ("At present", "Tried", "the present setting has"),
    True: ("At first", "Now", "it had at first"),
}


@dataclass(frozen=True)
class Shown:
    """A try with how it ended, if it has."""

    files: TryFiles
    asked: Try
    outcome: Outcome | None

    @property
    def id(self) -> str:
        return self.files.id

    @property
    def scored(self) -> bool:
        """Whether it says something of the setting: scores on two questions or more."""
        return self.outcome is not None and len(self.outcome.scores) > 1


def listed(run: Path) -> list[Shown]:
    """Every try of the run, newest first."""
    return [Shown(files, files.read(), files.result()) for files in reversed(tries(run))]


def present(run: runs.Snapshot, experiment: Experiment, variant: str) -> Setting:
    """How the run has the variant set, with the prompt files that it used; nothing of a system of
    another make, which has them inside."""
    from workbench.experiment.weights import prompt_format

    spec = next(item for item in experiment.variants if item.name == variant)
    if spec.system is not None:
        return Setting()
    own = variant_of(experiment, spec)
    form = prompt_format(own.model)
    kept = run.files.prompts if spec.prompt is None else run.files.own_prompts(variant)
    used = (kept / form).is_dir()
    # Of a run that kept none, those that it would use today.
    folder = str(kept) if used else experiment.prompts.folder
    book = open_book(
        form, experiment.purpose, experiment.prompts.form, folder, run.results.labels,
        None if used else spec.prompt,
    )  # fmt: skip
    passages = spec.passages or experiment.passages
    # Whole sections have no size that could be tried.
    sized = own.top_k is not None and passages.split != "section"
    return Setting(
        form=experiment.prompts.form, files=dict(sorted(book.files.items())), format=form,
        top_k=own.top_k, chunk_size=passages.chunk_size if sized else None,
        temperature=experiment.decoding.temperature,
    )  # fmt: skip


def is_foreign(experiment: Experiment, variant: str) -> bool:
    """Whether it is a system of another make, which is asked again as it is by then."""
    return any(item.name == variant and item.system for item in experiment.variants)


def sides(experiment: Experiment, shown: Shown) -> tuple[str, str, str]:
    """What the sides of a try are called: two heads, and the first in a sentence."""
    return SIDES[is_foreign(experiment, shown.asked.variant)]


def uses_form(setting: Setting) -> bool:
    """Whether the instruction stands in the prompt at all."""
    from workbench.prompt_files import PromptFiles

    book = PromptFiles(setting.format, setting.files)
    return any("form" in book.uses(name) for name in setting.files)


def changes(before: Setting, after: Setting) -> list[str]:
    """What a try changes, each in a few words; empty where nothing."""
    told = []
    if before.form != after.form:
        told.append("instruction")
    told += [name for name, text in after.files.items() if before.files.get(name) != text]
    if before.top_k != after.top_k:
        told.append(f"top_k {before.top_k} → {after.top_k}")
    if after.chunk_size not in (None, before.chunk_size):
        told.append(f"chunk_size {before.chunk_size} → {after.chunk_size}")
    if before.temperature != after.temperature:
        told.append(f"temperature {before.temperature:g} → {after.temperature:g}")
    return told


def difference_of_texts(before: Setting, after: Setting) -> str:
    """The changed lines of instruction and prompt files, as ``diff`` shows them."""
    pairs = {"instruction": (before.form, after.form)} | {
        name: (before.files.get(name, ""), text) for name, text in after.files.items()
    }
    return "\n".join(
        line
        for name, (old, new) in pairs.items()
        for line in difflib.unified_diff(
            old.splitlines(), new.splitlines(), f"{name}, present", f"{name}, tried", lineterm=""
        )
    )


def compared(scores: Sequence[Scored], level: float, seed: int = 0) -> Comparison:
    """Tried minus present, paired by question; sections are the clusters."""
    import numpy as np

    from workbench.evaluation.statistics import Design, compare

    def column(values: list[float | None]) -> Any:
        return np.array([np.nan if value is None else value for value in values], dtype=float)

    return compare(
        column([row.tried for row in scores]), column([row.present for row in scores]),
        Design.of([row.cluster for row in scores]), names=("tried", "present"), level=level,
        seed=seed,
    )  # fmt: skip


def mean(values: Sequence[float | None]) -> float | None:
    """The mean of those that there are."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def rivals(shown: Sequence[Shown], variant: str) -> int:
    """How many different settings of a variant have been scored here: the best is chosen of so
    many."""
    settings = [
        item.asked.setting.model_dump_json()
        for item in shown
        if item.asked.variant == variant and item.scored
    ]
    return len(set(settings))


def allowing_for(scores: Sequence[Scored], level: float, tried: int) -> Comparison:
    """The comparison with an interval that ``tried`` settings keep all at once (Bonferroni)."""
    return compared(scores, 1 - (1 - level) / max(1, tried))


def answers(run: runs.Snapshot, shown: Shown) -> tuple[dict[str, Any], dict[str, Any]]:
    """The recorded answers by question, at present and as tried, as far as there are any."""

    def of(path: Path) -> dict[str, Mapping[str, Any]]:
        return {str(row.get("question")): row for row in runs.lines(path)}

    return of(run.files.present(shown.asked.variant)), of(shown.files.answers)


def passages(shown: Shown) -> dict[str, dict[str, Any]]:
    """The passages of a try's own index that were shown, by id."""
    listed = runs.lines(shown.files.passages)
    return {f"{row.get('document')}:{row.get('start')}-{row.get('end')}": row for row in listed}


def progress(run: runs.Snapshot, shown: Shown, questions: Sequence[str]) -> tuple[int, int]:
    """Answers so far, of how many: each question is answered by both settings."""
    before, after = answers(run, shown)
    return sum((q in before) + (q in after) for q in questions), 2 * len(questions)


def sentence(shown: Shown, found: Comparison, metric: str, other: str) -> str:
    """What the try scored, and how sure the difference is; ``other`` is what it is held against."""
    assert shown.outcome is not None
    scores = shown.outcome.scores
    tried = mean([row.tried for row in scores])
    before = mean([row.present for row in scores])
    if tried is None or before is None or found.difference is None:
        return "No question was scored in both settings."
    unit = wording.metric_label(metric)
    many = f"{found.n} dev question{'s' * (found.n != 1)}"
    told = (
        f"{wording.points(tried)} points of {unit} where {other} {wording.points(before)}, on "
        f"{many}: {wording.difference(found.difference)}"
    )
    if found.low is None or found.high is None:
        return f"{told}. One or two questions show what happens, not how often."
    told += f" {wording.interval(found.low, found.high, metric, signed=True)}"
    if found.low > 0:
        return f"{told}. Better than luck alone explains."
    if found.high < 0:
        return f"{told}. Worse than luck alone explains."
    return f"{told}. That is within what luck alone can do."


def caveat(known: Sequence[Shown], shown: Shown, level: float) -> str:
    """Dev, not the exam; and what choosing the best of several is worth."""
    assert shown.outcome is not None
    told = "These are dev questions, not the exam; of several tries the best is lucky."
    several = rivals(known, shown.asked.variant)
    if several < 2 or not shown.scored:
        return told
    wide = allowing_for(shown.outcome.scores, level, several)
    if wide.low is None:
        return told
    span = wording.interval(wide.low, wide.high, shown.outcome.metric, signed=True)
    return f"{told} Allowing for the {several} settings tried, the difference is {span}."
