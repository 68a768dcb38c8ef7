"""``workbench corpus``: look at a text as a run would read it, or fetch one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.streams import print_json

app = typer.Typer(help="Look at a corpus.", no_args_is_help=True, rich_markup_mode=None)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


@app.command("inspect")
def inspect_corpus(
    path: Annotated[str, typer.Argument(help="A text file, or a folder of them.")],
    encoding: Annotated[
        str, typer.Option(help="What its text files are in, such as cp949; auto finds out.")
    ] = "auto",
    revision: Annotated[
        str | None, typer.Option(help="As git has it at this tag, branch or commit.")
    ] = None,
    personal: Annotated[
        str, typer.Option(help="What finds personal data: patterns, or presidio beside them.")
    ] = "patterns",
    as_json: AsJson = False,
) -> None:
    """Read a corpus as a run would, and say what was found in it."""
    from workbench import corpus as corpora
    from workbench.cli import screen
    from workbench.errors import WorkbenchError
    from workbench.fairness import masking, presidio
    from workbench.io.git import at_revision

    if personal not in masking.FINDERS:
        raise WorkbenchError(
            f"--personal is {personal!r}.", f"Choose one of {', '.join(masking.FINDERS)}."
        )
    by = presidio.version() if personal == "presidio" else ""
    with screen.console(stderr=True).status(f"Reading {path} …"):
        if revision is None:
            corpus = corpora.load(Path(path), encoding=encoding, personal=personal)
        else:
            with at_revision(Path(path), revision) as found:
                corpus = corpora.load(found.path, encoding=encoding, personal=personal)
            corpus = replace(corpus, notes=(*corpus.notes, *found.notes))
        facts = corpora.inspect(corpus) | ({"found_by": by} if by else {})
    if as_json:
        print_json(facts)
    else:
        screen.show_corpus(facts)


@app.command("fetch")
def fetch_corpus(
    url: Annotated[str, typer.Argument(help="A page, or a sitemap (.xml), of a web site.")],
    folder: Annotated[str, typer.Argument(help="A new folder for its pages.")],
    follow: Annotated[
        bool, typer.Option(help="Also take the pages linked to, within the folder of URL.")
    ] = False,
    pages: Annotated[int, typer.Option(min=1, help="Pages at most.")] = 200,
    pause: Annotated[float, typer.Option(min=0.0, help="Seconds between two pages.")] = 1.0,
    as_json: AsJson = False,
) -> None:
    """Fetch pages of one web site into a folder, as its robots.txt allows.

    No run fetches pages: it reads the folder, which stays as it is.
    """
    from workbench.cli import screen
    from workbench.corpus.site import fetch_site

    with screen.console(stderr=True).status(f"Fetching {url} …"):
        fetched = fetch_site(url, Path(folder), pages, follow, pause)
    if as_json:
        print_json({"pages": fetched.pages, "left_out": fetched.left_out})
        return
    print(f"{len(fetched.pages)} pages in {folder}")
    for reason, count in fetched.left_out.items():
        print(f"left out: {count} ({reason})")
