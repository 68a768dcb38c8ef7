"""Disks that are full, read-only or wrong: needs the right to mount (root on Linux)."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.soak.cases import Ended, Outcome, bytes_below, different, finished, workbench
from tests.support.small_run import write_experiment


@contextmanager
def mounted(folder: Path, kilobytes: int) -> Iterator[None]:
    """A disk of that size at ``folder``."""
    folder.mkdir(exist_ok=True)
    size = f"size={kilobytes}k"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def full_disk(seed: int, folder: Path) -> Outcome:
    """The disk is full at a random place of the run; with room again, it ends as ever."""
    reference = finished(folder.parent)
    whole = bytes_below(reference / "runs", reference / "cache") // 1024
    at = random.Random(seed).randint(8, whole)
    disk = folder / "disk"
    with mounted(disk, at):
        home = disk / "home"
        try:
            home.mkdir()
            write_experiment(home)
            filled = workbench(home, "run", "small.yaml")
        except OSError:
            filled = Ended(2, "no room for the experiment itself")
        if filled.code == 0:
            return Outcome(not different(home, reference), "it fitted")
        room = f"remount,size={whole * 4}k"
        subprocess.run(["mount", "-o", room, str(disk)], check=True)
        if not (home / "small.yaml").exists():
            return Outcome(True, filled.text)
        again = workbench(home, "run", "small.yaml")
        unlike = different(home, reference) if not again.code else again.text[-200:]
    told = " ".join(filled.text.split())[-120:]
    return Outcome(not (filled.fell or again.fell or unlike), unlike or f"full at {at} KB: {told}")


def read_only(seed: int, folder: Path) -> Outcome:
    """The cache, or the runs, can be read only: a sentence, or the run works without it."""
    part = ("cache", "runs")[seed % 2]
    command = (("run", "small.yaml"), ("show", "latest"), ("ask", "latest", "Who kept it?"),
               ("report", "latest"), ("estimate", "small.yaml"))[seed // 2 % 5]  # fmt: skip
    home = folder / "home"
    shutil.copytree(finished(folder.parent), home)
    path = str(home / part)
    subprocess.run(["mount", "--bind", path, path], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", path], check=True)
    try:
        ended = workbench(home, *command)
    finally:
        subprocess.run(["umount", path], check=True)
    unlike = different(home, finished(folder.parent))
    told = " ".join(ended.text.split())[-80:]
    return Outcome(not (ended.fell or unlike), f"{part}, {command[0]}: {ended.code} {told}")


def damaged(seed: int, folder: Path) -> Outcome:
    """Bytes flipped, or a file cut, at a random place of run or cache: noticed, or harmless.

    Harmless is: the same verdict and the same records as ever. Noticed is: a sentence and a status
    that is not 0, or the part made anew.
    """
    rng = random.Random(seed)
    reference = finished(folder.parent)
    home = Path(shutil.copytree(reference, folder / "home"))
    part = rng.choice(("runs", "cache"))
    files = sorted(p for p in (home / part).rglob("*") if p.is_file() and p.stat().st_size)
    target = rng.choice(files)
    content = bytearray(target.read_bytes())
    place = rng.randrange(len(content))
    if rng.random() < 0.5:
        content[place : place + 8] = bytes(b ^ 0xFF for b in content[place : place + 8])
        how = "flipped"
    else:
        content, how = content[:place], "cut"
    target.write_bytes(content)
    told = f"{target.relative_to(home).as_posix().split('/', 2)[-1]} {how}"
    if part == "cache":
        # What was made before is there, the run is not: the cache is what it stands on.
        shutil.rmtree(home / "runs")
        ended = workbench(home, "run", "small.yaml")
        unlike = "" if ended.code else different(home, reference)
        return Outcome(not (ended.fell or unlike), f"{told}: {ended.code} {unlike}".strip())
    shown = workbench(home, "show", "latest", "--json")
    ended = workbench(home, "run", "small.yaml")
    exported = workbench(home, "report", "latest")
    fell = next((e.text[-300:] for e in (shown, ended, exported) if e.fell), "")
    verdicts = [workbench(reference, "show", "latest", "--json").text, shown.text]
    silent = shown.code == 0 and verdicts[0] != verdicts[1] and "can't be read" not in shown.text
    note = fell or ("another verdict is shown" if silent else "")
    return Outcome(not note, f"{told}: {shown.code} {ended.code} {exported.code} {note}".strip())
