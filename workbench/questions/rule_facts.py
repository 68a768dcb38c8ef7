"""Questions on rules and prices: how long, how much, by whom, on which form, at what time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.questions.lexicon import lexicon
from workbench.questions.names import Names
from workbench.questions.phrases import TIME_NOUNS, Phrase, is_number
from workbench.questions.pieces import DURATIONS, MONEY, NOT_PLACES
from workbench.questions.proposals import Proposal, polished
from workbench.questions.rules import MODALS, Part, Rule, is_clock, is_role, rule_of
from workbench.questions.words import Token

_PLACING = lexicon("rules", "placing")
_NO_PLACES = lexicon("rules", "no_places")
_COMPANY = lexicon("rules", "company")
_DAYTIMES = frozenset({"noon", "midnight", "dawn", "dusk", "sunset", "sunrise"})


def of_rules(run: Sequence[Token], text: str, names: Names) -> Iterator[Proposal]:
    """All question-answer pairs that a rule offers; none where the sentence is no plain rule."""
    rule = rule_of(run, text, names)
    if rule is not None:
        for proposal in _questions(rule, run):
            yield replace(proposal, lasting=True)


def _questions(rule: Rule, run: Sequence[Token]) -> Iterator[Proposal]:
    yield from _doer(rule)
    for number, part in enumerate(rule.parts):
        phrase = part.phrase
        if phrase is None or part.joined:
            continue
        head = run[phrase.head].lower
        if not part.word and run[phrase.start].lower in {"every", "each"} and head in TIME_NOUNS:
            which = "How often" if phrase.end - phrase.start > 2 else "When"
            yield Proposal(_answers(part), _asked(rule, which, part), "time")
        elif not part.word:
            if number == 0:
                yield from _object(rule, part, run, phrase, head)
        else:
            yield from _prepositional(rule, part, run, phrase, head)


def _rest(rule: Rule, without: Part) -> str:
    return " ".join(part.text for part in rule.parts if part is not without)


def _asked(rule: Rule, which: str, without: Part) -> tuple[str, ...]:
    """The wordings with ``which`` ("For how long") in the place of a part."""
    rest, when = _rest(rule, without), rule.condition
    plain = f"{which} {rule.helper} {rule.subject} {rule.bare} {rest}"
    low = which[:1].lower() + which[1:]
    return polished(
        (
            f"{plain} {when}",
            f"{when}, {low} {rule.helper} {rule.subject} {rule.bare} {rest}" if when else "",
            f"{rule.subject} {rule.finite} {rest} {low} {when}",
            f"Do you know {low} {rule.subject} {rule.finite} {rest} {when}",
            f"Can you say {low} {rule.subject} {rule.finite} {rest} {when}",
        )
    )


def _doer(rule: Rule) -> Iterator[Proposal]:
    """ "The tester signs the job card": who signs the job card?"""
    if rule.passive or not rule.named_role or not rule.parts or rule.base in {"be", "have"}:
        return
    rest = " ".join(part.text for part in rule.parts)
    yield Proposal(
        (rule.subject,),
        polished(
            (
                f"Who {rule.finite} {rest} {rule.condition}",
                f"{rule.condition}, who {rule.finite} {rest}" if rule.condition else "",
                f"Who is it that {rule.finite} {rest} {rule.condition}",
                f"Do you know who {rule.finite} {rest} {rule.condition}",
            )
        ),
        "person",
    )


def _object(
    rule: Rule, part: Part, run: Sequence[Token], phrase: Phrase, head: str
) -> Iterator[Proposal]:
    answers = _answers(part)
    if phrase.number:
        unit = _unit(run, phrase, head)
        if head in MONEY:
            yield Proposal(answers, _asked(rule, "How much", part), "money")
        elif unit and head not in TIME_NOUNS and not rule.passive:
            yield Proposal(answers, _asked(rule, f"How many {unit}", part), "number")
    elif (
        not rule.passive
        and rule.base not in {"be", "have"}
        and phrase.end - phrase.start > 1
        and not any(is_number(t) for t in run[phrase.start + 1 : phrase.end])
        and not any(not p.word and p.phrase is not None and p.phrase.number for p in rule.parts)
    ):
        yield Proposal(
            answers, _asked(rule, "Whom" if phrase.person else "What", part), "thing", 0.2
        )


def _prepositional(
    rule: Rule, part: Part, run: Sequence[Token], phrase: Phrase, head: str
) -> Iterator[Proposal]:
    word, answers = part.word, _answers(part)
    role = phrase.person or is_role(run, phrase)
    if is_clock(head) or (word == "at" and head in _DAYTIMES):
        clock = {"at": "At what time", "by": "By what time", "before": "Before what time"}
        if word in clock:
            yield Proposal(answers, _asked(rule, clock[word], part), "time")
    elif phrase.number and head in DURATIONS | TIME_NOUNS:
        long = {"for": "How long", "within": "Within what time", "after": "After how long"}
        if word in long:
            yield Proposal(answers, _asked(rule, long[word], part), "duration")
    elif phrase.number and head in MONEY:
        if word in {"at", "for"}:
            yield Proposal(answers, _asked(rule, f"{word.title()} what price", part), "money")
    elif phrase.number:
        unit = _unit(run, phrase, head)
        if unit and part.amount != "up to":
            yield Proposal(answers, _asked(rule, f"{word.title()} how many {unit}", part), "number")
    elif word in {"on", "at", "by", "before", "after"} and head in TIME_NOUNS:
        if any(_tells_daytime(run, other) for other in rule.parts if other is not part):
            return
        which = "When" if word in {"on", "at"} else f"{word.title()} when"
        yield Proposal(answers, _asked(rule, which, part), "time")
    elif head == "form" and word == "on" and phrase.end > phrase.head + 1:
        yield Proposal(answers, _asked(rule, "On which form", part), "name")
    elif word == "by" and rule.passive and role:
        yield Proposal(answers, _by_whom(rule, part), "person")
    elif word == "to" and role:
        yield Proposal(answers, _asked(rule, "To whom", part), "person")
    elif word == "with" and rule.passive and not role and head not in _COMPANY:
        yield Proposal(answers, _asked(rule, "With what", part), "thing")
    elif word in _PLACING and head in NOT_PLACES | _NO_PLACES:
        return
    elif word in _PLACING and rule.passive and not role and phrase.end - phrase.start > 1:
        yield Proposal((part.text, part.inner), _asked(rule, "Where", part), "place", 0.3)


def _by_whom(rule: Rule, part: Part) -> tuple[str, ...]:
    modal = rule.helper if rule.helper in MODALS else ""
    verb = f"{modal} {rule.base}" if modal else third_person(rule.base)
    rest = _rest(rule, part)
    active = f"Who {verb} {rule.subject} {rest} {rule.condition}" if " " not in rule.bare else ""
    return (*_asked(rule, "By whom", part), *polished([active]))


def _answers(part: Part) -> tuple[str, ...]:
    short = part.inner.removeprefix(part.amount).strip()
    full = part.text if part.word in {"on", "at", "by", "before", "after", "for", "within"} else ""
    return tuple(dict.fromkeys(a for a in (part.inner, short, full) if a))


def _unit(run: Sequence[Token], phrase: Phrase, head: str) -> str:
    """What is counted: "instruments at a time" of "twelve instruments"."""
    at = phrase.start
    while at < phrase.head and is_number(run[at]):
        at += 1
    return " ".join(t.text for t in run[at : phrase.end]) if head.endswith("s") else ""


def _tells_daytime(run: Sequence[Token], part: Part) -> bool:
    """Whether a phrase says at what hour: "on Friday **at noon**" is one time, not two."""
    if part.phrase is None or part.word != "at":
        return False
    head = run[part.phrase.head].lower
    return is_clock(head) or head in _DAYTIMES


def third_person(base: str) -> str:
    """ "sign" -> "signs", "carry" -> "carries", "teach" -> "teaches"."""
    if base.endswith("y") and base[-2:-1] not in set("aeiou"):
        return base[:-1] + "ies"
    return base + ("es" if base.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")
