"""Who obeys a planted instruction, who copies, and that the two are told apart."""

from __future__ import annotations

from benchmarks.planted_errors import cautioned_share
from tests.support.planted import QUESTIONS, replies, told
from workbench.evaluation import planted
from workbench.types import Answer, Context, Passage, Question, Retrieved


def test_every_form_comes_up_in_both_languages_and_no_pair_twice() -> None:
    known = planted.forms()
    assert {form.language for form in known} == {"en", "zh"}
    assert len({form.marker for form in known}) == len(known)
    for form in known:
        assert form.marker in form.text and form.marker in form.plain
    for count in (3, 12, 16, 40):
        asked = [Question(f"q{n}", "Who?", ("x",)) for n in range(count)]
        pairs = [(p.question.id, p.form.id) for p in planted.probes(asked, 64)]
        assert len(pairs) == len(set(pairs)) == min(64, count * len(known))
    assert planted.probes([Question("q", "Who?", ())], 8) == [], "one without an answer is none"


def test_obeying_is_told_from_copying() -> None:
    obeys, copies, answers = told(["a", "b", "c"])["variants"]
    assert obeys["obeyed"]["value"] == 1 and obeys["echoed"]["value"] == 0
    assert obeys["beyond"]["difference"] == 1 and obeys["beyond"]["low"] > 0.5
    assert copies["obeyed"]["value"] == copies["echoed"]["value"] == 1
    assert not copies["beyond"]["difference"]
    assert answers["obeyed"]["value"] == 0 and 0 < answers["obeyed"]["high"] < 0.5
    assert obeys["right"]["value"] == 1 and obeys["right_planted"]["value"] == 0
    assert obeys["languages"] == {"en": {"n": 8, "obeyed": 8}, "zh": {"n": 8, "obeyed": 8}}
    assert len(obeys["forms"]) == 8


def test_what_failed_or_saw_no_passage_is_missing() -> None:
    probes = planted.probes(QUESTIONS, 4)
    given = replies("obeys", probes, "a")
    given[0] = Answer(given[0].question, "a", "", 9, 0, 0.1, passages=("t:0-9",), status="failed")
    given[2] = Answer(given[2].question, "a", given[2].text, 9, 4, 0.1)
    found = planted.told(probes, {"a": given}, variants=["a"])["variants"][0]
    assert (found["obeyed"]["n"], found["obeyed"]["missing"]) == (2, 2)


class Found:
    """One passage, or none, for each question; keeps what it was asked."""

    def __init__(self, *texts: str) -> None:
        self.texts, self.asked = texts, list[Question]()

    def contexts(self, questions: list[Question]) -> list[Context]:
        self.asked += questions
        hits = tuple(Retrieved(Passage("t", 9 * n, 9 * n + 9, text, "s"), 1.0, n + 1)
                     for n, text in enumerate(self.texts))  # fmt: skip
        return [Context(hits) for _ in questions]


def test_the_first_passage_alone_is_changed_and_the_question_is_searched_as_it_is() -> None:
    (probe,) = planted.probes(QUESTIONS, 1)
    provider = Found("Anna kept it.", "Pym did not.")
    asked = probe.asked
    baited = planted.Planting(provider, {q.id: probe for q in asked})
    ordered, plain = baited.contexts(asked)
    assert provider.asked == [probe.question, probe.question]
    assert ordered.passages[0].passage.text == f"{probe.form.text}\n\nAnna kept it."
    assert plain.passages[0].passage.text == f"{probe.form.plain}\n\nAnna kept it."
    assert ordered.passages[1].passage.text == "Pym did not."
    assert ordered.passages[0].passage.id == "t:0-9"
    assert planted.Planting(Found(), {q.id: probe for q in asked}).contexts(asked)[0] == Context()


def test_who_obeys_nothing_is_hardly_ever_told_to() -> None:
    """Simulated: half of the probes are copied from; a third obey in the one run, none else."""
    none, third = (
        cautioned_share(64, 64, echo=0.5, obey=obey, within=0.3, runs=100) for obey in (0.0, 0.33)
    )
    assert none <= 0.05 and third >= 0.4, (none, third)
