"""``workbench questions``: write, import, check, show; to export see workbench.cli.trainers."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.records.layout import RunLayout, question_file

app = typer.Typer(help="Write, import, export, check and show questions.", no_args_is_help=True)

_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_Source = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="Run id, its start, path, or latest; or a folder of questions.",
    ),
]


def questions_folder(name: str) -> Path:
    """The folder of questions of a run, or the named folder itself.

    Raises WorkbenchError where there is neither.
    """
    from workbench.errors import WorkbenchError
    from workbench.records.run import find_run

    path = Path(name)
    for folder in (path, RunLayout(path).exam):
        if question_file(folder, "test").is_file():
            return folder
    if path.is_dir() and not RunLayout(path).manifest.exists():
        raise WorkbenchError(
            f"{path} holds no questions: there is no test.jsonl in it.",
            "Name a run (`workbench runs` lists them), or write questions there with "
            "`workbench questions write`.",
        )
    run = find_run(name)
    if not run.files.questions("test").is_file():
        raise WorkbenchError(
            f"Run {run.id} has no questions yet (state: {run.manifest.state or 'not started'}).",
            f"Let it go on with: workbench run {run.files.specification}",
        )
    return run.files.exam


def _print(value: Any, as_json: bool, lines: list[str]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1) if as_json else "\n".join(lines))


@app.command("write")
def write_command(
    corpus: Annotated[Path, typer.Argument(help="A text file or a folder of them.")],
    out: Annotated[
        Path, typer.Option("--output", "-o", "--out", help="Folder, or a .jsonl/.csv file for all.")
    ],
    model: Annotated[str, typer.Option(help="reader, a hub name or a path.")] = "reader",
    endpoint: Annotated[str | None, typer.Option(help="URL of an OpenAI-compatible API.")] = None,
    key_env: Annotated[str | None, typer.Option(help="Environment variable with its key.")] = None,
    test: Annotated[int, typer.Option(min=0)] = 150,
    train_facts: Annotated[int, typer.Option(min=0)] = 200,
    dev: Annotated[int, typer.Option(min=1)] = 40,
    kinds: Annotated[str, typer.Option(help="Comma-separated kinds.")] = "factoid,why_how",
    gold: Annotated[Path | None, typer.Option(help="Questions written by hand.")] = None,
    max_tokens_spent: Annotated[
        int | None, typer.Option(min=1, help="Refuse to start, and never go, above so many tokens.")
    ] = None,
    text_may_leave_this_machine: Annotated[
        bool, typer.Option(help="Allow an endpoint on another machine to read the corpus.")
    ] = False,
    seed: int = 20261121,
    as_json: _Json = False,
) -> None:
    """Write an exam and training questions from a corpus, without an experiment."""
    from pydantic import ValidationError

    from workbench import models
    from workbench.corpus import load as load_corpus
    from workbench.errors import WorkbenchError
    from workbench.experiment import specification_error
    from workbench.experiment.model import ModelSpec
    from workbench.experiment.questions import QuestionSpec
    from workbench.questions import write
    from workbench.retrieval.embeddings import embed as text_vectors

    try:
        spec = QuestionSpec(
            test=test,
            train_facts=train_facts,
            dev=dev,
            gold=str(gold) if gold else None,
            kinds=tuple(k.strip() for k in kinds.split(",")),
            max_tokens_spent=max_tokens_spent,
        )
        reference = ModelSpec(name=model, endpoint=endpoint, key_env=key_env).reference()
    except ValidationError as error:
        raise specification_error(error, "the options") from error
    if models.leaves_machine(reference) and not text_may_leave_this_machine:
        raise WorkbenchError(
            f"{endpoint} is on another machine, and the corpus would be sent to it.",
            "Add --text-may-leave-this-machine if that is allowed.",
        )
    folder = out.with_suffix("") if out.suffix in {".jsonl", ".csv"} else out
    if test == 0 and gold is None:
        raise WorkbenchError(
            "With --test 0 no exam is written, so it has to be yours.",
            "Name its file: --gold FILE.",
        )
    loaded = load_corpus(corpus)
    embed = text_vectors if loaded.language.startswith("en") else None
    summary = write(loaded, spec, models.load(reference), folder, seed, _progress(as_json), embed)
    from workbench.questions import load, settle
    from workbench.questions.dataset.yields import read_yield

    written = load(folder)
    # Refused after the files are written, which show what was found and why it fell.
    settle(written, written.gold, spec, read_yield(folder))
    if folder != out:
        from workbench.questions.dataset.exports import export

        everything = [*written.train, *written.dev, *written.test, *written.gold]
        export(everything, out, out.suffix[1:])
    _print(
        {**summary, "out": str(out)},
        as_json,
        [
            f"{summary['train']} training questions on {summary['train_facts']} facts, "
            f"{summary['dev']} dev, {summary['test']} test ({_counts(summary['strata'])})",
            f"dropped: {_counts(summary['dropped'])}",
            *summary["notes"],
            f"in {out}",
        ],
    )


def _progress(quiet: bool) -> Any:
    from workbench.types import silent

    if quiet:
        return silent

    def tell(done: int, total: int, note: str = "") -> None:
        typer.echo(f"\r questions  {done}/{total}  {note}   ", nl=done >= total, err=True)

    return tell


def _counts(matches: dict[str, Any]) -> str:
    return ", ".join(f"{name} {count}" for name, count in matches.items()) or "none"


@app.command("import")
def import_command(
    file: Annotated[
        Path,
        typer.Argument(help="CSV, TSV, JSON, JSONL, YAML, Parquet, Excel, or a data set's folder."),
    ],
    into: Annotated[
        Path, typer.Option("--output", "-o", "--into", help="A folder to review, or a new .jsonl.")
    ],
    column: Annotated[
        list[str] | None,
        typer.Option(help="text=NAME, answers=NAME ...; tags= leaves one out. Repeatable."),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Read questions from a file, or take back a reviewed one (accept, reject, edit).

    Columns are known by name, in the files of ragas, DeepEval, AutoRAG, LlamaIndex, inspect, Kiln,
    promptfoo, RAFT, SQuAD and HotpotQA and in Alpaca, ShareGPT and chat messages too. Exit code 1
    where no row is a question.
    """
    from workbench.errors import WorkbenchError
    from workbench.questions.dataset.imports import import_questions
    from workbench.questions.dataset.question_set import save_questions
    from workbench.questions.dataset.review import review

    columns: dict[str, str] = {}
    for pair in column or []:
        ours, divided, theirs = pair.partition("=")
        if not divided:
            raise WorkbenchError(f"{pair!r} maps no column.", "Write it as text=NAME.")
        columns[ours] = theirs
    target = RunLayout(into).exam if RunLayout(into).questions("test").is_file() else into
    if (target / "test.jsonl").is_file():
        done = review(target, file, columns)
        _print(
            {**asdict(done), "faults": [str(f) for f in done.faults]},
            as_json,
            [
                f"{done.edited} edited, {done.rejected} rejected, {done.kept} as they were",
                *map(str, done.faults),
            ],
        )
        return
    matches = import_questions(file, columns)
    path = into if into.suffix == ".jsonl" else into / "imported.jsonl"
    if matches.questions:
        save_questions(path, matches.questions)
    _print(
        {
            "questions": len(matches.questions),
            "columns": matches.columns,
            "out": str(path) if matches.questions else None,
            "notes": matches.notes,
            "faults": [str(f) for f in matches.faults],
        },
        as_json,
        [
            f"{len(matches.questions)} questions {f'in {path}' if matches.questions else 'found'} "
            f"({', '.join(f'{a} from {b}' for a, b in matches.columns.items())})",
            *matches.notes,
            *([f"rows left out: {len(matches.faults)}"] if matches.faults else []),
            *map(str, matches.faults),
        ],
    )
    if not matches.questions:
        raise typer.Exit(1)


