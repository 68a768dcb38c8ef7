"""What speaks against a verdict, and what would change it."""

from __future__ import annotations

from typing import Any

from workbench.decision.figures import (
    Statement,
    gap_between,
    is_trivial,
    month_of,
    name_of,
)
from workbench.decision.inputs import VerdictInputs
from workbench.wording import STRATUM_LABELS, figure, statement

FAR_MARGIN = 0.25


def against(verdict: dict[str, Any], inputs: VerdictInputs) -> list[Statement]:
    """The strongest argument for somebody else, strongest kind first."""
    name = inputs.variant or inputs.leader
    if name is None:
        return [statement("against_nothing")]
    for place, swap in enumerate(inputs.results["gold_agreement"].get("swaps", [])):
        if swap["resolved"] and swap["worse_on_gold"] == name:
            at = f"/gold_agreement/swaps/{place}"
            return [
                statement("against_gold", rival=name_of(inputs, swap["better_on_gold"]),
                          name=name_of(inputs, name),
                          **{key: figure(swap[source], "difference", f"{at}/{source}")
                             for key, source in (("gap", "difference"), ("low", "low"),
                                                 ("high", "high"))})
            ]  # fmt: skip
    if (easier := _easier(inputs, name)) is not None:
        return [easier]
    rivals = [rival for rival in inputs.candidates if rival != name]
    worst: tuple[float, Statement] | None = None
    for rival in rivals:
        for stratum in STRATUM_LABELS:
            gap = gap_between(inputs, rival, name, stratum)
            if gap is None or gap["low"]["value"] is None or gap["low"]["value"] <= 0:
                continue
            if worst is None or gap["gap"]["value"] > worst[0]:
                worst = (
                    gap["gap"]["value"],
                    statement(
                        "against_stratum",
                        rival=name_of(inputs, rival),
                        name=name_of(inputs, name),
                        stratum=STRATUM_LABELS[stratum].lower(),
                        **gap,
                    ),
                )
    if worst is not None:
        return [worst[1]]
    ahead = [
        rival for rival in rivals
        if (gap := gap_between(inputs, rival, name)) is not None and gap["gap"]["value"] > 0
    ]  # fmt: skip
    if ahead:
        gap = gap_between(inputs, ahead[0], name)
        if gap is not None and gap["high"]["value"] is not None:
            return [statement("against_ahead", rival=name_of(inputs, ahead[0]),
                              name=name_of(inputs, name), **gap)]  # fmt: skip
    close = max(
        ((stand.high or -1.0, rival) for rival in rivals
         if (stand := inputs.outcomes[rival, name]).high is not None),
        default=None,
    )  # fmt: skip
    if close is not None and close[0] > -inputs.decision.margin:
        gap = gap_between(inputs, close[1], name)
        if gap is not None:
            return [statement("against_close", rival=name_of(inputs, close[1]),
                              name=name_of(inputs, name), **gap)]  # fmt: skip
    return _dearer_or_slower(inputs, name, rivals)


def _easier(inputs: VerdictInputs, name: str) -> Statement | None:
    """Where the hand-written questions are clearly harder for the leader than the exam."""
    for place, item in enumerate(inputs.results["gold_agreement"].get("levels", [])):
        if item["variant"] == name and item["apart"] and item["gold"] < item["written"]:
            at = f"/gold_agreement/levels/{place}"
            return statement(
                "against_easier",
                name=name_of(inputs, name),
                gold=figure(item["gold"], "points", f"{at}/gold"),
                written=figure(item["written"], "points", f"{at}/written"),
            )
    return None


def _dearer_or_slower(inputs: VerdictInputs, name: str, rivals: list[str]) -> list[Statement]:
    cheap = [rival for rival in rivals if inputs.months.cheaper(rival, name)]
    if cheap:
        rival = min(cheap, key=lambda item: inputs.monthly[item] or 0)
        return [statement("against_cost", name=name_of(inputs, name), rival=name_of(inputs, rival),
                          month=month_of(inputs, name), other=month_of(inputs, rival))]  # fmt: skip
    return [statement("against_one_corpus")]


def is_far_off(item: dict[str, Any], inputs: VerdictInputs) -> bool:
    """Whether a turning point lies where nobody goes: absurd margins, sums too small to mind."""
    if item["quantity"] == "margin":
        return bool(item["at"] > FAR_MARGIN)
    if item["quantity"] in ("price", "worth_of_a_correct_answer"):
        return is_trivial(inputs)
    return False


def error_unknown(inputs: VerdictInputs, leader: str) -> bool:
    """Whether some open difference has no error from which to say how many questions it takes."""
    return inputs.kind == "undecided" and any(
        (result := inputs.outcomes[leader, rival].sampling) is None or not result.error
        for rival in inputs.blockers
        if rival != leader
    )


