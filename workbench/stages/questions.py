"""Stage ``questions``: train, dev and test questions, written, filtered, split and certified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.estimate import StageEstimate, timed
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.experiment import Experiment
from workbench.experiment.questions import QuestionSpec
from workbench.stages.context import RunContext, TrialContext
from workbench.stages.inputs import EmbeddingInput, ModelInput
from workbench.stages.spread_writing import writing_elsewhere
from workbench.types import Decoding, LanguageModel, Prompt, Question, Section

if TYPE_CHECKING:
    from workbench.questions.dataset.plan import Plan
    from workbench.questions.writers.offline import Kept
    from workbench.questions.writers.units import WriterContext

ASKED = 16  # questions that the trial asks closed book
SEEN, SAMPLE_S = 40, 15.0  # questions that a forecast rests on, where so many are soon found
MORE_ROUNDS = 1.5  # times as many questions as the first round gives, in all rounds
DRAWN = 12  # tokens that a chat writer writes to be timed


class QuestionsInputs(Inputs):
    """What is asked for and by whom it is written.

    The hand-written questions are read apart, so that mending one rewrites none: ``spec.gold`` is
    None here, and so are ``spec.writer`` and ``spec.checker``, which stand in fields of their own;
    ``checker`` None: the writer reads its questions back. ``prices`` are those of a
    million tokens (read, written) where a budget in money is to be held.
    """

    corpus: ArtifactReference
    spec: QuestionSpec
    writer: ModelInput
    checker: ModelInput | None
    embedding: EmbeddingInput
    prices: tuple[float, float] | None
    seed: int


class QuestionsStage:
    """The question files, what was dropped and why, the plan, and the certificate."""

    name, version = "questions", 7

    def run(self, inputs: QuestionsInputs, out: Path, context: RunContext) -> dict[str, Any]:
        from workbench.questions import write
        from workbench.retrieval.embeddings import embed

        return write(
            context.corpus(inputs.corpus),
            inputs.spec,
            context.model(inputs.writer),
            out,
            inputs.seed,
            context.progress,
            embed=lambda texts: embed(list(texts), inputs.embedding.source),
            prices=inputs.prices,
            checker=None if inputs.checker is None else context.model(inputs.checker),
            elsewhere=writing_elsewhere(
                inputs.corpus, inputs.spec, inputs.writer, inputs.checker, inputs.embedding, context
            ),
        )

    def estimate(self, inputs: QuestionsInputs, context: TrialContext) -> StageEstimate:
        return _Trial(inputs, context).estimate()

    def describe(self, summary: Mapping[str, Any]) -> str:
        dropped = sum(summary["dropped"].values())
        return (
            f"{summary['train']} train, {summary['dev']} dev, {summary['test']} test; "
            f"{dropped} dropped (why: workbench questions check)"
        )

    def amount(self, experiment: Experiment) -> float:
        asked = experiment.questions
        return float(asked.train_facts + asked.test + asked.dev)


class _Trial:
    """The writing of the questions in small: one unit of sections is read, the rest is scaled."""

    def __init__(self, inputs: QuestionsInputs, context: TrialContext) -> None:
        self.inputs, self.spec, self.context = inputs, inputs.spec, context
        self.corpus = context.corpus(inputs.corpus)

    def estimate(self) -> StageEstimate:
        """Plan, read one unit of sections as the writer will, and scale. Loads the writer."""
        from workbench.questions.dataset.plan import make_plan
        from workbench.questions.writers.spending import Metered, Spending
        from workbench.questions.writers.units import WriterContext

        spec, writer, seed = self.spec, self.inputs.writer, self.inputs.seed
        model, loading = timed(lambda: self.context.model(writer))
        plan = make_plan(self.corpus.sections, spec, seed)
        metered = Metered(model, Spending())
        given = self.inputs.checker
        # An endpoint that checks is not called for a trial: the writer stands in for it.
        local = None if given is None or given.endpoint else self.context.model(given)
        checker = None if local is None else Metered(local, Spending())
        writing, opening = timed(
            lambda: WriterContext.open(self.corpus, spec, plan, metered, checker=checker)
        )
        groups = self._groups(plan)
        name = writer.name if writer.endpoint else None
        kept: list[Kept] = []
        share = 1.0
        if not groups or not (spec.test or spec.train_facts):
            result = StageEstimate("questions", loading + opening)
            self._foresee(writing, [], read=len(self.corpus.sections), scale=1.0)
        elif writing.chatting or writer.endpoint is not None:
            kept = _by_rule(writing, groups[0])
            result = self._chatting(writing, model, name)
        else:
            kept, share, seconds = self._reading(writing, model, groups)
            tokens = ((name, *writing.estimate()),)
            result = StageEstimate("questions", loading + opening + seconds, tokens)
        if writing.by_rule:
            from workbench.questions.writers.rewording import with_rewordings

            kept = with_rewordings(kept, writing.names)
        trial = self._keep(plan, kept, share)
        return StageEstimate(result.stage, result.seconds, result.tokens, result.note, trial=trial)

    def _groups(self, plan: Plan) -> list[list[Section]]:
        """The units of sections in the order in which they would be read."""
        from workbench.questions.writers.reading import UNIT_SECTIONS

        by_id = {section.id: section for section in self.corpus.sections}
        visit = [by_id[name] for name in plan.visit]
        return [visit[at : at + UNIT_SECTIONS] for at in range(0, len(visit), UNIT_SECTIONS)]

    def _reading(
        self, writing: WriterContext, model: LanguageModel, groups: Sequence[Sequence[Section]]
    ) -> tuple[list[Kept], float, float]:
        """What some units give, what share of the wish the corpus covers, and seconds for all.

        One unit is read in one round. Where that promises too little for the wish, all rounds are
        read, and more units, so that what the text can give is known rather than guessed.
        """
        from workbench.questions.quality.round_trip import closed_book
        from workbench.questions.writers.units import ROUNDS

        closed_book(model, ["Who is it?"] * 2)  # the first call of a model is never typical
        first, *others = writing.rounds()
        outcome, reading = timed(lambda: first(groups[0]))
        kept = list(outcome.kept)
        wanted = sum(writing.wanted.values())
        units = min(len(groups) * ROUNDS, max(1.0, wanted / max(1, len(kept))))
        seconds = max(units, min(len(groups), units * 1.2)) * reading
        scale, read = len(groups) * MORE_ROUNDS, len(groups[0])
        if len(kept) * scale < wanted:
            spent, place = reading, 0
            for place, group in enumerate(groups):
                rounds = others if place == 0 else [first, *others]
                outcomes, took = timed(lambda: [again(group) for again in rounds])  # noqa: B023
                kept += [item for found in outcomes for item in found.kept]
                spent += took
                if len(kept) >= SEEN or spent > SAMPLE_S:
                    break
            read = sum(len(group) for group in groups[: place + 1])
            scale = sum(len(group) for group in groups) / read
            seconds = spent * scale
        self._foresee(writing, kept, read=read, scale=scale)
        texts = [item.draft.text for item in kept][:ASKED] or ["Who is it?"]
        _, asking = timed(lambda: closed_book(model, texts))
        asked = self.spec.test + self.spec.dev
        share = min(1.0, len(kept) * scale / wanted)
        return kept, share, seconds + asked * asking / len(texts)

    def _foresee(
        self, writing: WriterContext, kept: Sequence[Kept], *, read: int, scale: float
    ) -> None:
        from workbench.questions.dataset.forecast import forecast
        from workbench.questions.writers.rewording import with_rewordings

        if writing.by_rule:
            kept = with_rewordings(kept, writing.names)

        self.context.counts.forecast = forecast(
            kept, self.spec, self.corpus.edition, self.inputs.seed,
            read=read, sections=len(self.corpus.sections), scale=scale,
        )  # fmt: skip

    def _chatting(
        self, writing: WriterContext, model: LanguageModel, name: str | None
    ) -> StageEstimate:
        """A chat model's writing at the most: its own count of tokens, at the timed pace."""
        from workbench.questions.writers.chat import prompts_for

        read, wrote = writing.estimate()
        tokens = ((name, read, wrote),)
        if name is not None and not self.context.calls:
            return StageEstimate("questions", None, tokens, "endpoint: tokens at the most")
        language = self.corpus.language
        first, *_ = prompts_for(self.corpus.sections[:1], {}, self.spec, language, 2)
        taking, writes = _pace(model, first[-1])
        return StageEstimate("questions", read * taking + wrote * writes, tokens, "at the most")

    def _keep(self, plan: Plan, kept: Sequence[Kept], share: float) -> ArtifactReference:
        """The trial's questions as later stages find them, and how many they stand for."""
        from workbench.io.files import write_json
        from workbench.questions.dataset.question_set import save_questions
        from workbench.questions.dataset.selection import select

        spec, folder = self.spec, self.context.folder / "questions"
        some = spec.model_copy(update={"train_facts": 3 * ASKED, "test": 2 * ASKED, "dev": ASKED})
        chosen = select(list(kept), some, self.corpus.edition, self.inputs.seed)
        train, dev, test = chosen.train, chosen.dev or chosen.test, chosen.test
        if not (train and test):
            train = dev = test = _stand_ins(self.corpus.sections)
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / "plan.json", {"plan": plan.to_record()})
        for role, questions in (("train", train), ("dev", dev), ("test", test)):
            save_questions(folder / f"{role}.jsonl", questions)
        counts = self.context.counts
        counts.test, counts.dev = round(spec.test * share), round(spec.dev * share)
        if counts.forecast is not None:
            # Not the expected number: what endpoints may cost is told at the most.
            counts.test = min(counts.test, counts.forecast.most_exam)
        wordings = len(train) / max(1, len({question.fact for question in train}))
        counts.per_train = spec.train_facts * wordings * share / max(1, len(train))
        self.context.sample.extend(test)
        return ArtifactReference(id="trial-questions", path=folder)


