"""How many tokens a text has, where the tokenizer is the provider's.

Counted by OpenAI's newest vocabulary, which cuts English, Chinese and code much as other present
ones do. It is the copy that llama-index ships: nothing is downloaded. What a server charges is
known from its replies, and then corrects the count (:class:`Charges`).
"""

from __future__ import annotations

import hashlib
import math
import os
import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

VOCABULARY = "o200k_base"
#: tiktoken names the file of a vocabulary after the hash of its address.
_FILE = hashlib.sha1(
    f"https://openaipublic.blob.core.windows.net/encodings/{VOCABULARY}.tiktoken".encode()
).hexdigest()
#: Characters counted at a time: tiktoken overflows its stack on long runs of white space.
_AT_A_TIME = 10_000
_LOCK = threading.Lock()


def estimated_tokens(text: str) -> int:
    """Tokens of a text. Another tokenizer's count may differ by a tenth, an older one's by more."""
    vocabulary = _vocabulary()
    if vocabulary is None:
        return rough_tokens(text)
    pieces = (text[at : at + _AT_A_TIME] for at in range(0, len(text), _AT_A_TIME))
    return sum(len(vocabulary.encode_ordinary(piece)) for piece in pieces)


def rough_tokens(text: str) -> int:
    """Four characters a token, one for each character outside ASCII: without a vocabulary."""
    # The usual rule of thumb for English; a Chinese character is about a token by itself.
    plain = sum(character.isascii() for character in text)
    return math.ceil(plain / 4) + len(text) - plain


class Charges:
    """How many tokens a server charges for each that is counted here, by its first replies.

    Safe to use from several threads at once.
    """

    #: Replies before the count is corrected, and those after which the correction is settled.
    FIRST, LAST = 4, 64

    def __init__(self) -> None:
        self._replies = self._counted = self._charged = 0

    @property
    def settled(self) -> bool:
        """Whether further replies add nothing."""
        return self._replies >= self.LAST

    def note(self, counted: int, charged: int) -> None:
        """A reply's prompt had so many tokens by our count and by the server's."""
        with _LOCK:
            self._replies += 1
            self._counted += counted
            self._charged += charged

    @property
    def ratio(self) -> float:
        """Charged for counted; 1 before there are replies enough."""
        enough = self._replies >= self.FIRST and self._counted
        return self._charged / self._counted if enough else 1.0


@cache
def _vocabulary() -> Any:
    """tiktoken's encoding; None where its file is not here, since it would be downloaded."""
    package = find_spec("llama_index.core")
    places = package.submodule_search_locations if package is not None else None
    folders = [Path(place) / "_static" / "tiktoken_cache" for place in places or ()]
    if not folders or not (folders[0] / _FILE).is_file():
        return None
    import tiktoken

    name = "TIKTOKEN_CACHE_DIR"
    with _LOCK:
        before = os.environ.get(name)
        os.environ[name] = str(folders[0])
        try:
            return tiktoken.get_encoding(VOCABULARY)
        except (OSError, ValueError):  # a damaged file, and no network to replace it
            return None
        finally:
            os.environ.pop(name)
            if before is not None:
                os.environ[name] = before
