"""What a run's adapters broke: the models probed before and after, and the figures from it.

For each adapter the base model and the tuned one continue the prose of the probe set and answer
its reading questions. Both records are artifacts, made once and shared by all runs on the same
model or adapter; a killed probe goes on where it stopped. The prompt is the shipped one with a
purpose of its own, so that a run's purpose and prompt files do not change the probe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.estimate import StageEstimate, timed
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.evaluation import forgetting, probes
from workbench.evaluation.table import tables
from workbench.experiment import Experiment
from workbench.experiment.variant import top_k_of
from workbench.experiment.variant_spec import VariantSpec
from workbench.io import jsonl
from workbench.records.layout import RunLayout
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.copy_artifacts import copy_folder
from workbench.stages.inputs import ModelInput
from workbench.types import (
    Answer,
    Decoding,
    LanguageModel,
    Message,
    ModelReference,
    Prompt,
    Question,
    Score,
)
from workbench.variants.answering import read_answers
from workbench.variants.assembly import AdapterPlan, adapter_of, model_of

if TYPE_CHECKING:
    from workbench.models.local import LocalModel
    from workbench.records.run import Run
    from workbench.variants.system import System

PROSE, ANSWERS = "prose.jsonl", "answers.jsonl"
PURPOSE = "Answer the question from the passage."
FORM = "Answer in as few words as the question allows, without explanation."
REPLY_TOKENS = 16
AT_ONCE = 4  # pieces of prose scored and recorded together
PIECES, QUESTIONS = 2, 8  # of a trial


@dataclass(frozen=True)
class ProbeTarget:
    """One adapter: its variants, its base model, and where the two records lie in the run.

    ``twins`` pairs each of its variants with the untuned one that is given the same context.
    ``adapter`` is a folder that a variant names; None where the run trains it.
    """

    name: str
    variants: tuple[str, ...]
    base: ModelReference
    adapter: str | None
    before: str = "base"
    twins: tuple[tuple[str, str], ...] = ()


def probe_targets(experiment: Experiment) -> list[ProbeTarget]:
    """The adapters of the experiment's variants that run on this machine."""
    matches: dict[AdapterPlan | ModelReference, ProbeTarget] = {}
    for variant in experiment.variants:
        plan, reference = adapter_of(experiment, variant), _here(experiment, variant)
        if reference.endpoint is not None or (plan is None and reference.adapter is None):
            continue
        if reference.task == "classify":
            continue  # it never could continue prose or read
        key = plan or reference
        base = plan.model if plan else replace(reference, adapter=None)
        adapter = None if plan else reference.adapter
        item = matches.get(key) or ProbeTarget(variant.name, (), base, adapter)
        twins = (*item.twins, *_twin(experiment, variant, base))
        matches[key] = replace(item, variants=(*item.variants, variant.name), twins=twins)
    names: dict[ModelReference, str] = {}
    return [
        replace(
            item,
            before=names.setdefault(item.base, f"base_{item.name}" if names else "base"),
        )
        for item in matches.values()
    ]


def _here(experiment: Experiment, variant: VariantSpec) -> ModelReference:
    """A variant's model on this machine, whoever serves it."""
    return replace(model_of(experiment, variant), served_by=None)


def _twin(
    experiment: Experiment, variant: VariantSpec, base: ModelReference
) -> list[tuple[str, str]]:
    """(variant, its untuned counterpart), or nothing where none sat the exam."""

    def given(variant_spec: VariantSpec) -> tuple[Any, ...]:
        own = (variant_spec.retrieval, variant_spec.passages)
        return variant_spec.given_context, top_k_of(experiment, variant_spec), own

    return [
        (variant.name, other.name)
        for other in experiment.variants
        if given(other) == given(variant)
        and _here(experiment, other) == base
        and adapter_of(experiment, other) is None
    ][:1]


class ProbeInputs(Inputs):
    """One model put to the probe set. ``adapter`` is a trained one, laid over ``model``."""

    model: ModelInput
    adapter: ArtifactReference | None
    probes: str


