"""What writing gave: candidates, kept and dropped, by way of writing, kind and document."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench.corpus.corpus import Corpus
from workbench.io.files import read_json
from workbench.questions.dataset.plan import MIN_SECTIONS
from workbench.questions.dataset.selection import Selection
from workbench.questions.writers.offline import Dropped, Kept
from workbench.questions.writers.replies import MALFORMED

FILE = "yield.json"
#: The ways in which candidates are told apart in ``yield.json``.
CUTS = ("way", "kind", "document")
TOP_REASONS, SHOWN_REPLIES = 5, 3
#: How the ways of writing read in a sentence.
WAYS = {"rule": "by rule", "reader": "by the reader", "chat": "by the chat model"}


def count_yield(
    corpus: Corpus,
    sentences: int,
    kept: Iterable[Kept],
    dropped: Iterable[Dropped],
    selection: Selection,
) -> dict[str, Any]:
    """The content of ``yield.json``; a candidate is a draft that was kept or dropped."""
    documents = {section.id: section.document for section in corpus.sections}
    groups: dict[str, dict[str, tuple[Counter[str], Counter[str]]]] = {
        cut: defaultdict(lambda: (Counter(), Counter())) for cut in CUTS
    }
    for item in kept:
        draft = item.draft
        for cut, name in zip(CUTS, (draft.way, draft.kind, draft.document), strict=True):
            groups[cut][name][0]["kept"] += 1
    reasons: Counter[str] = Counter()
    unread: list[str] = []
    for drop in dropped:
        if drop.reason == MALFORMED and len(unread) < SHOWN_REPLIES:
            unread.append(drop.detail)
        place = documents.get(drop.section, "")
        reasons[drop.reason] += 1
        for cut, name in zip(CUTS, (drop.way, drop.kind, place), strict=True):
            groups[cut][name][1][drop.reason] += 1
    by = {
        f"by_{cut}": {name: _group(*counts) for name, counts in sorted(groups[cut].items())}
        for cut in CUTS
    }
    whole = list(by["by_way"].values())
    return {
        "sections": len(corpus.sections),
        "sentences": sentences,
        "candidates": sum(group["candidates"] for group in whole),
        "kept": sum(group["kept"] for group in whole),
        "train_facts": len({question.fact for question in selection.train}),
        "exam": len(selection.test),
        "dev": len(selection.dev),
        "dropped": dict(reasons.most_common()),
        "unread_replies": unread,
        **by,
    }


def _group(kept: Counter[str], dropped: Counter[str]) -> dict[str, Any]:
    return {
        "candidates": kept["kept"] + dropped.total(),
        "kept": kept["kept"],
        "dropped": dict(dropped.most_common()),
    }


def read_yield(folder: Path) -> dict[str, Any]:
    """``yield.json`` of a folder of questions; empty where an older one has none."""
    path = folder / FILE
    return dict(read_json(path)) if path.is_file() else {}


def found_sentences(record: Mapping[str, Any]) -> str:
    """What was read, what was found in it, and why it fell, in two or three sentences."""
    sections, sentences = int(record.get("sections", 0)), int(record.get("sentences", 0))
    read = f"The text has {_count(sections, 'section')} with {_count(sentences, 'sentence')}"
    if sections < MIN_SECTIONS:
        return (
            f"{read}, and an exam can be written from {MIN_SECTIONS} sections at least, so that "
            "some can be kept out of training."
        )
    candidates = int(record.get("candidates", 0))
    unread = int(record.get("dropped", {}).get(MALFORMED, 0))
    if unread and (unread * 2 > candidates or not record.get("kept")):
        # The text is not to blame.
        shown = "; ".join(f"“{reply}”" for reply in record.get("unread_replies", ()))
        return (
            f"{_count(unread, 'reply', 'replies')} of the model that writes the questions could "
            f"not be read as JSON of the form asked for. For example: {shown}. Another model "
            "(questions.writer) may keep to it."
        )
    if not candidates:
        return f"{read}; no candidate for a question was found in them."
    ways = _listed(record.get("by_way", {}), WAYS)
    kinds = _listed(record.get("by_kind", {}), {})
    result = (
        f"{read}; {_count(candidates, 'candidate')} found ({ways}; of the kinds {kinds}), "
        f"{int(record.get('kept', 0)):,} of them kept."
    )
    reasons = list(record.get("dropped", {}).items())
    if reasons:
        shown = ", ".join(f"{reason} ({count:,})" for reason, count in reasons[:TOP_REASONS])
        result += f" Most were dropped because: {shown}"
        rest = sum(count for _, count in reasons[TOP_REASONS:])
        result += f", other reasons ({rest:,})." if rest else "."
    return result


def _listed(groups: Mapping[str, Mapping[str, Any]], names: Mapping[str, str]) -> str:
    ranked = sorted(groups.items(), key=lambda item: -item[1]["candidates"])
    return ", ".join(f"{group['candidates']:,} {names.get(name, name)}" for name, group in ranked)


def _count(number: int, what: str, several: str = "") -> str:
    return f"{number:,} {what if number == 1 else several or f'{what}s'}"


def yield_rows(record: Mapping[str, Any]) -> Sequence[dict[str, Any]]:
    """One row for each way, kind and document: cut, name, candidates, kept, most frequent fall."""
    rows = []
    for cut in CUTS:
        for name, group in record.get(f"by_{cut}", {}).items():
            fallen = next(iter(group["dropped"].items()), None)
            rows.append(
                {
                    "by": cut,
                    "name": name or "(no section)",
                    "candidates": group["candidates"],
                    "kept": group["kept"],
                    "dropped": sum(group["dropped"].values()),
                    "most_often": f"{fallen[0]} ({fallen[1]:,})" if fallen else "",
                }
            )
    return rows
