"""What tuning broke: one model before and after its adapter, in figures and sentences. Pure.

Three looks, none of them on what was trained on: how probable the model finds unrelated prose, how
well it reads other texts, and which exam questions it had right before and has wrong now. Errors
are taken between pieces of the probe set, as between sections elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from workbench.evaluation import statistics
from workbench.evaluation.metrics import answered, score_answers
from workbench.evaluation.table import Table
from workbench.refusals import refuses
from workbench.types import Answer, Question
from workbench.wording import figure, statement, text

RIGHT = "containment"  # an answer is right where a reference stands in it whole
SURE = 0.05
SLIGHT = 0.01  # a change of perplexity below one per cent is none, however sure


def prose(
    before: Mapping[str, float],
    after: Mapping[str, float],
    tokens: int,
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Any]:
    """Perplexity on prose before and after, and its relative rise with an interval.

    ``before`` and ``after`` hold the mean negative log-likelihood per token (nats) of each piece.
    Perplexities are the exponential of the mean over pieces, so that the rise is the exponential
    of a paired mean difference.
    """
    shared = [name for name in before if name in after]
    first = np.array([before[name] for name in shared])
    second = np.array([after[name] for name in shared])
    output = statistics.compare(
        second, first, statistics.Design.of(shared), level=level, bounds=None, seed=seed
    )
    result: dict[str, Any] = {
        "pieces": len(shared),
        "tokens": tokens,
        "before": math.exp(first.mean()) if shared else None,
        "after": math.exp(second.mean()) if shared else None,
        "level": level,
        "p": output.p,
        "method": output.method,
    }
    for name, value in (("rise", output.difference), ("low", output.low), ("high", output.high)):
        result[name] = None if value is None else math.expm1(value)
    return result


def reading(
    questions: Sequence[Question],
    before: Sequence[Answer],
    after: Sequence[Answer],
    level: float = 0.95,
    seed: int = 0,
) -> dict[str, Any]:
    """Token F1 on reading questions before and after, paired, clustered by piece.

    ``refusals_before`` and ``refusals_after`` count the right refusals among ``unanswerable``.
    """
    first, second = (_f1(questions, answers) for answers in (before, after))
    result = statistics.compare(
        second,
        first,
        statistics.Design.of([question.cluster for question in questions]),
        metric="f1",
        level=level,
        seed=seed,
    )
    both = ~np.isnan(first) & ~np.isnan(second)
    bare = {question.id for question in questions if not question.answers}
    return {
        "n": result.n,
        "before": float(first[both].mean()) if both.any() else None,
        "after": float(second[both].mean()) if both.any() else None,
        "difference": result.difference,
        "low": result.low,
        "high": result.high,
        "level": level,
        "p": result.p,
        "method": result.method,
        "unanswerable": len(bare),
        "refusals_before": _refusals(before, bare),
        "refusals_after": _refusals(after, bare),
    }


def known(grid: Table | None, variant: str, baseline: str) -> dict[str, Any] | None:
    """What ``baseline`` had right and ``variant`` has wrong, and the other way round.

    ``grid`` holds :data:`RIGHT` of the exam's answerable questions; None where the two were not
    scored together. The p-value is McNemar's exact one: were gains and losses equally likely?
    """
    if grid is None or variant not in grid.variants or baseline not in grid.variants:
        return None
    now, once = grid.column(variant), grid.column(baseline)
    both = ~np.isnan(now) & ~np.isnan(once)
    if not both.any():
        return None
    broken = both & (once == 1) & (now < 1)
    gained = both & (once < 1) & (now == 1)
    lost, won = int(broken.sum()), int(gained.sum())
    p = None
    if lost + won:
        from scipy.stats import binomtest

        p = float(binomtest(lost, lost + won).pvalue)
    return {
        "variant": variant,
        "baseline": baseline,
        "n": int(both.sum()),
        "known": int((both & (once == 1)).sum()),
        "broken": lost,
        "gained": won,
        "p": p,
        "method": "exact McNemar",
        "questions": [grid.questions[at] for at in np.flatnonzero(broken)],
    }


def told(result: dict[str, Any], place: int, names: Mapping[str, str]) -> dict[str, Any]:
    """``made`` with its statements and its sentence; ``place`` is its position in results.json.

    ``names`` are the display names of the variants.
    """
    at = f"/forgetting/{place}"
    sentences = [_said_of_prose(result["prose"], f"{at}/prose")]
    sentences.append(_said_of_reading(result["reading"], f"{at}/reading"))
    sentences += [
        _said_of_known(item, f"{at}/known/{number}", names)
        for number, item in enumerate(result["known"])
    ]
    return {**result, "statements": sentences, "sentence": text(_line(result, at, names))}


def _f1(questions: Sequence[Question], answers: Iterable[Answer]) -> Any:
    place = {question.id: at for at, question in enumerate(questions)}
    values = np.full(len(questions), np.nan)
    for score in score_answers(questions, answers):
        if score.metric == "f1" and score.value is not None:
            values[place[score.question]] = score.value
    return values


def _refusals(answers: Iterable[Answer], bare: set[str]) -> int:
    return sum(
        answer.question in bare and answered(answer) and refuses(answer.text) for answer in answers
    )


def _turn(result: Mapping[str, Any], key: str, least: float = 0.0) -> str:
    low, high = result["low"], result["high"]
    if low is None or high is None or abs(result[key]) < least:
        return "same"
    return "up" if low > 0 else "down" if high < 0 else "same"


def _said_of_prose(result: Mapping[str, Any], at: str) -> dict[str, Any]:
    return statement(
        f"forgot_prose_{_turn(result, 'rise', SLIGHT)}",
        **{key: figure(result[key], "plain", f"{at}/{key}") for key in ("before", "after")},
        **{key: figure(result[key], "change", f"{at}/{key}") for key in ("rise", "low", "high")},
    )


def _said_of_reading(result: Mapping[str, Any], at: str) -> dict[str, Any]:
    return statement(
        f"forgot_reading_{_turn(result, 'difference')}",
        **{key: figure(result[key], "points", f"{at}/{key}") for key in ("before", "after")},
        gap=figure(result["difference"], "difference", f"{at}/difference"),
        **{key: figure(result[key], "difference", f"{at}/{key}") for key in ("low", "high")},
        **{
            key: figure(result[key], "count", f"{at}/{key}")
            for key in ("unanswerable", "refusals_before", "refusals_after")
        },
    )


def _said_of_known(result: Mapping[str, Any], at: str, names: Mapping[str, str]) -> dict[str, Any]:
    who = {key: names.get(result[key], result[key]) for key in ("variant", "baseline")}
    if not result["known"]:
        return statement(
            "forgot_known_none", gained=figure(result["gained"], "count", f"{at}/gained"), **who
        )
    worse = result["p"] is not None and result["p"] < SURE and result["broken"] > result["gained"]
    key = "forgot_known_more" if worse else "forgot_known"
    return statement(
        key if result["p"] is not None else "forgot_known_all",
        **{
            key: figure(result[key], "count", f"{at}/{key}")
            for key in ("known", "broken", "gained")
        },
        p=figure(result["p"], "p", f"{at}/p"),
        **who,
    )


def _line(result: Mapping[str, Any], at: str, labels: Mapping[str, str]) -> dict[str, Any]:
    names = ", ".join(labels.get(name, name) for name in result["variants"])
    values: dict[str, Any] = {"names": names}
    for part, key, unit in (
        ("prose", "rise", "change"),
        ("reading", "difference", "difference"),
    ):
        for name in (key, "low", "high"):
            values[f"{part}_{name if name != key else 'gap'}"] = figure(
                result[part][name], unit, f"{at}/{part}/{name}"
            )
    counts = [item["known"] for item in result["known"]]
    if not any(counts):
        return statement("forgot_line", **values)
    place = counts.index(max(counts))
    item = result["known"][place]
    for name in ("known", "broken"):
        values[name] = figure(item[name], "count", f"{at}/known/{place}/{name}")
    values["baseline"] = labels.get(item["baseline"], item["baseline"])
    return statement("forgot_line_known", **values)
