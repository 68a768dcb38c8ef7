"""How the assistant is paid for, as somebody sets it, and the price book that follows."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.costing import PriceBook, deployed
from workbench.costing.book import Hours
from workbench.costing.deployment import YOURS
from workbench.experiment.deployment import DeploymentSpec


@dataclass(frozen=True)
class Paying:
    """How the assistant is paid for: an experiment's ``deployment`` and the hours of people."""

    deployment: DeploymentSpec
    setup_hours: Hours
    update_hours: Hours


def paying_of(book: PriceBook) -> Paying:
    """What the book says, as somebody would set it."""
    machine, own = book.machine, book.own_model
    return Paying(
        DeploymentSpec(
            paid_by=book.paid_by,
            machine_per_hour=machine.per_hour if machine else None,
            hours_per_month=machine.hours_per_month if machine else None,
            server_price=machine.price if machine else None,
            server_months=machine.lifetime_months if machine else None,
            input_per_million=own.input_per_million if own else None,
            output_per_million=own.output_per_million if own else None,
            people_per_hour=book.labour.per_hour,
        ),
        book.labour.setup_hours, book.labour.update_hours,
    )  # fmt: skip


def paid_book(book: PriceBook, wanted: Paying) -> PriceBook:
    """The price book under another way of paying; the same where nothing was changed."""
    own = paying_of(book)
    if wanted == own:
        return book
    # Only what was changed, so that the rest keeps its source.
    was, now = own.deployment.model_dump(), wanted.deployment.model_dump()
    spec = DeploymentSpec(**{
        key: value for key, value in now.items() if value != was[key] or key == "paid_by"
    })  # fmt: skip
    book = deployed(book, spec)
    hours = {"setup_hours": wanted.setup_hours, "update_hours": wanted.update_hours}
    moved = any(getattr(book.labour, key) != value for key, value in hours.items())
    labour = book.labour.model_copy(update={**hours, **({"hours_source": YOURS} if moved else {})})
    return book.model_copy(update={"labour": labour})
