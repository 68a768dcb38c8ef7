"""Stage ``search``: where each part of the search has the evidence of the exam's questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.engine.estimate import StageEstimate, timed
from workbench.engine.inputs import Inputs
from workbench.evaluation.retrievals import statements
from workbench.evaluation.search_recall import DEPTH, EvidenceRank, search_recall
from workbench.experiment import Experiment
from workbench.experiment.variant import variants_of
from workbench.io import jsonl
from workbench.io.files import read_json
from workbench.records.layout import RunLayout
from workbench.records.run import Run
from workbench.stages.answers import asked_questions
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import SearchInput
from workbench.types import Question


class SearchInputs(Inputs):
    """The search that the variants are shown, those of variants that have their own, and the lock's
    hash of the exam."""

    search: SearchInput
    own: dict[str, SearchInput]
    exam: str


class SearchStage:
    """``search.jsonl`` in the run's folder: for each question the rank of its evidence by part."""

    name, version = "search", 1

    def run(self, inputs: SearchInputs, out: Path, context: RunContext) -> dict[str, Any]:
        asked = _with_evidence(asked_questions(out, ("test",)))
        ranks = _ranks(inputs, asked, context)
        jsonl.write(RunLayout(out).search, ({"question": q, "ranks": r} for q, r in ranks.items()))
        done: dict[str, Any] = {"questions": len(asked), "depth": DEPTH}
        kept = _kept_order(inputs, context)
        return {**done, "kept_order": kept} if kept else done

    def estimate(self, inputs: SearchInputs, context: TrialContext) -> StageEstimate:
        sample = _with_evidence(context.sample)[:8]
        if not sample:
            return StageEstimate(self.name, 0.0)
        _ranks(inputs, sample[:1], context)
        _, spent = timed(lambda: _ranks(inputs, sample, context))
        return StageEstimate(self.name, spent / len(sample) * context.counts.test)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return f"{summary['questions']} questions, their evidence among {summary['depth']} passages"

    def amount(self, experiment: Experiment) -> float:
        return float(experiment.questions.test) or 1.0


def parts(search: SearchInput) -> Iterator[tuple[str, SearchInput]]:
    """The search's parts, each a search of its own over the same index; the one in use comes last.

    An index without vectors has one part. ``with_graph`` is the fused search with its graph, beside
    the same without.
    """
    spec = search.retrieval
    for name in sorted(spec.parts, key=lambda name: name == spec.bare):
        alone = {"retrieval": spec.alone(name), "reranker": None, "writer": None}
        yield name, search.model_copy(update=alone)
    if spec.used != spec.bare:
        yield spec.used, search


def _ranks(
    inputs: SearchInputs, asked: Sequence[Question], context: RunContext
) -> dict[str, dict[str, int | None]]:
    """By question and part, the rank of the first passage with evidence among ``DEPTH``.

    A variant's own search is a part under the variant's name.
    """
    from workbench.evaluation.metrics import hit_rank

    ranks: dict[str, dict[str, int | None]] = {question.id: {} for question in asked}
    todo = [*parts(inputs.search), *inputs.own.items()]
    for place, (name, part) in enumerate(todo):
        context.progress(place, len(todo), name)
        found = context.retriever(part).retrieve([question.text for question in asked], DEPTH)
        for question, matches in zip(asked, found, strict=True):
            passages = [match.passage.id for match in matches]
            ranks[question.id][name] = hit_rank(passages, question)
    context.progress(len(todo), len(todo))
    return ranks


def _kept_order(inputs: SearchInputs, context: RunContext) -> int:
    """How often a model that was to rank candidates said nothing, so that their order stayed."""
    ranking = [item for item in (inputs.search, *inputs.own.values()) if item.retrieval.ranking]
    return sum(getattr(context.retriever(item), "kept_order", 0) for item in ranking)


def _with_evidence(questions: Sequence[Question]) -> list[Question]:
    return [question for question in questions if question.evidence]


def figures(
    run: Run, experiment: Experiment, questions: Sequence[Question]
) -> dict[str, Any] | None:
    """What ``results.json`` says under ``search``; None where nothing was searched."""
    ranks = {row["question"]: row["ranks"] for row in jsonl.stream(run.files.search)}
    spec = experiment.retrieval
    result = search_recall(
        [
            EvidenceRank(
                question.id, question.cluster, question.stratum, ranks[question.id], question.text
            )
            for question in questions
            if question.id in ranks
        ],
        spec.used,
        spec.top_k,
        experiment.workload.strata,
        level=experiment.decision.level,
        seed=experiment.seed,
    )
    if result is None:
        return None
    told = run.manifest.stages.get("search")
    more = {
        "passages": _cut(experiment), "learned": _learned(run),
        "kept_order": 0 if told is None else told.summary.get("kept_order", 0),
    }  # fmt: skip
    return result.model_copy(update={key: value for key, value in more.items() if value}).record()


def settings(
    run: Run, experiment: Experiment, variants: Sequence[Mapping[str, Any]]
) -> dict[str, Any] | None:
    """What ``results.json`` says under ``retrieval_search``; None where nothing was searched.

    What the chosen setting came to on the exam is the value there of the first variant that
    answers as the finalists did: untuned, by the experiment's own search.
    """
    path = run.files.retrieval_search
    if not path.exists():
        return None
    record, rows = read_json(path), {str(row["name"]): row for row in variants}
    plain = next(
        (item.name for item in variants_of(experiment)
         if item.context == "retrieval" and not item.trained and item.compress is None
         and item.retrieval is None and item.passages is None and item.name in rows
         and item.model == experiment.model.answering()), "",
    )  # fmt: skip
    exam = rows.get(plain, {}).get("metrics", {}).get(record["metric"], {}).get("value")
    dev = record["tried"][0]["value"]
    item = {**record, "exam": exam, "curse": None if exam is None or dev is None else dev - exam}
    return {**item, "statements": statements(item, "/retrieval_search")}


def _learned(run: Run) -> dict[str, dict[str, Any]]:
    """What each retriever's training came to, by variant; "" is the experiment's own."""
    return {
        name.partition(":")[2]: dict(stage.summary)
        for name, stage in run.manifest.stages.items() if name.split(":")[0] == "retriever"
    }  # fmt: skip


def _cut(experiment: Experiment) -> dict[str, dict[str, Any]]:
    """How the text is cut for each variant that searches; nothing where all are alike and plain."""
    cut = {
        variant.name: variant.passages or experiment.passages
        for variant in variants_of(experiment) if variant.retrieves
    }  # fmt: skip
    if experiment.passages.plain and set(cut.values()) <= {experiment.passages}:
        return {}
    return {name: spec.model_dump(mode="json") for name, spec in cut.items()}
