"""People's pairs from a file, as the dashboard exports them; questions of the exam are refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.tuning.preferring.pairs import Pair

NEEDED = ("prompt", "chosen", "rejected")


def labelled(
    path: Path,
    trained: Mapping[str, str],
    examined: Callable[[str, str], bool],
    dev: Mapping[str, str],
) -> tuple[list[Pair], list[Pair], dict[str, str]]:
    """(pairs to learn from, pairs on dev questions, texts of further questions by id).

    ``trained`` and ``dev`` are the texts of questions by id; ``examined`` says whether a question
    (id, text) is the exam's. A question that is neither is the file's own. Raises WorkbenchError
    for a file that cannot be read, and for any row on a question of the exam.
    """
    pairs: list[Pair] = []
    judged: list[Pair] = []
    own: dict[str, str] = {}
    known = {text: name for name, text in trained.items()}
    known_dev = {text: name for name, text in dev.items()}
    for line, row in _rows(path):
        missing = [key for key in NEEDED if not str(row.get(key) or "").strip()]
        if missing:
            raise WorkbenchError(
                f"{path}, line {line}: there is no {missing[0]!r}.",
                "Each row has prompt (the question), chosen and rejected: export the preference "
                "pairs (JSONL) from the dashboard, not the labels alone.",
            )
        name, text = str(row.get("question") or ""), str(row["prompt"]).strip()
        if examined(name, text):
            raise WorkbenchError(
                f"{path}, line {line}: {text!r} is a question of the exam, or asks for the same, "
                "and what the exam asks is never trained on.",
                "Label answers to training questions (the page Training of a run shows them), or "
                "take labels from a run with another exam.",
            )
        chosen, rejected = str(row["chosen"]).strip(), str(row["rejected"]).strip()
        if name in dev or text in known_dev:
            judged.append(Pair(known_dev.get(text, name), chosen, rejected, "labels"))
            continue
        place = name if name in trained else known.get(text, f"labels:{text}")
        if place not in trained:
            own[place] = text
        pairs.append(Pair(place, chosen, rejected, "labels"))
    return pairs, judged, own


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Each row with its line; JSON lines, or CSV by its ending."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkbenchError(
            f"The file of labels {path} cannot be read: {' '.join(str(error).split())}.",
            "Check preferences.labels; relative paths start at the folder you run from.",
        ) from error
    if path.suffix.lower() == ".csv":
        yield from enumerate(csv.DictReader(text.splitlines()), 2)
        return
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise WorkbenchError(
                f"{path}, line {number}: this is no JSON ({error}).",
                "One object a line, as the dashboard exports preference pairs, or a .csv file.",
            ) from error
        if not isinstance(row, dict):
            raise WorkbenchError(
                f"{path}, line {number}: an object with prompt, chosen and rejected was expected.",
                "One object a line, as the dashboard exports preference pairs.",
            )
        yield number, row
