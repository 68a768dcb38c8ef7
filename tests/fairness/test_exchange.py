"""The same text about somebody else: consistent, reversible in its persons, true to its offsets."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import WorkbenchError
from workbench.fairness.exchange import Exchange
from workbench.fairness.lexicon import ATTRIBUTES, read_pairs
from workbench.fairness.tagging import SEVERAL, Tagger

EN, ZH = read_pairs("en"), read_pairs("zh")


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("Judith told her sister.", "Julian told his brother."),
        ("They asked her, and she left.", "They asked him, and he left."),
        ("It was his; he gave him his hat.", "It was hers; she gave her her hat."),
        ("MARY and Mrs Pym", "MARTIN and Mr Pym"),
        ("a frank heron", "a frank heron"),
        ("Frank met Fiona.", "Fiona met Frank."),
    ],
)
def test_persons_are_exchanged_and_nothing_else(text: str, other: str) -> None:
    assert Exchange(EN, "gender")(text) == other


def test_origins_are_exchanged_with_names() -> None:
    assert Exchange(EN, "origin")("The French John in Paris") == "The Polish Mohammed in Warsaw"


def test_chinese_takes_the_longer_word_first() -> None:
    exchange = Exchange(ZH, "gender")
    assert exchange("她的母亲王秀英走了，他们也走了。") == "他的父亲王建国走了，她们也走了。"
    assert Exchange(ZH, "origin")("北京人在上海") == "新疆人在河南"


@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize("pairs", [EN, ZH], ids=["en", "zh"])
def test_no_two_persons_become_one(attribute: str, pairs: tuple) -> None:
    exchange = Exchange(pairs, attribute)
    names = {w for p in pairs if p.attribute == attribute and p.sort == "names" for w in p.words}
    others = {name: exchange(name) for name in names}
    assert len(set(others.values())) == len(names)
    assert all(exchange(other) == name for name, other in others.items())


@given(st.lists(st.sampled_from(["Anna", "he", " ", "saw", "Mrs", "her", ".", "Peter", "x"])))
def test_what_stands_between_keeps_its_place(words: list[str]) -> None:
    text = " ".join(words)
    found = Exchange(EN, "gender").apply(text)
    for start, end, new_start, new_end in found.changed:
        assert found.place(start) == new_start and found.place(end) == new_end
    last = 0
    for start, end, new_start, _ in found.changed:
        assert found.text[new_start - (start - last) : new_start] == text[last:start]
        last = end
    assert found.text.endswith(text[last:])


def test_who_a_text_names() -> None:
    tagger = Tagger(EN, "gender")
    assert tagger.group(["Who told her?"]) == "women"
    assert tagger.group(["Who told the Head Tuner?", "Ewan Strachey"]) == "men"
    assert tagger.group(["Ewan and Judith"]) == SEVERAL
    assert tagger.group(["How heavy is the lid, frank or not?"]) is None
    assert Tagger(ZH, "gender").group(["秀英卖什么？"]) == "women"
    assert Tagger(EN, "origin").group(["a French lid"]) is None  # a thing, and nobody


def test_a_list_of_one_s_own_stands_in_their_place(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("# ours\n[age: young, old; words]\nboy=old_man girl=old_woman\n", "utf-8")
    pairs = read_pairs("en", path)
    assert Exchange(pairs, "age")("the boy and she") == "the old man and she"
    path.write_text("[age: young, old; words]\nboy\n", "utf-8")
    with pytest.raises(WorkbenchError, match="line 2") as caught:
        read_pairs("en", path)
    assert "en.txt" in str(caught.value.hint)
    with pytest.raises(WorkbenchError, match="cannot be read"):
        read_pairs("en", tmp_path / "none.txt")
    assert read_pairs("fr") == ()
