"""How things look on every page: text from outside as text, tables, charts, figures, links.

What models and corpora wrote never passes through Markdown: it is escaped into plain HTML here,
or goes to widgets that show text only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any, TypeVar

import streamlit as st

from workbench import wording
from workbench.dashboard.navigation import PAGES
from workbench.dashboard.rules import STYLE
from workbench.experiment.variant import Variant
from workbench.records.variants import Estimate, VariantRow

T = TypeVar("T")

# What is no variant (causes, kinds of cost, curves) never borrows a variant's colour.
CAUSES = ("#7454b8", "#a08cd0", "#b4b4b4", "#8c5a2b", "#c98bb9", "#d9b166", "#4d8076")
CLEAR, UNCLEAR = "#5b6fb5", "#8f8f8f"
# Near-black vanishes on a dark page, near-white on a light one: the oracle is drawn between.
ORACLE = "#8f8f8f"

# Streamlit letters its primary buttons and chosen options white, which fades on the light primary
# colour of the dark theme; charts' axes are lettered too faintly to read on either.
DARK_STYLE = (
    "<style>button[kind^=primary],button[kind^=primary] *,[data-tag],[data-tag] *{color:#10131a}"
    "</style>"
)
# The page's own colour, which what floats over it has to have: Streamlit does not tell it in CSS.
PAPER = {True: "#171614", False: "#ffffff"}
AXIS_INK = {True: "#c8cad1", False: "#595d69"}


def style() -> None:
    """The dashboard's few style rules; once per page."""
    st.html(STYLE + (DARK_STYLE if dark() else ""))


def dark() -> bool:
    """Whether the viewer's page is dark."""
    return bool(getattr(st.context.theme, "type", None) == "dark")


def colours(variants: Iterable[str]) -> dict[str, str]:
    """The colour of each variant, the same on every page that gives all of the run's."""
    matches = wording.colours(variants).items()
    return {name: ORACLE if Variant.named(name).is_ceiling else colour for name, colour in matches}


def labels(rows: Iterable[VariantRow]) -> dict[str, str]:
    """Display name of each variant of a run."""
    return {row.name: wording.label(row.name, row.label) for row in rows}


def short_labels(rows: Iterable[VariantRow]) -> dict[str, str]:
    """The same, shortened where a chart is narrow; a label that the user gave stays."""
    return {
        name: clip(wording.short_label({"name": name, "label": shown}), 24)
        for name, shown in labels(rows).items()
    }


# --- text -------------------------------------------------------------------------------------


def text(value: object, kind: str = "wb-pre") -> None:
    """Text from outside, shown as text: nothing in it acts."""
    st.html(f'<div class="wb {kind}">{escape(str(value))}</div>')


def say(sentence: str) -> None:
    """The conclusion above a chart or table."""
    st.html(f'<p class="wb-say">{escape(sentence)}</p>')


def verdict(sentence: str, colour: str, below: str = "") -> None:
    """The decision, set apart in the colour of the variant it names; ``below`` in small type."""
    more = f'<p class="wb-quiet">{escape(below)}</p>' if below else ""
    st.html(
        f'<div class="wb wb-verdict" style="--wb:{escape(colour)}">'
        f'<p class="big">{escape(sentence)}</p>{more}</div>'
    )


def cell_text(value: object) -> str:
    """Text from outside for a cell of :func:`table`."""
    return escape(str(value))


def quiet(sentence: str) -> None:
    """A caveat or explanation in small type."""
    st.html(f'<p class="wb-quiet">{escape(sentence)}</p>')


def problems(sentences: Iterable[str]) -> None:
    """What of a run could not be read."""
    for sentence in dict.fromkeys(sentences):
        st.warning(markdown(sentence), icon=":material/broken_image:")


def markdown(value: object) -> str:
    """Text from outside made harmless for a widget whose label is Markdown."""
    # Also what Streamlit adds: $ begins a formula, : an icon or a colour.
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|~<>$:&])", r"\\\1", str(value))


def clip(value: object, length: int = 90) -> str:
    """The first ``length`` characters on one line, with an ellipsis where more follows."""
    line = " ".join(str(value).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def dot(colour: str, label: str) -> str:
    """A variant's mark and name as HTML."""
    return f'<span class="dot" style="background:{escape(colour)}"></span>{escape(label)}'


def marked(value: str, spans: Iterable[tuple[int, int]]) -> str:
    """``value`` as HTML with the spans marked; spans may overlap or lie outside."""
    flags = bytearray(len(value))
    for start, end in spans:
        for place in range(max(0, start), min(len(value), end)):
            flags[place] = 1
    pieces, place = [], 0
    while place < len(value):
        end = place
        while end < len(value) and flags[end] == flags[place]:
            end += 1
        piece = escape(value[place:end])
        pieces.append(f"<mark>{piece}</mark>" if flags[place] else piece)
        place = end
    return "".join(pieces)


# --- tables -----------------------------------------------------------------------------------


def table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    classes: Sequence[str] = (),
    words: Sequence[int] = (),
    cards: bool = False,
) -> None:
    """A table that reads well, scrolls sideways on a phone, and speaks to screen readers.

    Cells are HTML: escape what comes from outside. ``classes`` are row classes (``best``,
    ``apart``); ``words`` are columns of running text. With ``cards`` each row is a card on a phone.
    """
    classes = classes or [""] * len(rows)
    left = [' class="words"' if i in words else "" for i in range(len(heads))]

    def role(name: str) -> str:
        # Laid out as cards a table is none to a browser, so what its parts are is said.
        return f' role="{name}"' if cards else ""

    def named(place: int) -> str:
        return f' data-head="{escape(heads[place])}"' if cards else ""

    # An empty th would be a heading without a name to a screen reader.
    head = "".join(
        f'<th scope="col"{left[i]}{role("columnheader")}>{h}</th>' if h else "<td></td>"
        for i, h in enumerate(heads)
    )
    body = "".join(
        f'<tr class="{kind}"{role("row")}>'
        f'<th scope="row"{left[0]}{role("rowheader")}>{row[0]}</th>'
        + "".join(f"<td{left[i]}{role('cell')}{named(i)}>{c}</td>" for i, c in enumerate(row) if i)
        + "</tr>"
        for row, kind in zip(rows, classes, strict=True)
    )
    group = role("rowgroup")
    # Focusable, so that the keyboard can scroll it.
    st.html(
        f'<div class="wb wb-scroll" tabindex="0" role="group" aria-label="{escape(caption)}">'
        f'<table class="wb-table{" cards" if cards else ""}"{role("table")}>'
        f"<caption><span>{escape(caption)}</span></caption>"
        f"<thead{group}><tr{role('row')}>{head}</tr></thead>"
        f"<tbody{group}>{body}</tbody></table></div>"
    )


