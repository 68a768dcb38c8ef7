"""The graph of a text: what is read from it, and what is found along its relations."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.tale import small_corpus
from workbench.errors import WorkbenchError
from workbench.experiment.graph import GraphSpec
from workbench.experiment.retrieval import RetrievalSpec
from workbench.questions.parsing.nlp import parse
from workbench.questions.parsing.statements import Reading
from workbench.questions.parsing.told import told
from workbench.retrieval import build_index, open_index
from workbench.retrieval.graph import Triple, build_graph, load_triples, searching
from workbench.retrieval.graph.nodes import Names, nodes_of
from workbench.retrieval.graph.parsed import facts
from workbench.retrieval.graph.searching import passages_of
from workbench.stages.answers import own_passages
from workbench.types import Answer, Completion, Decoding, Passage, Prompt, Question
from workbench.variants.prompting import open_book
from workbench.variants.providers import Retrieval, searched
from workbench.variants.system import System

PEOPLE = ("Arne", "Berta", "Clovis", "Dagny", "Edda", "Falk", "Gerda", "Holger", "Ingrid", "Jorun",
          "Kaspar", "Lone", "Mads", "Nora", "Oskar", "Petra")  # fmt: skip
TOWNS = ("Harrow", "Dunmere", "Lisk", "Oakham", "Tarn", "Wexley", "Brill", "Corve")
#: Two sentences answer it, and the second of them shares no name with it.
QUESTION = "In which town lives the person who mended the harbour clock?"
BRIDGE, ANSWER = "Kaspar mended the harbour clock.", "Kaspar lives in Lisk."


def read(text: str) -> set[str]:
    (doc,) = parse([(text, ())])
    return {f"{a.text} | {r} | {b.text}" for s in doc.sents for a, r, b in facts(s, {})}


def hill() -> tuple[list[Passage], list[Triple]]:
    """Where 16 people live and whose apprentices they were, and who mended a clock."""
    said = [(f"{who} lives in {TOWNS[n % 8]}.", (who, "live in", TOWNS[n % 8]))
            for n, who in enumerate(PEOPLE)]  # fmt: skip
    said += [(f"{who} was taught by {PEOPLE[(n + 5) % 16]}.", (PEOPLE[(n + 5) % 16], "teach", who))
             for n, who in enumerate(PEOPLE)]  # fmt: skip
    said.append((BRIDGE, ("Kaspar", "mend", "harbour clock")))
    passages, triples, at = [], [], 0
    for number, (text, triple) in enumerate(said):
        passages.append(Passage("hill", at, at + len(text), text, f"hill#{number:02d}"))
        triples.append(Triple(*triple, "hill", at, at + len(text), "person", "thing"))
        at += len(text) + 1
    return passages, triples


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, vectors: Path) -> Path:
    out = tmp_path_factory.mktemp("graph") / "hill"
    passages, triples = hill()
    build_index(passages, RetrievalSpec(), out, cache=vectors)
    summary = build_graph(out, [("all", lambda: triples)], "all-MiniLM-L6-v2")
    assert summary == {"triples": 33, "things": 25, "relations": 33}
    return out


def rank(index: Path, spec: RetrievalSpec, text: str, question: str = QUESTION) -> int:
    found = open_index(index, spec).retrieve([question], 40)[0]
    return next(hit.rank for hit in found if hit.passage.text == text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "Marta Quill carried the copper kettle to the market.",
            {"Marta Quill | carry | copper kettle", "Marta Quill | carry to | market"},
        ),
        ("The harbour clock was mended by Doctor Venn.", {"Doctor Venn | mend | harbour clock"}),
        (
            "The man who sold the boat asked Tom Arden to burn the ledger.",
            {"man | sell | boat", "man | ask | Tom Arden", "Tom Arden | burn | ledger"},
        ),
        (
            "Rook's ledger lay in the oak cupboard.",
            {"Rook | have | ledger", "ledger | lie in | oak cupboard"},
        ),
        (
            "Cornelius Swann, the agent, never bought sixty feet of rope.",
            {"Cornelius Swann | be | agent", "Cornelius Swann | not buy | sixty feet of rope"},
        ),
        ("He gave it to them.", set()),
    ],
)
def test_a_sentence_is_read_into_who_does_what(text: str, wanted: set[str]) -> None:
    assert wanted <= read(text)
    assert wanted or read(text) == wanted


def test_a_pronoun_is_the_name_that_it_stands_for() -> None:
    (doc,) = parse([("She carried her kettle.", ())])
    (sentence,) = doc.sents
    names = {token.i: "Marta Quill" for token in sentence if token.lower_ in {"she", "her"}}
    found = {f"{a.text} | {r} | {b.text}" for a, r, b in facts(sentence, names)}
    assert found == {"Marta Quill | carry | kettle", "Marta Quill | have | kettle"}


def test_one_thing_has_one_node_whatever_it_is_called() -> None:
    said = [("Tom Arden", "the boats"), ("Arden", "boat"), ("Tom", "oar"), ("Ada Fenn", "oar"),
            ("Bo Fenn", "oar"), ("Fenn", "oar")]  # fmt: skip
    triples = [Triple(who, "have", what, "d", 0, 1, "person", "thing") for who, what in said]
    nodes = nodes_of(triples)
    assert nodes["Arden"] is nodes["Tom"] is nodes["Tom Arden"]
    assert nodes["boat"] is nodes["the boats"]
    assert nodes["Fenn"] not in (nodes["Ada Fenn"], nodes["Bo Fenn"]), "two persons have the name"
    listed = list({id(node): node for node in nodes.values()}.values())
    named, left = Names([sorted(n.aliases) for n in listed]).find("Who sold Mr. Arden's boats?")
    assert {listed[at].name for at in named} == {"Tom Arden", "the boats"}
    assert left == ["sold", "Mr"]


def test_what_is_two_steps_away_is_found_by_two_steps_only(index: Path) -> None:
    near = rank(index, RetrievalSpec(mode="graph", graph=GraphSpec(hops=1)), ANSWER)
    far = rank(index, RetrievalSpec(mode="graph"), ANSWER)
    text = rank(index, RetrievalSpec(), ANSWER)
    assert far <= 5 < min(near, text), (near, far, text)
    fused = rank(index, RetrievalSpec(graph_weight=0.8), ANSWER)
    assert fused < text
    assert rank(index, RetrievalSpec(mode="graph"), BRIDGE) == 1


def test_a_relation_leads_on_from_what_the_question_comes_to(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the clock to Kaspar, from Kaspar to whom he taught, from there to the town."""
    question = "Where lives the person who was taught by the one who mended the harbour clock?"
    spec = RetrievalSpec(mode="graph")
    with_step = rank(index, spec, "Falk lives in Wexley.", question)
    monkeypatch.setattr(searching, "KEPT", 0.0)
    without = rank(index, spec, "Falk lives in Wexley.", question)
    assert with_step < without, (with_step, without)


