"""Twelve facts of a town, each told by one sentence that can be told from the others."""

from __future__ import annotations

from workbench.types import Passage

FACTS = (
    "Marta Quill repaired the harbour clock with a spoon on the night of the flood.",
    "The baker's apprentice, Tom Arden, fell in love with the lighthouse keeper's niece.",
    "Salt was taxed at nine pence the barrel after the council of 1794.",
    "An old grey donkey called Bishop carried the mail across the frozen marsh.",
    "Doctor Venn hid his unpaid letters inside the hollow leg of the table.",
    "Every spring the river swallows return to the ruined mill at Carrow.",
    "The bell ringer drank vinegar by mistake and could not sing for a week.",
    "Captain Osei sold three ships to pay for the orphans' winter coats.",
    "A violin without strings hung above the door of the pawnshop.",
    "The grammar school burned down because a candle was left in the attic.",
    "Nobody in Brannock eats eels on a Thursday, and nobody remembers why.",
    "The surveyor drew the border through the middle of the widow's kitchen.",
)


def passages_of(texts: tuple[str, ...] = FACTS) -> list[Passage]:
    """Each text as one passage of one document."""
    result, at = [], 0
    for number, text in enumerate(texts):
        result.append(Passage("town", at, at + len(text), text, f"town#{number:02d}"))
        at += len(text) + 1
    return result
