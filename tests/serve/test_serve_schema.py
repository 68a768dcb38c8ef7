"""What the API's own description allows, and what it does not, never brings the server down."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from tests.serve.test_serve_under_load import Weights
from tests.support.serving import running
from workbench.serve.api import create_app

SCHEMA = schemathesis.openapi.from_dict(create_app(Weights()).openapi())


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(create_app(Weights(), "run")) as url:
        yield url


@SCHEMA.parametrize()
@settings(max_examples=80, suppress_health_check=list(HealthCheck), deadline=None)
def test_no_request_ends_in_a_fault_of_the_server(case: schemathesis.Case, address: str) -> None:
    reply = case.call(base_url=address)
    # 503 says that the server is busy or not ready yet, and is no fault of it.
    assert reply.status_code < 500 or reply.status_code == 503, reply.text
