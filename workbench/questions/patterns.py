"""Facts that stand beside the clause: who is whose, who is what, how many there were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from workbench.questions.lexicon import lexicon
from workbench.questions.names import Names, bare, is_person_noun, name_run
from workbench.questions.phrases import TIME_NOUNS, is_number, noun_phrase
from workbench.questions.pieces import MONEY
from workbench.questions.proposals import Proposal, lower_first, polished
from workbench.questions.words import Token, tokens
from workbench.text import ARTICLES

_KIN = lexicon("patterns", "kin")
#: What too many are to be asked after by it.
_COMMON = lexicon("patterns", "common_people")


def patterns(run: Sequence[Token], text: str, names: Names) -> Iterator[Proposal]:
    """Proposals from the patterns of one sentence (``run`` tokenises ``text``)."""
    for place in range(len(run)):
        for rule in (_whose, _role, _trade, _called, _there):
            for proposal in rule(run, place, text, names):
                wordings = polished(proposal.wordings)
                yield replace(proposal, wordings=wordings, lasting=rule is not _there)


def _words(run: Sequence[Token], text: str, start: int, end: int) -> str:
    origin = run[0].start - (len(text) - len(text.lstrip()))
    piece = text[run[start].start - origin : run[end - 1].end - origin]
    return " ".join(piece.replace("*", "").replace("_", "").split())


def _whose(run: Sequence[Token], at: int, text: str, names: Names) -> Iterator[Proposal]:
    """ "Crispin Hallard's daughter Amity": who was Crispin Hallard's daughter?"""
    end = name_run(run, at, names)
    if end == at or (at and names.is_name(run[at - 1])) or end >= len(run) - 1:
        return
    if bare(run[end - 1].text) == run[end - 1].text:
        return
    noun = end
    while noun < len(run) - 1 and noun - end < 3 and run[noun].lower not in _KIN:
        if not run[noun].is_word or run[noun].is_capital:
            return
        noun += 1
    comma = run[noun + 1].text == "," if noun + 1 < len(run) else False
    name = noun + 1 + comma
    if run[noun].lower not in _KIN or name >= len(run):
        return
    stop = name_run(run, name, names)
    after = run[stop].text if stop < len(run) else "."
    if stop == name or bare(run[stop - 1].text) != run[stop - 1].text:
        return
    if comma and after not in ",.;":
        return
    relation = _words(run, text, at, noun + 1)
    plain = f"{_words(run, text, noun, noun + 1)} of {bare(_words(run, text, at, end))}"
    yield Proposal(
        (_words(run, text, name, stop),),
        (
            f"What was the name of {relation}",
            f"Who was {relation}",
            f"What was the {plain} called",
            f"{relation} was called what",
            f"Do you know the name of {relation}",
            f"Can you name {relation}",
        ),
        "person",
    )


def _role(run: Sequence[Token], at: int, text: str, names: Names) -> Iterator[Proposal]:
    """ "Ambrose Keel, the clerk of the Salt House, ...": who was the clerk of the Salt House?"""
    end = name_run(run, at, names)
    if end == at or end + 2 >= len(run) or run[end].text != ",":
        return
    if (at and (names.is_name(run[at - 1]) or run[at - 1].text == ",")) or not names.is_person(
        run[at:end]
    ):
        return
    start = end + 1
    possessed = name_run(run, start, names)
    if run[start].lower != "the" and not (
        possessed > start and bare(run[possessed - 1].text) != run[possessed - 1].text
    ):
        return
    phrase = noun_phrase(run, start, len(run), names, before_verb=False)
    if phrase is None or phrase.end >= len(run) or run[phrase.end].text not in ",.;:—":
        return
    if not is_person_noun(run[phrase.head].lower) or phrase.end - start < 3:
        return
    role = _words(run, text, start, phrase.end)
    yield Proposal(
        (lower_first(_words(run, text, at, end)),),
        (
            f"Who was {role}",
            f"What was the name of {role}",
            f"{role} was called what",
            f"Do you know who {role} was",
            f"Can you name {role}",
        ),
        "person",
    )


