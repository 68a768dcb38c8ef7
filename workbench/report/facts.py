"""What the report shows of the exam's certificate, the training and the run itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import wording
from workbench.report.view import View

GIB = 2**30


def facts(view: View) -> dict[str, Any]:
    """The template's values on where all of it comes from."""
    results, run = view.results, view.results["run"]
    return {
        **_certificate(view),
        "dropped": [
            (number, reason) for reason, number in sorted(
                results["questions"].get("dropped", {}).items(), key=lambda item: -item[1])
        ],
        "tuning": [_training(view, item) for item in results.get("tuning", [])],
        "facts": _run(view, run),
        "version": _version(run.get("versions") or {}),
    }  # fmt: skip


def _certificate(view: View) -> dict[str, Any]:
    """Sentences on the exam, and a row for each stratum with its nearest drill question."""
    result = view.results.get("certificate")
    if not result:
        return {"certificate": [], "proof": []}
    sentences = []
    locked = view.results["run"].get("exam_hash") or result.get("exam_hash")
    if locked:
        sentences.append(view.say("certificate_hash", hash=str(locked)[:12]))
    if "clean" in result:
        key = "certificate_clean" if result["clean"] else "certificate_leaks"
        sentences.append(view.say(key))
    if "near_duplicate" in result:
        sentences.append(view.say("certificate_near", limit=f"{result['near_duplicate']:.2f}"))
    proof = []
    for name, item in (result.get("strata") or {}).items():
        closest = (item.get("closest") or [{}])[0]
        proof.append({
            "name": wording.STRATUM_LABELS.get(name, name), "at": f"/certificate/strata/{name}",
            "questions": item["questions"], "leaks": len(item["leaks"]),
            "nearness": closest.get("nearness"), "exam": closest.get("exam_text", ""),
            "drill": closest.get("drill_text", ""),
        })  # fmt: skip
    return {"certificate": sentences, "proof": proof}


def _training(view: View, item: Mapping[str, Any]) -> list[tuple[str, str]]:
    """One adapter's training, in words."""
    loss = [item.get("loss_first"), item.get("loss_last")]
    held = [item.get("dev_loss_first"), item.get("dev_loss_last")]
    stopped = view.say("stopped_early") if item.get("stopped_early") else view.say("stopped_plan")
    epochs = f"{item.get('epochs', 0):.3g} {stopped}"
    return [
        (view.say(f"training_{key}"), text)
        for key, text in (
            ("adapter", view.name(str(item.get("adapter", "")))),
            ("method", str(item.get("method", "")).replace("lora", "LoRA")),
            ("parameters", wording.count(item.get("trained_parameters"))),
            ("examples", wording.count(item.get("examples"))),
            ("epochs", epochs),
            ("steps", wording.count(item.get("steps"))),
            ("loss", _from_to(loss)),
            ("dev", _from_to(held)),
            ("seconds", wording.seconds(item.get("seconds"))),
            ("artifact", str(item.get("artifact", ""))),
        )
        if text not in ("", wording.NONE)
    ]


def _from_to(ends: list[Any]) -> str:
    return "" if None in ends else f"{ends[0]:.2f} → {ends[1]:.2f}"


def _run(view: View, run: Mapping[str, Any]) -> list[tuple[str, str]]:
    corpus, machine = run.get("corpus") or {}, run.get("hardware") or {}
    size = [f"{wording.count(corpus[key])} {key}" for key in ("words", "sections", "documents")
            if corpus.get(key)]  # fmt: skip
    text = [corpus.get("title"), *size]
    if corpus.get("language"):
        text.append(wording.language_name(corpus["language"]))
    if corpus.get("edition"):
        text.append(view.say("fact_edition", edition=str(corpus["edition"])[:12]))
    memory = machine.get("memory_bytes")
    parts = [machine.get("cpu"), f"{machine['cores']} cores" if machine.get("cores") else None,
             f"{memory / GIB:.0f} GiB" if memory else None, machine.get("gpu"),
             machine.get("system")]  # fmt: skip
    minutes = run.get("minutes")
    stages = view.results.get("stages") or {}
    listed = (
        ("fact_run", run.get("id")),
        ("fact_made", str(run.get("created") or "").replace("T", " ").replace("+00:00", " UTC")),
        ("fact_corpus", ", ".join(str(part) for part in text if part)),
        ("fact_model", run.get("model")),
        ("fact_machine", ", ".join(str(part) for part in parts if part)),
        ("fact_seed", run.get("seed")),
        ("fact_time", wording.seconds(60 * minutes) if minutes else None),
        ("fact_stages", ", ".join(f"{name} {wording.seconds(spent)}"
                                  for name, spent in stages.items())),
        ("fact_versions", ", ".join(f"{name} {version}"
                                    for name, version in (run.get("versions") or {}).items())),
    )  # fmt: skip
    return [(view.say(key), str(value)) for key, value in listed if value not in (None, "")]


def _version(versions: Mapping[str, Any]) -> str:
    return str(versions.get("rag-finetune-workbench") or versions.get("workbench") or "")
