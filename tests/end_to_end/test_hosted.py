"""A run whose tuning a provider does: estimated, killed while it waits, gone on with, shown."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.servers.tuning import TuningServer
from tests.support.small_run import command, environment, workbench
from tests.support.tale import section_text
from tests.support.waiting import until
from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.records.run import Run
from workbench.serve.served_run import ServedRun

PRICES = {
    "dated": "2026-01-01",
    "machine": {"kind": "rented", "per_hour": 1.0},
    "endpoints": {
        "gpt-small": {
            "input_per_million": 1.0, "output_per_million": 2.0, "training_per_million": 1000.0,
            "tuned_input_per_million": 100.0, "tuned_output_per_million": 200.0,
        }
    },
}  # fmt: skip


def write(folder: Path, url: str, **hosted: Any) -> str:
    parts = [f"# Part {n + 1}\n\n{section_text(n)}" for n in range(12)]
    (folder / "tale.md").write_text("\n\n".join(parts) + "\n", "utf-8")
    (folder / "prices.yaml").write_text(yaml.safe_dump(PRICES), "utf-8")
    values = {
        "purpose": "Answer questions about the tale, briefly.",
        "name": "hosted",
        "corpus": "tale.md",
        "model": {"name": "gpt-small", "endpoint": url},
        "questions": {"writer": "reader", "train_facts": 12, "test": 18, "dev": 6},
        "variants": ["prompt_only", "fine_tuned"],
        "memorised_stretches": 4,
        "tuning": {
            "epochs": 2,
            "canaries": 2,
            "hosted": {"provider": "openai", "max_money_spent": 50, "poll_s": 0.1, **hosted},
        },
        "latency": {"sample": 1, "warmup": 0},
        "price_book": "prices.yaml",
    }
    path = folder / "hosted.yaml"
    path.write_text(yaml.safe_dump(values), "utf-8")
    return str(path)


@pytest.mark.slow
def test_a_provider_tunes_for_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with TuningServer() as server:
        small = write(tmp_path, server.url, max_money_spent=0.5)
        refused = subprocess.run(
            command(tmp_path, "run", small), cwd=tmp_path, env=environment(tmp_path),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert refused.returncode == 2 and not server.files
        assert "Tuning gpt-small at OpenAI may take" in refused.stderr

        experiment = write(tmp_path, server.url)
        told = json.loads(workbench(tmp_path, "estimate", experiment, "--json"))
        stage = next(part for part in told["stages"] if part["stage"] == "adapter")
        assert "tokens trained by OpenAI, at most 50 USD" in stage["note"]
        assert 0.5 < stage["money"] < 50 and not server.files
        # Both read alike, and what was tuned reads and writes at a hundred times the price.
        answers = next(part for part in told["stages"] if part["stage"] == "answers")
        read, wrote = answers["input_tokens"] / 2e6, answers["output_tokens"] / 2e6
        assert answers["money"] == pytest.approx(101 * (read + 2 * wrote), rel=0.01)

        server.states = ["running"]
        process = subprocess.Popen(
            command(tmp_path, "run", experiment), cwd=tmp_path, env=environment(tmp_path),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until(lambda: server.looks > 2, "the job that is waited for", process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        server.states = ["succeeded"]
        said = workbench(tmp_path, "run", experiment)
        assert len(server.jobs) == 1 and len(server.files) == 2
        assert {body["model"] for body in server.asked} == {"gpt-small", "ft:gpt-small:org::1"}
        assert json.loads(workbench(tmp_path, "cancel", "latest", "--json")) == {
            "ftjob-1": "succeeded"
        }

    run = next(path for path in (tmp_path / "runs").iterdir() if (path / "report.html").exists())
    trained = [question["text"] for question in jsonl.stream(run / "questions" / "train.jsonl")]
    sent = server.files["file-1"]["content"].decode()
    assert sum(text in sent for text in trained) == len(trained) >= 10
    exam = [question["text"] for question in jsonl.stream(run / "questions" / "test.jsonl")]
    assert not any(f"{json.dumps(text)[1:-1]}" in sent for text in exam)
    results = json.loads((run / "results.json").read_text("utf-8"))
    (recited,) = results["memorised"]
    assert (recited["model"], recited["form"], recited["stretches"]) == ("gpt-small", "chat", 4)
    assert recited["canaries"] == {"n": 2, "given_away": 0, "given_before": 0}
    assert sent.count("entry code") == 2
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    # 4 stretches and 2 codes of each model, at 71 and 3 tokens; what was tuned costs a hundredfold.
    assert manifest["stages"]["memorised"]["summary"]["spent"] == {
        "input_tokens": 852, "output_tokens": 36, "money": pytest.approx(101 * (426 + 36) / 1e6)
    }  # fmt: skip
    (made,) = results["tuning"]
    assert (made["model"], made["provider"]) == ("ft:gpt-small:org::1", "OpenAI")
    assert (made["trained_tokens"], made["money"]) == (4321, pytest.approx(4.321))
    rows = {row["name"]: row for row in results["variants"]}
    causes = {name: row["cost"]["causes"] for name, row in rows.items()}
    assert causes["fine_tuned"]["training"]["fixed"] == pytest.approx(4.321)
    asked = [causes[name]["answering"]["per_question"] for name in ("prompt_only", "fine_tuned")]
    assert asked[1] == pytest.approx(100 * asked[0])
    sentence = "answers by ft:gpt-small:org::1, which OpenAI made of gpt-small (job ftjob-1)"
    assert sentence in " ".join(said.split())
    assert sentence in " ".join(workbench(tmp_path, "show", run.name).split())
    page = (run / "report.html").read_text("utf-8")
    assert "What a provider tuned" in page and "ft:gpt-small:org::1" in page
    _on_the_page(tmp_path, run, monkeypatch)
    _without_the_cache(tmp_path, run)


def _on_the_page(folder: Path, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Training page says the same."""
    from streamlit.testing.v1 import AppTest

    from tests.support.pages import words
    from tests.support.small_run import ROOT

    monkeypatch.setenv("WORKBENCH_RUNS", str(folder / "runs"))
    monkeypatch.setenv("WORKBENCH_CACHE", str(folder / "cache"))
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300)
    for name, value in {"page": "training", "run": run.name}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    text = words(app)
    assert "ft:gpt-small:org::1" in text and "4,321 training tokens" in text
    assert "train loss 2.50 to 1.00" in text


def _without_the_cache(folder: Path, run: Path) -> None:
    """Asking a run whose cache is gone must pay for nothing."""
    for path in (folder / "cache").glob("hosted-*"):
        shutil.rmtree(path)
    with pytest.raises(WorkbenchError, match="nothing but a run pays a provider"):
        _ = ServedRun(Run(run)).inputs
