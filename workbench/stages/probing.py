"""What a run's adapters broke: the models probed before and after, and the figures from it.

For each adapter the base model and the tuned one continue the prose of the probe set and answer
its reading questions. Both records are artifacts, made once and shared by all runs on the same
model or adapter; a killed probe goes on where it stopped. The prompt is the shipped one with a
purpose of its own, so that a run's purpose and prompt files do not change the probe.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.cache import Artifact, Stage
from workbench.evaluation import forgetting, probes
from workbench.evaluation.table import tables
from workbench.experiment import Experiment
from workbench.experiment.parts import VariantSpec
from workbench.io import jsonl
from workbench.io.files import disk_errors, file_hash
from workbench.types import (
    Answer,
    Decoding,
    Message,
    ModelReference,
    Progress,
    Prompt,
    Question,
    Score,
)
from workbench.variants.answering import read_answers
from workbench.variants.assembly import AdapterPlan, adapter_of, model_of

if TYPE_CHECKING:
    from workbench.models.local import LocalModel
    from workbench.records.run import Run
    from workbench.stages.workshop import Workshop

VERSION = 1  # raised when a probe of the same model would give another record
FOLDER = "forgetting"
PROSE, ANSWERS = "prose.jsonl", "answers.jsonl"
PURPOSE = "Answer the question from the passage."
FORM = "Answer in as few words as the question allows, without explanation."
REPLY_TOKENS = 16
AT_ONCE = 4  # pieces of prose scored and recorded together


@dataclass(frozen=True)
class Subject:
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


def subjects(experiment: Experiment) -> list[Subject]:
    """The adapters of the experiment's variants that run on this machine."""
    matches: dict[AdapterPlan | ModelReference, Subject] = {}
    for variant in experiment.variants:
        plan, reference = adapter_of(experiment, variant), model_of(experiment, variant)
        if plan is None and (reference.adapter is None or reference.endpoint is not None):
            continue
        key = plan or reference
        base = plan.model if plan else replace(reference, adapter=None)
        adapter = None if plan else reference.adapter
        item = matches.get(key) or Subject(variant.name, (), base, adapter)
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


def _twin(
    experiment: Experiment, variant: VariantSpec, base: ModelReference
) -> list[tuple[str, str]]:
    """(variant, its untuned counterpart), or nothing where none sat the exam."""

    def given(variant_spec: VariantSpec) -> tuple[str, int]:
        return variant_spec.given_context, variant_spec.top_k or experiment.retrieval.top_k

    return [
        (variant.name, other.name)
        for other in experiment.variants
        if given(other) == given(variant)
        and model_of(experiment, other) == base
        and adapter_of(experiment, other) is None
    ][:1]


def probe(
    shop: Workshop, run: Run, adapters: Mapping[str, Artifact], progress: Progress
) -> dict[str, Any]:
    """Probe each adapter and its base model; their records go into the run's folder.

    ``adapters`` are the trained ones by variant. Returns the stage's summary.
    """
    listed = subjects(shop.experiment)
    total = (len(listed) + len({item.before for item in listed})) * len(probes.pieces())
    done = 0
    for item in listed:
        for name, tuned in ((item.before, False), (item.name, True)):
            if tuned or not (run.path / FOLDER / name).exists():
                progress(done, total, name)
                _publish(run, name, _record(shop, item, tuned, adapters.get(item.variants[0])))
            done += len(probes.pieces())
    progress(total, total)
    counted = f"{len(probes.questions())} reading questions and {len(probes.pieces())} pieces"
    return {"adapters": len(listed), "sentence": f"{counted} of other prose, before and after"}


def _record(shop: Workshop, subject: Subject, tuned: bool, trained: Artifact | None) -> Artifact:
    """The record of one model: made now, or found."""

    def stage(_: Any, __: Mapping[str, Path], out: Path, ___: Progress) -> dict[str, Any]:
        from workbench.models.local import LocalModel

        model = shop.model(subject.base)
        assert isinstance(model, LocalModel), "subjects lets no endpoint through"
        folder = str(trained.path / "adapter") if trained else subject.adapter
        _continue(model.with_adapter(folder if tuned else subject.base.adapter), out / PROSE)
        _read(model.with_adapter(folder if tuned else subject.base.adapter), out / ANSWERS)
        return {}

    key: dict[str, Any] = {"probes": probes.digest(), "model": shop.identity(subject.base)}
    inputs = {}
    if tuned and trained is not None:
        inputs = {"adapter": trained}
    elif tuned:
        key["adapter"] = file_hash(Path(str(subject.adapter)))
    return shop.cache.make(Stage("probe", VERSION, stage), None, inputs, key=key)


def _continue(model: LocalModel, path: Path) -> None:
    """Mean negative log-likelihood per token (nats) of the second half of each piece.

    The first half is the prompt, opened as the model's format opens a text to be continued. A
    piece that is recorded already is passed over.
    """
    from workbench.models.likelihood import mean_log_likelihood

    done = {record["piece"] for record in jsonl.stream(path)}
    left = [piece for piece in probes.pieces() if piece.id not in done]
    opening = _opening(model)
    room = model.context_window - len(opening)
    for start in range(0, len(left), AT_ONCE):
        group = left[start : start + AT_ONCE]
        texts = [model.encoder.text(piece.text)[:room] for piece in group]
        halves = [(ids[: len(ids) // 2], ids[len(ids) // 2 :]) for ids in texts]
        with model.shared.using(model.reference.adapter) as network:
            values = mean_log_likelihood(
                network,
                [[*opening, *first] for first, _ in halves],
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


def _opening(model: LocalModel) -> list[int]:
    """The ids before a text that the model is to continue; none for a model that just reads on."""
    from workbench.tuning.batches import CONTINUATION

    if model.prompt_format not in CONTINUATION:
        return []
    words = Message("user", CONTINUATION[model.prompt_format])
    return model.encoder.prompts([Prompt((words,))])[0]


def _read(model: LocalModel, path: Path) -> None:
    """Answers to the reading questions, each beside its piece."""
    from workbench.variants.answering import answer_questions
    from workbench.variants.prompting import open_book
    from workbench.variants.providers import EvidenceProvider, NoContext
    from workbench.variants.system import System

    passages = tuple(piece.passage for piece in probes.pieces())
    book = open_book(model.prompt_format, PURPOSE, FORM)
    provider = EvidenceProvider(passages, NoContext())
    system = System("probe", model, provider, book, Decoding(REPLY_TOKENS))
    answer_questions(system, probes.questions(), path)


def _publish(run: Run, name: str, artifact: Artifact) -> None:
    """Copy one record into the run, whole or not at all."""
    target = run.path / FOLDER / name
    partial = target.with_name(f".{name}")
    with disk_errors(target):
        partial.mkdir(parents=True, exist_ok=True)
        for file in (PROSE, ANSWERS):
            shutil.copyfile(artifact.path / file, partial / file)
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)


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
    exam = [q for q in questions if q.origin != "gold" and q.answers and q.kind != "behaviour"]
    names = [variant.name for variant in experiment.variants]
    grid = tables(exam, scores, names).get(forgetting.RIGHT)
    level, seed = experiment.decision.level, experiment.seed
    matches: list[dict[str, Any]] = []
    for subject in subjects(experiment):
        before, after = (run.path / FOLDER / name for name in (subject.before, subject.name))
        if not (before / ANSWERS).exists() or not (after / ANSWERS).exists():
            continue
        result = {
            "adapter": subject.name,
            "variants": list(subject.variants),
            "model": subject.base.name,
            "records": [f"{FOLDER}/{folder.name}" for folder in (before, after)],
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
