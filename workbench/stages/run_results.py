"""The record of a run's results, built from what its folder holds."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from workbench.engine.machine import peak_memory
from workbench.evaluation.compressed import compressed
from workbench.evaluation.group_tags import group_tags
from workbench.experiment import Experiment
from workbench.experiment.variant import variants_of
from workbench.io import jsonl
from workbench.io.files import read_json
from workbench.records.results import Results
from workbench.records.run import Run
from workbench.records.shown import shown_passages
from workbench.records.variants import Threshold
from workbench.stages import editions
from workbench.stages.run_warnings import commonest_answer, run_warnings
from workbench.types import Answer, Latency, Question, Score
from workbench.variants.assembly import model_of


def run_results(
    run: Run,
    experiment: Experiment,
    questions: Sequence[Question],
    answers: Sequence[Answer],
    scores: Sequence[Score],
    latencies: Sequence[Latency],
    further: Sequence[Sequence[Score]] = (),
) -> Results:
    """results.json from the run's records."""
    from workbench.costing import price_book
    from workbench.decision import ResultInputs, build_results
    from workbench.stages.build_usage import build_usage

    manifest = run.manifest
    seconds = manifest.seconds()
    facts = {
        "id": run.id,
        "created": _date(manifest.created),
        "corpus": manifest.corpus.record(),
        "model": experiment.model.name,
        "hardware": manifest.hardware.record(),
        "versions": manifest.versions,
        "minutes": manifest.seconds_in_all / 60,
        "stages": seconds,
        "peak_memory_bytes": peak_memory(),
        # From the folder that holds the runs', as one stands there when one starts a run.
        "reproduce": shlex.join(
            ["workbench", "run", f"{run.path.parent.name}/{run.path.name}/specification.yaml"]
        ),
        "exam_hash": manifest.hashes.get("exam"),
    }
    constant = commonest_answer(run, experiment, questions)
    dropped: dict[str, int] = {}
    for record in jsonl.stream(run.files.dropped):
        dropped[record["reason"]] = dropped.get(record["reason"], 0) + 1
    results = build_results(ResultInputs(
        experiment,
        facts,
        questions,
        answers,
        scores,
        seconds,
        latencies,
        passages=shown_passages(run, answers),
        certificate=_certificate(run, experiment),
        tuning=[
            {"adapter": name, **read_json(run.files.summary(name)), **_deployed(experiment, name)}
            for name in run.files.adapters() if run.files.summary(name).exists()
        ],
        dropped=dropped,
        book=price_book(experiment.price_book),
        built=build_usage(run, experiment),
        shares=manifest.stages["answers"].summary.get("share_of_corpus_seen", {}),
        shared_prompts=manifest.stages["answers"].summary.get("share_of_prompt_shared", {}),
        warnings=run_warnings(run, experiment, questions, answers, constant),
        left_out=manifest.left_out,
        further=further,
        editions=editions.figures(run, experiment, questions, answers, scores),
        tags=group_tags(questions, experiment.fairness, manifest.corpus.language or "en"),
    ))  # fmt: skip
    smaller = compressed(
        variants_of(experiment), manifest.stages["answers"].summary.get("weight_bytes", {}),
        [item.record() for item in results.tuning],
    )  # fmt: skip
    if constant is not None:
        results = results.with_parts(constant=dict(zip(("answer", "value"), constant, strict=True)))
    if smaller:
        results = results.with_parts(compressed=[item.record() for item in smaller])
    thresholds = thresholds_of(run, experiment, answers)
    if not thresholds:
        return results
    rows = [
        row.model_copy(update={"threshold": thresholds.get(row.name)}) for row in results.variants
    ]
    return results.with_parts(variants=[row.record() for row in rows])


def _deployed(experiment: Experiment, adapter: str) -> dict[str, str]:
    """The name that a provider's result is asked by, where it is deployed under one of ours."""
    own = (item.tuning for item in variants_of(experiment) if item.adapter == adapter)
    hosted = next((tuning.hosted for tuning in own if tuning is not None), None)
    return {} if hosted is None or hosted.deployment is None else {"model": hosted.deployment}


def thresholds_of(
    run: Run, experiment: Experiment, answers: Sequence[Answer]
) -> dict[str, Threshold]:
    """The threshold of each variant that has one, and how many replies it held back."""
    path = run.files.thresholds
    chosen = read_json(path) if path.exists() else {}
    held = Counter(answer.variant for answer in answers if answer.held_back is not None)
    result = {}
    for variant in experiment.variants:
        name, own = variant.name, variant.abstain_below
        if own is None:
            continue
        known = chosen.get(name, {}) if own == "dev" else {"below": own}
        by: dict[str, Any] = (
            {} if variant.abstain_by == "confidence" else {"by": variant.abstain_by}
        )
        result[name] = Threshold(**known, on_dev=own == "dev", held_back=held[name], **by)
    return result


def _certificate(run: Run, experiment: Experiment) -> dict[str, Any] | None:
    """The exam's certificate, with the variants that answer with the model that filtered it."""
    if not run.files.certificate.exists():
        return None
    proof: dict[str, Any] = read_json(run.files.certificate)
    read = proof.get("read_back")
    if read:
        models = {item.name: model_of(experiment, item) for item in experiment.variants}
        own = [
            name for name, model in models.items()
            if (model.name, model.endpoint) == (read["model"], read["endpoint"])
        ]  # fmt: skip
        proof["read_back"] = {**read, "variants": own}
    return proof


def _date(seconds: float | str | None) -> str:
    """A point in time as ISO 8601, UTC."""
    return datetime.fromtimestamp(float(seconds or 0), UTC).isoformat(timespec="seconds")