def needed_statement(key: str, inputs: VerdictInputs) -> Statement:
    """How many questions more, and whether the text has sections left to write them from."""
    known = inputs.needed
    needed = figure(None if known is None else known.median, "about", "/verdict/needed_questions")
    if of_messages(inputs):
        return statement(f"{key}_labelled", needed=needed)
    if has_room(inputs, 0 if known is None else known.median):
        return statement(key, needed=needed)
    asked, sections = sections_asked(inputs)
    return statement(
        f"{key}_beyond",
        needed=needed,
        asked=figure(asked, "count", "/questions/sections"),
        sections=figure(sections, "count", "/run/corpus/sections"),
    )


def needed_range(inputs: VerdictInputs) -> list[Statement]:
    """How far the number of questions is known, and the chance that it settles it."""
    known = inputs.needed
    if known is None:
        return []
    at = "/verdict/needed"
    values = {
        "low": figure(known.low, "about", f"{at}/low"),
        "chance": figure(known.chance, "share", f"{at}/chance"),
    }
    if known.high is None:
        return [statement("needed_open_range", **values)]
    return [statement("needed_range", high=figure(known.high, "about", f"{at}/high"), **values)]


def has_room(inputs: VerdictInputs, questions: int) -> bool:
    """Whether the text has sections left for so many more questions, as far as is known."""
    asked, sections = sections_asked(inputs)
    each = (inputs.results.get("questions") or {}).get("written", 0) / max(1, asked)
    return not sections or (sections - asked) * each >= questions


def sections_statement(key: str, inputs: VerdictInputs) -> Statement:
    """That further sections are needed, and whether the text has any."""
    asked, sections = sections_asked(inputs)
    if of_messages(inputs):
        return statement(f"{key}_labelled")
    if not sections or asked < sections:
        return statement(key)
    return statement(f"{key}_beyond", sections=figure(sections, "count", "/run/corpus/sections"))


def of_messages(inputs: VerdictInputs) -> bool:
    """Whether the exam is of labelled messages: more of them come from no text."""
    return bool(inputs.results.get("classes"))


def sections_asked(inputs: VerdictInputs) -> tuple[int, int]:
    """(sections asked about, sections of the text; 0 where that is not known)."""
    corpus = (inputs.results.get("run") or {}).get("corpus") or {}
    asked = (inputs.results.get("questions") or {}).get("sections", 0)
    return int(asked), int(corpus.get("sections") or 0)


_AXES = ("queries_per_month", "updates_per_month")


def _relaxed(inputs: VerdictInputs) -> list[Statement]:
    """Which constraint alone keeps whom out, where together they keep out everybody."""
    by: dict[str, set[str]] = {}
    for item in inputs.excluded:
        by.setdefault(item["variant"], set()).add(item["constraint"])
    result = []
    for constraint in dict.fromkeys(item["constraint"] for item in inputs.excluded):
        freed = [name for name, kept_out in by.items() if kept_out == {constraint}]
        if freed:
            names = ", ".join(name_of(inputs, name) for name in freed)
            result.append(statement(f"change_without_{constraint}", names=names))
    return result or [statement("change_without_several")]


def would_change(
    verdict: dict[str, Any], flips: list[Statement], inputs: VerdictInputs
) -> list[Statement]:
    if not inputs.candidates and inputs.excluded:
        return _relaxed(inputs)
    order = ("queries_per_month", "updates_per_month", "share", "quality", "worth", "margin")
    ranked = sorted(
        zip(verdict["flip_points"], flips, strict=True),
        key=lambda pair: next(
            (at for at, name in enumerate(order) if pair[0]["quantity"].startswith(name)),
            len(order),
        ),
    )
    chosen: list[Statement] = []
    kinds: set[str] = set()
    for item, sentences in ranked:
        if is_far_off(item, inputs):
            continue
        kind = item["quantity"].split("_")[0]
        if kind not in kinds:
            kinds.add(kind)
            chosen.append(sentences)
    if inputs.kind == "undecided" and inputs.missing is not None:
        chosen.insert(0, statement("change_missing"))
    elif inputs.needed is not None:
        chosen.insert(0, needed_statement("change_needed", inputs))
    elif inputs.leader is not None and error_unknown(inputs, inputs.leader):
        chosen.insert(0, sections_statement("change_sections", inputs))
    chosen = chosen[:4]
    result = verdict["map"]
    moved = any(item["quantity"] in _AXES for item in verdict["flip_points"])
    if result and not moved and len({name for row in result["winner"] for name in row}) == 1:
        last = {key: len(result[key]) - 1 for key in _AXES}
        ends = {
            f"{key.split('_')[0]}_{end}": figure(
                result[key][place], unit, f"/verdict/map/{key}/{place}"
            )
            for key, unit in zip(_AXES, ("count", "rate"), strict=True)
            for end, place in (("low", 0), ("high", last[key]))
        }
        chosen.append(statement("change_no_volume", **ends))
    return chosen or [statement("change_nothing")]
