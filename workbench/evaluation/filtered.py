"""What it does to the figures that the exam was filtered by a model that sits it. Pure.

A question is thrown away where the model that reads it back, with the passage in hand, answers
otherwise. If that model answers the exam too, its own weakness never counts: the exam holds what it
can read. The bound counts the questions thrown away as wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.wording import points, say, short_label

Row = Mapping[str, Any]


def with_ceiling(
    certificate: Mapping[str, Any] | None, rows: Sequence[Row], metric: str
) -> dict[str, Any] | None:
    """The certificate with the oracle's value (0 to 1), as it is and with what was dropped.

    Of the questions that were read back a share fell; had they been asked, that share of the exam
    would have been wrong at the worst.
    """
    if certificate is None:
        return None
    read = certificate.get("read_back")
    ceiling = next((_value(row, metric) for row in rows if row["is_ceiling"]), None)
    total = read["kept"] + read["dropped"] if read else 0
    if not read or not total or ceiling is None:
        return dict(certificate)
    counted = ceiling * read["kept"] / total
    bounds = {"ceiling": ceiling, "ceiling_with_dropped": counted}
    return {**certificate, "read_back": {**read, **bounds}}


def _value(row: Row, metric: str) -> float | None:
    found = row["metrics"].get(metric)
    return None if found is None or found["value"] is None else float(found["value"])


def exam_sentences(
    certificate: Mapping[str, Any] | None, tuning: Sequence[Row], rows: Sequence[Row]
) -> list[str]:
    """What a reader must know before trusting the figures: who cut the exam, what was read."""
    labels = {row["name"]: short_label(row) for row in rows}
    read = (certificate or {}).get("read_back") or {}
    sentences = []
    if read.get("variants") and read.get("dropped"):
        oracle = next((labels[row["name"]] for row in rows if row["is_ceiling"]), "")
        sentences.append(read_back_sentence(read, oracle))
    for item in tuning:
        if count := item.get("unseen_sections_read"):
            name = labels.get(item["adapter"], item["adapter"])
            sentences.append(say("unseen_text_read", name=name, count=str(count)))
    return sentences


def read_back_sentence(read: Mapping[str, Any], oracle: str) -> str:
    """Who filtered the exam, how many questions fell, and what that hides; "" where none did."""
    total = int(read.get("kept", 0)) + int(read.get("dropped", 0))
    if not total:
        return ""
    own = bool(read.get("variants"))
    told = [
        say(
            "read_back_own" if own else "read_back_other", model=str(read.get("model", "")),
            dropped=f"{int(read['dropped']):,}", all=f"{total:,}",
        )
    ]  # fmt: skip
    if own and oracle and read.get("ceiling") is not None:
        told.append(
            say(
                "read_back_ceiling", name=oracle, ceiling=points(read["ceiling"]),
                counted=points(read["ceiling_with_dropped"]),
            )
        )  # fmt: skip
    return " ".join([*told, *([say("read_back_way")] if own else [])])
