"""The page: every number resolves and recomputes, every link leads somewhere, nothing leaks in."""

from __future__ import annotations

import re
from typing import Any

import pytest
from markupsafe import escape

from tests.support import made_run
from tests.support.made_run import notes, render_html, render_markdown, table
from tests.support.report_page import Page
from workbench import wording
from workbench.presets import PRESETS
from workbench.records.results import Results
from workbench.report.links import look_up, sentence


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    return made_run.results()


@pytest.fixture(scope="module")
def html(results: dict[str, Any]) -> str:
    return render_html(results)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_each_number_is_the_one_recorded_at_its_place(results, page: Page) -> None:
    assert len(page.numbers) > 150
    currency = results["prices"]["currency"]
    for values, shown in page.numbers:
        recorded = look_up(results, values["data-at"])
        sign = -1 if values.get("data-sign") == "-1" else 1
        assert wording.show(sign * recorded, values["data-unit"], currency) == shown, values


def test_each_link_leads_to_a_row_or_a_record_of_the_run(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    records = {"results.json", "manifest.json", "specification.yaml", "scores.parquet",
               "questions/test.jsonl", "questions/dropped.jsonl"}  # fmt: skip
    for link in page.links:
        if link.startswith("#"):
            assert link[1:] in page.ids, link
        else:
            assert link in records or re.fullmatch(r"(answers|latency)/\w+\.jsonl", link), link


def test_each_number_in_the_verdicts_sentences_is_linked(results, html: str) -> None:
    sentences = results["verdict"]["statements"]
    for part in ("sentence", "reasons", "against", "would_change", "today"):
        for result in sentences[part]:
            linked = str(sentence(result, Results.model_validate(results)))
            bare = re.sub(r"<a .*?</a>", "", linked)
            assert not re.search(r"\d", bare.replace("F1", "").replace("100 points", "")), bare
            assert linked in html


def test_nothing_is_fetched_and_no_script_runs(html: str, page: Page) -> None:
    assert not {"script", "link", "iframe", "img", "object"} & set(page.tags)
    assert not re.search(r"(src|href)=[\"']?(https?:)?//", html)
    assert "url(" not in html and "@import" not in html


def test_text_of_models_and_corpora_is_escaped(results, html: str) -> None:
    assert "<script>alert(1)</script>" not in html
    assert str(escape("<i>twice</i>")) in html
    nasty = '"><img src=x onerror=alert(1)>'
    changed = {**results, "run": {**results["run"], "purpose": nasty}}
    changed["variants"] = [{**row, "label": nasty} for row in results["variants"]]
    changed["warnings"] = [nasty]
    assert "<img" not in render_html(changed)
    assert "<img" not in render_markdown(changed).replace("\\<img", "")


def test_the_first_page_holds_verdict_chart_cost_and_what_would_change_it(html: str) -> None:
    first = html[: html.index('id="evidence"')]
    for part in ("Verdict", "Three reasons", "<svg", "a month", "What would change it",
                 "strongest argument"):  # fmt: skip
        assert part in first


def test_a_variant_keeps_its_colour_everywhere(html: str) -> None:
    for name in made_run.DEFAULT:
        assert PRESETS[name].colour in html
    names = ["vendor_b", "rag", "vendor_a"]
    assert wording.colours(names)["rag"] == PRESETS["rag"].colour
    assert wording.colours(names) == wording.colours(sorted(names))


@pytest.mark.parametrize("change", [
    {"interaction": None}, {"waterfall": {}}, {"examples": []}, {"tuning": []},
    {"certificate": None}, {"warnings": []},
])  # fmt: skip
def test_a_run_with_less_makes_a_page_all_the_same(results, change: dict[str, Any]) -> None:
    result = Page(render_html({**results, **change}))
    for link in result.links:
        assert not link.startswith("#") or link[1:] in result.ids, link


def test_an_undecided_run_without_prices_or_latency_reads_well() -> None:
    results = made_run.results()
    for row in results["variants"]:
        row["cost"] = None
        row["latency"] = {"n": 0}
    text = render_html(results)
    assert "Latency was not measured" in text and "{" not in re.sub(r"<style>.*?</style>", "",
                                                                 text, flags=re.S)  # fmt: skip


def test_markdown_says_the_same(results) -> None:
    text = render_markdown(results)
    assert results["verdict"]["sentence"].split("[")[0].strip() in text.replace("\\", "")
    rows = [line for line in text.splitlines() if line.startswith("| RAG |")]
    assert rows and "$" in rows[0]
    first = next(part for part in text.split("\n\n") if part.startswith("| Variant |"))
    assert len({line.count("|") for line in first.splitlines()}) == 1


def test_how_sure_the_variants_are_is_drawn_and_a_threshold_is_told(results, html: str) -> None:
    section = html[html.index('<section id="selective">') :].split("</section>")[0]
    told = [row for row in results["variants"] if row["risk_coverage"]]
    assert {row["name"] for row in results["variants"]} - {r["name"] for r in told} == {"oracle"}
    assert section.count("<polyline") == len(told) and "Not available for Oracle" in section
    for row in told:
        # Made so that the surest are the best: the area must be less than what is lost with all.
        assert row["risk_coverage"]["area"] < row["risk_coverage"]["random"]
        assert f"{row['risk_coverage']['area'] * 100:.1f}" in section
    assert "says that it does not know" not in section
    given = {"below": 0.62, "on_dev": True, "held_back": 7, "answerable": 20, "lost": 0.05}
    rows = [{**row, "threshold": given if row["name"] == "rag" else None}
            for row in results["variants"]]  # fmt: skip
    for render in (render_html, render_markdown):
        plain = re.sub(r"<.*?>", "", render({**results, "variants": rows})).replace("\\", "")
        assert "RAG says that it does not know where it is less than 62% sure" in plain
        assert "20 answerable dev questions, where it cost 5.0 points" in plain
        by_search = [{**row, "threshold": row["threshold"] and {**given, "by": "retrieval"}}
                     for row in rows]  # fmt: skip
        plain = re.sub(r"<.*?>", "", render({**results, "variants": by_search}))
        assert "where the best passage stands out by less than 62%" in plain.replace("\\", "")
    rows[1]["threshold"] = {"below": None, "on_dev": True}
    assert "no threshold could be chosen" in render_html({**results, "variants": rows})
    bare = [{**row, "risk_coverage": None} for row in results["variants"]]
    assert 'id="selective"' not in render_html({**results, "variants": bare})


def test_refusing_and_inventing_are_shown_on_the_page_in_the_mail_and_in_the_terminal(
    results, html: str
) -> None:

    asked = [q for q in made_run.make().questions if not q.answers]
    replies = {(a.variant, a.question): a.text for a in made_run.make().answers}
    mail = render_markdown(results).replace("\\", "")
    line = next(note for note in notes(results) if "does not answer" in note)
    section = html[html.index('<section id="conduct">') :].split("</section>")[0]
    for place, row in enumerate(results["variants"]):
        invented = sum("does not say" not in (text := replies[row["name"], q.id])
                       and "unanswerable" not in text for q in asked)  # fmt: skip
        assert row["abstention"]["invented"] == invented > 0
        assert f'data-at="/variants/{place}/abstention/invented"' in section
        assert f"{wording.short_label(row)} {invented}" in line
    assert line in mail and "## Refusing, inventing, behaving" in mail
    assert "Groundedness" in section and "Behaviour" not in section
    behaving = [{**row, "metrics": {**row["metrics"], "behaviour": row["metrics"]["f1"]}}
                for row in results["variants"]]  # fmt: skip
    assert "Behaviour" in render_markdown({**results, "variants": behaving})
    assert "<th>Behaviour</th>" in render_html({**results, "variants": behaving})


#: Paid by the second and without people, which leaves costs that meet somewhere.
BY_THE_SECOND = {"deployment": {"paid_by": "busy_second", "people_per_hour": 0}}


def test_results_of_an_older_run_make_the_same_page_without_the_newer_parts() -> None:
    results = made_run.results(**BY_THE_SECOND)
    old = {key: value for key, value in results.items() if key != "break_even"}
    old["variants"] = [
        {**row, "abstention": {k: v for k, v in row["abstention"].items() if k != "invented"}}
        for row in results["variants"]
    ]
    assert "Who is cheaper, and from where on" in render_html(results)
    result = render_html(old)
    assert "Who is cheaper, and from where on" not in result
    assert "Refusing, inventing, behaving" in result and render_markdown(old)


def test_what_a_month_pays_for_and_where_costs_meet_stand_in_the_mail_too() -> None:
    results = made_run.results(**BY_THE_SECOND)
    mail = render_markdown(results).replace("\\", "")
    assert "| Variant | Answering |" in mail and "Writing the training questions" in mail
    row = next(row for row in results["variants"] if row["name"] == "fine_tuned_rag")
    assert wording.money(row["cost"]["per_month_by_cause"]["training"]) in mail
    for result in results["break_even"]:
        unit = "count" if result["quantity"] == "queries_per_month" else "rate"
        assert (
            wording.show(result["at"], unit) in mail and wording.show(result["low"], unit) in mail
        )
    assert results["break_even"]


def test_the_terminal_table_is_plain_text(results) -> None:
    result = table(results)
    assert len(result["rows"]) == 5
    assert all(len(row) == len(result["columns"]) for row in result["rows"])
    assert "−" not in result["rows"][1][1] and "[" in result["rows"][1][1]


def test_every_sentence_can_be_filled() -> None:
    for key, template in wording.LANGUAGES["en"].items():
        fields = set(re.findall(r"\{(\w+)", template))
        assert not set("{}|") & set(wording.say(key, **dict.fromkeys(fields, "x"))), key


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0421, "42 ms"), (0.0042, "4.2 ms"), (1.234, "1.2 s"), (0.9996, "1.0 s"), (None, "–"),
     (300, "5 min")],
)  # fmt: skip
def test_times_have_units(value, shown) -> None:
    assert wording.seconds(value) == shown


