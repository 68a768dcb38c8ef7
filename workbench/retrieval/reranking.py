"""A second look at the best candidates, by a model that reads query and passage together.

``likelihood`` needs no further weights: the experiment's language model says how probable the
question is, given the passage (query likelihood; UPR, Sachan et al. 2022). Any other name is a
cross-encoder of sentence-transformers, from a folder or the hub.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.experiment.retrieval import RetrievalSpec
from workbench.prompt_files import PromptFiles, read_files
from workbench.retrieval.llm_reranking import make_ranker
from workbench.types import LanguageModel, Message, Prompt

Reranker = Callable[[Sequence[tuple[str, str]]], Sequence[float]]
PROMPTS = Path(__file__).parent / "prompts"
LIKELIHOOD = "likelihood"
MARGIN = 48  # tokens for the prompt around passage and question


def make_reranker(
    spec: RetrievalSpec, model: LanguageModel | None, folder: Path | None = None, identity: str = ""
) -> Reranker | None:
    """The function from (query, passage) pairs to scores that ``spec`` asks for, or None.

    ``folder`` keeps what a chat model replied, ``identity`` stands for that model. Raises
    WorkbenchError where ``likelihood`` or a chat model's ranking has no model to ask.
    """
    if spec.rerank is None:
        return None
    if spec.ranking is not None and model is not None:
        return make_ranker(spec.ranking, model, folder, identity)
    if isinstance(spec.rerank, str) and spec.rerank != LIKELIHOOD:
        return cross_encoder(spec.rerank)
    if model is None:
        raise WorkbenchError(
            "Reranking by likelihood or a model's word needs a language model, and none is given.",
            "Set retrieval.rerank to a cross-encoder's name, or leave it out.",
        )
    return likelihood(model)


def likelihood(model: LanguageModel) -> Reranker:
    """How probable the model holds the question, given a prompt that shows the passage."""
    files = PromptFiles(model.prompt_format, read_files(PROMPTS, model.prompt_format))

    def score(pairs: Sequence[tuple[str, str]]) -> Sequence[float]:
        prompts: list[Prompt] = []
        queries: list[str] = []
        owners: list[int] = []
        for owner, (query, passage) in enumerate(pairs):
            room = model.context_window - MARGIN - model.count_tokens(query)
            # A floor, so that a question as long as the window does not cut passages to nothing.
            for piece in _pieces(" ".join(passage.split()), max(room, 16), model.count_tokens):
                content = files.text("likelihood.jinja", passage=piece)
                prompts.append(Prompt((Message("user", content),)))
                queries.append(query)
                owners.append(owner)
        best = [float("-inf")] * len(pairs)
        likelihoods = model.log_likelihood(prompts, queries)
        for owner, value in zip(owners, likelihoods, strict=True):
            best[owner] = max(best[owner], value)
        return best

    return score


def _pieces(text: str, room: int, count: Callable[[str], int]) -> list[str]:
    """``text``, cut at blanks into as many parts as the model's window asks for."""
    if len(text) <= room or count(text) <= room:
        return [text]
    middle = text.rfind(" ", 1, len(text) // 2 + 1)
    cut = middle if middle > 0 else len(text) // 2
    return [*_pieces(text[:cut], room, count), *_pieces(text[cut:].strip(), room, count)]


def cross_encoder(name: str) -> Reranker:
    """The relevance that a cross-encoder gives to each pair."""
    encoder = _load_cross_encoder(name)

    def score(pairs: Sequence[tuple[str, str]]) -> Sequence[float]:
        scores = encoder.predict(list(pairs), batch_size=32, show_progress_bar=False)
        return [float(value) for value in scores]

    return score


def relevance(name: str, pairs: Sequence[tuple[str, str]]) -> list[float]:
    """How relevant a cross-encoder holds each passage to be to its question, 0 to 1."""
    from torch.nn import Sigmoid

    scores = _load_cross_encoder(name).predict(
        list(pairs), batch_size=32, show_progress_bar=False, activation_fn=Sigmoid()
    )
    return [float(value) for value in scores]


@lru_cache(maxsize=1)
def _load_cross_encoder(name: str) -> Any:
    from sentence_transformers import CrossEncoder

    from workbench.retrieval.embeddings import hub_answers

    try:
        return CrossEncoder(name, local_files_only=Path(name).is_dir() or not hub_answers())
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        reason = str(error).strip().split("\n")[0][:200]
        raise WorkbenchError(
            f"The cross-encoder {name!r} cannot be loaded ({reason}).",
            "Give the folder of a cross-encoder, a name that the hub knows while it is in "
            "reach, or 'likelihood'.",
        ) from error
