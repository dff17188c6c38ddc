"""Copies of specifications: validated as a whole when they are made, with nothing that was computed before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from chemoevo.base.frozen import hashable


class Copied:
    """What makes copies of a pydantic model: its fields, through the door that everything else comes through.

    Pydantic's own ways to copy and to pickle take the whole instance dictionary, cached properties with it, and check
    nothing. Here a copy is a new object of the same fields.
    """

    __slots__ = ()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other values of some fields, validated as a whole.

        Raises
        ------
        ModelError, TypeError
            As the class itself, also for a field that it does not have.
        """
        return type(self)(**{**_fields(self), **(update or {})})

    def copy(self, **changes: Any) -> Self:
        """As `model_copy`: `update` holds other values of fields.

        Raises
        ------
        ModelError, TypeError
            As the class itself.
        """
        if unknown := sorted(set(changes) - {"update", "deep"}):
            raise TypeError(f"copy() takes update and deep; got {', '.join(unknown)}. `replace` takes paths.")
        return self.model_copy(**changes)

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:
        """As the class itself: nothing is made without validation."""
        return cls(**values)

    def __copy__(self) -> Self:
        return self.model_copy()

    def __deepcopy__(self, memo: object = None) -> Self:
        # All that is in it is frozen: there is nothing deeper to copy.
        return self.model_copy()

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (type(self), _fields(self))

    def __hash__(self) -> int:
        # Nothing in it changes, and what is computed from it is kept by its value: asked for again and again.
        kept: dict[str, Any] = self.__dict__
        if "_hash" not in kept:
            # A part that is wrong lacks what is wrong of it.
            kept["_hash"] = hash((type(self), *[hashable(kept.get(name)) for name in _names(self)]))
        found: int = kept["_hash"]
        return found


def _names(part: Any) -> Iterable[str]:
    """Of the fields of a pydantic model."""
    names: dict[str, Any] = type(part).__pydantic_fields__
    return names


def _fields(part: Any) -> dict[str, Any]:
    return {name: getattr(part, name) for name in _names(part)}


def _made(cls: type[Any], fields: dict[str, Any]) -> Any:
    return cls(**fields)
