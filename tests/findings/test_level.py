"""A difference that rounds to 0.0 is never told as a number, whatever the sentence."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import made_run
from workbench import findings, report, wording
from workbench.wording.en_level import LEVEL

#: Fields of sentences that hold a difference; ``at`` does in the one on quality alone.
DIFFERENCE = r"\{((?:\w+_)?gap|rise|gain|range|interaction|forced|(?:tuning|retrieval)_\w+)\}"
TELLING = sorted(
    key for key, words in wording.LANGUAGES["en"].items()
    if re.search(DIFFERENCE, words) and not key.startswith(("pairs_power", "parity_", "fix_"))
    and "tokens for the same prompt" not in words
)  # fmt: skip


def filled(key: str, value: float) -> str:
    """The sentence with that value for each of its differences, 5 points and words for the rest."""
    words = wording.LANGUAGES["en"][key]
    differ = set(re.findall(DIFFERENCE, words))
    values = {
        name: wording.figure(value if name in differ else 0.05, "difference", "/x")
        for name in re.findall(r"\{(\w+)\}", words)
    }
    return wording.text(wording.statement(key, **values))


def test_there_are_sentences_on_differences() -> None:
    assert len(TELLING) > 25 and set(LEVEL) <= set(wording.LANGUAGES["en"])


@given(st.sampled_from(TELLING), st.floats(-0.000499, 0.000499))
def test_what_rounds_to_nothing_is_said_to_be_none(key: str, value: float) -> None:
    told = filled(key, value)
    assert not re.search(r"(?<![\d.])0\.0(?!\d)", told), told


@given(st.sampled_from(TELLING), st.floats(0.0006, 0.9) | st.floats(-0.9, -0.0006))
def test_what_does_not_is_told_as_it_is(key: str, value: float) -> None:
    assert wording.difference(value) in filled(key, value)


def test_a_variant_that_would_win_with_next_to_nothing_more_is_not_given_0_points() -> None:
    at = wording.figure(0.0001, "margin", "/x")
    told = wording.text(wording.statement("flip_quality_above", winner="RAG", at=at, name="x"))
    assert told == "RAG would win if it were better by next to nothing."


@pytest.mark.parametrize("seed", [3, 8])
def test_no_renderer_tells_a_difference_of_nothing(seed: int) -> None:
    """Two variants that answer alike, so that every difference between them is none."""
    results = made_run.alike(seed)
    for section in findings.sections(results):
        for item in section.every_statement():
            assert not re.search(r"(?<![\d.,\[ −+])0\.0 points|by 0\.0\b", item.text()), item.text()
    # The page fills the same templates on its own.
    page = re.sub(r"<[^>]+>", "", report.render_html(results))
    assert ("by 0.0 points" not in page and "next to nothing" in page) or "come out level" in page


def test_one_is_not_told_as_many() -> None:
    def told(words: str, questions: str) -> str:
        return wording.say("certificate_new_words_item", words=words, questions=questions)

    assert told("1", "12") == "1 word in 12 questions"
    assert told("3", "1") == "3 words in 1 question"
    assert told("11", "21") == "11 words in 21 questions"
    missed = [wording.say("search_missed", missed=n, questions="97") for n in ("0", "1", "12")]
    assert [item.split("questions ")[1].split()[0] for item in missed] == ["were", "was", "were"]
    broken = wording.say("broke_known", broken="1", known="67")
    assert broken == "1 of 67 exam questions right before is now wrong"
    assert wording.counted(1, "exam question") == "1 exam question"
    assert wording.counted(1200, "exam question") == "1,200 exam questions"


@pytest.mark.parametrize(
    ("kind", "said"), [("adopt", "not worse by"), ("undecided", "not settled")]
)
def test_what_was_adopted_for_its_cost_is_not_called_unsettled(kind: str, said: str) -> None:
    results = made_run.alike(3)
    first, second = [row.name for row in results.variants][:2]
    verdict = results.verdict.record() | {
        "kind": kind, "variant": first if kind == "adopt" else None, "leader": first,
        "standings": [{"variant": first, "baseline": second, "state": "open"}],
    }  # fmt: skip
    view = findings.View(results.with_parts(verdict=verdict))
    (told,) = findings.decided.standing(view)
    assert said in told.text()
