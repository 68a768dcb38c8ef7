"""What an embedding model wants before a query and before a passage.

Models are trained with such words, and find worse without them. Said in the experiment they hold;
else what the model carries with it (``prompts`` of sentence-transformers); else this table.
"""

from __future__ import annotations

import json
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple


class Prefixes(NamedTuple):
    """The words before a query and before a passage."""

    query: str = ""
    passage: str = ""


_TASK = "Instruct: Given a web search query, retrieve relevant passages that answer the query\n"
_SENTENCE = "Represent this sentence for searching relevant passages: "

#: By the last part of a model's name in lower case, the first that fits; from the models' own pages
#: (of bge-*-en the wording of llama-index, with which earlier figures were measured).
TABLE: dict[str, Prefixes] = {
    "*e5-*-instruct": Prefixes(_TASK + "Query: "),
    "e5-*": Prefixes("query: ", "passage: "),
    "multilingual-e5-*": Prefixes("query: ", "passage: "),
    "bge-m3*": Prefixes(),
    "bge-*-zh*": Prefixes("为这个句子生成表示以用于检索相关文章："),
    "bge-*-en*": Prefixes("Represent this question for searching relevant passages: "),
    "qwen3-embedding*": Prefixes(_TASK + "Query:"),
    "instructor-*": Prefixes(
        "Represent the question for retrieving supporting documents: ",
        "Represent the document for retrieval: ",
    ),
    "nomic-embed-text*": Prefixes("search_query: ", "search_document: "),
    "mxbai-embed-large*": Prefixes(_SENTENCE),
    "embeddinggemma*": Prefixes("task: search result | query: ", "title: none | text: "),
    "snowflake-arctic-embed*v2*": Prefixes("query: "),
    "snowflake-arctic-embed*": Prefixes(_SENTENCE),
}
#: Names under which models keep their own words.
_QUERY, _PASSAGE = ("query",), ("document", "passage", "text")


def tabled(name: str) -> Prefixes | None:
    """What the table has for a model's name; None of a model that it does not know."""
    last = name.rstrip("/").rpartition("/")[2].lower()
    return next((own for pattern, own in TABLE.items() if fnmatch(last, pattern)), None)


def carried(folder: Path | None) -> Prefixes | None:
    """What a model's folder says in ``config_sentence_transformers.json``; None if nothing."""
    if folder is None:
        return None
    try:
        told = json.loads((folder / "config_sentence_transformers.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    prompts = told.get("prompts") if isinstance(told, dict) else None
    if not isinstance(prompts, dict):
        return None
    found = Prefixes(_first(prompts, _QUERY), _first(prompts, _PASSAGE))
    return found if any(found) else None


def _first(prompts: dict[str, object], names: tuple[str, ...]) -> str:
    return next((str(prompts[name]) for name in names if prompts.get(name)), "")
