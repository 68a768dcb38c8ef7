"""An experiment script for the user's own text."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.io.files import write_text

# Values go in by repr, so that a quote in a path or purpose ends no string.
TEMPLATE = '''"""{title}: which way of building the assistant is best for this text?"""

from workbench import Experiment, run

experiment = Experiment(
    purpose={purpose!r},
    name={name!r},
    corpus={corpus!r},
    # model="reader" is the embedded default (English). Others: a hub name, a local path, or
    # model={{"name": "…", "endpoint": "http://localhost:11434/v1"}},
    questions={{
        {gold}
        "train_facts": 120,
        "test": 150,
        "dev": 30,
        # Who writes the questions, where the rules find too little in your text: a hub name, or
        # "writer": {{"name": "llama3.2", "endpoint": "http://localhost:11434/v1"}},
    }},
    workload={{"queries_per_month": 10_000, "updates_per_month": 1}},
)

if __name__ == "__main__":
    run(experiment)
'''


NO_GOLD = '# "gold": "my-questions.jsonl",  # questions of your own, always sat and shown apart'


def write_script(corpus: Path, out: Path | None, purpose: str, gold: Path | None = None) -> Path:
    """Write the script beside the working directory; an existing file is never overwritten.

    ``gold`` is a file of questions written by hand. Raises WorkbenchError where one of its lines
    is no question, or quotes what the corpus does not say.
    """
    if not corpus.exists():
        raise WorkbenchError(f"There is no corpus {corpus}.", "Name a text file or a folder.")
    name = re.sub(r"[^a-z0-9]+", "_", corpus.stem.lower()).strip("_") or "my_corpus"
    path = out or Path(f"{name}.py")
    if path.exists():
        raise WorkbenchError(f"{path} exists already.", "Give another name with --out.")
    if gold is not None:
        _check_gold(gold, corpus)
    # What a file is called ends up in a docstring: no quote or backslash of it may end that.
    title = re.sub(r"[\x00-\x1f\\\"]+", " ", corpus.stem.replace("_", " ")).strip() or "A text"
    text = TEMPLATE.format(
        title=title,
        purpose=purpose or f"Answer questions about {title}, briefly and correctly.",
        name=name,
        corpus=str(corpus.absolute()),
        gold=NO_GOLD if gold is None else f'"gold": {str(gold.absolute())!r},',
    )
    write_text(path, text)
    return path


def _check_gold(gold: Path, corpus: Path) -> None:
    from workbench.corpus import load
    from workbench.questions.dataset.gold import place_gold, sound_gold

    # The file's own faults first: they are found at once, and reading a large corpus takes time.
    for note in sound_gold(gold).notes:
        print(f"{gold}, {note}")
    place_gold(gold, load(corpus))
