"""When two questions are one: the same wording, the same words, the same meaning and answer.

The exam's split is made by these rules and its certificate checks them again, so that both speak of
one measure.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

from workbench.questions.lexicon import lexicon, mapping
from workbench.questions.quality.round_trip import answer_agreement
from workbench.questions.words import (
    STOP,
    content,
    jaccard,
    longest_run,
    stem,
    word_ratio,
    words,
)
from workbench.types import Question

#: Unit vectors (texts x dimensions) of texts.
Embed = Callable[[Sequence[str]], Any]

#: A run of shared words that makes this part of the exam wording counts as the wording itself.
RUN_SHARE = 0.65
RUN_WORDS = 5
#: From this agreement on two answers are one (see ``round_trip.answer_agreement``).
SAME_ANSWER = 0.6
#: Cosine from which on two questions with one answer ask for one fact, and from which on two
#: questions ask the same whatever their answers are; both were read off all-MiniLM-L6-v2, where no
#: two facts of one answer in the demo lie as near.
SAME_FACT, SAME_QUESTION = 0.6, 0.96
#: Share of the shorter question's content words that says the same where there are no vectors.
OVERLAP, LEAST_SHARED = 0.6, 2
#: Questions sharing most words that are looked at for the nearest in words.
NEAREST = 60
#: Words that only say what kind of answer is wanted: "for what reason", "which person".
FRAME = frozenset(stem(word) for word in lexicon("rewording", "frame"))
#: Words that stand for "must", "should", "may" and "can".
MODAL = frozenset(mapping("rewording", "modals").values())


def same_wording(left: str, right: str, near: float) -> str | None:
    """How two wordings of one fact are the same ("exact", "run", "near"), or None."""
    a, b = words(left), words(right)
    if a == b:
        return "exact"
    run = longest_run(a, b)
    if run >= RUN_WORDS and run >= RUN_SHARE * len(a):
        return "run"
    return "near" if word_ratio(left, right) >= near else None


@lru_cache(maxsize=50_000)
def _forms(word: str) -> frozenset[str]:
    """The stems of a word and of what it may be a form of: paid, pay."""
    from lemminflect import getAllLemmas

    lemmas = {lemma for forms in getAllLemmas(word).values() for lemma in forms}
    return frozenset({stem(word), *map(stem, lemmas)})


def new_words(left: str, right: str) -> frozenset[str]:
    """The content words of ``left`` that ``right`` has in no form.

    Words that only frame a question ("for what reason", "which person") are none of them.
    """
    told = {form for word in words(right) for form in _forms(word)}
    return frozenset(
        word
        for word in words(left)
        if word not in STOP and not _forms(word) & told and not _forms(word) & FRAME
    )


def without_frame(found: frozenset[str], text: str) -> frozenset[str]:
    """New words less those that only turn how is asked, or name the kind of thing asked for.

    "What are you supposed to click?" asks what "What should you click?" does, and "Which board
    shows it?" what "What shows it?" does.
    """
    told = words(text)
    kinds = {
        word for place, word in enumerate(told) if place and told[place - 1] in {"which", "what"}
    }
    return found - MODAL - kinds


def near_question(left: Question, right: Question, near: float) -> float:
    """How near two questions on different facts are in their words, 0 to 1; 1: they ask the same.

    Sharing most words is what questions of one mould do ("How many crowns did X pay for Y?"), so
    different content words count against nearness, and a shared answer for it.
    """
    a, b = content(left.text), content(right.text)
    if not a or not b:
        return word_ratio(left.text, right.text)
    alike = jaccard(a, b)
    if alike < 0.4:
        return alike
    if alike >= 0.999:
        return 1.0
    same = bool({tuple(words(x)) for x in left.answers} & {tuple(words(x)) for x in right.answers})
    return min(1.0, alike + (1 - near) if same else alike)


def same_answer(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether two sets of reference answers name one thing; without answers there is none."""
    return any(
        answer_agreement(_told(one), [_told(other)]) >= SAME_ANSWER
        for one in left
        for other in right
    )


@lru_cache(maxsize=50_000)
def _told(answer: str) -> str:
    """An answer without words that carry nothing: "on the second of May" shares none with "on
    the third of June"."""
    return " ".join(word for word in words(answer) if word not in STOP) or answer


def overlap(left: str, right: str) -> float:
    """Shared content words over those of the shorter question, 0 to 1; 0 below two of them."""
    a, b = content(left), content(right)
    shared = len(a & b)
    return shared / min(len(a), len(b)) if shared >= LEAST_SHARED else 0.0


