"""From kept drafts to questions with roles and strata, without leaks, balanced over sections."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.experiment.questions import QuestionSpec
from workbench.questions.dataset.plan import Side, quotas
from workbench.questions.dataset.question_set import question_id
from workbench.questions.quality.likeness import (
    Embed,
    TrainWordings,
    new_words,
    same_wording,
    without_frame,
)
from workbench.questions.words import content, jaccard, word_ratio, words
from workbench.questions.writers.offline import Dropped, Kept
from workbench.types import Evidence, Question, Role, Stratum

#: Wordings left to train on of a fact that is examined in other words; where fewer facts than
#: wanted have so many, one must do, as for facts that are trained only.
TRAIN_WORDINGS, LEAST_TRAIN_WORDINGS = 2, 1
#: The first wordings are the plainest; an exam asks in one of these, or in one made for it.
PLAIN = 2
#: Weight of the estimate beside a draft's score and round trip, each of which is about 1.
ESTIMATED = 10.0


@dataclass(frozen=True, slots=True)
class Selection:
    """The questions by role, and what fell away while choosing."""

    train: tuple[Question, ...]
    dev: tuple[Question, ...]
    test: tuple[Question, ...]
    dropped: tuple[Dropped, ...]


def select(
    kept: Iterable[Kept],
    spec: QuestionSpec,
    edition: str,
    seed: int,
    embed: Embed | None = None,
) -> Selection:
    """Choose training facts, then dev and exam questions per stratum; never more than there are.

    ``embed`` gives unit vectors; with it, what may be trained is told from what is asked by its
    meaning too.
    """
    rng = random.Random(f"{seed}/selection")
    dropped: list[Dropped] = []
    by_side: dict[Side, list[Kept]] = defaultdict(list)
    for item in _distinct(kept, spec.near_duplicate, dropped):
        by_side[item.draft.side].append(item)
    wanted = quotas(spec)
    strata: tuple[tuple[Stratum, Side], ...] = (("same_section", "held_out"), ("unseen", "unseen"))
    candidates = [
        _question(item, item.draft.text, "test", stratum, edition)
        for stratum, side in strata
        for item in by_side[side]
    ]
    free = _trainable(by_side["trained"], candidates, spec, edition, embed, dropped)
    trained = _mixed(free, spec.train_facts, spec.shares, rng)
    split = _splits(trained, wanted["test"]["reworded"] + wanted["dev"]["reworded"], spec)
    worded = [k for k in trained if split[k.draft.fact][0]]
    reworded = _roles(worded, "reworded", wanted, spec.shares, rng)
    own = {k.draft.fact for _, k in reworded}
    train = [
        _question(k, text, "train", None, edition)
        for k in trained
        for text in _train_wordings(k, split[k.draft.fact], k.draft.fact in own, spec)
    ]
    parts: dict[str, list[Question]] = {"dev": [], "test": []}
    for role, item in reworded:
        text = split[item.draft.fact][0]
        parts[role].append(_question(item, text, role, "reworded", edition))
    asked = wanted["test"]["reworded"]
    for stratum, side in strata:
        if stratum not in wanted["test"]:
            continue
        # What one stratum lacks the next one may have to spare: figures weight the strata anyway.
        asked += wanted["test"][stratum]
        wanted["test"][stratum] = asked - len(parts["test"])
        for role, item in _roles(by_side[side], stratum, wanted, spec.shares, rng):
            parts[role].append(_question(item, item.draft.text, role, stratum, edition))
    rng.shuffle(train)
    return Selection(tuple(train), tuple(parts["dev"]), tuple(parts["test"]), tuple(dropped))


def _distinct(kept: Iterable[Kept], near: float, dropped: list[Dropped]) -> list[Kept]:
    """Without questions that nearly repeat an earlier one, and one draft for each fact."""
    result: list[Kept] = []
    facts: dict[str, Kept] = {}
    by_word: dict[str, list[int]] = defaultdict(list)
    for item in sorted(
        kept, key=lambda k: (k.draft.document, k.draft.start, -k.draft.score, k.draft.fact)
    ):
        asked = content(item.draft.text)
        places = {p for word in asked for p in by_word[word]}
        twin = facts.get(item.draft.fact) or next(
            (result[p] for p in sorted(places) if _twins(item, result[p], asked, near)), None
        )
        if twin is not None:
            dropped.append(_drop(item, "near-duplicate", twin.draft.text))
            continue
        for word in asked:
            by_word[word].append(len(result))
        result.append(item)
        facts[item.draft.fact] = item
    return result


def _drop(item: Kept, reason: str, detail: str) -> Dropped:
    draft = item.draft
    return Dropped(draft.text, _first(item), draft.section, reason, detail, draft.way, draft.kind)


def _first(item: Kept) -> str:
    return item.draft.answers[0] if item.draft.answers else ""


def _twins(left: Kept, right: Kept, asked: frozenset[str], near: float) -> bool:
    other = content(right.draft.text)
    if asked == other:
        return words(left.draft.text)[:2] == words(right.draft.text)[:2]
    same_answer = words(_first(left)) == words(_first(right))
    if same_answer and jaccard(asked, other) >= near - 0.15:
        return True
    return jaccard(asked, other) >= near and word_ratio(left.draft.text, right.draft.text) >= near


def _mixed(
    items: Sequence[Kept], count: int, shares: Mapping[str, float], rng: random.Random
) -> list[Kept]:
    """The best ``count`` with the kinds in their shares, as far as there are so many of a kind.

    Kinds without a share are taken as they come; a question of a kind with one is taken beyond its
    share only where nothing else is left.
    """
    chosen: list[Kept] = []
    for kind, share in shares.items():
        some = [k for k in items if k.draft.kind == kind]
        chosen += _spread(some, round(count * share), rng)
    plain = [k for k in items if k.draft.kind not in shares]
    chosen += _spread(plain, count - len(chosen), rng)
    if len(chosen) < count:
        taken = {k.draft.fact for k in chosen}
        left = [k for k in items if k.draft.fact not in taken and k.draft.kind != "unanswerable"]
        chosen += _spread(left, count - len(chosen), rng)
    return chosen


def _spread(items: Sequence[Kept], count: int, rng: random.Random) -> list[Kept]:
    """The best ``count``, taken section by section in turn and type by type within a section."""
    shelves: dict[str, list[Kept]] = defaultdict(list)
    for item in sorted(items, key=lambda k: (-_worth(k), k.draft.fact)):
        shelves[item.draft.section].append(item)
    order = sorted(shelves)
    rng.shuffle(order)
    used: Counter[str] = Counter()
    chosen: list[Kept] = []
    while len(chosen) < count and any(shelves.values()):
        for section in order:
            shelf = shelves[section]
            if not shelf or len(chosen) >= count:
                continue
            best = min(range(len(shelf)), key=lambda i: (used[shelf[i].draft.type] // 4, i))
            item = shelf.pop(best)
            used[item.draft.type] += 1
            chosen.append(item)
    return chosen


def _splits(
    items: Sequence[Kept], wanted: int, spec: QuestionSpec
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """By fact: (the wording kept for the exam or "", those that may be trained then).

    Where too few facts can be asked in words that are quite other, those that can be asked in a
    little other words are too, or those that leave little to train on.
    """
    split = {item.draft.fact: ("", item.draft.wordings) for item in items}
    # Facts of one sentence mirror each other, and one of them is asked.
    asked: set[tuple[str, int, str]] = set()
    best = sorted(items, key=lambda k: (-_worth(k), k.draft.fact))
    for least, framed in (
        (TRAIN_WORDINGS, False),
        (LEAST_TRAIN_WORDINGS, False),
        (LEAST_TRAIN_WORDINGS, True),
    ):
        enough = len(asked) >= wanted
        for item in best:
            if enough or split[item.draft.fact][0]:
                continue
            split[item.draft.fact] = _split_wordings(item, spec, least, framed)
            if split[item.draft.fact][0]:
                asked.add(_mirror(item))
                enough = least < TRAIN_WORDINGS and len(asked) >= wanted
    return split


def _split_wordings(
    item: Kept, spec: QuestionSpec, least: int, framed: bool
) -> tuple[str, tuple[str, ...]]:
    """(the wording kept for the exam or "", the wordings that may then be trained).

    The exam's is one made for it, or else one of the rules' own, with most content words that no
    trained wording has; "" where none has as many as the specification asks for and leaves
    ``least`` to train on, so that the fact is not examined in other words. ``framed``: words that
    only tell how or for what kind of thing is asked ("are you supposed to", "which board") count.
    """
    draft = item.draft
    plain = draft.wordings if draft.way == "chat" else draft.wordings[:PLAIN]
    best: tuple[tuple[bool, int, int, float], str, tuple[str, ...]] | None = None
    for text in (*draft.rewordings, *plain):
        rest = tuple(
            w
            for w in draft.wordings
            if w != text and not same_wording(text, w, spec.near_duplicate)
        )
        if len(rest) < min(least, spec.wordings):
            continue
        taught = rest[: spec.wordings]
        fresh = [new_words(text, w) for w in taught]
        own = min(len(words if framed else without_frame(words, text)) for words in fresh)
        if own < spec.least_new_words:
            continue
        made = text in draft.rewordings
        rank = (made, own, len(taught), -max(word_ratio(text, w) for w in taught))
        if best is None or rank > best[0]:
            best = (rank, text, rest)
    return (best[1], best[2]) if best else ("", draft.wordings)


def _train_wordings(
    item: Kept, split: tuple[str, tuple[str, ...]], examined: bool, spec: QuestionSpec
) -> tuple[str, ...]:
    wordings = split[1] if examined else item.draft.wordings
    return wordings[: spec.wordings]


def _trainable(
    items: Sequence[Kept],
    asked: Sequence[Question],
    spec: QuestionSpec,
    edition: str,
    embed: Embed | None,
    dropped: list[Dropped],
) -> list[Kept]:
    """Without the facts that an exam may ask for, in the same words or in others: it goes first."""
    wordings = [
        (item, _question(item, text, "train", None, edition))
        for item in items
        for text in item.draft.wordings
    ]
    owners = {question.id: item for item, question in wordings}
    lookup = TrainWordings((question for _, question in wordings), embed)
    cosines = lookup.cosines(asked)
    gone: dict[str, str] = {}
    for place, question in enumerate(asked):
        row = None if cosines is None else cosines[place]
        for other in lookup.giving_away(question, spec.near_duplicate, row):
            gone.setdefault(owners[other.id].draft.fact, question.text)
    for item in items:
        if item.draft.fact in gone:
            dropped.append(_drop(item, "asks what the exam asks", gone[item.draft.fact]))
    return [item for item in items if item.draft.fact not in gone]


def _roles(
    items: Sequence[Kept],
    stratum: Stratum,
    wanted: dict[str, dict[Stratum, int]],
    shares: Mapping[str, float],
    rng: random.Random,
) -> list[tuple[Role, Kept]]:
    """Dev and exam in their proportion; facts of one sentence stay in one role.

    Two facts of one sentence mirror each other ("Who kept the bridge?", "What did she keep?"), so
    that the exam asks one of them; dev, which decides nothing, may ask both.
    """
    exam, dev = wanted["test"][stratum], wanted["dev"][stratum]
    mirrors: dict[tuple[str, int, str], list[Kept]] = defaultdict(list)
    for item in items:
        mirrors[_mirror(item)].append(item)
    best = [max(matches, key=lambda k: (_worth(k), k.draft.fact)) for matches in mirrors.values()]
    chosen = _mixed(best, exam + dev, shares, rng)
    target = dev if len(chosen) == exam + dev else round(len(chosen) * dev / max(1, exam + dev))
    order = sorted(chosen, key=_sentence)
    rng.shuffle(order)
    result: list[tuple[Role, Kept]] = []
    for item in order:
        taken = sum(role == "dev" for role, _ in result)
        if taken >= target:
            if len(result) - taken < exam:
                result.append(("test", item))
            continue
        twins = [k for k in mirrors[_mirror(item)] if k is not item]
        room = target - taken - 1 if len(chosen) < exam + dev else 0
        result += [("dev", k) for k in [item, *twins[:room]]]
    return result


def _mirror(item: Kept) -> tuple[str, int, str]:
    """What questions mirror one another: those on one sentence, but a question over two facts is
    asked beside a plain one on either."""
    kind = item.draft.kind
    apart = kind if kind in {"multi_hop", "comparison", "order", "unanswerable"} else ""
    return (*_sentence(item), apart)


def _sentence(item: Kept) -> tuple[str, int]:
    return item.draft.document, item.draft.start


def _worth(item: Kept) -> float:
    """First what is likely right and worth asking; what a rule thinks of it tells equals apart."""
    return ESTIMATED * item.right * item.worth + item.draft.score + item.roundtrip_f1


def _question(item: Kept, text: str, role: Role, stratum: Stratum | None, edition: str) -> Question:
    draft = item.draft
    full = draft.tags.get("full")
    return Question(
        id=question_id(text, draft.answers, f"{draft.document}:{draft.start}"),
        text=text,
        # What variants are trained on and shown as an example stands first.
        answers=draft.answers if not full else tuple(dict.fromkeys((str(full), *draft.answers))),
        evidence=()
        if not draft.quote
        else (
            Evidence(draft.document, draft.start, draft.end, draft.quote),
            *(Evidence(*item) for item in draft.more),
        ),
        kind=draft.kind,
        role=role,
        stratum=stratum,
        fact=draft.fact,
        cluster=draft.section,
        edition=edition,
        tags={
            "type": draft.type,
            "way": draft.way,
            "roundtrip_f1": item.roundtrip_f1,
            **{key: value for key, value in draft.tags.items() if key not in ("told", "full")},
        },
    )


def with_tags(questions: Iterable[Question], tags: dict[str, dict[str, object]]) -> list[Question]:
    """The questions with further tags, by id."""
    return [replace(q, tags={**q.tags, **tags.get(q.id, {})}) for q in questions]
