"""Do the questions that people ask look like the exam? What moved, and what to ask besides. Pure.

Everything is told from vectors and from the outside of questions, so that no text need be kept.
The exam gives one question for each fact: its wordings of one are no independent questions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.asked.two_samples import (
    energy_p,
    forms_p,
    moved_median,
    moved_share,
    ranks_p,
    shares_p,
)
from workbench.evaluation.statistics import holm
from workbench.evaluation.statistics.shares import share_interval
from workbench.records.drift import Drift, Moved, Unlike, Weighed

Floats = NDArray[np.float32]
#: Asked questions below which nothing is told, and above which some are drawn by lot.
FEWEST, MOST = 30, 2000
#: The share of the exam's own questions that would be called unlike it, and without evidence.
TAIL = 0.05
#: Unlike questions that are grouped at most, the cosine from which two are of one group, and how
#: many groups and examples are shown.
GROUPED, ALIKE, SHOWN, EXAMPLES = 400, 0.4, 8, 3


@dataclass(frozen=True)
class Side:
    """Questions of one side, column by column; ``vectors`` are of length 1.

    ``evidence`` is the cosine of the best passage of each, ``near`` its section's title; None where
    no index tells it. ``refused`` is None where nobody answered. ``parts`` are what the exam's
    questions are by (stratum, kind, section); ``facts`` what they ask for.
    """

    vectors: Floats
    forms: Sequence[str]
    words: Sequence[int]
    names: Sequence[int]
    numbers: Sequence[int]
    evidence: NDArray[np.float32] | None = None
    near: Sequence[str] = ()
    refused: Sequence[bool] | None = None
    texts: Sequence[str] = ()
    facts: Sequence[str] = ()
    answerable: Sequence[bool] = ()
    parts: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.forms)

    def at(self, places: Sequence[int]) -> Side:
        """Some of the questions."""

        def of(column: Any) -> Any:
            return [column[place] for place in places] if len(column) else column

        listed = np.asarray(places, np.int64)
        return Side(
            self.vectors[listed], of(self.forms), of(self.words), of(self.names), of(self.numbers),
            None if self.evidence is None else self.evidence[listed], of(self.near),
            None if self.refused is None else of(self.refused), of(self.texts), of(self.facts),
            of(self.answerable), {key: of(column) for key, column in self.parts.items()},
        )  # fmt: skip


def drift(exam: Side, asked: Side, level: float = 0.95, seed: int = 0) -> Drift:
    """What the asked questions are beside the exam's; with too few of them only how many."""
    once = exam.at([place for place, fact in enumerate(exam.facts)
                    if fact not in exam.facts[:place]])  # fmt: skip
    told = Drift(level=level, exam=len(exam), asked=len(asked), drawn=min(len(asked), MOST))
    if min(len(once), len(asked)) < FEWEST:
        return told
    rng = np.random.default_rng(seed)
    if len(asked) > MOST:
        asked = asked.at(sorted(rng.choice(len(asked), MOST, replace=False)))
    looked = _looked(once, asked, level, seed)
    adjusted = holm([item.p for item in looked])
    looked = [
        item.model_copy(update={"p": p, "moved": p is not None and p < 1 - level})
        for item, p in zip(looked, adjusted, strict=True)
    ]
    likeness = asked.vectors @ exam.vectors.T
    unlike = likeness.max(axis=1) < _least_likeness(once)
    low, high = share_interval(int(unlike.sum()), len(asked), level, "wilson")
    return told.model_copy(update={
        "state": "moved" if any(item.moved for item in looked) else "alike",
        "looked": tuple(looked), "unlike": float(unlike.mean()),
        "unlike_low": low, "unlike_high": high,
        "weighed": tuple(_weighed(exam, likeness[~unlike], level)),
        "groups": tuple(_groups(asked, np.flatnonzero(unlike), once, rng)),
        "with_text": any(asked.texts),
    })  # fmt: skip


def _looked(exam: Side, asked: Side, level: float, seed: int) -> list[Moved]:
    """Each figure on both sides with its own p-value."""
    result = [
        Moved(what="meaning", p=energy_p(exam.vectors, asked.vectors, seed)),
        Moved(what="forms", p=forms_p(exam.forms, asked.forms, seed)),
        _medians("words", "count", exam.words, asked.words, level, seed),
        _shares("names", [bool(n) for n in exam.names], [bool(n) for n in asked.names], level),
        _shares("numbers", [bool(n) for n in exam.numbers], [bool(n) for n in asked.numbers],
                level),
    ]  # fmt: skip
    if exam.evidence is not None and asked.evidence is not None:
        result.append(
            _medians("evidence", "cosine", exam.evidence.tolist(), asked.evidence.tolist(), level,
                     seed)
        )  # fmt: skip
        least = _least_evidence(exam)
        lost = [[bool(value < least) for value in side]
                for side in (exam.evidence, asked.evidence)]  # fmt: skip
        # Told beside the nearness, whose p-value is for both: one is made of the other.
        result.append(_shares("without", lost[0], lost[1], level).model_copy(update={"p": None}))
    if exam.refused is not None and asked.refused is not None:
        result.append(_shares("refused", exam.refused, asked.refused, level))
    return result


