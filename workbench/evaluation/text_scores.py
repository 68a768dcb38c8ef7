"""A text against the references of its question: the metrics that compare words, each 0 to 1."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any, NamedTuple

from workbench.evaluation.extraction import extracted
from workbench.refusals import refuses
from workbench.text import by_character, contains, runs, token_f1, words
from workbench.types import Question

TEXT_METRICS = ("em", "f1", "f1_extracted", "rouge_l", "bleu", "chrf", "containment")
#: What is said of every text that is compared.
COMPARED = (*TEXT_METRICS, "abstention")


def text_scores(
    question: Question,
    text: str,
    gave_up: bool,
    language: str,
    wanted: Sequence[list[str]],
    only: Collection[str] | None,
) -> dict[str, float | None]:
    """The metrics of one reply; ``gave_up`` says that it abstains.

    ``wanted`` are the words of the references, so that they are cut once for all variants.
    """
    names = COMPARED if only is None else [name for name in COMPARED if name in only]
    if not question.answers:
        return dict.fromkeys(names, float(gave_up))
    if gave_up and not any(refuses(reference) for reference in question.answers):
        return dict.fromkeys(names, 0.0)
    reply = _Reply(question, text, words(text, language), wanted, language)
    return {name: _METRICS[name](reply) for name in names}


class _Reply(NamedTuple):
    """A text with all that it is compared with; ``words`` are its own, ``wanted`` theirs."""

    question: Question
    text: str
    words: list[str]
    wanted: Sequence[list[str]]
    language: str


def _core_f1(reply: _Reply) -> float:
    asked, language = reply.question, reply.language
    core = extracted(reply.text, asked.text, language)
    return max(token_f1(core, extracted(item, asked.text, language)) for item in asked.answers)


class _Split:
    """rouge-score's seam for a tokenizer: its own knows the letters a to z alone."""

    def tokenize(self, text: str) -> list[str]:
        return runs(text)


@cache
def _rouge() -> Any:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], tokenizer=_Split())


def _rouge_l(given: str, wanted: str) -> float:
    return float(_rouge().score(wanted, given)["rougeL"].fmeasure)


@cache
def _sacrebleu(tokenizer: str) -> Any:
    from sacrebleu.metrics import BLEU

    return BLEU(effective_order=True, lowercase=True, tokenize=tokenizer)


def _bleu(reply: _Reply) -> float:
    language = reply.language
    chinese = language.lower().startswith("zh")
    scorer = _sacrebleu("zh" if chinese else "char" if by_character(language) else "13a")
    found = scorer.sentence_score(reply.text, list(reply.question.answers))
    return min(1.0, float(found.score) / 100)


@cache
def _chrf_scorer() -> Any:
    from sacrebleu.metrics import CHRF

    return CHRF(lowercase=True)


def _chrf(reply: _Reply) -> float:
    found = _chrf_scorer().sentence_score(reply.text, list(reply.question.answers))
    return min(1.0, float(found.score) / 100)


_METRICS: dict[str, Callable[[_Reply], float]] = {
    "em": lambda reply: max([float(reply.words == wanted) for wanted in reply.wanted]),
    "f1": lambda reply: max([token_f1(reply.words, wanted) for wanted in reply.wanted]),
    "f1_extracted": _core_f1,
    "rouge_l": lambda reply: max(_rouge_l(reply.text, item) for item in reply.question.answers),
    "bleu": _bleu,
    "chrf": _chrf,
    "containment": lambda reply: max([contains(reply.words, wanted) for wanted in reply.wanted]),
    "abstention": lambda _: 1.0,
}
