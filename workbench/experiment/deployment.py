"""How the assistant will be paid for once it is in use: the one assumption behind every cost."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, get_args

from pydantic import Field

from workbench.experiment.spec import Spec

PaidBy = Literal["token", "busy_second", "month", "own_server"]
PAID_BY: tuple[PaidBy, ...] = get_args(PaidBy)
Amount = Annotated[float, Field(ge=0)]


class DeploymentSpec(Spec):
    """How the assistant will be paid for once it is in use; every cost follows from it.

    ``paid_by`` says what is paid for a model of yours: a machine rented all ``month``, whatever it
    does; ``own_server``, which is bought and written off; only each ``busy_second`` of a machine;
    or each ``token`` at a provider that serves the model. A model behind an endpoint is paid by
    token in any case. What is not given here is taken from the price book, and what is not there
    from the one that ships (if it has the same currency). ``people_per_hour`` is what an hour of
    people costs; 0 leaves their time out.
    """

    written_short: ClassVar[str | None] = "paid_by"

    paid_by: PaidBy | None = None
    machine_per_hour: Amount | None = None
    hours_per_month: Annotated[float, Field(gt=0, le=744)] | None = None
    server_price: Amount | None = None
    server_months: Annotated[float, Field(gt=0)] | None = None
    input_per_million: Amount | None = None
    output_per_million: Amount | None = None
    people_per_hour: Amount | None = None
