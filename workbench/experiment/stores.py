"""A database that holds an index's vectors, or its graph, in the place of a file beside the run."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from workbench.experiment.secrets import Address, VariableName
from workbench.experiment.spec import Spec

StoreKind = Literal["qdrant", "pgvector", "elasticsearch", "opensearch"]
#: What an address of each kind begins with, and how one is written.
_SCHEMES: dict[str, tuple[tuple[str, ...], str]] = {
    "qdrant": (("http", "https", "file"), "http://host:6333, or file:///folder"),
    "pgvector": (("postgresql",), "postgresql://host:5432/database"),
    "elasticsearch": (("http", "https"), "https://host:9200"),
    "opensearch": (("http", "https"), "https://host:9200"),
}
#: How Neo4j's protocol is written in an address: plain, encrypted, and without a known certificate.
_BOLT = frozenset(way + how for way in ("bolt", "neo4j") for how in ("", "+s", "+ssc"))


class StoreSpec(Spec):
    """A vector database that proposes passages in FAISS' place, each by its whole vector.

    ``qdrant`` is reached by ``http://host:6333`` (``file:///folder`` keeps it in a folder, without
    a server), ``pgvector`` by ``postgresql://host:5432/database``, ``elasticsearch`` and
    ``opensearch`` by ``https://host:9200``. Each index is a collection of its own there, named
    ``collection`` and the index's id. ``key_env`` names the environment variable with the password
    of ``user``, or, where none is named, with the key of Qdrant or Elasticsearch.
    """

    kind: StoreKind
    url: Address
    # PostgreSQL takes names of 63 characters, of which the index's id and what llama-index adds
    # need 42.
    collection: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")] = "workbench"
    user: str | None = None
    key_env: VariableName | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 60.0

    @model_validator(mode="after")
    def _is_reached(self) -> StoreSpec:
        schemes, written = _SCHEMES[self.kind]
        parts = urlsplit(self.url)
        if parts.scheme not in schemes or not (parts.netloc or parts.scheme == "file"):
            raise ValueError(f"an address of {self.kind} is written as {written}")
        if self.kind == "pgvector" and not parts.path.strip("/"):
            raise ValueError(f"the address names no database: it is written as {written}")
        if self.kind == "qdrant" and self.user is not None:
            raise ValueError("Qdrant knows no users: leave user out")
        if self.kind == "opensearch" and (self.user is None) != (self.key_env is None):
            raise ValueError("OpenSearch takes a user with a password: name user and key_env")
        return self

    @property
    def folder(self) -> str | None:
        """The folder that it lies in, where no server is asked."""
        parts = urlsplit(self.url)
        return parts.path if parts.scheme == "file" else None


class GraphStoreSpec(Spec):
    """A graph database that holds the things of a text and what relates them.

    ``neo4j`` is reached by ``bolt://host:7687`` (one server) or ``neo4j://host:7687`` (a cluster);
    ``+s`` behind either encrypts. ``password_env`` names the environment variable with the password
    of ``user``. Each graph bears the label ``workbench_`` and its index's id in ``database``, and
    is written over by no other.
    """

    kind: Literal["neo4j"]
    url: Address
    database: Annotated[str, Field(min_length=1)] = "neo4j"
    user: str | None = None
    password_env: VariableName | None = None
    timeout_s: Annotated[float, Field(gt=0)] = 60.0

    @model_validator(mode="after")
    def _is_reached(self) -> GraphStoreSpec:
        parts = urlsplit(self.url)
        if parts.scheme not in _BOLT or not parts.netloc:
            raise ValueError("an address of neo4j is written as bolt://host:7687 or neo4j://host")
        if (self.user is None) != (self.password_env is None):
            raise ValueError("Neo4j takes a user with a password: name user and password_env")
        return self
