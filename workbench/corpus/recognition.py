"""Pictures and scanned pages -> text by RapidOCR, whose models come in its package (extra ``ocr``).

What it finds are lines with their place; they are put into lines and paragraphs here, two columns
told apart as in a PDF with text. Lines it is unsure of are left out and counted.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.corpus.archives import check_size
from workbench.corpus.columns import Piece, by_column
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from PIL.Image import Image

EXTRA = "pip install 'rag-finetune-workbench[ocr]'"
#: Of a line, how sure the recognition must be for it to be kept.
SURE = 0.5
#: Pixels of a picture, its frames that are read, and the longest side of a rendered page.
MOST_PIXELS, MOST_FRAMES, PAGE_SIDE = 100_000_000, 500, 2400
#: Of a line's height, the gap below which the next line is of the same paragraph.
PARAGRAPH_GAP = 0.9


def is_installed() -> bool:
    """Whether the extra ``ocr`` is there."""
    return find_spec("rapidocr") is not None and find_spec("pypdfium2") is not None


def version() -> str:
    """The recogniser's version; "" where the extra is not installed."""
    return f"rapidocr {metadata.version('rapidocr')}" if is_installed() else ""


@dataclass(slots=True)
class Recognized:
    """The text of some pictures, and how it was found."""

    pages: list[str] = field(default_factory=list)
    sure: list[float] = field(default_factory=list)
    dropped: int = 0

    def add(self, image: Image) -> str:
        """Read one picture; its text is kept and returned."""
        lines = _lines(image)
        self.sure += [line.sure for line in lines if line.sure >= SURE]
        self.dropped += sum(line.sure < SURE for line in lines)
        text = _laid_out([line for line in lines if line.sure >= SURE], image.width, image.height)
        self.pages.append(text)
        return text

    def note(self) -> str:
        """How sure the recognition is, and what it left out."""
        mean = sum(self.sure) / len(self.sure) if self.sure else 0.0
        left = f", {self.dropped} unclear lines were left out" if self.dropped else ""
        return f"text was recognised from pictures (sure to {mean:.0%} on average{left})"


def read_picture(path: Path) -> tuple[str, str, list[str]]:
    """The text of a picture, all frames of a TIFF, and a note on how sure it is.

    Raises WorkbenchError where the extra is missing or the picture is larger than any scan, and
    what Pillow raises where it is damaged.
    """
    if not is_installed():
        raise WorkbenchError(
            f"{path.name} is a picture, whose text has to be recognised first.",
            f"{EXTRA} reads pictures and scanned PDFs, on this machine.",
        )
    check_size(path)
    found = Recognized()
    for frame in _frames(path):
        found.add(frame)
    notes = [found.note()] if found.sure else []
    return "\n\n".join(filter(None, found.pages)), "", notes


def read_pages(path: Path, numbers: Sequence[int]) -> tuple[dict[int, str], str]:
    """The text of these pages of a PDF (from 0), rendered, and a note on how sure it is."""
    import pypdfium2

    found = Recognized()
    texts: dict[int, str] = {}
    pdf = pypdfium2.PdfDocument(str(path))
    try:
        for number in numbers:
            try:
                page = pdf[number]
                scale = min(200 / 72, PAGE_SIDE / max(*page.get_size(), 1.0))
                image = page.render(scale=scale).to_pil().convert("RGB")
            except pypdfium2.PdfiumError:
                # pypdf reads many a damaged file that pdfium does not.
                continue
            texts[number] = found.add(image)
            page.close()
    finally:
        pdf.close()
    return texts, found.note()


def _frames(path: Path) -> Iterator[Image]:
    """Every frame of a picture, upright as its camera's mark says."""
    from PIL import Image, ImageOps, ImageSequence

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(path) as image:
            for number, frame in enumerate(ImageSequence.Iterator(image)):
                if frame.width * frame.height > MOST_PIXELS or number >= MOST_FRAMES:
                    raise WorkbenchError(
                        f"{path.name} is larger than any scan ({frame.width} x {frame.height}, "
                        f"frame {number + 1}).",
                        "Save it with at most 10,000 pixels a side and 500 frames.",
                    )
                yield ImageOps.exif_transpose(frame).convert("RGB")


@dataclass(frozen=True, slots=True)
class _Line:
    left: float
    top: float
    bottom: float
    text: str
    sure: float


@lru_cache(maxsize=1)
def _engine() -> Any:
    from rapidocr import RapidOCR

    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
    return RapidOCR(params={"Global.log_level": "error"})


def _lines(image: Image) -> list[_Line]:
    import numpy as np

    # RapidOCR takes arrays as OpenCV does, blue first.
    result = _engine()(np.asarray(image)[:, :, ::-1])
    if result.boxes is None:
        return []
    return [
        _Line(float(box[:, 0].min()), float(box[:, 1].min()), float(box[:, 1].max()), text, sure)
        for box, text, sure in zip(result.boxes, result.txts, result.scores, strict=True)
        if text.strip()
    ]


def _laid_out(lines: Sequence[_Line], width: float, height: float) -> str:
    """Lines from top to bottom, pieces of one line from left to right, paragraphs apart."""
    rows: list[list[_Line]] = []
    for line in sorted(lines, key=lambda line: (line.top + line.bottom) / 2):
        middle = (line.top + line.bottom) / 2
        if rows and middle < rows[-1][-1].bottom and middle > rows[-1][-1].top:
            rows[-1].append(line)
        else:
            rows.append([line])
    # As wide as a page in points, so that the columns' edges may be as uneven as in a PDF.
    unit = 600 / width
    pieces = [
        Piece(
            line.left * unit,
            (height - row[0].top) * unit,
            (line.bottom - line.top) * unit,
            line.text,
        )
        for row in rows
        for line in sorted(row, key=lambda line: line.left)
    ]
    if (ordered := by_column(pieces, 0.0, 600.0)) is not None:
        return ordered
    text: list[str] = []
    bottom = None
    for row in rows:
        size = max(line.bottom - line.top for line in row)
        if bottom is not None:
            gap = min(line.top for line in row) - bottom
            text.append("\n\n" if gap > PARAGRAPH_GAP * size else "\n")
        text.append(" ".join(line.text for line in sorted(row, key=lambda line: line.left)))
        bottom = max(line.bottom for line in row)
    return "".join(text)
