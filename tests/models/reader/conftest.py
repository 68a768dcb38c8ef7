"""A tiny random reader for what needs no knowledge, and the shipped one for what does."""

from __future__ import annotations

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from workbench.models.reader import WEIGHTS, register
from workbench.models.reader.configuration import ReaderConfig
from workbench.models.reader.modeling import ReaderForCausalLM
from workbench.models.reader.tokenization import ReaderTokenizer


@pytest.fixture
def tiny() -> ReaderForCausalLM:
    """Two layers, 60 words, weights large enough that answers differ; what was copied matters."""
    torch.manual_seed(3)
    config = ReaderConfig(
        vocab_size=60,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.2,
        bos_token_id=1,
        eos_token_id=2,
    )
    model = ReaderForCausalLM(config).eval()
    with torch.no_grad():
        model.follow.bias.copy_(torch.tensor([0.7, 0.4, 0.3, -0.5, -0.8]))
    return model


@pytest.fixture(scope="session")
def tokenizer() -> ReaderTokenizer:
    """The shipped tokenizer, through the Auto class."""
    register()
    return AutoTokenizer.from_pretrained(WEIGHTS)


@pytest.fixture(scope="session")
def shipped() -> ReaderForCausalLM:
    """The shipped reader, through the Auto class."""
    register()
    return AutoModelForCausalLM.from_pretrained(WEIGHTS).eval()
