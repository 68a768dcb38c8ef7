"""How the passages that answer a question are found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    Tag,
    model_serializer,
    model_validator,
)

from workbench.experiment.graph import GraphSpec
from workbench.experiment.retrieval_search import RetrievalSearchSpec, put_aside
from workbench.experiment.secrets import Address, VariableName
from workbench.experiment.spec import Count, Named, Positive, Share, Spec, without_later
from workbench.experiment.stores import StoreSpec
from workbench.types import ModelReference

#: What a model may write to search with.
QueryForm = Literal["hyde", "several", "rewritten", "decomposed"]
#: The form that a model can write which only rewords.
REWORDING = "several"
#: Keys that stored specifications do not know, with what held before there were any.
_LATER: dict[str, Any] = {
    "mmr": None, "query": None, "queries": 3, "query_model": None, "tuned": None,
    "graph_weight": 0.0, "graph": None, "store": None, "search": None,
    "sparse": None,
}  # fmt: skip


class QueryModelSpec(Spec):
    """The model that writes what is searched with: a hub name or folder, or an endpoint's model."""

    written_short: ClassVar[str | None] = "name"

    name: Named
    endpoint: Address | None = None
    key_env: VariableName | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None

    def reference(self) -> ModelReference:
        """The value that the model loaders take."""
        return ModelReference(**self.model_dump(), precision="float32")


class EmbeddingSpec(Spec):
    """An embedding model with more said of it than its name.

    With ``endpoint`` it is asked over OpenAI's ``/embeddings``; else it is a folder or hub name.
    ``dimensions`` keeps so many of a vector's first numbers, which models are trained for that are
    called Matryoshka (Kusupati et al. 2022). ``query_prefix`` and ``passage_prefix`` are the words
    that the model wants before each; not given, those that it carries, or that are known of E5,
    BGE, Qwen3 and others; an empty text is none.
    """

    name: Named
    endpoint: Address | None = None
    key_env: VariableName | None = None
    dimensions: Positive | None = None
    query_prefix: str | None = None
    passage_prefix: str | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 60.0

    @model_validator(mode="after")
    def _is_reached(self) -> EmbeddingSpec:
        if self.endpoint is None and self.key_env is not None:
            raise ValueError("key_env is for an endpoint, and none is named")
        if self.endpoint is not None and not self.endpoint.startswith(("http://", "https://")):
            raise ValueError("an endpoint is written as http://host:port/v1 or https://…")
        return self


#: An embedding model by its name, or with all that is said of it.
Embedding = str | EmbeddingSpec
_BY_NAME, _DESCRIBED = "by its name", "described"
#: The ways of writing an embedding, which pydantic names in the place of a fault; no keys.
WAYS = (_BY_NAME, _DESCRIBED)


def _written(value: Any) -> str:
    return _BY_NAME if isinstance(value, str) else _DESCRIBED


class RetrieverTuningSpec(Spec):
    """How a retriever is trained on the training questions and their evidence.

    ``embedding`` tunes the embedding model (Karpukhin et al. 2020), after which the corpus is
    embedded anew; ``query_map`` a linear map of the question's vectors alone, which leaves the
    index as it is; ``cross_encoder`` a model that reads question and passage together and reranks
    (from ``base``, or the embedding's weights). ``negatives`` are passages for each question that
    share its words and do not answer. ``held_out`` is the share of sections whose questions choose
    the epoch: where none is better than the untrained model, that is kept.
    """

    written_short: ClassVar[str | None] = "method"

    method: Literal["embedding", "query_map", "cross_encoder"] = "embedding"
    epochs: Positive = 2
    learning_rate: Annotated[float, Field(gt=0)] | Literal["auto"] = "auto"
    batch_size: Positive = 32
    negatives: Count = 1
    held_out: Share = 0.2
    base: Named | None = None


class SparseSpec(Spec):
    """A learned sparse search by a SPLADE model, and its share in the fused score."""

    written_short: ClassVar[str | None] = "model"

    model: Named
    weight: Share = 0.3


