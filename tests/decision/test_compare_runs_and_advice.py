"""Two runs held against each other; advice before any run."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from workbench.decision import ITEMS, advise
from workbench.decision.compare_runs import compare_runs
from workbench.errors import WorkbenchError
from workbench.records.results import Results
from workbench.types import Score


def run(verdict: str = "rag") -> Results:
    rows = [{"name": name, "label": name, "latency": {}, "cost": None} for name in ("rag", "raft")]
    return Results.model_validate({
        "metric": "f1", "level": 0.95, "mix": None, "variants": rows,
        "run": {"seed": 1}, "verdict": {"kind": "adopt", "variant": verdict, "sentence": "…"},
    })  # fmt: skip


def scores(seed: int, shift: float, questions: range) -> list[Score]:
    hard = {n: np.random.default_rng(n).random() for n in range(1000)}
    rng = np.random.default_rng(seed)
    return [
        Score(f"q{n}", name, "f1", hard[n] * 0.5 + rng.random() * 0.1 + (name == "raft") * shift)
        for n in questions for name in ("rag", "raft")
    ]  # fmt: skip


CLUSTERS = {f"q{n}": f"s{n % 20}" for n in range(1000)}


def test_a_real_change_is_told_from_luck_on_shared_questions() -> None:
    result = compare_runs(run(), run(), scores(1, 0.0, range(150)), scores(2, 0.1, range(150)),
                        clusters=CLUSTERS)  # fmt: skip
    rag, raft = result["variants"]
    assert (rag["real"], raft["real"]) == (False, True)
    assert raft["n"] == 150 and "better than before" in raft["sentence"]
    assert result["same_verdict"] and "1 of 2 variants" in result["sentence"]


def test_other_questions_are_compared_as_two_exams() -> None:
    result = compare_runs(run(), run("raft"), scores(1, 0.0, range(150)),
                        scores(2, 0.5, range(200, 350)), clusters=CLUSTERS)  # fmt: skip
    rag, raft = result["variants"]
    assert "two exams" in raft["method"] and raft["real"] and not rag["real"]
    assert not result["same_verdict"]


def test_runs_without_common_scores_are_no_crash() -> None:
    result = compare_runs(run(), run(), [], [], clusters={})
    assert result["variants"][0]["difference"] is None


def test_the_rules_lead_where_the_studies_do() -> None:
    assert advise({"lacks": "facts", "changes": "monthly", "cite": "yes"})["begin_with"] == "rag"
    tuned = advise({"prompted": "yes", "lacks": "behaviour", "latency": "yes"})
    assert tuned["begin_with"] == "fine_tuned"
    assert advise({"prompted": "no"})["begin_with"] == "prompt_only"
    assert advise({"lacks": "both"})["begin_with"] == "fine_tuned_rag"
    assert "long_context" in advise({"size": "pages", "lacks": "facts"})["experiment"]["variants"]


def test_every_answer_is_understood_and_every_reason_cited() -> None:
    for item in ITEMS:
        assert item.text.endswith("?")
    for values in itertools.product(*(item.options for item in ITEMS[:5])):
        result = advise({item.key: value for item, value in zip(ITEMS, values, strict=False)})
        assert all(item["source"] and item["reason"] for item in result["reasons"])
    assert advise({})["begin_with"] == "prompt_only"


def test_unknown_answers_are_refused() -> None:
    with pytest.raises(WorkbenchError, match="cannot be 'weekly'"):
        advise({"changes": "weekly"})
    with pytest.raises(WorkbenchError, match="no question 'mood'"):
        advise({"mood": "good"})


def _about(title: str, edition: str, p90: float = 1.0) -> Results:
    results = run()
    record = results.record()
    record["run"]["corpus"] = {"title": title, "edition": edition, "words": 24699}
    for row in record["variants"]:
        row["latency"] = {"total_s": {"p90": p90}}
    return Results.model_validate(record)


def test_runs_on_different_texts_are_not_compared() -> None:
    with pytest.raises(WorkbenchError, match="different texts, The Ledger and The Handbook"):
        compare_runs(_about("The Ledger", "a1"), _about("The Handbook", "b2"), [], [], clusters={})


def test_two_editions_are_and_what_differs_is_told_as_people_read_it() -> None:
    first, second = _about("The Ledger", "a1" * 20), _about("The Ledger", "b2" * 20, 1.23456789)
    told = [fact["sentence"] for fact in
            compare_runs(first, second, [], [], clusters={})["facts"]]  # fmt: skip
    assert told[0] == ("corpus: The Ledger (24,699 words, edition a1a1a1a1) -> "
                       "The Ledger (24,699 words, edition b2b2b2b2)")  # fmt: skip
    assert told[1] == "rag, slowest tenth: 1.0 s -> 1.2 s"
    # A difference that no reader sees in print is no news.
    third = _about("The Ledger", "a1" * 20, 1.0000001)
    assert compare_runs(first, third, [], [], clusters={})["facts"] == []
