"""What results.json says of the prices behind its amounts, and of how the assistant is paid for."""

from __future__ import annotations

from workbench.records.record import Number, Record


class MachinePrice(Record):
    """The machine that was paid for (see :class:`workbench.costing.book.Machine`)."""

    kind: str = ""
    per_hour: Number | None = None
    hours_per_month: Number | None = None
    price: Number | None = None
    lifetime_months: Number | None = None
    watts: Number = 0
    per_kwh: Number = 0


class PeopleHours(Record):
    """Hours of people by what they are spent on."""

    questions: Number = 0
    retrieval: Number = 0
    tuning: Number = 0


class People(Record):
    """People's time as it was counted, and where rate and hours are from."""

    per_hour: Number = 0
    setup_hours: PeopleHours = PeopleHours()
    update_hours: PeopleHours = PeopleHours()
    source: str = ""
    hours_source: str = ""


class TokenPrice(Record):
    """What a million tokens of a model cost, and of what was tuned from it (None: the same)."""

    input_per_million: Number = 0
    output_per_million: Number = 0
    tuned_input_per_million: Number | None = None
    tuned_output_per_million: Number | None = None
    source: str = ""


class Prices(Record):
    """The price book that the costs were computed with, under the experiment's deployment.

    ``paid_by`` is empty in a run from before there were deployments. ``machine_used``: whether a
    model or a search runs on the machine; ``machine_assumed``: nobody said what it costs, so that
    the book that ships did; ``by_token`` are the models that are paid by token.
    """

    dated: str = ""
    currency: str = "USD"
    serving: str = ""
    paid_by: str = ""
    machine_used: bool = True
    machine_assumed: bool = False
    machine_per_hour: Number | None = None
    machine_month: Number | None = None
    machine_source: str = ""
    machine: MachinePrice | None = None
    by_token: dict[str, TokenPrice] = {}
    labour_per_hour: Number = 0
    labour: People | None = None
    storage_source: str = ""
    uncertainty: Number = 0.2
    book: str | None = None


class PaidOtherwise(Record):
    """Of results reckoned for another deployment than the run's own: what the run itself says.

    ``what`` is what its amounts rest on, in words; ``front`` the variant it has in front.
    """

    what: str = ""
    front: str = ""
    sentence: str = ""
