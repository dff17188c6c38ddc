"""By what a sweep is known again: its model, questions and points as plain data, functions by their code."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from functools import partial
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

from chemoevo.errors import ModelError

Plain = Any


def identity(thing: object) -> Plain:
    """Plain data that is the same for the same thing, and else another.

    A function is known by its code, its defaults, and the values of names that it uses from outside.

    Raises
    ------
    ModelError
        If there is no telling.
    """
    if thing is None or isinstance(thing, bool | int | float | str):
        return thing
    if isinstance(thing, np.generic | np.ndarray):
        return [str(thing.dtype), thing.tolist()]
    if isinstance(thing, Mapping):
        return {str(key): identity(value) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [identity(item) for item in thing]
    if isinstance(thing, set | frozenset):
        # In an order that does not change from one interpreter to the next, as that of a set does.
        return ["set", *sorted(repr(identity(item)) for item in thing)]
    if isinstance(thing, CodeType):
        return [hashlib.sha256(thing.co_code).hexdigest(), identity(thing.co_consts), list(thing.co_names)]
    if thing is Ellipsis or isinstance(thing, bytes | complex):
        return repr(thing)
    if callable(getattr(thing, "to_dict", None)) and not isinstance(thing, type):
        return [type(thing).__qualname__, identity(thing.to_dict())]  # type: ignore[attr-defined]
    if isinstance(thing, partial):
        return ["partial", identity(thing.func), identity(thing.args), identity(thing.keywords)]
    if isinstance(thing, FunctionType):
        return _function(thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        return [type(thing).__qualname__, *(identity(getattr(thing, field.name)) for field in fields(thing))]
    if isinstance(thing, type | ModuleType):
        return [type(thing).__name__, thing.__name__]
    try:
        return [type(thing).__qualname__, hashlib.sha256(pickle.dumps(thing)).hexdigest()]
    except Exception:  # whatever a class of the user's raises
        raise ModelError(
            f"path must be left out: whether another call asks the same cannot be told of {thing!r:.200}."
        ) from None


_AT: ContextVar[tuple[int, ...]] = ContextVar("_AT", default=())
"""The functions that are being looked at: two may use each other."""


def _function(thing: FunctionType) -> Plain:
    module = thing.__module__ or ""
    named = [module, thing.__qualname__]
    if id(thing) in _AT.get() or module.startswith(("chemoevo.", "numpy", "scipy", "polars")):
        return named
    token = _AT.set((*_AT.get(), id(thing)))
    try:
        enclosed = [_enclosed(cell) for cell in thing.__closure__ or ()]
        defaults = [identity(thing.__defaults__), identity(thing.__kwdefaults__)]
        names = sorted(_names(thing.__code__) & thing.__globals__.keys())
        used = {name: identity(thing.__globals__[name]) for name in names}
        return [*named, identity(thing.__code__), defaults, enclosed, used]
    finally:
        _AT.reset(token)


def _names(code: CodeType) -> set[str]:
    inner = (value for value in code.co_consts if isinstance(value, CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _enclosed(cell: Any) -> Plain:
    try:
        return identity(cell.cell_contents)
    except ValueError:  # not yet bound
        return None