def test_where_the_graph_says_nothing_the_text_decides(tmp_path: Path, vectors: Path) -> None:
    passages, _ = hill()
    build_index(passages, RetrievalSpec(), tmp_path / "bare", cache=vectors)
    with pytest.raises(WorkbenchError, match="holds no graph"):
        open_index(tmp_path / "bare", RetrievalSpec(mode="graph"))
    empty = build_graph(tmp_path / "bare", [("all", list)], "all-MiniLM-L6-v2")
    assert empty == {"triples": 0, "things": 0, "relations": 0}
    plain = open_index(tmp_path / "bare", RetrievalSpec()).retrieve([QUESTION], 5)[0]
    for spec in (RetrievalSpec(mode="graph"), RetrievalSpec(graph_weight=0.3)):
        found = open_index(tmp_path / "bare", spec).retrieve([QUESTION], 5)[0]
        assert [hit.passage for hit in found] == [hit.passage for hit in plain]


def test_a_killed_build_goes_on_where_it_was_and_ends_the_same(tmp_path: Path) -> None:
    _, triples = hill()
    read: list[str] = []

    def unit(name: str, mine: list[Triple], dies: bool = False):
        def reading() -> list[Triple]:
            if dies:
                raise KeyboardInterrupt
            read.append(name)
            return mine

        return name, reading

    with pytest.raises(KeyboardInterrupt):
        build_graph(tmp_path, [unit("a", triples[:20]), unit("b", triples[20:], dies=True)], "none")
    units = [unit("a", triples[:20]), unit("b", triples[20:])]
    build_graph(tmp_path, units, "all-MiniLM-L6-v2")
    assert read == ["a", "b"] and load_triples(tmp_path) == triples
    build_graph(tmp_path / "whole", [unit("a", triples[:20]), unit("b", triples[20:])],
                "all-MiniLM-L6-v2")  # fmt: skip
    for name in ("property_graph.json", "triples.jsonl", "triples.npy", "nodes.npy"):
        whole = (tmp_path / "whole" / "graph" / name).read_bytes()
        assert (tmp_path / "graph" / name).read_bytes() == whole


