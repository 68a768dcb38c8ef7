"""What words alone do not show: two questions on one fact, and places that answer otherwise.

"Who unlocked the cupboard?" is a poor question where somebody else opened it two chapters on. The
sentences that share most words with a question are compared with it by their vectors; those as near
to it as its own evidence are read, and the question goes if the reader finds another answer there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from workbench.questions.parsing.names import Names
from workbench.questions.quality.round_trip import (
    ROUND_TRIP_F1,
    answer_agreement,
    is_refusal,
    read_back,
)
from workbench.questions.quality.usage import Usage
from workbench.questions.words import STOP, content, essential, stem, tokens, words
from workbench.questions.writers.drafts import Draft
from workbench.questions.writers.offline import Dropped, Kept
from workbench.text import token_f1
from workbench.types import LanguageModel

Embed = Callable[[Sequence[str]], Any]
#: Cosine from which on two questions with one answer ask for one fact, and from which on two with
#: different answers cannot be told apart.
SAME_FACT, SAME_QUESTION = 0.85, 0.96
#: Sentences compared with a question, and those of them that are read.
COMPARED, READ = 8, 2
#: A rival's cosine with the question: at least this, and at most so far below the evidence's own.
LEAST, MARGIN = 0.5, 0.05
_MEASURED = frozenset({"number", "money", "duration", "time"})
#: Sentences around the evidence that tell of the same event.
NEIGHBOURS = 3


def sift(
    kept: Sequence[Kept], usage: Usage, names: Names, model: LanguageModel, embed: Embed
) -> tuple[list[Kept], list[Dropped]]:
    """Those that stand apart from all others and from the rest of the corpus, and the dropped."""
    asked = [k for k in kept if k.draft.answers and k.draft.quote]
    if not asked:
        return list(kept), []
    vectors = embed([k.draft.text for k in asked])
    gone = _repeated(asked, vectors)
    gone.update(_answered_elsewhere(asked, vectors, usage, names, model, embed))
    dropped = [
        Dropped(k.draft.text, k.draft.answers[0], k.draft.section, *gone[place])
        for place, k in enumerate(asked)
        if place in gone
    ]
    lost = {id(asked[place]) for place in gone}
    return [k for k in kept if id(k) not in lost], dropped


def _repeated(asked: Sequence[Kept], vectors: Any) -> dict[int, tuple[str, str]]:
    """Questions of other sentences that ask the same: the less sure of two goes, or both."""
    import numpy as np

    gone: dict[int, tuple[str, str]] = {}
    near = vectors @ vectors.T
    for left, right in zip(*np.nonzero(np.triu(near, 1) >= SAME_FACT), strict=True):
        a, b = asked[int(left)].draft, asked[int(right)].draft
        if (a.document, a.start) == (b.document, b.start) or a.fact == b.fact:
            continue
        if token_f1(essential(a.answers[0]), essential(b.answers[0])) >= ROUND_TRIP_F1:
            worse, other = (int(left), b) if a.score < b.score else (int(right), a)
            gone.setdefault(worse, ("near-duplicate in meaning", other.text))
        elif near[left, right] >= SAME_QUESTION:
            gone.setdefault(int(left), ("asked twice with different answers", b.text))
            gone.setdefault(int(right), ("asked twice with different answers", a.text))
    return gone


def _answered_elsewhere(
    asked: Sequence[Kept],
    vectors: Any,
    usage: Usage,
    names: Names,
    model: LanguageModel,
    embed: Embed,
) -> dict[int, tuple[str, str]]:
    """Questions to which another place gives the reader another answer."""
    near = [
        [
            place
            for place in usage.nearest(k.draft.text, k.draft.start, COMPARED, NEIGHBOURS)
            if _may_answer(k.draft, usage.sentence(place)[1], names)
        ]
        for k in asked
    ]
    places = sorted({place for matches in near for place in matches})
    texts = [*(usage.sentence(p)[1] for p in places), *(k.draft.quote for k in asked)]
    told = embed(texts)
    row = {place: number for number, place in enumerate(places)}
    pairs: list[tuple[int, int]] = []
    for number, matches in enumerate(near):
        own = float(vectors[number] @ told[len(places) + number])
        values = sorted(((float(vectors[number] @ told[row[p]]), p) for p in matches), reverse=True)
        bar = max(LEAST, own - MARGIN)
        pairs += [(number, place) for value, place in values[:READ] if value >= bar]
    given = read_back(model, [(usage.sentence(p)[1], asked[n].draft.text) for n, p in pairs])
    gone: dict[int, tuple[str, str]] = {}
    for (number, place), answer in zip(pairs, given, strict=True):
        if _another(answer, asked[number], usage.sentence(place)[1], names):
            gone[number] = ("another section may answer it otherwise", answer)
    return gone


def _another(answer: str, item: Kept, sentence: str, names: Names) -> bool:
    """Whether an answer is one, stands in the sentence, and is not the reference."""
    draft = item.draft
    if is_refusal(answer) or answer_agreement(answer, draft.answers) >= ROUND_TRIP_F1:
        return False
    run = [w for w in words(answer) if w not in STOP]
    if not run or set(run) <= set(words(draft.text)) or not _within(words(answer), words(sentence)):
        return False
    if content(answer) <= content(draft.answers[0]):
        return False
    if draft.type == "person":
        return names.mentions(answer)
    # Another unit than the reference answer's is another measure.
    return draft.type not in _MEASURED or bool(content(answer) & content(draft.answers[0]))


def _may_answer(draft: Draft, sentence: str, names: Names) -> bool:
    """Whether a sentence tells of the question's subject and shares half of what else it says.

    What somebody else did is no answer to what this person did; where a person is asked for, it is
    the others that matter.
    """
    subject, told = content(draft.subject), content(sentence)
    if draft.type != "person" and not (subject and subject <= told):
        return False
    named = {stem(t.lower) for t in tokens(draft.text) if names.is_name(t)}
    matter = content(draft.text) - named
    return bool(matter) and 2 * len(matter & told) >= len(matter)


def _within(small: Sequence[str], large: Iterable[str]) -> bool:
    return f" {' '.join(small)} " in f" {' '.join(large)} "
