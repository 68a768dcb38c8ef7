"""``workbench estimate --cluster``: a plan for machines that are not there, from named rates."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.costing.cluster import ClusterPlan, Workload
    from workbench.experiment import Experiment

#: Billions of parameters of a model whose name does not say.
UNKNOWN = 8.0
#: Those of the embedding that ships, and of one that is not known.
MINILM, EMBEDDING = 22.7e6, 110e6
#: Tokens of an instruction and a question, and of a solved question shown as an example.
BARE, EXAMPLE = 120.0, 60.0


def workload(
    experiment: Experiment | None, passages: int | None, questions: int | None,
    variants: int | None, billions: float | None,
) -> Workload:  # fmt: skip
    """What an experiment's run would have to do, at a size that may be given.

    Raises WorkbenchError where neither the text nor its passages are known.
    """
    from workbench.costing.cluster import Asked, Workload, spread_evenly
    from workbench.experiment import Experiment
    from workbench.experiment.corpus import CorpusSpec
    from workbench.experiment.retrieval import EmbeddingSpec
    from workbench.experiment.variant import top_k_of, variants_of

    spec = experiment or Experiment(
        purpose="A plan without an experiment.", name="plan", corpus=CorpusSpec(path="text")
    )
    size = float(spec.passages.chunk_size)
    there = passages if passages is not None else _passages(spec, size)
    if there is None:
        raise WorkbenchError(
            "A plan needs to know how large the text is.",
            "Give --passages 10000000, or an experiment whose text is there.",
        )
    parameters = 1e9 * billions if billions is not None else _parameters(experiment)
    known = variants_of(spec)
    asked = []
    for own in spec.variants:
        searches = own.given_context.startswith("retrieval")
        shown = top_k_of(spec, own) * size if searches or own.given_context == "evidence" else 0.0
        examples = own.examples * EXAMPLE if "examples" in own.given_context else 0.0
        whole = there * size if own.given_context == "whole_text" else 0.0
        window = float(spec.model.context_window or 32_768)
        asked.append(Asked(min(window, BARE + shown + examples + whole), searches))
    count = len(asked) if variants is None else variants
    trained = [item for item in known if item.trained]
    distinct = max(1, len({item.adapter for item in trained})) if trained else 0
    more = count / len(asked)
    tuning, wanted = spec.tuning, spec.questions
    train = wanted.train_facts * wanted.wordings
    embedding = spec.retrieval.embedding
    named_as = embedding.name if isinstance(embedding, EmbeddingSpec) else embedding
    return Workload(
        passages=float(there), passage_tokens=size,
        questions=float(wanted.test if questions is None else questions),
        train_questions=float(train if trained else 0),
        variants=spread_evenly(asked, count), wrote=float(spec.decoding.max_new_tokens),
        trainings=round(distinct * tuning.seeds * more),
        train_tokens=train * tuning.epochs * (BARE + spec.decoding.max_new_tokens),
        parameters=parameters,
        embedding_parameters=MINILM if "minilm-l6" in named_as.lower() else EMBEDDING,
        batch_tokens=float(spec.batch_tokens), latency=spec.latency.sample,
    )  # fmt: skip


def _parameters(experiment: Experiment | None) -> float:
    """The weights of the experiment's model, counted where they lie or told by its name."""
    from workbench.models.memory import footprint

    if experiment is None:
        return 1e9 * UNKNOWN
    if experiment.model.endpoint is not None:
        raise WorkbenchError(
            f"{experiment.model.name} answers behind an endpoint, and takes no GPU of a cluster.",
            "Leave --cluster out: its tokens are reckoned then. Or say how large a model of your "
            "own would be: --billions 8.",
        )
    found = footprint(experiment.model.reference(), None, experiment.batch_tokens)
    return 1e9 * UNKNOWN if found is None else float(found.parameters)


def _passages(experiment: Experiment, tokens: float) -> float | None:
    """About how many passages the experiment's text gives, by its bytes."""
    from workbench.costing.cluster import TOKEN_BYTES

    path = None if experiment.corpus.path is None else Path(experiment.corpus.path).expanduser()
    if path is None or not path.exists():
        return None
    files = [path] if path.is_file() else [item for item in path.rglob("*") if item.is_file()]
    step = max(1.0, tokens - experiment.passages.chunk_overlap)
    return max(1.0, sum(item.stat().st_size for item in files) / TOKEN_BYTES / step)


def to_record(work: Workload, plan: ClusterPlan) -> dict[str, Any]:
    """The plan as JSON."""
    return {
        "cluster": {"gpus": plan.count, "kind": plan.kind, "usd_per_gpu_hour": plan.per_hour},
        "workload": asdict(work),
        "stages": [
            {**asdict(part), "money": plan.money(part.seconds)} for part in plan.parts
        ],
        "seconds": plan.seconds,
        "money": plan.money(plan.seconds),
        "bottleneck": plan.bottleneck.stage,
        "share_on_one_machine": plan.alone,
    }  # fmt: skip


def show(work: Workload, plan: ClusterPlan, list_price: bool) -> None:
    """The stages as a table, then where the time goes and what it all rests on."""
    from rich.table import Table

    from workbench import wording
    from workbench.cli.screen import console
    from workbench.costing.cluster import CORES, PRICES

    out = console()
    out.print(
        f"{wording.count(work.passages)} passages, {wording.count(work.questions)} questions x "
        f"{len(work.variants)} variants, a model of {work.parameters / 1e9:.3g} billion weights, "
        f"on {plan.count} x {plan.kind}"
    )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, title in enumerate(("", "time", "money", "works", "rests on")):
        table.add_column(title, justify="right" if place in (1, 2) else "left")
    for part in plan.parts:
        price = wording.money(plan.money(part.seconds))
        table.add_row(part.stage, wording.seconds(part.seconds), price, part.where, part.rests_on)
    whole = plan.seconds
    table.add_row(
        "in total", wording.seconds(whole), wording.money(plan.money(whole)), style="bold"
    )
    out.print(table)
    worst = plan.bottleneck
    out.print(
        f"The bottleneck is {worst.stage}: {worst.seconds / whole:.0%} of the time, on "
        f"{worst.where}. For {plan.alone:.0%} of it one machine works, and more would not help."
    )
    if plan.per_hour is None:
        out.print(f"No price is known for a {plan.kind}: give --per-hour, of one GPU.")
    else:
        source = f"{PRICES}" if list_price else "as given"
        cheaper = plan.money(whole * (1 - plan.alone) + whole * plan.alone / plan.count)
        out.print(
            f"{wording.money(plan.per_hour)} for a GPU and hour ({source}), all {plan.count} held "
            f"to the end; with one held while one machine works {wording.money(cheaper)}."
        )
    out.print(
        f"A dry plan: nothing was run. The machines' rates are data sheet peaks and the parts of "
        f"them named above, {CORES} cores beside each GPU are assumed, and what was measured was "
        f"on small machines: take it within a factor of two or three."
    )
