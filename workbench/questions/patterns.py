"""Facts that stand beside the clause: who is whose, who is what, how many there were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.questions.lexicon import lexicon
from workbench.questions.names import Names, bare, is_person_noun, name_run
from workbench.questions.phrases import TIME_NOUNS, is_number, noun_phrase
from workbench.questions.pieces import MONEY, Proposal, lower_first, polish
from workbench.questions.words import Token

_KIN = lexicon("patterns", "kin")


def patterns(run: Sequence[Token], text: str, names: Names) -> Iterator[Proposal]:
    """Proposals from the patterns of one sentence (``run`` tokenises ``text``)."""
    for place in range(len(run)):
        for rule in (_whose, _role, _called, _there):
            for proposal in rule(run, place, text, names):
                wordings = tuple(dict.fromkeys(polish(w) for w in proposal.wordings))
                yield Proposal(proposal.answers, wordings, proposal.type)


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
        ),
        "person",
    )


def _called(run: Sequence[Token], at: int, text: str, names: Names) -> Iterator[Proposal]:
    """ "a porter named Luke Farthing", "the tavern called the Drowned Bell"."""
    if run[at].lower not in {"named", "called"} or at < 2 or at + 1 >= len(run):
        return
    stop = name_run(run, at + 1, names)
    if stop == at + 1:
        return
    for start in range(at - 2, max(-1, at - 8), -1):
        phrase = noun_phrase(run, start, at, names, before_verb=False)
        if phrase is None or phrase.end != at or run[start].lower not in {"a", "an", "the"}:
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
