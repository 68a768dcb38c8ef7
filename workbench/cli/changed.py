"""A text that changed since an experiment's latest run: what changed, and what to do about it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from workbench.corpus import Corpus
    from workbench.corpus.editions import Changes
    from workbench.experiment import Experiment
    from workbench.records.run import Run

#: Bytes of the run's text beyond which no sentence is compared before the run begins.
MOST_COMPARED = 20_000_000
SHOWN = 12


@dataclass(frozen=True)
class Changed:
    """The latest run on the earlier text, and what changed; None where the text is too large."""

    run: Run
    changes: Changes | None


def register(corpus_app: typer.Typer) -> None:
    """Add the command to ``workbench corpus``."""
    corpus_app.command("restore")(restore)


def since_the_latest(experiment: Experiment) -> Changed | None:
    """What changed in the text since the experiment's latest run; None where nothing did.

    None too where this very run was begun before, and for a text that is no file or folder as it
    lies there.
    """
    from workbench import corpus as corpora
    from workbench.corpus.editions import compare
    from workbench.experiment.identity import resolve
    from workbench.records.layout import RunLayout, runs_root

    spec = experiment.corpus
    if spec.path is None or spec.editions or spec.revision is not None or spec.url is not None:
        return None
    resolved = resolve(experiment)
    run = _latest(experiment.name, Path(spec.path).name)
    if run is None or RunLayout(runs_root() / resolved.run_id).manifest.exists():
        return None
    before = run.experiment()
    if before is None or before.corpus.sha256 == resolved.corpus_hash:
        return None
    if run.files.documents.stat().st_size > MOST_COMPARED or spec.transcriber is not None:
        return Changed(run, None)
    now = corpora.load(
        Path(str(resolved.experiment.corpus.path)), spec.language, spec.strip_boilerplate,
        spec.section_words, spec.encoding, mask=spec.mask, personal=spec.personal,
    )  # fmt: skip
    changes = compare(kept(run), now)
    return Changed(run, changes) if changes.share else None


def kept(run: Run) -> Corpus:
    """The text that a run holds, as it read it."""
    from workbench.corpus import Corpus
    from workbench.io import jsonl
    from workbench.types import Document, Section

    documents = tuple(Document(**record) for record in jsonl.stream(run.files.documents))
    sections = tuple(Section(**record) for record in jsonl.stream(run.files.sections))
    facts = run.manifest.corpus
    return Corpus(documents, sections, "", facts.language or "en", facts.title or run.id)


def _latest(name: str, corpus: str) -> Run | None:
    """The latest finished run of an experiment of that name on a text of that name."""
    from workbench.errors import WorkbenchError
    from workbench.records.run import all_runs

    for run in all_runs():
        if run.id.rpartition("-")[0] != name or run.manifest.state != "done":
            continue
        try:
            known = run.experiment()
        except WorkbenchError:
            continue  # an older version's, which this one cannot read
        if known is None or known.corpus.path is None or not run.files.documents.exists():
            continue
        if Path(known.corpus.path).name == corpus and not known.corpus.editions:
            return run
    return None


def tell(experiment: Experiment, file: str) -> None:
    """Say on standard error what changed since the latest run, with the way to measure it."""
    found = since_the_latest(experiment)
    if found is None:
        return
    from rich.table import Table

    from workbench.cli import screen
    from workbench.wording import share

    out, changes = screen.console(stderr=True), found.changes
    if changes is None:
        out.print(f"The text has changed since {found.run.id}.")
    else:
        counts = ", ".join(f"{count} {what}" for what, count in changes.counts.items() if count)
        out.print(
            f"The text has changed since {found.run.id}: {share(changes.share)} of both stands in "
            f"one alone; sections: {counts}."
        )
        listed = [row for row in changes.sections if row.what != "unchanged"]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for head in ("What", "Section", "Struck", "Came"):
            table.add_column(head, justify="right" if head in ("Struck", "Came") else "left")
        for row in listed[:SHOWN]:
            table.add_row(row.what, row.title, str(len(row.gone)), str(len(row.new)))
        out.print(table)
        if len(listed) > SHOWN:
            out.print(f"… and {len(listed) - SHOWN} more: workbench corpus compare OLD NEW")
    path = str(experiment.corpus.path)
    folder = f"{Path(path).stem}-earlier"
    old = folder if Path(path).is_dir() else f"{folder}/{_file_name(path)}"
    editions = shlex.quote(f"corpus.editions=[{old}, {path}]")
    out.print(
        "This run is on the text as it is now, with an exam of its own. To carry the exam over, "
        "and measure what the change costs each variant:"
    )
    out.print(f"  workbench corpus restore {found.run.id} {shlex.quote(folder)}")
    out.print(f"  workbench run {shlex.quote(file)} --set {editions}")


def restore(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Run id, its start, path, or latest.")],
    folder: Annotated[str, typer.Argument(help="A new folder for its text.")],
) -> None:
    """Write the text that a run was made on to a folder: the earlier of two editions.

    As the run read it: what was no text file (a PDF, a table) comes as the text that was found.
    """
    from workbench.errors import WorkbenchError
    from workbench.io.files import new_folder, write_text
    from workbench.records.run import find_run

    here = find_run(run)
    experiment, target = here.experiment(), new_folder(Path(folder))
    documents = kept(here).documents
    if not documents or experiment is None or experiment.corpus.path is None:
        raise WorkbenchError(
            f"{here.id} holds no text of a file or folder.", "Name a run that was made on one."
        )
    source = Path(experiment.corpus.path)
    single = len(documents) == 1 and documents[0].id == Path(_file_name(str(source))).stem
    for document in documents:
        # A single file keeps its name, which passages are named by; others are by their ids.
        name = _file_name(str(source)) if single else f"{document.id}.md"
        write_text(target / name, document.text + "\n")
    print(f"{len(documents)} documents of {here.id} in {folder}")


def _file_name(path: str) -> str:
    """The file's name with a suffix that is read as text."""
    from workbench.corpus.kinds import TEXTS

    own = Path(path)
    return own.name if own.suffix.lower() in TEXTS else f"{own.stem}.md"
