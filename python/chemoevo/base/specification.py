"""The base of every specification: frozen, checked when made, and readable from and writable to TOML and JSON."""

from __future__ import annotations

import inspect
import math
import numbers
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Self, dataclass_transform, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError

from chemoevo.base.addressed import Addressed
from chemoevo.base.portable import Portable
from chemoevo.base.report import REFUSED, WRONG_TYPE, report

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)


def _number(value: object) -> float:
    # numpy's scalars are numbers by their __float__; its arrays and booleans are not.
    scalar = hasattr(value, "__float__") and getattr(value, "shape", ()) == () and not hasattr(value, "strip")
    if not scalar or type(value).__name__ in ("bool", "bool_") or not isinstance(value, numbers.Real):
        raise PydanticCustomError(WRONG_TYPE, "must be a number")
    return float(value)


def _whole(value: object) -> int:
    number = _number(value)
    if not (math.isfinite(number) and number == math.floor(number)):
        raise PydanticCustomError(REFUSED, "must be a whole number", {"found": None})
    return int(value)  # type: ignore[call-overload,no-any-return]


Number = Annotated[float, BeforeValidator(_number)]
"""A finite number; integers and numpy scalars are numbers, True and strings are not."""
Positive = Annotated[Number, Field(gt=0)]
"""A finite number above 0."""
Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number, also as a float or a numpy scalar; True is not one."""
Flag = StrictBool
"""True or False."""
Text = Annotated[str, StringConstraints(strict=True)]
"""Any text."""
Name = Annotated[str, StringConstraints(strict=True, min_length=1, pattern=r"^\S(.*\S)?$")]
"""A text that is not empty and has no blanks at its ends."""


def refuse(*found: tuple[str, str, object]) -> None:
    """Raises the problems that a check over several fields found, from inside a pydantic validator.

    Parameters
    ----------
    found
        (path below the object being checked, rule, value or None) a problem. Nothing is raised for none.
    """
    if found:
        raise PydanticCustomError(REFUSED, "is wrong", {"found": list(found)})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
class _Reporting(ModelMetaclass):
    """Reports what pydantic found in the words of chemoevo.

    Only the object a user makes passes here; what is nested in it is validated inside, so the report is one and
    its paths start where the user's typing did.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args:
            first = next(iter(inspect.signature(self).parameters))
            raise TypeError(f"{self.__name__} takes keyword arguments only, such as {self.__name__}({first}=...)")
        try:
            return super().__call__(**kwargs)
        except ValidationError as error:
            found = error
        raise report(self, found)


class Specification(Portable, Addressed, BaseModel, metaclass=_Reporting):
    """A frozen description, checked as a whole when it is made.

    Raises
    ------
    ModelError
        If values are wrong or keys unknown: all problems at once, each by its path.
    TypeError
        If something has the wrong type; all problems are listed.
    """

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Shows plain types in the signature: help() otherwise prints pydantic's own annotations."""
        super().__pydantic_init_subclass__(**kwargs)
        plain = get_type_hints(cls)
        given = inspect.signature(cls)
        cls.__signature__ = given.replace(
            parameters=[p.replace(annotation=plain.get(p.name, p.annotation)) for p in given.parameters.values()]
        )

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed; make a new one to set {name!r}")

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionaries, lists, texts and numbers; what is None is left out."""
        return self.model_dump(mode="json", exclude_none=True)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """The specification that `to_dict` describes.

        Raises
        ------
        ModelError, TypeError
            As the class itself.
        """
        if not isinstance(data, Mapping):
            raise TypeError(f"data must be a mapping; got {data!r}")
        for key in data:
            if not isinstance(key, str):
                raise TypeError(f"keys must be texts; got {key!r}")
        return cls(**data)

    def describe(self) -> str:
        """Every value by its name, with its unit and meaning as the documentation gives them."""
        return "\n".join([type(self).__name__, *_lines(self, "  ")])


@cache
def _meanings(cls: type[BaseModel]) -> dict[str, str]:
    """The first clause of what the docstring says of each field: there, units come first."""
    found = re.finditer(r"^(\w+(?:, \w+)*)\n((?: {4}.*\n?)+)", inspect.getdoc(cls) or "", flags=re.MULTILINE)
    clause = re.compile(r"(.*?)(?:\.\s|\.?$)")
    texts = ((m.group(1).split(", "), " ".join(m.group(2).split())) for m in found)
    return {name: clause.match(text).group(1) for names, text in texts for name in names}  # type: ignore[union-attr]


def _lines(part: BaseModel, indent: str) -> Iterator[str]:
    for name in type(part).model_fields:
        value = getattr(part, name)
        if value is None:
            continue
        said = _meanings(type(part)).get(name)
        meaning = f"  # {said}" if said else ""
        items = value if isinstance(value, tuple) and value and isinstance(value[0], BaseModel) else (value,)
        for k, item in enumerate(items):
            label = f"{name}[{k}]" if items is value else name
            if isinstance(item, BaseModel):
                yield f"{indent}{label}:{meaning if k == 0 else ''}"
                yield from _lines(item, indent + "  ")
            else:
                yield f"{indent}{label}: {item!r}{meaning}"
