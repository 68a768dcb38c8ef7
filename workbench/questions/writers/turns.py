"""Whole questions turned: a giver's into a receiver's, a deed into a role, "must" into "required".

Each turn changes how a question is built and not only one of its words. What comes out is checked
by :mod:`workbench.questions.writers.rewording` like any other rewording.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.questions.lexicon import lexicon, mapping
from workbench.questions.writers.drafts import Draft
from workbench.questions.writers.rules.phrases import inflected

if TYPE_CHECKING:
    from spacy.tokens import Doc

MONEY = r"(?:pounds|dollars|euros|crowns|francs|cents|pence)"
NAME = r"(?:the )?(?:Mrs?\. )?[A-Z][\w'’-]*(?: [A-Z][\w'’-]*)*"
#: The heading that tells which section a question is about, before or behind it.
_FRAMED = re.compile(r"^(In [“\"][^”\"]*[”\"], )?(.+?)( \([“\"][^”\"]*[”\"]\))?\?$")
#: What tells when or where a deed was done, so that it is none of a lasting role.
_ASIDE = re.compile(
    r"\b(?:in|at|on|for|from|to|with|during|after|before|when|while|because|by|and|that|who)\b"
)
#: What something is asked for by an adjective, and the noun that asks for it.
_MEASURES = {
    "tall": "height", "high": "height", "wide": "width", "deep": "depth", "heavy": "weight",
    "old": "age", "thick": "thickness", "big": "size", "large": "size", "fast": "speed",
}  # fmt: skip
_DOING = {"is": "does", "was": "did", "are": "do", "were": "did"}
#: Patterns of a question in lower case, without its mark, and what each becomes; "{do is}" is the
#: form of "do" that goes with "is".
_TURNS = (
    (r"^how often (.+)$", r"with what frequency \1"),
    (r"^what (is|was) (.+) for$", r"what purpose {do \1} \2 serve"),
    (r"^what (are|were) (.+) for$", r"what purpose {do \1} \2 serve"),
    (r"^what happens (when|if) (.+)$", r"what is the result \1 \2"),
    (r"^what happened to (.+)$", r"what became of \1"),
    (r"^what (is|was|are|were) ([^,]+) called$", r"by what name \1 \2 known"),
    (r"^what (is|was|are|were) ([^,]+) known as$", r"what \1 \2 called"),
    (r"^what (is|was|are|were) ([^,]+) made of$", r"of what material \1 \2 made"),
    (r"^what (does|do) ([^,]+) (?:mean|stand for)$", r"what is the meaning of \2"),
    (r"^what do you (?:have|need) to (.+)$", r"what are you required to \1"),
    (r"^how many people (?:live|lived) in (.+)$", r"what is the population of \1"),
    (r"^how much (?:does|do) ([^,]+) weigh$", r"what is the weight of \1"),
    (r"^how much did ([^,]+) weigh$", r"what was the weight of \1"),
    (r"^how far (is|was) ([^,]+) from ([^,]+)$", r"what \1 the distance between \2 and \3"),
    (r"^where was ([^,]+) born$", r"what was the birthplace of \1"),
    (r"^who (is|was) in charge of (.+)$", r"who \1 responsible for \2"),
    (r"^how many ([^,]+?) (?:are|is) there in (.+)$", r"how many \1 does \2 contain"),
)


def turned(text: str, draft: Draft) -> Iterator[str]:
    """The question turned, as often as it can be."""
    yield from _conversed(text)
    yield from _of_trades(text, draft)
    match = _FRAMED.match(text)
    if match is None:
        return
    front, core, behind = match[1] or "", match[2], match[3] or ""
    core = core[:1].lower() + core[1:]
    for pattern, other in _TURNS:
        found = re.match(pattern, core)
        if found:
            asked = re.sub(r"\{do (\w+)\}", lambda m: _DOING[m[1]], found.expand(other))
            yield f"{front}{asked}{behind}"
    for core_turned in (*_measured(core), *_in_office(core)):
        yield f"{front}{core_turned}{behind}"


def modal_edits(doc: Doc, start: int) -> dict[int, str]:
    """ "What must you keep?" as "What are you required to keep?": tokens by place, {} if none.

    ``start`` is the place of the asking word.
    """
    adjectives = mapping("rewording", "modals")
    # A heading that is quoted behind the question keeps its words.
    quoted = next((t.i for t in doc[start + 1 :] if t.text in {"“", '"', "("}), len(doc))
    after = doc[start + 1 : quoted]
    modal = next((t for t in after if t.lower_ in adjectives and t.tag_ == "MD"), None)
    if modal is None or any(t.lower_ in {",", "not", "n't", "never"} for t in doc[modal.i :]):
        return {}
    verb = next((t for t in doc[modal.i + 1 :] if t.tag_ == "VB"), None)
    if verb is None or doc[verb.i - 1].tag_ == "RB":
        return {}
    subject = doc[modal.i + 1 : verb.i]
    adjective = adjectives[modal.lower_]
    if any(t.lower_ == "to" for t in subject):
        # "What can employees do to save time?": the verb was read as part of the subject.
        return {}
    if not len(subject):
        person = modal.i == start + 1 and doc[start].lower_ == "who"
        return {modal.i: f"is {adjective} to"} if person else {}
    head = subject.root
    many = head.tag_ in {"NNS", "NNPS"} or {"and", "you", "we", "they"} & {
        t.lower_ for t in subject
    }
    return {modal.i: "are" if many else "is", verb.i: f"{adjective} to {verb.text}"}


def _conversed(text: str) -> Iterator[str]:
    """A giver's question as the receiver's, and the other way round; a cost as a price."""
    for lemma, other in mapping("rewording", "converse").items():
        past, whole = inflected(lemma, "VBD"), inflected(other, "VBD")
        if match := re.match(rf"^(?:Who|Which person) {past} ({NAME}) (?!to\b|up\b)(.+)$", text):
            yield f"From whom did {match[1]} {other} {match[2]}"
        if match := re.match(rf"^What did ({NAME}) {lemma} ({NAME})(?: (.+))?\?$", text):
            yield f"What did {match[2]} {other} from {match[1]} {match[3] or ''}"
        if match := re.match(rf"^Whom? did ({NAME}) {lemma} (?!to\b)(.+?)\?$", text):
            yield f"Who {whole} {match[2]} from {match[1]}"
    if match := re.match(
        rf"^(.*\b)?how (?:much|many {MONEY}) (do|does) (.+?) cost\b(.*)$", text, re.I
    ):
        being = "is" if match[2] == "does" else "are"
        opening = f"{match[1] or ''}what {being} the price of".strip()
        yield f"{opening} {match[3]}{match[4]}"
    if match := re.match(rf"^What cost ({NAME}) ([a-z0-9 -]+)\?$", text):
        yield f"What did {match[1]} pay {match[2]} for"


def _of_trades(text: str, draft: Draft) -> Iterator[str]:
    """ "Who worked as the baker?", "What was Humphrey Loach's occupation?"."""
    match = re.match(r"^Who (was|is|had been|has been) ((?:the |a |an )?([a-z]+)\b.*)$", text)
    if match is not None:
        working = {"was": "{}ed", "is": "{}s", "had been": "had {}ed", "has been": "has {}ed"}[
            match[1]
        ]
        if match[3] in lexicon("rewording", "trades"):
            yield f"Who {working.format('work')} as {match[2]}"
        elif match[3] in lexicon("rewording", "offices"):
            yield f"Who {working.format('serve').replace('ee', 'e')} as {match[2]}"
    told = draft.answers[0] if draft.answers else ""
    defined = told[:1].islower() and not told.startswith("the ")
    if (
        draft.type == "definition"
        and defined
        and (match := re.match(r"^((?:In [^,]+, )?)what (is|are) (?!meant\b)(.+)\?$", text, re.I))
    ):
        yield f"{match[1]}how {match[2]} {match[3]} defined"
    match = re.match(rf"^Who (was|is) ({NAME})\?$", text)
    head = re.match(r"(?:the |a |an )(?:\w+ )?([a-z]+)$", told)
    if match is not None and head is not None and head[1] in lexicon("rewording", "trades"):
        yield f"What {match[1]} {match[2]}'s occupation"


def _measured(core: str) -> Iterator[str]:
    """ "How tall was the tower?" as "What was the height of the tower?"."""
    match = re.match(r"^how (\w+) (is|was|are|were) ([^,]+)$", core)
    if match is not None and match[1] in _MEASURES and len(match[3].split()) <= 5:
        yield f"what {match[2]} the {_MEASURES[match[1]]} of {match[3]}"


def _in_office(core: str) -> Iterator[str]:
    """ "Who wrote the ballad?" as "Who was the author of the ballad?"."""
    for lemma, agent in mapping("rewording", "agents").items():
        for tag, being in (("VBD", "was"), ("VBZ", "is")):
            match = re.match(rf"^who {inflected(lemma, tag)} ((?:the |a |an )?.+)$", core)
            if match is not None and not _ASIDE.search(match[1]):
                yield f"who {being} the {agent} of {match[1]}"
