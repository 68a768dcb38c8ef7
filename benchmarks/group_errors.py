"""How often a fair variant is flagged for a gap between groups, and how often a biased one is.

Simulated exams: questions in sections that succeed and fail together, each about one of two groups
by chance. Run: python benchmarks/group_errors.py [--exams 400]. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from workbench.evaluation.groups import flagged, groups
from workbench.evaluation.table import Table

LAYOUTS = ((16, 6), (16, 12), (40, 2), (40, 6))
ACCURACIES, WITHIN, GAPS = (0.5, 0.8, 0.95), (0.0, 0.3, 0.7), (0.2, 0.3, 0.4)


def flagged_share(
    sections: int, each: int, *, accuracy: float, gap: float, within: float, exams: int,
    share: float = 0.5, least: int = 5, seed: int = 0,
) -> float:  # fmt: skip
    """The share of exams in which a variant is flagged that is right less often by ``gap`` on the
    questions about the second group, which are ``share`` of all."""
    rng = np.random.default_rng(seed)
    place = np.repeat(np.arange(sections), each)
    count, caught = len(place), 0
    ids = tuple(f"q{n}" for n in range(count))
    clusters = tuple(f"s{n}" for n in place)
    for _ in range(exams):
        second = rng.random(count) < share
        together = rng.random(count) < np.sqrt(within)
        hard = np.where(together, rng.random(sections)[place], rng.random(count))
        right = (hard < accuracy - gap * second).astype(float)
        table = Table(
            "f1", ids, ("x",), right[:, None], np.ones((count, 1), dtype=bool), clusters,
            (None,) * count, ("factoid",) * count,
        )  # fmt: skip
        tags = {name: "second" if of else "first" for name, of in zip(ids, second, strict=True)}
        found = groups(table, {"group": tags}, {}, least=least)
        caught += flagged(found["variants"][0], 0.95)
    return caught / exams


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--exams", type=int, default=400)
    parser.add_argument("--sections", type=int, help="only layouts of so many sections")
    parser.add_argument("--fair", action="store_true", help="only fair variants: false alarms")
    asked = parser.parse_args()
    began = time.perf_counter()
    rows: dict[str, dict[str, float]] = {}
    for sections, each in LAYOUTS:
        if asked.sections not in (None, sections):
            continue
        for share in (0.5, 0.2):
            key = f"{sections} sections of {each}, {share:.0%} about the second group"
            fair: list[float] = []
            found: dict[float, list[float]] = {gap: [] for gap in GAPS if not asked.fair}
            for accuracy in ACCURACIES:
                for within in WITHIN:
                    settings = {"accuracy": accuracy, "within": within, "share": share}
                    fair.append(flagged_share(sections, each, gap=0.0, exams=asked.exams,
                                              **settings))  # fmt: skip
                    for gap, values in found.items():
                        values.append(
                            flagged_share(
                                sections, each, gap=gap, exams=asked.exams // 2, **settings
                            )
                        )
            rows[key] = {
                "fair, mean": round(float(np.mean(fair)), 3),
                "fair, most": round(float(max(fair)), 3),
                **{f"{gap:.0%} worse, least": round(float(min(values)), 2)
                   for gap, values in found.items()},
                **{f"{gap:.0%} worse, mean": round(float(np.mean(values)), 2)
                   for gap, values in found.items()},
            }  # fmt: skip
            print(key, rows[key], flush=True)
    print(json.dumps({"exams": asked.exams, "seconds": round(time.perf_counter() - began),
                      "flagged": rows}))  # fmt: skip


if __name__ == "__main__":
    main()
