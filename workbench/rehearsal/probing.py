"""The probes of what tuning broke, in small: a few pieces continued, a few questions read."""

from __future__ import annotations

from pathlib import Path

from workbench.evaluation import probes
from workbench.experiment import Experiment
from workbench.rehearsal.parts import Part, clocked
from workbench.stages.probing import FORM, PURPOSE, REPLY_TOKENS, subjects
from workbench.types import Decoding, LanguageModel, Message, ModelReference, Prompt
from workbench.variants.answering import sit
from workbench.variants.prompting import open_book
from workbench.variants.providers import EvidenceProvider, NoContext
from workbench.variants.system import System

PIECES, QUESTIONS = 2, 8


def probe(
    experiment: Experiment,
    model: LanguageModel,
    folder: Path,
) -> Part | None:
    """The stage for every adapter and each of their base models; None where nothing is tuned."""
    listed = subjects(experiment)
    if not listed:
        return None
    times = len(listed) + len({item.before for item in listed})
    pieces, questions = probes.pieces(), probes.questions()
    provider = EvidenceProvider(tuple(piece.passage for piece in pieces), NoContext())
    book = open_book(model.prompt_format, PURPOSE, FORM)
    system = System("probe", model, provider, book, Decoding(REPLY_TOKENS))
    _, reading = clocked(lambda: sit(system, questions[:QUESTIONS], folder / "probe.jsonl"))
    halves = [_halves(piece.text) for piece in pieces[:PIECES]]
    _, continuing = clocked(
        lambda: model.log_likelihood([item for item, _ in halves], [two for _, two in halves])
    )
    each = reading / QUESTIONS * len(questions) + continuing / PIECES * len(pieces)
    return Part("forgetting", times * each)


def base_of(experiment: Experiment) -> ModelReference | None:
    """The model that the first adapter tunes."""
    listed = subjects(experiment)
    return listed[0].base if listed else None


def _halves(text: str) -> tuple[Prompt, str]:
    words = text.split()
    middle = len(words) // 2
    return Prompt((Message("user", " ".join(words[:middle])),)), " ".join(words[middle:])
