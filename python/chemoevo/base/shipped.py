"""Data files that ship with chemoevo: their names, and what they hold."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Any

from chemoevo.errors import ModelError, did_you_mean


@functools.cache
def shipped_names(folder: str) -> tuple[str, ...]:
    """Names of the files in a folder of `chemoevo/data`, sorted."""
    files = (resources.files("chemoevo") / "data" / folder).iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


@functools.cache
def shipped(folder: str, name: str) -> dict[str, Any]:
    """What a file holds, as plain data; not to be changed."""
    text = (resources.files("chemoevo") / "data" / folder / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def check_shipped(folder: str, name: object, kind: str) -> str:
    """A name that is one of a folder's.

    Raises
    ------
    ModelError
        If there is none of that name, a `kind`; the message suggests near ones.
    TypeError
        If it is no text.
    """
    if not isinstance(name, str):
        raise TypeError(f"name must be a text; got {name!r}.")
    if name not in shipped_names(folder):
        raise ModelError(f"{name!r} is not a known {kind}. {did_you_mean(name, shipped_names(folder))}")
    return name
