"""The columns of an ensemble: what a run gives, one row per replicate, each column by its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo._core import ENGINES, OUTCOMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CUT_SHORT = OUTCOMES.index("stopped")
"""From this code on a replicate ended before the last observation time."""


class _Named:
    """Arrays by name, read-only."""

    __slots__: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.__slots__:
            array = getattr(self, name)
            if isinstance(array, np.ndarray) and array.flags.writeable:
                array.flags.writeable = False

    # Made anew, so that copies are read-only too.
    def __reduce__(self) -> tuple[type[Any], tuple[Any, ...]]:
        return type(self), tuple(getattr(self, name) for name in self.__slots__)

    def arrays(self) -> Iterator[NDArray[Any]]:
        """All arrays."""
        for name in self.__slots__:
            value = getattr(self, name)
            if isinstance(value, _Named):
                yield from value.arrays()
            elif value is not None:
                yield value

    def __eq__(self, other: object) -> bool:
        return same_values(self, other)

    def __hash__(self) -> int:
        return hash((type(self), *(getattr(self, name).shape for name in self.__slots__[:2])))


@dataclass(frozen=True, eq=False, slots=True)
class CloneColumns(_Named):
    """The clones of all replicates.

    Attributes
    ----------
    clones, sizes
        Numbers of clones, and of sizes on record, of every replicate.
    cell_type, parent, founded, extinct, size
        Of every clone: index of its type, its parent (the core's `NO_PARENT` for one present at time 0), days of
        founding and extinction (infinite where it has cells at the end), and cells at the end.
    observed_clone, observed_time, observed_count
        Of every size on record: clone, index of the observation time, cells.
    """

    clones: NDArray[np.int64]
    sizes: NDArray[np.int64]
    cell_type: NDArray[np.uint32]
    parent: NDArray[np.uint32]
    founded: NDArray[np.float64]
    extinct: NDArray[np.float64]
    size: NDArray[np.int64]
    observed_clone: NDArray[np.uint32]
    observed_time: NDArray[np.uint32]
    observed_count: NDArray[np.int64]


UNKNOWN = -1
"""Of `Columns.followed`."""


@dataclass(frozen=True, eq=False, slots=True)
class Columns(_Named):
    """What a run gives.

    Attributes
    ----------
    counts
        (cells) Of shape (replicates, times, types), or a label in place of a type where sums were recorded.
    final
        (cells) Last states, of shape (replicates, types).
    outcome
        How each replicate ended, as an index of `OUTCOMES`.
    time
        (days) When it ended.
    rejected
        Attempts that died out before.
    steps
        Steps that the engine took.
    followed
        Mutations and switches that event-skipping followed; -1 where that is unknown, in files of earlier versions.
    engines
        Engines that ran, a bit each, in the order of `ENGINES`.
    clones
        The clones, if they were recorded.
    crossings
        (days) Of shape (replicates, sizes): when sizes were first reached, infinite where they were not; if noted.
    """

    counts: NDArray[np.int64]
    final: NDArray[np.int64]
    outcome: NDArray[np.uint8]
    time: NDArray[np.float64]
    rejected: NDArray[np.int64]
    steps: NDArray[np.int64]
    followed: NDArray[np.int64]
    engines: NDArray[np.uint8]
    clones: CloneColumns | None = None
    crossings: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.time)

    def has_same_row(self, row: int, other: Columns, row_of_other: int) -> bool:
        """Whether a replicate has the same history in another run, as far as both tell; clones and crossings apart."""
        names = (f.name for f in fields(self) if f.name not in ("clones", "crossings"))
        return all(np.array_equal(getattr(self, n)[row], getattr(other, n)[row_of_other]) for n in names)

    def ran(self, engine: str, *, alone: bool = False) -> NDArray[np.bool_]:
        """Whether an engine ran in each replicate, or ran alone."""
        bit = 1 << ENGINES.index(engine)
        return self.engines == bit if alone else (self.engines & bit).astype(np.bool_)

    @property
    def engine(self) -> str:
        """Names of the engines that ran, joined by +."""
        ran = [name for name in ENGINES if self.ran(name).any()]
        return "+".join(ran) if ran else "bnb"

    @property
    def exact(self) -> bool:
        """Whether the law of the process was sampled without approximation: whether nothing leapt."""
        return not self.ran("leap").any()

    def cut_short(self) -> NDArray[np.bool_]:
        """Whether each replicate ended at a stop or a limit."""
        return self.outcome >= _CUT_SHORT

    def ended_before(self, times: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether a replicate had ended at a stop or a limit before a time, (replicates, times)."""
        late: NDArray[np.bool_] = times[None, :] > self.time[:, None]
        return late & self.cut_short()[:, None]

    def plus(self, other: Columns) -> Columns:
        """The columns of two tumors as one, from runs that end at a size each; neither has clones or crossings.

        It ends when the later one does, and is stopped where both are.
        """
        # Of two that did not both arrive the first code that is not "stopped" says why.
        arrived = [one.outcome == _CUT_SHORT for one in (self, other)]
        why = np.where(
            arrived[0], other.outcome, np.where(arrived[1], self.outcome, np.maximum(self.outcome, other.outcome))
        )
        return Columns(
            counts=self.counts + other.counts,
            final=self.final + other.final,
            outcome=why,
            time=np.maximum(self.time, other.time),
            rejected=self.rejected + other.rejected,
            steps=self.steps + other.steps,
            followed=self.followed + other.followed,
            engines=self.engines | other.engines,
        )

    def without(
        self, chosen: NDArray[np.bool_], initial: NDArray[np.int64], recorded: NDArray[np.int64], outcome: str
    ) -> Columns:
        """The same, but that the chosen replicates never ran: they keep their initial states.

        Parameters
        ----------
        chosen
            Which replicates, of shape (replicates,).
        initial, recorded
            (cells) Initial states of the chosen replicates, and what is recorded of them.
        outcome
            What is said of them, at time 0.
        """
        names = ("counts", "final", "outcome", "time", "rejected", "steps", "followed", "engines")
        new: dict[str, Any] = {name: np.array(getattr(self, name)) for name in names}
        new["counts"][chosen] = recorded[:, None, :]
        new["final"][chosen] = initial
        new["outcome"][chosen] = OUTCOMES.index(outcome)
        for name in ("time", "rejected", "steps", "followed", "engines"):
            new[name][chosen] = 0
        return replace(self, **new)


def same_values(one: Any, other: Any) -> bool:
    """Whether two dataclasses of one kind have equal fields; arrays are equal in type, shape and every value."""
    if type(one) is not type(other):
        return False
    return all(_same(getattr(one, field.name), getattr(other, field.name)) for field in fields(one))


def _same(one: object, other: object) -> bool:
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other)
    return type(one) is type(other) and bool(one == other)


def joined(parts: Sequence[Any]) -> Any:
    """`Columns`, or `CloneColumns`, of several runs put together, in their order; what is None in one is in all."""
    first = parts[0]
    together: dict[str, Any] = {}
    for field in fields(first):
        values = [getattr(part, field.name) for part in parts]
        if values[0] is None:
            together[field.name] = None
        else:
            together[field.name] = joined(values) if isinstance(values[0], CloneColumns) else np.concatenate(values)
    return type(first)(**together)


def columns_of(got: _core.Columns) -> Columns:
    """What the core gives, by the same names."""
    values = {name: getattr(got, name) for name in _COLUMNS}
    clones = got.clones
    if clones is not None:
        values["clones"] = CloneColumns(**{name: getattr(clones, name) for name in _CLONE_COLUMNS})
    return Columns(**values)


_COLUMNS = tuple(field.name for field in fields(Columns))
_CLONE_COLUMNS = tuple(field.name for field in fields(CloneColumns))
