"""Checks of array arguments, shared by every public function: clear words, all problems at once."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard, runtime_checkable

import numpy as np

from chemoevo.base.labels import REFUSED, by_types, plain_array
from chemoevo.base.names import known_keys
from chemoevo.errors import Problems, Words, did_you_mean, near_miss, percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_COUNT = 2**62
"""The largest number of cells, of a type or in total."""


_NUMBERS = (int, float, np.integer, np.floating)


@runtime_checkable
class FinalStates(Protocol):
    """Replicates that have ended, such as an `Ensemble`: a run can start from their last states."""

    @property
    def types(self) -> tuple[str, ...]:
        """Names of the types."""

    @property
    def final(self) -> NDArray[np.int64]:
        """(cells) Last states, of shape (replicates, types)."""


def real_array(
    problems: Problems, path: str, value: object, *, types: Sequence[str] | None = None
) -> NDArray[np.float64] | None:
    """`value` as a float64 array, or None with the problem noted. Booleans, text and masked values are refused.

    A copy, unless nobody can ever write to it: then the result is read-only as well.

    With `types`, which are its last axis, frames and Series are read by their names; else frames are refused.
    """
    value = plain_array(problems, path, value) if types is None else by_types(problems, path, value, types)
    if value is REFUSED:
        return None
    if _stays(value):
        return value
    try:
        array = np.asarray(value)
    except ValueError:
        problems.value(path, "must be a rectangular array of numbers", Words("rows of unequal length"))
        return None
    if array.size == 0 and array.dtype.kind != "b":
        return array.astype(np.float64)
    if _refuse_bool(problems, path, value):
        return None
    if array.dtype.kind == "O" and all(isinstance(item, _NUMBERS) for item in array.flat):
        try:  # whole numbers beyond 64 bits
            return array.astype(np.float64)
        except OverflowError:
            problems.value(path, "must be numbers that are at most 1.8e308", Words("a larger whole number"))
            return None
    if array.dtype.kind not in "iuf":
        problems.type(path, "must be numbers", _kind(value, array))
        return None
    return np.array(array, dtype=np.float64, order="C")


def _stays(value: object) -> TypeGuard[NDArray[np.float64]]:
    """Whether it is an array as the core made it, whose memory nobody can write to, also later: it needs no copy."""
    if type(value) is not np.ndarray or value.dtype != np.float64 or value.flags.writeable:
        return False
    return type(value.base).__name__ == "PySliceContainer" and value.flags.c_contiguous


def _kind(value: object, array: NDArray[Any]) -> object:
    return Words(f"an array of {array.dtype}") if isinstance(value, np.ndarray) else value


def _refuse_bool(problems: Problems, path: str, value: object) -> bool:
    """Notes the first True or False in a nested list, which numpy would take for 1 and 0."""
    if isinstance(value, list | tuple):
        return any(_refuse_bool(problems, f"{path}[{i}]", item) for i, item in enumerate(value))
    if not isinstance(value, bool | np.bool_):
        return False
    problems.type(path, "must be a number", value)
    return True


def nonnegative(problems: Problems, path: str, array: NDArray[np.float64], what: str, types: Sequence[str]) -> None:
    """Notes every entry of (..., types) that is negative, NaN or infinite (the first few by name)."""
    if not array.size or (array.min() >= 0 and array.max() <= sys.float_info.max):
        return
    wrong = ~(np.isfinite(array) & (array >= 0))
    for index in np.argwhere(wrong)[:5]:
        where = "".join(f"[{i}]" for i in index)
        name = types[int(index[-1])] if int(index[-1]) < len(types) else "?"
        hint = f"Type {name!r}: {what}."
        problems.value(f"{path}{where}", "must be finite and >= 0", float(array[tuple(index)]), hint=hint)
    if wrong.sum() > 5:
        problems.value(path, f"has {int(wrong.sum()) - 5} more values that are not finite and >= 0")


def whole(problems: Problems, path: str, value: object, low: int, high: int | None = MAX_COUNT) -> int:
    """`value` as an int from `low` to `high`, or `low` with the problem noted.

    Whole floats and numpy's scalars are whole numbers, True and text are not; `high` None is no limit.
    """
    is_number = isinstance(value, _NUMBERS) and not isinstance(value, bool | np.bool_)
    if is_number and not (isinstance(value, float | np.floating) and not float(value).is_integer()):
        number = int(value)  # type: ignore[call-overload]
        if low <= number and (high is None or number <= high):
            return int(number)
    shown = f"2**62 = {high}" if high == MAX_COUNT else str(high)
    rule = f"must be a whole number >= {low}" if high is None else f"must be a whole number from {low} to {shown}"
    (problems.value if is_number else problems.type)(path, rule, value)
    return low


def real(
    problems: Problems,
    path: str,
    value: object,
    rule: str,
    low: float,
    high: float = np.inf,
    *,
    above: bool = False,
    endless: bool = False,
) -> float:
    """`value` as a finite float from `low` to `high`, or `low` with the problem noted in the words of `rule`.

    numpy's scalars are numbers, True and text are not. `above`: `low` itself is refused; `endless`: infinity is taken.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, _NUMBERS):
        problems.type(path, rule, value)
        return low
    if isinstance(value, int) and abs(value) > sys.float_info.max:
        problems.value(path, rule, Words("a whole number beyond 1.8e308"))
        return low
    inside = (low < value if above else low <= value) and value <= high and (endless or value < np.inf)
    if not inside:
        problems.value(path, rule, value, hint=percent(value) if (low, high) == (0.0, 1.0) else "")
        return low
    return float(value) + 0.0  # -0.0 becomes 0.0


