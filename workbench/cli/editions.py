"""``workbench corpus compare``: what changed between two editions, and what still holds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

#: Characters of a sentence on the screen.
SHOWN = 96


def register(corpus_app: typer.Typer) -> None:
    """Add the command to ``workbench corpus``."""
    corpus_app.command("compare")(compare_editions)


def compare_editions(
    old: Annotated[str, typer.Argument(help="The earlier edition: a text file or a folder.")],
    new: Annotated[str, typer.Argument(help="The later edition.")],
    questions: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Questions on the earlier edition, to be carried over."),
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="A new file for the questions that still hold."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
) -> None:
    """Compare two editions of a text by content, and carry questions from one to the other.

    What moved, or stands in a file of another name, is unchanged. A question is carried where its
    sentences are still there, asked anew where the new answer stands in the old one's place, and
    else retired, with the reason.
    """
    from workbench import corpus as corpora
    from workbench.cli import screen
    from workbench.corpus.editions import compare
    from workbench.errors import WorkbenchError
    from workbench.questions.dataset.succession import sections_record

    if out is not None and questions is None:
        raise WorkbenchError(
            "-o is for questions, and none are given.", "Name their file: --questions."
        )
    if out is not None and Path(out).exists():
        raise WorkbenchError(f"{out} is there already.", "Name a new file.")
    with screen.console(stderr=True).status(f"Comparing {old} with {new} …"):
        before, after = (corpora.load(Path(path)) for path in (old, new))
        changes = compare(before, after)
    told: dict[str, Any] = {
        "share": changes.share, "counts": changes.counts, "sections": sections_record(changes),
    }  # fmt: skip
    if questions is not None:
        told["questions"] = _carried(Path(questions), changes, out)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
    else:
        _show(told, out)


def _carried(path: Path, changes: Any, out: str | None) -> dict[str, Any]:
    from workbench.questions import place_gold
    from workbench.questions.dataset.carrying import carry_questions
    from workbench.questions.dataset.question_set import save_questions
    from workbench.questions.dataset.succession import change_of

    found = carry_questions(place_gold(path, changes.before), changes)
    if out is not None:
        save_questions(Path(out), found.asked)
    counts = Counter(change_of(question) for question in found.asked)
    return {
        "counts": {change: counts[change] for change in ("unchanged", "changed", "removed")},
        "retired": [
            {"id": one.question.id, "text": one.question.text, "reason": one.reason}
            for one in found.retired
        ],
    }


def _show(told: Mapping[str, Any], out: str | None) -> None:
    counts = ", ".join(f"{count} {what}" for what, count in told["counts"].items())
    print(f"Sections: {counts}; {told['share']:.0%} of both texts stands in one alone.")
    for row in told["sections"]:
        if row["what"] == "unchanged":
            continue
        print(f"\n{row['what']}: {row['title']}")
        for mark, side in (("-", "gone"), ("+", "new")):
            for text in row[side][:3]:
                print(f"  {mark} {text if len(text) <= SHOWN else text[:SHOWN] + '…'}")
            if len(row[side]) > 3:
                print(f"  {mark} … and {len(row[side]) - 3} more")
    if "questions" not in told:
        return
    asked = told["questions"]
    counts = ", ".join(f"{count} {what}" for what, count in asked["counts"].items())
    print(f"\nQuestions: {counts}, {len(asked['retired'])} retired.")
    for one in asked["retired"]:
        print(f"  {one['text']}  ({one['reason']})")
    if out is not None:
        print(f"Written to {out}.")
