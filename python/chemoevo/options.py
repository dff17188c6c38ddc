"""Small frozen options: when to stop, how far a replicate may go, and instant pulses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NoReturn, TypeVar

import numpy as np

from chemoevo.arguments import MAX_COUNT, whole_number
from chemoevo.errors import Problems
from chemoevo.portable import Portable

_Key = TypeVar("_Key")


class FrozenMapping(dict[_Key, float]):
    """A dictionary that cannot be changed, can be hashed and can be pickled."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("this mapping cannot be changed; build a new specification instead")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type[FrozenMapping[_Key]], tuple[dict[_Key, float]]]:
        return FrozenMapping, (dict(self),)


class _Option(Portable):
    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data that `from_dict` reads back; fields at their default None are left out."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items() if v is not None}
        return {k: dict(v) if isinstance(v, FrozenMapping) else v for k, v in plain.items()}


@dataclass(frozen=True, init=False, slots=True)
class Stop(_Option):
    """Ends a replicate at the first instant at which a number of cells is reached.

    Parameters
    ----------
    size
        Number of cells, a whole number from 1 to 2**62 (floats such as 1e9 are accepted).
        A replicate that starts with at least `size` cells stops at time 0, unchanged.
    of
        Names of the types that are counted; None counts all cells.
    retry
        Whether a replicate that dies out first starts again, in its own random stream, until it arrives:
        the law of the process given that it arrives. `Ensemble.outcomes` then says how many attempts
        were `rejected`.

    Raises
    ------
    ModelError
        If `size` is out of range or `of` is empty or names a type twice.
    TypeError
        If a value has a wrong type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Stop(size=1e9, retry=True)
    Stop(size=1000000000, of=None, retry=True)
    """

    size: int
    of: tuple[str, ...] | None
    retry: bool

    def __init__(self, *, size: float, of: Sequence[str] | None = None, retry: bool = False) -> None:
        problems = Problems()
        object.__setattr__(self, "size", whole_number(problems, "stop.size", size, 1))
        object.__setattr__(self, "of", None if of is None else type_names(problems, "stop.of", of))
        if not isinstance(retry, bool | np.bool_):
            problems.type("stop.retry", "must be True or False", retry)
        object.__setattr__(self, "retry", bool(retry))
        problems.raise_if_any()

    def describe(self) -> str:
        """What stops a replicate, in words."""
        counted = "all cells" if self.of is None else "cells of " + ", ".join(self.of)
        again = "; a replicate that dies out first starts again" if self.retry else ""
        return f"stop at the first instant with {self.size:,} cells, counting {counted}{again}"


@dataclass(frozen=True, init=False, slots=True)
class Limits(_Option):
    """Fuses of one replicate: it ends with the outcome "size_limit", "event_limit" or "clone_limit" when one blows.

    Parameters
    ----------
    size
        Largest number of cells, a whole number from 1 to 2**62. It is met exactly, like a `Stop`.
    events
        Largest number of the engine's steps, a whole number from 1 to 2**62: events in `direct`; founded
        clones, switches and steps of the first-passage search in `bnb`.
    clones
        Largest number of clones on record, a whole number from 1 to 2**32 - 2; without effect unless clones are
        recorded. Every clone that was ever founded counts, extinct or not; those present at time 0 count and are
        always kept. A clone takes 32 bytes (and up to 24 more while its replicate runs), and 16 for every
        observation time at which it has cells.

    Notes
    -----
    A replicate that ends with "event_limit" or "clone_limit" keeps a state that it really had, at the time given: in
    `direct` the state before the event that was one too many; in `bnb`, which follows lines of descent one after the
    other and not in the order of time, the state at the start of the step in which the limit was met, mostly the last
    observation or pulse before it.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Limits(size=1e12)
    Limits(size=1000000000000, events=10000000000, clones=1000000)
    """

    size: int
    events: int
    clones: int

    def __init__(self, *, size: float = 10**15, events: float = 10**10, clones: float = 10**6) -> None:
        problems = Problems()
        object.__setattr__(self, "size", whole_number(problems, "limits.size", size, 1))
        object.__setattr__(self, "events", whole_number(problems, "limits.events", events, 1))
        object.__setattr__(self, "clones", whole_number(problems, "limits.clones", clones, 1, 2**32 - 2))
        problems.raise_if_any()

    def describe(self) -> str:
        """The fuses, in words."""
        return (
            f"at most {self.size:,} cells and {self.events:,} engine steps a replicate, "
            f"and {self.clones:,} clones where they are recorded"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulse(_Option):
    """An instant at which every cell survives independently with the probability of its type.

    Surgery is one, a radiotherapy fraction is one. A pulse acts before an observation at its instant;
    two pulses at one time multiply.

    Parameters
    ----------
    time
        (days) When it acts; finite and >= 0.
    survival
        Survival probability in [0, 1] by type; types not named survive.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Pulse(time=90.0, survival={"S": 1e-3}).describe()
    'pulse on day 90: survival S 0.001'
    """

    time: float
    survival: Mapping[str, float]

    def __post_init__(self) -> None:
        problems = Problems()
        time = _real(problems, "pulse.time", self.time, "must be finite and >= 0 (days)", 0.0, np.inf)
        survival = {}
        if not isinstance(self.survival, Mapping):
            problems.type("pulse.survival", "must be {type: probability}", self.survival)
        else:
            for name, p in self.survival.items():
                if not isinstance(name, str):
                    problems.type("pulse.survival", "must have the names of types as keys", name)
                    continue
                path = f"pulse.survival[{name!r}]"
                survival[name] = _real(problems, path, p, "must be a probability in [0, 1]", 0.0, 1.0)
            if not self.survival:
                problems.value("pulse.survival", "must name at least one type")
        problems.raise_if_any()
        object.__setattr__(self, "time", time + 0.0)
        object.__setattr__(self, "survival", FrozenMapping(survival))

    def describe(self) -> str:
        """The pulse, in words."""
        shown = ", ".join(f"{name} {p:g}" for name, p in self.survival.items())
        return f"pulse on day {self.time:g}: survival {shown}"


def type_names(problems: Problems, path: str, names: object) -> tuple[str, ...]:
    """A non-empty tuple of distinct, non-empty names; a problem noted otherwise."""
    if isinstance(names, str) or not isinstance(names, Iterable):
        problems.type(path, "must be a list of names", names, hint="Write one name as a list: [name].")
        return ()
    result = tuple(names)
    if not result:
        problems.value(path, "must name at least one type")
    for index, name in enumerate(result):
        if not isinstance(name, str):
            problems.type(f"{path}[{index}]", "must be a name (text)", name)
        elif not name.strip():
            problems.value(f"{path}[{index}]", "must not be empty", name)
        elif name in result[:index]:
            problems.value(f"{path}[{index}]", "must be unique", name)
    return result


def _real(problems: Problems, path: str, value: object, rule: str, low: float, high: float) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | float | np.integer | np.floating):
        problems.type(path, rule, value)
        return low
    if not (np.isfinite(value) and low <= value <= high):
        problems.value(path, rule, value)
        return low
    return float(value)


DEFAULT_LIMITS = Limits()
assert DEFAULT_LIMITS.size <= MAX_COUNT
