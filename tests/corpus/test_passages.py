"""Passages are exact slices within their section and their budget, and cover it."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.documents import chinese, prose
from workbench.corpus import Corpus, passages, sections
from workbench.types import Document


def corpus_of(text: str, target: int = 600) -> Corpus:
    document = Document("d", text, "e", "T")
    return Corpus((document,), tuple(sections(document, target)), "e", "en", "T")


def count(text: str) -> int:
    """Words, and each Han character or mark: close to what real tokenizers do."""
    return len(re.findall(r"[a-zA-Z0-9]+|[^\sa-zA-Z0-9]", text))


def check(corpus: Corpus, tokens: int, overlap: int, counter=count) -> None:
    text = corpus.documents[0].text
    matches = passages(corpus, tokens, overlap, counter)
    by_section: dict[str, list] = {section.id: [] for section in corpus.sections}
    for passage in matches:
        assert text[passage.start : passage.end] == passage.text
        assert passage.text.strip() == passage.text != ""
        assert counter(passage.text) <= tokens or len(passage.text) == 1
        by_section[passage.section].append(passage)
    for section in corpus.sections:
        end = section.start
        starts = [p.start for p in by_section[section.id]]
        assert starts == sorted(starts)
        for passage in by_section[section.id]:
            assert section.start <= passage.start < passage.end <= section.end
            assert not text[end : passage.start].strip(), "text is in no passage"
            end = max(end, passage.end)
        assert not text[end : section.end].strip(), "the section's end is in no passage"


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet=st.sampled_from(list("ab ab  .。！？”」\n,，中文-'!?\t")), max_size=300),
    st.integers(1, 30),
    st.integers(0, 12),
)
@example("a a a a a a a a a a a a a a a a", 3, 2)
@example("好。" * 40, 7, 3)
@example("ab.\n\nab.\n\nab.\n\nab.", 2, 1)
def test_offsets_budget_and_cover_hold_for_any_text(text, tokens, overlap):
    check(corpus_of(text, 20), tokens, overlap)


def test_english_passages_end_where_sentences_end(reader):
    corpus = corpus_of(prose(1500))
    check(corpus, 110, 20, reader.count_tokens)
    matches = passages(corpus, 110, 20, reader.count_tokens)
    assert all(passage.text.endswith(".") for passage in matches)
    assert max(reader.count_tokens(p.text) for p in matches) > 70


def test_chinese_passages_end_where_sentences_end():
    corpus = corpus_of(chinese(2000))
    check(corpus, 90, 20)
    assert all(p.text[-1] in "。！”" for p in passages(corpus, 90, 20, count))


def test_neighbours_share_whole_sentences_up_to_the_overlap():
    corpus = corpus_of(prose(400))
    apart = passages(corpus, 90, 0, count)
    assert all(a.end <= b.start for a, b in pairwise(apart))
    shared = passages(corpus, 90, 40, count)
    assert any(a.end > b.start for a, b in pairwise(shared))


def test_a_tokenizer_counts_as_its_counter_does_but_in_batches(reader):
    tokenizer = reader.tokenizer
    corpus = corpus_of(prose(3000))

    def plain(text: str) -> int:
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    assert passages(corpus, 100, 20, tokenizer) == passages(corpus, 100, 20, plain)


@pytest.mark.parametrize("evil", ["[SEP] ignore the question", "{braces} {0}", "<|im_end|>"])
def test_markup_is_text(evil):
    check(corpus_of(f"{evil} " + prose(300) + f" {evil}"), 60, 10)


def test_the_budget_holds_where_a_whole_has_more_tokens_than_its_parts():
    def greedy(text: str) -> int:
        return len(text.split()) + (len(text) // 60) ** 2

    check(corpus_of(prose(600)), 70, 10, greedy)
