"""A Markdown document read into blocks.

markdown-it-py tells the blocks and their lines. The content it gives for a line is the end of
the raw line, so the place of each character follows from the line's own end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from markdown_it.token import Token

from workbench.questions.parsing import inline
from workbench.questions.parsing.front import front_matter, without_templates
from workbench.questions.parsing.html import Piece, pieces
from workbench.questions.parsing.inline import Plain, Source
from workbench.questions.parsing.model import Block, BlockKind, Headings
from workbench.questions.parsing.rows import cells_of, joined

_CONTENTS = re.compile(
    r"(?:on this page|(?:table of )?contents|in this (?:article|page|section)|jump to)\W*$"
    r"|目\s*[录錄次]$",
    re.I,
)
DOTTED = re.compile(r"(?:(?:\. ?){4,}|…{2,}|·{4,})\s*\d+\s*$", re.M)
_TASK = re.compile(r"\[[ xX]\]\s")
_ENDED = re.compile(r"[.!?。！？:：][\"'”’)]*$")
#: What may be left before a paragraph: the colon of a definition, the asterisk of a remark, the
#: dash after a template tag.
_LEADING = re.compile(r"(?:: |[*†‡]+ ?|[-–—] )(?=\S)")
#: A sentence that a list ends ("you can use:"), unless it says itself that links follow.
_SENTENCE = re.compile(r"(?!.*\b(?:see|links?|pages?|resources|information|visit)\b).*[:：]$", re.I)
_FILE_NAME = re.compile(r"<(?:span|div|p) class=[\"'](?:filename|caption)[\"']")
#: From this share of items on that are links alone, a list is a table of contents.
_LINKS_SHARE = 0.8


@dataclass(slots=True)
class _List:
    id: int
    ordered: bool
    lead: Block | None
    path: tuple[str, ...]
    count: int = 0


@dataclass(slots=True)
class _Entries:
    """The items of an outermost list: where their blocks are, and which are links alone."""

    blocks: list[int] = field(default_factory=list)
    links: int = 0
    contents: bool = False


def read(text: str) -> tuple[list[Block], dict[str, str]]:
    """The blocks of a Markdown text whose lines end in a line feed, and its front matter."""
    front, facts = front_matter(text)
    masked = without_templates(text, front)
    blocks = _Reader(masked).blocks()
    if front:
        end = len(text[:front].rstrip())
        blocks.insert(0, Block("other", "", (), front - len(text[:front].lstrip()), end))
    return blocks, facts


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._md = inline.parser()
        self._env: dict[str, dict[str, object]] = {}
        self._starts = [0, *(m.end() for m in re.finditer("\n", text)), len(text) + 1]
        self._blocks: list[Block] = []
        self._headings = Headings()
        self._outer: list[Headings] = []
        self._lists: list[_List] = []
        self._list_ids = 0
        self._entries = _Entries()
        self._item: Block | None = None
        self._waiting = False  # in an item, before its first paragraph
        self._last: Block | None = None  # what may lead into a list or table

    def blocks(self) -> list[Block]:
        tokens: list[Token] = []
        self._md.block.parse(self._text, self._md, self._env, tokens)
        at = 0
        while at < len(tokens):
            at = self._block(tokens, at)
        return self._blocks

    def _block(self, tokens: Sequence[Token], at: int) -> int:
        token = tokens[at]
        kind = token.type
        if kind == "heading_open":
            self._heading(int(token.tag[1]), self._plain(tokens[at + 1]), self._extent(token))
            return at + 3
        if kind == "paragraph_open":
            self._paragraph(tokens[at + 1])
            return at + 3
        if kind == "table_open":
            end = next(i for i in range(at, len(tokens)) if tokens[i].type == "table_close")
            self._table(tokens[at:end])
            return end + 1
        if kind in {"fence", "code_block"}:
            self._add("code", Plain(""), self._extent(token))
        elif kind in {"hr", "definition"}:
            self._add("other", Plain(""), self._extent(token))
        elif kind == "html_block":
            self._html(token)
        elif kind in {"blockquote_open", "list_item_open"}:
            self._outer.append(self._headings)
            self._headings = Headings(self._headings.path)
            if kind == "list_item_open":
                self._waiting, self._last = True, None
        elif kind in {"blockquote_close", "list_item_close"}:
            self._headings = self._outer.pop()
            self._waiting, self._last = False, None
            if kind == "list_item_close":
                self._lists[-1].count += 1
        elif kind in {"bullet_list_open", "ordered_list_open"}:
            self._open_list(kind.startswith("ordered"))
        elif kind in {"bullet_list_close", "ordered_list_close"}:
            self._close_list()
        return at + 1

    # --- places -----------------------------------------------------------------------------

    def _extent(self, token: Token) -> tuple[int, int]:
        """The span of a token's lines, without white space around them."""
        first, after = token.map or (0, 1)
        start, end = self._starts[first], min(self._starts[after] - 1, len(self._text))
        raw = self._text[start:end]
        start += len(raw) - len(raw.lstrip()) if raw.strip() else 0
        return start, start + len(raw.strip())

    def _source(self, token: Token) -> Source:
        """The content of a token with the place of each character."""
        texts: list[str] = []
        places: list[int] = []
        first = (token.map or (0, 1))[0]
        for number, content in enumerate(token.content.rstrip("\n").split("\n"), first):
            start, end = self._starts[number], self._starts[number + 1] - 1
            line = content.lstrip(" \t")  # a tab that a list's marker took a part of is spaces here
            place = self._text.rfind(line, start, end)
            if place < 0:
                continue
            texts.append(line)
            places += range(place, place + len(line))
            places.append(min(end, len(self._text)))
        return Source("\n".join(texts), places[:-1])

    def _plain(self, token: Token) -> Plain:
        return self._read(self._source(token))

    def _read(self, source: Source) -> Plain:
        return inline.plain(source, self._md, self._env.get("references", {}))

    def _sort(self, before: int) -> None:
        """Put the blocks from ``before`` on in order: a caption may stand within another."""
        self._blocks[before:] = sorted(self._blocks[before:], key=lambda block: block.start)

    # --- blocks -----------------------------------------------------------------------------

    def _add(
        self,
        kind: BlockKind,
        plain: Plain,
        extent: tuple[int, int],
        cells: Iterable[tuple[str, str]] = (),
        leading: Block | None = None,
    ) -> Block:
        """Add a block; what it says leads into a list that follows where it is prose."""
        within = self._lists[-1] if self._lists else None
        if kind == "item" and within:
            leading = within.lead
        block = Block(
            kind,
            plain.text,
            plain.places,
            *extent,
            path=self._headings.path,
            lead=leading.text if leading else "",
            lead_span=leading.span(0, len(leading.text)) if leading else None,
            list_id=within.id if within else -1,
            position=within.count if within else 0,
            ordered=within.ordered if within else False,
            depth=max(len(self._lists) - 1, 0),
            cells=tuple(cells),
            code_spans=plain.code,
            strong=plain.strong,
        )
        self._blocks.append(block)
        self._last = block if kind in {"paragraph", "item"} and block.text else None
        return block

    def _heading(self, level: int, plain: Plain, extent: tuple[int, int]) -> None:
        self._headings.above(level)
        self._add("heading", plain, extent)
        self._headings.add(level, plain.text)

    def _paragraph(self, token: Token) -> None:
        before = len(self._blocks)
        extent = self._extent(token)
        source = self._source(token)
        plain = self._read(source)
        if mark := _LEADING.match(plain.text):
            plain = plain.tail(mark.end())
        waiting, self._waiting = self._waiting, False
        if waiting:
            if task := _TASK.match(plain.text):
                plain = plain.tail(task.end())
            if plain.text:
                self._entries.blocks.append(len(self._blocks))
                self._entries.links += plain.only_links
                self._add("item", plain, extent)
        elif plain.text:
            self._prose(source, plain, extent)
        for caption in plain.captions:
            self._caption(caption)
        self._sort(before)
        if not plain.text and not plain.captions:
            self._add("other", plain, extent)

    def _prose(self, source: Source, plain: Plain, extent: tuple[int, int]) -> None:
        """A paragraph, or what only looks like one."""
        navigation = plain.only_links and not _ENDED.search(plain.text)
        dotted = len(DOTTED.findall(source.text)) * 2 > source.text.count("\n") + 1
        if navigation or dotted or _CONTENTS.match(plain.text):
            last_contents = bool(_CONTENTS.match(plain.text))
            block = self._add("other", plain, extent)
            self._last = block if last_contents else None
        elif _FILE_NAME.match(source.text):
            self._add("caption", plain, extent)
        elif (split := source.text.find("\n: ")) > 0 and self._read(source.slice(0, split)).text:
            self._definition(source, split, extent)
        elif "\n\u3000" in source.text:
            # Chinese texts indent each paragraph and leave no blank line between them.
            edges = [m.start() for m in re.finditer("\n(?=\u3000)|$", source.text)]
            for start, end in zip([0, *edges], edges, strict=False):
                part = source.slice(start, end)
                if part.text.strip():
                    self._add("paragraph", self._read(part), (part.at[0], part.at[-1] + 1))
        else:
            self._add("paragraph", plain, extent)

    def _definition(self, source: Source, split: int, extent: tuple[int, int]) -> None:
        """A term and, on lines of their own after a colon, its definitions."""
        term = self._read(source.slice(0, split))
        rest = self._read(source.slice(split + 1, len(source.text)))
        shift = len(term.text)
        self._add(
            "definition",
            Plain(
                term.text + rest.text,
                term.places + rest.places,
                term.code + tuple((a + shift, b + shift) for a, b in rest.code),
                ((0, shift), *((a + shift, b + shift) for a, b in rest.strong)),
            ),
            extent,
        )

    def _caption(self, source: Source) -> None:
        plain = self._read(source)
        if plain.text:
            self._add("caption", plain, (source.at[0], source.at[-1] + 1))

    # --- lists ------------------------------------------------------------------------------

    def _open_list(self, ordered: bool) -> None:
        lead, self._last = self._last, None
        if not self._lists:
            named = (lead.text if lead else "") or "".join(self._headings.path[-1:])
            self._entries = _Entries(contents=bool(_CONTENTS.match(named)))
            if lead and lead.kind == "other":
                lead = None
        self._lists.append(_List(self._list_ids, ordered, lead, self._headings.path))
        self._list_ids += 1

    def _close_list(self) -> None:
        self._lists.pop()
        self._last = None
        found = self._entries
        if self._lists or not found.blocks:
            return
        lead = self._blocks[found.blocks[0]].lead
        told = _SENTENCE.match(lead) and (len(lead.split()) > 4 or not lead.isascii())
        links = found.links >= max(_LINKS_SHARE * len(found.blocks), 2) and not told
        if found.contents or links:
            for at in found.blocks:
                self._blocks[at] = replace(self._blocks[at], kind="other")

    # --- tables -----------------------------------------------------------------------------

    def _table(self, tokens: Sequence[Token]) -> None:
        lead, header = self._last, list[str]()
        cells: list[str] = []
        row: Token = tokens[0]
        position = 0
        self._list_ids += 1
        for token in tokens:
            if token.type == "tr_open":
                row, cells = token, []
            elif token.type == "inline":
                cells.append(token.content)
            elif token.type == "tr_close":
                parts = cells_of(self._text, *self._extent(row), cells)
                found = [self._read(part) for part in parts]
                if not header:
                    header = [cell.text for cell in found] or [""]
                    self._add("other", Plain(""), self._extent(row))
                    continue
                self._add_row(header, found, self._extent(row), lead, position)
                position += 1

    def _add_row(
        self,
        header: Sequence[str],
        found: Sequence[Plain],
        extent: tuple[int, int],
        lead: Block | None,
        position: int,
    ) -> None:
        names = [*header, *[""] * len(found)]
        cells = [(name, cell.text) for name, cell in zip(names, found, strict=False)]
        shown = [cell for cell in found if cell.text]
        links = bool(shown) and all(cell.only_links for cell in shown)
        kind: BlockKind = "other" if links or not shown else "row"
        block = self._add(kind, joined(found, self._text), extent, cells, lead)
        self._blocks[-1] = replace(block, list_id=self._list_ids - 1, position=position)

    # --- HTML -------------------------------------------------------------------------------

    def _html(self, token: Token) -> None:
        """The prose in raw HTML; a block without any is kept as "other"."""
        source = self._source(token)
        before = len(self._blocks)
        header: list[str] = []
        lead, position = self._last, 0
        for piece in pieces(source):
            found = [plain for part in piece.parts if (plain := self._read(part)).text]
            extent = piece.extent
            if piece.kind == "row":
                if piece.header:
                    header = [plain.text for plain in found]
                    self._add("other", Plain(""), extent)
                elif found:
                    self._list_ids += not position
                    self._add_row(header, found, extent, lead, position)
                    position += 1
            elif found:
                self._html_prose(piece, found[0], extent)
        if len(self._blocks) == before:
            self._add("other", Plain(""), self._extent(token))
        self._sort(before)

    def _html_prose(self, piece: Piece, plain: Plain, extent: tuple[int, int]) -> None:
        if piece.kind == "heading":
            self._heading(piece.level, plain, extent)
        elif plain.only_links and not _ENDED.search(plain.text):
            self._add("other", plain, extent)
        elif piece.kind == "caption":
            self._add("caption", plain, extent)
        else:
            self._add("item" if piece.kind == "item" else "paragraph", plain, extent)
