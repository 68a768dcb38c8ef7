"""The price book: a dated YAML file that the user edits, read once and checked by name."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from workbench.errors import WorkbenchError
from workbench.experiment.deployment import PaidBy
from workbench.experiment.variant import Variant

Price = Annotated[float, Field(ge=0)]
HOURS_PER_MONTH = 730.0


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Machine(_Part):
    """The machine of local models: rented by the hour, or bought and written off.

    ``hours_per_month`` are those that a rented machine which stays on is rented for.
    ``busy_hours_per_month`` are the hours that a bought machine works for anybody: what one of
    them costs. ``utilisation`` is the share of a month that a machine which stays on may be busy
    before another is needed; questions come in no even stream. ``watts`` is the mean draw.
    ``source`` is where the price of an hour is from, ``server_source`` where that of a bought one
    is, if another.
    """

    kind: Literal["rented", "bought"] = "rented"
    per_hour: Price | None = None
    hours_per_month: Annotated[float, Field(gt=0, le=744)] = HOURS_PER_MONTH
    price: Price | None = None
    lifetime_months: Annotated[float, Field(gt=0)] | None = None
    busy_hours_per_month: Annotated[float, Field(gt=0, le=744)] = HOURS_PER_MONTH
    utilisation: Annotated[float, Field(gt=0, le=1)] = 0.7
    watts: Price = 0.0
    per_kwh: Price = 0.0
    source: str = ""
    server_source: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Machine:
        if self.kind == "rented" and self.per_hour is None:
            raise ValueError("a rented machine needs per_hour")
        if self.kind == "bought" and (self.price is None or self.lifetime_months is None):
            raise ValueError("a bought machine needs price and lifetime_months")
        return self

    @property
    def hourly(self) -> float:
        """What one busy hour costs."""
        if self.kind == "rented":
            return float(self.per_hour or 0)
        hours = (self.lifetime_months or 1) * self.busy_hours_per_month
        return float((self.price or 0) / hours + self.watts / 1000 * self.per_kwh)

    @property
    def monthly(self) -> float:
        """What one machine costs that stays on all month, whatever it does."""
        if self.kind == "rented":
            return self.hours_per_month * float(self.per_hour or 0)
        power = HOURS_PER_MONTH * self.watts / 1000 * self.per_kwh
        return float((self.price or 0) / (self.lifetime_months or 1) + power)

    @property
    def told_source(self) -> str:
        """Where the price that is paid is from."""
        return (self.server_source or self.source) if self.kind == "bought" else self.source

    @property
    def capacity(self) -> float:
        """The seconds a month that one machine which stays on can work."""
        hours = self.hours_per_month if self.kind == "rented" else HOURS_PER_MONTH
        return hours * 3600 * self.utilisation

    def at(self, hourly: float) -> Machine:
        """The same machine at another price of a busy hour; a bought one's prices in proportion."""
        if self.kind == "rented" or not self.hourly:
            return self.model_copy(update={"kind": "rented", "per_hour": hourly})
        factor = hourly / self.hourly
        prices = {"price": (self.price or 0) * factor, "per_kwh": self.per_kwh * factor}
        return self.model_copy(update=prices)


class EndpointPrice(_Part):
    """Prices of one model behind an endpoint, per million tokens.

    ``least_cached_tokens`` is the shortest beginning of a prompt that the provider caches.
    ``training_tokens`` are those it billed for tuning the model, all epochs together; of a job that
    a run had done (``tuning.hosted``) they are known. A model that was tuned from this one answers
    at ``tuned_input_per_million`` and ``tuned_output_per_million``, where these are given.
    """

    input_per_million: Price
    output_per_million: Price
    cached_per_million: Price | None = None
    least_cached_tokens: Annotated[int, Field(ge=0)] = 0
    training_per_million: Price | None = None
    training_tokens: Annotated[int, Field(ge=0)] | None = None
    tuned_input_per_million: Price | None = None
    tuned_output_per_million: Price | None = None
    source: str = ""

    def record(self) -> dict[str, Any]:
        """Ready for JSON; without prices of tuned models where there are none."""
        values = self.model_dump(mode="json")
        return {k: v for k, v in values.items() if v is not None or not k.startswith("tuned_")}

    @property
    def tuned(self) -> EndpointPrice:
        """The prices of a model that was tuned from this one."""
        read, wrote = self.tuned_input_per_million, self.tuned_output_per_million
        if read is None and wrote is None:
            return self
        return self.model_copy(update={
            "input_per_million": self.input_per_million if read is None else read,
            "output_per_million": self.output_per_million if wrote is None else wrote,
            "cached_per_million": None,
        })  # fmt: skip


class EmbeddingPrice(_Part):
    """Price of an embedding model behind an endpoint, per million tokens."""

    per_million: Price
    source: str = ""


