"""What is told of a served question by the names that OpenTelemetry has for it (``gen_ai.*``)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from workbench.engine.tracing import PARENT, Mark, Traces
from workbench.serve.requests import Asked


def question_span(
    traces: Traces, run: str, variant: str, asked: Asked, waited_s: float, parent: Mapping[str, str]
) -> AbstractContextManager[Mark]:
    """The span of one question from its turn on; ``waited_s`` is what it stood in the line."""
    operation = "retrieve" if asked.search else "chat"
    known: dict[str, Any] = {
        "gen_ai__operation__name": operation,
        "gen_ai__provider__name": "workbench",
        "gen_ai__request__model": variant,
        "workbench__run": run,
        "workbench__waited_s": waited_s,
    }
    if traces.with_text:
        known["gen_ai__input__messages"] = _messages("user", asked.question)
    return traces.span(f"{operation} {variant}", parent, **known)


def say_reply(
    mark: Mark, traces: Traces, spent: Mapping[str, int], finish: str, first_s: float | None,
    text: str,
) -> None:  # fmt: skip
    """What is known once the answer is whole."""
    mark.say(
        gen_ai__usage__input_tokens=spent["prompt_tokens"],
        gen_ai__usage__output_tokens=spent["completion_tokens"],
        gen_ai__response__finish_reasons=[finish],
        gen_ai__output__messages=_messages("assistant", text) if traces.with_text else None,
        workbench__first_token_s=first_s,
        workbench__outcome="answered",
    )


def parent_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers by which a client's own trace is gone on with."""
    return {name: headers[name] for name in PARENT if name in headers}


def _messages(role: str, text: str) -> str:
    return json.dumps(
        [{"role": role, "parts": [{"type": "text", "content": text}]}], ensure_ascii=False
    )
