"""The paths of a run's files: the one place that knows their names.

A run made before the roles of its questions were called train and test keeps its files' names;
they are found here under the present ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OLD_ROLES = {"train": "drill", "test": "exam"}


def runs_root() -> Path:
    """``WORKBENCH_RUNS``, or ``runs`` below the working directory."""
    return Path(os.environ.get("WORKBENCH_RUNS", "runs")).absolute()


def question_file(folder: Path, role: str) -> Path:
    """The questions of a role (train, dev, test, gold) in a folder of questions."""
    path = folder / f"{role}.jsonl"
    old = folder / f"{OLD_ROLES.get(role, role)}.jsonl"
    # With neither file there, the present name: it is the one to be written.
    return old if old.exists() and not path.exists() else path


@dataclass(frozen=True, slots=True)
class RunLayout:
    """The paths of one run; nothing here says whether a file exists."""

    root: Path

    @property
    def manifest(self) -> Path:
        return self.root / "manifest.json"

    @property
    def results(self) -> Path:
        return self.root / "results.json"

    @property
    def specification(self) -> Path:
        return self.root / "specification.yaml"

    @property
    def events(self) -> Path:
        return self.root / "events.jsonl"

    @property
    def lock(self) -> Path:
        return self.root / "lock"

    @property
    def notes(self) -> Path:
        """What people wrote about the run: its name, a note, tags."""
        return self.root / "notes.json"

    @property
    def signatures(self) -> Path:
        """Who signed the run, with the hashes of its records as they were."""
        return self.root / "signatures.jsonl"

    @property
    def scores(self) -> Path:
        return self.root / "scores.parquet"

    def report(self, form: str, paid_by: str = "") -> Path:
        """The report as ``html``, ``md``, ``pdf`` or ``zip``; of another deployment than its own
        where that is named, and then its figures as ``json``."""
        return self.root / f"report{paid_by and '-'}{paid_by}.{form}"

    @property
    def prompts(self) -> Path:
        return self.root / "prompts"

    # --- the corpus and the questions ---------------------------------------------------------

    @property
    def corpus(self) -> Path:
        return self.root / "corpus"

    @property
    def documents(self) -> Path:
        return self.corpus / "documents.jsonl"

    @property
    def sections(self) -> Path:
        return self.corpus / "sections.jsonl"

    @property
    def passages(self) -> Path:
        return self.corpus / "passages.jsonl"

    @property
    def triples(self) -> Path:
        """What a graph of the text was made of, where there is one."""
        return self.corpus / "triples.jsonl"

    @property
    def exam(self) -> Path:
        """The folder of questions, which the exam's lock covers."""
        return self.root / "questions"

    def questions(self, role: str) -> Path:
        """The questions of a role: train, dev, test or gold."""
        return question_file(self.exam, role)

    @property
    def dropped(self) -> Path:
        return self.exam / "dropped.jsonl"

    @property
    def yields(self) -> Path:
        """What writing gave, by way, kind and document."""
        return self.exam / "yield.json"

    @property
    def changes(self) -> Path:
        """What changed between two editions, and which questions are asked no more."""
        return self.exam / "changes.json"

    @property
    def certificate(self) -> Path:
        return self.exam / "certificate.json"

    @property
    def drift(self) -> Path:
        """Whether people ask what the exam asked, as it was last looked at."""
        return self.root / "drift.json"

    # --- what the variants did ------------------------------------------------------------------

    @property
    def timed(self) -> Path:
        """The folder of the single-stream times."""
        return self.root / "latency"

    def answers(self, variant: str) -> Path:
        return self.root / "answers" / f"{variant}.jsonl"

    def dev_answers(self, variant: str) -> Path:
        """Answers to the dev questions, by which a variant's threshold was chosen."""
        return self.root / "dev" / f"{variant}.jsonl"

    @property
    def thresholds(self) -> Path:
        """The confidence below which each variant says that it does not know, and whence."""
        return self.root / "dev" / "thresholds.json"

    def training(self, number: int) -> RunLayout:
        """Where a further training (from 2) keeps its answers, scores and losses."""
        return RunLayout(self.root / "trainings" / str(number))

    def further_trainings(self) -> list[RunLayout]:
        """The further trainings whose answers are recorded, in their order."""
        known = sorted(int(path.name) for path in (self.root / "trainings").glob("*")
                       if path.name.isdigit())  # fmt: skip
        return [self.training(number) for number in known]

    def latency(self, variant: str) -> Path:
        return self.timed / f"{variant}.jsonl"

    def parity(self, name: str) -> Path:
        """The folder of an exported system that sat the exam again; no part of the comparison."""
        return self.root / "parity" / name

    @property
    def search(self) -> Path:
        """Where each part of the search has the evidence of each exam question."""
        return self.root / "search.jsonl"

    def all_answers(self) -> list[Path]:
        return sorted((self.root / "answers").glob("*.jsonl"))

    def all_latencies(self) -> list[Path]:
        return sorted(self.timed.glob("*.jsonl"))

    def tuning(self, adapter: str) -> Path:
        """The folder of an adapter's training."""
        return self.root / "tuning" / adapter

    def losses(self, adapter: str) -> Path:
        return self.tuning(adapter) / "losses.jsonl"

    def summary(self, adapter: str) -> Path:
        return self.tuning(adapter) / "summary.json"

    def trials(self, adapter: str) -> Path:
        """The settings that were tried for an adapter; not there where none was searched."""
        return self.tuning(adapter) / "trials.json"

    @property
    def retrieval_search(self) -> Path:
        """The settings of the search that were tried."""
        return self.root / "retrieval_search.json"

    def prompt_search(self, step: str) -> Path:
        """The prompts that were tried for a variant, and for those alike but for tuning."""
        return self.root / "prompt_search" / f"{step}.json"

    def own_prompts(self, variant: str) -> Path:
        """The folder of the prompt files of a variant which has its own, by format."""
        return self.root / "own_prompts" / variant

    @property
    def curve(self) -> Path:
        """A tuned variant trained on parts of its facts: answers to dev questions, and the fit."""
        return self.root / "curve"

    @property
    def jobs(self) -> Path:
        """The jobs that were started at providers, a file each, with what calls them off."""
        return self.root / "jobs"

    def adapters(self) -> Iterator[str]:
        """The adapters whose training is recorded, by name."""
        yield from sorted(path.name for path in self.tuning("").glob("*") if path.is_dir())

    def teacher(self, variant: str) -> Path:
        """The folder of what a variant answered for others to learn."""
        return self.root / "teachers" / variant

    # --- probes, the judge and people -----------------------------------------------------------

    def forgetting(self, model: str) -> Path:
        """The folder of what a model answered outside its training questions."""
        return self.root / "forgetting" / model

    def memorised(self, model: str) -> Path:
        """The folder of what a model gave back of the text, and of canaries."""
        return self.root / "memorised" / model

    def rewordings(self, variant: str = "questions") -> Path:
        """The questions asked in other words, or a variant's answers to them."""
        return self.root / "sensitivity" / f"{variant}.jsonl"

    def must_refuse(self, variant: str) -> Path:
        """A variant's replies to requests that must be refused."""
        return self.root / "must_refuse" / f"{variant}.jsonl"

    def planted(self, variant: str) -> Path:
        """A variant's replies to questions with an instruction planted in their passages."""
        return self.root / "planted" / f"{variant}.jsonl"

    @property
    def groups(self) -> Path:
        """Which group of each attribute each question is about."""
        return self.root / "fairness" / "groups.jsonl"

    @property
    def twins(self) -> Path:
        """The questions about somebody else."""
        return self.root / "fairness" / "twins.jsonl"

    def twin_answers(self, variant: str) -> Path:
        """A variant's answers to them."""
        return self.root / "fairness" / "twins" / f"{variant}.jsonl"

    @property
    def judge(self) -> Path:
        return self.root / "judged" / "judge.json"

    @property
    def judged(self) -> Path:
        return self.root / "judged" / "scores.jsonl"

    @property
    def judge_calls(self) -> Path:
        return self.root / "judged" / "calls.jsonl"

    @property
    def labels(self) -> Path:
        return self.root / "labels" / "labels.jsonl"

    @property
    def reviews(self) -> Path:
        return self.root / "labels" / "review.jsonl"

    @property
    def raters(self) -> Path:
        """Who may rate, with a hash of each one's key."""
        return self.root / "labels" / "raters.json"

    @property
    def playground(self) -> Path:
        """What was tried on dev questions, see :mod:`workbench.records.playground`."""
        return self.root / "playground"

    def present(self, variant: str) -> Path:
        """A variant's answers in the playground as the run has it set."""
        return self.playground / "present" / f"{variant}.jsonl"
