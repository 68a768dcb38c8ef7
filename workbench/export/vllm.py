"""A vLLM server: its configuration, a plain LoRA adapter beside the base or whole weights.

https://docs.vllm.ai, "LoRA Adapters" and "Server Arguments".
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from workbench.export.chosen import Chosen
from workbench.export.filling import put
from workbench.export.merged import merged
from workbench.export.peft_adapter import peft
from workbench.io.files import write_json, write_text

#: The ranks that vLLM makes room for.
RANKS = (8, 16, 32, 64, 128, 256, 320, 512)


def vllm(chosen: Chosen, folder: Path) -> list[str]:
    """Write ``serve.sh`` with its ``config.yaml``, and ``smoke_test.py``."""
    import yaml

    tokenizer = chosen.surface[1]
    rank = _rank(chosen)
    settings: dict[str, Any] = {
        "chat-template": "chat_template.jinja",
        # Else the defaults of decoding are the base model's, not the exam's.
        "generation-config": "vllm",
    }
    if chosen.reference.context_window is not None:
        settings["max-model-len"] = chosen.reference.context_window
    notes: list[str] = []
    lora, model = "", chosen.reference.name
    if chosen.method is None:
        settings["served-model-name"] = chosen.name
    elif rank is not None:
        notes = peft(chosen, folder / "adapter")
        settings |= {"enable-lora": True, "max-lora-rank": rank}
        lora = f" --lora-modules {shlex.quote(f'{chosen.name}=./adapter')}"
    else:
        notes = merged(chosen, folder / "model")
        model = "./model"
        settings["served-model-name"] = chosen.name
    write_text(folder / "config.yaml", yaml.safe_dump(settings, sort_keys=False))
    write_text(folder / "chat_template.jinja", str(tokenizer.chat_template))
    put(folder, "serve.sh", model=shlex.quote(model), lora=lora)
    _write_smoke(chosen, folder)
    return notes


def _rank(chosen: Chosen) -> int | None:
    """The rank to make room for; None where vLLM takes no adapter of this kind."""
    if chosen.method != "lora" or chosen.uses_dora:
        return None
    own = int(chosen.adapter_config["r"])
    return next((rank for rank in RANKS if rank >= own), None)


def _write_smoke(chosen: Chosen, folder: Path) -> None:
    """A question of no exam as the variant is asked it, and the tokens that it makes."""
    from workbench.models.encoding import Encoder

    prompt = chosen.book.render("What is this text about?")
    encoder = Encoder(chosen.surface[1], None)
    decoding = chosen.served.decoding
    body = {
        "model": chosen.name,
        "messages": [{"role": turn.role, "content": turn.content} for turn in prompt.messages],
        "max_tokens": decoding.most_new_tokens,
        "temperature": decoding.temperature,
        "chat_template_kwargs": {"enable_thinking": decoding.thinking_tokens > 0},
    }
    expected = len(encoder.prompts([prompt])[0])
    write_json(folder / "smoke_test.json", {"body": body, "prompt_tokens": expected})
    put(folder, "smoke_test.py")
