"""Prompt files: what every variant's model gets, with the same instruction for all.

A prompt format (``chat`` or ``reader``, named by the model) is a folder of Jinja files:
``answer.jinja`` is the user's turn and ``system.jinja``, where there is one, the system's. A
user's folder may replace any of them. Passages, questions and examples enter as values, so text
that looks like a template stays text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template, TemplateError

from workbench.errors import WorkbenchError
from workbench.io.files import write_text
from workbench.text import ABSTENTION
from workbench.types import Decoding, LanguageModel, Message, Prompt, Question

SHIPPED = Path(__file__).parent / "prompts"
REPLY_MARGIN = 8  # tokens kept free for what chat templates put around a prompt


@dataclass(frozen=True)
class PromptBook:
    """The prompt files of one format with the run's purpose and form of the answer."""

    format: str
    files: Mapping[str, str]
    purpose: str
    form: str

    @cached_property
    def _templates(self) -> dict[str, Template]:
        # A misspelled name is an error, not a blank; no escaping, since prompts are not HTML.
        environment = Environment(undefined=StrictUndefined, keep_trailing_newline=False)
        return {name: environment.from_string(text) for name, text in self.files.items()}

    @property
    def digest(self) -> str:
        """Hash of all that the prompts are made of."""
        parts = [self.format, self.purpose, self.form, *map(str, sorted(self.files.items()))]
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def render(
        self, question: str, passages: Sequence[str] = (), examples: Sequence[Question] = ()
    ) -> Prompt:
        """The prompt for one question; raises WorkbenchError where a file does not render."""
        values = {
            "purpose": self.purpose,
            "form": self.form,
            "question": question,
            # On one line each: the reader's format has no line breaks.
            "passages": [" ".join(passage.split()) for passage in passages],
            "examples": [
                {"question": item.text, "answer": reference_answer(item)} for item in examples
            ],
        }
        messages = []
        for role, name in (("system", "system.jinja"), ("user", "answer.jinja")):
            if name not in self._templates:
                continue
            try:
                text = self._templates[name].render(values).strip()
            except TemplateError as error:
                raise WorkbenchError(
                    f"The prompt file {self.format}/{name} does not render: {error}.",
                    "Mend the file; purpose, form, question, passages and examples are its values.",
                ) from error
            if text:
                messages.append(Message(role, text))
        return Prompt(tuple(messages))

    def save(self, folder: Path) -> None:
        """Write the files as used, for the run's record."""
        for name, text in self.files.items():
            write_text(folder / self.format / name, text)


def open_book(format_: str, purpose: str, form: str, folder: str | None = None) -> PromptBook:
    """The shipped files of a format, each replaced by the user's file of the same name."""
    shipped = SHIPPED / format_
    if not shipped.is_dir():
        raise WorkbenchError(
            f"There are no prompt files for the format {format_!r}.",
            f"The formats are {', '.join(sorted(path.name for path in SHIPPED.iterdir()))}.",
        )
    files = {path.name: path.read_text(encoding="utf-8") for path in shipped.glob("*.jinja")}
    if folder is not None:
        edited = Path(folder) / format_
        if not edited.is_dir():
            raise WorkbenchError(
                f"The prompts folder {folder} holds no folder {format_!r}.",
                f"Copy {shipped} there and edit the copy.",
            )
        for path in edited.glob("*.jinja"):
            files[path.name] = path.read_text(encoding="utf-8")
    environment = Environment()
    for name, text in files.items():
        try:
            environment.parse(text)
        except TemplateError as error:
            raise WorkbenchError(
                f"The prompt file {folder}/{format_}/{name} is no valid template: {error}.",
                "Mend the file.",
            ) from error
    return PromptBook(format_, files, purpose, form)


def reference_answer(question: Question) -> str:
    """The right reply that training and examples show: the first reference, or abstention."""
    return question.answers[0] if question.answers else ABSTENTION


def fit(
    book: PromptBook,
    question: str,
    passages: Sequence[str],
    examples: Sequence[Question],
    model: LanguageModel,
    decoding: Decoding,
) -> tuple[Prompt, int]:
    """The longest prompt that fits the model's window, and how many passages it holds.

    The lowest-ranked passages go first, then the last one is cut at its end, then examples go;
    the question is never cut.
    """
    room = model.context_window - decoding.max_new_tokens - REPLY_MARGIN
    kept, shown = list(passages), list(examples)
    while True:
        prompt = book.render(question, kept, shown)
        over = model.count_tokens(prompt.text) - room
        if over <= 0 or not (kept or shown):
            return prompt, len(kept)
        if len(kept) > 1:
            kept.pop()
        elif kept:
            words = kept[0].split(" ")
            # A word is at least a token; a twentieth at least, so that the loop ends soon.
            keep = len(words) - max(over, len(words) // 20, 1)
            if keep < 1:
                kept.pop()
            else:
                kept[0] = " ".join(words[:keep])
        else:
            shown.pop()
