"""Derivatives of probabilities with respect to everything that a process is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from chemoevo import _core
from chemoevo.arguments import resolve_initial, resolve_times
from chemoevo.chain_rule import check_parameters, directional
from chemoevo.competition import refuse_competition
from chemoevo.errors import ModelError, Problems, collect, did_you_mean
from chemoevo.gradient_rows import KINDS, Gradient, rows
from chemoevo.grown import GrownFor, GrownTo
from chemoevo.grown_gradients import check_one_size, effective_cells, refuse_counts
from chemoevo.means import run

if TYPE_CHECKING:
    from chemoevo.gradient_rows import Row
    from chemoevo.process import BranchingProcess

QUESTIONS = ("extinction", "survival", "absence", "presence")
SCHEMA = {
    "parameter": pl.String,
    "value": pl.Float64,
    "derivative": pl.Float64,
    "log_derivative": pl.Float64,
    "elasticity": pl.Float64,
}


def sensitivities(
    process: BranchingProcess,
    *,
    question: str = "extinction",
    initial: Any,
    time: float,
    types: Iterable[str] | None = None,
    with_respect_to: Iterable[str] | None = None,
    per_interval: bool = False,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
) -> pl.DataFrame:
    """Derivatives of a probability with respect to rates, initial counts, pulses and times.

    Parameters
    ----------
    process
        A `BranchingProcess` without competition.
    question
        "extinction", "survival", "absence" or "presence": the probability that `extinction_probability`,
        `survival_probability`, `absence_probability` or `presence_probability` computes.
    initial
        Cells at time 0: {type: count} or (types,). Or `GrownTo(growth, size=...)` of one size: then the parameters are
        those of `process`, what happens after detection, and the size, `initial.size`; growth is held fixed.
    time
        (days) Finite, >= 0: the instant that the question is about.
    types
        For "absence" and "presence", the names of the types asked for.
    with_respect_to
        Kinds of parameters: "birth", "death", "mutation", "switching", "initial", "pulses", "breakpoints" and "time".
        None (the default): all of them.
    per_interval
        False (the default): a rate is shifted in all intervals alike, and its elasticity belongs to one factor on all
        of them. True: one row an interval.
    parameters
        {name: {kind: derivative}}: parameters of your own on which the process depends, by the chain rule: for every
        kind (as above, and "pulse_times" for the times of pulses) the derivative of what was given to the process. Of
        "birth" and "death" in the shape (types,) or (intervals, types); of "mutation" and "switching" as
        {(from, to): number or one an interval}; of "initial" as {type: number}; of "pulses" as one {type: number} a
        pulse; of "breakpoints" and "pulse_times" one number each; of "time" a number.

    Returns
    -------
    polars.DataFrame
        Columns `parameter` (its path), `value`, `derivative` of the probability, `log_derivative` of its logarithm and
        `elasticity`, the log derivative times the value. Null where there is none: for the time of a change of rates at
        a pulse or at `time` (derivatives from both sides differ), a value that differs between intervals, or a
        logarithm of a probability that is exactly 0.

    Raises
    ------
    ModelError
        If an argument has a wrong value, the process has competition, or absence is impossible, for `GrownTo` also from
        one cell of a single type.
    TypeError
        If an argument has a wrong type.
    SimulationError
        If more than two million steps of half the fastest time scale are needed.

    Notes
    -----
    One sweep back solves the equations of `extinction_probability`, one sweep forth their adjoint A = -dL/dG, where L
    is the logarithm of the probability of absence [1]_. Both are series to a relative error of 1e-12 a step, and
    together they give the derivatives by all parameters. `birth` is the rate of all divisions, the mutation
    probabilities held fixed. Counts are taken as real numbers.

    The law of a tumor of M cells is L = M (ln F_0 - E(F)), F the absence from one cell of each type at detection, so to
    first order it is a composition of M (1 - dE/dln F_0) cells of the first type and -M dE/dln F_i of the others. The
    derivatives of E are numerical, with a relative error of about 1e-8; where presence is exactly 0 it has none.

    References
    ----------
    .. [1] Chen RTQ et al. (2018) Neural ordinary differential equations. NeurIPS 31. arXiv:1806.07366

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[2.0])
    >>> table = ce.sensitivities(process, question="survival", initial={"S": 1}, time=10.0, with_respect_to=["death"])
    >>> table["parameter"].to_list(), table["log_derivative"].round(6).to_list()
    (['death[S]'], [-9.500238])
    """
    refuse_competition(process.competition)
    problems = Problems()
    if question not in QUESTIONS:
        problems.value(
            "question", f"must be one of {', '.join(QUESTIONS)}", question, hint=did_you_mean(question, QUESTIONS)
        )
    marked = collect(problems, lambda: _marked(process.types, question, types))
    grown = isinstance(initial, GrownTo | GrownFor)
    counts = None if grown else collect(problems, lambda: _one_row(process.types, initial))
    if grown:
        collect(problems, lambda: check_one_size(initial, process))
    horizon = collect(problems, lambda: resolve_times(time, path="time"))
    if horizon is not None and horizon.size != 1:
        problems.value("time", "must be one time in days", time)
    kinds = collect(problems, lambda: _kinds(with_respect_to))
    chain = collect(problems, lambda: check_parameters(process, parameters))
    if not isinstance(per_interval, bool):
        problems.type("per_interval", "must be True or False", per_interval)
    problems.raise_if_any()
    assert marked is not None
    assert horizon is not None
    assert kinds is not None
    assert chain is not None
    cells, log_absence = counts, None
    if grown:
        refuse_counts(chain)
        cells, log_absence = effective_cells(initial, process, marked, horizon)
    assert cells is not None
    try:
        found = run(lambda: _core.sensitivity(process._core, marked, cells, float(horizon[0])))
    except ValueError as error:
        raise ModelError(
            "initial must leave absence possible: its probability is exactly 0, whatever small change is made."
        ) from error
    gradient = Gradient.of(process, found, cells, float(horizon[0]))
    log = float(found["log_absence"]) if log_absence is None else log_absence
    table: list[Row] = []
    for kind in kinds:
        if grown and kind == "initial":
            table.append(("initial.size", initial.size, log / initial.size, log))
        else:
            table += rows(process, gradient, kind, per_interval)
    table += [(name, None, *directional(gradient, entries)) for name, entries in chain.items()]
    return _frame(table, log, question in ("survival", "presence"))


def _frame(table: list[Any], log_absence: float, complement: bool) -> pl.DataFrame:
    """Derivatives of the log of absence become those of the probability asked for."""
    absence, presence = np.exp(log_absence), -np.expm1(log_absence)
    probability = presence if complement else absence
    out: dict[str, list[Any]] = {name: [] for name in SCHEMA}
    for parameter, value, by, scaled in table:
        slopes: list[float | None] = []
        for x in (by, scaled):
            slope = None if x is None or not np.isfinite(x) else float((-absence if complement else absence) * x)
            slopes.append(slope)
            slopes.append(None if slope is None or probability == 0 else slope / float(probability))
        for name, cell in zip(SCHEMA, (parameter, value, slopes[0], slopes[1], slopes[3]), strict=True):
            out[name].append(None if cell is None else cell)
    return pl.DataFrame(out, schema=SCHEMA)


def _marked(known: tuple[str, ...], question: str, types: Iterable[str] | None) -> list[bool]:
    from chemoevo.analytic import _marked as named

    if question in ("absence", "presence"):
        if types is None:
            raise ModelError(f"types must name the types whose {question} is asked for.")
        return named(known, types)
    if types is not None:
        raise ModelError("types must be None: extinction and survival are about all. Ask for absence or presence.")
    return [True] * len(known)


def _one_row(types: tuple[str, ...], initial: Any) -> Any:
    counts = resolve_initial(types, initial)
    if counts.ndim != 1:
        raise ModelError(f"initial must be one composition of shape ({len(types)},); got shape {counts.shape}.")
    return counts.astype(np.float64)


def _kinds(with_respect_to: Iterable[str] | None) -> list[str]:
    if with_respect_to is None:
        return list(KINDS)
    problems = Problems()
    names: list[Any] = []
    if isinstance(with_respect_to, str) or not isinstance(with_respect_to, Iterable):
        problems.type(
            "with_respect_to", "must be a list of kinds", with_respect_to, hint=f"Write [{with_respect_to!r}]."
        )
    else:
        names = list(with_respect_to)
    for index, name in enumerate(names):
        if name not in KINDS:
            problems.value(f"with_respect_to[{index}]", "is no kind of parameter", name, hint=did_you_mean(name, KINDS))
    problems.raise_if_any()
    return names
