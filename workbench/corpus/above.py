"""What stands above a passage: the title of its document and the headings down to it.

"It was mended in 1803." is found by nobody who asks about the wheel of the mill, unless it is
indexed with "The mill > Its wheel".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from workbench.corpus import headings
from workbench.types import Document, Passage, Section

PART = re.compile(r" \(\d+/\d+\)$")
BETWEEN = " > "


def with_headings(
    passages: Sequence[Passage], documents: Sequence[Document], sections: Sequence[Section]
) -> list[str]:
    """The text of each passage under a line of what stands above it; offsets are none of this."""
    above = _Above(documents, sections)
    return [
        f"{line}\n{passage.text}" if (line := BETWEEN.join(above.of(passage))) else passage.text
        for passage in passages
    ]


class _Above:
    """Titles and headings of a corpus, by document and section."""

    def __init__(self, documents: Sequence[Document], sections: Sequence[Section]) -> None:
        self._titles = {document.id: document.title for document in documents}
        self._marked = {document.id: headings.marked(document.text) for document in documents}
        self._sections = {section.id: PART.sub("", section.title) for section in sections}

    def of(self, passage: Passage) -> list[str]:
        """From the outermost to the innermost, each once."""
        lines = [self._titles[passage.document], *self._down_to(passage)]
        return list(dict.fromkeys(line.strip() for line in lines if line.strip()))

    def _down_to(self, passage: Passage) -> Iterator[str]:
        marked = self._marked[passage.document]
        if not marked:
            # A chapter's heading that is no Markdown names its section.
            yield self._sections[passage.section]
            return
        open_: list[headings.Heading] = []
        for heading in marked:
            if heading.start > passage.start:
                break
            while open_ and open_[-1].depth >= heading.depth:
                open_.pop()
            # The heading that a passage begins with is in its text.
            if heading.start < passage.start:
                open_.append(heading)
        yield from (heading.title for heading in open_)
