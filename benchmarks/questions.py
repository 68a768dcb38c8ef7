"""How long a whole exam takes on a text, how many questions it gives, and at what peak memory.

    python benchmarks/questions.py TEXT [TEXT ...] [--test 150] [--train-facts 200] [--dev 40]
                                   [--draw 80] [--reworded 11] [--seed 20261121]
                                   [--draw-seed 20261121]

``--draw`` prints that many of the accepted questions at random, one line each: role, question,
answers and section, with tabs between; docs/exam-audit.md judges such a draw. ``--reworded`` prints
that many of the questions that ask a trained fact in other words, with the trained wordings.
Several texts are joined into one, so that a few novels make a long one. The embedded reader writes,
and the embedding model looks for questions that repeat another in meaning. The last line is one
JSON object; its part ``reworded`` says how many of the exam's questions on trained facts share all
content words with a trained wording of the fact (``all_words_trained``), and how many have how many
words that the nearest of them lacks.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
import time
from pathlib import Path

from workbench.corpus import load as load_corpus
from workbench.experiment.questions import QuestionSpec
from workbench.io.files import read_json
from workbench.models import load as load_model
from workbench.questions import load as load_exam
from workbench.questions import write
from workbench.questions.words import content
from workbench.retrieval.embeddings import embed
from workbench.types import ModelReference


def joined(texts: list[Path], folder: Path) -> Path:
    """One file with all the texts in it."""
    path = folder / "text.txt"
    path.write_text(
        "\n\n".join(t.read_text(encoding="utf-8", errors="replace") for t in texts),
        encoding="utf-8",
    )
    return path


def tell(done: int, total: int, note: str = "") -> None:
    print(f"\r questions {done}/{total} {note}   ", end="\n" if done >= total else "", flush=True)


def drawn(folder: Path, count: int, seed: int) -> list[str]:
    """Lines of ``count`` accepted questions (of all roles together), sampled by id."""
    exam = load_exam(folder)
    accepted = sorted([*exam.train, *exam.dev, *exam.test], key=lambda question: question.id)
    sample = random.Random(seed).sample(accepted, min(count, len(accepted)))
    return ["\t".join((q.role, q.text, " / ".join(q.answers), q.cluster or "")) for q in sample]


def beside_trained(folder: Path, count: int, seed: int) -> list[str]:
    """Lines of ``count`` questions in other words (dev and exam), with what was trained."""
    exam = load_exam(folder)
    asked = [q for q in (*exam.test, *exam.dev) if q.stratum == "reworded"]
    trained: dict[str | None, list[str]] = {}
    for question in exam.train:
        trained.setdefault(question.fact, []).append(question.text)
    asked.sort(key=lambda question: question.id)
    sample = random.Random(seed).sample(asked, min(count, len(asked)))
    return ["\t".join((q.text, " / ".join(q.answers), " / ".join(trained[q.fact]))) for q in sample]


def reworded(folder: Path) -> dict[str, object]:
    """How far the exam's questions on trained facts differ from the trained wordings."""
    exam = load_exam(folder)
    trained: dict[str | None, list[str]] = {}
    for question in exam.train:
        trained.setdefault(question.fact, []).append(question.text)
    asked = [question for question in exam.test if question.stratum == "reworded"]
    same = sum(any(content(q.text) <= content(t) for t in trained[q.fact]) for q in asked)
    proof = read_json(folder / "certificate.json")["strata"]["reworded"]
    return {
        "questions": len(asked),
        "all_words_trained": same,
        "new_words": proof["new_words"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--test", type=int, default=150)
    parser.add_argument("--train-facts", type=int, default=200)
    parser.add_argument("--dev", type=int, default=40)
    parser.add_argument("--draw", type=int, default=0, help="print so many accepted questions")
    parser.add_argument("--reworded", type=int, default=0, help="print so many in other words")
    parser.add_argument("--seed", type=int, default=20261121, help="of the writing and the draw")
    parser.add_argument("--draw-seed", type=int, help="of the draw alone")
    given = parser.parse_args()
    chance = given.seed if given.draw_seed is None else given.draw_seed
    spec = QuestionSpec(test=given.test, train_facts=given.train_facts, dev=given.dev)
    model = load_model(ModelReference())
    with tempfile.TemporaryDirectory() as folder:
        path = given.texts[0]
        if len(given.texts) > 1:
            path = joined(given.texts, Path(folder))
        size = path.stat().st_size
        start = time.perf_counter()
        corpus = load_corpus(path)
        summary = write(corpus, spec, model, Path(folder) / "out", given.seed, tell, embed)
        seconds = time.perf_counter() - start
        lines = drawn(Path(folder) / "out", given.draw, chance)
        lines += beside_trained(Path(folder) / "out", given.reworded, chance)
        differing = reworded(Path(folder) / "out")
    for line in lines:
        print(line)
    counts = {role: summary[role] for role in ("train", "train_facts", "dev", "test")}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        json.dumps(
            {
                "megabytes": round(size / 1e6, 2),
                "sections": len(corpus.sections),
                **counts,
                "strata": summary["strata"],
                "reworded": differing,
                "kinds": summary["kinds"],
                "dropped": summary["dropped"],
                "accepted": counts["train"] + counts["dev"] + counts["test"],
                "seconds": round(seconds, 1),
                "peak_memory_mb": round(peak / 1024),
            }
        )
    )


if __name__ == "__main__":
    main()
