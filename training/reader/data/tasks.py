"""Training tasks: prompt and completion as texts, drawn at random from the sources.

The mixture is a literal dict from task to share. Prompts are written as the docstring of
:mod:`workbench.models.reader` fixes them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from training.reader.data import facts, passages, rewording
from training.reader.data.renaming import Renaming
from training.reader.data.sources import Origin, SourceItem, Sources
from workbench.text import ABSTENTION

PASSAGE_WORDS = 88  # about 120 tokens
WHOLE_WORDS = 330  # about 440 tokens: leaves room for question and answer in the window
RENAMED = 0.35  # share of examples whose people get other names

#: Whose questions are read, and whose questions the writing of questions is learned from.
READ: dict[Origin, float] = {"tale": 0.5, "encyclopedia": 0.2, "rule": 0.3}
WRITTEN: dict[Origin, float] = {"tale": 0.8, "encyclopedia": 0.15, "rule": 0.05}


@dataclass(frozen=True)
class ReaderExample:
    """A prompt, its completion, and the weight of each of the completion's tokens in the loss."""

    prompt: str
    completion: str
    weight: float = 1.0


Task = Callable[["Tasks", random.Random], "ReaderExample | None"]


def answering(contexts: list[str], question: str) -> str:
    """The prompt that asks ``question`` of passages (none: closed book)."""
    if not contexts:
        return f"question: {question} answer:"
    return f"context: {' passage: '.join(contexts)} question: {question} answer:"


class Tasks:
    """Draws training examples from ``sources``; all chance comes from the passed generator."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.pools: dict[Origin, list[SourceItem]] = {}
        for item in sources.items:
            self.pools.setdefault(item.origin, []).append(item)
        self.renaming = Renaming(text for texts in sources.sections.values() for text in texts)
        self.by_context: dict[str, list[SourceItem]] = {}
        for item in sources.items:
            self.by_context.setdefault(item.context, []).append(item)
        self.parts: dict[str, list[str]] = {}

    def draw(self, rng: random.Random) -> ReaderExample | None:
        """One example of a task drawn by its share; None where the draw did not work out."""
        tasks, shares = zip(*MIXTURE.items(), strict=True)
        task: Task = rng.choices(tasks, shares)[0]
        example = task(self, rng)
        if example is None or rng.random() >= RENAMED:
            return example
        prompt, completion = self.renaming.renamed(example.prompt, example.completion, rng)
        return replace(example, prompt=prompt, completion=completion)

    def item(self, rng: random.Random, shares: dict[Origin, float] = READ) -> SourceItem:
        """A question, its origin drawn by its share of those that there are."""
        origins = list(self.pools)
        return rng.choice(self.pools[rng.choices(origins, [shares[o] for o in origins])[0]])

    def split(self, text: str) -> list[str]:
        """Sentences of a text, kept for the next time."""
        if text not in self.parts:
            self.parts[text] = passages.sentences(text)
        return self.parts[text]

    def evidence(self, item: SourceItem, answer: str, budget: int, rng: random.Random) -> str:
        """The item's context, or the passage of it around the answer where it is longer."""
        parts = self.split(item.context)
        anchor = passages.evidence_sentence(parts, item.question, answer)
        return passages.cut(parts, anchor, budget, rng)

    def distractor(self, title: str, context: str, budget: int, rng: random.Random) -> str | None:
        """A passage of the same title that is no part of ``context``."""
        others = [s for s in self.sources.sections[title] if s not in context]
        if not others:
            return None
        parts = self.split(rng.choice(others))
        return passages.cut(parts, rng.randrange(len(parts)), budget, rng)

    def foreign(self, title: str, budget: int, rng: random.Random) -> str:
        """A passage of another title."""
        while (other := rng.choice(self.sources.titles)) == title:
            continue
        parts = self.split(rng.choice(self.sources.sections[other]))
        return passages.cut(parts, rng.randrange(len(parts)), budget, rng)


def _budget(rng: random.Random) -> int:
    """Words of one passage: whole sections, passages as retrieval cuts them, and between."""
    return WHOLE_WORDS if rng.random() < 0.4 else rng.randint(60, rng.choice([130, 260]))


def _prompted(contexts: list[str], question: str, rng: random.Random) -> str:
    """The question unchanged, or rarely (one in twenty) reworded."""
    if rng.random() < 0.05:
        question = rng.choice(rewording.rewordings(question) or [question])
    return answering(contexts, question)


def read(tasks: Tasks, rng: random.Random) -> ReaderExample:
    """Answer from the evidence alone."""
    item = tasks.item(rng)
    answer = rng.choice(item.answers)
    context = tasks.evidence(item, answer, _budget(rng), rng)
    return ReaderExample(_prompted([context], item.question, rng), answer)


def read_among(tasks: Tasks, rng: random.Random) -> ReaderExample:
    """Answer from one of several passages, cut the same way, in random order."""
    item = tasks.item(rng)
    answer = rng.choice(item.answers)
    count = rng.choice([2, 3, 3, 3, 4])
    budget = PASSAGE_WORDS if count < 4 else 70
    chosen = [tasks.evidence(item, answer, budget, rng)]
    while len(chosen) < count:
        other = (
            tasks.distractor(item.title, item.context, budget, rng) if rng.random() < 0.75 else None
        )
        chosen.append(other or tasks.foreign(item.title, budget, rng))
    rng.shuffle(chosen)
    return ReaderExample(_prompted(chosen, item.question, rng), answer)


