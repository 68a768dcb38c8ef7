"""The numbers of a report worked out anew from a run's records, by simple means of their own.

Nothing of the report's, the summary's or the costing's code is used: JSONL, Parquet and YAML are
read, and figures are counted, averaged and multiplied here. Limits of intervals, p-values and what
the verdict draws or searches for (confidence, turning points, questions needed) are not: their
own tests simulate them. Words of answers are compared by the metrics' own rule of normalisation.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import yaml

from workbench.evaluation import probes
from workbench.refusals import refuses
from workbench.text import token_f1, words

#: Where a number is not recomputed here, since its own tests draw it from simulations.
DRAWN = ("low", "high", "p", "error")
SEARCHED = ("/verdict/confidence", "/verdict/flip_points", "/verdict/needed",
            "/verdict/map", "/verdict/utility", "/verdict/today", "/power")  # fmt: skip


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


class Recomputed:
    """Numbers by their place in results.json, from the records in ``folder`` alone.

    ``results`` serves only to say which variant or pair stands at a place.
    """

    def __init__(self, folder: Path, prices: dict[str, Any]) -> None:
        self.folder, self.prices = folder, prices
        self.results = json.loads((folder / "results.json").read_text("utf-8"))
        self.spec = yaml.safe_load((folder / "specification.yaml").read_text("utf-8"))
        self.manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        self.exam = rows(folder / "questions/test.jsonl")
        self.gold = rows(folder / "questions/gold.jsonl")
        self.known = {item["id"]: item for item in [*self.exam, *self.gold]}
        self.names = [row["name"] for row in self.results["variants"]]
        self.answers = {
            name: {row["question"]: row for row in rows(folder / f"answers/{name}.jsonl")}
            for name in self.names
        }
        self.score: dict[tuple[str, str, str], float | None] = {
            (item["question"], item["variant"], item["metric"]): item["value"]
            for item in pq.read_table(folder / "scores.parquet").to_pylist()
        }
        self.mix = self.spec.get("workload", {}).get("strata") or dict.fromkeys(
            ("reworded", "same_section", "unseen"), 1 / 3
        )
        self.queries = float(self.results["verdict"]["queries_per_month"])
        self.updates = float(self.results["verdict"]["updates_per_month"])

    # --- scores -----------------------------------------------------------------------------

    def single(self, question: str, variant: str, metric: str) -> float | None:
        """One answer's score: word overlap and hits from the answer itself, others as recorded."""
        asked, reply = self.known[question], self.answers[variant].get(question)
        recorded = self.score.get((question, variant, metric))
        if recorded is None or reply is None or metric not in ("f1", "hit@3", "answer_words"):
            return recorded
        if metric == "answer_words":
            return float(len(reply["text"].split()))
        if metric == "hit@3":
            spans = [(item["document"], item["start"], item["end"]) for item in asked["evidence"]]
            places = [item.replace("-", ":").rsplit(":", 2) for item in reply["passages"][:3]]
            return float(any(
                document == of and int(first) < end and start < int(last)
                for document, first, last in places for of, start, end in spans
            ))  # fmt: skip
        silent = refuses(reply["text"], asked["answers"])
        if not asked["answers"] or silent:
            return float(silent and not asked["answers"])
        return max(token_f1(words(reply["text"]), words(item)) for item in asked["answers"])

    def values(self, metric: str, variant: str, asked: list[dict[str, Any]]) -> dict[str, float]:
        matches = {item["id"]: self.single(item["id"], variant, metric) for item in asked}
        return {name: value for name, value in matches.items() if value is not None}

    def pooled(self, matches: dict[str, float]) -> float:
        """The mean of the strata's means, weighted by the declared mix."""
        by = defaultdict(list)
        for name, value in matches.items():
            by[self.known[name]["stratum"]].append(value)
        total = sum(self.mix[stratum] for stratum in by)
        return sum(self.mix[stratum] / total * mean(listed) for stratum, listed in by.items())

    def metric(self, variant: str, part: str, rest: list[str]) -> float:
        asked = self.exam if part in ("metrics", "strata", "kinds") else self.gold
        if part in ("strata", "kinds", "gold_kinds"):
            key = "stratum" if part == "strata" else "kind"
            asked = [item for item in asked if item[key] == rest[0]]
            rest = rest[1:]
        matches = self.values(rest[0], variant, asked)
        if rest[1:] == ["missing"]:
            return sum((item["id"], variant, rest[0]) in self.score for item in asked) - len(
                matches
            )
        return self.pooled(matches) if part == "metrics" else mean(matches.values())

    def difference(self, place: dict[str, Any], asked: list[dict[str, Any]]) -> float:
        if place["stratum"]:
            asked = [item for item in asked if item["stratum"] == place["stratum"]]
        first = self.values(place["metric"], place["variant"], asked)
        second = self.values(place["metric"], place["baseline"], asked)
        gaps = {name: first[name] - second[name] for name in first if name in second}
        weighted = asked and not place["stratum"] and place.get("questions") != "gold"
        return self.pooled(gaps) if weighted else mean(gaps.values())

    def effect(self, part: str) -> float:
        cells = {name: self.values("f1", name, self.exam)
                 for name in ("prompt_only", "rag", "fine_tuned", "fine_tuned_rag")}  # fmt: skip
        sign = {"main_retrieval": (-0.5, 0.5, -0.5, 0.5), "main_tuning": (-0.5, -0.5, 0.5, 0.5),
                "interaction": (1.0, -1.0, -1.0, 1.0), "tuning_alone": (-1.0, 0.0, 1.0, 0.0),
                "tuning_with_retrieval": (0.0, -1.0, 0.0, 1.0),
                "retrieval_alone": (-1.0, 1.0, 0.0, 0.0),
                "retrieval_with_tuning": (0.0, 0.0, -1.0, 1.0),
                "additive": (-1.0, 1.0, 1.0, 0.0),
                "forced": (-1.0, 1.0, 1.0, 0.0)}[part]  # fmt: skip
        shared = set.intersection(*(set(cell) for cell in cells.values()))
        figure = self.pooled({
            name: sum(s * cell[name] for s, cell in zip(sign, cells.values(), strict=True))
            for name in shared
        })  # fmt: skip
        # What lies beyond an end of the scale, with the sign of the interaction it forces.
        return figure if part != "forced" else min(0.0, 1 - figure) + max(0.0, -figure)

    def lost(self, variant: str, cause: str) -> float:
        """Points of the waterfall: a question's loss goes to one cause, the reader's part apart."""
        own = self.values("f1", variant, self.exam)
        ceiling = self.values("f1", "oracle", self.exam)
        retrieving = any(answer["passages"] for answer in self.answers[variant].values())
        parts = {}
        for name in own:
            reply, asked = self.answers[variant][name], self.known[name]
            loss, beyond = 1 - own[name], ceiling[name] - own[name]
            hit = bool(self.score.get((name, variant, "mrr")))
            if not asked["answers"]:
                split = {"wrongly_answered": loss}
            elif refuses(reply["text"], asked["answers"]):
                split = {"wrongly_refused": loss}
            elif beyond <= 0:
                split = {"reader_failed": 1 - ceiling[name], "gained": beyond}
            else:
                blamed = "passages_distracted" if hit else "retrieval_missed"
                split = {"reader_failed": 1 - ceiling[name],
                         blamed if retrieving else "not_known": beyond}  # fmt: skip
            parts[name] = split.get(cause, 0.0)
        return self.pooled(parts)

    def abstention(self, variant: str, part: str) -> float:
        there = [item for item in self.known.values() if item["kind"] != "behaviour"]
        silent = [
            item
            for item in there
            if refuses(self.answers[variant][item["id"]]["text"], item["answers"])
        ]
        bare = [item for item in there if not item["answers"]]
        rightly = sum(not item["answers"] for item in silent)
        return {"abstained": len(silent), "unanswerable": len(bare),
                "invented": len(bare) - rightly,
                "precision": rightly / max(1, len(silent)),
                "recall": rightly / max(1, len(bare))}[part]  # fmt: skip

    def curve(self, variant: str, part: str) -> float:
        """The risk-coverage curve, answer by answer."""
        there = [item for item in self.known.values() if item["kind"] != "behaviour"]
        given = []
        for item in there:
            reply, score = self.answers[variant][item["id"]], self.single(item["id"], variant, "f1")
            if score is not None and not refuses(reply["text"], item["answers"]):
                given.append((reply["confidence"], score))
        risks = [1 - mean(score for other, score in given if other >= sure) for sure, _ in given]
        return {"answered": len(given), "area": mean(risks),
                "random": 1 - mean(score for _, score in given)}[part]  # fmt: skip

    # --- time and money ---------------------------------------------------------------------

    def timed(self, variant: str, part: str) -> list[float]:
        matches = rows(self.folder / f"latency/{variant}.jsonl")
        return [item[part] for item in matches if item[part] is not None]

    def month(self, variant: str) -> dict[str, float]:
        """A month's money by cause, from the clock, the manifest and the price book."""
        hourly = self.prices["machine"]["per_hour"]
        spent = {name: item["seconds"] for name, item in self.manifest["stages"].items()}
        tuned = "fine_tuned" in variant
        seconds, searching = (mean(self.timed(variant, part))
                              for part in ("total_s", "retrieval_s"))  # fmt: skip
        if "rag" not in variant:
            searching = 0.0
        often = self.updates + 1 / 12
        result = {"searching": self.queries * searching / 3600 * hourly,
                "answering": self.queries * (seconds - searching) / 3600 * hourly}  # fmt: skip
        if "rag" in variant:
            result["index"] = often * spent["index"] / 3600 * hourly
        if tuned:
            result["training"] = often * spent["adapter"] / 3600 * hourly
            result["writing"] = often * spent["questions"] / 3600 * hourly * self.trained()
        labour = self.prices["labour"]
        for name, there in (("retrieval", "rag" in variant), ("tuning", tuned)):
            hours = labour["setup_hours"][name] / 12 + self.updates * labour["update_hours"][name]
            result["people"] = result.get("people", 0.0) + there * hours * labour["per_hour"]
        return result

    def trained(self) -> float:
        facts = {}
        for role in ("train", "dev", "test"):
            matches = rows(self.folder / f"questions/{role}.jsonl")
            facts[role] = {item["fact"] or item["id"] for item in matches}
        return len(facts["train"]) / len(set.union(*facts.values()))

    def per_question(self, variant: str) -> float:
        return mean(self.timed(variant, "total_s")) / 3600 * self.prices["machine"]["per_hour"]

    def cost(self, variant: str, rest: list[str]) -> float:
        month, each = self.month(variant), self.per_question(variant)
        if rest[0] == "per_month_by_cause":
            return month[rest[1]]
        running = month["searching"] + month["answering"]
        built = (sum(month.values()) - running - month.get("people", 0.0)) / (self.updates + 1 / 12)
        labour = self.prices["labour"]
        of = (("retrieval", "rag" in variant), ("tuning", "fine_tuned" in variant))
        hours = {
            key: labour["per_hour"]
            * sum(labour[f"{key}_hours"][name] for name, there in of if there)
            for key in ("setup", "update")
        }
        right = self.pooled(self.values("f1", variant, self.exam))
        return {"fixed": built + hours["setup"], "per_update": built + hours["update"],
                "per_1000": 1000 * each, "per_month": sum(month.values()),
                "per_1000_correct": 1000 * each / (right or math.nan)}[rest[0]]  # fmt: skip

    def meeting(self, item: dict[str, Any]) -> float:
        """Where two months cost the same: a difference of what stands over one of slopes."""
        pair = [item["challenger"], item["incumbent"]]
        fixed = [self.cost(name, ["fixed"]) / 12 for name in pair]
        update = [self.cost(name, ["per_update"]) for name in pair]
        each = [self.per_question(name) for name in pair]
        if item["quantity"] == "queries_per_month":
            stands = [a + self.updates * b for a, b in zip(fixed, update, strict=True)]
            return (stands[0] - stands[1]) / (each[1] - each[0])
        stands = [a + self.queries * b for a, b in zip(fixed, each, strict=True)]
        return (stands[0] - stands[1]) / (update[1] - update[0])

    # --- probes, wordings, the judge ----------------------------------------------------------

    def forgotten(self, item: dict[str, Any], rest: list[str]) -> float:
        before, after = (self.folder / name for name in item["records"])
        if rest == ["prose", "pieces"]:
            return len(rows(before / "prose.jsonl"))
        if rest == ["prose", "tokens"]:
            return sum(row["tokens"] for row in rows(before / "prose.jsonl"))
        if rest == ["reading", "n"]:
            return len(rows(before / "answers.jsonl"))
        if rest[0] == "prose":
            ends = [math.exp(mean(row["nats"] for row in rows(part / "prose.jsonl")))
                    for part in (before, after)]  # fmt: skip
            return {"before": ends[0], "after": ends[1], "rise": ends[1] / ends[0] - 1}[rest[1]]
        if rest[0] == "reading":
            asked = {q.id: q.answers for q in probes.questions()}
            scored, refused = [], []
            for part in (before, after):
                matches = rows(part / "answers.jsonl")
                scored.append(mean(
                    float(refuses(row["text"]) == (not asked[row["question"]])
                          if not asked[row["question"]]
                          or refuses(row["text"], asked[row["question"]]) else
                          max(token_f1(words(row["text"]), words(reference))
                              for reference in asked[row["question"]]))
                    for row in matches
                ))  # fmt: skip
                refused.append(sum(refuses(row["text"]) and not asked[row["question"]]
                                   for row in matches))  # fmt: skip
            return {"before": scored[0], "after": scored[1], "difference": scored[1] - scored[0],
                    "refusals_before": refused[0], "refusals_after": refused[1],
                    "unanswerable": sum(not item for item in asked.values())}[rest[1]]  # fmt: skip
        pair = item["known"][int(rest[1])]
        right = [
            {name: value == 1 for name, value in self.values("containment", of, self.exam).items()
             if self.known[name]["answers"]}
            for of in (pair["baseline"], pair["variant"])
        ]  # fmt: skip
        both = [(right[0][name], right[1][name]) for name in right[0] if name in right[1]]
        return {"known": sum(a for a, _ in both), "broken": both.count((True, False)),
                "gained": both.count((False, True)), "n": len(both)}[rest[2]]  # fmt: skip

    def reworded(self, variant: str, part: str) -> float:
        """From the answers to all wordings: turns, and how far a question's score moves."""
        more = {row["id"]: row for row in rows(self.folder / "sensitivity/questions.jsonl")}
        sentences = {row["question"]: row["text"]
                for row in rows(self.folder / f"sensitivity/{variant}.jsonl")}  # fmt: skip
        right, scored = defaultdict(list), defaultdict(list)
        for name, item in more.items():
            home = item["tags"]["wording_of"]
            for text in [
                sentences[name],
                *([] if right[home] else [self.answers[variant][home]["text"]]),
            ]:
                given, wanted = words(text), [words(each) for each in item["answers"]]
                if refuses(text, item["answers"]):
                    right[home].append(False)
                    scored[home].append(0.0)
                    continue
                right[home].append(any(
                    given[at : at + len(each)] == each
                    for each in wanted for at in range(len(given) - len(each) + 1)
                ))  # fmt: skip
                scored[home].append(max(token_f1(given, each) for each in wanted))
        turned = [len(set(item)) > 1 for item in right.values()]
        return {
            "flipped": mean(map(float, turned)),
            "solved": sum(any(item) for item in right.values()),
            "turned": sum(turned),
            "range": mean(max(item) - min(item) for item in scored.values()),
            "sd": mean(stdev(item) for item in scored.values()),
            "n": len(right),
        }[part]

    def wordings(self, part: str) -> float:
        """How many questions were asked again, and in how many wordings each, its own included."""
        homes = [row["tags"]["wording_of"]
                 for row in rows(self.folder / "sensitivity/questions.jsonl")]  # fmt: skip
        asked = len(set(homes))
        return asked if part == "questions" else (len(homes) + asked) / asked

    def judged(self, rest: list[str]) -> float:
        matches = rows(self.folder / "judged/scores.jsonl")
        calls = [row for row in rows(self.folder / "judged/calls.jsonl") if "reserved" not in row]
        if rest[0] in ("due", "judged", "failed"):
            had = sum(item["value"] is not None for item in matches)
            return {"due": len(matches), "judged": had, "failed": len(matches) - had}[rest[0]]
        if rest[0] == "calls":
            return len(calls)
        if rest[0] in ("input_tokens", "output_tokens"):
            return sum(call[rest[0]] for call in calls)
        price = self.prices["endpoints"]["stub"]
        paid = [
            call[f"{way}_tokens"] * price[f"{way}_per_million"]
            for call in calls
            for way in ("input", "output")
        ]
        return sum(paid) / 1e6

    # --- all of them --------------------------------------------------------------------------

    def at(self, pointer: str) -> float | None:
        """The number at a place; None where it is drawn or searched for, and not worked out here.

        Raises KeyError for a place that nothing here can recompute.
        """
        first, *rest = pointer.strip("/").split("/")
        if rest and (rest[-1] in DRAWN or pointer.startswith(SEARCHED)):
            return None
        result: dict[str, Callable[[], float]] = {
            "variants": lambda: self._variant(self.names[int(rest[0])], rest[1], rest[2:]),
            "comparisons": lambda: self.difference(self._one("comparisons", rest), self.exam),
            "gold_comparisons": lambda: self.difference(
                self._one("gold_comparisons", rest), self.gold),
            "interaction": lambda: self.effect(rest[0]),
            "waterfall": lambda: self.lost(
                rest[0], self.results["waterfall"][rest[0]]["steps"][int(rest[2])]["cause"]),
            "forgetting": lambda: self.forgotten(self._one("forgetting", rest), rest[1:]),
            "sensitivity": lambda: self.wordings(rest[0]) if len(rest) == 1 else self.reworded(
                self.results["sensitivity"]["variants"][int(rest[1])]["name"],
                rest[3] if rest[3:] == ["n"] else rest[2]),
            "judge": lambda: self.judged(rest),
            "break_even": lambda: self.meeting(self._one("break_even", rest)),
            "questions": lambda: self._asked(rest),
            "building": self.trained,
            "run": lambda: self._of_the_run(rest),
            "level": lambda: self.spec.get("decision", {}).get("level", 0.95),
            "prices": lambda: self._price(rest),
            "search": lambda: self._searched(rest),
            "certificate": lambda: sum(item["stratum"] == rest[1] for item in self.exam),
            "verdict": lambda: self._verdict(rest),
            "leader": lambda: self._leader(rest[0]),
            "gold_agreement": lambda: self._level(rest),
        }  # fmt: skip
        return float(result[first]())

    def _price(self, rest: list[str]) -> float:
        """What stands in the price book, or a month of its machine's hours."""
        hourly = self.prices["machine"]["per_hour"]
        named = {"machine_per_hour": hourly, "machine_month": 730 * hourly,
                 "labour_per_hour": self.prices["labour"]["per_hour"]}  # fmt: skip
        if rest[0] in named:
            return float(named[rest[0]])
        value: Any = self.prices
        for key in rest:
            value = value[key]
        return float(value)

    def _searched(self, rest: list[str]) -> float:
        """From the rank of each question's evidence, by part of the search."""
        ranks = {row["question"]: row["ranks"] for row in rows(self.folder / "search.jsonl")}
        told = self.results["search"]
        if rest == ["questions"]:
            return len(ranks)
        if rest == ["top_k"]:
            return float(self.spec.get("retrieval", {}).get("top_k", 3))
        if rest == ["missed"]:
            shown = [found[told["used"]] for found in ranks.values()]
            return sum(rank is None or rank > told["top_k"] for rank in shown)
        if rest[0] == "misses":
            return float(ranks[told["misses"][int(rest[1])]["question"]][rest[3]])
        part = told["parts"][int(rest[1])]
        count = part["at"][int(rest[3])]["count"]
        if rest[-1] == "n":
            return len(ranks)
        if rest[-1] == "count":
            return count
        return self.pooled({
            question: float((found[part["part"]] or count + 1) <= count)
            for question, found in ranks.items()
        })  # fmt: skip

    def _leader(self, part: str) -> float:
        """Of how many the one in front is the best, and its score."""
        rivals = [v["name"] for v in self.results["variants"] if not v["is_ceiling"]]
        if part == "of":
            return len(rivals)
        return max(self._variant(name, "metrics", ["f1", "value"]) for name in rivals)

    def _of_the_run(self, rest: list[str]) -> float:
        """What the results say of the corpus: its sections, counted in their file."""
        if rest != ["corpus", "sections"]:
            raise KeyError("/".join(rest))
        return len(rows(self.folder / "corpus/sections.jsonl"))

    def _one(self, part: str, rest: list[str]) -> dict[str, Any]:
        return dict(self.results[part][int(rest[0])])

    def _asked(self, rest: list[str]) -> float:
        if rest[0] == "sections":
            return len({item["cluster"] for item in self.exam if item["cluster"]})
        of = self.gold if rest[0].startswith("gold") else self.exam
        key = "stratum" if rest[0].endswith("strata") else "kind"
        return sum(len(rest) == 1 or item[key] == rest[1] for item in of)

    def _variant(self, name: str, part: str, rest: list[str]) -> float:
        if part == "latency":
            if rest == ["n"]:
                return len(self.timed(name, "total_s"))
            share = {"p50": 50, "p90": 90}[rest[1]]
            return float(np.percentile(self.timed(name, rest[0]), share))
        if part == "cost":
            return self.cost(name, rest)
        if part == "abstention":
            return self.abstention(name, rest[0])
        if part == "risk_coverage":
            return self.curve(name, rest[0])
        return self.metric(name, part, rest)

    def _verdict(self, rest: list[str]) -> float:
        """What is missing, what a limit leaves open, how equal ones differ; else the user's."""
        metric = self.results["metric"]
        if rest[0] == "missing":
            asked = {item["id"] for item in self.exam}
            due = {(question, variant) for question, variant, of in self.score
                   if of == metric and question in asked}  # fmt: skip
            if rest[1] == "due":
                return len({question for question, _ in due})
            return sum(self.score[question, variant, metric] is None
                       for question, variant in due if variant == rest[2])  # fmt: skip
        if rest[0] == "open_limits":
            item = self.results["verdict"]["open_limits"][int(rest[1])]
            if rest[2] == "limit":
                return self.spec["decision"]["max_p90_s"]
            return float(np.percentile(self.timed(item["variant"], "total_s"), 90))
        if rest[0] == "equivalence":
            item = self.results["verdict"]["equivalence"][int(rest[1])]
            return self.difference({**item, "metric": metric, "stratum": None}, self.exam)
        return self._declared(rest[0])

    def _declared(self, name: str) -> float:
        return {"margin": self.spec.get("decision", {}).get("margin", 0.03),
                "queries_per_month": self.spec["workload"]["queries_per_month"],
                "updates_per_month": self.spec["workload"]["updates_per_month"]}[name]  # fmt: skip

    def _level(self, rest: list[str]) -> float:
        item = self.results["gold_agreement"][rest[0]][int(rest[1])]
        if rest[2] == "difference":
            better, worse = (
                mean(self.values("f1", item[f"{side}_on_gold"], self.gold).values())
                for side in ("better", "worse")
            )
            return better - worse
        asked = self.gold if rest[2] == "gold" else self.exam
        matches = self.values("f1", item["variant"], asked)
        return mean(matches.values()) if rest[2] == "gold" else self.pooled(matches)
