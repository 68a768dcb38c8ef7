"""An encoder that names one of a closed set of labels: transformers' sequence classification.

It stands behind the same face as a model that writes, so that it sits the same exam, is clocked,
served and tuned as the others are: its reply is the name of the likeliest label, its confidence
that label's probability. Before it is tuned it has no head, and cannot answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from workbench.errors import WorkbenchError
from workbench.io.files import read_json
from workbench.models.adapters import SharedWeights
from workbench.models.batching import DEFAULT_BATCH_TOKENS, batches_by_length, in_order
from workbench.models.loading import load_encoder
from workbench.types import Completion, Decoding, ModelReference, Prompt

#: The file beside an adapter that holds the labels it was tuned to.
LABELS = "labels.json"
#: What transformers calls the layer that scores the labels.
HEADS = ("classifier", "score", "classification_head")


def head_of(model: Any) -> str:
    """The name of the layer that scores the labels; WorkbenchError where there is none."""
    for name in HEADS:
        if hasattr(model, name):
            return name
    kind = getattr(model.config, "model_type", "unknown")
    raise WorkbenchError(
        f"The architecture ({kind}) has no head for labels that could be trained.",
        "Name an encoder such as all-MiniLM-L6-v2, or one of the families of BERT or DeBERTa.",
    )


@torch.inference_mode()
def label_scores(model: Any, rows: Sequence[Sequence[int]], pad: int) -> torch.Tensor:
    """Natural-log probabilities (rows, labels) of the labels of token rows."""
    device = next(model.parameters()).device
    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), pad)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for place, row in enumerate(rows):
        ids[place, : len(row)] = torch.tensor(list(row))
        mask[place, : len(row)] = 1
    logits = model(input_ids=ids.to(device), attention_mask=mask.to(device)).logits
    scores: torch.Tensor = logits.float().log_softmax(dim=-1).cpu()
    return scores


def label_log_likelihood(
    model: Any, rows: Sequence[Sequence[int]], replies: Sequence[Sequence[int]], pad: int
) -> list[float]:
    """Natural-log probability of each reply's label (its place in the list) after its row."""
    chosen = torch.tensor([reply[0] for reply in replies])[:, None]
    return [float(value) for value in label_scores(model, rows, pad).gather(1, chosen)[:, 0]]


class LabelEncoder:
    """Messages as ids that end where the window does, and labels as their places."""

    def __init__(self, tokenizer: Any, labels: Sequence[str], window: int) -> None:
        self._tokenizer, self._window = tokenizer, window
        self._places = {label: place for place, label in enumerate(labels)}

    def prompts(self, prompts: Sequence[Prompt]) -> list[list[int]]:
        """The ids of each message between the marks of its beginning and end."""
        texts = [prompt.text for prompt in prompts]
        # One less than the window: an item to train on ends with its label.
        found = self._tokenizer(
            texts, truncation=True, max_length=self._window - 1, split_special_tokens=True
        )
        return [list(ids) for ids in found["input_ids"]]

    def completion(self, text: str, end: bool = True) -> list[int]:
        """The place of a label."""
        return [self._places[text]]

    def text(self, text: str) -> list[int]:
        """The ids of a text alone."""
        return list(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])


