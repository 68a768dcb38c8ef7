"""What stands in a Markdown file for the program that publishes it: front matter, template tags."""

from __future__ import annotations

import re

from workbench.io import yamls
from workbench.questions.parsing.inline import MASK

_FRONT = re.compile(
    r"\s*?(---|\+\+\+)[ \t]*\n(?=(?:#.*\n|\s*\n)*[\w\"'-]+\s*[:=])(.*?\n)\1[ \t]*(?:\n|$)", re.S
)
#: Tags of Jinja, Liquid and mdBook, and the attributes that Kramdown puts in braces. A double
#: brace left open in prose or code must not swallow what follows, hence no blank line within.
_TEMPLATE = re.compile(
    r"\{%(?:[^%\n]|%(?!\})|\n(?![ \t]*\n)){0,2000}%\}"
    r"|\{\{(?:[^{}\n`]|\}(?!\})|\n(?![ \t]*\n)){0,2000}\}\}"
    r"|\{:\s*[.#][^{}\n]*\}|(?<=[ \t])\{#[\w.:-]+\}(?=[ \t]*$)",
    re.M,
)


def front_matter(text: str) -> tuple[int, dict[str, str]]:
    """Where the front matter ends (0 without any) and the scalars it states."""
    head = _FRONT.match(text)
    return (head.end(), _facts(head)) if head else (0, {})


def _facts(head: re.Match[str]) -> dict[str, str]:
    if head.group(1) == "+++":
        pairs = re.findall(r"^(\w[\w-]*)\s*=\s*[\"']?(.*?)[\"']?\s*$", head.group(2), re.M)
        return dict(pairs)
    try:
        values = yamls.load(head.group(2))
    except yamls.YAMLError:
        return {}
    values = values if isinstance(values, dict) else {}
    scalars = {k: v for k, v in values.items() if v is not None and not isinstance(v, (dict, list))}
    return {str(key): str(value).strip() for key, value in scalars.items()}


def without_templates(text: str, front: int) -> str:
    """The text without its template tags, every other character at the same place.

    A tag that fills its lines becomes blank lines, so that it parts blocks as it does when the
    page is made. Any other becomes characters that may stand in a word or a link's target.
    """
    text = text.replace("\0", MASK)

    def mask(match: re.Match[str]) -> str:
        start, end = match.span()
        # A look at what is near suffices, and stays fast where one line holds the whole text.
        before, after = text[max(start - 500, 0) : start], text[end : end + 500]
        alone = (
            not before.rpartition("\n")[2].strip(" \t>") and not after.partition("\n")[0].strip()
        )
        if alone and not before.rstrip(" \t\n>").endswith("("):
            return re.sub(r"[^\n]", " ", match.group())
        return MASK * (end - start)

    return re.sub(r"[^\n]", " ", text[:front]) + _TEMPLATE.sub(mask, text)[front:]
