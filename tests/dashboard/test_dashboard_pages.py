"""The logic of each page, through Streamlit's AppTest on the whole app."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import check, with_text, words
from workbench.dashboard.pages import report
from workbench.dashboard.queries import labels, review, runs
from workbench.records.run import Run

Show = Callable[..., Any]
HOSTILE = "<script>alert(1)</script> **bold** [link](http://evil.example) $x$ :red[r]"


def test_start_without_runs_offers_the_demo_and_ones_own_text(show: Show) -> None:
    app = show()
    assert "Run the demo" in [button.label for button in app.button]
    assert "Give it a text" in words(app)


def test_start_lists_a_run_with_verdict_and_size(run: Path, show: Show) -> None:
    text = words(show())
    sentence = json.loads((run / "results.json").read_text())["verdict"]["sentence"]
    assert "1 run: 1 done." in text
    assert "The Town Chronicle" in text
    assert sentence[:60] in text
    assert "997 words" in text


def test_a_failed_run_gives_its_reason_and_can_be_resumed(run: Path, show: Show) -> None:
    (run / "results.json").unlink()
    _manifest(run, state="failed", error={"message": "The endpoint is down.", "hint": "Start it."})
    app = show()
    assert "It failed: The endpoint is down." in words(app)
    assert "Resume" in [button.label for button in app.button]
    assert "This run failed" in words(show("verdict"))


def test_a_run_at_work_shows_its_progress_and_one_that_died_is_stopped(
    run: Path, show: Show
) -> None:
    (run / "results.json").unlink()
    _manifest(run, state="running", stages={})
    with Run(run).lock():
        app = show()
        assert "1 at work now" in words(app)
        assert "Stop" in [button.label for button in app.button]
        bars = [bar.proto.text for bar in app.get("progress")]
        assert bars == ["Answers · 30 of 60 by RAG, variant 1 of 5"]
    assert "Stopped before it finished" in words(show())


def _manifest(run: Path, **values: Any) -> None:
    path = run / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_the_verdict_page_says_what_to_conclude(run: Path, show: Show) -> None:
    app = show("verdict")
    text = words(app)
    verdict = json.loads((run / "results.json").read_text())["verdict"]
    assert verdict["sentence"] in text
    assert all(reason in text for reason in verdict["reasons"])
    assert "is within what luck alone can do" in text
    assert "can't be told from RAG" in text
    assert verdict["today"]["sentence"] in text and "What to do now" in text
    assert [tab.label for tab in app.expander][:3] == [
        "2 more to be careful about",
        "What each choice would risk",
        "Every comparison",
    ]


def test_what_matters_most_against_the_verdict_stands_beside_it(run: Path, show: Show) -> None:
    path = run / "results.json"
    results = json.loads(path.read_text())
    calm = words(show("verdict"))
    assert "The exam is easier" not in calm and "makes up an answer" not in calm
    front = results["verdict"].get("variant") or results["verdict"]["leader"]
    results["gold_agreement"]["levels"] = [
        {"variant": front, "written": 0.73, "gold": 0.408, "apart": True}
    ]
    for row in results["variants"]:
        row["abstention"] = {"unanswerable": 14, "invented": 13 if row["name"] == front else 14}
    path.write_text(json.dumps(results))
    app = show("verdict")
    cautions = [warning.value.replace("\\", "") for warning in app.warning]
    assert any("73.0 points on the exam and 40.8 on those" in text for text in cautions)
    assert any(
        "of 14 such questions" in text and "no other variant fewer than 14" in text
        for text in cautions
    )
    order = [element.type for element in app.main]
    assert order.index("warning") < order.index("header"), "beside the verdict, not below"
    assert '<th scope="col">Gold</th>' in words(app)
    row = next(row for row in results["variants"] if row["name"] == front)
    assert f"<td>{100 * row['gold']['f1']['value']:.1f}</td>" in words(app)


@pytest.mark.parametrize(
    "page",
    [
        "verdict",
        "what_if",
        "questions",
        "latency_cost",
        "retrieval",
        "training",
        "exam",
        "data",
        "ask",
        "playground",
        "report",
    ],
)
def test_a_run_without_results_is_a_sentence_on_every_page(
    run: Path, show: Show, page: str
) -> None:
    for name in ("results.json", "scores.parquet"):
        (run / name).unlink()
    for folder in ("answers", "latency", "tuning", "questions"):
        for path in sorted((run / folder).rglob("*.json*")):
            path.unlink()
    _manifest(run, state="stopped")
    assert words(show(page)).strip()


@pytest.mark.parametrize(
    "damage", ["results.json", "manifest.json", "specification.yaml", "scores.parquet"]
)
@pytest.mark.parametrize("page", ["start", "verdict", "what_if", "questions"])
def test_a_damaged_file_leaves_the_rest_readable(
    run: Path, show: Show, damage: str, page: str
) -> None:
    (run / damage).write_bytes((run / damage).read_bytes()[: 1 << 9] + b"\xff{")
    text = words(show(page))
    if damage in ("results.json", "manifest.json"):
        assert f"{damage} can't be read" in text.replace("\\", "")


def test_half_written_answers_are_passed_over(run: Path, show: Show) -> None:
    with (run / "answers/rag.jsonl").open("a") as sink:
        sink.write('{"question": "q000001", "vari')
    assert "72 of 72 questions." in words(show("questions"))


def test_the_questions_page_draws_how_sure_the_variants_are(run: Path, show: Show) -> None:
    text = words(show("questions"))
    assert "How sure, and how right" in text and "knows best when it is right" in text


def test_the_retrieval_page_says_how_deep_to_look_and_lists_what_was_missed(
    run: Path, show: Show
) -> None:
    asked = len((run / "search.jsonl").read_text("utf-8").splitlines())
    missed = -(-asked // 7)
    text = words(show("retrieval", run=run.name))
    assert "Variants that retrieve are shown 3 passages" in text
    assert f"{missed} of {asked} questions were asked without their evidence in sight" in text
    assert "BM25 not in reach" in text and "Both fused at rank 9" in text
    (run / "search.jsonl").write_text("{broken", "utf-8")
    show("retrieval", run=run.name)
    results = json.loads((run / "results.json").read_text("utf-8"))
    del results["search"]
    (run / "results.json").write_text(json.dumps(results), "utf-8")
    assert "before searches were recorded" in words(show("retrieval", run=run.name))


def test_results_of_an_older_shape_show_what_they_hold(run: Path, show: Show) -> None:
    results = json.loads((run / "results.json").read_text())
    kept = {"variants": [{"name": "rag", "metrics": {"f1": {"value": 0.5}}}, {"label": "none"}, 3]}
    (run / "results.json").write_text(json.dumps({**kept, "verdict": results["verdict"]}))
    for page in ("verdict", "latency_cost", "training", "exam", "report", "questions"):
        show(page)
    assert "50.0" in words(show("verdict"))


def test_what_if_says_what_an_older_run_lacks(run: Path, show: Show) -> None:
    results = json.loads((run / "results.json").read_text("utf-8"))
    results["comparisons"] = "lost"
    (run / "results.json").write_text(json.dumps(results), "utf-8")
    assert "This is the run's own setting" in words(show("what_if", run=run.name))
    del results["variants"][1]["latency"]
    (run / "results.json").write_text(json.dumps(results), "utf-8")
    assert "holds no latency of rag" in words(show("what_if", run=run.name)).replace("\\", "")


def test_a_question_s_address_opens_it_with_answers_and_evidence(run: Path, show: Show) -> None:
    app = show("questions", run=run.name, question="q000001")
    text = words(app)
    assert "What did Cora Bram1" in text
    assert '<span class="plus">74</span>' in text
    assert "<mark>Cora Bram1, the smith, left 74 barrels of oil at the mill lane.</mark>" in text
    titles = [box.label for box in app.expander]
    assert any(title.startswith("Evidence found at rank") for title in titles)
    assert "There is no question nope" in words(show("questions", question="nope"))


def test_a_question_shows_its_prompts_tokens_and_times_and_shared_passages_once(
    run: Path, show: Show
) -> None:
    (run / "prompts/reader").mkdir(parents=True)
    (run / "prompts/reader/answer.jinja").write_text(
        "{{ purpose }} {% for passage in passages %}<{{ passage }}>{% endfor %} Q: {{ question }}"
    )
    lines = {name: (run / f"answers/{name}.jsonl").read_text().splitlines() for name in
             ("rag", "fine_tuned_rag")}  # fmt: skip
    answers = {name: [json.loads(line) for line in listed] for name, listed in lines.items()}
    # Hybrid is shown what RAG is shown.
    answers["fine_tuned_rag"][1]["passages"] = answers["rag"][1]["passages"]
    path = run / "answers/fine_tuned_rag.jsonl"
    path.write_text("".join(json.dumps(answer) + "\n" for answer in answers["fine_tuned_rag"]))
    app = show("question", run=run.name, question="q000001")
    titles = [box.label.replace("\\", "") for box in app.expander]
    assert sum("· RAG, Hybrid (fine-tuned + RAG)" in title for title in titles) == 1
    assert not any(title.endswith("· RAG") for title in titles)
    sent = [block.value for block in app.code]
    purpose = json.loads((run / "manifest.json").read_text())["purpose"]
    question = json.loads((run / "questions/test.jsonl").read_text().splitlines()[1])["text"]
    assert f"{purpose}  Q: {question}" in sent, "of those without passages"
    stretches = [json.loads(line) for line in (run / "corpus/passages.jsonl").open()]
    texts = {f"{p['document']}:{p['start']}-{p['end']}": p["text"] for p in stretches}
    listed = "".join(f"<{' '.join(texts[i].split())}>" for i in answers["rag"][1]["passages"])
    assert f"{purpose} {listed} Q: {question}" in sent
    text = words(app)
    assert "Tokens and times of each variant" in text
    tokens = answers["rag"][1]["input_tokens"]
    assert f"<td>{tokens}</td>" in text


def test_a_prompt_that_the_records_do_not_hold_is_said_to_be_unavailable(
    run: Path, show: Show
) -> None:
    app = show("question", run=run.name, question="q000001")
    assert "Not available: the run keeps no prompt files" in words(app)


def test_filters_narrow_the_list(run: Path, show: Show) -> None:
    app = show("questions")
    app.multiselect[3].select("rag")
    app.multiselect[4].select("fine_tuned")
    app.run()
    scores = {
        (row["question"], row["variant"]): row["value"]
        for row in _scores(run)
        if row["metric"] == "f1"
    }
    ids = {question for question, _ in scores}
    right = [q for q in ids if scores[q, "rag"] >= 0.5 > scores[q, "fine_tuned"]]
    assert f"{len(right)} of 72 questions" in words(app)
    app.text_input[0].input("no such words")
    app.run()
    assert "None of the 72 questions fits" in words(app)


def test_the_list_shows_whole_questions_with_answers_and_their_points(
    run: Path, show: Show
) -> None:
    long = "What did Hugo leave, " + "and then again, " * 20 + "at the rope walk?"
    path = run / "questions/test.jsonl"
    first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps({**json.loads(first), "text": long}), *rest]) + "\n")
    app = show("questions")
    frame = app.dataframe[0].value
    assert len(frame) == 50
    assert frame["Question"][0] == long
    answer = json.loads((run / "answers/rag.jsonl").read_text().splitlines()[0])
    points = {(row["question"], row["variant"]): row["value"] for row in _scores(run)
              if row["metric"] == "f1"}["q000000", "rag"]  # fmt: skip
    assert frame["RAG"][0].strip() == f"{100 * points:.0f} · {answer['text']}".strip()
    text = words(app)
    assert text.count('class="wb-card"') == 2 * 50, "each element's body is read twice"
    assert f'href="question?run={run.name}&question=q000000"' in text


def _scores(run: Path) -> list[dict[str, Any]]:
    import pyarrow.parquet as pq

    result: list[dict[str, Any]] = pq.read_table(run / "scores.parquet").to_pylist()
    return result


def test_a_bar_of_the_waterfall_leads_to_its_questions(run: Path, show: Show) -> None:
    results = json.loads((run / "results.json").read_text())
    step = results["waterfall"]["rag"]["steps"][0]
    app = show("questions", cause=step["cause"], of="rag")
    assert f"{len(step['questions'])} of 72 questions" in words(app)
    app.button(key="show_all").click().run()
    assert "72 of 72 questions." in words(app)
    assert "cause" not in app.query_params


def test_text_of_models_and_corpora_never_acts(run: Path, show: Show) -> None:
    """Markup in a question, an answer, a passage and a title arrives escaped."""
    for name in ("questions/test.jsonl", "answers/rag.jsonl", "corpus/passages.jsonl"):
        path = run / name
        changed = []
        for line in path.read_text().splitlines():
            changed.append(json.dumps({**json.loads(line), "text": HOSTILE}))
        path.write_text("\n".join(changed) + "\n")
    corpus = json.loads((run / "manifest.json").read_text())["corpus"]
    _manifest(run, corpus={**corpus, "title": HOSTILE}, purpose=HOSTILE)
    for page, query in (
        ("start", {}),
        ("verdict", {}),
        ("questions", {"question": "q000001"}),
        ("exam", {"tab": "The text"}),
    ):
        app = show(page, **query)
        bodies = [str(element.proto.body) for element in app.get("html")]
        assert not any("<script" in body for body in bodies)
        assert any("&lt;script&gt;" in body for body in bodies), page
        acting = [e.value for kind in ("markdown", "title", "header") for e in app.get(kind)]
        assert not any("evil.example" in str(value) for value in acting)


def test_blind_labels_hide_the_variants_and_are_kept(run: Path, show: Show) -> None:
    app = show("questions", question="q000001")
    app.toggle(key="blind").set_value(True).run()
    assert "Say who you are" in words(app)
    app.text_input(key="rater").input("kim").run()
    text = words(app)
    assert "Answer A" in text
    assert "RAG" not in text and "Fine-tuned" not in text
    app.segmented_control(key="label_q000001_kim_0").set_value("right").run()
    app.segmented_control(key="prefer_q000001_kim").set_value("first").run()
    kept = labels.read(run)
    order = labels.shuffled(
        ["prompt_only", "rag", "fine_tuned", "fine_tuned_rag"], "q000001", "kim"
    )
    assert [(row.get("variant"), row["label"]) for row in kept] == [
        (order[0], "right"),
        (None, "first"),
    ]
    assert kept[0]["order"] == order and kept[0]["blind"] is True
    assert "agrees with 1 labels" in words(show("questions"))


def test_what_if_starts_at_the_run_s_own_verdict_and_moves(run: Path, show: Show) -> None:
    app = show("what_if")
    own = json.loads((run / "results.json").read_text())["verdict"]["sentence"]
    assert own in words(app)
    assert "own setting" in words(app)
    app.toggle(key="cite").set_value(True).run()
    assert not app.exception
    for name in ("Prompt only", "Fine-tuned"):
        assert f"{name} is out: it answers without passages that it could cite." in words(app)


def test_what_if_goes_back_to_the_run_s_own_setting(run: Path, show: Show) -> None:
    app = show("what_if", cite="true", margin="20.0")
    assert "own setting. Move something" not in words(app)
    app.button(key="reset").click().run()
    assert "own setting. Move something" in words(app)
    assert app.toggle(key="cite").value is False and app.slider(key="margin").value == 3.0


def test_another_run_chosen_on_what_if_starts_from_its_own_setting(run: Path, show: Show) -> None:
    shutil.copytree(run, run.parent / "chronicle-1b2c3d4e")
    app = show("what_if", run=run.name, cite="true")
    assert "own setting. Move something" not in words(app)
    app.sidebar.selectbox[0].select("chronicle-1b2c3d4e").run()
    assert not app.exception
    assert "own setting. Move something" in words(app)


def test_every_control_of_what_if_says_what_it_does(run: Path, show: Show) -> None:
    app = show("what_if", labour="40")
    controls = [*app.slider, *app.select_slider, *app.number_input, *app.toggle]
    assert len(controls) > 12
    assert [control.label for control in controls if not control.help] == []


def test_where_one_variant_wins_everywhere_a_sentence_stands_for_the_map(
    run: Path, show: Show
) -> None:
    one = show("what_if", margin="0.0")
    told = (
        "wins at every volume from 100 to 10,000,000 questions and every update rate from 0 to 30"
    )
    assert told in words(one)
    several = show("what_if", margin="20.0", paid_by="Only the seconds it works", labour="0.0")
    assert "The winner changes over the map" in words(several)
    assert len(several.get("vega_lite_chart")) == len(one.get("vega_lite_chart")) + 1


def test_shares_of_kinds_and_weights_move_the_verdict_and_are_shared(run: Path, show: Show) -> None:
    app = show("what_if")
    assert "Utility: quality, less" not in words(app)
    kinds = [slider for slider in app.slider if str(slider.key).startswith("kind_")]
    assert {slider.key for slider in kinds} >= {"kind_factoid", "kind_why_how"}
    app.slider(key="kind_why_how").set_value(100).run()
    app.slider(key="kind_factoid").set_value(0).run()
    assert not app.exception
    assert "own setting. Move something" not in words(app)
    app.select_slider(key="per_second").set_value(500.0).run()
    text = words(app)
    assert "Utility: quality, less" in text and "Points are quality less" in text
    parts = {str(slider.key): str(slider.value) for slider in kinds}
    shared = {**parts, "kind_why_how": "100", "kind_factoid": "0", "per_second": "500"}
    again = show("what_if", **shared)
    assert again.select_slider(key="per_second").value == 500.0
    assert again.slider(key="kind_why_how").value == 100
    assert _heading(words(again)) == _heading(text)
    assert "own setting. Move something" not in words(again)


def _heading(text: str) -> str:
    """The verdict's sentence as the page shows it."""
    matches = re.search(r"(Adopt|A tie|Undecided)[^<]*", text)
    assert matches
    return matches.group(0)


