"""What is likely wrong or unclear goes, as far as enough is left of what was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence

from workbench.experiment.questions import QuestionSpec
from workbench.questions.quality.estimate import LEAST_RIGHT
from workbench.questions.writers.offline import Dropped, Kept, unsure

#: Share of the questions asked for, or of those found where these are fewer, that is left though
#: they are unsure; and the share of those asked for up to which none goes: a short text gives few.
LEFT, LITTLE = 0.8, 0.5
#: What is more likely wrong than right is left for the second share alone.
HOPELESS = 0.5


def without_unsure(kept: Sequence[Kept], spec: QuestionSpec) -> tuple[list[Kept], list[Dropped]]:
    """Those kept in their order, and the dropped; facts to train on and to examine apart."""
    trained = [k for k in kept if k.draft.side == "trained"]
    asked = [k for k in kept if k.draft.side != "trained"]
    gone = {
        *_unsure(trained, spec.train_facts, lambda k: k.draft.fact),
        *_unsure(asked, spec.test + spec.dev, sentence),
    }
    dropped = [unsure(k) for k in kept if id(k) in gone]
    return [k for k in kept if id(k) not in gone], dropped


def sentence(item: Kept) -> Hashable:
    """The sentence that a question stands on, of which an exam asks one fact."""
    return item.draft.document, item.draft.start


def _unsure(items: Sequence[Kept], wanted: int, key: Callable[[Kept], Hashable]) -> set[int]:
    """Ids of the unsure ones that are not needed for enough different keys; the best stay."""
    found = len({key(k) for k in items})
    little = math.ceil(min(found, LITTLE * wanted))
    least = max(math.ceil(LEFT * min(wanted, found)), little)
    counted = {key(k) for k in items if k.right >= LEAST_RIGHT}
    gone: set[int] = set()
    rest = sorted(
        (k for k in items if k.right < LEAST_RIGHT),
        key=lambda k: (-k.right, k.draft.document, k.draft.start, k.draft.fact),
    )
    for item in rest:
        if len(counted) < (least if item.right >= HOPELESS else little):
            counted.add(key(item))
        else:
            gone.add(id(item))
    return gone