def test_a_month_is_split_by_what_it_pays_for_where_the_run_recorded_it() -> None:
    result = made_run.results(**BY_THE_SECOND)
    html = render_html(result)
    for cause in (
        "Answering",
        "Searching",
        "Training",
        "Building the index",
        "Writing the training questions",
    ):
        assert f"<th>{cause}</th>" in html
    row = next(row for row in result["variants"] if row["name"] == "fine_tuned_rag")
    split = row["cost"]["per_month_by_cause"]
    assert sum(split.values()) == pytest.approx(row["cost"]["per_month"])
    assert wording.money(split["training"]) in html
    for row in result["variants"]:
        if row["cost"]:
            for key in ("causes", "storage", "per_month_by_cause"):
                del row["cost"][key]
    del result["building"]
    assert "Writing the training questions" not in render_html(result)


def test_what_to_do_now_stands_beside_the_verdict_everywhere(
    results, html: str, page: Page
) -> None:
    today = results["verdict"]["today"]
    sentence = today["sentence"]
    assert sentence.startswith("If you must choose today, take ")
    first = html[: html.index('id="evidence"')]
    assert "What to do now, and what it risks" in first
    assert str(escape(sentence.split(":")[0])) in first
    assert sentence in " ".join(render_markdown(results).replace("\\", "").split())
    for name in today["variants"]:
        assert f"today-{name}" in page.ids
    at = {values["data-at"] for values, _ in page.numbers}
    assert {"/verdict/today/points", "/verdict/today/points_tail"} <= at
    assert {f"/verdict/today/evidence/{place}/points" for place in range(4)} <= at


def test_the_terminal_prints_what_to_do_now(results, capsys: pytest.CaptureFixture[str]) -> None:
    from workbench.cli import result, screen

    screen.console.cache_clear()
    print("\n".join(result.verdict(Results.model_validate(results))))
    screen.console.cache_clear()
    shown = " ".join(capsys.readouterr().out.split())
    assert results["verdict"]["today"]["sentence"] in shown


def test_a_run_from_before_shows_the_rest(results) -> None:
    verdict = {key: value for key, value in results["verdict"].items() if key != "today"}
    verdict["statements"] = {**verdict["statements"], "today": []}
    text = render_html({**results, "verdict": verdict})
    assert "What to do now" not in text and "Three reasons" in text
