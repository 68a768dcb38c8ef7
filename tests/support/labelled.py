"""Labelled messages for tests: of a mould, so that a small encoder learns them in seconds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

#: Messages by label, each of a stem and an end that makes it its own.
STEMS = {
    "tents": ("The pole of my tent is bent", "Our tent lets the rain in", "A zip of the tent tore"),
    "boats": ("My canoe took in water", "The paddle broke on the lake", "Our boat will not float"),
    "refund": ("Give me my money back", "You charged my card twice", "I want a refund of the fee"),
}
ENDS = (
    "on the first night", "near the old mill", "before breakfast", "while we were away",
    "after the storm", "with nobody to ask", "for the second time", "at the northern camp",
)  # fmt: skip


def messages(each: int = 24) -> list[dict[str, Any]]:
    """``each`` messages of every label, no two of them alike."""
    return [
        {"text": f"{stem}, {ends}.", "label": label, "sender": f"s{label}{at // 2}"}
        for label, stems in STEMS.items()
        for at, (stem, ends) in enumerate(
            [(stem, ends) for ends in ENDS for stem in stems][:each]
        )
    ]  # fmt: skip


def write_messages(path: Path, rows: list[dict[str, Any]] | None = None) -> Path:
    """The messages as a JSONL file."""
    lines = (json.dumps(row) for row in (messages() if rows is None else rows))
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def build_encoder(folder: Path) -> Path:
    """A BERT of two narrow layers with the packaged embedding's words, untrained."""
    import torch
    from transformers import AutoTokenizer, BertConfig, BertModel

    from workbench.experiment.weights import packaged_embedding

    packaged = packaged_embedding()
    assert packaged is not None, "the embedding model is installed with the workbench"
    config = BertConfig(
        vocab_size=30522, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=64, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, initializer_range=0.2,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(3)
        BertModel(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(packaged).save_pretrained(folder)
    return folder
