"""Stage ``questions`` of an experiment on two editions: the earlier's are carried to the later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.estimate import StageEstimate
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.experiment import Experiment
from workbench.experiment.variant import Variant, variants_of
from workbench.io.files import copy, read_json, write_json
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import EmbeddingInput
from workbench.types import Answer, Question, Score

if TYPE_CHECKING:
    from workbench.records.run import Run

#: What changed, with the exam questions that are asked no more.
CHANGES = "changes.json"
#: Files of the later edition's own writing that stand beside the questions.
_COPIED = ("yield.json", "dropped.jsonl")


class EditionsInputs(Inputs):
    """Two editions of the text, the questions that were written on each, and what is near."""

    before: ArtifactReference
    after: ArtifactReference
    earlier: ArtifactReference
    written: ArtifactReference
    near: float
    least_new_words: int
    embedding: EmbeddingInput


class EditionsStage:
    """The question files of the later edition, and ``changes.json``."""

    name, version = "questions", 2

    def run(self, inputs: EditionsInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.corpus.editions import compare
        from workbench.questions import certificate
        from workbench.questions.dataset.question_set import save_questions
        from workbench.questions.dataset.succession import changes_record, succeed
        from workbench.retrieval.embeddings import embed

        context.progress(0, 1)
        before, after = context.corpus(inputs.before), context.corpus(inputs.after)
        changes = compare(before, after)

        def vectors(texts: Any) -> Any:
            return embed(list(texts), inputs.embedding.source)

        found = succeed(
            context.question_set(inputs.earlier), context.question_set(inputs.written), changes,
            (context.unseen_sections(inputs.earlier), context.unseen_sections(inputs.written)),
            inputs.near, vectors,
        )  # fmt: skip
        for name in _COPIED:
            if (inputs.written.path / name).exists():
                copy(inputs.written.path / name, out / name)
        plan = read_json(inputs.written.path / "plan.json")
        write_json(out / "plan.json", {**plan, "plan": _parted(plan["plan"], found.unseen)})
        write_json(out / CHANGES, changes_record(changes, found))
        asked = found.questions
        texts = {section.id: section.text for section in after.sections}
        proof = certificate(
            asked.train, asked.test, texts, inputs.near, inputs.least_new_words, vectors
        )
        for role in ("train", "dev", "test"):
            save_questions(out / f"{role}.jsonl", getattr(asked, role))
        write_json(out / "certificate.json", proof)
        context.progress(1, 1)
        return {
            "train": len(asked.train),
            "train_facts": len({question.fact for question in asked.train}),
            "dev": len(asked.dev),
            "test": len(asked.test),
            "strata": dict(Counter(question.stratum for question in asked.test)),
            "kinds": dict(Counter(question.kind for question in asked.test)),
            "dropped": {},
            "carried": found.counts,
            "retired": len(found.retired),
            "certificate_clean": proof["clean"],
            "notes": [],
        }

    def estimate(self, inputs: EditionsInputs, context: TrialContext) -> StageEstimate:
        """Seconds at the most; a trial stands on the later edition's own questions."""
        return StageEstimate(self.name, 5.0, trial=inputs.written)

    def describe(self, summary: Mapping[str, Any]) -> str:
        told = ", ".join(f"{count} {change}" for change, count in summary["carried"].items())
        return f"exam of {summary['test']}: {told}; {summary['retired']} retired"

    def amount(self, experiment: Experiment) -> float:
        return 1.0


def figures(
    run: Run, experiment: Experiment, questions: Sequence[Question], answers: Sequence[Answer],
    scores: Sequence[Score],
) -> dict[str, Any] | None:  # fmt: skip
    """What ``results.json`` says under ``editions``; None where the text has one."""
    path = run.files.changes
    if not path.exists():
        return None
    from workbench.costing import by_edition
    from workbench.evaluation.editions import by_change
    from workbench.evaluation.metrics import without_judge
    from workbench.evaluation.pooling import parted

    told, seconds = read_json(path), run.manifest.seconds()
    known = {variant.name: variant for variant in variants_of(experiment)}
    names = [name for name, variant in known.items() if not variant.is_ceiling]
    beside = _brought_up_to_date(known)
    sides = [
        by_change(
            side, scores, answers, variants=names,
            metric=without_judge(experiment.decision.metric), language=run.manifest.corpus.language,
            level=experiment.decision.level, seed=experiment.seed, beside=beside,
        )
        for side in parted(questions)
    ]  # fmt: skip
    for row in sides[0]:
        variant = known[row["name"]]
        again = by_edition(variant, seconds)[1]
        row["update_s"] = sum(again.get(name, 0.0) for name in variant.stages(seconds))
    listed = [row for row in told["sections"] if row["what"] != "unchanged"]
    return {
        "share": told["share"], "sections": told["counts"], "questions": told["questions"],
        "retired": len(told["retired"]), "changed": [_brief(row) for row in listed],
        "variants": sides[0],
        "gold": sides[1] if any(row["stale_of"] for row in sides[1]) else [],
    }  # fmt: skip


def _brought_up_to_date(known: Mapping[str, Variant]) -> dict[str, str]:
    """For each variant whose adapter was left as it was, the one like it that was not: with the
    same context, trained anew rather than on, tuned rather than not."""
    order = {None: 0, "tuned_on": 1}
    result = {}
    for name, variant in known.items():
        if variant.edition != "stale":
            continue
        others = [
            (not item.tuned, order[item.edition], other) for other, item in known.items()
            if item.edition != "stale" and item.context == variant.context
        ]  # fmt: skip
        if others:
            result[name] = min(others)[2]
    return result


def _brief(row: Mapping[str, Any]) -> dict[str, Any]:
    """A section that is not as it was, by the first of its sentences that are not headings."""
    was, now = (
        next((text for text in row[side] if not text.startswith("#")), "")
        for side in ("gone", "new")
    )
    return {"what": row["what"], "title": row["title"], "gone": len(row["gone"]),
            "new": len(row["new"]), "was": was, "now": now}  # fmt: skip


def _parted(plan: Mapping[str, Any], unseen: tuple[str, ...]) -> dict[str, Any]:
    """The plan with the sections that are kept out of training."""
    every = sorted({*plan["trained"], *plan["unseen"], *unseen})
    away = set(unseen)
    return {**plan, "unseen": list(unseen), "trained": [name for name in every if name not in away]}
