"""Records of older versions brought up to the present one, a version at a time, when they are read.

Nothing on disk is changed. A version is one step here: a function from the record as it was to the
record as it is now. Runs made before records had a version count as version 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import wording
from workbench.records.layout import OLD_ROLES
from workbench.records.results import SCHEMA_VERSION

ROLES = {old: new for new, old in OLD_ROLES.items()}
# Keys of a specification whose part has another name now.
SPECIFICATION = {
    "passages": {"tokens": "chunk_size", "overlap": "chunk_overlap"},
    "questions": {"drill_facts": "train_facts", "exam": "test"},
    "retrieval": {"k": "top_k"},
    "tuning": {"drill": "train_on", "warmup_share": "warmup_ratio"},
    "variants": {"k": "top_k"},
}
LORA = {"rank": "r", "alpha": "alpha", "dropout": "dropout", "target_modules": "target_modules"}


def results(record: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """results.json in the present shape, and sentences on what cannot be shown of it."""
    recorded = record.get("schema_version")
    version = recorded if isinstance(recorded, int) else 0
    if version > SCHEMA_VERSION:
        return dict(record), [
            f"results.json is of a later version ({version}); what is new in it is not shown."
        ]
    now = dict(record)
    if version < 1:
        now = _to_1(now)
    return now, []


def _to_1(record: dict[str, Any]) -> dict[str, Any]:
    """Training questions and exam have the field's names: train and test; statements say so."""
    record = _renamed(record, {"warned": "warning_statements"})
    known = wording.LANGUAGES["en"]
    stated = record.get("warning_statements")
    if isinstance(stated, dict):  # a sentence without a template now stands as it was written
        record["warning_statements"] = {
            text: item
            for text, item in stated.items()
            if isinstance(item, dict) and item.get("key") in known
        }
    certificate = record.get("certificate")
    if isinstance(certificate, dict) and isinstance(certificate.get("strata"), dict):
        strata = {name: _proof(part) for name, part in certificate["strata"].items()}
        record["certificate"] = {**certificate, "strata": strata}
    for part, names in (
        ("building", {"drill_share": "train_share"}),
        ("tuning", {"drill": "train_on"}),
    ):
        record = _within(record, part, names)
    return {**record, "schema_version": 1}


def _proof(part: Any) -> Any:
    """One stratum of the certificate with its pairs of questions."""
    names = {f"{old}{end}": f"{new}{end}" for old, new in ROLES.items() for end in ("", "_text")}
    for pairs in ("leaks", "closest"):
        part = _within(part, pairs, names)
    return part


def specification(record: Mapping[str, Any]) -> dict[str, Any]:
    """A run's specification with the present names of its keys."""
    now = dict(record)
    for part, names in SPECIFICATION.items():
        now = _within(now, part, names)
    if isinstance(now.get("variants"), list):
        now["variants"] = [_tuning(variant) for variant in now["variants"]]
    return dict(_tuning(now))


def _tuning(owner: Any) -> Any:
    """An experiment or variant whose tuning keeps what is LoRA's in a part of its own."""
    tuning = owner.get("tuning") if isinstance(owner, dict) else None
    # ``rank`` stood in the tuning itself before LoRA had a part of its own.
    if not isinstance(tuning, dict) or "rank" not in tuning:
        return owner
    kept = {key: value for key, value in tuning.items() if key not in LORA}
    lora = {new: tuning[old] for old, new in LORA.items() if old in tuning}
    return {**owner, "tuning": _renamed({**kept, "lora": lora}, SPECIFICATION["tuning"])}


def question(record: dict[str, Any]) -> dict[str, Any]:
    """A question with the present name of its role."""
    role = record.get("role")
    return {**record, "role": ROLES[role]} if role in ROLES else record


def _within(record: Any, part: str, names: Mapping[str, str]) -> Any:
    """``record`` with the keys of one of its parts, or of each in a list there, renamed."""
    if not isinstance(record, dict) or part not in record:
        return record
    inner = record[part]
    new = [_renamed(item, names) for item in inner] if isinstance(inner, list) else inner
    return {**record, part: _renamed(new, names)}


def _renamed(record: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(record, dict):
        return record
    # A present name is never overwritten, so a migrated record stays as it is.
    return {
        names[key] if key in names and names[key] not in record else key: value
        for key, value in record.items()
    }
