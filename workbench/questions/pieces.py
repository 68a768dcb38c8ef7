"""The pieces of a clause that question rules put together, and what the rules give back."""

from __future__ import annotations

from workbench.questions import verbs
from workbench.questions.clauses import Clause
from workbench.questions.lexicon import lexicon
from workbench.questions.phrases import TIME_NOUNS, Phrase, is_number
from workbench.questions.proposals import lower_first
from workbench.questions.segments import Segment
from workbench.questions.words import Token

MONEY = lexicon("facts", "money")
DURATIONS = lexicon("facts", "durations")
#: Verbs after which "to ..." is what was promised or refused.
AGREES = lexicon("facts", "agrees")
#: Verbs that take what follows into their sense: "began to", "had leave to".
NEEDS = AGREES | {"want", "begin", "have", "try", "use", "ask", "order", "tell"}
COMPLEMENTING = lexicon("facts", "complementing")
#: Verbs whose subject or phrases nobody would ask about.
FAINT = lexicon("facts", "faint")
_PRESENT = frozenset({"is", "are", "has", "have", "can", "will", "may", "must", "shall"})
_AIMING = frozenset(
    {
        "gaze",
        "look",
        "stare",
        "point",
        "shout",
        "laugh",
        "aim",
        "throw",
        "glance",
        "smile",
        "peer",
        "peep",
        "shoot",
        "swear",
        "nod",
        "work",
    }
)
UNCOUNTED = TIME_NOUNS | {"things", "times", "ways", "ones", "others", "votes"}
NOT_PLACES = lexicon("facts", "not_places")
MOTION = lexicon("facts", "motion")
BY_TOOL = lexicon("facts", "by_tool")
#: Prepositions that tie their phrase to the noun before it.
TYING = frozenset(
    {"with", "about", "between", "like", "without", "around", "against", "over", "among", "of"}
    | {"for", "beyond", "behind", "beside", "above", "below", "as", "concerning", "near", "than"}
)
NO_PASSIVE = lexicon("facts", "no_passive")
OWNERS = frozenset({"his", "her", "their", "its"})
PLACE_NOUNS = lexicon("facts", "place_nouns")
NUMBER_LEADS = frozenset(
    {"and", "a", "an", "about", "some", "over", "nearly", "almost", "the", "all", "only", "exactly"}
)


def _determined(run: tuple[Token, ...], segment: Segment) -> bool:
    """Whether an object is more than one bare word: "guilty", "tired" are no subjects."""
    return segment.end - segment.start > 1 or run[segment.start].is_capital


