"""Which names mean the same thing: the nodes of a graph, and how a question's words find them.

Things are the same whose words have the same stems. A person named by one word is the one person
whose fuller name has that word; where two have it, the one word stays by itself.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from workbench.retrieval.graph.triples import Triple
from workbench.retrieval.lexical import ASKING, WORD, terms

_NAMED = frozenset({"person", "place", "group", "name"})
_TITLE = re.compile(
    r"^(?:(?:the|a|an|mr|mrs|ms|miss|mistress|master|dr|doctor|captain|capt|sir|lady)\.?\s+)+", re.I
)
_OWNING = re.compile(r"['’]s?(?!\w)")
#: Words of a question that are looked up together, at the most.
_LONGEST = 6

Key = tuple[str, ...]


@dataclass(slots=True)
class Node:
    """A thing: the name that is shown, what it is, and all names that it goes by."""

    name: str
    kind: str
    aliases: set[str] = field(default_factory=set)


def key_of(name: str) -> Key:
    """What makes two names the same: the stems of their words, articles and titles left out."""
    bare = _OWNING.sub("", _TITLE.sub("", name.strip(), count=1) or name)
    return tuple(terms(bare)) or (bare.casefold(),)


def nodes_of(triples: Sequence[Triple]) -> dict[str, Node]:
    """By each name in the triples, the node that it means; equal nodes are one object."""
    called: dict[Key, Counter[str]] = defaultdict(Counter)
    kinds: dict[Key, Counter[str]] = defaultdict(Counter)
    for name, kind in _mentions(triples):
        called[key_of(name)][name] += 1
        kinds[key_of(name)][kind] += 1
    fuller = _fuller(called, kinds)
    nodes: dict[Key, Node] = {}
    result: dict[str, Node] = {}
    for key in called:
        whole = fuller.get(key, key)
        if whole not in nodes:
            # The longest of the commonest names, the same for the same text.
            name = max(called[whole], key=lambda n: (called[whole][n], len(n), n))
            nodes[whole] = Node(name, kinds[whole].most_common(1)[0][0])
        nodes[whole].aliases.update(called[key])
        result.update(dict.fromkeys(called[key], nodes[whole]))
    return result


def _mentions(triples: Iterable[Triple]) -> Iterable[tuple[str, str]]:
    for item in triples:
        yield item.subject, item.subject_kind
        yield item.object, item.object_kind


def _fuller(
    called: Mapping[Key, Counter[str]], kinds: Mapping[Key, Counter[str]]
) -> dict[Key, Key]:
    """By the key of a name in one word, that of the only fuller name which has the word."""
    named = [key for key, found in kinds.items() if _NAMED & found.keys()]
    having: dict[str, list[Key]] = defaultdict(list)
    for key in named:
        if len(key) > 1 and _capital(called[key]):
            for word in set(key):
                having[word].append(key)
    alone = [key for key in named if len(key) == 1 and _capital(called[key])]
    return {key: having[key[0]][0] for key in alone if len(having[key[0]]) == 1}


def _capital(names: Counter[str]) -> bool:
    """Whether every word of a name begins with a capital, as it is mostly written."""
    return all(word[:1].isupper() for word in names.most_common(1)[0][0].split())


class Names:
    """Looks a question's words up among the names of the nodes."""

    def __init__(self, aliases: Sequence[Sequence[str]]) -> None:
        """``aliases``: the names of each node, by its number."""
        self._known: dict[Key, set[int]] = defaultdict(set)
        for number, names in enumerate(aliases):
            for name in names:
                self._known[key_of(name)].add(number)

    def find(self, question: str) -> tuple[dict[int, float], list[str]]:
        """Nodes by how surely the question names them, and its words that name none.

        The longest names are found first, and a word is part of one name only.
        """
        pairs = [pair for word in WORD.findall(_OWNING.sub("", question)) for pair in _stems(word)]
        words = [stem for stem, _ in pairs]
        found: dict[int, float] = {}
        free = [True] * len(words)
        for size in range(min(_LONGEST, len(words)), 0, -1):
            for at in range(len(words) - size + 1):
                nodes = self._known.get(tuple(words[at : at + size]))
                if nodes and all(free[at : at + size]):
                    free[at : at + size] = [False] * size
                    found.update(dict.fromkeys(nodes, 1.0))
        return found, [word for (_, word), left in zip(pairs, free, strict=True) if left]


def _stems(word: str) -> list[tuple[str, str]]:
    """A word's stem with the word; of a run of Chinese its words. None for what only asks."""
    found = terms(word, ASKING)
    return [(stem, stem if len(found) > 1 else word) for stem in found]
