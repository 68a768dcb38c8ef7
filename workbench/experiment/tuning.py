"""How a model is tuned: the methods with what each needs, and the training around them.

One literal table says of each method which part of the specification is its own and at what rate it
learns; what it does to a model stands in :mod:`workbench.tuning.methods`, what it is called in
:mod:`workbench.wording`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    model_serializer,
    model_validator,
)

from workbench.experiment.fairness import Mending
from workbench.experiment.hosted import HostedSpec
from workbench.experiment.preferences import PreferenceSpec
from workbench.experiment.searching import AUTO, OWN, SearchSpec, Span, set_aside
from workbench.experiment.spec import Count, Positive, Share, Spec, without_later

Method = Literal[
    "lora", "qlora", "ia3", "bottleneck", "prefix", "prompt", "p_tuning", "bitfit", "layers", "full"
]  # fmt: skip
Optimizer = Literal["adamw", "adam", "sgd", "rmsprop", "adafactor", "adamw_8bit"]
Schedule = Literal["linear", "cosine", "constant"]


@dataclass(frozen=True, slots=True)
class MethodTraits:
    """What is known of a method before it is loaded.

    ``part`` is the key of its own specification. ``rate`` is the learning rate on the embedded
    reader; ``multiple`` what it is of LoRA's on a chat model. Weight decay
    draws weights towards zero, which is not where all of them begin (``decays``).
    """

    part: str | None
    rate: float
    multiple: float
    decays: bool = True


# Multiples by the methods' papers and peft's examples: LoRA learns at ten times the rate of full
# tuning (Schulman et al. 2025), IA3 at 3e-3 (Liu et al. 2022), prompts at 1e-2 and more (Lester et
# al. 2021), biases at 1e-3 and less (Zaken et al. 2022), bottlenecks as LoRA (He et al. 2022).
METHODS: dict[str, MethodTraits] = {
    "lora": MethodTraits("lora", 7e-4, 1),
    "qlora": MethodTraits("lora", 7e-4, 1),
    "ia3": MethodTraits("ia3", 3e-2, 15, False),
    "bottleneck": MethodTraits("bottleneck", 3e-3, 1),
    "prefix": MethodTraits("prefix", 1e-2, 50, False),
    "prompt": MethodTraits("prompt", 3e-2, 100, False),
    "p_tuning": MethodTraits("p_tuning", 1e-3, 5, False),
    "bitfit": MethodTraits(None, 2e-3, 5),
    "layers": MethodTraits("layers", 6e-4, 0.1),
    "full": MethodTraits(None, 3e-4, 0.1),
}

#: What an optimiser's rate is of AdamW's: a plain gradient is far smaller than Adam's unit steps.
OPTIMIZER_MULTIPLES: dict[str, float] = {"sgd": 300, "rmsprop": 0.3}


class LoraSpec(Spec):
    """The shape of a LoRA adapter, in peft's words: rank ``r``, scale ``alpha / r``, dropout.

    ``target_modules`` are module names, or peft's ``all-linear``. Hu et al. 2021,
    "LoRA: Low-Rank Adaptation of Large Language Models". ``use_dora`` trains the weights' lengths
    beside their directions (Liu et al. 2024); ``use_rslora`` scales by ``alpha / sqrt(r)``, which
    keeps high ranks learning (Kalajdzievski 2023).
    """

    r: Positive = 32
    alpha: Positive = 64
    dropout: Share = 0.0
    target_modules: str | tuple[str, ...] = "all-linear"
    use_dora: bool = False
    use_rslora: bool = False

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return without_later(handler(self), {"use_dora": False, "use_rslora": False})


class Ia3Spec(Spec):
    """IA3: a factor for each output of some modules. Liu et al. 2022, "Few-Shot Parameter-Efficient
    Fine-Tuning is Better and Cheaper than In-Context Learning".

    ``target_modules`` are module names or ``all-linear``; None takes what peft knows of the
    architecture, else ``all-linear``. ``feedforward_modules`` are those of them whose inputs are
    scaled instead.
    """

    target_modules: str | tuple[str, ...] | None = None
    feedforward_modules: tuple[str, ...] | None = None


class BottleneckSpec(Spec):
    """Small networks of ``size`` units behind the feed-forward of each block, or ``both`` it and
    the attention (Houlsby et al. 2019)."""

    size: Positive = 64
    after: Literal["both", "mlp"] = "both"


class PrefixSpec(Spec):
    """Learned keys and values before every prompt, in every layer (Li and Liang 2021).

    They begin as those of words of the vocabulary; with ``projection`` a network of
    ``hidden_size`` makes them while training.
    """

    virtual_tokens: Positive = 20
    projection: bool = False
    hidden_size: Positive = 128


class SoftPromptSpec(Spec):
    """Learned embeddings before every prompt, which begin as words of the vocabulary (Lester et al.
    2021)."""

    virtual_tokens: Positive = 20


class PTuningSpec(Spec):
    """Learned embeddings before every prompt, made by an ``encoder`` while training (Liu et al.
    2021)."""

    virtual_tokens: Positive = 20
    encoder: Literal["mlp", "lstm"] = "mlp"
    hidden_size: Positive = 128


class LayersSpec(Spec):
    """How many of the model's ``last`` blocks are trained."""

    last: Positive = 2


