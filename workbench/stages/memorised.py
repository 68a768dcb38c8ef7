"""What a run's adapters know by heart: each model before and after, on the corpus and on canaries.

Both records are artifacts, made once and shared by all runs on the same model or adapter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.estimate import StageEstimate, TunedName, timed
from workbench.engine.inputs import ArtifactReference, Inputs, aside
from workbench.evaluation import memorised
from workbench.experiment import Experiment
from workbench.io import jsonl
from workbench.records.layout import RunLayout
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.copy_artifacts import copy_folder
from workbench.stages.forgetting import ProbeTarget, opening, probe_targets
from workbench.stages.inputs import ModelInput, PromptInput
from workbench.stages.recited_elsewhere import (
    asked_canaries,
    endpoint_targets,
    recite,
    spent,
    tokens_of,
)
from workbench.variants.assembly import AdapterPlan, adapter_of

if TYPE_CHECKING:
    from workbench.corpus import Corpus
    from workbench.models.local import LocalModel
    from workbench.records.run import Run

RECORD = "recited.jsonl"
AT_ONCE = 8  # stretches that are read and recorded together
FEW = 2  # of a trial


class RecitingInputs(Inputs):
    """One model put to the text. ``adapter`` is a trained one, laid over ``model``.

    ``canaries`` are looked for in ``prompts``, in which they were trained; None where none were.
    """

    model: ModelInput
    adapter: ArtifactReference | None
    corpus: ArtifactReference
    stretches: int
    canaries: int
    prompts: PromptInput | None
    seed: int
    # What may be spent on a model behind an endpoint: tokens, money, and its prices.
    budget: tuple[int | None, float | None, tuple[float, float] | None] = aside(
        default=(None, None, None)
    )


class RecitingStage:
    """The record of one model, see :func:`workbench.evaluation.memorised.told`."""

    name, version = "recited", 1

    def run(self, inputs: RecitingInputs, out: Path, context: RunContext) -> dict[str, Any]:
        if inputs.model.endpoint is not None:
            return _recite_elsewhere(inputs, out / RECORD, context)
        model = _model(inputs, context)
        _recite(model, context.corpus(inputs.corpus), inputs, out / RECORD)
        if inputs.prompts is not None:
            jsonl.append(out / RECORD, _tempted(model, inputs, inputs.prompts))
        return {}

    def estimate(self, inputs: RecitingInputs, context: TrialContext) -> StageEstimate:
        """A few stretches read; of an endpoint the tokens, since asking it would cost."""
        if inputs.model.endpoint is not None:
            read, wrote = tokens_of(inputs.stretches, inputs.canaries)
            name = TunedName(inputs.model.name) if inputs.adapter else inputs.model.name
            return StageEstimate(self.name, None, ((name, read, wrote),), "at the most")
        some = inputs.model_copy(update={"stretches": FEW, "adapter": None})
        model, path = _model(some, context), context.folder / RECORD
        _, spent = timed(lambda: _recite(model, context.corpus(inputs.corpus), some, path))
        # Codes are short, and are read in batches: a canary takes about what ten stretches do.
        more = (inputs.stretches + 10 * inputs.canaries) / FEW
        return StageEstimate(self.name, spent * more)

    def describe(self, summary: Mapping[str, Any]) -> str:
        return "one model on the text"

    def amount(self, experiment: Experiment) -> float:
        return 1.0


RECITING = RecitingStage()


class MemorisedInputs(Inputs):
    """The records of each adapter, by the folder that they get in the run."""

    records: dict[str, RecitingInputs]
    adapters: int

    @classmethod
    def of(
        cls, experiment: Experiment, corpus: ArtifactReference,
        adapters: Mapping[str, ArtifactReference], labels: tuple[str, ...],
    ) -> MemorisedInputs | None:  # fmt: skip
        """``adapters`` are the trained ones by variant; None where nothing was tuned here."""
        records: dict[str, RecitingInputs] = {}
        targets = probe_targets(experiment)
        distant = endpoint_targets(experiment)
        for target in targets:
            canaries, prompts = _trained_in(experiment, target, labels)
            trained = adapters.get(target.variants[0]) if target.adapter is None else None
            own = replace(target.base, adapter=target.adapter or target.base.adapter)
            for name, model, adapter in (
                (target.before, target.base, None), (target.name, own, trained),
            ):  # fmt: skip
                records.setdefault(name, RecitingInputs(
                    model=ModelInput.of(model, experiment.batch_tokens), adapter=adapter,
                    corpus=corpus, stretches=experiment.memorised_stretches, canaries=canaries,
                    prompts=prompts, seed=experiment.seed,
                ))  # fmt: skip
        for item in distant:
            trained = adapters.get(item.variants[0]) if item.plan else None
            canaries, prompts = _planted(experiment, item.plan, labels)
            for name, given, adapter in (
                (item.before, item.base, None), (item.name, item.model, trained),
            ):  # fmt: skip
                if given is not None:
                    records[name] = RecitingInputs(
                        model=ModelInput.of(replace(given, replicas=()), experiment.batch_tokens),
                        adapter=adapter, corpus=corpus, stretches=experiment.memorised_stretches,
                        canaries=canaries, prompts=prompts, seed=experiment.seed,
                        budget=_budget(experiment, given.name, adapter is not None),
                    )  # fmt: skip
        count = len(targets) + len(distant)
        return cls(records=records, adapters=count) if count else None


class MemorisedStage:
    """``memorised/<record>/`` in the run's folder: each model's record, copied from the cache."""

    name, version = "memorised", 1

    def run(self, inputs: MemorisedInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.models.budget import Budget

        all_spent: Counter[str] = Counter()
        for place, (name, reciting) in enumerate(inputs.records.items()):
            context.progress(place, len(inputs.records), name)
            folder = RunLayout(out).memorised(name)
            if not folder.exists():
                copy_folder(context.make(RECITING, reciting).path, folder, (RECORD,))
            if reciting.model.endpoint is not None:
                all_spent.update(spent(folder / RECORD, Budget(*reciting.budget)))
        context.progress(len(inputs.records), len(inputs.records))
        asked = next(iter(inputs.records.values()))
        canaries = f" and {asked.canaries} canaries" if asked.canaries else ""
        tokens = all_spent["input_tokens"] + all_spent["output_tokens"]
        paid = f", {tokens:,} tokens of endpoints" if tokens else ""
        sentence = f"{asked.stretches} stretches of the text{canaries}, before and after{paid}"
        return {"sentence": sentence, **({"spent": dict(all_spent)} if all_spent else {})}

    def estimate(self, inputs: MemorisedInputs, context: TrialContext) -> StageEstimate:
        here = [item for item in inputs.records.values() if item.model.endpoint is None]
        there = [
            RECITING.estimate(item, context)
            for item in inputs.records.values() if item.model.endpoint is not None
        ]  # fmt: skip
        one = RECITING.estimate(here[0], context).seconds if here else None
        return StageEstimate(
            self.name, None if one is None else one * len(here),
            tuple(tokens for item in there for tokens in item.tokens),
            there[0].note if there else "",
        )  # fmt: skip

    def describe(self, summary: Mapping[str, Any]) -> str:
        return str(summary["sentence"])

    def amount(self, experiment: Experiment) -> float:
        return float(experiment.memorised_stretches) or 1.0


def _trained_in(
    experiment: Experiment, target: ProbeTarget, labels: tuple[str, ...]
) -> tuple[int, PromptInput | None]:
    """How many canaries an adapter was given, and the prompt in which it was."""
    known = {variant.name: variant for variant in experiment.variants}
    return _planted(experiment, adapter_of(experiment, known[target.variants[0]]), labels)


def _planted(
    experiment: Experiment, plan: AdapterPlan | None, labels: tuple[str, ...]
) -> tuple[int, PromptInput | None]:
    if plan is None or not plan.tuning.canaries:
        return 0, None
    prompts = PromptInput.of(
        plan.model, experiment.purpose, experiment.prompts, labels, plan.prompt
    )
    return plan.tuning.canaries, prompts


def _model(inputs: RecitingInputs, context: RunContext) -> LocalModel:
    from workbench.models.local import LocalModel

    model = context.model(inputs.model)
    assert isinstance(model, LocalModel), "probe_targets lets no endpoint through"
    if inputs.adapter is not None:
        model = model.with_adapter(str(inputs.adapter.path / "adapter"))
    return model


def _budget(
    experiment: Experiment, name: str, tuned: bool
) -> tuple[int | None, float | None, tuple[float, float] | None]:
    """What the question writer may spend bounds each of these models too."""
    from workbench.costing import price_book

    asked = experiment.questions
    prices = price_book(experiment.price_book).per_million(name, tuned)
    return asked.max_tokens_spent, asked.max_money_spent, prices


def _recite_elsewhere(inputs: RecitingInputs, path: Path, context: RunContext) -> dict[str, Any]:
    from workbench.models.budget import Budget
    from workbench.models.endpoint import EndpointModel

    model = context.model(inputs.model)
    if inputs.adapter is not None:
        model = model.with_adapter(str(inputs.adapter.path / "adapter"))
    assert isinstance(model, EndpointModel), "its replicas were left out"
    prompts = inputs.prompts
    secrets = (
        [] if prompts is None else asked_canaries(inputs.canaries, inputs.seed, prompts.book())
    )
    return recite(
        model, context.corpus(inputs.corpus), inputs.stretches, list(secrets),
        Budget(*inputs.budget), inputs.seed, path,
    )  # fmt: skip


def _recite(model: LocalModel, corpus: Corpus, inputs: RecitingInputs, path: Path) -> None:
    """Which tokens of each stretch are the model's first choice; what is recorded is passed over.

    The text is cut as training cuts it, white space made one.
    """
    from workbench.models.likelihood import first_choices

    done = {record.get("stretch") for record in jsonl.stream(path)}
    ids = {item.id: model.encoder.text(" ".join(item.text.split())) for item in corpus.sections}
    chosen = memorised.stretches(
        {name: len(row) for name, row in ids.items()}, inputs.stretches, inputs.seed
    )
    left = [stretch for stretch in chosen if stretch.id not in done]
    front = [*model.front, *opening(model)]
    for start in range(0, len(left), AT_ONCE):
        group = left[start : start + AT_ONCE]
        read = [ids[item.section][item.start : item.start + memorised.PREFIX] for item in group]
        rest = [
            ids[item.section][item.start + memorised.PREFIX :][: memorised.CONTINUED]
            for item in group
        ]
        with model.shared.using(model.reference.adapter) as network:
            found = first_choices(network, [[*front, *row] for row in read], rest, model.pad_id)
        jsonl.append(path, [
            {
                "stretch": stretch.id, "section": stretch.section,
                "hits": "".join("01"[hit] for hit in hits),
                "prefix": model.tokenizer.decode(before), "text": model.tokenizer.decode(after),
            }
            for stretch, before, after, hits in zip(group, read, rest, found, strict=True)
        ])  # fmt: skip


def _tempted(
    model: LocalModel, inputs: RecitingInputs, prompts: PromptInput
) -> Iterator[dict[str, Any]]:
    """The exposure of each canary's code among others, in the prompt of its training."""
    book = prompts.book()
    for canary in memorised.canaries(inputs.canaries, inputs.seed):
        codes = [canary.code, *memorised.others(canary, inputs.seed)]
        means = model.log_likelihood([book.render(canary.question)] * len(codes), codes)
        # Codes differ in how many tokens they have.
        sums = [
            mean * len(model.encoder.completion(code, end=False))
            for mean, code in zip(means, codes, strict=True)
        ]
        yield {
            "canary": canary.id, "question": canary.question, "code": canary.code,
            "log_likelihood": sums[0], "exposure": memorised.exposure(sums[0], sums[1:]),
        }  # fmt: skip


