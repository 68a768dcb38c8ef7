"""The playground's process, and what is kept of a try: prompts, and gold questions."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from workbench.dashboard.jobs import new_run
from workbench.dashboard.queries import runs
from workbench.engine import processes
from workbench.engine.processes import Job
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.variant_spec import VariantSpec
from workbench.io import jsonl
from workbench.io.files import read_text, whole_folder, write_text
from workbench.records.playground import Setting, TryFiles


def worker(run: Path) -> Job | None:
    """The process that answers this run's tries, if it lives."""
    return next((job for job in _all(run) if job.alive), None)


def last(run: Path) -> Job | None:
    """The newest process of this run's playground, alive or not."""
    return next(iter(_all(run)), None)


def _all(run: Path) -> list[Job]:
    what = f"playground {run.resolve()}"
    return [job for job in processes.jobs() if job.what == what]


def start(run: Path) -> Job:
    """The process that answers this run's tries: the one that lives, or a new one."""
    command = ["-m", "workbench.serve.playground", str(run)]
    return worker(run) or processes.start(command, f"playground {run.resolve()}")


def save_prompts(run: runs.Snapshot, experiment: Experiment, files: TryFiles) -> tuple[Path, Path]:
    """A folder of prompt files as tried, and an experiment that uses it: (folder, specification).

    All of the run's other settings stay; the instruction and the prompts hold for every variant.
    """
    tried = files.read()
    setting = tried.setting
    folder = (processes.folder() / "prompts" / f"{experiment.name}-{files.id}").absolute()
    with whole_folder(folder) as partial:
        # An experiment with models of two formats needs the files of both.
        for path in run.files.prompts.glob("*/*.jinja"):
            write_text(partial / path.parent.name / path.name, read_text(path, "prompt file"))
        for name, text in setting.files.items():
            write_text(partial / setting.format / Path(name).name, text)
    return folder, new_run.write(with_setting(experiment, tried.variant, setting, folder))


def with_setting(
    experiment: Experiment, variant: str, setting: Setting, folder: Path
) -> Experiment:
    """The experiment with a tried setting; ``top_k`` and passages are the tried variant's alone."""

    def own(item: VariantSpec) -> VariantSpec:
        changes: dict[str, Any] = {"top_k": setting.top_k}
        usual = item.passages or experiment.passages
        if setting.chunk_size not in (None, usual.chunk_size):
            changes["passages"] = usual.resized(setting.chunk_size)
        return item.model_copy(update=changes)

    variants = tuple(
        own(item) if item.name == variant and setting.top_k is not None else item
        for item in experiment.variants
    )
    prompts = {"form": setting.form, "folder": str(folder)}
    decoding = {"temperature": setting.temperature}
    return experiment.model_copy(update={
        "variants": variants,
        "prompts": experiment.prompts.model_copy(update=prompts),
        "decoding": experiment.decoding.model_copy(update=decoding),
    })  # fmt: skip


def gold_file(name: str) -> Path:
    """Where gold questions that were saved here lie, by the experiment's name."""
    return (processes.folder() / "gold" / f"{name}.jsonl").absolute()


def save_gold(run: runs.Snapshot, name: str, question: str, answers: list[str], quote: str) -> Path:
    """Add a question with its right answers to the gold file; returns the file.

    Raises WorkbenchError where the file has the question already, an answer has no evidence, or
    the quote does not stand in the text.
    """
    path = gold_file(name)
    if any(row.get("question") == question for row in jsonl.stream(path)):
        raise WorkbenchError(
            "That question is in the gold file already.", f"To change it, edit {path}."
        )
    record = {"question": question, "answers": answers, "saved": time.time()}
    if not answers:
        record["kind"] = "unanswerable"
    elif not _stands(run, quote):
        raise WorkbenchError(
            "The evidence does not stand in the text." if quote else "The evidence is missing.",
            "Copy the sentence that holds the answer from the text, word for word.",
        )
    else:
        record["quote"] = quote
    jsonl.append(path, [record])
    return path


def _stands(run: runs.Snapshot, quote: str) -> bool:
    """Whether the run's text holds the quote, however its white space is broken."""
    wanted = " ".join(quote.split())
    sections = runs.lines(run.files.sections)
    return bool(wanted) and any(wanted in " ".join(str(s.get("text")).split()) for s in sections)
