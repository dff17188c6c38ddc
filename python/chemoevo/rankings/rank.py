"""Regimens ranked by what they achieve."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, Protocol, get_args, runtime_checkable

import numpy as np
import polars as pl

from chemoevo.base.arguments import choice, flag, whole
from chemoevo.base.forks import check_fork
from chemoevo.ensemble.progress import ProgressBar
from chemoevo.errors import Problems, collect, did_you_mean
from chemoevo.process.competition import note_competition
from chemoevo.rankings.asked import RELAPSE, at_points, common_day, of_itself
from chemoevo.rankings.candidates import Candidates, OtherDrugs, candidates_of, note_paths
from chemoevo.rankings.table import Answered, table
from chemoevo.scenario.questions import By
from chemoevo.scenario.scenario import Scenario
from chemoevo.sweeps.effort import Effort
from chemoevo.sweeps.points import points_of
from chemoevo.sweeps.workers import Work, answers

if TYPE_CHECKING:
    from chemoevo.pharmacology.regimen import Regimen
    from chemoevo.resistance.interaction import Interaction
    from chemoevo.resistance.potency import Potency
    from chemoevo.sweeps.asks import Ask, Cells

DRAWN = 64
"""Points of a model that has its own: a probability of being best is then off by up to 0.06, its standard error."""


DAY, SEED = "compare.day", "simulation.seed"


@runtime_checkable
class Uncertain(Protocol):
    """A model whose parameters are uncertain: a typical scenario, and points drawn from what it may be."""

    @property
    def typical(self) -> Scenario:
        """The scenario at the middle."""

    def points(self, n: int, *, seed: int | None = None) -> pl.DataFrame:
        """Points of it, one column per path of the scenario."""


def rank_regimens(
    model: Scenario | Uncertain,
    regimens: Mapping[str, Regimen | str | Scenario | Mapping[str, Any]],
    *,
    by: By = "cure",
    points: Any = None,
    potencies: Potency | Sequence[Potency] = (),
    inert: str | Sequence[str] = (),
    interactions: Interaction | Sequence[Interaction] = (),
    assume_untouched: bool | Sequence[Sequence[str]] = False,
    without: str | Sequence[str] = (),
    relapse: bool = True,
    replicates: int = 0,
    seed: int | None = None,
    executor: Executor | None = None,
    threads: int | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> pl.DataFrame:
    """Ranks regimens for one tumor, or for all that it may be.

    Parameters
    ----------
    model
        A `Scenario`: its tumor, patient and all else that the regimens have in common; its own regimen is not ranked
        unless it is named. Or a model with uncertain parameters, which has a `typical` scenario and `points(n, seed=)`.
    regimens
        {name: regimen}. A `Regimen`; the name of one that ships; one line, as `Regimen.parse` reads it; a table of
        changes by the paths of the scenario, such as {"regimen": "docetaxel", "surgery.residual_cells": 100}, where a
        value of None takes away what may be left out; or a whole `Scenario`, with the horizon of the model. What is
        said of drugs that a regimen does not give, as their potencies, is left out.
    by
        What ranks: "cure"; "median_relapse" (the later the better, days after the horizon not told apart); or
        "expected_residual" (the fewer the better).
    points
        What is uncertain: a frame with one row per point and one column per path, as `sample`, `grid` and `patients`
        make it, all rows with the same weight; or how many points to draw from a model that has its own, 64 unless
        said. Every regimen meets the same points. None for a scenario: nothing is uncertain.
    potencies, inert, interactions, assume_untouched
        As those of a scenario, of drugs that regimens give and the scenario does not.
    without
        Drugs of which it is not known what they do to neutrophils, and which are taken to do nothing in `nadir`.
    relapse
        Whether `median_relapse`, `driver` and `driver_share` are answered. They take most of the time: seconds per
        regimen, half a minute where many cells leave the day hardly open. With False they are null unless `by` needs
        them.
    replicates
        Histories per regimen, and per point: needed where more than 1 % of the cells at detection are expected to be
        mutants, and used only there. 0 (the default): by equations, or not at all.
    seed
        Of points that are drawn and of histories, a whole number >= 0; None takes the scenario's, or draws one.
        Histories of all regimens meet the same random numbers at a point, and others at another point.
    executor, threads, progress
        As for `sweep`; a point is one regimen at one point.

    Returns
    -------
    polars.DataFrame
        One row per regimen, the best first. `rank` (from 1; those that do not differ by more than their error from the
        best of a rank share it, and the next rank counts them all; null for one without an answer); `regimen`; `cure`
        (no cell but damaged ones left at the horizon: averaged over points) with `cure_low` and `cure_high` (the
        central 95 % of its values at the points; without points the 95 % interval of the simulation, equal to `cure`
        where nothing was simulated); `p_best` (the share of the points at which it is best, which those that are
        equally good share; null without points); `points` (at which the regimens are compared) and `left_out` (the
        share of the points at which they are not, since one of them has no answer there; null without points);
        `log10_failure` (of what cure lacks to 1; null where that is below the range of floats).

        At the scenario itself, at its `typical` one, or averaged over points where `by` names it, with `_low` and
        `_high` as cure has them: `expected_residual` (cells that are expected on `residual_day`, damaged ones aside);
        `median_relapse` (days from the first dose until the tumor is back at `progression.size` with probability 1/2,
        by `relapse_time`; null where it never is; averages are of days until the horizon at most).

        At the scenario itself: `residual_day` (days from the first dose, the same for all regimens: `compare.day` where
        one states it, the latest of them; else the latest last day of a regimen, at most the horizon); `driver` (which
        genotype has that size most probably when half of the relapses have happened; of histories the one that most
        often is most numerous at progression); `driver_share` (that probability as a share of that of a relapse by
        then; null for histories, and where below 1 %: several are a relapse together, and the driver has most cells
        in the mean); `nadir` (1e9/L, the smallest number of neutrophils by `toxicity`; null where no
        model of a drug's toxicity is known); `dose_intensity[drug]` (mg/m2 and week over the whole regimen, as
        planned; null for drugs that it does not give, and without a body surface); `rate_error` (see
        `Scenario.rate_error`); `method` ("law" or "histories", as in `sweep`; medians and drivers of histories are
        those of `answer`, by the looks of the scenario), `trusted` (False where few histories carry an average) and
        `status` ("ok"; or what is missing, and why).

    Raises
    ------
    ModelError
        If a name or a path is unknown, a text is no regimen or gives a drug that nobody knows, an argument is out of
        range or means nothing together with the others: all problems at once. If cells compete under all regimens:
        rankings rest on equations. A regimen that cannot be answered, such as one of a drug without a potency, is a
        row.
    TypeError
        If an argument has a wrong type.

    Warns
    -----
    UserWarning
        If more than 5 % of the points are left out.

    See Also
    --------
    sweep : one scenario at many points.
    chemoevo.plots.ranking : a figure of the table.

    Notes
    -----
    The error of a difference is made of three parts: `rate_error`, which is the relative error of what one cell leaves
    behind; with points the 95 % interval of the mean of the paired differences at them by Student's t, since they are
    finite in number, in which is the noise of histories, independent from point to point; and without points the
    intervals of what was simulated. Regimens of which one is ahead by more than its error at every point do not share
    a rank, whatever the spread: so it is on a grid, which is no sample. Of points that were drawn, chance alone makes
    n agree with probability 2^(1-n): fewer than six say little. A point at which a regimen has no answer counts for
    none, so that all are compared at the same points; `left_out` is their share, and `status` says why.

    The ranking is one of what a model achieves under its own assumptions. `p_best` knows what `points` vary, and
    nothing else.

    Examples
    --------
    >>> import chemoevo as ce
    >>> scenario = ce.Scenario(
    ...     name="two drugs",
    ...     tumor=ce.Tumor(birth=0.14, death=0.1, size=1e7, alterations=[ce.Alteration(name="ABCB1", mutation=1e-6)]),
    ...     surgery=ce.Surgery(residual_cells=100),
    ...     regimen="docetaxel_carboplatin",
    ...     patient=ce.Patient(bsa=1.8, gfr=90),
    ...     potencies=[
    ...         ce.Potency(drug="docetaxel", emax=0.7, basis="an example"),
    ...         ce.Potency(drug="carboplatin", emax=6, basis="an example"),
    ...     ],
    ... )
    >>> both = "docetaxel 75 mg/m2 over 1 h + carboplatin 6 AUC over 1 h q21d x6"
    >>> table = ce.rank_regimens(scenario, {"docetaxel": "docetaxel 75 mg/m2 over 1 h q21d x6", "both": both})
    >>> table.select("rank", "regimen", table["cure"].round(4), "dose_intensity[docetaxel]").rows()
    [(1, 'both', 0.4062, 25.0), (2, 'docetaxel', 0.0002, 25.0)]
    """
    check_fork()
    problems = Problems()
    own = not isinstance(model, Scenario) and isinstance(model, Uncertain)
    base = model.typical if own else model  # type: ignore[union-attr]
    if not isinstance(base, Scenario):
        problems.type("model", "must be a Scenario, or have a `typical` one and `points`", model)
    by = choice(problems, "by", by, get_args(By))  # type: ignore[assignment]
    effort = Effort.of(
        problems, replicates=replicates, seed=seed, threads=threads, executor=executor, progress=progress, least=0
    )
    relapse = flag(problems, "relapse", relapse) or by == RELAPSE
    said = {"potencies": potencies, "inert": inert, "interactions": interactions, "assume_untouched": assume_untouched}
    others = collect(problems, lambda: OtherDrugs.from_dict(said))
    if not isinstance(base, Scenario) or others is None:
        problems.raise_if_any()
    assert isinstance(base, Scenario)
    assert others is not None
    each = candidates_of(problems, base, regimens, others)
    idle = _names(problems, each, without)
    frame = _points(problems, model if own else None, points, seed)  # type: ignore[arg-type]
    rows: list[dict[str, Any]] = []
    if frame is not None:
        paths = note_paths(problems, each, base, others, frame.columns)
        rows = [{paths[name]: value for name, value in row.items()} for row in frame.iter_rows(named=True)]
    problems.raise_if_any()
    if effort.replicates and rows and SEED not in rows[0]:
        chosen = next(one for one in (seed, base.simulation.seed, effort.drawn) if one is not None)
        rows = [{**row, SEED: _of_point(chosen, p)} for p, row in enumerate(rows)]
    made = [one for k in range(len(each.each)) if (one := each.made(k)) is not None]
    if not rows and made and all(one.capacities for one in made):
        note_competition(problems, None, "", made[0].capacities)
        problems.raise_if_any()
    day = common_day(made or [base])
    histories = effort.histories()
    alone = {k: {"candidate": k, "values": {}} for k in range(len(each.each))}
    varied = {k * len(rows) + p: {"candidate": k, "values": row} for k in alone for p, row in enumerate(rows)}
    with ProgressBar(progress, len(alone) + len(varied), unit="point") as tell:

        def solved(asks: Sequence[Ask], asked: dict[int, dict[str, Any]], before: int) -> list[Cells]:
            found: dict[int, Cells] = {}
            for place, cells in answers(Work(each, asks, histories), asked, threads=effort.threads, executor=executor):
                found[place] = cells
                if tell is not None:
                    tell(before + len(found), len(alone) + len(varied))
            return [found[place] for place in asked]

        itself = solved(of_itself(day, relapse=relapse), alone, 0)
        histories = effort.histories(own_seeds=True)  # every point has a seed of its own
        at = solved(at_points(by, day, stated=bool(rows) and DAY in rows[0]), varied, len(alone)) if rows else None
    by_points = None if at is None else [at[k * len(rows) : (k + 1) * len(rows)] for k in alone]
    return table(Answered(each, by, itself, by_points), idle)


def _of_point(seed: int, point: int) -> int:
    """The seed of the histories of all regimens at a point."""
    return int(np.random.SeedSequence(entropy=seed, spawn_key=(point,)).generate_state(1, np.uint64)[0] >> 1)


def _names(problems: Problems, each: Candidates, without: object) -> list[str]:
    """Drugs that are left out of toxicity: names of drugs that some regimen gives."""
    names = [without] if isinstance(without, str) else without
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        problems.type("without", "must be a list of names of drugs", without)
        return []
    given = sorted({drug for one in each.each for drug in _drugs(one.changes.get("regimen"), one.base)})
    for i, name in enumerate(names):
        if name not in given:
            hint = did_you_mean(name, given)
            problems.value(f"without[{i}]", "must be a drug of one of the regimens", name, hint=hint)
    return list(names)


def _drugs(regimen: Regimen | None, base: Scenario) -> tuple[str, ...]:
    return regimen.drugs if regimen is not None else base.planned.drugs


def _points(problems: Problems, model: Uncertain | None, points: Any, seed: int | None) -> pl.DataFrame | None:
    """The points at which regimens are compared; None where nothing is uncertain, or with what is wrong noted."""
    if points is None and model is None:
        return None
    if points is None or (isinstance(points, int) and not isinstance(points, bool)):
        number = DRAWN if points is None else whole(problems, "points", points, 1, None)
        if model is None:
            problems.value("points", "must be a frame: a Scenario has no points of its own to draw from", points)
        if problems or model is None:
            return None
        points = model.points(number, seed=seed)
    return collect(problems, lambda: points_of(points))