@pytest.fixture(scope="module")
def tale() -> list[Triple]:
    corpus = small_corpus(4)
    reading = Reading(corpus, [section.id for section in corpus.sections])
    return [
        Triple(a.text, relation, b.text, section.document, sentence.start, sentence.end)
        for section in corpus.sections
        for sentence in told(reading, section)
        for a, relation, b in facts(sentence.sentence, sentence.names)
    ]


def test_each_triple_stands_in_a_sentence_that_says_it(tale: list[Triple]) -> None:
    text = small_corpus(4).documents[0].text
    assert len(tale) > 60
    for item in tale:
        said = text[item.start : item.end]
        assert said[-1] == "." and "\n" not in said
        for name in (item.subject, item.object):
            assert all(word in said for word in name.split()), (item, said)


@settings(max_examples=40, deadline=None)
@given(size=st.integers(20, 400), shift=st.integers(0, 30))
def test_the_passages_of_a_triple_hold_most_of_its_sentence(
    tale: list[Triple], size: int, shift: int
) -> None:
    text = small_corpus(4).documents[0].text
    cuts = [0, *range(shift + size, len(text), size), len(text)]
    passages = [Passage("tale", a, b, text[a:b], "s")
                for a, b in pairwise(cuts) if b > a]  # fmt: skip
    assert "".join(passage.text for passage in passages) == text
    for item, places in zip(tale, passages_of(tale, passages), strict=True):
        shares = [min(p.end, item.end) - max(p.start, item.start) for p in passages]
        assert places == tuple(at for at, share in enumerate(shares) if share == max(shares))
    elsewhere = [replace(item, document="another") for item in tale]
    assert set(passages_of(elsewhere, passages)) == {()}


def test_triples_stand_before_the_passages_with_the_sentences_that_say_them(
    index: Path,
) -> None:
    spec = RetrievalSpec(graph=GraphSpec(shown=4))
    asked = Question("q", QUESTION, ("Lisk",))
    plain, told = (
        searched(open_index(index, each), [asked], 3)[0] for each in (RetrievalSpec(), spec)
    )
    # One sentence may say several of them.
    assert 1 <= told.told <= 4 and plain.told == 0
    first = [hit.passage for hit in told.passages[: told.told]]
    said = {passage.id for passage in first}
    assert [hit.passage for hit in told.passages[told.told :]] == [
        hit.passage for hit in plain.passages if hit.passage.id not in said
    ], "what is found stays what it was, and nothing is shown twice"
    assert [hit.rank for hit in told.passages] == list(range(1, len(told.passages) + 1))
    assert "Kaspar mend harbour clock" in first[0].text
    places = {passage.id: passage.section for passage in hill()[0]}
    assert all(places[passage.id] == passage.section for passage in first), "the very sentences"
    assert open_index(index, RetrievalSpec()).told([QUESTION]) == []
    assert "shown" not in GraphSpec().model_dump()


def test_what_a_graph_said_is_shown_to_the_model_and_kept_with_the_answer(index: Path) -> None:
    retriever = open_index(index, RetrievalSpec(graph=GraphSpec(shown=2)))
    asked = Question("q", QUESTION, ("Lisk",))
    book = open_book("reader", "Answer.", "Briefly.")
    model = Mute()
    system = System("rag", model, Retrieval(retriever, 2), book, Decoding(8))  # type: ignore[arg-type]
    ((prompt, context),) = system.prepare([asked])
    assert "Kaspar mend harbour clock" in prompt.text and context.told >= 1
    answer = system.answer(asked, context, Completion("Lisk", 1, 1, 0.0))
    assert len(answer.texts) == len(answer.passages)
    assert any("Kaspar mend harbour clock" in text for text in answer.texts)


class Mute:
    """A model that is asked nothing."""

    prompt_format, context_window = "reader", 2000

    def count_tokens(self, text: str) -> int:
        return len(text.split())

    def tokens_read(self, prompt: Prompt, _: Decoding) -> int:
        return len(prompt.text.split())


def test_what_a_graph_said_becomes_a_passage_of_the_run() -> None:
    kept = Answer(
        "q", "rag", "Lisk", 1, 1, 0.0, passages=("hill:0-5", "hill:9-12"), texts=("a b: a", "c")
    )
    plain = Answer("r", "rag", "Lisk", 1, 1, 0.0, passages=("hill:9-12",))
    finder = SimpleNamespace(section=lambda document, start, end: f"{document}#{start}")
    records = list(own_passages([plain, kept], finder))  # type: ignore[arg-type]
    assert [(r["start"], r["end"], r["text"], r["section"]) for r in records] == [
        (0, 5, "a b: a", "hill#0"), (9, 12, "c", "hill#9"),
    ]  # fmt: skip
