"""The training questions as chat messages, for a provider that tunes its own model.

One JSON object ``{"messages": [...]}`` a line: the prompt's turns as the variant is asked and
trained, and the reply as the assistant's.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from workbench.export.chosen import Chosen
from workbench.io import jsonl
from workbench.stages.adapter import trained_questions, training_examples
from workbench.tuning import Example
from workbench.variants.assembly import AdapterPlan

#: Fewer than this OpenAI refuses.
LEAST = 10


def openai_jsonl(chosen: Chosen, folder: Path) -> list[str]:
    """Write ``train.jsonl`` and, for the validation, ``dev.jsonl``; no exam question is in them."""
    served = chosen.served
    inputs, context = served.inputs, served.context
    # An untuned variant that searches is asked with passages: so would it be trained.
    untuned = "raft" if chosen.variant.retrieves else "closed_book"
    plan = served.plan.adapters.get(chosen.name) or AdapterPlan(
        chosen.reference, untuned, served.experiment.tuning
    )
    own = served.plan.adapter_inputs(
        plan, inputs.corpus, inputs.questions, inputs.search.index, inputs.withheld
    )
    train = training_examples(own, trained_questions(own, context), context)
    dev = training_examples(own, context.question_set(inputs.questions).dev, context)
    jsonl.write(folder / "train.jsonl", _lines(train))
    jsonl.write(folder / "dev.jsonl", _lines(dev))
    few = [f"Only {len(train)} questions: OpenAI asks for {LEAST}."] if len(train) < LEAST else []
    return [f"{len(train)} training and {len(dev)} validation questions.", *few]


def _lines(examples: Iterable[Example]) -> list[dict[str, Any]]:
    return [
        {
            "messages": [
                *({"role": turn.role, "content": turn.content} for turn in example.prompt.messages),
                {"role": "assistant", "content": example.completion},
            ]
        }
        for example in examples
    ]
