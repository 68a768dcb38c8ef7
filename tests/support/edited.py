"""What a run on two editions records, made up: the further right a variant, the less stale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def estimate(value: float) -> dict[str, Any]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 20, "clusters": 9}


def edited(results: Mapping[str, Any]) -> dict[str, Any]:
    """``editions`` of these results."""
    names = [row["name"] for row in results["variants"] if not row["is_ceiling"]]
    rows = [
        {
            "name": name, "unchanged": estimate(0.5), "changed": estimate(0.2 + place / 10),
            "new": estimate(0.3), "removed": {}, "stale": 9 - place, "stale_of": 12,
            "update_s": 60.0 + place,
        }
        for place, name in enumerate(names)
    ]  # fmt: skip
    first, last = rows[0], rows[-1]
    first |= {"beside": last["name"], "loss": estimate(0.12),
              "often": {"search": names[1], "at": 0.48, "above": False, "machine_at": 26.0,
                        "machine_above": True, "lasts": 4.0}}  # fmt: skip
    last["often"] = {"search": names[1], "first": names[1], "machine_first": names[1], "lasts": 0.0}
    return {
        "share": 0.12, "sections": {"unchanged": 3, "changed": 2, "added": 1, "removed": 1},
        "questions": {"unchanged": 40, "changed": 9, "new": 8, "removed": 3}, "retired": 4,
        "changed": [
            {"what": "changed", "title": "4. <Prices>", "gone": 1, "new": 2,
             "was": "A raft costs 60 pounds.", "now": "A raft costs 66 pounds."},
            {"what": "removed", "title": "13. Pay", "gone": 29, "new": 0, "was": "Wages are paid.",
             "now": ""},
        ],
        "variants": rows,
        "gold": [
            {key: row[key] for key in row if key not in ("update_s", "often", "loss", "beside")}
            for row in rows
        ],
    }  # fmt: skip
