"""Pictures and scans are recognised where the extra is installed, and told where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from workbench.corpus import recognition
from workbench.corpus.reading import read
from workbench.errors import WorkbenchError

installed = pytest.mark.skipif(not recognition.is_installed(), reason="needs the extra ocr")
FIRST = [
    "The harbour master of Brannock kept nine",
    "brass lanterns in the tower of the port,",
    "and lit each of them before the fog came.",
]
SECOND = ["Nobody else was allowed to touch them."]


def scan(*paragraphs: list[str], left: int = 60, width: int = 900) -> Image.Image:
    """A page with these paragraphs of lines, as a scanner gives it."""
    page = Image.new("RGB", (width, 600), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(30)
    y = 40
    for lines in paragraphs:
        for line in lines:
            draw.text((left, y), line, fill="black", font=font)
            y += 44
        y += 60
    return page


def words(text: str) -> list[str]:
    return "".join(c for c in text.lower() if c.isalnum() or c.isspace()).split()


@installed
def test_a_picture_s_text_is_read_in_paragraphs(tmp_path: Path) -> None:
    scan(FIRST, SECOND).save(tmp_path / "note.png")
    found = read(tmp_path / "note.png")
    first, second = found.text.split("\n\n")
    assert words(first) == words(" ".join(FIRST)) and words(second) == words(" ".join(SECOND))
    assert "text was recognised from pictures (sure to 9" in found.notes[0]


@installed
def test_every_page_of_a_scanned_pdf_and_a_tiff_is_read(tmp_path: Path) -> None:
    for name in ("scan.pdf", "scan.tiff"):
        scan(FIRST).save(tmp_path / name, save_all=True, append_images=[scan(SECOND)])
        found = read(tmp_path / name)
        assert words(found.text) == words(" ".join(FIRST + SECOND))
        if name == "scan.pdf":
            assert "2 of 2 pages hold no text; they are pictures" in found.notes[0]


@installed
def test_two_columns_of_a_scan_are_read_one_after_the_other(tmp_path: Path) -> None:
    page = Image.new("RGB", (1200, 700), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(26)
    rows = [(f"left hand line number {n} here", f"right hand line number {n}") for n in range(10)]
    for n, row in enumerate(rows):
        for x, text in zip((60, 660), row, strict=True):
            draw.text((x, 40 + 60 * n), text, fill="black", font=font)
    page.save(tmp_path / "columns.png")
    expected = " ".join([a for a, _ in rows] + [b for _, b in rows])
    assert words(read(tmp_path / "columns.png").text) == words(expected)


@installed
def test_a_picture_without_text_says_so(tmp_path: Path) -> None:
    Image.new("RGB", (200, 200), "white").save(tmp_path / "blank.png")
    with pytest.raises(WorkbenchError, match="holds no text"):
        read(tmp_path / "blank.png")


@installed
def test_a_picture_larger_than_a_scan_is_refused_unopened(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(recognition, "MOST_PIXELS", 10_000)
    scan(FIRST).save(tmp_path / "big.png")
    with pytest.raises(WorkbenchError, match="larger than any scan"):
        read(tmp_path / "big.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG nonsense")
    with pytest.raises(WorkbenchError, match="cannot be read as a picture"):
        read(tmp_path / "broken.png")


def test_without_the_extra_the_message_names_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(recognition, "is_installed", lambda: False)
    scan(FIRST).save(tmp_path / "note.png")
    with pytest.raises(WorkbenchError) as caught:
        read(tmp_path / "note.png")
    assert "[ocr]" in caught.value.hint
    scan(FIRST).save(tmp_path / "scan.pdf")
    with pytest.raises(WorkbenchError, match=r"need text recognition first .*\[ocr\]"):
        read(tmp_path / "scan.pdf")