def one_fact(left: Question, right: Question, cosine: float | None) -> str | None:
    """Why two questions ask for one fact, or None. ``cosine`` is None where there are no vectors.

    Two questions with one answer whose content overlaps in meaning are one fact, whatever words
    they use and wherever they stand ("Who stole the key?", "Who was the thief of the key?").
    """
    if cosine is not None and cosine >= SAME_QUESTION:
        return "the same question in meaning"
    contained = overlap(left.text, right.text)
    alike = contained >= 1 or (contained >= OVERLAP if cosine is None else cosine >= SAME_FACT)
    if alike and same_answer(left.answers, right.answers):
        return "the same answer to a question of the same meaning"
    return None


class TrainWordings:
    """The training questions, arranged for looking up what is near a question.

    ``embed`` gives unit vectors; with it, questions are compared by their meaning too.
    """

    def __init__(self, train: Iterable[Question], embed: Embed | None = None) -> None:
        self.questions = tuple(train)
        self.embed = embed if self.questions else None
        self.by_fact: dict[str, list[Question]] = defaultdict(list)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self.spans: dict[tuple[str, str], list[tuple[int, int, Question]]] = defaultdict(list)
        self.sections = {q.cluster for q in self.questions if q.cluster}
        self._vectors = self.embed([q.text for q in self.questions]) if self.embed else None
        for place, question in enumerate(self.questions):
            if question.fact:
                self.by_fact[question.fact].append(question)
            for word in content(question.text):
                self._by_word[word].append(place)
            for item in question.evidence:
                key = (item.document, question.cluster or "")
                self.spans[key].append((item.start, item.end, question))

    def cosines(self, exam: Sequence[Question]) -> Any:
        """Cosine of each exam question with each training question (exam x train), or None."""
        if self.embed is None or not exam:
            return None
        import numpy as np

        return np.asarray(self.embed([q.text for q in exam])) @ np.asarray(self._vectors).T

    def nearest(self, question: Question, near: float) -> tuple[float, Question | None]:
        """The nearest training question by shared content words."""
        best: tuple[float, Question | None] = (0.0, None)
        for place in self._sharing(question)[:NEAREST]:
            value = near_question(question, self.questions[place], near)
            if value > best[0]:
                best = (value, self.questions[place])
        return best

    def on_one_fact(
        self, question: Question, cosines: Any = None
    ) -> tuple[float, Question, str] | None:
        """(nearness, training question, why) of the nearest that asks for the question's fact.

        ``cosines`` are the question's with each training question (see :meth:`cosines`).
        """
        found = list(self._on_one_fact(question, cosines))
        return max(found, key=lambda item: item[0]) if found else None

    def giving_away(self, question: Question, near: float, cosines: Any = None) -> list[Question]:
        """All training questions that ask for the question's fact, by their words or meaning."""
        alike = [
            self.questions[place]
            for place in self._sharing(question)[:NEAREST]
            if near_question(question, self.questions[place], near) >= near
        ]
        return alike + [other for _, other, _ in self._on_one_fact(question, cosines)]

    def _on_one_fact(
        self, question: Question, cosines: Any
    ) -> Iterator[tuple[float, Question, str]]:
        places = set(self._sharing(question))
        if cosines is not None:
            places |= {place for place, value in enumerate(cosines) if value >= SAME_FACT}
        for place in sorted(places):
            other = self.questions[place]
            cosine = None if cosines is None else float(cosines[place])
            why = one_fact(question, other, cosine)
            if why:
                near = overlap(question.text, other.text) if cosine is None else cosine
                yield near, other, why

    def overlapping(self, question: Question) -> Question | None:
        """A training question whose evidence overlaps this question's."""
        return next(iter(self.all_overlapping(question)), None)

    def all_overlapping(self, question: Question) -> list[Question]:
        """The training questions whose evidence overlaps this question's."""
        return [
            trained
            for item in question.evidence
            for start, end, trained in self.spans[(item.document, question.cluster or "")]
            if start < item.end and item.start < end
        ]

    def _sharing(self, question: Question) -> list[int]:
        """Places of the training questions that share a content word, those sharing most first."""
        counts: dict[int, int] = defaultdict(int)
        for word in content(question.text):
            for place in self._by_word[word]:
                counts[place] += 1
        return sorted(counts, key=lambda p: (-counts[p], p))
