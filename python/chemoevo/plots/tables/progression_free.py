"""Kaplan-Meier curves of one or several arms, and the numbers at risk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chemoevo.answers.answer import Answer
from chemoevo.answers.kaplan_meier import Curve, kaplan_meier
from chemoevo.base.arguments import resolve_times
from chemoevo.base.forks import check_fork
from chemoevo.errors import ModelError, Problems

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FIRST, _MOST, _SEEN = 9, 128, 0.04
"""Days of a line: at first, at most about, and what share between two of them is a step."""
_FORM = "must be a curve of kaplan_meier, an Answer, or a pair (time, event)"


@dataclass(frozen=True, eq=False)
class Arm:
    """One curve, with the times of censoring where they are known."""

    label: str
    curve: Curve
    time: NDArray[np.float64] | None
    event: NDArray[np.bool_] | None

    @property
    def last(self) -> float:
        """(days) Until when it is known."""
        known = self.curve.times if self.time is None else self.time
        return float(known.max()) if known.size else 0.0

    def at_risk(self, times: NDArray[np.float64]) -> list[int | None]:
        """How many are still at risk just before each time; None where nothing says."""
        if self.time is not None:
            ordered = np.sort(self.time)
            return [int(n) for n in len(ordered) - np.searchsorted(ordered, times, side="left")]
        index = np.searchsorted(self.curve.times, times, side="left")
        return [int(self.curve.at_risk[i]) if i < len(self.curve.times) else None for i in index]


def arms_of(data: Any) -> list[Arm]:
    """The arms of what a survival plot is given.

    Raises
    ------
    ModelError, TypeError
        See `survival_table`.
    """
    check_fork()
    problems = Problems()
    named = data if isinstance(data, Mapping) else {"": data}
    if not named:
        problems.value("data", "must hold at least one arm")
    found: list[Arm] = []
    for label, value in named.items():
        path = f"data[{label!r}]" if isinstance(data, Mapping) else "data"
        if not isinstance(label, str):
            problems.type("data", "must have labels (text) as keys", label)
        elif isinstance(value, Answer):
            time, event = (value.outcomes[name].to_numpy() for name in ("observed_until", "progressed"))
            found.append(Arm(label or value.scenario, kaplan_meier(time, event), time, event))
        elif isinstance(value, Curve):
            if not value.times.size:
                problems.value(path, "must have an event: of none its curve is empty", hint="Give (time, event).")
            found.append(Arm(label or "all", value, None, None))
        elif _is_pair(value):
            try:
                curve = kaplan_meier(*value)
            except (ValueError, TypeError) as error:
                problems.extend([f"{path}: {error}"], wrong_type=isinstance(error, TypeError))
                continue
            time, event = np.asarray(value[0], dtype=np.float64), np.asarray(value[1], dtype=np.bool_)
            found.append(Arm(label or "all", curve, time, event))
        else:
            hint = "Of several arms give a table, {label: arm}." if isinstance(value, list | tuple) else ""
            problems.type(path, _FORM, value, hint=hint)
    problems.raise_if_any()
    return found


def _is_pair(value: object) -> bool:
    """Whether it may be (time, event), and is not two arms."""
    whole = isinstance(value, Sequence) and not isinstance(value, str) and len(value) == 2
    return whole and not any(isinstance(part, Answer | Curve) for part in value)  # type: ignore[attr-defined]


def survival_table(data: Any) -> pl.DataFrame:
    """Kaplan-Meier curves of one or several arms: what `survival` draws.

    Parameters
    ----------
    data
        What `kaplan_meier` gives; or an `Answer`, for the time to progression of its replicates; or a pair
        (time, event) as `kaplan_meier` takes them; or {label: one of these}, for several arms.

    Returns
    -------
    polars.DataFrame
        One row per arm and event time, besides one at time 0 and one where observation ends, if that is later. Columns:
        arm, time (days), survival (share free of the event from then on), low, high (pointwise 95 % band), at_risk
        (just before), events, and censored (from then on until the next event; null at time 0 of a curve).

    Raises
    ------
    ModelError
        If there is no arm, a curve has no event at all, or times and events are out of range.
    TypeError
        If an arm is something else.

    Notes
    -----
    A curve alone does not say when between two events someone was censored, nor how many were before the first one.
    Pairs and answers do.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> table = plots.survival_table({"A": ([7, 7, 14, 14], [1, 0, 1, 0])})
    >>> table.select("time", "survival", "at_risk").rows()
    [(0.0, 1.0, 4), (7.0, 0.75, 4), (14.0, 0.375, 2)]
    """
    return survival_of(arms_of(data))


def survival_of(arms: Iterable[Arm]) -> pl.DataFrame:
    """The curves of arms, as `survival_table` gives them."""
    pieces = []
    for arm in arms:
        curve, (start, *_) = arm.curve, arm.at_risk(np.zeros(1))
        before = None if arm.time is None else int((arm.time < (curve.times[0] if curve.times.size else np.inf)).sum())
        rows: list[tuple[Any, ...]] = [(arm.label, 0.0, 1.0, 1.0, 1.0, start, 0, before)]
        rows += [
            (arm.label, *values)
            for values in zip(
                curve.times.tolist(), curve.survival.tolist(), curve.low.tolist(), curve.high.tolist(),
                curve.at_risk.tolist(), curve.events.tolist(), curve.censored.tolist(), strict=True,
            )
        ]  # fmt: skip
        if arm.last > rows[-1][1]:
            rows.append((*rows[-1][:1], arm.last, *rows[-1][2:5], *arm.at_risk(np.array([arm.last])), 0, 0))
        pieces.append(pl.DataFrame(rows, schema=_SCHEMA, orient="row"))
    return pl.concat(pieces)


_SCHEMA = {
    "arm": pl.String,
    "time": pl.Float64,
    "survival": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "at_risk": pl.Int64,
    "events": pl.Int64,
    "censored": pl.Int64,
}


def relapse_table(data: Answer | Mapping[str, Answer]) -> pl.DataFrame:
    """Share without a relapse by the backward equations, beside the Kaplan-Meier curve of `survival`.

    Parameters
    ----------
    data
        An `Answer`, or {label: Answer} for several arms.

    Returns
    -------
    polars.DataFrame
        One row per arm and day, more of them where the share falls. Columns: arm, time (days), without_relapse (share
        of replicates in which the tumor is not back at the size of progression: the mean of `answer.relapse.survival`).

    Raises
    ------
    ModelError
        If there is no arm, or one has simulated answers only.
    TypeError
        If an arm is no `Answer`.
    SimulationError
        As `RelapseTime.survival`.

    Notes
    -----
    Looks see a relapse at the next look, so the Kaplan-Meier curve is behind by up to one interval, and meets the line
    at the looks. Progression also asks for a multiple of the smallest total: where tumors never were much below the
    size, it comes later.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> scenario = ce.Scenario(
    ...     name="no drug resistance",
    ...     tumor=ce.Tumor(birth=0.139, death=0.1, size=1e4),
    ...     regimen="docetaxel_carboplatin",
    ...     patient=ce.Patient(bsa=1.8, gfr=90),
    ...     potencies=[
    ...         ce.Potency(drug="docetaxel", emax=0.6, basis="an example"),
    ...         ce.Potency(drug="carboplatin", emax=2, basis="an example"),
    ...     ],
    ...     progression=ce.ProgressionRule(size=1e4),
    ... )
    >>> table = plots.relapse_table(ce.answer(scenario, ce.simulate(scenario, replicates=20, seed=1)))
    >>> table.columns, table["time"].max()
    (['arm', 'time', 'without_relapse'], 365.0)
    """
    return relapse_of(arms_of(data), [data] if isinstance(data, Answer) else list(data.values()))


def relapse_of(arms: Iterable[Arm], answers: Iterable[object]) -> pl.DataFrame:
    """The lines of arms that are answers, as `relapse_table` gives them."""
    rows: list[tuple[str, float, float]] = []
    for arm, answer in zip(arms, answers, strict=True):
        if not isinstance(answer, Answer):
            raise TypeError(f"data must be an Answer, or {{label: Answer}}; got {answer!r:.200}.")
        rows += [(arm.label, day, share) for day, share in _without_relapse(answer)]
    schema = {"arm": pl.String, "time": pl.Float64, "without_relapse": pl.Float64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _without_relapse(answer: Answer) -> list[tuple[float, float]]:
    """Days and shares: a few days at first, and more in between where the share falls by a step that is seen."""
    law = answer.relapse
    if law is None:
        raise ModelError(f"{answer.scenario!r} has simulated answers only: {answer.only_simulated}")

    def share(day: float) -> tuple[float, float]:
        return day, float(law.survival([day]).mean())

    start = min(law.since, answer.horizon)
    points = [share(day) for day in np.unique([0.0, *np.linspace(start, answer.horizon, _FIRST).tolist()]).tolist()]
    while True:
        finer = [
            share(0.5 * (a[0] + b[0]))
            for a, b in pairwise(points)
            if abs(a[1] - b[1]) > _SEEN and b[0] - a[0] > answer.horizon / _MOST
        ]
        if not finer:
            return points
        points = sorted([*points, *finer])


def at_risk_table(data: Any, *, times: Any) -> pl.DataFrame:
    """How many of each arm are still at risk: the numbers below the axis of `survival`.

    Parameters
    ----------
    data
        As for `survival_table`.
    times
        (days) Finite, >= 0, increasing.

    Returns
    -------
    polars.DataFrame
        One row per arm and time. Columns: arm, time (days), at_risk: neither had the event nor was censored before that
        time. Of a curve alone the number at its next event; null after its last one.

    Raises
    ------
    ModelError, TypeError
        As `survival_table`, or if the times are wrong.

    Examples
    --------
    >>> from chemoevo import plots
    >>> plots.at_risk_table(([7, 7, 14, 14], [1, 0, 1, 0]), times=[0, 10, 20])["at_risk"].to_list()
    [4, 2, 0]
    """
    return at_risk_of(arms_of(data), resolve_times(times))


def at_risk_of(arms: Iterable[Arm], days: NDArray[np.float64]) -> pl.DataFrame:
    """The numbers at risk of arms, as `at_risk_table` gives them."""
    rows = [(arm.label, float(day), n) for arm in arms for day, n in zip(days, arm.at_risk(days), strict=True)]
    return pl.DataFrame(rows, schema={"arm": pl.String, "time": pl.Float64, "at_risk": pl.Int64}, orient="row")
