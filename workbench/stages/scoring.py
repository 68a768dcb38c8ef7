"""The metrics of a run's answers, as a table in its folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.evaluation import people
from workbench.experiment import Experiment
from workbench.records import ratings
from workbench.records.layout import RunLayout
from workbench.records.run import Run
from workbench.records.shown import shown_passages
from workbench.stages.score_table import read_scores, write_scores
from workbench.types import Answer, Question, Score
from workbench.variants.answering import read_answers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.experiment.retrieval import Embedding


def score_run(
    run: Run, experiment: Experiment, questions: Sequence[Question], answers: Sequence[Answer]
) -> list[Score]:
    """Every metric on every answer, written as a table."""
    from workbench.evaluation.judge_run import recorded

    given = [*recorded(run.path)[1], *people.scores(ratings.labels(run.path))]
    scores = scored(run, experiment, questions, answers, given)
    write_scores(run.files.scores, scores)
    return scores


def score_again(
    run: Run, experiment: Experiment, questions: Sequence[Question], files: RunLayout
) -> list[Score]:
    """The same of a further training."""
    names = [variant.name for variant in experiment.variants]
    answers = [answer for name in names for answer in read_answers(files.answers(name))]
    scores = scored(run, experiment, questions, answers)
    write_scores(files.scores, scores)
    return scores


def read_further(folder: Path) -> list[list[Score]]:
    """The scores of each further training of a run's folder; none for most runs."""
    return [read_scores(files.root) for files in RunLayout(folder).further_trainings()]


def scored(
    run: Run,
    experiment: Experiment,
    questions: Sequence[Question],
    answers: Sequence[Answer],
    judged: Sequence[Score] = (),
) -> list[Score]:
    """Every metric on answers to a run's questions, with those that a judge or people gave."""
    from workbench.evaluation.failures import count_failures
    from workbench.evaluation.metrics import score_answers
    from workbench.evaluation.ragas_scores import plain_scores

    language = run.manifest.corpus.language or "en"
    vectors = cached_embedder(experiment.retrieval.embedding)
    passages = shown_passages(run, answers)
    scores = score_answers(
        questions, answers, language, embed=vectors, passages=passages,
        cited=experiment.prompts.answer == "long",
    )  # fmt: skip
    scores += plain_scores(questions, answers, passages, vectors)
    return count_failures([*scores, *judged], answers)


def cached_embedder(source: Embedding) -> Callable[[list[str]], NDArray[np.float32]]:
    """Texts into vectors by that embedding, each text but once."""
    import numpy as np

    from workbench.retrieval.embeddings import embed

    known: dict[str, NDArray[np.float32]] = {}

    def vectors(texts: list[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, embed(new, source), strict=True))
        return np.stack([known[text] for text in texts])

    return vectors
