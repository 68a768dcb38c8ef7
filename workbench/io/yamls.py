"""YAML from strangers: data alone, and no more of it than was written."""

from __future__ import annotations

from typing import Any

import yaml

YAMLError = yaml.YAMLError
#: Values that a document may come to once its aliases are followed.
MOST_VALUES = 100_000


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, which would follow aliases of aliases to gigabytes when printed."""

    def get_single_node(self) -> yaml.Node | None:
        node: yaml.Node | None = super().get_single_node()
        if node is not None and _values(node, {}) > MOST_VALUES:
            raise yaml.YAMLError(f"its aliases come to more than {MOST_VALUES:,} values")
        return node


def load(text: str) -> Any:
    """The document in ``text``; any fault of it is a yaml.YAMLError."""
    try:
        return yaml.load(text, Loader=_Loader)
    except RecursionError as error:
        raise yaml.YAMLError("it is nested too deeply") from error
    # A date such as 2026-99-99 is one.
    except ValueError as error:
        raise yaml.YAMLError(str(error)) from error


def _values(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node comes to; ``known`` holds what has been counted, by identity."""
    key = id(node)
    if key in known:
        return known[key]
    # A node inside itself has no end.
    known[key] = MOST_VALUES + 1
    if isinstance(node, yaml.MappingNode):
        parts = [part for pair in node.value for part in pair]
    else:
        parts = node.value if isinstance(node, yaml.SequenceNode) else []
    known[key] = 1 + sum(_values(part, known) for part in parts)
    return known[key]
