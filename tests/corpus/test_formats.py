"""Pages, Word files and PDFs give what their reader sees: headings, rows, columns, main part."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from tests.support.documents import pdf_bytes, prose, write_docx
from workbench import corpus as corpora
from workbench.corpus.reading import read

SITE = """<html><head><title>Sail Loft | Harbour Docs</title></head><body>
<div id="cookie-banner" role="dialog"><p>We use cookies.</p><button>Accept</button></div>
<div class="cookie-notice">Cookies again.</div>
<header><a href="/">Harbour Docs</a> Version 4.2 {header}</header>
<div class="sidebar" role="navigation"><ul><li>Ice House</li></ul></div>
<{part}>{heading}<p>{body}</p>
<table><tr><th>Berth</th><th>Fee</th></tr><tr><td>Aldous 0</td><td>14 pence</td></tr></table>
<div style="display: none">A hidden draft.</div><p hidden>Secret.</p><i aria-hidden="true">x9</i>
<article><header>Written by Ann.</header></article></{part}>
<footer>Copyright 2021.</footer><div role="contentinfo">Founded in 1902.</div></body></html>"""
LEFT_OUT = (
    "cookies", "Cookies", "Accept", "Version", "Ice House", "hidden", "Secret", "x9", "Copyright",
    "Founded",
)  # fmt: skip


def site(part: str = "main", header: str = "", heading: str = "<h1>Sail Loft</h1>") -> str:
    return SITE.format(part=part, header=header, heading=heading, body=prose(300))


def test_a_saved_page_is_read_without_its_sites_frame(write) -> None:
    for part in ("main", "div"):
        loaded = corpora.load(write(f"{part}.html", site(part)))
        text = loaded.documents[0].text
        assert text.startswith("# Sail Loft\n\nThe harbour master")
        assert loaded.title == "Sail Loft"
        assert text.endswith("Written by Ann.")
        for word in LEFT_OUT:
            assert word not in text


def test_a_title_in_the_pages_header_is_kept_where_it_is_the_only_one(write) -> None:
    page = site("div", header="<h1>Sail Loft</h1>", heading="")
    assert read(write("page.html", page)).text.startswith("# Sail Loft\n\nThe harbour")


def test_a_page_without_a_heading_is_called_by_its_title(write) -> None:
    assert corpora.load(write("p01.html", site(heading=""))).title == "Sail Loft | Harbour Docs"


def test_rows_of_a_table_are_lines_and_cells_are_apart(write) -> None:
    text = read(write("page.html", site())).text
    assert "| Berth | Fee |\n| --- | --- |\n| Aldous 0 | 14 pence |" in text
    layout = f"<table><tr><td>Menu</td><td><p>{prose(200)}</p></td></tr></table>"
    assert read(write("layout.html", layout)).text.startswith("Menu\n\nThe harbour master")


def test_a_body_hidden_until_its_scripts_run_is_read(write) -> None:
    page = f'<html><body style="visibility:hidden"><p>{prose(300)}</p></body></html>'
    assert "harbour master" in read(write("page.html", page)).text


def test_word_finds_its_text_under_any_name(tmp_path) -> None:
    path = write_docx(tmp_path / "online.docx", prose(300).split("\n\n"), "word/document2.xml")
    assert read(path).text == prose(300)


def test_word_headings_and_tables_are_kept(tmp_path) -> None:
    import docx

    made = docx.Document()
    made.add_heading("The Harbour Handbook", 0)
    own = made.styles.add_style("Kapitel", 1)
    own.base_style = made.styles["Heading 1"]
    for number, style in enumerate(("Heading 1", "Kapitel", "Heading 2")):
        made.add_paragraph(f"Part {number}", style=style)
        made.add_paragraph(prose(200, number))
    table = made.add_table(rows=2, cols=2)
    for place, text in enumerate(("Berth", "Fee", "Aldous", "14 | 15")):
        table.cell(place // 2, place % 2).text = text
    made.save(tmp_path / "book.docx")
    loaded = corpora.load(tmp_path / "book.docx", section_words=200)
    text = loaded.documents[0].text
    assert loaded.title == "The Harbour Handbook"
    assert "# Part 0\n\n" in text and "\n# Part 1\n\n" in text and "\n## Part 2\n\n" in text
    assert [s.title for s in loaded.sections] == ["Part 0", "Part 1", "Part 2"]
    assert "| Berth | Fee |\n| --- | --- |\n| Aldous | 14 \\| 15 |" in text


def test_word_changes_read_as_accepted_and_controls_are_entered(tmp_path) -> None:
    path = write_docx(tmp_path / "plain.docx", ["MARKER", *prose(200).split("\n\n")])
    changed = (
        "<w:p><w:r><w:t>The dues are </w:t></w:r><w:del><w:r><w:delText>ninety</w:delText></w:r>"
        "</w:del><w:ins><w:r><w:t>forty</w:t></w:r></w:ins><w:r><w:t> crowns.</w:t></w:r></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        '<w:p><w:pPr><w:pStyle w:val="TOC1"/></w:pPr><w:r><w:t>Part 1 ... 7</w:t></w:r></w:p>'
    )
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "new.docx", "w") as new:
        for name in old.namelist():
            data = old.read(name).decode()
            new.writestr(name, data.replace("<w:p><w:r><w:t>MARKER</w:t></w:r></w:p>", changed))
    text = read(tmp_path / "new.docx").text
    assert text.startswith("The dues are forty crowns.\n\nIn a control.\n\nThe harbour master")


def test_a_pdf_in_aes_with_an_empty_password_is_read(write) -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_bytes(prose(300).split(". ")))))
    writer.encrypt("", owner_password="owner", algorithm="AES-256")
    locked = io.BytesIO()
    writer.write(locked)
    assert "harbour master" in read(write("locked.pdf", locked.getvalue())).text


def test_pages_that_are_pictures_are_counted(tmp_path) -> None:
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import DictionaryObject, NameObject, StreamObject

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf_bytes(prose(300).split(". ")))))
    picture = StreamObject()
    picture.update({NameObject("/Subtype"): NameObject("/Image")})
    for _ in range(2):
        page = writer.add_blank_page(595, 842)
        held = DictionaryObject({NameObject("/Im0"): writer._add_object(picture)})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): held})
    writer.add_blank_page(595, 842)
    writer.write(tmp_path / "scanned.pdf")
    notes = corpora.load(tmp_path / "scanned.pdf").notes
    assert any("2 of 4 pages hold no text" in note for note in notes)


def two_columns(tmp_path: Path, rows: list[tuple[str, str]]) -> Path:
    """A page whose lines are drawn from left to right across both columns, each by itself."""
    drawn = "".join(
        f"1 0 0 1 {x} {700 - 11 * n} Tm ({text}) Tj ET BT /F1 9 Tf "
        for n, row in enumerate(rows)
        for x, text in zip((40, 310), row, strict=True)
    )
    raw = pdf_bytes(["MARK"]).replace(b"40 800 Td (MARK) Tj T*", drawn.encode())
    path = tmp_path / "columns.pdf"
    path.write_bytes(raw)
    return path


def test_two_columns_drawn_across_are_read_one_after_the_other(tmp_path) -> None:
    rows = [(f"left hand line number {n} here", f"right hand line number {n}") for n in range(20)]
    found = read(two_columns(tmp_path, rows))
    assert found.text.split("\n") == [a for a, _ in rows] + [b for _, b in rows]
    assert "1 of 1 pages were read as two columns" in found.notes[0]
    table = [(f"Berth {n}", f"{n} pence") for n in range(20)]
    assert not read(two_columns(tmp_path, table)).notes
