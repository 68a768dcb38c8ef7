"""A chat model ranks the candidates: all of a question at once, or each by itself.

llama-index's LLMRerank and RankGPTRerank ask one question after another, drop what the model does
not name, and tell nothing of tokens and failures; here the replies come in batches, are kept beside
the queries that models wrote, and a question without a readable one keeps its order.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.prompt_files import PromptFiles, read_files
from workbench.retrieval.query_forms.writing import PROMPTS, Kept
from workbench.types import Completion, Decoding, LanguageModel, Message, Prompt, Written

log = logging.getLogger(__name__)

VERSION = 1
MARGIN = 128  # tokens for the prompt around the passages


@dataclass(frozen=True, slots=True)
class RankingForm:
    """How candidates are put to the model: ``together`` in one prompt, or each in its own.

    A reply has ``tokens`` at the most, times the candidates of its prompt; ``read`` makes scores of
    the replies and the number of candidates, None where they say nothing.
    """

    together: bool
    tokens: int
    read: Callable[[Sequence[str], int], list[float] | None]


def order(replies: Sequence[str], count: int) -> list[float] | None:
    """Of the numbers in the order they are named; what is not named stays behind them as it was."""
    named = [int(digits) for digits in re.findall(r"\d+", replies[0])]
    places = list(dict.fromkeys(at - 1 for at in named if 1 <= at <= count))
    if not places:
        return None
    ranked = [*places, *(at for at in range(count) if at not in places)]
    scores = [0.0] * count
    for rank, at in enumerate(ranked):
        scores[at] = float(count - rank)
    return scores


def answers(replies: Sequence[str], count: int) -> list[float] | None:
    """1 where the reply is yes, 0 where it is no, between them where it is neither."""
    said = [re.match(r"\W*(yes|no)\b", reply, re.IGNORECASE) for reply in replies]
    if not any(said):
        return None
    return [0.5 if word is None else float(word[1].lower() == "yes") for word in said]


FORMS: dict[str, RankingForm] = {
    # Sun et al. 2023, "Is ChatGPT Good at Search?".
    "listwise": RankingForm(True, 4, order),
    # Liang et al. 2022, "Holistic Evaluation of Language Models".
    "pointwise": RankingForm(False, 4, answers),
}


def make_ranker(
    name: str, model: LanguageModel, folder: Path | None = None, identity: str = ""
) -> ModelRanker:
    """The ranker of that form; ``folder`` keeps what the model replied, None in memory.

    ``identity`` stands for all of the model that its replies hang on. Raises WorkbenchError where
    the model follows no instruction.
    """
    files = PromptFiles(model.prompt_format, read_files(PROMPTS, model.prompt_format))
    if f"{name}.jinja" not in files.files:
        raise WorkbenchError(
            f"The model {model.reference.name!r} follows no instructions, so that it cannot rank "
            "passages.",
            "Name a chat model in retrieval.query_model, or take retrieval.rerank: likelihood.",
        )
    told = (VERSION, name, identity, files.files[f"{name}.jinja"])
    path = None if folder is None else folder / f"{sha256(repr(told).encode()).hexdigest()}.jsonl"
    return ModelRanker(name, model, files, Kept(path))


class ModelRanker:
    """Scores of (question, passage) pairs, those of a question together; alike where none came.

    ``kept_order`` counts the questions whose order stays, ``took`` what each one took.
    """

    def __init__(
        self, name: str, model: LanguageModel, files: PromptFiles, kept: Kept | None
    ) -> None:
        self._form, self._name = FORMS[name], name
        self._model, self._files, self._kept = model, files, kept
        self.kept_order = 0
        self.took: dict[str, Written] = {}

    def forgetful(self) -> ModelRanker:
        """The same without memory: what latency is measured on."""
        return ModelRanker(self._name, self._model, self._files, None)

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        kept = Kept() if self._kept is None else self._kept
        groups = [(query, [passage for _, passage in own])
                  for query, own in groupby(pairs, key=lambda pair: pair[0])]  # fmt: skip
        prompts = [self._prompts(query, passages) for query, passages in groups]
        keys = [sha256("\n".join(p.text for p in own).encode()).hexdigest() for own in prompts]
        missing = [at for at, key in enumerate(keys) if key not in kept]
        fresh = self._replies([prompts[at] for at in missing],
                              [len(groups[at][1]) for at in missing])  # fmt: skip
        good = {keys[at]: one for at, one in zip(missing, fresh, strict=True) if one is not None}
        kept.add(good)  # what failed is asked again the next time
        scores: list[float] = []
        lost = 0
        for (query, passages), key in zip(groups, keys, strict=True):
            said = kept.get(key)
            # A fresh one's seconds are those of the search that waited for it.
            spent = 0.0 if said is None or key in good else said.seconds
            self.took[query] = Written((), *_tokens(said), spent)
            found = None if said is None else self._form.read(said.texts, len(passages))
            lost += found is None
            scores += found or [0.0] * len(passages)
        if lost:
            self.kept_order += lost
            log.warning("%d of %d questions keep their order: the model ranked nothing for them",
                        lost, len(groups))  # fmt: skip
        return scores

    def _prompts(self, query: str, passages: Sequence[str]) -> list[Prompt]:
        count = self._model.count_tokens
        room = self._model.context_window - MARGIN - count(query)
        if self._form.together:
            room = room // max(1, len(passages)) - self._form.tokens
        shown = [" ".join(_within(passage, room, count).split()) for passage in passages]
        asked = [shown] if self._form.together else [[one] for one in shown]
        file = f"{self._name}.jinja"
        texts = [self._files.text(file, question=query, passages=own) for own in asked]
        return [Prompt((Message("user", text),)) for text in texts]

    def _replies(
        self, prompts: Sequence[Sequence[Prompt]], sizes: Sequence[int]
    ) -> list[Written | None]:
        """The replies to each question's prompts; None where one of them failed."""
        if not prompts:
            return []
        most = max(sizes) if self._form.together else 1
        flat = [prompt for own in prompts for prompt in own]
        done = iter(self._model.complete(flat, Decoding(self._form.tokens * most)))
        return [_written([next(done) for _ in own]) for own in prompts]


def _written(replies: Sequence[Completion]) -> Written | None:
    if any(reply.error for reply in replies):
        return None
    return Written(
        tuple(reply.text for reply in replies), sum(r.input_tokens for r in replies),
        sum(r.output_tokens for r in replies), sum(r.seconds for r in replies),
    )  # fmt: skip


def _tokens(said: Written | None) -> tuple[int, int]:
    return (0, 0) if said is None else (said.input_tokens, said.output_tokens)


def _within(text: str, room: int, count: Callable[[str], int]) -> str:
    """The beginning of a text that so many tokens hold."""
    size = count(text)
    if size <= room:
        return text
    return text[: max(1, len(text) * max(1, room) // size)]
