"""What identifies a model before it is loaded: its prompt format and its weights.

Light on purpose: a finished run is reopened and a cached artifact is found without torch.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from workbench.types import ModelReference

BY_CONTENT = 256 * 1024 * 1024  # bytes; larger folders are told apart by name, size and time


def folder_of(reference: ModelReference) -> Path | None:
    """The local folder of a model, or None for a hub name or an endpoint."""
    if reference.endpoint is not None:
        return None
    if reference.name == "reader":
        from workbench.models.reader import WEIGHTS

        return WEIGHTS
    path = Path(reference.name).expanduser()
    return path if path.is_dir() else None


def prompt_format(reference: ModelReference) -> str:
    """The folder of prompt files that suits the model: its config's ``prompt_format`` or chat."""
    folder = folder_of(reference)
    if folder is not None and (folder / "config.json").exists():
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        return str(config.get("prompt_format", "chat"))
    return "chat"


def fingerprint(reference: ModelReference) -> str | None:
    """Sixteen hex digits for local weights; None where only the name identifies the model."""
    folder = folder_of(reference)
    if folder is None:
        return None
    digest = hashlib.sha256()
    files = sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".json"))
    small = sum(path.stat().st_size for path in files) <= BY_CONTENT
    for path in files:
        digest.update(path.name.encode() + b"\0")
        if small:
            digest.update(path.read_bytes())
        else:
            facts = path.stat()
            digest.update(f"{facts.st_size} {facts.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]