class RankingSpec(Spec):
    """A chat model that ranks the candidates: ``query_model``, or the experiment's own.

    ``listwise`` shows it all candidates of a question at once and asks for their order, which is
    one call a question; ``pointwise`` asks of each candidate whether it answers.
    """

    llm: Literal["listwise", "pointwise"]


class RetrievalSpec(Spec):
    """How passages are found. ``lexical_weight`` is the share of BM25 in the fused score.

    ``window_words`` is the length of the stretches of a passage that each word of a question is
    compared with. Both defaults were chosen on the train half of FairytaleQA. ``mmr`` chooses among
    the candidates those that say something new (maximal marginal relevance, Carbonell & Goldstein
    1998): 1 goes by the question alone, less shuns what is like a passage that was taken.

    ``rerank`` has a second look at the candidates: a cross-encoder by its name or folder,
    ``likelihood`` (how probable the model holds the question, given the passage: UPR, Sachan et al.
    2022), or ``{llm: listwise}``, a chat model's word; ``rerank_weight`` is its share.

    ``query`` has a model write what is searched with: a passage that would answer (``hyde``, Gao et
    al. 2022), ``queries`` other wordings (``several``), a search query in the question's place
    (``rewritten``), or ``queries`` sub-questions at the most (``decomposed``). That is
    ``query_model``, or else the experiment's own. ``tuned`` trains the retriever on the training
    questions and their evidence.

    ``mode: graph`` finds by a knowledge graph of the text, ``graph_weight`` is its share in the
    fused score beside both others, ``graph`` says how it is made; without any of the three none is
    made. ``store`` keeps the passages' vectors in a vector database, which then proposes passages
    in FAISS' place; None keeps them with the index. ``search`` tries settings before the run.
    ``sparse`` names a SPLADE model whose search has a share in the fused score, or searches alone
    (``mode: sparse``).
    """

    embedding: Annotated[
        Annotated[Named, Tag(_BY_NAME)] | Annotated[EmbeddingSpec, Tag(_DESCRIBED)],
        Discriminator(_written),
    ] = "all-MiniLM-L6-v2"
    mode: Literal["fused", "dense", "bm25", "sparse", "graph"] = "fused"
    top_k: Positive = 3
    candidates: Positive = 20
    lexical_weight: Share = 0.4
    window_words: Positive = 3
    rerank: Named | RankingSpec | None = None
    rerank_weight: Share = 0.3
    mmr: Share | None = None
    query: QueryForm | None = None
    queries: Annotated[int, Field(ge=1, le=10)] = 3
    query_model: QueryModelSpec | None = None
    tuned: RetrieverTuningSpec | None = None
    graph_weight: Share = 0.0
    graph: GraphSpec | None = None
    store: StoreSpec | None = None
    search: RetrievalSearchSpec | None = None
    sparse: SparseSpec | None = None

    @model_validator(mode="before")
    @classmethod
    def _lists_are_searched(cls, values: Any) -> Any:
        return put_aside(values) if isinstance(values, Mapping) else values

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), _LATER)

    @model_validator(mode="after")
    def _writes_what_it_names(self) -> RetrievalSpec:
        if self.query is None and self.query_model is not None and self.ranking is None:
            raise ValueError(
                "query_model is to write queries or to rank, and retrieval.query says not which: "
                "take hyde, several, rewritten or decomposed, or rerank: {llm: listwise}"
            )
        return self

    @model_validator(mode="after")
    def _trains_what_searches(self) -> RetrievalSpec:
        if self.tuned is None:
            return self
        if self.search is not None:
            raise ValueError(
                "a tuned retriever learns from the questions that a search judges by: leave "
                "retrieval.tuned out here; as a variant it sits the exam beside the others: "
                "{name: tuned_rag, context: retrieval, retrieval: {tuned: embedding}}"
            )
        if self.mode == "bm25" and self.tuned.method != "cross_encoder":
            raise ValueError(
                f"retrieval.tuned trains the search by meaning ({self.tuned.method}), and mode is "
                "bm25: take mode fused or dense, or tuned: cross_encoder"
            )
        if self.rerank is not None and self.tuned.method == "cross_encoder":
            raise ValueError(
                "a tuned cross-encoder reranks by itself: leave retrieval.rerank out, or name it "
                "as what to begin from (retrieval.tuned.base)"
            )
        return self

    @property
    def embedding_name(self) -> str:
        """The name by which prices and people know the embedding."""
        return self.embedding if isinstance(self.embedding, str) else self.embedding.name

    @property
    def embedding_key(self) -> str:
        """A text that tells one embedding from another: its name, or all that is said of it."""
        own = self.embedding
        return (
            own if isinstance(own, str) else own.model_dump_json(exclude={"key_env", "timeout_s"})
        )

    @property
    def embedding_endpoint(self) -> str | None:
        """Where text is sent to be embedded; None: nowhere."""
        return None if isinstance(self.embedding, str) else self.embedding.endpoint

    @property
    def beside(self) -> RetrievalSpec:
        """The same with all of its index beside it, and nothing in a database."""
        graph = None if self.graph is None else self.graph.model_copy(update={"store": None})
        return self.model_copy(update={"store": None, "graph": graph})

    def settled(self) -> RetrievalSpec:
        """The same, no longer to be searched."""
        return self if self.search is None else self.model_copy(update={"search": None})

    @property
    def used(self) -> str:
        """The part of the search that is shown: its mode, ``reranked``, or ``refined`` by more."""
        if self.mmr is not None or self.query is not None:
            return "refined"
        return self.bare if self.rerank is None else "reranked"

    @model_validator(mode="after")
    def _names_a_sparse_model(self) -> RetrievalSpec:
        if self.mode == "sparse" and self.sparse is None:
            raise ValueError(
                "retrieval.mode is sparse, and no model is named: give retrieval.sparse the name "
                "or folder of a SPLADE model"
            )
        return self

    @property
    def bare(self) -> str:
        """The same without what is done before and after: the mode, or what is fused with it."""
        if self.mode == "fused" and self.graph_weight > 0:
            return "with_graph"
        return "with_sparse" if self.mode == "fused" and self.sparse is not None else self.mode

    @property
    def parts(self) -> tuple[str, ...]:
        """What its index can be searched by alone."""
        if self.mode == "bm25":
            return ("bm25",)
        graph = () if self.own_graph is None else ("graph",)
        sparse = () if self.sparse is None else ("sparse",)
        fused = (self.bare,) if self.bare.startswith("with_") else ()
        return ("bm25", "dense", "fused", *sparse, *graph, *fused)

    def alone(self, part: str) -> RetrievalSpec:
        """One part of this search, with nothing done before or after it."""
        own = {"rerank": None, "mmr": None, "query": None, "query_model": None}
        if part.startswith("with_"):
            return self.model_copy(update=own)
        sparse = self.sparse if part == "sparse" else None
        return self.model_copy(update={**own, "mode": part, "graph_weight": 0.0, "sparse": sparse})

    @property
    def cross_encoder(self) -> str | None:
        """The cross-encoder that reranks, by its name or folder; None where none does."""
        named = isinstance(self.rerank, str) and self.rerank != "likelihood"
        return self.rerank if named and isinstance(self.rerank, str) else None

    @property
    def ranking(self) -> str | None:
        """How a chat model ranks the candidates; None where none does."""
        return self.rerank.llm if isinstance(self.rerank, RankingSpec) else None

    def query_writer(self, own: ModelReference) -> ModelReference | None:
        """The model that writes what is searched with, or ranks what is found, ``own`` being the
        experiment's; or None."""
        if self.query is None and self.ranking is None:
            return None
        return own if self.query_model is None else self.query_model.reference()

    @property
    def searches_sparse(self) -> bool:
        """Whether what is found depends on the sparse model."""
        return self.sparse is not None and self.mode in ("fused", "sparse")

    @property
    def searches_graph(self) -> bool:
        """Whether what is found depends on the graph."""
        return self.mode == "graph" or (self.mode == "fused" and self.graph_weight > 0)

    @property
    def shown_triples(self) -> int:
        """How many triples of the graph stand before the passages that are shown."""
        return 0 if self.graph is None else self.graph.shown

    @property
    def own_graph(self) -> GraphSpec | None:
        """The graph that is made of the text; None where none is asked for."""
        asked = self.searches_graph or self.graph is not None
        return (self.graph or GraphSpec()) if asked else None
