"""Kinds of facts: how texts state them and how people ask for them (``relations.json``).

``{s}`` is the subject, ``{o}`` what is asked for.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Relation:
    """Kinds of subject and object (keys of ``facts.MAKERS``), statements ``say``, questions.

    ``ask`` questions want the object; ``back`` questions want the subject (the reversed
    direction), where it is a sensible thing to ask.
    """

    subject: str
    object: str
    say: tuple[str, ...]
    ask: tuple[str, ...]
    back: tuple[str, ...] = ()


def _read() -> tuple[Relation, ...]:
    rows = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
    return tuple(
        Relation(
            row["subject"], row["object"], tuple(row["say"]), tuple(row["ask"]), tuple(row["back"])
        )
        for row in rows
    )


RELATIONS = _read()
