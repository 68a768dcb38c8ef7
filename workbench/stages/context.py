"""The services that a stage is given beside its inputs: loaded models, opened indexes, a bar."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.engine.cache import Artifact, ArtifactCache
from workbench.engine.estimate import StageEstimate
from workbench.engine.executors import Executor, Local, Opening, R, U
from workbench.engine.inputs import ArtifactReference, Inputs
from workbench.engine.stage import Stage
from workbench.experiment.retrieval import RetrievalSpec
from workbench.stages.inputs import EmbeddingInput, ModelInput, SearchInput, SystemsInputs
from workbench.types import (
    Answer,
    LanguageModel,
    Passage,
    Progress,
    Question,
    Retriever,
    Watch,
    silent,
    unwatched,
)

if TYPE_CHECKING:
    from workbench.corpus import Corpus
    from workbench.corpus.finding import Finder
    from workbench.experiment.retrieval import Embedding
    from workbench.questions import QuestionSet
    from workbench.questions.dataset.forecast import Forecast
    from workbench.retrieval.query_forms import QueryWriter
    from workbench.variants.system import System


@dataclass(frozen=True)
class RunContext:
    """Services of one process: nothing in it changes what a stage makes.

    Models, corpora and indexes that were opened stay open for the stages that follow. ``watch``
    hears of each epoch of a training, and may end it. ``jobs`` is the folder in which jobs that are
    started elsewhere are noted, so that they can be called off. ``executor`` does the units that a
    stage's work falls into.
    """

    cache: ArtifactCache
    progress: Progress = silent
    watch: Watch = unwatched
    jobs: Path | None = None
    opened: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    executor: Executor = field(default_factory=Local)

    def spread(self, opening: Opening[U, R], units: Sequence[U]) -> Iterator[tuple[int, R]]:
        """(place, result) of each unit as they come; see :class:`Executor`."""
        return self.executor.map(opening, units, self)

    def elsewhere(self) -> RunContext:
        """The services of a process on another machine: the same artifacts, nothing opened yet."""
        return RunContext(ArtifactCache(self.cache.root))

    def reporting(self, progress: Progress) -> RunContext:
        """The same services with another bar."""
        return replace(self, progress=progress)

    def watching(self, watch: Watch) -> RunContext:
        """The same services, with somebody who hears of each epoch of a training."""
        return replace(self, watch=watch)

    def make(self, stage: Stage[Any, Any], inputs: Inputs) -> Artifact:
        """The artifact of another stage, found or made."""
        return self.cache.make(stage, inputs, self)

    def make_quietly(self, stage: Stage[Any, Any], inputs: Inputs) -> Artifact:
        """The same, with nobody who hears of the epochs of its training."""
        return self.cache.make(stage, inputs, replace(self, watch=unwatched))

    def model(self, given: ModelInput) -> LanguageModel:
        """The model of that input, loaded once per process."""
        key = ("model", given.reference)
        if key not in self.opened:
            from workbench.models import load
            from workbench.models.encoder import EncoderModel
            from workbench.models.local import LocalModel

            model = opened_system(given) if given.system is not None else load(given.reference)
            if isinstance(model, LocalModel | EncoderModel):
                model.batch_tokens = given.batch_tokens
            self.opened[key] = model
        result: LanguageModel = self.opened[key]
        return result

    def corpus(self, artifact: ArtifactReference) -> Corpus:
        """The corpus as loaded and divided."""
        from workbench.corpus import open_corpus

        result: Corpus = self._once(("corpus", artifact.id), lambda: open_corpus(artifact.path))
        return result

    def finder(self, artifact: ArtifactReference) -> Finder:
        """Where texts from elsewhere stand in a corpus."""
        from workbench.corpus.finding import Finder

        result: Finder = self._once(("finder", artifact.id), lambda: Finder(self.corpus(artifact)))
        return result

    def question_set(self, artifact: ArtifactReference) -> QuestionSet:
        """The written questions of an artifact."""
        from workbench.questions import load

        result: QuestionSet = self._once(("questions", artifact.id), lambda: load(artifact.path))
        return result

    def training_questions(
        self, artifact: ArtifactReference, without: Sequence[str]
    ) -> tuple[Question, ...]:
        """The training questions of an artifact without those of some ids."""
        away = frozenset(without)
        return tuple(q for q in self.question_set(artifact).train if q.id not in away)

    def unseen_sections(self, artifact: ArtifactReference) -> frozenset[str]:
        """The ids of the sections that the questions of an artifact keep out of training."""
        from workbench.io.files import read_json

        return frozenset(read_json(artifact.path / "plan.json")["plan"]["unseen"])

    def passages(self, index: ArtifactReference) -> tuple[Passage, ...]:
        """What the search over an index may show, in the order of the text."""
        from workbench.retrieval import shown_passages

        result: tuple[Passage, ...] = self._once(
            ("passages", index.id), lambda: tuple(shown_passages(index.path))
        )
        return result

    def retriever(self, search: SearchInput) -> Retriever:
        """The search over an index, with its reranker."""

        def opening() -> Retriever:
            from workbench.retrieval import open_index, read_larger
            from workbench.retrieval.learning import KEPT
            from workbench.retrieval.learning.query_map import read_map

            given = search.reranker
            reranker = None if given is None else self.model(given)
            retriever: Retriever = open_index(
                search.index.path, search.retrieval, reranker, self.query_writer(search),
                None if search.query_map is None else read_map(search.query_map.path / KEPT),
                self.written_queries, "" if given is None else given.model_dump_json(),
            )  # fmt: skip
            return read_larger(search.index.path, retriever)

        result: Retriever = self._once(("search", search.model_dump_json()), opening)
        return result

    def embedding(self, given: EmbeddingInput) -> EmbeddingInput:
        """The embedding that is used where that one is given."""
        return given

    @property
    def written_queries(self) -> Path:
        """The folder of what models wrote to search with, for all runs."""
        return self.cache.root / "queries"

    def query_writer(self, search: SearchInput) -> QueryWriter | None:
        """Who writes what is searched with: one for all searches that have it written alike."""
        given, spec = search.writer, search.retrieval
        if given is None:
            return None
        from workbench.retrieval.query_forms import make_writer

        identity, folder = given.model_dump_json(), self.written_queries
        result: QueryWriter = self._once(
            ("writer", spec.query, spec.queries, identity),
            lambda: make_writer(spec, self.model(given), folder, identity),
        )
        return result

    def systems(self, inputs: SystemsInputs, names: Sequence[str] | None = None) -> list[System]:
        """Every variant of the inputs, or those of ``names``, ready to answer."""
        from workbench.variants.assembly import Materials, build_systems

        models = {given.reference: given for given in inputs.models}
        materials = Materials(
            self.corpus(inputs.corpus).sections,
            self.passages(inputs.search.index),
            self.training_questions(inputs.questions, (*inputs.withheld, *inputs.examined)),
            lambda name: self.retriever(inputs.searches.get(name, inputs.search)),
            inputs.labels,
            partial(_embedded, self.embedding(inputs.search.embedding).source),
            lambda texts: self.finder(inputs.corpus).place(texts),
            lambda name: inputs.searches.get(name, inputs.search).retrieval.cross_encoder or "",
        )
        folders = {name: adapter.path / "adapter" for name, adapter in inputs.adapters.items()}
        return build_systems(
            inputs, materials, lambda reference: self.model(models[reference]), folders, names
        )

    def _once(self, key: tuple[Any, ...], opening: Any) -> Any:
        if key not in self.opened:
            self.opened[key] = opening()
        return self.opened[key]


def opened_system(given: ModelInput, with_key: bool = True) -> LanguageModel:
    """The system of another make that stands in a model's place."""
    from workbench.variants.foreign import open_system

    return open_system(given.reference, with_key)


