"""Prompt files: what every variant's model gets, with the same instruction for all.

``answer.jinja`` is the user's turn and ``system.jinja``, where there is one, the system's. Examples
are earlier turns of the same form, each with its answer, unless ``answer.jinja`` places them. A
user's folder may replace any of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.io.files import write_text
from workbench.prompt_files import PromptFiles, read_files
from workbench.text import ABSTENTION
from workbench.types import Decoding, LanguageModel, Message, Prompt, Question
from workbench.variants.instructions import read_candidate

SHIPPED = Path(__file__).parent / "prompts"
#: The same for a message that is to be given one of a closed set of labels.
LABELLING = Path(__file__).parent / "label_prompts"
#: Tokens kept free for what chat templates put around a prompt, where the model does not tell.
REPLY_MARGIN = 8


@dataclass(frozen=True)
class PromptBook(PromptFiles):
    """The prompt files of one format with the run's purpose and form of the answer.

    ``labels`` are the closed set that an answer is one of, the same for every model; mostly none.
    """

    purpose: str
    form: str
    labels: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Hash of all that the prompts are made of."""
        parts = [self.format, self.purpose, self.form, *map(str, sorted(self.files.items()))]
        parts += self.labels
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def render(
        self, question: str, passages: Sequence[str] = (), examples: Sequence[Question] = ()
    ) -> Prompt:
        """The prompt for one question; raises WorkbenchError where a file does not render."""
        solved = [{"question": item.text, "answer": reference_answer(item)} for item in examples]
        values = {
            "purpose": self.purpose,
            "form": self.form,
            "question": question,
            # On one line each: the reader's format has no line breaks.
            "passages": [" ".join(passage.split()) for passage in passages],
            "examples": solved,
            "labels": self.labels,
        }
        turns: list[tuple[str, str]] = []
        if "system.jinja" in self.files:
            turns.append(("system", self.text("system.jinja", **values)))
        if not self.places_examples:
            for item in solved:
                bare = {**values, "passages": [], "examples": [], "question": item["question"]}
                turns += [
                    ("user", self.text("answer.jinja", **bare)),
                    ("assistant", item["answer"]),
                ]
        turns.append(("user", self.text("answer.jinja", **values)))
        return Prompt(tuple(Message(role, text) for role, text in turns if text))

    @property
    def places_examples(self) -> bool:
        """Whether the user's turn holds the examples itself."""
        return "examples" in self.uses("answer.jinja")

    def save(self, folder: Path) -> None:
        """Write the files as used, for the run's record."""
        for name, text in self.files.items():
            write_text(folder / self.format / name, text)


def open_book(
    format_: str, purpose: str, form: str, folder: str | None = None, labels: Sequence[str] = (),
    own: str | None = None,
) -> PromptBook:  # fmt: skip
    """The shipped files of a format, each replaced by the user's file of the same name.

    With ``labels`` they are those that ask for one of these. ``own`` is a variant's own prompt: its
    files take the place of all others of the same name.
    """
    shipped = LABELLING if labels else SHIPPED
    files = read_files(shipped, format_, folder)
    if own is not None:
        files |= read_candidate(own, format_)
    return PromptBook(format_, files, purpose, form, tuple(labels))


def reference_answer(question: Question) -> str:
    """The right reply that training and examples show: the first reference, or abstention."""
    return question.answers[0] if question.answers else ABSTENTION


def room_for_prompt(model: LanguageModel, decoding: Decoding) -> int:
    """Tokens of the window that a prompt's own text may take."""
    around = max(REPLY_MARGIN, getattr(model, "template_tokens", 0))
    return model.context_window - decoding.most_new_tokens - around


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
    room = room_for_prompt(model, decoding)
    kept, shown = list(passages), list(examples)
    while True:
        prompt = book.render(question, kept, shown)
        # The room allows for one question's turns; the turns of examples have a frame as well.
        more = sum(turn.role == "assistant" for turn in prompt.messages)
        frames = more * getattr(model, "template_tokens", 0)
        over = model.count_tokens(prompt.text) + frames - room
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
