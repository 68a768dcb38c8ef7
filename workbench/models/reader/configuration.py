"""Configuration of the reader, and nothing heavier than transformers' config class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from transformers import PretrainedConfig


class ReaderConfig(PretrainedConfig):  # type: ignore[misc]
    """Sizes of the reader and how its prompts are written.

    The sizes are those of all-MiniLM-L6-v2, whose weights it starts from. ``prompt_format`` names
    the template family for prompts; ``max_repeats`` is how often generation lets any group of up
    to ``repeat_span`` tokens follow itself (the third "do - " of a loop is refused at 2).
    ``follow_bonus`` is added to what the copy head has learned of its own past, one number per
    feature of :func:`workbench.models.reader.copying.follow_features`; it steers weights that
    were trained before the copy head could see that past. ``hidden_dropout_prob`` is what training
    drops of each block's additions; tuning a trained reader drops nothing.
    """

    model_type = "reader"
    keys_to_ignore_at_inference = ("past_key_values",)

    def __init__(
        self,
        vocab_size: int = 30522,
        hidden_size: int = 384,
        num_hidden_layers: int = 6,
        num_attention_heads: int = 12,
        intermediate_size: int = 1536,
        max_position_embeddings: int = 512,
        layer_norm_eps: float = 1e-12,
        hidden_dropout_prob: float = 0.0,
        initializer_range: float = 0.02,
        max_repeats: int = 2,
        repeat_span: int = 8,
        follow_bonus: Sequence[float] = (0.0, 0.0, 0.0, 0.0, 0.0),
        prompt_format: str = "reader",
        use_cache: bool = True,
        pad_token_id: int = 0,
        bos_token_id: int = 101,
        eos_token_id: int = 102,
        **kwargs: Any,
    ) -> None:
        self.vocab_size = vocab_size
        self.hidden_size = hidden_size
        self.num_hidden_layers = num_hidden_layers
        self.num_attention_heads = num_attention_heads
        self.intermediate_size = intermediate_size
        self.max_position_embeddings = max_position_embeddings
        self.layer_norm_eps = layer_norm_eps
        self.hidden_dropout_prob = hidden_dropout_prob
        self.initializer_range = initializer_range
        self.max_repeats = max_repeats
        self.repeat_span = repeat_span
        self.follow_bonus = list(follow_bonus)
        self.prompt_format = prompt_format
        self.use_cache = use_cache
        kwargs.setdefault("tie_word_embeddings", False)
        super().__init__(
            pad_token_id=pad_token_id,
            bos_token_id=bos_token_id,
            eos_token_id=eos_token_id,
            **kwargs,
        )
