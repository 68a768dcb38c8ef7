"""HTML -> the text a reader of the page came for: headings as ``#`` lines, tables as rows.

What a site puts around its pages is left out: navigation, banners, footers, cookie notices, forms,
and what the page hides. Where a page names its main part, that part alone is read. All by the
page's own marks (tags, roles, attributes), which hold for sites of every language; own code, as the
libraries that guess the main part by its looks drop tables, lists or short pages.
"""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

from workbench.corpus.decoding import decode
from workbench.corpus.tables import table_text
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

BLOCKS = re.compile(
    r"p|div|section|article|li|[uod]l|d[td]|table|tr|t[dh]|caption|blockquote|pre|h[1-6]|hr|figure|"
    r"figcaption|main|body|aside|header|footer|address|details|summary|fieldset|form"
)
DROPPED = ("script", "style", "head", "noscript", "template", "svg", "iframe", "object", "canvas")
HEADINGS = {f"h{depth}": "#" * depth for depth in range(1, 7)}
#: Parts of a site's frame, by tag and by ARIA role.
FRAME_TAGS = frozenset({"nav", "dialog", "button", "select", "input", "textarea", "menu"})
FRAME_ROLES = frozenset(
    {"navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "menu", "menubar",
     "toolbar"}
)  # fmt: skip
#: Within these a header or footer is the part's own; outside, the site's.
PARTS = frozenset({"article", "main", "section", "aside", "blockquote", "figure", "td"})
CONSENT = re.compile(
    r"(?:cookies?|consent|gdpr|privacy)[-_]?(?:banner|bar|notice|popup|pop-up|modal|overlay|dialog|"
    r"box|law|message|wall|consent|info|policy-banner)\b|\bonetrust|\bcybot|\bdidomi|\bcmplz|"
    r"\busercentrics|\bcky-|\bcc-window|\bconsent-manager",
    re.I,
)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
#: Words that the part named as main must hold to be the page.
MAIN_WORDS = 30
#: Encodings that pages name, as browsers take them.
AS_BROWSERS = {
    "ascii": "cp1252", "us-ascii": "cp1252", "iso-8859-1": "cp1252", "latin1": "cp1252",
    "latin-1": "cp1252", "iso-8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030",
    "shift_jis": "cp932", "shift-jis": "cp932", "x-sjis": "cp932", "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949", "big5": "big5hkscs", "iso-8859-11": "cp874", "tis-620": "cp874",
}  # fmt: skip


def read_page(raw: bytes, name: str, encoding: str = "auto") -> tuple[str, str, str]:
    """The text of an HTML file, its title, and a note on its encoding (both may be empty).

    The encoding is the stated one, the page's own where the bytes fit it, or found by ``decode``.
    """
    text, note = _decoded(raw, name, encoding)
    soup = _soup(text)
    title = _title(soup)
    whole = _text(_main(_without_frame(soup)))
    # A page that is all frame, by its marks, is marked wrongly.
    return whole or _text(_soup(text)), title, note


def chapter_text(raw: bytes) -> str:
    """The text of a page of a book, which has no frame; what it hides is left out."""
    text, _ = _decoded(raw, "A page of the book", "auto")
    soup = _soup(text)
    _drop(soup, lambda tag: tag.name == "nav" or _is_hidden(tag))
    return _text(soup)


def _soup(text: str) -> BeautifulSoup:
    from bs4 import BeautifulSoup, XMLParsedAsHTMLWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", XMLParsedAsHTMLWarning)
        return BeautifulSoup(text, "html.parser")


def _decoded(raw: bytes, name: str, encoding: str) -> tuple[str, str]:
    from bs4.dammit import EncodingDetector

    if encoding == "auto":
        declared = EncodingDetector.find_declared_encoding(raw, is_html=True) or ""
        declared = AS_BROWSERS.get(declared.lower(), declared)
        if declared and not declared.lower().startswith("utf-16"):
            try:
                return decode(raw, name, declared)
            except WorkbenchError:
                # The page is wrong about itself: many are saved anew in another encoding.
                return decode(raw, name)
    return decode(raw, name, encoding)


def _title(soup: BeautifulSoup) -> str:
    """What <title> says; the page's first heading where the title repeats it with the site's."""
    title = " ".join(soup.title.get_text().split()) if soup.title else ""
    heading = soup.find("h1")
    first = " ".join(heading.get_text().split()) if heading else ""
    return first if first and first in title else title


