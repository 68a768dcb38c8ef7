"""Whether a clause may be asked about without what a question would leave out.

A question may drop when, why and in what way; it may not drop a word that turns the meaning
("only", "so ... as"), a clause that completes the verb ("found that ..."), or half of a phrase.
"""

from __future__ import annotations

from workbench.questions.clauses import Clause
from workbench.questions.lexicon import lexicon
from workbench.questions.phrases import TIME_NOUNS
from workbench.questions.pieces import BY_TOOL, MOTION, Pieces
from workbench.questions.segments import Segment

#: Words without which a clause says something else, or which begin a comparison.
_TURNING = lexicon("facts", "turning")
#: What may not follow the clause directly: it would be its other half.
_HALVES = frozenset({"than", "as", "that", "which", "whom", "whose", "who", "how", "if", "whether"})
_PUTTING = lexicon("facts", "putting")


def left_out(clause: Clause) -> bool:
    """Whether a word that turns the meaning stands in the clause but in none of its pieces."""
    kept: set[int] = set()
    for segment in clause.segments:
        kept.update(range(segment.start, segment.end))
    run = clause.tokens
    before = range(clause.subject.end, clause.verb)
    after = range(clause.verb_end, clause.end)
    if any(run[at].lower in _TURNING for at in (*before, *after) if at not in kept):
        return True
    return clause.end < len(run) and run[clause.end].lower in _HALVES


def cut_short(w: Pieces) -> bool:
    """Whether the tail of the clause, object and phrases, stops before its sense is complete."""
    clause = w.clause
    if len(w.segments) < len(clause.segments):
        # Something that the rules cannot read follows ("as", a stray word).
        return True
    last: Segment | None = None
    for segment in clause.segments:
        if segment.kind == "that":
            return True
        if segment.kind == "time" and last is not None and _timed(w, last):
            # "on the day **after Matthias Pell was buried**"
            return True
        if segment.kind == "purpose" and segment.word == "to":
            return w.base not in MOTION | _PUTTING | BY_TOOL
        last = segment
    return False


def _timed(w: Pieces, segment: Segment) -> bool:
    return segment.phrase is not None and w.tokens[segment.phrase.head].lower in TIME_NOUNS


def rooted(w: Pieces, segment: Segment) -> bool:
    """Whether a phrase is surely the verb's own and not the noun's before it.

    "laid a letter **on the bench**", not "left from the yard **behind the hall**".
    """
    place = w.segments.index(segment)
    before = w.segments[place - 1] if place else None
    if before is None or before.phrase is None or before.end != segment.start:
        return True
    if before.kind == "prep" and w.place_or_time(before) in {"When", "How long"}:
        return True
    if before.phrase.person and before.phrase.named:
        return True
    if segment.word in {"to", "into", "onto"}:
        return w.base in MOTION | _PUTTING or before.kind == "object"
    return before.kind == "object" and w.base in _PUTTING
