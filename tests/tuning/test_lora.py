import json
import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.support.killed import kill_at
from tests.tuning.facts import DEV, KILLED_AT, SPEC, TEXTS, TRAIN, asked
from workbench.errors import WorkbenchError
from workbench.models.likelihood import mean_log_likelihood
from workbench.tuning import Example, train
from workbench.types import Decoding, ModelReference


def right(model, examples) -> float:
    answers = model.complete([e.prompt for e in examples], Decoding(max_new_tokens=8))
    return sum(a.text == e.completion for a, e in zip(answers, examples, strict=True)) / len(
        examples
    )


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return load_file(folder / "adapter" / "adapter_model.safetensors")


@pytest.fixture(scope="module")
def trained(tiny_folder, tmp_path_factory):
    """A finished training: (folder, summary)."""
    from workbench.models import load

    out = tmp_path_factory.mktemp("trained")
    model = load(ModelReference(str(tiny_folder), precision="float32"))
    seen = []
    summary = train(
        SPEC, model, TRAIN, DEV, [], out, 5, lambda done, total, note="": seen.append(done)
    )
    assert seen[-1] == summary["steps"] and seen == sorted(seen)
    return out, summary


def test_facts_are_learned_and_the_base_model_stays(tiny, trained) -> None:
    out, summary = trained
    before = [c.text for c in tiny.complete([e.prompt for e in TRAIN], Decoding())]
    scores = tiny.log_likelihood([TRAIN[0].prompt], [TRAIN[0].completion])
    tuned = tiny.with_adapter(str(out / "adapter"))
    assert right(tuned, TRAIN) == 1.0
    assert right(tiny, TRAIN) == 0.0
    assert [c.text for c in tiny.complete([e.prompt for e in TRAIN], Decoding())] == before
    assert tiny.log_likelihood([TRAIN[0].prompt], [TRAIN[0].completion]) == scores
    assert tuned.model is tiny.model
    assert summary["loss_last"] < 0.2 < summary["loss_first"]


