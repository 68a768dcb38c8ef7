"""Whether a reply keeps to a form: a pattern, a schema, a limit, a refusal."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.errors import WorkbenchError
from workbench.refusals import refuses
from workbench.text import length, words


def behaves(text: str, check: Mapping[str, Any], question: str = "") -> bool:
    """Whether an answer passes a behaviour check: a pattern, a schema, a limit, a refusal.

    ``check["type"]`` is regex, not_regex, refusal, max_words, min_words, json (with ``keys``),
    schema (a JSON Schema under ``schema``), equals, or all and any over ``checks``. Raises
    WorkbenchError for a check that cannot be read, and for a rubric, which only a judge can apply.
    """
    kind = str(check.get("type"))
    if kind in ("all", "any"):
        parts = [behaves(text, part, question) for part in check.get("checks", ())]
        return all(parts) if kind == "all" else any(parts)
    try:
        if kind in ("regex", "not_regex"):
            flags = re.IGNORECASE if check.get("ignore_case", True) else 0
            matches = re.search(str(check["pattern"]), text.strip(), flags)
            return (matches is not None) == (kind == "regex")
        if kind == "refusal":
            pattern = check.get("pattern")
            own = pattern and re.search(str(pattern), text, re.IGNORECASE)
            return bool(own or refuses(text)) == bool(check.get("expected", True))
        if kind in ("max_words", "min_words"):
            named = [key for key in ("value", "words", "max", "min") if key in check]
            limit = int(check[named[0] if named else "value"])
            return length(text) <= limit if kind == "max_words" else length(text) >= limit
        if kind == "equals":
            return words(text) == words(str(check["text"]))
        if kind == "json":
            return _is_json(text, check.get("keys", ()))
        if kind == "schema":
            return _fits(text, check["schema"])
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise WorkbenchError(
            f"The behaviour check {dict(check)!r} cannot be applied: {error}.",
            "Mend tags.check of that question; docs/behaviour.md lists the checks.",
        ) from error
    raise WorkbenchError(
        f"Unknown behaviour check {kind!r}.",
        "The checks are regex, not_regex, refusal, max_words, min_words, equals, json, schema, all "
        "and any, and rubric by itself, which a judge applies.",
    )


def rubric_of(tags: Mapping[str, Any]) -> str:
    """The rubric that a judge applies to replies to a behaviour question; empty without one."""
    check = tags.get("check")
    if not isinstance(check, Mapping) or check.get("type") != "rubric":
        return ""
    return str(check.get("rubric") or "").strip()


def _fits(text: str, schema: Any) -> bool:
    """Whether a reply is JSON of that schema (draft 2020-12, or the one it names)."""
    from jsonschema import SchemaError, validators

    kind = validators.validator_for(schema, validators.Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"the schema is none: {error.message}") from error
    try:
        return bool(kind(schema).is_valid(json.loads(text)))
    except json.JSONDecodeError:
        return False


def _is_json(text: str, keys: Sequence[str]) -> bool:
    try:
        matches = json.loads(text)
    except json.JSONDecodeError:
        return False
    return not keys or (isinstance(matches, dict) and all(key in matches for key in keys))
