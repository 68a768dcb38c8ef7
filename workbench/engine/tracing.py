"""Traces of runs and of served questions, told by OpenTelemetry; off unless an address is named.

A span says what took how long, and what can be counted. No question, passage or reply stands in
one, and no message of a fault, which may quote them, unless the environment asks for the text.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from workbench.errors import WorkbenchError
from workbench.io.address import is_this_machine

#: OpenTelemetry's own variables: the address of traces alone, or of all that is told.
PLACES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
#: Its variable for spans that hold what was asked and answered.
TEXT = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
#: What a client sends to have its own span stand above ours (W3C Trace Context).
PARENT = ("traceparent", "tracestate")
log = logging.getLogger(__name__)


class Mark:
    """One span while it is open; where nothing is told, one that keeps nothing."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def say(self, **values: Any) -> None:
        """Add attributes; ``__`` in a name stands for a dot, None is left out."""
        if self._span is not None:
            self._span.set_attributes(named(values))


class Traces:
    """Where spans go. Without a tracer they go nowhere, and cost nothing."""

    def __init__(self, provider: Any = None, with_text: bool = False) -> None:
        self._provider = provider
        self._tracer = None if provider is None else provider.get_tracer("workbench")
        self.with_text = provider is not None and with_text

    @contextmanager
    def span(
        self, name: str, parent: Mapping[str, str] | None = None, **values: Any
    ) -> Iterator[Mark]:
        """Open a span below the one at hand, or below that of ``parent``'s headers.

        A fault that ends the block marks it by the fault's kind and goes on.
        """
        if self._tracer is None:
            yield Mark()
            return
        from opentelemetry.propagate import extract
        from opentelemetry.trace import StatusCode

        above = extract(parent) if parent else None
        with self._tracer.start_as_current_span(
            name, above, attributes=named(values),
            record_exception=False, set_status_on_exception=False,
        ) as span:  # fmt: skip
            try:
                yield Mark(span)
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise

    def close(self) -> None:
        """Send what has not been sent."""
        if self._provider is not None:
            self._provider.shutdown()


def traces(service: str, text_may_leave: bool) -> Traces:
    """Traces to where the environment says, by OTLP over HTTP; to nowhere where it says nothing.

    Raises WorkbenchError where text would leave this machine that may not.
    """
    place = next((name for name in PLACES if os.environ.get(name, "").strip()), None)
    if place is None or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return Traces()
    if os.environ.get("OTEL_TRACES_EXPORTER", "otlp").strip() != "otlp":
        return Traces()
    if find_spec("opentelemetry.sdk") is None or find_spec("opentelemetry.exporter") is None:
        # The variable may be meant for other programs of this machine: that ends no run.
        log.warning("%s is set, but traces need: pip install 'rag-finetune-workbench[otel]'", place)
        return Traces()
    with_text = os.environ.get(TEXT, "").strip().lower() in ("true", "1")
    address = os.environ[place].strip()
    if with_text and not text_may_leave and not is_this_machine(address):
        raise WorkbenchError(
            f"{TEXT} asks for questions and replies in traces, and these go to {address}; text of "
            "this corpus may not leave this machine.",
            f"Unset {TEXT}, or set text_may_leave_this_machine: true in the experiment.",
        )
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # The exporter reads the rest from the environment: headers, time limit, certificates.
    own = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: service}
    provider = TracerProvider(resource=Resource.create(own))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Traces(provider, with_text)


def named(values: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes by OpenTelemetry's names; without those that are not known."""
    return {name.replace("__", "."): value for name, value in values.items() if value is not None}
