"""The base of every specification: frozen, checked when made, and readable from and writable to TOML and JSON."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self, TypeVar, dataclass_transform, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    StrictBool,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from chemoevo.base.addressed import Addressed
from chemoevo.base.frozen import FrozenTable
from chemoevo.base.gathering import REFUSED, NotThere, apart, gather
from chemoevo.base.portable import Portable
from chemoevo.base.report import report
from chemoevo.base.shapes import Alone, Whole, given, number
from chemoevo.errors import Problems

__all__ = ["Flag", "Name", "Number", "Positive", "Specification", "Table", "Text", "Whole", "note_part", "refuse"]

if TYPE_CHECKING:
    from pydantic._internal._model_construction import ModelMetaclass
else:
    ModelMetaclass = type(BaseModel)


K = TypeVar("K")
V = TypeVar("V")

Number = Annotated[float, BeforeValidator(number)]
"""A finite number; integers and numpy scalars are numbers, True and strings are not."""
Positive = Annotated[Number, Field(gt=0)]
"""A finite number above 0."""
Flag = StrictBool
"""True or False."""
Text = Annotated[str, StringConstraints(strict=True)]
"""Any text."""
Name = Annotated[str, StringConstraints(strict=True, min_length=1, pattern=r"^\S(.*\S)?$")]
"""A text that is not empty and has no blanks at its ends."""


Table = Annotated[dict[K, V], AfterValidator(FrozenTable)]
"""A field that is a table: a dictionary when it is given, one that cannot be changed afterwards."""


def refuse(*found: tuple[str, str, object]) -> None:
    """Raises the problems that a check over several fields found, from inside a pydantic validator.

    Parameters
    ----------
    found
        (path below the object being checked, rule, value or None) a problem. Nothing is raised for none.
    """
    if found:
        raise PydanticCustomError(REFUSED, "is wrong", {"found": list(found)})


_INSIDE = frozenset(
    {
        *("alternatives", "as_written", "copy", "figure", "form", "is_one", "missing_item", "model_config"),
        *("model_construct", "model_copy", "other_forms", "other_words", "unless", "with_missing"),
    }
)
"""Names that a specification has for its own making, and pydantic's: they work, and are not shown."""


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field, given))
class _Reporting(ModelMetaclass):
    """Reports what pydantic found in the words of chemoevo.

    Only the object a user makes passes here; what is nested in it is validated inside, so the report is one and
    its paths start where the user's typing did.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if args:
            first = next(iter(inspect.signature(self).parameters))
            raise TypeError(f"{self.__name__} takes keyword arguments only, such as {self.__name__}({first}=...)")
        make = super().__call__
        try:
            return apart(lambda: make(**kwargs))
        except ValidationError as error:
            found = error
        raise report(self, found)  # type: ignore[arg-type]

    def __dir__(cls) -> list[str]:  # noqa: N805 - of a class
        """What is of chemoevo: help() and completion show else some hundred names of pydantic."""
        ours = {name for base in cls.__mro__ if base.__module__.startswith("chemoevo.") for name in vars(base)}
        return sorted(name for name in ours if not name.startswith("_") and name not in _INSIDE)


class Specification(Alone, Portable, Addressed, BaseModel, metaclass=_Reporting):
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
        shown = inspect.signature(cls)
        cls.__signature__ = shown.replace(
            parameters=[p.replace(annotation=plain.get(p.name, p.annotation)) for p in shown.parameters.values()]
        )

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    form: ClassVar[str] = ""
    """How one is written, for messages."""
    unless: ClassVar[Mapping[str, str]] = {}
    """Fields that must be given unless another one is: {field: the other}. None then, though not typed so."""

    @classmethod
    def as_written(cls, data: Any) -> Any:
        """The table that stands for what a user wrote instead of one."""
        return data

    @model_validator(mode="wrap")
    @classmethod
    def _gathered(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return handler(data) if isinstance(data, cls) else gather(cls, cls.as_written(data), handler)

    if not TYPE_CHECKING:  # a field that is not there is one that was not valid

        def __getattr__(self, name):
            if name in type(self).model_fields:
                raise NotThere(name)
            return super().__getattr__(name)

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

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """What was said: a value that is the default goes without saying."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if field.is_required() or value != field.get_default(call_default_factory=True):
                yield name, value

    def __dir__(self) -> list[str]:
        return sorted({*dir(type(self)), *type(self).model_fields})

    def describe(self) -> str:
        """Every value by its name, with its unit and meaning as the documentation gives them."""
        return "\n".join([type(self).__name__, *_lines(self, "  ")])


def note_part(problems: Problems, path: str, value: object, kind: type[Specification]) -> bool:
    """Whether an argument is a specification of some kind; it is noted where it is not."""
    if isinstance(value, kind):
        return True
    such = f", such as {kind.form}" if kind.form else ""
    problems.type(path, f"must be {'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}{such}", value)
    return False


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
