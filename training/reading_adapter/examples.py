"""Training examples: a question with passages as chat turns, and the reply to it.

All chance comes from the passed generator. The prompts are those of
:class:`workbench.variants.prompting.PromptBook`, so that what is trained is what is asked.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from training.reader.data import facts
from training.reader.data.passages import sentences
from training.reader.data.renaming import Renaming
from training.reader.data.sources import SourceItem, Sources
from training.reading_adapter.passages import Text, ranked
from workbench.experiment.answering import PromptSpec
from workbench.text import ABSTENTION
from workbench.types import Question
from workbench.variants.prompting import PromptBook, open_book

RENAMED = 0.35  # share of examples whose people get other names
EXAMPLES_SHOWN = 0.06  # share of prompts with solved questions before the question
OTHER_FORM = 0.15  # share of prompts that ask for short answers in other words
COUNTS = {1: 0.32, 2: 0.12, 3: 0.28, 4: 0.10, 5: 0.18}  # passages of a prompt, by share
WORDS = (80, 300)  # of one passage: about 110 to 400 tokens

PURPOSES = (
    "Answer readers' questions about {title}, briefly and correctly.",
    "Answer readers' questions about the text, briefly and correctly.",
    "Answer questions about {title}.",
    "Answer questions about the tale {title}.",
    "Answer visitors' questions from the text.",
    "Answer the questions of readers of {title}.",
    "Help readers find their way in {title}.",
    "Answer staff and customers from the documents, correctly and briefly.",
    "You answer questions from the passages that you are given.",
    "Answer students' questions about what they have read.",
)
FORMS = (
    "Answer briefly.",
    "Answer in a few words.",
    "Reply with the answer alone, as short as it can be.",
    "Give a short answer, in the words of the text where that is possible.",
    "Keep the answer short.",
)

_LAST_STOP = re.compile(r"(?<=[a-z]{3})\.$")


@dataclass(frozen=True)
class AdapterExample:
    """Chat turns (role and content) and the reply that the model is to write."""

    turns: tuple[tuple[str, str], ...]
    reply: str


@cache
def book(purpose: str, form: str = "") -> PromptBook:
    """The workbench's prompt files for chat models, with its own form of answer by default."""
    return open_book("chat", purpose, form or PromptSpec().form)


def turns(
    written: PromptBook, question: str, passages: Sequence[str], shown: Sequence[Question] = ()
) -> tuple[tuple[str, str], ...]:
    """The prompt of a question as (role, content)."""
    prompt = written.render(question, passages, shown)
    return tuple((message.role, message.content) for message in prompt.messages)


@dataclass(frozen=True)
class _Drawn:
    """What an example is made of, before it is rendered."""

    title: str
    question: str
    passages: list[str]
    reply: str
    shown: tuple[Question, ...] = ()


