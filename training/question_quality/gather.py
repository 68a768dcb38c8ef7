"""Candidates of a text with their features, to be judged: the rows that ``fit`` learns from.

    python -m training.question_quality.gather NAME TEXT candidates.jsonl [--draw 60] [--seed 1]
                                           [--sections 400]

Each line has the question, its answer, the sentence that it stands on with what stands around it,
and the features. Whoever reads them sets ``right`` and ``worth`` to 0 or 1, without the estimate
before him. Of a line that goes into ``labels.jsonl``, ``title``, ``before``, ``evidence`` and
``after`` are taken out (they are the text's), and ``features`` becomes the list of its values in
the order of that file's first line.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from workbench.corpus import load as load_corpus
from workbench.experiment.questions import QuestionSpec
from workbench.io import jsonl
from workbench.models import load as load_model
from workbench.questions.dataset.plan import make_plan
from workbench.questions.quality.features import features
from workbench.questions.writers.offline import check_round_trip
from workbench.questions.writers.spending import Metered, Spending
from workbench.questions.writers.units import WriterContext
from workbench.retrieval.embeddings import embed
from workbench.types import ModelReference

#: Sections whose candidates are read back in one call, and the words before a sentence that a judge
#: is shown.
SECTIONS, BEFORE = 5, 40


def candidates_of(name: str, text: Path, seed: int, most: int) -> Iterator[dict[str, Any]]:
    """All questions by rule that pass the cheap filters, or tell too little, and are read back."""
    spec = QuestionSpec()
    corpus = load_corpus(text)
    plan = make_plan(corpus.sections, spec, seed)
    model = Metered(load_model(ModelReference()), Spending.of(spec, None))
    context = WriterContext.open(corpus, spec, plan, model, embed)
    sections = {section.id: section for section in corpus.sections}
    visit = plan.visit[:most]
    for first in range(0, len(visit), SECTIONS):
        group = [sections[key] for key in visit[first : first + SECTIONS]]
        offers = [context.offers(section) for section in group]
        drafts = [d for offer in offers for d in (*offer.kept, *offer.spare)]
        outcome = check_round_trip(drafts, model, context.names)
        for item in outcome.kept:
            draft = item.draft
            quote = " ".join(draft.quote.split())
            before, _, after = " ".join(draft.stretch.split()).partition(quote)
            yield {
                "text": name,
                "question": draft.text,
                "answer": draft.answers[0],
                "title": sections[draft.section].title,
                "before": " ".join(before.split()[-BEFORE:]),
                "evidence": draft.quote,
                "after": " ".join(after.split()[:BEFORE]),
                "right": None,
                "worth": None,
                "features": features(
                    draft,
                    draft.text,
                    item.fluency,
                    item.roundtrip_f1,
                    context.names,
                    context.usage,
                ),
            }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("text", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--draw", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sections", type=int, default=400, help="read so many at the most")
    given = parser.parse_args()
    found = sorted(
        candidates_of(given.name, given.text, given.seed, given.sections),
        key=lambda row: str(row["question"]),
    )
    drawn = random.Random(given.seed).sample(found, min(given.draw, len(found)))
    jsonl.write(given.out, drawn)
    print(f"{len(drawn)} of {len(found)} candidates in {given.out}")


if __name__ == "__main__":
    main()
