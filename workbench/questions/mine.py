"""Questions by rule on any English prose, for training: ``python -m workbench.questions.mine``.

An exam asks few questions, and each must stand alone and be marked fairly. A model that learns to
read is served by the opposite: very many, each with its passage at hand. So all that the rules
offer is kept here unless its wording or its answer is faulty, :mod:`workbench.questions.sequels`
included; whether a question tells which moment is meant does not matter.

``python -m workbench.questions.mine TEXTS OUT.jsonl`` reads every ``*.txt`` of a folder, or the
sections of a JSONL file (``title``, ``text``), and writes one line per passage: ``title``,
``context``, ``questions`` (``question``, ``answer``, ``type``), the shape that the reader's
training takes with ``--mined``.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from workbench.io import jsonl
from workbench.io.files import whole_file
from workbench.questions.dataset.plan import Plan
from workbench.questions.names import Names, learn_names
from workbench.questions.quality.filters import (
    answer_fault,
    leak_fault,
    subject_fault,
    wording_fault,
)
from workbench.questions.sentences import sentences
from workbench.questions.sequels import sequels
from workbench.questions.writers.drafts import Draft, drafts
from workbench.types import Section

#: Words of a passage, drawn for each.
SHORTEST, LONGEST = 60, 260
#: Questions kept of one passage, of each of the two kinds: more would say the same again.
PER_PASSAGE = 6
#: The doubt above which a rule has too easily misread its clause.
MOST_DOUBT = 0.6
#: No side of a split is held back: nothing is examined here.
_PLAN = Plan(0, (), (), (), 0.0)


def passages(text: str, rng: random.Random) -> Iterator[str]:
    """Runs of whole sentences that cover the text; one is longer only where a sentence is."""
    held: list[str] = []
    size, wanted = 0, rng.randint(SHORTEST, LONGEST)
    for paragraph in text.replace("\r\n", "\n").split("\n\n"):
        for sentence in sentences(" ".join(paragraph.split())):
            count = len(sentence.text.split())
            if held and size + count > wanted:
                yield " ".join(held)
                held, size, wanted = [], 0, rng.randint(SHORTEST, LONGEST)
            held.append(sentence.text)
            size += count
    if held:
        yield " ".join(held)


def mined(title: str, text: str, rng: random.Random) -> Iterator[dict[str, Any]]:
    """One record for each passage of ``text`` that offers questions."""
    matches = [p for p in passages(text, rng) if len(p.split()) <= LONGEST]
    names = learn_names(s.text for passage in matches for s in sentences(passage))
    for place, passage in enumerate(matches):
        section = Section(str(place), title, 0, len(passage), "", passage)
        plain = _plain(drafts(section, _PLAN, names), names, rng)
        told = [
            (p.wordings[0], p.answers[0], p.type) for p in sequels(sentences(passage), names, rng)
        ]
        kept = [
            {"question": question, "answer": answer, "type": type_}
            for offered in (plain, told)
            for question, answer, type_ in rng.sample(offered, min(PER_PASSAGE, len(offered)))
        ]
        if kept:
            yield {"title": title, "context": passage, "questions": kept}


def _plain(matches: list[Draft], names: Names, rng: random.Random) -> list[tuple[str, str, str]]:
    """Sound (question, answer, type), one for each answer in each sentence, worded at random."""
    sound: dict[tuple[int, str], list[tuple[str, str, str]]] = {}
    for draft in matches:
        if draft.doubt > MOST_DOUBT or answer_fault(draft, names) or subject_fault(draft):
            continue
        wordings = [
            wording
            for wording in draft.wordings
            if not wording_fault(wording, draft, names) and not leak_fault(wording, draft.answers)
        ]
        if wordings:
            offer = (rng.choice(wordings), draft.answers[0], draft.type)
            sound.setdefault((draft.start, draft.answers[0].lower()), []).append(offer)
    return [rng.choice(offers) for offers in sound.values()]


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
    parser = argparse.ArgumentParser(prog="python -m workbench.questions.mine")
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
