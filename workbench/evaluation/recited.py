"""Text that a model behind an endpoint gives back: what it writes, held against what stands. Pure.

Such a model does not tell which token it would have chosen, so it is asked to go on, greedily, and
words are compared where tokens are elsewhere. In a language without spaces a character is a word.
"""

from __future__ import annotations

from difflib import SequenceMatcher

from workbench.text import by_character

#: Tokens that a reply may have for each word that is looked for.
TOKENS_PER_WORD = 2.5
#: Marks that a model puts around a text that it gives back.
_AROUND = "\"'“”‘’`*…"


def words(text: str, language: str) -> list[str]:
    """The words of a text as they are written, with their punctuation."""
    return list("".join(text.split())) if by_character(language) else text.split()


def joined(row: list[str], language: str) -> str:
    """Words as a text."""
    return ("" if by_character(language) else " ").join(row)


def hits(reply: str, prefix: str, rest: list[str], language: str) -> str:
    """Which words of ``rest`` the reply gives back: those from the first on, and the longest run.

    They may stand anywhere in it: what a chat model says before does no harm, nor does the prefix
    said once more.
    """
    said = [word.strip(_AROUND) for word in words(reply.replace(prefix, " "), language)]
    true = [word.strip(_AROUND) for word in rest]
    head = max((_common(true, said[at:]) for at in range(len(said))), default=0)
    found = SequenceMatcher(None, true, said, autojunk=False).find_longest_match()
    marks = ["1"] * head + ["0"] * (len(true) - head)
    marks[found.a : found.a + found.size] = ["1"] * found.size
    return "".join(marks)


def _common(first: list[str], second: list[str]) -> int:
    """How many words two rows begin with alike."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(first), len(second)))