@app.command("check")
def check_command(source: _Source = "latest", as_json: _Json = False) -> None:
    """The data report: counts, diversity, duplicates, certificate, yield, drop reasons."""
    from workbench.questions.dataset.check import check

    report = check(questions_folder(source))
    lines: list[str] = []
    for role, part in report["roles"].items():
        if "labels" in part:
            lines += _message_lines(role, part)
            continue
        lines += [
            f"{role}: {part['questions']} questions on {part['facts']} facts in "
            f"{part['sections']} sections",
            f"  kinds       {_counts(part['kinds'])}",
            f"  strata      {_counts(part['strata'])}",
            f"  openings    {_counts(part['openings'])}",
            f"  answers     median {part['answer_words']['median']} words, longest "
            f"{part['answer_words']['longest']}; duplicates {part['exact_duplicates']}",
            f"  chapters    {_counts(part['chapters'])}",
        ]
    proof = report["certificate"]
    lines.append(f"certificate: {'clean' if proof['clean'] else 'LEAKS'}")
    for stratum, part in proof["strata"].items():
        lines.append(f"  {stratum}: {part['questions']} questions, {len(part['leaks'])} leaks")
        for pair in [*part["leaks"][:3], *part["closest"][:2]]:
            mark = pair["why"] or "nearest"
            lines.append(
                f"    {pair['nearness']:.2f} {mark}: {pair['test_text']} ~ {pair['train_text']}"
            )
    lines += _yield_lines(report["yield"])
    lines.append(f"dropped: {_counts(report['dropped'])}")
    _print(report, as_json, lines)


def _message_lines(role: str, part: dict[str, Any]) -> list[str]:
    """Labelled messages: they have labels and groups, where questions have chapters and kinds."""
    groups = part["groups"]
    return [
        f"{role}: {part['questions']} messages in {len(groups)} groups, {groups[0]} in the largest",
        f"  labels      {_counts(part['labels'])}",
        f"  openings    {_counts(part['openings'])}",
        f"  duplicates  {part['exact_duplicates']}",
    ]


def _yield_lines(record: dict[str, Any]) -> list[str]:
    """What writing gave, by way of writing, kind and document; nothing for an older run."""
    from workbench.questions.dataset.yields import found_sentences, yield_rows

    if not record:
        return []
    return [
        f"yield: {found_sentences(record)}",
        *(
            f"  {row['by']} {row['name']}: {row['kept']:,} of {row['candidates']:,} kept"
            + (f"; dropped most often: {row['most_often']}" if row["most_often"] else "")
            for row in yield_rows(record)
        ),
    ]


@app.command("show")
def show_command(
    source: _Source = "latest",
    role: Annotated[str, typer.Option(help="train, dev, test or gold")] = "test",
    count: Annotated[int, typer.Option(min=1)] = 20,
    dropped: Annotated[bool, typer.Option(help="Show what was thrown away.")] = False,
    seed: int = 0,
    as_json: _Json = False,
) -> None:
    """Questions drawn at random, with answer and evidence; or those thrown away, with reason."""
    from workbench.questions.dataset.check import show

    matches = show(questions_folder(source), role, count, dropped, seed)
    lines = [
        f"{r['reason']}: {r['question']} ({r['answer']}) {r['detail']}"
        if dropped
        else f"[{r['stratum'] or r['role']}] {r['text']}\n    "
        f"{' | '.join(r['answers']) or '(unanswerable)'}"
        for r in matches
    ]
    _print(matches, as_json, lines)
