"""Adapters on a vLLM server: put there by their folders, answering under their names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.servers.chat import ChatServer
from tests.support.servers.vllm import VllmServer
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.identity import _identity, resolve
from workbench.experiment.variant import twins, variants_of
from workbench.models import leaves_machine, load, remote
from workbench.models.served import adapter_name
from workbench.stages.forgetting import probe_targets
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_policy
from workbench.types import Decoding, Message, ModelReference, Prompt

ASKED = Prompt((Message("user", "say salt"),))


@pytest.fixture
def server() -> Iterator[VllmServer]:
    with VllmServer("tiny", lambda body: f"by {body['model']}") as running:
        yield running


def reference(server: ChatServer, **changes: Any) -> ModelReference:
    return ModelReference("tiny", served_by=server.url, **changes)


def adapter(folder: Path, weights: bytes = b"one", r: int = 8) -> str:
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps({"r": r, "peft_type": "LORA"}))
    (folder / "adapter_model.safetensors").write_bytes(weights)
    return str(folder)


def test_the_model_and_its_adapters_answer_under_their_names(
    server: VllmServer, tmp_path: Path
) -> None:
    folder = adapter(tmp_path / "adapter")
    base = load(reference(server))
    tuned = base.with_adapter(folder)
    assert server.loads == [{"lora_name": adapter_name(folder), "lora_path": folder}]
    assert [model.complete([ASKED], Decoding())[0].text for model in (base, tuned)] == [
        "by tiny", f"by {adapter_name(folder)}",
    ]  # fmt: skip
    assert "".join(tuned.stream(ASKED, Decoding())) == f"by {adapter_name(folder)}"
    assert tuned.with_adapter(None).complete([ASKED], Decoding())[0].text == "by tiny"
    assert base.context_window == 256, "as the server says"


def test_an_adapter_that_lies_there_is_taken_as_it_is(server: VllmServer, tmp_path: Path) -> None:
    first, same = adapter(tmp_path / "a"), adapter(tmp_path / "b")
    other = adapter(tmp_path / "c", b"two")
    names = []
    for folder in (first, same, first, other):
        load(reference(server, adapter=folder)).complete([ASKED], Decoding())
        names.append(server.asked[-1]["model"])
    assert names[0] == names[1] == names[2] != names[3]
    assert len(server.adapters) == 2 and len(server.loads) == 4


def test_a_thinking_model_is_told_whether_to_think(server: VllmServer) -> None:
    loaded = load(reference(server))
    for tokens in (0, 100):
        loaded.complete([ASKED], Decoding(thinking_tokens=tokens))
    told = [body["chat_template_kwargs"] for body in server.asked]
    assert told == [{"enable_thinking": False}, {"enable_thinking": True}]
    words = '{"error": {"message": "Unknown parameter: chat_template_kwargs"}}'
    server.refuse = lambda body: (400, {}, words) if "chat_template_kwargs" in body else None
    assert loaded.complete([ASKED], Decoding())[0].error is None


def test_a_server_that_cannot_take_adapters_says_what_it_wants(
    server: VllmServer, tmp_path: Path
) -> None:
    base, folder = load(reference(server)), adapter(tmp_path / "adapter", r=128)
    with pytest.raises(WorkbenchError, match="greater than max_lora_rank 64") as caught:
        base.with_adapter(folder)
    assert "--max-lora-rank 128" in str(caught.value.hint)
    server.updating = False
    with pytest.raises(
        WorkbenchError, match=r"does not take the adapter .*404 Not Found"
    ) as caught:
        base.with_adapter(folder)
    assert "VLLM_ALLOW_RUNTIME_LORA_UPDATING=True" in str(caught.value.hint)
    with pytest.raises(WorkbenchError, match="There is no adapter in"):
        base.with_adapter(str(tmp_path))
    # Something that answers everything is no server of this protocol, and its word is not taken.
    server.updating, server.base = True, "another"
    with pytest.raises(WorkbenchError, match="holds no model 'tiny', but another"):
        load(reference(server))


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(WorkbenchError, match="cannot be reached"):
        load(ModelReference("tiny", served_by="http://127.0.0.1:9/v1"))


def test_nothing_is_put_on_a_server_that_is_not_to_be_asked(
    server: VllmServer, tmp_path: Path
) -> None:
    unmet = remote(reference(server)).with_adapter(adapter(tmp_path / "adapter"))
    assert unmet.count_tokens("salt") > 0 and not server.loads and not server.paths


@pytest.mark.parametrize(
    ("url", "leaves"), [("http://localhost:8000/v1", False), ("https://gpu.example/v1", True)]
)
def test_text_leaves_the_machine_where_its_server_is_elsewhere(url: str, leaves: bool) -> None:
    assert leaves_machine(ModelReference("tiny", served_by=url)) is leaves


# --- what an experiment says of it -------------------------------------------------------------


def experiment(folder: Path, **model: Any) -> Experiment:
    (folder / "text.md").write_text("# One\n\nThe miller kept the bridge.\n", "utf-8")
    return Experiment(
        purpose="Answer questions about the mill.", name="mill",
        corpus={"path": str(folder / "text.md")},
        model={"name": "owner/tiny", **model}, variants=["prompt_only", "rag", "fine_tuned"],
    )  # fmt: skip


def test_the_server_answers_and_the_machine_does_the_rest(tmp_path: Path) -> None:
    served = experiment(tmp_path, served_by="http://localhost:8000/v1")
    plan = RunPlan(resolve(served))
    assert {reference.served_by for reference in plan.references} == {"http://localhost:8000/v1"}
    here = ModelReference("owner/tiny", precision="auto")
    assert plan.writer == here and plan.adapters["fine_tuned"].model == here
    (target,) = probe_targets(served)
    assert (target.base, target.twins) == (here, (("fine_tuned", "prompt_only"),))
    variants = variants_of(served)
    assert twins(variants) == {"fine_tuned": "prompt_only"}
    assert all(variant.local and variant.hosted is None for variant in variants)


def test_a_server_elsewhere_keeps_no_text_here_and_is_paid_by_its_seconds(tmp_path: Path) -> None:
    served = experiment(tmp_path, served_by="https://gpu.example/v1")
    assert not any(variant.local or variant.hosted for variant in variants_of(served))
    with pytest.raises(WorkbenchError, match=r"answers at https://gpu\.example/v1"):
        check_policy(RunPlan(resolve(served)))


def test_answers_of_a_server_are_a_run_of_their_own(tmp_path: Path) -> None:
    plain = resolve(experiment(tmp_path)).run_id
    served = resolve(experiment(tmp_path, served_by="http://localhost:8000/v1")).run_id
    assert served != plain == resolve(experiment(tmp_path, served_by=None)).run_id
    values = json.dumps(_identity(resolve(experiment(tmp_path)).experiment, {}))
    assert "served_by" not in values, "runs from before keep their ids"


@pytest.mark.parametrize(
    "model", [{"name": "reader"}, {"name": "m", "endpoint": "http://localhost:1/v1"}]
)
def test_what_cannot_be_served_is_refused(tmp_path: Path, model: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"served_by|vLLM cannot serve"):
        experiment(tmp_path, served_by="http://localhost:8000/v1", **model)
