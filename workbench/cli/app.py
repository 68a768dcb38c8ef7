"""Every command of ``workbench``. Each one calls one function and prints what it returns."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from workbench.cli import corpora, looking
from workbench.cli.ending import leave, tell
from workbench.cli.looking import PaidByName
from workbench.cli.streams import print_json
from workbench.errors import WorkbenchError


class StoppedByUser(Exception):  # noqa: N818 - it is no fault
    """Ctrl-C; its text, if any, is what goes on elsewhere."""


class WholeSummaries(typer.core.TyperGroup):
    """A list of commands with the first sentence of each, however long: a cut one helps nobody.

    Ctrl-C goes through: typer would end without a word.
    """

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as stop:
            raise StoppedByUser(*stop.args) from stop

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        listed = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [
            (name, " ".join((command.help or "").split("\n\n")[0].split()))
            for name, command in listed if command is not None and not command.hidden
        ]  # fmt: skip
        with formatter.section("Commands"):
            formatter.write_dl(rows)


def _told_version(wanted: bool) -> None:
    if wanted:
        from workbench.engine.machine import versions

        for name, number in versions().items():
            print(f"{name} {number}")
        raise typer.Exit


app = typer.Typer(
    name="workbench",
    cls=WholeSummaries,
    help="Should your assistant be prompted, given retrieval, fine-tuned, or both? "
    "Evidence for your own corpus.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(corpora.app, name="corpus")


@app.callback()
def every_command(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_told_version, is_eager=True,
                     help="Print the version, and those of the libraries that decide results."),
    ] = False,
) -> None:  # fmt: skip
    """Should your assistant be prompted, given retrieval, fine-tuned, or both?
    Evidence for your own corpus."""


# Commands import what they call only when called: a light one loads no heavy library.
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
FileName = Annotated[str, typer.Argument(metavar="EXPERIMENT", help=".py, .yaml, .json or .toml.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Another value, such as retrieval.top_k=5."),
]


def run_app() -> None:
    """Run the command line; a user's fault ends it with two sentences and exit code 2."""
    from workbench.cli import (
        changed,
        curving,
        drifting,
        editions,
        estimating,
        evidence,
        exporting,
        gating,
        jobs,
        judging,
        protocol,
        publishing,
        rating,
        searching,
        serving,
        signing,
        trainers,
    )
    from workbench.cli.streams import write_anything
    from workbench.questions.cli import app as questions_app

    write_anything()
    app.add_typer(questions_app, name="questions")
    app.add_typer(searching.app, name="search")
    editions.register(corpora.app)
    changed.register(corpora.app)
    evidence.register(app)
    gating.register(app)
    drifting.register(app)
    judging.register(app)
    estimating.register(app)
    exporting.register(app)
    curving.register(app)
    serving.register(app)
    publishing.register(app)
    rating.register(app)
    signing.register(app)
    protocol.register(app)
    trainers.register(app, questions_app)
    jobs.register(app)
    # Corpora come from files: progress bars and parallel tokenizers of libraries only disturb.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    try:
        app()
    except WorkbenchError as error:
        tell(error)
        leave(2)
    except (KeyboardInterrupt, StoppedByUser) as stop:
        print("workbench: stopped; the same command goes on from here.", file=sys.stderr)
        if str(stop):
            print(f"  {stop}", file=sys.stderr)
        # 128 + SIGINT, as shells report it.
        sys.exit(130)


@app.command()
def run(
    experiment: FileName,
    changes: Changes = None,
    paid_by: Annotated[
        PaidByName | None,
        typer.Option(help="How the assistant will be paid for: the same as deployment.paid_by."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run an experiment, or go on where it stopped, and print the comparison."""
    from workbench.cli import changed
    from workbench.cli.loading import load_experiment

    paid = [f"deployment.paid_by={paid_by}"] if paid_by else []
    loaded = load_experiment(experiment, [*(changes or ()), *paid])
    changed.tell(loaded, experiment)
    _run(loaded, as_json)


@app.command()
def demo(
    model: Annotated[
        Literal["reader", "smollm2"],
        typer.Option(help="Who answers: the embedded reader, or a real chat model (a package)."),
    ] = "reader",
    as_json: AsJson = False,
) -> None:
    """Run the main job on the novella that ships: some five minutes on two cores, offline."""
    from workbench.cli.loading import load_experiment, shipped

    name = "salt_ledger" if model == "reader" else f"salt_ledger_{model}"
    _run(load_experiment(str(shipped("experiments", f"{name}.py"))), as_json)


@app.command()
def new(
    corpus: Annotated[
        str, typer.Argument(help="A text file, a folder of them, or a file of labelled messages.")
    ],
    out: Annotated[
        str | None, typer.Option("--output", "-o", "--out", help="Where to write the script.")
    ] = None,
    purpose: Annotated[str, typer.Option(help="What the assistant is for.")] = "",
    gold: Annotated[
        str | None, typer.Option(help="A file of your own questions; it is checked.")
    ] = None,
    label: Annotated[
        str | None,
        typer.Option(help="Sort messages: the column of the file that holds their labels."),
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="With --label: the messages' column (default: text).")
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(help="With --label: the column of their group, such as the sender."),
    ] = None,
) -> None:
    """Write an experiment script for your own text or labelled messages, ready to run and edit."""
    from workbench.cli.scaffold import write_label_script, write_script

    where = Path(out) if out else None
    if label is None and (text or group):
        raise WorkbenchError(
            "--text and --group name columns of labelled messages.",
            "Name the column of the labels too: --label COLUMN.",
        )
    if label is not None and gold is not None:
        raise WorkbenchError(
            "Labelled messages are the exam themselves: --gold has no place beside --label.",
            "Leave one of them out.",
        )
    if label is None:
        path = write_script(Path(corpus), where, purpose, Path(gold) if gold else None)
    else:
        from workbench.experiment.questions import LabelsSpec

        spec = LabelsSpec(file=corpus, text=text or "text", label=label, group=group)
        path = write_label_script(spec, where, purpose)
    print(f"Wrote {path}. Read it through, then: workbench run {path}")


looking.register(app)


@app.command()
def dashboard(
    port: Annotated[int, typer.Option(help="Port of the page.")] = 8501,
    host: Annotated[str, typer.Option(help="Address to bind to.")] = "127.0.0.1",
) -> None:
    """Open the dashboard on the runs of this folder."""
    from workbench.cli.loading import shipped
    from workbench.dashboard import FLAGS
    from workbench.dashboard.access import check_binding, names_of

    check_binding(host)

    script = str(shipped("streamlit_app.py"))
    command = [sys.executable, "-m", "streamlit", "run", script]
    command += ["--server.port", str(port), "--server.address", host]
    command += FLAGS
    for name in names_of(host):
        command += ["--server.allowedHosts", name]
    # Takes this process's place, so that Ctrl-C and the exit code are Streamlit's own.
    os.execv(sys.executable, command)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Say what works on this machine, optional parts included, and how to fix the rest."""
    from workbench.cli import screen
    from workbench.cli.checkup import checkup

    facts = checkup()
    if as_json:
        print_json(facts)
    else:
        screen.show_checkup(facts)


def _run(experiment: Any, as_json: bool) -> None:
    from workbench.cli.running import run as run_experiment

    if as_json:
        print_json(run_experiment(experiment, show=False).results().record())
    else:
        run_experiment(experiment)
