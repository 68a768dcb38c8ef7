"""Many values of one kind as a list for each of their fields.

A million answers are counted and written as columns, and built one by one only where somebody reads
one.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from itertools import repeat
from operator import attrgetter
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class Columns(Sequence[T], Generic[T]):
    """A sequence of dataclass values, held by column.

    ``given`` has a list for each field that differs; all others have their default. A column of
    another name is what was worked out of each value, kept beside it. ``make`` builds a value from
    its fields, by default the class itself.
    """

    def __init__(
        self, kind: type[T], given: Mapping[str, Sequence[Any]],
        make: Callable[..., T] | None = None,
    ) -> None:  # fmt: skip
        self.kind, self.given, self.make = kind, given, make or kind
        self._own = [name for name in fields_of(kind) if name in given]
        self._size = len(next(iter(given.values()), ()))
        self._parts: dict[str, dict[Any, Columns[T]]] = {}

    @classmethod
    def of(cls, kind: type[T], values: Iterable[T]) -> Columns[T]:
        """The same values, by column."""
        return values if isinstance(values, Columns) else _Listed(kind, list(values))

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        if isinstance(at, slice):
            return [self[place] for place in range(len(self))[at]]
        return self.make(**{name: self.given[name][at] for name in self._own})

    def __iter__(self) -> Iterator[T]:
        for values in zip(*(self.given[name] for name in self._own), strict=True):
            yield self.make(**dict(zip(self._own, values, strict=True)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def column(self, name: str) -> Iterable[Any]:
        """The values of one field, in their order."""
        if name in self.given:
            return self.given[name]
        return repeat(fields_of(self.kind)[name], len(self))

    def varies(self, name: str) -> bool:
        """Whether a field may have another value than its default, or than the first has."""
        column = self.given.get(name, ())
        return any(value != column[0] for value in column)

    def with_column(self, name: str, values: Sequence[Any]) -> Columns[T]:
        """The same with other values of one field."""
        return Columns(self.kind, {**self.given, name: values}, self.make)

    def rows(self, places: Sequence[int]) -> Columns[T]:
        """The values at these places, in their order."""
        cut = {name: [*map(column.__getitem__, places)] for name, column in self.given.items()}
        return Columns(self.kind, cut, self.make)

    def where(self, name: str, wanted: Container[Any]) -> Columns[T]:
        """Those whose field has one of these values."""
        places = [at for at, value in enumerate(self.column(name)) if value in wanted]
        return self if len(places) == len(self) else self.rows(places)

    def by(self, name: str) -> dict[Any, Columns[T]]:
        """The values by those of one field, which come in the order of their first."""
        if name not in self._parts:
            places: dict[Any, list[int]] = {}
            for at, value in enumerate(self.column(name)):
                if value not in places:
                    places[value] = []
                places[value].append(at)
            self._parts[name] = {value: self.rows(listed) for value, listed in places.items()}
        return self._parts[name]


class _Listed(Columns[T]):
    """Values that are there already; a column is read off them when it is asked for."""

    def __init__(self, kind: type[T], listed: list[T]) -> None:
        super().__init__(kind, {})
        self._listed, self._size = listed, len(listed)

    @overload
    def __getitem__(self, at: int) -> T: ...
    @overload
    def __getitem__(self, at: slice) -> list[T]: ...
    def __getitem__(self, at: int | slice) -> T | list[T]:
        return self._listed[at]

    def __iter__(self) -> Iterator[T]:
        return iter(self._listed)

    def column(self, name: str) -> Iterable[Any]:
        return map(attrgetter(name), self._listed)

    def varies(self, name: str) -> bool:
        known = fields_of(self.kind)
        return name in known and any(value != known[name] for value in self.column(name))

    def rows(self, places: Sequence[int]) -> Columns[T]:
        return _Listed(self.kind, [self._listed[at] for at in places])


def fields_of(kind: type) -> dict[str, Any]:
    """The fields of a dataclass, with their defaults (None where they have none)."""
    return {item.name: None if item.default is MISSING else item.default for item in fields(kind)}
