"""From lower-case word pieces back to written text.

What was copied from the prompt keeps the prompt's spelling: capitals, punctuation and spacing.
The rest is joined by the rules of English typesetting, and cased by a lexicon where there is one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

_LETTERS = re.compile(r"[^\W\d_]+")
_SENTENCE_END = re.compile(r"[.!?:][\"'”’)\]]*\s*[\"'“‘(\[]*\s*$")
_ENDINGS = frozenset(("s", "t", "re", "ve", "ll", "d", "m"))
_TIGHT_BEFORE = frozenset(",.;:!?)]}%…’”")
_TIGHT_AFTER = frozenset("([{$£€#“‘")
_TIGHT_BOTH = frozenset("-–—/_@")


@dataclass(frozen=True)
class Word:
    """A word or mark of the prompt: how the tokenizer sees it, and where it stands."""

    text: str
    start: int
    end: int


def words_of(pieces: Iterable[tuple[str, int, int]], unknown: str) -> list[Word]:
    """Join word pieces with their offsets to words."""
    result: list[Word] = []
    for piece, start, end in pieces:
        if piece.startswith("##") and result and result[-1].text != unknown:
            last = result[-1]
            result[-1] = Word(last.text + piece[2:], last.start, end)
        else:
            result.append(Word(piece, start, end))
    return result


def join_pieces(tokens: Iterable[str]) -> list[str]:
    """Completion tokens as words and marks."""
    result: list[str] = []
    for token in tokens:
        if token.startswith("##") and result:
            result[-1] += token[2:]
        else:
            result.append(token.removeprefix("##"))
    return result


def restore(
    sentences: Sequence[str],
    prompt: Sequence[Word],
    prompt_text: str,
    spelling: Mapping[str, str],
    unknown: str = "[UNK]",
) -> str:
    """The words ``sentences`` as text, runs of the prompt's words spelled as in ``prompt_text``."""
    places: dict[str, list[int]] = defaultdict(list)
    for index, word in enumerate(prompt):
        places[word.text].append(index)
    parts: list[str] = []
    at = 0
    while at < len(sentences):
        size, where = _longest_run(sentences, at, prompt, places, prompt_text)
        while size and not _is_word(sentences[at + size - 1], unknown):
            size -= 1
        run = sentences[at : at + size]
        if size and _is_word(run[0], unknown):
            spelled = _copied(prompt, where, size, prompt_text)
            if at and _opens_sentence(prompt_text, prompt[where].start):
                spelled = _lowered(spelled, run[0], prompt, places, prompt_text, spelling)
            parts.append(spelled)
        elif sentences[at] != unknown:
            size = 1
            parts.append(_cased(sentences[at], spelling))
        at += max(size, 1)
    text = join(parts)
    if text.endswith(("?", "!", ".")) and text[:1].islower() and " " in text:
        text = text[0].upper() + text[1:]
    return text


def _is_word(text: str, unknown: str) -> bool:
    return text.isalnum() or text == unknown


def _longest_run(
    sentences: Sequence[str],
    at: int,
    prompt: Sequence[Word],
    places: Mapping[str, list[int]],
    prompt_text: str,
) -> tuple[int, int]:
    """Length and place of the longest run of prompt words from ``at``; not at a sentence's head
    where another place is as long.
    """
    best, where, best_opens = 0, 0, True
    for place in places.get(sentences[at], ()):
        size = 1
        while (
            at + size < len(sentences)
            and place + size < len(prompt)
            and sentences[at + size] == prompt[place + size].text
        ):
            size += 1
        if size < best:
            continue
        opens = _opens_sentence(prompt_text, prompt[place].start)
        if size > best or (best_opens and not opens):
            best, where, best_opens = size, place, opens
    return best, where


def _copied(prompt: Sequence[Word], where: int, size: int, text: str) -> str:
    return " ".join(text[prompt[where].start : prompt[where + size - 1].end].split())


def _opens_sentence(text: str, start: int) -> bool:
    """Whether what stands at ``start`` opens a sentence, a quotation or the whole text."""
    before = text[max(0, start - 12) : start]
    return not before.strip(" \"'“‘([\n") or bool(_SENTENCE_END.search(before))


