"""The whole specification of a run; its parts and their defaults stand in modules beside this one.

An experiment script builds one :class:`Experiment`; a YAML file holds the same keys. Unknown keys
and wrong types are refused by name. A run writes its fully resolved specification as YAML, which
runs again to the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Annotated, Any

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from workbench.errors import WorkbenchError
from workbench.experiment.answering import DecodingSpec, LatencySpec, PromptSpec, SensitivitySpec
from workbench.experiment.consistency import CHECKS, PROBES
from workbench.experiment.corpus import CorpusSpec
from workbench.experiment.decision import DecisionSpec, WorkloadSpec
from workbench.experiment.deployment import DeploymentSpec
from workbench.experiment.executor import ExecutorSpec
from workbench.experiment.fairness import FairnessSpec, HarmSpec
from workbench.experiment.fitting import fitted
from workbench.experiment.judge import JudgeSpec
from workbench.experiment.model import ModelSpec
from workbench.experiment.overrides import changed, overridden
from workbench.experiment.passages import PassageSpec
from workbench.experiment.prompt_search import PromptChoice
from workbench.experiment.questions import QuestionSpec
from workbench.experiment.retrieval import WAYS, RetrievalSpec
from workbench.experiment.retrieval_search import aside, with_over
from workbench.experiment.spec import Named, Positive, Spec, without_later
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant_spec import VariantSpec

#: What a bare text stands for, by part.
_SHORTS = {
    "corpus": CorpusSpec.written_short,
    "model": ModelSpec.written_short,
    "judge": JudgeSpec.written_short,
    "deployment": DeploymentSpec.written_short,
}
#: Bytes of a name: it is part of a folder's, which file systems bound.
LONGEST_NAME = 120


class Experiment(Spec):
    """Everything that decides the result of a run.

    ``refusal_probes`` is how many requests that must be refused each variant is asked beside the
    exam (24 at the most; 0: none). ``planted_instructions`` is how many dev questions are asked
    with an instruction hidden in the first passage (64 at the most), of variants that read any.
    ``memorised_stretches`` is how many stretches of the text each tuned model is led to, to see
    whether it goes on verbatim (512 at the most). ``batch_tokens`` bounds the padded tokens that
    are answered together; with the default a GPU takes as many as a quarter of its memory holds.
    ``executor`` says where the work is done, not what: it is no part of the run's id, nor of the
    specification that a run keeps. ``harm`` says what answers that are not right cost.

    >>> Experiment(purpose="Answer guests' questions about the house.", name="house",
    ...            corpus="handbook.md").model.name
    'reader'
    """

    purpose: Annotated[str, Field(min_length=8)]
    name: str
    corpus: CorpusSpec
    model: ModelSpec = ModelSpec()
    passages: PassageSpec = PassageSpec()
    questions: QuestionSpec = QuestionSpec()
    retrieval: RetrievalSpec = RetrievalSpec()
    tuning: TuningSpec = TuningSpec()
    variants: tuple[VariantSpec, ...] = tuple(
        VariantSpec(name=name)
        for name in ("prompt_only", "rag", "fine_tuned", "fine_tuned_rag", "oracle")
    )
    prompts: PromptSpec = PromptSpec()
    decoding: DecodingSpec = DecodingSpec()
    batch_tokens: Positive = 16384
    latency: LatencySpec = LatencySpec()
    sensitivity: SensitivitySpec = SensitivitySpec()
    refusal_probes: Annotated[int, Field(ge=0, le=24)] = 0
    planted_instructions: Annotated[int, Field(ge=0, le=64)] = 0
    memorised_stretches: Annotated[int, Field(ge=0, le=512)] = 0
    fairness: FairnessSpec = FairnessSpec()
    harm: HarmSpec | None = None
    workload: WorkloadSpec = WorkloadSpec()
    decision: DecisionSpec = DecisionSpec()
    judge: JudgeSpec | None = None
    price_book: Named | None = None
    deployment: DeploymentSpec = DeploymentSpec()
    text_may_leave_this_machine: bool = False
    allow_leaks: bool = False
    seed: int = 20261121
    executor: ExecutorSpec = Field(default=ExecutorSpec(), exclude=True)

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values, unsaid = handler(self), dict.fromkeys(DeploymentSpec.model_fields)
        if self.fairness == FairnessSpec():
            values.pop("fairness", None)
        later = {"deployment": unsaid, **dict.fromkeys(PROBES, 0), "harm": None}
        return without_later(values, later)

    @model_validator(mode="before")
    @classmethod
    def _defaults_fit_the_model(cls, values: Any) -> Any:
        if not isinstance(values, dict):
            return values
        return fitted(_sizes_aside(overridden(values, _SHORTS)))

    @field_validator("name")
    @classmethod
    def _folder_name(cls, name: str) -> str:
        if not name or not all(c.isalnum() or c in "_-" for c in name):
            raise ValueError(f"an experiment's name is letters, digits, - and _; got {name[:80]!r}")
        if len(name.encode()) > LONGEST_NAME:
            raise ValueError(f"an experiment's name has {LONGEST_NAME} bytes at most")
        return name

    @model_validator(mode="after")
    def _own_searches_are_whole(self) -> Experiment:
        # Written out, so that a stored specification means the same whatever the defaults become.
        self.__dict__["variants"] = tuple(
            variant.searching_as(self.retrieval.settled(), self.passages)
            for variant in self.variants
        )
        if any(v.retrieval.search for v in self.variants if v.retrieval is not None):
            raise ValueError(
                "what is searched is the experiment's own retrieval: write lists and search there, "
                "not in a variant, which keeps what it says"
            )
        for passages in (self.passages, *(v.passages for v in self.variants if v.passages)):
            passages.check(self.model.reference())
        return self

    @model_validator(mode="after")
    def _tuned_with_the_same_effort(self) -> Experiment:
        own = [variant for variant in self.variants if variant.tuning is not None]
        # Said once, for all: one that is trained more often, or searched longer, is ahead by that.
        again = [
            variant.model_copy(update={"tuning": self._as_often(variant.tuning)})
            if variant in own else variant
            for variant in self.variants
        ]  # fmt: skip
        self.__dict__["variants"] = tuple(again)
        searched = [t.search for t in (self.tuning, *(v.tuning for v in own if v.tuning))
                    if t.search is not None]  # fmt: skip
        efforts = {search.model_copy(update={"over": {}}) for search in searched}
        if len(efforts) > 1:
            raise ValueError(
                "the searches of this experiment differ in their trials, minutes or ways, so that "
                "one variant would be sought harder than another: give all the same"
            )
        return self

    @model_validator(mode="after")
    def _parts_fit_each_other(self) -> Experiment:
        for check in CHECKS:
            check(self)
        return self

    def _as_often(self, tuning: TuningSpec | None) -> TuningSpec | None:
        """A variant's own tuning, trained as many times as the experiment's."""
        if tuning is None or tuning.seeds == self.tuning.seeds:
            return tuning
        if "seeds" in tuning.model_fields_set:
            raise ValueError(
                f"a variant is to be trained {tuning.seeds} times and the others "
                f"{self.tuning.seeds} times: write seeds once, under tuning"
            )
        return tuning.model_copy(update={"seeds": self.tuning.seeds})

    @property
    def has_own_text(self) -> bool:
        """Whether there is a text to search, beside labelled messages."""
        labels = self.questions.labels
        return labels is None or self.corpus.path != labels.file

    @property
    def mix(self) -> dict[str, float] | None:
        """The shares by which strata are pooled; labelled messages have no strata."""
        return self.workload.strata if self.questions.labels is None else None

    @property
    def prefers_by_judge(self) -> bool:
        """Whether something is tuned on a judge's word."""
        tunings = (self.tuning, *(v.tuning for v in self.variants if v.tuning is not None))
        return any(t.preferences is not None and t.preferences.judged for t in tunings)

    def without(self, names: Collection[str]) -> Experiment:
        """The same experiment without some of its variants."""
        if not names:
            return self
        left = tuple(variant for variant in self.variants if variant.name not in names)
        return self.model_copy(update={"variants": left})

    def tuned_as(self, tunings: Mapping[str, TuningSpec]) -> Experiment:
        """The same experiment with these tunings of the variants that are named.

        The experiment's own becomes that of the first of them that had none of its own.
        """
        sharing = [v.name for v in self.variants if v.tuning is None and v.name in tunings]
        common = tunings[sharing[0]] if sharing else self.tuning
        variants = tuple(
            variant.model_copy(update={"tuning": tunings[variant.name]})
            if variant.name in tunings
            and (variant.tuning is not None or tunings[variant.name] != common)
            else variant
            for variant in self.variants
        )
        return self.model_copy(update={"tuning": common, "variants": variants})

    def prompted_as(self, chosen: Mapping[str, PromptChoice]) -> Experiment:
        """The same experiment with these prompts of the variants that are named, searched no more.

        A context that a known name carries is not written beside it.
        """
        variants = tuple(
            variant.model_copy(update={
                "prompt": chosen[variant.name].prompt,
                "context": variant.context
                if chosen[variant.name].context == variant.given_context
                else chosen[variant.name].context,
            })
            if variant.name in chosen else variant
            for variant in self.variants
        )  # fmt: skip
        prompts = self.prompts.model_copy(update={"search": None})
        return self.model_copy(update={"variants": variants, "prompts": prompts})

    def retrieved_as(self, setting: Mapping[str, Any]) -> Experiment:
        """The same experiment with a setting of ``retrieval`` and ``passages``, searched no more.

        Raises ValidationError for one that contradicts itself.
        """
        whole = self.model_copy(update={"retrieval": self.retrieval.settled()})
        return Experiment(**changed(whole._with_places(), setting, _SHORTS))

    def _with_places(self) -> dict[str, Any]:
        """Every value, with those that say where things are and are part of no identity."""
        values = self.model_dump(mode="json")
        values["executor"] = self.executor
        parts = [(values["model"], self.model), (values["judge"], self.judge)]
        parts += [
            (own["model"], variant.model)
            for own, variant in zip(values["variants"], self.variants, strict=True)
        ]
        for own, spec in parts:
            if spec is not None and spec.replicas:
                own["replicas"] = spec.replicas
        return values

    def to_yaml(self) -> str:
        """The fully resolved specification; :func:`from_yaml` gives the same experiment."""
        import yaml

        return yaml.safe_dump(
            self.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100
        )

    @classmethod
    def from_yaml(
        cls,
        text: str,
        source: str = "the specification",
        upgrade: Callable[[dict[str, Any]], dict[str, Any]] = dict,
    ) -> Experiment:
        """Read a specification; faults are one WorkbenchError that names key and file.

        ``upgrade`` brings the keys of an older one up to date.
        """
        from workbench.io import yamls

        try:
            values = yamls.load(text)
        except yamls.YAMLError as error:
            # PyYAML's messages run over several lines.
            raise WorkbenchError(
                f"{source} is not valid YAML: {' '.join(str(error).split())}.",
                "Mend the line it names and run again.",
            ) from error
        if not isinstance(values, dict):
            raise WorkbenchError(
                f"{source} holds no experiment: a mapping of keys was expected.",
                "Start from a specification.yaml of a run, or from experiments/.",
            )
        try:
            return cls(**upgrade(values))
        except ValidationError as error:
            raise specification_error(error, source) from error


