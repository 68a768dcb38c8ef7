"""A Word file -> text: headings as ``#`` lines, tables as rows, changes as they were accepted.

python-docx opens the package and finds its parts (Word Online calls the text ``document2.xml``).
Its own paragraphs leave out what stands in a tracked insertion, a content control or a field, so
the text is taken from the elements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.corpus.tables import table_text

if TYPE_CHECKING:
    from lxml.etree import _Element

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
#: What stands in a text's tree and is no text: settings, the old place of a moved text, and the
#: second form of a drawing for programs that do not know the first.
_PASSED = {_W + "pPr", _W + "rPr", _W + "del", _W + "moveFrom", _FALLBACK}
_AS_TEXT = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
#: Levels of styles that are no headings: of a text's own title, and of a table of contents.
_TITLE, _CONTENTS = 0, -1


def read_word(path: Path) -> tuple[str, str]:
    """The text of the file's body, and its title: a paragraph in the style of that name, or "".

    Headers, footers, comments and a table of contents are left out. Raises what python-docx and
    lxml raise where the file is damaged.
    """
    import docx

    document = docx.Document(str(path))
    levels = _levels(document.styles.element)
    blocks: list[str] = []
    title = ""
    for block in _blocks(document.element.body):
        if block.tag == _W + "tbl":
            blocks.append(_table(block))
            continue
        text, level = _text(block).strip(), _level(block, levels)
        if level == _CONTENTS or not text:
            continue
        if level == _TITLE:
            title = title or " ".join(text.split())
        blocks.append(f"{'#' * min(level, 6)} {' '.join(text.split())}" if level else text)
    return "\n\n".join(filter(None, blocks)), title


def _blocks(body: _Element) -> Iterator[_Element]:
    """The paragraphs and tables in order, those within content controls and the like too."""
    stack = list(reversed(body))
    while stack:
        element = stack.pop()
        if element.tag in (_W + "p", _W + "tbl"):
            yield element
        elif element.tag not in _PASSED:
            stack.extend(reversed(element))


def _text(element: _Element) -> str:
    """The text below an element, as it reads with all tracked changes accepted."""
    pieces: list[str] = []
    stack = list(reversed(element))
    while stack:
        node = stack.pop()
        tag = node.tag
        if not isinstance(tag, str) or tag in _PASSED:
            continue
        if tag == _W + "t":
            pieces.append(node.text or "")
        elif tag == _W + "p":
            # A paragraph in a cell or a text box, apart from what stands beside it.
            pieces.append("\n")
            stack.extend(reversed(node))
        elif tag.startswith(_W) and tag[len(_W) :] in _AS_TEXT:
            pieces.append(_AS_TEXT[tag[len(_W) :]])
        else:
            stack.extend(reversed(node))
    return "".join(pieces)


def _table(table: _Element) -> str:
    rows = []
    for row in table.iter(_W + "tr"):
        # The text of a table within a cell is part of that cell's.
        if _nearest(row, "tbl") is table:
            cells = [cell for cell in row.iter(_W + "tc") if _nearest(cell, "tr") is row]
            rows.append([_text(cell).strip() for cell in cells])
    return table_text(rows)


def _nearest(element: _Element, name: str) -> _Element | None:
    return next(element.iterancestors(_W + name), None)


def _level(paragraph: _Element, levels: dict[str, int]) -> int | None:
    """The depth of a heading, 1 to 9; _TITLE, _CONTENTS, or None for a plain paragraph."""
    properties = paragraph.find(_W + "pPr")
    if properties is None:
        return None
    own = _outline(properties)
    style = properties.find(_W + "pStyle")
    if own is not None or style is None:
        return own
    id = style.get(_W + "val", "")
    # A file may have lost its styles; Word's own have ids such as "Heading1" in English.
    return levels.get(id, _named(re.sub(r"(?<=[a-z])(?=\d)", " ", id.lower())))


def _outline(properties: Any) -> int | None:
    """The depth that paragraph settings state; the tenth level is that of body text."""
    level = None if properties is None else properties.find(_W + "outlineLvl")
    value = "" if level is None else level.get(_W + "val", "")
    return int(value) + 1 if value.isdigit() and int(value) < 9 else None


def _levels(styles: _Element) -> dict[str, int]:
    """Each style's depth by its id, its own or that of the style it is based on.

    The outline level is told apart from the style's name, which is in any language; the names of
    Word's own styles are English in every file.
    """
    own: dict[str, int | None] = {}
    based: dict[str, str] = {}
    for style in styles.iter(_W + "style"):
        id = style.get(_W + "styleId", "")
        name = style.find(_W + "name")
        own[id] = _named((name.get(_W + "val", "") if name is not None else "").lower())
        if own[id] is None:
            own[id] = _outline(style.find(_W + "pPr"))
        base = style.find(_W + "basedOn")
        if base is not None:
            based[id] = base.get(_W + "val", "")
    found: dict[str, int] = {}
    for id in own:
        seen, at = {id}, id
        while own.get(at) is None and (above := based.get(at)) is not None and above not in seen:
            seen.add(above)
            at = above
        level = own.get(at)
        if level is not None:
            found[id] = level
    return found


def _named(name: str) -> int | None:
    if name == "title":
        return _TITLE
    if name.startswith("toc ") or name == "table of figures":
        return _CONTENTS
    kind, _, number = name.partition(" ")
    return int(number) if kind == "heading" and number.isdigit() else None
