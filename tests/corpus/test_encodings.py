"""Text in an old encoding is read rightly and told, or refused; never read as something else."""

from __future__ import annotations

import pytest

from workbench import corpus as corpora
from workbench.corpus.decoding import decode
from workbench.errors import WorkbenchError

TEXTS = {
    "cp949": "항구의 등대지기는 매일 저녁 여섯 시에 등불을 켠다. 열쇠는 서쪽 벽에 있다.",
    "cp932": "灯台守は毎晩六時に明かりをともします。鍵は西の壁の釘にかかっています。",
    "euc_jp": "灯台守は毎晩六時に明かりをともします。鍵は西の壁の釘にかかっています。",
    "iso2022_jp": "灯台守は毎晩六時に明かりをともします。鍵は西の壁の釘にかかっています。",
    "big5": "燈塔守護人每天傍晚六點點亮燈火。繩索倉庫的鑰匙掛在西牆的釘子上。",
    "gb18030": "灯塔守护人每天傍晚六点点亮灯火。绳索仓库的钥匙挂在西墙的钉子上。",
    "cp1250": "Hlídač majáku rozsvěcí světlo každý večer v šest hodin. Klíč visí na hřebíku.",
    "iso8859-2": "Latarnik zapala światło co wieczór o szóstej. Klucz wisi na gwoździu.",
    "cp1251": "Смотритель маяка зажигает огонь каждый вечер в шесть. Ключ висит на гвозде.",
    "koi8-r": "Смотритель маяка зажигает огонь каждый вечер в шесть. Ключ висит на гвозде.",
    "cp1253": "Ο φαροφύλακας ανάβει το φως κάθε βράδυ στις έξι. Το κλειδί είναι στον τοίχο.",
    "cp1254": "Fener bekçisi her akşam saat altıda ışığı yakar. Anahtarı batı duvarındadır.",
    "cp1252": "The keeper’s café can’t serve “naïve” guests — Señor Müller paid £40 for it.",
    "utf-16-le": "The keeper lights the lamp each evening at six, and the key is on the wall.",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_an_old_encoding_is_told_by_its_letters(encoding: str) -> None:
    text = "\n\n".join(f"{number}. {TEXTS[encoding]}" for number in range(14))
    read, note = decode(text.encode(encoding), "old.txt")
    assert read == text
    assert note.startswith("read as ")


def test_short_tables_of_questions_are_read_too() -> None:
    for text, encoding in (
        ("question,answer\nWho lit the keeper’s lamp?,Ann Pym\n", "cp1252"),
        ("question,answer\nWhat did the rope cost?,£40\n", "cp1252"),
        ("otázka,odpověď\nKdo rozsvěcí světlo?,Hlídač\n", "cp1250"),
        ("question,answer\n谁点了灯?,安娜 Pym\nWhat is 灯塔 in English?,lighthouse\n", "gb18030"),
    ):
        assert decode(text.encode(encoding), "questions.csv")[0] == text


@pytest.mark.parametrize(
    "raw",
    [
        bytes(range(128, 256)) * 10,
        b"\xfa\x90\x81 ab \xfe\xff\x81\x20" * 90,
        ("A long English text about the harbour in which 灯塔 is the word. " * 5).encode("gb18030"),
    ],
)
def test_what_cannot_be_told_is_asked_for(raw: bytes) -> None:
    with pytest.raises(WorkbenchError, match="cannot be told") as caught:
        decode(raw, "odd.txt")
    assert "encoding" in caught.value.hint


def test_a_stated_encoding_is_taken_or_refused(write) -> None:
    text = " ".join(["Antonín Dvořák visited the lighthouse."] * 60)
    path = write("dvorak.txt", text.encode("cp1250"))
    loaded = corpora.load(path, encoding="cp1250")
    assert loaded.documents[0].text == text and not loaded.notes
    with pytest.raises(WorkbenchError, match="not in utf-8: byte 5 does not fit"):
        corpora.load(path, encoding="utf-8")
    with pytest.raises(WorkbenchError, match="'cp9' is no encoding"):
        corpora.load(path, encoding="cp9")


def test_one_damaged_byte_leaves_the_rest_of_a_text_in_utf_8() -> None:
    text = "The keeper’s café is “open”. " * 20
    read, note = decode(text.encode() + b"\xe2\x80", "cut.txt")
    assert read == text + "\ufffd"
    assert "damaged" in note


def test_files_of_one_encoding_share_a_note(tmp_path, write) -> None:
    for name in "abcdefg":
        write(f"{name}.txt", f"{name}: {TEXTS['cp1250']} " * 20)
        write(f"{name}.old.txt", (f"{name}{name}: {TEXTS['cp1250']} " * 20).encode("cp1250"))
    notes = [note for note in corpora.load(tmp_path).notes if "Windows-1250" in note]
    assert len(notes) == 1
    assert notes[0].startswith("a.old.txt, b.old.txt") and "and 2 more: read as" in notes[0]


def test_a_page_says_its_encoding_and_may_be_wrong_about_it(write) -> None:
    body = f"<p>{TEXTS['cp1251']}</p>" * 20
    for charset in ("windows-1251", "utf-8"):
        page = f'<html><head><meta charset="{charset}"></head><body>{body}</body></html>'
        loaded = corpora.load(write(f"{charset}.html", page.encode("cp1251")))
        assert TEXTS["cp1251"] in loaded.documents[0].text


def test_japanese_and_korean_are_not_taken_for_chinese(write) -> None:
    for language, encoding in (("ja", "cp932"), ("ko", "cp949"), ("zh", "big5")):
        text = (TEXTS[encoding] + "\n") * 30
        assert corpora.load(write(f"{language}.txt", text)).language == language
