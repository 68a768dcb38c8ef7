"""What the report shows of the training and the run itself. Pure."""

from __future__ import annotations

from typing import Any

from workbench import wording
from workbench.findings import View
from workbench.records.record import Number
from workbench.records.results import RunFacts, TrainingSummary

GIB = 2**30


def facts(view: View) -> dict[str, Any]:
    """The template's values on where all of it comes from."""
    results, run = view.results, view.results.run
    return {
        "tuning": [_training(view, item) for item in results.tuning],
        "facts": _run(view, run),
        "version": _version(run.versions),
    }  # fmt: skip


def _training(view: View, item: TrainingSummary) -> list[tuple[str, str]]:
    """One adapter's training, in words."""
    stopped = view.say("stopped_early" if item.stopped_early else "stopped_plan")
    return [
        (view.say(f"training_{key}"), text)
        for key, text in (
            ("adapter", view.name(item.adapter)),
            ("method", wording.method_label(item.method)),
            ("provider", item.provider or ""),
            ("model", item.model or ""),
            ("job", item.job or ""),
            ("tokens", wording.count(item.trained_tokens)),
            ("preferences", wording.method_label(item.preferences)),
            ("parameters", _trained(item)),
            ("examples", wording.count(item.examples)),
            ("epochs", f"{item.epochs:.3g} {stopped}"),
            ("steps", wording.count(item.steps)),
            ("loss", _from_to(item.loss_first, item.loss_last)),
            ("dev", _from_to(item.dev_loss_first, item.dev_loss_last)),
            ("seconds", wording.seconds(item.seconds)),
            ("artifact", item.artifact),
        )
        if text not in ("", wording.NONE)
    ]


def _trained(item: TrainingSummary) -> str:
    """The weights that were trained and, where it is recorded, what share of the model that is."""
    count = wording.count(item.trained_parameters)
    if item.trained_share is None:
        return count
    return f"{count} ({wording.small_share(item.trained_share)})"


def _from_to(first: Number | None, last: Number | None) -> str:
    return "" if first is None or last is None else f"{first:.2f} → {last:.2f}"


def _run(view: View, run: RunFacts) -> list[tuple[str, str]]:
    corpus, machine = run.corpus, run.hardware
    sizes = {"words": corpus.words, "sections": corpus.sections, "documents": corpus.documents}
    text = [corpus.title, *(f"{wording.count(n)} {key}" for key, n in sizes.items() if n)]
    if corpus.language:
        text.append(wording.language_name(corpus.language))
    if corpus.edition:
        text.append(view.say("fact_edition", edition=corpus.edition[:12]))
    memory = machine.memory_bytes
    parts = [machine.cpu, f"{machine.cores} cores" if machine.cores else None,
             f"{memory / GIB:.0f} GiB" if memory else None, machine.gpu,
             machine.system]  # fmt: skip
    listed = (
        ("fact_run", run.id),
        ("fact_made", (run.created or "").replace("T", " ").replace("+00:00", " UTC")),
        ("fact_corpus", ", ".join(part for part in text if part)),
        ("fact_model", run.model),
        ("fact_machine", ", ".join(part for part in parts if part)),
        ("fact_seed", run.seed if "seed" in run.model_fields_set else None),
        ("fact_time", wording.seconds(60 * run.minutes) if run.minutes else None),
        ("fact_stages", ", ".join(f"{name} {wording.seconds(spent)}"
                                  for name, spent in view.results.stages.items())),
        ("fact_versions", ", ".join(f"{name} {version}"
                                    for name, version in run.versions.items())),
    )  # fmt: skip
    return [(view.say(key), str(value)) for key, value in listed if value not in (None, "")]


def _version(versions: dict[str, str]) -> str:
    return versions.get("rag-finetune-workbench") or versions.get("workbench") or ""
