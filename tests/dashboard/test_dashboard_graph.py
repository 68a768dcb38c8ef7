"""The Retrieval page's graph: one thing, what is around it, and the sentences that say so."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.support.browser import ROOT, chromium, dashboard, walk
from tests.support.pages import words
from workbench.io import jsonl
from workbench.retrieval.graph.triples import Triple

Show = Callable[..., Any]
SAID = (
    ("Marta Quill mended the harbour clock.", ("Marta Quill", "mend", "harbour clock")),
    ("Quill lives in <b>Harrow</b>.", ("Quill", "live in", "<b>Harrow</b>")),
    ("Tom Arden sold the boat.", ("Tom Arden", "sell", "boat")),
)


def with_graph(run: Path, said: Any = SAID) -> None:
    triples, at = [], 0
    for text, triple in said:
        triples.append(Triple(*triple, "town", at, at + len(text), "person", "name", text))
        at += len(text) + 1
    record = {"unit": "town#1", "triples": [asdict(item) for item in triples]}
    jsonl.write(run / "corpus" / "triples.jsonl", [record])


def test_a_run_without_a_graph_shows_none(run: Path, show: Show) -> None:
    assert "The graph of the text" not in words(show("retrieval", run=run.name))
    with_graph(run, ())
    assert "The graph of the text" not in words(show("retrieval", run=run.name))


def test_a_thing_is_shown_with_its_sentences_and_nothing_of_the_text_acts(
    run: Path, show: Show
) -> None:
    with_graph(run)
    app = show("retrieval", run=run.name)
    text = words(app)
    assert "3 facts about 5 things" in text
    box = app.selectbox(key="graph_thing")
    assert box.value == "Marta Quill" and len(box.options) == 5, "two names, one person"
    assert "What the text says of Marta Quill" in text
    assert "Quill lives in <b>Harrow</b>." in text
    raw = "\n".join(str(getattr(element.proto, "body", "")) for element in app.get("html"))
    assert "&lt;b&gt;Harrow&lt;/b&gt;" in raw and "<b>Harrow</b>" not in raw
    assert "Tom Arden sold the boat." not in text
    box.set_value("boat").run()
    assert "Tom Arden sold the boat." in words(app)


def test_reading_a_graph_loads_no_model_library(run: Path) -> None:
    with_graph(run)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from workbench.dashboard.queries import graph\n"
        f"assert graph.read(Path({str(run / 'corpus' / 'triples.jsonl')!r})).things\n"
        "heavy = {'torch','transformers','peft','llama_index','ragas','sentence_transformers'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"


@pytest.mark.slow
def test_the_picture_is_drawn_says_itself_in_words_and_follows_the_choice(
    finished: Path, tmp_path: Path
) -> None:
    chromium()
    run = Path(shutil.copytree(finished, tmp_path / "runs" / finished.name))
    with_graph(run)
    with dashboard(run.parent, tmp_path) as address, walk(address) as walker:
        walker.go("retrieval")
        walker.sees("The graph of the text")
        picture = ".stVegaLiteChart[aria-label*='{}']"
        walker.awaits(walker.page.locator(picture.format("Marta Quill mend harbour clock")))
        walker.sees("Marta Quill mended the harbour clock.")
        option = walker.page.get_by_role("option", name="boat", exact=True)

        def choosing() -> None:
            if not option.is_visible():
                walker.page.get_by_role("combobox", name="Thing").click(timeout=10_000)
            option.click(timeout=10_000)

        walker.act(choosing, walker.main.get_by_text("Tom Arden sold the boat.").first)
        walker.awaits(walker.page.locator(picture.format("Tom Arden sell boat")))
        assert walker.wide() == 0
        assert walker.strangers == []
        assert walker.errors == []
