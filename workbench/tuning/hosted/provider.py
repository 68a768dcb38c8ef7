"""What a provider says of itself: where files and jobs go, and how it words what it answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from workbench.experiment.hosted import HostedSpec
from workbench.tuning.hosted.site import Site

Record = Mapping[str, Any]
State = Literal["waits", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to be sent: its name, its lines, and how many they are."""

    name: str
    content: bytes
    lines: int


@dataclass(frozen=True, slots=True)
class Order:
    """A job to be started: the base model, and the provider's ids of the files."""

    model: str
    train: str
    dev: str | None
    epochs: int
    seed: int
    spec: HostedSpec


def _first_lists(_: Record) -> list[dict[str, Any]]:
    return []


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. ``upload`` sends a file and returns its id; ``body`` is what starts a job.

    ``jobs`` is the path that a POST to starts a job and a GET lists them, ``cancel`` what follows
    a job's own path. ``words`` says which of its words for a state end the waiting; all others
    wait. ``file_of`` gives the training file of a job, by which one is known again that was
    started when the line broke. ``model``, ``tokens`` (billed for training) and ``fault`` are read
    from the job, ``losses`` from the job or its events.
    """

    label: str
    upload: Callable[[Site, Upload], str]
    jobs: str
    body: Callable[[Order], dict[str, Any]]
    words: Mapping[str, State]
    headers: Callable[[str], dict[str, str]] = lambda key: {"Authorization": f"Bearer {key}"}
    base: Callable[[str, HostedSpec], str] = lambda endpoint, _: endpoint
    cancel: str = "/cancel"
    events: str | None = None
    identifier: Callable[[Record], str] = lambda job: str(job["id"])
    listed: Callable[[Record], Sequence[Record]] = lambda page: page.get("data") or ()
    status: Callable[[Record], str] = lambda job: str(job.get("status", ""))
    file_of: Callable[[Record], Any] = lambda job: job.get("training_file")
    model: Callable[[Record, HostedSpec], Any] = lambda job, _: job.get("fine_tuned_model")
    tokens: Callable[[Record], Any] = lambda job: job.get("trained_tokens")
    fault: Callable[[Record], Any] = lambda job: job.get("error")
    losses: Callable[[Record], list[dict[str, Any]]] = _first_lists

    def state(self, job: Record) -> State:
        """Whether a job is to be waited for, and how it ended."""
        return self.words.get(self.status(job).lower(), "waits")


def multipart(path: str, **form: str) -> Callable[[Site, Upload], str]:
    """An upload as OpenAI takes it, to ``path`` and with other fields of the form."""

    def send(site: Site, upload: Upload) -> str:
        files = {"file": (upload.name, upload.content, "application/jsonl")}
        told = site.ask("POST", path, data=form, files=files)
        return str(told["id"])

    return send


def steps_of_events(page: Record) -> list[dict[str, Any]]:
    """Losses by step from OpenAI's events, which tell them as figures or in a sentence."""
    found: dict[int, dict[str, Any]] = {}
    for event in page.get("data") or ():
        figures = event.get("data") or {}
        said = re.search(r"[Ss]tep (\d+)(?:/(\d+))?.*?loss=([\d.]+)", str(event.get("message", "")))
        step = figures.get("step") or (said and int(said[1]))
        loss = figures.get("train_loss", said and float(said[3].rstrip(".")))
        if step and loss is not None:
            total = figures.get("total_steps") or (said and said[2] and int(said[2]))
            found[int(step)] = {
                "step": int(step), "loss": float(loss), "dev_loss": figures.get("valid_loss"),
                "total": total,
            }  # fmt: skip
    return [found[step] for step in sorted(found)]
