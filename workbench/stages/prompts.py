"""Stage ``prompts``: prompts against one another on dev questions, the exam shut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench import wording
from workbench.engine.estimate import StageEstimate
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.errors import WorkbenchError
from workbench.evaluation.prompts import statements
from workbench.evaluation.trials import ranked
from workbench.experiment import Experiment
from workbench.experiment.prompt_search import PromptChoice, PromptSearchSpec
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant import variant_of
from workbench.experiment.variant_spec import VariantSpec
from workbench.experiment.weights import prompt_format
from workbench.io.files import read_json, write_json
from workbench.records.run import Run
from workbench.stages.answers import answer_few
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.dev_scores import DevTerms, dev_table, system_scores
from workbench.stages.inputs import SystemsInputs
from workbench.types import Score
from workbench.variants.instructions import candidates, name_of

RECORD = "prompts.json"
#: The name of a candidate, by its place.
CANDIDATE = "prompt_{}"


class PromptsInputs(Inputs):
    """One variant in each of its prompts, untuned, and how dev questions judge them."""

    systems: SystemsInputs
    terms: DevTerms


class PromptsStage:
    """``prompts.json`` with every prompt that was tried; a killed search asks only what is left."""

    name, version = "prompts", 1

    def run(self, inputs: PromptsInputs, out: Path, context: RunContext) -> dict[str, Any]:
        written = context.question_set(inputs.systems.questions).dev
        # Behaviours are judged otherwise, and have no score here.
        questions = tuple(question for question in written if question.kind != "behaviour")
        if not questions:
            raise WorkbenchError(
                "There is no dev question to judge prompts by.",
                "Ask for some (questions.dev), or leave prompts.search out.",
            )
        language = context.corpus(inputs.systems.corpus).language or "en"
        systems = context.systems(inputs.systems)
        scores: list[Score] = []
        for place, system in enumerate(systems):
            context.progress(place * len(questions), len(systems) * len(questions))
            path = out / "answers" / f"{system.name}.jsonl"
            scores += system_scores(system, questions, inputs.terms, path, language)
        context.progress(len(systems) * len(questions), len(systems) * len(questions))
        names = [system.name for system in systems]
        table = dev_table(questions, scores, inputs.terms, names)
        # The present prompt is the first: of equal ones it leads, and so it stays.
        rows = [
            {"number": name, "prompt": variant.prompt, "name": name_of(variant.prompt),
             "context": variant.given_context, "state": "complete", "chance": 0.0, "place": place}
            for place, (name, variant) in enumerate(
                zip(names, inputs.systems.variants, strict=True))
        ]  # fmt: skip
        tried = ranked(rows, table, inputs.terms.design(table), level=inputs.terms.level,
                       seed=inputs.systems.seed)  # fmt: skip
        record = {
            "metric": inputs.terms.metric,
            "level": inputs.terms.level,
            "questions": len(questions),
            "asked": len(tried),
            "within": sum(row["within"] for row in tried),
            "tried": tried,
            "present": next(at for at, row in enumerate(tried) if row["place"] == 0),
            "chosen": {"prompt": tried[0]["prompt"], "context": tried[0]["context"]},
        }
        write_json(out / RECORD, record)
        return {"asked": len(tried), "questions": len(questions), "sentence": _sentence(record)}

    def estimate(self, inputs: PromptsInputs, context: TrialContext) -> StageEstimate:
        """The present prompt on a few questions, for all dev questions in all prompts."""
        first = inputs.systems.variants[0]
        alone = inputs.systems.model_copy(update={"variants": (first,)})
        shown = len(context.shown)
        part = answer_few(alone, context)
        del context.shown[shown:]  # these are no answers of the exam
        more = len(inputs.systems.variants) * context.counts.dev / max(1, context.counts.asked)
        folder = context.folder / f"{self.name}-{len(context.estimated)}"
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / RECORD, {"chosen": {"prompt": first.prompt,
                                                "context": first.given_context}})  # fmt: skip
        return StageEstimate(
            self.name, None if part.seconds is None else part.seconds * more,
            tuple((model, read * more, wrote * more) for model, read, wrote in part.tokens),
            f"{len(inputs.systems.variants)} prompts",
            trial=ArtifactReference(id=folder.name, path=folder),
        )  # fmt: skip

    def describe(self, summary: Mapping[str, Any]) -> str:
        return str(summary["sentence"])

    def amount(self, experiment: Experiment) -> float:
        spec = experiment.prompts.search
        if spec is None:
            return 0.0
        sets = max(1, len(spec.examples))
        return float(experiment.questions.dev * sets * len(tried_prompts(spec, experiment)))


def tried_prompts(spec: PromptSearchSpec, experiment: Experiment) -> tuple[str | None, ...]:
    """The prompts that are tried for the experiment's own model."""
    return candidates(spec, prompt_format(experiment.model.answering()))


