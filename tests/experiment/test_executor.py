"""Where the work is done, and at which addresses a model answers, is no part of what a run is."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from workbench.engine.executors import Local, executor_of
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.executor import ExecutorSpec
from workbench.experiment.identity import resolve
from workbench.experiment.overrides import overriding, parsed
from workbench.stages.elsewhere import check_place
from workbench.stages.inputs import ModelInput
from workbench.stages.plan import RunPlan
from workbench.stages.refusals import check_policy

CLUSTER = {"ray": "ray://head:10001", "workers": 4, "gpus": 0.5}
URLS = ["http://127.0.0.1:8001/v1", "http://127.0.0.1:8002/v1"]


def made(**changes: Any) -> Experiment:
    values = {"purpose": "Answer questions.", "name": "x", "corpus": __file__, **changes}
    return Experiment(**values)


def test_the_executor_changes_neither_the_run_nor_what_it_keeps() -> None:
    plain, far = made(), made(executor=CLUSTER)
    assert far.executor.ray == "ray://head:10001" and far.executor.workers == 4
    assert resolve(plain).run_id == resolve(far).run_id
    assert plain.to_yaml() == far.to_yaml()
    assert resolve(far).experiment.executor == far.executor


@pytest.mark.parametrize("given", ["local", None, {}])
def test_this_machine_is_the_default(given: Any) -> None:
    assert made(executor=given).executor == ExecutorSpec() == made().executor
    assert isinstance(executor_of(made(executor=given).executor), Local)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("ray", "write local"),
        ({"ray": "http://head"}, "no cluster"),
        ({"workers": 2}, "say which in ray"),
        ({"ray": "auto", "cpus": 0}, "greater than 0"),
        ({"ray": "auto", "nodes": 3}, "nodes"),
    ],
)
def test_what_names_no_cluster_is_refused(given: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        made(executor=given)


@pytest.mark.parametrize("before", [{}, {"executor": "local"}])
def test_a_cluster_can_be_named_for_one_run(before: dict[str, Any]) -> None:
    with overriding(parsed(["executor.ray=auto", "executor.workers=2"])):
        assert made(**before).executor == ExecutorSpec(ray="auto", workers=2)


def test_without_the_extra_the_way_to_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(WorkbenchError, match=r"pip install 'rag-finetune-workbench\[ray\]'"):
        executor_of(ExecutorSpec(ray="auto"))


def test_the_first_address_names_the_model_and_the_others_are_no_part_of_it() -> None:
    one = made(model={"name": "m", "endpoint": URLS[0]})
    two = made(model={"name": "m", "endpoint": URLS})
    assert two.model.endpoint == URLS[0] and two.model.replicas == (URLS[1],)
    assert resolve(one).run_id == resolve(two).run_id
    given = [ModelInput.of(item.model.reference(), 16) for item in (one, two)]
    assert given[0].record() == given[1].record()
    assert given[1].reference.replicas == (URLS[1],)


def test_addresses_are_kept_where_an_experiment_is_made_anew() -> None:
    judge = {"model": "j", "endpoint": URLS}
    variants = ["prompt_only", {"name": "rag", "model": {"name": "n", "endpoint": URLS}}]
    whole = made(
        model={"name": "m", "endpoint": URLS}, judge=judge, variants=variants, executor=CLUSTER
    )
    again = whole.retrieved_as({"retrieval.top_k": 3})
    assert again.model.replicas == again.judge.replicas == (URLS[1],)
    assert again.variants[1].model.replicas == (URLS[1],)
    assert again.executor == whole.executor


def test_servers_that_hold_a_local_model_may_be_several() -> None:
    spec = made(model={"name": "some/model", "served_by": URLS}).model
    assert spec.reference().replicas == ()
    assert spec.answering().served_by == URLS[0] and spec.answering().replicas == (URLS[1],)


@pytest.mark.parametrize("model", [{"name": "m", "endpoint": []}, {"name": "m", "replicas": URLS}])
def test_addresses_without_a_first_one_are_refused(model: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="name"):
        made(model=model)


def test_text_goes_to_other_machines_only_where_it_may() -> None:
    class Far(Local):
        leaves_machine = True

    kept, free = made(executor=CLUSTER), made(executor=CLUSTER, text_may_leave_this_machine=True)
    with pytest.raises(WorkbenchError, match="would leave this one"):
        check_place(Far(), kept)
    check_place(Far(), free)
    check_place(Local(), kept)


def test_text_goes_into_a_store_elsewhere_only_where_it_may(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORKBENCH_SHARED_CACHE", "s3://key:secret@bucket/shared")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with pytest.raises(WorkbenchError, match="would leave this machine") as raised:
        check_policy(RunPlan(resolve(made())))
    assert "s3://bucket/shared" in raised.value.message
    check_policy(RunPlan(resolve(made(text_may_leave_this_machine=True))))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9000")
    check_policy(RunPlan(resolve(made())))
