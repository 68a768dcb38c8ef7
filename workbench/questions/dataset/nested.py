"""Rows of other programs that hold question and answer inside of something: laid flat."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from workbench.questions.dataset.cells import missing, parsed

#: promptfoo's assertions that hold the answer, and those that say that there is none.
_ANSWERING = re.compile(
    r"^(equals|i?contains|i?contains-any|similar|factuality|model-graded-factuality|"
    r"starts-with|answer-relevance|rouge-n|bleu|meteor|f-score)$"
)
_ASKED = ("question", "query", "prompt", "input", "text", "user_input", "message")
#: Where the reasoning of RAFT's answers ends.
_AFTER_REASON = re.compile(r".*(?:##\s*Answer\s*:|<ANSWER>\s*:)", re.DOTALL | re.IGNORECASE)


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """The row with question, answer and evidence in columns of their own; others as they are.

    Raises ValueError where it is of a known program and holds no question or answer.
    """
    if isinstance(values.get("vars"), Mapping):
        return _promptfoo(values)
    if "__expected" in values or "__expected1" in values:
        said = [v for k, v in sorted(values.items()) if k.startswith("__expected")]
        rest = {k: v for k, v in values.items() if not k.startswith("__")}
        return {**rest, "answers": [a for cell in said for a in _expected(str(cell or ""))]}
    if "target" in values and "input" in values:
        return _inspect(values)
    output = values.get("output")
    if "input" in values and isinstance(output, Mapping) and "output" in output:
        return {**values, "output": [str(output["output"])]}
    if "cot_answer" in values and "oracle_context" in values:
        answer = _AFTER_REASON.sub("", str(values["cot_answer"] or "")).strip()
        return {**values, "cot_answer": [answer]}
    return dict(values)


def _promptfoo(values: Mapping[str, Any]) -> dict[str, Any]:
    """A test of promptfoo's: its variables, and the assertions that name the answer."""
    given = values["vars"]
    asked = next((given[name] for name in _ASKED if isinstance(given.get(name), str)), None)
    if asked is None:
        raise ValueError(f"no variable of the test holds a question (it has {', '.join(given)})")
    told = values.get("metadata")
    metadata = dict(told) if isinstance(told, Mapping) else {}
    answers: list[str] = []
    for item in values.get("assert") or []:
        if isinstance(item, Mapping) and _ANSWERING.match(str(item.get("type"))):
            value = item.get("value")
            answers += [str(v) for v in (value if isinstance(value, list) else [value])]
    none = metadata.get("kind") == "unanswerable"
    if not answers and not none:
        raise ValueError("no assertion of the test names the answer (equals, contains, similar …)")
    return {
        "question": asked,
        "answers": [] if none else answers,
        "quote": given.get("context"),
        **{key: value for key, value in metadata.items() if value is not None},
    }


def _expected(cell: str) -> list[str]:
    """The answers in a cell of promptfoo's CSV: "contains: …", or the answer itself."""
    kind, divided, rest = cell.partition(":")
    kind = kind.strip().split("(")[0]
    if not divided or not re.fullmatch(r"[a-z]+(-[a-z]+)*", kind):
        return [cell.strip()] if cell.strip() else []
    if not _ANSWERING.match(kind):
        # A colon of the answer's own, unless it names another assertion.
        return [] if "-" in kind or kind in ("javascript", "python", "grade") else [cell.strip()]
    parts = rest.split(",") if kind.endswith("-any") else [rest]
    return [part.strip() for part in parts if part.strip()]


def _inspect(values: Mapping[str, Any]) -> dict[str, Any]:
    """A sample of inspect's: messages as input, a letter of its choices as target."""
    asked, target = parsed(values["input"]), parsed(values["target"])
    if isinstance(asked, list):
        said = [
            m.get("content") for m in asked if isinstance(m, Mapping) and m.get("role") == "user"
        ]
        asked = said[-1] if said else None
    targets = target if isinstance(target, list) else [target]
    choices = parsed(values.get("choices"))
    if isinstance(choices, list):
        letters = {chr(ord("A") + n): str(choice) for n, choice in enumerate(choices)}
        targets = [letters.get(str(item).strip(), item) for item in targets]
    kept = [item for item in targets if not missing(item)]
    return {**values, "input": asked, "target": [str(item) for item in kept]}
