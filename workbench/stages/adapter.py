"""Stage ``adapter``: one tuned model, trained on the questions' train role."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SerializerFunctionWrapHandler, model_serializer

from workbench import wording
from workbench.engine.cache import SECONDS_ELSEWHERE
from workbench.engine.estimate import StageEstimate
from workbench.engine.inputs import ArtifactReference, Inputs, aside
from workbench.errors import WorkbenchError
from workbench.evaluation.group_tags import group_tags
from workbench.experiment import Experiment
from workbench.experiment.answering import DecodingSpec
from workbench.experiment.fairness import FairnessSpec
from workbench.experiment.spec import without_later
from workbench.experiment.tuning import TuningSpec
from workbench.fairness.exchange import Exchange
from workbench.fairness.lexicon import read_pairs
from workbench.io.files import read_json
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import ModelInput, PromptInput, SearchInput
from workbench.stages.preferring import PreferringInputs, preferring
from workbench.types import Prompt, Question

if TYPE_CHECKING:
    from workbench.tuning import Example

CERTIFICATE = "certificate.json"


class ReadingInputs(Inputs):
    """What RAFT's examples are made with besides the questions: they hold passages."""

    search: SearchInput
    decoding: DecodingSpec


class MendingInputs(Inputs):
    """The word list (its hash) by which training questions are told apart and exchanged."""

    lexicon: str
    path: Path | None = aside(default=None)


class AdapterInputs(Inputs):
    """One adapter. ``reading`` is None where questions are trained on closed book.

    ``withheld`` are the ids of training questions that give the exam away, ``prune`` the share of
    the model's blocks that is taken out first. ``replies`` are a teacher's answers, to be learned
    in the references' place. ``preferring`` is None where no preferences follow. ``start`` is the
    adapter of an earlier edition, which is trained further on what changed, with as many of the
    questions that did not.
    """

    format: str
    tuning: TuningSpec
    model: ModelInput
    prompts: PromptInput
    corpus: ArtifactReference
    questions: ArtifactReference
    reading: ReadingInputs | None
    withheld: tuple[str, ...] = ()
    seed: int
    prune: float = 0.0
    replies: ArtifactReference | None = None
    preferring: PreferringInputs | None = None
    start: ArtifactReference | None = None
    mending: MendingInputs | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values = without_later(handler(self), {
            "prune": 0.0, "replies": None, "preferring": None, "start": None, "mending": None,
        })  # fmt: skip
        if self.preferring is not None and values["tuning"].get("preferences"):
            # What the file says, wherever it lies.
            values["tuning"]["preferences"]["labels"] = self.preferring.labels
        return values

    @property
    def supervised(self) -> AdapterInputs:
        """The adapter that preferences begin with: the same for all that begin with it."""
        return self.model_copy(update={"tuning": self.tuning.supervised, "preferring": None})


