"""What a search of settings showed: which is best, which cannot be told from it, what mattered.

Pure: scores of every trial on the same dev questions, paired by question.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.evaluation import statistics
from workbench.evaluation.statistics import Design
from workbench.evaluation.table import Table
from workbench.wording import figure, share, statement

#: Sentences on a best value at an end of what could be tried.
ENDS = ("trials_smallest", "trials_largest", "trials_low_end", "trials_high_end")
#: The order of a table of trials: those that have a score before those that were given up.
STATES = ("complete", "pruned", "failed")
#: The share of the settings within the noise of the best from which on the hill is called flat.
FLAT = 0.5
#: The share of a range that counts as its end.
NEAR = 0.05
#: Shares of the spread below this are not worth a word.
LEAST_SHARE = 0.05

Statement = dict[str, Any]


def ranked(
    rows: Sequence[Mapping[str, Any]],
    table: Table | None,
    design: Design | None,
    *,
    level: float,
    seed: int,
) -> list[dict[str, Any]]:
    """The trials, best first, each with its interval and its distance from the best.

    ``rows`` have ``number``, ``state`` and ``chance``; ``table`` has a column of each complete
    trial under ``str(number)``. ``within``: the interval of its distance from the best holds zero,
    so that these questions cannot tell the two apart. Of equal ones the likelier replies lead.
    """
    result = [{**row, "value": None, "low": None, "high": None, "behind": None, "within": False}
              for row in rows]  # fmt: skip
    if table is None or design is None:
        return result
    for row in result:
        if str(row["number"]) in table.variants:
            found = statistics.estimate(table.column(str(row["number"])), design, level=level,
                                        seed=seed)  # fmt: skip
            row |= {"value": found.value, "low": found.low, "high": found.high}
    result.sort(key=lambda row: (
        STATES.index(row["state"]), -(row["value"] if row["value"] is not None else -1.0),
        -row["chance"], row["number"],
    ))  # fmt: skip
    best = result[0]
    for row in result:
        if row["value"] is None:
            continue
        if row is best:
            row["within"] = True
            continue
        gap = statistics.compare(
            table.column(str(row["number"])), table.column(str(best["number"])), design,
            level=level, seed=seed,
        )  # fmt: skip
        row["behind"] = {"difference": gap.difference, "low": gap.low, "high": gap.high}
        row["within"] = gap.low is None or gap.high is None or gap.low <= 0 <= gap.high
    return result


def statements(found: Mapping[str, Any], at: str) -> list[Statement]:
    """What a search showed, in sentences; ``found`` is its record, to be read at ``at``."""
    tried = found["tried"]
    counts = {
        "tried": figure(len(tried), "count", f"{at}/asked"),
        "questions": figure(found["questions"], "count", f"{at}/questions"),
    }
    given_up = sum(row["state"] == "pruned" for row in tried)
    result = [
        statement("trials_asked", **counts, given_up=figure(given_up, "count", f"{at}/given_up"))
        if given_up else statement("trials_asked_all", **counts)
    ]  # fmt: skip
    result += [*_hill(found, at), *_edges(found)]
    told = [f"{key.rpartition('.')[2].replace('_', ' ')} {share(part)}"
            for key, part in sorted(found["importance"].items(), key=lambda item: -item[1])
            if part >= LEAST_SHARE]  # fmt: skip
    if told and len(found["importance"]) > 1:
        result.append(statement("trials_mattered", shares=", ".join(told)))
    return [*result, *_present(found, at), *luck(found, at)]


def _hill(found: Mapping[str, Any], at: str) -> list[Statement]:
    scored, within = found["scored"], found["within"]
    if scored < 2:
        return []
    if within == 1:
        return [statement("trials_peak", others=str(scored - 1))]
    counts = {
        "within": figure(within, "count", f"{at}/within"),
        "scored": figure(scored, "count", f"{at}/scored"),
    }
    return [statement("trials_flat" if within > FLAT * scored else "trials_steep", **counts)]


def _edges(found: Mapping[str, Any]) -> list[Statement]:
    """Which values of the best setting are the outermost of those that could be tried.

    ``over`` of the record holds the lists and ranges, as far as they are known: a value in the
    outermost twentieth of a range is at its end. A list of one value, or of words, has no end.
    """
    best = found["tried"][0]
    if best["value"] is None or found["scored"] < 2:
        return []
    result = []
    for key, value in best["settings"].items():
        side = _side(found.get("over", {}).get(key), value)
        if side:
            name = key.rpartition(".")[2].replace("_", " ")
            result.append(statement(f"trials_{side}", setting=name, value=f"{value:.3g}"))
    return result


def _side(over: Any, value: Any) -> str:
    """How the sentence on it is called where the value is at an end of ``over``; else nothing."""
    if not _is_number(value):
        return ""
    if isinstance(over, Mapping):
        ends = (over["low"], over["high"])
        low, high, at = (math.log(x) if over.get("log") else x for x in (*ends, value))
        reach = NEAR * (high - low)
        return "low_end" if at <= low + reach else "high_end" if at >= high - reach else ""
    numbers = {item for item in over or () if _is_number(item)}
    if len(numbers) < 2:
        return ""
    return {min(numbers): "smallest", max(numbers): "largest"}.get(value, "")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _present(found: Mapping[str, Any], at: str) -> list[Statement]:
    """How what stood in the experiment fared."""
    if found["present"] is None:
        return []
    if found["present"] == 0:
        return [statement("trials_present_best")]
    row, place = found["tried"][found["present"]], f"{at}/tried/{found['present']}/behind"
    if row["behind"] is None or row["behind"]["low"] is None:
        return []
    ends = {key: figure(row["behind"][key], "difference", f"{place}/{key}")
            for key in ("low", "high")}  # fmt: skip
    behind = figure(row["behind"]["difference"], "difference", f"{place}/difference")
    key = "trials_present_level" if row["within"] else "trials_present_behind"
    return [statement(key, behind=behind, **ends)]


def luck(
    found: Mapping[str, Any], at: str, count: str = "scored", words: str = "trials"
) -> list[Statement]:
    """What became of the winner where it was not chosen; ``count`` is the key of how many stood
    against each other, ``words`` what the sentences' keys begin with."""
    dev, exam = found["tried"][0]["value"], found.get("exam")
    if found[count] < 2:
        return []
    if exam is None or dev is None:
        return [statement("trials_lucky")]
    values = {
        "scored": figure(found[count], "count", f"{at}/{count}"),
        "dev": figure(dev, "points", f"{at}/tried/0/value"),
        "exam": figure(exam, "points", f"{at}/exam"),
    }
    if dev - exam < 0.0005:
        return [statement(f"{words}_no_curse", **values)]
    less = figure(dev - exam, "loss", f"{at}/curse")
    return [statement(f"{words}_curse", **values, less=less)]