class Draws:
    """Draws examples from ``sources``: read, refuse, and look up facts that were made up."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.items = list(sources.items)
        self.texts = {title: Text.of(title, parts) for title, parts in sources.sections.items()}
        self.spans = {
            (item.title, item.context): self.texts[item.title].span(item.context)
            for item in sources.items
        }
        self.renaming = Renaming(text for texts in sources.sections.values() for text in texts)

    def reading(self, item: SourceItem, rng: random.Random) -> AdapterExample | None:
        """The evidence among what else search would bring of its text, in random order."""
        budget, count = rng.randint(*WORDS), _count(rng)
        answer = rng.choice(item.answers)
        found = self._evidence(item, answer, budget, rng)
        if found is None:
            return None
        gold, taken = found
        others = self._rivals(item, taken, budget, rng)
        chosen = [gold, *others[: count - 1]]
        rng.shuffle(chosen)
        drawn = _Drawn(item.title, item.question, chosen, _spoken(answer))
        return self._rendered(replace(drawn, shown=self._shown(item, rng)), rng)

    def refusing(self, item: SourceItem, rng: random.Random) -> AdapterExample | None:
        """Passages of another text, or of the same one without the evidence."""
        budget, count = rng.randint(*WORDS), _count(rng)
        near = item.explicit and rng.random() < 0.3
        if near:
            answer = rng.choice(item.answers)
            text = self.texts[item.title]
            span = self.spans[item.title, item.context]
            if span is None:
                return None
            # A section to either side goes too: what follows often tells the same again.
            low, high = span
            margin = (max(0, low - 4), min(len(text.sentences), high + 4))
            passages = ranked(item.question, text.rest(margin, budget, rng))
            literal = answer.lower().strip(" .")
            passages = [p for p in passages if literal not in p.lower()][:count]
        else:
            other = item.title
            while other == item.title:
                other = rng.choice(self.items).title
            passages = self.texts[other].rest(None, budget, rng)
            if rng.random() < 0.5:
                passages = ranked(item.question, passages)
            else:
                rng.shuffle(passages)
            passages = passages[:count]
        if not passages:
            return None
        rng.shuffle(passages)
        drawn = _Drawn(item.title, item.question, passages, ABSTENTION)
        return self._rendered(replace(drawn, shown=self._shown(item, rng)), rng)

    def invented(self, rng: random.Random) -> AdapterExample | None:
        """Self-made facts in the prose of a novel: names, dates and sums to find, or to miss."""
        group = facts.cluster(rng, rng.randint(2, 5))
        question, answer = group[0].question(rng, rng.random() < 0.3)
        refuse = rng.random() < 0.15
        told = group[1:] if refuse else group
        if rng.random() < 0.5:
            passages = [facts.passage(told, self._prose(rng), rng)]
        else:
            passages = [facts.passage([fact], self._prose(rng), rng) for fact in told]
        if refuse and any(answer.lower() in passage.lower() for passage in passages):
            return None
        rng.shuffle(passages)
        reply = ABSTENTION if refuse else _spoken(answer)
        return self._rendered(_Drawn("the text", question, passages, reply), rng)

    def _evidence(
        self, item: SourceItem, answer: str, budget: int, rng: random.Random
    ) -> tuple[str, tuple[int, int] | None] | None:
        text, span = self.texts[item.title], self.spans[item.title, item.context]
        if span is not None:
            taken = text.evidence(span, item.question, answer, budget, rng)
            return text.joined(*taken), taken
        # Evidence of sections that do not follow each other: as it is, unless it is too long.
        return (item.context, None) if len(item.context.split()) <= WORDS[1] * 1.5 else None

    def _rivals(
        self, item: SourceItem, taken: tuple[int, int] | None, budget: int, rng: random.Random
    ) -> list[str]:
        rest = self.texts[item.title].rest(taken, budget, rng)
        if taken is None:
            rest = [passage for passage in rest if passage not in item.context]
        best = ranked(item.question, rest)
        if rng.random() < 0.3:  # dense search ranks otherwise
            head = best[:10]
            rng.shuffle(head)
            best = head + best[10:]
        return best

    def _shown(self, item: SourceItem, rng: random.Random) -> tuple[Question, ...]:
        if rng.random() >= EXAMPLES_SHOWN:
            return ()
        others = [rng.choice(self.items) for _ in range(rng.randint(2, 5))]
        return tuple(_solved(other, rng) for other in others if other.question != item.question)

    def _prose(self, rng: random.Random) -> list[str]:
        text = rng.choice(self.sources.novels)
        start = rng.randrange(max(1, len(text) - 3000))
        return sentences(text[start : start + rng.randint(500, 1800)])[1:-1]

    def _rendered(self, drawn: _Drawn, rng: random.Random) -> AdapterExample:
        purpose = rng.choice(PURPOSES).format(title=drawn.title.replace("-", " ").title())
        form = rng.choice(FORMS) if rng.random() < OTHER_FORM else ""
        question, passages, reply = drawn.question, drawn.passages, drawn.reply
        if rng.random() < RENAMED:
            mark = "\n\x00\n"  # passages and question must get the same names
            whole, reply = self.renaming.renamed(mark.join([*passages, question]), reply, rng)
            *passages, question = whole.split(mark)
        return AdapterExample(turns(book(purpose, form), question, passages, drawn.shown), reply)


def draw(draws: Draws, item: SourceItem, rng: random.Random) -> AdapterExample | None:
    """One example on an item, of a task drawn by its share; None where it did not work out."""
    tasks: dict[Callable[[], AdapterExample | None], float] = {
        lambda: draws.reading(item, rng): 0.78,
        lambda: draws.refusing(item, rng): 0.15,
        lambda: draws.invented(rng): 0.07,
    }
    return rng.choices(list(tasks), list(tasks.values()))[0]()


def _count(rng: random.Random) -> int:
    return rng.choices(list(COUNTS), list(COUNTS.values()))[0]


def _spoken(answer: str) -> str:
    """An answer without its last stop, unless that belongs to an abbreviation."""
    return _LAST_STOP.sub("", " ".join(answer.split()))


def _solved(item: SourceItem, rng: random.Random) -> Question:
    answers = () if rng.random() < 0.1 else (_spoken(item.answers[0]),)
    return Question(id="", text=item.question, answers=answers, role="train")
