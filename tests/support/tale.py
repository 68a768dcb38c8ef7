"""A small corpus that reads plainly: sections of facts that no other section tells."""

from __future__ import annotations

from functools import cache

from workbench.corpus.corpus import Corpus
from workbench.types import Document, Section

GIVEN = ("Marta", "Peder", "Agnes", "Tobias", "Clara", "Edwin", "Hester", "Jonas", "Lydia")
FAMILY = ("Quill", "Holm", "Vray", "Fenn", "Moss", "Starr", "Tolley")
TRADES = ("clockmaker", "ferryman", "baker", "sailmaker", "printer", "surveyor", "cooper")
TOWNS = ("Harrow", "Dunmere", "Lisk", "Oakham", "Tarn", "Wexley", "Brill", "Corve")
THINGS = ("copper kettle", "brass bell", "oak chest", "silver compass", "red lantern")
SHIPS = ("Second Wife", "Grey Heron", "Patient Margaret", "Three Aunts", "Night Owl", "White Hart")
NUMBERS = ("forty", "seventeen", "ninety", "twenty-one", "sixty-three", "eighty-four", "twelve")


def section_text(number: int) -> str:
    """One section of some 100 words about one person, with facts that no other section tells."""
    n = number
    name = f"{GIVEN[n % 9]} {FAMILY[n % 7]}"
    other = f"{GIVEN[(n + 4) % 9]} {FAMILY[(n + 2) % 7]}"
    thing = f"{THINGS[n % 5]} of {TOWNS[n % 8]}"
    trade, count, ship = TRADES[n % 7], NUMBERS[n % 7], SHIPS[n % 6]
    town, harbour, far = TOWNS[(n + 2) % 8], TOWNS[(n + 3) % 8], TOWNS[(n + 5) % 8]
    return (
        f"In the spring of {1700 + n}, {name} bought the {thing} from {other} for {count} crowns. "
        f"{name} carried the {thing} to the market at {town} in a cart. "
        f"The {ship} sailed from {harbour} on the {n + 4}th of June with "
        f"{NUMBERS[(n + 1) % 7]} barrels of tar. "
        f"{name} locked the door of the {trade}'s shop because the river had risen {n + 3} feet. "
        f"{other} promised to mend the {trade}'s window before the winter of {1701 + n}. "
        f"{other} gave {name} a map of {far}, and {name} hid the map under the {trade}'s floor."
    )


@cache
def small_corpus(sections: int = 12) -> Corpus:
    """``sections`` sections of one document, parted by blank lines."""
    text, matches = "", []
    for number in range(sections):
        piece = section_text(number)
        start = len(text)
        text += piece + "\n\n"
        matches.append(
            Section(
                f"tale#{number:02d}",
                "tale",
                start,
                start + len(piece),
                f"Part {number + 1}",
                piece,
                number,
            )
        )
    document = Document("tale", text, "edition", "The Tale")
    return Corpus((document,), tuple(matches), "edition", "en", "The Tale")
