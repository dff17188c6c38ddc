"""When a replicate stops, and how far it may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chemoevo.base.arguments import MAX_COUNT, flag, whole
from chemoevo.base.option import Option, type_names
from chemoevo.errors import Problems


@dataclass(frozen=True, init=False, slots=True)
class Stop(Option):
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
        object.__setattr__(self, "size", whole(problems, "stop.size", size, 1))
        object.__setattr__(self, "of", None if of is None else type_names(problems, "stop.of", of))
        object.__setattr__(self, "retry", flag(problems, "stop.retry", retry))
        problems.raise_if_any()

    def describe(self) -> str:
        """What stops a replicate, in words."""
        counted = "all cells" if self.of is None else "cells of " + ", ".join(self.of)
        again = "; a replicate that dies out first starts again" if self.retry else ""
        return f"stop at the first instant with {self.size:,} cells, counting {counted}{again}"


LARGEST = 5 * 10**15
"""Cells at which a history ends unless another limit is said: above every tumor that a scenario can begin with, and
below 2**53, so that counts are exact as floats too."""


@dataclass(frozen=True, init=False, slots=True)
class Limits(Option):
    """Fuses of one replicate: it ends with the outcome that names the fuse when one blows.

    The outcomes are "size_limit", "event_limit", "clone_limit" and "attempt_limit".

    Parameters
    ----------
    size
        Largest number of cells, a whole number from 1 to 2**62. It is met exactly, like a `Stop`. 5e15 unless
        said: five times the largest tumor of a scenario.
    events
        Largest number of the engine's steps, a whole number from 1 to 2**62: events in `direct`; in
        `bnb`, mutations and switches that are followed, and steps of the first-passage search.
    clones
        Largest number of clones on record, a whole number from 1 to 2**32 - 2; without effect unless clones are
        recorded. Every clone that was ever founded counts, extinct or not; those present at time 0 count and are
        always kept. A clone takes 32 bytes (and up to 24 more while its replicate runs), and 16 for every
        observation time at which it has cells.
    attempts
        Largest number of attempts that may die out where a stop is tried again (`stop.retry`), a whole number from 1 to
        2**62. A million: what arrives once in 50 000 attempts is then cut short less than once in 10**8 replicates (a
        tumor of 0.139 divisions and 0.1313 deaths per day arrives once in 18), and what never arrives from one cell is
        given up after seconds. `Ensemble.outcomes` has the attempts as `rejected`.

    Notes
    -----
    A replicate that ends with "attempt_limit" has the state of its last attempt: no cells, when the last of them died.

    A replicate that ends with "event_limit" or "clone_limit" keeps a state that it really had, at the time given: in
    `direct` the state before the event that was one too many; in `bnb`, which follows lines of descent one after the
    other and not in the order of time, the state at the start of the step in which the limit was met, mostly the last
    observation or pulse before it.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Limits(size=1e12)
    Limits(size=1000000000000, events=10000000000, clones=1000000, attempts=1000000)
    """

    size: int
    events: int
    clones: int
    attempts: int

    def __init__(
        self, *, size: float = LARGEST, events: float = 10**10, clones: float = 10**6, attempts: float = 10**6
    ) -> None:
        problems = Problems()
        object.__setattr__(self, "size", whole(problems, "limits.size", size, 1))
        object.__setattr__(self, "events", whole(problems, "limits.events", events, 1))
        object.__setattr__(self, "clones", whole(problems, "limits.clones", clones, 1, 2**32 - 2))
        object.__setattr__(self, "attempts", whole(problems, "limits.attempts", attempts, 1))
        problems.raise_if_any()

    @property
    def of_any_run(self) -> tuple[int, int, int]:
        """Those that hold whatever is recorded: size, events, attempts."""
        return self.size, self.events, self.attempts

    def describe(self) -> str:
        """The fuses, in words."""
        return (
            f"at most {self.size:,} cells and {self.events:,} engine steps per replicate, "
            f"{self.clones:,} clones where they are recorded, and {self.attempts:,} attempts where they are tried again"
        )


DEFAULT_LIMITS = Limits()
assert DEFAULT_LIMITS.size <= MAX_COUNT
