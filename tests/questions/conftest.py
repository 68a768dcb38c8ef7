"""A small corpus that reads plainly, and the embedded reader, for the tests of the exam."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from workbench.corpus.corpus import Corpus
from workbench.types import Document, LanguageModel, ModelReference, Section

NAMES = ("Marta Quill", "Peder Holm", "Agnes Vray", "Tobias Fenn", "Clara Moss", "Edwin Starr")
TRADES = ("clockmaker", "ferryman", "baker", "sailmaker", "printer", "surveyor")
TOWNS = ("Harrow", "Dunmere", "Lisk", "Oakham", "Tarn", "Wexley")
THINGS = ("copper kettle", "brass bell", "oak chest", "silver compass", "red lantern", "blue skiff")
SHIPS = ("Second Wife", "Grey Heron", "Patient Margaret", "Three Aunts", "Night Owl", "White Hart")
NUMBERS = ("forty", "seventeen", "ninety", "twenty-one", "sixty-three", "eighty-four")


def section_text(number: int) -> str:
    """One section of some 100 words about one person, with facts that no other section tells."""
    n = number
    name, other = NAMES[n % 6], NAMES[(n + 1) % 6]
    thing = f"{THINGS[n % 6]} of {TOWNS[n // 6 % 6]}"
    return (
        f"In the spring of {1700 + n}, {name} bought the {thing} from {other} for "
        f"{NUMBERS[n % 6]} crowns. {name} carried the {thing} to the market at {TOWNS[(n + 2) % 6]}"
        f" in a cart. The {SHIPS[n % 6]} sailed from {TOWNS[(n + 3) % 6]} on the {n + 2}th of June "
        f"with {NUMBERS[(n + 1) % 6]} barrels of tar. {name} locked the door of the "
        f"{TRADES[n % 6]}'s shop because the river had risen {n + 3} feet. {other} promised to mend "
        f"the {TRADES[n % 6]}'s window before the winter of {1701 + n}. {other} gave {name} a map "
        f"of {TOWNS[(n + 4) % 6]}, and {name} hid the map under the floor of the mill."
    )


@cache
def small_corpus(sections: int = 12) -> Corpus:
    """``sections`` sections of one document, parted by blank lines."""
    text, found = "", []
    for number in range(sections):
        piece = section_text(number)
        start = len(text)
        text += piece + "\n\n"
        found.append(
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
    return Corpus((document,), tuple(found), "edition", "en", "The Tale")


@pytest.fixture
def corpus() -> Corpus:
    return small_corpus()


@cache
def _reader() -> LanguageModel:
    from workbench.models import load

    return load(ModelReference(precision="float32", device="cpu"))


@pytest.fixture
def reader() -> LanguageModel:
    return _reader()


@pytest.fixture
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of questions written once for all tests that only read it."""
    return _written(tmp_path_factory.getbasetemp() / "written")


@cache
def _written(folder: Path) -> Path:
    from workbench.experiment import QuestionSpec
    from workbench.questions import write

    write(small_corpus(), QuestionSpec(drill_facts=24, exam=18, dev=6), _reader(), folder, 7)
    return folder
