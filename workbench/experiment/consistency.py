"""What the parts of an experiment must be beside each other: ValueError in words for the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.experiment.fitting import READER
from workbench.experiment.judge import JUDGED
from workbench.experiment.retrieval import REWORDING
from workbench.experiment.variant import variants_of
from workbench.experiment.variant_spec import SEARCHING, VariantSpec

if TYPE_CHECKING:
    from workbench.experiment.experiment import Experiment

#: What is asked beside the exam, 0 for not at all.
PROBES = ("refusal_probes", "planted_instructions", "memorised_stretches")


def _distinct_variants(experiment: Experiment) -> None:
    names = [variant.name for variant in experiment.variants]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"variant {sorted(twice)[0]!r} is named twice")
    if sum(item.given_context != "evidence" for item in experiment.variants) < 2:
        raise ValueError("a comparison needs at least two variants besides the oracle")


def _editions_are_there(experiment: Experiment) -> None:
    known = variants_of(experiment)
    named = [v.name for v in experiment.variants if v.edition is not None]
    if named and not experiment.corpus.editions:
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
    steps = {"before", "written"} & {variant.name for variant in experiment.variants}
    if experiment.corpus.editions and steps:
        raise ValueError(
            f"a step of a run on two editions is named {min(steps)!r}: give the variant "
            "another name"
        )
    if experiment.corpus.editions and experiment.questions.labels is not None:
        raise ValueError("labelled messages have no editions: leave corpus.editions out")


def _teachers_are_there(experiment: Experiment) -> None:
    known = {variant.name: variant for variant in variants_of(experiment)}
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
        if experiment.questions.labels is not None:
            raise ValueError("with questions.labels the labels are learned: leave teacher out")


def _groups_are_told_apart(experiment: Experiment) -> None:
    if experiment.decision.max_group_gap is not None and not experiment.fairness.groups:
        raise ValueError(
            "decision.max_group_gap bounds the gap between groups, and none are told apart: "
            "name them in fairness.groups, such as [gender]"
        )


def _an_exam_is_named(experiment: Experiment) -> None:
    if experiment.questions.test == 0 and experiment.questions.gold is None:
        raise ValueError(
            "questions.test is 0, so the exam has to be yours: name its file in questions.gold"
        )


def _instructions_can_be_planted(experiment: Experiment) -> None:
    reading = any(variant.reads_passages for variant in variants_of(experiment))
    if experiment.planted_instructions and not reading:
        raise ValueError(
            "planted_instructions lie in passages, and no variant of this run reads any: add "
            "rag, or leave planted_instructions out"
        )


def _something_is_memorised(experiment: Experiment) -> None:
    known = (v.tuned and not v.classifies for v in variants_of(experiment))
    if experiment.memorised_stretches and not any(known):
        raise ValueError(
            "memorised_stretches look at what tuning put into a model, and no variant of this "
            "run has any: add fine_tuned, or leave memorised_stretches out"
        )


def _canaries_are_looked_for(experiment: Experiment) -> None:
    tunings = (experiment.tuning, *(v.tuning for v in experiment.variants if v.tuning is not None))
    if not any(tuning.canaries for tuning in tunings):
        return
    if not experiment.memorised_stretches:
        raise ValueError(
            "tuning.canaries are trained in and nothing would look for them: set "
            "memorised_stretches, or leave canaries out"
        )


def _labels_need_no_text(experiment: Experiment) -> None:
    classifying = [v.name for v in experiment.variants if v.model and v.model.task == "classify"]
    if experiment.questions.labels is None:
        if classifying or experiment.model.task == "classify":
            name = classifying[0] if classifying else experiment.model.name
            raise ValueError(
                f"{name!r} names labels, and this exam has none: give messages with their "
                "labels in questions.labels, or leave it out"
            )
        return
    probed = [name for name in PROBES if getattr(experiment, name)]
    if experiment.prompts.answer != "short" or experiment.sensitivity.questions or probed:
        raise ValueError(
            "with questions.labels an answer is the name of a label: leave prompts.answer, "
            f"sensitivity and {' and '.join(probed or PROBES[:1])} out"
        )
    if experiment.fairness.twins:
        raise ValueError(
            "labelled messages rest on no corpus in which somebody could be exchanged: leave "
            "fairness.twins out"
        )
    if experiment.retrieval.search is not None:
        raise ValueError(
            "labelled messages have no evidence, so that no search can be judged by it: leave "
            "retrieval.search and its lists out"
        )
    if experiment.prompts.search is not None or any(v.prompt for v in experiment.variants):
        raise ValueError(
            "with questions.labels a prompt names the labels, and the prompts that are tried "
            "do not: leave prompts.search and the variants' prompt out; prompts.folder is for "
            "a prompt of your own"
        )
    for variant in experiment.variants:
        _suits_labels(experiment, variant)


def _suits_labels(experiment: Experiment, variant: VariantSpec) -> None:
    """ValueError where a variant cannot answer with a label."""
    if variant.given_context == "evidence":
        raise ValueError(f"{variant.name!r} is handed evidence, and a label has none")
    if variant.name == "raft":
        raise ValueError("'raft' is trained on passages with evidence, and a label has none")
    reads = variant.given_context in (*SEARCHING, "whole_text")
    if reads and not experiment.has_own_text:
        raise ValueError(
            f"{variant.name!r} reads passages of a text, and labelled messages are none: name "
            "a text in corpus, or leave the variant out"
        )
    for tuning in (experiment.tuning, variant.tuning):
        if tuning and (tuning.train_on != "questions" or tuning.replay_share > 0):
            raise ValueError(
                "on labelled messages tuning trains on questions alone: leave tuning.train_on "
                "and tuning.replay_share out"
            )


def _kinds_are_written(experiment: Experiment) -> None:
    if experiment.questions.labels is not None:
        if experiment.workload.kinds is not None:
            raise ValueError("labelled messages are of one kind: leave workload.kinds out")
        return
    if experiment.questions.test == 0:
        return  # what kinds a gold file holds is known once it is read
    for kind, share in (experiment.workload.kinds or {}).items():
        if share > 0 and kind not in experiment.questions.kinds:
            raise ValueError(
                f"the workload expects {kind!r} questions, and the exam will hold none: add "
                f"{kind!r} to questions.kinds, or leave it out of workload.kinds"
            )


def _the_reader_is_brief(experiment: Experiment) -> None:
    models = [
        experiment.model,
        *(item.model for item in experiment.variants if item.model is not None),
    ]
    if experiment.prompts.answer != "short" and any(
        model.name == READER and model.endpoint is None for model in models
    ):
        raise ValueError(
            f"prompts.answer is {experiment.prompts.answer!r}, and the embedded reader answers in "
            "a few words, whatever it is asked for: name a chat model in `model`"
        )


def _queries_can_be_written(experiment: Experiment) -> None:
    for spec in (experiment.retrieval, *(v.retrieval for v in experiment.variants if v.retrieval)):
        writer = spec.query_writer(experiment.model.reference())
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


def _sufficiency_can_be_told(experiment: Experiment) -> None:
    for variant in experiment.variants:
        model = variant.model or experiment.model
        elsewhere = model.endpoint is not None or model.served_by is not None
        if variant.abstain_by == "sufficiency" and elsewhere:
            raise ValueError(
                f"variant {variant.name!r} is to abstain by sufficiency, and a server does not "
                "tell how likely its model holds a reply: take abstain_by retrieval or "
                "confidence, or a local model"
            )


def _a_cross_encoder_is_named(experiment: Experiment) -> None:
    for variant in experiment.variants:
        spec = variant.retrieval or experiment.retrieval
        tuned = spec.tuned is not None and spec.tuned.method == "cross_encoder"
        if variant.abstain_by == "cross_encoder" and spec.cross_encoder is None and not tuned:
            raise ValueError(
                f"variant {variant.name!r} is to abstain by a cross-encoder, and none reranks "
                "what it finds: name one in retrieval.rerank, or take abstain_by retrieval"
            )


def _judged_where_it_decides(experiment: Experiment) -> None:
    if experiment.judge is None and experiment.prefers_by_judge:
        raise ValueError(
            "preferences.pairs are to come from a judge, and no judge is named: add judge, or "
            "take pairs: references"
        )
    judged = experiment.decision.metric.removeprefix("ragas:")
    known = experiment.decision.metric != judged and judged in JUDGED
    if known and (experiment.judge is None or judged not in experiment.judge.wanted):
        raise ValueError(
            f"the verdict is to rest on {experiment.decision.metric!r}, and no judge is named that "
            f"judges it: add judge with metrics={[judged]!r}, or decide by another metric"
        )


#: In the order in which they are looked at: the first that fails is told.
CHECKS: tuple[Callable[[Experiment], None], ...] = (
    _distinct_variants,
    _editions_are_there,
    _teachers_are_there,
    _groups_are_told_apart,
    _an_exam_is_named,
    _instructions_can_be_planted,
    _something_is_memorised,
    _canaries_are_looked_for,
    _labels_need_no_text,
    _kinds_are_written,
    _the_reader_is_brief,
    _queries_can_be_written,
    _sufficiency_can_be_told,
    _a_cross_encoder_is_named,
    _judged_where_it_decides,
)
