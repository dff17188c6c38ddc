"""Data files that ship with chemoevo: their names, and what they hold."""

from __future__ import annotations

import functools
import itertools
import re
import tomllib
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from chemoevo.errors import ModelError, did_you_mean

EXAMPLES = "examples"
"""The folder that is not in `chemoevo/data`, but beside it: its files are for readers too."""


def _place(folder: str) -> Traversable:
    here = resources.files("chemoevo")
    return here / folder if folder == EXAMPLES else here / "data" / folder


@functools.cache
def shipped_names(folder: str) -> tuple[str, ...]:
    """Names of the TOML files in a folder of `chemoevo/data`, or of the examples, sorted."""
    files = _place(folder).iterdir()
    return tuple(sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml")))


@functools.cache
def shipped_text(folder: str, name: str) -> str:
    """The text of a file."""
    return (_place(folder) / f"{name}.toml").read_text(encoding="utf-8")


@functools.cache
def shipped(folder: str, name: str) -> dict[str, Any]:
    """What a file holds, as plain data; not to be changed."""
    return tomllib.loads(shipped_text(folder, name))


def comment_on_top(text: str) -> list[str]:
    """The paragraphs of the comment with which a TOML file begins, a line each."""
    lines = itertools.takewhile(lambda line: line.startswith("#"), text.splitlines())
    paragraphs = "\n".join(line.removeprefix("#").strip() for line in lines).split("\n\n")
    return [" ".join(paragraph.split()) for paragraph in paragraphs if paragraph.strip()]


def first_sentence(text: str) -> str:
    """The first sentence of a text, with the mark at its end."""
    return re.split(r"(?<=[.?])(?:\s|$)", text, maxsplit=1)[0]


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
