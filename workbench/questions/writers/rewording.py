"""Questions on trained facts asked again in other words, for the exam alone.

The rules' own wordings share their words: they differ in order and voice. Here a verb or a noun is
put by another word, a giver's question becomes a receiver's, a trade is told by what somebody does.
What comes out is kept if it is sound, gives nothing away and means the same by its vector.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from workbench.questions.lexicon import mapping
from workbench.questions.parsing.names import Names
from workbench.questions.parsing.nlp import parse
from workbench.questions.quality.filters import wording_fault
from workbench.questions.quality.leaks import leak_fault
from workbench.questions.quality.likeness import Embed, new_words
from workbench.questions.words import content
from workbench.questions.writers.drafts import Draft
from workbench.questions.writers.offline import Kept
from workbench.questions.writers.proposals import polished
from workbench.questions.writers.rules.phrases import inflected
from workbench.questions.writers.turns import modal_edits, turned

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

#: Cosine with the plainest wording below which a rewording may mean something else.
LEAST_MEANING = 0.7
#: Wordings of a draft that are asked again.
BASES = 3
#: Rewordings of a draft that are looked at.
ENOUGH = 6
#: Nouns that are put by others in one wording: with more, it is hardly the same question.
MOST_WORDS = 2
_BEING = frozenset({"am", "is", "are", "was", "were", "be", "been", "being"})
_HAVING = frozenset({"have", "has", "had"})
#: What stands before a verb's bare form.
_BEFORE_BARE = frozenset(
    {
        "do",
        "does",
        "did",
        "can",
        "could",
        "may",
        "might",
        "must",
        "shall",
        "should",
        "will",
        "would",
    }
)
_HELPERS = _BEING | _HAVING | _BEFORE_BARE
_FINITE = {"VBD": "VBD", "VBZ": "VBZ", "VBP": "VBP"}
_WH = frozenset({"who", "whom", "what", "which", "where", "when", "why", "how"})
#: The heading that tells which section a question is about; parsed quotes are straight.
_LABEL = re.compile(r"\(?[\"“][^\"”]*[\"”]\)?")


def with_rewordings(kept: Sequence[Kept], names: Names, embed: Embed | None = None) -> list[Kept]:
    """The kept drafts, those that may be trained with wordings in other words beside their own.

    ``embed`` gives unit vectors; with it a rewording that strays from its question's meaning goes.
    """
    places = [place for place, item in enumerate(kept) if item.draft.side == "trained"]
    bases = [(place, text) for place in places for text in _bases(kept[place].draft)]
    docs = parse((text, ()) for _, text in bases)
    found: dict[int, list[str]] = {place: [] for place in places}
    for (place, text), doc in zip(bases, docs, strict=True):
        draft = kept[place].draft
        sound = [
            asked
            for asked in polished(_asked_again(text, doc, draft))
            if asked not in draft.wordings
            and not wording_fault(asked, draft, names)
            and not leak_fault(asked, draft.answers)
        ]
        found[place] += [asked for asked in sound if asked not in found[place]]
    # What a draft's plainest wordings gave, that which changes most, is enough to choose from.
    found = {place: texts[:ENOUGH] for place, texts in found.items()}
    if embed is not None:
        found = _of_one_meaning(kept, found, embed)
    result = list(kept)
    for place, texts in found.items():
        draft = replace(kept[place].draft, rewordings=tuple(texts))
        result[place] = replace(kept[place], draft=draft)
    return result


#: How a natural wording opens: with what is asked for, or with a phrase in front of it.
_OPENING = re.compile(
    r"^(?:(?:after|at|before|by|for|from|in|into|of|on|outside|over|through|to|under|until|with"
    r"|within) )?(?:wh|how)(?!\w*,)|, (?:wh|how)",
    re.I,
)


#: A time or place in front of the question: "In three years, who …?"; no heading, no clause.
_ASIDE = re.compile(
    r"^(?:as|at|between|by|during|for|from|in(?! [“\"])|on|over|since|within)\b[^“\"]*, (?:wh|how)",
    re.I,
)


def _bases(draft: Draft) -> list[str]:
    """The wordings that are natural by themselves, the plainest first.

    "Dorcas Pell paid how much?" is none, "Who, with a key, came?" hardly, and "Which pound did she
    pay?" says more than was asked.
    """
    plain = draft.wordings[0]
    some = [
        w
        for w in draft.wordings
        if _OPENING.search(w) and not new_words(w, plain) and (w == plain or not _ASIDE.search(w))
    ]
    return some[:BASES]


def _of_one_meaning(
    kept: Sequence[Kept], found: dict[int, list[str]], embed: Embed
) -> dict[int, list[str]]:
    pairs = [(place, text) for place, texts in found.items() for text in texts]
    if not pairs:
        return found
    plain = sorted({place for place, _ in pairs})
    vectors: Any = embed([kept[place].draft.text for place in plain])
    asked: Any = embed([text for _, text in pairs])
    row = {place: number for number, place in enumerate(plain)}
    near: dict[int, list[str]] = {place: [] for place in found}
    for number, (place, text) in enumerate(pairs):
        if float(asked[number] @ vectors[row[place]]) >= LEAST_MEANING:
            near[place].append(text)
    return near


def _asked_again(text: str, doc: Doc, draft: Draft) -> Iterator[str]:
    """Rewordings of one wording, those that change most first."""
    yield from turned(text, draft)
    for phrase, other in mapping("rewording", "phrases").items():
        if re.search(rf"\b{phrase}\b", text):
            yield re.sub(rf"\b{phrase}\b", other, text)
    verb = _verb_edits(doc)
    nouns = _word_edits(doc, draft)
    asking = _asking(doc)
    modal = {} if asking is None else modal_edits(doc, asking)
    if verb and nouns:
        yield _edited(text, doc, {**nouns, **verb})
    if modal and nouns:
        yield _edited(text, doc, {**nouns, **modal})
    for edits in (modal, verb, nouns):
        if edits:
            yield _edited(text, doc, edits)


# --- other words ------------------------------------------------------------------------------


@cache
def _verbs() -> dict[str, list[tuple[str, str, str, str]]]:
    """By every form of a verb: (lemma, particle, frame, other words)."""
    forms: dict[str, list[tuple[str, str, str, str]]] = {}
    for left, other in mapping("rewording", "verbs").items():
        verb, _, frame = left.partition("/")
        lemma, _, particle = verb.partition(" ")
        for form in {lemma, *(inflected(lemma, tag) for tag in ("VBZ", "VBD", "VBN", "VBG"))}:
            forms.setdefault(form, []).append((lemma, particle, frame, other))
    return forms


def _verb_edits(doc: Doc) -> dict[int, str]:
    """The question's verb by another: what its tokens become, by place; {} where there is none."""
    wh = _asking(doc)
    verb = None if wh is None else _main_verb(doc, wh)
    if wh is None or verb is None:
        return {}
    for lemma, particle, frame, other in _verbs().get(verb.lower_, ()):
        beside = _particle(verb, particle)
        if (particle and beside is None) or (not particle and _particle(verb) is not None):
            continue
        edits: dict[int, str] = {}
        after = doc[verb.i + 1] if verb.i + 1 < len(doc) else None
        if frame in {"t", "a", "i"}:
            if frame not in _takes(verb, wh):
                continue
        elif after is None or after.lower_ != frame:
            continue
        elif frame != "that":
            edits[after.i] = ""
        first, _, rest = other.partition(" ")
        form = inflected(first, _tag(verb, lemma))
        edits[verb.i] = f"{form} {rest}".strip()
        if beside is not None:
            edits[beside.i] = ""
        return edits
    return {}


