"""results.json as one self-contained HTML page. Pure: a dictionary in, a string out."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from workbench import wording
from workbench.report import charts
from workbench.report.judged import judged, metrics_of
from workbench.report.links import number, sentence
from workbench.report.probed import probed
from workbench.types import KINDS, STRATA

RETRIEVAL_METRICS = ("hit@1", "hit@3", "hit@5", "mrr")


def render_html(results: Mapping[str, Any], language: str = "en") -> str:
    """The report. Text of models and corpora is escaped; nothing is fetched from anywhere."""
    return str(_template().render(_View(results, language).context()))


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_resource("page.html.j2"))


def _resource(name: str) -> str:
    return files("workbench.report").joinpath(name).read_text(encoding="utf-8")


class _View:
    """What the template shows, worked out from results.json."""

    def __init__(self, results: Mapping[str, Any], language: str) -> None:
        self.results = results
        self.language = language
        self.words = wording.LANGUAGES[language]
        self.verdict = results["verdict"]
        self.metric = results["metric"]
        self.rows = [
            {**row, "at": f"/variants/{place}"} for place, row in enumerate(results["variants"])
        ]
        for row in self.rows:
            row["metrics"] = {self.metric: None, **row["metrics"]}
        self.currency = (results.get("prices") or {}).get("currency", "USD")

    def say(self, key: str, **values: Any) -> str:
        return self.words[key].format(**values)

    def num(self, value: float | None, unit: str, at: str) -> Markup:
        return number(wording.figure(value, unit, at, self.currency), self.results)

    def context(self) -> dict[str, Any]:
        results, verdict = self.results, self.verdict
        names = [row["name"] for row in self.rows]
        strata = [s for s in STRATA if any(s in row["strata"] for row in self.rows)]
        kinds = [k for k in KINDS if any(k in row["kinds"] for row in self.rows)]
        gold_kinds = [k for k in KINDS if any(k in row["gold_kinds"] for row in self.rows)]
        interaction = results.get("interaction")
        examples = [self._example(one) for one in results.get("examples", [])]
        falls = self._falls()
        costed = any(row.get("cost") for row in self.rows)
        run = {"model": None, "created": None, "reproduce": None, **results["run"]}
        clocked = max((row["latency"].get("n", 0) for row in self.rows), default=0)
        parts = [("scores", "h_scores"), ("pairs", "h_pairs"), ("levers", "h_levers"),
                 ("waterfall", "h_waterfall"), ("forgetting", "h_forgetting"),
                 ("sensitivity", "h_sensitivity"),
                 ("gold", "h_gold"), ("judge", "h_judge"), ("examples", "h_examples"),
                 ("latency", "h_latency"), ("cost", "h_cost"), ("method", "h_method"),
                 ("exam", "h_certificate"), ("training", "h_tuning"), ("run", "h_run")]  # fmt: skip
        absent = {
            "forgetting": not results.get("forgetting"),
            "sensitivity": not results.get("sensitivity"),
            "gold": not results["questions"]["gold"], "examples": not examples,
            "judge": not results.get("judge"),
            "training": not results.get("tuning"),
        }  # fmt: skip
        return {
            "language": self.language,
            "css": Markup(_resource("page.css")),
            "say": self.say,
            "num": self.num,
            "sentence": lambda made: sentence(made, results, self.language),
            "span": self._span,
            "signed": lambda made: wording.interval(made["low"], made["high"], signed=True),
            "short": self._short,
            "count": wording.count,
            "money": self._money,
            "metric_name": wording.metric_label,
            "shows": lambda row, metric: not (
                row["is_ceiling"] and metric in RETRIEVAL_METRICS
            ),
            "kind_metric": lambda kind: "behaviour" if kind == "behaviour" else self.metric,
            "flip_span": self._flip_span,
            "colours": wording.colours(names),
            "stratum_labels": wording.STRATUM_LABELS,
            "kind_labels": wording.KIND_LABELS,
            "contents": [part for part in parts if not absent.get(part[0])],
            "corpus": (run.get("corpus") or {}).get("title") or run.get("id") or "Imported answers",
            "run": run,
            "version": (run.get("versions") or {}).get("workbench", ""),
            "verdict": verdict,
            "said": verdict["statements"],
            "flips": verdict["statements"]["flip_points"],
            "confidence": self._confidence(),
            "rows": self.rows,
            "questions": results["questions"],
            "metric": self.metric,
            "metric_label": wording.metric_label(self.metric),
            "other_metrics": self._other_metrics(),
            "strata": strata,
            "kinds": kinds,
            "gold_kinds": gold_kinds,
            "scores_note": self._scores_note(strata),
            **self._charts(),
            "chart_title": self.say(
                "h_chart", metric=wording.metric_label(self.metric),
                level=wording.share(results["level"]),
            ),
            "pairs": self._pairs(),
            "power": results["power"],
            "power_note": self._power_note(),
            "interaction": interaction,
            "levers_chart": self._levers() if interaction else "",
            "falls": falls,
            "gold_agreement": results["gold_agreement"],
            **judged(results, self.words, self._name),
            **probed(results, self.words, self._name),
            "examples": examples,
            "clocked": clocked,
            "costed": costed,
            "prices": results.get("prices") or {},
            "cost_note": self._cost_note() if costed else "",
            "cost_missing": self._cost_missing(),
            **self._causes(),
            **self._map(),
            "method": self._method(),
            "method_rule": sentence(
                wording.statement(
                    "method_rule",
                    margin=wording.figure(verdict["margin"], "margin", "/verdict/margin"),
                    level=wording.figure(results["level"], "share", "/level"),
                ),
                results,
            ),
            "certificate": _facts(results.get("certificate")),
            "dropped": ", ".join(
                f"{number} {reason}" for reason, number in
                results["questions"].get("dropped", {}).items()
            ),
            "tuning": list(itertools.chain(*(_facts(one) for one in results.get("tuning", [])))),
            "facts": self._run_facts(run),
            "warnings": [
                *results.get("warnings", []),
                *(results["judge"]["warnings"] if self.metric in metrics_of(results) else []),
            ],
        }  # fmt: skip

    def _short(self, row: Mapping[str, Any]) -> str:
        return wording.short_label(row)

    def _name(self, variant: str) -> str:
        return next((self._short(row) for row in self.rows if row["name"] == variant), variant)

    def _span(self, made: Mapping[str, Any], unit: str) -> str:
        return wording.interval(
            made["low"], made["high"], "answer_words" if unit == "plain" else "f1"
        )

    def _money(self, row: Mapping[str, Any], part: str) -> Any:
        value = row["cost"][part]
        if part in ("fixed", "per_update") and value == 0:
            return self.say("none")
        return self.num(value, "money", f"{row['at']}/cost/{part}")

    def _confidence(self) -> Any:
        verdict = self.verdict
        if verdict["confidence"] is None:
            return ""
        made = wording.statement(
            "confidence", name=self._name(verdict["leader"]),
            share=wording.figure(verdict["confidence"], "share", "/verdict/confidence"),
        )  # fmt: skip
        return sentence(made, self.results, self.language)

    def _charts(self) -> dict[str, Markup]:
        bars = []
        for row in self.rows:
            made = row["metrics"].get(self.metric) or {}
            bars.append(
                {"name": row["name"], "label": self._short(row), "hollow": row["is_ceiling"],
                 "chosen": row["name"] == self.verdict["variant"],
                 **{key: made.get(key) for key in ("value", "low", "high")}}
            )  # fmt: skip
        title = wording.metric_label(self.metric)
        return {
            "chart": charts.intervals(bars, title),
            "chart_narrow": charts.intervals_narrow(bars, title),
        }

    def _other_metrics(self) -> list[str]:
        seen = {name for row in self.rows for name in row["metrics"]}
        seen -= set(metrics_of(self.results))
        order = [name for name in wording.METRIC_LABELS if name in seen]
        order += sorted(seen - set(order))
        return [name for name in order if name not in (self.metric, "behaviour")]

    def _scores_note(self, strata: Sequence[str]) -> str:
        mix = self.results.get("mix") or {}
        shares = ", ".join(
            f"{wording.STRATUM_LABELS[s].lower()} {wording.share(mix.get(s, 0))}" for s in strata
        )
        kinds = ", ".join(
            f"{wording.KIND_LABELS[kind].lower()} {wording.share(part)}"
            for kind, part in (self.results.get("kind_mix") or {}).items()
        )
        shares = "; ".join(part for part in (shares, kinds) if part)
        meaning = "; ".join(
            f"{wording.STRATUM_LABELS[s]}: {wording.STRATUM_MEANINGS[s]}" for s in strata
        )
        return self.say("scores_note", mix=shares or "–", strata_meaning=f"{meaning}." if meaning
                        else "")  # fmt: skip

    def _pairs(self) -> list[dict[str, Any]]:
        """Rows of the table of differences; the ceiling is compared on the whole mix only."""
        ceilings = {row["name"] for row in self.rows if row["is_ceiling"]}
        made = []
        for place, one in enumerate(self.results["comparisons"]):
            stratum = one["stratum"]
            of_ceiling = ceilings & {one["variant"], one["baseline"]}
            if one["metric"] != self.metric or (stratum and of_ceiling):
                continue
            made.append(
                {
                    **one,
                    "place": place,
                    "at": f"/comparisons/{place}",
                    "names": f"{self._name(one['variant'])} − {self._name(one['baseline'])}",
                    "stratum_label": wording.STRATUM_LABELS[stratum]
                    if stratum
                    else self.say("workload_mix"),
                    "span": wording.interval(one["low"], one["high"], signed=True),
                    "p": wording.p_value(one["p"]),
                }
            )
        return made

    def _power_note(self) -> Any:
        gap = self.results["power"]["detectable_difference"]
        made = wording.statement(
            "pairs_power", gap=wording.figure(gap, "points", "/power/detectable_difference")
        )
        return sentence(made, self.results, self.language)

    def _levers(self) -> Markup:
        value = {
            row["name"]: (row["metrics"].get(self.metric) or {}).get("value") for row in self.rows
        }
        cells = {(False, False): value.get("prompt_only"), (False, True): value.get("rag"),
                 (True, False): value.get("fine_tuned"),
                 (True, True): value.get("fine_tuned_rag")}  # fmt: skip
        return charts.levers(cells, self.words)

    def _falls(self) -> list[dict[str, Any]]:
        falls = []
        for variant, made in (self.results.get("waterfall") or {}).items():
            row = next(row for row in self.rows if row["name"] == variant)
            steps = [
                {**step, "at": f"/waterfall/{variant}/steps/{place}",
                 "fix": self.say(f"fix_{step['cause']}", gain=wording.points(step["points"]))}
                for place, step in enumerate(made["steps"])
            ]  # fmt: skip
            falls.append(
                {"row": row, "steps": steps, "chart": charts.waterfall(made, variant, self.words)}
            )
        return falls

    def _example(self, one: Mapping[str, Any]) -> dict[str, Any]:
        listed = []
        for row in self.rows:
            reply = one["answers"].get(row["name"])
            if reply is not None:
                listed.append({**reply, "row": row, "score": wording.points(reply["score"])})
        outcome = (
            self.say("example_winner", winner=self._name(one["winner"])) if one["winner"]
            else self.say("example_failed")
        )  # fmt: skip
        return {**one, "listed": listed, "outcome": outcome}

    def _cost_note(self) -> str:
        prices = self.results.get("prices")
        if prices is None:
            return self.say("cost_note_foreign")
        return self.say(
            "cost_note", dated=prices["dated"],
            machine=wording.money(prices["machine_per_hour"], self.currency),
            source=prices["machine_source"] or self.say("none"),
            serving=self.say(f"serving_{prices['serving']}"),
            updates=wording.rate(self.verdict["updates_per_month"]),
        )  # fmt: skip

    def _causes(self) -> dict[str, Any]:
        """The causes that cost anything, and the sentences above and below their table."""
        split = [(row.get("cost") or {}).get("per_month_by_cause") or {} for row in self.rows]
        share = (self.results.get("building") or {}).get("drill_share")
        return {
            "causes": [(name, title) for name, title in wording.COST_CAUSES.items()
                       if any(one.get(name) for one in split)],
            "causes_note": self.say(
                "cost_by_cause", queries=wording.count(self.verdict["queries_per_month"]),
                updates=wording.rate(self.verdict["updates_per_month"]),
            ),
            "writing_note": "" if share is None else sentence(
                wording.statement("cost_writing", share=wording.figure(
                    share, "share", "/building/drill_share")), self.results, self.language,
            ),
        }  # fmt: skip

    def _cost_missing(self) -> list[str]:
        return [
            self.say("cost_missing", name=self._short(row), missing=row["cost"]["missing"])
            for row in self.rows
            if row.get("cost") and row["cost"]["missing"]
        ]

    def _flip_span(self, place: int) -> str:
        one = self.verdict["flip_points"][place]
        if one.get("low") is None or one.get("high") is None:
            return ""
        return f" [{wording.count(one['low'])}, {wording.count(one['high'])}]"

    def _map(self) -> dict[str, Any]:
        made = self.verdict.get("map")
        if not made:
            return {"map_chart": "", "map_flat": ""}
        if len({name for row in made["winner"] for name in row}) > 1:
            chart = charts.winner_map(made, self.verdict, self.words)
            return {"map_chart": chart, "map_flat": ""}
        queries, updates = made["queries_per_month"], made["updates_per_month"]
        flat = self.say("map_flat", low=wording.count(queries[0]), high=wording.count(queries[-1]),
                        few=f"{updates[0]:g}", many=f"{updates[-1]:g}")  # fmt: skip
        return {"map_chart": "", "map_flat": flat}

    def _method(self) -> str:
        methods = {
            one["method"] for one in self.results["comparisons"]
            if one["metric"] == self.metric and one["stratum"] is None
        }  # fmt: skip
        return "; ".join(sorted(methods)) or self.say("none")

    def _run_facts(self, run: Mapping[str, Any]) -> list[tuple[str, str]]:
        corpus, hardware = run.get("corpus") or {}, run.get("hardware") or {}
        return [
            (key, str(value))
            for key, value in (
                ("Run", run.get("id")),
                ("Made", run.get("created")),
                ("Corpus", ", ".join(
                    f"{key} {value}" for key, value in corpus.items() if value is not None)),
                ("Machine", ", ".join(
                    f"{key} {value}" for key, value in hardware.items() if value is not None)),
                ("Seed", run.get("seed")),
                ("Minutes", run.get("minutes")),
                ("Stages", ", ".join(f"{stage} {wording.seconds(value)}" for stage, value in
                                     (self.results.get("stages") or {}).items())),
                ("Versions", ", ".join(
                    f"{key} {value}" for key, value in (run.get("versions") or {}).items())),
            )
            if value not in (None, "")
        ]  # fmt: skip


def _facts(values: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    """A flat mapping as label and text; nested parts are left to results.json."""
    if not values:
        return []
    return [
        (key.replace("_", " ").replace("@", " at "), f"{value:.3g}" if isinstance(value, float)
         else str(value))
        for key, value in values.items()
        if value is not None and not isinstance(value, dict | list)
    ]  # fmt: skip
