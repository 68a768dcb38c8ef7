"""A SPLADE model that nobody trained: a text is about its own words, and a little about others."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support.facts import FACTS

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
#: How much the others weigh beside a word itself.
NOISE = 0.05


def write_splade(folder: Path) -> str:
    """Write the model, whose vocabulary is that of the facts, and give its folder."""
    import torch
    from sentence_transformers import SparseEncoder
    from sentence_transformers.sparse_encoder.models import MLMTransformer, SpladePooling
    from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast

    words = [*SPECIAL, *sorted(set(re.findall(r"\w+|[^\w\s]", " ".join(FACTS).lower())))]
    (folder / "vocab.txt").write_text("\n".join(words), "utf-8")
    size = len(words) + len(words) % 2
    config = BertConfig(
        vocab_size=len(words), hidden_size=size, num_hidden_layers=0, num_attention_heads=2,
        intermediate_size=4,
    )  # fmt: skip
    torch.manual_seed(3)
    model = BertForMaskedLM(config).eval()
    with torch.no_grad():
        # Each word its own direction, out of which the head (tied to it) reads the word again.
        own = torch.eye(len(words), size)
        model.bert.embeddings.word_embeddings.weight.copy_(own + NOISE * torch.randn(own.shape))
        model.bert.embeddings.position_embeddings.weight.zero_()
        model.bert.embeddings.token_type_embeddings.weight.zero_()
        model.cls.predictions.transform.dense.weight.copy_(torch.eye(size))
    model.save_pretrained(folder / "bert")
    BertTokenizerFast(str(folder / "vocab.txt")).save_pretrained(folder / "bert")
    parts = [MLMTransformer(str(folder / "bert")), SpladePooling()]
    SparseEncoder(modules=parts).save_pretrained(str(folder / "model"))
    return str(folder / "model")