def _asking(doc: Doc) -> int | None:
    """Where the asking word stands: "When the hold was swept, **who** added up her page?"."""
    label = _LABEL.search(doc.text)
    first = 0 if label is None or label.start() else label.end()
    places = [t.i for t in doc if t.lower_ in _WH and t.idx >= first]
    fronted = [place for place in places if place and doc[place - 1].text == ","]
    return next(iter([*fronted, *places]), None)


def _main_verb(doc: Doc, wh: int) -> Token | None:
    """The first verb after the asking word that is no helper."""
    label = _LABEL.search(doc.text)
    last = len(doc.text) if label is None or label.start() == 0 else label.start()
    for token in doc[wh + 1 :]:
        if token.idx >= max(last, doc[wh].idx):
            return None
        if token.lower_ in _HELPERS or token.tag_ in {"NNP", "NNPS", "RB"}:
            continue
        if doc[token.i - 1].tag_ in {"DT", "PRP$", "JJ", "CD"}:
            continue
        if token.i - 1 > wh and doc[token.i - 1].lower_ in {"who", "that", "which", "whom"}:
            # "the person who refused ...": it tells who is meant.
            return None
        if token.tag_.startswith("VB") or token.dep_ in {"ROOT", "acomp"}:
            return token
        if token.dep_ == "relcl":
            return token
    return None


