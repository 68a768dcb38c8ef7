"""Which column of a question file says what: layouts of other programs, and names people use."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.questions.dataset.cells import parsed

#: Layouts of other programs: the columns that each is known by, under our names. ``unused`` are
#: columns that must not be taken for ours. The first whose columns are all there is the file's.
LAYOUTS: dict[str, dict[str, str]] = {
    "ragas": {"text": "user_input", "answers": "reference"},
    "ragas 0.1, test set": {
        "text": "question",
        "answers": "ground_truth",
        "quote": "contexts",
        "kind": "evolution_type",
    },
    "ragas 0.1": {"text": "question", "answers": "ground_truth"},
    "ragas 0.0": {"text": "question", "answers": "ground_truths"},
    "DeepEval": {"text": "input", "answers": "expected_output"},
    "AutoRAG": {"text": "query", "answers": "generation_gt"},
    "LlamaIndex": {"text": "query", "answers": "reference_answer", "quote": "reference_contexts"},
    "Alpaca": {"text": "instruction", "input": "input", "answers": "output"},
    "Dolly": {"text": "instruction", "quote": "context", "answers": "response"},
    "prompt and completion": {"text": "prompt", "answers": "completion"},
    "inspect": {"text": "input", "answers": "target"},
    "Kiln": {"text": "input", "answers": "output"},
    "RAFT": {
        "text": "question",
        "answers": "cot_answer",
        "quote": "oracle_context",
        "unused": "context instruction type",
    },
    "HotpotQA": {
        "text": "question",
        "answers": "answer",
        "kind": "type",
        "unused": "supporting_facts context",
    },
}

#: Our columns, and what people call them, the likeliest first. ``input`` is put under the question.
COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id", "question_id", "qid"),
    "text": ("text", "question", "query", "prompt", "instruction", "user_input", "问题"),
    "input": (),
    "answers": (
        "answers",
        "answer",
        "reference",
        "references",
        "reference_answer",
        "ground_truth",
        "ground_truths",
        "expected",
        "expected_answer",
        "expected_output",
        "output",
        "target",
        "答案",
    ),
    "quote": (
        "quote",
        "evidence",
        "evidence_quote",
        "context",
        "passage",
        "source_text",
        "reference_contexts",
        "证据",
    ),
    "kind": ("kind", "type", "category", "question_type"),
    "role": ("role", "split"),
    "stratum": ("stratum",),
    "fact": ("fact", "fact_id"),
    "cluster": ("cluster", "section", "section_id", "chapter"),
    "origin": ("origin", "source"),
    "edition": ("edition",),
    "tags": ("tags", "metadata"),
    "rev": ("rev", "revision"),
    "document": ("document", "doc", "file"),
    "start": ("start",),
    "end": ("end",),
    "verdict": ("verdict", "review", "decision", "accept", "keep"),
}

#: Where chats keep their turns; who asks and who answers in them.
_TURNS = ("messages", "conversations", "conversation")
_ASKS = frozenset({"user", "human"})
_ANSWERS = frozenset({"assistant", "gpt", "bot", "chatgpt", "model"})


def mapping(path: Path, names: list[str], given: Mapping[str, str]) -> dict[str, str]:
    """Our columns to the file's: as given ("" leaves one out), then by layout, then by name.

    Raises WorkbenchError where a given name is unknown, or no column holds the question or answer.
    """
    for ours, theirs in given.items():
        if ours not in COLUMNS:
            raise WorkbenchError(
                f"Unknown column {ours!r}.", f"The columns are {', '.join(COLUMNS)}."
            )
        if theirs and theirs not in names:
            raise WorkbenchError(
                f"{path} has no column {theirs!r}; it has {', '.join(names)}.",
                "Check the name given for the column.",
            )
    low = {name.lower().strip().replace(" ", "_"): name for name in names}
    layout = _layout(low)
    taken = {*given.values(), *(low[name] for name in layout.pop("unused", "").split())}
    result = {ours: theirs for ours, theirs in given.items() if theirs}
    for ours, guesses in COLUMNS.items():
        wanted = [layout[ours]] if ours in layout else guesses
        free = [low[name] for name in wanted if name in low and low[name] not in taken]
        if ours not in given and free:
            result[ours] = free[0]
            taken.add(free[0])
    for ours, said in (("text", "question"), ("answers", "answer")):
        # Questions that are all unanswerable need a kind, and no answers.
        if ours not in result and not (ours == "answers" and "kind" in result):
            raise WorkbenchError(
                f"{path} has no column for the {said}; it has {', '.join(names) or 'no columns'}.",
                f"Name it: --column {ours}=NAME.",
            )
    return result


def _layout(low: Mapping[str, str]) -> dict[str, str]:
    for columns in LAYOUTS.values():
        if all(name in low for value in columns.values() for name in value.split()):
            return dict(columns)
    return {}


def turns(values: Mapping[str, Any]) -> list[Any] | None:
    """The turns of a conversation, as ShareGPT and OpenAI's messages have them; None in others."""
    if values.keys() & COLUMNS["text"] and values.keys() & COLUMNS["answers"]:
        return None
    for name in _TURNS:
        try:
            value = parsed(values.get(name))
        except ValueError:
            continue
        if isinstance(value, list):
            return value
    return None


def chat(values: Mapping[str, Any], said: list[Any]) -> tuple[dict[str, Any], bool]:
    """A conversation as one question and its answer, and whether others were asked before it.

    Raises ValueError where it does not end with a question and its reply.
    """
    turned = [_turn(item) for item in said]
    asked = [n for n, (who, _) in enumerate(turned) if who in _ASKS]
    replies = [text for who, text in turned[asked[-1] + 1 :] if who in _ANSWERS] if asked else []
    if len(replies) != 1 or not replies[0]:
        raise ValueError(
            "the conversation does not end with a user's question and one reply in text: give the "
            'question and its answer as "question" and "answer"'
        )
    rest = {key: value for key, value in values.items() if key not in _TURNS}
    return {**rest, "question": turned[asked[-1]][1], "answer": [replies[0]]}, len(asked) > 1


def _turn(item: Any) -> tuple[str, str]:
    if not isinstance(item, dict):
        return "", ""
    said = item.get("content", item.get("value"))
    if isinstance(said, list):
        parts = [part.get("text") for part in said if isinstance(part, dict)]
        said = "\n".join(part for part in parts if isinstance(part, str))
    who = str(item.get("role", item.get("from", ""))).lower()
    return who, said.strip() if isinstance(said, str) else ""
