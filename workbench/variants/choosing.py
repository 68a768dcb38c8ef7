"""How sure a model that writes is of the label it named: by its likelihood of each label."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.text import label_in
from workbench.types import Completion, LanguageModel, Prompt


def label_confidence(
    model: LanguageModel,
    prompts: Sequence[Prompt],
    completions: Sequence[Completion],
    labels: Sequence[str],
) -> list[float | None]:
    """The chance of the label that each completion names, among all labels; None where none is.

    A label's chance is its likelihood after the prompt over the sum of all labels' likelihoods.
    Where a model does not tell likelihoods, its own confidence in the words of its reply stands.
    """
    # Here, since a finished run is shown without torch.
    from workbench.models.local import LocalModel

    named = [None if item.error else label_in(item.text, labels) for item in completions]
    if not isinstance(model, LocalModel):
        return [
            item.confidence if label else None
            for item, label in zip(completions, named, strict=True)
        ]
    asked = [place for place, label in enumerate(named) if label is not None]
    tokens = np.array([len(model.encoder.completion(label, end=False)) for label in labels])
    means = model.log_likelihood(
        [prompts[place] for place in asked for _ in labels], [*labels] * len(asked)
    )
    # Of the whole label, so that a long name is no likelier than its words are together.
    whole = np.array(means).reshape(len(asked), len(labels)) * tokens
    chances = np.exp(whole - np.logaddexp.reduce(whole, axis=1, keepdims=True))
    result: list[float | None] = [None] * len(completions)
    for row, place in enumerate(asked):
        result[place] = float(chances[row, list(labels).index(str(named[place]))])
    return result
