"""A training at a provider that shows how often it has looked at its job, to be killed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from workbench.experiment.hosted import HostedSpec
from workbench.tuning import Example
from workbench.tuning.hosted.job import tune_hosted
from workbench.tuning.hosted.terms import Terms
from workbench.types import Message, ModelReference, Progress, Prompt, silent

EXAMPLES = [
    Example(
        Prompt((Message("system", "Be brief."), Message("user", f"Question: Who rang bell {n}?"))),
        f"Marta {n}",
    )
    for n in range(12)
]
DEV = EXAMPLES[:3]


def terms(url: str, price: float | None = 25.0, **values: Any) -> Terms:
    """Three epochs at a server on this machine."""
    own = {"provider": "openai", "max_money_spent": 1.0, "poll_s": 0.01, **values}
    model = ModelReference("gpt-small", endpoint=url, key_env="HOSTED_KEY")
    return Terms(HostedSpec(**own), model, 3, 7, price, "USD")


def tune(url: str, out: Path, progress: Progress = silent, **values: Any) -> dict[str, Any]:
    return tune_hosted(terms(url, **values), EXAMPLES, DEV, out, progress)


if __name__ == "__main__":
    looks = 0

    def counted(*_: Any) -> None:
        global looks
        looks += 1
        print(looks, flush=True)

    tune(sys.argv[1], Path(sys.argv[2]), counted, poll_s=0.2)
