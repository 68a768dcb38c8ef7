"""Files -> documents -> sections -> passages.

``load`` reads a file or folder and cuts it into sections by the text alone; ``passages`` cuts the
sections into what retrieval indexes, by a model's tokens; ``save`` and ``open_corpus`` keep the
parsed corpus for later stages; ``fetch`` brings a text from its public home.
"""

from __future__ import annotations

from workbench.corpus.corpus import Corpus, open_corpus, save
from workbench.corpus.fetching import fetch
from workbench.corpus.inspection import inspect
from workbench.corpus.loading import load
from workbench.corpus.passages import passages
from workbench.corpus.sectioning import sections

__all__ = [
    "Corpus",
    "fetch",
    "inspect",
    "load",
    "open_corpus",
    "passages",
    "save",
    "sections",
]
