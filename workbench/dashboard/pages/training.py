"""Training: loss curves, train against dev, what was forgotten, several adapters side by side."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import streamlit as st

from workbench import findings, wording
from workbench.dashboard import components
from workbench.dashboard.app import current_run
from workbench.dashboard.queries import evidence, runs
from workbench.dashboard.views import charts, drawn_pairs, learning, searched
from workbench.dashboard.views import findings as shown_findings
from workbench.dashboard.views.findings import say
from workbench.findings import levers
from workbench.records.load import read_object
from workbench.records.probes import Forgetting, Prose, Reading
from workbench.types import STRATA

POINTS = 24
SHOWN = ("r", "learning_rate")


def page() -> None:
    """Draw the adapters of the chosen run."""
    run = current_run()
    st.title("Training")
    adapters = list(run.files.adapters())
    if not adapters:
        learning.untuned(run)
        return
    curves = {name: list(runs.lines(run.files.losses(name))) for name in adapters}
    summaries = {
        name: _tuning(run, name) | (read_object(run.files.summary(name))[0] or {})
        for name in adapters
    }
    st.header("Did it learn, and did it stop in time?")
    components.say(_conclusion(summaries))
    _losses(run, curves)
    if any("provider" in facts for facts in summaries.values()) and run.variants:
        made = findings.section(run.results, "hosted")
        shown_findings.draw(findings.View(run.results), made, run.id)
    if any(summary.preferences for summary in run.results.tuning):
        learned = findings.section(run.results, "preferences")
        shown_findings.draw(findings.View(run.results), learned, run.id)
        drawn_pairs.draw(run)
    searched.draw(run)
    if run.results.trainings is not None:
        seen = findings.section(run.results, "trainings")
        shown_findings.draw(findings.View(run.results), seen, run.id)
    learning.draw(run)
    if run.results.compressed:
        smaller = findings.section(run.results, "compressed")
        shown_findings.draw(findings.View(run.results), smaller, run.id)
    _table(run, summaries)
    _methods(run, summaries)
    st.header("What tuning gained and what it cost")
    _forgotten(run)
    _broken(run)
    if run.results.memorised:
        given = findings.section(run.results, "memorised")
        shown_findings.draw(findings.View(run.results), given, run.id)
    with st.expander("Settings"):
        st.code(_settings(run), language=None, wrap_lines=True)


def _tuning(run: runs.Snapshot, name: str) -> dict[str, Any]:
    """The settings of the adapter of that name: its variant's own, or the run's."""
    for variant in run.specification.get("variants") or ():
        own = runs.mapping(runs.mapping(variant).get("tuning"))
        if own and runs.mapping(variant).get("name") == name:
            return {k: v for k, v in own.items() if k in SHOWN}
    matches = runs.mapping(run.specification.get("tuning"))
    return {k: v for k, v in matches.items() if k in SHOWN}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _conclusion(summaries: Mapping[str, Mapping[str, Any]]) -> str:
    """Train and dev loss of each adapter in words."""
    parts = []
    for name, facts in summaries.items():
        first, last = _number(facts.get("loss_first")), _number(facts.get("loss_last"))
        dev = _number(facts.get("dev_loss_last"))
        if first is None or last is None:
            by = facts.get("provider")
            told = f"{by} told of no losses" if by else "no summary yet"
            parts.append(f"{wording.label(name)}: {told}")
            continue
        text = f"{wording.label(name)}: train loss {first:.2f} to {last:.2f}"
        if dev is not None:
            gap = dev - last
            text += f", dev loss {dev:.2f}"
            if gap > 1:
                text += (
                    ", far above: it knows the training questions by heart more than the subject"
                )
        if last > 0.7 * first:
            text += ": it has hardly learned, so little can be concluded about tuning"
        epochs = _number(facts.get("epochs"))
        if epochs is not None:
            how = "stopped early" if facts.get("stopped_early") else "ran to the end"
            text += f"; {how} after {epochs:.1f} epochs"
        parts.append(text)
    return ". ".join(parts) + "."


def _losses(run: runs.Snapshot, curves: Mapping[str, list[dict[str, Any]]]) -> None:
    rows, colours, dashed = [], {}, []
    own = components.colours([*curves, *(variant.name for variant in run.factors)])
    for name, lines in curves.items():
        # Runs from before knew the batches' loss alone, which holds replayed text as well.
        told = any(_number(r.get("train_loss")) is not None for r in lines)
        for key, title in (("train_loss" if told else "loss", "train"), ("dev_loss", "dev")):
            matches = [r for r in lines if _number(r.get(key)) is not None]
            curve = f"{wording.label(name)}, {title}"
            if matches:
                colours[curve] = own[name]
                dashed += [curve] if title == "dev" else []
            points = _smooth(matches, key) if key == "loss" else _points(matches, key)
            rows += [{**point, "curve": curve} for point in points]
    if not rows:
        components.quiet("No losses have been recorded yet.")
        return
    components.legend(colours.items(), dashed)
    picture = charts.lines(rows, "Epoch", "Loss (nats per token)", colours, dashed=dashed)
    components.chart(picture, "Loss on the training questions and on dev questions over the epochs")
    components.quiet(
        "Solid: a sample of the questions it was tuned on, the same each time, so that the line "
        "begins and ends where the sentence above says. Dashed: dev questions, which it was not "
        "tuned on. The loss of each batch, replayed text included, is in the file."
    )
    chances = [
        {"x": r.get("epoch", r.get("step")), "y": 100 * r["dev_chance"], "curve": name}
        for name, lines in curves.items()
        for r in lines
        if _number(r.get("dev_chance")) is not None
    ]
    if len(chances) > 1:
        picture = charts.lines(chances, "Epoch", "Chance of the right dev reply (%)", own)
        components.chart(
            picture, "Chance that the model gives to the right dev replies, over the epochs"
        )
        components.quiet(
            "What training is judged by: how likely the model finds the right replies to dev "
            "questions. It stops when this has ceased to grow and the dashed line to fall."
        )
    listed = [{"adapter": n, **r} for n, lines in curves.items() for r in lines]
    components.csv_button("losses", listed, "csv_losses")


def _points(lines: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return [{"x": r.get("epoch", r.get("step")), "y": r[key]} for r in lines]


def _smooth(lines: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """Points of a curve: the mean of neighbouring records where there are many."""
    count = min(POINTS, len(lines))
    bounds = [place * len(lines) // max(1, count) for place in range(count + 1)]
    points = []
    for start, end in pairwise(bounds):
        part = lines[start:end]
        middle = part[len(part) // 2]
        mean = sum(float(record[key]) for record in part) / len(part)
        points.append({"x": middle.get("epoch", middle.get("step")), "y": mean})
    return points


def _table(run: runs.Snapshot, summaries: Mapping[str, Mapping[str, Any]]) -> None:
    def shown(facts: Mapping[str, Any], key: str, form: str = ".2f") -> str:
        value = _number(facts.get(key))
        return wording.NONE if value is None else format(value, form)

    rows = [
        [
            components.cell_text(wording.label(name)), shown(f, "loss_first"),
            shown(f, "loss_last"),
            shown(f, "dev_loss_last"),
            wording.share(_number(f.get("dev_chance"))),
            shown(f, "epochs", ".1f"), shown(f, "steps", ",.0f"),
            wording.seconds(_number(f.get("seconds"))), shown(f, "per_device_batch", ".1f"),
            shown(f, "r", ".0f"),
            shown(f, "learning_rate", ".1g"),
        ]
        for name, f in summaries.items()
    ]  # fmt: skip
    heads = [
        *("Adapter", "Train loss, first", "Train loss, last", "Dev loss, last"),
        *("Best chance, dev", "Epochs", "Steps", "Time", "Batch", "LoRA r", "Learning rate"),
    ]
    components.table("The adapters of this run", heads, rows)
    flat = [
        {"adapter": n, **{k: v for k, v in f.items() if not isinstance(v, dict | list)}}
        for n, f in summaries.items()
    ]
    components.csv_button(f"{run.id}-adapters", flat, "csv_adapters")


def _methods(run: runs.Snapshot, summaries: Mapping[str, Mapping[str, Any]]) -> None:
    """Share trained, memory, minutes, disk and what was forgotten, adapter by adapter."""
    told = {name: f for name, f in summaries.items() if _number(f.get("trained_share"))}
    if not told:
        return  # runs from before recorded none of it
    broken = {item.adapter: item for item in run.results.forgetting or ()}
    rows = []
    for name, f in told.items():
        item = broken.get(name)
        rows.append([
            components.cell_text(wording.label(name)),
            wording.method_label(str(f.get("method", ""))),
            wording.small_share(_number(f.get("trained_share"))),
            wording.count(_number(f.get("trained_parameters"))),
            wording.size(_number(f.get("state_bytes"))),
            wording.seconds(_number(f.get("seconds"))),
            wording.size(_number(f.get("size_bytes"))),
            wording.show(item.prose.rise if item else None, "change"),
            wording.show(item.reading.difference if item else None, "difference"),
        ])  # fmt: skip
    ordered = sorted(told, key=lambda name: told[name]["trained_share"])
    first, last = ordered[0], ordered[-1]
    if told[first]["trained_share"] < told[last]["trained_share"]:
        values = {
            f"{place}{part}": shown
            for place, name in (("small", first), ("large", last))
            for part, shown in (
                ("", wording.label(name)),
                ("_share", wording.small_share(told[name]["trained_share"])),
                ("_size", wording.size(_number(told[name].get("size_bytes")))),
            )
        }
        components.say(wording.say("methods_apart", **values))
    heads = ["adapter", "method", "trained", "weights", "memory", "minutes", "disk", "elsewhere",
             "reading_elsewhere"]  # fmt: skip
    shown = [wording.say(f"col_{head}") for head in heads]
    components.table(wording.say("methods_table"), shown, rows)
    components.quiet(wording.say("methods_note"))


def _forgotten(run: runs.Snapshot) -> None:
    """Tuned against base with the same context: by stratum, gains and losses, with intervals."""
    if not run.variants:
        components.quiet("Known once the run is done.")
        return
    metric = run.metric
    shown = components.short_labels(run.variants)
    rows = []
    for tuned, base in levers.untuned(findings.View(run.results)).items():
        for stratum in (None, *STRATA):
            matches = run.results.between(tuned, base, metric, stratum)
            place = wording.STRATUM_LABELS.get(stratum or "", "all").lower()
            pair = f"{shown.get(tuned, tuned)} − {shown.get(base, base)}, {place}"
            if matches and (line := evidence.bar(matches, pair, metric)):
                rows.append(line)
    if not rows:
        components.quiet("This run has no tuned variant beside its untuned twin.")
        return
    say(levers.tuned(findings.View(run.results)))
    components.chart(
        charts.differences(rows, "Gain of tuning (points)", 0.0),
        f"{wording.metric_label(metric)}, tuned minus untuned by stratum, with 95% intervals",
    )
    components.csv_button(f"{run.id}-tuning-gain", rows, "csv_tuning_gain")
    components.quiet(
        "The same questions, the same context, with and without the adapter. Left of zero is what "
        "tuning lost."
    )


def _broken(run: runs.Snapshot) -> None:
    """Before and after tuning: texts outside any corpus, and what was known before."""
    if not run.variants:
        return
    st.header("What tuning broke elsewhere")
    probed = run.results.forgetting
    if not probed:
        components.quiet(
            "This run holds no record of it. Runs made by this version probe each adapter that "
            "is trained or loaded on this machine."
        )
        return
    shown, known = components.labels(run.variants), findings.View(run.results)
    for item in probed:
        names = ", ".join(shown.get(v, v) for v in item.variants)
        told = " ".join(each.text() for each in known.recorded(item.statements, item.sentence))
        components.say((f"{names}. " if len(probed) > 1 else "") + told)
        heads = ["On", "Before", "After", "Change", "95% interval", "Questions"]
        rows = _before_and_after(item, shown)
        components.table(f"Before and after tuning: {names}", heads, rows, words=(0,))
    components.quiet(
        "Plain English prose and questions on it that ship with the workbench and are in no "
        "corpus; the exam questions are this run's own, right where the answer holds a reference."
    )
    listed = [line for item in probed for line in _flat(item)]
    components.csv_button(f"{run.id}-forgetting", listed, "csv_forgetting")


def _before_and_after(item: Forgetting, shown: Mapping[str, str]) -> list[list[str]]:
    prose, reading, show = item.prose, item.reading, wording.show

    def span(facts: Prose | Reading, unit: str) -> str:
        return f"[{show(facts.low, unit)}, {show(facts.high, unit)}]"

    rows = [
        ["Other prose, perplexity (lower is better)", show(prose.before, "plain"),
         show(prose.after, "plain"), show(prose.rise, "change"), span(prose, "change"),
         f"{show(prose.pieces, 'count')} pieces"],
        ["Other texts, reading (token F1)", show(reading.before, "points"),
         show(reading.after, "points"), show(reading.difference, "difference"),
         span(reading, "difference"), show(reading.n, "count")],
        ["Other texts, right refusals", show(reading.refusals_before, "count"),
         show(reading.refusals_after, "count"), "", "", show(reading.unanswerable, "count")],
    ]  # fmt: skip
    for pair in item.known:
        first, second = (components.cell_text(shown.get(name, name))
                         for name in (pair.baseline, pair.variant))  # fmt: skip
        rows.append(
            [f"Exam questions that {first} has right, by {second}", wording.count(pair.known),
             wording.count(pair.known - pair.broken),
             f"−{wording.count(pair.broken)}" if pair.broken else "0",
             f"McNemar p {wording.p_value(pair.p)}; {show(pair.gained, 'count')} newly right",
             show(pair.n, "count")]
        )  # fmt: skip
    return rows


def _flat(item: Forgetting) -> list[dict[str, Any]]:
    """One probe as rows of figures: the adapter's own, then each pair of variants on the exam."""
    own: dict[str, Any] = {"adapter": item.adapter}
    parts = {"prose": item.prose.record(), "reading": item.reading.record()}
    figures = {f"{part}_{key}": v for part, facts in parts.items() for key, v in facts.items()}
    return [own | figures, *(own | pair.record() for pair in item.known)]


def _settings(run: runs.Snapshot) -> str:
    import yaml

    specification = run.specification
    parts: dict[str, Any] = {"tuning": specification.get("tuning", {})}
    for variant in specification.get("variants") or ():
        own = runs.mapping(variant).get("tuning")
        if own:
            parts[f"variant {runs.mapping(variant).get('name')}"] = own
    return str(yaml.safe_dump(parts, sort_keys=False, allow_unicode=True))
