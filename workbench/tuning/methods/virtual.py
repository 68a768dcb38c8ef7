"""What is learned in front of the prompt: by peft's encoders of virtual tokens."""

from __future__ import annotations

from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.tuning import TuningSpec
from workbench.models.tuned import TunedModel


def prompt(spec: TuningSpec, model: Any) -> TunedModel:
    """Embeddings that begin as those of words of the vocabulary (Lester et al. 2021)."""
    from peft import PromptEmbedding, PromptTuningConfig

    from workbench.models.tuned.virtual import VirtualTokens

    words = model.get_input_embeddings()
    config = PromptTuningConfig(
        task_type="CAUSAL_LM", num_virtual_tokens=spec.prompt.virtual_tokens,
        token_dim=words.weight.shape[1], num_transformer_submodules=1,
        prompt_tuning_init="SAMPLE_VOCAB",
    )  # fmt: skip
    return VirtualTokens(model, PromptEmbedding(config, words), _written(config))


def p_tuning(spec: TuningSpec, model: Any) -> TunedModel:
    """Embeddings that a small network makes while training (Liu et al. 2021)."""
    from peft import PromptEncoder, PromptEncoderConfig

    from workbench.models.tuned.virtual import VirtualTokens

    config = PromptEncoderConfig(
        task_type="CAUSAL_LM", num_virtual_tokens=spec.p_tuning.virtual_tokens,
        token_dim=model.get_input_embeddings().weight.shape[1], num_transformer_submodules=1,
        encoder_reparameterization_type=spec.p_tuning.encoder.upper(),
        encoder_hidden_size=spec.p_tuning.hidden_size,
    )  # fmt: skip
    return VirtualTokens(model, PromptEncoder(config), _written(config))


def prefix(spec: TuningSpec, model: Any) -> TunedModel:
    """Keys and values of every layer, which begin as those of words (Li and Liang 2021)."""
    import torch
    from peft import PrefixEncoder, PrefixTuningConfig

    from workbench.models.tuned.prefix import Prefix, read_states

    tokens, vocabulary = spec.prefix.virtual_tokens, model.get_input_embeddings().weight.shape[0]
    try:
        states = read_states(model, torch.randint(0, vocabulary, (1, tokens)))
    except (ValueError, TypeError) as error:
        kind = getattr(model.config, "model_type", "unknown")
        raise WorkbenchError(
            f"The model's architecture ({kind}) takes no prefix: {str(error).splitlines()[0]}.",
            "Take tuning.method: prompt, whose virtual tokens any model reads, or lora.",
        ) from error
    depth, _, heads, _, width = states.shape
    config = PrefixTuningConfig(
        task_type="CAUSAL_LM", num_virtual_tokens=tokens, token_dim=heads * width,
        num_attention_heads=heads, num_layers=depth, num_transformer_submodules=1,
        prefix_projection=spec.prefix.projection, encoder_hidden_size=spec.prefix.hidden_size,
    )  # fmt: skip
    encoder = PrefixEncoder(config)
    if not spec.prefix.projection:
        # Of words that the model knows; at random its attention would be lost (Li and Liang, 7.4).
        encoder.load_prompt_embeddings(states.permute(3, 0, 1, 2, 4).reshape(tokens, -1))
    return Prefix(model, encoder, _written(config))


def _written(config: Any) -> dict[str, Any]:
    """peft's configuration as it writes it itself."""
    import json

    return dict(json.loads(json.dumps(config.to_dict(), default=_plain)))


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, set) else str(value)
