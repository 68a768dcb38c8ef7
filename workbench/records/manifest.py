"""manifest.json as values: what a run is, and how far it came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import field_validator

from workbench.records.record import Number, Record
from workbench.records.results import SCHEMA_VERSION, CorpusFacts, Hardware

if TYPE_CHECKING:
    from workbench.experiment import Experiment


class StageFacts(Record):
    """A stage: its seconds, what it made, and ``finished`` once it is over."""

    artifact: str | None = None
    seconds: Number = 0
    reused: bool = False
    started: Number | None = None
    finished: Number | None = None
    summary: dict[str, Any] = {}


class Failure(Record):
    """Why a run failed, and what to do."""

    message: str = ""
    hint: str = ""


class Manifest(Record):
    """The manifest; empty before the first stage. ``state`` is running, stopped, done, failed.

    ``left_out`` are the variants that could not be built for want of training questions,
    ``withheld`` the ids of written training questions that give the exam away, ``examined`` of
    those that ask for a fact of the exam in other words. ``tuned`` are the tunings of variants
    whose settings were searched, as they were chosen. ``prompted`` are the prompts of variants
    likewise, ``retrieved`` the setting of the search that was chosen; None: it was not searched.
    """

    schema_version: int = SCHEMA_VERSION
    run_id: str = ""
    purpose: str = ""
    created: Number | str | None = None
    finished: Number | None = None
    state: str = ""
    error: Failure | None = None
    seed: int = 0
    corpus: CorpusFacts = CorpusFacts()
    hardware: Hardware = Hardware()
    versions: dict[str, str] = {}
    hashes: dict[str, str | None] = {}
    stages: dict[str, StageFacts] = {}
    peak_memory_bytes: int = 0
    left_out: tuple[str, ...] = ()
    withheld: tuple[str, ...] = ()
    examined: tuple[str, ...] = ()
    tuned: dict[str, dict[str, Any]] = {}
    prompted: dict[str, dict[str, Any]] = {}
    retrieved: dict[str, Any] | None = None

    @field_validator("error", mode="before")
    @classmethod
    def _worded(cls, value: Any) -> Any:
        return {"message": value} if isinstance(value, str) else value

    def compared(self, experiment: Experiment) -> Experiment:
        """The experiment as it was run: its variants without those left out, asked and tuned as
        chosen."""
        from workbench.experiment.prompt_search import PromptChoice
        from workbench.experiment.tuning import TuningSpec

        chosen = {name: TuningSpec(**values) for name, values in self.tuned.items()}
        built = experiment.without(self.left_out)
        if self.retrieved is not None:
            built = built.retrieved_as(self.retrieved)
        if self.prompted:
            asked = {name: PromptChoice(**values) for name, values in self.prompted.items()}
            built = built.prompted_as(asked)
        return built.tuned_as(chosen) if chosen else built

    @property
    def seconds_in_all(self) -> float:
        """The seconds of all stages; what two steps share was made once."""
        made = {stage.artifact or name: stage.seconds for name, stage in self.stages.items()}
        return float(sum(made.values()))

    def seconds(self) -> dict[str, float]:
        """The seconds that each stage took."""
        return {name: float(stage.seconds) for name, stage in self.stages.items()}