def _medians(
    what: str, unit: str, exam: Sequence[float], asked: Sequence[float], level: float, seed: int
) -> Moved:
    moved, low, high = moved_median(exam, asked, level, seed)
    return Moved(
        what=what, unit=unit, exam=float(np.median(exam)), asked=float(np.median(asked)),
        difference=moved, low=low, high=high, p=ranks_p(exam, asked),
    )  # fmt: skip


def _shares(what: str, exam: Sequence[bool], asked: Sequence[bool], level: float) -> Moved:
    sides = [(int(sum(side)), len(side)) for side in (exam, asked)]
    moved, low, high = moved_share(sides[0], sides[1], level)
    return Moved(
        what=what, exam=sides[0][0] / sides[0][1], asked=sides[1][0] / sides[1][1],
        difference=moved, low=low, high=high, p=shares_p(sides[0], sides[1]),
    )  # fmt: skip


def _least_likeness(exam: Side) -> float:
    """The cosine that nineteen in twenty of the exam's questions have to another one of it."""
    own = exam.vectors @ exam.vectors.T
    np.fill_diagonal(own, -1.0)
    return float(np.quantile(own.max(axis=1), TAIL))


def _least_evidence(exam: Side) -> float:
    """The cosine that nineteen in twenty of the answerable questions have to a passage."""
    assert exam.evidence is not None, "asked of what has an index"
    answered = np.array(exam.answerable or [True] * len(exam))
    return float(np.quantile(exam.evidence[answered], TAIL)) if answered.any() else -1.0


def _weighed(exam: Side, likeness: Floats, level: float) -> list[Weighed]:
    """Which parts of the exam the asked questions lie nearest to, beside its own questions."""
    if not len(likeness):
        return []
    own = exam.vectors @ exam.vectors.T
    facts = np.array(exam.facts)
    own[facts[:, None] == facts[None, :]] = -1.0
    nearest = likeness.argmax(axis=1), own.argmax(axis=1)
    result = []
    for part, column in exam.parts.items():
        names = np.array(column)
        counts = Counter(column)
        if len(counts) < 2:
            continue
        # Looked at together: each by the level that leaves the whole its own (Bonferroni).
        each = 1 - (1 - level) / len(counts)
        for name, number in counts.most_common():
            hits, base = (int((names[side] == name).sum()) for side in nearest)
            low, high = share_interval(hits, len(nearest[0]), each, "wilson")
            under, over = share_interval(base, len(exam), each, "wilson")
            result.append(Weighed(
                part=part, name=name, share=number / len(exam), expected=base / len(exam),
                asked=hits / len(nearest[0]), low=low, high=high,
                weighs="more" if low > over else "less" if high < under else "",
            ))  # fmt: skip
    return result


def _groups(
    asked: Side, unlike: NDArray[np.int64], exam: Side, rng: np.random.Generator
) -> list[Unlike]:
    """What is unlike the exam, in groups of what is alike, the largest first."""
    from sklearn.cluster import AgglomerativeClustering

    listed = unlike
    if len(listed) > GROUPED:
        listed = np.sort(rng.choice(listed, GROUPED, replace=False))
    if len(listed) < 2:
        return []
    vectors = asked.vectors[listed]
    grouping = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - ALIKE
    )
    labels = grouping.fit_predict(vectors)
    least = None if exam.evidence is None else _least_evidence(exam)
    result = []
    for label, count in Counter(labels.tolist()).most_common(SHOWN):
        members = np.flatnonzero(labels == label)
        # Nearest to the middle of the group first.
        members = members[np.argsort(-(vectors[members] @ vectors[members].mean(axis=0)))]
        places = [int(listed[member]) for member in members]
        told = [asked.texts[place] for place in places if asked.texts and asked.texts[place]]
        near = Counter(asked.near[place] for place in places).most_common(1) if asked.near else []
        found = None
        if least is not None and asked.evidence is not None:
            found = bool(np.median(asked.evidence[places]) >= least)
        result.append(Unlike(
            count=count, share=count / len(listed) * len(unlike) / len(asked),
            near=near[0][0] if near else "", found=found,
            form=Counter(asked.forms[place] for place in places).most_common(1)[0][0],
            examples=tuple(dict.fromkeys(told))[:EXAMPLES],
        ))  # fmt: skip
    return result