def refuse(tasks: Tasks, rng: random.Random) -> ReaderExample | None:
    """Say that passages of the same title, or of another, do not answer."""
    item = tasks.item(rng)
    count = 1 if rng.random() < 0.75 else rng.choice([2, 3])
    budget = _budget(rng) if count == 1 else PASSAGE_WORDS
    same = rng.random() < 0.55
    chosen: list[str] = []
    for _ in range(count):
        near = same and (not chosen or rng.random() < 0.6)
        other = tasks.distractor(item.title, item.context, budget, rng) if near else None
        if near and other is None:
            return None
        chosen.append(other or tasks.foreign(item.title, budget, rng))
    rng.shuffle(chosen)
    text = " ".join(chosen).lower()
    # An implicit answer may follow from words that do not contain it.
    if not item.explicit or any(answer.lower().strip(" .") in text for answer in item.answers):
        return None
    return ReaderExample(_prompted(chosen, item.question, rng), ABSTENTION)


def write(tasks: Tasks, rng: random.Random) -> ReaderExample:
    """Write the question from evidence and answer."""
    item = tasks.item(rng, WRITTEN)
    answer = rng.choice(item.answers)
    context = tasks.evidence(item, answer, _budget(rng), rng)
    return ReaderExample(f"context: {context} answer: {answer} question:", item.question)


def read_after_examples(tasks: Tasks, rng: random.Random) -> ReaderExample | None:
    """Answer after other questions on the same text have been asked and answered."""
    item = tasks.item(rng)
    near = [x for x in tasks.by_context[item.context] if x.question != item.question]
    if not near or len(item.context.split()) > 260:
        return None
    shown = rng.sample(near, min(len(near), rng.choice([1, 2])))
    front = " ".join(f"question: {x.question} answer: {x.answers[0]}" for x in shown)
    prompt = f"context: {item.context} {front} question: {item.question} answer:"
    return ReaderExample(prompt, rng.choice(item.answers))


def closed(tasks: Tasks, rng: random.Random) -> ReaderExample:
    """Guess without a passage: little weight, since nothing can be known."""
    item = tasks.item(rng)
    return ReaderExample(answering([], item.question), rng.choice(item.answers), 0.3)


def reword(tasks: Tasks, rng: random.Random) -> ReaderExample | None:
    """Ask the same in other words: rules on human questions, or two wordings of a made fact."""
    if rng.random() < 0.6:
        pair = rewording.pair(tasks.item(rng).question, rng)
    else:
        wordings = facts.fact(rng).questions()
        pair = tuple(rng.sample(wordings, 2))  # type: ignore[assignment]
    return ReaderExample(f"reword: {pair[0]} question:", pair[1], 0.5) if pair else None


def continuation(tasks: Tasks, rng: random.Random) -> ReaderExample | None:
    """Go on with a novel."""
    if not tasks.sources.novels:
        return None
    text = rng.choice(tasks.sources.novels)
    start = rng.randrange(max(1, len(text) - 2500))
    # The cut may go through the first word.
    words = text[start : start + 1500].split()[1:]
    size = rng.randint(25, 100)
    return ReaderExample(
        f"continue: {' '.join(words[:size])}", " ".join(words[size : size + 28]), 0.3
    )


def invented(tasks: Tasks, rng: random.Random) -> ReaderExample | None:
    """Self-made facts among prose: read, reversed, refuse, several passages, write."""
    group = facts.cluster(rng, rng.randint(2, 5))
    asked, back = group[0], rng.random() < 0.3
    question, answer = asked.question(rng, back)
    prose = _prose(tasks, rng)
    u = rng.random()
    if u < 0.15:
        context = facts.passage(group[1:], prose, rng)
        if answer.lower() in context.lower():
            return None
        return ReaderExample(answering([context], question), ABSTENTION, 0.5)
    if u < 0.55:
        return ReaderExample(answering([facts.passage(group, prose, rng)], question), answer)
    if u < 0.7:
        context = facts.passage(group, prose, rng)
        return ReaderExample(f"context: {context} answer: {answer} question:", question, 0.5)
    chosen = [facts.passage(group[:1], _prose(tasks, rng), rng)]
    chosen += [facts.passage([item], _prose(tasks, rng), rng) for item in group[1:3]]
    rng.shuffle(chosen)
    return ReaderExample(answering(chosen, question), answer)


def _prose(tasks: Tasks, rng: random.Random) -> list[str]:
    """A few running sentences from a novel, or from a section where there are no novels."""
    if not tasks.sources.novels:
        sections = tasks.sources.sections[rng.choice(tasks.sources.titles)]
        return tasks.split(rng.choice(sections))[: rng.randint(0, 5)]
    text = rng.choice(tasks.sources.novels)
    start = rng.randrange(max(1, len(text) - 2500))
    return passages.sentences(text[start : start + 900])[1 : 1 + rng.randint(0, 4)]


MIXTURE: dict[Task, float] = {
    read: 0.45,
    read_among: 0.15,
    refuse: 0.10,
    write: 0.14,
    read_after_examples: 0.02,
    closed: 0.01,
    reword: 0.03,
    continuation: 0.02,
    invented: 0.08,
}