def _without_frame(soup: BeautifulSoup) -> BeautifulSoup:
    """The page without what its site puts around every page, and without what it hides."""
    _drop(soup, _is_frame)
    for tag in soup(["header", "footer"]):
        if not tag.decomposed and tag.find_parent(PARTS) is None:
            _keep_heading(tag, soup)
    for tag in soup.find_all(role="banner"):
        if not tag.decomposed:
            _keep_heading(tag, soup)
    return soup


def _keep_heading(frame: Tag, soup: BeautifulSoup) -> None:
    """Take a page's header off; its title stays where the page has no other."""
    headings = frame.find_all("h1") if frame.name != "footer" else []
    if headings and len(headings) == len(soup.find_all("h1")):
        for child in headings:
            frame.insert_before(child.extract())
    frame.decompose()


def _drop(soup: BeautifulSoup, unwanted: Any) -> None:
    for tag in soup.find_all(unwanted):
        if not tag.decomposed:
            tag.decompose()


def _is_frame(tag: Tag) -> bool:
    role = str(tag.get("role") or "").lower()
    if tag.name in FRAME_TAGS or _is_hidden(tag):
        return True
    if tag.name in ("html", "body", "main", "article"):
        return False
    if role in FRAME_ROLES and role != "banner":
        return True
    marks = [str(tag.get("id") or ""), *(tag.get("class") or [])]
    return any(CONSENT.search(mark) for mark in marks)


def _is_hidden(tag: Tag) -> bool:
    """Whether the page does not show it; a body hidden until its scripts have run is shown."""
    if tag.name in ("html", "body"):
        return False
    return (
        tag.has_attr("hidden")
        or str(tag.get("aria-hidden") or "").lower() == "true"
        or bool(HIDDEN.search(str(tag.get("style") or "")))
    )


def _main(soup: BeautifulSoup) -> BeautifulSoup | Tag:
    """The part that the page itself names as its main one, if it holds any text to speak of."""
    named = soup.find(lambda tag: tag.name == "main" or tag.get("role") == "main")
    if named is None or len(named.get_text(" ").split()) < MAIN_WORDS:
        return soup
    return named


def _text(root: BeautifulSoup | Tag) -> str:
    for tag in root(DROPPED):
        tag.decompose()
    pieces: list[str] = []
    _walk(root, pieces)
    paragraphs = (" ".join(p.split(" ")).strip() for p in "".join(pieces).split("\n\n"))
    return "\n\n".join(p for p in paragraphs if p)


def _walk(root: BeautifulSoup | Tag, pieces: list[str]) -> None:
    """Append the text of ``root`` in order, ``\\n\\n`` around blocks; no recursion, any depth."""
    from bs4.element import NavigableString, PreformattedString, Tag

    # Whether a node stands in <pre> goes down with it: looked up for each, it would take quadratic
    # time in deep pages.
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, pre = stack.pop()
        if isinstance(node, str) and not isinstance(node, NavigableString):
            pieces.append(node)
        elif isinstance(node, PreformattedString):
            continue
        elif isinstance(node, NavigableString):
            pieces.append(str(node) if pre else _spaced(str(node)))
        elif isinstance(node, Tag):
            if node.name == "br":
                pieces.append("\n")
                continue
            if node.name == "table" and node.find("table") is None:
                pieces.append(f"\n\n{_table(node)}\n\n")
                continue
            edge = "\n\n" if BLOCKS.fullmatch(node.name) else ""
            opening = f"{edge}{HEADINGS[node.name]} " if node.name in HEADINGS else edge
            within = pre or node.name == "pre"
            stack.append((edge, within))
            stack.extend((child, within) for child in reversed(list(node.children)))
            stack.append((opening, within))


def _spaced(text: str) -> str:
    """The text with every run of white space as one blank, those at its ends too."""
    core = " ".join(text.split())
    before = " " if text[:1].isspace() and core else ""
    after = " " if text[-1:].isspace() else ""
    return before + core + after


def _table(table: Tag) -> str:
    """A table without another one within it, after its caption."""
    caption = table.find("caption")
    above = " ".join(caption.get_text(" ").split()) if caption else ""
    rows = []
    for row in table.find_all("tr"):
        cells = []
        for cell in row.find_all(["td", "th"]):
            pieces: list[str] = []
            _walk(cell, pieces)
            cells.append("".join(pieces))
        rows.append(cells)
    return "\n\n".join(filter(None, (above, table_text(rows))))
