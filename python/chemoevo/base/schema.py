"""Bounds of numbers in a JSON schema.

Pydantic leaves them out of a field whose text or True is refused before it is read as a number.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

_KEYS = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}


def add_bounds(schema: dict[str, Any], models: Mapping[str, type[BaseModel]]) -> None:
    """Writes the bounds of the fields of `models`, by their names in `schema["$defs"]`; "" names the schema itself."""
    for name, model in models.items():
        table = schema["$defs"][name] if name else schema
        for key, field in model.model_fields.items():
            _add(table["properties"][key], field.annotation, field.metadata)


def models_of(model: type[BaseModel]) -> dict[str, type[BaseModel]]:
    """The models that stand in the fields of `model`, at any depth, by name."""
    found: dict[str, type[BaseModel]] = {}
    waiting: list[Any] = [field.annotation for field in model.model_fields.values()]
    while waiting:
        annotation = waiting.pop()
        waiting.extend(get_args(annotation))
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation.__name__ not in found:
            found[annotation.__name__] = annotation
            waiting.extend(field.annotation for field in annotation.model_fields.values())
    return found


def _add(node: dict[str, Any], annotation: Any, metadata: Any) -> None:
    for branch in (node, *node.get("anyOf", ())):
        if branch.get("type") in ("number", "integer"):
            for rule in _flat(metadata):
                for name, key in _KEYS.items():
                    value = getattr(rule, name, None)
                    if value is not None:
                        branch[key] = value
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        _add(node, inner[0], inner[1:])
    elif origin in (Union, types.UnionType):
        for choice in inner:
            _add(node, choice, ())
    elif origin in (tuple, list) and inner:
        for branch in (node, *node.get("anyOf", ())):
            if "items" in branch:
                _add(branch["items"], inner[0], ())


def _flat(metadata: Any) -> list[Any]:
    """Rules, also those inside a pydantic Field."""
    return [rule for item in metadata for rule in (item, *getattr(item, "metadata", ()))]
