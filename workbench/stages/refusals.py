"""What a plan is refused for before anything is made of it, each in a sentence with the way out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from workbench.engine.cache import shared_cache
from workbench.engine.inputs import ArtifactReference
from workbench.engine.store import Store
from workbench.errors import WorkbenchError
from workbench.experiment.candidates import each_method
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant import variants_of
from workbench.stages.graph import check_parsed
from workbench.stages.plan import RunPlan
from workbench.types import ModelReference
from workbench.variants.assembly import model_of

if TYPE_CHECKING:
    from workbench.models.memory import Footprint

CHINESE_MODELS = "Qwen/Qwen2.5-0.5B-Instruct with the embedding BAAI/bge-small-zh-v1.5"


def check_policy(plan: RunPlan) -> None:
    """Refuse to send corpus text off this machine unless the experiment says that it may."""
    if plan.experiment.text_may_leave_this_machine:
        return
    # A setting that is tried may ask an endpoint that the experiment does not.
    for told in chain.from_iterable(leaving(each) for each in (plan, *plan.tried)):
        raise WorkbenchError(
            f"{told} would leave this machine.",
            "If it may, set text_may_leave_this_machine=True in the experiment.",
        )


def check_fairness(plan: RunPlan) -> None:
    """Say at once where groups of labelled messages are to be compared and fairlearn is missing."""
    if plan.experiment.fairness.groups and plan.experiment.questions.labels is not None:
        from workbench.evaluation.parity import require_fairlearn

        require_fairlearn()


def leaving(plan: RunPlan) -> Iterator[str]:
    """What would leave this machine, and for where; one phrase for each place."""
    from workbench.io.address import is_this_machine
    from workbench.models import leaves_machine

    shared = shared_cache()
    if isinstance(shared, Store) and shared.leaves_machine:
        yield f"The shared cache is at {shared}, so text of the corpus"
    variants = plan.experiment.variants
    for spec in dict.fromkeys(plan.retrieval(variant) for variant in (None, *variants)):
        place = spec.embedding_endpoint
        if place is not None and not is_this_machine(place):
            yield f"The embedding {spec.embedding_name} answers at {place}, so text of the corpus"
    for store in plan.stores:
        if store.folder is None and not is_this_machine(store.url):
            yield f"The {store.kind} store is at {store.url}, so text of the corpus and its vectors"
    for database in plan.graph_stores:
        if not is_this_machine(database.url):
            yield (
                f"The {database.kind} database is at {database.url}, so text of the corpus and "
                "its graph"
            )
    for variant in variants_of(plan.experiment):
        if variant.system is not None and not variant.local:
            yield (
                f"The variant {variant.name!r} is asked at {variant.system.place}, so the "
                "questions, which are written from the corpus,"
            )
    for reference in _asked(plan):
        if leaves_machine(reference):
            yield (
                f"The model {reference.name} answers at "
                f"{reference.endpoint or reference.served_by}, so text of the corpus"
            )


def _asked(plan: RunPlan) -> Iterator[ModelReference]:
    """Every model that is shown text of the corpus, or questions on it."""
    experiment = plan.experiment
    yield from (reference for reference in plan.references if reference.system is None)
    for item in plan.adapters.values():
        hosted = item.tuning.hosted
        if hosted is not None and hosted.endpoint is not None:
            yield replace(item.model, endpoint=hosted.endpoint)
    yield from (plan.writer, plan.checker)
    for cut in (experiment.passages, *(variant.passages for variant in experiment.variants)):
        if cut is not None and cut.context is not None:
            yield plan.situating_model(cut.context)
    for graph in plan.graphs:
        if (reader := graph.reference()) is not None:
            yield reader
    for variant in (None, *experiment.variants):
        if (writer := plan.query_writer(variant)) is not None:
            yield writer
    if experiment.judge is not None and experiment.prefers_by_judge:
        yield experiment.judge.reference()


def footprints(plan: RunPlan) -> tuple[Footprint, ...]:
    """The memory of each local model; WorkbenchError where one cannot be held at all."""
    from workbench.models.memory import (
        footprint,
        refuse_narrow_weights,
        refuse_what_cannot_be,
    )

    batch, adapters = plan.experiment.batch_tokens, plan.adapters.values()
    known = []
    for reference in plan.references:
        refuse_narrow_weights(reference)
        own = [
            tuning for item in adapters if item.trains(reference)
            for tuning in each_method(item.tuning, reference.name)
        ]  # fmt: skip
        tunings: list[TuningSpec | None] = [*own] or [None]
        found = [footprint(reference, tuning, batch) for tuning in dict.fromkeys(tunings)]
        sized = [item for item in found if item is not None]
        # Tuned one after the other: what counts is the largest.
        known += [max(sized, key=lambda item: item.needed)] if sized else []
    for item in known:
        refuse_what_cannot_be(item)
    return tuple(known)


def check_prompts(plan: RunPlan) -> None:
    """Say at once where a prompt to be tried, or a variant's own, is none."""
    from workbench.experiment.weights import prompt_format
    from workbench.variants.instructions import candidates, read_candidate

    searched = plan.experiment.prompts.search
    for format_ in {prompt_format(reference) for reference in plan.references}:
        if searched is not None:
            candidates(searched, format_)
    for variant in plan.experiment.variants:
        if variant.prompt is not None:
            read_candidate(variant.prompt, prompt_format(model_of(plan.experiment, variant)))


def check_servers(plan: RunPlan) -> None:
    """Meet what is to answer, or to hold adapters, vectors or graphs, before anything is made."""
    from workbench.models import remote
    from workbench.variants.foreign import open_system

    for store in plan.stores:
        from workbench.retrieval.stores import open_collection

        open_collection(store, f"{store.collection}_met", 1, 1)
    for database in plan.graph_stores:
        from workbench.retrieval.graph.stored import open_database

        open_database(database)
    for reference in plan.references:
        if reference.served_by is not None:
            remote(reference).check()
        if reference.system is not None:
            open_system(reference).check()


def check_language(plan: RunPlan, corpus: ArtifactReference) -> None:
    """Say at once where the embedded reader or a parse meets a text that it cannot read."""
    from workbench.corpus import open_corpus

    text = open_corpus(corpus.path)
    parses = any(graph.extractor == "parse" for graph in plan.graphs)
    if parses and plan.experiment.has_own_text:
        check_parsed(text)
    names = {reference.name for reference in [*plan.references, plan.writer, plan.checker]}
    if "reader" not in names or text.language not in ("zh", "ja", "ko", "und"):
        return
    if text.language == "zh":
        raise WorkbenchError(
            f"The corpus {text.title!r} is Chinese, and the embedded reader reads English only.",
            f"Name a model that can, such as {CHINESE_MODELS}, or an endpoint.",
        )
    raise WorkbenchError(
        f"The corpus {text.title!r} does not look English, and the embedded reader "
        "reads nothing else.",
        "Name a model that reads its language, or an endpoint; if the text is English "
        'after all, say so: corpus={"path": …, "language": "en"}.',
    )
