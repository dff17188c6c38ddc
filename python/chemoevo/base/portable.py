"""Round trip of specifications through plain data, JSON and TOML."""

from __future__ import annotations

import inspect
import json
import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from chemoevo.errors import ModelError, Problems, did_you_mean


class Portable:
    """A specification that can be written as plain data and read back equal.

    A subclass gives `to_dict` (strings, numbers, lists and dictionaries only; absent values left out) and
    accepts the same keys as keyword arguments, or overrides `from_dict`.
    """

    __slots__ = ()

    if TYPE_CHECKING:  # a subclass has it

        def to_dict(self) -> dict[str, Any]:
            """Plain data that `from_dict` reads back."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Builds the object from plain data, validated like a direct call.

        Raises
        ------
        ModelError
            If a key is unknown or missing, or a value is out of range.
        TypeError
            If a value has a wrong type.
        """
        kind = cls.__name__.lower()
        if not isinstance(data, Mapping):
            raise TypeError(f"{kind} must be a table of keys and values; got {data!r}.")
        parameters = inspect.signature(cls).parameters
        problems = Problems()
        for key in data:
            if key not in parameters:
                problems.value(f"{kind}.{key}", "is not a known key", hint=did_you_mean(key, parameters))
        for key, parameter in parameters.items():
            if parameter.default is parameter.empty and key not in data:
                problems.value(f"{kind}.{key}", "is missing")
        problems.raise_if_any()
        return cls(**data)

    def to_json(self, *, indent: int | None = 2) -> str:
        """JSON text that `from_json` reads back."""
        return json.dumps(self.to_dict(), indent=indent, allow_nan=False, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Reads JSON text written by `to_json`."""
        try:
            data = json.loads(_text(text))
        except json.JSONDecodeError as error:
            raise ModelError(f"The text is not valid JSON: {error}.") from None
        return cls.from_dict(_table(data))

    def to_toml(self) -> str:
        """TOML text that `from_toml` reads back."""
        import tomli_w

        return tomli_w.dumps(self.to_dict())

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Reads TOML text written by `to_toml`."""
        try:
            data = tomllib.loads(_text(text))
        except tomllib.TOMLDecodeError as error:
            raise ModelError(f"The text is not valid TOML: {error}.") from None
        return cls.from_dict(data)


def _text(text: object) -> str:
    if not isinstance(text, str):
        raise TypeError(f"text must be a text; got {text!r:.200}.")
    return text.removeprefix("\ufeff")  # a byte order mark is no part of it


def _table(data: object) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ModelError(f"The text must hold one object (a table of keys and values); got {type(data).__name__}.")
    return data
