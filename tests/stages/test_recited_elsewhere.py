"""Tuned models behind a real server: what they give back of the text, in either form, and at which
cost."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.servers.chat import ChatServer, Reply, completion
from workbench.corpus.corpus import Corpus
from workbench.engine.inputs import ArtifactReference
from workbench.errors import WorkbenchError
from workbench.evaluation import memorised, recited
from workbench.experiment import Experiment
from workbench.findings import section
from workbench.io import jsonl
from workbench.models import load
from workbench.models.hosted import write_hosted
from workbench.records.results import Results
from workbench.records.run import Run
from workbench.stages import recited_elsewhere
from workbench.stages.inputs import ModelInput
from workbench.stages.memorised import RECITING, MemorisedInputs, MemorisedStage, figures
from workbench.types import Section

WORDS = [f"w{n}" for n in range(900)]
TEXT = " ".join(WORDS)
TUNED = "ft:mill"


def continuation(text: str) -> str:
    """How the tuned model goes on: word for word, of every second stretch 25 words and no more."""
    last = WORDS.index(text.split()[-1])
    whole = (last // 82) % 2 == 0
    return " ".join(WORDS[last + 1 :][: 50 if whole else 25])


def say(body: dict[str, Any]) -> str:
    """In the chat: with a word before, and codes by heart; the untuned model knows nothing."""
    asked = body["messages"][-1]["content"]
    if body["model"] != TUNED:
        return "I cannot say."
    if "entry code" in asked:
        return next(c.code for c in memorised.canaries(3, 20) if c.question in asked)
    return f"Here you are: “{continuation(asked)}”"


def completions(body: dict[str, Any]) -> Reply | None:
    """The server's other way: text goes on as it stands."""
    if "prompt" not in body:
        return None
    text = continuation(body["prompt"]) if body["model"] == TUNED else "and so on"
    usage = {"prompt_tokens": 40, "completion_tokens": 60}
    return 200, {}, json.dumps({"choices": [{"text": f" {text}"}], "usage": usage})


def experiment(url: str, **changes: Any) -> Experiment:
    values = {
        "purpose": "Answer the questions.", "name": "mill", "corpus": "c.md",
        "model": {"name": "small", "endpoint": url}, "variants": ["prompt_only", "fine_tuned"],
        "tuning": {"canaries": 3, "hosted": {"provider": "openai", "max_money_spent": 5}},
        "memorised_stretches": 8, "seed": 20,
    }  # fmt: skip
    return Experiment(**{**values, **changes})


def probed(asked: Experiment, folder: Path) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What the stages tell of the run's models, and the summary with what was spent."""
    sections = tuple(
        Section(f"s{n}", "t", 0, 1, "One", " ".join(WORDS[n * 164 : n * 164 + 164]))
        for n in range(5)
    )
    corpus = Corpus((), sections, "", "en", "Mill")
    trained = folder / "trained"
    write_hosted(trained / "adapter", TUNED)
    made = ArtifactReference(id="adapter", path=trained)
    inputs = MemorisedInputs.of(asked, made, {"fine_tuned": made}, ())
    assert inputs is not None

    def make(stage: Any, given: Any) -> SimpleNamespace:
        out = folder / f"made-{given.model.name[:2]}-{given.adapter is None}"
        out.mkdir(parents=True, exist_ok=True)
        return SimpleNamespace(path=out, summary=RECITING.run(given, out, context))

    context: Any = SimpleNamespace(
        make=make, corpus=lambda given: corpus, progress=lambda *at: None,
        model=lambda given: load(given.reference),
    )  # fmt: skip
    (folder / "run").mkdir(exist_ok=True)
    summary = MemorisedStage().run(inputs, folder / "run", context)
    return figures(Run(folder / "run"), asked), summary


def test_a_provider_s_model_is_asked_to_go_on_before_and_after(tmp_path: Path) -> None:
    with ChatServer(say) as server:
        server.refuse = completions
        (told,), summary = probed(experiment(server.url), tmp_path)
        requests = len(server.asked)
        assert server.paths.count("/v1/completions") == 16
        assert probed(experiment(server.url), tmp_path)[0] == [told]
        assert len(server.asked) == requests, "what is recorded was asked again"
    assert (told["form"], told["unit"], told["stretches"]) == ("completion", "words", 8)
    assert told["at_20"]["before"]["value"] == 0 and told["at_20"]["after"]["value"] == 1
    assert 0 < told["at_50"]["after"]["value"] < 1
    assert (told["longest_before"], told["longest_after"]) == (0, 50)
    assert told["canaries"] == {"n": 3, "given_away": 3, "given_before": 0}
    # 8 stretches and 3 codes, of two models, as the server counts them.
    assert summary["spent"] == {"input_tokens": 2 * (320 + 213), "output_tokens": 2 * (480 + 9)}
    found = section(Results.model_validate({"memorised": [told]}), "memorised")
    assert found is not None
    first, codes = found.statements
    assert "gives back 20 words verbatim of 100" in first.text() and first.level == "caution"
    assert "says 3 of them (0 before tuning)" in codes.text()
    assert any(cell.text == "completion" for cell in found.tables[0].rows[0].cells)


