"""The best of poor variants is not recommended for use."""

from __future__ import annotations

from html import unescape

from tests.support import made_run
from workbench.findings import View
from workbench.findings.decided import action
from workbench.records.results import Results


def told(**parts: object) -> str:
    """What is to be done, by the made results with some parts replaced."""
    results = Results.model_validate({**made_run.results(), **parts})
    return " ".join(item.text() for item in action(View(results)).statements)


def test_what_one_answer_to_everything_may_reach_is_not_put_into_use() -> None:
    results = Results.model_validate(made_run.results())
    own = next(row for row in results.variants if row.name == View(results).front)
    figure = own.metrics["f1"]
    assert figure.low is not None and figure.value is not None
    surely_more, unsure = figure.low - 0.001, figure.low + 0.001
    usual = told()
    assert "Put none of them" not in usual
    assert told(constant={"answer": "Ada Moor", "value": surely_more}) == usual
    found = told(constant={"answer": "Ada Moor", "value": unsure})
    assert found.startswith("Put none of them into use yet") and "“Ada Moor”" in found
    assert f"{100 * figure.value:.1f} points" in found and f"{100 * unsure:.1f}" in found
    # The floor is counted in token F1 and says nothing of another measure.
    assert "Put none" not in told(constant={"answer": "Ada Moor", "value": unsure}, metric="em")


def test_the_report_says_it_where_it_says_what_to_do() -> None:
    results = {**made_run.results(), "constant": {"answer": "Ada Moor", "value": 0.99}}
    for page in (made_run.render_html(results), made_run.render_markdown(results)):
        assert "Put none of them into use yet" in unescape(page)
