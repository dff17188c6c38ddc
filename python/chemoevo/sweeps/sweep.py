"""A model at many points: a frame of points in, a frame of answers out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from chemoevo.ensemble.progress import ProgressBar
from chemoevo.errors import ModelError, Problems
from chemoevo.sweeps.asks import Ask, asks_of
from chemoevo.sweeps.effort import Effort
from chemoevo.sweeps.identity import identity
from chemoevo.sweeps.journal import kept
from chemoevo.sweeps.point import Model, check_model
from chemoevo.sweeps.points import points_of
from chemoevo.sweeps.workers import AGAIN, OK, STATUS, Work, answered, answers

if TYPE_CHECKING:
    from chemoevo.sweeps.asks import Cells


_TEXTS = ("driver", "method")
"""Columns that are texts, also where there is none."""


def sweep(
    model: Model,
    points: Any,
    *,
    ask: str | Sequence[str] | Mapping[str, str | Callable[..., Any]] = "cure",
    replicates: int | None = None,
    seed: int | None = None,
    executor: Executor | None = None,
    path: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> pl.DataFrame:
    """Answers questions about a model at every point: a frame in, a frame out.

    Parameters
    ----------
    model
        A `Scenario`, whose paths are the columns of `points`; or a function whose arguments they are, and which makes a
        scenario, a process or whatever the functions in `ask` take; one that takes `**row` has columns of any name.
    points
        One row per point, one column per parameter, as `grid` and `sample` make them; or any frame of polars or pandas.
        "simulation.seed" is a path like any other. A tumor size of a million and more is rounded to whole cells.
    ask
        Questions by name: "cure" (the default; no cell but damaged ones left at the horizon), "survival" (its
        complement, with its own digits), "extinct_ever" (no cell left at any later time; no dose is given after the
        horizon), "mutant_share" (expected share of mutants at detection), "rate_error" (see `Scenario.rate_error`);
        and, answered by histories, "mean_cells" (at the horizon), "progressed", "median_time_to_progression" and
        "driver" (the genotype that most often is most numerous at progression, and in which share of the replicates
        that progressed). Or {column: function of the model at the point}, which gives a number, a text, an `Estimate`
        or a table of these. The first three are null where cells compete; `status` says so, and the others are there.
    replicates
        Histories to simulate per point, >= 1: needed by questions that histories answer, and for "cure", "survival"
        and "extinct_ever" at points at which more than 1 % of the cells at detection are expected to be mutants.
    seed
        Of all histories, a whole number >= 0. Replicate 7 meets the same random numbers at every point, so that
        differences between points have less noise than the points. None takes the scenario's, or draws one.
    executor
        Where points are answered: any `concurrent.futures.Executor`, also one of other processes or machines. None
        takes threads of this process.
    path
        A file to which every point is written when it is done. The same call goes on after an interruption; a file of
        another call is refused. A function is known by its code, its defaults and the values that it uses from outside.
    threads
        At most so many points at a time, >= 1; None takes the processors of this process.
    progress
        True for a bar, or a callable(done, total).

    Returns
    -------
    polars.DataFrame
        One row per point, in their order: `point` (its number), the parameters, what was asked (a probability with its
        95 % interval in `_low` and `_high`, which are equal to it where nothing was simulated), `method` ("law": the
        law of growth and the backward equations; "histories": averaged over simulated growth), `trusted` (False where
        few histories carry an average) and `status`: "ok", or why the point has no answers, which are then null; where
        some questions have none, by their names.

    Raises
    ------
    ModelError
        If a column is no path of the scenario, a question is unknown or needs `replicates`, an argument is out of
        range, `path` holds another sweep, or no question has an answer at any point. A point that fails among
        others is a row, and a question among others is null.
    TypeError
        If an argument has a wrong type.

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
    >>> points = ce.grid({"patient.factors[docetaxel].clearance": [0.5, 1, 2], "surgery.residual_cells": [10, 100]})
    >>> table = ce.sweep(scenario, points)
    >>> table.columns[1:4]
    ['patient.factors[docetaxel].clearance', 'surgery.residual_cells', 'cure']
    >>> table["cure"].round(3).to_list()
    [0.998, 0.981, 0.914, 0.406, 0.687, 0.023]

    A function of one's own, and what is asked of the process that it makes:

    >>> def process(death):
    ...     return ce.BranchingProcess(types=["S"], birth=[0.1], death=[death])
    >>> ce.sweep(
    ...     process, {"death": [0.2, 0.3]}, ask={"gone": lambda p: ce.ultimate_extinction_probability(p, initial=[5])}
    ... )["gone"].to_list()
    [1.0, 1.0]
    """
    frame = points_of(points)
    problems = Problems()
    check_model(problems, model, frame.columns)
    effort = Effort.of(
        problems, replicates=replicates, seed=seed, threads=threads, executor=executor, progress=progress
    )
    asks = asks_of(problems, ask, simulates=replicates is not None)
    for one in asks:
        if one.name in frame.columns:
            problems.value("points", f"must have no column {one.name!r}: it is asked")
    problems.raise_if_any()
    own_seeds = "simulation.seed" in frame.columns
    rows = dict(enumerate(frame.iter_rows(named=True)))
    what = None if path is None else _described(model, asks, rows, effort.replicates, seed)
    with (
        kept(path, what, None if own_seeds else effort.drawn) as journal,
        ProgressBar(progress, len(rows), unit="point") as tell,
    ):
        if journal is not None and journal.seed is not None:
            effort = replace(effort, drawn=journal.seed)
        histories = effort.histories(own_seeds=own_seeds)
        work = Work(model, asks, histories)
        done: dict[int, Cells] = {} if journal is None else dict(journal.rows)
        left = {number: row for number, row in rows.items() if number not in done}
        for point, cells in answers(work, left, threads=effort.threads, executor=executor):
            again = cells.pop(AGAIN, False)
            if taken := set(cells) & set(frame.columns):
                raise ModelError(f"points must have no column {min(taken)!r}: it is answered.")
            done[point] = cells
            if journal is not None and not again:
                journal.add(point, cells)
            if tell is not None:
                tell(len(done), len(rows))
    found = [done[point] for point in range(len(rows))]
    if not any(answered(cells) for cells in found):
        raise ModelError(f"points: none has an answer. The first: {found[0][STATUS]}")
    return _table(frame, found, [one.name for one in asks])


def _described(
    model: Model, asks: Sequence[Ask], rows: Mapping[int, Mapping[str, Any]], replicates: int | None, seed: int | None
) -> dict[str, Any]:
    """What decides the rows, as plain data."""
    return {
        "model": identity(model),
        "ask": [(ask.name, identity(ask.answers)) for ask in asks],
        "points": [{name: identity(value) for name, value in row.items()} for row in rows.values()],
        "replicates": replicates,
        "seed": seed,
    }


def _table(points: pl.DataFrame, rows: Sequence[Cells], asks: Sequence[str]) -> pl.DataFrame:
    """Points beside their answers, the columns that all questions share last."""
    shared = [name for name in ("method", "trusted") if any(name in row for row in rows)]
    # Points at which all is answered know all columns, in their order.
    best_first = sorted(rows, key=lambda row: row[STATUS] != OK)
    answered = list(dict.fromkeys(name for row in best_first for name in row if name not in (*shared, STATUS)))
    # A function that answered nowhere has a column all the same.
    answered += [name for name in asks if not any(one == name or one.startswith(f"{name}_") for one in answered)]
    table = points.with_row_index("point").with_columns(pl.col("point").cast(pl.Int64))
    columns = [_answers(name, rows) for name in answered + shared]
    return table.with_columns(*columns, pl.Series(STATUS, [row[STATUS] for row in rows], dtype=pl.String))


def _answers(name: str, rows: Sequence[Cells]) -> pl.Series:
    kind, values = _kind(name, rows), [row.get(name) for row in rows]
    if kind is pl.String:
        values = [value if value is None else str(value) for value in values]
    return pl.Series(name, values, dtype=kind)


def _kind(name: str, rows: Sequence[Cells]) -> type[pl.DataType]:
    values = [row[name] for row in rows if row.get(name) is not None]
    if name in _TEXTS or any(isinstance(value, str) for value in values):
        return pl.String  # also where some answers are numbers: a text says them all
    return pl.Boolean if values and all(isinstance(value, bool) for value in values) else pl.Float64
