"""What pydantic finds wrong, said in the words of chemoevo."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from chemoevo.base.gathering import REFUSED, SAID
from chemoevo.base.shapes import WRONG_SHAPE, WRONG_TYPE, Otherwise
from chemoevo.errors import NOTHING, ModelError, Problems, Words, did_you_mean, near_miss, percent


def report(cls: type[BaseModel], error: ValidationError) -> Exception:
    """The exception that says what pydantic found while it made a `cls`: all problems, each by its path."""
    problems = Problems()
    lines = error.errors(include_url=False)
    missing: dict[tuple[int | str, ...], list[str]] = {}
    for line in lines:
        if line["type"] == "missing":
            missing.setdefault(line["loc"][:-1], []).append(str(line["loc"][-1]))
    for line in lines:
        # A list whose items are wrong is also found too short: the items are what the user must mend.
        depth = len(line["loc"])
        if line["type"] == "too_short" and any(x["loc"][:depth] == line["loc"] and x is not line for x in lines):
            continue
        if line["type"] == "missing":
            # All that one part lacks is said where the first of it is.
            names = missing.pop(line["loc"][:-1], None)
            if names:
                _missing(cls, problems, line["loc"][:-1], names)
            continue
        _translate(cls, problems, line)
    try:
        problems.raise_if_any()
    except (ModelError, TypeError) as reported:
        return reported
    return ModelError(str(error))


def _missing(cls: type[BaseModel], problems: Problems, loc: Sequence[str | int], names: list[str]) -> None:
    model = _model_at(cls, loc)
    described = {name: field.description for name, field in model.model_fields.items()} if model else {}
    form = str(getattr(model, "form", ""))
    form = f"Write {form}." if form else ""
    plain = [_path(cls, [*loc, name]) for name in names if not described.get(name)]
    for name in names:
        if described.get(name):
            problems.value(_path(cls, [*loc, name]), "is missing", hint=f"It is {described[name]}.")
    if len(plain) == 1:
        problems.value(plain[0], "is missing", hint=form)
    elif plain:
        problems.value(f"{', '.join(plain[:-1])} and {plain[-1]}", "are missing", hint=form)


def _translate(cls: type[BaseModel], problems: Problems, line: Any) -> None:
    kind, loc, ctx = line["type"], line["loc"], line.get("ctx") or {}
    own, got = _path(cls, loc), _shown(line["input"])
    path = own or cls.__name__
    if kind == "extra_forbidden":
        known = _fields_at(cls, loc[:-1])
        problems.value(path, "is not a known key", hint=did_you_mean(loc[-1], known) if known else "")
    elif kind == SAID:
        problems.extend(_below(own, sentence) for sentence in ctx["sentences"])
    elif kind == REFUSED and ctx.get("found"):
        for below, rule, value, *hint in ctx["found"]:
            shown = NOTHING if value is None else _shown(_plain(value))
            problems.value(_join(own, below) or cls.__name__, rule, shown, hint="".join(hint))
    elif kind in (REFUSED, "value_error"):
        problems.value(path, str(ctx.get("error", line["msg"])), got)
    elif kind in _BOUNDS:
        bound = next(iter(ctx.values()))
        hint = percent(line["input"]) if bound == 1 and kind.startswith("less") else ""
        problems.value(path, f"must be {_BOUNDS[kind]} {_plain(bound)}", got, hint=hint)
    elif kind == "finite_number":
        problems.value(path, "must be finite", got)
    elif kind in ("literal_error", "enum", "union_tag_invalid"):
        known = _expected(ctx)
        rule, word = f"must be one of {', '.join(map(repr, known))}", line["input"]
        if isinstance(word, str):
            problems.value(path, rule, got, hint=near_miss(word, known))
        else:
            problems.type(path, rule, _typed(line["input"]))
    elif kind == "too_short":
        problems.value(path, f"must have at least {ctx['min_length']} item{'s' * (ctx['min_length'] != 1)}")
    elif kind == "too_long":
        problems.value(path, f"must have at most {ctx['max_length']} items", Words(str(ctx["actual_length"])))
    elif kind in ("string_too_short", "string_pattern_mismatch"):
        problems.value(path, "must be a text that is not empty and has no blanks at its ends", got)
    elif kind == "string_unicode":
        problems.value(path, "must be a text that can be written as UTF-8", got)
    elif kind in (*_PARTS, WRONG_SHAPE):
        problems.type(path, f"must be {_shape(cls, loc)}", got)
    elif kind == WRONG_TYPE:
        problems.type(path, line["msg"], _typed(line["input"]))
    elif kind in ("dict_type", "mapping_type"):
        problems.type(path, f"must be {_shape(cls, loc)}", _typed(line["input"]))
    elif kind in _TYPES:
        problems.type(path, f"must be {_TYPES[kind]}", _typed(line["input"]))
    else:
        problems.value(path, f"is wrong ({line['msg']})", got)


_BOUNDS = {"greater_than": ">", "greater_than_equal": ">=", "less_than": "<", "less_than_equal": "<="}
_PARTS = ("model_type", "model_attributes_type", "tuple_type", "list_type")
_TYPES = {
    "string_type": "a text",
    "bool_type": "True or False",
    "float_type": "a number",
    "int_type": "a whole number",
    "is_instance_of": "an object of another type",
}


def _shape(cls: type[BaseModel], loc: Sequence[str | int]) -> str:
    """What must be at a place, with an example of how it is written."""
    if not loc:
        return "a table"
    item = isinstance(loc[-1], int) or _is_table(cls, loc[:-1])
    field_loc = loc[:-1] if item else loc
    field = _field_at(cls, field_loc)
    if field is None:
        return "a table"
    if _is_table(cls, field_loc) and not item:
        return _table(field)
    model = next(_models(field.annotation), None)
    form = getattr(model, "form", "")
    several = _is_list(field.annotation) and not item
    if several:
        example = f"[{form}]" if form else next(iter(field.examples or ()), None)
        of = f"a list of {str(field_loc[-1]).replace('_', ' ')}"
        example = str(example).replace("'", '"') if isinstance(example, list) else example
    else:
        example = form or None
        of = _named(model, _others(field)) if model else "a list"
    return of if example is None else f"{of}, such as {example}"


def _table(field: FieldInfo) -> str:
    """What must be in a field that is a table whose keys are the user's own."""
    model = next(_models(field.annotation), None)
    if model is None:
        held = get_args(field.annotation)[1]
        kind = getattr(held, "__origin__", held)
        return {float: "a table of numbers", str: "a table of texts"}.get(kind, "a table")
    form = getattr(model, "form", "")
    return f"a table by name, each {_named(model, _others(field))}" + (f", such as {form}" if form else "")


