"""Specifications in TOML files."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TypeVar

from chemoevo.base.locations import path_of
from chemoevo.base.specification import Specification
from chemoevo.errors import ModelError

S = TypeVar("S", bound=Specification)


def read_specification(kind: type[S], path: str | os.PathLike[str]) -> S:
    """What a TOML file describes.

    Raises
    ------
    ModelError
        If the file cannot be read, is not TOML, or describes no valid one; the message names the file.
    TypeError
        If something in it has the wrong type.
    """
    file = path_of(path, kind="file")
    shown, text = str(file), _text(file)
    try:
        return kind.from_toml(text)
    except ModelError as error:
        raise ModelError([f"{shown}: {problem}" for problem in error.problems]) from None
    except TypeError as error:
        raise TypeError(f"{shown}: {error}") from None


def keys_of(path: str | os.PathLike[str]) -> set[str]:
    """The keys of the outermost table of a TOML file; none where it cannot be read."""
    try:
        return set(tomllib.loads(_text(path_of(path, kind="file"))))
    except (ModelError, tomllib.TOMLDecodeError):
        return set()


def _text(file: Path) -> str:
    shown = str(file)
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ModelError(f"Cannot read {shown!r}: {error.strerror or error}.") from None
    except UnicodeDecodeError as error:
        raise ModelError(f"Cannot read {shown!r}: it is not UTF-8 text (byte {error.start}).") from None
