"""Questions over two facts, and questions that the corpus does not answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.support.asking import drafts, one_document, reading_of
from tests.support.kept import kept
from workbench.questions.dataset.plan import Side
from workbench.questions.parsing.names import learn_names
from workbench.questions.quality.usage import Usage
from workbench.questions.writers.harder import harder
from workbench.questions.writers.near_misses import known_names, near_misses
from workbench.questions.writers.offline import Kept

KINDS = ("multi_hop", "comparison", "order")
SIDES: tuple[Side, ...] = ("trained", "held_out", "unseen")


def by_rule(text: str, side: Side = "trained") -> list[Kept]:
    """All that the rules ask of a text, taken as read back, on one side of the split."""
    return [Kept(replace(draft, side=side), 1.0) for draft in drafts(text)]


def of_kind(items: list[Kept], kind: str) -> list[tuple[str, str]]:
    """(plainest wording, answer) of all questions of a kind over two of these facts."""
    return [
        (k.draft.text, k.draft.answers[0]) for k in harder(items, KINDS) if k.draft.kind == kind
    ]


# --- bridged -----------------------------------------------------------------------------------

WHO = kept("who", ("Who mended the oldest clock in Harrow?",), "Martha Miller", "person", start=0)
SOLD = kept(
    "sold",
    ("How many barrels of tar did Martha Miller sell?", "Martha Miller sold how many barrels?"),
    "nine barrels",
    "number",
    start=100,
)


def test_a_person_is_told_by_what_another_place_says() -> None:
    (item,) = harder([WHO, SOLD], KINDS)
    draft = item.draft
    assert draft.kind == draft.type == "multi_hop"
    assert draft.wordings == (
        "How many barrels of tar did the person who mended the oldest clock in Harrow sell?",
        "The person who mended the oldest clock in Harrow sold how many barrels?",
    )
    assert draft.answers == ("nine barrels",)
    # Both places are evidence.
    assert (draft.start, draft.quote) == (100, "quote of sold")
    assert draft.more == (("town", 0, 10, "quote of who"),)
    assert draft.stretch == "stretch of sold\n\nstretch of who"


def test_what_somebody_owns_stands_before_the_description() -> None:
    owned = kept(
        "owned", ("Where did Martha Miller's brother live?",), "in Tarn", "place", start=100
    )
    assert of_kind([WHO, owned], "multi_hop") == [
        (
            "Where did the brother of the person who mended the oldest clock in Harrow live?",
            "in Tarn",
        )
    ]


def test_a_thing_is_told_by_its_noun() -> None:
    thing = kept("thing", ("What hung over the inn at Corve?",), "the brass bell", start=0)
    sold = kept("sold", ("Who sold the brass bell?",), "Anna Moore", "person", start=100)
    assert of_kind([thing, sold], "multi_hop") == [
        ("Who sold the bell that hung over the inn at Corve?", "Anna Moore")
    ]


def test_bridges_from_sentences() -> None:
    text = "Martha Miller mended a clock of Harrow. Martha Miller's brother lived in Tarn."
    assert of_kind(by_rule(text), "multi_hop") == [
        (
            "Where did the brother of the person who mended a clock of Harrow live?",
            "in Tarn",
        )
    ]


@pytest.mark.parametrize(
    ("wording", "answer", "type_"),
    [
        # The name is not in it, or is another's.
        ("How many barrels of tar did Anna Moore sell?", "nine barrels", "number"),
        ("How many barrels of tar did Martha Miller Moore sell?", "nine barrels", "number"),
        # The description would tell the answer.
        ("What did Martha Miller sell?", "the oldest clock", "thing"),
        # It asks who she is.
        ("Who is Martha Miller?", "a smith of Tarn", "definition"),
    ],
)
def test_what_cannot_be_bridged(wording: str, answer: str, type_: str) -> None:
    other = kept("other", (wording,), answer, type_, start=100)
    assert harder([WHO, other], KINDS) == []


def test_a_bare_name_or_a_question_of_deeds_tells_nobody() -> None:
    bare = replace(WHO, draft=replace(WHO.draft, answers=("Martha",)))
    owned = replace(SOLD, draft=replace(SOLD.draft, wordings=("What did Martha sell?",)))
    assert harder([bare, owned], KINDS) == []
    deed = replace(WHO, draft=replace(WHO.draft, wordings=("Who did Anna Moore meet?",)))
    assert harder([deed, SOLD], KINDS) == []


# --- compared ----------------------------------------------------------------------------------


def sale(fact: str, subject: str, amount: str, start: int, **other: Any) -> Kept:
    told: Mapping[str, Any] = {
        "subject": subject,
        "verb": "sold",
        "marker": "",
        "unit": "barrels of salt",
        "amount": amount,
        "tail": "in Harrow",
        "person": True,
        **other,
    }
    return kept(fact, (f"How many did {subject} sell?",), amount, "number", start=start, told=told)


def test_two_amounts_are_compared_by_their_values_not_their_words() -> None:
    few = sale("few", "Martha Miller", "ninety-nine", 0)
    many = sale("many", "Peter Holm", "1,200", 100)
    (item,) = harder([few, many], KINDS)
    assert item.draft.answers == ("Peter Holm",)
    assert item.draft.wordings == (
        "Who sold more barrels of salt in Harrow, Martha Miller or Peter Holm?",
        "Martha Miller or Peter Holm: which sold more barrels of salt in Harrow?",
    )


def test_comparison_from_sentences() -> None:
    text = (
        "Martha Miller sold nine barrels of salt in Harrow. "
        "Peter Holm sold twelve barrels of salt in Harrow."
    )
    ((question, answer),) = of_kind(by_rule(text), "comparison")
    assert question in {
        "Who sold more barrels of salt in Harrow, Martha Miller or Peter Holm?",
        "Who sold more barrels of salt in Harrow, Peter Holm or Martha Miller?",
    }
    assert answer == "Peter Holm"


@pytest.mark.parametrize(
    "other",
    [
        {"amount": "ninety-nine"},
        {"amount": "several"},
        {"subject": "Martha Miller"},
        {"subject": "each sailor"},
        {"unit": "barrels of tar"},
        {"verb": "bought"},
        {"marker": "for"},
        {"tail": "in Tarn", "person": False},
    ],
)
def test_what_cannot_be_compared(other: dict[str, Any]) -> None:
    one = sale("one", "Martha Miller", "ninety-nine", 0)
    two = sale("two", **{"subject": "Peter Holm", "amount": "1,200", "start": 100, **other})
    assert harder([one, two], KINDS) == []


def test_things_are_asked_for_by_which() -> None:
    one = sale("one", "the mill at Tarn", "nine", 0, person=False)
    two = sale("two", "the mill at Corve", "eight", 100, person=False)
    assert of_kind([one, two], "comparison") == [
        (
            "Which sold more barrels of salt in Harrow, the mill at Tarn or the mill at Corve?",
            "the mill at Tarn",
        )
    ]


def test_rows_are_compared_column_by_column() -> None:
    text = (
        "# Deposits\n\n| Grade | Deposit | Fine |\n|---|---|---|\n"
        "| Bronze | 40 crowns | 8 crowns |\n| Silver | 90 crowns | 3 crowns |\n"
    )
    found = {
        tuple(sorted(k.draft.wordings)): k.draft.answers[0] for k in harder(by_rule(text), KINDS)
    }
    asked = {next(w for w in ws if w.startswith("Which")): a for ws, a in found.items()}
    by_column = {q.split(",")[0]: answer for q, answer in asked.items()}
    assert by_column == {
        "Which has the higher deposit": "Silver",
        "Which has the higher fine": "Bronze",
    }


# --- in order ----------------------------------------------------------------------------------


def event(fact: str, statement: str, date: str, start: int, side: Side = "trained") -> Kept:
    told = {"statement": statement, "date": date}
    wordings = (f"When was it that {statement}?",)
    return kept(fact, wordings, date, "time", start=start, side=side, told=told)


def test_of_two_dated_events_the_earlier_came_first() -> None:
    late = event("late", "Peter Holm sold the mill", "the third of May 1801", 0)
    early = event("early", "Martha Miller mended the clock", "1794", 100)
    (item,) = harder([late, early], KINDS)
    assert item.draft.answers == ("Martha Miller mended the clock",)
    assert item.draft.wordings == (
        "Which came first: Peter Holm sold the mill, or Martha Miller mended the clock?",
        "Which happened earlier: Martha Miller mended the clock, or Peter Holm sold the mill?",
        "What came before the other: Peter Holm sold the mill, or Martha Miller mended the clock?",
    )


@pytest.mark.parametrize(
    ("one", "other", "first"),
    [
        ("May 1794", "June 1794", "one"),
        ("the ninth of May 1794", "the third of May 1794", "other"),
        ("the spring of 1801", "the autumn of 1794", "other"),
        # Nobody can tell.
        ("May 1794", "May 1794", ""),
        ("1794", "June 1794", ""),
        ("in May", "June 1794", ""),
    ],
)
def test_the_order_of_dates(one: str, other: str, first: str) -> None:
    events = [event("one", "the mill burned down", one, 0)]
    events.append(event("other", "the bell fell down", other, 100))
    answers = [answer for _, answer in of_kind(events, "order")]
    told = {"one": "the mill burned down", "other": "the bell fell down"}
    assert answers == ([told[first]] if first else [])


def test_order_from_sentences() -> None:
    text = (
        "Martha Miller married Peter Holm in May 1794. "
        "Anna Moore married Thomas Reed on the first of April 1794."
    )
    assert of_kind(by_rule(text), "order") == [
        (
            "Which came first: Martha Miller married Peter Holm, "
            "or Anna Moore married Thomas Reed?",
            "Anna Moore married Thomas Reed",
        )
    ]


# --- what holds of all -------------------------------------------------------------------------

PAIRS = {
    "multi_hop": (WHO, SOLD),
    "comparison": (
        sale("few", "Martha Miller", "nine", 0),
        sale("many", "Peter Holm", "twelve", 100),
    ),
    "order": (
        event("early", "the mill burned down", "1794", 0),
        event("late", "the bell fell down", "1801", 100),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", SIDES)
def test_both_facts_stand_on_one_side(kind: str, side: Side) -> None:
    first, second = PAIRS[kind]
    (item,) = harder(
        [replace(k, draft=replace(k.draft, side=side)) for k in (first, second)], KINDS
    )
    assert (item.draft.kind, item.draft.side) == (kind, side)
    for other in SIDES:
        moved = replace(second, draft=replace(second.draft, side=other))
        here = replace(first, draft=replace(first.draft, side=side))
        assert len(harder([here, moved], KINDS)) == (1 if other == side else 0)


@pytest.mark.parametrize("kind", KINDS)
def test_facts_of_one_sentence_make_no_question_over_two(kind: str) -> None:
    first, second = PAIRS[kind]
    same = replace(second, draft=replace(second.draft, start=first.draft.start))
    assert harder([first, same], KINDS) == []


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_kinds_asked_for(kind: str) -> None:
    items = [k for pair in PAIRS.values() for k in pair]
    assert {k.draft.kind for k in harder(items, KINDS)} == set(KINDS)
    assert {k.draft.kind for k in harder(items, [kind])} == {kind}


def test_a_fact_is_used_once_in_a_kind() -> None:
    sales = [
        sale(name, name, amount, 100 * n)
        for n, (name, amount) in enumerate(
            [("Anna Moore", "nine"), ("Peter Holm", "ten"), ("Emily Clark", "twelve")]
        )
    ]
    assert len(of_kind(sales, "comparison")) == 1


# --- near misses -------------------------------------------------------------------------------

PRICE = "Peter Holm paid forty crowns for the brass bell."
#: Sentences that hold neither the bell nor a name.
APART = tuple(f"Rain fell on the roof for {n} days." for n in range(2, 10))
PERSONS = ["Peter Holm", "Thomas Reed"]


def misses(
    run: list[str],
    persons: list[str],
    wordings: tuple[str, ...] = ("What did Peter Holm pay for the bell?",),
    type_: str = "money",
) -> list[Kept]:
    """Near misses of thirty facts of one wording, of which about a third are tried."""
    usage = Usage([("town#0", text, 100 * n) for n, text in enumerate(run)])
    facts = [kept(f"fact {n}", wordings, "forty crowns", type_, start=0) for n in range(30)]
    return near_misses(facts, learn_names(run), usage, {"person": persons})


def test_a_near_miss_asks_of_somebody_told_of_elsewhere() -> None:
    wordings = ("What did Peter Holm pay for the bell?", "For the bell, Peter Holm paid what?")
    found = misses([PRICE, *APART, "Thomas Reed sang."], PERSONS, wordings)
    assert 4 <= len(found) <= 16
    for item in found:
        draft = item.draft
        assert draft.wordings == (
            "What did Thomas Reed pay for the bell?",
            "For the bell, Thomas Reed paid what?",
        )
        assert (draft.kind, draft.type, draft.answers, draft.quote) == (
            "unanswerable",
            "unanswerable",
            (),
            "",
        )
        assert draft.subject == "Thomas Reed"


@pytest.mark.parametrize("apart", [0, 1, 2])
def test_who_stands_near_what_is_asked_about_makes_no_near_miss(apart: int) -> None:
    assert misses([PRICE, *APART[:apart], "Thomas Reed sang."], PERSONS) == []
    # Once is enough, wherever it is.
    run = [PRICE, *APART, "Thomas Reed sang.", *APART, "The bell rang.", "Thomas Reed wept."]
    assert misses(run, PERSONS) == []
    assert misses(run[:-2], PERSONS)


def test_who_is_told_of_nowhere_makes_no_near_miss_of_words_told_of_nowhere() -> None:
    run = [PRICE, *APART, "Thomas Reed sang."]
    assert misses(run, PERSONS, ("What did Peter Holm hide?",)) == []


@pytest.mark.parametrize(
    ("persons", "wording", "type_"),
    [
        # another gender, another of that family, nobody else
        (["Peter Holm", "Anna Moore"], "What did Peter Holm pay for the bell?", "money"),
        (["Peter Holm", "Thomas Holm"], "What did Peter Holm pay for the bell?", "money"),
        (["Peter Holm"], "What did Peter Holm pay for the bell?", "money"),
        # nobody known is in it, or with a title that another may not have
        (PERSONS, "What did a sailor pay for the bell?", "money"),
        (PERSONS, "What did Captain Peter Holm pay for the bell?", "money"),
        # a heading in quotation marks tells where to look
        (PERSONS, "In “The bell”, what did Peter Holm pay?", "money"),
        # what somebody is, may hold of many
        (PERSONS, "Who was Peter Holm of the bell?", "definition"),
    ],
)
def test_no_near_miss(persons: list[str], wording: str, type_: str) -> None:
    run = [PRICE, *APART, "Thomas Reed sang.", "Anna Moore sang.", "Thomas Holm sang."]
    assert misses(run, PERSONS)
    assert misses(run, persons, (wording,), type_) == []


def test_names_of_two_words_used_three_times_are_known() -> None:
    text = (
        "Yesterday Peter Holm paid nine crowns. The bell was sold by Peter Holm. "
        "Anna Moore met Peter Holm. Sailors liked Anna Moore."
    )
    names = reading_of(one_document(text)).names
    assert known_names(names, [text]) == {"person": ["Peter Holm"]}