def page_number(total: int, size: int, key: str, where: Any = st) -> int:
    """Which page of ``total`` rows to show, from 0; asked for where there are several."""
    pages = max(1, -(-total // size))
    if pages == 1:
        return 0
    # With the number of pages in its key: a page beyond the last of them cannot be held.
    return int(where.number_input(f"Page (of {pages:,})", 1, pages, 1, key=f"{key}_{pages}")) - 1


def paged(rows: Sequence[T], size: int, key: str) -> Sequence[T]:
    """One page of the rows."""
    number = page_number(len(rows), size, key)
    return rows[number * size : (number + 1) * size]


def csv_button(
    name: str,
    records: Sequence[Mapping[str, Any]] | Callable[[], Sequence[Mapping[str, Any]]],
    key: str,
) -> None:
    """Download a table's full figures as CSV; what is long to gather is gathered when asked for."""
    if not records:
        return
    # A download changes nothing on the page, hence on_click="ignore": no rerun.
    content: Any = (lambda: as_csv(records())) if callable(records) else as_csv(records)
    st.download_button(
        "CSV",
        content,
        file_name=f"{name}.csv",
        mime="text/csv",
        key=key,
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        help="This table with all its digits",
    )


def as_csv(records: Sequence[Mapping[str, Any]]) -> bytes:
    """Records as CSV that spreadsheets read; a column for every key of any record."""
    import csv
    import io

    sink = io.StringIO()
    names = list(dict.fromkeys(key for record in records for key in record))
    writer = csv.DictWriter(sink, fieldnames=names)
    writer.writeheader()
    writer.writerows({k: cell(v) for k, v in record.items()} for record in records)
    # The byte order mark tells Excel that this is UTF-8.
    return sink.getvalue().encode("utf-8-sig")


def cell(value: Any) -> Any:
    """A value that a spreadsheet will not take for a formula."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value
    return value


def figure(estimate: Estimate | None, metric: str = "f1") -> str:
    """``53.2 [47.1, 59.3]`` as HTML, or a dash."""
    if estimate is None or estimate.value is None:
        return wording.NONE
    shown = wording.points if wording.is_share(metric) else wording.plain
    interval = wording.interval(estimate.low, estimate.high, metric)
    return f"{shown(estimate.value)} <small>{interval}</small>"


# --- charts -----------------------------------------------------------------------------------


def chart(picture: Any, alt: str, key: str | None = None) -> None:
    """A chart in the page's own theme; its menu saves it as PNG."""
    ink = AXIS_INK[dark()]
    picture = picture.configure_axis(labelColor=ink, titleColor=ink)
    st.altair_chart(picture, width="stretch", alt=alt, key=key)


def legend(parts: Iterable[tuple[str, str]], dashed: Iterable[str] = ()) -> None:
    """What the colours of the next chart mean; it wraps where the window is narrow.

    ``parts`` are names and colours; a name in ``dashed`` is drawn as a broken line.
    """
    broken = set(dashed)
    items = []
    for name, colour in parts:
        style = f"border-top:3px dashed {colour}" if name in broken else f"background:{colour}"
        kind = "stroke" if name in broken else "dot"
        items.append(
            f'<span class="key"><span class="{kind}" style="{style}"></span>{escape(name)}</span>'
        )
    st.html(f'<div class="wb wb-legend">{"".join(items)}</div>')


def page_link(page: str, label: str, run: str | None = None, **more: str) -> None:
    """A link to another page of the dashboard that keeps the run."""
    query = {**({"run": run} if run else {}), **more}
    st.page_link(PAGES[page], label=label, query_params=query or None)


def jump(label: str, key: str, query: Mapping[str, str], **looks: Any) -> None:
    """A button to another state of the page that it stands on: the address says ``query``.

    ``st.page_link`` would show that state and leave the old one in the address, to which the next
    click on the page would lead back.
    """
    st.button(label, key=key, type="tertiary", on_click=_address, args=(dict(query),), **looks)


def _address(query: dict[str, str]) -> None:
    st.query_params.from_dict(query)
