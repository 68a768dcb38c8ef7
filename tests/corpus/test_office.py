"""Slides, sheets and tables give what is shown in them, and tell what is not."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest

from tests.support.documents import prose
from workbench import corpus as corpora
from workbench.corpus import sheets
from workbench.corpus.reading import read
from workbench.errors import WorkbenchError


def deck(path: Path) -> Path:
    """Five slides: text, a table in a group's company, a chart, one hidden, one silent picture."""
    import pptx
    from PIL import Image
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    made = pptx.Presentation()
    plain, bare = made.slide_layouts[1], made.slide_layouts[5]
    box = (Inches(1), Inches(2), Inches(4), Inches(2))
    for number in range(2):
        slide = made.slides.add_slide(plain)
        slide.shapes.title.text = f"Lamp {number}"
        slide.placeholders[1].text = prose(120, number).replace("\n\n", "\n")
        slide.notes_slide.notes_text_frame.text = f"Say that lamp {number} is green."
    slide = made.slides.add_slide(bare)
    slide.shapes.title.text = "Dues"
    table = slide.shapes.add_table(2, 2, *box).table
    for place, text in enumerate(("Berth", "Fee", "Aldous", "14 pence")):
        table.cell(place // 2, place % 2).text = text
    group = slide.shapes.add_group_shape()
    group.shapes.add_textbox(*box).text_frame.text = "Within a group."
    data = CategoryChartData()
    data.categories = ["1901", "1902"]
    data.add_series("Boats", (12, 30.5))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *box, data)
    hidden = made.slides.add_slide(plain)
    hidden.shapes.title.text = "Secret draft"
    hidden._element.set("show", "0")
    Image.new("RGB", (20, 20)).save(path.with_suffix(".png"))
    made.slides.add_slide(bare).shapes.add_picture(str(path.with_suffix(".png")), 0, 0)
    path.with_suffix(".png").unlink()
    made.save(str(path))
    return path


def test_a_slide_is_a_heading_with_text_tables_charts_and_notes(tmp_path) -> None:
    loaded = corpora.load(deck(tmp_path / "talk.pptx"), section_words=120)
    text = loaded.documents[0].text
    assert text.startswith("## Lamp 0\n\nThe harbour master")
    assert "Notes: Say that lamp 1 is green." in text
    assert "| Berth | Fee |\n| --- | --- |\n| Aldous | 14 pence |" in text
    assert "Within a group." in text
    assert "|  | Boats |\n| --- | --- |\n| 1901 | 12 |\n| 1902 | 30.5 |" in text
    assert "Secret draft" not in text
    assert [section.title for section in loaded.sections][:2] == ["Lamp 0", "Lamp 1"]
    assert loaded.title == "Lamp 0"
    told = " ".join(loaded.notes)
    assert "1 hidden slide was left out" in told and "1 picture was not read" in told


def workbook(path: Path) -> Path:
    """Two sheets that are shown and one that is not; a hidden row and column; results, errors."""
    import openpyxl

    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = "Berths"
    sheet.append(["Berths of Brannock, as of 1902"])
    sheet.append([])
    sheet.append(["Berth", "Fee", "Since", "Share", "Draft", "Lit"])
    sheet.append(["Aldous", 1250.5, dt.date(1901, 3, 14), 0.125, "x", True])
    sheet.append(["Brine", 30, dt.datetime(1902, 4, 1, 9, 30), 0.1 + 0.2, "x", False])
    sheet.append(["Cinder", 99, dt.date(1903, 1, 1), 0.5, "x", True])
    for row in (4, 5, 6):
        sheet.cell(row, 2).number_format = '"£"#,##0.00'
        sheet.cell(row, 4).number_format = "0.0%"
    sheet.row_dimensions[6].hidden = True
    sheet.column_dimensions["E"].hidden = True
    second = made.create_sheet("Sums")
    second.append(["What", "Value"])
    second.append(["Total", "=SUM(A1:A2)"])
    second.append(["Broken", "#REF!"])
    second.cell(3, 2).data_type = "e"
    second.append(["Kept", 7])
    made.create_sheet("Ledger").append(["The password is swordfish", "x"])
    made["Ledger"].sheet_state = "hidden"
    made.save(path)
    return path


