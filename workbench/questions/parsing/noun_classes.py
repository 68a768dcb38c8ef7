"""What a common noun names: a person, a place, a time, a thing and so on.

A question asks "who", "where" or "what" by it. The parse does not tell; the embedding model does:
a noun belongs to the class whose examples lie nearest to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from workbench.questions.lexicon import lexicon

NounClass = Literal[
    "person", "group", "place", "time", "thing", "information", "event", "abstract", ""
]
#: Examples of each class.
EXAMPLES: dict[NounClass, str] = {
    "person": "person man woman boy girl child baby teacher doctor nurse employee manager sailor "
    "soldier friend king queen priest bishop customer supervisor farmer captain daughter brother "
    "uncle widow neighbour driver lawyer servant clerk user programmer author ferryman stranger "
    "bride thief ancestor",
    "group": "company agency committee government team department army council church union "
    "university ministry family crew band party court bank firm board",
    "place": "place room house city town street garden kitchen forest island office workshop "
    "school road river harbour bridge country hall field building cellar library chapel airport "
    "shop corner yard hotel mountain shore prison",
    "time": "morning afternoon year month week day hour minute autumn century night deadline "
    "moment noon birthday decade season period spring",
    "thing": "table book hammer coin letter machine bread rope bottle cloth car lamp stone key "
    "ship gun ring sack boat dog cow bed scale coat instrument",
    "information": "file form report error function code request policy option setting document "
    "database message variable command value type email page receipt list stack heap pointer",
    "event": "meeting war wedding storm journey trip accident fight dinner election training "
    "flight festival birth funeral quarrel move",
    "abstract": "silence anger idea reason way manner order detail power truth hope difference "
    "care haste ability fear grief purpose advantage favour kindness despair",
}
_NEAREST = 3
#: A noun is of a class only if so much nearer to it than to the next.
_MARGIN = 0.02

#: Nouns that an embedding misjudges: a tuner is no thing, a hire is nobody.
_PERSONS, _NO_PERSONS = lexicon("names", "person_nouns"), lexicon("names", "not_person")

_DOERS = ("or", "er", "ist", "ian", "eer")

Embed = Callable[[Sequence[str]], Any]


class NounClasses:
    """Classes of nouns, looked up by lemma. Without an embedding model every class is ""."""

    def __init__(self, embed: Embed | None) -> None:
        self._embed = embed
        self._known: dict[str, NounClass] = {}
        self._examples: Any = None
        self._classes: list[NounClass] = []

    def __getitem__(self, lemma: str) -> NounClass:
        if lemma in _PERSONS:
            return "person"
        if lemma not in self._known:
            self.learn([lemma])
        kind = self._known[lemma]
        if lemma in _NO_PERSONS:
            return "event" if kind == "person" else kind
        # "investor", "settler": those who do it, near as they are to what they make up.
        return "person" if kind == "group" and lemma.endswith(_DOERS) else kind

    def learn(self, lemmas: Iterable[str]) -> None:
        """Class many nouns at once, which takes far less time than one after the other."""
        new = sorted(set(lemmas) - self._known.keys())
        if not new:
            return
        if self._embed is None:
            self._known.update(dict.fromkeys(new, ""))
            return
        import numpy as np

        if self._examples is None:
            pairs = [(word, name) for name, words in EXAMPLES.items() for word in words.split()]
            self._examples = self._embed([f"the {word}" for word, _ in pairs])
            self._classes = [name for _, name in pairs]
        near = np.asarray(self._embed([f"the {word}" for word in new])) @ self._examples.T
        classes = np.array(self._classes)
        for row, word in zip(near, new, strict=True):
            ranked = sorted(
                (
                    (float(np.sort(row[classes == name])[-_NEAREST:].mean()), name)
                    for name in EXAMPLES
                ),
                reverse=True,
            )
            sure = ranked[0][0] - ranked[1][0] >= _MARGIN
            self._known[word] = ranked[0][1] if sure else ""
