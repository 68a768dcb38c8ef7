"""Bytes of a text file -> str, whatever its encoding; a clear refusal where that cannot be told.

Tried in order: the encoding that the user states; a byte-order mark (UTF-8, UTF-16, UTF-32); UTF-16
without one; ISO-2022-JP by its escapes; strict UTF-8, which text in another encoding hardly ever
passes; UTF-8 with a few damaged bytes. What is left goes to chardet, whose statistics of letter
pairs tell some fifty languages and their encodings apart, and its answer must look like writing to
be believed: many encodings accept any byte. Whatever was not plain UTF-8 is said in a note.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from typing import AnyStr

from workbench.corpus.kinds import READABLE
from workbench.errors import WorkbenchError

BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What texts of users are in: chardet's name, and the name shown. Windows' forms of the ISO ones.
DETECTED = {
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1252": "Windows-1252",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
    "cp1257": "Windows-1257",
    "cp1258": "Windows-1258",
    "cp874": "Windows-874",
    "iso8859-2": "ISO-8859-2",
    "iso8859-5": "ISO-8859-5",
    "iso8859-6": "ISO-8859-6",
    "iso8859-7": "ISO-8859-7",
    "mac-cyrillic": "MacCyrillic",
    "koi8-r": "KOI8-R",
    "koi8-u": "KOI8-U",
    "cp866": "CP866",
    "cp850": "CP850",
    "cp852": "CP852",
    "mac-roman": "MacRoman",
    "gb18030": "GB18030",
    "big5hkscs": "Big5",
    "cp932": "CP932 (Shift-JIS)",
    "euc_jis_2004": "EUC-JP",
    "cp949": "CP949 (EUC-KR)",
}
#: Bytes of Windows-1252 that are marks and signs, most of them the same in all of Windows' sets.
MARKS = frozenset("€…‘’“”•–—™\u00a0£§©«®°±²³·»¼½¾".encode("cp1252"))
#: Marks that never stand between two letters; an apostrophe or a dash may.
EDGES = re.compile(r"[^\W\d_][…‘“”•™£©«®»€][^\W\d_]")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
BEYOND = re.compile(r"[^\x00-\x7f]+")
CODED = re.compile(rb"[\x80-\xff]+")
#: Characters looked at on either side of one beyond ASCII, and in the whole of a text.
AROUND = 60
SHOWN = 60_000
#: Accented letters of western Europe in a row; no language has so many.
ACCENTED_RUN = re.compile(r"[\u00aa\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]{4,}")
#: The scripts whose letters stand beside others' without a blank, taken as one.
EASTERN = "EASTERN"
SCRIPTS = dict.fromkeys(
    ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "FULLWIDTH", "IDEOGRAPHIC", "BOPOMOFO"), EASTERN
) | dict.fromkeys(("FEMININE", "MASCULINE", "MICRO"), "LATIN")
#: Of the letters around, the share that a script must have to be believed; any other's is 0.3.
LEAST_SHARE = {"LATIN": 0.0, EASTERN: 0.1}
NEVER = frozenset({"Cc", "Cn", "Co", "Cs"})
SIGNS = frozenset({"Sc", "Sk", "Sm", "So", "No"})
#: Of the bytes beyond ASCII, the part that may break UTF-8 in a text that is UTF-8 all the same.
DAMAGED = 0.02
SAVE_AS_UTF8 = "Save it as UTF-8 plain text and try again."
STATE_IT = (
    "Save it as UTF-8, or state its encoding (cp1252, cp1250, gb18030, big5, cp932, cp949, …): "
    "corpus: {path: …, encoding: …}."
)


def decode(raw: bytes, name: str, encoding: str = "auto") -> tuple[str, str]:
    """The text of ``raw`` and a note on its encoding, empty where it is plain UTF-8 or marked.

    ``name`` is the file's name, for the error. ``encoding`` is what the user states it to be in;
    "auto" finds out. The note is a clause without the file's name ("read as Windows-1250, …").

    Raises WorkbenchError where the bytes are binary, do not fit the stated encoding, or are in
    none that can be told with confidence.
    """
    for mark, marked in BOMS:
        if raw.startswith(mark):
            return _strictly(raw, name, marked, marked.removesuffix("-sig").upper()), ""
    if encoding != "auto":
        return _stated(raw, name, encoding), ""
    if found := _utf16(raw):
        return found, "read as UTF-16, which it is without saying so"
    if _looks_binary(raw):
        raise WorkbenchError(
            f"{name} is a binary file, not text.",
            f"Readable are {READABLE}.",
        )
    if b"\x1b$" in raw and raw.isascii() and (text := _try(raw, "iso2022_jp_3")):
        return text, "read as ISO-2022-JP"
    if (text := _try(raw, "utf-8")) is not None:
        return text, ""
    if mended := _damaged_utf8(raw):
        return mended
    if guess := _detected(raw):
        text, shown = guess
        return text, (
            f"read as {shown}, by the look of its letters; where that is wrong, save it as UTF-8 "
            "or state corpus.encoding"
        )
    raise WorkbenchError(
        f"{name} is not UTF-8, and what encoding it is in cannot be told with confidence.",
        STATE_IT,
    )


def clean(text: str) -> str:
    """Line ends as LF, no byte-order mark, no control characters; nothing else is changed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\ufeff", "")
    text = text.replace("\x0b", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    # A lone surrogate cannot be written as UTF-8; a control character breaks records and reports.
    text = re.sub(r"[\ud800-\udfff]", "\ufffd", CONTROL.sub("", text))
    return text.replace("\x85", "\n")


def _try(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _strictly(raw: bytes, name: str, encoding: str, shown: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise WorkbenchError(
            f"{name} starts as {shown} but byte {error.start} does not fit it.", SAVE_AS_UTF8
        ) from error


def _stated(raw: bytes, name: str, encoding: str) -> str:
    """The text in the encoding that the user states."""
    try:
        return raw.decode(encoding)
    except LookupError as error:
        raise WorkbenchError(
            f"{encoding!r} is no encoding that is known.",
            "Known are utf-8, cp1250 to cp1258, gb18030, big5, cp932, cp949 and Python's others.",
        ) from error
    except UnicodeDecodeError as error:
        raise WorkbenchError(
            f"{name} is not in {encoding}: byte {error.start} does not fit it.",
            "State another encoding, or leave corpus.encoding out to have it found.",
        ) from error


def _utf16(raw: bytes) -> str | None:
    """UTF-16 without its mark: NUL bytes in every second place alone, as ASCII letters have it."""
    head = raw[: min(65536, len(raw) // 2 * 2)]
    odd, even = head[1::2].count(0), head[::2].count(0)
    for here, there, encoding in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if here > len(head) / 8 and there <= here / 50:
            text = _try(raw, encoding)
            if text is not None and not CONTROL.search(text):
                return text
    return None


def _looks_binary(raw: bytes) -> bool:
    """NUL bytes, or more than a twentieth of control characters, in the first 64 KiB."""
    head = raw[:65536]
    if b"\0" in head:
        return True
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return controls > len(head) / 20


def _damaged_utf8(raw: bytes) -> tuple[str, str] | None:
    """UTF-8 in which a few bytes were lost or cut: "\\ufffd" stands for each of them."""
    text = raw.decode("utf-8", "replace")
    lost = text.count("\ufffd")
    beyond = sum(map(len, CODED.findall(raw)))
    if lost > max(1, DAMAGED * beyond) or beyond < 10 * lost:
        return None
    return text, f"{lost} damaged places in its UTF-8 stand as \ufffd" if lost > 1 else (
        "one damaged place in its UTF-8 stands as \ufffd"
    )


def _detected(raw: bytes) -> tuple[str, str] | None:
    """The text and the name of its encoding; None where no guess looks like writing."""
    import chardet

    if set(raw) - set(range(128)) <= MARKS:
        text = raw.decode("cp1252")
        if not EDGES.search(text):
            return text, DETECTED["cp1252"]
    sample = _near(raw, CODED, b" ")
    for guess in chardet.detect_all(
        sample, ignore_threshold=True, include_encodings=DETECTED, compat_names=False
    )[:3]:
        encoding = guess["encoding"]
        if encoding is None or encoding not in DETECTED:
            continue
        found = _try(raw, encoding)
        if found is not None and _looks_written(found):
            return found, DETECTED[encoding]
    return None


def _near(text: AnyStr, beyond: re.Pattern[AnyStr], blank: AnyStr) -> AnyStr:
    """The stretches around what is beyond ASCII: in a long text they may be few and far apart."""
    pieces: list[AnyStr] = []
    start = stop = size = 0
    for match in beyond.finditer(text):
        if match.start() >= stop:
            pieces.append(text[start:stop])
            size += stop - start
            if size > SHOWN:
                break
            low = max(stop, match.start() - AROUND)
            cut = text.find(blank, low, match.start())
            start = low if low == stop else cut if cut >= 0 else match.start()
        cut = text.find(blank, match.end() + AROUND, match.end() + 2 * AROUND)
        stop = cut if cut >= 0 else match.end() + AROUND
        if stop - start > SHOWN:
            break
    pieces.append(text[start : min(stop, start + SHOWN)])
    return blank.join(pieces)


def _looks_written(text: str) -> bool:
    """Whether the characters beyond ASCII stand as they do in writing, in one script.

    What bytes give when they are taken for other letters: a foreign letter among many Latin ones,
    letters of two scripts in a word, a capital inside a word, a sign between letters, accented
    letters in a long row, and characters that nobody writes. A twentieth may be such.
    """
    near = _near(text, BEYOND, " ")
    scripts = Counter(_script(c) for c in near if ord(c) > 127 and c.isalpha())
    main, count = scripts.most_common(1)[0] if scripts else ("LATIN", 0)
    if count < LEAST_SHARE.get(main, 0.3) * sum(map(str.isalpha, near)):
        return False
    odd = sum(n for script, n in scripts.items() if script not in (main, "LATIN"))
    odd += sum(len(m.group()) - 3 for m in ACCENTED_RUN.finditer(near))
    odd += sum(
        _misplaced(before, here, after)
        for before, here, after in zip(" " + near, near, near[1:] + " ", strict=False)
        if ord(before) > 127 or ord(here) > 127
    )
    return odd <= 0.05 * sum(ord(c) > 127 for c in near)


def _misplaced(before: str, here: str, after: str) -> bool:
    """Whether ``here`` is a character that does not stand between these two in any writing."""
    kind = unicodedata.category(here)
    if (kind in NEVER and not here.isspace()) or "\u2500" <= here <= "\u25ff":
        return True
    if not before.isalpha():
        return False
    if kind in SIGNS:
        return after.isalpha()
    if not here.isalpha():
        return False
    scripts = {_script(before), _script(here)}
    return (before.islower() and here.isupper()) or (len(scripts) == 2 and EASTERN not in scripts)


def _script(letter: str) -> str:
    """A letter's script, the first word of its Unicode name; Chinese to Korean count as one."""
    name = unicodedata.name(letter, "?").replace("-", " ").partition(" ")[0]
    return SCRIPTS.get(name, name)
