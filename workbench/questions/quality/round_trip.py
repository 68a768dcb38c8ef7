"""Round trip: does a reader that sees the place give the answer back?"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.questions.prompting import prompt
from workbench.questions.words import essential, words
from workbench.refusals import refuses
from workbench.text import token_f1
from workbench.types import Decoding, LanguageModel

ROUND_TRIP_F1 = 0.6
#: Passages that are read in one call.
AT_ONCE = 24


def is_refusal(answer: str) -> bool:
    """Whether an answer says that there is none, or is none."""
    return not answer.strip() or refuses(answer)


def read_back(
    model: LanguageModel, pairs: Sequence[tuple[str, str]], max_new_tokens: int = 24
) -> list[str]:
    """The model's answer to each (passage, question); "" where it failed."""
    prompts = [
        prompt(model.prompt_format, "answer", passage=_inline(passage), question=question)
        for passage, question in pairs
    ]
    # Like with like, so that little is padded, and few at once, so that memory stays small. A
    # server keeps what it read last: passage by passage, it reads each passage once.
    served = model.reference.endpoint is not None
    order = sorted(
        range(len(pairs)),
        key=lambda i: pairs[i] if served else len(pairs[i][0]) + len(pairs[i][1]),
    )
    given = [""] * len(pairs)
    for first in range(0, len(order), AT_ONCE):
        places = order[first : first + AT_ONCE]
        decoding = Decoding(max_new_tokens=max_new_tokens)
        for place, done in zip(
            places, model.complete([prompts[i] for i in places], decoding), strict=True
        ):
            given[place] = "" if done.error else done.text.strip()
    return given


def closed_book(
    model: LanguageModel, questions: Sequence[str], max_new_tokens: int = 16
) -> list[str]:
    """The model's answer to each question without any passage."""
    prompts = [prompt(model.prompt_format, "closed_book", question=q) for q in questions]
    return [
        "" if done.error else done.text.strip()
        for done in model.complete(prompts, Decoding(max_new_tokens=max_new_tokens))
    ]


def answer_agreement(given: str, answers: Sequence[str]) -> float:
    """The best token F1 over the reference answers, 1 where one holds the other's core whole.

    "forty" for "forty crowns", or "the yard behind the mill" for "behind the mill", is the answer
    given back: at least two words (or a name or number) of the shorter inside the longer.
    """
    if is_refusal(given):
        return 0.0
    short = essential(given)
    best = max((token_f1(short, essential(answer)) for answer in answers), default=0.0)
    if any(_cut_short(given, answer) for answer in answers):
        best = max(best, 0.7)
    for answer in answers:
        long = essential(answer)
        if len(short) >= 2 and _inside(short, long) and len(short) * 3 >= len(long):
            best = max(best, 0.75)
        if len(long) >= 2 and _inside(long, short) and len(long) * 3 >= len(short):
            best = max(best, 0.75)
        if long and short[: len(long)] == long and len(short) <= len(long) + 8:
            best = max(best, 0.7)
    return best


def _cut_short(given: str, answer: str) -> bool:
    """A name given back without its first letters ("rcas" for "Dorcas Pell"): a copying slip."""
    left, right = words(given), words(answer)
    if not left or not right or len(left) > len(right) or len(left[0]) < 3:
        return False
    whole = right[0]
    return whole != left[0] and whole.endswith(left[0]) and left[1:] == right[1 : len(left)]


def _inside(small: Sequence[str], large: Sequence[str]) -> bool:
    return f" {' '.join(small)} " in f" {' '.join(large)} "


def _inline(text: str) -> str:
    return " ".join(text.split())
