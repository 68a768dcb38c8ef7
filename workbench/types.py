"""The words of the workbench as frozen values, and the Protocols at its seams.

Standard library only: every other module may import this one, and this one imports nothing.
Offsets are positions in the document's text (Python string indices, end exclusive). Scores run
from 0 to 1, times are in seconds (``_s``), and money carries its currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

Role = Literal["train", "dev", "test"]
Stratum = Literal["reworded", "same_section", "unseen"]
Kind = Literal[
    "factoid",
    "why_how",
    "multi_hop",
    "reversed",
    "comparison",
    "order",
    "summary",
    "unanswerable",
    "behaviour",
    "label",
]

STRATA: tuple[Stratum, ...] = ("reworded", "same_section", "unseen")
KINDS: tuple[Kind, ...] = (
    "factoid",
    "why_how",
    "multi_hop",
    "reversed",
    "comparison",
    "order",
    "summary",
    "unanswerable",
    "behaviour",
    "label",
)


# --- the corpus -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Document:
    """One file of the corpus. ``edition`` is the hash of its text; ``language`` is ISO 639-1."""

    id: str
    text: str
    edition: str
    title: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Section:
    """A chapter, or a stretch of some 600 words where there is none. Sections never overlap.

    Splits, clusters and evidence live on sections, so that they do not change with the model.
    """

    id: str
    document: str
    start: int
    end: int
    title: str
    text: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """What retrieval indexes; ``document.text[start:end] == passage.text`` always."""

    document: str
    start: int
    end: int
    text: str
    section: str

    @property
    def id(self) -> str:
        """``document:start-end``."""
        return f"{self.document}:{self.start}-{self.end}"


# --- the exam ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """A span of a document that supports an answer; ``quote`` is its text."""

    document: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question with its reference answers; unanswerable ones have none.

    ``id`` is a content hash made at creation; it stays through edits, which ``rev`` counts.
    ``fact`` names the piece of knowledge asked about: questions on one fact are wordings of each
    other. ``cluster`` is the id of the section that the evidence stands in.
    """

    id: str
    text: str
    answers: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()
    kind: Kind = "factoid"
    role: Role = "test"
    stratum: Stratum | None = None
    fact: str | None = None
    cluster: str | None = None
    origin: str = "written"
    edition: str | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    rev: int = 0

    def to_record(self) -> dict[str, Any]:
        """The question as one JSON object of the exchange format."""
        # Not by asdict, which copies every word of it: an exam may have 100,000 of these.
        record = {name: getattr(self, name) for name in Question.__slots__}
        record["evidence"] = tuple(map(asdict, self.evidence))
        record["tags"] = deepcopy(dict(self.tags)) if self.tags else {}
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Question:
        """The inverse of :meth:`to_record`; missing optional keys take their defaults.

        Raises KeyError or TypeError where the record is not a question; importers turn these
        into an error that names the file and the line.
        """
        known = {key: record[key] for key in cls.__slots__ if key in record}
        known["answers"] = tuple(record["answers"])
        known["evidence"] = tuple(Evidence(**item) for item in record.get("evidence") or ())
        known["tags"] = dict(record.get("tags") or {})
        return cls(**known)


