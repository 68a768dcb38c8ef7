"""Whether an exam can bear the workload mix that was declared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from workbench.errors import WorkbenchError
from workbench.types import Question
from workbench.wording import KIND_LABELS


def require_kinds(kinds: Mapping[str, float] | None, exam: Sequence[Question]) -> None:
    """Refuse shares of kinds of which the written exam holds no question.

    Raises WorkbenchError that names the kind and the kinds that there are.
    """
    matches = Counter(question.kind for question in exam)
    for kind, share in (kinds or {}).items():
        if share > 0 and not matches[kind]:  # type: ignore[index]
            there = ", ".join(f"{name} ({count})" for name, count in matches.most_common())
            raise WorkbenchError(
                f"The workload expects {share:.0%} {KIND_LABELS[kind].lower()} questions, and the "
                f"exam holds none; it holds {there or 'no question'}.",
                f"Take {kind!r} out of workload.kinds, or write more of it: more text, a chat "
                "model as questions.writer.",
            )