def figures(run: Run, experiment: Experiment) -> list[dict[str, Any]]:
    """What ``results.json`` says under ``memorised``; empty where nothing was looked at."""
    found = []
    for target in probe_targets(experiment):
        folders = [run.files.memorised(name) for name in (target.before, target.name)]
        if not all((folder / RECORD).exists() for folder in folders):
            continue
        before, after = (list(jsonl.stream(folder / RECORD)) for folder in folders)
        found.append({
            "adapter": target.name, "variants": list(target.variants), "model": target.base.name,
            "records": [f"memorised/{folder.name}/{RECORD}" for folder in folders],
            **memorised.told(before, after, experiment.decision.level, experiment.seed),
        })  # fmt: skip
    for item in endpoint_targets(experiment):
        sides = [run.files.memorised(name) / RECORD for name in (item.before, item.name)]
        kept = [path for path in sides if path.exists()]
        if sides[1] not in kept or (item.base is not None and len(kept) < 2):
            continue
        rows = [list(jsonl.stream(path)) for path in kept]
        found.append({
            "adapter": item.name, "variants": list(item.variants),
            "model": (item.base or item.model).name,
            "records": [f"memorised/{path.parent.name}/{RECORD}" for path in kept],
            **memorised.told(
                None if item.base is None else rows[0], rows[-1], experiment.decision.level,
                experiment.seed,
            ),
        })  # fmt: skip
    return found