def test_a_row_of_a_sheet_says_what_its_values_are(tmp_path) -> None:
    found = read(workbook(tmp_path / "berths.xlsx"))
    assert found.text == (
        "## Berths\n\nBerths of Brannock, as of 1902\n\n"
        "| Berth | Fee | Since | Share | Lit |\n| --- | --- | --- | --- | --- |\n"
        "| Aldous | £1,250.50 | 14 March 1901 | 12.5% | yes |\n"
        "| Brine | £30.00 | 1 April 1902, 09:30 | 30% | no |\n\n"
        "## Sums\n\n| What | Value |\n| --- | --- |\n| Total |  |\n| Broken |  |\n| Kept | 7 |"
    )
    told = " ".join(found.notes)
    assert "hidden sheets were left out (Ledger)" in told
    assert "1 hidden rows and 1 hidden columns" in told
    assert "1 formulas have no stored result" in told and "1 cells that show an error" in told


def test_a_formula_is_read_by_its_stored_result(tmp_path) -> None:
    path = workbook(tmp_path / "berths.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "new.xlsx", "w") as new:
        for name in old.namelist():
            raw = old.read(name)
            new.writestr(
                name, raw.replace(b"<v></v>", b"<v>42</v>").replace(b"<v />", b"<v>42</v>")
            )
    assert "| Total | 42 |" in read(tmp_path / "new.xlsx").text


def test_a_table_of_words_keeps_its_head_across_an_empty_row(write) -> None:
    rows = "Berth;Keeper\nAldous;Ann\n\nBrine;Bob\n"
    assert read(write("a.csv", rows)).text == (
        "| Berth | Keeper |\n| --- | --- |\n| Aldous | Ann |\n\n"
        "| Berth | Keeper |\n| --- | --- |\n| Brine | Bob |"
    )


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_csv_s_separator_is_found_and_quoted_lines_stay_whole(write, mark) -> None:
    rows = [
        ("Berth", "Fee", "Note"),
        ("Aldous", "14", f'"Lit{mark} and\nguarded"'),
        ("Brine", "3", "café"),
    ]
    raw = "\r\n".join(mark.join(row) for row in rows).encode("cp1252")
    found = read(write("fees.csv", raw))
    shown = {"\t": "", "|": "\\|"}.get(mark, mark)
    assert found.text == (
        "| Berth | Fee | Note |\n| --- | --- | --- |\n"
        f"| Aldous | 14 | Lit{shown} and guarded |\n| Brine | 3 | café |"
    )
    assert "Windows-1252" in found.notes[0]


def test_evidence_in_a_table_has_exact_offsets(tmp_path) -> None:
    lines = "\n".join(f"Berth {n},Keeper {n},{n} pence" for n in range(60))
    (tmp_path / "fees.csv").write_text(f"Berth,Keeper,Fee\n{lines}\n", "utf-8")
    loaded = corpora.load(tmp_path / "fees.csv")
    text = loaded.documents[0].text
    cut = corpora.passages(loaded, 60, 0, lambda piece: len(piece.split()))
    assert all(text[p.start : p.end] == p.text for p in cut)
    assert len(cut) > 5 and all(p.text.startswith("| Berth | Keeper | Fee |") for p in cut)
    assert any("| Berth 41 | Keeper 41 | 41 pence |" in p.text for p in cut)


def test_a_row_of_texts_is_a_paragraph_with_its_headings(write) -> None:
    said = "the lamps are lit at dusk and nobody may touch them " * 4
    rows = f'Question,Answer,Votes\n"Who lit them?","{said}",3\nWho else?,Nobody,1\n'
    assert read(write("faq.csv", rows)).text == (
        f"Question: Who lit them?; Answer: {said.strip()}; Votes: 3.\n\n"
        "| Question | Answer | Votes |\n| --- | --- | --- |\n| Who else? | Nobody | 1 |"
    )


def test_more_cells_than_are_read_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sheets, "MOST_CELLS", 12)
    with pytest.raises(WorkbenchError, match="more than the 12 cells"):
        read(workbook(tmp_path / "berths.xlsx"))
    (tmp_path / "a.csv").write_text("a,b\n" * 7, "utf-8")
    with pytest.raises(WorkbenchError, match="more than the 12 cells"):
        read(tmp_path / "a.csv")
