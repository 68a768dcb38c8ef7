"""One hash of JSON values, the same on every machine."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def content_id(value: Any) -> str:
    """Sixteen hex digits of the SHA-256 of a JSON value with sorted keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
