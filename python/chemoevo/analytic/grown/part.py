"""Parts of a tumor, each of which grew by itself from one cell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from chemoevo.analytic.grown.founding import founding
from chemoevo.analytic.grown.law import positive
from chemoevo.base.arguments import MAX_COUNT
from chemoevo.base.names import known_keys
from chemoevo.errors import Problems, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.process.branching import BranchingProcess

SIZE = "a size in cells, at least 1"

A = TypeVar("A", bound=np.generic)


def summed(arrays: Iterable[NDArray[A]]) -> NDArray[A]:
    """What all parts have together: at least one array."""
    return reduce(np.add, arrays)


@dataclass(frozen=True, eq=False, slots=True)
class Part:
    """A part of a tumor.

    Attributes
    ----------
    first
        Place of the type of its first cell.
    sizes
        (cells) What it has grown to, of shape (n,) for n tumors, read-only.
    """

    first: int
    sizes: NDArray[np.float64]

    def cells(self, growth: BranchingProcess) -> NDArray[np.float64]:
        """Whole cells at detection that are in no lineage, of shape (n, types): of its first type, or of its block."""
        ends = np.cumsum(np.multiply.outer(self.sizes, founding(growth, self.first).cells), axis=1)
        return np.diff(np.rint(ends), axis=1, prepend=0.0)


def parts_of(problems: Problems, types: tuple[str, ...], size: object) -> tuple[Part, ...]:
    """The parts that a size says, in the order of the types; one of the first type, where it is no table.

    What is wrong is noted, and then there may be none.
    """
    if not isinstance(size, Mapping):
        return (Part(0, _kept(positive(problems, "size", size, SIZE, 1.0))),)
    given, size = size, known_keys(size, types)
    if len(size) < len(given):
        problems.value("size", "must name every type once", list(given))
    if not given:
        problems.value("size", "must have at least one part, such as {'S': 1e9}", {})
    found: dict[int, NDArray[np.float64]] = {}
    for name, cells in size.items():
        if name in types:
            found[types.index(name)] = positive(problems, f"size[{name!r}]", cells, SIZE, 1.0)
        elif isinstance(name, str):
            problems.value(f"size[{name!r}]", "is not a type of growth", hint=did_you_mean(name, types))
        else:
            problems.type("size", "must have names of types", name)
    lengths = sorted({one.size for one in found.values() if one.ndim})
    if len(lengths) > 1:
        problems.value("size", "must have as many sizes of every part, or one", lengths)
        return ()
    shape = (lengths[0],) if lengths else ()
    parts = tuple(Part(k, _kept(np.broadcast_to(found[k], shape))) for k in sorted(found))
    total = summed(part.sizes for part in parts) if parts else np.zeros(1)
    if (total > MAX_COUNT).any() and not any((part.sizes > MAX_COUNT).any() for part in parts):
        problems.value("size", "must be at most 2**62 cells in all", float(total.max()))
    return parts


def _kept(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    flat = np.array(np.atleast_1d(sizes))
    flat.flags.writeable = False
    return flat
