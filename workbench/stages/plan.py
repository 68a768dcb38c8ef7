"""From a resolved experiment to the typed inputs of its stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.stage import Stage
from workbench.errors import WorkbenchError
from workbench.experiment import Experiment, specification_error
from workbench.experiment.graph import GraphSpec
from workbench.experiment.identity import Resolved
from workbench.experiment.judge import JudgeSpec
from workbench.experiment.passages import SituatingSpec
from workbench.experiment.prompt_search import PromptChoice
from workbench.experiment.questions import LabelsSpec
from workbench.experiment.retrieval import RetrievalSpec
from workbench.experiment.retrieval_search import every_setting
from workbench.experiment.searching import Span
from workbench.experiment.stores import GraphStoreSpec, StoreSpec
from workbench.experiment.tuning import TuningSpec
from workbench.experiment.variant import variants_of
from workbench.experiment.variant_spec import VariantSpec
from workbench.io.files import file_hash
from workbench.stages import (
    ADAPTER,
    HOSTED,
)
from workbench.stages.adapter import AdapterInputs, MendingInputs, ReadingInputs
from workbench.stages.corpus import CorpusInputs
from workbench.stages.editions import EditionsInputs
from workbench.stages.hosted import HostedInputs
from workbench.stages.index import IndexInputs
from workbench.stages.inputs import (
    EmbeddingInput,
    ModelInput,
    PromptInput,
    SearchInput,
)
from workbench.stages.labels import LabelsInputs, MessagesInputs
from workbench.stages.preferring import PreferringInputs
from workbench.stages.questions import QuestionsInputs
from workbench.stages.retriever import RetrieverInputs
from workbench.stages.searching_inputs import index_inputs, search_input
from workbench.stages.twins import lexicon_digest
from workbench.types import ModelReference
from workbench.variants.assembly import AdapterPlan, adapter_of, model_of


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
    def graph_stores(self) -> list[GraphStoreSpec]:
        """The distinct databases that these graphs lie in."""
        found = [graph.store for graph in self.graphs if graph.store is not None]
        return list(dict.fromkeys(found))

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

    def retrieved(self, setting: Mapping[str, Any]) -> RunPlan:
        """The plan with the setting of its search that was chosen, searched no more."""
        if self.experiment.retrieval.search is None:
            return self
        chosen = self.experiment.retrieved_as(setting)
        return replace(self, resolved=replace(self.resolved, experiment=chosen))

    @property
    def tried(self) -> list[RunPlan]:
        """A plan for each way in which what is searched could be asked elsewhere.

        Raises WorkbenchError where a listed setting is none.
        """
        spec = self.experiment.retrieval.search
        if spec is None:
            return []
        over = {key: (tried.low,) if isinstance(tried, Span) else tried
                for key, tried in spec.over.items()}  # fmt: skip
        settings = every_setting(spec.model_copy(update={"over": over})) or []
        try:
            return [self.retrieved(setting) for setting in settings]
        except ValidationError as error:
            raise specification_error(error, "retrieval.search") from error

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

    @property
    def stores(self) -> list[StoreSpec]:
        """The distinct stores that its searches by vectors keep these in."""
        searches = [self.retrieval(variant) for variant in (None, *self.experiment.variants)]
        found = [one.store for one in searches if one.mode != "bm25" and one.store is not None]
        return list(dict.fromkeys(found))

    def query_writer(self, variant: VariantSpec | None) -> ModelReference | None:
        """The model that writes what the experiment, or a variant of it, searches with."""
        return self.retrieval(variant).query_writer(self.experiment.model.reference())

    # --- the inputs, stage by stage ------------------------------------------------------------

    def corpus_inputs(self, earlier: bool = False) -> CorpusInputs:
        """Of the text, or of its ``earlier`` edition."""
        from workbench.corpus import recognition
        from workbench.fairness import presidio

        spec, hashed = self.experiment.corpus, self.resolved.corpus_hash
        if earlier:
            assert self.resolved.earlier_hash is not None, "asked of two editions alone"
            spec, hashed = spec.earlier, self.resolved.earlier_hash
        return CorpusInputs(
            sha256=hashed,
            name=Path(spec.path).name if spec.path else None,
            language=spec.language,
            encoding=spec.encoding,
            section_words=spec.section_words,
            strip_boilerplate=spec.strip_boilerplate,
            transcriber=spec.transcriber,
            recognition=recognition.version(),
            path=Path(spec.path) if spec.path else None,
            revision=spec.revision,
            url=spec.url,
            mask=spec.mask,
            personal=presidio.version() if spec.personal == "presidio" else "",
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

    def editions_inputs(
        self, before: ArtifactReference, after: ArtifactReference, earlier: ArtifactReference,
        written: ArtifactReference,
    ) -> EditionsInputs:  # fmt: skip
        """Of the stage that carries the earlier edition's questions to the later one."""
        asked = self.experiment.questions
        return EditionsInputs(
            before=before, after=after, earlier=earlier, written=written,
            near=asked.near_duplicate, least_new_words=asked.least_new_words,
            embedding=EmbeddingInput.of(self.experiment.retrieval.embedding),
        )  # fmt: skip

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
        return index_inputs(self.experiment, corpus, passages, self.retrieval(variant))

    def situating_model(self, spec: SituatingSpec) -> ModelReference:
        """The model that writes the context of passages."""
        return spec.reference(self.experiment.model.reference())

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
        return search_input(self.experiment, index, self.retrieval(variant), tuned)

    def adapter_inputs(
        self,
        plan: AdapterPlan,
        corpus: ArtifactReference,
        questions: ArtifactReference,
        search: SearchInput,
        withheld: tuple[str, ...] = (),
        replies: ArtifactReference | None = None,
        start: ArtifactReference | None = None,
    ) -> AdapterInputs:
        """One training; ``start`` is the adapter that it goes on from."""
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
            start=start,
            mending=self._mending(plan.tuning),
        )

    def _mending(self, tuning: TuningSpec) -> MendingInputs | None:
        """By which words questions are told apart; None where nothing is mended."""
        if not tuning.mended:
            return None
        given = self.experiment.fairness.lexicon
        path = None if given is None else Path(given)
        return MendingInputs(lexicon=lexicon_digest(path), path=path)

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