def _named(model: type[BaseModel], others: Sequence[str]) -> str:
    """All forms that a part may be given in, the plainest first."""
    own = f"{'an' if model.__name__[0] in 'AEIOU' else 'a'} {model.__name__}"
    return " or ".join([part for part in (", ".join(others), own) if part])


def _others(field: FieldInfo) -> list[str]:
    """In words, what a part may be given as besides itself."""
    found = [one.words for one in (*field.metadata, *_metadata(field.annotation)) if isinstance(one, Otherwise)]
    model = next(_models(field.annotation), None)
    return [words for words in (*found, getattr(model, "other_words", "")) if words]


def _metadata(annotation: Any) -> Iterator[Any]:
    yield from getattr(annotation, "__metadata__", ())
    for inside in get_args(annotation):
        yield from _metadata(inside)


def _is_list(annotation: Any) -> bool:
    inside = () if get_origin(annotation) is tuple else get_args(annotation)
    return get_origin(annotation) is tuple or any(map(_is_list, inside))


def _shown(value: object) -> Words:
    text = repr(value)
    return Words(text if len(text) <= 60 else text[:57] + "...")


def _typed(value: object) -> Words:
    return Words(f"{_shown(value)} ({type(value).__name__})")


def _plain(value: object) -> object:
    """A whole float as people write it."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value


def _expected(ctx: Mapping[str, Any]) -> list[str]:
    text = str(ctx.get("expected") or ctx.get("expected_tags") or "")
    return [word.strip("' ") for word in text.replace(" or ", ", ").split(", ")]


def _path(cls: type[BaseModel], loc: Sequence[str | int]) -> str:
    path = ""
    for depth, step in enumerate(loc):
        keyed = isinstance(step, int) or _is_table(cls, loc[:depth])
        path = f"{path}[{step}]" if keyed else _join(path, str(step))
    return path


def _join(path: str, below: str) -> str:
    if not path:
        return below
    return f"{path}{below}" if below.startswith("[") or not below else f"{path}.{below}"


def _below(path: str, sentence: str) -> str:
    """A whole sentence of a part, by its path in what the part is in."""
    if not path:
        return sentence
    return _join(path, sentence) if re.match(r"[a-z_]+[ .\[]", sentence) else f"{path}: {sentence}"


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


def _field_at(cls: type[BaseModel], loc: Sequence[str | int]) -> FieldInfo | None:
    owner = _model_at(cls, loc[:-1]) if loc else None
    return owner.model_fields.get(str(loc[-1])) if owner is not None else None


def _is_table(cls: type[BaseModel], loc: Sequence[str | int]) -> bool:
    """Whether what is there is a table, whose keys are the user's own."""
    field = _field_at(cls, loc)
    return field is not None and get_origin(field.annotation) is dict


def _fields_at(cls: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    model = _model_at(cls, loc)
    return list(model.model_fields) if model else []