# --- models -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ModelReference:
    """Which model answers: a name or path with device, precision and adapter, or an endpoint.

    ``name`` is ``reader`` (the embedded model), a hub name, a local path, or the name that an
    endpoint knows the model by. ``endpoint`` is the base URL of an OpenAI-compatible API and
    ``key_env`` the environment variable that holds its key. ``adapter`` is a folder of what
    was tuned, or None. ``quantization`` (none, int8, nf4) is how a local model's weights are held.
    ``served_by`` is the base URL of a vLLM server that answers for a local model and its adapters.
    ``task`` is ``classify`` for an encoder that names one of a closed set of labels. ``system`` is
    the specification, as JSON, of a system of another make that stands in a model's place.
    ``replicas`` are further base URLs at which the same model answers.
    """

    name: str = "reader"
    device: str = "auto"
    precision: str = "auto"
    adapter: str | None = None
    endpoint: str | None = None
    key_env: str | None = None
    context_window: int | None = None
    timeout_s: float = 60.0
    requests_per_minute: float | None = None
    quantization: str = "none"
    served_by: str | None = None
    task: str = "generate"
    system: str | None = None
    replicas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One chat turn; ``role`` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is given. A model without a chat template sees the contents joined.

    ``reply_schema`` is the JSON schema (as text) of the reply that the messages ask for: an
    endpoint is asked to hold its model to it, a local model goes by the messages alone.
    """

    messages: tuple[Message, ...]
    reply_schema: str | None = None

    @property
    def text(self) -> str:
        """All contents joined by blank lines: for logs, hashes and display."""
        return "\n\n".join(message.content for message in self.messages)


@dataclass(frozen=True, slots=True)
class Decoding:
    """How an answer is drawn; temperature 0 is greedy.

    ``max_new_tokens`` is for the answer, ``thinking_tokens`` for what a model thinks before it (0:
    it is told not to, where its template knows how). ``confidence`` asks an endpoint for its
    tokens' probabilities; local models always tell.
    """

    max_new_tokens: int = 32
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0
    confidence: bool = False
    thinking_tokens: int = 0

    @property
    def most_new_tokens(self) -> int:
        """Tokens that a reply may have in all."""
        return self.max_new_tokens + self.thinking_tokens


Finish = Literal["stop", "length", "error"]


@dataclass(frozen=True, slots=True)
class Completion:
    """One reply of a model. ``seconds`` is its share of the batch; ``error`` says what failed, and
    ``passing`` that asking again may succeed.

    ``confidence`` is the geometric mean of its tokens' probabilities, 0 to 1 (exp of the mean
    log-likelihood); None where the model does not tell. ``passages`` are the texts that a system
    of another make says it rests on, and ``cost`` the money that it says the reply took.
    """

    text: str
    input_tokens: int
    output_tokens: int
    seconds: float
    finish: Finish = "stop"
    error: str | None = None
    confidence: float | None = None
    passing: bool = False
    passages: tuple[str, ...] = ()
    cost: float | None = None


class LanguageModel(Protocol):
    """A model behind one face, whether local or behind an endpoint.

    ``prompt_format`` names the folder of prompt files that suits the model (``chat`` or
    ``reader``); ``context_window`` is in tokens, prompt and completion together.
    """

    @property
    def reference(self) -> ModelReference: ...

    @property
    def prompt_format(self) -> str: ...

    @property
    def context_window(self) -> int: ...

    def count_tokens(self, text: str) -> int:
        """Tokens of ``text`` alone, without special tokens (an estimate for endpoints)."""
        ...

    def complete(self, prompts: Sequence[Prompt], decoding: Decoding) -> list[Completion]:
        """One completion per prompt, in the given order; a failure is a completion with error."""
        ...

    def stream(self, prompt: Prompt, decoding: Decoding) -> Iterator[str]:
        """The pieces of one completion as they come; their concatenation is its text.

        One piece per generated token as far as the model shows them, so that a caller who
        clocks the pieces measures time to first token and per token.
        """
        ...

    def log_likelihood(self, prompts: Sequence[Prompt], completions: Sequence[str]) -> list[float]:
        """Mean natural-log probability per token of each completion given its prompt.

        Raises WorkbenchError where the model cannot tell (most endpoints).
        """
        ...

    def with_adapter(self, adapter: str | None) -> LanguageModel:
        """The same weights with another adapter folder (None: the base model); memory is shared."""
        ...


# --- variants ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A passage that retrieval found, with its final score (higher is better) and rank from 1."""

    passage: Passage
    score: float
    rank: int


class Retriever(Protocol):
    """Search over the passages of one corpus."""

    def retrieve(self, queries: Sequence[str], k: int) -> list[list[Retrieved]]:
        """The best ``k`` passages for each query, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote to search with for one question, and what that took.

    ``texts`` are all that is searched with, the question itself where it is.
    """

    texts: tuple[str, ...]
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Context:
    """What a provider lays beside the question before the model answers.

    ``share`` says what part of the corpus (0 to 1) the model gets to see, where that is known.
    ``search_tokens`` are those that a model read and wrote so that it could be searched with.
    The first ``told`` passages are what a graph says: triples with their sentences.
    """

    passages: tuple[Retrieved, ...] = ()
    examples: tuple[Question, ...] = ()
    share: float | None = None
    seconds: float = 0.0
    search_tokens: tuple[int, int] = (0, 0)
    told: int = 0