def _by_rule(writing: WriterContext, group: Sequence[Section]) -> list[Kept]:
    """Drafts that need no model, to stand for the questions that a chat model will write."""
    from workbench.questions.writers.offline import Kept, candidates

    if not writing.by_rule:
        return []
    drafts = [
        draft
        for section in group
        for draft in candidates(section, writing.plan, writing.reading, writing.usage).kept[:8]
    ]
    return [Kept(draft, 1.0) for draft in drafts]


def _pace(model: LanguageModel, prompt: Prompt) -> tuple[float, float]:
    """Seconds for a token read and for one written."""
    model.complete([prompt], Decoding(max_new_tokens=1))
    (first,), reading = timed(lambda: model.complete([prompt], Decoding(max_new_tokens=1)))
    (more,), both = timed(lambda: model.complete([prompt], Decoding(max_new_tokens=DRAWN)))
    each = (both - reading) / max(1, more.output_tokens - first.output_tokens)
    return reading / max(1, first.input_tokens), max(0.0, each)


def _stand_ins(sections: Sequence[Section]) -> tuple[Question, ...]:
    """Stretches of the text as questions, where no rule writes any: their length is what counts."""
    return tuple(
        Question(
            f"stand-in-{place}", section.text[:60], (section.text[60:80],), fact=str(place),
            cluster=section.id, stratum="unseen",
        )
        for place, section in enumerate(sections[:ASKED])
    )  # fmt: skip
