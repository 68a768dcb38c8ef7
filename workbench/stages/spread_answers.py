"""Questions answered by workers on other machines; their records are written here.

A worker opens a variant's model and search once and answers some questions at a time. What a
model behind an endpoint answers is asked from this machine: more of them would not be quicker, and
would not keep to its pace and its budget together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.io.files import read_json, write_json
from workbench.records.layout import RunLayout
from workbench.stages.context import RunContext
from workbench.stages.inputs import SearchInput, SystemsInputs
from workbench.types import Answer, Progress, Question
from workbench.variants.assembly import model_of

if TYPE_CHECKING:
    from workbench.variants.answering import AnswerRecords

#: Questions that a worker is given at a time: some batches, so that a lost one costs little.
UNIT = 32
#: What holds where an experiment is trained once.
FIRST = 1


@dataclass(frozen=True)
class Shifted:
    """A Progress of one part of a stage: its count starts where the parts before it ended."""

    whole: Progress
    base: int
    total: int

    def __call__(self, done: int, total: int, note: str = "") -> None:
        self.whole(self.base + done, self.total, note)


@dataclass(frozen=True)
class Asked:
    """Some questions for a variant as it came of a training; ``thresholds`` were chosen meanwhile.

    With a ``probe``, an exam question, it is also told what the variant sees and weighs.
    """

    variant: str
    training: int
    thresholds: Mapping[str, float | None]
    questions: tuple[Question, ...]
    probe: Question | None = None


@dataclass(frozen=True)
class Replied:
    """The answers, and of a probe the share of the corpus seen and the bytes of the weights."""

    answers: list[Answer]
    seen: float | None = None
    weight: int | None = None


@dataclass(frozen=True)
class Answering:
    """Opens a worker that answers as the variants of some inputs."""

    inputs: SystemsInputs

    def __call__(self, context: RunContext) -> Callable[[Asked], Replied]:
        from workbench.variants.answering import answered, share_seen

        opened: dict[tuple[str, int], Any] = {}

        def reply(unit: Asked) -> Replied:
            key = (unit.variant, unit.training)
            if key not in opened:
                own = self.inputs
                if unit.training != FIRST:
                    own, _ = own.training(unit.training)
                (opened[key],) = context.systems(own, [unit.variant])
            system = opened[key]
            if unit.variant in unit.thresholds:
                system = replace(system, abstain_below=unit.thresholds[unit.variant])
            answers = [one for batch in answered(system, unit.questions) for one in batch]
            if unit.probe is None:
                return Replied(answers)
            weigh = getattr(system.model, "weight_bytes", None)
            seen = share_seen(system, [unit.probe])
            return Replied(answers, seen, None if weigh is None else weigh())

        return reply


@dataclass
class Told:
    """What was told of the variants that workers answered as, and how many questions they had."""

    seen: dict[str, float | None] = field(default_factory=dict)
    weights: dict[str, int] = field(default_factory=dict)
    asked: int = 0


def spread_variants(inputs: SystemsInputs, context: RunContext) -> tuple[str, ...]:
    """The variants that workers answer as: all whose models and searches are no endpoint's."""
    if context.executor.is_here:
        return ()
    local = {
        given.reference for given in inputs.models
        if given.endpoint is None and given.served_by is None and given.system is None
    }  # fmt: skip
    return tuple(
        variant.name for variant in inputs.variants
        if model_of(inputs, variant) in local
        and (
            variant.given_context in ("none", "examples", "whole_text")
            or _searches_anywhere(inputs.searches.get(variant.name, inputs.search))
        )
    )  # fmt: skip


def _searches_anywhere(search: SearchInput) -> bool:
    """Whether a search needs nothing that stands on one machine or has a key there."""
    spec = search.retrieval
    asked = (search.writer, search.reranker)
    embedding = search.embedding.spec
    return (
        spec.store is None
        # What is written to search with is kept in one file, by one process.
        and search.writer is None
        and all(model is None or model.endpoint is None for model in asked)
        and (embedding is None or embedding.endpoint is None)
    )


def answer_elsewhere(
    inputs: SystemsInputs, names: Sequence[str], questions: Sequence[Question], out: Path,
    context: RunContext, total: int,
) -> Told:  # fmt: skip
    """Have workers answer as the variants of ``names``, of every training, into the run's files."""
    told = Told()
    if not names:
        return told
    wanted = _trainings(inputs, names, out)
    thresholds = _thresholds(inputs, wanted, out, context)
    files = {(name, number): layout.answers(name) for name, number, layout in wanted}

    def progress(done: int, note: str) -> None:
        context.progress(done, total, note)

    for place, reply in _asked(inputs, files, questions, thresholds, context, progress):
        name, number = place
        if number == FIRST:
            told.seen[name] = reply.seen
            if reply.weight is not None:
                told.weights[name] = reply.weight
    told.asked = len(files) * len(questions)
    return told


