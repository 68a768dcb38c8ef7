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
    ``embedding`` is the embedding's name and ``embedding_tokens`` what it read for the index;
    ``stored_bytes`` is what index and adapters take on disk, by stage.
    """

    train_share: float | None = None
    writer: str | None = None
    writing_tokens: tuple[int, int] | None = None
    embedding: str | None = None
    embedding_tokens: int | None = None
    stored_bytes: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, record: Mapping[str, Any] | None) -> BuildUsage:
        """From results.json; what a run did not record is not known."""
        known = {key: value for key, value in (record or {}).items() if key in cls.__slots__}
        tokens = known.get("writing_tokens")
        return cls(**{**known, "writing_tokens": tuple(tokens) if tokens else None})

    def to_record(self) -> dict[str, Any]:
        """Ready for JSON."""
        return asdict(self)


def building(
    variant: Variant,
    stages: Mapping[str, float],
    built: BuildUsage,
    book: PriceBook,
    training_tokens: float | None,
    lost: list[str],
) -> dict[str, float | None]:
    """Money of one building by cause (writing, index, training); None where a price is missing.

    ``stages`` are seconds by stage; what is missing is added to ``lost``.
    """
    result: dict[str, float | None] = {}
    for stage in variant.stages(stages):
        cause = {"questions": "writing", "index": "index"}.get(stage, "training")
        result[cause] = _machine(stages[stage], book, lost)
        if cause == "writing":
            result[cause] = _writing(result[cause], built, book, lost)
        elif cause == "index":
            result[cause] = _index(result[cause], built, book, lost)
    if variant.tuned and variant.hosted is not None and training_tokens:
        price = book.endpoints.get(variant.hosted)
        if price is None or price.training_per_million is None:
            lost.append(f"endpoints.{variant.hosted}.training_per_million")
            result["training"] = None
        else:
            before = result.get("training", 0.0)
            paid = training_tokens / 1e6 * price.training_per_million
            result["training"] = None if before is None else before + paid
    return result


def storage(
    variant: Variant, stages: Mapping[str, float], built: BuildUsage, book: PriceBook
) -> float:
    """Money a month for keeping what the variant needs, as far as its size was measured."""
    size = sum(built.stored_bytes.get(stage, 0) for stage in variant.stages(stages))
    return size / BYTES_PER_GB * book.storage_per_gb_month


def _machine(seconds: float, book: PriceBook, lost: list[str]) -> float | None:
    if book.machine is None:
        lost.append("machine.per_hour")
        return None
    return seconds / 3600 * book.machine.hourly


def _writing(
    machine: float | None, built: BuildUsage, book: PriceBook, lost: list[str]
) -> float | None:
    """The training set's part of the writing: an endpoint is paid by token, not by our waiting."""
    share = 1.0 if built.train_share is None else built.train_share
    if built.writer is None or built.writing_tokens is None:
        return None if machine is None else machine * share
    price = book.endpoints.get(built.writer)
    if price is None:
        lost.append(f"endpoints.{built.writer}")
        return None
    read, wrote = built.writing_tokens
    paid = read * price.input_per_million + wrote * price.output_per_million
    return paid / 1e6 * share


def _index(
    machine: float | None, built: BuildUsage, book: PriceBook, lost: list[str]
) -> float | None:
    price = book.embeddings.get(built.embedding or "")
    if price is None:
        return machine
    if built.embedding_tokens is None:
        lost.append("measured tokens of the embedding")
        return None
    return built.embedding_tokens / 1e6 * price.per_million
