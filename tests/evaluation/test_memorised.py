"""What is given back verbatim, and the exposure of canaries, against counts made here."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.support.memorised import told
from workbench.evaluation import memorised


def test_stretches_lie_whole_in_their_sections_and_do_not_overlap() -> None:
    width = memorised.PREFIX + memorised.CONTINUED
    sizes = {"a": 5 * width + 3, "b": width, "c": width - 1}
    chosen = memorised.stretches(sizes, 100, 1)
    assert len(chosen) == 6 and {item.section for item in chosen} == {"a", "b"}
    assert all(item.start + width <= sizes[item.section] for item in chosen)
    assert len({item.id for item in chosen}) == 6
    assert {item.section for item in memorised.stretches(sizes, 2, 1)} == {"a", "b"}
    assert memorised.stretches(sizes, 4, 1) == chosen[:4] == memorised.stretches(sizes, 4, 1)


def test_shares_and_runs_before_and_after() -> None:
    reciting, silent = told()
    assert reciting["stretches"] == 24
    assert reciting["at_20"]["before"]["value"] == 0 and reciting["at_20"]["after"]["value"] == 0.5
    assert reciting["at_50"]["after"]["value"] == 0.25
    assert reciting["at_20"]["change"]["low"] > 0
    assert (reciting["longest_before"], reciting["longest_after"]) == (4, 50)
    assert reciting["mean_before"] == 4
    assert silent["at_20"]["after"]["value"] == 0 < silent["at_20"]["after"]["high"]
    assert silent["canaries"] is None


def test_exposure_is_in_bits_above_chance() -> None:
    listed = [float(n) for n in range(255)]
    assert memorised.exposure(300.0, listed) == 8
    assert memorised.exposure(-1.0, listed) == 0
    assert memorised.exposure(127.5, listed) == pytest.approx(1)
    assert memorised.exposure(254.0, listed) == 7, "a tie is no advantage"
    # Of what was not memorised the rank is by lot: 1/ln 2 bits, which the words of the note say.
    ranks = np.log2(256) - np.log2(np.arange(1, 257))
    assert ranks.mean() == pytest.approx(1 / math.log(2), abs=0.03)
    found = told()[0]["canaries"]
    assert (found["n"], found["given_away"], found["highest"]) == (4, 3, 8.0)
    assert (found["before"], found["after"]) == (1.0, 6.5)


def test_canaries_are_the_same_for_a_seed_and_stand_among_others() -> None:
    first = memorised.canaries(32, 5)
    assert first == memorised.canaries(32, 5) != memorised.canaries(32, 6)
    assert first[:3] == memorised.canaries(3, 5)
    assert len({item.question for item in first}) == 32
    for item in first[:2]:
        codes = memorised.others(item, 5)
        assert len(set(codes)) == memorised.OTHERS and item.code not in codes


def test_first_choices_are_what_a_model_writes_of_itself() -> None:
    """Watched on its own greedy text, every token is its choice; a changed one is not."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from workbench.models.likelihood import first_choices

    torch.manual_seed(3)
    network = LlamaForCausalLM(LlamaConfig(
        vocab_size=60, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2, eos_token_id=None, pad_token_id=0,
    )).eval()  # fmt: skip
    rows, replies = [[5, 6, 7, 8], [9, 10]], []
    for row, size in zip(rows, (7, 5), strict=True):
        ids = torch.tensor([row])
        written = network.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False,
                                   max_new_tokens=size)  # fmt: skip
        replies.append(written[0, len(row) :].tolist())
    assert first_choices(network, rows, replies, 0) == [[True] * 7, [True] * 5]
    changed = [[*replies[0][:3], (replies[0][3] + 1) % 60, *replies[0][4:]], replies[1]]
    hits = first_choices(network, rows, changed, 0)
    assert hits[0][:4] == [True, True, True, False] and hits[1] == [True] * 5
