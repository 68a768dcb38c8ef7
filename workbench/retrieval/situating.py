"""A line of context for each passage, by a chat model (Anthropic, "Contextual Retrieval", 2024).

"She sold it the next spring" is found by no question about Anna's boat; a line that says so, put
before it in the index, is. What was written is kept under everything that it depends on, so that a
killed build, another way of searching and another run pay for none of it again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.corpus import Corpus
from workbench.engine.hashing import content_id
from workbench.errors import WorkbenchError
from workbench.io import jsonl
from workbench.models.budget import Budget, most_input
from workbench.prompt_files import PromptFiles, read_files
from workbench.types import Decoding, LanguageModel, Message, Passage, Progress, Prompt, silent

PROMPTS = Path(__file__).parent / "prompts"
PROMPT = "situate.jinja"
#: Passages that are asked for together: what a kill can lose.
BATCH = 32
#: Tokens for the prompt around section and passage.
MARGIN = 160


@dataclass(frozen=True, slots=True)
class Line:
    """What was written for one passage, with the tokens that it took and the seconds."""

    prompt: str
    text: str
    input_tokens: int
    output_tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Written:
    """The lines by passage, in order; ``calls`` of them were asked for now, in ``seconds``."""

    lines: list[Line]
    calls: int = 0
    seconds: float = 0.0

    def record(self) -> dict[str, Any]:
        """What all lines took, whoever asked for them first."""
        each = {line.prompt: line for line in self.lines}.values()
        return {
            "lines": len(each), "calls": self.calls, "seconds": round(self.seconds, 3),
            "input_tokens": sum(line.input_tokens for line in each),
            "output_tokens": sum(line.output_tokens for line in each),
        }  # fmt: skip


def prompts(
    passages: Sequence[Passage], corpus: Corpus, model: LanguageModel, tokens: int
) -> list[Prompt]:
    """What is asked about each passage: with its section, or as much around it as the window takes.

    Raises WorkbenchError for a model that writes no sentences.
    """
    texts = read_files(PROMPTS, model.prompt_format)
    if PROMPT not in texts:
        raise WorkbenchError(
            f"The model {model.reference.name} writes no context for passages.",
            "Name a chat model in passages.context.model, or leave passages.context out.",
        )
    files = PromptFiles(model.prompt_format, texts)
    titles = {document.id: document.title or document.id for document in corpus.documents}
    sections = {section.id: section for section in corpus.sections}
    result = []
    for passage in passages:
        section = sections[passage.section]
        room = model.context_window - tokens - MARGIN - 2 * model.count_tokens(passage.text)
        around = _around(section.text, passage.start - section.start,
                         passage.end - section.start, model, room)  # fmt: skip
        content = files.text(
            PROMPT, title=titles[passage.document], section=around, passage=passage.text
        )
        result.append(Prompt((Message("user", content),)))
    return result


def situate(
    asked: Sequence[Prompt],
    model: LanguageModel,
    tokens: int,
    budget: Budget,
    kept: Path,
    progress: Progress = silent,
) -> Written:
    """The reply to each prompt, of at most ``tokens`` tokens; those in the file ``kept`` are not
    asked for again, and new ones go there batch by batch.

    Raises WorkbenchError before anything is sent where the rest may pass the budget, and where a
    passage got no reply.
    """
    known = kept_lines(kept)
    keys = [content_id(prompt.text) for prompt in asked]
    todo = {key: prompt for key, prompt in zip(keys, asked, strict=True) if key not in known}
    require(list(todo.values()), model, tokens, budget)
    names, started = list(todo), time.perf_counter()
    for first in range(0, len(names), BATCH):
        batch = names[first : first + BATCH]
        progress(first, len(names), "context of passages")
        replies = model.complete([todo[name] for name in batch], Decoding(tokens))
        new = [
            Line(name, " ".join(reply.text.split()), reply.input_tokens, reply.output_tokens,
                 reply.seconds)
            for name, reply in zip(batch, replies, strict=True) if reply.error is None
        ]  # fmt: skip
        jsonl.append(kept, map(asdict, new))
        known.update((line.prompt, line) for line in new)
        failed = [reply.error for reply in replies if reply.error is not None]
        if failed:
            raise WorkbenchError(
                f"{len(failed)} of {len(batch)} passages got no context from "
                f"{model.reference.name}: {failed[0]}.",
                "Run it again: what was written is kept, and only the rest is asked for.",
            )
    spent = time.perf_counter() - started if names else 0.0
    return Written([known[key] for key in keys], len(names), spent)


def kept_lines(kept: Path) -> dict[str, Line]:
    """What a file of lines holds, by the prompt's hash."""
    lines = (
        jsonl.load(
            kept,
            lambda record: Line(**record),
            "a line of context",
            "Delete the file and run again.",
        )
        if kept.exists()
        else ()
    )
    return {line.prompt: line for line in lines}


def require(asked: Sequence[Prompt], model: LanguageModel, tokens: int, budget: Budget) -> int:
    """The tokens that these prompts may read at the most; WorkbenchError above the budget."""
    read = sum(most_input(model, prompt) for prompt in asked) if asked else 0
    budget.require(
        f"A line of context for {len(asked)} passages may take", read, tokens * len(asked), (0, 0),
        "Raise passages.context.max_tokens_spent, cut larger passages, or leave the context out.",
    )  # fmt: skip
    return read


def _around(text: str, start: int, end: int, model: LanguageModel, room: int) -> str:
    """As much of a section around a stretch as ``room`` tokens hold; the stretch at the least."""
    before, after = start, len(text) - end
    while before + after > 0:
        stretch = text[start - before : end + after]
        # A token has a character at least, so a short stretch need not be counted.
        if len(stretch) <= room or model.count_tokens(stretch) <= room:
            return stretch
        before, after = before * 3 // 4, after * 3 // 4
    return text[start:end]
