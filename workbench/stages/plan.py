"""From a resolved experiment to the typed inputs of its stages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.stage import Stage
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment
from workbench.experiment.candidates import each_method
from workbench.experiment.graph import GraphSpec
from workbench.experiment.identity import Resolved
from workbench.experiment.parts import JudgeSpec, LabelsSpec, VariantSpec
from workbench.experiment.passages import SituatingSpec
from workbench.experiment.prompt_search import PromptChoice
from workbench.experiment.retrieval import RetrievalSpec
from workbench.experiment.stores import StoreSpec
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant import variants_of
from workbench.io.files import file_hash, read_json
from workbench.stages import (
    ADAPTER,
    ANSWERS,
    FORGETTING,
    HOSTED,
    JUDGE,
    LATENCY,
    MUST_REFUSE,
    SCORES,
    SEARCH,
    SENSITIVITY,
)
from workbench.stages.adapter import AdapterInputs, ReadingInputs
from workbench.stages.answers import AnswersInputs
from workbench.stages.corpus import CorpusInputs
from workbench.stages.forgetting import ForgettingInputs
from workbench.stages.graph import check_parsed
from workbench.stages.hosted import HostedInputs
from workbench.stages.index import IndexInputs
from workbench.stages.inputs import (
    EmbeddingInput,
    GraphInput,
    ModelInput,
    PromptInput,
    SearchInput,
    SituatingInput,
    StoreInput,
    SystemsInputs,
)
from workbench.stages.judge import JudgeInputs
from workbench.stages.labels import LabelsInputs, MessagesInputs
from workbench.stages.latency import LatencyInputs
from workbench.stages.must_refuse import MustRefuseInputs
from workbench.stages.preferring import PreferringInputs
from workbench.stages.questions import QuestionsInputs
from workbench.stages.retriever import RetrieverInputs, learned, trained_map
from workbench.stages.scores import ScoresInputs
from workbench.stages.search import SearchInputs
from workbench.stages.sensitivity import SensitivityInputs
from workbench.types import ModelReference
from workbench.variants.assembly import AdapterPlan, adapter_of, model_of

if TYPE_CHECKING:
    from workbench.models.memory import Footprint
    from workbench.questions import Exam


CHINESE_MODELS = "Qwen/Qwen2.5-0.5B-Instruct with the embedding BAAI/bge-small-zh-v1.5"


@dataclass(frozen=True)
class RunPlan:
    """The stages' inputs, as one experiment has them."""

    resolved: Resolved

    @property
    def experiment(self) -> Experiment:
        """The experiment with its paths resolved."""
        return self.resolved.experiment

    def model(self, reference: ModelReference) -> ModelInput:
        """A model of the experiment as an input."""
        return ModelInput.of(reference, self.experiment.batch_tokens)

    @property
    def references(self) -> list[ModelReference]:
        """The distinct models that the variants answer with."""
        variants = self.experiment.variants
        return list(dict.fromkeys(model_of(self.experiment, variant) for variant in variants))

    @property
    def writer(self) -> ModelReference:
        """The model that writes the questions."""
        return (self.experiment.questions.writer or self.experiment.model).reference()

    @property
    def graphs(self) -> list[GraphSpec]:
        """The graphs of the text that its searches ask for."""
        searches = [self.experiment.retrieval, *(v.retrieval for v in self.experiment.variants)]
        graphs = [search.own_graph for search in searches if search is not None]
        return [graph for graph in graphs if graph is not None]

    @property
    def checker(self) -> ModelReference:
        """The model that reads the questions back."""
        given = self.experiment.questions.checker
        return self.writer if given is None else given.reference()

    @property
    def adapters(self) -> dict[str, AdapterPlan]:
        """The adapters to train, by variant."""
        variants = self.experiment.variants
        plans = {variant.name: adapter_of(self.experiment, variant) for variant in variants}
        return {name: plan for name, plan in plans.items() if plan is not None}

    @property
    def in_need(self) -> tuple[str, ...]:
        """The variants that cannot be built without training questions."""
        known = variants_of(self.experiment)
        return tuple(item.name for item in known if item.needs_training_questions)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The closed set that the answers are of, where the questions are labelled messages."""
        from workbench.questions.dataset.labelled import read_labels

        spec = self.experiment.questions.labels
        return () if spec is None else read_labels(spec)

    def embed(self, texts: Sequence[str]) -> Any:
        """Unit vectors of texts by the experiment's embedding (texts x dimensions)."""
        from workbench.retrieval.embeddings import embed

        return embed(list(texts), self.experiment.retrieval.embedding)

    def settled(self, tunings: Mapping[str, TuningSpec]) -> RunPlan:
        """The plan with a tuning of its own for each variant that is named."""
        if not tunings:
            return self
        chosen = self.experiment.tuned_as(tunings)
        return replace(self, resolved=replace(self.resolved, experiment=chosen))

    def prompted(self, chosen: Mapping[str, PromptChoice]) -> RunPlan:
        """The plan with the prompts that were chosen."""
        if not chosen:
            return self
        asked = self.experiment.prompted_as(chosen)
        return replace(self, resolved=replace(self.resolved, experiment=asked))

    def prompts(self, variant: VariantSpec) -> PromptInput:
        """The prompt files of one variant."""
        experiment = self.experiment
        return PromptInput.of(
            model_of(experiment, variant), experiment.purpose, experiment.prompts, self.labels,
            variant.prompt,
        )  # fmt: skip

    def asking(self, variants: Sequence[VariantSpec]) -> RunPlan:
        """The plan with other variants."""
        others = self.experiment.model_copy(update={"variants": tuple(variants)})
        return replace(self, resolved=replace(self.resolved, experiment=others))

    def only(self, name: str) -> RunPlan:
        """The plan with one of its variants alone."""
        others = [item.name for item in self.experiment.variants if item.name != name]
        alone = self.experiment.without(others)
        return replace(self, resolved=replace(self.resolved, experiment=alone))

    def without_training(self) -> RunPlan:
        """The plan without the variants that need training questions.

        Raises WorkbenchError where what is left is no comparison.
        """
        left = self.experiment.without(self.in_need)
        if sum(item.given_context != "evidence" for item in left.variants) < 2:
            raise WorkbenchError(
                f"Without training questions {', '.join(self.in_need)} cannot be built, and what "
                "is left is no comparison.",
                "Add variants that need none to the experiment, such as prompt_only and rag, or "
                "bring more text to train on.",
            )
        return replace(self, resolved=replace(self.resolved, experiment=left))

    # --- what is refused before anything is made -----------------------------------------------

    def check_policy(self) -> None:
        """Refuse to send corpus text off this machine unless the experiment says that it may."""
        from workbench.models import leaves_machine

        if self.experiment.text_may_leave_this_machine:
            return
        self._check_embeddings()
        self._check_stores()
        tuners = [
            replace(item.model, endpoint=item.tuning.hosted.endpoint)
            for item in self.adapters.values()
            if item.tuning.hosted is not None and item.tuning.hosted.endpoint is not None
        ]
        judge = self.experiment.judge if self.experiment.prefers_by_judge else None
        for variant in variants_of(self.experiment):
            if variant.system is not None and not variant.local:
                raise WorkbenchError(
                    f"The variant {variant.name!r} is asked at {variant.system.place}, so the "
                    "questions, which are written from the corpus, would leave this machine.",
                    "If they may, set text_may_leave_this_machine=True in the experiment.",
                )
        cut = (self.experiment.passages, *(v.passages for v in self.experiment.variants))
        situating = [self._situating(p.context) for p in cut if p is not None and p.context]
        searching = (self._searching(variant) for variant in (None, *self.experiment.variants))
        readers = [model for graph in self.graphs if (model := graph.reference()) is not None]
        models = [item for item in self.references if item.system is None]
        asked = [*models, *tuners, self.writer, self.checker, *situating, *readers]
        asked += [reference for reference in searching if reference is not None]
        for reference in [*asked, *([] if judge is None else [judge.reference()])]:
            if leaves_machine(reference):
                raise WorkbenchError(
                    f"The model {reference.name} answers at "
                    f"{reference.endpoint or reference.served_by}, so text of the corpus would "
                    "leave this machine.",
                    "If it may, set text_may_leave_this_machine=True in the experiment.",
                )

    def _check_embeddings(self) -> None:
        """The same of what is embedded."""
        from workbench.io.address import is_this_machine

        own = [variant.retrieval for variant in self.experiment.variants]
        for spec in (self.experiment.retrieval, *(one for one in own if one is not None)):
            place = spec.embedding_endpoint
            if place is not None and not is_this_machine(place):
                raise WorkbenchError(
                    f"The embedding {spec.embedding_name} answers at {place}, so text of the "
                    "corpus would leave this machine.",
                    "If it may, set text_may_leave_this_machine=True in the experiment.",
                )

    @property
    def stores(self) -> list[StoreSpec]:
        """The distinct stores that its searches by vectors keep these in."""
        searches = [self.retrieval(variant) for variant in (None, *self.experiment.variants)]
        found = [one.store for one in searches if one.mode != "bm25" and one.store is not None]
        return list(dict.fromkeys(found))

    def _check_stores(self) -> None:
        """The same of what a vector database would hold: the passages and their vectors."""
        from workbench.io.address import is_this_machine

        for store in self.stores:
            if store.folder is None and not is_this_machine(store.url):
                raise WorkbenchError(
                    f"The {store.kind} store is at {store.url}, so text of the corpus and its "
                    "vectors would leave this machine.",
                    "If they may, set text_may_leave_this_machine=True in the experiment.",
                )

    def _searching(self, variant: VariantSpec | None) -> ModelReference | None:
        """The model that writes what the experiment, or a variant of it, searches with."""
        spec = (variant and variant.retrieval) or self.experiment.retrieval
        return spec.query_writer(self.experiment.model.reference())

    def footprints(self) -> tuple[Footprint, ...]:
        """The memory of each local model; WorkbenchError where one cannot be held at all."""
        from workbench.models.memory import (
            footprint,
            refuse_narrow_weights,
            refuse_what_cannot_be,
        )

        batch, adapters = self.experiment.batch_tokens, self.adapters.values()
        known = []
        for reference in self.references:
            refuse_narrow_weights(reference)
            own = [
                tuning for item in adapters if item.trains(reference)
                for tuning in each_method(item.tuning, reference.name)
            ]  # fmt: skip
            tunings: list[TuningSpec | None] = [*own] or [None]
            found = [footprint(reference, tuning, batch) for tuning in dict.fromkeys(tunings)]
            sized = [item for item in found if item is not None]
            # Tuned one after the other: what counts is the largest.
            known += [max(sized, key=lambda item: item.needed)] if sized else []
        for item in known:
            refuse_what_cannot_be(item)
        return tuple(known)

    def check_prompts(self) -> None:
        """Say at once where a prompt to be tried, or a variant's own, is none."""
        from workbench.experiment.weights import prompt_format
        from workbench.variants.instructions import candidates, read_candidate

        searched = self.experiment.prompts.search
        for format_ in {prompt_format(reference) for reference in self.references}:
            if searched is not None:
                candidates(searched, format_)
        for variant in self.experiment.variants:
            if variant.prompt is not None:
                read_candidate(variant.prompt, prompt_format(model_of(self.experiment, variant)))

    def check_servers(self) -> None:
        """Meet what is to answer, or to hold adapters or vectors, before anything is made."""
        from workbench.models import remote
        from workbench.variants.foreign import open_system

        for store in self.stores:
            from workbench.retrieval.stores import open_collection

            open_collection(store, f"{store.collection}_met", 1, 1)
        for reference in self.references:
            if reference.served_by is not None:
                remote(reference).check()
            if reference.system is not None:
                open_system(reference).check()

    def check_language(self, corpus: ArtifactReference) -> None:
        """Say at once where the embedded reader or a parse meets a text that it cannot read."""
        from workbench.corpus import open_corpus

        text = open_corpus(corpus.path)
        parses = any(graph.extractor == "parse" for graph in self.graphs)
        if parses and self.experiment.has_own_text:
            check_parsed(text)
        names = {reference.name for reference in [*self.references, self.writer, self.checker]}
        if "reader" not in names or text.language not in ("zh", "ja", "ko", "und"):
            return
        if text.language == "zh":
            raise WorkbenchError(
                f"The corpus {text.title!r} is Chinese, and the embedded reader reads "
                "English only.",
                f"Name a model that can, such as {CHINESE_MODELS}, or an endpoint.",
            )
        raise WorkbenchError(
            f"The corpus {text.title!r} does not look English, and the embedded reader "
            "reads nothing else.",
            "Name a model that reads its language, or an endpoint; if the text is English "
            'after all, say so: corpus={"path": …, "language": "en"}.',
        )

    # --- the inputs, stage by stage ------------------------------------------------------------

    def corpus_inputs(self) -> CorpusInputs:
        from workbench.corpus import recognition

        spec = self.experiment.corpus
        return CorpusInputs(
            sha256=self.resolved.corpus_hash,
            name=Path(spec.path).name if spec.path else None,
            language=spec.language,
            encoding=spec.encoding,
            section_words=spec.section_words,
            strip_boilerplate=spec.strip_boilerplate,
            transcriber=spec.transcriber,
            recognition=recognition.version(),
            path=Path(spec.path) if spec.path else None,
            url=spec.url,
        )

    def questions_inputs(self, corpus: ArtifactReference) -> QuestionsInputs:
        spec, prices = self.experiment.questions, None
        if spec.max_money_spent is not None:
            from workbench.costing import price_book

            prices = price_book(self.experiment.price_book).per_million(self.writer.name)
        return QuestionsInputs(
            corpus=corpus,
            spec=spec.model_copy(update={"gold": None, "writer": None, "checker": None}),
            writer=self.model(self.writer),
            checker=None if self.checker == self.writer else self.model(self.checker),
            embedding=EmbeddingInput.of(self.experiment.retrieval.embedding),
            prices=prices,
            seed=self.experiment.seed,
        )

    def messages_inputs(self, spec: LabelsSpec) -> MessagesInputs:
        """Of the stage that takes the place of ``corpus`` where messages are all the text."""
        path = Path(spec.file)
        return MessagesInputs(
            spec=spec.model_copy(update={"file": file_hash(path)}), name=path.name,
            language=self.experiment.corpus.language, path=path,
        )  # fmt: skip

    def labels_inputs(self, spec: LabelsSpec) -> LabelsInputs:
        """Of the stage that takes the place of ``questions`` where messages are labelled."""
        asked = self.experiment.questions
        return LabelsInputs(
            spec=spec.model_copy(update={"file": file_hash(Path(spec.file))}),
            train=asked.train_facts, dev=asked.dev, test=asked.test, near=asked.near_duplicate,
            embedding=EmbeddingInput.of(self.experiment.retrieval.embedding),
            seed=self.experiment.seed, path=Path(spec.file),
        )  # fmt: skip

    def index_inputs(
        self, corpus: ArtifactReference, variant: VariantSpec | None = None
    ) -> IndexInputs:
        """The experiment's index, or that of a variant with a search of its own."""
        passages = (variant and variant.passages) or self.experiment.passages
        retrieval = self.retrieval(variant)
        return IndexInputs(
            corpus=corpus,
            chunk_size=passages.chunk_size,
            chunk_overlap=passages.chunk_overlap,
            tokenizer=self.model(self.experiment.model.reference()),
            # Where there is no text to search, nothing is searched: the index is but a form.
            vectors=retrieval.mode != "bm25" and self.experiment.has_own_text,
            embedding=EmbeddingInput.of(retrieval.embedding),
            window_words=retrieval.window_words,
            split=passages.split,
            read=passages.read,
            headings=passages.headings,
            only=passages.only,
            context=None
            if passages.context is None
            else SituatingInput.of(passages.context, self.model(self._situating(passages.context))),
            graph=self._graph(retrieval),
            store=None if retrieval.store is None else StoreInput.of(retrieval.store),
        )

    def _situating(self, spec: SituatingSpec) -> ModelReference:
        """The model that writes the context of passages."""
        return spec.reference(self.experiment.model.reference())

    def _graph(self, retrieval: RetrievalSpec) -> GraphInput | None:
        """How the graph is read that a search asks for; None where none is, or there is no text."""
        own = retrieval.own_graph
        if own is None or not self.experiment.has_own_text:
            return None
        model = own.reference()
        return GraphInput(
            extractor=own.extractor, model=None if model is None else self.model(model),
            relations=own.relations,
        )  # fmt: skip

    def retrieval(self, variant: VariantSpec | None = None) -> RetrievalSpec:
        """The experiment's way of finding passages, or a variant's own."""
        return (variant and variant.retrieval) or self.experiment.retrieval

    def retriever_inputs(
        self, index: ArtifactReference, questions: ArtifactReference, withheld: tuple[str, ...],
        variant: VariantSpec | None = None,
    ) -> RetrieverInputs:  # fmt: skip
        """The training of the experiment's retriever, or of a variant's own."""
        spec = self.retrieval(variant)
        assert spec.tuned is not None, "only what is to be trained has a training"
        return RetrieverInputs(
            tuned=spec.tuned, embedding=EmbeddingInput.of(spec.embedding),
            window_words=spec.window_words, index=index, questions=questions, withheld=withheld,
            seed=self.experiment.seed,
        )  # fmt: skip

    def search(
        self, index: ArtifactReference, variant: VariantSpec | None = None,
        tuned: ArtifactReference | None = None,
    ) -> SearchInput:  # fmt: skip
        """The experiment's way of searching an index, or a variant's own, with what was trained."""
        spec, mapped = self.retrieval(variant), None
        if tuned is not None and spec.tuned is not None:
            mapped = trained_map(spec.tuned, tuned)
            spec = learned(spec, tuned)
        reranks = spec.rerank == "likelihood"
        writer = spec.query_writer(self.experiment.model.reference())
        return SearchInput(
            index=index,
            retrieval=spec,
            embedding=EmbeddingInput.of(spec.embedding),
            reranker=self.model(self.experiment.model.reference()) if reranks else None,
            writer=None if writer is None else self.model(writer),
            query_map=mapped,
        )

    def adapter_inputs(
        self,
        plan: AdapterPlan,
        corpus: ArtifactReference,
        questions: ArtifactReference,
        search: SearchInput,
        withheld: tuple[str, ...] = (),
        replies: ArtifactReference | None = None,
    ) -> AdapterInputs:
        experiment = self.experiment
        reading = None
        if plan.format == "raft":
            reading = ReadingInputs(search=search, decoding=experiment.decoding)
        return AdapterInputs(
            format=plan.format,
            tuning=plan.tuning,
            model=self.model(plan.model),
            prompts=PromptInput.of(
                plan.model, experiment.purpose, experiment.prompts, self.labels, plan.prompt
            ),
            corpus=corpus,
            questions=questions,
            reading=reading,
            withheld=withheld,
            seed=experiment.seed,
            prune=plan.prune,
            replies=replies,
            preferring=self._preferring(plan.tuning, corpus),
        )

    def tuned(self, inputs: AdapterInputs) -> tuple[Stage[Any, Any], Inputs]:
        """What trains an adapter: the stage of this machine, or a job at the provider."""
        if inputs.tuning.hosted is None:
            return ADAPTER, inputs
        return HOSTED, HostedInputs.of(inputs, self.experiment.price_book)

    def _preferring(self, tuning: TuningSpec, corpus: ArtifactReference) -> PreferringInputs | None:
        """What preferences read beside; None where there are none."""
        own, experiment = tuning.preferences, self.experiment
        if own is None:
            return None
        from workbench.corpus import open_corpus
        from workbench.evaluation.metrics import without_judge
        from workbench.questions import place_gold

        path = None if own.labels is None else Path(own.labels)
        gold: tuple[str, ...] = ()
        given = experiment.questions.gold
        if path is not None and given is not None:
            placed = place_gold(Path(given), open_corpus(corpus.path))
            gold = tuple(question.text for question in placed)
        return PreferringInputs(
            metric=without_judge(experiment.decision.metric), decoding=experiment.decoding,
            # What it judges of the exam's answers, and how many, is nothing to the pairs.
            judge=JudgeSpec(**{
                key: getattr(experiment.judge, key)
                for key in JudgeSpec.model_fields if key not in ("metrics", "rubric", "sample")
            }) if own.judged else None,
            labels=None if path is None else file_hash(path), gold=gold, path=path,
            price_book=experiment.price_book,
        )  # fmt: skip


