"""What tuning broke, in figures: each against a count or a formula worked out here."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
import pytest

from workbench import wording
from workbench.evaluation import forgetting, probes
from workbench.evaluation.table import tables
from workbench.report.links import look_up
from workbench.types import Answer, Question, Score

ROOT = Path(__file__).parents[2]


def test_the_probe_set_can_be_answered_from_its_pieces_and_is_in_no_corpus() -> None:
    asked = probes.questions()
    assert 30 <= len(asked) <= 40 and len({q.id for q in asked}) == len(asked)
    assert sum(not q.answers for q in asked) == 5
    texts = {piece.id: piece.text for piece in probes.pieces()}
    assert 2000 < sum(len(text.split()) for text in texts.values()) < 4000
    for question in asked:
        held = [a.lower() in texts[str(question.cluster)].lower() for a in question.answers]
        assert any(held) or not question.answers, question
        assert question.kind == ("factoid" if question.answers else "unanswerable")
    shipped = " ".join(
        path.read_text("utf-8").lower()
        for path in [*ROOT.glob("corpora/*/*.txt"), *ROOT.glob("corpora/*/*.md")]
    )
    known = {tuple(run) for run in _runs(shipped, 8)}
    assert len(known) > 20_000
    for text in texts.values():
        assert not known & {tuple(run) for run in _runs(text.lower(), 8)}


def _runs(text: str, size: int) -> list[list[str]]:
    words = re.findall(r"\w+", text)
    return [words[at : at + size] for at in range(len(words) - size + 1)]


def test_perplexity_and_its_rise() -> None:
    before = {f"p{n}": 4.0 + 0.1 * (n % 3) for n in range(12)}
    after = {name: nats + 0.2 + 0.01 * (place % 4) for place, (name, nats) in
             enumerate(before.items())}  # fmt: skip
    result = forgetting.prose(before, after, 840)
    assert result["before"] == pytest.approx(math.exp(np.mean(list(before.values()))))
    assert result["after"] / result["before"] - 1 == pytest.approx(result["rise"])
    assert 0.2 < result["low"] < result["rise"] < result["high"] < 0.3
    assert (result["pieces"], result["tokens"]) == (12, 840)
    noisy = {name: nats + (0.3 if place % 2 else -0.28) for place, (name, nats) in
             enumerate(before.items())}  # fmt: skip
    assert forgetting.prose(before, noisy, 840)["low"] < 0 < forgetting.prose(
        before, noisy, 840)["high"]  # fmt: skip


def _answers(right: set[str], refuse: set[str] = frozenset()) -> list[Answer]:
    result = []
    for question in probes.questions():
        text = question.answers[0] if question.answers and question.id in right else "a grey goose"
        if question.id in refuse:
            text = "unanswerable"
        result.append(Answer(question.id, "probe", text, 10, 3, 0.1))
    return result


def test_reading_is_paired_and_clustered_by_piece() -> None:
    asked = probes.questions()
    able = [q.id for q in asked if q.answers]
    bare = {q.id for q in asked if not q.answers}
    result = forgetting.reading(asked, _answers(set(able), bare), _answers(set(able[:25])))
    assert result["n"] == len(asked)
    assert result["before"] == 1.0
    assert result["after"] == pytest.approx(25 / len(asked))
    assert result["difference"] == pytest.approx(result["after"] - result["before"])
    assert -1 <= result["low"] < result["difference"] < result["high"] < 0
    assert "19" in result["method"] or "cluster" in result["method"]
    assert (result["unanswerable"], result["refusals_before"], result["refusals_after"]) == (
        5,
        5,
        0,
    )
    failed = [
        Answer(a.question, "probe", "", 0, 0, 0.0, status="failed", error="x", finish="error")
        if place < 4 else a for place, a in enumerate(_answers(set(able)))
    ]  # fmt: skip
    assert forgetting.reading(asked, _answers(set(able)), failed)["n"] == len(asked) - 4


def _grid(base: list[int], tuned: list[int | None]):
    asked = [Question(f"q{n}", "Who?", ("x",), cluster=f"s{n % 4}") for n in range(len(base))]
    scores = [Score(f"q{n}", "prompt_only", forgetting.RIGHT, v) for n, v in enumerate(base)]
    scores += [Score(f"q{n}", "fine_tuned", forgetting.RIGHT, v) for n, v in enumerate(tuned)]
    return tables(asked, scores, ["prompt_only", "fine_tuned"])[forgetting.RIGHT]


def test_known_questions_that_became_wrong() -> None:
    grid = _grid([1, 1, 1, 1, 1, 1, 0, 0, 0, 1], [0, 0, 0, 0, 0, 1, 1, 0, 0, None])
    result = forgetting.known(grid, "fine_tuned", "prompt_only")
    assert (result["n"], result["known"], result["broken"], result["gained"]) == (9, 6, 5, 1)
    # Two-sided exact McNemar of 5 against 1: 2 * (C(6,0) + C(6,1)) / 2**6.
    assert result["p"] == pytest.approx(2 * 7 / 64)
    assert result["questions"] == ["q0", "q1", "q2", "q3", "q4"]
    assert forgetting.known(_grid([1, 0], [1, 0]), "fine_tuned", "prompt_only")["p"] is None
    assert forgetting.known(grid, "rag", "prompt_only") is None
    assert forgetting.known(None, "fine_tuned", "prompt_only") is None


def _whole(base: list[int], tuned: list[int | None], shift: float) -> dict:
    before = {f"p{n}": 4.0 + 0.1 * (n % 3) for n in range(12)}
    after = {name: nats + shift + 0.01 * (n % 4) for n, (name, nats) in enumerate(before.items())}
    asked = probes.questions()
    able = {q.id for q in asked if q.answers}
    result = {
        "adapter": "fine_tuned", "variants": ["fine_tuned", "fine_tuned_rag"],
        "records": ["forgetting/base", "forgetting/fine_tuned"],
        "prose": forgetting.prose(before, after, 840),
        "reading": forgetting.reading(asked, _answers(able), _answers(set())),
        "known": [forgetting.known(_grid(base, tuned), "fine_tuned", "prompt_only")],
    }  # fmt: skip
    return forgetting.told(result, 0, {"fine_tuned": "Fine-tuned", "prompt_only": "Prompt only"})


@pytest.mark.parametrize(
    ("base", "tuned", "shift", "keys"),
    [
        ([1] * 9 + [0], [0] * 9 + [1], 0.3,
         ["forgot_prose_up", "forgot_reading_down", "forgot_known_more"]),
        ([1, 1, 0], [0, 1, 1], -0.3,
         ["forgot_prose_down", "forgot_reading_down", "forgot_known"]),
        ([1, 1, 0], [1, 1, 0], -0.022,
         ["forgot_prose_same", "forgot_reading_down", "forgot_known_all"]),
        ([0, 0, 0], [1, 0, 0], 0.3,
         ["forgot_prose_up", "forgot_reading_down", "forgot_known_none"]),
    ],
)  # fmt: skip
def test_what_is_said_and_that_each_number_stands_where_it_says(base, tuned, shift, keys) -> None:
    result = _whole(base, tuned, shift)
    assert [item["key"] for item in result["statements"]] == keys
    for item in result["statements"]:
        sentences = wording.text(item)
        assert "{" not in sentences and wording.NONE not in sentences.replace("−", "")
        for value in item["values"].values():
            if isinstance(value, dict):
                assert look_up({"forgetting": [result]}, value["at"]) == value["value"]
    assert result["sentence"].startswith("What tuning broke (Fine-tuned, fine_tuned_rag)")