def answer_files_elsewhere(
    inputs: SystemsInputs, files: Mapping[str, Path], questions: Sequence[Question],
    context: RunContext,
) -> None:  # fmt: skip
    """Have workers answer some questions as variants, each into a file of its own."""
    places = {(name, FIRST): path for name, path in files.items()}
    bare: dict[Place, float | None] = dict.fromkeys(places)

    def progress(done: int, note: str) -> None:
        context.progress(done, len(questions) * len(files), note)

    for _ in _asked(inputs, places, questions, bare, context, progress):
        pass


Place = tuple[str, int]


def _trainings(
    inputs: SystemsInputs, names: Sequence[str], out: Path
) -> list[tuple[str, int, RunLayout]]:
    """Each variant in each of its trainings, and where that is kept."""
    wanted = [(name, FIRST, RunLayout(out)) for name in names]
    for number in range(2, len(inputs.further) + 2):
        _, again = inputs.training(number)
        files = RunLayout(out).training(number)
        wanted += [(name, number, files) for name in again if name in names]
    return wanted


def _asked(
    inputs: SystemsInputs, files: Mapping[Place, Path], questions: Sequence[Question],
    thresholds: Mapping[Place, float | None], context: RunContext,
    progress: Callable[[int, str], None],
) -> Iterator[tuple[Place, Replied]]:  # fmt: skip
    """Record what workers answer; yields the replies that tell more of a variant."""
    from workbench.variants.answering import AnswerRecords

    records: dict[Place, AnswerRecords] = {}
    units: list[Asked] = []
    for place, path in files.items():
        records[place] = AnswerRecords(path, questions)
        name, number = place
        own = {name: thresholds[place]} if place in thresholds else {}
        left = records[place].left
        for at in range(0, len(left), UNIT) or (0,):
            probe = questions[0] if at == 0 and questions else None
            units.append(Asked(name, number, own, tuple(left[at : at + UNIT]), probe))
    done = sum(record.count for record in records.values())
    progress(done, "")
    for at, reply in context.spread(Answering(inputs), units):
        unit = units[at]
        place = (unit.variant, unit.training)
        if reply.answers:
            records[place].add(reply.answers)
        done += len(reply.answers)
        progress(done, unit.variant)
        if unit.probe is not None:
            yield place, reply
    for (name, _), record in records.items():
        record.require_answers(name)


def _thresholds(
    inputs: SystemsInputs, wanted: Sequence[tuple[str, int, RunLayout]], out: Path,
    context: RunContext,
) -> dict[Place, float | None]:  # fmt: skip
    """The thresholds that are chosen on dev questions, which workers answer."""
    from workbench.questions.dataset.question_set import read_questions

    asking = {variant.name for variant in inputs.variants if variant.abstain_below == "dev"}
    chosen: dict[Place, Any] = {}
    due: dict[Place, RunLayout] = {}
    for name, number, layout in wanted:
        if name not in asking:
            continue
        known = read_json(layout.thresholds) if layout.thresholds.exists() else {}
        if name in known:
            chosen[name, number] = known[name]["below"]
        else:
            due[name, number] = layout
    if due:
        questions = read_questions(RunLayout(out).questions("dev"))
        files = {(name, number): layout.dev_answers(name) for (name, number), layout in due.items()}
        bare: dict[Place, float | None] = dict.fromkeys(due)

        def progress(done: int, note: str) -> None:
            context.progress(
                done, len(questions) * len(due), f"{note}: threshold on dev questions".lstrip(": ")
            )

        for _ in _asked(inputs, files, questions, bare, context, progress):
            pass
        language = context.corpus(inputs.corpus).language
        for (name, number), layout in due.items():
            found = threshold_of(questions, files[name, number], language)
            known = read_json(layout.thresholds) if layout.thresholds.exists() else {}
            write_json(layout.thresholds, {**known, name: found})
            chosen[name, number] = found["below"]
    return chosen


def threshold_of(questions: Sequence[Question], path: Path, language: str) -> dict[str, Any]:
    """A variant's threshold from its recorded answers to dev questions."""
    from workbench.evaluation.metrics import score_answers
    from workbench.evaluation.selective import choose_threshold
    from workbench.variants.answering import read_answers

    answers = read_answers(path)
    f1 = {
        score.question: score.value
        for score in score_answers(questions, answers, language)
        if score.metric == "f1" and score.value is not None
    }
    return choose_threshold(questions, answers, f1)
