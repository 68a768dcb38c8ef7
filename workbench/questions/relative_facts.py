"""What a relative clause says of its noun: "the Charter **which Queen Isaura had granted**"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.questions.clauses import clause_at
from workbench.questions.lexicon import lexicon
from workbench.questions.names import Names
from workbench.questions.phrases import noun_phrase
from workbench.questions.pieces import Pieces
from workbench.questions.proposals import Proposal, polished
from workbench.questions.words import Token

_NO_OBJECT = lexicon("facts", "no_object")


def of_relatives(run: Sequence[Token], text: str, names: Names) -> Iterator[Proposal]:
    """ "the bell which Agnes cast in Lisk": what did Agnes cast in Lisk?"""
    for place in range(2, len(run) - 2):
        word = run[place].lower
        if word not in {"which", "that", "whom"}:
            continue
        clause = clause_at(run, text, place + 1, names)
        if clause is None or clause.negated or not clause.subject.named or clause.fronted:
            continue
        if clause.form not in {"past", "participle"} or clause.verb - place > 6:
            continue
        w = Pieces(clause)
        gap = not any(s.kind == "object" for s in clause.segments) and not w.passive_voice
        if not gap or not w.clean or w.base in _NO_OBJECT or clause.subject.start != place + 1:
            continue
        before = _antecedent(run, place, names)
        if before is None or any(s.kind in {"purpose", "that"} for s in clause.segments):
            continue
        start, person = before
        origin = run[0].start
        answer = " ".join(text[run[start].start - origin : _last(run, place).end - origin].split())
        which, tail = ("Whom" if person else "What"), w.tail()
        wordings = (
            f"{which} {w.helper} {w.subject} {w.bare} {tail}",
            f"{'Who' if person else 'What'} was it that {w.subject} {w.verb} {tail}",
            f"{w.subject} {w.verb} {which.lower()} {tail}",
            f"Do you know {which.lower()} {w.subject} {w.verb} {tail}",
        )
        yield Proposal(
            (
                answer[:1].lower() + answer[1:]
                if run[start].lower in {"the", "a", "an"}
                else answer,
            ),
            polished(wordings),
            "person" if person else "thing",
        )


def _last(run: Sequence[Token], place: int) -> Token:
    return run[place - 2] if run[place - 1].text == "," else run[place - 1]


def _antecedent(run: Sequence[Token], place: int, names: Names) -> tuple[int, bool] | None:
    """(start, person) of the noun phrase that ends where the relative clause begins."""
    end = place - 1 if run[place - 1].text == "," else place
    for start in range(max(0, end - 8), end - 1):
        phrase = noun_phrase(run, start, end, names, before_verb=False)
        if phrase is not None and phrase.end == end and run[start].lower in {"the", "a", "an"}:
            return start, phrase.person
    return None
