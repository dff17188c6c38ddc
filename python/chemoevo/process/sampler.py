"""Rates that are functions of time, called and checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.base.arguments import real_array
from chemoevo.errors import Problems, Words
from chemoevo.process.channels import Channels
from chemoevo.process.moving import Moving
from chemoevo.process.rates import note_shares

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

Rates = Callable[[float], tuple["ArrayLike", "ArrayLike"]]
"""f(t) -> (birth, death), each one number per type, per cell and day, at t days."""

Shares = Callable[[float], "ArrayLike"]
"""f(t) -> one share of lethal divisions per type, in [0, 1], at t days."""


class Sampler:
    """Calls the rates, and says where and of which type a value is wrong."""

    def __init__(
        self,
        types: tuple[str, ...],
        rates: Rates,
        lethal: Shares | Array | None,
        mutation: Moving | None,
        switching: Moving | None,
    ) -> None:
        self.types, self.rates, self.lethal = types, rates, lethal
        self.mutation, self.switching = mutation, switching

    @property
    def channels(self) -> Channels:
        """What the rows are, as far as it is known which transitions there are."""
        moving = [() if kind is None else kind.pairs for kind in (self.mutation, self.switching)]
        return Channels(self.lethal is not None, *moving)

    def settle(self) -> None:
        """From now on another transition is a `NewPairError`."""
        for kind in (self.mutation, self.switching):
            if kind is not None:
                kind.settled = True

    def __call__(self, times: Array) -> Array:
        """Rates of events at each of the times (...): (..., rows, types).

        Raises
        ------
        NewPairError
            If it is settled which transitions there are, and another is not 0.
        """
        flat = [float(t) for t in times.ravel()]
        rates = self._rates(flat)
        lethal = None
        if self.lethal is not None:
            shares = self._shares(flat, self.lethal) if callable(self.lethal) else self.lethal
            lethal = shares * rates[:, 0]
        moving = [
            np.empty((len(flat), 0)) if kind is None else kind.at(flat) for kind in (self.mutation, self.switching)
        ]
        found = self.channels.pack(rates[:, 0], rates[:, 1], lethal, *moving)
        return found.reshape(*times.shape, *found.shape[1:])

    def _shares(self, flat: list[float], lethal: Shares) -> Array:
        k, values = len(self.types), []
        problems = Problems()
        for t in flat:
            try:
                value = lethal(t)
            except Exception as error:
                error.add_note(f"raised by lethal(t) at t = {t!r} days")
                raise
            array = real_array(problems, f"lethal({t!r})", value, types=self.types)
            if array is not None and array.shape != (k,):
                rule = f"must return shape ({k},), one share per type of {self.types}"
                problems.value(f"lethal({t!r})", rule, Words(f"shape {array.shape}"))
            elif array is not None:
                note_shares(problems, f"lethal({t!r})", array, self.types)
            problems.raise_if_any()
            values.append(array)
        return np.array(values, dtype=np.float64)

    def _rates(self, flat: list[float]) -> Array:
        k = len(self.types)
        values = []
        for t in flat:
            try:
                values.append(self.rates(t))
            except Exception as error:
                error.add_note(f"raised by rates(t) at t = {t!r} days")
                raise
        try:
            array = np.array(values)
        except ValueError:
            array = np.empty(0)
        if array.shape != (len(flat), 2, k) or array.dtype.kind not in "iuf":
            for t, value in zip(flat, values, strict=True):
                self._check(t, value)
            array = np.array([[np.asarray(part, dtype=float) for part in value] for value in values])
        array = array.astype(np.float64)
        wrong = ~(np.isfinite(array) & (array >= 0))
        if wrong.any():
            problems = Problems()
            for n, part, i in np.argwhere(wrong)[:5]:
                where = f"rates({flat[n]!r}): {('birth', 'death')[part]} of {self.types[i]!r}"
                problems.value(where, "must be finite and >= 0 (per cell and day)", float(array[n, part, i]))
            problems.raise_if_any()
        return array

    def _check(self, t: float, value: object) -> None:
        problems = Problems()
        call, k = f"rates({t!r})", len(self.types)
        if not isinstance(value, tuple | list | np.ndarray) or len(value) != 2:
            problems.type(call, f"must return (birth, death), each with {k} numbers", value)
            problems.raise_if_any()
        assert isinstance(value, tuple | list | np.ndarray)
        for name, part in zip(("birth", "death"), value, strict=True):
            try:
                array = np.asarray(part)
            except ValueError:
                array = np.empty(0)
            if array.shape != (k,):
                got = Words(f"shape {array.shape}")
                problems.value(call, f"must return {name} of shape ({k},), one rate per type of {self.types}", got)
            elif array.dtype.kind not in "iuf":
                wrong = next((i for i, x in enumerate(part) if not isinstance(x, int | float) or x is True), 0)
                problems.type(f"{call}: {name} of {self.types[wrong]!r}", "must be a number", part[wrong])
        problems.raise_if_any()