def _lowered(
    spelled: str,
    first: str,
    prompt: Sequence[Word],
    places: Mapping[str, list[int]],
    text: str,
    spelling: Mapping[str, str],
) -> str:
    """A sentence's first word inside the completion: lower case, unless it is a name elsewhere."""
    if first in spelling or not spelled[:1].isupper() or first == "i":
        return spelled
    elsewhere = [
        text[prompt[i].start] for i in places[first] if not _opens_sentence(text, prompt[i].start)
    ]
    name = all(map(str.isupper, elsewhere)) if elsewhere else not _common(first)
    if name or spelled[1:2].isupper():
        return spelled
    return spelled[0].lower() + spelled[1:]


_COMMON_WORDS = """
a after all although an and as at because before but by each every for from he her here his how if
in is it its many most my no not now of on one only or our over she since so some soon such that
the their them then there these they this those through to two under until up upon we what when
where which while who why with you your
"""
_COMMON = frozenset(_COMMON_WORDS.split())


def _common(word: str) -> bool:
    """Whether a word is certainly not a name."""
    return word in _COMMON


def _cased(word: str, spelling: Mapping[str, str]) -> str:
    if word == "i":
        return "I"
    return spelling.get(word, word)


def join(parts: Sequence[str]) -> str:
    """Words, marks and copied spans with the spaces that English sets between them."""
    text = ""
    open_quotes = {'"': False, "'": False}
    glue = True
    for index, part in enumerate(parts):
        following = parts[index + 1] if index + 1 < len(parts) else ""
        tight, glue_next = _spacing(text, part, following, open_quotes)
        text += part if glue or tight else f" {part}"
        if len(part) > 1 and part.count('"') % 2:
            open_quotes['"'] = not open_quotes['"']
        glue = glue_next
    return text.strip()


def _spacing(
    text: str, part: str, following: str, open_quotes: dict[str, bool]
) -> tuple[bool, bool]:
    """Whether ``part`` joins what is before it without a space, and what follows joins it."""
    before = text[-1:]
    if part in _TIGHT_BOTH:
        return True, True
    if part in ("'", "’"):
        # Contractions and genitives, which the tokenizer splits: don't, king's.
        if before.isalnum() and following.lower() in _ENDINGS:
            return True, True
        if before.isalnum() and part == "’":
            return True, False
    if part in open_quotes:
        closing = open_quotes[part] or (part == "'" and before.isalnum() and not following)
        open_quotes[part] = not closing
        return closing, not closing
    if part in _TIGHT_BEFORE:
        # No space inside 3.5, 1,000, 7:30 and J.R.
        number = before.isdigit() and following[:1].isdigit()
        initials = len(_last_word(text)) == 1 and len(following) == 1 and following.isalpha()
        joined = part in ",." and number and (part == "." or len(following) == 3)
        clock = part == ":" and number
        return True, joined or clock or (part == "." and initials and before.isalpha())
    return part[:1] in ",.;:!?)]}" and len(part) > 1, part in _TIGHT_AFTER


def _last_word(text: str) -> str:
    match = re.search(r"\w+$", text)
    return match.group() if match else ""


def lexicon(text: str) -> dict[str, str]:
    """How a text usually spells its words: lower-case word -> spelling, where they differ.

    Words are counted inside sentences, where a capital means a name. A word that only ever opens
    sentences is taken for a name if it does so twice and is no common word.
    """
    inside: dict[str, Counter[str]] = defaultdict(Counter)
    opening: dict[str, Counter[str]] = defaultdict(Counter)
    for match in _LETTERS.finditer(text):
        word = match.group()
        counts = opening if _opens_sentence(text, match.start()) else inside
        counts[word.lower()][word] += 1
    result = {}
    for lower, spellings in inside.items():
        usual = spellings.most_common(1)[0][0]
        if usual != lower:
            result[lower] = usual
    for lower, spellings in opening.items():
        usual, times = spellings.most_common(1)[0]
        if lower not in inside and times >= 2 and not _common(lower):
            result[lower] = usual
    return result
