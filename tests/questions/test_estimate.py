"""The estimate of how good a question is, and what is chosen and dropped by it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.asking import one_document, reading_of
from tests.support.kept import kept
from training.question_quality import fit
from workbench.experiment.questions import QuestionSpec
from workbench.questions.dataset.check import check
from workbench.questions.dataset.selection import select
from workbench.questions.dataset.unsure import HOPELESS, LEFT, LITTLE, without_unsure
from workbench.questions.parsing.sentences import sentences
from workbench.questions.quality import estimate as estimates
from workbench.questions.quality.estimate import LEAST_RIGHT, estimate, estimate_draft
from workbench.questions.quality.features import features
from workbench.questions.quality.usage import Usage
from workbench.questions.writers.drafts import Draft
from workbench.questions.writers.offline import Kept, Outcome

PAGE = """\
The archive keeps its manuscripts in the North Vault. A loan of a manuscript lasts four weeks.
The Keeper of Maps, Ellen Marsh, signs every loan in the green register.
If the register is full, the Keeper orders a new one. It should then be checked. Select the right
option from the menu. You may use it for this step. The result shows what went wrong before."""
CORPUS = one_document(PAGE, "The reading room opens at nine. Visitors leave their coats below.")
NAMES = reading_of(CORPUS).names
USAGE = Usage(
    [(s.id, part.text, part.start) for s in CORPUS.sections for part in sentences(s.text, s.start)]
)


def draft(sentence: str, question: str, answer: str, type_: str, subject: str = "") -> Draft:
    start = PAGE.index(sentence)
    return Draft(
        fact=question,
        section="page#0",
        document="page",
        start=start,
        end=start + len(sentence),
        quote=sentence,
        stretch=PAGE,
        answers=(answer,),
        wordings=(question,),
        type=type_,
        kind="factoid",
        side="trained",
        subject=subject,
        score=1.5,
    )


LOAN = "A loan of a manuscript lasts four weeks."
SIGNS = "The Keeper of Maps, Ellen Marsh, signs every loan in the green register."
SELECT = "Select the right\noption from the menu."
RESULT = "The result shows what went wrong before."


@pytest.mark.parametrize(
    ("good", "poor"),
    [
        (
            draft(LOAN, "How long does a loan of a manuscript last?", "four weeks", "duration"),
            draft(SELECT, "What should you select?", "the right option", "thing", "you"),
        ),
        (
            draft(SIGNS, "What does the Keeper of Maps sign in the green register?", "every loan",
                  "thing", "the Keeper of Maps"),
            draft(RESULT, "What does the result show?", "what went wrong before", "thing"),
        ),
    ],
)  # fmt: skip
def test_a_whole_question_is_likelier_right_than_one_that_hangs_on_its_page(
    good: Draft, poor: Draft
) -> None:
    better, worse = (estimate_draft(d, -1.5, 1.0, NAMES, USAGE) for d in (good, poor))
    assert better[0] > worse[0]
    assert better[1] > worse[1]


def test_a_chat_model_s_questions_are_not_judged_by_what_rules_do() -> None:
    written = replace(draft(LOAN, "How long is a loan?", "four weeks", "duration"), way="chat")
    assert estimate_draft(written, None, 1.0, NAMES, USAGE) == (1.0, 1.0)


def test_the_fitted_features_are_those_that_are_computed() -> None:
    given = features(draft(LOAN, "How long?", "four weeks", "duration"), "How long?", None, 1.0,
                     NAMES, USAGE)  # fmt: skip
    fitted = json.loads(estimates.FILE.read_text(encoding="utf-8"))
    names, rows = fit.read(fit.LABELS)
    assert sorted(given) == sorted(fitted["features"]) == sorted(names)
    assert {len(row["features"]) for row in rows} == {len(names)}
    assert estimates.FILE.stat().st_size < 100_000


def test_the_exported_trees_say_what_the_fitted_ones_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fit, "TREES", {**fit.TREES, "n_estimators": 6})
    names, rows = fit.read(fit.LABELS)
    rows = [row for row in rows if row["worth"] is not None][::5]
    file = tmp_path / "estimate.json"
    file.write_text(fit.one_tree_a_line(fit.exported(names, rows)), encoding="utf-8")
    monkeypatch.setattr(estimates, "FILE", file)
    estimates._fitted.cache_clear()
    try:
        given = [estimate(dict(zip(names, row["features"], strict=True))) for row in rows]
    finally:
        estimates._fitted.cache_clear()
    usual = np.nanmean(fit.matrix(rows), axis=0)
    for place, output in enumerate(estimates.OUTPUTS):
        model = fit.fitted(rows, output, usual)
        chance = model.predict_proba(fit.filled(fit.matrix(rows), usual))[:, 1]
        assert np.abs(chance - [pair[place] for pair in given]).max() < 0.01


def _items(count: int, right: float, first: int = 0) -> list[Kept]:
    return [
        replace(
            kept(f"f{n}", (f"Who kept bell {n}?",), f"Ann {n}", start=20 * n), right=right
        )
        for n in range(first, first + count)
    ]  # fmt: skip


def test_the_unsure_go_where_enough_is_left() -> None:
    sure, poor = _items(30, 0.9), _items(10, 0.4, 30)
    left, dropped = without_unsure([*poor, *sure], QuestionSpec(train_facts=30))
    assert left == sure
    assert {(d.reason, d.detail) for d in dropped} == {("likely unclear or wrong", "0.40")}


def test_the_best_of_the_unsure_stay_where_there_is_little() -> None:
    items = [*_items(5, HOPELESS), *_items(5, LEAST_RIGHT - 0.01, 5)]
    left, dropped = without_unsure(items, QuestionSpec(train_facts=8))
    assert len(left) == math.ceil(LEFT * 8)
    assert left[-5:] == items[5:]
    assert len(dropped) == 10 - len(left)
    left, _ = without_unsure(items, QuestionSpec(train_facts=12))
    assert len(left) == math.ceil(LEFT * 10)
    assert without_unsure(items, QuestionSpec(train_facts=100)) == (items, [])


def test_what_is_more_likely_wrong_than_right_stays_only_where_hardly_anything_is_left() -> None:
    items = [*_items(6, HOPELESS - 0.1), *_items(4, 0.9, 6)]
    left, _ = without_unsure(items, QuestionSpec(train_facts=10))
    assert len(left) == math.ceil(LITTLE * 10) and left[-4:] == items[6:]


def test_what_is_likely_right_and_worth_asking_is_chosen_first() -> None:
    poor, dull, good = _items(12, 0.5), _items(12, 0.9, 12), _items(12, 0.9, 24)
    poor = [replace(k, draft=replace(k.draft, score=2.0)) for k in poor]
    items = [*poor, *(replace(k, worth=0.2) for k in dull), *good]
    spec = QuestionSpec(train_facts=12, test=3, dev=1)
    chosen = select(items, spec, "e", 7)
    assert {q.fact for q in chosen.train} == {k.draft.fact for k in good}


def test_an_outcome_is_the_same_read_again() -> None:
    item = replace(
        kept("f", ("Who kept it?",), "Ann", start=0), fluency=-1.25, right=0.8, worth=0.6
    )
    outcome = Outcome((item,), ())
    assert Outcome.from_record(json.loads(json.dumps(outcome.to_record("0/0")))) == outcome


def test_what_was_dropped_as_unsure_is_reported(written: Path, tmp_path: Path) -> None:
    for file in written.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    before = check(written)["dropped"].get("likely unclear or wrong", 0)
    _, dropped = without_unsure(_items(40, 0.4), QuestionSpec(train_facts=10))
    with (tmp_path / "dropped.jsonl").open("a", encoding="utf-8") as lines:
        for drop in dropped:
            lines.write(json.dumps({"question": drop.question, "reason": drop.reason}) + "\n")
    after = check(tmp_path)["dropped"]["likely unclear or wrong"]
    assert after - before == len(dropped) > 0
