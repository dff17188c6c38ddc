"""Radiotherapy: the fractions of a course, and the probability with which a cell survives one.

The linear-quadratic model (Fowler 1989, doi:10.1259/0007-1285-62-740-679): a dose D leaves a cell alive with the
probability exp(-alpha D w - beta (D w)^2). In air w = 1. At a partial pressure of oxygen p the dose counts w = OER/m of
itself, OER = (m p + K)/(p + K) (Alper & Howard-Flanders 1956, doi:10.1038/178978a0), m the largest ratio of enhancement
and K the pressure at which half of it is reached. What a fraction leaves is repaired before the next one.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, get_args

import numpy as np
from pydantic import Field

from chemoevo.base.arguments import real_array
from chemoevo.base.evidence import Citation, In, Measured, PerhapsMeasured, unsourced
from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Name, Number, Specification, Table, Whole
from chemoevo.base.units import Unit
from chemoevo.errors import Problems

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.base.shapes import Taken

    _Days = Taken[tuple[float, ...] | None, float | Sequence[float] | None]
else:
    _Days = Several[Annotated[Number, Field(ge=0)]] | None

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
"""A day of the week."""
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)

REPAIR = 6.0
"""(h) Least time between two fractions, after which all is repaired that will be: what less leaves is not modeled."""
HIGHEST_DOSE = 8.0
"""(Gy) Dose of a fraction up to which the linear-quadratic model is taken to hold."""
MOST_FRACTIONS = 500

# The largest at once are some 90 Gy, to a nerve.
_DOSE = Unit("Gy", high=100, usual=(0.5, 30), others={"cGy": 0.01})
# Wide around what clonogenic assays give; the low ends are where a number can only be per cGy.
_ALPHA = Unit("1/Gy", low=0.005, high=5, usual=(0.02, 1.5), others={"1/cGy": 100})
_BETA = Unit("1/Gy2", low=1e-4, high=1, usual=(1e-3, 0.3), others={"1/cGy2": 1e4})
_RATIO = Unit("Gy", low=0.1, high=100, usual=(1, 30), others={"cGy": 0.01})
# A few mmHg: a number below is one of kPa.
_PRESSURE = Unit("mmHg", low=0.5, high=50, usual=(1, 20), others={"kPa": 7.50062})


class Radiotherapy(Specification):
    """A course of radiotherapy: at each fraction every cell survives independently with one probability.

    Parameters
    ----------
    dose
        (Gy) Of one fraction, > 0. The model is taken to hold up to about 8 Gy; above that it is said.
    fractions
        Number of fractions, 1 to 500.
    days
        Instead of `fractions`: (days from `start`) the days with fractions, >= 0, increasing; [0, 2, 4] is every other
        day.
    start
        (days from the first dose) When the first fraction is given, >= 0; 0 by default. On a day without fractions, the
        course begins on the next one that has some, at the same hour.
    weekday
        Day of the week of `start`; "monday" by default.
    days_per_week
        Days with fractions in every week, the first so many from Monday on; 1 to 7, 5 by default.
    per_day
        Fractions on each of the days, 1 to 4; 1 by default.
    hours_between
        (h) Time between the fractions of one day, at least 6, as between all fractions; 6 by default.
    alpha
        (1/Gy) Linear coefficient, in air.
    beta
        (1/Gy2) Quadratic coefficient, in air.
    alpha_beta
        Instead of `beta`: (Gy) alpha/beta.
    oer
        Largest ratio of oxygen enhancement, 1 to 5; 3 by default [2]_. It matters where the oxygen of a place is known.
    oer_half
        (mmHg) Partial pressure of oxygen at which the ratio is halfway between 1 and the largest; 3 by default [2]_.
    name
        What the course is called in paths, such as `radiotherapy[boost].dose`; or None.
    citations
        Sources of `alpha`, `beta` and `alpha_beta` by key.

    Raises
    ------
    ModelError
        If a value is out of range, there are not exactly one of `fractions` and `days` and one of `beta` and
        `alpha_beta`, or fractions are less than 6 h apart: all problems at once.

    Notes
    -----
    A cell survives a fraction with the probability exp(-alpha w D - beta (w D)^2) [1]_. Fractions act at an instant and
    are independent, which is full repair between them. Neither the time over which a fraction is given nor incomplete
    repair, a straighter curve at high doses or reoxygenation is modeled.

    References
    ----------
    .. [1] Fowler JF (1989). Br J Radiol 62:679. doi:10.1259/0007-1285-62-740-679
    .. [2] Alper T, Howard-Flanders P (1956). Nature 178:978. doi:10.1038/178978a0

    Examples
    --------
    >>> import chemoevo as ce
    >>> course = ce.Radiotherapy(dose=2, fractions=30, alpha=0.3, beta=0.03)
    >>> round(float(course.survival()), 4), round(course.bed(), 6), course.times()[:7].tolist()
    (0.4868, 72.0, [0.0, 1.0, 2.0, 3.0, 4.0, 7.0, 8.0])
    """

    form: ClassVar[str] = "Radiotherapy(dose=2, fractions=30, alpha=0.3, beta=0.03)"
    alternatives: ClassVar = (("beta",), ("alpha_beta",))
    unless: ClassVar[Mapping[str, str]] = {"fractions": "days", "beta": "alpha_beta"}

    name: Name | None = None
    dose: Annotated[Number, Field(gt=0), _DOSE] = Field(description="the dose of one fraction (Gy)")
    fractions: Annotated[Whole, Field(ge=1, le=MOST_FRACTIONS)] = given(
        default=None, validate_default=False, description="the number of fractions; days may say it instead"
    )
    days: _Days = given(default=None, min_length=1, max_length=MOST_FRACTIONS, examples=[[0, 2, 4]])
    start: Annotated[Number, Field(ge=0)] = 0.0
    weekday: Weekday = "monday"
    days_per_week: Annotated[Whole, Field(ge=1, le=7)] = given(default=5)
    per_day: Annotated[Whole, Field(ge=1, le=4)] = given(default=1)
    hours_between: Annotated[Number, Field(gt=0, lt=24)] = REPAIR
    alpha: Annotated[Measured, In(_ALPHA)] = given(description="the linear coefficient (1/Gy)")
    beta: Annotated[Measured, In(_BETA)] = given(
        default=None, validate_default=False, description="the quadratic coefficient (1/Gy2); or alpha_beta (Gy)"
    )
    alpha_beta: Annotated[PerhapsMeasured, In(_RATIO)] = given(default=None)
    oer: Annotated[Number, Field(ge=1, le=5)] = 3.0
    oer_half: Annotated[Number, Field(gt=0), _PRESSURE] = 3.0
    citations: Table[str, Citation] = Field(default_factory=dict)

    @rule
    def _one_of_both(self) -> Problem:
        for name, other in self.unless.items():
            if None not in (vars(self).get(name), vars(self).get(other)):
                yield other, f"must not be given beside {name}", None

    @rule
    def _sources_known(self) -> Problem:
        yield from unsourced(self, self.citations)

    @rule
    def _week_or_days(self) -> Problem:
        if self.days is not None:
            for name in ("weekday", "days_per_week"):
                if getattr(self, name) != type(self).model_fields[name].default:
                    yield name, "must be left out beside days, which are taken as they are", getattr(self, name)

    @rule
    def _days_ordered(self) -> Problem:
        if not self._in_order:
            yield "days", "must be increasing, each day once", list(self.days or ())

    @rule
    def _repaired(self) -> Problem:
        if not self._in_order or (self.days is None and self.fractions is None):
            return
        if shortest(np.diff(self.times())) < REPAIR:
            rule = f"must leave {REPAIR:g} h between fractions: repair that is not complete is not modeled"
            close = self.days is not None and (self.per_day == 1 or self.hours_between >= REPAIR)
            yield ("days", rule, list(self.days or ())) if close else ("hours_between", rule, self.hours_between)

    @property
    def _in_order(self) -> bool:
        return all(a < b for a, b in itertools.pairwise(self.days or ()))

    def __repr__(self) -> str:
        return f"Radiotherapy({self.text()})"

    def times(self) -> NDArray[np.float64]:
        """(days from the first dose) Of all fractions, increasing."""
        if self.days is not None:
            days = np.array(self.days)
        else:
            first = WEEKDAYS.index(self.weekday)
            week = np.array([day for day in range(7) if (first + day) % 7 < self.days_per_week])
            number = np.arange(-(-self.fractions // self.per_day))
            days = (week[number % len(week)] + 7 * (number // len(week))).astype(np.float64)
        hours = np.arange(self.per_day) * self.hours_between
        times: NDArray[np.float64] = (self.start + (days[:, None] + hours / 24.0)).ravel()
        return times if self.days is not None else times[: self.fractions]

    def enhancement(self, oxygen: ArrayLike) -> NDArray[np.float64]:
        """The ratio of oxygen enhancement, from 1 to `oer`, at a partial pressure of oxygen (mmHg), >= 0.

        Raises
        ------
        ModelError
            If a pressure is negative or nan.
        TypeError
            If it is no number.

        Examples
        --------
        >>> import chemoevo as ce
        >>> course = ce.Radiotherapy(dose=2, fractions=30, alpha=0.3, beta=0.03)
        >>> course.enhancement([0, 3, 60]).round(3).tolist()
        [1.0, 2.0, 2.905]
        """
        pressure = _checked("oxygen", oxygen, "must be >= 0 (mmHg)", least=0.0)
        return self.oer - (self.oer - 1.0) * self.oer_half / (pressure + self.oer_half)

    def survival(self, oxygen: ArrayLike | None = None, sensitivity: ArrayLike = 1.0) -> NDArray[np.float64]:
        """The probability with which a cell survives one fraction.

        Parameters
        ----------
        oxygen
            (mmHg) Partial pressure where the cell is, >= 0; None: as in air.
        sensitivity
            Factor on `alpha` and `beta` of the cell, > 0: `Alteration.radiosensitivity`.

        Returns
        -------
        numpy.ndarray
            Of the shape that both have together; of numbers a number.

        Raises
        ------
        ModelError
            If a pressure is negative or nan, or a factor is not > 0.
        TypeError
            If one is no number.

        Examples
        --------
        >>> import chemoevo as ce
        >>> course = ce.Radiotherapy(dose=2, fractions=30, alpha=0.3, beta=0.03)
        >>> course.survival(oxygen=[60, 10, 0]).round(4).tolist()
        [0.4998, 0.5523, 0.8079]
        """
        factor = _checked("sensitivity", sensitivity, "must be > 0", least=0.0, above=True)
        dose = self.dose if oxygen is None else self.dose * self.enhancement(oxygen) / self.oer
        effect: NDArray[np.float64] = np.exp(-factor * (self.alpha.value * dose + self.quadratic * dose * dose))
        return effect

    @property
    def quadratic(self) -> float:
        """(1/Gy2) The quadratic coefficient, also where alpha/beta is given."""
        return self.beta.value if self.alpha_beta is None else self.alpha.value / self.alpha_beta.value

    @property
    def number(self) -> int:
        """Number of fractions."""
        return self.fractions if self.days is None else len(self.days) * self.per_day

    def bed(self) -> float:
        """(Gy) Biologically effective dose of the course: n D (1 + D/(alpha/beta)), in air and without regrowth [1]_.

        References
        ----------
        .. [1] Fowler JF (1989). Br J Radiol 62:679. doi:10.1259/0007-1285-62-740-679

        Examples
        --------
        >>> import chemoevo as ce
        >>> round(ce.Radiotherapy(dose=7, fractions=5, alpha=0.3, alpha_beta=10).bed(), 6)
        59.5
        """
        return self.number * self.dose * (1.0 + self.dose * self.quadratic / self.alpha.value)

    def text(self) -> str:
        """Fractions, dose and days, in words."""
        times = self.times()
        schedule = f"on day {times[0]:.6g}" if len(times) == 1 else f"from day {times[0]:.6g} to day {times[-1]:.6g}"
        daily = f", {self.per_day} per day {self.hours_between:g} h apart" if self.per_day > 1 else ""
        weekly = f", {self.days_per_week} days per week" if self.days is None and self.number > self.per_day else ""
        fractions = "fraction" if self.number == 1 else "fractions"
        named = "" if self.name is None else f"{self.name}: "
        return f"{named}{self.number} {fractions} of {self.dose:g} Gy {schedule}{daily}{weekly}"


def shortest(days: NDArray[np.float64]) -> float:
    """(h) The shortest of some times between fractions; one that is less than `REPAIR` by rounding is `REPAIR`."""
    gap = float(days.min(initial=np.inf)) * 24.0
    return REPAIR if abs(gap - REPAIR) < 1e-6 else gap


def _checked(path: str, value: ArrayLike, rule: str, *, least: float, above: bool = False) -> NDArray[np.float64]:
    """Numbers as an array; raises at once where one breaks the rule."""
    problems = Problems()
    array = real_array(problems, path, value)
    if array is not None:
        wrong = ~((array > least) if above else (array >= least))
        if wrong.any():
            problems.value(path, rule, float(array[wrong][0]))
    problems.raise_if_any()
    assert array is not None
    return array
