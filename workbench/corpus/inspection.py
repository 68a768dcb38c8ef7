"""What is in a corpus, for a reader who wants to know before spending on it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from workbench.corpus import duplicates
from workbench.corpus.corpus import Corpus
from workbench.corpus.language import words
from workbench.fairness.masking import counted
from workbench.fairness.rough import rough


def inspect(corpus: Corpus) -> dict[str, Any]:
    """Counts, languages, sections with their lengths, duplicates, and the notes of loading."""
    lengths = [words(section.text) for section in corpus.sections]
    return {
        "title": corpus.title,
        "edition": corpus.edition,
        "language": corpus.language,
        "languages": dict(Counter(document.language for document in corpus.documents)),
        "words": sum(words(document.text) for document in corpus.documents),
        "characters": sum(len(document.text) for document in corpus.documents),
        "documents": [
            {
                "id": d.id,
                "title": d.title,
                "language": d.language,
                "words": words(d.text),
                "sections": sum(s.document == d.id for s in corpus.sections),
            }
            for d in corpus.documents
        ],
        "sections": [
            {"id": s.id, "title": s.title, "words": n}
            for s, n in zip(corpus.sections, lengths, strict=True)
        ],
        "section_words": {
            "least": min(lengths, default=0),
            "mean": round(sum(lengths) / len(lengths)) if lengths else 0,
            "most": max(lengths, default=0),
        },
        "duplicates": {
            "documents": _pairs([(d.id, d.text) for d in corpus.documents]),
            "sections": _pairs([(s.id, s.text) for s in corpus.sections]),
        },
        "personal": counted([document.text for document in corpus.documents], corpus.personal),
        "rough": rough(document.text for document in corpus.documents),
        "notes": list(corpus.notes),
    }


def _pairs(texts: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {
            "first": pair.first,
            "second": pair.second,
            "kind": "exact" if pair.similarity == 1.0 else "near",
            "similarity": pair.similarity,
        }
        for pair in duplicates.find(texts)
    ]
