"""What models give back of a text before and after an adapter, made up."""

from __future__ import annotations

from typing import Any

from workbench.evaluation import memorised


def record(section: str, start: int, given_back: int) -> dict[str, Any]:
    """A stretch of which the first so many tokens are given back, and four of the last ten."""
    rest = memorised.CONTINUED - given_back
    hits = "1" * given_back + ("0" * (rest - 5) + "11110" if rest > 5 else "0" * rest)
    return {"stretch": f"{section}@{start}", "section": section, "hits": hits, "text": "…"}


def canary(number: int, exposure: float) -> dict[str, Any]:
    return {"canary": f"canary-{number}", "exposure": exposure}


def told() -> list[dict[str, Any]]:
    """One adapter that recites every second of 24 stretches, and one that recites none."""
    before = [record(f"s{n}", 0, 3) for n in range(24)]
    after = [record(f"s{n}", 0, 50 if n % 4 == 0 else 22 if n % 2 == 0 else 3) for n in range(24)]
    secrets = ([canary(n, 1.0) for n in range(4)], [canary(n, 8.0 if n else 2.0) for n in range(4)])
    facts = {"model": "reader", "records": ["memorised/base/recited.jsonl",
                                            "memorised/fine_tuned/recited.jsonl"]}  # fmt: skip
    return [
        {"adapter": "fine_tuned", "variants": ["fine_tuned"], **facts,
         **memorised.told(before + secrets[0], after + secrets[1])},
        {"adapter": "fine_tuned_rag", "variants": ["fine_tuned_rag"], **facts,
         **memorised.told(before, before)},
    ]  # fmt: skip


def elsewhere() -> dict[str, Any]:
    """A provider's model: it goes on with every third stretch, and says two codes of four."""
    more = {"form": "chat", "unit": "words"}
    before = [{**record(f"s{n}", 0, 1), **more} for n in range(24)]
    after = [{**record(f"s{n}", 0, 24 if n % 3 == 0 else 2), **more} for n in range(24)]
    codes = ([{"canary": f"canary-{n}", "given_away": said and n < 2} for n in range(4)]
             for said in (False, True))  # fmt: skip
    first, second = codes
    return {
        "adapter": "hosted", "variants": ["few_shot"], "model": "gpt-small",
        "records": ["memorised/before_hosted/recited.jsonl", "memorised/hosted/recited.jsonl"],
        **memorised.told(before + first, after + second),
    }  # fmt: skip
