"""The price book under an experiment's deployment: who pays for what, filled in and told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from workbench.costing.book import EndpointPrice, Labour, Machine, PriceBook, price_book
from workbench.experiment.deployment import DeploymentSpec, PaidBy
from workbench.experiment.variant import Variant

SERVING = {"token": "token", "busy_second": "busy", "month": "always_on", "own_server": "always_on"}
YOURS = "as you set it"
#: What decides whether a book prices a machine of that kind, where its source is, and the rest.
RENTED = ("per_hour", "source", ("hours_per_month",))
BOUGHT = ("price", "server_source", ("lifetime_months", "busy_hours_per_month", "watts", "per_kwh"))


@cache
def standard() -> PriceBook:
    """The price book that ships: what it says holds where nobody says otherwise."""
    return price_book()


def deployed(book: PriceBook, spec: DeploymentSpec) -> PriceBook:
    """The price book under the experiment's choice.

    What the experiment says goes before the user's price book, and that before the one that ships,
    which is asked where the currency is the same; hours of people have no currency.
    """
    paid_by = spec.paid_by or _by_the_book(book)
    values: dict[str, Any] = {
        "serving": SERVING[paid_by],
        "machine": _machine(book, spec, paid_by),
        "labour": _labour(book, spec),
    }
    if spec.input_per_million is not None or spec.output_per_million is not None:
        values["own_model"] = EndpointPrice(
            input_per_million=spec.input_per_million or 0.0,
            output_per_million=spec.output_per_million or 0.0, source=YOURS,
        )  # fmt: skip
    return book.model_copy(update=values)


def _by_the_book(book: PriceBook) -> PaidBy:
    if "serving" in book.model_fields_set:
        return book.paid_by
    return "own_server" if book.machine and book.machine.kind == "bought" else "month"


def _machine(book: PriceBook, spec: DeploymentSpec, paid_by: PaidBy) -> Machine | None:
    """The machine that is paid for; None where nobody says what it costs in this currency."""
    ships = standard().machine if book.currency == standard().currency else None
    known = ships.model_dump() if ships is not None else {}
    own = book.machine.model_dump(exclude_unset=True) if book.machine else {}
    if own.get("kind") == "bought":
        own.setdefault("server_source", own.get("source", ""))
    kind = {"month": "rented", "own_server": "bought"}.get(paid_by, own.get("kind", "rented"))
    if spec.machine_per_hour is not None and paid_by != "own_server":
        kind = "rented"
    values: dict[str, Any] = {"kind": kind}
    for decisive, source, group in (RENTED, BOUGHT):
        # A price of one's own brings all that was written beside it, and no other machine's power.
        theirs = own if own.get(decisive) is not None else {**known, **_but(own, source)}
        values |= {key: theirs[key] for key in (decisive, source, *group) if key in theirs}
    given = {
        "per_hour": spec.machine_per_hour, "hours_per_month": spec.hours_per_month,
        "price": spec.server_price, "lifetime_months": spec.server_months,
    }  # fmt: skip
    values |= {key: value for key, value in given.items() if value is not None}
    for decisive, source, _ in (RENTED, BOUGHT):
        if given[decisive] is not None:
            values[source] = YOURS
    if "utilisation" in own:
        values["utilisation"] = own["utilisation"]
    if kind == "bought":
        values["lifetime_months"] = values.get("lifetime_months") or 36.0
    return Machine(**values) if values.get("price" if kind == "bought" else "per_hour") else None


def _but(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != key and value is not None}


def _labour(book: PriceBook, spec: DeploymentSpec) -> Labour:
    """People's time with the hours that are assumed, where the book names none."""
    ships = standard().labour
    base = ships.model_dump()
    if book.currency != standard().currency:
        base |= {"per_hour": 0.0, "source": ""}
    own = book.labour.model_dump(exclude_unset=True) if "labour" in book.model_fields_set else {}
    if "per_hour" in own:
        base["source"] = ""
    if "setup_hours" in own or "update_hours" in own:
        # Whoever names hours names all of them.
        base |= {"setup_hours": {}, "update_hours": {}, "hours_source": ""}
    if spec.people_per_hour is not None:
        own |= {"per_hour": spec.people_per_hour, "source": YOURS}
    return Labour(**{**base, **own})


def prices_record(
    book: PriceBook, traits: Iterable[Variant], embedding: str | None, source: str | None
) -> dict[str, Any]:
    """What results.json says of the prices that its costs were computed with."""
    known = [variant for variant in traits if not variant.is_ceiling]
    # As the book has them: what was tuned from a model stands in its entry.
    billed = {
        name: book.endpoints.get(name, price)
        for name, price in filter(None, map(book.by_token, known))
    }
    machine, ships = book.machine, standard().machine
    return {
        "dated": book.dated.isoformat(),
        "currency": book.currency,
        "serving": book.serving,
        "paid_by": book.paid_by,
        "machine_used": any(
            book.by_token(variant) is None or book.searches(variant, embedding)
            for variant in known
        ),
        # The price is the workbench's own assumption: nobody said what their machine costs.
        "machine_assumed": bool(machine and ships and machine.told_source in
                                (ships.source, ships.server_source)),
        "machine_per_hour": machine.hourly if machine else None,
        "machine_source": machine.told_source if machine else "",
        "machine_month": machine.monthly if machine else None,
        "machine": machine.model_dump(mode="json") if machine else None,
        "by_token": {
            name: price.record() for name, price in billed.items() if price
        },
        "own_model": book.own_model.record() if book.own_model else None,
        "labour_per_hour": book.labour.per_hour,
        "labour": book.labour.model_dump(mode="json"),
        "storage_per_gb_month": book.storage_per_gb_month,
        "storage_source": book.storage_source,
        "uncertainty": book.uncertainty,
        "book": source,
    }  # fmt: skip


def as_recorded(book: PriceBook, prices: Mapping[str, Any] | None) -> PriceBook:
    """The book with what a run recorded of it, so that its own setting gives its own amounts.

    A run from before deployments recorded the price of an hour, how it was served, and that of
    people only that their time was free.
    """
    if not prices or not prices.get("serving"):
        return book
    values: dict[str, Any] = {"serving": prices["serving"]}
    if "labour" in prices:
        machine, own = prices.get("machine"), prices.get("own_model")
        values["machine"] = Machine(**machine) if machine else None
        values["own_model"] = EndpointPrice(**own) if own else None
        values["labour"] = Labour(**prices["labour"])
        return book.model_copy(update=values)
    if not prices.get("labour_per_hour"):
        values["labour"] = standard().labour.model_copy(update={"per_hour": 0.0})
    hourly, machine = prices.get("machine_per_hour"), book.machine
    if machine is not None and hourly is not None and not math.isclose(machine.hourly, hourly):
        values["machine"] = machine.at(hourly)
    return book.model_copy(update=values)