def flag(problems: Problems, path: str, value: object) -> bool:
    """True or False, also numpy's, or False with the problem noted."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    problems.type(path, "must be True or False", value)
    return False


def choice(problems: Problems, path: str, value: object, known: Sequence[str]) -> str:
    """`value` as one of the known words, or the first of them with the problem noted."""
    rule = f"must be {', '.join(map(repr, known[:-1]))} or {known[-1]!r}"
    if not isinstance(value, str):
        problems.type(path, rule, value)
        return known[0]
    if value not in known:
        problems.value(path, rule, value, hint=near_miss(value, known))
        return known[0]
    return value


def resolve_times(times: object, *, path: str = "times", last: float | None = None) -> NDArray[np.float64]:
    """Observation times in days as a float64 array (T,).

    Raises
    ------
    ModelError
        If there is none, or they are not finite, >= 0 and strictly increasing.
    TypeError
        If they are not numbers.
    """
    problems = Problems()
    if times is None:
        problems.value(path, "is missing", hint=f"Give the observation times in days, for example {path}=[0, 30, 60].")
        problems.raise_if_any()
    array = real_array(problems, path, times)
    problems.raise_if_any()
    assert array is not None
    if array.ndim == 0:
        array = array.reshape(1)
    if array.ndim != 1 or array.size == 0:
        problems.value(path, "must be a list of at least one time in days", Words(f"shape {array.shape}"))
        problems.raise_if_any()
    # NaN is neither; two reductions cost less than the search for what is wrong.
    if not (array.min() >= 0 and array.max() < np.inf):
        for index in np.flatnonzero(~(np.isfinite(array) & (array >= 0)))[:5]:
            problems.value(f"{path}[{index}]", "must be finite and >= 0 (days)", float(array[index]))
    elif array.size > 1:
        for index in (np.flatnonzero(np.diff(array) <= 0) + 1)[:5]:
            problems.value(
                f"{path}[{index}]",
                f"must be larger than {path}[{index - 1}] = {float(array[index - 1])!r}",
                float(array[index]),
                hint="Sort the times and drop repeated ones.",
            )
    problems.raise_if_any()
    return array + 0.0  # -0.0 becomes 0.0


def resolve_initial(types: Sequence[str], initial: object, *, path: str = "initial") -> NDArray[np.int64]:
    """Initial numbers of cells as int64, of shape (types,) or (n, types).

    Accepts {type: count} (types not named start with 0), (types,), (n, types) or an `Ensemble`, which
    gives its final states. Counts are whole numbers from 0 to 2**62, also as floats; so is their sum.

    Raises
    ------
    ModelError
        If a type is unknown, a shape is wrong, or a count is not whole or out of range.
    TypeError
        If a count is not a number (True and False are none).
    """
    problems = Problems()
    result: NDArray[np.int64] | None = None
    if initial is None:
        problems.value(path, "is missing", hint="Give the cells at the start: {type: count} or an array.")
    elif isinstance(initial, Mapping):
        result = _from_mapping(problems, path, types, initial)
    elif isinstance(initial, FinalStates):
        result = _from_final_states(problems, path, types, initial)
    else:
        result = _from_array(problems, path, types, initial)
    problems.raise_if_any()
    assert result is not None
    # Sums of a few values of at most 2**62 can pass 2**64: add in floating point, and exactly where that is close.
    # Not even that where no type has its share of them.
    if int(result.max()) > MAX_COUNT // len(types):
        rows = np.atleast_2d(result)
        close = rows[rows.astype(np.float64).sum(axis=1) >= 0.999 * MAX_COUNT]  # rounding may take some away
        if any(sum(map(int, row)) > MAX_COUNT for row in close):
            problems.value(path, "must hold at most 2**62 cells in total")
            problems.raise_if_any()
    return result


def _from_final_states(
    problems: Problems, path: str, types: Sequence[str], ended: FinalStates
) -> NDArray[np.int64] | None:
    if tuple(ended.types) != tuple(types):
        problems.value(path, f"must have the types {tuple(types)}", Words(f"an Ensemble with the types {ended.types}"))
        return None
    return np.asarray(ended.final, dtype=np.int64)


def _from_mapping(problems: Problems, path: str, types: Sequence[str], initial: Mapping[Any, Any]) -> NDArray[np.int64]:
    result = np.zeros(len(types), dtype=np.int64)
    for name, count in known_keys(initial, types).items():
        if name not in types:
            problems.value(f"{path}[{name!r}]", "is not a type of the process", hint=did_you_mean(name, types))
            continue
        result[types.index(name)] = whole(problems, f"{path}[{name!r}]", count, 0)
    return result


def _from_array(problems: Problems, path: str, types: Sequence[str], initial: Any) -> NDArray[np.int64] | None:
    initial = by_types(problems, path, initial, types)
    if initial is REFUSED:
        return None
    try:
        array = np.asarray(initial)
    except ValueError:
        problems.value(path, "must be rectangular", Words("rows of unequal length"))
        return None
    if _refuse_bool(problems, path, initial):
        return None
    if array.dtype.kind not in "iufO" or (array.dtype.kind == "O" and array.ndim == 0):
        problems.type(path, "must be {type: count}, whole numbers or an Ensemble", _kind(initial, array))
        return None
    if array.ndim not in (1, 2) or array.shape[-1] != len(types) or array.size == 0:
        shapes = f"({len(types)},) or (replicates, {len(types)})"
        problems.value(path, f"must have the shape {shapes}", Words(f"shape {array.shape}"))
        return None
    if array.dtype.kind == "O":
        flat = [
            whole(problems, f"{path}{''.join(f'[{i}]' for i in index)}", value, 0)
            for index, value in np.ndenumerate(array)
        ]
        return np.array(flat, dtype=np.int64).reshape(array.shape)
    if array.dtype.kind == "f":
        wrong = ~(np.isfinite(array) & (array >= 0) & (array <= MAX_COUNT))
        wrong |= np.where(wrong, 0, array) != np.floor(np.where(wrong, 0, array))
    else:
        wrong = (array < 0) | (array > MAX_COUNT)
    for index in np.argwhere(wrong)[:5]:
        where = "".join(f"[{i}]" for i in index)
        problems.value(f"{path}{where}", "must be a whole number from 0 to 2**62", array[tuple(index)].item())
    return None if wrong.any() else np.array(array, dtype=np.int64, order="C")  # never the array of the caller


def its_typical(model: object) -> str:
    """What is said where a scenario is asked for and something is given that has one: its name."""
    return f" Give its `typical`, {type(model).__name__}.typical." if hasattr(model, "typical") else ""
