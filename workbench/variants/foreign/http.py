"""A system behind an HTTP API: a question in a JSON body or a query, a reply in JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from workbench.experiment.system import PLACE, SystemSpec
from workbench.models.api_key import hider, key_of
from workbench.models.posting import Connections
from workbench.models.replies import json_of
from workbench.types import ModelReference
from workbench.variants.foreign.said import Said, said_in

MOST = 64


class Http:
    """Asks one address. The key stands in no attribute that a log or a test could print."""

    def __init__(self, spec: SystemSpec, reference: ModelReference) -> None:
        assert spec.http is not None
        own = self._spec = spec.http
        key = key_of(reference)
        self.clean = hider(key)
        headers = {name: filled(text, {**own.values, "key": key})
                   for name, text in own.headers.items()
                   if "question" not in PLACE.findall(text)}  # fmt: skip
        if own.key_env and not any(name.lower() == "authorization" for name in headers):
            uses_key = any("key" in PLACE.findall(text) for text in own.headers.values())
            headers |= {} if uses_key else {"Authorization": f"Bearer {key}"}
        self._connections = Connections(
            "", {"Accept": "application/json", "Content-Type": "application/json", **headers},
            spec.timeout_s, MOST, private=headers,
        )  # fmt: skip

    def check(self) -> None:
        """Nothing can be asked of an unknown API but a question: the first one shows."""

    def ask(self, question: str) -> Said:
        own = self._spec
        values = {**own.values, "question": question}
        url = filled(own.url, values, lambda text: quote(text, safe=""))
        if own.params:
            url += "?" + urlencode({name: filled(t, values) for name, t in own.params.items()})
        body = None if own.body is None else filled_in(own.body, values)
        headers = {name: filled(text, values) for name, text in own.headers.items()
                   if "question" in PLACE.findall(text)}  # fmt: skip
        return said_in(own, json_of(self._connections.ask(own.method, url, body, headers)))


def filled(
    text: str, values: Mapping[str, str], written: Callable[[str], str] = lambda text: text
) -> str:
    """A template with its places filled; what stands in a value is never taken for a place."""
    return PLACE.sub(lambda match: written(values.get(match[1], match[0])), text)


def filled_in(part: Any, values: Mapping[str, str]) -> Any:
    """A JSON value with the places in all its texts filled."""
    if isinstance(part, str):
        return filled(part, values)
    if isinstance(part, Mapping):
        return {key: filled_in(item, values) for key, item in part.items()}
    return [filled_in(item, values) for item in part] if isinstance(part, list | tuple) else part