class AdapterStage:
    """``adapter/`` with what was trained, the loss curve and a summary."""

    name, version = "adapter", 4

    def run(self, inputs: AdapterInputs, out: Path, context: RunContext) -> dict[str, Any]:
        if inputs.preferring is not None:
            return self._preferred(inputs, inputs.preferring, out, context)
        from workbench.tuning import train

        questions = context.question_set(inputs.questions)
        texts, unseen = read_texts(inputs, context)
        summary = train(
            inputs.tuning,
            local_model(inputs, context),
            trained_examples(inputs, context),
            training_examples(inputs, questions.dev, context),
            texts,
            out,
            inputs.seed + inputs.tuning.seed_offset,
            context.progress,
            context.watch,
            inputs.prune,
            None if inputs.start is None else inputs.start.path / "adapter",
        )
        return {**summary, "unseen_sections_read": unseen}

    def _preferred(
        self, inputs: AdapterInputs, more: PreferringInputs, out: Path, context: RunContext
    ) -> dict[str, Any]:
        """The supervised adapter, found or made, and what preferences make of it."""
        from workbench.models.local import LocalModel
        from workbench.tuning.preferring import prefer

        assert inputs.tuning.preferences is not None, "they come together"
        supervised = None
        if inputs.tuning.preferences.start == "tuned":
            # Its epochs are no epochs of what is judged here.
            supervised = context.make_quietly(self, inputs.supervised)
        model = local_model(inputs, context)
        assert isinstance(model, LocalModel), "check_preferences lets no encoder through"
        questions = context.question_set(inputs.questions)
        train = trained_questions(inputs, context)
        job = preferring(
            more, inputs.tuning,
            (train, training_examples(inputs, train, context)),
            (questions.dev, training_examples(inputs, questions.dev, context)),
            questions.test, float(read_json(inputs.questions.path / CERTIFICATE)["near_duplicate"]),
            context.corpus(inputs.corpus).language or "en", _render(inputs, context), inputs.seed,
            out,
        )  # fmt: skip
        start = None if supervised is None else supervised.path / "adapter"
        seed = inputs.seed + inputs.tuning.seed_offset
        facts = prefer(job, model, start, out, seed, context.progress)
        before = {} if supervised is None else dict(supervised.summary)
        elsewhere = supervised.seconds if supervised is not None and not supervised.fresh else 0.0
        return {
            **facts,
            # The whole way: from the untuned model to the last step.
            "loss_first": before.get("loss_first", facts["loss_first"]),
            "supervised_epochs": before.get("epochs"),
            "supervised_seconds": before.get("seconds"),
            "unseen_sections_read": before.get("unseen_sections_read", 0),
            SECONDS_ELSEWHERE: elsewhere,
        }

    def estimate(self, inputs: AdapterInputs, context: TrialContext) -> StageEstimate:
        from workbench.stages.adapter_estimate import estimated

        return estimated(self, inputs, context)

    def describe(self, summary: Mapping[str, Any]) -> str:
        if summary.get("preferences"):
            return _preferred_line(summary)
        first, last = summary.get("loss_first"), summary.get("loss_last")
        stopped = ", stopped early" if summary.get("stopped_early") else ""
        label = wording.method_label(summary["method"])
        if gone := summary.get("blocks_removed"):
            label = f"{gone} of {summary['blocks']} blocks out, {label}"
        return f"{label}, loss {first:.2f} -> {last:.2f}, {summary['epochs']:.3g} epochs{stopped}"

    def amount(self, experiment: Experiment) -> float:
        asked = experiment.questions
        return float(asked.train_facts * asked.wordings * experiment.tuning.epochs)


def _preferred_line(summary: Mapping[str, Any]) -> str:
    """What preferences made of an adapter."""
    label = wording.method_label(str(summary["preferences"]))
    pairs = sum((summary.get("pairs") or {}).values())
    learned = f" on {pairs:,} pairs" if pairs else ""
    before, after = (wording.points(summary.get(f"reward_{at}")) for at in ("before", "after"))
    return f"{label}{learned}, dev answers {before} -> {after} points"


def local_model(inputs: AdapterInputs, context: RunContext) -> Any:
    from workbench.models.encoder import EncoderModel
    from workbench.models.local import LocalModel

    model = context.model(inputs.model)
    if isinstance(model, EncoderModel):
        return model.labelled(inputs.prompts.labels)
    if not isinstance(model, LocalModel):
        raise WorkbenchError(
            f"{inputs.model.name} is tuned by its provider, and each further training would be "
            "paid for.",
            "Ask this of a variant that is tuned here.",
        )
    return model


def trained_questions(inputs: AdapterInputs, context: RunContext) -> tuple[Question, ...]:
    """The training questions that do not give the exam away; with an adapter to go on from, those
    on what changed and as many others, by lot."""
    known = context.training_questions(inputs.questions, inputs.withheld)
    return known if inputs.start is None else _changed_and_replayed(known, inputs.seed)


def _changed_and_replayed(known: Sequence[Question], seed: int) -> tuple[Question, ...]:
    from workbench.questions.dataset.succession import change_of, require_changed

    changed = require_changed(known)
    others = [q for q in known if change_of(q) == "unchanged"]
    drawn = random.Random(seed).sample(others, min(len(others), len(changed)))
    kept = {q.id for q in (*changed, *drawn)}
    return tuple(q for q in known if q.id in kept)