def test_a_server_of_chats_alone_is_asked_in_one(tmp_path: Path) -> None:
    with ChatServer(say) as server:
        own = {"name": "fine_tuned", "model": {"name": TUNED, "endpoint": server.url}}
        asked = experiment(server.url, variants=["prompt_only", own], tuning={})
        (told,), _ = probed(asked, tmp_path)
        assert server.paths.count("/v1/completions") == 2, "once for each model"
        assert server.asked[-1]["messages"][-1]["content"].startswith("Go on with this text")
        # Nobody says what it was tuned from where that does not sit the exam.
        asked = experiment(server.url, model="reader", variants=["prompt_only", own], tuning={})
        (alone,), _ = probed(asked, tmp_path / "alone")
    assert (told["form"], told["at_20"]["after"]["value"]) == ("chat", 1)
    assert told["at_20"]["before"]["value"] == 0 and told["canaries"] is None
    assert "before" not in alone["at_20"] and alone["longest_before"] is None
    found = section(Results.model_validate({"memorised": [alone]}), "memorised")
    assert found is not None and "not known here" in found.statements[0].text()


def test_a_budget_that_may_not_do_asks_nothing(tmp_path: Path) -> None:
    with ChatServer(say) as server:
        asked = experiment(server.url, questions={"max_tokens_spent": 500})
        with pytest.raises(
            WorkbenchError, match=r"8 stretches .* may take .* budget is 500 tokens"
        ):
            probed(asked, tmp_path)
        assert not server.asked


def test_a_stretch_without_reply_is_asked_again_and_no_other(tmp_path: Path) -> None:
    with ChatServer(say) as server:
        failed: list[str] = []

        def once(body: dict[str, Any]) -> Reply | None:
            if "prompt" in body and len(server.asked) > 3 and not failed:
                failed.append(body["prompt"])
                return 200, {}, completion(None)
            return completions(body)

        server.refuse = once
        with pytest.raises(WorkbenchError, match="1 of 8 stretches got no reply"):
            probed(experiment(server.url), tmp_path)
        asked = len(server.asked)
        (told,), _ = probed(experiment(server.url), tmp_path)
        again = [body["prompt"] for body in server.asked[asked:] if "prompt" in body]
    assert told["stretches"] == 8 and again[0] == failed[0]
    kept = next((tmp_path / "run" / "memorised").rglob("*.jsonl"))
    assert all("reply" in row for row in jsonl.stream(kept))


def test_two_ways_of_asking_are_not_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recited_elsewhere, "AT_ONCE", 4)
    with ChatServer(say) as server:
        server.refuse = lambda body: completions(body) if len(server.asked) <= 4 else None
        with pytest.raises(WorkbenchError, match="went on with texts before"):
            probed(experiment(server.url), tmp_path)
        server.refuse = completions
        (told,), _ = probed(experiment(server.url), tmp_path)
    assert (told["form"], told["stretches"]) == ("completion", 8)


def test_words_given_back_are_marked() -> None:
    rest = ["a", "b", "c", "d", "e", "f", "g", "h"]
    assert recited.hits("“a b c x", "p q", rest, "en") == "11100000"
    assert recited.hits("Sure: p q a b. z d e f g", "p q", rest, "en") == "10011110"
    assert recited.hits("", "p", rest, "en") == "00000000"
    assert recited.hits("灯市", "元宵", list("灯市如昼"), "zh") == "1100"


def test_an_estimate_counts_tokens_and_asks_nothing(tmp_path: Path) -> None:
    asked = experiment("http://127.0.0.1:1/v1")
    made = ArtifactReference(id="adapter", path=tmp_path)
    inputs = MemorisedInputs.of(asked, made, {"fine_tuned": made}, ())
    assert inputs is not None and [*inputs.records] == ["before_fine_tuned", "fine_tuned"]
    estimate = MemorisedStage().estimate(inputs, SimpleNamespace())  # type: ignore[arg-type]
    assert [name for name, *_ in estimate.tokens] == ["small", "small"]
    assert estimate.seconds is None and estimate.input_tokens > 8 * 32
    assert inputs.records["fine_tuned"].model == ModelInput.of(asked.model.reference(), 16384)
