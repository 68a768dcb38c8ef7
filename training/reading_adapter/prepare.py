"""Write examples: ``python -m training.reading_adapter.prepare DATA OUT``.

``OUT/train.jsonl`` and ``OUT/dev.jsonl`` hold one example a line (turns, reply), drawn from the
training questions of ``DATA``; the questions of a few tales are kept out of training for choices
(``dev``). ``OUT/exam.jsonl`` holds the questions of FairytaleQA's validation split as prompts, for
:mod:`training.reading_adapter.evaluate` alone.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.reader.data.sources import SourceItem, Sources, from_folder
from training.reading_adapter.examples import Draws, book, draw, turns
from training.reading_adapter.passages import ranked
from workbench.io import jsonl
from workbench.io.files import whole_file

DEV_TALES = 10
TALE_WEIGHT = 2  # times a question on a tale is drawn for each question on an encyclopedia
EXAM_PURPOSE = "Answer readers' questions about the tale, briefly and correctly."
REFUSALS = 300  # questions asked of another tale's passages, and as many of their own tale's rest


def main() -> None:
    """Read the arguments and write the three files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rounds", type=int, default=4, help="times all questions are drawn")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    sources = from_folder(args.data)
    dev = dev_tales(sources)
    draws = Draws(sources)
    learned = [item for item in sources.items if item.title not in dev]
    held = [item for item in sources.items if item.title in dev]
    write(args.out / "exam.jsonl", exam(args.data / "fairytaleqa", random.Random(args.seed)))
    # Whatever is drawn at random comes from one side alone: rivals, examples, other texts.
    draws_dev = Draws(replace(sources, items=tuple(held)))
    write(args.out / "dev.jsonl", rounds(draws_dev, held, 2, random.Random(args.seed + 1)))
    draws.items = learned
    write(
        args.out / "train.jsonl",
        rounds(draws, learned, args.rounds, random.Random(args.seed + 2)),
    )


def dev_tales(sources: Sources) -> frozenset[str]:
    """The tales whose questions are kept for choices: those with the smallest hashes."""
    tales = {item.title for item in sources.items if item.origin == "tale"}
    order = sorted(tales, key=lambda title: hashlib.sha256(title.encode()).hexdigest())
    return frozenset(order[:DEV_TALES])


def rounds(
    draws: Draws, items: list[SourceItem], count: int, rng: random.Random
) -> Iterator[dict[str, Any]]:
    """Examples on all items, ``count`` times over, each time in another order."""
    for _ in range(count):
        order = [item for item in items for _ in range(TALE_WEIGHT if item.origin == "tale" else 1)]
        rng.shuffle(order)
        for item in order:
            example = draw(draws, item, rng)
            if example is not None:
                yield {"turns": example.turns, "reply": example.reply}


def exam(folder: Path, rng: random.Random) -> Iterator[dict[str, Any]]:
    """The validation questions as prompts: with the evidence, and with what does not answer.

    ``alone``: the evidence sections as one passage; ``among``: with the two other sections of
    the tale that BM25 ranks first, in random order; ``unrelated``: three sections that BM25 finds
    in another tale; ``same_tale``: three that it finds in the tale without the evidence.
    """
    sections: dict[str, list[str]] = {}
    for row in jsonl.load(folder / "validation_sections.jsonl", dict):
        sections.setdefault(row["title"], []).append(row["text"])
    written = book(EXAM_PURPOSE)
    rows = list(jsonl.load(folder / "validation.jsonl", dict))
    rng.shuffle(rows)

    def record(kind: str, row: dict[str, Any], passages: list[str]) -> dict[str, Any]:
        refuse = kind in ("unrelated", "same_tale")
        return {
            "set": kind,
            "turns": turns(written, row["question"], passages),
            "answers": [] if refuse else row["answers"],
            "explicit": row["explicit"],
        }

    for row in rows:
        question = row["question"]
        rest = [text for text in sections[row["title"]] if text not in row["context"]]
        rest = ranked(question, rest)
        yield record("alone", row, [row["context"]])
        among = [row["context"], *rest[:2]]
        rng.shuffle(among)
        yield record("among", row, among)
    for row in rows[:REFUSALS]:
        question = row["question"]
        rest = [text for text in sections[row["title"]] if text not in row["context"]]
        other = rng.choice([title for title in sections if title != row["title"]])
        yield record("unrelated", row, ranked(question, sections[other])[:3])
        if rest:
            yield record("same_tale", row, ranked(question, rest)[:3])


def write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """One JSON object a line."""
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
