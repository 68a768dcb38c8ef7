"""A question within a conversation, rewritten into one that stands alone.

The exam asked single questions. What a variant is asked after some turns is therefore again a
single question: its own model puts what was talked about in the place of "it" and "there", before
anything is searched or answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from workbench.prompt_files import PromptFiles, read_files
from workbench.retrieval.query_forms import Form, QueryWriter
from workbench.retrieval.query_forms.reading import lines
from workbench.retrieval.query_forms.writing import PROMPTS
from workbench.types import LanguageModel, Message

#: The prompt file; a model whose format has none reads no earlier turns.
FILE = "standalone.jinja"
#: Characters of a turn that are read: what a question points back to stands early in it.
LONGEST_TURN = 1_500
#: Tokens of turns that are read, and those that the instruction and the reply may take.
MOST_READ, ROOM = 1_500, 256

Mode = Literal["first-turn", "rewritten", "as-asked", "single-turn"]


@dataclass(frozen=True, slots=True)
class Turn:
    """What is asked of the variant after ``earlier`` turns, and how it came about.

    ``mode``: ``first-turn`` (nothing came before it), ``rewritten``, ``as-asked`` (no rewriting was
    had of the model), ``single-turn`` (earlier turns are not read).
    """

    mode: Mode
    question: str
    earlier: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0

    def record(self) -> dict[str, Any]:
        """For the reply."""
        return asdict(self)


def can_rewrite(model: LanguageModel) -> bool:
    """Whether the model follows the instruction to rewrite a question."""
    return (PROMPTS / model.prompt_format / FILE).is_file()


def standing_alone(model: LanguageModel, earlier: Sequence[Message], question: str) -> Turn:
    """The question as it is asked where it stands alone; the model must be able to rewrite it."""
    if not earlier:
        return Turn("first-turn", question)
    asked = Turn("as-asked", question, len(earlier))
    tokens = model.count_tokens(question)
    read = _recent(model, earlier, min(MOST_READ, model.context_window - ROOM - 2 * tokens))
    if not read:
        return asked
    form = Form("standalone", tokens + 64, _read, with_question=False)
    files = PromptFiles(model.prompt_format, read_files(PROMPTS, model.prompt_format))
    given = "\n".join(["Conversation:", *read, "", f"Question: {question}"])
    # Without memory: what people say to it is kept nowhere.
    written = QueryWriter(form, 1, model, files, None).write([given])[0]
    if not written.output_tokens or written.texts[0] == given:
        return asked
    return replace(
        asked, mode="rewritten", question=written.texts[0], input_tokens=written.input_tokens,
        output_tokens=written.output_tokens, seconds=written.seconds,
    )  # fmt: skip


def _recent(model: LanguageModel, earlier: Sequence[Message], room: int) -> list[str]:
    """The last turns that fit into ``room`` tokens, in their order."""
    kept: list[str] = []
    for message in reversed(earlier):
        name = "User" if message.role == "user" else "Assistant"
        line = f"{name}: {' '.join(message.content[:LONGEST_TURN].split())}"
        room -= model.count_tokens(line)
        if room < 0:
            break
        kept.append(line)
    return kept[::-1]


def _read(reply: str, _: int) -> list[str]:
    # Models say again what the question was announced by.
    text = " ".join(lines(reply.strip().removeprefix("Question:")))
    return [text] if text else []
