"""The whole specification of a run; its parts and their defaults are in :mod:`.parts`.

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
from workbench.experiment.deployment import DeploymentSpec
from workbench.experiment.executor import ExecutorSpec
from workbench.experiment.fairness import FairnessSpec, HarmSpec
from workbench.experiment.fitting import READER, fitted
from workbench.experiment.overrides import changed, overridden
from workbench.experiment.parts import (
    JUDGED,
    CorpusSpec,
    DecisionSpec,
    DecodingSpec,
    JudgeSpec,
    LatencySpec,
    ModelSpec,
    PromptSpec,
    QuestionSpec,
    SensitivitySpec,
    WorkloadSpec,
)
from workbench.experiment.passages import PassageSpec
from workbench.experiment.prompt_search import PromptChoice
from workbench.experiment.retrieval import REWORDING, WAYS, RetrievalSpec
from workbench.experiment.retrieval_search import aside, with_over
from workbench.experiment.spec import Named, Positive, Spec, without_later
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant import variants_of
from workbench.experiment.variant_spec import SEARCHING, VariantSpec

#: What a bare text stands for, by part.
_SHORTS = {
    "corpus": CorpusSpec.written_short,
    "model": ModelSpec.written_short,
    "judge": JudgeSpec.written_short,
    "deployment": DeploymentSpec.written_short,
}
#: What is asked beside the exam, 0 for not at all.
_PROBES = ("refusal_probes", "planted_instructions", "memorised_stretches")
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
        later = {"deployment": unsaid, **dict.fromkeys(_PROBES, 0), "harm": None}
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

    @model_validator(mode="after")
    def _distinct_variants(self) -> Experiment:
        names = [variant.name for variant in self.variants]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"variant {sorted(twice)[0]!r} is named twice")
        if sum(item.given_context != "evidence" for item in self.variants) < 2:
            raise ValueError("a comparison needs at least two variants besides the oracle")
        return self

    @model_validator(mode="after")
    def _editions_are_there(self) -> Experiment:
        known = variants_of(self)
        named = [v.name for v in self.variants if v.edition is not None]
        if named and not self.corpus.editions:
            raise ValueError(
                f"variant {named[0]!r} says what becomes of its adapter when the text changes: "
                "name both editions in corpus.editions, or leave edition out"
            )
        for item in known:
            if item.name in named and not item.trained:
                raise ValueError(f"{item.name!r} is not trained here: leave its edition out")
            if item.edition is not None and item.training_format == "raft":
                raise ValueError(
                    f"{item.name!r} is trained to read passages, and keeps no facts of an edition: "
                    "leave its edition out"
                )
        steps = {"before", "written"} & {variant.name for variant in self.variants}
        if self.corpus.editions and steps:
            raise ValueError(
                f"a step of a run on two editions is named {min(steps)!r}: give the variant "
                "another name"
            )
        if self.corpus.editions and self.questions.labels is not None:
            raise ValueError("labelled messages have no editions: leave corpus.editions out")
        return self

    @model_validator(mode="after")
    def _teachers_are_there(self) -> Experiment:
        known = {variant.name: variant for variant in variants_of(self)}
        for item in known.values():
            name = item.tuning.teacher if item.tuning is not None else None
            if name is None:
                continue
            if name not in known:
                raise ValueError(f"tuning.teacher is {name!r}, which is no variant of this run")
            if known[name].trained:
                raise ValueError(
                    f"the teacher {name!r} would have to be trained itself: name a variant that "
                    "answers as it is, such as rag, or one with a larger model"
                )
            if self.questions.labels is not None:
                raise ValueError("with questions.labels the labels are learned: leave teacher out")
        return self

    @model_validator(mode="after")
    def _groups_are_told_apart(self) -> Experiment:
        if self.decision.max_group_gap is not None and not self.fairness.groups:
            raise ValueError(
                "decision.max_group_gap bounds the gap between groups, and none are told apart: "
                "name them in fairness.groups, such as [gender]"
            )
        return self

    @model_validator(mode="after")
    def _an_exam_is_named(self) -> Experiment:
        if self.questions.test == 0 and self.questions.gold is None:
            raise ValueError(
                "questions.test is 0, so the exam has to be yours: name its file in questions.gold"
            )
        return self

    @model_validator(mode="after")
    def _instructions_can_be_planted(self) -> Experiment:
        reading = any(variant.reads_passages for variant in variants_of(self))
        if self.planted_instructions and not reading:
            raise ValueError(
                "planted_instructions lie in passages, and no variant of this run reads any: add "
                "rag, or leave planted_instructions out"
            )
        return self

    @model_validator(mode="after")
    def _something_is_memorised(self) -> Experiment:
        known = (v.tuned and not v.classifies for v in variants_of(self))
        if self.memorised_stretches and not any(known):
            raise ValueError(
                "memorised_stretches look at what tuning put into a model, and no variant of this "
                "run has any: add fine_tuned, or leave memorised_stretches out"
            )
        return self

    @model_validator(mode="after")
    def _canaries_are_looked_for(self) -> Experiment:
        tunings = (self.tuning, *(v.tuning for v in self.variants if v.tuning is not None))
        if not any(tuning.canaries for tuning in tunings):
            return self
        if not self.memorised_stretches:
            raise ValueError(
                "tuning.canaries are trained in and nothing would look for them: set "
                "memorised_stretches, or leave canaries out"
            )
        return self

    @model_validator(mode="after")
    def _labels_need_no_text(self) -> Experiment:
        classifying = [v.name for v in self.variants if v.model and v.model.task == "classify"]
        if self.questions.labels is None:
            if classifying or self.model.task == "classify":
                name = classifying[0] if classifying else self.model.name
                raise ValueError(
                    f"{name!r} names labels, and this exam has none: give messages with their "
                    "labels in questions.labels, or leave it out"
                )
            return self
        probed = [name for name in _PROBES if getattr(self, name)]
        if self.prompts.answer != "short" or self.sensitivity.questions or probed:
            raise ValueError(
                "with questions.labels an answer is the name of a label: leave prompts.answer, "
                f"sensitivity and {' and '.join(probed or _PROBES[:1])} out"
            )
        if self.fairness.twins:
            raise ValueError(
                "labelled messages rest on no corpus in which somebody could be exchanged: leave "
                "fairness.twins out"
            )
        if self.retrieval.search is not None:
            raise ValueError(
                "labelled messages have no evidence, so that no search can be judged by it: leave "
                "retrieval.search and its lists out"
            )
        if self.prompts.search is not None or any(v.prompt for v in self.variants):
            raise ValueError(
                "with questions.labels a prompt names the labels, and the prompts that are tried "
                "do not: leave prompts.search and the variants' prompt out; prompts.folder is for "
                "a prompt of your own"
            )
        for variant in self.variants:
            self._suits_labels(variant)
        return self

    def _suits_labels(self, variant: VariantSpec) -> None:
        """ValueError where a variant cannot answer with a label."""
        if variant.given_context == "evidence":
            raise ValueError(f"{variant.name!r} is handed evidence, and a label has none")
        if variant.name == "raft":
            raise ValueError("'raft' is trained on passages with evidence, and a label has none")
        reads = variant.given_context in (*SEARCHING, "whole_text")
        if reads and not self.has_own_text:
            raise ValueError(
                f"{variant.name!r} reads passages of a text, and labelled messages are none: name "
                "a text in corpus, or leave the variant out"
            )
        for tuning in (self.tuning, variant.tuning):
            if tuning and (tuning.train_on != "questions" or tuning.replay_share > 0):
                raise ValueError(
                    "on labelled messages tuning trains on questions alone: leave tuning.train_on "
                    "and tuning.replay_share out"
                )

    @property
    def has_own_text(self) -> bool:
        """Whether there is a text to search, beside labelled messages."""
        labels = self.questions.labels
        return labels is None or self.corpus.path != labels.file

    @property
    def mix(self) -> dict[str, float] | None:
        """The shares by which strata are pooled; labelled messages have no strata."""
        return self.workload.strata if self.questions.labels is None else None

    @model_validator(mode="after")
    def _kinds_are_written(self) -> Experiment:
        if self.questions.labels is not None:
            if self.workload.kinds is not None:
                raise ValueError("labelled messages are of one kind: leave workload.kinds out")
            return self
        if self.questions.test == 0:
            return self  # what kinds a gold file holds is known once it is read
        for kind, share in (self.workload.kinds or {}).items():
            if share > 0 and kind not in self.questions.kinds:
                raise ValueError(
                    f"the workload expects {kind!r} questions, and the exam will hold none: add "
                    f"{kind!r} to questions.kinds, or leave it out of workload.kinds"
                )
        return self

    @model_validator(mode="after")
    def _the_reader_is_brief(self) -> Experiment:
        models = [self.model, *(item.model for item in self.variants if item.model is not None)]
        if self.prompts.answer != "short" and any(
            model.name == READER and model.endpoint is None for model in models
        ):
            raise ValueError(
                f"prompts.answer is {self.prompts.answer!r}, and the embedded reader answers in a "
                "few words, whatever it is asked for: name a chat model in `model`"
            )
        return self

    @model_validator(mode="after")
    def _queries_can_be_written(self) -> Experiment:
        for spec in (self.retrieval, *(v.retrieval for v in self.variants if v.retrieval)):
            writer = spec.query_writer(self.model.reference())
            if writer is None or writer.endpoint is not None:
                continue
            if writer.task == "classify":
                raise ValueError(
                    f"{writer.name!r} names labels and writes nothing to search with: name a chat "
                    "model in retrieval.query_model"
                )
            if writer.name == READER and spec.ranking is not None:
                raise ValueError(
                    f"retrieval.rerank is {{llm: {spec.ranking}}}, and the embedded reader follows "
                    "no instructions: name a chat model in retrieval.query_model, or take rerank: "
                    "likelihood"
                )
            if writer.name == READER and spec.query != REWORDING:
                raise ValueError(
                    f"retrieval.query is {spec.query!r}, and the embedded reader follows no "
                    f"instructions: name a chat model in retrieval.query_model, or take "
                    f"{REWORDING!r}, since it rewords questions"
                )
        return self

    @model_validator(mode="after")
    def _sufficiency_can_be_told(self) -> Experiment:
        for variant in self.variants:
            model = variant.model or self.model
            elsewhere = model.endpoint is not None or model.served_by is not None
            if variant.abstain_by == "sufficiency" and elsewhere:
                raise ValueError(
                    f"variant {variant.name!r} is to abstain by sufficiency, and a server does not "
                    "tell how likely its model holds a reply: take abstain_by retrieval or "
                    "confidence, or a local model"
                )
        return self

    @model_validator(mode="after")
    def _a_cross_encoder_is_named(self) -> Experiment:
        for variant in self.variants:
            spec = variant.retrieval or self.retrieval
            tuned = spec.tuned is not None and spec.tuned.method == "cross_encoder"
            if variant.abstain_by == "cross_encoder" and spec.cross_encoder is None and not tuned:
                raise ValueError(
                    f"variant {variant.name!r} is to abstain by a cross-encoder, and none reranks "
                    "what it finds: name one in retrieval.rerank, or take abstain_by retrieval"
                )
        return self

    @model_validator(mode="after")
    def _judged_where_it_decides(self) -> Experiment:
        if self.judge is None and self.prefers_by_judge:
            raise ValueError(
                "preferences.pairs are to come from a judge, and no judge is named: add judge, or "
                "take pairs: references"
            )
        judged = self.decision.metric.removeprefix("ragas:")
        known = self.decision.metric != judged and judged in JUDGED
        if known and (self.judge is None or judged not in self.judge.wanted):
            raise ValueError(
                f"the verdict is to rest on {self.decision.metric!r}, and no judge is named that "
                f"judges it: add judge with metrics={[judged]!r}, or decide by another metric"
            )
        return self

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
