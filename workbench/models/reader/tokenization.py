"""The reader's tokenizer: WordPiece in, the prompt's own spelling out.

The vocabulary is uncased. What the model writes is mostly copied from its prompt, so
:meth:`ReaderTokenizer.decode_completion` restores the prompt's spelling of such spans and tidies
the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tokenizers import processors
from transformers import BertTokenizer

from workbench.models.reader.spelling import join_pieces, restore, words_of

_CHAT_TEMPLATE = "{% for message in messages %}{{ message['content'] }}{% endfor %}"


class ReaderTokenizer(BertTokenizer):  # type: ignore[misc]
    """Uncased WordPiece that puts ``[CLS]`` in front and leaves the end open for a completion.

    ``[SEP]`` ends a completion, ``[PAD]`` pads on the left. The chat template joins the contents of
    the messages, because a prompt of the reader is plain text.
    """

    model_input_names = ["input_ids", "attention_mask"]  # noqa: RUF012

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("padding_side", "left")
        kwargs.setdefault("truncation_side", "left")
        kwargs.setdefault("model_max_length", 512)
        if not kwargs.get("chat_template"):
            kwargs["chat_template"] = _CHAT_TEMPLATE
        kwargs["eos_token"] = kwargs.get("sep_token", "[SEP]")
        kwargs["bos_token"] = kwargs.get("cls_token", "[CLS]")
        super().__init__(*args, **kwargs)
        # BERT's own would put [SEP] behind the prompt, and so end the completion before it starts.
        self._tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A",
            pair="[CLS] $A $B",
            special_tokens=[("[CLS]", self.cls_token_id)],
        )

    def decode_completion(
        self,
        ids: Sequence[int],
        prompt_text: str = "",
        spelling: Mapping[str, str] | None = None,
    ) -> str:
        """Completion ids as text, spelled as ``prompt_text`` spells the words copied from it.

        ``spelling`` (lower-case word to usual spelling, see
        :func:`workbench.models.reader.spelling.lexicon`) cases what the prompt does not hold.
        """
        drop = {self.pad_token_id, self.cls_token_id, self.sep_token_id, self.mask_token_id}
        tokens = self.convert_ids_to_tokens([int(i) for i in ids if int(i) not in drop])
        unknown = str(self.unk_token)
        prompt = words_of(self._pieces(prompt_text), unknown)
        return restore(join_pieces(tokens), prompt, prompt_text, spelling or {}, unknown)

    def _pieces(self, text: str) -> list[tuple[str, int, int]]:
        """WordPieces of a text with the place in the text that each stands for."""
        encoding = self._tokenizer.encode(text, add_special_tokens=False)
        return [
            (token, start, end)
            for token, (start, end) in zip(encoding.tokens, encoding.offsets, strict=True)
        ]
