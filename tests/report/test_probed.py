"""What tuning broke, in the report: every number resolves, every link leads to a record."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from tests.support import made_run
from tests.support.made_run import notes, render_html, render_markdown
from tests.support.report_page import Page
from workbench import wording
from workbench.evaluation import forgetting, probes, sensitivity
from workbench.report.links import look_up
from workbench.types import Answer, Question, Score


def asked_again(variants: list[str]) -> dict[str, Any]:
    """Twelve questions in three wordings; the more wordings right, the further left the variant."""
    questions = [Question(f"q{n}", "Who?", ("x",), cluster=f"s{n % 6}") for n in range(12)]
    further = [
        replace(q, id=f"{q.id}.{k}", tags={sensitivity.OF: q.id}) for q in questions for k in (1, 2)
    ]
    scores = [
        Score(item.id, variant, metric, float((number * 7 + place * 3) % 5 > place % 4))
        for place, variant in enumerate(variants)
        for number, item in enumerate([*questions, *further])
        for metric in ("f1", "containment")
    ]
    labels = {name: wording.label(name, short=True) for name in variants}
    return sensitivity.steadiness(questions, further, scores, variants=variants, labels=labels)


def answers(wrong: int) -> list[Answer]:
    return [
        Answer(q.id, "probe", "a grey goose" if n < wrong or not q.answers else q.answers[0],
               10, 3, 0.1)
        for n, q in enumerate(probes.questions())
    ]  # fmt: skip


def forgotten(place: int, variants: list[str], broken: int) -> dict[str, Any]:
    names = [piece.id for piece in probes.pieces()]
    before = {name: 4.0 + 0.1 * (n % 3) for n, name in enumerate(names)}
    after = {name: nats + 0.1 + 0.01 * (n % 4) for n, (name, nats) in enumerate(before.items())}
    asked = probes.questions()
    known = [
        {
            "variant": variant, "baseline": baseline, "n": 120, "known": known, "broken": lost,
            "gained": 31, "p": 0.0004 if known else 0.01, "method": "exact McNemar",
            "questions": ["q0001"],
        }
        for variant, baseline, known, lost in (
            (variants[0], "prompt_only", place, 0), (variants[-1], "rag", 71, broken),
        )
    ]  # fmt: skip
    result = {
        "adapter": variants[0], "variants": variants, "model": "reader",
        "records": ["forgetting/base", f"forgetting/{variants[0]}"],
        "prose": forgetting.prose(before, after, 1387),
        "reading": forgetting.reading(asked, answers(4), answers(9)),
        "known": known,
    }  # fmt: skip
    labels = {name: wording.label(name, short=True) for name in made_run.DEFAULT}
    return forgetting.told(result, place, labels)


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    result = made_run.results()
    result["forgetting"] = [
        forgotten(0, ["fine_tuned", "fine_tuned_rag"], 12), forgotten(1, ["fine_tuned_rag"], 3)
    ]  # fmt: skip
    return result


def test_each_number_is_recorded_and_each_link_leads_somewhere(results) -> None:
    page = Page(render_html(results))
    ours = [(v, shown) for v, shown in page.numbers if v["data-at"].startswith("/forgetting")]
    assert len(ours) > 40
    for values, shown in page.numbers:
        recorded = look_up(results, values["data-at"])
        sign = -1 if values.get("data-sign") == "-1" else 1
        assert wording.show(sign * recorded, values["data-unit"]) == shown, values
    assert len(page.ids) == len(set(page.ids))
    for link in page.links:
        assert not link.startswith("#") or link[1:] in page.ids, link
    records = {link for link in page.links if link.startswith("forgetting/")}
    assert records == {
        f"forgetting/{name}/{file}.jsonl"
        for name in ("base", "fine_tuned", "fine_tuned_rag")
        for file in ("prose", "answers")
    }
    assert "#forgetting" in page.links


def test_the_sentences_are_on_the_page_and_in_the_mail(results) -> None:
    html, mail = render_html(results), render_markdown(results).replace("\\", "")
    plain = unescape(re.sub(r"<[^>]+>", "", html))
    for result in results["forgetting"]:
        for output in result["statements"]:
            assert wording.text(output) in plain
            assert wording.text(output) in mail
    assert "## What tuning broke" in mail


def test_a_run_without_the_probe_has_no_such_section(results) -> None:
    for change in ({"forgetting": []}, None):
        bare = {key: value for key, value in results.items() if key != "forgetting"}
        html = render_html({**bare, **(change or {})})
        assert "What tuning broke" not in html
        page = Page(html)
        assert all(link[1:] in page.ids for link in page.links if link[:1] == "#")
        assert "What tuning broke" not in render_markdown({**bare, **(change or {})})


def test_the_terminal_says_whose_tuning_broke_what(results) -> None:
    lines = [line for line in notes(results) if line.startswith("What tuning broke (")]
    told = [wording.text(item) for part in results["forgetting"] for item in part["statements"]]
    assert [line.split("): ", 1)[1] for line in lines] == told
    assert all("(Fine-tuned, Hybrid)" in line for line in lines[:4])
    assert any("RAG answers 71 of the exam questions right" in line for line in lines[:4])
    assert not [line for line in notes(made_run.results()) if "tuning broke" in line]


def test_other_wordings_are_shown_where_they_were_asked(results) -> None:
    again = asked_again([row["name"] for row in results["variants"]])
    result = {**results, "sensitivity": again}
    html = render_html(result)
    page = Page(html)
    ours = [(v, shown) for v, shown in page.numbers if v["data-at"].startswith("/sensitivity")]
    assert len(ours) > 25
    for values, shown in ours:
        assert wording.show(look_up(result, values["data-at"]), values["data-unit"]) == shown
        assert values["href"][1:] in page.ids
    assert {link for link in page.links if link.startswith("sensitivity/")} == {
        f"sensitivity/{name}.jsonl" for name in [*made_run.DEFAULT, "questions"]
    }
    assert "#sensitivity" in page.links
    mail = render_markdown(result).replace("\\", "")
    for item in again["statements"]:
        assert wording.text(item) in mail
    for without in (results, {**results, "sensitivity": None}):
        assert "The same question in other words" not in render_html(without)
        assert "The same question in other words" not in render_markdown(without)
