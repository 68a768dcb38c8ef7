"""The writing of the questions in small: one unit of sections is read, the rest is scaled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.corpus.corpus import Corpus
from workbench.questions.chat import prompts_for
from workbench.questions.offline import Kept, candidates
from workbench.questions.plan import make_plan
from workbench.questions.reading import closed_book
from workbench.questions.selection import select
from workbench.questions.spending import Metered, Spending
from workbench.questions.units import ROUNDS, UNIT_SECTIONS, Desk
from workbench.rehearsal.parts import Part, clocked
from workbench.specs import QuestionSpec
from workbench.types import Decoding, LanguageModel, ModelReference, Prompt, Question, Section

ASKED = 16  # questions that the rehearsal asks closed book
DRAWN = 12  # tokens that a chat writer writes to be clocked


@dataclass(frozen=True, slots=True)
class Writing:
    """The stage, questions to go on with, and how far the corpus will cover what was asked for.

    ``wordings`` is how many drill questions a drilled fact gives; ``share`` (0 to 1) what part of
    the questions asked for this corpus is likely to yield.
    """

    part: Part
    drill: tuple[Question, ...]
    dev: tuple[Question, ...]
    exam: tuple[Question, ...]
    wordings: float
    share: float


def rehearse(
    corpus: Corpus,
    spec: QuestionSpec,
    writer: ModelReference,
    open_model: Callable[[ModelReference], LanguageModel],
    seed: int,
    calls: bool,
) -> Writing:
    """Plan, read one unit of sections as the writer will, and scale. Loads the writer."""
    model, loading = clocked(lambda: open_model(writer))
    plan = make_plan(corpus.sections, spec, seed)
    desk, opening = clocked(lambda: Desk.open(corpus, spec, plan, Metered(model, Spending())))
    name = writer.name if writer.endpoint else None
    by_id = {section.id: section for section in corpus.sections}
    group = [by_id[each] for each in plan.visit[:UNIT_SECTIONS]]
    if desk.chatting or writer.endpoint is not None:
        kept = _by_rule(desk, group)
        part = _chatting(desk, model, name, calls)
        share = 1.0
    else:
        closed_book(model, ["Who is it?"] * 2)  # the first call of a model is never typical
        outcome, reading = clocked(lambda: desk.rounds()[0](group))
        kept = list(outcome.kept)
        groups = -(-len(plan.visit) // UNIT_SECTIONS)
        wanted = sum(desk.wanted.values())
        units = min(groups * ROUNDS, max(1.0, wanted / max(1, len(kept))))
        units = max(units, min(groups, units * 1.2))
        share = min(1.0, len(kept) * groups * 1.5 / wanted)
        texts = [item.draft.text for item in kept][:ASKED] or ["Who is it?"]
        _, asking = clocked(lambda: closed_book(model, texts))
        seconds = opening + units * reading + (spec.exam + spec.dev) * asking / len(texts)
        read, wrote = desk.estimate()
        part = Part("questions", loading + seconds, ((name, read, wrote),))
    some = spec.model_copy(update={"drill_facts": 3 * ASKED, "exam": 2 * ASKED, "dev": ASKED})
    result = select(kept, some, corpus.edition, seed)
    drill, dev, exam = result.drill, result.dev, result.exam
    if not (drill and exam):
        drill = dev = exam = _stand_ins(corpus.sections)
    facts = len({question.fact for question in drill})
    return Writing(part, drill, dev or exam, exam, len(drill) / max(1, facts), share)


def _by_rule(desk: Desk, group: Sequence[Section]) -> list[Kept]:
    """Drafts that need no model, to stand for the questions that a chat model will write."""
    if not desk.by_rule:
        return []
    matches = [
        draft
        for section in group
        for draft in candidates(section, desk.plan, desk.names, desk.usage).kept[:8]
    ]
    return [Kept(draft, 1.0) for draft in matches]


def _chatting(desk: Desk, model: LanguageModel, name: str | None, calls: bool) -> Part:
    """A chat model's writing at the most: its own count of tokens, at the clocked pace."""
    read, wrote = desk.estimate()
    if name is not None and not calls:
        return Part("questions", None, ((name, read, wrote),), "endpoint: tokens at the most")
    spec, corpus = desk.spec, desk.corpus
    (_, prompt), *_ = [
        (each[0], each[-1])
        for each in prompts_for(corpus.sections[:1], {}, spec, corpus.language, 2)
    ]
    taking, writing = _pace(model, prompt)
    return Part("questions", read * taking + wrote * writing, ((name, read, wrote),), "at the most")


def _pace(model: LanguageModel, prompt: Prompt) -> tuple[float, float]:
    """Seconds for a token read and for one written."""
    model.complete([prompt], Decoding(max_new_tokens=1))
    (first,), reading = clocked(lambda: model.complete([prompt], Decoding(max_new_tokens=1)))
    (more,), both = clocked(lambda: model.complete([prompt], Decoding(max_new_tokens=DRAWN)))
    each = (both - reading) / max(1, more.output_tokens - first.output_tokens)
    return reading / max(1, first.input_tokens), max(0.0, each)


def _stand_ins(sections: Sequence[Section]) -> tuple[Question, ...]:
    """Stretches of the text as questions, where no rule writes any: their length is what counts."""
    return tuple(
        Question(
            f"stand-in-{place}", section.text[:60], (section.text[60:80],), fact=str(place),
            cluster=section.id, stratum="unseen",
        )
        for place, section in enumerate(sections[:ASKED])
    )  # fmt: skip
