"""How quick the dashboard is on a run of 10,000 questions x 8 variants, and how large.

A run of that size is generated, then a fresh process draws the pages through the app itself
(Streamlit's AppTest: the server's work, without browser and network). "First page" is the start
page in a cold process, imports included; "verdict" and "questions" are the first drawing of these
pages, with the reading of all records; a filter is one change of one widget until the page is
drawn again; a slider likewise on the What-if page, of an ordinary run (150 questions x 5
variants, ``slider_s``) and of the large one (``slider_large_s``, where the bootstrap over all pairs
takes most of it). The last line is one JSON object.

    python -m benchmarks.dashboard [--questions 10000] [--run DIRECTORY]
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TARGETS = {"first_page_s": 2.0, "filter_s": 0.5, "slider_s": 0.3, "memory_mb": 1000.0}


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
    for name in ("verdict", "questions", "latency_cost", "exam"):
        times[f"{name}_s"] = timed(lambda name=name: drawn(page(name)))
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
    times["what_if_large_s"] = timed(lambda: drawn(page("what_if")))
    times |= {f"{name.removesuffix('_s')}_large_s": value for name, value in sliders().items()}
    times["memory_mb"] = peak
    return times


def sliders() -> dict[str, Any]:
    """Move each kind of slider of the What-if page; seconds until it is drawn again."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(HERE.parent / "streamlit_app.py"), default_timeout=120)
    app.query_params["page"] = "what_if"
    app.run()
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
    parser.add_argument("--measure", choices=PARTS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(json.dumps(PARTS[chosen.measure]()))
        return
    from tests.support.made_run import SKILL, write_run

    with tempfile.TemporaryDirectory() as folder:
        large, ordinary = chosen.run, Path(folder) / "ordinary"
        if large is None:
            large = Path(folder) / "large"
            print(f"writing {chosen.questions:,} questions x {len(SKILL)} variants …", flush=True)
            write_run(large, chosen.questions, tuple(SKILL))
        write_run(ordinary, 150)
        matches = _fresh("measure", large, folder) | _fresh("sliders", ordinary, folder)
    matches["load_1min"] = os.getloadavg()[0]
    for name, limit in TARGETS.items():
        print(f"{name:14s} {matches[name]:8.2f}   target below {limit}")
    print(json.dumps({k: _rounded(v) for k, v in matches.items()}))


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
