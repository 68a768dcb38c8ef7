"""``workbench export`` and ``workbench parity``: take a variant elsewhere, and examine it there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from workbench.export.parity import Parity

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="Run id, its start, path, or latest.")]
VariantName = Annotated[str, typer.Option("--variant", help="The variant of the run.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to the workbench's own."""
    app.command("export")(export)
    app.command("parity")(parity)


def export(
    name: RunName,
    variant: VariantName,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            help="peft, merged, gguf, gguf-lora, ollama, vllm, openai-jsonl or docker.",
        ),
    ],
    out: Annotated[str, typer.Option("--output", "-o", "--out", help="A new folder.")],
    quantize: Annotated[
        str | None,
        typer.Option("--quantize", "-q", help="llama.cpp's type of GGUF files, such as Q4_K_M."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a variant in the form that another program takes, with its prompts and a model card.

    Refused before any work where the other program could not answer as the variant did.
    """
    from workbench.export import export as write
    from workbench.records.run import find_run

    result = write(find_run(name), variant, format_, Path(out), quantize)
    if as_json:
        record = {"folder": str(result.folder), "files": result.files, "notes": result.notes}
        print(json.dumps(record, ensure_ascii=False, indent=1))
        return
    print(f"Wrote {result.folder} ({len(result.files)} files); README.md is its model card.")
    for note in result.notes:
        print(f"  - {note}")


def parity(
    name: RunName,
    variant: VariantName,
    endpoint: Annotated[str | None, typer.Option(help="Base URL of an OpenAI-like API.")] = None,
    model: Annotated[str | None, typer.Option(help="The model's name at the endpoint.")] = None,
    key_env: Annotated[str | None, typer.Option(help="Environment variable with the key.")] = None,
    path: Annotated[
        str | None, typer.Option(help="A folder of weights, an adapter's folder, or a GGUF file.")
    ] = None,
    precision: Annotated[str, typer.Option(help="Of --path: auto, float32, bfloat16.")] = "auto",
    called: Annotated[
        str, typer.Option("--name", help="Folder below the run's parity/; by default made up.")
    ] = "",
    text_may_leave_this_machine: Annotated[
        bool, typer.Option(help="Allow sending the exam, with text of the corpus, elsewhere.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Have an exported system sit the exam again, and hold its answers against the variant's.

    Says the paired difference, whether it is equivalent at the margin, the worst changes, and which
    causes were found. Stopped at any moment, the same command goes on from there; what is finished
    is begun anew.
    """
    from workbench.cli.running import OneBar
    from workbench.export.parity import sit_again
    from workbench.export.targets import target_of
    from workbench.records.run import find_run
    from workbench.types import silent

    run = find_run(name)
    target = target_of(run, variant, endpoint, model, key_env, path, precision)
    bar: Any = None if as_json else OneBar("parity")
    try:
        result = sit_again(run, variant, target, called, bar or silent, text_may_leave_this_machine)
    finally:
        if bar is not None:
            bar.close()
    if as_json:
        print(json.dumps(result.record(), ensure_ascii=False, indent=1))
    else:
        show(result)


def show(result: Parity) -> None:
    """The outcome as text."""
    from workbench import wording

    print(result.sentence)
    if result.failed:
        print(f"{result.failed} of {result.n} questions got no answer and count as zero.")
    print(
        f"{wording.metric_label(result.metric)}: {wording.points(result.examined)} in the exam, "
        f"{wording.points(result.exported)} now."
    )
    for item in result.causes:
        print(f"  [{item.state}] {item.name.replace('_', ' ')}: {item.sentence}")
    for change in result.worst:
        print(f"\n{change.text}")
        print(f"  exam ({wording.points(change.score_examined)}): {change.examined}")
        print(f"  now  ({wording.points(change.score_exported)}): {change.exported}")
