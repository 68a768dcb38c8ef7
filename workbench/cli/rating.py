"""``workbench rate``: people compare and grade the answers of a run."""

from __future__ import annotations

import csv
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.records.run import Run

RunName = Annotated[str, typer.Argument(metavar="RUN", help="Run id, its start, path, or latest.")]
KEYS = {"a": "first", "b": "second", "s": "same", "k": "skip"}
COLUMNS = ("question", "text", "variant", "first", "second", "label", "grade", "rater", "time")


def register(app: typer.Typer) -> None:
    """Add the command to the workbench's own."""
    app.command("rate")(rate)


def rate(
    name: RunName = "latest",
    invite: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Make a rater's key, told this once; repeatable."),
    ] = None,
    as_: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Rate here, in the terminal.")
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Let those who have a key rate in a browser.")
    ] = False,
    host: Annotated[str, typer.Option(help="With --serve: address to bind to.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="With --serve: 0 takes a free port.")] = 8322,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FILE", help="Write all ratings, .csv or .jsonl."),
    ] = None,
    instructions: Annotated[
        bool, typer.Option("--instructions", help="Print what raters are told.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Have people compare two answers blind and grade them, and count what they said.

    Without an option the labels there are so far are counted into the run's results and report.
    """
    from workbench.records.run import find_run

    if instructions:
        from workbench.serve.desk import INSTRUCTIONS

        print(INSTRUCTIONS, end="")
        return
    run = find_run(name)
    if invite:
        _invite(run, invite, as_json)
    elif as_ is not None:
        _in_the_terminal(run, as_)
    elif serve:
        from workbench.serve.rating import serve_rating

        logging.basicConfig(level=logging.INFO, format="%(message)s")
        serve_rating(run, host, port)
    elif output is not None:
        count = _export(run, Path(output))
        print(json.dumps({"rows": count}) if as_json else f"Wrote {count} rows to {output}.")
    else:
        _counted(run, as_json)


def _invite(run: Run, names: list[str], as_json: bool) -> None:
    from workbench.records import ratings

    keys = {name: ratings.invite(run.path, name) for name in names}
    if as_json:
        print(json.dumps(keys))
        return
    for name, key in keys.items():
        print(f"{name}: {key}   http://127.0.0.1:8322/?key={key}")
    print(f"Kept as hashes alone: note them now. Then: workbench rate {run.id} --serve")


def _in_the_terminal(run: Run, rater: str) -> None:
    from workbench.cli import screen
    from workbench.records import ratings
    from workbench.serve.desk import INSTRUCTIONS, Desk

    desk, out = Desk(run), screen.console()
    _ = desk.answers  # says at once where there is nothing to compare
    ratings.enrol(run.path, rater)
    rater = " ".join(rater.split())
    out.print(INSTRUCTIONS)
    while True:
        left, total = desk.left(rater)
        if not left:
            out.print(f"All {total} pairs are compared. Count them: workbench rate {run.id}")
            return
        shown = desk.shown(left[0])
        reference = " / ".join(shown.question.answers) or "the text does not say"
        out.print(f"\n{total - len(left)} of {total} · {shown.question.text}")
        out.print(f"Reference: {reference}\n")
        out.print(f"A: {shown.first or '(an empty answer)'}\n")
        out.print(f"B: {shown.second or '(an empty answer)'}\n")
        choice = _asked("Better: a, b, s (the same), k (skip), q (stop)", (*KEYS, "q"))
        if choice == "q":
            out.print(f"Kept. Go on with the same command; count: workbench rate {run.id}")
            return
        grades = {}
        if choice != "k":
            for side, letter in (("first", "A"), ("second", "B")):
                given = _asked(f"Grade of {letter}, 1 to 5 (- for none)", (*"12345", "-"))
                if given != "-":
                    grades[side] = int(given)
        desk.record(rater, left[0], KEYS[choice], grades)


def _asked(words: str, allowed: tuple[str, ...]) -> str:
    """One of these answers, asked for until it comes."""
    while True:
        given = str(typer.prompt(words)).strip().lower()
        if given in allowed:
            return given


def _export(run: Run, path: Path) -> int:
    """Every grade and every comparison as a row, with the names of the variants."""
    from workbench.io import jsonl
    from workbench.io.files import write_text
    from workbench.records import ratings
    from workbench.stages.answers import asked_questions

    if path.suffix.lower() not in (".csv", ".jsonl"):
        raise WorkbenchError(
            f"Ratings cannot be written as {path.name}.", "Name a file that ends in .csv or .jsonl."
        )
    texts = {question.id: question.text for question in asked_questions(run.path)}
    rows: list[dict[str, Any]] = []
    for label in ratings.labels(run.path):
        common = {"text": texts.get(str(label.get("question")), "")}
        own = {key: label.get(key) for key in COLUMNS if key in label}
        rows.append({**own, **common})
        for variant, grade in (label.get("grades") or {}).items():
            graded = {key: label.get(key) for key in ("question", "rater", "time")}
            rows.append({**graded, **common, "variant": variant, "grade": grade})
    if path.suffix.lower() == ".jsonl":
        write_text(path, "".join(map(jsonl.line, rows)))
    else:
        with path.open("w", encoding="utf-8-sig", newline="") as sink:
            writer = csv.DictWriter(sink, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)
    return len(rows)


def _counted(run: Run, as_json: bool) -> None:
    from workbench.cli import screen
    from workbench.evaluation import people
    from workbench.findings import section
    from workbench.stages.people import count_labels

    results = count_labels(run)
    if as_json:
        print(json.dumps(None if results.people is None else results.people.record()))
        return
    out = screen.console()
    if results.people is None:
        out.print(
            f"Nobody has rated {run.id} yet. To find a preference of 60 in 100 between two "
            f"variants takes {people.needed(results.level)} independent comparisons of them."
        )
        out.print(f"Here: workbench rate {run.id} --as NAME")
        out.print(f"In a browser: workbench rate {run.id} --invite NAME, then --serve")
        return
    told = section(results, "people")
    for statement in told.every_statement():
        out.print(f"• {statement.text()}")
    for table in told.tables:
        out.print()
        out.print(screen.rich_table(table))
