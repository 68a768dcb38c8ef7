"""Small real files of every type, made here."""

from __future__ import annotations

import zipfile
from pathlib import Path

SENTENCE = (
    "The harbour master of Brannock kept {n} brass lanterns in the tower, and he lit each of "
    "them before the boats came home through the fog from the northern banks."
)


def prose(words: int, seed: int = 0) -> str:
    """About so many words, no two paragraphs alike."""
    count = max(1, words // 27)
    sentences = [SENTENCE.format(n=seed * 1000 + i) for i in range(count)]
    paragraphs = [" ".join(sentences[i : i + 4]) for i in range(0, count, 4)]
    return "\n\n".join(paragraphs)


def chinese(characters: int, seed: int = 0) -> str:
    """About so many Han characters in paragraphs."""
    sentences = [
        f"第{seed * 1000 + i}盏灯挂在城东的桥头，老掌柜说：“此灯不可熄灭！”众人听了，都点头称是。"
        for i in range(characters // 34 + 1)
    ]
    return "\n\n".join("".join(sentences[i : i + 5]) for i in range(0, len(sentences), 5))


def pdf_bytes(lines: list[str], password: str | None = None) -> bytes:
    """A one-page PDF with these lines, written by hand; encrypted where a password is given."""
    import io

    from pypdf import PdfReader, PdfWriter

    shown = " ".join(f"({line}) Tj T*" for line in lines)
    stream = f"BT /F1 9 Tf 11 TL 40 800 Td {shown} ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        start,
    )
    if password is None:
        return bytes(out)
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(bytes(out))))
    writer.encrypt(password, algorithm="RC4-128")
    locked = io.BytesIO()
    writer.write(locked)
    return locked.getvalue()


def write_docx(path: Path, paragraphs: list[str], part: str = "word/document.xml") -> Path:
    """A Word file with these paragraphs in ``part``, its minimal parts written by hand."""
    body = "".join(f"<w:p><w:r><w:t>{p}</w:t></w:r></w:p>" for p in paragraphs)
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
            'content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.'
            f'relationships+xml"/><Override PartName="/{part}" ContentType="application/vnd.'
            'openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/'
            '2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/'
            f'officeDocument/2006/relationships/officeDocument" Target="{part}"/></Relationships>',
        )
        archive.writestr(
            part,
            f'<?xml version="1.0"?><w:document xmlns:w="{space}"><w:body>{body}</w:body>'
            "</w:document>",
        )
    return path


def write_epub(path: Path, title: str, chapters: list[tuple[str, str]]) -> Path:
    """An EPUB whose archive holds the chapters in the reverse of their reading order."""
    from ebooklib import epub

    book = epub.EpubBook()
    book.set_identifier("test")
    book.set_title(title)
    book.set_language("en")
    pages = []
    for number, (heading, text) in enumerate(chapters, 1):
        page = epub.EpubHtml(title=heading, file_name=f"c{number}.xhtml", lang="en")
        paragraphs = "".join(f"<p>{p}</p>" for p in text.split("\n\n"))
        page.content = f"<html><body><h2>{heading}</h2>{paragraphs}</body></html>"
        pages.append(page)
    for page in reversed(pages):
        book.add_item(page)
    book.toc = tuple(pages)
    book.add_item(epub.EpubNav())
    book.spine = ["nav", *pages]
    epub.write_epub(str(path), book)
    return path