class EncoderModel:
    """An encoder run by transformers; implements ``types.LanguageModel``.

    Objects that :meth:`labelled` and :meth:`with_adapter` return share its weights.
    """

    front: tuple[int, ...] = ()

    def __init__(
        self,
        reference: ModelReference,
        batch_tokens: int = DEFAULT_BATCH_TOKENS,
        labels: tuple[str, ...] = (),
        opened: dict[tuple[str, ...], SharedWeights] | None = None,
    ) -> None:
        self._reference, self.batch_tokens, self.labels = reference, batch_tokens, labels
        self._opened = {} if opened is None else opened
        if labels not in self._opened:
            self._opened[labels] = SharedWeights(*load_encoder(reference, len(labels)))
        self.shared = self._opened[labels]
        self.encoder = LabelEncoder(self.shared.tokenizer, labels, self.context_window)

    def __repr__(self) -> str:
        return f"EncoderModel({self._reference.name!r}, adapter={self._reference.adapter!r})"

    @property
    def reference(self) -> ModelReference:
        return self._reference

    @property
    def model(self) -> Any:
        """The transformers model."""
        return self.shared.model

    @property
    def tokenizer(self) -> Any:
        return self.shared.tokenizer

    @property
    def pad_id(self) -> int:
        return int(self.tokenizer.pad_token_id or 0)

    @property
    def prompt_format(self) -> str:
        return "encoder"

    @property
    def context_window(self) -> int:
        declared = getattr(self.model.config, "max_position_embeddings", None) or 512
        return min(int(declared), self._reference.context_window or int(declared))

    def count_tokens(self, text: str) -> int:
        return len(self.encoder.text(text))

    def labelled(self, labels: Sequence[str]) -> EncoderModel:
        """The same encoder with a head for these labels, which is not trained yet."""
        return EncoderModel(self._reference, self.batch_tokens, tuple(labels), self._opened)

    def with_adapter(self, adapter: str | None) -> EncoderModel:
        labels: tuple[str, ...] = ()
        if adapter is not None:
            file = Path(adapter) / LABELS
            if not file.is_file():
                raise WorkbenchError(
                    f"There is no tuned encoder in {adapter!r}: {LABELS} is missing.",
                    "Name the folder that tuning wrote (…/adapter).",
                )
            labels = tuple(read_json(file))
        own = replace(self._reference, adapter=adapter)
        return EncoderModel(own, self.batch_tokens, labels, self._opened)

    def forget(self, adapter: str) -> None:
        """Let go of a tuned encoder that nobody will ask for again."""
        for shared in self._opened.values():
            shared.forget(adapter)

    def complete(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[Completion]:
        return in_order(self.complete_batches(prompts, decoding))

    def complete_batches(
        self, prompts: Sequence[Prompt], decoding: Decoding
    ) -> Iterator[list[tuple[int, Completion]]]:
        """Batches of (index into ``prompts``, completion), so that each can be saved."""
        self._require_labels()
        rows = self.encoder.prompts(prompts)
        for batch in batches_by_length([len(row) for row in rows], self.batch_tokens):
            started = time.perf_counter()
            found = self._scores([rows[i] for i in batch])
            best = found.max(dim=1)
            seconds = (time.perf_counter() - started) / len(batch)
            yield [
                (i, Completion(self.labels[place], len(rows[i]), 1, seconds,
                               confidence=float(value.exp())))
                for i, place, value in zip(
                    batch, best.indices.tolist(), best.values, strict=True
                )
            ]  # fmt: skip

    def stream(self, prompt: Prompt, decoding: Decoding) -> Iterator[str]:
        yield self.complete([prompt], decoding)[0].text

    def log_likelihood(self, prompts: Sequence[Prompt], completions: Sequence[str]) -> list[float]:
        self._require_labels()
        unknown = [text for text in completions if text not in self.labels]
        if unknown:
            raise WorkbenchError(
                f"The encoder knows no label {unknown[0]!r}.",
                f"Its labels are {', '.join(self.labels)}.",
            )
        rows = self.encoder.prompts(prompts)
        values = [0.0] * len(rows)
        for batch in batches_by_length([len(row) for row in rows], self.batch_tokens):
            found = self._scores([rows[i] for i in batch])
            for place, i in enumerate(batch):
                values[i] = float(found[place, self.labels.index(completions[i])])
        return values

    def _scores(self, rows: Sequence[Sequence[int]]) -> torch.Tensor:
        with self.shared.using(self._reference.adapter) as model:
            return label_scores(model, rows, self.pad_id)

    def _require_labels(self) -> None:
        if not self.labels:
            raise WorkbenchError(
                f"The encoder {self._reference.name!r} is not tuned, and so knows no labels.",
                "Let it be tuned in an experiment with questions.labels.",
            )
