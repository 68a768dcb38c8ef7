"""The formats of an export: how each is written, and what it can take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workbench.export.chosen import Chosen
from workbench.export.docker import docker
from workbench.export.gguf import gguf, gguf_lora
from workbench.export.merged import merged
from workbench.export.ollama import ollama
from workbench.export.openai_jsonl import openai_jsonl
from workbench.export.peft_adapter import peft
from workbench.export.vllm import vllm

#: Methods whose result can be worked into the base model's own weights.
MERGEABLE = frozenset({"lora", "ia3", "bitfit", "layers", "full"})
#: Methods whose files are peft's.
OF_PEFT = frozenset({"lora", "qlora", "ia3", "prefix", "prompt", "p_tuning"})
LORA = frozenset({"lora"})
ANY = frozenset(
    {
        "lora", "qlora", "ia3", "bottleneck", "prefix", "prompt", "p_tuning", "bitfit", "layers",
        "full",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Format:
    """One target. ``write`` fills a folder with it and returns sentences that people should read.

    ``methods`` are those of tuning that it can take; ``base`` whether an untuned variant makes
    sense; ``whole`` that it is made of the base's own weights, which 4 or 8 bits are not;
    ``template`` that others are to write the turns; ``reader`` that the embedded reader, an
    architecture of our own, can go there; ``hosted`` that a model behind an endpoint can.
    ``runs`` says that what is exported answers, so that a variant's passages belong to it.
    """

    write: Callable[[Chosen, Path], list[str]]
    methods: frozenset[str]
    base: bool = True
    whole: bool = True
    template: bool = True
    reader: bool = False
    hosted: bool = False
    dora: bool = True
    runs: bool = True


FORMATS: dict[str, Format] = {
    "peft": Format(peft, OF_PEFT, base=False, whole=False, template=False, reader=True),
    "merged": Format(merged, MERGEABLE, template=False, reader=True),
    "gguf": Format(gguf, MERGEABLE),
    "gguf-lora": Format(gguf_lora, LORA, base=False, dora=False),
    "ollama": Format(ollama, MERGEABLE),
    "vllm": Format(vllm, MERGEABLE),
    "openai-jsonl": Format(openai_jsonl, ANY, whole=False, hosted=True, runs=False),
    "docker": Format(docker, ANY, whole=False, template=False, reader=True, hosted=True),
}
