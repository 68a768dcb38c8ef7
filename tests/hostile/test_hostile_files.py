"""Office files, tables, JSON, mails and pictures that mean harm are refused in a sentence."""

from __future__ import annotations

import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

from workbench.corpus import archives
from workbench.corpus.archives import LARGEST_ARCHIVE, LARGEST_MEDIA
from workbench.corpus.reading import read
from workbench.errors import WorkbenchError

ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi"))
    + "]>"
)


def sheet_of(path: Path, rows: str, extra: str = "") -> Path:
    """A workbook of one sheet with these rows of XML."""
    import openpyxl

    openpyxl.Workbook().save(path)
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/worksheets/sheet1.xml"] = (
        f'{extra}<worksheet xmlns="{space}"><dimension ref="A1:XFD1048576"/>'
        f"<sheetData>{rows}</sheetData></worksheet>"
    ).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, part in parts.items():
            new.writestr(name, part)
    return path


@pytest.mark.parametrize("name", ["bomb.pptx", "bomb.xlsx"])
def test_an_office_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as member,
    ):
        for _ in range(LARGEST_ARCHIVE // 2**20 + 1):
            member.write(b" " * 2**20)
    with pytest.raises(WorkbenchError, match="unpacks to"):
        read(path)


def test_pictures_that_unpack_to_gigabytes_are_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(archives, "LARGEST_MEDIA", 2**20)
    assert LARGEST_MEDIA > 2**20
    with zipfile.ZipFile(tmp_path / "a.pptx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ppt/media/film.bin", bytes(2**21))
    with pytest.raises(WorkbenchError, match="of pictures and films"):
        read(tmp_path / "a.pptx")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_in_an_office_file_are_not_expanded(tmp_path: Path, encoding: str) -> None:
    path = sheet_of(tmp_path / "a.xlsx", "<row><c t='str'><v>&i;</v></c></row>", ENTITIES)
    if encoding == "utf-16":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("xl/workbook.xml", ENTITIES.encode("utf-16"))
    with pytest.raises(WorkbenchError, match="defines its own entities"):
        read(path)


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="999999999999"><c r="A999999999999" t="str"><v>far</v></c></row>',
        '<row><c r="XFD1" t="str"><v>wide</v></c></row>' * 200,
    ],
)
@pytest.mark.slow
def test_a_sheet_that_claims_endless_cells_ends_soon(tmp_path: Path, rows: str) -> None:
    with pytest.raises(WorkbenchError, match="more than the 2,000,000 cells"):
        read(sheet_of(tmp_path / "a.xlsx", rows))


def test_a_sheet_s_claimed_size_costs_nothing(tmp_path: Path) -> None:
    path = sheet_of(tmp_path / "a.xlsx", '<row r="1"><c r="A1" t="str"><v>small</v></c></row>')
    assert read(path).text == "## Sheet\n\nsmall"


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx"])
def test_a_file_locked_with_a_password_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    with pytest.raises(WorkbenchError, match="locked with a password"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["a.pptx", "a.xlsx", "a.docx"])
@pytest.mark.parametrize("content", [b"PK nonsense", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_office_file_is_one_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WorkbenchError, match="damaged or of another type"):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["a.csv", "a.json", "a.eml"])
def test_a_huge_text_is_refused_unread(tmp_path: Path, name: str) -> None:
    with (tmp_path / name).open("wb") as sparse:
        sparse.truncate(LARGEST_ARCHIVE + 1)
    with pytest.raises(WorkbenchError, match="more than the 64 MB"):
        read(tmp_path / name)


def test_a_mail_of_nested_parts_ends(tmp_path: Path) -> None:
    nested = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(2000)
    )
    (tmp_path / "a.eml").write_text(f"Subject: Deep\n{nested}\nlit\n", "utf-8")
    try:
        assert read(tmp_path / "a.eml").text.startswith("# Deep")
    except WorkbenchError as error:
        assert "cannot be read as an e-mail" in error.message


def test_a_csv_of_one_endless_line_ends(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('a,b\n"' + "x" * 11_000_000, "utf-8")
    with pytest.raises(WorkbenchError, match="cannot be read as a table"):
        read(tmp_path / "a.csv")
