"""An e-mail -> its own text: subject, who to whom and when, what was written.

What it quotes of earlier mails is left out, since a thread repeats each of them many times over,
and so is a signature after its mark. Attachments are named, not read. The standard library's
``email`` takes the message apart.
"""

from __future__ import annotations

import email
import email.policy
import re
from email.message import EmailMessage, MIMEPart
from itertools import takewhile
from pathlib import Path

from workbench.corpus.archives import check_size
from workbench.corpus.decoding import decode
from workbench.corpus.pages import chapter_text
from workbench.errors import WorkbenchError

#: The line with which mail programs introduce what they quote.
_INTRODUCED = re.compile(
    r"(?:on .{4,200} wrote|am .{4,200} schrieb.{0,80}|le .{4,200} a écrit|el .{4,200} escribió|"
    r"在.{4,200}写道)\s*[:：]\s*$",
    re.I,
)
#: Outlook sets no mark before what it quotes: a rule or a block of headers begins it.
_ORIGINAL = re.compile(
    r"\s*-{2,}\s*(?:original message|ursprüngliche nachricht|message d'origine|原始邮件)\s*-{2,}",
    re.I,
)
_FROM = re.compile(r"\*?(?:from|von|de|发件人)\s*[:：]", re.I)
_SENT = re.compile(r"\*?(?:sent|date|gesendet|datum|envoyé|发送时间)\s*[:：]", re.I)
_FORWARDED = re.compile(r"\s*(?:-{4,}\s*forwarded message\s*-{4,}|begin forwarded message:)", re.I)


def read_mail(path: Path) -> tuple[str, str, list[str]]:
    """The text of an e-mail, its subject, and notes on what was left out."""
    check_size(path)
    with path.open("rb") as stream:
        message = email.message_from_binary_file(stream, policy=email.policy.default)
    if not message.keys():
        raise WorkbenchError(
            f"{path.name} is no e-mail: it does not begin with headers.",
            "Save the mail from its program as .eml, or give its text as .txt.",
        )
    subject = _header(message, "subject")
    said, quoted = own_text(_body(message))
    attached = [_name(part) for part in message.iter_attachments()] if _has_parts(message) else []
    head = [
        f"{name}: {value}"
        for name in ("From", "To", "Cc", "Date")
        if (value := _date(message) if name == "Date" else _header(message, name.lower()))
    ]
    notes = [f"{quoted} lines quoted from earlier mails were left out"] if quoted else []
    if attached:
        notes.append("attachments are named and not read; save what matters beside the mail")
    blocks = [
        f"# {subject}" if subject else "",
        "\n".join(head),
        said,
        f"Attachments: {', '.join(attached)}." if attached else "",
    ]
    return "\n\n".join(filter(None, blocks)), subject, notes


def own_text(body: str) -> tuple[str, int]:
    """What the mail itself says, and how many lines of earlier mails it repeats.

    A mail that says nothing of its own was sent for what it quotes, which is kept then.
    """
    lines = body.replace("\r\n", "\n").split("\n")
    kept: list[str] = []
    quoted = 0
    for place, line in enumerate(lines):
        if _FORWARDED.match(line):
            kept += lines[place:]
            break
        if _ends_here(lines, place):
            quoted += sum(bool(rest.strip()) for rest in lines[place:])
            break
        if line.startswith(">") or _introduces(lines, place):
            quoted += 1
            continue
        if line.rstrip() == "--":
            break
        kept.append(line)
    text = "\n".join(kept).strip()
    if not text and quoted:
        return re.sub(r"(?m)^(?:>\s?)+", "", body).strip(), 0
    return text, quoted


def _introduces(lines: list[str], place: int) -> bool:
    """Whether the line, perhaps with the next one, says whose words the quoted ones are."""
    line = lines[place].strip()
    after = [rest for rest in lines[place + 1 : place + 4] if rest.strip()]
    if _INTRODUCED.match(line):
        return bool(after) and after[0].startswith(">")
    joined = f"{line} {after[0].strip()}" if after else line
    wrapped = len(after) > 1 and after[1].startswith(">") and bool(_INTRODUCED.match(joined))
    before = lines[place - 1].strip() if place else ""
    second = (
        bool(after) and after[0].startswith(">") and bool(_INTRODUCED.match(f"{before} {line}"))
    )
    return wrapped or second


def _ends_here(lines: list[str], place: int) -> bool:
    """Whether all that follows is an earlier mail."""
    if _ORIGINAL.match(lines[place]):
        return True
    if not _FROM.match(lines[place].strip()):
        return False
    block = takewhile(str.strip, lines[place + 1 : place + 4])
    return any(_SENT.match(line.strip()) for line in block)


def _body(message: EmailMessage) -> str:
    """The plain text of a mail, else that of its HTML."""
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    text = _content(part)
    if part.get_content_subtype() != "html":
        return text
    return chapter_text(re.sub(r"(?is)<blockquote\b.*</blockquote>", "", text).encode())


def _content(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, UnicodeError):
        # The mail names an encoding that is none, or is in another than it names.
        payload = part.get_payload(decode=True)
        raw = payload if isinstance(payload, bytes) else b""
        return decode(raw, "A part of the mail")[0]


def _has_parts(message: EmailMessage) -> bool:
    return message.is_multipart() and message.get_content_maintype() == "multipart"


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _date(message: EmailMessage) -> str:
    found = getattr(message.get("date"), "datetime", None)
    return f"{found.day} {found:%B} {found.year}, {found:%H:%M}" if found else ""


def _name(part: MIMEPart) -> str:
    return " ".join((part.get_filename() or part.get_content_type()).split())
