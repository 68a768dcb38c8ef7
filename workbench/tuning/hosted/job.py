"""One job at a provider, from its files to the name of what it made.

All that is known of it stands in ``job.json``, written whole before and after each step that a
provider is told: a run that was killed at any moment goes on with the same files and the same job,
and no second one is ever started beside it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.io.files import read_json, write_json
from workbench.models.complaints import spoken
from workbench.models.hosted import write_hosted
from workbench.tuning.batches import Example
from workbench.tuning.hosted.provider import Order, Provider, Record, Upload
from workbench.tuning.hosted.site import LostError, Site
from workbench.tuning.hosted.terms import (
    Terms,
    address_of,
    require_budget,
    require_enough,
    training_tokens,
)
from workbench.types import Progress, silent

STATE, SUMMARY, LOSSES = "job.json", "summary.json", "losses.jsonl"
#: How often a start is tried whose first try may not have been heard.
STARTS = 3

Note = Callable[[Mapping[str, Any]], None]


def tune_hosted(
    terms: Terms,
    train: Sequence[Example],
    dev: Sequence[Example],
    out: Path,
    progress: Progress = silent,
    note: Note = lambda _: None,
    noted: str | None = None,
) -> dict[str, Any]:
    """Have the provider tune the model; what it made stands in ``out/adapter``.

    Returns a summary. ``note`` is told of the job as soon as there is one; ``noted`` is what it was
    told before, for where ``out`` was lost. Raises WorkbenchError where the budget does not cover
    it, the provider refuses, or the job fails; a job that failed or was cancelled is left behind,
    and the next call starts a new one.
    """
    if (out / SUMMARY).is_file():
        return dict(read_json(out / SUMMARY))
    out.mkdir(parents=True, exist_ok=True)
    state = _State(out / STATE)
    if noted is not None and "job" not in state.values and not state.left_behind:
        state.put(job=noted)
    tokens = training_tokens(train, terms.epochs)
    if "job" not in state.values and "starting" not in state.values:
        require_budget(terms, tokens)
        require_enough(terms, len(train))
    site = terms.site()
    try:
        if "job" not in state.values:
            _send(terms.provider, site, state, train, dev)
            _start(terms, site, state)
        note(address_of(terms, str(state.values["job"])))
        job = _wait(terms, site, state, progress, out)
    finally:
        site.close()
    return _finish(terms, job, state, tokens, len(train), out)


class _State:
    """What is known of the job, on the disk at every moment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.values: dict[str, Any] = read_json(path) if path.is_file() else {}
        if "tag" not in self.values:
            # In the files' names, so that they are told from those of any other run.
            self.put(tag=secrets.token_hex(6))

    def put(self, **values: Any) -> None:
        self.values |= values
        write_json(self.path, self.values)

    @property
    def left_behind(self) -> int:
        """How many jobs before this one came to nothing."""
        return len(list(self.path.parent.glob("job-*.json")))

    def leave_behind(self) -> None:
        """So that the next call starts anew."""
        count = self.left_behind
        self.path.rename(self.path.with_name(f"job-{count + 1}.json"))


def _send(
    provider: Provider,
    site: Site,
    state: _State,
    train: Sequence[Example],
    dev: Sequence[Example],
) -> None:
    """Both files, each once."""
    for role, examples in (("train", train), ("dev", dev)):
        if role in state.values or not examples:
            continue
        content = "".join(jsonl.line({"messages": item.messages()}) for item in examples).encode()
        name = f"workbench-{state.values['tag']}-{role}.jsonl"
        state.put(**{role: provider.upload(site, Upload(name, content, len(examples)))})


def _start(terms: Terms, site: Site, state: _State) -> None:
    """One job. Where an earlier start may have been heard, it is looked for first."""
    provider, known = terms.provider, state.values
    order = Order(
        terms.model.name, known["train"], known.get("dev"), terms.epochs, terms.seed, terms.spec
    )
    for _ in range(STARTS):
        job = _found(provider, site, known["train"]) if "starting" in known else None
        if job is None:
            state.put(starting=True)
            try:
                job = site.ask("POST", provider.jobs, json=provider.body(order), once=True)
            except LostError:
                continue
            except WorkbenchError:
                known.pop("starting")  # it was heard, and refused
                state.put()
                raise
        state.put(job=provider.identifier(job), status=provider.status(job))
        return
    raise WorkbenchError(
        f"{provider.label} does not say whether it has started the training.",
        "Run again: it is looked for before another is started.",
    )


