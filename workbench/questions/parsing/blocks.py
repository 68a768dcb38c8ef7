"""A document read block by block, each as clean prose with its exact places in the document."""

from __future__ import annotations

import re

from workbench.questions.parsing import markdown, plain
from workbench.questions.parsing.front import front_matter
from workbench.questions.parsing.model import Block, BlockKind, Page

__all__ = ["Block", "BlockKind", "Page", "is_markdown", "read_page"]

#: What only Markdown has.
_STRONG = re.compile(
    r"^ {0,3}#{1,6}[ \t]+\S|^ {0,3}(?:```|~~~)|\[[^\[\]\n]+\]\((?!\s*\))"
    r"|^ {0,3}\|?[ :]*-{3,}[-:| ]*\||^\[[^\]\n]+\]:\s+\S",
    re.M,
)
#: What plain text may have once in a while; lists that are not nested say nothing.
_WEAK = re.compile(r"^[-*+] .*\n {2,4}[-*+] \S|\*\*\w[^*\n]*\*\*|(?<!`)`[^`\n]+`(?!`)|^> \S", re.M)
#: One feature per so many characters: a "#" in a long novel does not make it Markdown.
_STRONG_EVERY, _WEAK_EVERY, _WEAK_LEAST = 20_000, 500, 2


def is_markdown(text: str) -> bool:
    """Whether a text is written in Markdown, told by how often its features come."""
    if front_matter(text)[0]:
        return True
    if len(_STRONG.findall(text)) * _STRONG_EVERY >= max(len(text), 1):
        return True
    weak = len(_WEAK.findall(text))
    return weak >= _WEAK_LEAST and weak * _WEAK_EVERY >= len(text)


def read_page(text: str, title: str = "") -> Page:
    """Read a document; ``title`` is kept, else the front matter's or first heading's is taken."""
    source = text.replace("\r\n", "\n").replace("\r", "\n")
    if source.startswith("\ufeff"):
        source = " " + source[1:]
    facts: dict[str, str] = {}
    if is_markdown(source):
        blocks, facts = markdown.read(source)
    else:
        blocks = plain.read(source)
    if len(source) < len(text):
        # A line break of two characters stands at its second, the line feed.
        offsets = [m.start() for m in re.finditer(r"\r(?!\n)|[^\r]", text)] + [len(text)]
        blocks = [block.moved(offsets) for block in blocks]
    first = next((b.text for b in blocks if b.kind == "heading" and not b.path), "")
    return Page(tuple(blocks), title or facts.get("title", "") or first, facts)
