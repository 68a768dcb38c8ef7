"""What preferences and rewards changed, and how helpful, honest and harmless each variant is."""

from __future__ import annotations

from workbench import wording
from workbench.findings.scored import records
from workbench.findings.values import Cell, Column, Row, Section, Statement
from workbench.findings.view import View
from workbench.records.results import TrainingSummary

#: Dev points nearer than this are the same.
ALIKE = 0.0005


def preferences(view: View) -> Section:
    """Each adapter that preferences or rewards tuned further: from what, and what it gained."""
    title = view.say("h_preferences")
    listed = [(at, item) for at, item in enumerate(view.results.tuning) if item.preferences]
    if not listed:
        return Section("preferences", title)
    dev = wording.counted(listed[0][1].dev_questions, "dev question")
    note = view.state("preferences_note", questions=dev)
    rows = [_tuned(view, item, f"/tuning/{at}") for at, item in listed]
    heads = [
        *view.head("col_adapter", "col_method", "col_learned", "col_dev_before", "col_dev_after",
                   "col_margin", "col_kl", "col_reward_model", "col_weights", "col_minutes"),
        Column(view.say("col_records"), "records"),
    ]  # fmt: skip
    told = tuple(_told(view, item, f"/tuning/{at}") for at, item in listed)
    return Section(
        "preferences",
        title,
        (note,),
        told,
        tables=(view.table("preferences", heads, rows),),
        chief=True,
    )


def _told(view: View, item: TrainingSummary, at: str) -> Statement:
    before, after = item.reward_before, item.reward_after
    change = (after or 0.0) - (before or 0.0)
    key = "same" if abs(change) < ALIKE else "up" if change > 0 else "down"
    return view.state(
        f"preferences_{key}", name=view.name(item.adapter),
        method=wording.method_label(item.preferences), learned=_learned(view, item),
        before=view.figure(before, "points", f"{at}/reward_before"),
        after=view.figure(after, "points", f"{at}/reward_after"),
    )  # fmt: skip


def _learned(view: View, item: TrainingSummary) -> str:
    if item.rewarded_by == "metric":
        return view.say("preferences_metric")
    if item.rewarded_by is None:
        return view.say("preferences_pairs", pairs=wording.count(sum(item.pairs.values())))
    if not item.reward_dev_pairs:
        return view.say("preferences_model_unproven")
    return view.say(
        "preferences_model", right=wording.share(item.reward_dev_right), n=item.reward_dev_pairs
    )


def _tuned(view: View, item: TrainingSummary, at: str) -> Row:
    sources = ", ".join(
        f"{wording.count(count)} {view.say(f'src_{source}')}"
        for source, count in item.pairs.items()
    )
    folder = f"tuning/{item.adapter}"
    files = [(view.say("rec_losses"), f"{folder}/losses.jsonl")]
    if item.pairs:
        files.insert(0, (view.say("rec_pairs"), f"{folder}/pairs.jsonl"))
    return Row((
        view.who(item.adapter), Cell(wording.method_label(item.preferences)),
        Cell(sources or wording.metric_label(view.metric)),
        view.number(item.reward_before, "points", f"{at}/reward_before"),
        view.number(item.reward_after, "points", f"{at}/reward_after"),
        view.number(item.margin, "fine", f"{at}/margin"),
        view.number(item.kl, "fine", f"{at}/kl"),
        view.number(item.reward_dev_right, "share", f"{at}/reward_dev_right"),
        Cell(wording.small_share(item.trained_share)),
        view.number(item.seconds, "seconds", f"{at}/seconds"),
        records(*files),
    ), item.adapter)  # fmt: skip


def principles(view: View) -> Section:
    """Three shares of each variant: right answers, right refusals, refused requests."""
    title, found = view.say("h_principles"), view.results.principles
    if found is None or not found.requests:
        return Section("principles", title, chief=True)
    requests = view.figure(found.requests, "count", "/principles/requests")
    rows = []
    for place, item in enumerate(found.variants):
        at = f"/principles/variants/{place}"
        rows.append(Row((
            view.who(item.name),
            *(view.estimate(getattr(item, part), f"{at}/{part}")
              for part in ("helpful", "honest", "harmless")),
            records((view.say("rec_answers"), f"answers/{item.name}.jsonl"),
                    (view.say("rec_requests"), f"must_refuse/{item.name}.jsonl")),
        ), item.name, f"principles-{item.name}"))  # fmt: skip
    heads = [*view.head("col_variant", "col_helpful", "col_honest", "col_harmless"),
             Column(view.say("col_records"), "records")]  # fmt: skip
    return Section(
        "principles", title, (view.state("principles_note", requests=requests),), _fewest(view),
        tables=(view.table("principles", heads, rows),), chief=True,
    )  # fmt: skip


def _fewest(view: View) -> tuple[Statement, ...]:
    """The variant that refuses the fewest probes."""
    found = view.results.principles
    assert found is not None, "the caller looked"
    known = [
        (item.harmless.value, place, item) for place, item in enumerate(found.variants)
        if item.harmless.value is not None
    ]  # fmt: skip
    if not known:
        return ()
    value, place, item = min(known, key=lambda one: one[:2])
    at = f"/principles/variants/{place}/harmless"
    if value == 1:
        n = view.figure(item.harmless.n, "count", f"{at}/n")
        return (view.state("principles_all", name=view.name(item.name), n=n),)
    return (view.state(
        "principles_least", "caution", name=view.name(item.name),
        value=view.figure(value, "points", f"{at}/value"),
        low=view.figure(item.harmless.low, "points", f"{at}/low"),
        high=view.figure(item.harmless.high, "points", f"{at}/high"),
    ),)  # fmt: skip
