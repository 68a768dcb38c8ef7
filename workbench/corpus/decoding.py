"""Bytes of a text file -> str, whatever its encoding; a clear refusal where it is no text.

Tried in order: a byte-order mark (UTF-8, UTF-16, UTF-32), strict UTF-8, GB18030 where the result
is Chinese, Windows-1252 where it is Latin script. A strict UTF-8 success is hardly ever wrong;
GB18030 accepts almost any byte pair, so its result must look like Chinese to be believed.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

from workbench.errors import WorkbenchError

BOMS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef\u2010-\u2026]")
SAVE_AS_UTF8 = "Save it as UTF-8 plain text and try again."


def decode(raw: bytes, name: str) -> str:
    """The text of ``raw``; ``name`` is the file's name, for the error.

    Raises WorkbenchError where the bytes are binary or in no encoding that is understood.
    """
    for mark, encoding in BOMS:
        if raw.startswith(mark):
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError as error:
                raise WorkbenchError(
                    f"{name} starts as {encoding.removesuffix('-sig').upper()} but byte "
                    f"{error.start} does not fit it.",
                    SAVE_AS_UTF8,
                ) from error
    if _looks_binary(raw):
        raise WorkbenchError(
            f"{name} is a binary file, not text.",
            "Give a .txt, .md, .html, .epub, .pdf or .docx file.",
        )
    for encoding, believable in (
        ("utf-8", _anything),
        ("gb18030", _is_chinese),
        ("cp1252", _is_latin),
    ):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if believable(text):
            return text
    raise WorkbenchError(
        f"{name} is in no encoding that is understood (UTF-8, UTF-16, GB18030, Windows-1252).",
        SAVE_AS_UTF8,
    )


def clean(text: str) -> str:
    """Line ends as LF, no byte-order mark, no control characters; nothing else is changed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\ufeff", "")
    text = text.replace("\x0b", "\n").replace("\u2028", "\n").replace("\u2029", "\n\n")
    # A lone surrogate cannot be written as UTF-8; a control character breaks records and reports.
    text = re.sub(r"[\ud800-\udfff]", "\ufffd", CONTROL.sub("", text))
    return text.replace("\x85", "\n")


def _looks_binary(raw: bytes) -> bool:
    """NUL bytes, or more than a twentieth of control characters, in the first 64 KiB."""
    head = raw[:65536]
    if b"\0" in head:
        return True
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    return controls > len(head) / 20


def _anything(text: str) -> bool:
    return True


def _is_chinese(text: str) -> bool:
    """Nine of ten characters beyond ASCII are Han or Chinese punctuation, and there are many."""
    beyond = sum(ord(c) > 127 for c in text)
    chinese = len(CHINESE.findall(text))
    return chinese >= 0.9 * beyond and chinese >= 0.1 * len(text)


def _is_latin(text: str) -> bool:
    """Few characters beyond ASCII, and nearly all of them letters or punctuation."""
    beyond = [c for c in text if ord(c) > 127]
    good = sum(unicodedata.category(c)[0] in "LPS" for c in beyond)
    return len(beyond) < 0.15 * len(text) and good >= 0.9 * len(beyond)
