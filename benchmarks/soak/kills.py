"""SIGKILL at random moments, of runs and of the server; a second user; a clock set back."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import httpx
import yaml

from benchmarks.soak.cases import Outcome, bytes_below, different, finished, start, workbench
from tests.support.servers.chat import ChatServer
from tests.support.small_run import ROOT, write_editions, write_experiment
from tests.support.waiting import until
from workbench.models.endpoint import MOST_IN_FLIGHT

#: Longest time from a run's first written byte to its end, in seconds: it dies within it. Each
#: kill makes it longer by ``LONGER``, since nothing that is kept is ever reached on a machine so
#: busy that all is slow.
LONGEST_LIFE_S, LONGER = 9.0, 1.07


#: What a run is started with.
RUN = ("run", "small.yaml")


def killed_until_done(folder: Path, seed: int, arguments: Sequence[str] = RUN) -> int:
    """Start the run of ``folder`` and kill it, again and again, until it ends; how often.

    ``arguments`` are those of another command to be killed in its place.
    """
    rng, kills = random.Random(seed), 0
    while True:
        before = bytes_below(folder / "runs", folder / "cache")
        process = start(folder, *arguments)
        try:
            until(
                lambda: (
                    process.poll() is not None  # noqa: B023
                    or bytes_below(folder / "runs", folder / "cache") != before  # noqa: B023
                )
            )
            process.wait(rng.uniform(0, LONGEST_LIFE_S * LONGER**kills))
            return kills
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1


def run_killed(seed: int, folder: Path) -> Outcome:
    """A run killed until it ends has the records of one that nothing disturbed."""
    write_experiment(folder)
    kills = killed_until_done(folder, seed)
    ended = workbench(folder, "run", "small.yaml")
    unlike = different(folder, finished(folder.parent))
    return Outcome(not (ended.fell or ended.code or unlike), unlike or "same records", kills)


def two_editions(folder: Path) -> None:
    """The small run's text as the earlier edition, and a later one with other figures and a chapter
    less; an adapter left as it was, and one trained anew."""
    path = write_experiment(folder)
    write_editions(folder)
    specification = yaml.safe_load(path.read_text("utf-8"))
    specification["corpus"] = {"editions": ["old", "new"]}
    specification["questions"] = {"train_facts": 14, "test": 24, "dev": 6, "wordings": 2}
    adapters = ({"name": name, "context": "none", "edition": name} for name in
                ("stale", "retrained"))  # fmt: skip
    specification["variants"] = ["prompt_only", "rag", *adapters]
    path.write_text(yaml.safe_dump(specification, sort_keys=False), "utf-8")


def update_killed(seed: int, folder: Path) -> Outcome:
    """The update to a later edition, killed until it ends, has the records of one that nothing
    disturbed; what was made for the earlier one is there before, and is not made again."""
    whole = finished(folder.parent, two_editions)
    two_editions(folder)
    (manifest,) = whole.glob("runs/*/manifest.json")
    stages = json.loads(manifest.read_text("utf-8"))["stages"]
    earlier = {
        facts["artifact"] for name, facts in stages.items()
        if name.endswith(":before") or name == "adapter:stale"
    }  # fmt: skip
    for name in earlier:
        shutil.copytree(whole / "cache" / name, folder / "cache" / name)
    kills = killed_until_done(folder, seed)
    ended = workbench(folder, "run", "small.yaml")
    unlike = different(folder, whole)
    (manifest,) = folder.glob("runs/*/manifest.json")
    kept = json.loads(manifest.read_text("utf-8"))["stages"]
    again = [name for name, facts in kept.items()
             if facts["artifact"] in earlier and not facts.get("reused")]  # fmt: skip
    note = unlike or (f"made again: {', '.join(again)}" if again else "same records")
    return Outcome(not (ended.fell or ended.code or unlike or again), note, kills)


def endpoint_run_killed(seed: int, folder: Path) -> Outcome:
    """The same with a variant behind a server: no question is paid for twice, save those in
    flight when it was killed."""
    with ChatServer() as server:
        server.delay = 0.05
        path = write_experiment(folder)
        specification = yaml.safe_load(path.read_text("utf-8"))
        specification["model"] = {"endpoint": f"{server.url}/v1", "name": "echo"}
        specification["variants"] = ["prompt_only", "rag"]
        specification["questions"]["writer"] = "reader"
        path.write_text(yaml.safe_dump(specification, sort_keys=False), "utf-8")
        kills = killed_until_done(folder, seed)
        ended = workbench(folder, "run", "small.yaml")
        asked = Counter(
            json.dumps(body["messages"]) for body in server.asked if not body.get("stream")
        )
        (run,) = (folder / "runs").iterdir()
        lines = sum(len(p.read_text("utf-8").splitlines()) for p in run.glob("answers/*.jsonl"))
    # Each is asked once, and those under way at a kill once more.
    again = asked.total() - len(asked)
    held = not ended.fell and ended.code == 0 and lines == asked_in(run) * 2
    held = held and again <= kills * MOST_IN_FLIGHT
    return Outcome(held, f"{lines} answers, {asked.total()} requests, {again} again", kills)


def asked_in(run: Path) -> int:
    """How many questions the exam of a run has, hand-written ones included."""
    files = (run / "questions" / f"{role}.jsonl" for role in ("test", "gold"))
    return sum(len(p.read_text("utf-8").splitlines()) for p in files if p.exists())


def server_ended(seed: int, folder: Path) -> Outcome:
    """SIGTERM under load ends the server within 5 s, SIGKILL leaves the run as it was."""
    rng = random.Random(seed)
    home = Path(shutil.copytree(finished(folder.parent), folder / "served"))
    process = start(home, "serve", "latest", "--port", str(port := 20000 + seed % 20000))
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: _well(address) or process.poll() is not None)
        if process.poll() is not None:
            return Outcome(False, f"the server ended by itself: {process.returncode}")
        body = {"model": "rag", "messages": [{"role": "user", "content": "Who kept the ledger?"}]}
        clients = [
            subprocess.Popen(
                ["curl", "-s", "-N", "-m", "60", "-H", "Content-Type: application/json", "-d",
                 json.dumps({**body, "stream": n % 2 == 0}), f"{address}/v1/chat/completions"],
                stdout=subprocess.DEVNULL,
            )
            for n in range(24)
        ]  # fmt: skip
        time.sleep(rng.uniform(0, 1.5))
        sent = rng.choice((signal.SIGTERM, signal.SIGKILL))
        began = time.monotonic()
        process.send_signal(sent)
        process.wait(60)
        took = time.monotonic() - began
        for client in clients:
            client.kill()
            client.wait()
    finally:
        process.kill()
        process.wait()
    unlike = different(home, finished(folder.parent))
    return Outcome(took <= 5 and not unlike, f"{sent.name}: ended in {took:.1f} s {unlike}".strip())


def two_users(seed: int, folder: Path) -> Outcome:
    """Two people start the same run in one folder: one makes it, the other is told; both see it."""
    write_experiment(folder)
    rng = random.Random(seed)
    first = start(folder, "run", "small.yaml")
    time.sleep(rng.uniform(0, 20))
    second = workbench(folder, "run", "small.yaml")
    first.wait()
    ended = workbench(folder, "run", "small.yaml")
    unlike = different(folder, finished(folder.parent))
    held = not (second.fell or ended.fell or ended.code or unlike)
    return Outcome(held, f"the second ended with {second.code}; {unlike or 'same records'}")


CLOCK = """
import random, time
_real, _rng = time.time, random.Random({seed})
_jumps = sorted(_rng.uniform(2, 40) for _ in range(3))
_began = time.monotonic()
def _set_back():
    gone = time.monotonic() - _began
    return _real() - 3600 * sum(gone > jump for jump in _jumps)
time.time = _set_back
"""


def clock_set_back(seed: int, folder: Path) -> Outcome:
    """The clock goes back an hour three times while a run is made."""
    write_experiment(folder)
    site = folder / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(CLOCK.format(seed=seed), "utf-8")
    ended = workbench(
        folder, "run", "small.yaml", extra={"PYTHONPATH": f"{site}{os.pathsep}{ROOT}"}
    )
    unlike = different(folder, finished(folder.parent))
    (results,) = folder.glob("runs/*/results.json")
    negative = '"seconds": -' in results.read_text("utf-8")
    held = not (ended.fell or ended.code or unlike or negative)
    return Outcome(held, "negative seconds" if negative else unlike or "same records", 3)


def _well(address: str) -> bool:
    try:
        return httpx.get(f"{address}/ready").status_code == 200
    except httpx.HTTPError:
        return False
