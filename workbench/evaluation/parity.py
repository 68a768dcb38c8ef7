"""Equal opportunity and equalised odds of labels between groups, by fairlearn. Pure.

Equal opportunity: of the messages that a label is due to, how many get it, in each group (Hardt et
al. 2016). Equalised odds asks the same of the messages that it is not due to as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any

from workbench.errors import WorkbenchError

#: Messages with a label, and without it, that each group has at least.
LEAST = 5


def require_fairlearn() -> None:
    """Raise WorkbenchError where the package is not installed."""
    if find_spec("fairlearn") is None:
        raise WorkbenchError(
            "Equal opportunity and equalised odds need the package fairlearn, which is not "
            "installed.",
            "pip install 'rag-finetune-workbench[fairness]', or leave fairness.groups out.",
        )


def parity(
    due: Sequence[str], told: Sequence[str | None], group: Sequence[str | None],
    labels: Sequence[str],
) -> list[dict[str, Any]]:  # fmt: skip
    """For each label the widest differences between groups, 0 to 1; the widest label first.

    ``due`` is each message's label, ``told`` what a variant said, ``group`` whom it is about (None:
    nobody). A label is left out where a group has too few messages with or without it.
    """
    from fairlearn.metrics import equal_opportunity_difference, equalized_odds_difference

    kept = [at for at, name in enumerate(group) if name is not None]
    names = [str(group[at]) for at in kept]
    result = []
    for label in labels:
        right = [int(due[at] == label) for at in kept]
        said = [int(told[at] == label) for at in kept]
        if len(set(names)) < 2 or not _enough(right, names):
            continue
        parts: Mapping[str, Any] = {"sensitive_features": names}
        result.append({
            "label": label,
            "n": sum(right),
            "equal_opportunity": float(equal_opportunity_difference(right, said, **parts)),
            "equalised_odds": float(equalized_odds_difference(right, said, **parts)),
        })  # fmt: skip
    return sorted(result, key=lambda item: -item["equalised_odds"])


def _enough(right: Sequence[int], names: Sequence[str]) -> bool:
    counts = Counter(zip(names, right, strict=True))
    return all(counts[name, side] >= LEAST for name in set(names) for side in (0, 1))
