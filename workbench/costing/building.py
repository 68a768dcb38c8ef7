"""What building a variant takes: writing its training set, indexing, training, storing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from workbench.costing.book import PriceBook
from workbench.experiment.variant import Variant

BYTES_PER_GB = 1e9


@dataclass(frozen=True, slots=True)
class BuildUsage:
    """What was measured of the building, beside the seconds of the stages.

    ``train_share`` is the share of the written facts that training questions ask about: what of
    the writing tuning has to pay (None: not known, so all of it). ``writer`` is the model behind an
    endpoint that wrote, with its (input, output) ``writing_tokens``; None wrote on the machine.
    ``embedding`` is the embedding's name (None: nothing is embedded), ``embedding_tokens`` what it
    read for the index and ``query_tokens`` the mean it reads of a question, with the standard
    error of that mean; ``stored_bytes`` is what index and adapters take on disk, by stage, and
    ``trained_tokens`` what a provider billed for tuning, likewise. ``situating`` is the
    model behind an endpoint that wrote the context of passages, with its tokens and the seconds
    that it was waited for.
    """

    train_share: float | None = None
    writer: str | None = None
    writing_tokens: tuple[int, int] | None = None
    embedding: str | None = None
    embedding_tokens: int | None = None
    stored_bytes: Mapping[str, int] = field(default_factory=dict)
    query_tokens: float | None = None
    query_tokens_error: float | None = None
    trained_tokens: Mapping[str, int] = field(default_factory=dict)
    situating: str | None = None
    situating_tokens: tuple[int, int] = (0, 0)
    situating_s: float = 0.0

    @classmethod
    def of(cls, record: Mapping[str, Any] | None) -> BuildUsage:
        """From results.json; what a run did not record is not known."""
        known = {key: value for key, value in (record or {}).items() if key in cls.__slots__}
        tokens = known.get("writing_tokens")
        if "situating_tokens" in known:
            known["situating_tokens"] = tuple(known["situating_tokens"])
        return cls(**{**known, "writing_tokens": tuple(tokens) if tokens else None})

    def to_record(self) -> dict[str, Any]:
        """Ready for JSON."""
        record = asdict(self)
        if not self.trained_tokens:
            del record["trained_tokens"]  # runs that no provider tuned in know of none
        if self.situating is None:
            del record["situating"], record["situating_tokens"], record["situating_s"]
        return record


@dataclass(frozen=True, slots=True)
class Work:
    """One cause of building: seconds of the machine, and money paid elsewhere (None: unknown)."""

    seconds: float = 0.0
    paid: float | None = 0.0

    def and_more(self, other: Work) -> Work:
        """Both of it."""
        known = self.paid is not None and other.paid is not None
        paid = (self.paid or 0.0) + (other.paid or 0.0) if known else None
        return Work(self.seconds + other.seconds, paid)

    def money(self, hourly: float | None) -> float | None:
        """What it costs at that price of a machine hour; None where a price is missing."""
        if self.paid is None or (hourly is None and self.seconds):
            return None
        return self.seconds / 3600 * (hourly or 0.0) + self.paid


def by_edition(
    variant: Variant, stages: Mapping[str, float]
) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """(seconds of the stages at first, those of an update): one and the same where the text has one
    edition, and both measured where it has two."""
    if "questions:before" not in stages:
        return stages, stages
    first, again = dict(stages), dict(stages)
    first["questions"] = stages["questions:before"]
    again["questions"] = stages.get("questions:written", 0.0) + stages.get("questions", 0.0)
    first["index"] = stages.get("index:before", stages.get("index", 0.0))
    if variant.edition is None:
        return first, again
    own = next((name for name in variant.stages(stages) if name.startswith("adapter")), None)
    if variant.edition == "tuned_on" and own is not None:
        first[own] = stages.get("adapter:before", stages[own])
        return first, again
    # What is left as it was takes nothing; its search is brought up to date all the same.
    kept = ("questions", own)
    return first, {name: spent for name, spent in again.items() if name not in kept}


def building(
    variant: Variant,
    stages: Mapping[str, float],
    built: BuildUsage,
    book: PriceBook,
    lost: list[str],
) -> dict[str, Work]:
    """The work of one building by cause (writing, index, training).

    ``stages`` are seconds by stage; what is missing is added to ``lost``.
    """
    result: dict[str, Work] = {}
    for stage in variant.stages(stages):
        cause = {"questions": "writing", "index": "index"}.get(stage.split(":")[0], "training")
        work = Work(stages[stage])
        if stage == "questions":
            work = _writing(stages[stage], built, book, lost)
        elif stage == "index":
            # What an endpoint read and wrote is known of the experiment's own index alone.
            work = _index(stages[stage], built, book, lost)
        result[cause] = result[cause].and_more(work) if cause in result else work
    if variant.tuned and variant.hosted is not None:
        billed = [built.trained_tokens.get(stage) for stage in variant.stages(stages)]
        known = next((tokens for tokens in billed if tokens is not None), None)
        result["training"] = _hosted_training(variant.hosted, known, book, lost)
    if book.machine is None and any(item.seconds for item in result.values()):
        lost.append("machine.per_hour")
    return result


def storage(
    variant: Variant, stages: Mapping[str, float], built: BuildUsage, book: PriceBook
) -> float:
    """Money a month for keeping what the variant needs, as far as its size was measured."""
    size = sum(built.stored_bytes.get(stage, 0) for stage in variant.stages(stages))
    return size / BYTES_PER_GB * book.storage_per_gb_month


def _hosted_training(model: str, tokens: int | None, book: PriceBook, lost: list[str]) -> Work:
    """What the provider took for tuning; unknown, not nothing, where the book does not say."""
    price = book.endpoints.get(model)
    if price is not None and tokens is not None:
        price = price.model_copy(update={"training_tokens": tokens})
    missing = [
        f"endpoints.{model}.{key}"
        for key in ("training_per_million", "training_tokens")
        # A training that was free needs no count of tokens.
        if price is None or (getattr(price, key) is None and price.training_per_million != 0)
    ]
    lost += missing
    if missing or price is None:
        return Work(paid=None)
    return Work(paid=(price.training_tokens or 0) / 1e6 * (price.training_per_million or 0.0))


def _writing(seconds: float, built: BuildUsage, book: PriceBook, lost: list[str]) -> Work:
    """The training set's part of the writing: an endpoint is paid by token, not by our waiting."""
    share = 1.0 if built.train_share is None else built.train_share
    if built.writer is None or built.writing_tokens is None:
        return Work(seconds * share)
    price = book.endpoints.get(built.writer)
    if price is None:
        lost.append(f"endpoints.{built.writer}")
        return Work(paid=None)
    read, wrote = built.writing_tokens
    paid = read * price.input_per_million + wrote * price.output_per_million
    return Work(paid=paid / 1e6 * share)


def _index(seconds: float, built: BuildUsage, book: PriceBook, lost: list[str]) -> Work:
    """Cutting, embedding, and the context of passages: an endpoint's by token, not by our wait."""
    situating = 0.0
    if built.situating is not None:
        known = book.endpoints.get(built.situating)
        if known is None:
            lost.append(f"endpoints.{built.situating}")
            return Work(paid=None)
        read, wrote = built.situating_tokens
        situating = (read * known.input_per_million + wrote * known.output_per_million) / 1e6
        seconds = max(0.0, seconds - built.situating_s)
    price = book.embeddings.get(built.embedding or "")
    if price is None:
        return Work(seconds, situating)
    if built.embedding_tokens is None:
        lost.append("measured tokens of the embedding")
        return Work(paid=None)
    return Work(paid=built.embedding_tokens / 1e6 * price.per_million + situating)
