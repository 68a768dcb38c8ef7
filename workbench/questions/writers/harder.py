"""Questions over two facts, made of questions already kept: bridged, compared, put in order.

Each needs both places, so that a variant that finds one of them only cannot answer. Both facts
stand on one side of the split, and each was read back alone before.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

from workbench.questions.quality.leaks import leak_fault
from workbench.questions.words import content
from workbench.questions.writers.drafts import Draft, fact_id
from workbench.questions.writers.numbers import date_key, number_value
from workbench.questions.writers.offline import Kept
from workbench.questions.writers.proposals import polished
from workbench.types import Kind

#: Words of a question over two facts.
LONGEST = 34
_Pair = tuple[Kept, Kept, tuple[str, ...], tuple[str, ...], Kind]


def harder(kept: Sequence[Kept], kinds: Sequence[str]) -> list[Kept]:
    """Questions of the kinds asked for, best first, no fact used twice in one kind."""
    ways: Mapping[str, Callable[[Sequence[Kept]], Iterator[_Pair]]] = {
        "multi_hop": _bridged,
        "comparison": _compared,
        "order": _ordered,
    }
    result = []
    for kind, way in ways.items():
        if kind not in kinds:
            continue
        used: set[str] = set()
        for first, second, answers, wordings, _ in way(kept):
            facts = {first.draft.fact, second.draft.fact}
            if facts & used or _shares_place(first.draft, second.draft):
                continue
            asked = [w for w in polished(wordings) if len(w.split()) <= LONGEST]
            if not asked or (kind == "multi_hop" and leak_fault(asked[0], answers)):
                continue
            used |= facts
            result.append(_joined(first, second, answers, tuple(asked), kind))
    return result


def _shares_place(a: Draft, b: Draft) -> bool:
    return a.side != b.side or (a.document == b.document and a.start == b.start)


def _joined(
    first: Kept, second: Kept, answers: tuple[str, ...], wordings: tuple[str, ...], kind: str
) -> Kept:
    a, b = first.draft, second.draft
    draft = replace(
        a,
        fact=fact_id(a.document, a.start, wordings[0], answers[0]),
        answers=answers,
        wordings=wordings,
        type=kind,
        kind=kind,  # type: ignore[arg-type]
        stretch=f"{a.stretch}\n\n{b.stretch}",
        more=((b.document, b.start, b.end, b.quote),),
        score=round(min(a.score, b.score), 4),
        doubt=max(a.doubt, b.doubt),
        named="",
        tags={},
    )
    return Kept(
        draft,
        min(first.roundtrip_f1, second.roundtrip_f1),
        right=min(first.right, second.right),
        worth=min(first.worth, second.worth),
    )


# --- an entity told by what another place says of it ------------------------------------------

_WHO = re.compile(r"^(Who|What) (?!(?:did|does|do|should|can|may|must|will|would|could)\b)(.+)\?$")


def _bridged(kept: Sequence[Kept]) -> Iterator[_Pair]:
    """ "How much was the boy paid whom Ambrose Keel taught?": the boy is named elsewhere."""
    told: dict[str, list[tuple[Kept, str]]] = defaultdict(list)
    for item in sorted(kept, key=_rank):
        match = _WHO.match(item.draft.text)
        answer = item.draft.answers[0] if item.draft.answers else ""
        if match is None or len(match[2].split()) > 10 or not _names_one(answer, item.draft):
            continue
        noun = "person" if match[1] == "Who" else answer.split(" of ")[0].split()[-1]
        if noun[:1].isupper() or "“" in item.draft.text:
            continue
        told[answer].append(
            (item, f"the {noun} that {match[2]}".replace("person that", "person who"))
        )
    for item in sorted(kept, key=_rank):
        draft = item.draft
        plain = draft.kind in {"factoid", "why_how"} and draft.type not in {"definition", "list"}
        if not plain or not draft.answers:
            continue
        for name, ways in told.items():
            whole = re.search(rf"\b{re.escape(name)}(?! of\b| [A-Z])", draft.text)
            if draft.text.count(name) != 1 or whole is None or name in draft.answers[0]:
                continue
            if re.search(rf"“[^”]*{re.escape(name)}", draft.text):
                # A heading that is quoted beside the question keeps its words.
                continue
            for other, description in ways:
                if other.draft.fact == draft.fact or other.draft.text == draft.text:
                    continue
                if content(draft.answers[0]) & content(description):
                    continue
                yield (
                    item,
                    other,
                    draft.answers,
                    tuple(_in_place(w, name, description) for w in draft.wordings if name in w),
                    "multi_hop",
                )
                break


def _names_one(answer: str, draft: Draft) -> bool:
    """Whether an answer names one person or thing that a question can be about."""
    run = answer.split()
    if draft.type == "person":
        return len(run) >= 2 and run[-1][:1].isupper() and " and " not in answer
    return len(run) >= 3 and run[0].lower() == "the" and run[-1].isalpha() and " and " not in answer


def _in_place(question: str, name: str, description: str) -> str:
    """The name's description in its place; "'s" goes behind the whole of it."""
    owned = re.search(rf"{re.escape(name)}'s (\w+)", question)
    if owned:
        return question.replace(owned[0], f"the {owned[1]} of {description}", 1)
    return question.replace(name, description, 1)


