"""``workbench search``: settings and prompts against one another, the exam shut."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

if TYPE_CHECKING:
    from workbench.search import Searched, Tried

app = typer.Typer(help="Search settings on questions that are no exam.", no_args_is_help=True,
                  rich_markup_mode=None)  # fmt: skip

FileName = Annotated[str, typer.Argument(metavar="EXPERIMENT", help=".py, .yaml, .json or .toml.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Another value for this time."),
]
Best = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Write the experiment with the best setting (YAML)."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]

PRESENT = "(as it is)"


@app.callback()
def every() -> None:
    """Search settings on questions that are no exam."""


@app.command()
def retrieval(
    experiment: FileName,
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=[A, B]",
            help="What is varied, such as passages.chunk_size=[80, 160]; several are combined.",
        ),
    ] = None,
    changes: Changes = None,
    tokens: Annotated[
        int | None,
        typer.Option(min=1, help="Tokens of passages in a prompt; as many as now if not given."),
    ] = None,
    out: Best = None,
    as_json: AsJson = False,
) -> None:
    """Find how passages are best cut and searched, by evidence alone: no answer is generated."""
    from workbench.cli.loading import load_experiment
    from workbench.cli.running import OneBar
    from workbench.io.files import write_text
    from workbench.search import grid, search_retrieval

    given = list(changes or ())
    own = load_experiment(experiment, given)

    def changed(setting: Mapping[str, object]) -> Any:
        return load_experiment(experiment, [*given, *_pairs(setting)])

    varied = _varied(over or (), own)
    bar = OneBar("search")
    try:
        found = search_retrieval(own, grid(varied), changed, tokens, bar)
    finally:
        bar.close()
    best = found.tried[0]
    if out is not None:
        chosen = {**best.settings, "retrieval.top_k": best.top_k}
        write_text(out, changed(chosen).to_yaml())
    if as_json:
        print(json.dumps(_record(found), ensure_ascii=False, indent=1))
    else:
        _show(found, list(varied), out)


@app.command()
def tuning(
    experiment: FileName,
    over: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=[A, B]",
            help="What is varied, such as tuning.learning_rate=[1e-4, 1e-3], or a range: "
            "tuning.learning_rate={low: 1e-5, high: 1e-3, log: true}; several are combined.",
        ),
    ] = None,
    changes: Changes = None,
    trials: Annotated[
        int | None, typer.Option(min=1, help="Settings to try for each adapter; 12 if not given.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0.01, help="Begin no trial after so many minutes.")
    ] = None,
    sampler: Annotated[
        Literal["tpe", "random", "grid"] | None,
        typer.Option(help="How settings are proposed: by what earlier trials gave, or not."),
    ] = None,
    out: Best = None,
    as_json: AsJson = False,
) -> None:
    """Find how the model is best tuned, by dev questions alone; a killed search goes on."""
    from workbench.cli.loading import load_experiment
    from workbench.cli.running import OneBar
    from workbench.cli.trials import show_searches
    from workbench.io.files import write_text
    from workbench.search_tuning import search_tuning, varied

    budget = {"trials": trials, "minutes": minutes, "sampler": sampler}
    given = {key: value for key, value in budget.items() if value is not None}
    own = varied(load_experiment(experiment, list(changes or ())), _tunings(over or ()), given)
    bar = OneBar("search")
    try:
        chosen, found = search_tuning(own, bar)
    finally:
        bar.close()
    if out is not None:
        write_text(out, chosen.to_yaml())
    if as_json:
        records = [one.record() for one in found]
        print(json.dumps({"searches": records}, ensure_ascii=False, indent=1))
    else:
        show_searches(found, out)


@app.command()
def prompts(
    experiment: FileName,
    folder: Annotated[
        str | None,
        typer.Option(help="Prompts of your own: a folder with a folder of files for each."),
    ] = None,
    examples: Annotated[
        str | None,
        typer.Option(
            metavar="SETS",
            help="Sets of solved questions to try with each: none,fixed,nearest; as now if not "
            "given.",
        ),
    ] = None,
    shipped: Annotated[
        bool | None, typer.Option("--shipped/--own-only", help="With the shipped prompts, or not.")
    ] = None,
    changes: Changes = None,
    out: Best = None,
    as_json: AsJson = False,
) -> None:
    """Find the prompt of each variant, by dev questions alone; a killed search goes on."""
    from workbench.cli.loading import load_experiment
    from workbench.cli.running import OneBar
    from workbench.cli.trials import show_prompts
    from workbench.io.files import write_text
    from workbench.search_prompts import search_prompts, searching

    sets = None if examples is None else [part.strip() for part in examples.split(",")]
    wanted = {"folder": folder, "examples": sets, "shipped": shipped}
    given = {key: value for key, value in wanted.items() if value is not None}
    own = searching(load_experiment(experiment, list(changes or ())), given)
    bar = OneBar("search")
    try:
        chosen, found = search_prompts(own, bar)
    finally:
        bar.close()
    if out is not None:
        write_text(out, chosen.to_yaml())
    if as_json:
        records = [one.record() for one in found]
        print(json.dumps({"searches": records}, ensure_ascii=False, indent=1))
    else:
        show_prompts(found, out)


def _tunings(over: Sequence[str]) -> dict[str, Any]:
    """What is varied of a tuning, by the keys of ``tuning``."""
    from workbench.errors import WorkbenchError
    from workbench.experiment.overrides import parsed
    from workbench.experiment.searching import is_varied

    result = {}
    for key, values in parsed(over).items():
        if not key.startswith("tuning."):
            raise WorkbenchError(
                f"--over {key} is no setting of a tuning.",
                "Vary keys of tuning, such as tuning.learning_rate, tuning.lora.r, tuning.epochs.",
            )
        if not is_varied(key, values) or not values:
            raise WorkbenchError(
                f"--over {key} names no values to try.",
                f"Write it as '{key}=[A, B]', or as '{key}={{low: A, high: B}}'.",
            )
        result[key.removeprefix("tuning.")] = values
    return result


def _pairs(setting: Mapping[str, object]) -> list[str]:
    return [f"{key}={json.dumps(value)}" for key, value in setting.items()]


def _varied(over: Sequence[str], own: Any) -> dict[str, list[object]]:
    """What is varied: what is asked for, or mode, weight and the size of passages."""
    from workbench.errors import WorkbenchError
    from workbench.experiment.overrides import parsed

    if not over:
        sizes = own.passages.sizes((0.5, 1, 2), least=20)
        return {
            **({"passages.chunk_size": sizes} if sizes else {}),
            "retrieval.mode": ["bm25", "dense", "fused"],
            "retrieval.lexical_weight": [0.2, 0.4, 0.6],
        }
    varied = parsed(over)
    for key, values in varied.items():
        if not key.startswith(("passages.", "retrieval.")) or key == "retrieval.top_k":
            raise WorkbenchError(
                f"--over {key} is no setting of how passages are cut or searched.",
                "Vary keys of passages and retrieval. How many are shown follows from --tokens, "
                "so that every setting fills the same room.",
            )
        if not isinstance(values, list) or not values:
            raise WorkbenchError(
                f"--over {key} names no values to try.", f"Write it as '{key}=[A, B]'."
            )
    return varied


def _record(found: Searched) -> dict[str, Any]:
    from dataclasses import asdict

    tried = [{**asdict(one), "clear": one.clear} for one in found.tried]
    return {**asdict(found), "tried": tried, "conclusion": conclusion(found)}


def _show(found: Searched, keys: Sequence[str], out: Path | None) -> None:
    from rich.table import Table

    from workbench import wording
    from workbench.cli.screen import console

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for key in keys:
        table.add_column(key.split(".")[-1])
    for title in ("passages", "tokens", "evidence shown", "gain on now", "ms"):
        table.add_column(title, justify="right")
    for one in found.tried:
        names = [_value(one.settings.get(key, "")) for key in keys]
        if one.gain is None:
            names = [PRESENT, *names[1:]]
        table.add_row(
            *names, str(one.top_k), f"{one.tokens:.0f}",
            f"{wording.points(one.recall.value)} "
            f"{wording.interval(one.recall.low, one.recall.high)}",
            _gain(one), f"{one.ms:.1f}",
        )  # fmt: skip
    screen = console()
    screen.print(table)
    screen.print(
        f"{found.questions} train and dev questions, each setting filling {found.tokens} tokens; "
        "the exam stays shut. Points out of 100 with 95% intervals; * more than luck, all that "
        "were tried allowed for."
    )
    screen.print(conclusion(found))
    if out is not None:
        screen.print(f"Wrote {out} with the first of them: workbench run {out}")


def _value(value: object) -> str:
    """A setting's value in a table's cell."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_value(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)


def _gain(one: Tried) -> str:
    from workbench import wording

    if one.gain is None:
        return ""
    interval = wording.interval(one.gain.low, one.gain.high, signed=True)
    return f"{wording.difference(one.gain.difference)} {interval}{' *' if one.clear else ''}"


def conclusion(found: Searched) -> str:
    """What to do now, in a sentence."""
    from workbench import wording

    best = found.tried[0]
    if best.gain is None:
        return "Nothing that was tried shows the evidence more often than what you have."
    if not best.clear:
        return (
            "What leads is ahead of what you have by no more than luck may be: keep what you "
            "have, or take the quicker."
        )
    return f"The first is better than what you have. {wording.say('trials_lucky')}"
