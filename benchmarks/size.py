"""What do 100,000 questions x 8 systems take: scores, statistics, verdict, report and pages?

A file of answers is made (questions with references, kinds, strata and sections of ten; each system
has a chance of being right), and then the real commands run on it, each in a process of its own:
`workbench import-answers --score f1`, `show`, `report`, and the dashboard's pages (by
`benchmarks.dashboard`). Told of each: seconds by the clock, seconds of the processor, and the most
memory that it held at once. With `--padding` each answer has that many characters more: 1,200 make
the file a gigabyte. `--form` is how it is written: an answer a line (`long`), or a line of JSON or
CSV for each question with a column for each system (`wide`, `csv`). The last line is one JSON
object.

    python -m benchmarks.size [--questions 100000] [--padding 0] [--form long|wide|csv]
                              [--folder DIRECTORY] [--no-pages]
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from workbench.evaluation.imported_rows import OF_QUESTION

ROOT = Path(__file__).resolve().parent.parent
#: The chance of each system to be right, by stratum.
SYSTEMS = {
    "plain": (0.04, 0.04, 0.04), "few_shot": (0.07, 0.06, 0.05), "long": (0.34, 0.33, 0.30),
    "rag": (0.70, 0.68, 0.66), "tuned": (0.58, 0.12, 0.06), "hybrid": (0.79, 0.72, 0.67),
    "raft": (0.76, 0.70, 0.66), "vendor": (0.69, 0.69, 0.69),
}  # fmt: skip
STRATA = ("reworded", "same_section", "unseen")
KINDS = ("factoid", "factoid", "why_how", "multi_hop")
THINGS = ("salt", "rope", "tin", "wax", "wool", "amber", "flax", "honey", "slate", "oil")
PLACES = ("the north quay", "the mill lane", "the old customs house", "the ferry steps")
IN_SECTION = 10
#: Text like an answer's, of which padding is cut.
PROSE = (
    "The clerk wrote it down twice, once for the harbour and once for himself, and the second "
    "copy was the one that the auditors asked for when the winter was over. "
)
#: The pages that are drawn.
PAGES = ("verdict", "questions", "question", "latency_cost", "retrieval", "compare", "what_if",
         "exam", "report")  # fmt: skip


def rows(questions: int, padding: int, seed: int = 3) -> Iterator[dict[str, Any]]:
    """Every system's answer to every question, as a line of a file of answers."""
    rng = np.random.default_rng(seed)
    filler = (PROSE * (2 + padding // len(PROSE)))[:padding]
    for number in range(questions):
        stratum = (number // IN_SECTION) % 3
        thing, place = THINGS[number % 10], PLACES[number % 4]
        right = f"{2 + number} barrels of {thing}"
        asked = {
            "question_id": f"q{number:06d}",
            "question": f"What did the cooper of house {number} leave at {place}?",
            "reference": right,
            "stratum": STRATA[stratum],
            "kind": KINDS[number % 4],
            "cluster": f"ledger#{number // IN_SECTION:05d}",
        }
        luck = rng.random((len(SYSTEMS), 2))
        for (name, skill), (drawn, near) in zip(SYSTEMS.items(), luck, strict=True):
            wrong = f"{int(1e6 * near)} crates of {THINGS[int(10 * near)]}"
            said = right if drawn < skill[stratum] else wrong
            if padding:
                said = f"{said}. {filler}"
            yield {
                **asked, "variant": name, "answer": said, "latency_s": round(0.1 + near, 3),
                "input_tokens": 120, "output_tokens": 6 + padding // 5,
            }  # fmt: skip


def wide_rows(questions: int, padding: int) -> Iterator[dict[str, Any]]:
    """The same with a row for each question and a column for each system's answer and time."""
    every = rows(questions, padding)
    while taken := [*islice(every, len(SYSTEMS))]:
        row = {name: taken[0][name] for name in OF_QUESTION if name in taken[0]}
        row["question_id"] = taken[0]["question_id"]
        for answer in taken:
            row[answer["variant"]] = answer["answer"]
            row[f"{answer['variant']}_latency_s"] = answer["latency_s"]
        yield row


def write(path: Path, questions: int, padding: int, form: str = "long") -> None:
    """The file of answers, line by line."""
    made = (rows if form == "long" else wide_rows)(questions, padding)
    with path.open("w", encoding="utf-8", newline="") as sink:
        if form == "csv":
            first = next(made)
            table = csv.DictWriter(sink, list(first))
            table.writeheader()
            table.writerows(chain([first], made))
        else:
            sink.writelines(json.dumps(row) + "\n" for row in made)


def measured(command: list[str], env: dict[str, str]) -> dict[str, Any]:
    """Seconds, those of the processor and the peak memory of a command with its children.

    ``told`` is its last line, where that is JSON.
    """
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{' '.join(command[2:])} ended with {status}:\n{told[-2000:]}")
    return {
        "s": round(seconds, 1),
        "cpu_s": round(used.ru_utime + used.ru_stime, 1),
        "peak_mib": round(used.ru_maxrss / 1024),
        **_told(told),
    }


def _told(output: str) -> dict[str, Any]:
    last = (output.splitlines() or [""])[-1]
    return {"told": json.loads(last)} if last.startswith("{") else {}


def main() -> None:
    """Make the file, run the commands, print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--questions", type=int, default=100_000)
    parser.add_argument("--padding", type=int, default=0, help="further characters of each answer")
    parser.add_argument("--form", choices=("long", "wide", "csv"), default="long")
    parser.add_argument("--folder", type=Path, help="where there is room")
    parser.add_argument("--pages", action=argparse.BooleanOptionalAction, default=True)
    chosen = parser.parse_args()
    if chosen.folder is not None:
        chosen.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        name = "answers.csv" if chosen.form == "csv" else "answers.jsonl"
        file, runs = Path(folder) / name, Path(folder) / "runs"
        write(file, chosen.questions, chosen.padding, chosen.form)
        env = {
            **os.environ, "PYTHONPATH": str(ROOT), "WORKBENCH_RUNS": str(runs),
            "WORKBENCH_CACHE": f"{folder}/cache",
        }  # fmt: skip
        workbench = [str(Path(sys.executable).parent / "workbench")]
        steps = {
            "import-answers": [*workbench, "import-answers", str(file), "--out", "large",
                               "--score", "f1"],
            "show": [*workbench, "show", "large"],
            "report": [*workbench, "report", "large"],
        }  # fmt: skip
        if chosen.pages:
            for page in PAGES:
                steps[f"page {page}"] = [
                    sys.executable, "-m", "benchmarks.dashboard", "--measure", page,
                ]  # fmt: skip
        found: dict[str, Any] = {}
        for name, command in steps.items():
            found[name] = figures = measured(command, env)
            print(
                f"{name:18s} {figures['s']:7.1f} s, {figures['cpu_s']:7.1f} s of processor, "
                f"{figures['peak_mib']:6,} MiB",
                flush=True,
            )
        size = file.stat().st_size
    print(json.dumps({
        "questions": chosen.questions, "systems": len(SYSTEMS), "form": chosen.form, "bytes": size,
        "load_1min": round(os.getloadavg()[0], 1), "steps": found,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
