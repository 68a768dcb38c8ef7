"""The network: cache, padding, prefix mask, copying, and what the loss is."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from workbench.models.reader import register
from workbench.models.reader.copying import RepeatLimit, follow_features, pack_ids, unpack_ids
from workbench.models.reader.modeling import ReaderForCausalLM

CLOSE = {"atol": 2e-5, "rtol": 1e-4}


def tokens(rows: int, length: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(3, 60, (rows, length), generator=torch.Generator().manual_seed(seed))


def left_padded(rows: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    width = max(len(row) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for i, row in enumerate(rows):
        ids[i, width - len(row) :] = row
        mask[i, width - len(row) :] = 1
    return ids, mask


@torch.no_grad()
def test_cached_steps_give_the_uncached_scores(tiny: ReaderForCausalLM) -> None:
    ids = tokens(2, 20)
    whole = tiny(ids, prompt_length=12, use_cache=False).logits[:, 11:]
    output = tiny(ids[:, :12], logits_to_keep=1)
    steps = [output.logits]
    for i in range(12, 20):
        output = tiny(ids[:, i : i + 1], past_key_values=output.past_key_values)
        steps.append(output.logits)
    torch.testing.assert_close(torch.cat(steps, 1), whole, **CLOSE)


@torch.no_grad()
def test_several_tokens_over_the_cache_are_read_causally(tiny: ReaderForCausalLM) -> None:
    ids = tokens(2, 20)
    whole = tiny(ids, prompt_length=12, use_cache=False).logits[:, 12:]
    cache = tiny(ids[:, :12], logits_to_keep=1).past_key_values
    torch.testing.assert_close(tiny(ids[:, 12:], past_key_values=cache).logits, whole, **CLOSE)


@torch.no_grad()
def test_scores_are_log_probabilities(tiny: ReaderForCausalLM) -> None:
    total = tiny(tokens(2, 9)).logits.exp().sum(-1)
    torch.testing.assert_close(total, torch.ones_like(total), atol=1e-4, rtol=0)


@torch.no_grad()
def test_a_row_does_not_depend_on_its_batch(tiny: ReaderForCausalLM) -> None:
    rows = [tokens(1, n, seed=n)[0] for n in (5, 17, 11)]
    ids, mask = left_padded(rows)
    together = tiny.generate(input_ids=ids, attention_mask=mask, max_new_tokens=9, do_sample=False)
    for row, sentences in zip(rows, together[:, ids.shape[1] :].tolist(), strict=True):
        alone = tiny.generate(input_ids=row[None], max_new_tokens=9, do_sample=False)
        said_alone = alone[0, len(row) :].tolist()
        assert sentences[: len(said_alone)] == said_alone
        assert set(sentences[len(said_alone) :]) <= {0}


@torch.no_grad()
@pytest.mark.parametrize("options", [{}, {"num_beams": 3}])
def test_generation_with_and_without_cache_agrees(
    tiny: ReaderForCausalLM, options: dict[str, int]
) -> None:
    ids, mask = left_padded([tokens(1, 7)[0], tokens(1, 12, 5)[0]])
    common = {"attention_mask": mask, "max_new_tokens": 8, "do_sample": False, **options}
    cached = tiny.generate(input_ids=ids, **common)
    assert torch.equal(cached, tiny.generate(input_ids=ids, use_cache=False, **common))


@torch.no_grad()
def test_sampling_repeats_with_its_seed(tiny: ReaderForCausalLM) -> None:
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(tiny.generate(input_ids=tokens(1, 8), max_new_tokens=12, do_sample=True))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


def test_generation_without_a_prompt_is_refused(tiny: ReaderForCausalLM) -> None:
    with pytest.raises(ValueError, match="prompt"):
        tiny.generate(max_new_tokens=2)


@torch.no_grad()
def test_the_loss_is_of_the_completion_after_a_prompt_seen_both_ways(
    tiny: ReaderForCausalLM,
) -> None:
    rows, sizes = tokens(2, 16), (9, 4)
    labels = rows.clone()
    for i, size in enumerate(sizes):
        labels[i, :size] = -100
    output = tiny(rows, labels=labels)
    wanted = 0.0
    for i, size in enumerate(sizes):
        scores = tiny(rows[i : i + 1], prompt_length=size, use_cache=False).logits[0, size - 1 : -1]
        item = scores.gather(1, rows[i, size:, None])[:, 0]
        torch.testing.assert_close(output.target_logp[i, : len(item)], item, **CLOSE)
        wanted -= float(item.sum())
    assert float(output.loss) == pytest.approx(wanted / (7 + 12), rel=1e-4)


@torch.no_grad()
def test_padding_on_either_side_leaves_the_loss_alone(tiny: ReaderForCausalLM) -> None:
    row = tokens(1, 12)
    labels = row.clone()
    labels[:, :7] = -100
    plain = tiny(row, labels=labels).loss
    blank = torch.zeros(1, 4, dtype=torch.long)
    for parts in ((blank, row), (row, blank)):
        left = parts[0] is blank
        mask = torch.cat(
            [torch.zeros_like(p) if p is blank else torch.ones_like(p) for p in parts], 1
        )
        none = torch.full_like(blank, -100)
        padded = torch.cat((none, labels) if left else (labels, none), 1)
        loss = tiny(torch.cat(parts, 1), attention_mask=mask, labels=padded).loss
        torch.testing.assert_close(loss, plain, **CLOSE)


@torch.no_grad()
def test_text_that_is_all_labels_is_read_causally(tiny: ReaderForCausalLM) -> None:
    ids = tokens(1, 14)
    whole = tiny(ids, labels=ids).target_logp[0]
    shorter = tiny(ids[:, :9], labels=ids[:, :9]).target_logp[0]
    torch.testing.assert_close(whole[:8], shorter[:8], **CLOSE)


@torch.no_grad()
def test_the_loss_can_be_counted_by_the_trainer(tiny: ReaderForCausalLM) -> None:
    ids = tokens(1, 11)
    mean = tiny(ids, labels=ids).loss
    torch.testing.assert_close(tiny(ids, labels=ids, num_items_in_batch=20).loss, mean * 10 / 20)


def test_every_weight_learns(tiny: ReaderForCausalLM) -> None:
    ids = tokens(3, 18)
    labels = ids.clone()
    labels[:, :9] = -100
    tiny(ids, labels=labels).loss.backward()
    for name, parameter in tiny.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


@torch.no_grad()
def test_saved_and_loaded_it_says_the_same(tiny: ReaderForCausalLM, tmp_path: Path) -> None:
    register()
    tiny.save_pretrained(tmp_path)
    again = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    assert type(again) is ReaderForCausalLM
    assert again.config.prompt_format == "reader"
    torch.testing.assert_close(again(tokens(1, 9)).logits, tiny(tokens(1, 9)).logits, **CLOSE)


@given(st.lists(st.integers(0, 6), min_size=2, max_size=24), st.data())
def test_the_copy_features_are_what_they_say(ids: list[int], data: st.DataObject) -> None:
    begin = data.draw(st.integers(1, len(ids)))
    at = data.draw(st.integers(0, len(ids) - 1))
    sentences = torch.arange(len(ids)) >= begin
    matches = follow_features(torch.tensor([ids]), sentences[None], torch.tensor([[at]]))[:, 0, 0]
    done = ids[begin : at + 1]
    for j in range(at + 1):
        for back in range(3):
            agree = all(
                j - k - 1 >= 0 and at - k >= 0 and ids[j - k - 1] == ids[at - k]
                for k in range(back + 1)
            )
            assert bool(matches[back, j]) == agree
        assert bool(matches[3, j]) == (ids[j] in done)
        pairs = list(itertools.pairwise(done))
        assert bool(matches[4, j]) == ((ids[at], ids[j]) in pairs)


@given(st.lists(st.integers(0, 30521), min_size=1, max_size=8), st.booleans())
def test_bfloat16_holds_the_cached_ids(ids: list[int], sentences: bool) -> None:
    rows = torch.tensor([ids])
    flags = torch.full_like(rows, int(sentences)).bool()
    back, again = unpack_ids(pack_ids(rows, flags, torch.bfloat16))
    assert torch.equal(back, rows)
    assert torch.equal(again, flags)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 2), max_size=30), st.integers(1, 3), st.integers(1, 4))
def test_the_repeat_limit_refuses_what_would_repeat_too_often(
    sentences: list[int], limit: int, span: int
) -> None:
    ids = torch.tensor([[9, 9, 9, *sentences]])
    scores = RepeatLimit(3, limit, span)(ids, torch.zeros(1, 10))
    for token in range(10):
        after = [*sentences, token]
        looping = any(
            len(after) >= size * (limit + 1)
            and after[-size * (limit + 1) :] == after[-size:] * (limit + 1)
            for size in range(1, span + 1)
        )
        assert (scores[0, token] == -torch.inf) == looping


@torch.no_grad()
def test_generation_never_loops(tiny: ReaderForCausalLM) -> None:
    tiny.follow.bias.copy_(torch.tensor([9.0, 0.0, 0.0, 9.0, 9.0]))
    tiny.gate.bias.fill_(-9.0)
    sentences = tiny.generate(
        input_ids=torch.tensor([[1, 5, 6, 5, 6, 5]]), max_new_tokens=40, do_sample=False
    )[0, 6:].tolist()
    assert len(sentences) > 5
    for size in range(1, 9):
        for i in range(len(sentences) - 3 * size + 1):
            group = sentences[i : i + size]
            assert sentences[i : i + 3 * size] != group * 3