class Pieces:
    """The pieces of a clause that the rules put together."""

    def __init__(self, clause: Clause) -> None:
        self.clause = clause
        self.tokens = clause.tokens
        main = clause.tokens[clause.verb].lower
        if clause.form == "gerund":
            main = verbs.base_of_gerund(main)
        self.base = (
            (verbs.base_of_past(main) or verbs.base_of_present(main) or main)
            if clause.form not in {"be", "have"}
            else clause.form
        )
        self.subject = clause.alias or lower_first(
            clause.words(clause.subject.start, clause.subject.end)
        )
        self.verb = f"{clause.auxiliary} {clause.words(clause.verb, clause.verb_end)}".strip()
        self.front = self._front()
        loose = next((n for n, s in enumerate(clause.segments) if s.kind == "other"), None)
        self.clean = loose is None or clause.segments[loose].word == "as"
        self.segments = clause.segments[:loose]
        self.passive_voice = clause.form == "participle" and (
            clause.auxiliary in verbs.BE or clause.auxiliary.endswith(" been")
        )
        self.helper, self.bare = self._inverted(main)
        present = clause.form in {"present", "plural"} or self.verb.split(" ", 1)[0] in _PRESENT
        #: "was it" as in "who was it that paid", in the tense of the clause.
        self.was_it = "is it" if present else "was it"

    def _front(self) -> str:
        clause = self.clause
        if clause.fronted is None:
            return ""
        text = lower_first(clause.words(*clause.fronted))
        return "" if len(text.split()) > 9 else text

    def _inverted(self, main: str) -> tuple[str, str]:
        """("did", "pay") for "paid"; ("was", "built") for "was built"; ("must", "pay")."""
        clause = self.clause
        rest = clause.words(clause.verb + 1, clause.verb_end)
        if clause.auxiliary:
            helper, _, been = clause.auxiliary.partition(" ")
            return helper, f"{been} {clause.words(clause.verb, clause.verb_end)}".strip()
        if clause.form == "past":
            return "did", f"{self.base} {rest}".strip()
        if clause.form == "have":
            return {"had": "did", "has": "does", "have": "do"}[main], "have"
        if clause.form == "plural":
            return "do", f"{self.base} {rest}".strip()
        if clause.form == "present":
            return "does", f"{self.base} {rest}".strip()
        if clause.verb_end > clause.verb + 1:
            return main, "been"
        return main, ""

    def text(self, segment: Segment) -> str:
        return self.clause.words(segment.start, segment.end)

    def tail(self, without: Segment | None = None, clauses: bool = False) -> str:
        """Object and phrases after the verb; with ``clauses`` also what they run into."""
        parts: list[str] = []
        for segment in self.segments:
            if segment is without:
                continue
            if segment.kind in {"object", "prep", "particle"}:
                parts.append(self.text(segment))
            elif clauses and segment.kind in {"purpose", "that", "means", "time"}:
                parts.append(self.text(segment))
                break
            else:
                break
        return " ".join(parts)

    def turned(self, without: Segment | None = None) -> str:
        """The tail with its last phrase in front of the others, or "" where that may not be.

        Only a phrase of time, manner or price moves; one of place may belong to the noun before it.
        """
        parts = [s for s in self.segments if s is not without and s.kind in {"object", "prep"}]
        if any(s.kind == "particle" for s in self.segments):
            return ""
        preps = [s for s in parts if s.kind == "prep"]
        if len(preps) < 2 or len(parts) != len(self.segments) - (without in self.segments):
            return ""
        last = preps[-1]
        if last.word not in {"with", "for", "without"} and self.place_or_time(last) != "When":
            return ""
        objects = [self.text(s) for s in parts if s.kind == "object"]
        return " ".join([*objects, self.text(last), *(self.text(s) for s in preps[:-1])])

    def passive(self) -> tuple[str, str, str, str] | None:
        """(object, was/were, participle with particle, other phrases) of an active simple past."""
        clause = self.clause
        first = self.segments[0] if self.segments else None
        if clause.form != "past" or first is None or first.kind != "object" or not first.phrase:
            return None
        head = self.tokens[first.phrase.head].lower
        if (
            self.base in NO_PASSIVE | COMPLEMENTING
            or any(t.lower in OWNERS for t in self.tokens[first.start : clause.end])
            or not (first.phrase.plural or first.phrase.named or _determined(self.tokens, first))
            or (self.base in MOTION and clause.verb_end > clause.verb + 1)
            or sum(s.kind == "object" for s in self.segments) > 1
            or self.tied(first)
            or head in TIME_NOUNS | DURATIONS
        ):
            return None
        rest = clause.words(clause.verb + 1, clause.verb_end)
        joined = any(t.lower == "and" for t in self.tokens[first.phrase.end : first.end])
        return (
            lower_first(self.text(first)),
            "were" if first.phrase.plural or joined else "was",
            f"{verbs.participle(self.base)} {rest}".strip(),
            self.tail(first),
        )

    def tied(self, segment: Segment) -> bool:
        """Whether what follows an object belongs to it: "a coat **with brass buttons**"."""
        place = self.segments.index(segment)
        after = self.segments[place + 1] if place + 1 < len(self.segments) else None
        if after is None or after.kind != "prep" or after.start != segment.end:
            return False
        return after.word in TYING and not (after.word == "with" and self.base in BY_TOOL)

    def answers(self, phrase: Phrase, start: int, end: int) -> tuple[str, ...]:
        """The phrase, and for numbers the bare number too."""
        full = lower_first(self.clause.words(start, end))
        if not phrase.number:
            return (full,)
        at = self.past_number(start, end)
        first = start + (self.tokens[start].lower in {"the", "all", "only"})
        bare = lower_first(self.clause.words(first, at)) if at > first else full
        return tuple(dict.fromkeys((lower_first(self.clause.words(first, end)), bare)))

    def past_number(self, start: int, end: int) -> int:
        """The place after the number with which a range begins; ``start`` where none does."""
        at, result = start, start
        if any(
            is_number(t)
            and t.is_capital
            and t.start != self.tokens[0].start
            and not t.text[0].isdigit()
            for t in self.tokens[start:end]
        ):
            return start
        while at < end and (is_number(self.tokens[at]) or self.tokens[at].lower in NUMBER_LEADS):
            at += 1
            if is_number(self.tokens[at - 1]):
                result = at
        return result

    def place_or_time(self, segment: Segment) -> str:
        """When, Where, How long, or "" for a phrase with a preposition."""
        assert segment.phrase is not None
        return self.when_where(segment.start, segment.end, self.tokens[segment.phrase.head].lower)

    def when_where(self, start: int, end: int, head: str) -> str:
        word = self.tokens[start].lower
        inside = self.tokens[start + 1 : end]
        numbers = [t for t in inside if is_number(t)]
        if word == "for" and head in DURATIONS and numbers:
            return "How long"
        year = bool(numbers) and numbers[-1].text.isdigit() and len(numbers[-1].text) >= 3
        timed = (
            head in TIME_NOUNS
            or year
            or any(
                t.lower in TIME_NOUNS - DURATIONS - {"tide", "march", "may", "season"}
                for t in inside
            )
        )
        if timed:
            return (
                "When"
                if word in {"in", "on", "at", "before", "after", "during", "since", "until", "by"}
                else ""
            )
        if word not in {
            "in",
            "at",
            "on",
            "under",
            "behind",
            "beside",
            "beneath",
            "near",
            "inside",
            "above",
            "below",
            "outside",
            "to",
            "into",
            "onto",
        }:
            return ""
        if word in {"to", "into", "onto"} and self.base not in MOTION:
            return ""
        if not inside or (word == "at" and self.base in _AIMING):
            return ""
        first = inside[0]
        defined = first.lower in {"the", "a", "an"} or first.is_capital
        if not defined or head in NOT_PLACES:
            return ""
        named = any(t.is_capital for t in inside[1:]) or first.is_capital
        return "Where" if named or head.rsplit("-", 1)[-1] in PLACE_NOUNS else ""
