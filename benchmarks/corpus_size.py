"""What does a large folder take: read, divided into sections, opened again, cut into passages?

The folder is made of given texts, stretch after stretch, with every fifth word changed, so that no
two files are the same. Each step runs in a process of its own: seconds by the clock, seconds of the
processor, and the most memory held at once. `--one-file` puts all of it into one file. What the
index of so much text takes is measured by `indexing.py --megabytes`. The last line is one JSON
object.

    python -m benchmarks.corpus_size TEXT … [--megabytes 30] [--files 500] [--one-file]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.size import measured


def write(folder: Path, texts: list[Path], megabytes: float, files: int) -> None:
    """So many files, with so many megabytes between them."""
    rng = random.Random(5)
    words = " ".join(path.read_text("utf-8") for path in texts).split(" ")
    size = int(megabytes * 1e6 / files)
    for number in range(files):
        at, held, parts = rng.randrange(len(words)), 0, []
        while held < size:
            word = words[at % len(words)]
            # A word of somewhere else, which keeps its line ends.
            part = rng.choice(words) if at % 5 == 0 and "\n" not in word else word
            parts.append(part)
            held += len(part) + 1
            at += 1
        home = folder / f"shelf{number % 50:02d}"
        home.mkdir(parents=True, exist_ok=True)
        (home / f"book{number:05d}.txt").write_text(" ".join(parts), "utf-8")


def read(folder: Path) -> dict[str, Any]:
    """The folder as a corpus, saved."""
    from workbench import corpus as corpora

    found = corpora.load(folder / "texts")
    corpora.save(found, folder / "corpus")
    return {"documents": len(found.documents), "sections": len(found.sections)}


def cut(folder: Path) -> dict[str, Any]:
    """The saved corpus opened and cut into passages, as an index's stage does."""
    from workbench.corpus import passages
    from workbench.corpus.corpus import open_corpus
    from workbench.experiment.passages import PassageSpec
    from workbench.experiment.retrieval import RetrievalSpec
    from workbench.retrieval.embeddings import sentence_transformer

    spec = PassageSpec()
    tokenizer = sentence_transformer(RetrievalSpec().embedding).tokenizer
    found = open_corpus(folder / "corpus")
    return {"passages": len(passages(found, spec.chunk_size, spec.chunk_overlap, tokenizer))}


STEPS = {"read": read, "cut": cut}


def main() -> None:
    """Make the folder, run the steps, print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("texts", type=Path, nargs="*")
    parser.add_argument("--megabytes", type=float, default=30)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--one-file", action="store_true")
    parser.add_argument("--step", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step:
        print(json.dumps(STEPS[chosen.step[0]](Path(chosen.step[1]))))
        return
    found: dict[str, Any] = {"megabytes": chosen.megabytes}
    with tempfile.TemporaryDirectory() as name:
        files = 1 if chosen.one_file else chosen.files
        write(Path(name) / "texts", chosen.texts, chosen.megabytes, files)
        for step in STEPS:
            command = [sys.executable, "-m", "benchmarks.corpus_size", "--step", step, name]
            found[step] = measured(command, dict(os.environ))
            print(step, found[step], flush=True)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
