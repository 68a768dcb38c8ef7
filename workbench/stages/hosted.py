"""An adapter that a provider trains: the same inputs, and a job elsewhere in place of our loop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.engine.estimate import StageEstimate
from workbench.engine.inputs import ArtifactReference, Inputs, aside
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.hosted import HostedSpec
from workbench.io.files import read_json, write_json
from workbench.stages.adapter import (
    AdapterInputs,
    AdapterStage,
    trained_examples,
    training_examples,
)
from workbench.stages.context import RunContext, TrialContext


class HostedInputs(Inputs):
    """One job. ``adapter`` holds what decides its result, ``hosted`` the terms, which do not.

    ``price`` is of a million training tokens in ``currency``; None: the price book does not say.
    """

    adapter: AdapterInputs
    hosted: HostedSpec = aside()
    price: float | None = aside(default=None)
    currency: str = aside(default="USD")

    @classmethod
    def of(cls, adapter: AdapterInputs, price_book: str | None) -> HostedInputs:
        """The job in the place of a training here."""
        from workbench.costing import price_book as opened

        spec, book = adapter.tuning.hosted, opened(price_book)
        assert spec is not None, "plan asks for a job only where tuning is hosted"
        price = book.endpoints.get(adapter.model.name)
        tuning = adapter.tuning.model_copy(update={"hosted": spec.identity})
        return cls(
            adapter=adapter.model_copy(update={"tuning": tuning}),
            hosted=spec,
            price=None if price is None else price.training_per_million,
            currency=book.currency,
        )


class HostedStage:
    """``adapter/hosted.json`` with the name of what the provider made, and a summary."""

    name, version = "hosted", 1

    def run(self, inputs: HostedInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.tuning.hosted.job import tune_hosted

        own, folder = inputs.adapter, context.jobs
        if folder is None:
            raise WorkbenchError(
                f"The cache no longer holds what {own.model.name} was tuned to, and nothing but a "
                "run pays a provider.",
                "Restore the cache, or let the run go on: workbench run EXPERIMENT.",
            )
        questions = context.question_set(own.questions)
        # By the artifact's id, so that a job is known again where the cache was lost.
        noted = folder / f"{out.name.partition('.')[0]}.json"

        return tune_hosted(
            _terms(inputs),
            trained_examples(own, context),
            training_examples(own, questions.dev, context),
            out,
            context.progress,
            lambda address: write_json(noted, dict(address)),
            str(read_json(noted)["job"]) if noted.is_file() else None,
        )

    def estimate(self, inputs: HostedInputs, context: TrialContext) -> StageEstimate:
        """The tokens that are billed; how long the provider takes nobody knows."""
        from workbench.models.hosted import write_hosted
        from workbench.tuning.hosted.terms import training_tokens

        own, terms = inputs.adapter, _terms(inputs)
        shown = trained_examples(own, context)
        tokens = round(training_tokens(shown, terms.epochs) * context.counts.per_train)
        out = context.folder / f"hosted-{own.model.name.replace('/', '-')}"
        write_hosted(out / "adapter", own.model.name)
        most = inputs.hosted.max_money_spent
        bound = "" if most is None else f", at most {most:g} {inputs.currency}"
        return StageEstimate(
            "adapter", None, (), f"{tokens:,} tokens trained by {terms.provider.label}{bound}",
            trial=ArtifactReference(id="trial-hosted", path=out),
            trained=((own.model.name, tokens),),
        )  # fmt: skip

    def describe(self, summary: Mapping[str, Any]) -> str:
        tokens = f"{summary['trained_tokens']:,} tokens"
        money = summary.get("money")
        paid = "" if money is None else f", {money:.2f} {summary.get('currency', '')}"
        return f"{summary['model']} by {summary['provider']}, {tokens}{paid}"

    def amount(self, experiment: Experiment) -> float:
        return AdapterStage().amount(experiment)


def _terms(inputs: HostedInputs) -> Any:
    from workbench.tuning.hosted.terms import Terms

    own = inputs.adapter
    return Terms(
        inputs.hosted, own.model.reference, own.tuning.epochs,
        own.seed + own.tuning.seed_offset, inputs.price, inputs.currency,
    )  # fmt: skip
