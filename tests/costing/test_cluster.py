"""A dry plan for a cluster: what it says follows from the rates that it names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.cli.cluster import to_record, workload
from workbench.costing.cluster import GPUS, ONE, Asked, Workload, parsed, plan
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment

WORK = Workload(
    passages=1e7, passage_tokens=110, questions=1e5, train_questions=800,
    variants=(Asked(120, False), Asked(450, True)) * 4, wrote=32, trainings=2,
    train_tokens=1e6, parameters=8e9, embedding_parameters=22.7e6, batch_tokens=16_384, latency=20,
)  # fmt: skip


def seconds(work: Workload, cluster: str) -> dict[str, float]:
    return {part.stage: part.seconds for part in plan(work, cluster).parts}


@pytest.mark.parametrize("written", ["16xA100", "16 x a100", "16×A100", "16*A100"])
def test_a_cluster_is_written_as_a_number_and_a_kind(written: str) -> None:
    assert parsed(written) == (16, "A100")


@pytest.mark.parametrize("written", ["A100", "0xA100", "16xB17", "-3xA100", ""])
def test_what_is_no_cluster_is_refused_with_those_that_are_known(written: str) -> None:
    with pytest.raises(WorkbenchError) as raised:
        parsed(written)
    assert all(name in raised.value.hint for name in GPUS)


def test_twice_the_gpus_halve_what_they_share_and_nothing_else() -> None:
    eight, sixteen = seconds(WORK, "8xA100"), seconds(WORK, "16xA100")
    for stage in ("vectors", "answers", "questions"):
        assert sixteen[stage] == pytest.approx(eight[stage] / 2, rel=0.01)
    for stage in ("corpus", "index", "adapters", "latency", "scores"):
        assert sixteen[stage] == eight[stage]


def test_more_trainings_than_gpus_take_turns() -> None:
    many = replace(WORK, trainings=9)
    assert seconds(many, "4xA100")["adapters"] == pytest.approx(
        3 * seconds(WORK, "4xA100")["adapters"]
    )


def test_the_bottleneck_and_the_share_of_one_machine_are_told() -> None:
    told = plan(WORK, "16xA100")
    assert told.bottleneck.seconds == max(part.seconds for part in told.parts)
    alone = sum(part.seconds for part in told.parts if part.where == ONE)
    assert told.alone == pytest.approx(alone / told.seconds)


def test_money_is_all_gpus_for_all_of_the_time() -> None:
    told = plan(WORK, "16xA100", per_hour=2.0)
    assert told.money(told.seconds) == pytest.approx(told.seconds / 3600 * 16 * 2)
    assert plan(WORK, "16xL4", None).money(1.0) is None


def test_a_model_that_one_gpu_cannot_hold_is_refused() -> None:
    with pytest.raises(WorkbenchError, match="140 GB in 16 bits, and one A100 has 40"):
        plan(replace(WORK, parameters=70e9), "16xA100")


def test_a_plan_without_an_experiment_needs_the_size_of_the_text() -> None:
    with pytest.raises(WorkbenchError, match="how large the text is"):
        workload(None, None, 1000, 8, None)
    work = workload(None, 10_000_000, 100_000, 8, None)
    assert (work.passages, work.questions, len(work.variants)) == (1e7, 1e5, 8)
    record = to_record(work, plan(work, "16xA100"))
    assert {"stage", "seconds", "where", "rests_on", "money"} == set(record["stages"][0])
    assert record["seconds"] == pytest.approx(sum(one["seconds"] for one in record["stages"]))


def test_an_experiment_says_its_own_sizes() -> None:
    experiment = Experiment(
        purpose="Answer questions.", name="x", corpus=__file__,
        variants=["prompt_only", "rag", "fine_tuned"],
    )  # fmt: skip
    work = workload(experiment, None, None, None, None)
    assert [item.searches for item in work.variants] == [False, True, False]
    assert work.trainings == 1 and work.questions == experiment.questions.test
    assert 1e6 < work.parameters < 1e9
    assert work.variants[1].tokens > work.variants[0].tokens


def test_a_model_behind_an_endpoint_takes_no_gpu() -> None:
    model = {"name": "m", "endpoint": "http://127.0.0.1:1/v1"}
    experiment = Experiment(purpose="Answer questions.", name="x", corpus=__file__, model=model)
    with pytest.raises(WorkbenchError, match="behind an endpoint"):
        workload(experiment, 100, None, None, None)
    assert workload(experiment, 100, None, None, 8.0).parameters == 8e9