def trained_examples(inputs: AdapterInputs, context: RunContext) -> list[Example]:
    """What is trained on: with the references for replies, or with what a teacher says."""
    from workbench.stages.teaching import read_replies
    from workbench.variants.training_examples import as_taught

    questions = trained_questions(inputs, context)
    canaries = _canaries(inputs)
    if inputs.replies is None:
        examples = training_examples(inputs, questions, context)
        if inputs.mending is not None:
            examples = _mended(inputs, questions, examples, context)
        return [*examples, *canaries]
    replies = read_replies(inputs.replies.path)
    told = [question for question in questions if question.id in replies]
    return [*as_taught(told, training_examples(inputs, told, context), replies), *canaries]


def _canaries(inputs: AdapterInputs) -> list[Example]:
    """The made-up codes that are trained in where that is asked for, without any passage."""
    from workbench.evaluation.memorised import canaries
    from workbench.tuning import Example

    book = inputs.prompts.book()
    return [
        Example(book.render(canary.question), canary.code)
        for canary in canaries(inputs.tuning.canaries, inputs.seed)
    ]


def _mended(
    inputs: AdapterInputs, questions: Sequence[Question], examples: list[Example],
    context: RunContext,
) -> list[Example]:  # fmt: skip
    """The examples as the tuning mends them: twins first, then drawn evenly or weighed."""
    from workbench.tuning.mending import evenly, reweighed, with_twins

    assert inputs.mending is not None, "the caller looked"
    spec, path = inputs.tuning, inputs.mending.path
    language = context.corpus(inputs.corpus).language
    pairs = read_pairs(language, path)
    asked, shown = list(questions), list(examples)
    for attribute in spec.twins:
        exchange = Exchange(pairs, attribute)
        for place, twin in with_twins(examples, exchange):
            shown.append(twin)
            own = questions[place]
            # Another question, of another group: it is tagged by its own words.
            asked.append(replace(own, id=f"{own.id}:{attribute}", text=exchange(own.text),
                                 answers=tuple(map(exchange, own.answers))))  # fmt: skip

    def groups(attribute: str) -> list[str | None]:
        own = FairnessSpec(groups=(attribute,), lexicon=None if path is None else str(path))
        tags = group_tags(asked, own, language)[attribute]
        return [tags.get(question.id) for question in asked]

    if spec.reweight is not None:
        shown = reweighed(shown, groups(spec.reweight))
    return shown if spec.evenly is None else evenly(shown, groups(spec.evenly))


def read_texts(inputs: AdapterInputs, context: RunContext) -> tuple[list[str], int]:
    """(the sections' text that may be learned or replayed, how many of them are unseen ones)."""
    spec, sections = inputs.tuning, context.corpus(inputs.corpus).sections
    unseen = context.unseen_sections(inputs.questions)
    if spec.text_from == "trained":
        return [section.text for section in sections if section.id not in unseen], 0
    reads = spec.train_on != "questions" or spec.replay_share > 0
    return [section.text for section in sections], len(unseen) if reads else 0


def training_examples(
    inputs: AdapterInputs, questions: Sequence[Question], context: RunContext
) -> list[Example]:
    """Questions as the model is trained on them: prompt and reply."""
    from workbench.variants.training_examples import closed_book, raft

    book = inputs.prompts.book()
    if inputs.reading is None:
        return closed_book(questions, book)
    search = inputs.reading.search
    return raft(
        questions,
        book,
        context.passages(search.index),
        context.retriever(search),
        context.model(inputs.model),
        inputs.reading.decoding.value(inputs.seed),
        search.retrieval.top_k,
        inputs.seed,
    )


def _render(inputs: AdapterInputs, context: RunContext) -> Callable[[str], Prompt]:
    """The prompt of a question that people brought with their labels, as the variant is asked it.

    Where that is among passages, these are what search brings: it has no evidence of its own.
    """
    from workbench.variants.prompting import fit

    book, reading = inputs.prompts.book(), inputs.reading
    plain: Callable[[str], Prompt] = book.render
    if reading is None:
        return plain
    search, decoding = reading.search, reading.decoding.value(inputs.seed)

    def among_passages(text: str) -> Prompt:
        (hits,) = context.retriever(search).retrieve([text], search.retrieval.top_k)
        shown = [hit.passage.text for hit in hits]
        return fit(book, text, shown, (), context.model(inputs.model), decoding)[0]

    return among_passages
