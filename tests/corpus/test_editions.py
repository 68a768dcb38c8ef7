"""What changed between two editions, whatever the files are called and wherever a text stands."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.corpus import Corpus, load, sections
from workbench.corpus.editions import Changes, compare
from workbench.types import Document, Evidence

HANDBOOK = Path(__file__).resolve().parents[2] / "corpora" / "handbook"

THINGS = ("lamp", "wharf", "ferry", "ledger", "candle", "baker", "harbour", "copper", "orchard")
TARIFF = "# Tariff\n\nA boat costs {} pounds. A raft costs 140 pounds. Oars are free."


def corpus(texts: Mapping[str, str], words: int = 80) -> Corpus:
    documents = tuple(Document(name, text, "", name) for name, text in texts.items())
    cut = tuple(section for document in documents for section in sections(document, words))
    edition = hashlib.sha256(repr(sorted(texts.items())).encode()).hexdigest()[:12]
    return Corpus(documents, cut, edition, "en", "")


def sentence(number: int) -> str:
    words = random.Random(number).sample(THINGS, 5)
    return f"The {' and the '.join(words)} number {number} was kept by keeper {number * 7}."


#: A document is paragraphs of sentences by number; all numbers differ.
numbers = st.lists(st.integers(0, 10_000), min_size=12, max_size=60, unique=True)


def written(ids: list[int], per_paragraph: int = 3) -> str:
    groups = [ids[at : at + per_paragraph] for at in range(0, len(ids), per_paragraph)]
    return "\n\n".join(" ".join(map(sentence, group)) for group in groups)


def quoted(of: Corpus, number: int) -> Evidence:
    for document in of.documents:
        at = document.text.find(sentence(number))
        if at >= 0:
            return Evidence(document.id, at, at + len(sentence(number)), sentence(number))
    raise AssertionError(number)


def check_whole(changes: Changes) -> None:
    """Every new section once, every removed one besides, and every span as it stands."""
    rows = changes.sections
    assert [row.after for row in rows if row.after] == list(changes.after.sections)
    struck = [row.before.id for row in rows if row.what == "removed" and row.before]
    assert struck == [s.id for s in changes.before.sections if s.id in changes.removed]
    for row in rows:
        assert (row.what == "added") == (row.before is None)
        assert (row.what == "removed") == (row.after is None)
        if row.what == "unchanged":
            assert not row.gone and not row.new
        for side, said in ((changes.before, row.gone), (changes.after, row.new)):
            for one in said:
                text = side.document(one.document).text[one.start : one.end]
                assert text == text.strip() and text
    for images in (changes.kept, changes.rewritten):
        found = [image for image in images if image is not None]
        assert len(found) == len(set(found))  # no new sentence stands for two old ones


@given(numbers)
@settings(max_examples=30, deadline=None)
def test_nothing_changes_from_an_edition_to_itself(ids) -> None:
    same = corpus({"a": written(ids)})
    changes = compare(same, same)
    assert {row.what for row in changes.sections} == {"unchanged"}
    assert changes.share == 0
    for number in ids:
        item = quoted(same, number)
        assert changes.carry(item).evidence == (item,)


@given(numbers, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_moved_renamed_and_broken_otherwise_is_unchanged(ids, rng) -> None:
    before = corpus({"a": written(ids[::2]), "b": written(ids[1::2])})
    paragraphs = [*written(ids[::2]).split("\n\n"), *written(ids[1::2]).split("\n\n")]
    rng.shuffle(paragraphs)
    after = corpus({"quite/another": "\n\n".join(p.replace(" and the ", " and\nthe ", 1)
                                                 for p in paragraphs)})  # fmt: skip
    changes = compare(before, after)
    check_whole(changes)
    assert {row.what for row in changes.sections} == {"unchanged"} and changes.share == 0
    for number in ids:
        carried = changes.carry(quoted(before, number))
        (item,) = carried.evidence
        assert carried.fate == "kept" and item.document == "quite/another"
        assert after.document(item.document).text[item.start : item.end] == item.quote
        assert " ".join(item.quote.split()) == sentence(number)


@given(numbers, st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_struck_is_gone_and_all_else_is_carried(ids, data) -> None:
    struck = set(data.draw(st.lists(st.sampled_from(ids), max_size=6)))
    added = [number + 20_000 for number in data.draw(st.lists(st.integers(0, 99), max_size=6))]
    left = [number for number in ids if number not in struck]
    for number in dict.fromkeys(added):
        left.insert(data.draw(st.integers(0, len(left))), number)
    before, after = corpus({"a": written(ids)}), corpus({"a": written(left)})
    changes = compare(before, after)
    check_whole(changes)
    for number in ids:
        carried = changes.carry(quoted(before, number))
        if number in struck:
            assert carried.fate != "kept"
        else:
            assert [item.quote for item in carried.evidence] == [sentence(number)]
            assert changes.is_new(quoted(after, number)) == "kept"
    for number in set(added):
        assert changes.is_new(quoted(after, number)) != "kept"
    assert (changes.share == 0) == (not struck and not added)


@given(numbers, numbers)
@settings(max_examples=25, deadline=None)
def test_added_from_here_is_removed_from_there(first, second) -> None:
    a, b = corpus({"a": written(first)}), corpus({"a": written(second)})
    there, back = compare(a, b), compare(b, a)
    check_whole(there)
    check_whole(back)
    kept = {(there.old[i].key, there.new[j].key) for i, j in enumerate(there.kept) if j is not None}
    again = {(back.new[j].key, back.old[i].key) for i, j in enumerate(back.kept) if j is not None}
    assert kept == again
    assert there.share == pytest.approx(back.share)


@given(st.text(alphabet="ab.\n #|-1", max_size=200), st.text(alphabet="ab.\n #|-1", max_size=200))
@settings(max_examples=60, deadline=None)
def test_any_two_texts_can_be_compared(first, second) -> None:
    check_whole(compare(corpus({"a": first}), corpus({"a": second})))


def test_a_sentence_with_another_figure_is_the_same_one_rewritten() -> None:
    before = corpus({"a": TARIFF.format(60)})
    after = corpus({"a": TARIFF.format(66)})
    changes = compare(before, after)
    text = before.documents[0].text
    at = text.index("A boat")
    carried = changes.carry(Evidence("a", at, at + 23, text[at : at + 23]))
    assert carried.fate == "rewritten"
    assert [item.quote for item in carried.evidence] == ["A boat costs 66 pounds."]
    (row,) = changes.sections
    assert (row.what, [s.key for s in row.gone]) == ("changed", ["A boat costs 60 pounds."])


def test_a_clause_left_alone_in_a_rewritten_sentence_is_kept() -> None:
    before = corpus({"a": "The boat leaves at noon, and the fare is two pounds a head."})
    after = corpus({"a": "The boat leaves at one, and the fare is two pounds a head."})
    clause = "the fare is two pounds a head"
    at = before.documents[0].text.index(clause)
    carried = compare(before, after).carry(Evidence("a", at, at + len(clause), clause))
    assert (carried.fate, carried.evidence[0].quote) == ("kept", clause)


def test_an_evidence_that_was_drawn_apart_is_two_places() -> None:
    first, second, third = map(sentence, (1, 2, 3))
    before, after = corpus({"a": f"{first} {second}"}), corpus({"a": f"{first} {third} {second}"})
    whole = before.documents[0].text
    carried = compare(before, after).carry(Evidence("a", 0, len(whole), whole))
    assert carried.fate == "kept"
    assert [item.quote for item in carried.evidence] == [first, second]


def test_a_heading_with_another_number_is_the_same_heading() -> None:
    text = "## {}. The Boats\n\n" + written(list(range(40)))
    changes = compare(corpus({"a": text.format(3)}), corpus({"a": text.format(4)}))
    assert {row.what for row in changes.sections} == {"unchanged"}


def test_chinese_sentences_are_matched_too() -> None:
    before = corpus({"a": "灯市在正月十五开张。入场费是三文钱。掌柜姓李。"})
    after = corpus({"a": "灯市在正月十五开张。入场费是五文钱。掌柜姓李。"})
    changes = compare(before, after)
    assert changes.carry(Evidence("a", 0, 10, "灯市在正月十五开张。")).fate == "kept"
    assert changes.carry(Evidence("a", 10, 18, "入场费是三文钱。")).fate == "rewritten"


def test_what_the_handbooks_second_edition_changed() -> None:
    changes = compare(
        load(HANDBOOK / "handbook.md"), load(HANDBOOK / "second_edition" / "handbook.md")
    )
    check_whole(changes)
    assert changes.counts == {"unchanged": 2, "changed": 13, "added": 1, "removed": 1}
    named = {row.what: (row.before or row.after).title for row in changes.sections[-1:]}
    assert named == {"removed": "13. Pay, Expenses and Purchasing"}
    (added,) = [row.after.title for row in changes.sections if row.what == "added" and row.after]
    assert added == "13. The Practice Rooms"
    text = changes.before.documents[0].text
    at = text.index("Harpsichords cross the water")  # ferries stand in another chapter now
    quote = text[at : text.index(".", at) + 1]
    assert changes.carry(Evidence("handbook", at, at + len(quote), quote)).fate == "kept"


def test_what_is_said_twice_goes_with_what_stands_beside_it() -> None:
    said = "It is shut on Sundays."
    first, second, third = map(sentence, (1, 2, 3))
    before = corpus({"a": f"{first} {said} {second} {said} {third}"})
    after = corpus({"a": f"{second} {said} {third}"})
    changes = compare(before, after)
    text = before.documents[0].text
    places = [text.index(said), text.rindex(said)]
    fates = [changes.carry(Evidence("a", at, at + len(said), said)).fate for at in places]
    assert fates == ["gone", "kept"]


def test_a_text_that_says_the_same_again_and_again_is_unchanged() -> None:
    before = corpus({"a": "Shut. Open. Shut. Open.", "b": "Open. Shut."})
    after = corpus({"b": "Open. Shut. Open. Shut.", "c": "Shut. Open."})
    changes = compare(before, after)
    assert changes.share == 0 and None not in changes.kept
