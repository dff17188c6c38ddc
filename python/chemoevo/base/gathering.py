"""All problems of a specification at once, at every depth.

Pydantic checks what fields have to do with each other only where every field is valid, and gives up a part for what is
wrong in it: whoever mends that meets the next problems. Here a part that is wrong is kept with what is right of it, so
that whatever can be said of the rest is said as well. Only the outermost part raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from functools import cache
from typing import Annotated, Any, TypeVar, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

from chemoevo.errors import ModelError, Words

REFUSED = "refused"
"""Kind of the findings of our own checks that are wrong values."""
SAID = "said"
"""Kind of the findings of our own checks that are whole sentences."""

M = TypeVar("M", bound=BaseModel)
C = TypeVar("C", bound=Callable[..., "Problem"])

Problem = Iterator[tuple[str, str, object] | tuple[str, str, object, str]]
"""(path below the part, rule, value or None, and a hint if there is one) of everything that a rule finds wrong."""

Lines = list[ErrorDetails]
_KNOWN = frozenset(get_args(ErrorType))


class NotThere(AttributeError):  # noqa: N818
    """A field of a part that was not valid is asked for: nothing that rests on it can be said."""


def rule(check: C) -> C:
    """Marks a method of a specification that yields what is wrong with several of its fields together.

    It is asked even where other fields are wrong; where it needs one of these it ends there, without a word.
    """
    check.is_rule = True  # type: ignore[attr-defined]
    return check


def repeated(field: str, items: Iterable[object], name: str) -> Problem:
    """Says of every item of a field that has the name of one before it that it must appear once."""
    names = [vars(one).get(name) for one in items]
    for i, value in enumerate(names):
        if value is not None and value in names[:i]:
            yield f"{field}[{i}].{name}", "must appear once", value


def said_of(part: BaseModel, *fields: str) -> Words:
    """Which of some fields of a part are given, for a rule that asks for one of them; and what is given instead."""
    there = [name for name in fields if getattr(part, name) is not None]
    if there:
        return Words(" and ".join(filter(None, [", ".join(there[:-1]), there[-1]])))
    others = [name for name in type(part).model_fields if name in part.model_fields_set and name not in fields]
    return Words(f"none of them ({', '.join(others)} alone)" if others else "none of them")


class _Round:
    """What was found in the parts of one specification, while it is made."""

    def __init__(self) -> None:
        self.found: dict[int, Lines] = {}
        self.parts: list[BaseModel] = []  # kept, so that no other part gets the same id

    def note(self, part: BaseModel, lines: Lines) -> None:
        self.parts.append(part)
        self.found[id(part)] = lines

    def lines(self, part: BaseModel, where: tuple[int | str, ...] = ()) -> Iterator[ErrorDetails]:
        """Everything wrong with a part and those in it, in the order of the fields."""
        own = self.found.get(id(part), [])
        known = type(part).model_fields
        for name in known:
            yield from (_moved(line, where) for line in own if line["loc"][:1] == (name,))
            value = vars(part).get(name)
            if isinstance(value, BaseModel):
                yield from self.lines(value, (*where, name))
            elif isinstance(value, tuple | Mapping):
                inside = value.items() if isinstance(value, Mapping) else enumerate(value)
                for key, item in inside:
                    if isinstance(item, BaseModel):
                        yield from self.lines(item, (*where, name, key))
        yield from (_moved(line, where) for line in own if not line["loc"] or line["loc"][0] not in known)


def _moved(line: ErrorDetails, where: tuple[int | str, ...]) -> ErrorDetails:
    moved = line.copy()
    moved["loc"] = (*where, *line["loc"])
    return moved


_ROUND: ContextVar[_Round | None] = ContextVar("_ROUND", default=None)


def apart(make: Callable[[], M]) -> M:
    """What `make` gives, with problems of its own: it raises, also where something else is being made around it."""
    token = _ROUND.set(None)
    try:
        return make()
    finally:
        _ROUND.reset(token)


def gather(cls: type[M], data: Any, read: Callable[[Any], M]) -> M:
    """The part that `read` makes of data; with what is wrong noted, or raised where it is the outermost."""
    if isinstance(data, Mapping):  # None where another field takes its place: nothing is given
        data = {key: value for key, value in data.items() if value is not None or key not in getattr(cls, "unless", {})}
    outer = _ROUND.get()
    here = _Round() if outer is None else outer
    token = _ROUND.set(here) if outer is None else None
    try:
        try:
            part, lines = read(data), Lines()
        except ValidationError as error:
            lines = error.errors(include_url=False)
            part = _rest(cls, data, {line["loc"][0] for line in lines if line["loc"]})
        lines += _needed(cls, data)
        for line in lines:  # what is missing is not there either, whatever stands for it
            if line["type"] == "missing":
                vars(part).pop(str(line["loc"][0]), None)
        lines += _broken(part, wrong=bool(lines or here.found))
    finally:
        if token is not None:
            _ROUND.reset(token)
    if lines:
        here.note(part, lines)
    # Validators of pydantic's own that come after need a part that is whole.
    if here.found and (outer is None or _validated_after(cls)):
        every = list(here.lines(part))
        if every:
            raise ValidationError.from_exception_data(cls.__name__, [_again(line) for line in every])
    return part


def _needed(cls: type[BaseModel], data: Any) -> Lines:
    """What is missing of the fields that must be there unless another one is."""
    if not isinstance(data, Mapping):
        return []
    unless: Mapping[str, str] = getattr(cls, "unless", {})
    names = [name for name, other in unless.items() if name not in data and data.get(other) is None]
    return [{"type": "missing", "loc": (name,), "msg": "Field required", "input": dict(data)} for name in names]


def _rest(cls: type[M], data: Any, wrong: set[int | str]) -> M:
    """A part with those of its fields that are right."""
    values: dict[str, Any] = {}
    for name, field in cls.model_fields.items() if isinstance(data, Mapping) else ():
        if name not in wrong:
            if name in data:
                values[name] = _field(cls, name).validate_python(data[name])
            else:
                values[name] = field.get_default(call_default_factory=True, validated_data={})
    part = cls.__new__(cls)
    given = {name for name in values if name in data}
    empty = {"__pydantic_fields_set__": given, "__pydantic_extra__": None, "__pydantic_private__": None}
    for name, value in {"__dict__": values, **empty}.items():
        object.__setattr__(part, name, value)
    return part


@cache
def _field(cls: type[BaseModel], name: str) -> TypeAdapter[Any]:
    field = cls.model_fields[name]
    kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
    return TypeAdapter(kind)


@cache
def _rules(cls: type[BaseModel]) -> tuple[str, ...]:
    bases = [base for base in reversed(cls.__mro__) if issubclass(base, BaseModel) and base is not BaseModel]
    return tuple(dict.fromkeys(name for base in bases for name, own in vars(base).items() if hasattr(own, "is_rule")))


@cache
def _validated_after(cls: type[BaseModel]) -> bool:
    validators = cls.__pydantic_decorators__.model_validators.values()
    return any(validator.info.mode == "after" for validator in validators)


def _broken(part: BaseModel, *, wrong: bool) -> Lines:
    """What its rules find. Where something is wrong already, a rule that fails on it has nothing to say."""
    lines = Lines()
    for name in _rules(type(part)):
        try:
            for path, words, value, *hint in getattr(part, name)():
                found = (path, words, value, *hint)
                lines.append({"type": REFUSED, "loc": (), "msg": words, "input": value, "ctx": {"found": [found]}})
        except NotThere:
            continue
        except ModelError as error:
            said = {"sentences": error.problems}
            lines.append({"type": SAID, "loc": (), "msg": str(error), "input": None, "ctx": said})
        except Exception:
            if not (wrong or lines):
                raise
    return lines


def _again(line: ErrorDetails) -> InitErrorDetails:
    """A finding as pydantic takes it; its own kinds make their messages anew."""
    kind: Any = line["type"]
    context = line.get("ctx") or {}
    if kind not in _KNOWN:
        kind = PydanticCustomError(kind, "{words}", {**context, "words": line["msg"]})
    return InitErrorDetails(type=kind, loc=line["loc"], input=line["input"], ctx=context)