def _found(provider: Provider, site: Site, train: str) -> Record | None:
    jobs = provider.listed(site.ask("GET", provider.jobs))
    return next((job for job in jobs if provider.file_of(job) == train), None)


def _wait(
    terms: Terms, site: Site, state: _State, progress: Progress, out: Path
) -> Mapping[str, Any]:
    """The finished job. Raises WorkbenchError where it ended otherwise."""
    provider, name = terms.provider, str(state.values["job"])
    path = f"{provider.jobs}/{name}"
    began = state.values.get("began") or time.time()
    state.put(began=began)
    try:
        while True:
            job = site.ask("GET", path)
            status = provider.status(job)
            if status != state.values.get("status"):
                state.put(status=status)
            losses = provider.losses(_events(provider, site, path, job))
            _tell(progress, status.lower(), losses, time.time() - began)
            if provider.state(job) != "waits":
                break
            time.sleep(terms.spec.poll_s)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(
            f"the job {name} goes on at {provider.label} and is paid for; "
            "workbench cancel RUN calls it off"
        ) from None
    _write_losses(losses, terms.epochs, out)
    if provider.state(job) == "done":
        return job
    state.leave_behind()
    if provider.state(job) == "cancelled":
        raise WorkbenchError(
            f"The job {name} at {provider.label} was cancelled.",
            "Run again to start a new one, or leave tuning.hosted out.",
        )
    words = _reason(provider.fault(job))
    raise WorkbenchError(
        f"The job {name} at {provider.label} failed ({status}){words}.",
        "Mend what it names; running again starts a new job.",
    )


def _events(provider: Provider, site: Site, path: str, job: Mapping[str, Any]) -> Record:
    """Where losses stand: the job itself, or its events."""
    return job if provider.events is None else site.ask("GET", path + provider.events)


def _tell(
    progress: Progress, status: str, losses: Sequence[Mapping[str, Any]], seconds: float
) -> None:
    last = losses[-1] if losses else {}
    done, total = int(last.get("step") or 0), int(last.get("total") or 0)
    loss = f", loss {last['loss']:.2f}" if last else ""
    note = f"{status.replace('_', ' ')}{loss}, {seconds / 60:.0f} min"
    progress(min(done, total), max(1, total), note)


def _reason(fault: Any) -> str:
    words = "" if fault is None else spoken(fault)
    return f": {words}" if words else ""


def _write_losses(losses: Sequence[Mapping[str, Any]], epochs: int, out: Path) -> None:
    """The curve that the provider told, in the form of a training of our own."""
    if not losses:
        return
    steps = max(int(row.get("total") or row["step"]) for row in losses)
    rows = [
        {"step": row["step"], "epoch": epochs * row["step"] / steps, "loss": row["loss"],
         "train_loss": None, "dev_loss": row["dev_loss"], "lr": None, "seconds": None}
        for row in losses
    ]  # fmt: skip
    jsonl.write(out / LOSSES, rows)


def _finish(
    terms: Terms, job: Mapping[str, Any], state: _State, counted: int, examples: int, out: Path
) -> dict[str, Any]:
    provider = terms.provider
    name = provider.model(job, terms.spec)
    if not name:
        raise WorkbenchError(
            f"The job {state.values['job']} at {provider.label} has succeeded and names no model.",
            "See what the provider shows of it, and name its model as the variant's own.",
        )
    billed = provider.tokens(job)
    tokens = int(billed) if billed else counted
    write_hosted(out / "adapter", str(name))
    curve = list(jsonl.stream(out / LOSSES))
    judged = [row["dev_loss"] for row in curve if row["dev_loss"] is not None]
    facts = {
        "method": "hosted", "provider": provider.label, "base": terms.model.name,
        "model": str(name), "job": state.values["job"], "train_on": "questions",
        "trained_tokens": tokens, "tokens_by_provider": bool(billed),
        "money": terms.money(tokens), "currency": terms.currency,
        "examples": examples, "epochs": terms.epochs, "stopped_early": False,
        "steps": curve[-1]["step"] if curve else None,
        "loss_first": curve[0]["loss"] if curve else None,
        "loss_last": curve[-1]["loss"] if curve else None,
        "dev_loss_first": judged[0] if judged else None,
        "dev_loss_last": judged[-1] if judged else None,
    }  # fmt: skip
    write_json(out / SUMMARY, facts)
    return facts