def _embedded(source: Embedding, texts: Sequence[str]) -> Any:
    """Unit vectors of texts by that embedding."""
    from workbench.retrieval.embeddings import embed

    return embed(list(texts), source)


@dataclass
class Counts:
    """How much a run will ask, as far as a trial can tell.

    ``test``, ``gold`` and ``dev`` are questions; ``per_train`` is how many training questions each
    one of the trial stands for. ``forecast`` is None where what is written cannot be foreseen: by
    a chat model.
    """

    test: int = 0
    gold: int = 0
    dev: int = 0
    per_train: float = 1.0
    forecast: Forecast | None = None

    @property
    def asked(self) -> int:
        """Questions that every variant answers."""
        return self.test + self.gold


@dataclass(frozen=True)
class TrialContext(RunContext):
    """Services for an estimate: a folder that is thrown away, and what earlier trials found.

    An endpoint is met without its key, and called only where ``calls`` allows it. ``recorded`` is
    the folder of the run as far as it came. ``shown`` gathers answers, for a judge to be reckoned
    with, ``batch_bytes`` the memory that full batches take, ``estimated`` the stages so far,
    ``trained`` the trainings among them, by their artifacts' ids.
    """

    folder: Path = Path()
    recorded: Path = Path()
    calls: bool = False
    counts: Counts = field(default_factory=Counts)
    sample: list[Question] = field(default_factory=list)
    shown: list[Answer] = field(default_factory=list)
    batch_bytes: list[int] = field(default_factory=list)
    estimated: list[StageEstimate] = field(default_factory=list)
    trained: dict[str, StageEstimate] = field(default_factory=dict)

    @property
    def answers(self) -> StageEstimate:
        """The estimate of the answers, which those of later stages go by."""
        return next(part for part in self.estimated if part.stage == "answers")

    def texts(self) -> dict[str, str]:
        """The passages that are there to be shown, by id."""
        known = (value for key, value in self.opened.items() if key[0] == "passages")
        return {passage.id: passage.text for passages in known for passage in passages}

    def may_call(self, given: ModelInput) -> bool:
        """Whether a model may be asked: it runs here, or calling was allowed.

        A system of another make may cost money wherever it is asked.
        """
        return (given.endpoint or given.served_by) is None or self.calls

    @property
    def written_queries(self) -> Path:
        # Written anew, since what it takes is to be found out.
        return self.folder / "queries"

    def embedding(self, given: EmbeddingInput) -> EmbeddingInput:
        """That one, or the default one in the place of an endpoint that is not called."""
        called = given.spec is None or given.spec.endpoint is None or self.calls
        return given if called else EmbeddingInput.of(RetrievalSpec().embedding)

    def retriever(self, search: SearchInput) -> Retriever:
        own = self.embedding(search.embedding)
        if own != search.embedding:
            standing = search.retrieval.model_copy(update={"embedding": own.source})
            search = search.model_copy(update={"retrieval": standing, "embedding": own})
        if search.writer is not None and not self.may_call(search.writer):
            # What a server would write is not known: the question searches for itself.
            plain = search.retrieval.model_copy(update={"query": None, "query_model": None})
            search = search.model_copy(update={"retrieval": plain, "writer": None})
        if search.reranker is not None and not self.may_call(search.reranker):
            writes = search.retrieval.query_model if search.writer is not None else None
            plain = search.retrieval.model_copy(update={"rerank": None, "query_model": writes})
            search = search.model_copy(update={"retrieval": plain, "reranker": None})
        if search.index.id.startswith("trial-"):
            # A trial's index sends nothing to a store.
            search = search.model_copy(update={"retrieval": search.retrieval.beside})
        return super().retriever(search)

    def model(self, given: ModelInput) -> LanguageModel:
        if self.may_call(given):
            return super().model(given)
        if given.system is not None:
            return opened_system(given, with_key=False)
        from workbench.models import remote

        return remote(replace(given.reference, key_env=None))
