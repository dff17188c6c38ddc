"""The table of a ranking, from what every regimen answers."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chemoevo.rankings.asked import CURE, FAILURE, GROWTH, RELAPSE, REMARK, RESIDUAL, RESIDUAL_DAY
from chemoevo.rankings.doses import dose_intensities, nadir
from chemoevo.rankings.order import Scores
from chemoevo.sweeps.workers import OK, STATUS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.rankings.candidates import Candidates
    from chemoevo.scenario.questions import By
    from chemoevo.sweeps.asks import Cells

_EQUATIONS = 1e-9
"""Relative error of the equations: what the order of sums alone changes is less."""
_CENTRAL = (0.025, 0.975)
"""Quantiles between which the central 95 % of the points are."""
MANY_LEFT_OUT = 0.05
"""Share of the points above which a ranking warns that averages are of the others."""


@dataclass(frozen=True)
class Answered:
    """What regimens answered.

    Attributes
    ----------
    each
        The regimens.
    by
        What ranks.
    itself
        Of every regimen what it answers for the scenario itself.
    at
        Of every regimen what it answers at each point; None where nothing is uncertain.
    """

    each: Candidates
    by: By
    itself: list[Cells]
    at: list[list[Cells]] | None

    @cached_property
    def ranked(self) -> list[int]:
        """Positions of the regimens that have an answer."""
        return self._chosen[0]

    @cached_property
    def compared(self) -> list[int]:
        """Points at which all of them have one."""
        return self._chosen[1]

    @cached_property
    def _chosen(self) -> tuple[list[int], list[int]]:
        rows = self.at if self.at is not None else [[cells] for cells in self.itself]
        ok = np.array([[self._answers(cells) for cells in row] for row in rows])
        inside = ok.any(axis=1)
        while inside.any() and not (common := ok[inside].all(axis=0)).any():
            # Those with the fewest answers leave nothing to compare the others at.
            inside &= ok.sum(axis=1) > ok[inside].sum(axis=1).min()
        if not inside.any():
            return [], []
        return np.flatnonzero(inside).tolist(), np.flatnonzero(common).tolist()

    @property
    def left_out(self) -> float:
        """Share of the points at which the regimens are not compared: one of them has no answer there."""
        return 0.0 if self.at is None else (len(self.at[0]) - len(self.compared)) / len(self.at[0])

    def _answers(self, cells: Cells) -> bool:
        """Whether what ranks has an answer."""
        return cells[STATUS] == OK and not (self.by == RELAPSE and cells.get(REMARK))

    def cells(self, k: int) -> list[Cells]:
        """What a regimen answers at the points that are compared."""
        return [self.itself[k]] if self.at is None else [self.at[k][p] for p in self.compared]

    def values(self, k: int, name: str) -> NDArray[np.float64]:
        """One number at all of them; days of a relapse up to the horizon, infinitely many included."""
        found = [math.inf if cells[name] is None else float(cells[name]) for cells in self.cells(k)]  # type: ignore[arg-type]
        return np.minimum(found, self._horizon) if name.startswith(RELAPSE) else np.array(found)

    @property
    def _horizon(self) -> float:
        return self.each.each[0].base.follow_up.horizon

    def rate_error(self, k: int) -> float:
        """That of a regimen; where the scenario itself has none, the largest of the others, or what was asked for."""
        own = self.itself[k].get("rate_error")
        if own is not None:
            return float(own)
        known = [float(cells["rate_error"]) for cells in self.itself if cells.get("rate_error") is not None]  # type: ignore[arg-type]
        return max(known, default=self.each.each[k].base.simulation.tolerance)

    def summary(self, k: int, name: str) -> Cells:
        """A number with its interval: averaged over points and the central 95 % of them; or as it was answered."""
        if self.at is None:
            cells = self.itself[k]
            return {name: cells.get(name), **{f"{name}{end}": cells.get(f"{name}{end}") for end in ("_low", "_high")}}
        values = self.values(k, name)
        low, high = np.quantile(values, _CENTRAL).tolist()
        return {name: float(values.mean()), f"{name}_low": low, f"{name}_high": high}

    def scores(self) -> Scores:
        """The numbers that rank, with their errors."""
        values = np.array([self.values(k, self.by) for k in self.ranked])
        relative = np.array([[max(self.rate_error(k), _EQUATIONS)] for k in self.ranked])
        complement, better = None, values
        if self.by == CURE:
            complement = np.array([self.values(k, FAILURE) for k in self.ranked])
            error = relative * values * _absence(values, complement)
        elif self.by == RESIDUAL:
            error, better = relative * values, -values
        else:
            # A mean that is off by so much is there so many days sooner or later.
            error = relative / np.array([self.values(k, GROWTH) for k in self.ranked])
        ends = [np.array([self.values(k, self.by + end) for k in self.ranked]) for end in ("_low", "_high")]
        return Scores(better, complement, error, half=np.maximum(ends[1] - values, values - ends[0]))

    def status(self, k: int) -> str:
        """Whether all is answered, "ok", or what is missing, and why."""
        own = [] if self.at is None else [str(cells[STATUS]) for cells in self.at[k] if cells[STATUS] != OK]
        if k not in self.ranked:
            return str(self.itself[k].get(REMARK) or self.itself[k][STATUS]) if self.at is None else own[0]
        said = [f"without {RELAPSE}: {self.itself[k][REMARK]}"] if self.itself[k].get(REMARK) else []
        if self.itself[k][STATUS] != OK:
            said.append(f"the scenario itself: {self.itself[k][STATUS]}")
        if self.left_out:
            said.append(self._compared_text() + (f": {own[0]}" if own else ""))
        return "; ".join(said) or OK

    def _compared_text(self) -> str:
        assert self.at is not None
        share = f"{100 * self.left_out:.2g} % left out"
        return f"compared at {len(self.compared)} of {len(self.at[0])} points ({share})"

    def warn_of_points(self) -> None:
        """Warns where averages are of so few of the points that they may be those of another question."""
        if self.at is None or not self.ranked or self.left_out <= MANY_LEFT_OUT:
            return
        name, why = next(
            (self.each.each[k].name, cells.get(REMARK) or cells[STATUS])
            for k in self.ranked
            for p, cells in enumerate(self.at[k])
            if p not in self.compared and not self._answers(cells)
        )
        warnings.warn(
            f"Regimens are {self._compared_text()}: there one of them has no answer, and averages are of the "
            f"others. They are not those of all points if answers are missing for a reason. The first, of {name!r}: "
            f"{why}",
            UserWarning,
            stacklevel=4,
        )


def table(answered: Answered, without: Sequence[str]) -> pl.DataFrame:
    """One row per regimen, the best first."""
    ranks: dict[int, int] = {}
    best: dict[int, float] = {}
    order: list[int] = []
    if answered.ranked:
        scores, ranked = answered.scores(), answered.ranked
        ranks = {ranked[k]: rank for k, rank in enumerate(scores.ranks())}
        best = {} if answered.at is None else {ranked[k]: share for k, share in enumerate(scores.best().tolist())}
        order = sorted((ranked[k] for k in scores.order()), key=lambda k: ranks[k])
    failed = [k for k in range(len(answered.each.each)) if k not in ranks]
    rows = [_row(answered, k, ranks.get(k), best.get(k), without) for k in (*order, *failed)]
    answered.warn_of_points()
    return _frame(rows, answered.by)


def _row(answered: Answered, k: int, rank: int | None, best: float | None, without: Sequence[str]) -> dict[str, Any]:
    itself, by, scenario = answered.itself[k], answered.by, answered.each.made(k)
    cells = [] if rank is None else answered.cells(k)
    row: dict[str, Any] = {"rank": rank, "regimen": answered.each.each[k].name, "p_best": best, **itself}
    if rank is not None:
        if answered.at is not None:
            row |= {"points": len(answered.compared), "left_out": answered.left_out}
        row |= answered.summary(k, CURE) | (answered.summary(k, by) if by != CURE else {})
        failure = float(answered.values(k, FAILURE).mean())
        row["log10_failure"] = math.log10(failure) if failure > 0.0 else None
        row |= {"method": cells[0]["method"], "trusted": all(bool(one["trusted"]) for one in cells)}
    given = {} if scenario is None else dose_intensities(scenario)
    row["nadir"] = None if scenario is None else nadir(scenario, without)
    row |= {f"dose_intensity[{drug}]": number for drug, number in given.items()}
    return {**row, STATUS: answered.status(k)}


def _absence(cure: NDArray[np.float64], failure: NDArray[np.float64]) -> NDArray[np.float64]:
    """-ln(cure): the expected number of lineages that come back; 0 where there is no cure, and nothing to be off by."""
    with np.errstate(divide="ignore"):
        logs = np.where(cure > 0.5, -np.log1p(-failure), -np.log(cure))
    return np.where(cure > 0.0, logs, 0.0)


def _frame(rows: Sequence[dict[str, Any]], by: By) -> pl.DataFrame:
    ends = {name: [f"{name}_low", f"{name}_high"] if name == by else [] for name in (RESIDUAL, RELAPSE)}
    numbers = ["cure", "cure_low", "cure_high", "p_best"]
    more = ["log10_failure", RESIDUAL, *ends[RESIDUAL], RESIDUAL_DAY, RELAPSE, *ends[RELAPSE]]
    doses = sorted({name for row in rows for name in row if name.startswith("dose_intensity[")})
    schema = {
        "rank": pl.Int64,
        "regimen": pl.String,
        **dict.fromkeys(numbers, pl.Float64),
        "points": pl.Int64,
        "left_out": pl.Float64,
        **dict.fromkeys(more, pl.Float64),
        "driver": pl.String,
        **dict.fromkeys(("driver_share", "nadir", *doses, "rate_error"), pl.Float64),
        "method": pl.String,
        "trusted": pl.Boolean,
        STATUS: pl.String,
    }
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)
