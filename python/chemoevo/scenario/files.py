"""Scenario files: reading them, and their JSON schema."""

from __future__ import annotations

from typing import Any, TypeVar

from chemoevo.pharmacology import regimens
from chemoevo.scenario.fields import ScenarioFields
from chemoevo.scenario.formats import FORMAT_VERSION, KEY

S = TypeVar("S", bound=ScenarioFields)


def scenario_schema(kind: type[ScenarioFields]) -> dict[str, Any]:
    """JSON schema of scenario files, with what the file reader fills in left optional."""
    schema: dict[str, Any] = _bounds_named(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", **kind.model_json_schema()}
    )
    # Alterations that ship with chemoevo need a name and a probability only; regimens may be named, or one line.
    schema["$defs"]["Alteration"]["required"] = ["name", "mutation"]
    version = {
        "type": "integer",
        "const": FORMAT_VERSION,
        "description": "the format of the file",
        "title": "Format Version",
    }
    schema["properties"] = {KEY: version, **schema["properties"]}
    named = {"type": "string", "enum": list(regimens.names())}
    # One line has the length of its cycle in it, which no name has.
    line = {"type": "string", "pattern": r"\sq[0-9.]+d\b", "examples": ["docetaxel 75 mg/m2 over 1 h q21d x6"]}
    schema["properties"]["regimen"] = {"anyOf": [schema["properties"]["regimen"], named, line]}
    # Only radiotherapy may stand alone.
    schema["if"] = {"not": {"required": ["radiotherapy"]}}
    schema["then"] = {"required": list(kind.unless)}
    return schema


_BOUNDS = {"gt": "exclusiveMinimum", "ge": "minimum", "lt": "exclusiveMaximum", "le": "maximum"}


def _bounds_named(node: Any) -> Any:
    """The same schema with the bounds of numbers as JSON schema names them.

    Pydantic keeps its own words for them where a validator of ours comes before its own.
    """
    if isinstance(node, list):
        return [_bounds_named(item) for item in node]
    if not isinstance(node, dict):
        return node
    number = node.get("type") in ("number", "integer")
    named = {_BOUNDS.get(key, key) if number else key: _bounds_named(value) for key, value in node.items()}
    # A field may have a bound of its own beside one of its unit.
    if "minimum" in named and named.get("exclusiveMinimum", named["minimum"]) < named["minimum"]:
        del named["exclusiveMinimum"]
    return named
