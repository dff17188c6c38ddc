"""Tables that cannot be changed, and the hash of whatever a frozen specification holds."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, NoReturn, TypeVar

K = TypeVar("K")
V = TypeVar("V")


_PLAIN = frozenset({str, float, int, bool, type(None)})


class FrozenTable(dict[K, V]):
    """A dictionary that is read, compared, copied and pickled like any other, and cannot be changed."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this table cannot be changed; make a new specification with another one")

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset((key, hashable(value)) for key, value in self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (dict(self),)

    def __copy__(self) -> FrozenTable[K, V]:
        return self

    def __deepcopy__(self, memo: object) -> FrozenTable[K, V]:
        return self


def hashable(value: object) -> Hashable:
    """Something with a hash that is equal for equal values: tables and lists have none of their own."""
    if type(value) in _PLAIN:  # as nearly all are
        return value
    if isinstance(value, Mapping):
        return frozenset((key, hashable(item)) for key, item in value.items())
    if isinstance(value, list | tuple):
        return tuple(map(hashable, value))
    return value
