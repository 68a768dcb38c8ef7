"""What can be told of a question without keeping it: its form, length, names and numbers."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from workbench.text import length

#: Forms in the order in which they are looked for, by what shows them; the first that is found.
#: English, and Chinese in simplified and traditional characters.
FORMS: dict[str, re.Pattern[str]] = {
    form: re.compile(pattern, re.IGNORECASE)
    for form, pattern in {
        "why": r"\bwhy\b|\bhow come\b|为什么|為什麼|为何|為何",
        "how_many": r"\bhow (?:many|much|long|often|far|old|big|large|tall|deep|wide|high)\b"
                    r"|多少|几[个人次天年岁]|幾[個人次天年歲]|多久|多长|多長",
        "how": r"\bhow\b|怎么|怎麼|怎样|怎樣|如何",
        "who": r"\bwho(?:m|se)?\b|谁|誰",
        "when": r"\bwhen\b|\bwhat (?:time|year|day|date)\b"
                r"|什么时候|什麼時候|何时|何時|哪一?[年天日]",
        "where": r"\bwhere\b|哪里|哪裡|哪儿|哪兒|何处|何處",
        "which": r"\bwhich\b|哪",
        "what": r"\bwhat(?:'s)?\b|什么|什麼|何",
        "yes_or_no": r"^\W*(?:is|are|am|was|were|do|does|did|can|could|may|might|must|shall|should"
                     r"|will|would|has|have|had)(?:n't)?\b|吗|嗎",
        "request": r"^\W*(?:please|tell|explain|describe|list|give|show|summari[sz]e|compare|write"
                   r"|name|find|help)\b|^请|^請",
    }.items()
}  # fmt: skip
OTHER = "other"

#: A word with a capital letter that no sentence begins with; "I" is no name.
_NAME = re.compile(r"(?<=[\w,;:'’\")] )(?!I\b)[A-Z][\w’'-]*(?: (?!I\b)[A-Z][\w’'-]*)*")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class Traits:
    """One question by its outside; ``words`` as answers are counted."""

    form: str
    words: int
    names: int
    numbers: int

    def record(self) -> dict[str, Any]:
        """For the log."""
        return asdict(self)


def traits(text: str) -> Traits:
    """What is told of a question by rule, the same for the exam's and for those that are asked."""
    form = next((name for name, shown in FORMS.items() if shown.search(text)), OTHER)
    return Traits(form, length(text), len(_NAME.findall(text)), len(_NUMBER.findall(text)))
