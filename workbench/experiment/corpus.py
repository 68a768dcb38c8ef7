"""Where the text is, and how it is read."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal
from urllib.parse import parse_qsl, urlsplit

from pydantic import (
    AfterValidator,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from workbench.experiment.secrets import Address, VariableName
from workbench.experiment.spec import Named, Positive, Spec, without_later
from workbench.fairness.masking import BY_PRESIDIO
from workbench.types import ModelReference

_SECRET = ("token", "key", "secret", "password", "signature", "sig", "auth", "credential")


def _public(url: str) -> str:
    parts = urlsplit(url)
    names = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    if "@" in parts.netloc or any(mark in name for name in names for mark in _SECRET):
        raise ValueError(
            "an address with a user, password or token would be written into the run; fetch the "
            "file by hand and give its path"
        )
    return url


def _encoding(name: str) -> str:
    if name == "auto":
        return name
    try:
        # Python's own name of it: "CP949", "cp949" and "949" are one key of the cache.
        return codecs.lookup(name).name
    except LookupError:
        raise ValueError(
            f"{name!r} is no encoding; known are utf-8, cp1250 to cp1258, gb18030, big5, cp932, "
            "cp949 and Python's others, or auto to have it found"
        ) from None


PublicAddress = Annotated[str, AfterValidator(_public)]
Encoding = Annotated[str, AfterValidator(_encoding)]


class TranscriberSpec(Spec):
    """Who writes down recordings: an endpoint's model by name, or a local speech model's folder.

    The endpoint is any that serves OpenAI's ``audio/transcriptions``; a local model is one of
    transformers' (needs soundfile). Each file may take ``timeout_s``.
    """

    written_short: ClassVar[str | None] = "name"

    name: Named
    endpoint: Address | None = None
    key_env: VariableName | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 600.0

    @property
    def reference(self) -> ModelReference:
        """The value that reading takes."""
        return ModelReference(
            self.name, endpoint=self.endpoint, key_env=self.key_env, timeout_s=self.timeout_s
        )


class CorpusSpec(Spec):
    """Where the text is: a file or folder, or a URL with checksum that is fetched once.

    ``revision`` takes file or folder as git has it at that tag, branch or commit, whatever the
    working tree holds.

    ``transcriber`` writes down the recordings among the files; without one they are not read.
    ``editions`` are two states of one text, the earlier first: the exam is on the later one, and
    what was built for the earlier is brought up to it, as each variant says.
    ``mask`` replaces personal data as the text is read: e-mail addresses, telephone numbers,
    numbers of persons, cards and accounts. The same value gets the same replacement everywhere,
    in hand-written questions too. ``personal`` is what finds it: ``patterns``, or ``presidio``
    beside them, which also knows persons, locations and addresses of machines (ip) in English.
    """

    written_short: ClassVar[str | None] = "path"

    path: Named | None = None
    revision: Named | None = None
    url: PublicAddress | None = None
    sha256: str | None = None
    language: str = "auto"
    encoding: Encoding = "auto"
    section_words: Positive = 600
    strip_boilerplate: bool = True
    transcriber: TranscriberSpec | None = None
    editions: tuple[Named, ...] = ()
    mask: tuple[Literal["email", "phone", "id", "ip", "person", "location"], ...] = ()
    personal: Literal["patterns", "presidio"] = "patterns"

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        values = without_later(handler(self), {"revision": None, "personal": "patterns"})
        if not self.mask:
            del values["mask"]
        if not self.editions:
            del values["editions"]
        return values

    @model_validator(mode="before")
    @classmethod
    def _the_later_is_the_text(cls, values: Any) -> Any:
        given = values.get("editions") if isinstance(values, Mapping) else None
        if not given:
            return values
        if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != 2:
            raise ValueError("editions are two paths, the earlier first: [old, new]")
        if values.get("url") is not None:
            raise ValueError("editions are files or folders: leave url out")
        old, new = map(str, given)
        if values.get("path") is not None and str(values["path"]) != new:
            raise ValueError("the text is the later of its editions: leave path out")
        return {**values, "path": new, "editions": (old, new)}

    @property
    def earlier(self) -> CorpusSpec:
        """The earlier edition alone, read as the later one is."""
        return self.model_copy(update={"path": self.editions[0], "editions": (), "sha256": None})

    @model_validator(mode="after")
    def _finds_what_it_masks(self) -> CorpusSpec:
        names = [kind for kind in self.mask if kind in BY_PRESIDIO]
        if names and self.personal != "presidio":
            raise ValueError(
                f"mask: {', '.join(names)} are found by presidio alone: say personal: presidio"
            )
        return self

    @model_validator(mode="after")
    def _has_a_source(self) -> CorpusSpec:
        if self.revision is not None and self.editions:
            raise ValueError("editions are files or folders as they are: leave revision out")
        if self.revision is not None and self.path is None:
            raise ValueError("a revision is of a file or folder in git: name it in path")
        if self.path is None and self.url is None:
            raise ValueError("a corpus needs a path, or a url with its sha256")
        if self.url is not None and self.sha256 is None:
            raise ValueError("a corpus fetched from a url needs its sha256")
        return self
