"""Prompts to token ids and back. Text that comes from a corpus is data, never markup.

A chat template marks turns with special tokens. A passage that happens to contain such a
token's spelling (``<|im_end|>``, ``[SEP]``) must not end a turn, so contents with such spellings
are encoded as plain text and placed between the template's own pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.errors import WorkbenchError
from workbench.models.roles import without_system
from workbench.types import Prompt


class Encoder:
    """Prompts and completions as the ids that one model's tokenizer gives.

    ``thinks`` is told to templates that know it: most models think by default where it is left out.
    """

    def __init__(self, tokenizer: Any, end_id: int | None, thinks: bool = False) -> None:
        self.thinks = thinks
        self._takes_system = True
        self._tokenizer = tokenizer
        self._end_id = end_id
        self.has_template = bool(getattr(tokenizer, "chat_template", None))
        marks = set(tokenizer.get_added_vocab()) | set(tokenizer.all_special_tokens)
        # Runs of blanks that some vocabularies add are text, not markup.
        self._markup = tuple(sorted((m for m in marks if m.strip()), key=len, reverse=True))
        self._markup_ids = set(tokenizer.convert_tokens_to_ids(list(self._markup)))
        self._opening = self._own_opening()

    def prompts(self, prompts: Sequence[Prompt]) -> list[list[int]]:
        """The ids of each prompt, turn marks and the opening of the reply included."""
        plain = [i for i, prompt in enumerate(prompts) if not self._contains_markup(prompt)]
        encoded: dict[int, list[int]] = {}
        if plain:
            rendered = [self.render(prompts[i]) for i in plain]
            ids = self._tokenizer(rendered, add_special_tokens=False, verbose=False)["input_ids"]
            encoded.update(zip(plain, ids, strict=True))
        for i, prompt in enumerate(prompts):
            if i not in encoded:
                encoded[i] = self._around_contents(prompt)
        return [self._opened(encoded[i]) for i in range(len(prompts))]

    def completion(self, text: str, end: bool = True) -> list[int]:
        """The ids of a reply as the model would write it, with its end token if ``end``."""
        ids = self.text(text if self.has_template else f" {text}")
        if end and self._end_id is not None:
            ids = [*ids, self._end_id]
        return ids

    def text(self, text: str) -> list[int]:
        """The ids of ``text`` as plain text: spellings of special tokens stay text."""
        if not any(mark in text for mark in self._markup):
            return list(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])
        ids = self._tokenizer(
            text, add_special_tokens=False, verbose=False, split_special_tokens=True
        )["input_ids"]
        # split_special_tokens splits only tokens flagged special; other added ones still match.
        if self._markup_ids.isdisjoint(ids):
            return list(ids)
        return [
            token
            for piece in self._cut(text)
            for token in self._tokenizer(
                piece, add_special_tokens=False, verbose=False, split_special_tokens=True
            )["input_ids"]
            # The unknown token counts as markup but also stands for text out of vocabulary.
            if token not in self._markup_ids or token == self._tokenizer.unk_token_id
        ]

    def render(self, prompt: Prompt) -> str:
        """The prompt as the one text that the model reads."""
        if not self.has_template:
            return prompt.text
        return self._templated([{"role": m.role, "content": m.content} for m in prompt.messages])

    def _templated(self, turns: list[dict[str, str]]) -> str:
        """The turns as the model's own template writes them, the reply opened.

        Raises WorkbenchError where the template refuses them, also without a system turn.
        """
        from jinja2 import TemplateError

        while True:
            try:
                return str(
                    self._tokenizer.apply_chat_template(
                        turns if self._takes_system else without_system(turns),
                        add_generation_prompt=True,
                        tokenize=False,
                        enable_thinking=self.thinks,
                    )
                )
            except (TemplateError, TypeError, ValueError, KeyError) as error:
                if self._takes_system and any(turn["role"] == "system" for turn in turns):
                    # Gemma's and early Mistral's templates raise on a system turn.
                    self._takes_system = False
                    continue
                raise WorkbenchError(
                    f"The model's chat template refuses the prompt: {error}.",
                    "Mend chat_template.jinja in the model's folder, or name another model.",
                ) from error

    def decode(self, ids: Sequence[int], prompt: Prompt) -> str:
        """The text of generated ids; a tokenizer may restore the prompt's own spelling."""
        restore = getattr(self._tokenizer, "decode_completion", None)
        if restore is not None:
            return str(restore(list(ids), prompt.text))
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=True))

    def _contains_markup(self, prompt: Prompt) -> bool:
        return any(mark in m.content for m in prompt.messages for mark in self._markup)

    def _around_contents(self, prompt: Prompt) -> list[int]:
        """Template pieces with their special tokens, contents between them as plain text."""
        if not self.has_template:
            return self.text(prompt.text)
        # Private-use characters: templates do not contain them, and trimming leaves them alone.
        holders = [f"\ue000{i}\ue001" for i in range(len(prompt.messages))]
        rest = self._templated(
            [
                {"role": m.role, "content": holder}
                for m, holder in zip(prompt.messages, holders, strict=True)
            ]
        )
        ids: list[int] = []
        for message, holder in zip(prompt.messages, holders, strict=True):
            before, matches, after = rest.partition(holder)
            if not matches:  # a template that drops a turn, or rewrites it
                continue
            ids += self._tokenizer(before, add_special_tokens=False, verbose=False)["input_ids"]
            ids += self.text(message.content)
            rest = after
        return ids + list(
            self._tokenizer(rest, add_special_tokens=False, verbose=False)["input_ids"]
        )

    def _cut(self, text: str) -> list[str]:
        """``text`` in pieces, each spelling of an added token cut in two."""
        pieces = [text]
        for mark in self._markup:
            half = max(1, len(mark) // 2)
            cut: list[str] = []
            for piece in pieces:
                parts = piece.split(mark)
                for i, part in enumerate(parts):
                    head = mark[half:] if i else ""
                    tail = mark[:half] if i < len(parts) - 1 else ""
                    cut.append(head + part + tail)
            pieces = cut
        return [piece for piece in pieces if piece]

    def _opened(self, ids: Sequence[int]) -> list[int]:
        """``ids`` with the tokenizer's opening token, unless the template has put it there."""
        if not ids or list(ids[: len(self._opening)]) == self._opening:
            return list(ids)
        return [*self._opening, *ids]

    def _own_opening(self) -> list[int]:
        """What the tokenizer puts before a text by itself (``[CLS]``, ``<s>``), or nothing."""
        bare = self._tokenizer("a", add_special_tokens=False, verbose=False)["input_ids"]
        whole = self._tokenizer("a")["input_ids"]
        start = next((i for i, token in enumerate(whole) if token == bare[0]), 0) if bare else 0
        return list(whole[:start])
