"""What is known of a question before anybody has read it: the numbers its estimate is made of."""

from __future__ import annotations

import re

from workbench.questions.parsing.names import Names
from workbench.questions.quality.information import common_bits, least_bits
from workbench.questions.quality.usage import Usage, looseness
from workbench.questions.words import STOP, content, stem, tokens, words
from workbench.questions.writers.drafts import Draft

#: Kinds of answer, ways to open a question and light verbs that are told apart, each by a 0 or 1.
TYPES = (
    "person", "thing", "number", "money", "time", "duration", "place", "reason", "means", "deed",
    "definition", "condition", "list", "order", "row", "name",
)  # fmt: skip
OPENINGS = (
    ("who", r"(?:who|which person)\b"),
    ("what", r"what\b"),
    ("which", r"which\b(?! person)"),
    ("how much", r"(?:how many|how much|what number)\b"),
    ("how", r"how\b(?! many| much)"),
    ("why", r"(?:why|for what (?:reason|purpose))\b"),
    ("when", r"(?:when|at what (?:point|time)|on which)\b[^,]*$"),
    ("where", r"(?:where|in what place)\b"),
    (
        "preposition",
        r"(?:to|by|with|from|into|of|for|in|on|at|under|after|before|until)\s+(?:wh|how)",
    ),
    ("phrase", r"[^,“”]+, (?:wh|how|to wh|by wh|in wh|for wh|with wh)"),
)  # fmt: skip
_OPENINGS = tuple((name, re.compile(pattern, re.I)) for name, pattern in OPENINGS)
_LIGHT = re.compile(
    r"\b(?:ha(?:ve|s|d)|is|are|was|were|be|do|does|did|get|use|make|give|take|provide|come|go)"
    r"\b(?=[^\w]*$| in\b| to\b| for\b)",
    re.I,
)
_LABEL = re.compile(r" ?\(?“[^”]*”\)?")
_FORM = {
    "asks a duty": re.compile(r"\b(?:should|must|need to|ha(?:ve|s) to|required)\b", re.I),
    "asks what may be": re.compile(r"\b(?:can|may|might|could|would)\b", re.I),
    "asks what will be": re.compile(r"\bwill\b", re.I),
    "says you": re.compile(r"\byou(?:r|rs|rself)?\b", re.I),
    "joins": re.compile(r"\b(?:and|or)\b"),
    "passive": re.compile(r"\b(?:is|are|was|were|be|been|being) \w+(?:ed|en)\b|\bby wh", re.I),
    "has a clause": re.compile(r"\b(?:that|who|which|when|if|because|where|while)\b(?!^)", re.I),
    "has a condition": re.compile(r"\b(?:if|unless|when|once)\b", re.I),
    "has a number": re.compile(r"\d"),
    "has code": re.compile(r"[a-z]_[a-z]|::|\w\(\)|\.\w|<\w+>|--\w|[a-z][A-Z]"),
    "ends with a preposition": re.compile(
        r"\b(?:to|by|with|from|into|of|for|in|on|at|about|through|up|out)\?$"
    ),
}
_SENTENCE = {
    "opens by pointing": re.compile(r"(?:this|that|these|those|it|they|he|she|such|here)\b", re.I),
    "opens by linking": re.compile(
        r"(?:but|and|so|then|however|therefore|also|instead|thus|still|yet|now|for example"
        r"|in (?:this|that|addition|fact)|as a result|otherwise|similarly|finally|next)\b",
        re.I,
    ),
    "opens with a condition": re.compile(r"(?:if|when|once|unless|after|before)\b", re.I),
}
_ANSWER_POINTS = re.compile(
    r"\b(?:this|that|these|those|it|them|its|their|such|his|her|him|which|your|other|new)\b", re.I
)
_CONDITION = re.compile(r"(?:if|when|once|unless|because|by|after|before|until)\b", re.I)
_POINTS = re.compile(r"\b(?:this|that|these|those|it|they|them|its|their|such|he|she)\b", re.I)
_DEFINITE = re.compile(r"\bthe ((?:(?!the\b)[a-z][\w-]*\s?)+)")


