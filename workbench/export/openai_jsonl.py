"""The training questions as chat messages, for a provider that tunes its own model.

One JSON object ``{"messages": [...]}`` a line: the prompt's turns as the variant is asked and
trained, and the reply as the assistant's.
"""

from __future__ import annotations

from pathlib import Path

from workbench.export.chosen import Chosen
from workbench.export.training_set import training_set
from workbench.io import jsonl
from workbench.tuning.hosted.terms import LEAST


def openai_jsonl(chosen: Chosen, folder: Path) -> list[str]:
    """Write ``train.jsonl`` and, for the validation, ``dev.jsonl``; no exam question is in them."""
    known = training_set(chosen)
    for name, examples in (("train", known.train), ("dev", known.dev)):
        jsonl.write(folder / f"{name}.jsonl", ({"messages": item.messages()} for item in examples))
    few = len(known.train)
    return [
        f"{few} training and {len(known.dev)} validation questions.",
        *([f"Only {few} questions: OpenAI asks for {LEAST}."] if few < LEAST else []),
    ]
