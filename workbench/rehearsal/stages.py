"""The stages of a run, rehearsed in order: one method each.

The rehearsal goes through the same functions as the run, in the same order, so that what a stage
loads first counts in that stage. It writes into a folder that is thrown away; only the corpus,
which has to be read to be counted, goes into the cache.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.rehearsal.parts import Part, clocked
from workbench.rehearsal.shop import Looking, NotMade, Shop
from workbench.store import records
from workbench.store.cache import ArtifactCache
from workbench.store.machine import peak_memory
from workbench.store.resolve import Resolved
from workbench.store.run import Run
from workbench.types import (
    Answer,
    LanguageModel,
    ModelReference,
    Passage,
    Question,
    Retriever,
)
from workbench.variants.assembly import AdapterPlan, Materials, assemble, model_of
from workbench.variants.system import System

if TYPE_CHECKING:
    from workbench.rehearsal.writing import Writing

FEW, MORE = 2, 16  # questions a variant answers: a few first, more where it is quick
QUICK_S = 1.0
REPORT_S = 0.5  # comparisons, verdict and reports of an ordinary run


class Rehearsal:
    """The stages of one experiment in small."""

    def __init__(
        self, resolved: Resolved, cache: ArtifactCache, folder: Path, run: Run, calls: bool
    ) -> None:
        self.shop = Shop(resolved, Looking(cache.root))
        self.shop.calls = calls
        self.experiment = resolved.experiment
        self.folder, self.run = folder, run
        self.notes: list[str] = []
        self._shown: list[Answer] = []  # what a judge would see, of every variant
        self._fuller = 0  # bytes that a full batch of answers takes

    def parts(self) -> list[Part]:
        """Every stage in the order of the run. Raises WorkbenchError where the run would."""
        if self.shop.calls:
            self.shop.check_policy()
        self.shop.adapter_plans()
        corpus, seconds = clocked(self.shop.make_corpus)
        self.shop.check_language()
        result = [Part("corpus", seconds if corpus.fresh else 0.0)]
        result += [self._questions(), self._index()]
        adapters, folders = self._adapters()
        result += adapters
        answers, answered, each = self._answers(folders)
        result += [answers, self._latency(each), *self._forgetting(), *self._asked_again(answers)]
        return [*result, *self._judge(), self._scores(answered)]

    # --- questions ----------------------------------------------------------------------------

    def _questions(self) -> Part:
        try:
            self.shop.make_questions()
        except NotMade:
            return self._writing.part
        return Part("questions", 0.0, note="made before")

    @cached_property
    def _writing(self) -> Writing:
        from workbench.rehearsal.writing import rehearse

        spec = self.experiment.questions
        return rehearse(
            self.shop.corpus, spec, self.shop.writer_reference, self.shop.model,
            self.experiment.seed, self.shop.calls,
        )  # fmt: skip

    @cached_property
    def _exam(self) -> tuple[list[Question], list[Question], list[Question], float]:
        """Sample drill, dev and exam questions, and how many drill questions each stands for."""
        spec = self.experiment.questions
        try:
            self.shop.make_questions()
        except NotMade:
            result = self._writing
            whole = spec.drill_facts * result.wordings * result.share
            factor = whole / max(1, len(result.drill))
            return list(result.drill), list(result.dev), list(result.exam), factor
        exam = self.shop.exam
        return list(exam.drill), list(exam.dev), list(exam.exam), 1.0

    @cached_property
    def _asked(self) -> tuple[int, int, int]:
        """How many questions are sat: written, by hand, and for choices."""
        from workbench.questions import read_gold

        spec = self.experiment.questions
        gold = 0 if spec.gold is None else len(read_gold(Path(spec.gold), self.shop.corpus, (), ()))
        try:
            self.shop.make_questions()
        except NotMade:
            share = self._writing.share
            return round(spec.exam * share), gold, round(spec.dev * share)
        exam = self.shop.exam
        return len(exam.exam), len(exam.gold), len(exam.dev)

    # --- index --------------------------------------------------------------------------------

    @cached_property
    def _passages(self) -> tuple[Passage, ...]:
        from workbench.corpus import passages as split

        spec = self.experiment.passages
        count = self.shop.model(self.experiment.model.reference()).count_tokens
        return tuple(split(self.shop.corpus, spec.tokens, spec.overlap, count))

    def _index(self) -> Part:
        from workbench.rehearsal.indexing import embed, left

        spec = self.experiment.retrieval
        passages, splitting = clocked(lambda: self._passages)
        (few, each), loading = clocked(lambda: embed(passages, spec, self.folder))
        loading -= each * few
        try:
            self.shop.make_index()
        except NotMade:
            return Part("index", splitting + loading + each * left(passages, spec))
        return Part("index", 0.0, note="made before")

    @cached_property
    def _retriever(self) -> Retriever:
        from workbench.retrieval import open_index

        spec = self.experiment.retrieval
        reranker = None
        if spec.rerank == "likelihood":
            reranker = self.shop.model(self.experiment.model.reference())
        result: Retriever = open_index(self.folder / "index", spec, reranker)
        return result

    # --- adapters -----------------------------------------------------------------------------

    def _adapters(self) -> tuple[list[Part], dict[str, Path]]:
        from workbench.rehearsal.training import train

        plans = self.shop.adapter_plans()
        parts: list[Part] = []
        trained: dict[AdapterPlan, Path] = {}
        drill, dev, _, factor = self._exam
        for variant, plan in plans.items():
            if plan in trained:
                continue
            name = "adapter" if len(set(plans.values())) == 1 else f"adapter:{variant}"
            try:
                result = self.shop.make_adapter(plan)
            except NotMade:
                out = self.folder / name.replace(":", "-")
                model = self.shop.model(plan.model)
                examples = partial(self._examples, plan, model)
                texts = [section.text for section in self.shop.corpus.sections]
                part = train(
                    name, plan.tuning, model, drill, dev, factor, self._asked[2], examples, texts,
                    out, self.experiment.seed,
                )  # fmt: skip
                parts.append(part)
                trained[plan] = out / "adapter"
            else:
                parts.append(Part(name, 0.0, note="made before"))
                trained[plan] = result.path / "adapter"
        return parts, {variant: trained[plan] for variant, plan in plans.items()}

    def _examples(
        self, plan: AdapterPlan, model: LanguageModel, questions: Sequence[Question]
    ) -> list[Any]:
        from workbench.variants import drilling

        book, result = self.shop.book(plan.model), self.experiment
        if plan.format == "closed_book":
            return list(drilling.closed_book(questions, book))
        return list(
            drilling.raft(
                questions, book, self._passages, self._retriever, model,
                result.decoding.value(result.seed), result.retrieval.k, result.seed,
            )
        )  # fmt: skip

    # --- answers ------------------------------------------------------------------------------

    def _answers(
        self, adapters: Mapping[str, Path]
    ) -> tuple[Part, list[Answer], list[tuple[System, bool]]]:
        from workbench.rehearsal.answering import answer, batch_bytes, counted

        drill, _, exam, _ = self._exam
        written, gold, _ = self._asked
        materials = Materials(
            self.shop.corpus.sections, self._passages, drill, lambda: self._retriever
        )
        systems = assemble(self.experiment, materials, self.shop.model, adapters)
        seconds: float | None = 0.0
        tokens: list[tuple[str | None, float, float]] = []
        answered: list[Answer] = []
        each: list[tuple[System, bool]] = []
        note = ""
        for variant, system in zip(self.experiment.variants, systems, strict=True):
            left = written + gold - self._recorded(system.name)
            reference = model_of(self.experiment, variant)
            called = reference.endpoint is None or self.shop.calls
            each.append((system, called))
            if called:
                most = MORE if reference.endpoint is None else FEW
                result = answer(system, exam[:most], FEW, QUICK_S, self.folder)
                answered += result.answers
                self._shown += result.answers
                count = len(result.answers)
                read = sum(answer.input_tokens for answer in result.answers) / count
                wrote = sum(answer.output_tokens for answer in result.answers) / count
                seconds = None if seconds is None else seconds + result.each_s * left
                full = min(self.experiment.batch_tokens, result.widest * (written + gold))
                self._fuller = max(self._fuller, batch_bytes(system.model, full))
            else:
                read, wrote = counted(system, exam[:MORE])
                self._shown += self._unasked(system, exam[:MORE])
                seconds = self._paced(reference, left, seconds)
                note = "endpoint: tokens at the most"
            name = reference.name if reference.endpoint else None
            tokens.append((name, read * left, wrote * left))
        return Part("answers", seconds, tuple(tokens), note), answered, each

    def _unasked(self, system: System, exam: Sequence[Question]) -> list[Answer]:
        """Stand-ins for answers that are not asked for, where a judge is to be reckoned with."""
        if self.experiment.judge is None:
            return []
        from workbench.rehearsal.judging import stand_ins

        return stand_ins(system, exam)

    def _paced(self, reference: ModelReference, calls: int, before: float | None) -> float | None:
        """Seconds that the declared pace of an endpoint alone takes; None without one."""
        if before is None or reference.requests_per_minute is None:
            return None
        return before + calls * 60 / reference.requests_per_minute

    def _recorded(self, variant: str) -> int:
        return sum(1 for _ in records.stream(self.run.path / "answers" / f"{variant}.jsonl"))

    def _latency(self, each: Sequence[tuple[System, bool]]) -> Part:
        from workbench.rehearsal.answering import alone

        spec = self.experiment.latency
        exam = self._exam[2]
        clocks = min(spec.sample, self._asked[0]) + spec.warmup
        if any(not called for _, called in each):
            return Part("latency", None, note="not known without calling the endpoint")
        return Part("latency", sum(alone(system, exam) for system, _ in each) * clocks)

    def _forgetting(self) -> list[Part]:
        from workbench.rehearsal.probing import base_of, probe

        base = base_of(self.experiment)
        if base is None:
            return []
        part = probe(self.experiment, self.shop.model(base), self.folder)
        return [part] if part is not None else []

    def _asked_again(self, answers: Part) -> list[Part]:
        """Questions put again in other words: as many answers more, at the pace of the exam's."""
        spec = self.experiment.sensitivity
        written, gold, _ = self._asked
        if not spec.questions:
            return []
        more = min(spec.questions, written) * (spec.wordings - 1) / max(1, written + gold)
        seconds = None if answers.seconds is None else answers.seconds * more
        tokens = tuple((name, read * more, wrote * more) for name, read, wrote in answers.tokens)
        return [Part("sensitivity", seconds, tokens, answers.note)]

    def _judge(self) -> list[Part]:
        spec = self.experiment.judge
        if spec is None:
            return []
        from workbench.rehearsal.judging import Ahead, rehearse

        reference = spec.reference()
        written, gold, _ = self._asked
        ahead = Ahead(self._exam[2], self._shown, self._passages, written + gold)
        called = reference.endpoint is None or self.shop.calls
        return [rehearse(self.experiment, ahead, self.shop.model(reference), called, self.folder)]

    def _scores(self, answered: Sequence[Answer]) -> Part:
        from workbench.evaluation.metrics import score_answers
        from workbench.evaluation.ragas_scores import plain_scores
        from workbench.stages.conclude import remembering

        written, gold, _ = self._asked
        total = (written + gold) * len(self.experiment.variants)
        if not answered:
            return Part("scores", REPORT_S)
        exam, language = self._exam[2], self.shop.corpus.language
        vectors = remembering(self.experiment.retrieval.embedding)
        texts = {passage.id: passage.text for passage in self._passages}
        _, loading = clocked(lambda: plain_scores(exam, answered[:1], texts))
        _, spent = clocked(
            lambda: (
                score_answers(exam, answered, language, embed=vectors),
                plain_scores(exam, answered, texts, vectors),
            )
        )
        return Part("scores", REPORT_S + loading + spent / len(answered) * total)

    # --- memory -------------------------------------------------------------------------------

    def memory(self) -> int:
        """Peak resident bytes: the rehearsal's own, and what a full batch of answers adds to it."""
        return peak_memory() + self._fuller
