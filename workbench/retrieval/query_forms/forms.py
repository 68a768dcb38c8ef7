"""The ways of writing what is searched with, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from workbench.retrieval.query_forms.reading import first, several, whole


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked for in ``<name>.jinja``, how the reply is read, and what is searched with.

    A reply has ``tokens`` at the most, times the number of texts where each is a line of its own
    (``listed``). ``with_question`` searches with the question too. A passage scores the mean over
    the texts, or with ``best`` what the text says that finds it best.
    """

    name: str
    tokens: int
    read: Callable[[str, int], list[str]]
    listed: bool = False
    with_question: bool = True
    best: bool = False


FORMS: dict[str, Form] = {
    # A passage that would answer is nearer to the one that does than the question is (Gao et al.
    # 2022, "Precise Zero-Shot Dense Retrieval without Relevance Labels").
    "hyde": Form("hyde", 96, whole),
    "several": Form("several", 32, several, listed=True),
    # Ma et al. 2023, "Query Rewriting for Retrieval-Augmented Large Language Models".
    "rewritten": Form("rewritten", 32, first, with_question=False),
    # Each sub-question has a passage of its own, which the others need not find.
    "decomposed": Form("decomposed", 32, several, listed=True, best=True),
}