class ProbeStage:
    """The record of one model: made once, shared by all runs on the same model or adapter."""

    name, version = "probe", 2

    def run(self, inputs: ProbeInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.models.local import LocalModel

        model = context.model(inputs.model)
        assert isinstance(model, LocalModel), "probe_targets lets no endpoint through"
        if inputs.adapter is not None:
            model = model.with_adapter(str(inputs.adapter.path / "adapter"))
        _continue(model, out / PROSE)
        _read(model, out / ANSWERS)
        return {}

    def estimate(self, inputs: ProbeInputs, context: TrialContext) -> StageEstimate:
        """A few pieces continued, a few questions read."""
        from workbench.variants.answering import answer_questions

        model = context.model(inputs.model)
        questions, pieces = probes.questions(), probes.pieces()
        system, path = _reader(model), context.folder / "probe.jsonl"
        _, reading = timed(lambda: answer_questions(system, questions[:QUESTIONS], path))
        first, second = zip(*(_halves(piece.text) for piece in pieces[:PIECES]), strict=True)
        _, continuing = timed(lambda: model.log_likelihood(first, second))
        seconds = reading / QUESTIONS * len(questions) + continuing / PIECES * len(pieces)
        return StageEstimate(self.name, seconds)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return "one model on the probe set"

    def amount(self, experiment: Experiment) -> float:
        return 1.0


PROBE = ProbeStage()


class ForgettingInputs(Inputs):
    """The two records of each adapter, by the folder that they get in the run."""

    records: dict[str, ProbeInputs]
    adapters: int

    @classmethod
    def of(
        cls, experiment: Experiment, adapters: Mapping[str, ArtifactReference]
    ) -> ForgettingInputs | None:
        """``adapters`` are the trained ones by variant; None where nothing was tuned."""
        records: dict[str, ProbeInputs] = {}
        listed = probe_targets(experiment)
        for target in listed:
            base = ModelInput.of(target.base, experiment.batch_tokens)
            own = ModelInput.of(
                replace(target.base, adapter=target.adapter or target.base.adapter),
                experiment.batch_tokens,
            )
            trained = adapters.get(target.variants[0]) if target.adapter is None else None
            for name, model, adapter in (
                (target.before, base, None), (target.name, own, trained),
            ):  # fmt: skip
                records.setdefault(
                    name, ProbeInputs(model=model, adapter=adapter, probes=probes.digest())
                )
        return cls(records=records, adapters=len(listed)) if listed else None


class ForgettingStage:
    """``forgetting/<record>/`` in the run's folder: each model's record, copied from the cache."""

    name, version = "forgetting", 1

    def run(self, inputs: ForgettingInputs, out: Path, context: RunContext) -> dict[str, Any]:
        each = len(probes.pieces())
        total = len(inputs.records) * each
        for place, (name, probe) in enumerate(inputs.records.items()):
            if not RunLayout(out).forgetting(name).exists():
                context.progress(place * each, total, name)
                copy_folder(
                    context.make(PROBE, probe).path,
                    RunLayout(out).forgetting(name),
                    (PROSE, ANSWERS),
                )
        context.progress(total, total)
        counted = f"{len(probes.questions())} reading questions and {each} pieces"
        return {
            "adapters": inputs.adapters,
            "sentence": f"{counted} of other prose, before and after",
        }

    def estimate(self, inputs: ForgettingInputs, context: TrialContext) -> StageEstimate:
        one = PROBE.estimate(next(iter(inputs.records.values())), context)
        return StageEstimate(self.name, (one.seconds or 0.0) * len(inputs.records))

    def describe(self, summary: Mapping[str, Any]) -> str:
        return str(summary["sentence"])

    def amount(self, experiment: Experiment) -> float:
        return 1.0


def _continue(model: LocalModel, path: Path) -> None:
    """Mean negative log-likelihood per token (nats) of the second half of each piece.

    The first half is the prompt, opened as the model's format opens a text to be continued. A
    piece that is recorded already is passed over.
    """
    from workbench.models.likelihood import mean_log_likelihood

    done = {record["piece"] for record in jsonl.stream(path)}
    left = [piece for piece in probes.pieces() if piece.id not in done]
    before = opening(model)
    room = model.context_window - len(before)
    for start in range(0, len(left), AT_ONCE):
        group = left[start : start + AT_ONCE]
        texts = [model.encoder.text(piece.text)[:room] for piece in group]
        halves = [(ids[: len(ids) // 2], ids[len(ids) // 2 :]) for ids in texts]
        with model.shared.using(model.reference.adapter) as network:
            values = mean_log_likelihood(
                network,
                [[*model.front, *before, *first] for first, _ in halves],
                [second for _, second in halves],
                model.pad_id,
            )
        jsonl.append(
            path,
            [
                {"piece": piece.id, "tokens": len(second), "nats": -value}
                for piece, (_, second), value in zip(group, halves, values, strict=True)
            ],
        )


def opening(model: LocalModel) -> list[int]:
    """The ids before a text that the model is to continue; none for a model that just reads on."""
    from workbench.tuning.batches import CONTINUATION

    if model.prompt_format not in CONTINUATION:
        return []
    words = Message("user", CONTINUATION[model.prompt_format])
    return model.encoder.prompts([Prompt((words,))])[0]


def _read(model: LocalModel, path: Path) -> None:
    """Answers to the reading questions, each beside its piece."""
    from workbench.variants.answering import answer_questions

    answer_questions(_reader(model), probes.questions(), path)


def _reader(model: LanguageModel) -> System:
    """The model with each reading question's own piece before it."""
    from workbench.variants.prompting import open_book
    from workbench.variants.providers import EvidenceProvider, NoContext
    from workbench.variants.system import System

    passages = tuple(piece.passage for piece in probes.pieces())
    book = open_book(model.prompt_format, PURPOSE, FORM)
    provider = EvidenceProvider(passages, NoContext())
    return System("probe", model, provider, book, Decoding(REPLY_TOKENS))


def _halves(text: str) -> tuple[Prompt, str]:
    words = text.split()
    middle = len(words) // 2
    return Prompt((Message("user", " ".join(words[:middle])),)), " ".join(words[middle:])


def figures(
    run: Run,
    experiment: Experiment,
    questions: Sequence[Question],
    scores: Sequence[Score],
    labels: Mapping[str, str],
) -> list[dict[str, Any]]:
    """What ``results.json`` says under ``forgetting``; empty where nothing was probed.

    ``questions`` and ``scores`` are the run's own, for the exam questions known before; ``labels``
    the display names of its variants.
    """
    written = [q for q in questions if q.origin != "gold"] or questions
    exam = [q for q in written if q.answers and q.kind not in ("behaviour", "label")]
    names = [variant.name for variant in experiment.variants]
    grid = tables(exam, scores, names).get(forgetting.RIGHT)
    level, seed = experiment.decision.level, experiment.seed
    matches: list[dict[str, Any]] = []
    for subject in probe_targets(experiment):
        before, after = (run.files.forgetting(name) for name in (subject.before, subject.name))
        if not (before / ANSWERS).exists() or not (after / ANSWERS).exists():
            continue
        result = {
            "adapter": subject.name,
            "variants": list(subject.variants),
            "model": subject.base.name,
            "records": [f"forgetting/{folder.name}" for folder in (before, after)],
            **_held_together(_read_record(before), _read_record(after), level, seed),
            "known": [
                pair
                for variant, twin in subject.twins
                if (pair := forgetting.known(grid, variant, twin)) is not None
            ],
        }
        matches.append(forgetting.told(result, len(matches), labels))
    return matches


_Record = tuple[dict[str, dict[str, Any]], list[Answer]]


def _read_record(folder: Path) -> _Record:
    """The prose by piece, and the answers."""
    prose = {record["piece"]: record for record in jsonl.stream(folder / PROSE)}
    return prose, read_answers(folder / ANSWERS)


def _held_together(before: _Record, after: _Record, level: float, seed: int) -> dict[str, Any]:
    first, second = (
        {name: float(record["nats"]) for name, record in prose.items()}
        for prose, _ in (before, after)
    )
    tokens = sum(record["tokens"] for record in before[0].values())
    return {
        "prose": forgetting.prose(first, second, tokens, level, seed),
        "reading": forgetting.reading(probes.questions(), before[1], after[1], level, seed),
    }
