"""An approximate index brought from one edition of a text to the next, and not built anew.

An exact index is built anew with the vectors that are kept, which costs next to nothing and gives
the same bytes as any fresh build. The lists of an approximate one are learned, vector by vector put
in place and tried out: there, documents that changed are taken out and put in.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.types import Passage, Progress

if TYPE_CHECKING:
    from workbench.stages.index import IndexInputs

#: Files of the artifact that are not the index's.
_NOT_COPIED = ("artifact.json", "spent.json", "lock")


def can_be_changed(inputs: IndexInputs, earlier: Path) -> bool:
    """Whether the earlier edition's index, made by these inputs, is to be changed: it is
    approximate, and holds nothing but passages, their words and vectors."""
    from workbench.retrieval.index_files import read_facts

    beside = (inputs.read, inputs.context, inputs.graph, inputs.store, inputs.sparse)
    if not inputs.vectors or inputs.headings or any(part is not None for part in beside):
        return False
    return str(read_facts(earlier).get("search", {}).get("index", "Flat")) != "Flat"


def change_index(
    earlier: Path, passages: Sequence[Passage], out: Path, progress: Progress
) -> dict[str, Any]:
    """Put the earlier index at ``out`` with the documents that changed taken out and put in.

    What a killed attempt left there is written over.
    """
    from workbench.retrieval import read_passages, update_index

    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(earlier, out, ignore=shutil.ignore_patterns(*_NOT_COPIED))
    old, new = _by_document(read_passages(earlier)), _by_document(passages)
    gone = [name for name, cut in old.items() if new.get(name) != cut]
    added = [passage for name, cut in new.items() if old.get(name) != cut for passage in cut]
    facts = update_index(out, added, gone, progress)
    (out / "lock").unlink(missing_ok=True)
    return {**facts, "passages": len(passages), "added": len(added)}


def _by_document(passages: Iterable[Passage]) -> dict[str, list[Passage]]:
    result: dict[str, list[Passage]] = defaultdict(list)
    for passage in passages:
        result[passage.document].append(passage)
    return result
