"""A variant that no module knows of is found wherever variants are shown, counted or paid for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.made_run import render_html, render_markdown
from workbench import wording
from workbench.decision import ResultInputs, build_results
from workbench.experiment import Experiment
from workbench.experiment.variant import Variant, two_by_twos, variants_of
from workbench.presets import PRESETS, Preset
from workbench.types import Answer, Latency, Question, Score

GENTLE = {"tuning": {"epochs": 3}}
VARIANTS = [
    "prompt_only", "rag", "fine_tuned", "fine_tuned_rag",
    {"name": "gentle", "context": "none", **GENTLE},
    {"name": "gentle_rag", "context": "retrieval", "label": "Gentle & searching", **GENTLE},
    "oracle",
]  # fmt: skip
SKILL = {"prompt_only": 0.1, "rag": 0.6, "fine_tuned": 0.4, "fine_tuned_rag": 0.7, "gentle": 0.3,
         "gentle_rag": 0.8, "oracle": 0.9}  # fmt: skip
STAGES = {"questions": 600.0, "index": 10.0, "adapter:fine_tuned": 1000.0, "adapter:gentle": 300.0}


def experiment(*variants: Any) -> Experiment:
    return Experiment(name="made", purpose="Answer questions on the house.", corpus="house.md",
                      variants=variants or VARIANTS)  # fmt: skip


@pytest.fixture(scope="module")
def results() -> dict[str, Any]:
    rng = np.random.default_rng(3)
    questions = [
        Question(f"q{n}", "Who?", ("x",), stratum="unseen", cluster=f"s{n % 9}") for n in range(45)
    ]
    pairs = [(q.id, name, float(rng.random() < s)) for q in questions for name, s in SKILL.items()]
    answers = [Answer(q, name, "x", 40, 3, 0.1) for q, name, _ in pairs]
    times = [Latency(f"q{n}", name, 0.0, 0.1, 0.1, 0.5, 3) for n in range(9) for name in SKILL]
    scores = [Score(q, name, "f1", value) for q, name, value in pairs]
    return build_results(ResultInputs(
        experiment(), {"id": "made-1"}, questions, answers, scores, STAGES, times
    )).record()  # fmt: skip


def test_the_specification_resolves_to_factors() -> None:
    known = {variant.name: variant for variant in variants_of(experiment())}
    gentle, searching = known["gentle"], known["gentle_rag"]
    assert gentle.tuned and not gentle.retrieves and not gentle.is_ceiling and gentle.local
    assert searching.retrieves and searching.cites and searching.tuning == gentle.tuning
    assert (gentle.adapter, searching.adapter) == ("gentle", "gentle")
    assert known["fine_tuned_rag"].adapter == "fine_tuned"
    assert gentle.tuning != known["fine_tuned"].tuning


def test_each_tuning_has_its_own_two_by_two(results: dict[str, Any]) -> None:
    effects = results["interaction"]
    assert effects["cells"] == ["prompt_only", "rag", "fine_tuned", "fine_tuned_rag"]
    (other,) = effects["others"]
    assert other["cells"] == ["prompt_only", "rag", "gentle", "gentle_rag"]
    value = {row["name"]: row["metrics"]["f1"]["value"] for row in results["variants"]}
    own = value["gentle_rag"] - value["gentle"] - value["rag"] + value["prompt_only"]
    assert other["interaction"]["difference"] == pytest.approx(own)
    assert "With the tuning of gentle" in other["sentence"]
    assert "With the tuning of Fine-tuned" in effects["sentence"]
    twin = {row["name"]: row["twin"] for row in results["variants"]}
    assert (twin["gentle"], twin["gentle_rag"], twin["rag"]) == ("prompt_only", "rag", None)


def test_each_variant_pays_for_its_own_adapter_and_for_the_index_that_it_needs(
    results: dict[str, Any],
) -> None:
    causes = {row["name"]: (row["cost"] or {}).get("causes", {}) for row in results["variants"]}
    trained = {name: parts.get("training", {}).get("fixed") for name, parts in causes.items()}
    assert trained["gentle"] == trained["gentle_rag"] == pytest.approx(0.3 * trained["fine_tuned"])
    assert trained["fine_tuned_rag"] == trained["fine_tuned"] and trained["rag"] is None
    assert {name for name, parts in causes.items() if "index" in parts} == {
        "rag", "fine_tuned_rag", "gentle_rag",
    }  # fmt: skip


def test_a_model_that_came_tuned_pays_for_no_training_here() -> None:
    hosted = {"name": "m-ft", "endpoint": "http://localhost:1/v1"}
    tuned = variants_of(
        experiment("rag", "fine_tuned", {"name": "fine_tuned_rag", "model": hosted})
    )
    assert tuned[2].tuned and not tuned[2].local and tuned[2].hosted == "m-ft"
    assert tuned[2].stages({**STAGES, "adapter": 1.0}) == ("index", "questions")


def test_other_models_and_other_depths_of_search_are_not_crossed() -> None:
    apart = ["prompt_only", {"name": "rag", "top_k": 9}, "fine_tuned", "fine_tuned_rag"]
    assert two_by_twos(variants_of(experiment(*apart))) == []
    mixed = ["prompt_only", "rag", "fine_tuned", {"name": "fine_tuned_rag", **GENTLE}]
    assert two_by_twos(variants_of(experiment(*mixed))) == []


def test_the_report_shows_it_in_its_own_colour(results: dict[str, Any]) -> None:
    html = render_html(results)
    colours = wording.colours(SKILL)
    assert len(set(colours.values())) == len(SKILL)
    assert colours["gentle"] in html and colours["gentle_rag"] in html
    assert "<h3>gentle</h3>" in html and "Gentle &amp; searching" in html
    assert "/interaction/others/0/interaction/difference" in html
    assert "| gentle |" in render_markdown(results)


def _cells(folder: str) -> None:
    from pathlib import Path

    from workbench import findings
    from workbench.dashboard.queries import runs
    from workbench.dashboard.views.findings import draw

    results = runs.open_run(Path(folder)).results
    draw(findings.View(results), findings.section(results, "levers"), "run")


def test_the_dashboard_draws_both_two_by_twos(results: dict[str, Any], tmp_path: Path) -> None:
    from streamlit.testing.v1 import AppTest

    from workbench.dashboard import components
    from workbench.dashboard.queries import runs

    (tmp_path / "results.json").write_text(json.dumps(results), "utf-8")
    app = AppTest.from_function(_cells, default_timeout=300, args=(str(tmp_path),)).run()
    assert not app.exception, [error.value for error in app.exception]
    bodies = "\n".join(str(getattr(item.proto, "body", "")) for item in app.get("html"))
    colours = components.colours(SKILL)
    assert colours["gentle"] in bodies and colours["gentle_rag"] in bodies
    # For each tuning its four cells, and the effects.
    assert bodies.count("<table") == 4
    assert [v.name for v in runs.open_run(tmp_path).factors if v.is_ceiling] == ["oracle"]


def test_the_setting_can_be_changed_with_the_same_factors(
    results: dict[str, Any], tmp_path: Path
) -> None:
    from workbench.dashboard.queries import measured, runs

    (tmp_path / "results.json").write_text(json.dumps(results), "utf-8")
    (tmp_path / "specification.yaml").write_text(experiment().to_yaml(), "utf-8")
    (tmp_path / "questions").mkdir()
    questions = [Question(f"q{n}", "Who?", ("x",), stratum="unseen") for n in range(4)]
    lines = [json.dumps(question.to_record()) for question in questions]
    (tmp_path / "questions/test.jsonl").write_text("\n".join(lines), "utf-8")
    scores = [
        Score(question.id, name, "f1", skill)
        for question in questions for name, skill in SKILL.items()
    ]  # fmt: skip
    known = measured.evidence(runs.open_run(tmp_path), scores)
    assert list(known.traits.values()) == list(variants_of(experiment()))


def test_a_line_in_the_table_is_all_that_a_known_name_needs(monkeypatch: Any) -> None:
    with pytest.raises(ValueError, match="is none of"):
        experiment("rag", "nimble")
    monkeypatch.setitem(
        PRESETS, "nimble",
        Preset("retrieval", "closed_book", "Nimble one", "Nimble", "#123456", "wedge", "quick"),
    )  # fmt: skip
    _, nimble = variants_of(experiment("rag", "nimble"))
    assert nimble.tuned and nimble.retrieves and nimble.adapter == "nimble"
    assert Variant.named("nimble").cites
    assert wording.label("nimble", short=True) == "Nimble"
    assert wording.short_label({"name": "nimble", "label": "Nimble one"}) == "Nimble"
    assert wording.colours(["nimble", "other"])["nimble"] == "#123456"
    assert wording.shapes(["nimble", "other"])["nimble"] == "wedge"
