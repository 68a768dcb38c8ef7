"""A clause with what is needed to ask about it: its subject, what its nouns name, its wordings."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from workbench.questions.lexicon import lexicon
from workbench.questions.parsing.clauses import Clause
from workbench.questions.parsing.nlp import DATE
from workbench.questions.parsing.noun_classes import NounClass
from workbench.questions.parsing.parts import Part, noun_span
from workbench.questions.writers.rules.phrases import (
    DURATIONS,
    base,
    entity_text,
    inflected,
    lower,
    lower_verb,
)

if TYPE_CHECKING:
    from spacy.tokens import Token

    from workbench.questions.parsing.statements import Reading

#: Words of an answer that is a clause or a whole predicate.
LONGEST_DEED = 18
_SINGULAR = {"are": "is", "were": "was", "have": "has", "do": "does", "am": "is"}
TIMES = lexicon("asking", "times")
#: Words that point to what stands before the sentence; dropped where they only join sentences.
_JOINTS = lexicon("asking", "joints")
#: Phrases that join sentences, with hyphens for blanks in the list.
_LINKS = frozenset(phrase.replace("-", " ") for phrase in lexicon("asking", "links"))
_ARGUMENTS = frozenset({"dobj", "pobj", "nsubj", "nsubjpass", "attr", "dative"})
_ELSEWHERE = frozenset(
    {"above", "below", "aforementioned", "following", "latter", "former", "such"}
)
#: Words that liken a thing to one told before.
_LIKE_BEFORE = frozenset({"similar", "same", "respective"})
_COUNTS = frozenset({"few", "many", "several", "most", "some", "more", "less", "others", "much"})
_BARE_NUMBERS = frozenset({"dobj", "nsubj", "nsubjpass"})
_CIRCUMSTANCES = frozenset({"prep", "participle", "adverb", "condition", "measure", "purpose"})
_PLACE_NAMES = lexicon("names", "place_names")
PERSON_NOUNS = lexicon("names", "person_nouns")
#: Places in a text or a thing rather than on a map or a clock.
_EDGES = frozenset({"beginning", "end", "start", "top", "bottom", "point", "moment", "time"})


class Asker:
    """One clause with what is needed to ask about it."""

    def __init__(
        self,
        clause: Clause,
        subject: str,
        reading: Reading,
        narrative: bool,
    ) -> None:
        """``subject`` is the subject's text, a name where it was a pronoun."""
        names = reading.names
        self.clause, self.names = clause, names
        self.subject = names.lowered(lower(self._with_capital(subject)))
        self.classes, self.narrative = reading.classes, narrative
        self.reading = reading
        joints = {
            p
            for p in clause.parts
            if (p.role == "participle" and p.fronted)
            or (p.role == "adverb" and (p.fronted or clause.of(p).lower() in _JOINTS))
            or clause.of(p).lower() in _LINKS
            or _since_then(p, clause)
            or (p.role == "prep" and p.fronted and p.head.tag_ == "PRP")
        }
        # Words that join sentences go; so does, in a tale, a circumstance told by a pronoun.
        self.parts = tuple(p for p in clause.parts if p not in joints and not self._open(p))

    def _with_capital(self, subject: str) -> str:
        """A subject whose name, first in its sentence, was read as a common noun: "barrymore"."""
        clause = self.clause
        if clause.subject is None or not self._is_known(clause.doc[clause.subject[0]]):
            return subject
        name = clause.doc[clause.subject[0]].text
        return name + subject[len(name) :] if subject.startswith(name.lower()) else subject

    def _is_known(self, noun: Token) -> bool:
        """Whether the first word of a sentence is a name elsewhere, however it was read here."""
        first = noun.i == self.clause.sentence.start and noun.text[:1].isupper()
        return first and self.names.inside[noun.text] > 2 * self.names.small[noun.lower_]

    def set_off(self, part: Part) -> bool:
        """Whether a circumstance stands apart after a comma, so that a question does without it.

        Put behind other words it would be read with them: "in 1017, at the latest, as the result".
        So is what goes on with one that does: ", by six votes to three".
        """
        if part.fronted or part.role not in {"prep", "participle", "adverb", "measure", "clause"}:
            return False
        before = self.clause.doc[part.start - 1] if part.start else None
        if before is not None and before.is_punct and before.text not in {"'", '"', "”", "’"}:
            return True
        return any(other.end == part.start and self.set_off(other) for other in self.parts)

    def _open(self, part: Part) -> bool:
        """Whether a circumstance leans on a pronoun that nobody has named."""
        if not self.narrative or part.role not in _CIRCUMSTANCES:
            return False
        return any(
            t.tag_ == "PRP" and t.i not in self.clause.names
            for t in self.clause.doc[part.start : part.end]
        )

    # --- what kind of thing ---------------------------------------------------------------

    def kind(self, noun: Token) -> NounClass:
        """The class of a noun phrase by its head: entity first, then pronoun, then the noun."""
        if noun.lower_ == "head" and any(c.lower_ == "of" for c in noun.rights):
            # "a head of department", "the Head of Hire"; a tale's "head of hair" is seldom asked.
            return "person" if not self.narrative else "thing"
        if DATE.fullmatch(noun.text) or DATE.fullmatch(f"the {noun.text}"):
            return "time"
        if noun.pos_ == "PROPN" and noun.lower_ in PERSON_NOUNS:
            # "the Safety Officer": an office in capitals.
            return "person"
        named = noun.pos_ == "PROPN" and noun.i > 0 and noun.doc[noun.i - 1].pos_ == "PROPN"
        if named and noun.lower_ in _PLACE_NAMES:
            # "Bielany Forest": what it is stands in its name.
            return "place"
        if _of_a_person(noun):
            return "person"
        if noun.ent_type_ == "PERSON" and noun.text.islower():
            # "the Tavenport coach": what it is stands behind the name.
            return self.classes[noun.lemma_.lower()]
        if noun.pos_ == "PROPN" or noun.ent_type_ or self._is_known(noun):
            text = entity_text(noun) or self.clause.words(*noun_span(noun))
            entity = self.names.kind(text, noun.ent_type_)
            if self.names.is_people(text):
                return "person"
            if entity == "person" and not self.narrative and not self.names.surely_person(text):
                return ""
            if entity == "place" and not text.replace(" ", "").isalpha():
                return ""
            if entity:
                return entity
        if noun.pos_ == "PRON":
            return "person" if noun.lower_ in {"he", "she", "i", "we", "you", "who"} else ""
        if noun.lemma_.lower() in DURATIONS:
            return "time"
        if noun.pos_ == "NOUN":
            return self.classes[noun.lemma_.lower()]
        if noun.pos_ == "PROPN" and self.classes[noun.text.lower()] == "person":
            # "the Safety Officer": an office in capitals.
            return "person"
        return ""

    def doubtful_person(self, noun: Token) -> bool:
        """Whether a name may be a person's or not, so that neither "who" nor "what" is safe."""
        if self.narrative or noun.ent_type_ != "PERSON" or noun.left_edge.pos_ == "DET":
            return False
        text = entity_text(noun) or self.clause.words(*noun_span(noun))
        person = self.names.kind(text, noun.ent_type_) == "person"
        return person and not self.names.surely_person(text) and self.kind(noun) != "person"

    def is_time(self, part: Part) -> bool:
        """Whether a part tells when."""
        if part.role == "measure":
            return self.kind(part.head) == "time"
        if part.role != "prep" or part.marker is None:
            return False
        return part.marker.lower_ in TIMES and self.kind(part.head) == "time"

    @cached_property
    def subject_kind(self) -> NounClass:
        clause = self.clause
        if clause.subject is None:
            return "person"
        named = next((p for p in clause.parts if p.role == "attribute"), None)
        if clause.main.lemma_ == "become" and named is not None:
            # "La Trinité-du-Mont became a centre of music": what it became tells what it is.
            became = self.kind(named.head)
            if became in {"place", "thing", "event", "information", "abstract"}:
                return became
        for token in clause.doc[clause.subject[0] : clause.subject[1]]:
            if token.i in clause.names:
                return "person"
        head = clause.doc[clause.subject[0] : clause.subject[1]].root
        return self.kind(head)

    def points(self) -> bool:
        """Whether the clause points out of its sentence: "that situation", "kept one"."""
        clause = self.clause
        spans = [(p.start, p.end) for p in self.parts] + (
            [clause.subject] if clause.subject else []
        )
        for start, end in spans:
            for token in clause.doc[start:end]:
                low = token.lower_
                pointing = low in {"this", "that", "these", "those"} and token.tag_ == "DT"
                pointing = pointing or (low in _LIKE_BEFORE and token.dep_ == "amod")
                # "Ruth Abbot brought six": of what, the sentence before told.
                bare_count = token.tag_ == "CD" or (token.pos_ == "ADJ" and low in _COUNTS)
                pointing = pointing or (bare_count and token.dep_ in _BARE_NUMBERS)
                bare = low in {"one", "ones", "another", "others"} and token.dep_ in _ARGUMENTS
                if pointing or bare or low in _ELSEWHERE:
                    return True
                if not self.narrative and self._told_before(token):
                    return True
        return False

    def _told_before(self, token: Token) -> bool:
        """Whether "the N" is one of several, told apart only by what the text said before."""
        if token.pos_ != "NOUN" or token.tag_ != "NN" or self.kind(token) == "time":
            return False
        determined = [c for c in token.children if c.dep_ not in {"punct", "cc", "conj"}]
        the = len(determined) == 1 and determined[0].lower_ == "the"
        return the and not self.reading.is_unique(token.lower_)

    # --- assembling -----------------------------------------------------------------------

    @cached_property
    def helper(self) -> tuple[str, str]:
        """(auxiliary, what follows the subject) of the question: "did", "pay"."""
        clause = self.clause
        if clause.imperative:
            return "should", self._group(0, base(clause.verb))
        first = clause.group[0]
        low = clause.words(first.i, first.i + 1).lower()
        if first.dep_ in {"aux", "auxpass"} or (first == clause.verb and first.lemma_ == "be"):
            return low, self._group(1)
        verb = clause.verb
        form = {"VBD": "did", "VBZ": "does"}.get(verb.tag_, "do")
        return form, self._group(0, base(verb))

    def _group(self, skip: int, lemma: str = "") -> str:
        clause = self.clause
        words = []
        for token in clause.group[skip:]:
            if token.lower_ in _JOINTS and token.dep_ == "advmod":
                continue
            text = lemma if lemma and token == clause.verb else token.text
            words.append(clause.names.get(token.i) or text)
        return " ".join(words)

    def finite(self, singular: bool = True) -> str:
        """The verb group after "who" or "what", its verb in the singular."""
        clause = self.clause
        words = [
            lower_verb(clause.words(t.i, t.i + 1))
            for t in clause.group
            if not (t.lower_ in _JOINTS and t.dep_ == "advmod")
        ]
        place = next((n for n, t in enumerate(clause.group) if t.tag_ in {"VBP", "VBD"}), None)
        if singular and place is not None:
            low = words[place].lower()
            if low in _SINGULAR:
                words[place] = _SINGULAR[low]
            elif clause.group[place].tag_ == "VBP":
                words[place] = inflected(clause.group[place].lemma_, "VBZ")
        return " ".join(words)

    def tail(
        self, without: Sequence[Part] = (), keep_fronted: bool = True, strand: str = ""
    ) -> str:
        """All parts but some, those in front last; what is set off by a comma goes.

        ``strand`` is the preposition left where the first part that is left out stood.
        """
        clause = self.clause
        left = without[0] if without and strand else None
        after = [p for p in self.parts if (p not in without or p == left) and not p.fronted]
        front = [p for p in self.parts if p not in without and p.fronted] if keep_fronted else []
        texts = [
            (p, strand if p == left else clause.of(p))
            for p in after
            if p == left or not self.set_off(p)
        ]
        told = [t for p, t in texts if p.role != "condition"]
        # A condition that stood in front stays there: see ``asked``.
        told += [
            lower(t)
            for p in front
            if p.role not in {"condition", "purpose"}
            for t in [self.names.lowered(lower(clause.of(p)))]
        ]
        told += [t for p, t in texts if p.role == "condition"]
        if left is not None and left.fronted:
            told.append(strand)
        return " ".join(told)

    def statement(self, without: Sequence[Part] = ()) -> str:
        """What the clause tells, without some parts: "Gideon Strake married Beatrix Yarrow"."""
        return " ".join(
            f"{self.lead(without)} {self.subject} {self.finite(singular=False)} "
            f"{self.tail(without)}".split()
        )

    def lead(self, without: Sequence[Part] = ()) -> str:
        """A condition or purpose that stood in front: "If you use the flag"."""
        texts = [
            self.clause.of(p)
            for p in self.parts
            if p.fronted and p.role in {"condition", "purpose"} and p not in without
        ]
        return texts[0] if len(texts) == 1 else ""

    def asked(
        self,
        wh: str,
        without: Sequence[Part],
        strand: str = "",
        extra: str = "",
        lead: bool = False,
    ) -> str:
        """ "What did Dorcas Pell pay for the bell?": ``wh`` asks for the parts left out.

        ``lead`` puts a phrase of time or place that stood in front back there.
        """
        auxiliary, rest = self.helper
        tail = self.tail(without, keep_fronted=not lead, strand=strand)
        condition = self.lead(without)
        core = f"{wh} {auxiliary} {self.subject_closed} {rest} {extra} {tail}"
        if lead:
            moved = [
                self.clause.of(p)
                for p in self.parts
                if p.fronted and p not in without and p.role not in {"condition", "purpose"}
            ]
            if len(moved) != 1:
                return ""
            return f"{moved[0]}, {lower(core)}"
        if condition:
            return f"{condition}, {lower(core)}"
        return core

    @property
    def subject_closed(self) -> str:
        """The subject, with a comma behind what one sets off: "Tobit Lunn, eleven years old,"."""
        subject, clause = lower(self.subject), self.clause
        if clause.subject is None or ", " not in subject:
            return subject
        span = clause.doc[clause.subject[0] : clause.subject[1]]
        behind = [t.text for t in span if t.i > span.root.i]
        return f"{subject}," if "," in behind and not {"and", "or"} & set(behind) else subject

    def both(
        self, wh: str, without: Sequence[Part], strand: str = "", extra: str = ""
    ) -> list[str]:
        """The plain wording, the one with a phrase in front, a shorter one, and one in place."""
        wordings = [self.asked(wh, without, strand, extra)]
        moved = self.asked(wh, without, strand, extra, lead=True)
        wordings.append(moved or self._moved(wh, without, strand, extra))
        spare = self.spare(without)
        if spare:
            wordings.append(self.asked(wh, [*without, *spare], strand, extra))
        wordings.append(self._in_place(wh, without, strand, extra))
        return [w for w in wordings if w]

    def spare(self, without: Sequence[Part] = ()) -> list[Part]:
        """Circumstances that a shorter wording does without: all but the first."""
        told = [p for p in self.parts if p not in without and p.role in {"prep", "participle"}]
        return [p for p in told[1:] if not p.fronted] if len(told) > 1 else []

    def _in_place(self, wh: str, without: Sequence[Part], strand: str, extra: str) -> str:
        """ "Dorcas Pell paid how many crowns for the bell?": the statement with a gap."""
        plain = self.narrative and wh.startswith(("Who", "How many"))
        if not plain or self.lead() or self.clause.imperative or len(without) != 1:
            return ""
        word = "whom" if wh == "Who" else wh[:1].lower() + wh[1:]
        gap = f"{strand} {word} {extra}" if strand else f"{word} {extra}"
        told = self.tail(without, strand=gap)
        return f"{self.subject} {self.finite(singular=False)} {told}"

    def _moved(self, wh: str, without: Sequence[Part], strand: str, extra: str) -> str:
        """The wording with its last phrase of time, place or condition put in front."""
        last = next(
            (
                p
                for p in reversed(self.parts)
                if p not in without and not p.fronted and self.movable(p)
            ),
            None,
        )
        if last is None or self.lead():
            return ""
        auxiliary, rest = self.helper
        tail = self.tail([*without, last], strand=strand)
        core = f"{wh} {auxiliary} {self.subject_closed} {rest} {extra} {tail}"
        return f"{self.clause.of(last)}, {lower(core)}"

    def aside(self, part: Part) -> bool:
        """Whether a phrase can stand between commas: a time, a place, a tool."""
        if part.fronted or part.marker is None or not self.narrative:
            return False
        return self.kind(part.head) in {"time", "place"} and part.marker.lower_ != "for"

    def movable(self, part: Part) -> bool:
        """Whether a part can stand in front: a condition, a time, a place."""
        if part.role == "purpose" and self.subject.lower() != "you":
            # "To carve out a state, when did Roger travel?" asks for another time.
            return False
        if part.role in {"condition", "purpose"}:
            return part.marker is None or part.marker.lower_ not in {"so", "until", "till"}
        if part.role != "prep" or part.marker is None:
            return False
        if part.head.lower_ in _EDGES or part.marker.lower_ == "for":
            return False
        if self.kind(part.head) == "time" and part.marker.lower_ in TIMES:
            return True
        # A place may complete the verb ("lives in"), unless an object does.
        whole = any(p.role == "object" for p in self.parts)
        return (
            whole and self.kind(part.head) == "place" and part.marker.lower_ in {"in", "on", "at"}
        )

    def passive(self) -> str:
        """ "was sold": the passive of a plain verb group; "" where there is none."""
        clause, verb = self.clause, self.clause.verb
        objects = [p for p in self.parts if p.role == "object"]
        told = [p for p in self.parts if p.role in {"prep", "purpose"} and not p.fronted]
        if len(objects) > 1 or len(told) > 1 or any(_is_with(p) for p in told):
            return ""
        if any(p.role in {"dative", "adverb", "participle", "particle"} for p in self.parts):
            # Put behind the passive they would be read of another doer.
            return ""
        if clause.passive or len(clause.group) > 2 or clause.main.lemma_ in {"have", "be", "get"}:
            return ""
        done = inflected(base(clause.main), "VBN")
        if len(clause.group) == 1 and not clause.imperative:
            return {"VBD": "was"}.get(verb.tag_, "is") + f" {done}"
        first = clause.group[0]
        if first.tag_ == "MD" and len(clause.group) == 2 and clause.group[1] == clause.main:
            return f"{clause.words(first.i, first.i + 1).lower()} be {done}"
        return ""


def _of_a_person(noun: Token) -> bool:
    """Whether a noun only likens somebody to something: "a bulldog of a man"."""
    run = [t.lower_ for t in noun.doc[noun.i + 1 : noun.i + 4]]
    likened = run[:2] in (["of", "a"], ["of", "an"]) and len(run) == 3 and run[2] in PERSON_NOUNS
    return likened and any(t.lower_ in {"a", "an"} for t in noun.lefts)


def _since_then(part: Part, clause: Clause) -> bool:
    """Whether a time is counted from what was told before: "within a few weeks"."""
    if part.role != "prep" or part.marker is None or part.marker.lower_ not in {"after", "within"}:
        return False
    vague = any(t.lower_ in {"few", "several", "some"} for t in part.head.lefts)
    past = clause.verb.tag_ in {"VBD", "VBN"}
    return vague and past and part.head.lemma_.lower() in DURATIONS


def _is_with(part: Part) -> bool:
    return part.marker is not None and part.marker.lower_ in {"with", "without"}
