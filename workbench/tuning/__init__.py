"""Tuning: training questions go in, an adapter comes out.

A tuning method is a function ``(spec, model, train, dev, texts, out, seed, progress) ->
summary``; :data:`METHODS` names them. Nothing heavy is imported before one is called.
"""

from __future__ import annotations

from workbench.tuning.batches import Example
from workbench.tuning.lora import train_lora

__all__ = ["METHODS", "Example", "train"]

METHODS = {"lora": train_lora}

train = train_lora
