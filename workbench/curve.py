"""``workbench curve``: a tuned variant of a finished run, trained on parts of its facts.

Each part holds the one before it and is made of whole sections as far as that goes; each adapter
answers the dev questions, as does the variant that is to be met. The exam stays shut.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from workbench.engine.inputs import ArtifactReference
from workbench.errors import WorkbenchError
from workbench.evaluation.curve import LEAST_POINTS, learning_curve, statements
from workbench.evaluation.table import Table
from workbench.experiment import Experiment
from workbench.experiment.variant import Variant, variants_of
from workbench.io.files import write_json
from workbench.records.run import Run
from workbench.serve.served_run import ServedRun
from workbench.stages import ADAPTER
from workbench.stages.adapter import AdapterInputs
from workbench.stages.dev_scores import (
    DevTerms,
    adapter_folder,
    dev_answers,
    dev_questions,
    dev_table,
    system_scores,
)
from workbench.stages.reports import write_reports
from workbench.types import Progress, Question, Score, silent
from workbench.variants.assembly import adapter_of
from workbench.wording import short_label

#: Fewer facts than this teach nothing that a curve could be drawn through.
LEAST_FACTS = 4
USUAL = ("1/8", "1/4", "1/2", "1")


def parse_points(text: str) -> tuple[Fraction, ...]:
    """``1/8,1/4,1/2,1`` as shares that grow; the whole is always among them.

    Raises WorkbenchError for anything else.
    """
    try:
        found = {Fraction(part.strip()) for part in text.split(",")}
    except (ValueError, ZeroDivisionError) as error:
        raise _points_error(text) from error
    if not all(0 < share <= 1 for share in found) or len(found | {Fraction(1)}) < LEAST_POINTS:
        raise _points_error(text)
    return tuple(sorted(found | {Fraction(1)}))


def _points_error(text: str) -> WorkbenchError:
    return WorkbenchError(
        f"--points {text} are no parts of the facts to train on.",
        f"Write {LEAST_POINTS} or more shares above 0 and up to 1, such as {','.join(USUAL)}.",
    )


def draw_curve(
    run: Run,
    points: Sequence[Fraction],
    variant: str | None = None,
    rival: str | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train and judge every part, put the curve into the run's results and reports; its record.

    A killed call goes on with the part that was under way. Raises WorkbenchError where the run has
    nothing that is tuned, or nothing to be met.
    """
    served = ServedRun(run)
    experiment = served.experiment
    known = variants_of(experiment)
    own, other = _tuned(known, variant), _rival(known, rival)
    with run.lock():
        inputs, terms = _inputs(served, experiment, own), DevTerms.of(experiment)
        questions = dev_questions(inputs, served.context)
        parts = nested(_facts(served, inputs), points, experiment.seed)
        scores: dict[str, list[Score]] = {}
        folder = run.files.curve
        for place, (share, ids) in enumerate(parts):
            progress(place, len(parts) + 1, f"{share} of the facts")
            made = _trained(served, inputs, ids)
            path = folder / f"{own.name}-{share.numerator}-{share.denominator}.jsonl"
            scores[path.stem] = dev_answers(
                inputs, terms, adapter_folder(made), path, served.context
            )
        progress(len(parts), len(parts) + 1, other.name)
        path = folder / f"{other.name}.jsonl"
        language = served.context.corpus(inputs.corpus).language or "en"
        scores[path.stem] = system_scores(
            served.system(other.name), questions, terms, path, language
        )
        progress(len(parts) + 1, len(parts) + 1)
        table = _complete(
            dev_table(questions, [s for each in scores.values() for s in each], terms,
                      [*scores])
        )  # fmt: skip
        counts = [_count(served, inputs, ids) for _, ids in parts]
        names = list(scores)
        record = {
            "variant": own.name, "rival": other.name, "metric": terms.metric,
            **learning_curve(
                counts, [table.column(name) for name in names[:-1]], table.column(names[-1]),
                terms.design(table), margin=experiment.decision.margin,
                level=experiment.decision.level, seed=experiment.seed,
            ),
        }  # fmt: skip
        for point, (share, _) in zip(record["points"], parts, strict=True):
            point["share"] = float(share)
        results = run.results()
        rows = {row["name"]: row for row in results.record()["variants"]}
        told = [short_label(rows[item.name]) for item in (own, other)]
        record["statements"] = statements(record, "/curve", *told)
        write_json(run.files.curve / "curve.json", record)
        run.write(results.with_parts(curve=record))
        write_reports(run, ["html", "md"])
    return record


