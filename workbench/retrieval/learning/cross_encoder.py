"""Tuning a cross-encoder, which reads question and passage together and reranks what was found.

By sentence-transformers' trainer, on passages that answer and BM25's best that do not (Nogueira and
Cho 2019). Without a cross-encoder to begin from, the embedding's weights are taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from workbench.experiment.retrieval import Embedding, RetrieverTuningSpec
from workbench.io.files import whole_folder
from workbench.retrieval.arrays import Floats
from workbench.retrieval.embeddings import described, hub_answers, resolve_embedding
from workbench.retrieval.learning.pairs import Pair
from workbench.types import Progress

RATE = 5e-5
#: Tokens of question and passage together.
LONGEST = 256


def tune_cross_encoder(
    spec: RetrieverTuningSpec,
    base: Embedding,
    window_words: int,
    given: Sequence[Pair],
    out: Path,
    seed: int,
    progress: Progress,
) -> list[Path]:
    """Train on ``given``; the folders of the model after each epoch."""
    import torch
    from datasets import Dataset
    from sentence_transformers.cross_encoder import CrossEncoder, CrossEncoderTrainer
    from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss
    from sentence_transformers.cross_encoder.training_args import CrossEncoderTrainingArguments
    from transformers import TrainerCallback

    path = spec.base or resolve_embedding(described(base).name)
    torch.manual_seed(seed)
    model = CrossEncoder(
        path,
        num_labels=1,
        max_length=LONGEST,
        local_files_only=Path(path).is_dir() or not hub_answers(),
    )
    rows = [
        (pair.question, text, label)
        for pair in given
        for text, label in ((pair.passage, 1.0), *((text, 0.0) for text in pair.negatives))
    ]
    rate = RATE if spec.learning_rate == "auto" else spec.learning_rate
    steps = spec.epochs * len(rows) / spec.batch_size
    folder = out / "checkpoints"

    class EachEpoch(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            progress(state.global_step, state.max_steps)

        def on_epoch_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            with whole_folder(folder / f"epoch-{round(state.epoch)}") as partial:
                model.save_pretrained(str(partial))

    trainer = CrossEncoderTrainer(
        model=model,
        args=CrossEncoderTrainingArguments(
            output_dir=str(out / "state"), num_train_epochs=spec.epochs,
            per_device_train_batch_size=spec.batch_size, learning_rate=rate,
            warmup_steps=max(1, round(0.1 * steps)), save_strategy="no", logging_strategy="no",
            report_to=[], disable_tqdm=True, dataloader_pin_memory=False,
            use_cpu=not torch.cuda.is_available(), seed=seed % 2**32,
        ),
        train_dataset=Dataset.from_dict(
            {
                "question": [row[0] for row in rows],
                "passage": [row[1] for row in rows],
                "label": [row[2] for row in rows],
            }
        ),
        loss=BinaryCrossEntropyLoss(
            model, pos_weight=torch.tensor(float(max(1, spec.negatives)))
        ),
        callbacks=[EachEpoch()],
    )  # fmt: skip
    trainer.train()
    return sorted(folder.glob("epoch-*"), key=lambda made: int(made.name.split("-")[1]))


def pair_scorer(folder: Path) -> Callable[[Sequence[str], Sequence[str]], Floats]:
    """What a cross-encoder gives each of some passages for each question."""
    import numpy as np
    from sentence_transformers.cross_encoder import CrossEncoder

    model = CrossEncoder(str(folder), local_files_only=True)

    def score(questions: Sequence[str], texts: Sequence[str]) -> Floats:
        pairs = [(question, text) for question in questions for text in texts]
        scores = model.predict(pairs, batch_size=32, show_progress_bar=False)
        return np.asarray(scores, np.float32).reshape(len(questions), len(texts))

    return score
