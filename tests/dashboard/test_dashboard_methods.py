"""The Training page on tunings by different methods: what each trains, takes and breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.pages import words

Show = Callable[..., Any]
FACTS = {
    "fine_tuned": {
        "method": "lora", "trained_parameters": 1_278_144, "trained_share": 0.0555,
        "state_bytes": 20_450_536, "size_bytes": 5_120_161, "seconds": 75.0,
        "loss_first": 2.0, "loss_last": 0.1,
    },
    "soft": {
        "method": "prompt", "trained_parameters": 7_680, "trained_share": 0.000333,
        "state_bytes": 122_880, "size_bytes": 31_323, "seconds": 40.0,
        "loss_first": 2.0, "loss_last": 1.1,
    },
}  # fmt: skip


def put(run: Path, **facts: dict[str, Any]) -> None:
    for name, values in facts.items():
        folder = run / "tuning" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "summary.json").write_text(json.dumps(values))
        (folder / "losses.jsonl").write_text("")


def test_methods_stand_side_by_side(run: Path, show: Show) -> None:
    put(run, **FACTS)
    path = run / "results.json"
    broken = {"adapter": "soft", "prose": {"rise": 0.021}, "reading": {"difference": -0.034}}
    path.write_text(json.dumps({**json.loads(path.read_text()), "forgetting": [broken]}))
    text = words(show("training"))
    assert "What each tuning trains, takes and breaks" in text
    for cell in (
        "LoRA", "5.5%", "1,280,000", "20.5 MB", "5.12 MB",
        "Prompt tuning", "0.033%", "7,680", "123 kB", "31.3 kB", "+2.1%", "−3.4",
    ):  # fmt: skip
        assert f"<td>{cell}</td>" in text, cell
    assert "soft trains 0.033% of the weights and takes 31.3 kB on disk" in text
    assert "Fine-tuned 5.5% and 5.12 MB" in text


def test_a_run_that_recorded_none_of_it_has_no_such_table(run: Path, show: Show) -> None:
    assert "What each tuning trains" not in words(show("training"))
