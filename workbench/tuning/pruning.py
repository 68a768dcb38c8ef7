"""Which blocks of a model are missed least: each is left out once, and the dev questions tell.

The blocks are judged one at a time and taken out together, the least harmful first (Men et al.
2024, "ShortGPT: Layers in Large Language Models are More Redundant Than You Expect").
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.io.files import read_json, write_json
from workbench.models.tuned.pruned import Blocks, blocks_of


def choose_blocks(
    model: Any,
    share: float,
    loss: Callable[[], float],
    path: Path,
    told: Callable[[int, int], None],
) -> dict[str, Any]:
    """The blocks to remove, in ``removed``, and the ``loss`` without each, in ``without``.

    ``loss`` is of the model as it stands. What was found is kept in ``path``, and taken from there
    by a training that goes on.
    """
    if path.is_file():
        return dict(read_json(path))
    count = len(blocks_of(model)[1])
    number = math.floor(share * count + 0.5)
    if not 0 < number < count:
        raise WorkbenchError(
            f"compress.blocks: {share:g} of the model's {count} blocks are {number}.",
            f"Give a share between {1 / count:.2g} and {1 - 1 / count:.2g}.",
        )
    whole, without = loss(), []
    for place in range(count):
        with Blocks(model, [place]).out():
            without.append(loss())
        told(place + 1, count)
    # Where two do as little harm the later goes: what is early is read by all behind it.
    order = sorted(range(count), key=lambda place: (without[place], -place))
    facts = {
        "blocks": count, "removed": sorted(order[:number]), "whole": whole, "without": without,
    }  # fmt: skip
    write_json(path, facts)
    return facts
