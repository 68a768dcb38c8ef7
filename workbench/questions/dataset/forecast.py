"""How much writing is expected to give, from the first sections that were read for a trial."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.experiment.questions import QuestionSpec
from workbench.questions.dataset.plan import quotas
from workbench.questions.dataset.selection import select
from workbench.questions.writers.offline import Kept

#: Standard deviations above the expected number that still count as possible.
SPREAD = 2.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Expected facts to train on and exam questions, and the most that is still likely of each.

    ``read`` of ``sections`` sections were read for it; where all were, it is as good as a count.
    """

    train_facts: int
    exam: int
    dev: int
    read: int
    sections: int
    most_train_facts: int
    most_exam: int


def forecast(
    kept: Sequence[Kept],
    spec: QuestionSpec,
    edition: str,
    seed: int,
    *,
    read: int,
    sections: int,
    scale: float,
) -> Forecast:
    """What the whole text gives if it is as the sections that were read; ``scale`` times as much.

    Never more than the experiment asks for.
    """
    chosen = select(list(kept), spec, edition, seed)
    wanted = quotas(spec)
    facts = len({question.fact for question in chosen.train})
    by_role = {
        role: Counter(question.stratum for question in questions)
        for role, questions in (("dev", chosen.dev), ("test", chosen.test))
    }

    def most(number: int) -> float:
        # A count scatters by about its root; of a text that was read whole, nothing is left open.
        return number if read >= sections else number + SPREAD * math.sqrt(number + 1)

    def expected(role: str) -> int:
        return sum(
            min(quota, round(by_role[role][stratum] * scale))
            for stratum, quota in wanted[role].items()
        )

    return Forecast(
        train_facts=min(spec.train_facts, round(facts * scale)),
        exam=expected("test"),
        dev=expected("dev"),
        read=read,
        sections=sections,
        most_train_facts=min(spec.train_facts, math.ceil(most(facts) * scale)),
        most_exam=min(spec.test, math.ceil(most(len(chosen.test)) * scale)),
    )
