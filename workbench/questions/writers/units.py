"""What a unit of work is: a few sections, drafted and judged, in one round of several.

A unit's outcome depends on the corpus, the specification and the seed alone, so that a killed run
redoes one unit and ends with the same files.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

from workbench.corpus.corpus import Corpus
from workbench.experiment.questions import QuestionSpec
from workbench.models.budget import most_input
from workbench.questions.aside import Aside
from workbench.questions.dataset.plan import Plan, Side, quotas
from workbench.questions.parsing.names import Names
from workbench.questions.parsing.noun_classes import Embed
from workbench.questions.parsing.sentences import sentences
from workbench.questions.parsing.statements import Reading
from workbench.questions.quality.estimate import LEAST_RIGHT
from workbench.questions.quality.filters import plain_fault
from workbench.questions.quality.usage import Usage, corpus_fault
from workbench.questions.writers.chat import chat_drafts, prompts_for, reworded
from workbench.questions.writers.drafts import Draft
from workbench.questions.writers.offline import (
    Dropped,
    Kept,
    Offers,
    Outcome,
    candidates,
    check_round_trip,
    drop,
    take,
    unsure,
    weighed,
)
from workbench.questions.writers.reader_wording import reader_drafts
from workbench.questions.writers.replies import REPLY_TOKENS
from workbench.questions.writers.spending import Metered
from workbench.types import Section

#: How many more facts are kept than asked for, since near-duplicates go last.
SPARE, FEW = 1.2, 4
#: Why a question falls that a chat model wrote of facts of which none is asked for.
NOT_ASKED = "no question on such a fact is asked for"
#: Drafts that count as ample, over facts wanted, and sections that are looked at to tell.
AMPLE, SAMPLED = 1.6, 150
#: How many more drafts are read than facts wanted, in the first round.
READ = 1.6
ROUNDS = 3
#: Sections after the sample from which on another process pays, which loads a pipeline first.
MANY = 60


#: Has a round (its number) read units of sections (their ids) on other machines: yields what came
#: of each, in their order, with what was spent on it.
Elsewhere = Callable[
    [Plan, int, list[tuple[str, ...]]], Generator[tuple["Outcome", dict[str, Any]], None, None]
]


@dataclass
class WriterContext:
    """What the writer has before it: corpus, split, models, and what the corpus's words tell.

    ``checker`` reads the questions back.
    """

    corpus: Corpus
    spec: QuestionSpec
    plan: Plan
    model: Metered
    checker: Metered
    reading: Reading
    usage: Usage
    wanted: dict[Side, int]
    caps: dict[Side, int]
    aside: Aside | None = None
    elsewhere: Elsewhere | None = None
    offered: dict[str, Offers] = field(default_factory=dict)
    bars: dict[Side, float] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        corpus: Corpus,
        spec: QuestionSpec,
        plan: Plan,
        model: Metered,
        embed: Embed | None = None,
        checker: Metered | None = None,
        elsewhere: Elsewhere | None = None,
        alone: bool = False,
    ) -> WriterContext:
        """Read the whole corpus once for its names and for where its words stand.

        ``elsewhere`` reads units on other machines; ``alone``: no process parses beside this one.
        """
        run = [
            (s.id, sentence.text, sentence.start)
            for s in corpus.sections
            for sentence in sentences(s.text, s.start)
        ]
        wanted = _wanted(spec)
        english = corpus.language.startswith("en")
        alone = alone or elsewhere is not None or not english
        aside = None if alone else Aside.if_many(len(plan.visit) - SAMPLED, MANY)
        return cls(
            corpus,
            spec,
            plan,
            model,
            checker or model,
            Reading(corpus, plan.visit[:SAMPLED], embed, aside, plan.visit[SAMPLED:]),
            Usage(run),
            wanted,
            _caps(wanted, plan),
            aside,
            elsewhere,
        )

    def close(self) -> None:
        """End what parses aside."""
        if self.aside is not None:
            self.aside.close()

    @property
    def names(self) -> Names:
        """Names of the corpus."""
        return self.reading.names

    @property
    def chatting(self) -> bool:
        return self.model.prompt_format == "chat"

    @property
    def by_rule(self) -> bool:
        """The clause rules read English only."""
        return self.corpus.language.startswith("en")

    def rounds(self) -> list[Callable[[Sequence[Section]], Outcome]]:
        """What is tried in turn over all units until there is enough."""
        result: list[Callable[[Sequence[Section]], Outcome]] = []
        if self.chatting:
            result.append(self._by_chat)
        if self.by_rule:
            if any(bar > 0 for bar in self.bar().values()):
                result.append(_Round(self, 0, best=True))
            result += [_Round(self, number) for number in range(ROUNDS)]
            result.append(_Round(self, 0, spare="sure"))
            if not self.chatting and len(self.plan.visit) <= SAMPLED:
                # It asks of every sentence left, which a long text has too many of.
                result.append(self.by_reader)
            result.append(_Round(self, 0, spare="unsure"))
        return result

    def in_need(self, reading: Callable[[Sequence[Section]], Outcome]) -> bool:
        """Whether a round is only for a corpus that gives less than LEAST otherwise."""
        return reading == self.by_reader or getattr(reading, "spare", "") == "unsure"

    def offers(self, section: Section) -> Offers:
        """The drafts by rule of a section, of the kinds wanted."""
        if section.id not in self.offered:
            matches = candidates(section, self.plan, self.reading, self.usage)
            kept, spare = (
                tuple(d for d in drafts if d.kind in self.spec.kinds)
                for drafts in (matches.kept, matches.spare)
            )
            self.offered[section.id] = replace(matches, kept=kept, spare=spare)
        return self.offered[section.id]

    def bar(self) -> dict[Side, float]:
        """The score of the last draft among the best that are enough; 0 where all are needed.

        A long text offers far more than is wanted, and then only the best need be read.
        """
        if not self.bars:
            sections = {s.id: s for s in self.corpus.sections}
            sample = self.plan.visit[:SAMPLED]
            drafts = [d for s in sample for d in self.offers(sections[s]).kept]
            share = len(sample) / len(self.plan.visit)
            for side, count in self.wanted.items():
                scores = sorted((d.score for d in drafts if d.side == side), reverse=True)
                place = math.ceil(count * AMPLE * share) if count else len(scores)
                self.bars[side] = max(0.0, scores[place]) if place < len(scores) else 0.0
        return self.bars

    def _by_chat(self, group: Sequence[Section]) -> Outcome:
        drafts, dropped = chat_drafts(
            self.model,
            group,
            self._partners(),
            self.spec,
            self.plan,
            self.corpus.language,
            self._per_prompt(),
        )
        sound: list[Draft] = []
        for draft in drafts:
            fault = plain_fault(draft.text, draft.answers, self.corpus.language, draft.kind)
            if not fault and not self.wanted[draft.side]:
                fault = NOT_ASKED
            if fault:
                dropped.append(drop(draft, fault))
            else:
                sound.append(draft)
        outcome = check_round_trip(sound, self.model, checker=self.checker)
        trained = reworded(
            self.model,
            [k.draft for k in outcome.kept],
            self.corpus.language,
            self.spec.wordings + 2,
        )
        f1 = {k.draft.fact: k.roundtrip_f1 for k in outcome.kept}
        return Outcome(tuple(Kept(d, f1[d.fact]) for d in trained), (*dropped, *outcome.dropped))

    def by_reader(self, group: Sequence[Section]) -> Outcome:
        """What the embedded reader words of sentences of which no rule made a question."""
        drafts: list[Draft] = []
        dropped: list[Dropped] = []
        for section in group:
            offers = self.offers(section)
            asked = frozenset(d.start for d in (*offers.kept, *offers.spare))
            some, refused = reader_drafts(section, self.plan, self.reading, self.model, asked)
            dropped += refused
            drafts += [d for d in some if corpus_fault(d, self.usage, self.names) is None]
        outcome = check_round_trip(drafts, self.model, checker=self.checker)
        kept = weighed(outcome.kept, self.names, self.usage)
        return Outcome(kept, (*dropped, *outcome.dropped))

    def _per_prompt(self) -> int:
        kinds = max(1, len(self.spec.kinds))
        return max(
            1,
            math.ceil(sum(self.wanted.values()) * 1.4 / max(1, len(self.corpus.sections)) / kinds),
        )

    def _partners(self) -> dict[str, Section]:
        """For questions over two sections: the next section on the same side of the split."""
        sections = {s.id: s for s in self.corpus.sections}
        return {
            left: sections[right]
            for ids in (self.plan.trained, self.plan.unseen)
            for left, right in pairwise(ids)
        }

    def estimate(self) -> tuple[int, int]:
        """(input, output) tokens that writing takes at the most, without repeated attempts."""
        if not self.chatting:
            drafts = sum(self.wanted.values()) * 2
            return drafts * 200, drafts * 24
        asked = prompts_for(
            self.corpus.sections,
            self._partners(),
            self.spec,
            self.corpus.language,
            self._per_prompt(),
        )
        writing = sum(most_input(self.model, prompt) for *_, prompt in asked)
        per_draft = max(
            (self.model.count_tokens(s.text) + 120 for s in self.corpus.sections), default=0
        )
        drafts = len(asked) * self._per_prompt()
        return writing + drafts * per_draft, len(asked) * REPLY_TOKENS + drafts * 64


@dataclass(frozen=True)
class _Round:
    """The n-th best drafts by rule of each section, read back; ``best``: those above the bar.

    ``spare``: those that tell little; kept are the "sure" ones, which are likely right, or the
    "unsure" ones, read only where the corpus gives less than LEAST otherwise.
    """

    context: WriterContext
    number: int
    best: bool = False
    spare: Literal["", "sure", "unsure"] = ""

    def __call__(self, group: Sequence[Section]) -> Outcome:
        context = self.context
        chosen: list[Draft] = []
        refused: list[Dropped] = []
        bars = context.bar()
        high = any(bar > 0 for bar in bars.values())
        caps = {side: cap * (2 if self.best else 1) for side, cap in context.caps.items()}
        skip: dict[Side, int] = {side: self.number * cap for side, cap in caps.items()}
        for section in group:
            offers = context.offers(section)
            matches: Sequence[Draft] = offers.spare if self.spare else offers.kept
            first = self.number == 0 and self.best == high and not self.spare
            refused += offers.dropped if first else ()
            if high and not self.spare:
                matches = [d for d in matches if (d.score >= bars[d.side]) == self.best]
            chosen += take(matches, caps, skip)
        outcome = check_round_trip(chosen, context.model, context.names, context.checker)
        kept = weighed(outcome.kept, context.names, context.usage)
        if self.spare:
            sure = self.spare == "sure"
            refused += [unsure(k) for k in kept if sure and k.right < LEAST_RIGHT]
            kept = tuple(k for k in kept if (k.right >= LEAST_RIGHT) == sure)
        return Outcome(kept, (*refused, *outcome.dropped))


def _wanted(spec: QuestionSpec) -> dict[Side, int]:
    each = quotas(spec)
    both = {s: each["test"][s] + each["dev"][s] for s in each["test"]}
    # Where nothing is trained, nothing can be asked in other words: the next stratum has it all.
    instead = 0 if spec.train_facts else both["reworded"]
    asked: dict[Side, int] = {
        "trained": spec.train_facts,
        "held_out": both.get("same_section", 0) + instead,
        "unseen": both.get("unseen", 0),
    }
    return {side: math.ceil(count * SPARE) + FEW if count else 0 for side, count in asked.items()}


def _caps(wanted: Mapping[Side, int], plan: Plan) -> dict[Side, int]:
    """Drafts to read per section and round: evenly over the text, with bounds for long ones."""
    trained, unseen = max(1, len(plan.trained)), max(1, len(plan.unseen))
    bounds: dict[Side, tuple[int, int]] = {
        "trained": (trained, 10),
        "held_out": (trained, 5),
        "unseen": (unseen, 10),
    }
    return {
        side: min(most, math.ceil(wanted[side] * READ / count) + 1) if wanted[side] else 0
        for side, (count, most) in bounds.items()
    }
