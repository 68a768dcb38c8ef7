"""``workbench judge``: let a model judge the answers of a finished run, and say what it found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from workbench.records.results import Results

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def register(app: typer.Typer) -> None:
    """Add the command of this module to the workbench's own."""
    app.command("judge")(judge)


def judge(
    name: Annotated[str, typer.Argument(metavar="RUN", help="Run id, its start, path, or latest.")],
    model: Annotated[str | None, typer.Option(help="The chat model that judges.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="Base URL of an OpenAI-like API.")] = None,
    key_env: Annotated[str | None, typer.Option(help="Environment variable with the key.")] = None,
    metric: Annotated[
        list[str] | None, typer.Option(help="A metric to judge; may be given several times.")
    ] = None,
    rubric: Annotated[
        str | None, typer.Option(help="Your rule as text, or a file that holds it: pass or fail.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(help="Judge so many questions, drawn at random.")
    ] = None,
    timeout_s: Annotated[float | None, typer.Option(help="Seconds to wait for a reply.")] = None,
    requests_per_minute: Annotated[
        float | None, typer.Option(help="The most requests in a minute.")
    ] = None,
    max_tokens_spent: Annotated[
        int | None, typer.Option(help="The most tokens to take of this judge for this run.")
    ] = None,
    max_money_spent: Annotated[
        float | None, typer.Option(help="The most money, by the price book.")
    ] = None,
    text_may_leave_this_machine: Annotated[
        bool, typer.Option(help="Allow sending corpus text to a judge elsewhere.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Let a model judge a run's answers with ragas' metrics, or with a rubric of your own.

    Without --model the judge of the run's experiment is asked. Stopped at any moment, the same
    command goes on from there; what is judged is never judged twice.
    """
    from workbench.cli.running import OneBar
    from workbench.records.run import find_run
    from workbench.stages.judge_later import judge_finished
    from workbench.types import silent

    run = find_run(name)
    given = {
        "model": model, "endpoint": endpoint, "key_env": key_env,
        "metrics": tuple(metric) if metric else None, "rubric": _text(rubric), "sample": sample,
        "timeout_s": timeout_s, "requests_per_minute": requests_per_minute,
        "max_tokens_spent": max_tokens_spent, "max_money_spent": max_money_spent,
    }  # fmt: skip
    spec = _spec(run.id, run.experiment(), {k: v for k, v in given.items() if v is not None})
    progress: Any = silent
    bar = None if as_json else OneBar("judge")
    try:
        judge_finished(
            run, spec, text_may_leave=True if text_may_leave_this_machine else None,
            progress=bar or progress,
        )  # fmt: skip
    finally:
        if bar is not None:
            bar.close()
    results = run.results()
    if as_json:
        print(json.dumps({"run": run.id, **results.record()["judge"], "variants": _values(results)},
                         ensure_ascii=False, indent=1))  # fmt: skip
    else:
        _show(results, str(run.files.report("html")))


def _text(rubric: str | None) -> str | None:
    """The rubric itself, or what the file of that name holds."""
    # A long text is a rule, no path: is_file() can raise on names beyond the system's limit.
    from workbench.io.files import read_text

    if rubric is None or len(rubric) > 200 or "\n" in rubric or not Path(rubric).is_file():
        return rubric
    return read_text(Path(rubric), "rubric").strip()


def _spec(run: str, experiment: Any, given: dict[str, Any]) -> Any:
    """The judge that the options name; without a model, the experiment's, changed by them."""
    from pydantic import ValidationError

    from workbench.errors import WorkbenchError
    from workbench.experiment import specification_error
    from workbench.experiment.judge import JudgeSpec

    named = experiment.judge if experiment is not None else None
    if named is None and "model" not in given:
        raise WorkbenchError(
            f"The experiment of {run} names no judge.",
            "Name one: workbench judge RUN --model NAME [--endpoint URL --key-env VARIABLE]",
        )
    # Another model is another judge: endpoint and key of the experiment's do not carry over.
    before = {} if named is None or "model" in given else named.model_dump()
    # A rubric named alone is meant alone, without the default metrics.
    if "metrics" not in given and "rubric" in given and "model" in given:
        given["metrics"] = ("rubric",)
    try:
        return JudgeSpec(**{**before, **given})
    except ValidationError as error:
        raise specification_error(error, "the options") from error


def _values(results: Results) -> dict[str, Any]:
    """The judged metrics of each variant with their intervals."""
    wanted = results.judged_metrics
    return {
        row.name: {m: row.metrics[m].record() for m in wanted if m in row.metrics}
        for row in results.variants
    }


def _show(results: Results, report: str) -> None:
    from workbench.cli.screen import console, rich_table
    from workbench.findings import section

    out, found = console(), section(results, "judge")
    for table in found.tables:
        out.print(rich_table(table))
    for item in found.statements:
        out.print(f"Note: {item.text()}" if item.level == "caution" else item.text())
    for part in found.parts:
        out.print(f"\n{part.title}")
        for table in part.tables:
            out.print(rich_table(table))
    out.print(f"\nReport: {report}")
