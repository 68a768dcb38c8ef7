"""What is shown around a found passage: exact, within its section, whole sentences or parents."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.corpus.test_passages import MARKS, FewWords, corpus_of, count
from tests.support.documents import prose
from workbench.corpus.corpus import Corpus
from workbench.corpus.passages import passages
from workbench.corpus.sentences import split_sentences
from workbench.corpus.showing import Shown, with_neighbours, within
from workbench.corpus.splitting import SPLITTERS
from workbench.types import Passage


def parted(corpus: Corpus, split: str, small: int, large: int) -> tuple[list[Passage], Shown]:
    def cut(sections, tokens=small):
        return passages(sections, tokens, 3, count, split, FewWords())

    return within(cut(corpus.sections, large), cut)


def check(corpus: Corpus, searched: list[Passage], shown: Shown) -> None:
    text = corpus.documents[0].text
    sections = {section.id: section for section in corpus.sections}
    assert len(shown.places) == len(searched)
    assert len(set(shown.passages)) == len(shown.passages)
    assert list(shown.places) == sorted(shown.places), "shown in the order of the text"
    for passage in (*searched, *shown.passages):
        assert text[passage.start : passage.end] == passage.text
        section = sections[passage.section]
        assert section.start <= passage.start < passage.end <= section.end
    for passage, at in zip(searched, shown.places, strict=True):
        wide = shown.passages[at]
        assert wide.start <= passage.start and passage.end <= wide.end
        assert wide.section == passage.section


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(sorted(SPLITTERS)),
    st.text(alphabet=st.sampled_from(MARKS), max_size=300),
    st.integers(1, 10),
    st.integers(1, 30),
    st.integers(1, 3),
)
def test_what_is_shown_encloses_what_is_found_in_any_text(split, text, small, more, sentences):
    corpus = corpus_of(text, 20)
    check(corpus, *parted(corpus, split, small, small + more))
    found = passages(corpus, small, 3, count, split, FewWords())
    check(corpus, found, with_neighbours(found, corpus.sections, sentences))


LAMPS = "".join(f"第{n}盏灯挂在城东的桥头，众人都看见了它。" for n in range(60))


@pytest.mark.parametrize("text", [prose(900), LAMPS], ids=["english", "chinese"])
def test_neighbours_are_whole_sentences_up_to_the_sections_ends(text):
    corpus = corpus_of(text)
    found = passages(corpus, 40, 0, count, "sentences")
    shown = with_neighbours(found, corpus.sections, 1)
    assert all(p.text[-1] in ".。！”" for p in shown.passages)
    section = corpus.sections[0]
    sentences = [s.strip() for s in split_sentences(section.text)]
    inside = [s for s in sentences if s in found[3].text]
    at = sentences.index(inside[0])
    wide = shown.passages[shown.places[3]].text
    assert wide.startswith(sentences[at - 1]) and wide.endswith(sentences[at + len(inside)])
    assert len(inside) + 2 == len([s for s in sentences if s in wide])
    first = shown.passages[shown.places[0]]
    assert first.start == corpus.sections[0].start


def test_of_a_larger_passage_each_part_is_shown_as_it():
    corpus = corpus_of(prose(600))
    searched, shown = parted(corpus, "sentences", 40, 160)
    assert 2 * len(shown.passages) < len(searched)
    assert set(shown.places) == set(range(len(shown.passages)))
    assert max(count(p.text) for p in shown.passages) > 100
