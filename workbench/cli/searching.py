"""``workbench search``: settings and prompts against one another, the exam shut."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

if TYPE_CHECKING:
    from workbench.experiment import Experiment
    from workbench.records.trials import PromptSearch, TuningSearch
    from workbench.types import Progress

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

Minutes = Annotated[
    float | None, typer.Option(min=0.01, help="Begin no trial after so many minutes.")
]
Sampler = Annotated[
    Literal["tpe", "random", "grid"] | None,
    typer.Option(help="How settings are proposed: by what earlier trials gave, or not."),
]
Found = TypeVar("Found")
PRESENT = "(as it is)"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an experiment whose settings are searched, and what is said of other keys."""

    what: str
    keys: tuple[str, ...]
    way_out: str
    not_these: tuple[str, ...] = ()


TUNED = Part(
    "a tuning", ("tuning.",),
    "Vary keys of tuning, such as tuning.learning_rate, tuning.lora.r, tuning.epochs.",
)  # fmt: skip
SEARCHED = Part(
    "how passages are cut or searched", ("passages.", "retrieval."),
    "Vary keys of passages and retrieval. How many are shown follows from --tokens, so that every "
    "setting fills the same room.", ("retrieval.top_k",),
)  # fmt: skip


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
            help="What is varied, such as passages.chunk_size=[80, 160], or a range: "
            "retrieval.lexical_weight={low: 0.1, high: 0.7}; several are combined.",
        ),
    ] = None,
    changes: Changes = None,
    tokens: Annotated[
        int | None,
        typer.Option(min=1, help="Tokens of passages in a prompt; as many as now if not given."),
    ] = None,
    finalists: Annotated[
        int | None,
        typer.Option(min=0, help="How many answer dev questions in the end; 3 if not given."),
    ] = None,
    trials: Annotated[
        int | None, typer.Option(min=1, help="Settings to try; all of lists, 24 of a range.")
    ] = None,
    minutes: Minutes = None,
    sampler: Sampler = None,
    out: Best = None,
    as_json: AsJson = False,
) -> None:
    """Find how passages are best cut and searched: by evidence first, the best few by answers."""
    from workbench.cli.loading import load_experiment
    from workbench.cli.retrievals import as_record, show_retrieval
    from workbench.search_retrieval import search_retrieval, searching

    budget = {"tokens": tokens, "finalists": finalists, "trials": trials, "minutes": minutes,
              "sampler": sampler}  # fmt: skip
    own = load_experiment(experiment, list(changes or ()))
    own = searching(own, _listed(over or (), SEARCHED), _said(budget))
    _search(own, search_retrieval, None if as_json else show_retrieval, as_record, out)


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
    minutes: Minutes = None,
    sampler: Sampler = None,
    batch: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Settings that are proposed before any of them has been tried, so that so many "
            "workers of a cluster try them side by side; 1 if not given.",
        ),
    ] = None,
    out: Best = None,
    as_json: AsJson = False,
) -> None:
    """Find how the model is best tuned, by dev questions alone; a killed search goes on."""
    from workbench.cli.loading import load_experiment
    from workbench.cli.trials import show_searches
    from workbench.search_tuning import search_tuning, varied

    given = _said({"trials": trials, "minutes": minutes, "sampler": sampler, "batch": batch})
    listed = _listed(over or (), TUNED)
    keyed = {key.removeprefix("tuning."): values for key, values in listed.items()}
    own = varied(load_experiment(experiment, list(changes or ())), keyed, given)
    _search(own, search_tuning, None if as_json else show_searches, _searches, out)


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
    from workbench.cli.trials import show_prompts
    from workbench.search_prompts import search_prompts, searching

    sets = None if examples is None else [part.strip() for part in examples.split(",")]
    given = _said({"folder": folder, "examples": sets, "shipped": shipped})
    own = searching(load_experiment(experiment, list(changes or ())), given)
    _search(own, search_prompts, None if as_json else show_prompts, _searches, out)


def _search(
    own: Experiment,
    search: Callable[[Experiment, Progress], tuple[Experiment, Found]],
    show: Callable[[Found, Path | None], None] | None,
    record: Callable[[Found], Mapping[str, Any]],
    out: Path | None,
) -> None:
    """Search with a bar, write the experiment with the best, and print what was tried.

    ``show`` None: it is printed as JSON.
    """
    from workbench.cli.running import OneBar
    from workbench.io.files import write_text

    bar = OneBar("search")
    try:
        chosen, found = search(own, bar)
    finally:
        bar.close()
    if out is not None:
        write_text(out, chosen.to_yaml())
    if show is None:
        print(json.dumps(record(found), ensure_ascii=False, indent=1))
    else:
        show(found, out)


def _searches(found: Sequence[TuningSearch] | Sequence[PromptSearch]) -> dict[str, Any]:
    return {"searches": [one.record() for one in found]}


def _said(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given."""
    return {key: value for key, value in options.items() if value is not None}


def _listed(over: Sequence[str], part: Part) -> dict[str, Any]:
    """What is varied of a part of the experiment, by whole key."""
    from workbench.errors import WorkbenchError
    from workbench.experiment.overrides import parsed
    from workbench.experiment.searching import is_varied

    varied = parsed(over)
    for key, values in varied.items():
        if not key.startswith(part.keys) or key in part.not_these:
            raise WorkbenchError(f"--over {key} is no setting of {part.what}.", part.way_out)
        if not is_varied(key, values) or not values:
            raise WorkbenchError(
                f"--over {key} names no values to try.",
                f"Write it as '{key}=[A, B]', or as '{key}={{low: A, high: B}}'.",
            )
    return varied
