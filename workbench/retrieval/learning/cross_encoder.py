"""Tuning a cross-encoder, which reads question and passage together and reranks what was found.

By sentence-transformers' trainer, on passages that answer and BM25's best that do not (Nogueira and
Cho 2019). Without a cross-encoder to begin from, the embedding's weights are taken.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from workbench.retrieval.arrays import Floats
from workbench.retrieval.embeddings import described, hub_answers, resolve_embedding
from workbench.retrieval.learning.lesson import Lesson

RATE = 5e-5
#: Tokens of question and passage together.
LONGEST = 256


def tune_cross_encoder(lesson: Lesson) -> list[Path]:
    """Train on the lesson's pairs; the folders of the model after each epoch."""
    import torch
    from datasets import Dataset
    from sentence_transformers.cross_encoder import CrossEncoder, CrossEncoderTrainer
    from sentence_transformers.cross_encoder.losses import BinaryCrossEntropyLoss
    from sentence_transformers.cross_encoder.training_args import CrossEncoderTrainingArguments

    spec = lesson.spec
    path = spec.base or resolve_embedding(described(lesson.base).name)
    torch.manual_seed(lesson.seed)
    model = CrossEncoder(
        path,
        num_labels=1,
        max_length=LONGEST,
        local_files_only=Path(path).is_dir() or not hub_answers(),
    )
    rows = [
        {"question": pair.question, "passage": text, "label": label}
        for pair in lesson.pairs
        for text, label in ((pair.passage, 1.0), *((text, 0.0) for text in pair.negatives))
    ]
    trainer = CrossEncoderTrainer(
        model=model,
        args=CrossEncoderTrainingArguments(
            **lesson.arguments(len(rows) / spec.batch_size, lesson.rate(RATE)),
            per_device_train_batch_size=spec.batch_size,
            save_strategy="no",
        ),
        train_dataset=Dataset.from_list(rows),
        loss=BinaryCrossEntropyLoss(model, pos_weight=torch.tensor(float(max(1, spec.negatives)))),
        callbacks=[lesson.watch(lambda folder: model.save_pretrained(str(folder)))],
    )
    trainer.train()
    return lesson.done()


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