def asking_stages(
    plan: RunPlan, systems: SystemsInputs, exam: str
) -> Iterator[tuple[Stage[Any, Any], Inputs]]:
    """The stages that work in the run's own folder, in order; ``exam`` is the lock's hash."""
    # Of the variants those that could be built, as they were built.
    experiment = plan.experiment.model_copy(
        update={"variants": systems.variants, "tuning": systems.tuning}
    )
    yield ANSWERS, AnswersInputs(systems=systems, exam=exam)
    yield LATENCY, LatencyInputs(systems=systems, exam=exam, spec=experiment.latency)
    if any(variant.retrieves for variant in variants_of(experiment)):
        yield SEARCH, SearchInputs(search=systems.search, own=systems.searches, exam=exam)
    forgetting = ForgettingInputs.of(experiment, systems.adapters)
    if forgetting is not None:
        yield FORGETTING, forgetting
    if experiment.sensitivity.questions:
        yield (
            SENSITIVITY,
            SensitivityInputs(
                systems=systems,
                exam=exam,
                spec=experiment.sensitivity,
                writer=plan.model(plan.writer),
                budget_tokens=experiment.questions.max_tokens_spent,
                seed=experiment.seed,
            ),
        )
    if experiment.refusal_probes:
        yield MUST_REFUSE, MustRefuseInputs(systems=systems, requests=experiment.refusal_probes)
    if experiment.judge is not None:
        yield JUDGE, JudgeInputs(spec=experiment.judge, experiment=experiment, exam=exam)
    book = experiment.price_book
    prices = None if book is None else file_hash(Path(book))
    yield SCORES, ScoresInputs(experiment=experiment, exam=exam, price_book=prices)


def settled_exam(plan: RunPlan, corpus: ArtifactReference, questions: ArtifactReference) -> Exam:
    """What is sat and what is trained on, of the written questions and the experiment's own.

    Raises WorkbenchError where there is too little of both, and where a training question gives
    an exam question away, unless leaks are allowed.
    """
    from workbench.corpus import open_corpus
    from workbench.questions import Exam, load, place_gold, require_clean, settle
    from workbench.questions.dataset.yields import read_yield

    folder, spec = questions.path, plan.experiment.questions
    if spec.labels is not None:
        require_clean(read_json(folder / "certificate.json"), plan.experiment.allow_leaks)
        return Exam(load(folder))
    gold = [] if spec.gold is None else place_gold(Path(spec.gold), open_corpus(corpus.path))
    exam = settle(
        load(folder), gold, spec, read_yield(folder),
        read_json(folder / "plan.json")["plan"]["unseen"], training=bool(plan.in_need),
        embed=plan.embed,
    )  # fmt: skip
    if not exam.on_gold:
        require_clean(read_json(folder / "certificate.json"), plan.experiment.allow_leaks)
    if not exam.trains:
        plan.without_training()  # says at once where too little is left
    return exam
