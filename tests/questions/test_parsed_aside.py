"""What another process parses is what would be parsed here, and drafted the same."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from tests.support.tale import small_corpus
from workbench.experiment.questions import QuestionSpec
from workbench.questions.aside import Aside
from workbench.questions.dataset.plan import make_plan
from workbench.questions.parsing.nlp import ATTRIBUTES, as_parsed, parse, parsed_there
from workbench.questions.writers import units
from workbench.questions.writers.units import WriterContext

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
    aside = Aside(1)
    aside.ask("one", parsed_there, TEXTS, "en")
    aside.ask("two", os.path.basename, "a/b")
    made = aside.take("one")
    assert made is not None and len(ATTRIBUTES) == 10
    assert [told(doc) for doc in as_parsed(made, "en")] == [told(doc) for doc in parse(TEXTS)]
    assert aside.take("two") == "b" and aside.take("three") is None
    aside.close()


def test_a_process_that_is_killed_costs_nothing_but_time() -> None:
    aside = Aside(1)
    aside.ask("me", os.getpid)
    pid = aside.take("me")
    assert pid is not None and pid != os.getpid()
    for number in range(20):
        aside.ask(str(number), parsed_there, TEXTS * 20, "en")
    os.kill(pid, signal.SIGKILL)
    # The rest is for the caller, and so is all that is asked for later.
    assert all(aside.take(str(number)) is None for number in range(10, 20))
    aside.ask("later", os.getpid)
    assert aside.take("later") is None
    aside.close()


def test_a_long_text_is_drafted_the_same_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = small_corpus()
    spec = QuestionSpec()
    plan = make_plan(corpus.sections, spec, 1)
    monkeypatch.setattr(units, "SAMPLED", 3)
    drafted = {}
    for many in (1, 1000):
        monkeypatch.setattr(units, "MANY", many)
        context = WriterContext.open(corpus, spec, plan, None)  # type: ignore[arg-type]
        assert (context.aside is not None) is (many == 1)
        offers = [context.offers(section) for section in corpus.sections]
        drafted[many] = offers
        context.close()
    assert drafted[1] == drafted[1000] and any(o.kept for o in drafted[1])