# --- amounts ----------------------------------------------------------------------------------


def _compared(kept: Sequence[Kept]) -> Iterator[_Pair]:
    """Two amounts of one thing: who paid more, which grade has the higher deposit."""
    rows: dict[tuple[str, ...], list[tuple[float, Kept]]] = defaultdict(list)
    clauses: dict[tuple[str, ...], list[tuple[float, Kept]]] = defaultdict(list)
    for item in sorted(kept, key=_rank):
        told = _told(item)
        if "row" in told:
            value = number_value(told["cell"])
            if value is not None:
                rows[(item.draft.side, item.draft.document, told["column"])].append((value, item))
        elif "unit" in told:
            value = number_value(told["amount"])
            if value is not None:
                key = (item.draft.side, told["verb"], told["marker"], told["unit"])
                clauses[key].append((value, item))
    for items in rows.values():
        for (left, a), (right, b) in combinations(items, 2):
            if left == right or _unit(_told(a)["cell"]) != _unit(_told(b)["cell"]):
                continue
            more = a if left > right else b
            names = _told(a)["row"], _told(b)["row"]
            column = _told(a)["column"]
            wordings = (
                f"Which has the higher {column}, {names[0]} or {names[1]}",
                f"Of {names[1]} and {names[0]}, which has the higher {column}",
            )
            yield a, b, (_told(more)["row"],), wordings, "comparison"
    for items in clauses.values():
        for (left, a), (right, b) in combinations(items, 2):
            one, two = _told(a), _told(b)
            if left == right or one["subject"] == two["subject"]:
                continue
            if {one["subject"].split()[0], two["subject"].split()[0]} & _ANY:
                continue
            if one["tail"] != two["tail"] and not (one["person"] and two["person"]):
                continue
            tail = one["tail"] if one["tail"] == two["tail"] else ""
            who = "Who" if one["person"] and two["person"] else "Which"
            link = f"{one['marker']} " if one["marker"] else ""
            pair = f"{one['subject']} or {two['subject']}"
            wordings = (
                f"{who} {one['verb']} {link}more {one['unit']} {tail}, {pair}",
                f"{pair}: which {one['verb']} {link}more {one['unit']} {tail}",
            )
            more_told = one if left > right else two
            yield a, b, (more_told["subject"],), wordings, "comparison"


# --- dates ------------------------------------------------------------------------------------


def _ordered(kept: Sequence[Kept]) -> Iterator[_Pair]:
    """Two dated events: which came first."""
    dated: dict[str, list[tuple[tuple[int, int, int], Kept]]] = defaultdict(list)
    for item in sorted(kept, key=_rank):
        told = _told(item)
        key = date_key(told.get("date", ""))
        if key is not None and 3 <= len(told["statement"].split()) <= 14:
            dated[item.draft.side].append((key, item))
    for items in dated.values():
        run = sorted(items, key=lambda x: (x[0], x[1].draft.fact))
        near = [
            (run[i], run[j]) for i in range(len(run)) for j in range(i + 1, min(len(run), i + 6))
        ]
        for (left, a), (right, b) in near:
            if left == right or (left[0] == right[0] and 0 in {left[1], right[1]}):
                continue
            first, second = _told(a)["statement"], _told(b)["statement"]
            if not _akin(a, b):
                continue
            wordings = (
                f"Which came first: {second}, or {first}",
                f"Which happened earlier: {first}, or {second}",
                f"What came before the other: {second}, or {first}",
            )
            yield a, b, (first,), wordings, "order"


def _akin(a: Kept, b: Kept) -> bool:
    """Whether two events have to do with each other: one page, or one name or matter."""
    if a.draft.section == b.draft.section:
        return True
    return bool(content(_told(a)["statement"]) & content(_told(b)["statement"]))


_ANY = frozenset({"each", "every", "any", "all", "some", "a", "an", "you"})


def _unit(cell: str) -> str:
    """What a cell says beside its figures: two weeks and ten days cannot be compared."""
    return " ".join(re.sub(r"[\d.,]+", " ", cell).lower().split()).removesuffix("s")


def _told(item: Kept) -> Mapping[str, Any]:
    return item.draft.tags.get("told") or {}


def _rank(item: Kept) -> tuple[float, str]:
    return -item.draft.score, item.draft.fact
