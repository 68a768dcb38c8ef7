"""Tuning the embedding itself, by sentence-transformers' trainer.

A model whose vectors are the mean of its token states is tuned on the score that the search gives
(:mod:`window_ranking`); any other by the cosine of its vectors (multiple negatives ranking).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import Embedding
from workbench.retrieval.embeddings import (
    described,
    hub_answers,
    is_remote,
    prefixes,
    resolve_embedding,
)
from workbench.retrieval.learning.lesson import Lesson
from workbench.retrieval.learning.pairs import Pair

#: Tokens of a passage that are read in training; the search reads all.
LONGEST = 192
#: The learning rate for a model of MiniLM's size, which is what an embedding mostly is.
RATE = 5e-5


def tune_embedding(lesson: Lesson) -> list[Path]:
    """Train on the lesson's pairs; the folders of the model after each epoch.

    A killed training goes on from its last epoch.
    """
    import torch
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer
    from sentence_transformers.sentence_transformer.training_args import (
        SentenceTransformerTrainingArguments,
    )
    from transformers.trainer_callback import PrinterCallback, ProgressCallback

    base, given, spec = lesson.base, lesson.pairs, lesson.spec
    if is_remote(base):
        raise WorkbenchError(
            f"The embedding {described(base).name} is behind an endpoint and cannot be tuned here.",
            "Take retrieval.tuned: query_map, which turns the question's vectors alone.",
        )
    done = lesson.done()
    if len(done) == spec.epochs:
        return done
    path, words = resolve_embedding(described(base).name), prefixes(base)
    model = SentenceTransformer(
        path,
        local_files_only=Path(path).is_dir() or not hub_answers(),
        device="cuda" if torch.cuda.is_available() else "cpu",
    )
    model.float()
    length = model.max_seq_length
    model.max_seq_length = min(LONGEST, length or LONGEST)

    def save(folder: Path) -> None:
        model.max_seq_length, short = length, model.max_seq_length
        model.save(str(folder), create_model_card=False)
        model.max_seq_length = short

    columns = {
        "question": [words.query + pair.question for pair in given],
        "passage": [words.passage + pair.passage for pair in given],
    }
    for number in range(spec.negatives):
        columns[f"negative_{number}"] = [words.passage + pair.negatives[number] for pair in given]
    size = min(spec.batch_size, max(2, len(given)))
    torch.manual_seed(lesson.seed)
    trainer = SentenceTransformerTrainer(
        model=model,
        args=SentenceTransformerTrainingArguments(
            **lesson.arguments(len(given) / size, lesson.rate(RATE)),
            per_device_train_batch_size=size,
            # A passage that stands in a batch twice would be its own negative.
            batch_sampler="no_duplicates",
            save_strategy="epoch",
        ),
        train_dataset=Dataset.from_dict(columns),
        loss=_loss(model, lesson),
        callbacks=[lesson.watch(save)],
    )
    for callback in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(callback)
    saved = sorted(
        (lesson.out / "state").glob("checkpoint-*"), key=lambda p: int(p.name.split("-")[1])
    )
    trainer.train(resume_from_checkpoint=str(saved[-1]) if saved and done else None)
    return lesson.done()


def tuned_source(base: Embedding, folder: Path) -> Embedding:
    """The embedding that a training left in ``folder``, with the words that its base wants."""
    words = prefixes(base)
    if isinstance(base, str) and not (words.query or words.passage):
        return str(folder)
    own = {"name": str(folder), "query_prefix": words.query, "passage_prefix": words.passage}
    return described(base).model_copy(update=own)


def _loss(model: Any, lesson: Lesson) -> Any:
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    from workbench.retrieval.learning.window_ranking import WindowRanking
    from workbench.retrieval.windows import TOKENS_PER_WORD, pools_by_mean, special_tokens

    if not pools_by_mean(model):
        return MultipleNegativesRankingLoss(model)
    before, after = special_tokens(model.tokenizer)
    size = max(1, round(lesson.window_words * TOKENS_PER_WORD))
    weights = _token_weights(model, lesson.base, lesson.pairs)
    return WindowRanking(model, size, weights, (len(before), len(after)))


def _token_weights(model: Any, base: Embedding, given: Sequence[Pair]) -> Any:
    """How much each token of the vocabulary counts in a question, as in the search."""
    import numpy as np
    import torch

    from workbench.retrieval.queries import occurrences, token_weights
    from workbench.retrieval.windows import token_ids

    texts = list(dict.fromkeys(text for pair in given for text in (pair.passage, *pair.negatives)))
    counts = occurrences(len(model.tokenizer), token_ids(model.tokenizer, texts))
    every = np.arange(len(model.tokenizer))
    return torch.from_numpy(token_weights(base, every, counts, len(texts)))
