"""A language model writes what is searched with, once for each question.

What it wrote is kept beside the vectors in the artifact cache, with the tokens and seconds that it
took: the next variant, stage or run reads it, and is charged as if it had been written for it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import RetrievalSpec
from workbench.io import jsonl, locks
from workbench.prompt_files import PromptFiles, read_files
from workbench.retrieval.query_forms.forms import FORMS, Form
from workbench.types import Completion, Decoding, LanguageModel, Message, Prompt, Written

log = logging.getLogger(__name__)

PROMPTS = Path(__file__).parents[1] / "prompts"
VERSION = 1
#: Share of questions that may be searched for as they are, since nothing was written for them; one
#: may always.
MOST_LOST = 0.1
#: A model that only rewords says one thing of a question, unless it draws.
DRAWN = 0.8


def make_writer(
    spec: RetrievalSpec,
    model: LanguageModel,
    folder: Path | None = None,
    identity: str = "",
) -> QueryWriter:
    """The writer that ``spec.query`` asks for; ``folder`` keeps what it wrote, None in memory.

    ``identity`` stands for all of the model that its replies hang on. Raises WorkbenchError where
    the model follows no instruction and the form needs one.
    """
    form = FORMS[spec.query or ""]
    files = PromptFiles(model.prompt_format, read_files(PROMPTS, model.prompt_format))
    if f"{form.name}.jinja" not in files.files:
        able = [name for name in FORMS if f"{name}.jinja" in files.files]
        raise WorkbenchError(
            f"The model {model.reference.name!r} follows no instructions, so that it cannot write "
            f"queries of the form {form.name!r}.",
            f"Name a chat model in retrieval.query_model, or take retrieval.query: {able[0]}.",
        )
    told = (VERSION, form.name, spec.queries, identity, files.files[f"{form.name}.jinja"])
    path = None if folder is None else folder / f"{sha256(repr(told).encode()).hexdigest()}.jsonl"
    return QueryWriter(form, spec.queries, model, files, Kept(path))


class Kept:
    """What was written, by question; a file's records are read once, its own are appended."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._known = {} if path is None else {r["question"]: _read(r) for r in jsonl.stream(path)}

    def __contains__(self, question: str) -> bool:
        return question in self._known

    def __getitem__(self, question: str) -> Written:
        return self._known[question]

    def get(self, question: str) -> Written | None:
        """What was written for it, if anything was."""
        return self._known.get(question)

    def add(self, fresh: Mapping[str, Written]) -> None:
        """Keep these."""
        self._known.update(fresh)
        if self._path is not None and fresh:
            with locks.waiting(self._path.with_suffix(".lock")):
                jsonl.append(self._path, [{"question": q, **asdict(w)} for q, w in fresh.items()])


class QueryWriter:
    """Writes what is searched with in one form; ``kept`` None writes anew each time."""

    def __init__(
        self, form: Form, count: int, model: LanguageModel, files: PromptFiles, kept: Kept | None
    ) -> None:
        self.form = form
        self._count, self._model, self._files, self._kept = count, model, files, kept

    def forgetful(self) -> QueryWriter:
        """The same without memory: what latency is measured on."""
        return QueryWriter(self.form, self._count, self._model, self._files, None)

    def write(self, questions: Sequence[str]) -> list[Written]:
        """What each question is searched with, the unknown ones written in one batch.

        Raises WorkbenchError where the replies to more than ``MOST_LOST`` of them never came.
        """
        kept = Kept() if self._kept is None else self._kept
        missing = [q for q in dict.fromkeys(questions) if q not in kept]
        fresh = self._written(missing, len(questions)) if missing else {}
        # What failed is asked again the next time.
        kept.add({question: one for question, one in fresh.items() if one is not None})
        return [kept[q] if q in kept else Written((q,)) for q in questions]

    def tokens_at_most(self, questions: Sequence[str]) -> tuple[float, float]:
        """Tokens that a question takes: read, about, and written at the most."""
        read = [self._model.count_tokens(prompt.text) for prompt in self._prompts(questions)]
        return sum(read) / max(1, len(read)), float(self._decoding.max_new_tokens)

    def _written(self, questions: Sequence[str], asked: int) -> dict[str, Written | None]:
        replies = self._replies(questions)
        found = {q: self._read(q, own) for q, own in zip(questions, replies, strict=True)}
        reasons = [c.error for own in replies for c in own if c.error]
        lost = sum(one is None for one in found.values())
        if lost:
            log.warning("nothing was written for %d of %d questions: %s", lost, len(found), reasons)
        if lost > max(1, MOST_LOST * asked):
            raise WorkbenchError(
                f"The model {self._model.reference.name!r} wrote no query for {lost} of "
                f"{asked} questions: {reasons[0]}.",
                "Run again when it answers: what was written is kept. Or leave retrieval.query "
                "out.",
            )
        return found

    def _replies(self, questions: Sequence[str]) -> list[list[Completion]]:
        """The replies to each question: one, or of a model that only rewords one for each text."""
        turns = [self._decoding]
        if self._files.format != "chat":
            turns += [
                replace(self._decoding, temperature=DRAWN, seed=seed)
                for seed in range(1, self._count)
            ]
        prompts = self._prompts(questions)
        rounds = [self._model.complete(prompts, turn) for turn in turns]
        return [list(own) for own in zip(*rounds, strict=True)]

    def _prompts(self, questions: Sequence[str]) -> list[Prompt]:
        name, count = f"{self.form.name}.jinja", self._count
        texts = (self._files.text(name, question=q, count=count) for q in questions)
        return [Prompt((Message("user", text),)) for text in texts]

    @property
    def _decoding(self) -> Decoding:
        """Of one reply, which holds all texts where the model lists them."""
        listed = self.form.listed and self._files.format == "chat"
        return Decoding(self.form.tokens * (self._count if listed else 1))

    def _read(self, question: str, replies: Sequence[Completion]) -> Written | None:
        """The texts of some replies, the question first where it is searched with; None of none."""
        good = [reply for reply in replies if not reply.error]
        if not good:
            return None
        said = [text for reply in good for text in self.form.read(reply.text, self._count)]
        texts = [question, *said] if self.form.with_question or not said else said
        unlike = {text.casefold(): text for text in reversed(texts)}
        most = self._count + 1
        return Written(
            tuple(unlike[key] for key in dict.fromkeys(map(str.casefold, texts)))[:most],
            sum(reply.input_tokens for reply in good),
            sum(reply.output_tokens for reply in good),
            sum(reply.seconds for reply in good),
        )


def _read(record: Mapping[str, Any]) -> Written:
    known = {key: value for key, value in record.items() if key != "question"}
    return replace(Written(**known), texts=tuple(record["texts"]))