class Hours(_Part):
    """Hours of people, by what they are spent on; every variant is held against the questions."""

    questions: Price = 0.0
    retrieval: Price = 0.0
    tuning: Price = 0.0


class Labour(_Part):
    """People's time: to set a variant up, and at each update of the corpus.

    ``source`` is where the rate is from, ``hours_source`` where the hours are.
    """

    per_hour: Price = 0.0
    setup_hours: Hours = Hours()
    update_hours: Hours = Hours()
    source: str = ""
    hours_source: str = ""


class PriceBook(_Part):
    """Every price that a cost rests on, with its date.

    ``serving`` is how a model of ours is paid for: by the seconds it is ``busy``, by machines that
    are ``always_on``, or by ``token`` as one behind an endpoint, at the price of its name or of
    ``own_model``. An experiment's ``deployment`` decides it (see :mod:`.deployment`).
    An embedding that ``embeddings`` names is paid by its tokens, any other by the machine's time.
    ``cache_hits`` is the share of questions that come while the endpoint still holds the beginning
    that a variant's prompts share.
    """

    dated: date
    currency: str = "USD"
    machine: Machine | None = None
    serving: Literal["busy", "always_on", "token"] = "busy"
    endpoints: dict[str, EndpointPrice] = Field(default_factory=dict)
    own_model: EndpointPrice | None = None
    embeddings: dict[str, EmbeddingPrice] = Field(default_factory=dict)
    cache_hits: Annotated[float, Field(ge=0, le=1)] = 1.0
    storage_per_gb_month: Price = 0.0
    storage_source: str = ""
    labour: Labour = Labour()
    uncertainty: Annotated[float, Field(ge=0, lt=1)] = 0.2

    @model_validator(mode="before")
    @classmethod
    def _no_share(cls, values: Any) -> Any:
        if isinstance(values, dict) and "cached_share" in values:
            raise ValueError(
                "cached_share is gone: the cached part of a prompt is worked out for each variant; "
                "cache_hits is the share of questions that find it cached"
            )
        return values

    @property
    def paid_by(self) -> PaidBy:
        """How models of ours are paid for, in the words of an experiment's ``deployment``."""
        if self.serving == "always_on":
            bought = self.machine is not None and self.machine.kind == "bought"
            return "own_server" if bought else "month"
        return "busy_second" if self.serving == "busy" else "token"

    def by_token(self, variant: Variant) -> tuple[str, EndpointPrice | None] | None:
        """The name and price of a variant that is paid by token; None: a machine answers."""
        if variant.system is not None:
            return variant.name, None  # whatever it is made of, nobody pays by our tokens
        if variant.hosted is not None:
            price = self.endpoints.get(variant.hosted)
            return variant.hosted, price.tuned if price and variant.trained else price
        if self.serving == "token":
            return variant.model.name, self.endpoints.get(variant.model.name, self.own_model)
        return None

    def searches(self, variant: Variant, embedding: str | None) -> bool:
        """Whether the variant's questions are searched for by a machine of ours."""
        # Of a search by an endpoint's embedding our machine spends next to all the time waiting.
        return variant.retrieves and (embedding or "") not in self.embeddings

    def per_million(self, model: str, tuned: bool = False) -> tuple[float, float] | None:
        """Price of a million input and of a million output tokens; None where none is known.

        ``tuned`` is of what a provider tuned from the model.
        """
        known = self.endpoints.get(model)
        if known is None:
            return None
        price = known.tuned if tuned else known
        return price.input_per_million, price.output_per_million


def price_book(path: str | Path | None = None) -> PriceBook:
    """The user's price book, or the one that ships; WorkbenchError names what is wrong."""
    from workbench.io import yamls

    source = str(path) if path else "the price book that ships"
    try:
        if path:
            text = Path(path).read_text(encoding="utf-8")
        else:
            text = files("workbench.costing").joinpath("prices.yaml").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkbenchError(
            f"The price book {source} cannot be read: {error}.",
            "Check price_book in the experiment, or leave it out to use the one that ships.",
        ) from error
    try:
        values: Any = yamls.load(text)
        if not isinstance(values, dict):
            raise WorkbenchError(
                f"The price book {source} holds no prices: a mapping of keys was expected.",
                "Start from a copy of workbench/costing/prices.yaml.",
            )
        return PriceBook(**values)
    except yamls.YAMLError as error:
        raise WorkbenchError(
            f"The price book {source} is not valid YAML: {' '.join(str(error).split())}.",
            "Mend the line it names.",
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "the book"
        reason = first["msg"].removeprefix("Value error, ")
        raise WorkbenchError(
            f"The price book {source}: {key}: {reason}.",
            "Mend the entry; workbench/costing/prices.yaml shows every key.",
        ) from error
