"""Two editions of the novella's first chapters by the real command: carried over, left, updated."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.support.commands import ended
from tests.support.small_run import (
    environment,
    the_run,
    workbench,
    write_editions,
    write_experiment,
)

VARIANTS = [
    "prompt_only", "rag",
    *({"name": name, "context": "none", "edition": name} for name in
      ("stale", "retrained")),
]  # fmt: skip


@pytest.mark.slow
def test_a_later_edition_is_sat_by_what_was_left_and_what_was_brought_up_to_date(
    tmp_path: Path,
) -> None:
    path = write_experiment(
        tmp_path, corpus={"editions": ["old", "new"]}, variants=VARIANTS,
        questions={"train_facts": 14, "test": 24, "dev": 6, "wordings": 2},
    )  # fmt: skip
    write_editions(tmp_path)
    workbench(tmp_path, "run", str(path))
    run = the_run(tmp_path)
    told = json.loads((run / "results.json").read_text("utf-8"))
    found = told["editions"]
    assert found["sections"]["removed"] >= 1 and found["sections"]["changed"] >= 1
    exam = [json.loads(line) for line in (run / "questions" / "test.jsonl").open(encoding="utf-8")]
    counts = dict.fromkeys(found["questions"], 0)
    text = (tmp_path / "new" / "the_salt_ledger.txt").read_text("utf-8")
    for question in exam:
        counts[question["tags"]["change"]] += 1
        assert all(item["quote"] in text for item in question["evidence"])
    assert counts == found["questions"] and counts["unchanged"] and counts["removed"]
    rows = {row["name"]: row for row in found["variants"]}
    assert set(rows) == {"prompt_only", "rag", "stale", "retrained"}
    cost = {row["name"]: row["cost"] for row in told["variants"]}
    assert rows["stale"]["update_s"] == 0
    assert cost["stale"]["per_update"] < cost["retrained"]["per_update"]
    assert rows["retrained"]["update_s"] > rows["rag"]["update_s"] > 0
    # No passage of the earlier edition is shown to anybody.
    passages = [
        json.loads(line) for line in (run / "corpus" / "passages.jsonl").open(encoding="utf-8")
    ]
    assert all(item["text"] in text for item in passages)
    assert "The text changed" in (run / "report.html").read_text("utf-8")
    again = workbench(tmp_path, "show", run.name, "--json")
    assert json.loads(again)["verdict"]
    # Nothing that is trained on changed: what would be trained further is refused before it is.
    own = {"name": "further", "context": "none", "edition": "tuned_on"}
    path.write_text(yaml.safe_dump({**yaml.safe_load(path.read_text("utf-8")),
                                    "variants": ["rag", own]}), "utf-8")  # fmt: skip
    done = ended(tmp_path, ["run", str(path)], environment(tmp_path))
    assert done.returncode == 2 and "nothing to train an adapter further on" in done.stderr