def _trade(run: Sequence[Token], at: int, text: str, names: Names) -> Iterator[Proposal]:
    """ "the boatman Zachary Moule", "Humphrey Loach the baker": who was the baker?"""
    if run[at].lower != "the" or at + 2 >= len(run):
        return
    noun = at + 1
    while noun + 1 < len(run) and noun < at + 3 and _plain(run[noun]) and _plain(run[noun + 1]):
        noun += 1
    trade = run[noun].lower
    if not _plain(run[noun]) or not is_person_noun(trade) or trade in _COMMON or trade in _KIN:
        return
    end = name_run(run, noun + 1, names) if noun + 1 < len(run) else noun + 1
    before = _name_before(run, at, names)
    if end > noun + 2 and bare(run[end - 1].text) == run[end - 1].text:
        name = _words(run, text, noun + 1, end)
    elif before is not None and (end == noun + 1) and _ends(run, noun + 1):
        name = _words(run, text, before, at)
    else:
        return
    if not names.is_person(tokens(name)):
        return
    role = _words(run, text, at + 1, noun + 1)
    yield Proposal(
        (name,),
        (
            f"Who was the {role}",
            f"What was the name of the {role}",
            f"What was the {role} called",
            f"Do you know who the {role} was",
            f"Can you name the {role}",
        ),
        "person",
    )


def _plain(token: Token) -> bool:
    return token.is_word and token.text == token.lower


def _ends(run: Sequence[Token], at: int) -> bool:
    """Whether a noun phrase is over: at a mark, a verb of being, or a word like "who"."""
    return at >= len(run) or not run[at].is_word or run[at].lower in {"was", "had", "who", "and"}


def _name_before(run: Sequence[Token], at: int, names: Names) -> int | None:
    """The start of a name of two words or more that ends right before ``at``."""
    for start in range(max(0, at - 4), at - 1):
        if name_run(run, start, names) == at and (start == 0 or not names.is_name(run[start - 1])):
            return start
    return None


def _called(run: Sequence[Token], at: int, text: str, names: Names) -> Iterator[Proposal]:
    """ "a porter named Luke Farthing", "the tavern called the Drowned Bell"."""
    if run[at].lower not in {"named", "called"} or at < 2 or at + 1 >= len(run):
        return
    stop = name_run(run, at + 1, names)
    if stop == at + 1:
        return
    for start in range(at - 2, max(-1, at - 8), -1):
        phrase = noun_phrase(run, start, at, names, before_verb=False)
        if phrase is None or phrase.end != at or run[start].lower not in ARTICLES:
            continue
        thing = _words(run, text, start + 1, at)
        if len(thing.split()) < 2:
            return
        person = is_person_noun(run[phrase.head].lower)
        yield Proposal(
            (_words(run, text, at + 1, stop),),
            (
                f"What was the {thing} called",
                f"What was the name of the {thing}",
                f"What name did the {thing} have",
                f"Do you know what the {thing} was called",
                f"Can you name the {thing}",
            ),
            "person" if person else "thing",
        )
        return


def _there(run: Sequence[Token], at: int, text: str, names: Names) -> Iterator[Proposal]:
    """ "There were forty-one lamps in the tower": how many lamps were there in the tower?"""
    if run[at].lower != "there" or at + 3 >= len(run) or run[at + 1].lower not in {"were", "are"}:
        return
    if not is_number(run[at + 2]):
        return
    phrase = noun_phrase(run, at + 2, len(run), names, before_verb=False)
    if phrase is None or run[phrase.head].lower in TIME_NOUNS | MONEY:
        return
    number = at + 2
    while number < phrase.end and (is_number(run[number]) or run[number].lower == "and"):
        number += 1
    end = phrase.end
    while end < len(run) - 1 and run[end].lower in {"in", "on", "at", "under", "along"}:
        place = noun_phrase(run, end + 1, len(run), names, before_verb=False)
        if place is None:
            return
        end = place.end
    if end == phrase.end or number >= phrase.end or run[end].text not in ".,;:—":
        return
    noun = _words(run, text, number, phrase.end)
    where = _words(run, text, phrase.end, end)
    were = run[at + 1].lower
    full, digits = _words(run, text, at + 2, phrase.end), _words(run, text, at + 2, number)
    yield Proposal(
        (full, digits),
        (
            f"How many {noun} {were} there {where}",
            f"{where}, how many {noun} {were} there",
            f"What was the number of {noun} {where}",
        ),
        "number",
    )
