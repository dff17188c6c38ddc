"""The shapes in which people write values: one thing where a list is asked for, 1e9 for a whole number.

Type checkers see a field as a descriptor: they infer what a class takes from what may be set, and what it has from what
one gets.
At run time it is what it gives, with a validator that makes one from the other.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, Literal, get_origin

from pydantic import BaseModel, BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from chemoevo.base.gathering import REFUSED

WRONG_TYPE = "wrong_type"
"""Kind of the findings of our own validators that are wrong types."""
WRONG_SHAPE = "wrong_shape"
"""Kind of the findings of our own validators that are no list where there must be one, or no part."""

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    K_co = TypeVar("K_co", covariant=True)
    G_contra = TypeVar("G_contra", contravariant=True)
    T = TypeVar("T")
    I = TypeVar("I", default=T)  # noqa: E741

    class Taken(Generic[K_co, G_contra]):
        """A field that is the first type, and may be given as the second."""

        def __get__(self, owner: object, kind: object = None) -> K_co: ...
        def __set__(self, owner: object, value: G_contra) -> None: ...

    class Several(Generic[T, I]):
        """A field that is a tuple of `T`, and may be given as any sequence of `I`, or as one alone."""

        def __get__(self, owner: object, kind: object = None) -> tuple[T, ...]: ...
        def __set__(self, owner: object, value: I | Sequence[I]) -> None: ...

    Whole = Taken[int, float]

    def given(*, default: Any = ..., **rules: Any) -> Any:
        """`pydantic.Field`, for type checkers: its default is what the field gives, not what it is declared as."""

else:

    class Taken:
        """A field that is the first of two types, and may be given as the second."""

        def __class_getitem__(cls, types):
            return types[0]

    class Several:
        """A field that is a tuple of the type named first, and may be given as any sequence, or as one item alone."""

        def __class_getitem__(cls, types):
            item = types[0] if isinstance(types, tuple) else types
            return Annotated[tuple[item, ...], _Listed(item)]

    given = Field


def is_number(value: object) -> bool:
    """Whether it is a real number: numpy's scalars are, True, text and arrays are not."""
    if type(value) is float or type(value) is int:
        return True
    # numpy's scalars are numbers by their __float__; its arrays and booleans are not.
    scalar = hasattr(value, "__float__") and getattr(value, "shape", ()) == () and not hasattr(value, "strip")
    return scalar and type(value).__name__ not in ("bool", "bool_") and isinstance(value, numbers.Real)


def number(value: object) -> float:
    """A real number as a float, or a wrong type."""
    if not is_number(value):
        raise PydanticCustomError(WRONG_TYPE, "must be a number")
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:  # an integer, or a fraction, beyond all floats
        raise PydanticCustomError(REFUSED, "must be finite, and less than 1.8e308", {"found": None}) from None


def whole(value: object) -> int:
    """A whole number as an int, however it is written."""
    if isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    real = number(value)
    if not (math.isfinite(real) and real == math.floor(real)):
        raise PydanticCustomError(REFUSED, "must be a whole number", {"found": None})
    return int(value)  # type: ignore[call-overload,no-any-return]


if not TYPE_CHECKING:
    Whole = Annotated[int, BeforeValidator(whole)]


class Alone:
    """What may stand alone where a list of such things is asked for; a part says it of itself by `is_one`."""

    other_forms: ClassVar[tuple[dict[str, Any], ...]] = ()
    """JSON schemas of what is one besides a table."""
    other_words: ClassVar[str] = ""
    """The same in words, such as "a number"."""

    @classmethod
    def is_one(cls, value: object) -> bool:
        """Whether a value is one such part, and not a list of them."""
        return isinstance(value, cls | Mapping)


class Otherwise:
    """What a part of a field may be written as besides a table: in words, such as "a number", and as JSON schemas."""

    def __init__(self, words: str, *forms: dict[str, Any]) -> None:
        self.words = words
        self.forms = forms

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [handler(schema), *self.forms]} if self.forms else handler(schema)


class _Listed:
    """Makes a tuple of what may be a list or one item alone."""

    def __init__(self, item: Any) -> None:
        self.item = item
        self.part = item if isinstance(item, type) and issubclass(item, Alone) else None
        self.text = getattr(item, "__origin__", item) is str or get_origin(item) is Literal

    def read(self, value: Any) -> tuple[Any, ...]:
        """A tuple of the items."""
        if self._is_one(value):
            return (value,)
        if isinstance(value, str | bytes | Mapping | BaseModel) or not isinstance(value, Iterable):
            raise PydanticCustomError(WRONG_SHAPE, "must be a list")
        return tuple(value)

    def _is_one(self, value: Any) -> bool:
        if self.part is not None:
            return self.part.is_one(value)
        return isinstance(value, str) if self.text else is_number(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        several = handler(schema)
        forms = () if self.part is None else self.part.other_forms
        one = [several["items"], *forms]
        return {"anyOf": [{**several, "items": {"anyOf": one} if forms else one[0]}, *one]}
