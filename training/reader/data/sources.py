"""Texts and human questions for training, from a folder or from the hub by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from workbench.io import jsonl

HUB_FAIRYTALES = "WorkInTheDark/FairytaleQA"
HUB_SQUAD = "rajpurkar/squad"

Origin = Literal["tale", "encyclopedia", "rule"]


@dataclass(frozen=True)
class SourceItem:
    """One question on the text it was asked about.

    ``origin``: asked by people about tales (FairytaleQA) or an encyclopedia (SQuAD), or written by
    rule on any prose (:mod:`training.reader.mine`).
    """

    title: str
    context: str
    question: str
    answers: tuple[str, ...]
    origin: Origin
    explicit: bool = True


@dataclass(frozen=True)
class Sources:
    """All raw material: questions, the sections of each title, and whole novels."""

    items: tuple[SourceItem, ...]
    sections: dict[str, tuple[str, ...]]
    novels: tuple[str, ...] = field(default=(), repr=False)

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(self.sections)


def from_folder(folder: Path) -> Sources:
    """Read ``fairytaleqa/train*.jsonl``, ``squad/passages.jsonl`` and ``novels/*.txt``.

    Validation files are never opened.
    """
    tales = list(jsonl.load(folder / "fairytaleqa" / "train.jsonl", dict))
    items = [
        SourceItem(
            row["title"],
            row["context"],
            row["question"],
            tuple(row["answers"]),
            "tale",
            bool(row.get("explicit", True)),
        )
        for row in tales
    ]
    sections: dict[str, list[str]] = {}
    for row in jsonl.load(folder / "fairytaleqa" / "train_sections.jsonl", dict):
        sections.setdefault(row["title"], []).append(row["text"])
    for row in jsonl.load(folder / "squad" / "passages.jsonl", dict):
        sections.setdefault(row["title"], []).append(row["context"])
        items += [
            SourceItem(row["title"], row["context"], x["question"], (x["answer"],), "encyclopedia")
            for x in row["questions"]
        ]
    novels = [
        path.read_text(encoding="utf-8", errors="replace")
        for path in sorted((folder / "novels").glob("*.txt"))
    ]
    return _sources(items, sections, novels)


def from_hub(novels_folder: Path | None = None) -> Sources:
    """The training splits of FairytaleQA and SQuAD 1.1 from the hub, through ``datasets``.

    Novels are optional here: a folder of plain texts.
    """
    from datasets import load_dataset

    items: list[SourceItem] = []
    sections: dict[str, list[str]] = {}
    for row in load_dataset(HUB_FAIRYTALES, split="train"):
        title, text = row["story_name"], row["story_section"]
        answers = tuple(dict.fromkeys(a for a in (row["answer1"], row.get("answer2")) if a))
        explicit = str(row.get("ex-or-im", row.get("ex-or-im1", "explicit"))).startswith("explicit")
        items.append(SourceItem(title, text, row["question"], answers, "tale", explicit))
        _add(sections, title, text)
    for row in load_dataset(HUB_SQUAD, split="train"):
        answer = row["answers"]["text"][0]
        items.append(
            SourceItem(row["title"], row["context"], row["question"], (answer,), "encyclopedia")
        )
        _add(sections, row["title"], row["context"])
    texts = sorted(novels_folder.glob("*.txt")) if novels_folder else []
    return _sources(
        items, sections, [p.read_text(encoding="utf-8", errors="replace") for p in texts]
    )


def with_mined(sources: Sources, files: Iterable[Path]) -> Sources:
    """The sources with the questions that :mod:`training.reader.mine` wrote into files."""
    items = list(sources.items)
    sections = {title: list(texts) for title, texts in sources.sections.items()}
    for row in (row for file in files for row in jsonl.load(file, dict)):
        title, context = f"{row['title']} (by rule)", row["context"]
        sections.setdefault(title, []).append(context)
        items += [
            SourceItem(title, context, x["question"], (x["answer"],), "rule")
            for x in row["questions"]
        ]
    return _sources(items, sections, list(sources.novels))


def _add(sections: dict[str, list[str]], title: str, text: str) -> None:
    known = sections.setdefault(title, [])
    if text not in known[-3:]:
        known.append(text)


def _sources(items: list[SourceItem], sections: dict[str, list[str]], novels: list[str]) -> Sources:
    return Sources(
        tuple(items), {title: tuple(texts) for title, texts in sections.items()}, tuple(novels)
    )