def _sizes_aside(values: dict[str, Any]) -> dict[str, Any]:
    """The given values with the lists and ranges of ``passages`` among what retrieval searches."""
    passages = values.get("passages")
    if not isinstance(passages, Mapping):
        return values
    rest, over = aside(passages, "passages")
    if not over:
        return values
    own = values.get("retrieval") or {}
    given = own if isinstance(own, Mapping) else {k: getattr(own, k) for k in own.model_fields_set}
    return {**values, "passages": rest, "retrieval": with_over(given, over)}


def specification_error(error: ValidationError, source: str) -> WorkbenchError:
    """One sentence for a refused specification: which key, which value, what is wrong."""
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"] if part not in WAYS) or "the experiment"
    if first["type"] == "extra_forbidden":
        return WorkbenchError(
            f"{source}: unknown key {key!r}.",
            "Check the spelling; docs/experiment.md lists every key.",
        )
    if first["type"] == "missing":
        return WorkbenchError(f"{source}: the key {key!r} is missing.", "Add it and run again.")
    reason = first["msg"].removeprefix("Value error, ")
    # A key typed into the wrong field must not be printed, and a whole part is too long to.
    secret = first["loc"][-1:] in (("key_env",), ("endpoint",))
    shown = "" if secret or isinstance(first["input"], dict) else f" (got {first['input']!r})"
    return WorkbenchError(f"{source}: {key}: {reason}{shown}.", "Mend the value and run again.")