def test_what_if_is_shared_by_its_address(run: Path, show: Show) -> None:
    app = show("what_if", margin="20.0", cite="true")
    assert app.slider(key="margin").value == 20.0
    assert "Prompt only is out: it answers without passages" in words(app)


def test_the_report_page_offers_every_file_and_the_command(
    run: Path, show: Show, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "can_print", lambda: True)
    app = show("report", run=run.name)
    offered = [item.proto.label for item in app.get("download_button")]
    assert offered == ["Report as one HTML file", "Report as Markdown", "Every figure as JSON",
                       "The experiment, to run again", "Report as PDF",
                       "With the records it links to"]  # fmt: skip
    packed = zipfile.ZipFile(io.BytesIO(report.made(runs.open_run(run), "zip")()))
    assert {"report.html", "results.json"} <= set(packed.namelist())
    monkeypatch.setattr(report, "can_print", lambda: False)
    labels = [item.proto.label for item in show("report").get("download_button")]
    assert "Report as PDF" not in labels
    (run / "report.html").unlink()
    assert "report.html is missing" in words(show("report", run=run.name)).replace("\\", "")


def test_ask_offers_to_load_the_models_and_the_way_without_the_page(run: Path, show: Show) -> None:
    app = show("ask", run=run.name)
    assert [button.label for button in app.button] == ["Load the models"]
    assert f"workbench serve {run.name}" in words(app)


