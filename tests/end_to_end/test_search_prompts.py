"""``workbench search prompts`` and a run that searches: by dev questions alone, the exam shut."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.servers.chat import ChatServer
from tests.support.small_run import within, workbench, write_experiment
from workbench.cli.loading import load_experiment
from workbench.experiment.prompt_search import SHIPPED
from workbench.io import jsonl
from workbench.search_prompts import search_prompts, searching

QUOTING = "as they stand there"
PROMPTS = 1 + len(SHIPPED["chat"])


class Asked(ChatServer):
    """A model that is right where it is told to quote from passages, and else says one word."""

    def __init__(self, run: Path) -> None:
        super().__init__(self.reply)
        self.known = {
            q["text"]: q for role in ("dev", "test", "gold")
            for q in jsonl.read(run / "questions" / f"{role}.jsonl")
        }  # fmt: skip

    def reply(self, body: dict[str, Any]) -> str:
        text = json.dumps(body["messages"], ensure_ascii=False)
        right = next((q["answers"] for t, q in self.known.items() if f"Question: {t}" in
                      body["messages"][-1]["content"]), [])  # fmt: skip
        return right[0] if right and QUOTING in text and "Passages" in text else "nobody"

    def count(self, role: str) -> Counter[bool]:
        """How often a question of that role was asked, without (False) and with passages."""
        texts = [t for t, q in self.known.items() if q["role"] == role]
        asked = [body["messages"][-1]["content"] for body in self.asked]
        return Counter("Passages" in a for a in asked if any(f"Question: {t}\n" in a
                                                             for t in texts))  # fmt: skip


def written(folder: Path, url: str, **changes: Any) -> Path:
    return write_experiment(
        folder,
        name="asked",
        model={"name": "quoting", "endpoint": url},
        variants=["prompt_only", "rag"],
        questions={
            "train_facts": 12, "test": 18, "dev": 6, "wordings": 2, "gold": "gold.jsonl",
            "writer": "reader",
        },
        **changes,
    )  # fmt: skip


def test_each_variant_tries_the_same_on_dev_alone_and_a_killed_search_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(folder, monkeypatch)
    run = next((folder / "runs").glob("small-*"))
    with Asked(run) as server:
        own = searching(load_experiment(str(written(folder, server.url)), []), {})
        dev = sum(q["role"] == "dev" for q in server.known.values())

        def killing(done: int, total: int, note: str = "") -> None:
            if done == 2 * dev:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            search_prompts(own, killing)
        assert server.count("dev") == {False: 2 * dev}
        chosen, found = search_prompts(own)
        # Nothing is asked twice, and each variant is asked as often as the other.
        assert server.count("dev") == {False: PROMPTS * dev, True: PROMPTS * dev}
        assert not server.count("test") and not server.count("gold")
        plain, rag = found
        assert (plain.variants, rag.variants) == (("prompt_only",), ("rag",))
        assert plain.asked == rag.asked == PROMPTS and plain.questions == dev
        # All are equally wrong without passages: what stood there stays.
        assert plain.present == 0 and plain.tried[0].prompt is None
        # One question may miss its passage; no other prompt answers as many.
        assert rag.tried[0].prompt == "quote"
        assert all(other.value < rag.tried[0].value for other in rag.tried[1:])
        assert [v.prompt for v in chosen.variants] == [None, "quote"]
        assert chosen.prompts.search is None
        asked = len(server.asked)
        assert search_prompts(own)[1] == found and len(server.asked) == asked


@pytest.mark.slow
def test_a_run_asks_with_what_was_chosen_and_tells_what_became_of_the_winner(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(folder, monkeypatch)
    small = next((folder / "runs").glob("small-*"))
    with Asked(small) as server:
        path = written(folder, server.url, prompts={"search": {}}, latency={"sample": 0})
        workbench(folder, "run", str(path))
        run = next((folder / "runs").glob("asked-*"))
        results = json.loads((run / "results.json").read_text("utf-8"))
        plain, rag = results["prompt_search"]
        rows = {row["name"]: row["metrics"]["f1"]["value"] for row in results["variants"]}
        assert rag["exam"] == rows["rag"] and rag["chosen"]["prompt"] == "quote"
        assert plain["present"] == 0 and rag["asked"] == plain["asked"] == PROMPTS
        assert (run / "own_prompts" / "rag" / "chat" / "system.jinja").exists()
        assert QUOTING not in (run / "prompts" / "chat" / "system.jinja").read_text("utf-8")
        told = f"Prompt chosen on {rag['questions']} dev questions from {PROMPTS}: "
        report = (run / "report.md").read_text("utf-8")
        assert f"{told}quote" in report and f"{told}what stood there stays" in report
        assert "RAG: quote, from 5" in report, "beside the table of scores"
        assert "Which prompts were tried" in (run / "report.html").read_text("utf-8")
        assert "RAG: quote, from 5" in workbench(folder, "show", run.name)
        # The exam is asked with the chosen prompt alone, and so is who asks the run.
        asked = [json.dumps(body) for body in server.asked
                 if any(f"Question: {t}\\n" in json.dumps(body, ensure_ascii=False)
                        for t, q in server.known.items() if q["role"] == "test")]  # fmt: skip
        assert all((QUOTING in one) == ("Passages" in one) for one in asked) and asked
        out = folder / "best.yaml"
        printed = workbench(folder, "search", "prompts", str(path), "-o", str(out))
        assert f"{told}quote" in printed
        best = yaml.safe_load(out.read_text("utf-8"))
        assert "search" not in best["prompts"]
        assert [v.get("prompt") for v in best["variants"]] == [None, "quote"]


@pytest.mark.slow
def test_tuned_variants_are_searched_untuned_and_the_run_is_reopened_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(folder, monkeypatch)
    # What stands there shows the reader no passage, so with them the candidate is ahead.
    for name, text in (
        ("present", "question: {{ question }} answer:"),
        ("mine/whole", "context: {{ passages | join(' passage: ') }} "
                       "question: {{ question }} answer:"),
    ):  # fmt: skip
        path = folder / name / "reader" / "answer.jinja"
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
    search = {"folder": "mine", "shipped": False}
    variants = ["prompt_only", "rag", "fine_tuned", "fine_tuned_rag"]
    path = write_experiment(
        folder, name="tuned", variants=variants, tuning={"epochs": 1, "lora": {"r": 4, "alpha": 8}},
        prompts={"folder": "present", "search": search}, latency={"sample": 0},
    )  # fmt: skip
    assert "2 prompts" in workbench(folder, "estimate", str(path))
    workbench(folder, "run", str(path))
    run = next((folder / "runs").glob("tuned-*"))
    results = json.loads((run / "results.json").read_text("utf-8"))
    _, rag = results["prompt_search"]
    assert rag["variants"] == ["rag", "fine_tuned_rag"] and rag["trained"] == ["fine_tuned_rag"]
    assert rag["tried"][0]["name"] == "whole"
    steps = json.loads((run / "manifest.json").read_text("utf-8"))["stages"]
    assert [name for name in steps if name.startswith("prompts:")] == [
        "prompts:prompt_only", "prompts:rag",
    ]  # fmt: skip
    made = sorted(item.name for item in (folder / "cache").iterdir())
    replies = json.loads(
        workbench(folder, "ask", run.name, "Who was Jory Pell?",
                  "--json")
    )  # fmt: skip
    assert {reply["variant"] for reply in replies} == set(variants)
    assert sorted(item.name for item in (folder / "cache").iterdir()) == made


def test_what_cannot_be_tried_is_a_sentence(folder: Path) -> None:
    path = str(write_experiment(folder))
    for given, said in (
        (["--folder", "nowhere"], "does not exist"),
        (["--own-only"], "nothing to try"),
        (["--examples", "many"], "examples"),
    ):
        with pytest.raises(AssertionError, match=said):
            workbench(folder, "search", "prompts", path, *given)
