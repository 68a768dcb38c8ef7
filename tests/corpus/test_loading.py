"""Files of every type and encoding become the same text; what cannot be read says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.documents import chinese, pdf_bytes, prose, write_docx, write_epub
from workbench import corpus as corpora
from workbench.errors import WorkbenchError


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8-sig", b""),
        ("utf-16", b""),
        ("utf-16-be", b"\xfe\xff"),
        ("gb18030", b""),
    ],
)
def test_chinese_text_reads_the_same_in_every_encoding(write, encoding, mark):
    text = "《灯市》\n\n" + chinese(900)
    loaded = corpora.load(write("灯市.txt", mark + text.encode(encoding)))
    assert loaded.documents[0].text == text
    assert loaded.language == "zh"
    assert loaded.title == "灯市"


def test_latin_text_in_windows_1252_keeps_its_accents(write):
    text = prose(300) + "\n\nThe café’s naïve owner paid £40 — “too much”."
    loaded = corpora.load(write("café.txt", text.encode("cp1252")))
    assert loaded.documents[0].text == text
    assert loaded.language == "en"


def test_line_ends_become_lf_and_do_not_change_the_edition(write):
    text = prose(400)
    unix = corpora.load(write("a/book.txt", text))
    windows = corpora.load(write("b/book.txt", text.replace("\n", "\r\n")))
    mac = corpora.load(write("c/book.txt", text.replace("\n", "\r")))
    assert unix.documents[0].text == windows.documents[0].text == mac.documents[0].text
    assert unix.edition == windows.edition == mac.edition
    assert corpora.load(write("d/book.txt", text + "x")).edition != unix.edition


def test_html_keeps_paragraphs_and_headings_and_drops_scripts(write):
    body = "".join(f"<p>{p}</p>" for p in prose(300).split("\n\n"))
    page = (
        "<html><head><title>T</title><style>p{}</style></head><body><nav>Home</nav>"
        f"<h1>Lights &amp; Fog</h1><script>var x = 1;</script>{body}"
        "<ul><li>one <b>bold</b> word</li><li>two</li></ul></body></html>"
    )
    text = corpora.load(write("page.html", page)).documents[0].text
    assert text.startswith("# Lights & Fog\n\nThe harbour master")
    assert prose(300) in text
    assert "one bold word\n\ntwo" in text
    assert "var x" not in text and "Home" not in text


def test_epub_is_read_in_the_order_of_its_spine(tmp_path):
    path = write_epub(
        tmp_path / "book.epub",
        "Brannock",
        [("Chapter 1", prose(500, 1)), ("Chapter 2", prose(500, 2)), ("Chapter 3", prose(500, 3))],
    )
    loaded = corpora.load(path)
    assert loaded.title == "Brannock"
    assert [s.title for s in loaded.sections] == ["Chapter 1", "Chapter 2", "Chapter 3"]
    assert loaded.documents[0].text.index("1000 brass") < loaded.documents[0].text.index(
        "2000 brass"
    )


def test_pdf_and_docx_give_their_text(tmp_path, write):
    lines = [f"The {n}th lantern of Brannock burned blue all night." for n in range(30)]
    pdf = corpora.load(write("lanterns.pdf", pdf_bytes(lines)))
    assert "The 7th lantern of Brannock burned blue all night." in pdf.documents[0].text
    docx = corpora.load(write_docx(tmp_path / "lanterns.docx", prose(300).split("\n\n")))
    assert prose(300) in docx.documents[0].text


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.txt", b"", "is empty"),
        ("blank.txt", b" \n \n", "holds no text"),
        ("photo.txt", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(300), "binary"),
        ("cut.txt", b"\xff\xfe" + "ab".encode("utf-16-le") + b"\x00\xd8", "does not fit"),
        ("odd.txt", b"\xfa\x90\x81 ab \xfe\xff\x81\x20" * 90, "cannot be told"),
        ("short.txt", b"Too few words.", "too small to examine"),
        ("program.exe", b"MZ", "type that is not read"),
        ("broken.pdf", b"%PDF-1.4 nonsense", "cannot be read as a PDF"),
        ("broken.docx", b"PK nonsense", "cannot be read as a Word"),
        ("broken.epub", b"PK nonsense", "cannot be read as an EPUB"),
        ("locked.pdf", pdf_bytes(["secret"], password="x"), "locked with a password"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_sentence(write, name, content, says):
    with pytest.raises(WorkbenchError) as caught:
        corpora.load(write(name, content))
    assert says in caught.value.message
    assert name in caught.value.message
    assert caught.value.hint


def test_a_missing_path_and_an_empty_folder_are_said(tmp_path):
    with pytest.raises(WorkbenchError, match="no file or folder"):
        corpora.load(tmp_path / "nowhere.txt")
    with pytest.raises(WorkbenchError, match="is empty"):
        corpora.load(tmp_path)


def test_a_folder_of_several_texts_is_called_by_its_name_in_words(tmp_path) -> None:
    folder = tmp_path / "harbour_house_rules"
    folder.mkdir()
    for name in ("doors", "lamps"):
        (folder / f"{name}.md").write_text(f"# {name}\n\n" + f"The {name} are kept. " * 150)
    assert corpora.load(folder).title == "harbour house rules"


def test_a_folder_skips_what_it_cannot_read_and_says_so(tmp_path, write):
    write("one.txt", prose(400, 1))
    write("deep/two.md", "# Two\n\n" + prose(400, 2))
    write("deep/one.txt", prose(400, 3))
    write("copy.txt", prose(400, 1))
    write("photo.png", b"\x89PNG")
    write("bad.pdf", b"nonsense")
    write(".hidden/secret.txt", prose(400, 9))
    loaded = corpora.load(tmp_path)
    assert [d.id for d in loaded.documents] == ["copy", "deep/one", "deep/two"]
    notes = " ".join(loaded.notes)
    assert "photo.png" in notes and "bad.pdf" in notes and "one has the same text as copy" in notes


def test_near_duplicates_are_noted_and_inspected(tmp_path, write):
    text = prose(700, 1)
    write("a.txt", text)
    write("b.txt", text.replace("1005 brass lanterns", "forty tin lamps"))
    write("c.txt", prose(700, 4).replace("lanterns", "bells"))
    loaded = corpora.load(tmp_path)
    assert any("(nearly) the same" in note and "a = b" in note for note in loaded.notes)
    pairs = corpora.inspect(loaded)["duplicates"]["documents"]
    assert [(p["first"], p["second"], p["kind"]) for p in pairs] == [("a", "b", "near")]


def test_gutenberg_text_comes_off_in_both_forms(write):
    body = "Chapter 1\n\n" + prose(300, 1) + "\n\nChapter 2\n\n" + prose(300, 2)
    new = (
        "The Project Gutenberg eBook of Fog\n\nTitle: Fog\n\n"
        "*** START OF THE PROJECT GUTENBERG EBOOK FOG ***\n\nProduced by A. Nonymous\n\n"
        f"{body}\n\n*** END OF THE PROJECT GUTENBERG EBOOK FOG ***\n\nlicence " + prose(200)
    )
    old = (
        "Project Gutenberg Etext of Fog\n\nTitle: Fog\n\nlegal " + prose(150) + "\n\n"
        "*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*\n\n"
        f"{body}\n\nEnd of Project Gutenberg's Fog\n\n"
    )
    for number, text in enumerate((new, old)):
        loaded = corpora.load(write(f"{number}.txt", text))
        assert loaded.documents[0].text == body
        assert loaded.title == "Fog"
        assert "Gutenberg" in loaded.notes[0]
    kept = corpora.load(write("kept.txt", new), strip_boilerplate=False)
    assert "licence" in kept.documents[0].text


def test_a_saved_corpus_opens_the_same(tmp_path, write):
    loaded = corpora.load(write("book.md", "# Fog\n\n" + prose(900) + "\n\n" + chinese(200)))
    corpora.save(loaded, tmp_path / "saved")
    assert corpora.open_corpus(tmp_path / "saved") == loaded
    (tmp_path / "saved" / "corpus.json").unlink()
    with pytest.raises(WorkbenchError, match="no readable corpus"):
        corpora.open_corpus(tmp_path / "saved")


def test_shipped_corpora_are_found_in_chapters():
    root = Path(__file__).parents[2] / "corpora"
    novella = corpora.load(root / "salt_ledger" / "the_salt_ledger.txt")
    assert 30 <= len(novella.sections) <= 60
    assert not novella.notes
    handbook = corpora.load(root / "handbook" / "handbook.md")
    assert 8 <= len(handbook.sections) <= 40
    story = corpora.load(root / "lantern_market" / "灯市.txt")
    assert story.language == "zh" and 6 <= len(story.sections) <= 30


def test_only_english_and_chinese_are_claimed_to_be_known(tmp_path) -> None:
    texts = {
        "en": "The keeper of the bridge said that it was not his, and the ferry is for you. " * 40,
        "zh": "守桥的人说这座桥不是他的，渡船是给你的。" * 60,
        "und": "Der Wächter sagte, die Brücke gehöre ihm nicht, und das Boot sei für euch. " * 40,
    }
    for expected, text in texts.items():
        path = tmp_path / f"{expected}.txt"
        path.write_text(text, encoding="utf-8")
        assert corpora.load(path).language == expected
    assert corpora.load(tmp_path / "und.txt", language="en").language == "en"


def test_two_files_of_one_stem_have_ids_of_their_own(tmp_path, write) -> None:
    for number, name in enumerate(("report.md", "report.txt", "report_2.txt", "report 2.txt")):
        write(name, prose(400, number).replace("lanterns", f"things{number}"))
    loaded = corpora.load(tmp_path)
    assert sorted(d.id for d in loaded.documents) == [
        "report",
        "report_2",
        "report_2_2",
        "report_3",
    ]
    assert len({s.id for s in loaded.sections}) == len(loaded.sections)
    assert all(p["similarity"] <= 1 for p in corpora.inspect(loaded)["duplicates"]["documents"])


def test_a_link_to_a_folder_is_not_followed_and_is_told(tmp_path, write) -> None:
    write("corpus/one.txt", prose(400, 1))
    write("corpus/deep/two.txt", prose(400, 2))
    (tmp_path / "corpus" / "shelf").symlink_to(tmp_path / "corpus" / "deep")
    loaded = corpora.load(tmp_path / "corpus")
    assert [d.id for d in loaded.documents] == ["deep/two", "one"]
    assert any("shelf is a link to a folder" in note for note in loaded.notes)
