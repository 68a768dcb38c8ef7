import random

from workbench.experiment.tuning import TuningSpec
from workbench.tuning.batches import (
    Example,
    Item,
    course,
    encode_examples,
    encode_texts,
    schedule,
)
from workbench.types import Message, Prompt


class Letters:
    """One token per character; 0 opens a prompt, 1 ends a reply."""

    def prompts(self, prompts):
        return [[0, *map(ord, p.text)] for p in prompts]

    def completion(self, text, end=True):
        return [*map(ord, text), *([1] if end else [])]

    def text(self, text):
        return list(map(ord, text))


def example(prompt: str, reply: str) -> Example:
    return Example(Prompt((Message("user", prompt),)), reply)


def items(count: int) -> list[Item]:
    rng = random.Random(1)
    return [Item(tuple([i] * rng.randint(3, 40)), 1) for i in range(count)]


def test_the_loss_starts_after_the_prompt() -> None:
    (item,) = encode_examples([example("abc", "de")], Letters(), 100)
    assert item == Item((0, *map(ord, "abcde"), 1), 4)


def test_a_reply_is_cut_at_the_window_and_dropped_beyond_it() -> None:
    cut = encode_examples([example("abc", "defgh"), example("a" * 9, "b")], Letters(), 6)
    assert [len(item.ids) for item in cut] == [6]


def test_every_token_of_a_text_is_a_target_once() -> None:
    text = "".join(chr(200 + i) for i in range(250))
    for prompt_format, window in (("reader", 512), ("chat", 512), ("reader", 60)):
        matches = encode_texts([text], Letters(), prompt_format, window)
        targets = [t for item in matches for t in item.ids[item.start :]]
        lost = 0 if prompt_format == "reader" else 1
        assert targets == list(map(ord, text))[lost:]
        assert all(len(item.ids) <= window for item in matches)


def test_batches_hold_the_budget_and_everything_once_an_epoch() -> None:
    train = items(100)
    plan = schedule(train, [], 0.0, 3, 200, 4)
    assert len(plan) == 3
    for epoch in plan:
        assert all(max(len(i.ids) for i in b) * len(b) <= 200 for b in epoch)
        assert sorted(i.ids for b in epoch for i in b) == sorted(i.ids for i in train)
        padded = sum(max(len(i.ids) for i in b) * len(b) for b in epoch)
        assert sum(len(i.ids) for i in train) > 0.7 * padded
    assert plan[0] != plan[1]
    assert plan == schedule(train, [], 0.0, 3, 200, 4)
    assert plan != schedule(train, [], 0.0, 3, 200, 5)


def test_text_comes_before_the_questions_where_that_is_asked_for() -> None:
    asked, running = items(40), [Item((777,) * 30, 1) for _ in range(20)]
    spec = TuningSpec(
        train_on="text_then_questions", text_epochs=2, epochs=3, batch_tokens=200, replay_share=0.0
    )
    trained, plan = course(spec, asked, running, 4)
    assert trained == asked and len(plan) == 5
    held = [[item for batch in epoch for item in batch] for epoch in plan]
    assert all(sorted(i.ids for i in epoch) == [i.ids for i in running] for epoch in held[:2])
    assert all(sorted(i.ids for i in epoch) == sorted(i.ids for i in asked) for epoch in held[2:])
    # Then text is replayed between the questions, as ever.
    replayed = course(spec.model_copy(update={"replay_share": 0.2}), asked, running, 4)[1]
    assert replayed[:2] == plan[:2]
    assert any(item in running for batch in replayed[2] for item in batch)


def test_both_are_mixed_in_every_epoch() -> None:
    asked, running = items(40), [Item((777,) * 30, 1) for _ in range(20)]
    trained, plan = course(TuningSpec(train_on="both", epochs=2), asked, running, 4)
    assert trained == [*asked, *running] and len(plan) == 2
    for epoch in plan:
        assert sorted(i.ids for batch in epoch for i in batch) == sorted(i.ids for i in trained)


def test_replay_takes_its_share_of_the_tokens() -> None:
    train, replay = items(90), [Item((777,) * 50, 1) for _ in range(500)]
    epochs = schedule(train, replay, 0.2, 2, 200, 4)
    for epoch in epochs:
        matches = [item for batch in epoch for item in batch]
        tokens = sum(len(item.ids) for item in matches)
        replayed = sum(len(item.ids) for item in matches if item.ids[0] == 777)
        assert 0.18 < replayed / tokens < 0.23
    assert schedule(train, [], 0.2, 1, 200, 4)