def _particle(verb: Token, particle: str = "") -> Token | None:
    """The particle of a verb: that one, or any."""
    for token in verb.children:
        if token.dep_ == "prt" and (not particle or token.lower_ == particle):
            return token
    return None


def _takes(verb: Token, wh: int) -> str:
    """The frames that fit: an object in the active ("ta") or passive ("t"), or none ("i")."""
    doc = verb.doc
    if any(c.dep_ in {"ccomp", "xcomp", "dative", "oprd"} for c in verb.children):
        return ""
    if any(t.lower_ in _BEING for t in doc[wh + 1 : verb.i]) and not verb.text.endswith("ing"):
        return "t"
    return _active(verb, wh)


def _active(verb: Token, wh: int) -> str:
    doc = verb.doc
    held = any(c.dep_ in {"dobj", "obj"} and c.i > verb.i for c in verb.children)
    asking = doc[wh].lower_
    helper = next((t for t in doc[wh + 1 : verb.i] if t.lower_ in _HELPERS), None)
    inverted = helper is not None and helper.i + 1 < verb.i
    counted = asking == "how" and doc[wh + 1].tag_ == "JJ"
    alone = wh == 0 or doc[wh - 1].tag_ != "IN"
    if alone and inverted and (asking in {"what", "whom", "who", "which"} or counted):
        stranded = doc[-2].tag_ == "IN"
        if held:
            # Of two objects one was misread, or a preposition is left over.
            return "ta" if stranded else ""
        return "i" if stranded else "ta"
    return "ta" if held else "i"


def _tag(verb: Token, lemma: str) -> str:
    """The Penn tag of a verb's form by what stands before it, since questions are parsed amiss."""
    low = verb.lower_
    before = [t.lower_ for t in verb.doc[: verb.i] if t.lower_ in _HELPERS]
    if low.endswith("ing") and low != lemma:
        return "VBG"
    if before and before[-1] in _BEFORE_BARE:
        return "VB"
    if before and low == inflected(lemma, "VBN"):
        return "VBN"
    if verb.tag_ in _FINITE and low != lemma:
        return verb.tag_
    if low == lemma == inflected(lemma, "VBD"):
        return "VBD"
    return "VBZ" if low == inflected(lemma, "VBZ") else "VBD" if low != lemma else "VBP"


def _word_edits(doc: Doc, draft: Draft) -> dict[int, str]:
    """A few words by others, none of a name, of a heading, or of the answer."""
    told = content(" ".join(draft.answers))
    label = _LABEL.search(doc.text)
    nouns, others = mapping("rewording", "nouns"), mapping("rewording", "others")
    edits: dict[int, str] = {}
    for token in doc:
        around = doc[max(0, token.i - 1) : token.i + 2]
        if token.ent_type_ or any(t.tag_ in {"NNP", "NNPS"} for t in around):
            continue
        if label is not None and label.start() <= token.idx < label.end():
            continue
        lemma = token.lower_ if token.lower_ in nouns else token.lemma_.lower()
        joined = {child.dep_ for child in token.children} | {token.dep_}
        if "compound" in joined or "-" in {t.text for t in around}:
            # "company business", "linker error", "government-wide" are terms.
            continue
        if token.tag_ in {"NN", "NNS"} and lemma in nouns and len(edits) < MOST_WORDS:
            other = nouns[lemma]
            if not content(other) & told:
                plural = token.tag_ == "NNS" and lemma != token.lower_
                edits[token.i] = _plural(other) if plural else other
        elif token.lower_ in others and (
            not token.tag_.startswith("JJ") or doc[token.i + 1].tag_.startswith("NN")
        ):
            edits[token.i] = others[token.lower_]
    return edits


def _plural(noun: str) -> str:
    head, _, last = noun.rpartition(" ")
    return f"{head} {inflected(last, 'NNS')}".strip()


def _edited(text: str, doc: Doc, edits: dict[int, str]) -> str:
    """The wording with some tokens replaced, its articles agreeing."""
    pieces = []
    for token in doc:
        word = edits.get(token.i, text[token.idx : token.idx + len(token)])
        following = doc[token.i + 1] if token.i + 1 < len(doc) else None
        if token.lower_ in {"a", "an"} and following is not None and following.i in edits:
            word = "an" if edits[following.i][:1] in "aeiou" else "a"
        pieces.append(word + (token.whitespace_ if word else ""))
    return re.sub(r" +(?=[?,])", "", "".join(pieces))
