"""Tuning the embedding itself, by sentence-transformers' trainer.

A model whose vectors are the mean of its token states is tuned on the score that the search gives
(:mod:`window_ranking`); any other by the cosine of its vectors (multiple negatives ranking).
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import Embedding, RetrieverTuningSpec
from workbench.io.files import whole_folder
from workbench.retrieval.embeddings import described, is_remote, prefixes, resolve_embedding
from workbench.retrieval.learning.pairs import Pair
from workbench.types import Progress

CHECKPOINTS = "checkpoints"
#: Tokens of a passage that are read in training; the search reads all.
LONGEST = 192
#: The learning rate for a model of MiniLM's size, which is what an embedding mostly is.
RATE = 5e-5


def tune_embedding(
    spec: RetrieverTuningSpec,
    base: Embedding,
    window_words: int,
    given: Sequence[Pair],
    out: Path,
    seed: int,
    progress: Progress,
) -> list[Path]:
    """Train on ``given``; the folders of the model after each epoch.

    A killed training goes on from its last epoch. ``out/checkpoints`` is left for the caller to
    choose from and take away.
    """
    import torch
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer
    from sentence_transformers.sentence_transformer.training_args import (
        SentenceTransformerTrainingArguments,
    )
    from transformers.trainer_callback import PrinterCallback, ProgressCallback

    folder = out / CHECKPOINTS
    done = epochs_done(folder)
    if len(done) >= spec.epochs:
        return done
    if is_remote(base):
        raise WorkbenchError(
            f"The embedding {described(base).name} is behind an endpoint and cannot be tuned here.",
            "Take retrieval.tuned: query_map, which turns the question's vectors alone.",
        )
    path = resolve_embedding(described(base).name)
    words = prefixes(base)
    model = SentenceTransformer(path, local_files_only=Path(path).is_dir(), device=_device())
    model.float()
    length = model.max_seq_length
    model.max_seq_length = min(LONGEST, length or LONGEST)
    columns: dict[str, list[str]] = {
        "question": [words.query + pair.question for pair in given],
        "passage": [words.passage + pair.passage for pair in given],
    }
    for number in range(spec.negatives):
        columns[f"negative_{number}"] = [words.passage + pair.negatives[number] for pair in given]
    rate = spec.learning_rate if spec.learning_rate != "auto" else RATE
    size = min(spec.batch_size, max(2, len(given)))
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(out / "state"),
        num_train_epochs=spec.epochs,
        per_device_train_batch_size=size,
        learning_rate=rate,
        warmup_steps=max(1, round(0.1 * spec.epochs * len(given) / size)),
        # A passage that stands in a batch twice would be its own negative.
        batch_sampler="no_duplicates",
        save_strategy="epoch",
        save_total_limit=1,
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=_device() == "cpu",
        dataloader_pin_memory=False,
        seed=seed % 2**32,
    )
    torch.manual_seed(seed)
    watch = _watch(folder, model, length, progress)
    trainer = SentenceTransformerTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_dict(columns),
        loss=_loss(model, base, window_words, given),
        callbacks=[watch],
    )
    for callback in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(callback)
    saved = sorted((out / "state").glob("checkpoint-*"), key=lambda p: int(p.name.split("-")[1]))
    trainer.train(resume_from_checkpoint=str(saved[-1]) if saved and done else None)
    shutil.rmtree(out / "state", ignore_errors=True)
    return epochs_done(folder)


def tuned_source(base: Embedding, folder: Path) -> Embedding:
    """The embedding that a training left in ``folder``, with the words that its base wants."""
    words = prefixes(base)
    if isinstance(base, str) and not (words.query or words.passage):
        return str(folder)
    own = {"name": str(folder), "query_prefix": words.query, "passage_prefix": words.passage}
    return described(base).model_copy(update=own)


def epochs_done(folder: Path) -> list[Path]:
    """The models after each epoch that lie on disk whole, in order."""
    return sorted(folder.glob("epoch-*"), key=lambda path: int(path.name.split("-")[1]))


def _loss(model: Any, base: Embedding, window_words: int, given: Sequence[Pair]) -> Any:
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    from workbench.retrieval.learning.window_ranking import WindowRanking
    from workbench.retrieval.windows import TOKENS_PER_WORD, pools_by_mean, special_tokens

    if not pools_by_mean(model):
        return MultipleNegativesRankingLoss(model)
    before, after = special_tokens(model.tokenizer)
    size = max(1, round(window_words * TOKENS_PER_WORD))
    weights = _token_weights(model, base, given)
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


def _watch(folder: Path, model: Any, length: int | None, progress: Progress) -> Any:
    from transformers import TrainerCallback

    class EachEpoch(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            progress(state.global_step, state.max_steps)

        def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            with whole_folder(folder / f"epoch-{round(state.epoch)}") as partial:
                short, model.max_seq_length = model.max_seq_length, length
                model.save(str(partial), create_model_card=False)
                model.max_seq_length = short

    return EachEpoch()


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
