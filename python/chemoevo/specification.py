"""The base of every specification: frozen, checked when made, and readable from and writable to TOML and JSON."""

from __future__ import annotations

import json
import math
import numbers
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, NoReturn, Self, dataclass_transform, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints, ValidationError
from pydantic._internal._model_construction import ModelMetaclass
from pydantic_core import PydanticCustomError

from chemoevo.errors import ModelError, Problems, did_you_mean

__all__ = ["Flag", "Name", "Number", "Specification", "Text", "Whole", "refuse"]

_WRONG_TYPE = "wrong_type"
_REFUSED = "refused"


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        if type(value).__name__ == "bool" or not hasattr(value, "__float__") or getattr(value, "shape", ()) != ():
            raise PydanticCustomError(_WRONG_TYPE, "must be a number")
    return float(value)  # type: ignore[arg-type]


def _whole(value: object) -> int:
    number = _number(value)
    if not (math.isfinite(number) and number == math.floor(number)):
        raise PydanticCustomError(_REFUSED, "must be a whole number", {"found": None})
    return int(value)  # type: ignore[call-overload,no-any-return]


Number = Annotated[float, BeforeValidator(_number)]
"""A finite number; integers and numpy scalars are numbers, True and strings are not."""
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
        raise PydanticCustomError(_REFUSED, "is wrong", {"found": list(found)})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(Field,))
class _Reporting(ModelMetaclass):
    """Reports what pydantic found in the words of chemoevo.

    Only the object a user makes passes here; what is nested in it is validated inside, so the report is one and
    its paths start where the user's typing did.
    """

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        if args:
            raise TypeError(f"{cls.__name__} takes keyword arguments only, such as {cls.__name__}(name=...)")
        try:
            return super().__call__(**kwargs)
        except ValidationError as error:
            found = error
        _report(cls, found)


class Specification(BaseModel, metaclass=_Reporting):
    """A frozen description, checked as a whole when it is made.

    Raises
    ------
    ModelError
        If values are wrong or keys unknown: all problems at once, each by its path.
    TypeError
        If something has the wrong type; all problems are listed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

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

    def to_json(self) -> str:
        """The specification as a JSON text."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The specification in a JSON text.

        Raises
        ------
        ModelError
            If the text is not JSON, or as the class itself.
        """
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise ModelError(f"The text is not valid JSON: {error}.") from None
        return cls.from_dict(data)

    def to_toml(self) -> str:
        """The specification as a TOML text."""
        import tomli_w

        return tomli_w.dumps(self.to_dict())

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """The specification in a TOML text.

        Raises
        ------
        ModelError
            If the text is not TOML, or as the class itself.
        """
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise ModelError(f"The text is not valid TOML: {error}.") from None
        return cls.from_dict(data)


def _report(cls: type[BaseModel], error: ValidationError) -> NoReturn:
    problems = Problems()
    lines = error.errors(include_url=False)
    for line in lines:
        # A list whose items are wrong is also found too short: the items are what the user must mend.
        depth = len(line["loc"])
        if line["type"] == "too_short" and any(x["loc"][:depth] == line["loc"] and x is not line for x in lines):
            continue
        _translate(cls, problems, line)
    problems.raise_if_any()
    raise ModelError(str(error))


def _translate(cls: type[BaseModel], problems: Problems, line: Any) -> None:
    kind, loc, ctx = line["type"], line["loc"], line.get("ctx") or {}
    path, got = _path(loc), _shown(line["input"])
    if kind == "extra_forbidden":
        known = _fields_at(cls, loc[:-1])
        problems.value(path, "is not a known key", hint=did_you_mean(loc[-1], known) if known else "")
    elif kind == "missing":
        problems.value(path, "is missing", hint=_describe(cls, loc))
    elif kind == _REFUSED and ctx.get("found"):
        for below, rule, value in ctx["found"]:
            problems.value(_join(path, below), rule, value if value is None else _shown(value))
    elif kind in (_REFUSED, "value_error"):
        problems.value(path, str(ctx.get("error", line["msg"])), got)
    elif kind in _BOUNDS:
        problems.value(path, f"must be {_BOUNDS[kind]} {_plain(next(iter(ctx.values())))}", got)
    elif kind == "finite_number":
        problems.value(path, "must be finite", got)
    elif kind in ("literal_error", "enum", "union_tag_invalid"):
        known = _expected(ctx)
        rule, word = f"must be one of {', '.join(map(repr, known))}", line["input"]
        if isinstance(word, str):
            problems.value(path, rule, got, hint=_near(word, known))
        else:
            problems.type(path, rule, _typed(line["input"]))
    elif kind == "too_short":
        problems.value(path, f"must have at least {ctx['min_length']} item{'s' * (ctx['min_length'] != 1)}")
    elif kind in ("string_too_short", "string_pattern_mismatch"):
        problems.value(path, "must be a text that is not empty and has no blanks at its ends", got)
    elif kind == _WRONG_TYPE:
        problems.type(path, line["msg"], _typed(line["input"]))
    elif kind in _TYPES:
        problems.type(path, f"must be {_TYPES[kind]}", _typed(line["input"]))
    else:
        problems.value(path, f"is wrong ({line['msg']})", got)


_BOUNDS = {"greater_than": ">", "greater_than_equal": ">=", "less_than": "<", "less_than_equal": "<="}
_TYPES = {
    "string_type": "a text",
    "bool_type": "True or False",
    "float_type": "a number",
    "int_type": "a whole number",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a table",
    "mapping_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "is_instance_of": "an object of another type",
}


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _typed(value: object) -> str:
    return f"{_shown(value)} ({type(value).__name__})"


def _plain(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _near(word: str, known: Sequence[str]) -> str:
    hint = did_you_mean(word, known)
    return hint if hint.startswith("Did") else ""


def _expected(ctx: Mapping[str, Any]) -> list[str]:
    text = str(ctx.get("expected") or ctx.get("expected_tags") or "")
    return [word.strip("' ") for word in text.replace(" or ", ", ").split(", ")]


def _path(loc: Iterable[str | int]) -> str:
    path = ""
    for step in loc:
        path = f"{path}[{step}]" if isinstance(step, int) else _join(path, step)
    return path or "data"


def _join(path: str, below: str) -> str:
    if path in ("", "data"):
        return below or path
    return f"{path}{below}" if below.startswith("[") or not below else f"{path}.{below}"


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)


def _model_at(cls: type[BaseModel], loc: Sequence[str | int]) -> type[BaseModel] | None:
    here: type[BaseModel] | None = cls
    for step in loc:
        if here is None:
            return None
        if isinstance(step, str) and step in here.model_fields:
            here = next(_models(here.model_fields[step].annotation), None)
    return here


def _fields_at(cls: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    model = _model_at(cls, loc)
    return list(model.model_fields) if model else []


def _describe(cls: type[BaseModel], loc: Sequence[str | int]) -> str:
    model = _model_at(cls, loc[:-1])
    field = model.model_fields.get(str(loc[-1])) if model else None
    return f"It is {field.description}." if field is not None and field.description else ""
