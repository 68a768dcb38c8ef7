"""Some of a corpus's documents, by their place and by what their front matter says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fnmatch import fnmatchcase

from workbench.errors import WorkbenchError
from workbench.io import yamls
from workbench.types import Document

#: The key of a document's id: its path in the corpus, without the suffix.
DOCUMENT = "document"
FRONT = re.compile(r"---[ \t]*\n(.*?)\n---[ \t]*(?:\n|$)", re.DOTALL)
#: Values of a key that a refusal names.
NAMED = 8
_PLAIN = (str, int, float, date)


def chosen(documents: Sequence[Document], only: Sequence[str]) -> frozenset[str]:
    """The ids of the documents that ``only`` keeps, each of it a ``key=pattern``.

    Of several patterns for one key one must match, and so for every key; ``*`` and ``?`` stand for
    any characters. Case does not count. Raises WorkbenchError where nothing is left.
    """
    wanted: dict[str, list[str]] = {}
    for pair in only:
        key, _, pattern = pair.partition("=")
        wanted.setdefault(key.casefold(), []).append(pattern.casefold())
    said = {document.id: attributes(document) for document in documents}
    left = frozenset(name for name, known in said.items() if _matches(known, wanted))
    if not left:
        raise WorkbenchError(
            f"No document of the corpus is one of {', '.join(only)} (passages.only).",
            _known(said.values(), wanted),
        )
    return left


def attributes(document: Document) -> dict[str, tuple[str, ...]]:
    """What is known of a document: its id, and each plain value of its front matter, by key."""
    found: dict[str, tuple[str, ...]] = {DOCUMENT: (document.id.casefold(),)}
    front = FRONT.match(document.text)
    try:
        values = yamls.load(front[1]) if front else None
    except yamls.YAMLError:
        values = None  # what only looks like front matter is text
    for key, value in values.items() if isinstance(values, Mapping) else ():
        listed = value if isinstance(value, list) else [value]
        plain = [str(item).casefold() for item in listed if isinstance(item, _PLAIN)]
        found.setdefault(str(key).casefold(), tuple(plain))
    return found


def _matches(known: Mapping[str, Sequence[str]], wanted: Mapping[str, Sequence[str]]) -> bool:
    return all(
        any(fnmatchcase(value, pattern) for value in known.get(key, ()) for pattern in patterns)
        for key, patterns in wanted.items()
    )


def _known(said: Iterable[Mapping[str, Sequence[str]]], wanted: Mapping[str, Sequence[str]]) -> str:
    """What the documents do say of the keys that were asked for."""
    parts = []
    listed = list(said)
    for key in wanted:
        values = sorted({value for known in listed for value in known.get(key, ())})
        more = f" and {len(values) - NAMED} more" if len(values) > NAMED else ""
        parts.append(f"{key} is {', '.join(values[:NAMED])}{more}" if values else
                     f"no front matter says {key}")  # fmt: skip
    return f"In this corpus {'; '.join(parts)}."
