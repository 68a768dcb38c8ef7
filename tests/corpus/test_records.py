"""JSON and e-mail give what a person reads of them."""

from __future__ import annotations

import json
from email.message import EmailMessage

import pytest

from tests.support.documents import prose
from workbench import corpus as corpora
from workbench.corpus.mail import own_text
from workbench.corpus.reading import read
from workbench.errors import WorkbenchError

RECORD = {
    "_id": "65f0c2",
    "title": "The {n}th lamp",
    "author": {"name": "Ann Aldous", "userId": 7},
    "year": 1902,
    "lit": True,
    "tags": ["harbour", "fog"],
    "url": "https://host.example/{n}",
    "embedding": [0.25] * 100,
    "body": "<p>The lamp &amp; its keeper.</p><p>{text}</p>",
    "sourceNote": None,
}


def record(n: int) -> dict:
    return json.loads(json.dumps(RECORD).replace("{n}", str(n)).replace("{text}", prose(100, n)))


def test_a_record_is_a_section_of_what_people_read(write) -> None:
    raw = json.dumps({"count": 3, "items": [record(n) for n in range(3)]})
    loaded = corpora.load(write("lamps.json", raw), section_words=100)
    text = loaded.documents[0].text
    assert (
        "## The 1th lamp\n\nAuthor name: Ann Aldous; Year: 1902; Lit: yes; Tags: harbour, fog.\n\n"
        "The lamp & its keeper.\n\nThe harbour master"
    ) in text
    assert [section.title for section in loaded.sections] == [f"The {n}th lamp" for n in range(3)]
    for word in ("65f0c2", "0.25", "https", "None", "null"):
        assert word not in text
    assert "fields for programs were left out" in loaded.notes[0]
    assert "userId" in loaded.notes[0] and "embedding" in loaded.notes[0]


def test_lines_of_json_are_records_and_a_broken_line_is_told(write) -> None:
    lines = [json.dumps(record(n)) for n in range(3)]
    whole = read(write("a.jsonl", "\n".join(lines)))
    assert read(write("a.json", "\n".join(lines))).text == whole.text
    broken = read(write("b.ndjson", "\n".join([*lines, '{"title": '])))
    assert broken.text == whole.text
    assert "1 lines are not JSON" in broken.notes[-1]


def test_bare_texts_and_numbers_are_paragraphs(write) -> None:
    assert read(write("a.json", '["One lamp.", "Two lamps.", 3]')).text == (
        "One lamp.\n\nTwo lamps.\n\n3"
    )


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ("{'title': 'x'}", "is not JSON"),
        ('{\n "a": 1,\n "b": \n}', "is not JSON .*line 4"),
        ("[" * 100_000, "cannot be read as JSON"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "cannot be read as JSON|holds no text"),
        ('{"id": 7}', "holds no text .*fields for programs"),
    ],
)
def test_what_is_no_readable_json_is_one_sentence(write, raw, says) -> None:
    with pytest.raises(WorkbenchError, match=f"(?s){says}"):
        read(write("x.json", raw))


# --- e-mail ------------------------------------------------------------------------------------


def mail(body: str, html: str = "", attached: str = "") -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Re: The lamps of Brannock – café"
    message["From"] = "Ann Aldous <ann@harbour.example>"
    message["To"] = "Bob <bob@harbour.example>"
    message["Date"] = "Thu, 14 Mar 2002 09:30:00 +0100"
    if body:
        message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html") if body else message.set_content(
            html, subtype="html"
        )
    if attached:
        message.add_attachment(b"x" * 30, maintype="application", subtype="pdf", filename=attached)
    return message


def test_a_mail_is_its_own_words_without_those_it_quotes(write) -> None:
    body = (
        "The lamps are lit.\n\nOn Wed, 13 Mar 2002 at 18:00, Bob\n<bob@harbour.example> wrote:\n"
        "> Are the lamps lit?\n>> Who asks?\n\nI shall see to them.\n-- \nAnn, harbour master"
    )
    found = read(write("a.eml", mail(body, attached="plan.pdf").as_bytes()))
    assert found.text == (
        "# Re: The lamps of Brannock – café\n\n"
        "From: Ann Aldous <ann@harbour.example>\nTo: Bob <bob@harbour.example>\n"
        "Date: 14 March 2002, 09:30\n\n"
        "The lamps are lit.\n\n\nI shall see to them.\n\nAttachments: plan.pdf."
    )
    assert found.title == "Re: The lamps of Brannock – café"
    assert "4 lines quoted" in found.notes[0] and "attachments are named" in found.notes[1]


@pytest.mark.parametrize(
    "before",
    [
        "-----Original Message-----\nFrom: Bob\n",
        "From: Bob\nSent: Wednesday\nTo: Ann\nSubject: Lamps\n",
        "Von: Bob\nGesendet: Mittwoch\n",
        "发件人：小王\n发送时间：星期三\n",
    ],
)
def test_outlook_s_unmarked_quotes_end_a_mail(before) -> None:
    text, quoted = own_text(f"Lit.\nFrom: here on it is dark.\n\n{before}Are they?\n")
    assert text == "Lit.\nFrom: here on it is dark."
    assert quoted == len(before.splitlines()) + 1


def test_a_mail_sent_for_what_it_quotes_keeps_it() -> None:
    assert own_text("> The lamps\n>> are lit.") == ("The lamps\nare lit.", 0)
    forward = "See below.\n---------- Forwarded message ---------\nFrom: Bob\nDate: now\n\nLit."
    assert own_text(forward) == (forward, 0)


def test_a_mail_of_html_alone_is_read_without_its_blockquote(write) -> None:
    page = "<p>The lamps are lit.</p><blockquote>Are they?</blockquote><script>x</script>"
    text = read(write("a.eml", mail("", page).as_bytes())).text
    assert text.endswith("\n\nThe lamps are lit.")


def test_a_mail_that_names_a_wrong_encoding_is_read(write) -> None:
    raw = b"Subject: x\nContent-Type: text/plain; charset=no-such\n\nThe caf\xc3\xa9 is lit.\n"
    assert "The café is lit." in read(write("a.eml", raw)).text
    with pytest.raises(WorkbenchError, match="is no e-mail"):
        read(write("b.eml", "\nJust a text.\n"))
