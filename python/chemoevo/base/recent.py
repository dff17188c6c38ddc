"""The last few results of a function, found by equal arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """A function that keeps its last results, by equality of its arguments.

    A cache by hash would hash every part of large specifications at every call; equal ones are mostly the same objects,
    and others differ early.

    Attributes
    ----------
    function
        Of keyword arguments that are never changed, to a result that nobody changes.
    most
        How many results are kept.
    """

    __slots__ = ("_kept", "function", "most")

    def __init__(self, function: Callable[..., T], most: int) -> None:
        self.function, self.most = function, most
        self._kept: tuple[tuple[dict[str, Any], T], ...] = ()

    def __call__(self, **arguments: Any) -> T:
        """The result, kept or new."""
        for given, result in self._kept:
            if given == arguments:
                return result
        result = self.function(**arguments)
        # Two threads may forget what the other has kept, and no more.
        self._kept = ((arguments, result), *self._kept)[: self.most]
        return result

    def forget(self) -> None:
        """Keeps nothing."""
        self._kept = ()