def test_review_keeps_an_edit_beside_the_locked_exam(run: Path, show: Show) -> None:
    before = (run / "questions/test.jsonl").read_bytes()
    app = show("exam", tab="Accept or reject")
    app.text_area(key="text_q000000").input("What did Hugo leave?")
    app.segmented_control(key="decision_q000000").set_value("accept")
    next(b for b in app.button if b.label == "Save").click()
    app.run()
    assert review.read(run)["q000000"]["decision"] == "edit"
    assert (run / "questions/test.jsonl").read_bytes() == before
    assert "1 edited" in words(show("exam", tab="Accept or reject"))


def test_a_new_run_without_a_text_or_purpose_says_so(show: Show, tmp_path: Path) -> None:
    app = show("new_run")
    check(app)
    assert "There is no text yet" in words(app).replace("\\", "")
    app.segmented_control(key="new_way").set_value("On this machine").run()
    app.text_input(key="new_path").input(str(tmp_path / "missing.txt")).run()
    assert "There is no" in words(app)
    (tmp_path / "tale.txt").write_text("A tale. " * 40)
    app.text_input(key="new_path").input(str(tmp_path / "tale.txt")).run()
    app.text_input(key="new_purpose").input("short").run()
    check(app)
    assert "purpose" in words(app)


def test_a_key_typed_into_the_form_is_refused_and_written_nowhere(
    show: Show, tmp_path: Path
) -> None:
    (tmp_path / "tale.txt").write_text("Ada kept the mill. " * 400)
    app = show("new_run")
    with_text(app, tmp_path / "tale.txt")
    app.segmented_control(key="new_model_kind").set_value("Endpoint").run()
    field = next(item for item in app.text_input if item.label.startswith("Environment variable"))
    field.input("sk-planted-1234567890").run()
    check(app)
    assert "the key itself is never written" in words(app).replace("\\", "")
    assert "sk-planted" not in words(app).replace("\\", "")
    kept = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert not any(b"sk-planted" in content for content in kept)


