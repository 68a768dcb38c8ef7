"""The things a run works with, each made or opened when it is first needed.

The pipeline asks for artifacts in order; a reopened run asks only for what answering takes. What
lies finished in the cache is opened without loading a model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.specs import TuningSpec
from workbench.store.cache import Artifact, ArtifactCache, Stage
from workbench.store.files import read_json
from workbench.store.resolve import Resolved
from workbench.types import (
    LanguageModel,
    ModelReference,
    Passage,
    Progress,
    Question,
    Retriever,
    silent,
)
from workbench.variants.assembly import AdapterPlan, Materials, adapter_of, assemble, model_of
from workbench.variants.prompting import PromptBook, open_book
from workbench.variants.system import System

if TYPE_CHECKING:
    from workbench.corpus import Corpus
    from workbench.questions import Exam

# Raise a number when the code of its stage changes meaning.
VERSIONS = {"corpus": 1, "questions": 3, "index": 1, "adapter": 1}
CHINESE_MODELS = "Qwen/Qwen2.5-0.5B-Instruct with the embedding BAAI/bge-small-zh-v1.5"


class Workshop:
    """Artifacts, models and variants of one resolved experiment."""

    def __init__(self, resolved: Resolved, cache: ArtifactCache) -> None:
        self.resolved = resolved
        self.experiment: Experiment = resolved.experiment
        self.cache = cache
        self._models: dict[ModelReference, LanguageModel] = {}
        self._adapters: dict[str, Artifact] = {}

    # --- models -------------------------------------------------------------------------------

    def model(self, reference: ModelReference) -> LanguageModel:
        """The model of that reference, loaded once."""
        if reference not in self._models:
            from workbench.models import load

            model = load(reference)
            if reference.endpoint is None:
                from workbench.models.local import LocalModel

                assert isinstance(model, LocalModel)
                model.batch_tokens = self.experiment.batch_tokens
            self._models[reference] = model
        return self._models[reference]

    def references(self) -> list[ModelReference]:
        """The distinct models that the variants answer with."""
        variants = self.experiment.variants
        return list(dict.fromkeys(model_of(self.experiment, variant) for variant in variants))

    def check_policy(self) -> None:
        """Refuse to send corpus text off this machine unless the experiment says that it may."""
        from workbench.models import leaves_machine

        if self.experiment.text_may_leave_this_machine:
            return
        for reference in [*self.references(), self.writer_reference]:
            if leaves_machine(reference):
                raise WorkbenchError(
                    f"The model {reference.name} answers at {reference.endpoint}, so text of the "
                    "corpus would leave this machine.",
                    "If it may, set text_may_leave_this_machine=True in the experiment.",
                )

    @property
    def writer_reference(self) -> ModelReference:
        """The model that writes the questions."""
        return (self.experiment.questions.writer or self.experiment.model).reference()

    def identity(self, reference: ModelReference) -> dict[str, Any]:
        """What of a model affects results: its name or weights, precision, adapter, endpoint."""
        from workbench.store.weights import fingerprint

        return {
            "name": reference.name,
            "weights": fingerprint(reference),
            "precision": reference.precision,
            "adapter": reference.adapter,
            "endpoint": reference.endpoint,
        }

    # --- corpus and questions -----------------------------------------------------------------

    def make_corpus(self, progress: Progress = silent) -> Artifact:
        """Documents and sections, read from the user's files once."""
        spec = self.experiment.corpus

        def stage(_: Any, __: Mapping[str, Path], out: Path, progress: Progress) -> dict[str, Any]:
            from workbench import corpus as corpora

            progress(0, 1)
            source = Path(spec.path) if spec.path else None
            if spec.url is not None and spec.sha256 is not None and source is None:
                source = corpora.fetch(spec.url, spec.sha256, self.cache.root / "downloads")
            assert source is not None
            corpus = corpora.load(
                source,
                language=spec.language,
                strip_boilerplate=spec.strip_boilerplate,
                section_words=spec.section_words,
            )
            corpora.save(corpus, out)
            progress(1, 1)
            facts = corpora.inspect(corpus)
            counted = {name: len(facts[name]) for name in ("documents", "sections")}
            kept = ("title", "edition", "language", "words", "characters", "notes")
            return {name: facts[name] for name in kept} | counted

        key = {"sha256": self.resolved.corpus_hash}
        identity = spec.model_copy(
            update={"path": Path(spec.path).name if spec.path else None, "url": None}
        )
        return self._make("corpus", stage, identity, progress=progress, key=key)

    @cached_property
    def corpus(self) -> Corpus:
        """The corpus as loaded and divided."""
        from workbench.corpus import open_corpus

        return open_corpus(self.make_corpus().path)

    def check_language(self) -> None:
        """Say at once where the embedded reader meets a text that it cannot read."""
        names = {reference.name for reference in [*self.references(), self.writer_reference]}
        if self.corpus.language == "zh" and "reader" in names:
            raise WorkbenchError(
                f"The corpus {self.corpus.title!r} is Chinese, and the embedded reader reads "
                "English only.",
                f"Name a model that can, such as {CHINESE_MODELS}, or an endpoint.",
            )
        if self.corpus.language == "und" and "reader" in names:
            raise WorkbenchError(
                f"The corpus {self.corpus.title!r} does not look English, and the embedded reader "
                "reads nothing else.",
                "Name a model that reads its language, or an endpoint; if the text is English "
                'after all, say so: corpus={"path": …, "language": "en"}.',
            )

    def make_questions(self, progress: Progress = silent) -> Artifact:
        """Drill, dev and exam, written, filtered, split and certified."""
        spec = self.experiment.questions
        prices = None
        if spec.max_money_spent is not None:
            from workbench.costing import price_book

            prices = price_book(self.experiment.price_book).per_million(self.writer_reference.name)

        def stage(_: Any, __: Mapping[str, Path], out: Path, progress: Progress) -> dict[str, Any]:
            from workbench.questions import write
            from workbench.retrieval.embeddings import embed

            name = self.experiment.retrieval.embedding
            return write(
                self.corpus,
                spec,
                self.model(self.writer_reference),
                out,
                self.experiment.seed,
                progress,
                embed=lambda texts: embed(list(texts), name),
                prices=prices,
            )

        # The hand-written questions are read apart, so that mending one rewrites none.
        spec = spec.model_copy(update={"gold": None})
        key = {
            "seed": self.experiment.seed,
            "writer": self.identity(self.writer_reference),
            "embedding": self.experiment.retrieval.embedding,
        }
        if prices is not None:
            key["prices"] = list(prices)
        inputs = {"corpus": self.make_corpus()}
        return self._make("questions", stage, spec, inputs, progress, key)

    @cached_property
    def exam(self) -> Exam:
        """Drill, dev, exam, and the hand-written gold questions of the experiment.

        Raises WorkbenchError where the drill gives an exam question away, unless leaks are allowed.
        """
        from workbench.questions import load, read_gold, require_clean

        folder = self.make_questions().path
        require_clean(read_json(folder / "certificate.json"), self.experiment.allow_leaks)
        exam = load(folder)
        gold = self.experiment.questions.gold
        if gold is None:
            return exam
        unseen = read_json(folder / "plan.json")["plan"]["unseen"]
        return replace(exam, gold=tuple(read_gold(Path(gold), self.corpus, exam.drill, unseen)))

    # --- index and adapters -------------------------------------------------------------------

    def make_index(self, progress: Progress = silent) -> Artifact:
        """The searchable passages."""
        passages, retrieval = self.experiment.passages, self.experiment.retrieval

        def stage(_: Any, __: Mapping[str, Path], out: Path, progress: Progress) -> dict[str, Any]:
            from workbench.corpus import passages as split
            from workbench.retrieval import build_index

            count = self.model(self.experiment.model.reference()).count_tokens
            pieces = split(self.corpus, passages.tokens, passages.overlap, count)
            return build_index(pieces, retrieval, out, progress)

        # How passages are weighed and reranked does not change what is stored.
        stored = retrieval.model_dump(mode="json", include={"embedding", "window_words"})
        key = {"retrieval": stored, "tokens_of": self.identity(self.experiment.model.reference())}
        inputs = {"corpus": self.make_corpus()}
        return self._make("index", stage, passages, inputs, progress, key)

    @cached_property
    def retriever(self) -> Retriever:
        """The search of the experiment, with its reranker."""
        from workbench.retrieval import open_index

        spec = self.experiment.retrieval
        reranker = None
        if spec.rerank == "likelihood":
            reranker = self.model(self.experiment.model.reference())
        result: Retriever = open_index(self.make_index().path, spec, reranker)
        return result

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """All indexed passages in the order of the text."""
        from workbench.retrieval import read_passages

        return tuple(read_passages(self.make_index().path))

    def adapter_plans(self) -> dict[str, AdapterPlan]:
        """The adapters to train, by variant."""
        plans = {
            variant.name: adapter_of(self.experiment, variant)
            for variant in self.experiment.variants
        }
        return {name: plan for name, plan in plans.items() if plan is not None}

    def make_adapter(self, plan: AdapterPlan, progress: Progress = silent) -> Artifact:
        """One LoRA adapter on one drill."""

        def stage(
            spec: TuningSpec, _: Mapping[str, Path], out: Path, progress: Progress
        ) -> dict[str, Any]:
            from workbench.models.local import LocalModel
            from workbench.tuning import METHODS

            model = self.model(plan.model)
            assert isinstance(model, LocalModel), "adapter_of lets no endpoint through"
            texts = [section.text for section in self.corpus.sections]
            return METHODS[spec.method](
                spec,
                model,
                self._drill(plan, model, self.exam.drill),
                self._drill(plan, model, self.exam.dev),
                texts,
                out,
                self.experiment.seed + spec.seed_offset,
                progress,
            )

        inputs = {"questions": self.make_questions()}
        key: dict[str, Any] = {
            "format": plan.format,
            "model": self.identity(plan.model),
            "prompts": self.book(plan.model).digest,
            "seed": self.experiment.seed,
        }
        if plan.format == "raft":
            inputs["index"] = self.make_index()
            key["retrieval"] = self.experiment.retrieval.model_dump(mode="json")
        return self._make("adapter", stage, plan.tuning, inputs, progress, key)

    def _drill(
        self, plan: AdapterPlan, model: LanguageModel, questions: Sequence[Question]
    ) -> list[Any]:
        from workbench.variants import drilling

        book = self.book(plan.model)
        if plan.format == "closed_book":
            return list(drilling.closed_book(questions, book))
        return list(
            drilling.raft(
                questions,
                book,
                self.passages,
                self.retriever,
                model,
                self.experiment.decoding.value(self.experiment.seed),
                self.experiment.retrieval.k,
                self.experiment.seed,
            )
        )

    def book(self, reference: ModelReference) -> PromptBook:
        """The prompt files that suit a model, with the experiment's purpose and form."""
        from workbench.store.weights import prompt_format

        prompts = self.experiment.prompts
        return open_book(
            prompt_format(reference), self.experiment.purpose, prompts.form, prompts.folder
        )

    # --- variants -----------------------------------------------------------------------------

    def systems(self, adapters: Mapping[str, Artifact]) -> list[System]:
        """Every variant of the experiment, ready to answer."""
        materials = Materials(
            self.corpus.sections, self.passages, self.exam.drill, lambda: self.retriever
        )
        folders = {name: artifact.path / "adapter" for name, artifact in adapters.items()}
        return assemble(self.experiment, materials, self.model, folders)

    # --- inside -------------------------------------------------------------------------------

    def _make(
        self,
        name: str,
        function: Callable[[Any, Mapping[str, Path], Path, Progress], dict[str, Any]],
        spec: Any,
        inputs: Mapping[str, Artifact] | None = None,
        progress: Progress = silent,
        key: Mapping[str, Any] | None = None,
    ) -> Artifact:
        return self.cache.make(Stage(name, VERSIONS[name], function), spec, inputs, progress, key)
