"""What one question costs: machine time or tokens, the search, and the cached part of a prompt."""

from __future__ import annotations

import math
from dataclasses import dataclass

from workbench.costing.book import EndpointPrice, PriceBook
from workbench.costing.building import BuildUsage
from workbench.costing.use import Use
from workbench.experiment.variant import Variant

#: The currency in which systems of another make are told of.
DOLLARS = "USD"


@dataclass(frozen=True, slots=True)
class Asked:
    """Money of one question: the search, the model, and the standard error of their sum.

    ``error`` is None where the spread of what was measured is not known.
    """

    searching: float
    answering: float
    error: float | None

    @property
    def whole(self) -> float:
        """Search and model together."""
        return self.searching + self.answering


def asking(
    variant: Variant, use: Use, built: BuildUsage, book: PriceBook, lost: list[str]
) -> Asked | None:
    """The money of one question; None where a price or a measurement is missing (see ``lost``).

    Machine seconds are left out where machines stay on all month: they are paid by the month. An
    embedding with a price is paid by token, any other by the machine's time, also where the model
    that answers is behind an endpoint.
    """
    if variant.system is not None:
        return _elsewhere(use, book, lost)
    before = len(lost)
    embedding = _embedding(variant, built, book, lost)
    writing = _writing(variant, use, book, lost)
    billed = book.by_token(variant)
    search: tuple[float, float | None] | None = (0.0, 0.0)
    if billed is None:
        answer = _local(variant, use, book, lost)
    else:
        answer = _hosted(*billed, use, book, lost)
        search = _searching(variant, use, built, book, lost)
    parts = (embedding, writing, search)
    if len(lost) > before or answer is None or any(part is None for part in parts):
        return None
    found = [part for part in parts if part is not None]
    searched, answered = sum(money for money, _ in found) + answer[0], answer[1]
    errors = (*(error for _, error in found), answer[2])
    known = [error for error in errors if error is not None]
    return Asked(searched, answered, math.hypot(*known) if len(known) == len(errors) else None)


@dataclass(frozen=True, slots=True)
class Cached:
    """Prompt tokens of a question that the provider's cache spares reading, and the money that a
    thousand questions cost less by it."""

    tokens: float
    saved_per_1000: float


def cached(variant: Variant, use: Use, book: PriceBook) -> Cached | None:
    """What a provider's cache is worth; None where nothing of a prompt is read from it."""
    billed = book.by_token(variant)
    price = None if billed is None else billed[1]
    kept = 0.0 if price is None else cached_tokens(use, price, book)
    if price is None or price.cached_per_million is None or not kept:
        return None
    return Cached(kept, kept * (price.input_per_million - price.cached_per_million) / 1000)


def cached_tokens(use: Use, price: EndpointPrice, book: PriceBook) -> float:
    """Prompt tokens of a question that the provider reads from its cache, on average.

    It keeps the beginning that all of a variant's prompts share, if that is long enough for it.
    Without a measured beginning nothing counts as cached.
    """
    shared = min(use.shared_tokens or 0.0, use.input_tokens or 0.0)
    if price.cached_per_million is None or shared < price.least_cached_tokens:
        return 0.0
    return shared * book.cache_hits


def _local(
    variant: Variant, use: Use, book: PriceBook, lost: list[str]
) -> tuple[float, float, float | None] | None:
    """Search, answer and error of a model on the machine, by the seconds it takes."""
    if book.machine is None:
        lost.append("machine.per_hour")
        return None
    if use.seconds is None:
        lost.append("a measured time per question")
        return None
    if book.serving == "always_on":
        return 0.0, 0.0, 0.0
    rate = book.machine.hourly / 3600
    searched = 0.0
    if variant.retrieves and use.searching is not None:
        searched = min(use.searching, use.seconds)
    error = None if use.seconds_error is None else use.seconds_error * rate
    return searched * rate, (use.seconds - searched) * rate, error


def _hosted(
    name: str, price: EndpointPrice | None, use: Use, book: PriceBook, lost: list[str]
) -> tuple[float, float, float | None] | None:
    """No search, the answer, and its error, by the tokens an endpoint is paid for."""
    if price is None:
        lost.append(f"endpoints.{name}")
        return None
    if use.input_tokens is None or use.output_tokens is None:
        lost.append("measured tokens per question")
        return None
    read, wrote = price.input_per_million / 1e6, price.output_per_million / 1e6
    kept = cached_tokens(use, price, book)
    kept_price = (price.cached_per_million or 0.0) / 1e6
    paid = (use.input_tokens - kept) * read + kept * kept_price + use.output_tokens * wrote
    if use.input_error is None or use.output_error is None:
        return 0.0, paid, None
    # The shared beginning is the same in every prompt: only the rest varies.
    variance = (use.input_error * read) ** 2 + (use.output_error * wrote) ** 2
    variance += 2 * use.token_covariance * read * wrote
    return 0.0, paid, math.sqrt(max(0.0, variance))


def _elsewhere(use: Use, book: PriceBook, lost: list[str]) -> Asked | None:
    """What a system of another make takes for an answer: what it tells, or its owner says."""
    if use.paid is None:
        lost.append("usd_per_question of the system")
        return None
    if book.currency != DOLLARS:
        lost.append(f"the system's price of an answer in {book.currency}")
        return None
    return Asked(0.0, use.paid, use.paid_error)


def _embedding(
    variant: Variant, built: BuildUsage, book: PriceBook, lost: list[str]
) -> tuple[float, float | None] | None:
    """Money, and its error, for the embedding of the question by an endpoint."""
    price = book.embeddings.get(built.embedding or "") if variant.retrieves else None
    if price is None:
        return 0.0, 0.0
    if built.query_tokens is None:
        lost.append("measured tokens of the questions that the embedding reads")
        return None
    each = price.per_million / 1e6
    error = None if built.query_tokens_error is None else built.query_tokens_error * each
    return built.query_tokens * each, error


def _writing(
    variant: Variant, use: Use, book: PriceBook, lost: list[str]
) -> tuple[float, float | None] | None:
    """Money, and at the most its error, for what an endpoint's model writes to search with.

    What a model on the machine writes is paid with the seconds of the search.
    """
    writer = variant.writer
    if writer is None or writer.endpoint is None:
        return 0.0, 0.0
    price = book.endpoints.get(writer.name)
    if price is None:
        lost.append(f"endpoints.{writer.name}")
        return None
    if use.written is None:
        lost.append("measured tokens of the model that writes queries")
        return None
    read, wrote = price.input_per_million / 1e6, price.output_per_million / 1e6
    money = use.written[0] * read + use.written[1] * wrote
    if use.written_errors is None:
        return money, None
    return money, use.written_errors[0] * read + use.written_errors[1] * wrote


def _searching(
    variant: Variant, use: Use, built: BuildUsage, book: PriceBook, lost: list[str]
) -> tuple[float, float | None] | None:
    """Money, and its error, for a search on the machine before a model elsewhere answers."""
    if not book.searches(variant, built.embedding):
        return 0.0, 0.0
    if book.machine is None:
        lost.append("machine.per_hour")
        return None
    if use.searching is None:
        lost.append("a measured time of the search")
        return None
    if book.serving == "always_on":
        return 0.0, 0.0
    rate = book.machine.hourly / 3600
    error = None if use.searching_error is None else use.searching_error * rate
    return use.searching * rate, error