class ContextProvider(Protocol):
    """Where a variant's context comes from: nothing, examples, whole text, retrieval, evidence."""

    def contexts(self, questions: Sequence[Question]) -> list[Context]:
        """One context per question, in order. ``seconds`` is each one's share of the time."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """One variant's reply to one question, as it is recorded.

    ``passages`` are passage ids in the order of their ranks; ``status`` is ``answered``,
    ``failed`` (``error`` says why, ``passing`` that asking again may help), ``refused`` or
    ``skipped`` (imported answers only).
    ``confidence`` is the completion's (0 to 1), None where it is not known; ``held_back`` is the
    reply that the variant gave up for a refusal because its confidence was too low.
    ``signal`` is what told whether to reply where that was not the confidence (0 to 1).
    ``search_input_tokens`` and ``search_output_tokens`` are those of the model that wrote what was
    searched with, where one did. ``texts`` are those of the passages where they are a system's
    own, and ``cost`` the money of this answer where that is known of itself.
    """

    question: str
    variant: str
    text: str
    input_tokens: int
    output_tokens: int
    seconds: float
    retrieval_s: float = 0.0
    passages: tuple[str, ...] = ()
    finish: str = "stop"
    status: str = "answered"
    error: str | None = None
    confidence: float | None = None
    held_back: str | None = None
    passing: bool = False
    search_input_tokens: int = 0
    search_output_tokens: int = 0
    texts: tuple[str, ...] = ()
    cost: float | None = None
    signal: float | None = None

    @property
    def certainty(self) -> float | None:
        """What tells whether to give the reply: the signal that was asked for, or confidence."""
        return self.confidence if self.signal is None else self.signal

    def to_record(self) -> dict[str, Any]:
        """The answer as one JSON object; what no model wrote has no tokens there, and what only
        systems of another make tell is not in those of others."""
        # Not by asdict, which copies every word of it: large runs have a million of these.
        record = {name: getattr(self, name) for name in Answer.__slots__}
        if self.signal is None:
            del record["signal"]
        if not (self.search_input_tokens or self.search_output_tokens):
            del record["search_input_tokens"], record["search_output_tokens"]
        if not self.texts:
            del record["texts"]
        if self.cost is None:
            del record["cost"]
        return record


@dataclass(frozen=True, slots=True)
class Latency:
    """One question asked alone, warm. Seconds; ``per_token_s`` is None for one-token answers."""

    question: str
    variant: str
    retrieval_s: float
    first_token_s: float
    per_token_s: float | None
    total_s: float
    output_tokens: int


# --- evaluation -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Score:
    """One metric on one answer; None where it could not be scored (counted, never zero)."""

    question: str
    variant: str
    metric: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval, over ``n`` questions in ``clusters`` clusters.

    ``luck`` is the share of its uncertainty that is the luck of training, where that is known.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    missing: int = 0
    level: float = 0.95
    method: str = ""
    luck: float | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two variants on one metric, paired by question. ``stratum`` None is the workload mix.

    ``luck`` is the share of the uncertainty that is the luck of training, where that is known.
    """

    metric: str
    variant: str
    baseline: str
    stratum: str | None
    n: int
    difference: float | None
    low: float | None
    high: float | None
    level: float
    p: float | None
    method: str
    luck: float | None = None


# --- progress ---------------------------------------------------------------------------------


class Progress(Protocol):
    """Where a stage tells how far it is: a bar, a log, a file, or nothing."""

    def __call__(self, done: int, total: int, note: str = "") -> None: ...


def silent(done: int, total: int, note: str = "") -> None:
    """A Progress that tells nobody."""


class Watch(Protocol):
    """Who is told of a training after each epoch, with the chance of the right dev replies.

    It may raise, and the training ends there.
    """

    def __call__(self, epoch: float, chance: float) -> None: ...


def unwatched(epoch: float, chance: float) -> None:
    """A Watch that lets every training go on."""
