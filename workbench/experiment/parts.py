"""The parts of an experiment's specification, and the default of each of their keys."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from workbench.experiment.prompt_search import PromptSearchSpec
from workbench.experiment.secrets import Address, VariableName
from workbench.experiment.spec import (
    Count,
    Named,
    Positive,
    Share,
    Spec,
    without_later,
)
from workbench.fairness.masking import BY_PRESIDIO
from workbench.types import KINDS, STRATA, Decoding, ModelReference

AnswerForm = Literal["short", "sentence", "long"]


def _public(url: str) -> str:
    parts = urlsplit(url)
    names = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if "@" in parts.netloc or any(mark in name for name in names for mark in _SECRET):
        raise ValueError(
            "an address with a user, password or token would be written into the run; fetch the "
            "file by hand and give its path"
        )
    return url


def _encoding(name: str) -> str:
    if name == "auto":
        return name
    try:
        # Python's own name of it: "CP949", "cp949" and "949" are one key of the cache.
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(
            f"{name!r} is no encoding; known are utf-8, cp1250 to cp1258, gb18030, big5, cp932, "
            "cp949 and Python's others, or auto to have it found"
        ) from None


#: Kinds of question that may be asked for; a label comes from a labelled file alone.
WRITTEN = tuple(kind for kind in KINDS if kind != "label")
_SECRET = ("token", "key", "secret", "password", "signature", "sig", "auth", "credential")


PublicAddress = Annotated[str, AfterValidator(_public)]
Encoding = Annotated[str, AfterValidator(_encoding)]

#: ragas' metrics that a model judges, and the user's own rubric.
JUDGED = (
    "faithfulness", "answer_relevancy", "context_precision", "context_recall",
    "factual_correctness", "answer_correctness", "noise_sensitivity", "rubric",
)  # fmt: skip


def _first_and_replicas(values: Any, *keys: str) -> Any:
    """``endpoint: [a, b]`` as its first address, which names the model, and its replicas."""
    if not isinstance(values, Mapping):
        return values
    for key in keys:
        given = values.get(key)
        if isinstance(given, list | tuple):
            if not given:
                raise ValueError(f"{key} is an empty list: name an address, or leave it out")
            values = {**values, key: given[0], "replicas": tuple(given[1:])}
    return values


class TranscriberSpec(Spec):
    """Who writes down recordings: an endpoint's model by name, or a local speech model's folder.

    The endpoint is any that serves OpenAI's ``audio/transcriptions``; a local model is one of
    transformers' (needs soundfile). Each file may take ``timeout_s``.
    """

    written_short: ClassVar[str | None] = "name"

    name: Named
    endpoint: Address | None = None
    key_env: VariableName | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 600.0

    @property
    def reference(self) -> ModelReference:
        """The value that reading takes."""
        return ModelReference(
            self.name, endpoint=self.endpoint, key_env=self.key_env, timeout_s=self.timeout_s
        )


class CorpusSpec(Spec):
    """Where the text is: a file or folder, or a URL with checksum that is fetched once.

    ``revision`` takes file or folder as git has it at that tag, branch or commit, whatever the
    working tree holds.

    ``transcriber`` writes down the recordings among the files; without one they are not read.
    ``editions`` are two states of one text, the earlier first: the exam is on the later one, and
    what was built for the earlier is brought up to it, as each variant says.
    ``mask`` replaces personal data as the text is read: e-mail addresses, telephone numbers,
    numbers of persons, cards and accounts. The same value gets the same replacement everywhere,
    in hand-written questions too. ``personal`` is what finds it: ``patterns``, or ``presidio``
    beside them, which also knows persons, locations and addresses of machines (ip) in English.
    """

    written_short: ClassVar[str | None] = "path"

    path: Named | None = None
    revision: Named | None = None
    url: PublicAddress | None = None
    sha256: str | None = None
    language: str = "auto"
    encoding: Encoding = "auto"
    section_words: Positive = 600
    strip_boilerplate: bool = True
    transcriber: TranscriberSpec | None = None
    editions: tuple[Named, ...] = ()
    mask: tuple[Literal["email", "phone", "id", "ip", "person", "location"], ...] = ()
    personal: Literal["patterns", "presidio"] = "patterns"

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values = without_later(handler(self), {"revision": None, "personal": "patterns"})
        if not self.mask:
            del values["mask"]
        if not self.editions:
            del values["editions"]
        return values

    @model_validator(mode="before")
    @classmethod
    def _the_later_is_the_text(cls, values: Any) -> Any:
        given = values.get("editions") if isinstance(values, Mapping) else None
        if not given:
            return values
        if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != 2:
            raise ValueError("editions are two paths, the earlier first: [old, new]")
        if values.get("url") is not None:
            raise ValueError("editions are files or folders: leave url out")
        old, new = map(str, given)
        if values.get("path") is not None and str(values["path"]) != new:
            raise ValueError("the text is the later of its editions: leave path out")
        return {**values, "path": new, "editions": (old, new)}

    @property
    def earlier(self) -> CorpusSpec:
        """The earlier edition alone, read as the later one is."""
        return self.model_copy(update={"path": self.editions[0], "editions": (), "sha256": None})

    @model_validator(mode="after")
    def _finds_what_it_masks(self) -> CorpusSpec:
        names = [kind for kind in self.mask if kind in BY_PRESIDIO]
        if names and self.personal != "presidio":
            raise ValueError(
                f"mask: {', '.join(names)} are found by presidio alone: say personal: presidio"
            )
        return self

    @model_validator(mode="after")
    def _has_a_source(self) -> CorpusSpec:
        if self.revision is not None and self.editions:
            raise ValueError("editions are files or folders as they are: leave revision out")
        if self.revision is not None and self.path is None:
            raise ValueError("a revision is of a file or folder in git: name it in path")
        if self.path is None and self.url is None:
            raise ValueError("a corpus needs a path, or a url with its sha256")
        if self.url is not None and self.sha256 is None:
            raise ValueError("a corpus fetched from a url needs its sha256")
        return self


class ModelSpec(Spec):
    """A language model: the embedded ``reader``, a hub name, a local path, or an endpoint.

    ``quantization`` holds a local model's weights in 8 or 4 bits (Dettmers et al. 2022, 2023; needs
    bitsandbytes; ``int8_weights`` needs torchao, and computes in full width): all variants on that
    model are quantised alike, so that it is no part of what is compared; where it is to be, see a
    variant's ``compress``. ``endpoint`` and ``served_by`` may be lists of addresses that hold the
    same model: each gets what it keeps up with (``requests_per_minute`` is the pace of each), and
    what one that dies was asked goes to the others. The first one names the model in the run; the
    ``replicas`` are no part of its id. ``served_by`` is the base URL of a vLLM server that holds
    the same model: it answers for all variants on that model, also with the adapters that are
    trained here, which are put on it from their folders. All else (training, probes of forgetting)
    is done here. ``task: classify`` takes the model for an encoder, which is trained to name one
    of the labels of ``questions.labels``.
    """

    written_short: ClassVar[str | None] = "name"

    name: Named = "reader"
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "float32"
    adapter: Named | None = None
    endpoint: Address | None = None
    key_env: VariableName | None = None
    context_window: Positive | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    quantization: Literal["none", "int8", "nf4", "int8_weights"] = "none"
    served_by: Address | None = None
    task: Literal["generate", "classify"] = "generate"
    replicas: tuple[Address, ...] = Field(default=(), exclude=True)

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"task": "generate"})

    @model_validator(mode="before")
    @classmethod
    def _several_addresses(cls, values: Any) -> Any:
        return _first_and_replicas(values, "endpoint", "served_by")

    @model_validator(mode="after")
    def _replicas_of_a_server(self) -> ModelSpec:
        if self.replicas and self.endpoint is None and self.served_by is None:
            raise ValueError("replicas are further addresses of an endpoint: name that first")
        return self

    @model_validator(mode="after")
    def _classifies_here(self) -> ModelSpec:
        if self.task == "classify" and (self.endpoint or self.served_by or self.adapter):
            raise ValueError("a model with task: classify is trained and asked on this machine")
        if self.task == "classify" and self.name == "reader":
            raise ValueError(
                "the embedded reader writes answers; with task: classify name an encoder, such as "
                "all-MiniLM-L6-v2"
            )
        return self

    @model_validator(mode="after")
    def _can_be_served(self) -> ModelSpec:
        if self.served_by is not None and self.endpoint is not None:
            raise ValueError("served_by is for a model of this machine; an endpoint needs none")
        if self.served_by is not None and self.name == "reader":
            raise ValueError("vLLM cannot serve the embedded reader; name another model")
        return self

    def reference(self) -> ModelReference:
        """The value that the model loaders take: the model itself."""
        values = self.model_dump(exclude={"served_by"})
        return ModelReference(**values, replicas=self.replicas if self.endpoint else ())

    def answering(self) -> ModelReference:
        """The model as it answers: by the server that holds it, where one does."""
        return replace(self.reference(), served_by=self.served_by, replicas=self.replicas)


class LabelsSpec(Spec):
    """Messages with their labels, one a row: the answer is one of a closed set.

    ``file`` is CSV, JSONL, JSON or Parquet, ``text`` and ``label`` name its columns. Rows of one
    ``group`` (a column, such as the sender) are never parted between training and exam, nor are
    near-duplicates. ``names`` are the labels there are, in their order; empty: those of the file.
    ``keep`` are columns that stay with the messages, for ``fairness.groups``.
    """

    written_short: ClassVar[str | None] = "file"

    file: Named
    text: str = "text"
    label: str = "label"
    group: str | None = None
    names: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values: dict[str, Any] = handler(self)
        if not self.keep:
            values.pop("keep", None)
        return values

    @field_validator("names")
    @classmethod
    def _told_apart(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        plain = [" ".join(name.casefold().split()) for name in names]
        if len(names) == 1 or len(set(plain)) < len(plain) or not all(plain):
            raise ValueError("labels are two at least, none empty, and differ by more than case")
        return names


class QuestionSpec(Spec):
    """How many questions of each role are written, and how the corpus is split for them.

    ``unseen_share`` of the sections get no training question; ``held_out_share`` of the facts in
    the trained sections are kept for the stratum ``same_section``. ``wordings`` are train
    wordings per fact; exam questions on trained facts are further wordings, never trained, with at
    least ``least_new_words`` content words that the nearest trained wording lacks (0: another order
    of the same words will do).
    ``kinds`` are those that are written, ``shares`` what part of all questions those kinds are that
    plain sentences do not give by themselves, as far as the corpus gives them; the rest are facts,
    reasons and ways.
    ``writer`` is the model that writes them (None: the experiment's own): a hub name, or a name
    with its ``endpoint``. ``checker`` is the model that reads each question back and drops those
    that it answers otherwise with the passage in hand (None: the writer); where it sits the exam
    too, the exam holds only what it can read, and the results say so. Its tokens count into the
    writer's budget. ``gold`` is a file of questions written by hand, which are never
    filtered. They stand apart from the exam, or are the exam: where the writer finds too little for
    one, and on purpose with ``test: 0``. With ``train_facts: 0``, or where too little is found to
    train on, the variants that need training questions are left out, and the run says so.
    ``answers`` is the form of the references that a chat writer gives beside the short ones.
    With ``labels`` nothing is written: rows of a labelled file are parted into ``test``, ``dev``
    and ``train_facts`` questions of kind ``label``, each label by its share; where the file holds
    fewer rows, each role gets its part of them.
    """

    writer: ModelSpec | None = None
    checker: ModelSpec | None = None
    train_facts: Count = 200
    wordings: Positive = 4
    test: Count = 150
    dev: Positive = 40
    unseen_share: Share = 0.3
    held_out_share: Share = 0.3
    kinds: tuple[str, ...] = (
        "factoid",
        "why_how",
        "reversed",
        "multi_hop",
        "comparison",
        "order",
        "unanswerable",
    )
    shares: dict[str, Share] = Field(
        default={"multi_hop": 0.1, "comparison": 0.05, "order": 0.05, "unanswerable": 0.1}
    )
    behaviour: str | None = None
    answers: AnswerForm = "short"
    gold: Named | None = None
    labels: LabelsSpec | None = None
    near_duplicate: Share = 0.85
    least_new_words: Count = 1
    max_tokens_spent: Positive | None = None
    max_money_spent: Annotated[float, Field(gt=0)] | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"labels": None})

    @model_validator(mode="after")
    def _labels_are_the_exam(self) -> QuestionSpec:
        if self.labels is None:
            return self
        if self.gold is not None or self.behaviour is not None:
            raise ValueError("labels are an exam by themselves: leave gold and behaviour out")
        if self.test == 0 or self.train_facts == 0:
            raise ValueError("of a labelled file some rows train and some test: neither is 0")
        return self

    @field_validator("kinds")
    @classmethod
    def _kinds_exist(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [kind for kind in kinds if kind not in WRITTEN]
        if unknown:
            raise ValueError(f"unknown kind {unknown[0]!r}; the kinds are {', '.join(WRITTEN)}")
        return kinds

    @field_validator("shares")
    @classmethod
    def _shares_leave_room(cls, shares: dict[str, float]) -> dict[str, float]:
        unknown = [kind for kind in shares if kind not in WRITTEN]
        if unknown:
            raise ValueError(f"unknown kind {unknown[0]!r}; the kinds are {', '.join(WRITTEN)}")
        if sum(shares.values()) > 1:
            raise ValueError(
                f"the shares add up to {sum(shares.values()):g}, and 1 is all there is"
            )
        return shares


class DecodingSpec(Spec):
    """Decoding of answers, the same for every variant; greedy by default.

    ``thinking_tokens`` is what a thinking model may spend before its answer, beside
    ``max_new_tokens``; 0 tells it not to think, where its template knows how.
    """

    max_new_tokens: Positive = 32
    temperature: Annotated[float, Field(ge=0)] = 0.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    thinking_tokens: Annotated[int, Field(ge=0)] = 0

    def value(self, seed: int) -> Decoding:
        """The value that models take."""
        return Decoding(
            self.max_new_tokens, self.temperature, self.top_p, seed, confidence=True,
            thinking_tokens=self.thinking_tokens,
        )  # fmt: skip


class PromptSpec(Spec):
    """The form of the answer, the instruction that asks for it, and a folder of edited prompts.

    ``answer`` is ``short`` (the bare answer), ``sentence``, or ``long`` (a paragraph that cites its
    passages as [1], [2]). It sets, where they are not given, ``form``, the reply's length and the
    decisive metric, and a chat writer's references have that form; so it is the same for all.
    ``search`` tries several prompts on dev questions first, and each variant is asked with its
    best.
    """

    answer: AnswerForm = "short"
    form: str = "Answer in as few words as the question allows, without explanation."
    folder: Named | None = None
    search: PromptSearchSpec | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"search": None})


class WorkloadSpec(Spec):
    """What the assistant will face: shares of strata and kinds, volume, how often the text changes.

    The pooled figures weight the strata by these shares; without them no pooled figure exists.
    ``kinds`` are shares of the kinds of question (factoid, why_how, unanswerable, ...); None takes
    them as the exam has them. Where both are given, each question weighs what makes the shares of
    the strata and those of the kinds hold together, the exam being otherwise as it is (raking).
    """

    strata: dict[str, float] = Field(
        default_factory=lambda: {"reworded": 1 / 3, "same_section": 1 / 3, "unseen": 1 / 3}
    )
    kinds: dict[str, float] | None = None
    queries_per_month: Positive = 10_000
    updates_per_month: Annotated[float, Field(ge=0)] = 1.0

    @field_validator("kinds")
    @classmethod
    def _kind_shares(cls, kinds: dict[str, float] | None) -> dict[str, float] | None:
        return None if kinds is None else _add_up(kinds, KINDS, "kind", "the kinds")

    @field_validator("strata")
    @classmethod
    def _shares(cls, strata: dict[str, float]) -> dict[str, float]:
        return _add_up(strata, STRATA, "stratum", "the strata")


def _add_up(
    shares: dict[str, float], known: Sequence[str], text: str, several: str
) -> dict[str, float]:
    """Shares of known names that add up to 1, else ValueError in words for the user."""
    unknown = [name for name in shares if name not in known]
    if unknown:
        raise ValueError(f"unknown {text} {unknown[0]!r}; {several} are {', '.join(known)}")
    # Shares such as 0.1 add up to 1 only nearly.
    if not shares or min(shares.values()) < 0 or abs(sum(shares.values()) - 1) > 1e-6:
        raise ValueError(f"the shares of {several} must add up to 1, got {shares}")
    return shares


class DecisionSpec(Spec):
    """What the verdict weighs. ``margin`` is the smallest gain that matters (0.03: 3 points).

    ``points_per_money`` and ``points_per_second`` trade quality against cost and latency: the
    points (of 100) that one unit of the price book's currency less per 1,000 questions (the whole
    month's cost spread over its questions), or one second less for an answer (the mean, one
    question at a time), is worth. Variants are then compared by *utility*: points -
    points_per_money * cost per 1,000 - points_per_second * seconds. With neither, cost decides
    only between variants that are equal within the margin.

    With ``must_cite`` a variant without passages is out; where answers are long, so is one of whose
    claims surely less than ``least_cited`` are held by the passages that they cite.
    ``max_group_gap`` (0.1: 10 points) rules out a variant of which two groups of questions
    (``fairness.groups``) surely lie further apart.
    """

    metric: str = "f1"
    margin: Share = 0.03
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95
    points_per_money: Annotated[float, Field(ge=0)] | None = None
    points_per_second: Annotated[float, Field(ge=0)] | None = None
    max_p90_s: Annotated[float, Field(gt=0)] | None = None
    max_monthly_cost: Annotated[float, Field(gt=0)] | None = None
    must_cite: bool = False
    least_cited: Share = 0.5
    must_stay_local: bool = False
    max_group_gap: Share | None = None

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"max_group_gap": None})


class LatencySpec(Spec):
    """The single-stream pass: ``sample`` questions per variant, after ``warmup`` untimed ones."""

    sample: Count = 20
    warmup: Count = 2


class SensitivitySpec(Spec):
    """Rewording: how many exam questions (0: none) are asked again, and in how many wordings.

    Every variant answers each wording; a question's own is the first of them.
    """

    questions: Count = 0
    wordings: Annotated[int, Field(ge=2, le=6)] = 4


class JudgeSpec(Spec):
    """A chat model that judges answers with ragas' metrics: an endpoint's, or a local one by name.

    Without one nothing is judged, which is the default; another judge needs no new answers.
    ``rubric`` is your own rule: a text (pass or fail), or a text for each grade from 1 to 5.
    ``sample`` judges that many questions, drawn at random; None judges all. One reply may take
    ``reply_tokens``. The budget is checked before the start and never passed; money needs the
    model's price in the price book. Choose a judge of another family than the variants.
    """

    written_short: ClassVar[str | None] = "model"

    model: Annotated[str, Field(min_length=1)]
    endpoint: Address | None = None
    key_env: VariableName | None = None
    replicas: tuple[Address, ...] = Field(default=(), exclude=True)
    metrics: tuple[str, ...] = ("faithfulness", "factual_correctness")
    rubric: str | dict[int, str] | None = None
    sample: Positive | None = None
    reply_tokens: Positive = 1024
    timeout_s: Annotated[float, Field(gt=0)] = 60.0
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    max_tokens_spent: Positive | None = None
    max_money_spent: Annotated[float, Field(gt=0)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _several_addresses(cls, values: Any) -> Any:
        return _first_and_replicas(values, "endpoint")

    @model_validator(mode="after")
    def _judges_something(self) -> JudgeSpec:
        unknown = [name for name in self.metrics if name not in JUDGED]
        if unknown:
            raise ValueError(f"unknown metric {unknown[0]!r}; a judge knows {', '.join(JUDGED)}")
        if "rubric" in self.metrics and not self.rubric:
            raise ValueError("the metric 'rubric' needs the text of your rubric")
        if isinstance(self.rubric, dict) and sorted(self.rubric) != [1, 2, 3, 4, 5]:
            raise ValueError("a rubric of grades needs a text for each of 1, 2, 3, 4 and 5")
        if not self.wanted:
            raise ValueError("a judge needs at least one metric")
        return self

    @property
    def wanted(self) -> tuple[str, ...]:
        """The metrics to judge; a rubric that is given is one of them."""
        return tuple(dict.fromkeys((*self.metrics, *(["rubric"] if self.rubric else []))))

    def reference(self) -> ModelReference:
        """The value that the model loaders take."""
        return ModelReference(
            self.model, endpoint=self.endpoint, key_env=self.key_env, timeout_s=self.timeout_s,
            requests_per_minute=self.requests_per_minute,
            replicas=self.replicas if self.endpoint else (),
        )  # fmt: skip
