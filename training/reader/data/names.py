"""Invented people, places, things, dates and sums, from the word lists in ``names.json``."""

from __future__ import annotations

import json
import random
from pathlib import Path

WORDS: dict[str, list[str]] = json.loads(
    Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
)


def person(rng: random.Random) -> str:
    """A name: given, given and family, or with a title."""
    given, family = rng.choice(WORDS["given"]), rng.choice(WORDS["family"])
    u = rng.random()
    if u < 0.5:
        return f"{given} {family}"
    return given if u < 0.8 else f"{rng.choice(WORDS['titles'])} {family}"


def place(rng: random.Random) -> str:
    """A town, or something in one."""
    middle = rng.choice(WORDS["place_middles"]) if rng.random() < 0.4 else ""
    name = rng.choice(WORDS["place_heads"]) + middle + rng.choice(WORDS["place_tails"])
    if rng.random() < 0.7:
        return name
    kinds = ("Street", "Lane", "Bay", "Hill", "Bridge", "Island", "Market", "Quay", "Wood")
    return f"{name} {rng.choice(kinds)}"


def ship(rng: random.Random) -> str:
    """A vessel's, an inn's or a shop's name."""
    first = rng.choice(("Golden", "Silent", "Merry", "Black", "Lucky", "Northern", "Blue", "Grey"))
    second = rng.choice(
        ("Heron", "Star", "Anchor", "Maid", "Lantern", "Fox", "Swan", "Crown", "Gull")
    )
    return f"the {first} {second}"


def year(rng: random.Random) -> str:
    """A year of the last centuries."""
    return str(rng.randint(1580, 2020))


def date(rng: random.Random) -> str:
    """A day, with or without its year."""
    # Every month has 28 days.
    day, month = rng.randint(1, 28), rng.choice(WORDS["months"])
    form = rng.choice(("{m} {d}", "the {o} of {m}", "{d} {m} {y}", "{m} {d}, {y}"))
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return form.format(m=month, d=day, o=f"{day}{ending}", y=year(rng))


def number(rng: random.Random) -> str:
    """A count, in words or figures."""
    return rng.choice(WORDS["numbers"]) if rng.random() < 0.6 else str(rng.randint(2, 950))


def money(rng: random.Random) -> str:
    """A sum with its coin."""
    u, coin = rng.random(), rng.choice(WORDS["coins"])
    if u < 0.45:
        return f"{rng.choice(WORDS['numbers'])} {coin}"
    amount = rng.randint(2, 999) if u < 0.8 else rng.randint(1, 90) * 100
    return rng.choice((f"{amount:,} {coin}", f"{amount} {coin}", f"${amount:,}", f"£{amount}"))


def hour(rng: random.Random) -> str:
    """A time of day."""
    count = rng.choice(WORDS["numbers"][:11])
    clock = f"{rng.randint(1, 12)}:{rng.randint(10, 59)}"
    named = ("midnight", "noon", "dawn", "dusk", f"half past {count}", clock)
    return rng.choice((f"{count} o'clock", *named))


def of(kind: str, rng: random.Random) -> str:
    """A word of one of the lists."""
    return rng.choice(WORDS[kind])
