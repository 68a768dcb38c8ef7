"""Whom "he" and "she" mean, where only one person can be meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.questions.names import Names, bare, name_run
from workbench.questions.sentences import Sentence
from workbench.questions.words import Token, tokens

#: How many sentences back a name may stand for a pronoun to be read as it.
REACH = 4
_GENDER = {"he": "his", "she": "her"}
#: What the possessives tell; "her" may also be an object, which is of the same person.
_OWNED = {**_GENDER, "his": "his", "her": "her"}


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    sentence: int
    name: str
    gender: str
    opens: bool


class Referents:
    """The persons that a section's narration names, in order."""

    def __init__(self, run: Sequence[Sentence], names: Names) -> None:
        self._run = run
        self._mentions: list[list[_Mention]] = []
        self._pronouns = [
            [t for t in tokens(s.text, s.start) if t.lower in _GENDER] if not s.speech else []
            for s in run
        ]
        for place, sentence in enumerate(run):
            self._mentions.append(_mentions(place, sentence, names))
            self._chain(place, sentence)

    def _chain(self, place: int, sentence: Sentence) -> None:
        """A pronoun that opens a sentence and is understood counts as naming its person again."""
        first = next(iter(tokens(sentence.text, sentence.start)), None)
        opens = first is not None and first.lower in _GENDER
        name = self.resolve(place, first) if first is not None and opens else ""
        if name and first is not None:
            mention = _Mention(first.start, place, name, _GENDER[first.lower], True)
            self._mentions[place].insert(0, mention)

    def resolve(self, place: int, pronoun: Token) -> str:
        """The person that the pronoun must mean, or "".

        Either only one person of that gender (or of unknown gender) has been named in the last few
        sentences; or the sentence before opened with one, and neither it nor this one names a rival
        before the pronoun.
        """
        gender = _OWNED.get(pronoun.lower)
        if gender is None:
            return ""
        if self._run[place].speech:
            return ""
        earlier = next((t for t in self._pronouns[place] if _GENDER[t.lower] == gender), pronoun)
        if earlier.start < pronoun.start:
            # The same pronoun again means the same person, or one that was not understood.
            return self.resolve(place, earlier)
        matches = [
            m
            for at in range(max(0, place - REACH), place + 1)
            for m in self._mentions[at]
            if m.start < pronoun.start
        ]
        item = _only(matches, gender)
        if item:
            return item
        near = [m for m in matches if m.sentence >= place - 1]
        opened = [m for m in near if m.opens and m.sentence == place - 1]
        return _only(near, gender) if opened and opened[0].gender == gender else ""


def _only(matches: Sequence[_Mention], gender: str) -> str:
    """The fullest name of the one person of that gender among the mentions, or ""."""
    rivals = [m for m in matches if m.gender in {gender, ""}]
    if not rivals:
        return ""
    if any(m.name.startswith("~") for m in rivals):
        return ""
    fullest = max(rivals, key=lambda m: (len(m.name), -m.start))
    whole = set(fullest.name.split())
    if any(not set(m.name.split()) <= whole for m in rivals):
        return ""
    return fullest.name if fullest.gender == gender else ""


def _mentions(place: int, sentence: Sentence, names: Names) -> list[_Mention]:
    run = tokens(sentence.text, sentence.start)
    result: list[_Mention] = []
    at = 0
    while at < len(run):
        end = name_run(run, at, names)
        if end == at:
            if run[at].lower in {"a", "an", "another", "the"}:
                result += _newcomer(run, at, place)
            at += 1
            continue
        if names.is_person(run[at:end]):
            text = " ".join(
                sentence.text[
                    run[at].start - sentence.start : run[end - 1].end - sentence.start
                ].split()
            )
            name = bare(text)
            if name.startswith("The "):
                name = "the " + name[4:]
            result.append(_Mention(run[at].start, place, name, names.gender(name), at == 0))
        at = end
    return result


_MEN = frozenset(
    {
        "man",
        "boy",
        "gentleman",
        "fellow",
        "lad",
        "father",
        "brother",
        "son",
        "waiter",
        "sailor",
        "officer",
        "priest",
        "soldier",
        "stranger",
        "servant",
        "clerk",
    }
)
_WOMEN = frozenset(
    {
        "woman",
        "girl",
        "lady",
        "mother",
        "sister",
        "daughter",
        "maid",
        "nurse",
        "widow",
        "stranger",
        "servant",
    }
)


def _newcomer(run: Sequence[Token], at: int, place: int) -> list[_Mention]:
    """ "a gaunt, sallow young man", "the boy": somebody unnamed whom a pronoun may mean."""
    for token in run[at + 1 : at + 6]:
        low = token.lower
        if low in _MEN | _WOMEN:
            genders = [g for g, nouns in (("his", _MEN), ("her", _WOMEN)) if low in nouns]
            return [_Mention(token.start, place, f"~{low}", g, False) for g in genders]
        if token.text in ".;:!?" or low in {"of", "in", "to", "and", "with"}:
            break
    return []
