"""``workbench import-config`` and ``workbench questions export``: from and to other trainers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from workbench.export.trainers.read import Taken
    from workbench.types import Question

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def register(app: typer.Typer, questions: typer.Typer) -> None:
    """Add the commands of this module to the workbench's own, and to those on questions."""
    app.command("import-config")(import_config)
    questions.command("export")(export_questions)


def import_config(
    file: Annotated[
        Path, typer.Argument(help="A YAML file of axolotl, LLaMA-Factory or TRL (trl sft).")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--output", "-o", "--out", help="The experiment; by default beside it."),
    ] = None,
    corpus: Annotated[
        str | None, typer.Option(help="The text to ask about: a file or a folder.")
    ] = None,
    purpose: Annotated[str, typer.Option(help="What the assistant is for.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write an experiment with the model and the tuning of another trainer's configuration.

    Says what was taken and what has no place here. Its questions for validation become gold
    questions, or else those that it trains on: the workbench writes its own training questions from
    the corpus.
    """
    from workbench.export.trainers.read import read_configuration

    taken = read_configuration(file)
    target = out or file.with_name(f"{file.stem}-experiment.yaml")
    count = _write_experiment(taken, target, corpus, purpose or "Answer questions about the text.")
    if as_json:
        record = {
            "tool": taken.tool, "experiment": str(target), "mapped": taken.mapped,
            "left": taken.left, "settings": taken.settings, "questions": count,
        }  # fmt: skip
        print(json.dumps(record, ensure_ascii=False, indent=1))
        return
    print(f"Wrote {target} from a configuration of {taken.tool}.")
    for theirs, ours in taken.mapped.items():
        print(f"  {theirs} -> {ours}")
    for theirs, reason in taken.left.items():
        print(f"  left out: {theirs} ({reason})")
    if count:
        print(f"  {count} of its questions are sat as gold.")
    if corpus is None:
        print(f"It names no text: add `corpus: PATH` to {target}, then: workbench run {target}")
    else:
        print(f"Read it through, then: workbench run {target}")


def _write_experiment(taken: Taken, target: Path, corpus: str | None, purpose: str) -> int:
    """Write the experiment and its gold questions; returns how many these are."""
    import re

    import yaml

    from workbench.errors import WorkbenchError
    from workbench.export.trainers.read import experiment_values
    from workbench.io.files import write_text

    if target.exists():
        raise WorkbenchError(f"{target} exists already.", "Give another name with --out.")
    if corpus is not None and not Path(corpus).exists():
        raise WorkbenchError(f"There is no corpus {corpus}.", "Name a text file or a folder.")
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", target.stem).strip("_")[:60] or "imported"
    gold = target.with_name(f"{target.stem}-gold.jsonl")
    found = _gold(taken, gold)
    place = None if corpus is None else str(Path(corpus).absolute())
    asked = str(gold.absolute()) if found else None
    values = experiment_values(taken, name, purpose, place, asked)
    text = yaml.safe_dump(values, sort_keys=False, allow_unicode=True, width=100)
    missing = "# corpus: …   the text that the questions are about\n" if corpus is None else ""
    write_text(target, f"# From a configuration of {taken.tool}.\n{missing}{text}")
    return found


def _gold(taken: Taken, path: Path) -> int:
    from workbench.errors import WorkbenchError
    from workbench.questions.dataset.imports import import_questions
    from workbench.questions.dataset.question_set import save_questions

    questions: dict[str, Question] = {}
    for file in taken.files:
        try:
            read = import_questions(file, origin="gold")
        except WorkbenchError as error:
            taken.left[file.name] = error.message
            continue
        questions |= {question.id: question for question in read.questions}
        if read.faults:
            taken.left[file.name] = f"{len(read.faults)} rows: {read.faults[0].reason}"
    if questions:
        save_questions(path, list(questions.values()))
    else:
        taken.mapped = {key: ours for key, ours in taken.mapped.items() if ours != "questions.gold"}
    return len(questions)


def export_questions(
    source: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="Run id, its start, path, or latest; or a folder of questions."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--output", "-o", "--out", help="File, or a new folder for trainers.")
    ],
    form: Annotated[
        str,
        typer.Option(
            "--format", "--form",
            help="csv, jsonl, datasets, hub, alpaca, chat, sharegpt, raft, ragas, promptfoo, "
            "autorag (the questions as they are); "
            "axolotl, llamafactory, unsloth, trl (as a variant is asked and trained).",
        ),
    ] = "csv",
    role: Annotated[
        str, typer.Option(help="train, dev, test, gold or all; for trainers train and dev.")
    ] = "all",
    variant: Annotated[
        str | None, typer.Option(help="For trainers: whose prompts; by default the first tuned.")
    ] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write questions for a person to review (csv), for other programs, or for another trainer.

    For a trainer they come exactly as a variant of a finished run is asked and trained, with a
    configuration beside them that holds the run's settings; exam questions are never among them.
    """
    from workbench.errors import WorkbenchError
    from workbench.export.trainers.forms import FORMS

    if form in FORMS:
        _for_trainer(source, out, form, role, variant, as_json)
        return
    from workbench.questions import load
    from workbench.questions.cli import questions_folder
    from workbench.questions.dataset.exports import export

    if variant is not None:
        raise WorkbenchError(
            f"The form {form!r} holds the questions as they are, whoever is asked them.",
            f"Leave --variant out, or take one of {', '.join(FORMS)}.",
        )
    exam = load(questions_folder(source))
    roles = ("train", "dev", "test", "gold")
    if role not in (*roles, "all"):
        raise WorkbenchError(f"Unknown role {role!r}.", f"The roles are {', '.join(roles)}, all.")
    chosen = [q for name in roles if role in {name, "all"} for q in getattr(exam, name)]
    count = export(chosen, out, form, (*FORMS,))
    _told(
        {"questions": count, "out": str(out), "form": form}, as_json, f"{count} questions in {out}"
    )


def _for_trainer(
    source: str, out: Path, form: str, role: str, variant: str | None, as_json: bool
) -> None:
    from workbench.errors import WorkbenchError
    from workbench.export.trainers.write import write_training_set
    from workbench.records.run import find_run

    if role != "all":
        raise WorkbenchError(
            f"For a trainer train and dev questions are written, each to its file; --role {role} "
            "cannot be chosen" + (": the exam is not for training." if role == "test" else "."),
            "Leave --role out.",
        )
    result = write_training_set(find_run(source), form, out, variant)
    record = {"out": str(result.folder), "form": form, "files": result.files}
    line = f"Wrote {result.folder}; README.md says how to start."
    _told({**record, "notes": result.notes}, as_json, line, result.notes)


def _told(record: dict[str, Any], as_json: bool, line: str, notes: tuple[str, ...] = ()) -> None:
    if as_json:
        print(json.dumps(record, ensure_ascii=False, indent=1))
        return
    print(line)
    for note in notes:
        print(f"  - {note}")
