"""A PowerPoint file -> text, slide by slide, by python-pptx.

A slide is a heading and what stands below it: text, tables and charts as rows, the speaker's
notes. What stands on every slide alike (date, footer, number) is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.corpus.tables import table_text

if TYPE_CHECKING:
    from pptx.slide import Slide

_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"


def read_slides(path: Path) -> tuple[str, str, list[str]]:
    """The text of the slides that are shown, the title, and notes on what was left out.

    Raises what python-pptx and lxml raise where the file is damaged.
    """
    import pptx

    deck = pptx.Presentation(str(path))
    slides = [slide for slide in deck.slides if slide._element.get("show") not in ("0", "false")]
    hidden = len(deck.slides) - len(slides)
    silent = {"picture": 0, "diagram": 0}
    blocks = [_slide(slide, number, silent) for number, slide in enumerate(slides, 1)]
    notes = []
    if hidden:
        notes.append(f"{_counted(hidden, 'hidden slide')} left out")
    if silent["picture"]:
        notes.append(f"{_counted(silent['picture'], 'picture')} not read")
    if silent["diagram"]:
        notes.append(f"{_counted(silent['diagram'], 'SmartArt diagram')} not read")
    title = " ".join((deck.core_properties.title or "").split())
    # What PowerPoint itself calls a file that nobody has given a title.
    named = "" if title.lower() in ("powerpoint presentation", "presentation") else title
    first = slides[0].shapes.title if slides else None
    opening = " ".join(first.text_frame.text.split()) if first is not None else ""
    return "\n\n".join(filter(None, blocks)), named or opening, notes


def _counted(number: int, what: str) -> str:
    return f"{number} {what} was" if number == 1 else f"{number} {what}s were"


def _slide(slide: Slide, number: int, silent: dict[str, int]) -> str:
    """A slide's text below its heading; "" for a slide without any."""
    title = slide.shapes.title
    heading = " ".join(title.text_frame.text.split()) if title is not None else ""
    blocks = [
        text
        for shape in _shapes(slide.shapes)
        if (title is None or shape.shape_id != title.shape_id) and (text := _shape(shape, silent))
    ]
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
        blocks += [f"Notes: {said}"] if (said := _paragraphs(frame)) else []
    if not blocks and not heading:
        return ""
    return "\n\n".join([f"## {heading or f'Slide {number}'}", *blocks])


def _shapes(shapes: Any) -> Iterator[Any]:
    """All shapes in the order in which they are read aloud, those of groups too."""
    from pptx.enum.shapes import MSO_SHAPE_TYPE

    stack = list(reversed(list(shapes)))
    while stack:
        shape = stack.pop()
        if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
            stack.extend(reversed(list(shape.shapes)))
        else:
            yield shape


def _shape(shape: Any, silent: dict[str, int]) -> str:
    """The text of one shape; counts what is not read into ``silent``."""
    from pptx.enum.shapes import MSO_SHAPE_TYPE, PP_PLACEHOLDER

    frame = (PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER)
    if shape.is_placeholder and shape.placeholder_format.type in frame:
        return ""
    if getattr(shape, "has_table", False) and shape.has_table:
        rows = [[_paragraphs(cell.text_frame) for cell in row.cells] for row in shape.table.rows]
        return table_text(rows)
    if getattr(shape, "has_chart", False) and shape.has_chart:
        return _chart(shape.chart)
    if shape.has_text_frame:
        return _paragraphs(shape.text_frame)
    if shape.shape_type in (MSO_SHAPE_TYPE.PICTURE, MSO_SHAPE_TYPE.LINKED_PICTURE):
        silent["picture"] += 1
    elif any(_DIAGRAM in str(node.get("uri", "")) for node in shape._element.iter()):
        silent["diagram"] += 1
    return ""


def _paragraphs(frame: Any) -> str:
    """Each paragraph on a line of its own; a line break inside one is a blank."""
    lines = (" ".join(paragraph.text.split()) for paragraph in frame.paragraphs)
    return "\n".join(filter(None, lines))


def _chart(chart: Any) -> str:
    """A chart's figures as a table: a row for each category, a column for each series."""
    plot = chart.plots[0]
    series = list(plot.series)
    head = ["", *(str(item.name) for item in series)]
    values = [list(item.values) for item in series]
    rows = [
        [str(category), *(_figure(line[at]) if at < len(line) else "" for line in values)]
        for at, category in enumerate(plot.categories)
    ]
    title = chart.chart_title.text_frame.text if chart.has_title else ""
    return "\n\n".join(filter(None, [" ".join(title.split()), table_text([head, *rows])]))


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
