"""What a second process parses is what would be parsed here."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from tests.support.tale import small_corpus
from workbench.questions.parsing import statements
from workbench.questions.parsing.ahead import ATTRIBUTES, Ahead
from workbench.questions.parsing.nlp import parse
from workbench.questions.parsing.statements import Reading

TEXTS = [
    ("On Monday the third of May she called the `make demo` command, and Mr Keel's men left.",
     [(45, 54)]),
    ("They paid 3,000 crowns in 1871; nobody had asked. “Why not?” said Ambrose.", []),
]  # fmt: skip


def told(doc: Any) -> list[Any]:
    """All that the writers read of a parse."""
    tokens = [
        (t.text, t.idx, t.whitespace_, t.lemma_, t.pos_, t.tag_, str(t.morph), t.dep_, t.head.i,
         t.ent_type_, t.ent_iob_, t.norm_, t.is_sent_start)
        for t in doc
    ]  # fmt: skip
    spans = [(s.start_char, s.end_char) for s in doc.sents]
    return [
        tokens,
        spans,
        [c.text for c in doc.noun_chunks],
        [(e.text, e.label_) for e in doc.ents],
    ]


def test_a_parse_comes_back_as_it_is_made_here() -> None:
    ahead = Ahead("en")
    ahead.ask("one", TEXTS)
    ahead.ask("two", TEXTS[:1])
    two, one = ahead.take("two"), ahead.take("one")
    assert one is not None and two is not None and len(ATTRIBUTES) == 10
    assert [told(doc) for doc in one] == [told(doc) for doc in parse(TEXTS)]
    assert [told(doc) for doc in two] == [told(doc) for doc in parse(TEXTS[:1])]
    assert ahead.take("three") is None
    ahead.close()


def test_more_is_asked_for_than_a_pipe_holds() -> None:
    ahead = Ahead("en")
    for number in range(6):
        ahead.ask(str(number), TEXTS * 80)
    taken = [ahead.take(str(number)) for number in range(6)]
    assert [len(docs) for docs in taken if docs is not None] == [160] * 6
    ahead.close()


def test_a_reader_that_is_killed_costs_nothing_but_time() -> None:
    ahead = Ahead("en")
    for number in range(40):
        ahead.ask(str(number), TEXTS)
    assert ahead.take("0") is not None
    ahead._process.send_signal(signal.SIGKILL)
    ahead._process.wait()
    # What was parsed before may still come; the rest is for the caller.
    assert [ahead.take(str(number)) is None for number in range(30, 40)] == [True] * 10
    ahead.close()


def test_a_long_text_reads_the_same_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = small_corpus()
    ids = [section.id for section in corpus.sections]
    read = {}
    for many in (1, 1000):
        monkeypatch.setattr(statements, "MANY", many)
        reading = Reading(corpus, ids[:3], later=ids[3:])
        assert reading.names
        assert (reading._ahead is not None) is (many == 1)
        read[many] = [
            [(s.text, s.place, s.spoken) for s in reading.statements(section)]
            for section in corpus.sections
        ]
        reading.close()
    assert read[1] == read[1000] and any(read[1])
