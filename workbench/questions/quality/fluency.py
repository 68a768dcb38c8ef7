"""How likely a question is to a model that has learnt to ask: English, and about its sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.questions.prompting import prompt
from workbench.types import LanguageModel

#: Mean natural-log probability of a token below which a wording is no English, or says next to
#: nothing: of questions by rule on documentation one in ten lies below, and most of these are bad.
LEAST_LIKELY = -2.6
#: Questions that are scored in one call.
AT_ONCE = 8
_LABEL = re.compile(r"^(?:In|According to) “[^”]*”, | \(“[^”]*”\)")


def fluency(model: LanguageModel, asked: Sequence[tuple[str, str, str]]) -> list[float]:
    """One value per (sentence, answer, question): the question's mean log-probability per token.

    The heading that a question names is left out: it is no part of the sentence. Only the embedded
    reader has learnt to ask; any other model gives 0 to all.
    """
    if model.prompt_format != "reader":
        return [0.0] * len(asked)
    prompts = [
        prompt("reader", "write", passage=" ".join(quote.split()), answer=answer)
        for quote, answer, _ in asked
    ]
    plain = [_capital(_LABEL.sub("", question)) for *_, question in asked]
    # Like with like, so that little is padded.
    order = sorted(range(len(asked)), key=lambda n: len(asked[n][0]) + len(plain[n]))
    values = [0.0] * len(asked)
    for first in range(0, len(order), AT_ONCE):
        places = order[first : first + AT_ONCE]
        scored = model.log_likelihood([prompts[n] for n in places], [plain[n] for n in places])
        for place, value in zip(places, scored, strict=True):
            values[place] = value
    return values


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
