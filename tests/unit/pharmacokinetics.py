"""What tests of kinetics share: drugs as models, courses and regimens from doses, and a stiff solver as a reference."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import gamma

import chemoevo as ce
from chemoevo import _core

Given = tuple[float, float, float, bool]
"""Time (h), amount, duration (h), by mouth."""


@dataclass(frozen=True)
class Model:
    """The arguments of `_core.Kinetics`, by name, and the number of stages where it is not whole."""

    clearance: float
    volume: float
    peripherals: list[tuple[float, float]] = field(default_factory=list)
    absorption: tuple[list[float], float, float] | None = None
    metabolites: list[tuple[float, float, float, list[tuple[float, float]]]] = field(default_factory=list)
    effects: list[tuple[float, float, int]] = field(default_factory=list)
    saturable: tuple[Any, Any] = (None, None)
    stages: float | None = None

    @property
    def core(self) -> _core.Kinetics:
        absorption: Any = self.absorption
        if absorption is not None and self.stages is not None:
            (rate,), *rest = absorption
            absorption = (rate, self.stages, *rest)
        return _core.Kinetics(
            self.clearance,
            self.volume,
            self.peripherals,
            absorption=absorption,
            metabolites=self.metabolites,
            effects=self.effects,
            saturable=self.saturable,
        )


CARBOPLATIN = Model(8.38, 15.4, [(0.135 * 15.4, 0.135 * 15.4 / 0.215)], effects=[(0.5, 1.0, 0), (0.05, 1.0, 0)])
"""Ekhart et al. (2009), with two effect compartments."""
IRINOTECAN = Model(33.2, 225.0, [(13.9, 119.0)], metabolites=[(0.03 * 392.4 / 586.7, 46.0, 15.9, [])])
"""Rietveld et al. (2024), with SN-38."""
VENETOCLAX = Model(449 / 24, 99.0, [(130 / 24, 147.0)], absorption=([3.83 / 24], 0.96, 1.0))
"""Dave et al. (2019)."""
TOPOTECAN = Model(21.62, 40.6, [(49.2, 45.5)], absorption=([1.7], 0.17, 0.324))
"""Leger et al. (2004)."""
OLAPARIB = Model(5.21, 35.06 * 3**0.17, [(0.41, 18.77)], absorption=([9.22] * 5, 0.0, 1.0))
"""Richardson et al. (2025), 300 mg."""
PACLITAXEL = Model(0.0, 12.0, [(16.8, 268.0)], saturable=((33.8, 0.44), (177.0, 1.61, 1.21)))
"""Crombag et al. (2019), in micromoles."""
EVERYTHING = Model(
    6.0,
    15.0,
    [(4.0, 30.0), (0.8, 90.0)],
    absorption=([3.0, 3.0, 0.7], 0.4, 0.6),
    metabolites=[(0.3, 9.0, 20.0, [(2.0, 12.0)]), (0.1, 1.5, 8.0, [])],
    effects=[(0.2, 1.0, 0), (0.9, 0.4, 1)],
)
"""A linear drug with every part."""
SATURABLE = Model(
    1.0,
    12.0,
    [(8.0, 100.0)],
    absorption=([1.1, 1.1], 0.3, 0.8),
    metabolites=[(0.2, 5.0, 9.0, [])],
    effects=[(0.3, 0.5, 0)],
    saturable=((30.0, 0.5), (60.0, 1.5, 1.2)),
)
"""A saturable drug with every part."""


def micromoles(per_square_meter: float) -> float:
    """Paclitaxel by body surface area (1.8 m2)."""
    return per_square_meter * 1.8 / 853.9 * 1000


def course(model: Model, doses: Sequence[Given], start: _core.State | None = None) -> _core.Course:
    times, amounts, durations, by_mouth = zip(*doses, strict=True) if doses else ((), (), (), ())
    return _core.Course(model.core, times, amounts, durations, by_mouth, start=start)


def once(drug: str, amount: float, hours: float = 0.0, *, days: float = 5000, **dose: Any) -> ce.Regimen:
    """One dose of a drug (mg, unless the unit says otherwise), and days without another."""
    given = ce.Dose(**{"drug": drug, "amount": amount, "unit": "mg", "duration_hours": hours, **dose})
    return ce.Regimen(name="once", phases=ce.Phase(cycle_length_days=days, cycles=1, doses=given))


def every(drug: str, amount: float, interval: float, number: int) -> ce.Regimen:
    """So many doses (mg), one each interval (h)."""
    given = ce.Dose(drug=drug, amount=amount, unit="mg")
    return ce.Regimen(name="many", phases=ce.Phase(cycle_length_days=interval / 24, cycles=number, doses=given))


def compartments(course: _core.Course, count: int, times: np.ndarray) -> np.ndarray:
    """Concentrations and areas of all compartments, (2, compartments, times)."""
    both = (course.concentration, course.area)
    return np.array([[ask(times, place) for place in range(count)] for ask in both])


class Reference:
    """Compartments by amounts, integrated from kink to kink by a stiff solver."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.depots = len(model.absorption[0]) if model.absorption and model.stages is None else 0
        self.sides = len(model.peripherals)
        self.transferred = model.saturable[1] is not None
        self.own = [1 + len(m[3]) for m in model.metabolites]
        self.size = self.depots + 1 + self.sides + self.transferred + sum(self.own) + len(model.effects)

    def density(self, t: float) -> float:
        """What of a dose enters plasma per hour, so long after it began to, where the number of stages is not whole."""
        (rate,), stages = self.model.absorption[0], self.model.stages
        return rate * (rate * t) ** (stages - 1) * np.exp(-rate * t) / gamma(stages) if t > 0 else 0.0

    def flow(
        self, time: float, y: np.ndarray, plasma: float, mouth: float, begun: Sequence[tuple[float, float]] = ()
    ) -> np.ndarray:
        """Derivatives: the stages, what was eliminated from plasma, and the areas."""
        plasma = plasma + sum(amount * self.density(time - start) for start, amount in begun)
        model, out = self.model, np.zeros_like(y)
        at = self.depots
        sent = mouth
        for i, rate in enumerate(model.absorption[0] if self.depots else []):
            out[i] += sent - rate * y[i]
            sent = rate * y[i]
        central = y[at] / model.volume
        levels = [central]
        out[at] = plasma + (sent if self.depots else 0.0)
        eliminated = model.clearance * central
        if model.saturable[0]:
            most, half = model.saturable[0]
            eliminated += most * central / (half + central)
        out[at] -= eliminated
        at += 1
        for q, v in model.peripherals:
            net = q * (central - y[at] / v)
            out[self.depots] -= net
            out[at] += net
            at += 1
        if self.transferred:
            most, half, back = model.saturable[1]
            net = most * central / (half + central) - back * y[at]
            out[self.depots] -= net
            out[at] += net
            at += 1
        for formed, clearance, volume, sides in model.metabolites:
            here = at
            level = y[here] / volume
            out[here] += formed * eliminated - clearance * level
            for at, (q, v) in enumerate(sides, here + 1):
                net = q * (level - y[at] / v)
                out[here] -= net
                out[at] += net
            at = here + 1 + len(sides)
            levels.append(level)
        sources = list(levels)
        for rate, ratio, source in model.effects:
            out[at] = rate * (ratio * sources[source] - y[at])
            levels.append(y[at])
            at += 1
        out[self.size] = eliminated
        out[self.size + 1 :] = levels
        return out

    def levels(self, y: np.ndarray) -> list[float]:
        at = self.depots
        found = [y[at] / self.model.volume]
        at += 1 + self.sides + self.transferred
        for own, metabolite in zip(self.own, self.model.metabolites, strict=True):
            found.append(y[at] / metabolite[2])
            at += own
        return [*found, *y[at : self.size]]

    def solve(
        self, doses: Sequence[Given], times: np.ndarray, method: str = "LSODA", rtol: float = 1e-12
    ) -> tuple[np.ndarray, np.ndarray]:
        """Concentrations and areas (2, compartments, times) at increasing times, and the amounts at the end."""
        lag, share = self.model.absorption[1:] if self.model.absorption else (0.0, 1.0)
        inputs = [(t + lag, a * share, d, mouth) if mouth else (t, a, d, mouth) for t, a, d, mouth in doses]
        kinks = {0.0, *times, *(t for t, *_ in inputs), *(t + d for t, _, d, _ in inputs)}
        ends = sorted(t for t in kinks if t <= times[-1])
        y = np.zeros(self.size + 1 + 1 + len(self.own) + len(self.model.effects))
        shown = {}
        for start, end in itertools.pairwise([*ends, ends[-1]]):
            for t, amount, duration, mouth in inputs:
                if t == start and duration == 0 and not (mouth and self.model.stages):
                    y[0 if mouth else self.depots] += amount
            rates = [0.0, 0.0]
            for t, amount, duration, mouth in inputs:
                if duration > 0 and t <= start < t + duration:
                    rates[mouth] += amount / duration
            shown[start] = np.array([self.levels(y), y[self.size + 1 :]])
            if end > start:
                begun = [(t, amount) for t, amount, _, mouth in inputs if self.model.stages and mouth and t <= start]
                kept = {"rtol": rtol, "atol": 1e-14, "args": (*rates, begun)}
                y = solve_ivp(self.flow, (start, end), y, method, **kept).y[:, -1]
        return np.stack([shown[t] for t in times], axis=-1), y