def test_what_is_recorded(trained) -> None:
    out, summary = trained
    lines = [json.loads(line) for line in (out / "losses.jsonl").read_text().splitlines()]
    assert {"step", "epoch", "loss", "train_loss", "dev_loss", "lr", "seconds"} <= set(lines[0])
    # One statistic from beginning to end: the curve ends where the summary says.
    sample = [line["train_loss"] for line in lines if line["train_loss"] is not None]
    assert sample[0] == summary["loss_first"] and min(sample) <= summary["loss_last"] + 0.05
    assert lines[0]["step"] == 0 and lines[0]["dev_loss"] > 0
    rates = [line["lr"] for line in lines if line["lr"] is not None]
    assert max(rates) == pytest.approx(SPEC.learning_rate, rel=0.05)
    assert rates[0] < max(rates) and rates[-1] < 0.1 * max(rates)
    assert [line["seconds"] for line in lines] == sorted(line["seconds"] for line in lines)
    assert summary == json.loads((out / "summary.json").read_text())
    assert sorted(p.name for p in (out / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    assert not (out / "checkpoints").exists()


@pytest.mark.slow
def test_the_whole_training_is_repeatable_and_seeded(tiny, trained, tmp_path) -> None:
    out, _ = trained
    train(SPEC, tiny, TRAIN, DEV, [], tmp_path / "again", 5)
    again = weights(tmp_path / "again")
    assert all(torch.equal(value, again[name]) for name, value in weights(out).items())
    short = SPEC.model_copy(update={"epochs": 1})
    train(short, tiny, TRAIN, [], [], tmp_path / "other", 6)
    train(short, tiny, TRAIN, [], [], tmp_path / "same", 6)
    train(short, tiny, TRAIN, [], [], tmp_path / "third", 7)
    other, same, third = (weights(tmp_path / n) for n in ("other", "same", "third"))
    assert all(torch.equal(value, same[name]) for name, value in other.items())
    assert any(not torch.equal(value, third[name]) for name, value in other.items())


@pytest.mark.slow
def test_a_killed_training_ends_with_the_same_adapter(tiny, tiny_folder, trained, tmp_path) -> None:
    out, summary = trained
    kill_at(KILLED_AT, "tests.tuning.facts", str(tiny_folder), str(tmp_path))
    assert not (tmp_path / "summary.json").exists()
    seen = []
    train(SPEC, tiny, TRAIN, DEV, [], tmp_path, 5, lambda done, *_: seen.append(done))
    assert seen[0] > 20, "it started anew instead of from its checkpoint"
    resumed = weights(tmp_path)
    for name, value in weights(out).items():
        torch.testing.assert_close(resumed[name], value, rtol=0, atol=1e-6)
    steps = [json.loads(x)["step"] for x in (tmp_path / "losses.jsonl").read_text().splitlines()]
    assert steps == sorted(steps)
    finished = json.loads((tmp_path / "summary.json").read_text())
    assert finished["steps"] == summary["steps"]
    assert finished["best_step"] == summary["best_step"]


def test_beginnings_that_were_broken_off_do_not_end_a_training_sooner(tiny, tmp_path) -> None:
    """Each scores the untrained model, which must not look like an epoch without a gain."""
    # So slow that no epoch gains, which three in a row may do.
    spec = SPEC.model_copy(update={"learning_rate": 1e-7, "epochs": 6, "patience": 3,
                                   "checkpoint_steps": 100})  # fmt: skip

    class BrokenOffError(Exception):
        pass

    def break_off(*_) -> None:
        raise BrokenOffError

    for _ in range(3):
        with pytest.raises(BrokenOffError):
            train(spec, tiny, TRAIN, DEV, [], tmp_path, 5, break_off)
    told: list[float] = []
    summary = train(spec, tiny, TRAIN, DEV, [], tmp_path, 5, watch=lambda at, _: told.append(at))
    assert told == [1, 2, 3] and summary["stopped_early"]


def test_a_torn_checkpoint_is_passed_over(tmp_path) -> None:
    from workbench.tuning.trainer import last_whole

    for step, whole in ((7, True), (14, True), (21, False)):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        if whole:
            (folder / "whole").touch()
    assert last_whole(tmp_path).name == "checkpoint-14"


def test_a_finished_training_is_not_repeated(tiny, trained) -> None:
    out, summary = trained
    stamp = (out / "adapter" / "adapter_model.safetensors").stat().st_mtime_ns
    assert train(SPEC, tiny, TRAIN, DEV, [], out, 5) == summary
    assert (out / "adapter" / "adapter_model.safetensors").stat().st_mtime_ns == stamp


@pytest.mark.slow
def test_several_adapters_in_one_process_do_not_leak(tiny, trained, tmp_path) -> None:
    out, _ = trained
    form = [Example(e.prompt, f"answer {e.completion}") for e in TRAIN]
    tuned = tiny.with_adapter(str(out / "adapter"))
    plain = [c.text for c in tiny.complete([e.prompt for e in TRAIN], Decoding())]
    train(SPEC, tuned, form, [], [], tmp_path, 5)
    formed = tiny.with_adapter(str(tmp_path / "adapter"))
    for _ in range(2):
        assert right(formed, form) == 1.0
        assert right(tuned, TRAIN) == 1.0
        assert [c.text for c in tiny.complete([e.prompt for e in TRAIN], Decoding())] == plain


def test_training_ends_when_dev_no_longer_gains(tiny, tmp_path) -> None:
    spec = SPEC.model_copy(update={"patience": 2, "epochs": 200})
    half = TRAIN[: len(TRAIN) // 2]
    summary = train(spec, tiny, half, TRAIN, [], tmp_path, 5)
    assert summary["stopped_early"] and summary["epochs"] < 100
    assert summary["best_step"] < summary["steps"]
    lines = [json.loads(line) for line in (tmp_path / "losses.jsonl").read_text().splitlines()]
    chances = {line["step"]: line["dev_chance"] for line in lines if line["dev_loss"]}
    kept = tiny.with_adapter(str(tmp_path / "adapter"))
    assert _chance(kept, TRAIN) == pytest.approx(chances[summary["best_step"]], abs=0.02)
    assert chances[summary["best_step"]] >= max(chances.values()) - 0.002


def _chance(model, examples) -> float:
    ids = [model.encoder.prompts([e.prompt])[0] for e in examples]
    replies = [model.encoder.completion(e.completion) for e in examples]
    with model.shared.using(model.reference.adapter) as network:
        values = mean_log_likelihood(network, ids, replies, model.pad_id)
    return sum(map(math.exp, values)) / len(values)


@pytest.mark.parametrize("train_on", ["text", "both"])
def test_text_can_be_trained_on(tiny, tmp_path, train_on) -> None:
    spec = SPEC.model_copy(update={"train_on": train_on, "epochs": 3, "learning_rate": 5e-3})
    summary = train(spec, tiny, TRAIN, [], TEXTS, tmp_path, 5)
    assert (
        summary["examples"] == (0 if train_on == "text" else len(TRAIN)) + 4 or train_on == "both"
    )
    tuned = tiny.with_adapter(str(tmp_path / "adapter"))
    words = TEXTS[0].split()
    prompt = asked(" ".join(words[:20]))
    reply = [" ".join(words[20:30])]
    assert tuned.log_likelihood([prompt], reply)[0] > tiny.log_likelihood([prompt], reply)[0]


def test_text_that_is_read_first_has_no_say_in_which_epoch_is_kept(tiny, tmp_path) -> None:
    spec = SPEC.model_copy(update={
        "train_on": "text_then_questions", "text_epochs": 3, "epochs": 6, "patience": 1,
        "learning_rate": 5e-3, "replay_share": 0.0,
    })  # fmt: skip
    summary = train(spec, tiny, TRAIN, DEV, TEXTS, tmp_path, 5)
    lines = [json.loads(line) for line in (tmp_path / "losses.jsonl").read_text().splitlines()]
    epochs = {line["epoch"]: line["step"] for line in lines if line["dev_chance"] is not None}
    assert summary["planned_epochs"] == 9 and summary["best_step"] > epochs[3.0]
    # Three epochs of text alone would have used up the patience.
    assert summary["epochs"] > 4 and summary["examples"] == len(TRAIN)
    tuned = tiny.with_adapter(str(tmp_path / "adapter"))
    chance = {name: _chance(model, TRAIN) for name, model in (("tuned", tuned), ("bare", tiny))}
    assert chance["tuned"] > 2 * chance["bare"]


def test_without_a_text_none_is_read_first(tiny, tmp_path) -> None:
    spec = SPEC.model_copy(update={"train_on": "text_then_questions"})
    with pytest.raises(WorkbenchError, match="no text to read before the questions"):
        train(spec, tiny, TRAIN, [], [], tmp_path, 5)


@pytest.mark.slow
def test_bf16_where_it_is_asked_for(tiny, tmp_path) -> None:
    spec = SPEC.model_copy(update={"precision": "bfloat16"})
    train(spec, tiny, TRAIN, [], [], tmp_path, 5)
    adapter = weights(tmp_path)
    assert all(value.dtype == torch.float32 for value in adapter.values())
    assert right(tiny.with_adapter(str(tmp_path / "adapter")), TRAIN) > 0.9


def test_faults_are_named(tiny, tmp_path) -> None:
    with pytest.raises(WorkbenchError, match="nothing to train on"):
        train(SPEC, tiny, [], [], [], tmp_path, 5)
    with pytest.raises(WorkbenchError, match="no adapter in"):
        tiny.with_adapter(str(tmp_path / "missing"))

    class Elsewhere:
        reference = ModelReference("m", endpoint="http://localhost/v1")

    with pytest.raises(WorkbenchError, match="runs elsewhere"):
        train(SPEC, Elsewhere(), TRAIN, [], [], tmp_path, 5)
