"""Project Gutenberg's header and licence off a text, so that no question is asked about them."""

from __future__ import annotations

import re

START = re.compile(
    r"^[ \t]*\*{2,3}\s*START OF (?:THE|THIS) PROJECT GUTENBERG E-?(?:BOOK|TEXT)\b.*?\*{2,3}[ \t]*$",
    re.I | re.M | re.S,
)
END = re.compile(
    r"^[ \t]*\*{2,3}\s*END OF (?:THE|THIS) PROJECT GUTENBERG E-?(?:BOOK|TEXT)\b"
    r"|^[ \t]*End of (?:the |this )?Project Gutenberg(?:'s|’s)?\b.*$",
    re.I | re.M,
)
SMALL_PRINT = re.compile(
    r"^.*\*\s*END\s*\*?\s*THE SMALL PRINT.*$|^.*END\s*\*?\s*THE SMALL PRINT!.*$", re.I | re.M
)
TITLE = re.compile(r"^Title:[ \t]*(\S.*?)[ \t]*$", re.M)
CREDIT = re.compile(
    r"\s*(?:\[?(?:Produced|Prepared|Transcribed|Scanned|E-?text prepared) by|"
    r"This e-?(?:book|text) was (?:produced|prepared)|\[?Transcriber[’']s note)",
    re.I,
)
HEADER_SHARE = 0.4


def strip(text: str) -> tuple[str, str | None]:
    """The text between Gutenberg's markers, and the title its header states (None: no header).

    Knows both wordings of the START and END lines and the "small print" of the 1990s. A text
    without markers comes back unchanged.
    """
    begin, end = 0, len(text)
    start = START.search(text[:200_000])
    if start:
        begin = start.end()
    else:
        small = list(SMALL_PRINT.finditer(text, 0, int(len(text) * HEADER_SHARE)))
        if small:
            begin = small[-1].end()
    stop = END.search(text, max(begin, int(len(text) * 0.2)))
    if stop:
        end = stop.start()
    if begin == 0 and end == len(text):
        return text, None
    title = TITLE.search(text[: begin or 5000])
    return _without_credits(text[begin:end]), title.group(1) if title else ""


def _without_credits(text: str) -> str:
    """Drop the leading "Produced by ..." paragraphs and the blank lines at both ends."""
    text = text.strip("\n \t")
    while CREDIT.match(text):
        _, _, text = text.partition("\n\n")
        text = text.lstrip("\n \t")
    return text