def features(
    draft: Draft,
    text: str,
    fluency: float | None,
    agreement: float | None,
    names: Names,
    usage: Usage,
) -> dict[str, float | None]:
    """The numbers by name, of one wording (``text``) of a draft.

    ``fluency`` is the question's mean log-probability, ``agreement`` how well it was answered when
    it was read back (0 to 1); None where they are not known.
    """
    plain = _LABEL.sub("", text)
    plain = re.sub(r"^(?:In|According to), ", "", plain)
    answer = draft.answers[0] if draft.answers else ""
    quote, before, after = _around(draft)
    asked, told, said = content(plain), content(answer), content(quote)
    run, answered = words(plain), words(answer)
    bits = usage.bits(plain, names)
    least = least_bits(usage.sections, draft.type, draft.tale)
    rarity = [common_bits(w) for w in run if w not in STOP]
    spread = [usage.spread[w] / max(1, usage.sections) for w in sorted(asked)]
    heads, bare = _definite(plain)
    earlier = content(before)
    named = [t for t in tokens(plain)[1:] if names.is_name(t)]
    subject = content(draft.subject)
    kind = names.kind(answer) if any(names.is_name(t) for t in tokens(answer)) else ""
    opening = next((name for name, p in _OPENINGS if p.match(plain)), "")
    answer_rarity = [common_bits(w) for w in answered if w not in STOP]
    own, other = usage.sections_told(asked, draft.section)
    result: dict[str, float | None] = {
        "tale": float(draft.tale),
        "by the reader": float(draft.way == "reader"),
        "lasting": float(draft.lasting),
        "doubt": draft.doubt,
        "looseness": looseness(draft),
        "pronoun resolved": float(bool(draft.named)),
        "fluency": fluency,
        "agreement": agreement,
        "words asked": len(run),
        "words answered": min(30, len(answered)),
        "content asked": len(asked),
        "content answered": min(20, len(told)),
        "words in the sentence": min(60, len(words(quote))),
        "sentence covered": len((asked | told) & said) / max(1, len(said)),
        "question in the sentence": len(asked & said) / max(1, len(asked)),
        "answer in the sentence": len(told & said) / max(1, len(told)),
        "bits": min(60.0, bits),
        "bits over the least": min(30.0, bits - least),
        "bits per word": bits / max(1, len(asked)),
        "rarest word": max(rarity, default=0.0),
        "words' rarity": sum(rarity) / max(1, len(rarity)),
        "most common word": max(spread, default=0.0),
        "words' spread": sum(spread) / max(1, len(spread)),
        "names asked": len(named),
        "definite nouns": len(heads),
        "bare definite nouns": bare,
        "definite nouns told before": sum(h in earlier for h in heads),
        "asked words told before": len(asked & earlier) / max(1, len(asked)),
        "nothing before": float(not before),
        "answer told around": len(told & (earlier | content(after))) / max(1, len(told)),
        "own section": own,
        "next section": other,
        "has a heading": float("“" in text),
        "subject asked": float(bool(subject) and subject <= asked),
        "subject's words": len(subject),
        "you do it": float(draft.subject.lower() == "you"),
        "subject is a name": float(any(names.is_name(t) for t in tokens(draft.subject))),
        "answer has a name": float(any(names.is_name(t) for t in tokens(answer)[0:])),
        "answer has a number": float(any(c.isdigit() for c in answer)),
        "answer has an article": float(answer.lower().startswith(("a ", "an ", "the "))),
        "what of a person": float(kind == "person" and opening in {"what", "preposition"}),
        "who of no person": float(kind not in {"person", "group"} and opening == "who"),
        "answer is a person": float(kind == "person"),
        "answer is a group": float(kind == "group"),
        "answer is a place": float(kind == "place"),
        "answer points": float(bool(_ANSWER_POINTS.search(answer))),
        "answer in the question": len(told & asked) / max(1, len(told)),
        "answer opens with to": float(answer.lower().startswith("to ")),
        "answer opens with a condition": float(bool(_CONDITION.match(answer))),
        "answer's rarity": max(answer_rarity, default=0.0),
        "answer's spread": max((usage.spread[w] for w in told), default=0) / max(1, usage.sections),
        "question in the next sentences": len(asked & content(after)) / max(1, len(asked)),
        "answer joins": float(bool(re.search(r"\b(?:and|or)\b|,", answer))),
        "light ending": float(bool(_LIGHT.search(plain.rstrip("?")))),
        "commas": plain.count(","),
        "commas in the sentence": min(6, quote.count(",")),
        "pointing words in the sentence": min(5, len(_POINTS.findall(quote))),
        "condition left out": float(
            bool(re.search(r"\b(?:if|unless|when)\b", quote, re.I))
            and not re.search(r"\b(?:if|unless|when)\b", f"{plain} {answer}", re.I)
        ),
        "sentence has marks": float(bool(re.search(r"[“”\"();:—]", quote))),
        "sections": min(200, usage.sections) / 100,
    }
    result |= {name: float(bool(p.search(plain))) for name, p in _FORM.items()}
    result |= {name: float(bool(p.match(quote))) for name, p in _SENTENCE.items()}
    result |= {f"type {kind}": float(draft.type == kind) for kind in TYPES}
    result |= {f"opens with {name}": float(bool(p.match(plain))) for name, p in _OPENINGS}
    return result


def _around(draft: Draft) -> tuple[str, str, str]:
    """(the sentence, what stands before it, what stands after it), each on one line."""
    quote = " ".join(draft.quote.split())
    stretch = " ".join(draft.stretch.split())
    place = stretch.find(quote[:80])
    if place < 0:
        return quote, "", ""
    return quote, stretch[:place], stretch[place + len(quote) :]


def _definite(text: str) -> tuple[list[str], int]:
    """Stems of the nouns that "the" points at, and how many of them stand without more."""
    heads, bare = [], 0
    for match in _DEFINITE.finditer(text):
        run: list[str] = []
        for word in match[1].split():
            if word in STOP:
                break
            run.append(word)
        if run:
            heads.append(stem(run[-1]))
            bare += len(run) == 1
    return heads, bare
