"""One question in further words, by rules that keep what it asks for.

Made apart from the rewordings that the embedded reader was trained on
(:mod:`training.reader.data.rewording`): a model asked in the very words of its training
would look steadier than it is. First come rules that change the question's own words, then frames
around it, as people put them; questions in other languages get frames and bare forms alone.
"""

from __future__ import annotations

import re

_AUXILIARY = r"(did|does|do|was|were|is|are|had|has|have|could|can|would|will)"
# What may not follow "which" or "what" where the other is put in its place: no noun begins there.
_NO_NOUN = (
    r"(?!(?:did|does|do|was|were|is|are|had|has|have|could|can|would|will|of|happened)\b"
    r"|\w+ (?:first|last|earlier|later)\b)"
)
_BY = r"(?!.*\b(?:more|less|longer|long|older|younger|earlier|later|higher|further)\b)"
_PLACES = r"(in|on|at|from|to|by|for|with|of|under|into)"
_RULES: tuple[tuple[str, str], ...] = (
    (r"why (.+)", "For what reason {0}"),
    (r"who (were|are) (.+)", "Which people {0} {1}"),
    (r"who (.+)", "Which person {0}"),
    (rf"where {_AUXILIARY} (.+)", "In which place {0} {1}"),
    (rf"when {_AUXILIARY} (.+)", "At what time {0} {1}"),
    (rf"how many {_BY}(.+)", "What number of {0}"),
    (rf"how much {_AUXILIARY} (.+)", "What amount {0} {1}"),
    (rf"how much {_BY}(?!a |an |the |extra )(.+)", "What amount of {0}"),
    (rf"how long {_AUXILIARY} (.+)", "For what length of time {0} {1}"),
    (rf"how {_AUXILIARY} (.+)", "In what way {0} {1}"),
    (r"what (was|is) the name of ((?:\S+ ){0,3}\S+)", "What {0} {1} called"),
    (rf"which {_NO_NOUN}(.+)", "What {0}"),
    (rf"{_PLACES} which {_NO_NOUN}(.+)", "{0} what {1}"),
    (rf"{_PLACES} what {_NO_NOUN}(.+)", "{0} which {1}"),
)
_COMPILED = tuple((re.compile(rf"{p}\?", re.IGNORECASE), new) for p, new in _RULES)
_OPENINGS = re.compile(
    r"(what|who|whom|whose|which|why|where|when|how|in|on|at|from|to|by|for|with|of|under|into|"
    r"did|does|do|was|were|is|are|had|has|have|could|can|would|will)\b",
    re.IGNORECASE,
)
_FRAMES = {
    "en": (
        "According to the text, {0}",
        "I would like to know: {0}",
        "Please answer this: {0}",
        "Can you tell me: {0}",
        "Here is a question: {0}",
    ),
    "zh": ("请问，{0}", "根据文中所述，{0}", "我想知道：{0}", "请回答：{0}", "问题是这样的：{0}"),
}


def wordings(question: str, language: str, count: int) -> list[str]:
    """Up to ``count`` further wordings, the same ones every time; ``language`` is ISO 639-1."""
    text = " ".join(question.split())
    code = language[:2].lower()
    matches: list[str] = []
    if code == "en":
        matches += _reworded(text)
    inner = _lowered(text) if code == "en" else text
    matches += [frame.format(inner) for frame in _FRAMES.get(code, ())]
    matches += [text.rstrip("?？ "), text.lower()]
    return [fromkey for fromkey in dict.fromkeys(matches) if fromkey != text][:count]


def _reworded(text: str) -> list[str]:
    """The wording of the first rule that applies."""
    for pattern, new in _COMPILED:
        match = pattern.fullmatch(text)
        if match:
            result = new.format(*match.groups())
            return [result[0].upper() + result[1:] + "?"]
    return []


def _lowered(text: str) -> str:
    """Without the capital of a question word, which after a colon stands inside a sentence."""
    return text[0].lower() + text[1:] if _OPENINGS.match(text) else text
