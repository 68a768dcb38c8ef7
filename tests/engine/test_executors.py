"""Units of work through the seam: here, and as a worker of another machine would do them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.engine.executors import Local, in_order
from workbench.engine.executors.worker import Fault, Home, Worker, versions
from workbench.errors import WorkbenchError


class Services:
    """Counts how often a worker was made ready."""

    def __init__(self) -> None:
        self.opened = 0


def opening(services: Services) -> Callable[[int], int]:
    services.opened += 1

    def work(unit: int) -> int:
        if unit < 0:
            raise WorkbenchError("It is below zero.", "Take another.")
        return unit * unit

    return work


def home(folder: Path) -> Home:
    (folder / "seen").touch()
    return Home(folder, "seen", versions())


def test_this_machine_opens_once_and_does_each_unit() -> None:
    services = Services()
    assert list(Local().map(opening, [3, 1, 2], services)) == [(0, 9), (1, 1), (2, 4)]
    assert services.opened == 1
    assert list(Local().map(opening, [], services)) == [] and services.opened == 1


def test_results_are_put_back_into_the_order_of_their_units() -> None:
    assert list(in_order(iter([(2, "c"), (0, "a"), (1, "b")]))) == ["a", "b", "c"]


def test_a_worker_opens_at_its_first_unit_and_keeps_it(tmp_path: Path) -> None:
    services = Services()
    worker = Worker(opening, services, home(tmp_path))
    assert services.opened == 0 and worker.ready()
    assert [worker.do(0, 2), worker.do(1, 3)] == [(0, 4), (1, 9)]
    assert services.opened == 1


def test_a_fault_comes_back_as_its_two_sentences(tmp_path: Path) -> None:
    worker = Worker(opening, Services(), home(tmp_path))
    reply = pickle.loads(pickle.dumps(worker.do(7, -1)))
    assert reply == (7, Fault("It is below zero.", "Take another."))


def test_a_worker_without_the_shared_folder_says_what_to_share(tmp_path: Path) -> None:
    services = Services()
    _, fault = Worker(opening, services, Home(tmp_path, "seen", versions())).do(0, 1)
    assert "does not see the cache folder" in fault.message and "WORKBENCH_CACHE" in fault.hint
    assert services.opened == 0


def test_a_worker_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "seen").touch()
    other = Home(tmp_path, "seen", (("torch", "0.1"),))
    _, fault = Worker(opening, Services(), other).do(0, 1)
    assert "torch" in fault.message and "0.1" in fault.message


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # A worker sets it for its process.
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path))
