"""An experiment script for the user's own text, or for messages with labels."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.experiment.questions import LabelsSpec
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


LABELS_TEMPLATE = '''"""{title}: which way of sorting these messages is best?"""

from workbench import Experiment, run

experiment = Experiment(
    purpose={purpose!r},
    name={name!r},
    # model="reader" is the embedded default, and names hardly a label when it is only asked.
    # Others: a hub name, a local path, or
    # model={{"name": "…", "endpoint": "http://localhost:11434/v1"}},
    questions={{
        "labels": {labels!r},
        # At the most; of fewer messages each gets its part.
        "train_facts": 200,
        "test": 150,
        "dev": 40,
    }},
    # Those that fit are compared; to choose: variants={variants!r},
    workload={{"queries_per_month": 10_000}},
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
    name, path = _name_and_path(corpus, out)
    if gold is not None:
        _check_gold(gold, corpus)
    title = _title(corpus)
    text = TEMPLATE.format(
        title=title,
        purpose=purpose or f"Answer questions about {title}, briefly and correctly.",
        name=name,
        corpus=str(corpus.absolute()),
        gold=NO_GOLD if gold is None else f'"gold": {str(gold.absolute())!r},',
    )
    write_text(path, text)
    return path


def write_label_script(spec: LabelsSpec, out: Path | None, purpose: str) -> Path:
    """The same for messages with their labels; says what was found in the file.

    Raises WorkbenchError where the file holds no such messages.
    """
    from workbench.experiment.fitting import LABEL_VARIANTS
    from workbench.questions.dataset.labelled import read_messages

    file = Path(spec.file)
    name, path = _name_and_path(file, out)
    found, dropped = read_messages(spec)
    counts = Counter(message.answers[0] for message in found)
    told = ", ".join(f"{label} {number}" for label, number in counts.most_common())
    print(f"{len(found):,} messages ({told}); {len(dropped):,} dropped as repeated.")
    title = _title(file)
    labels = {**spec.model_dump(exclude_defaults=True), "file": str(file.absolute())}
    write_text(path, LABELS_TEMPLATE.format(
        title=title, purpose=purpose or f"Sort the messages of {title} by their labels.",
        name=name, labels=labels, variants=[*LABEL_VARIANTS],
    ))  # fmt: skip
    return path


def _name_and_path(source: Path, out: Path | None) -> tuple[str, Path]:
    """The experiment's name, and where its script is written, which is nowhere there is one."""
    name = re.sub(r"[^a-z0-9]+", "_", source.stem.lower()).strip("_") or "my_corpus"
    path = out or Path(f"{name}.py")
    if path.exists():
        raise WorkbenchError(f"{path} exists already.", "Give another name with --out.")
    return name, path


def _title(source: Path) -> str:
    # What a file is called ends up in a docstring: no quote or backslash of it may end that.
    return re.sub(r"[\x00-\x1f\\\"]+", " ", source.stem.replace("_", " ")).strip() or "A text"


def _check_gold(gold: Path, corpus: Path) -> None:
    from workbench.corpus import load
    from workbench.questions.dataset.gold import place_gold, sound_gold

    # The file's own faults first: they are found at once, and reading a large corpus takes time.
    for note in sound_gold(gold).notes:
        print(f"{gold}, {note}")
    place_gold(gold, load(corpus))