def _tuned(known: Sequence[Variant], name: str | None) -> Variant:
    """The variant whose curve it is: the first that is tuned here and answers without a search."""
    tuned = [item for item in known if item.trained]
    if name is not None:
        tuned = [item for item in tuned if item.name == name]
    plain = [item for item in tuned if item.context == "none"]
    if not tuned:
        raise WorkbenchError(
            f"This run tunes no variant{f' {name}' if name else ''} here.",
            "Name a run with a tuned variant, such as fine_tuned.",
        )
    return (plain or tuned)[0]


def _rival(known: Sequence[Variant], name: str | None) -> Variant:
    """What is to be met: the first variant that retrieves and is not tuned."""
    found = [item for item in known if not item.is_ceiling and not item.trained]
    if name is not None:
        found = [item for item in found if item.name == name]
    retrieving = [item for item in found if item.retrieves] or (found if name else [])
    if not retrieving:
        raise WorkbenchError(
            f"This run has no untuned variant {name or 'with retrieval'} to be met.",
            "Name one with --against, or a run with rag.",
        )
    return retrieving[0]


def _inputs(served: ServedRun, experiment: Experiment, variant: Variant) -> AdapterInputs:
    """The inputs of that variant's adapter, as the run trained it (the first time)."""
    spec = next(item for item in experiment.variants if item.name == variant.name)
    plan = adapter_of(experiment, spec)
    assert plan is not None, "it is trained here"
    systems = served.inputs
    return served.plan.adapter_inputs(
        plan.trained_again(0), systems.corpus, systems.questions, systems.search,
        systems.withheld,
    )  # fmt: skip


def _facts(served: ServedRun, inputs: AdapterInputs) -> list[Question]:
    return list(served.context.training_questions(inputs.questions, inputs.withheld))


def nested(
    trained: Sequence[Question], points: Sequence[Fraction], seed: int
) -> list[tuple[Fraction, frozenset[str]]]:
    """For each share the ids of the questions to train on, each part within the next.

    Sections come in a random order, whole ones until the next would be too many; what is missing
    then are facts of that next section. Raises WorkbenchError where the least part is too small.
    """
    rng = random.Random(f"{seed}:curve")
    sections: dict[str, list[str]] = defaultdict(list)
    wordings: dict[str, list[str]] = defaultdict(list)
    for question in trained:
        fact = question.fact or question.id
        if fact not in wordings:
            sections[question.cluster or ""].append(fact)
        wordings[fact].append(question.id)
    order = sorted(sections)
    rng.shuffle(order)
    facts = [fact for section in order for fact in sections[section]]
    least = round(points[0] * len(facts))
    if least < LEAST_FACTS:
        raise WorkbenchError(
            f"{points[0]} of {len(facts)} facts are {least}: too few to train on.",
            "Begin with a larger part (--points), or take a run with more facts.",
        )
    return [
        (share, frozenset(name for fact in facts[: round(share * len(facts))]
                          for name in wordings[fact]))
        for share in points
    ]  # fmt: skip


def _trained(served: ServedRun, inputs: AdapterInputs, ids: frozenset[str]) -> ArtifactReference:
    """The adapter of one part; that of the whole is the run's own."""
    away = [q.id for q in _facts(served, inputs) if q.id not in ids]
    part = inputs.model_copy(update={"withheld": (*inputs.withheld, *away)})
    return served.context.make(ADAPTER, part).reference


def _count(served: ServedRun, inputs: AdapterInputs, ids: frozenset[str]) -> int:
    return len({q.fact or q.id for q in _facts(served, inputs) if q.id in ids})


def _complete(table: Table) -> Table:
    """The questions that every point and the rival have a score for."""
    return table.rows(np.asarray(~np.isnan(table.values).any(axis=1), dtype=bool))