def in_each_prompt(
    experiment: Experiment, variant: VariantSpec, examples: bool
) -> tuple[VariantSpec, ...]:
    """The variant as it stands before any tuning, in each prompt that is tried.

    ``examples``: whether there are solved questions to show. Its own prompt and context come first.
    """
    spec = experiment.prompts.search
    assert spec is not None, "only what is to be searched is tried"
    own = variant_of(experiment, variant)
    contexts = spec.contexts(own.context)[: None if examples else 1]
    prompts = candidates(spec, prompt_format(own.model))
    if variant.prompt is not None:
        prompts = tuple(dict.fromkeys((variant.prompt, *prompts)))
    narrow = variant.compress
    if narrow is not None:
        narrow = None if narrow.weights == "none" else narrow.model_copy(update={"blocks": 0.0})
    tried = [(prompt, context) for context in contexts for prompt in prompts]
    return tuple(
        variant.model_copy(update={
            "name": CANDIDATE.format(place), "label": None, "tuning": None, "context": context,
            "prompt": prompt, "compress": narrow, "abstain_below": None,
            "abstain_by": "confidence",
        })
        for place, (prompt, context) in enumerate(tried)
    )  # fmt: skip


def untuned(systems: SystemsInputs) -> SystemsInputs:
    """The same inputs without what only a tuning reads: another one finds the same search."""
    prompts = systems.prompts.model_copy(update={"search": None})
    return systems.model_copy(update={"tuning": TuningSpec(), "prompts": prompts})


def chosen_prompt(artifact: ArtifactReference) -> PromptChoice:
    """The prompt that a search chose."""
    return PromptChoice(**read_json(artifact.path / RECORD)["chosen"])


def figures(
    run: Run, experiment: Experiment, variants: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What ``results.json`` says under ``prompt_search``; empty where nothing was searched.

    ``variants`` are the rows of the results. What a chosen prompt came to on the exam is the value
    there of the first variant that was searched as it answers: tuned ones were searched untuned.
    """
    rows = {str(row["name"]): row for row in variants}
    known = {spec.name: variant_of(experiment, spec) for spec in experiment.variants}
    found: list[dict[str, Any]] = []
    groups: dict[str, list[str]] = {}
    for name, choice in run.manifest.prompted.items():
        groups.setdefault(str(choice["search"]), []).append(name)
    for step, names in groups.items():
        record = read_json(run.files.prompt_search(step))
        alike = [name for name in names if name in known]
        plain = next((name for name in alike if not known[name].trained), "")
        exam = rows.get(plain, {}).get("metrics", {}).get(record["metric"], {}).get("value")
        dev = record["tried"][0]["value"]
        item = {
            **record, "step": step, "variants": alike, "exam": exam,
            "trained": [name for name in alike if known[name].trained],
            "curse": None if exam is None or dev is None else dev - exam,
        }  # fmt: skip
        item["statements"] = statements(item, f"/prompt_search/{len(found)}")
        found.append(item)
    return found


def _sentence(record: Mapping[str, Any]) -> str:
    best = record["tried"][0]
    chosen = "the present one stays" if record["present"] == 0 else f"best: {told(best)}"
    return (
        f"{record['asked']} prompts tried; {chosen}, {wording.points(best['value'])} on "
        f"{record['questions']} dev questions"
    )


def told(row: Mapping[str, Any]) -> str:
    """A prompt that was tried, in a few words."""
    return wording.prompt_label(row["name"], row["context"])
