"""Questions by rule on any English prose, to train on: ``python -m training.reader.mine``.

An exam asks few questions, and each must stand alone and be marked fairly. A model that learns to
read is served by the opposite: very many, each with its passage at hand. So all that the question
writer offers is kept here unless its wording or its answer is faulty; whether a question tells
which moment is meant does not matter.

``python -m training.reader.mine TEXTS OUT.jsonl`` reads every ``*.txt`` of a folder, or the
sections of a JSONL file (``title``, ``text``), and writes one line per passage: ``title``,
``context``, ``questions`` (``question``, ``answer``, ``type``), the shape that the reader's
training takes with ``--mined``.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from training.reader.data.passages import sentences
from workbench.corpus.corpus import Corpus
from workbench.io import jsonl
from workbench.io.files import whole_file
from workbench.questions.dataset.plan import Plan
from workbench.questions.parsing.statements import Reading
from workbench.questions.quality.filters import (
    answer_fault,
    subject_fault,
    wording_fault,
)
from workbench.questions.quality.leaks import leak_fault
from workbench.questions.writers.rules import drafts_of
from workbench.types import Document, Section

#: Words of a passage, drawn for each.
SHORTEST, LONGEST = 60, 260
#: Questions kept of one passage: more would say the same again.
PER_PASSAGE = 6
#: The doubt above which the writer has too easily misread its sentence.
MOST_DOUBT = 0.6
#: No side of a split is held back: nothing is examined here.
_PLAN = Plan(0, (), (), (), 0.0)


class Offer(NamedTuple):
    """A question that may be asked of a passage."""

    question: str
    answer: str
    type: str


def offers(passage: str, title: str) -> Iterator[Offer]:
    """All sound questions on a passage: what is known here of the question writer."""
    section = Section("passage", "passage", 0, len(passage), title, passage)
    document = Document("passage", passage, "", title)
    reading = Reading(Corpus((document,), (section,), "", "en", title), [section.id])
    names = reading.names
    for draft in drafts_of(section, _PLAN, reading):
        if draft.doubt > MOST_DOUBT or answer_fault(draft, names) or subject_fault(draft):
            continue
        if draft.answers[0] not in passage:
            # A deed is told in the infinitive, and a reader copies.
            continue
        for wording in draft.wordings:
            if not wording_fault(wording, draft, names) and not leak_fault(wording, draft.answers):
                yield Offer(wording, draft.answers[0], draft.type)


def passages(text: str, rng: random.Random) -> Iterator[str]:
    """Runs of whole sentences that cover the text; one is longer only where a sentence is."""
    held: list[str] = []
    size, wanted = 0, rng.randint(SHORTEST, LONGEST)
    for paragraph in text.replace("\r\n", "\n").split("\n\n"):
        for sentence in sentences(paragraph):
            count = len(sentence.split())
            if held and size + count > wanted:
                yield " ".join(held)
                held, size, wanted = [], 0, rng.randint(SHORTEST, LONGEST)
            held.append(sentence)
            size += count
    if held:
        yield " ".join(held)


def chosen(offered: Iterable[Offer], rng: random.Random) -> list[Offer]:
    """At most ``PER_PASSAGE`` of what is offered on a passage, one for each answer, at random."""
    by_answer: dict[str, list[Offer]] = {}
    for offer in offered:
        by_answer.setdefault(offer.answer.lower(), []).append(offer)
    kept = [rng.choice(alike) for alike in by_answer.values()]
    return rng.sample(kept, min(PER_PASSAGE, len(kept)))


def mined(title: str, text: str, rng: random.Random) -> Iterator[dict[str, Any]]:
    """One record for each passage of ``text`` that offers questions."""
    for passage in passages(text, rng):
        if len(passage.split()) > LONGEST:
            continue
        kept = chosen(offers(passage, title), rng)
        if kept:
            questions = [offer._asdict() for offer in kept]
            yield {"title": title, "context": passage, "questions": questions}


def texts(path: Path) -> Iterator[tuple[str, str]]:
    """(title, text) of a folder's text files, or of a JSONL file's sections joined by title."""
    if path.is_dir():
        for file in sorted(path.glob("*.txt")):
            yield file.stem, file.read_text(encoding="utf-8", errors="replace")
        return
    rows: Iterator[dict[str, Any]] = jsonl.load(path, dict)
    for title, group in groupby(rows, lambda row: str(row["title"])):
        yield title, "\n\n".join(str(row["text"]) for row in group)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m training.reader.mine")
    parser.add_argument("texts", type=Path, help="a folder of *.txt, or a JSONL file of sections")
    parser.add_argument("out", type=Path, help="JSONL file to write")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(argv)
    asked = 0
    with whole_file(given.out) as partial, partial.open("w", encoding="utf-8") as sink:
        for title, text in texts(given.texts):
            for record in mined(title, text, random.Random(f"{given.seed} {title}")):
                sink.write(jsonl.line(record))
                asked += len(record["questions"])
    print(f"{asked:,} questions in {given.out}")


if __name__ == "__main__":
    main()
