"""What of the text the exam asks about: by section, chapter, document and name, with what has none.

A chapter is what the parts of one title make together; a name is what the text writes as one.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.dashboard.queries import runs
from workbench.dashboard.queries.records import Records

if TYPE_CHECKING:
    from workbench.questions.parsing.names import Names
    from workbench.questions.words import Token

#: What the parts of a long chapter have behind their common title.
PART = re.compile(r"\s*\(\d+/\d+\)$")
#: A name is listed from so many mentions on: what stands there once is often none.
FEWEST_MENTIONS = 3
CALENDAR = frozenset([*calendar.month_name, *calendar.day_name]) - {""}
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """A stretch of the text, or a name in it, and what asks about it; gold is written by hand.

    ``size`` is in characters, of a name in mentions. ``sections`` are those that it consists of,
    ``silent`` how many of them no exam question asks about.
    """

    id: str
    title: str
    size: int = 0
    exam_facts: int = 0
    exam: int = 0
    gold: int = 0
    trained_facts: int = 0
    trained: int = 0
    sections: int = 1
    silent: int = 0

    @property
    def asked(self) -> bool:
        """Whether any exam question, written or by hand, asks about it."""
        return self.exam + self.gold > 0


def by_section(run: runs.Snapshot, opened: Records) -> list[tuple[str, Part]]:
    """Every section in reading order, each with its document."""
    listed = opened.rows(
        "SELECT id, title, document, length(text) AS size FROM sections ORDER BY document, number"
    )
    counted = _counts(run, opened, lambda row: [str(row["cluster"])])
    return [
        (str(row["document"]), counted(str(row["id"]), row["title"] or row["id"], row["size"] or 0))
        for row in listed
    ]


def chapters(sections: Iterable[Part]) -> list[Part]:
    """Sections that are parts of one title, put together."""
    return _together((PART.sub("", part.title), part) for part in sections)


def documents(sections: Iterable[tuple[str, Part]]) -> list[Part]:
    """Sections of one document, put together."""
    return _together(sections)


def _together(named: Iterable[tuple[str, Part]]) -> list[Part]:
    groups: dict[str, list[Part]] = defaultdict(list)
    for name, part in named:
        groups[name].append(part)
    return [
        Part(
            name, name, sum(p.size for p in parts), sum(p.exam_facts for p in parts),
            sum(p.exam for p in parts), sum(p.gold for p in parts),
            sum(p.trained_facts for p in parts), sum(p.trained for p in parts),
            len(parts), sum(not p.asked for p in parts),
        )
        for name, parts in groups.items()
    ]  # fmt: skip


def by_name(run: runs.Snapshot, opened: Records) -> list[Part]:
    """Names that the text mentions several times, the most frequent first.

    Told by capital letters alone, so only for languages that keep them for names. A question that
    uses one word of a longer name counts for it where that word belongs to no other.
    """
    from workbench.questions.parsing.names import learn_names
    from workbench.questions.parsing.sentences import sentences
    from workbench.questions.words import tokens

    texts = [str(row["text"] or "") for row in opened.rows("SELECT text FROM sections")]
    names = learn_names(sentence.text for text in texts for sentence in sentences(text))
    mentions = Counter(name for text in texts for name in _names_in(tokens(text), names))
    listed = {
        name: count for name, count in mentions.most_common()
        if count >= FEWEST_MENTIONS and name not in CALENDAR
    }  # fmt: skip
    owners = _owners(listed)

    def asked(row: Row) -> list[str]:
        text = " ".join([str(row["text"] or ""), *map(str, row["answers"] or ())])
        found = (owners.get(name, name) for name in _names_in(tokens(text), names))
        return list(dict.fromkeys(name for name in found if name in listed))

    counted = _counts(run, opened, asked)
    folded = Counter[str]()
    for name, count in listed.items():
        folded[owners.get(name, name)] += count
    return [counted(name, name, count) for name, count in folded.most_common()]


def _names_in(run: Sequence[Token], names: Names) -> list[str]:
    """The names of a text, each as many words as follow one another."""
    from workbench.questions.parsing.names import bare

    found, at = [], 0
    while at < len(run):
        end = at
        while (
            end < len(run)
            and names.is_name(run[end])
            and (end == at or run[end].start - run[end - 1].end == 1)
        ):
            end += 1
        if end > at:
            found.append(" ".join([*(t.text for t in run[at : end - 1]), bare(run[end - 1].text)]))
        at = max(end, at + 1)
    return found


def _owners(listed: Mapping[str, int]) -> dict[str, str]:
    """Single words that stand for one longer name, and no other: "Dorcas" for "Dorcas Pell"."""
    longer: dict[str, set[str]] = defaultdict(set)
    for name in listed:
        for word in name.split() if " " in name else ():
            longer[word].add(name)
    return {word: next(iter(full)) for word, full in longer.items() if len(full) == 1}


def _counts(
    run: runs.Snapshot, opened: Records, places: Callable[[Row], Iterable[str]]
) -> Callable[[str, str, int], Part]:
    """Facts and questions by place; the result makes the part of one."""
    exam: dict[str, list[Row]] = defaultdict(list)
    trained: dict[str, list[Row]] = defaultdict(list)
    for row in opened.rows("SELECT id, text, answers, fact, cluster, origin FROM questions"):
        for place in places(row):
            exam[place].append(row)
    for raw in runs.lines(run.files.questions("train")):
        row = {key: raw.get(key) for key in ("id", "text", "answers", "fact", "cluster")}
        for place in places(row):
            trained[place].append(row)

    def part(name: str, title: str, size: int) -> Part:
        asked, drilled = exam.get(name, []), trained.get(name, [])
        gold = sum(row["origin"] == "gold" for row in asked)
        return Part(
            name, title, size, _facts(asked), len(asked) - gold, gold, _facts(drilled),
            len(drilled), 1, int(not asked),
        )  # fmt: skip

    return part


def _facts(rows: Iterable[Row]) -> int:
    # A question without a fact, as many by hand, stands for one of its own.
    return len({row["fact"] or row["id"] for row in rows})
