"""What lies beside every export: its prompts, and a model card with the exam's figures."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench import wording
from workbench.export.chosen import Chosen
from workbench.export.filling import put
from workbench.export.llama_code import write_llama_code
from workbench.export.refusals import unpacked_note
from workbench.io.files import write_text
from workbench.records.results import Results, TrainingSummary
from workbench.records.variants import Estimate, VariantRow

#: How each format is put to use, in a line of Markdown.
USES: dict[str, str] = {
    "peft": "`PeftModel.from_pretrained(base, FOLDER)` with the base model named above.",
    "merged": "`AutoModelForCausalLM.from_pretrained(FOLDER)`; it is a model of its own.",
    "gguf": "`llama-server -m model.gguf`, or any program that reads GGUF.",
    "gguf-lora": "`llama-server -m BASE.gguf --lora adapter.gguf`, on the unquantised base.",
    "ollama": "`ollama create NAME -f Modelfile`, then `ollama run NAME`.",
    "vllm": "`sh serve.sh`, and once it is up `python smoke_test.py`.",
    "openai-jsonl": "Upload `train.jsonl` and `dev.jsonl` as training and validation file.",
    "docker": "`WORKBENCH_API_KEYS=SECRET docker compose up --build`.",
}
READER_USE = (
    "`LocalModel` of the workbench reads it by its path (model: FOLDER in an experiment). With "
    "transformers, call `workbench.models.reader.register()` first: the architecture is the "
    "workbench's own, and vLLM, llama.cpp and Ollama do not know it."
)
CONTEXTS: dict[str, str] = {
    "none": "nothing",
    "examples": "the same few solved questions",
    "nearest_examples": "the solved questions most like it",
    "whole_text": "as much of the text as fits the window",
    "retrieval": "passages that search finds",
    "retrieval_with_examples": "passages that search finds, and a few solved questions",
    "retrieval_with_nearest_examples": "passages that search finds, and the solved questions most "
    "like it",
}


def write_bundle(format_: str, chosen: Chosen, folder: Path, notes: Sequence[str]) -> list[str]:
    """Write ``prompts/``, ``system.txt`` and ``README.md``; returns what is to be read besides."""
    chosen.book.save(folder / "prompts")
    code = _passages_note(format_, chosen)
    if code:
        code += write_llama_code(chosen, folder)
    if chosen.system_text:
        write_text(folder / "system.txt", chosen.system_text + "\n")
    more = [*unpacked_note(chosen), *code]
    put(folder, "README.md", **_card(format_, chosen, [*notes, *more]))
    return more


def _passages_note(format_: str, chosen: Chosen) -> list[str]:
    if not chosen.variant.retrieves or format_ in ("docker", "openai-jsonl"):
        return []
    return [
        "The variant searches before it answers, and the model alone does not: put the passages "
        "into the user turn as prompts/ does. `index/` and `answer.py` show how with llama-index."
    ]


def _card(format_: str, chosen: Chosen, notes: Sequence[str]) -> dict[str, Any]:
    results, reference = chosen.run.results(), chosen.reference
    row = next(item for item in results.variants if item.name == chosen.name)
    licence_id, licence = licence_of(chosen)
    decoding = chosen.served.decoding
    return {
        "base": reference.name,
        "licence_id": licence_id,
        "licence": licence,
        "language": results.run.corpus.language or "en",
        "variant": chosen.name,
        "label": wording.short_label(row.record()),
        "run": chosen.run.id,
        "purpose": results.run.purpose,
        "method": None if chosen.method is None else wording.method_label(chosen.method),
        "training": _training(results, chosen),
        "corpus": results.run.corpus.title or "your text",
        "edition": results.run.corpus.edition[:12],
        "context": CONTEXTS[chosen.variant.context],
        "format": format_,
        "decoding": f"at most {decoding.max_new_tokens} new tokens, temperature "
        f"{decoding.temperature:g}, top_p {decoding.top_p:g}",
        "notes": list(notes),
        "use": READER_USE if chosen.is_reader and format_ == "merged" else USES[format_],
        "system": chosen.system_text,
        "parity": _parity(format_, chosen),
        "questions": results.questions.written,
        "metric": wording.metric_label(results.metric),
        "level": wording.share(results.level),
        "clean": results.certificate is not None and results.certificate.clean,
        "figures": _figures(results, row),
        "gain": _gain(results, row),
        "forgetting": [
            item.sentence
            for item in results.forgetting or ()
            if chosen.name in (item.adapter, *item.variants) and item.sentence
        ],
        "precision": f"{reference.precision}, quantisation {reference.quantization}",
        "warnings": [
            " ".join(warning.split()) for warning in results.warnings if chosen.name in warning
        ],
    }


def _parity(format_: str, chosen: Chosen) -> str:
    told = f"workbench parity {shlex.quote(chosen.run.id)} --variant {shlex.quote(chosen.name)} "
    if format_ in ("merged", "peft"):
        return told + "--path FOLDER"
    return told + "--endpoint URL --model NAME"


def _training(results: Results, chosen: Chosen) -> TrainingSummary | None:
    name = chosen.variant.adapter
    return next((item for item in results.tuning if item.adapter == name), None)


def _figures(results: Results, row: VariantRow) -> list[dict[str, Any]]:
    metric = results.metric
    parts: list[tuple[str, Estimate | None]] = [
        ("all, by the workload mix" if results.mix else "all", row.metrics.get(metric)),
        *((name.replace("_", " "), found.get(metric)) for name, found in row.strata.items()),
        ("written by hand", row.gold.get(metric)),
    ]
    return [
        {
            "what": what,
            "value": wording.points(found.value),
            "interval": wording.interval(found.low, found.high),
            "n": found.n,
        }
        for what, found in parts
        if found is not None and found.n
    ]


def _gain(results: Results, row: VariantRow) -> str:
    found = None if row.twin is None else results.between(row.name, row.twin)
    if found is None or found.difference is None:
        return ""
    return f"{wording.difference(found.difference)} " + wording.interval(
        found.low, found.high, signed=True
    )


def licence_of(chosen: Chosen) -> tuple[str, str]:
    """The base's licence by its own files: its id (empty: not stated), and a sentence."""
    if chosen.is_reader:
        return (
            "apache-2.0",
            "The embedded reader is under Apache-2.0, with the notices of its data.",
        )
    name = chosen.reference.name
    if chosen.reference.endpoint is not None:
        return "", f"{name} is its provider's; see the provider's terms."
    from workbench.models.loading import source_of

    folder = source_of(name)
    card = None if folder is None else folder / "README.md"
    if card is not None and card.is_file():
        text = card.read_text(encoding="utf-8", errors="replace")
        head = re.match(r"---\n(.*?)\n---", text, re.DOTALL)
        stated = re.search(r"^license:\s*(\S+)", head.group(1), re.MULTILINE) if head else None
        if stated:
            return stated.group(1), f"The base {name} is under {stated.group(1)} by its own card."
    return "", f"The files of the base {name} state no licence: look at where it was published."
