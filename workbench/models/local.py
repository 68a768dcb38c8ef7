"""Any transformers causal language model on this machine, the embedded reader included."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import torch

from workbench.errors import WorkbenchError
from workbench.models.adapters import SharedWeights
from workbench.models.batching import DEFAULT_BATCH_TOKENS, batches_by_length, in_order
from workbench.models.confidence import confidence
from workbench.models.encoding import Encoder
from workbench.models.generation import Drawn, draw, steps
from workbench.models.likelihood import mean_log_likelihood
from workbench.models.loading import load_weights
from workbench.models.memory import tokens_at_once
from workbench.models.thoughts import CUT_INSIDE, answer_part, opens_thoughts, shown
from workbench.types import Completion, Decoding, Finish, Message, ModelReference, Prompt

# transformers writes int(1e30) as model_max_length where a tokenizer declares none.
UNLIMITED = 1_000_000


class LocalModel:
    """A causal language model run by transformers; implements ``types.LanguageModel``.

    ``batch_tokens`` bounds the padded tokens of a batch, prompts and completions together.
    Objects that :meth:`with_adapter` returns share the weights of this one.
    """

    def __init__(
        self,
        reference: ModelReference,
        batch_tokens: int = DEFAULT_BATCH_TOKENS,
        shared: SharedWeights | None = None,
    ) -> None:
        self._reference = reference
        self.batch_tokens = batch_tokens
        self._shared = shared or SharedWeights(*load_weights(reference))
        tokenizer, model = self._shared.tokenizer, self._shared.model
        self._ends = _end_ids(model, tokenizer)
        self._end = _written_end(tokenizer, self._ends)
        self._pad = _pad_id(tokenizer, self._end, model)
        self.encoder = Encoder(tokenizer, self._end)
        self._window = _window(reference, model, tokenizer)
        adapter = reference.adapter
        virtual = 0 if adapter is None else self._shared.load(adapter).virtual
        # Ids in front of each row whose place an adapter's virtual tokens take.
        self.front = [self._pad] * virtual

    def __repr__(self) -> str:
        return f"LocalModel({self._reference.name!r}, adapter={self._reference.adapter!r})"

    @property
    def reference(self) -> ModelReference:
        return self._reference

    @property
    def model(self) -> Any:
        """The transformers model (shared with every object from ``with_adapter``)."""
        return self._shared.model

    @property
    def tokenizer(self) -> Any:
        return self._shared.tokenizer

    @property
    def shared(self) -> SharedWeights:
        """The weights with their adapters: where tuning makes a new one."""
        return self._shared

    @property
    def pad_id(self) -> int:
        return self._pad

    @property
    def prompt_format(self) -> str:
        return str(getattr(self.model.config, "prompt_format", None) or "chat")

    @property
    def context_window(self) -> int:
        return self._window - len(self.front)

    @cached_property
    def template_tokens(self) -> int:
        """Tokens that the template puts around the turns of a prompt, the opening included."""
        turns = (Message("system", "a"), Message("user", "a"))
        return max(0, len(self.encoder.prompts([Prompt(turns)])[0]) - 2 * self.count_tokens("a"))

    @property
    def tokens_at_once(self) -> int:
        """``batch_tokens``; on a GPU, where that is the default, more of them."""
        device = self.model.device
        if device.type != "cuda" or self.batch_tokens != DEFAULT_BATCH_TOKENS:
            return self.batch_tokens
        config = self.model.config.get_text_config().to_dict()
        memory = torch.cuda.get_device_properties(device).total_memory
        width = self.model.dtype.itemsize
        return tokens_at_once(config, self.model.num_parameters(), width, memory)

    def weight_bytes(self) -> int:
        """What the weights take that answer, the adapter's among them."""
        from workbench.models.weight_bytes import weight_bytes

        with self._shared.using(self._reference.adapter) as model:
            return weight_bytes(model)

    def count_tokens(self, text: str) -> int:
        return len(self.encoder.text(text))

    def tokenize(self, text: str) -> list[int]:
        """The ids of ``text`` alone; spellings of special tokens are plain text."""
        return self.encoder.text(text)

    def with_adapter(self, adapter: str | None) -> LocalModel:
        return LocalModel(
            replace(self._reference, adapter=adapter), self.batch_tokens, self._shared
        )

    def _rows(self, prompts: Sequence[Prompt]) -> list[list[int]]:
        """The ids of prompts; none for an empty one."""
        return [[*self.front, *row] if row else [] for row in self.encoder.prompts(prompts)]

    def complete(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[Completion]:
        return in_order(self.complete_batches(prompts, decoding))

    def complete_batches(
        self, prompts: Sequence[Prompt], decoding: Decoding
    ) -> Iterator[list[tuple[int, Completion]]]:
        """Batches of (index into ``prompts``, completion), so that each can be saved.

        Prompts that do not fit the window come first, as completions with an error.
        """
        self.encoder.thinks = decoding.thinking_tokens > 0
        rows = self._rows(prompts)
        limits = [min(decoding.most_new_tokens, self._window - len(row)) for row in rows]
        too_long = [i for i, limit in enumerate(limits) if limit < 1 or not rows[i]]
        if too_long:
            yield [(i, self._refused(rows[i])) for i in too_long]
        fitting = [i for i, limit in enumerate(limits) if limit >= 1 and rows[i]]
        lengths = [len(rows[i]) + limits[i] for i in fitting]
        for batch in batches_by_length(lengths, self.tokens_at_once):
            chosen = [fitting[i] for i in batch]
            yield self._answer(chosen, prompts, rows, limits, decoding)

    def _answer(
        self,
        chosen: list[int],
        prompts: Sequence[Prompt],
        rows: list[list[int]],
        limits: list[int],
        decoding: Decoding,
    ) -> list[tuple[int, Completion]]:
        """One batch; its halves one by one where it does not fit the device's memory."""
        started = time.perf_counter()
        try:
            with self._shared.using(self._reference.adapter) as model:
                drawn = draw(
                    model,
                    [rows[i] for i in chosen],
                    [limits[i] for i in chosen],
                    decoding,
                    self._ends,
                    self._pad,
                )
        except torch.OutOfMemoryError:
            drawn = []
        # Outside the except block, where the traceback would keep the failed batch in memory.
        if not drawn:
            return self._halved(chosen, prompts, rows, limits, decoding)
        texts = [
            self.encoder.decode(item.ids, prompts[i]).strip()
            for i, item in zip(chosen, drawn, strict=True)
        ]
        seconds = (time.perf_counter() - started) / len(chosen)
        return [
            (i, _completion(text, self._opens(prompts[i]), len(rows[i]), item, seconds))
            for i, text, item in zip(chosen, texts, drawn, strict=True)
        ]

    def _halved(
        self,
        chosen: list[int],
        prompts: Sequence[Prompt],
        rows: list[list[int]],
        limits: list[int],
        decoding: Decoding,
    ) -> list[tuple[int, Completion]]:
        if self.model.device.type == "cuda":
            torch.cuda.empty_cache()
        if len(chosen) == 1:
            sentence = f"a prompt of {len(rows[chosen[0]])} tokens does not fit the device's memory"
            return [(chosen[0], _failed(len(rows[chosen[0]]), sentence))]
        half = len(chosen) // 2
        return [
            pair
            for part in (chosen[:half], chosen[half:])
            for pair in self._answer(part, prompts, rows, limits, decoding)
        ]

    def _opens(self, prompt: Prompt) -> bool:
        """Whether the template leaves the model inside its thoughts."""
        return self.encoder.has_template and opens_thoughts(self.encoder.render(prompt))

    def _refused(self, row: list[int]) -> Completion:
        if not row:
            return _failed(0, "the prompt is empty")
        return _failed(
            len(row),
            f"the prompt has {len(row)} tokens, but the model's window holds {self._window} "
            "for prompt and answer together",
        )

    def stream(self, prompt: Prompt, decoding: Decoding) -> Iterator[str]:
        self.encoder.thinks = decoding.thinking_tokens > 0
        return shown(self._pieces(prompt, decoding), self._opens(prompt))

    def _pieces(self, prompt: Prompt, decoding: Decoding) -> Iterator[str]:
        row = self._rows([prompt])[0]
        limit = min(decoding.most_new_tokens, self._window - len(row))
        if limit < 1 or not row:
            refused = self._refused(row)
            raise WorkbenchError(
                f"The model cannot answer: {refused.error}.", "Shorten the prompt."
            )
        with self._shared.using(self._reference.adapter) as model:
            # All ids are decoded anew each time: a token alone may be half a character.
            ids: list[int] = []
            shown = ""
            for drawing in steps(model, [row], [limit], decoding, self._ends, self._pad):
                token = drawing[0][1]
                if token in self._ends:
                    break
                ids.append(token)
                piece = _growth(shown, self.encoder.decode(ids, prompt).lstrip())
                shown += piece
                yield piece
            final = self.encoder.decode(ids, prompt).strip()
            if len(final) > len(shown):
                yield final[len(shown) :]

    def log_likelihood(self, prompts: Sequence[Prompt], completions: Sequence[str]) -> list[float]:
        rows = self._rows(prompts)
        replies = [self.encoder.completion(text, end=False) for text in completions]
        values = [float("nan")] * len(rows)
        lengths = [len(row) + len(reply) for row, reply in zip(rows, replies, strict=True)]
        for i, length in enumerate(lengths):
            if length > self._window or not rows[i] or not replies[i]:
                raise WorkbenchError(
                    f"A prompt with its completion has {length} tokens; the model's window holds "
                    f"{self._window}, and neither may be empty.",
                    "Use smaller passages or a model with a larger window.",
                )
        for batch in batches_by_length(lengths, self.batch_tokens):
            with self._shared.using(self._reference.adapter) as model:
                scored = mean_log_likelihood(
                    model, [rows[i] for i in batch], [replies[i] for i in batch], self._pad
                )
            for i, value in zip(batch, scored, strict=True):
                values[i] = value
        return values


def _completion(
    text: str, opened: bool, input_tokens: int, drawn: Drawn, seconds: float
) -> Completion:
    answer = answer_part(text, opened)
    finish: Finish = "stop" if drawn.ended else "length"
    return Completion(
        text=answer or "",
        input_tokens=input_tokens,
        output_tokens=len(drawn.ids) + int(drawn.ended),
        seconds=seconds,
        finish=finish if answer is not None else "error",
        error=None if answer is not None else CUT_INSIDE,
        confidence=confidence(drawn.log_probabilities),
    )


def _failed(input_tokens: int, sentence: str) -> Completion:
    return Completion("", input_tokens, 0, 0.0, finish="error", error=sentence)


def _growth(shown: str, text: str) -> str:
    """What ``text`` adds to what was shown; nothing while a character or word is unsettled."""
    if text.endswith("\ufffd") or not text.startswith(shown):
        return ""
    return text.rstrip()[len(shown) :]


def _end_ids(model: Any, tokenizer: Any) -> frozenset[int]:
    declared = model.generation_config.eos_token_id
    if declared is None:
        declared = model.config.eos_token_id
    ends = set(declared if isinstance(declared, list) else [declared])
    # Chat models may end a turn with another token than the one their configuration declares.
    ends.add(tokenizer.eos_token_id)
    return frozenset(int(end) for end in ends if end is not None)


def _written_end(tokenizer: Any, ends: frozenset[int]) -> int | None:
    """The token that ends a reply in training: the tokenizer's own, where it ends generation."""
    if tokenizer.eos_token_id in ends:
        return int(tokenizer.eos_token_id)
    return min(ends) if ends else None


def _pad_id(tokenizer: Any, end: int | None, model: Any) -> int:
    rows = model.get_input_embeddings().weight.shape[0]
    for candidate in (tokenizer.pad_token_id, end):
        # A pad token may have been added to the tokenizer alone, beyond the embedding.
        if candidate is not None and candidate < rows:
            return int(candidate)
    return 0


def _window(reference: ModelReference, model: Any, tokenizer: Any) -> int:
    """Positions that prompt and answer share: the smallest declared."""
    declared = [
        reference.context_window,
        getattr(model.config.get_text_config(), "max_position_embeddings", None),
        tokenizer.model_max_length if tokenizer.model_max_length < UNLIMITED else None,
    ]
    known = [int(value) for value in declared if value]
    return min(known) if known else 2048