class TuningSpec(Mending):
    """How the model is tuned. ``train_on`` says on what: questions, the corpus's text, both mixed,
    or ``text_then_questions``: ``text_epochs`` of text alone (continued pre-training), then
    ``epochs`` of questions, under one warm-up and schedule. Dev says which epoch is kept, and
    when to stop, once the questions have begun.

    ``method`` is what is trained: ``lora``, ``qlora`` (LoRA on weights held in 4 bits, Dettmers et
    al. 2023), ``ia3``, ``bottleneck``, ``prefix``, ``prompt``, ``p_tuning``, ``bitfit`` (the
    biases, Zaken et al. 2022), ``layers`` (the last blocks) or ``full`` (all weights). Its own
    settings stand under its name (``qlora`` has LoRA's); those of other methods are not read.

    ``replay_share`` of the tokens are running text of the corpus, against forgetting. Text that is
    learned or replayed comes from the sections that training questions may come from; with
    ``text_from: "all"`` from the unseen ones too, and then the exam's part on unseen sections is
    marked in certificate and report.

    ``learning_rate`` is per step of ``optimizer``, with linear warm-up over ``warmup_ratio`` of the
    steps and then by ``schedule``; ``auto``, and where nothing is given, it follows method,
    optimizer and kind of model (the default shown is LoRA's). ``batch_tokens`` bounds the padded
    tokens of a batch; training stops early after ``patience`` evaluations on dev questions without
    improvement. ``neftune_alpha`` is the size of the noise on the embeddings while training (Jain
    et al. 2023, who take 5; None: none).

    A list or a range (``{low: 1e-5, high: 1e-3, log: true}``) in the place of a value is searched,
    see ``search``. ``seeds`` trains each adapter so many times, from as many seeds; all of them sit
    exam, and what training owes to luck is part of every interval. ``teacher`` names another
    variant, whose answers to the training questions are learned in the references' place
    (distillation; of a variant that sees passages: context distillation, Snell et al. 2022).
    ``preferences`` tunes the LoRA adapter further by preferences or rewards. ``canaries`` are made-
    up questions with codes by lot that are trained in, to see whether the adapter gives them away:
    such an adapter is for measuring alone.

    ``twins`` (``[gender, origin]``) trains each question that names somebody about somebody else
    too, ``reweight`` weighs all groups of an attribute alike, ``evenly`` repeats the smaller ones.

    With ``hosted`` the provider of an endpoint's model tunes it there; of all else ``epochs``,
    ``canaries``, ``twins`` and ``evenly`` alone are then read.

    What only memory and speed depend on: ``device_batch_tokens`` bounds the padded tokens that one
    pass takes, the gradients of a batch's passes being added up (None: the whole batch, or as much
    of it as has scores of a quarter of a GiB);
    ``gradient_checkpointing`` works activations out anew (None: on a GPU, from a billion parameters
    on); ``processes`` share each batch, one to a GPU, by accelerate.
    """

    method: Method = "lora"
    train_on: Literal["questions", "text", "both", "text_then_questions"] = "questions"
    text_epochs: Positive = 1
    lora: LoraSpec = LoraSpec()
    ia3: Ia3Spec = Ia3Spec()
    bottleneck: BottleneckSpec = BottleneckSpec()
    prefix: PrefixSpec = PrefixSpec()
    prompt: SoftPromptSpec = SoftPromptSpec()
    p_tuning: PTuningSpec = PTuningSpec()
    layers: LayersSpec = LayersSpec()
    optimizer: Optimizer = "adamw"
    schedule: Schedule = "linear"
    learning_rate: Annotated[float, Field(gt=0)] = METHODS["lora"].rate
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    warmup_ratio: Share = 0.06
    epochs: Positive = 12
    batch_tokens: Positive = 512
    device_batch_tokens: Positive | None = None
    gradient_checkpointing: bool | None = None
    processes: Positive = 1
    patience: Positive = 3
    checkpoint_steps: Positive = 100
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    replay_share: Share = 0.2
    neftune_alpha: Annotated[float, Field(gt=0)] | None = None
    text_from: Literal["trained", "all"] = "trained"
    seed_offset: Count = 0
    seeds: Positive = 1
    teacher: str | None = None
    search: SearchSpec | None = None
    hosted: HostedSpec | None = None
    preferences: PreferenceSpec | None = None
    canaries: Annotated[int, Field(ge=0, le=32)] = 0

    @model_validator(mode="before")
    @classmethod
    def _automatic(cls, values: Any) -> Any:
        return without_auto(set_aside(values)) if isinstance(values, Mapping) else values

    @model_validator(mode="after")
    def _rate_of_the_method(self) -> TuningSpec:
        if "learning_rate" not in self.model_fields_set:
            # Not set as a field is set: what fits another kind of model may still replace it.
            self.__dict__["learning_rate"] = default_rate(self.method, self.optimizer)
        return self

    @model_validator(mode="after")
    def _fits_together(self) -> TuningSpec:
        if self.method == "prefix" and self.gradient_checkpointing:
            raise ValueError(
                "prefix tuning lives in the cache of keys and values, which gradient_checkpointing "
                "does without: leave that out and lower device_batch_tokens instead, or take "
                "method: prompt"
            )
        return self

    @model_validator(mode="after")
    def _canaries_can_be_trained(self) -> TuningSpec:
        if self.canaries and self.train_on == "text":
            raise ValueError(
                "canaries are questions that a model is trained on: leave them out where tuning is "
                "on text alone"
            )
        return self

    @model_validator(mode="after")
    def _is_paid_for_once(self) -> TuningSpec:
        if self.hosted is not None and (self.search is not None or self.seeds > 1):
            raise ValueError(
                "each training that a provider does is paid for: leave search, lists of values and "
                "seeds out where tuning is hosted"
            )
        return self

    @model_validator(mode="after")
    def _tries_what_can_be(self) -> TuningSpec:
        if self.search is None:
            return self
        if not self.search.over:
            raise ValueError(
                "search has nothing to try: write a list or a range in the place of a value, such "
                "as learning_rate: [0.0001, 0.001]"
            )
        over = {key: self._tried(key, values) for key, values in self.search.over.items()}
        self.__dict__["search"] = self.search.model_copy(update={"over": over})
        return self

    def _tried(self, key: str, values: tuple[Any, ...] | Span) -> tuple[Any, ...] | Span:
        """The values of a key as the specification reads them; ValueError where it does not."""
        first, _, inner = key.partition(".")
        part = getattr(self, first, None) if first in type(self).model_fields else None
        if first in OWN or (part is None and first not in type(self).model_fields):
            raise ValueError(f"tuning.{key} is no setting that can be searched")
        if bool(inner) != isinstance(part, Spec):
            raise ValueError(f"tuning.{key} is no setting that can be searched")
        listed = (values.low, values.high) if isinstance(values, Span) else values
        read = [value if value == AUTO else self._read(key, value) for value in listed]
        return values if isinstance(values, Span) else tuple(dict.fromkeys(read))

    def _read(self, key: str, value: Any) -> Any:
        try:
            found: Any = self.with_values({key: value})
        except ValidationError as error:
            reason = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ValueError(f"tuning.{key}: {reason} (got {value!r})") from None
        for name in key.split("."):
            found = getattr(found, name)
        return found

    def with_values(self, values: Mapping[str, Any]) -> TuningSpec:
        """The tuning, no longer to be searched, with other values at keys such as ``lora.r``."""
        own = {name: getattr(self, name) for name in type(self).model_fields if name != "search"}
        for key, value in values.items():
            first, _, inner = key.partition(".")
            if inner:
                part = own[first]
                own[first] = {
                    **{n: getattr(part, n) for n in type(part).model_fields},
                    inner: value,
                }
            else:
                own[first] = value
        return TuningSpec(**own)

    @model_serializer(mode="wrap")
    def _of_the_method(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Also for the identity of a training: what is not read does not change it.
        own = {METHODS.get(self.method, METHODS["lora"]).part}
        if self.search is not None:
            tried = self.search.over.get("method", ())
            own |= {METHODS[name].part for name in tried} if isinstance(tried, tuple) else set()
        values = {key: value for key, value in handler(self).items() if key not in PARTS - own}
        if not self.twins:
            del values["twins"]
        later = {
            "optimizer": "adamw", "schedule": "linear", "neftune_alpha": None, "seeds": 1,
            "teacher": None, "search": None, "hosted": None, "preferences": None, "text_epochs": 1,
            "canaries": 0, "reweight": None, "evenly": None,
        }  # fmt: skip
        return without_later(values, later)

    @property
    def supervised(self) -> TuningSpec:
        """The same without what comes after it: the adapter that preferences begin with."""
        return self.model_copy(update={"preferences": None})

    @property
    def text_first(self) -> int:
        """Epochs of text alone before those of the questions."""
        return self.text_epochs if self.train_on == "text_then_questions" else 0

    @property
    def virtual_tokens(self) -> int:
        """Tokens that the method puts in front of each prompt."""
        part = METHODS[self.method].part
        return int(getattr(getattr(self, part), "virtual_tokens", 0)) if part else 0


PARTS = {traits.part for traits in METHODS.values() if traits.part is not None}


def default_rate(method: str, optimizer: str = "adamw", lora: float | None = None) -> float:
    """The learning rate of a method: the reader's, or by ``lora``, LoRA's on the model at hand.

    An unknown name gets LoRA's; that it is unknown is said by who reads it.
    """
    traits = METHODS.get(method, METHODS["lora"])
    rate = traits.rate if lora is None else traits.multiple * lora
    # Rounded so that the specification shows 0.002, not 0.0020000000000000005.
    return float(f"{rate * OPTIMIZER_MULTIPLES.get(optimizer, 1.0):.3g}")


def without_auto(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values without a learning rate that is to be chosen."""
    chosen = values.get("learning_rate", 0) in ("auto", None)
    return {k: v for k, v in values.items() if not (chosen and k == "learning_rate")}
