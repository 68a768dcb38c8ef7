"""How quick the dashboard is on a run of 10,000 questions x 8 variants, and how large.

A run of that size is generated, with 20,000 drafts thrown away and a second run to compare it
with; then fresh processes draw the pages through the app itself (Streamlit's AppTest: the server's
work, without browser and network). "First page" is the start page in a cold process, imports
included. "sight" is the first drawing of each page and tab, with the reading of all records that it
needs, each in a process of its own that has shown the start page and imported, while that is looked
at, what charts are drawn with. A filter is one change of one widget until the page is drawn again;
a slider likewise on the What-if page, of an ordinary run (150 questions x 5 variants, ``slider_s``)
and of the large one (``slider_large_s``, where a share of the mix takes most: all pairs are
bootstrapped anew). The last line is one JSON object.

    python -m benchmarks.dashboard [--questions 10000] [--run DIRECTORY]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TARGETS = {
    "first_page_s": 2.0, "sight_s": 2.0, "filter_s": 0.5, "slider_s": 0.3, "memory_mb": 1000.0,
}  # fmt: skip
#: Pages, and what else their address says, that are drawn for the first time.
SIGHTS = {
    "new_run": {}, "compare": {}, "verdict": {}, "what_if": {}, "questions": {},
    "question": {"question": "q000001"}, "latency_cost": {}, "retrieval": {}, "training": {},
    "exam": {}, "exam coverage": {"tab": "Coverage"}, "exam thrown away": {"tab": "Thrown away"},
    "exam text": {"tab": "The text"}, "exam review": {"tab": "Accept or reject"}, "data": {},
    "ask": {}, "playground": {}, "report": {},
}  # fmt: skip
THROWN_AWAY = 20_000


def measure() -> dict[str, Any]:
    """Draw the pages in this process; seconds and megabytes."""
    import psutil

    began = time.perf_counter()
    from streamlit.testing.v1 import AppTest

    process = psutil.Process()
    peak = 0.0
    script = str(HERE.parent / "streamlit_app.py")

    def timed(work: Callable[[], Any]) -> float:
        nonlocal peak
        started = time.perf_counter()
        work()
        seconds = time.perf_counter() - started
        peak = max(peak, process.memory_info().rss / 1e6)
        return seconds

    def drawn(app: Any) -> None:
        app.run()
        if app.exception:
            raise SystemExit(f"the page failed: {[error.value for error in app.exception]}")

    def page(name: str) -> Any:
        app = AppTest.from_file(script, default_timeout=120)
        app.query_params["page"] = name
        return app

    times: dict[str, Any] = {"imports_s": time.perf_counter() - began}
    times["first_page_s"] = timed(lambda: drawn(page("start"))) + times["imports_s"]
    app = page("questions")
    drawn(app)

    def box(label: str) -> Any:
        return next(matches for matches in app.selectbox if matches.label == label)

    filters: dict[str, Callable[[], Any]] = {
        "kind": lambda: app.multiselect[0].select("why_how"),
        "stratum": lambda: app.multiselect[1].select("unseen"),
        "section": lambda: app.multiselect[2].select("chronicle#03"),
        "section off": lambda: app.multiselect[2].set_value([]),
        "right in RAG": lambda: app.multiselect[3].select("rag"),
        "wrong in fine-tuned": lambda: app.multiselect[4].select("fine_tuned"),
        "search": lambda: app.text_input[0].input("honey"),
        "search off": lambda: app.text_input[0].input(""),
        "metric": lambda: box("Metric").select("em"),
        "order": lambda: box("Order").select("variants differ most"),
        "disagreement": lambda: app.checkbox[0].check(),
        "threshold": lambda: app.slider[0].set_value(75),
    }
    times["filters_s"] = {}
    for name, change in filters.items():
        change()
        times["filters_s"][name] = timed(lambda: drawn(app))
    times["filter_s"] = max(times["filters_s"].values())
    times |= {f"{name.removesuffix('_s')}_large_s": value for name, value in sliders().items()}
    times["memory_mb"] = peak
    return times


def sight(name: str) -> dict[str, Any]:
    """Draw one page for the first time, after the start page; seconds and megabytes.

    ``cpu_s`` is what this process worked of it, which other work on the machine does not lengthen.
    """
    import psutil
    from streamlit.testing.v1 import AppTest

    def draw(page: str, query: dict[str, str]) -> tuple[float, float]:
        app = AppTest.from_file(str(HERE.parent / "streamlit_app.py"), default_timeout=120)
        for key, value in {"page": page, **query}.items():
            app.query_params[key] = value
        began, worked = time.perf_counter(), time.process_time()
        app.run()
        if app.exception:
            raise SystemExit(f"{name} failed: {[error.value for error in app.exception]}")
        return time.perf_counter() - began, time.process_time() - worked

    draw("start", {})
    from workbench.dashboard.app import warmed

    warmed().join()
    seconds, cpu = draw(name.split(" ")[0], SIGHTS[name])
    memory = psutil.Process().memory_info().rss / 1e6
    return {"seconds": seconds, "cpu_s": cpu, "memory_mb": memory}


def sliders() -> dict[str, Any]:
    """Move each kind of slider of the What-if page; seconds until it is drawn again.

    What is imported while a page is looked at is there when the first is moved.
    """
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(HERE.parent / "streamlit_app.py"), default_timeout=120)
    app.query_params["page"] = "what_if"
    app.run()
    from workbench.dashboard.app import warmed

    warmed().join()
    moves: dict[str, Callable[[], Any]] = {
        "margin": lambda: app.slider(key="margin").set_value(5.0),
        "queries": lambda: app.select_slider(key="queries").set_value(100_000),
        "updates": lambda: app.select_slider(key="updates").set_value(8.0),
        "mix": lambda: app.slider(key="unseen").set_value(80),
        "must cite": lambda: app.toggle(key="cite").set_value(True),
    }
    times = {}
    for name, move in moves.items():
        move()
        began = time.perf_counter()
        app.run()
        times[name] = time.perf_counter() - began
        if app.exception:
            raise SystemExit(f"the page failed: {[error.value for error in app.exception]}")
    return {"sliders_s": times, "slider_s": max(times.values())}


def main() -> None:
    """Generate the run, measure in a fresh process, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--run", type=Path, help="a runs folder that exists, instead")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        part = PARTS.get(chosen.measure)
        print(json.dumps(part() if part else sight(chosen.measure)))
        return
    from tests.support.made_run import SKILL, write_run

    with tempfile.TemporaryDirectory() as folder:
        large, ordinary = chosen.run, Path(folder) / "ordinary"
        if large is None:
            large = Path(folder) / "large"
            print(f"writing {chosen.questions:,} questions x {len(SKILL)} variants …", flush=True)
            _throw_away(write_run(large, chosen.questions, tuple(SKILL)))
            first, second = next(large.iterdir()), large / "chronicle-99999999"
            shutil.copytree(first, second)
        write_run(ordinary, 150)
        matches = _fresh("measure", large, folder) | _fresh("sliders", ordinary, folder)
        seen = {name: _fresh(name, large, folder) for name in SIGHTS}
    matches["sights_s"] = {name: found["seconds"] for name, found in seen.items()}
    matches["sight_s"] = max(matches["sights_s"].values())
    matches["memory_mb"] = max(matches["memory_mb"], *(f["memory_mb"] for f in seen.values()))
    matches["sights_cpu_s"] = {name: found["cpu_s"] for name, found in seen.items()}
    for name, found in seen.items():
        print(f"{name:18s} {found['seconds']:6.2f} s, {found['cpu_s']:5.2f} s of processor")
    matches["load_1min"] = os.getloadavg()[0]
    for name, limit in TARGETS.items():
        print(f"{name:14s} {matches[name]:8.2f}   target below {limit}")
    print(json.dumps({k: _rounded(v) for k, v in matches.items()}))


def _throw_away(run: Path) -> None:
    """As many drafts that were thrown away as a run of such a size leaves."""
    path = run / "questions/dropped.jsonl"
    drafts = path.read_text().splitlines()
    many = (drafts[place % len(drafts)] for place in range(THROWN_AWAY))
    path.write_text("".join(f"{line}\n" for line in many))


def _fresh(part: str, runs: Path, folder: str) -> dict[str, Any]:
    """One part of the measuring in a process of its own."""
    env = {**os.environ, "WORKBENCH_RUNS": str(runs), "WORKBENCH_CACHE": f"{folder}/cache"}
    command = [sys.executable, __file__, "--measure", part]
    done = subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


PARTS = {"measure": measure, "sliders": sliders}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return round(value, 3)


if __name__ == "__main__":
    main()