def test_an_unknown_run_in_the_address_falls_back_to_the_newest(run: Path, show: Show) -> None:
    text = words(show("verdict", run="gone-00000000")).replace("\\", "")
    assert "There is no run gone-00000000; the newest is shown." in text


def test_the_dashboard_never_loads_a_model_library(run: Path) -> None:
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "for page in ('start','compare','verdict','what_if','questions','latency_cost','training',"
        "'exam','ask','report','new_run'):\n"
        f"    app = AppTest.from_file({str(Path(__file__).parents[2] / 'streamlit_app.py')!r},"
        " default_timeout=300)\n"
        "    app.query_params['page'] = page\n"
        "    app.run()\n"
        "    assert not app.exception, app.exception\n"
        "heavy = {'torch','transformers','peft','llama_index','ragas','sentence_transformers'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_costs_are_split_by_cause_and_an_older_run_by_when_they_are_paid(
    run: Path, show: Show
) -> None:
    own = words(show("latency_cost"))
    assert "a machine rented all month, 730 hours at $0.0816" in own and "People" in own
    text = words(show("latency_cost", paid_by="Only the seconds it works", labour="0.0"))
    assert "paid only for the seconds it works" in text and "People's time is left out" in text
    assert "Writing the training questions" in text and "Searching" in text
    assert "Updates of the text" not in text
    results = json.loads((run / "results.json").read_text())
    for row in results["variants"]:
        for key in ("causes", "storage", "per_month_by_cause"):
            (row["cost"] or {}).pop(key, None)
    results.pop("building")
    (run / "results.json").write_text(json.dumps(results))
    text = words(show("latency_cost"))
    assert "Writing the training questions" not in text and "Updates of the text" in text
