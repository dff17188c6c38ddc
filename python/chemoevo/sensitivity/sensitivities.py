"""Derivatives of probabilities with respect to everything that a process is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chemoevo.analytic.grown.law import GrownLaw
from chemoevo.analytic.question import process_of
from chemoevo.ensemble.progress import note_progress
from chemoevo.errors import Problems, collect, did_you_mean
from chemoevo.process.competition import note_competition
from chemoevo.scenario.scenario import Scenario
from chemoevo.sensitivity.chain_rule import check_parameters, directional
from chemoevo.sensitivity.gradient import KINDS, frame, kinds_of, rows
from chemoevo.sensitivity.of_scenario import scenario_sensitivities
from chemoevo.sensitivity.of_size import refuse_counts
from chemoevo.sensitivity.question import growth_rows, resolve_question, solve

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.process.branching import BranchingProcess
    from chemoevo.scenario.scenario import Scenario
    from chemoevo.sensitivity.gradient import Row


def sensitivities(
    model: BranchingProcess | Scenario,
    *,
    question: str = "extinction",
    initial: Any = None,
    time: float | None = None,
    types: Iterable[str] | None = None,
    with_respect_to: Iterable[str] | None = None,
    per_interval: bool = False,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> pl.DataFrame:
    """Derivatives of a probability with respect to rates, counts, pulses and times, or to the numbers of a scenario.

    Parameters
    ----------
    model
        A `BranchingProcess` without competition; or a `Scenario`, which stands for its therapy.
    question
        "extinction", "survival", "absence" or "presence": the probability that `extinction_probability`,
        `survival_probability`, `absence_probability` or `presence_probability` computes. Extinction of a scenario with
        late deaths is cure, which may leave damaged cells: the absence of `scenario.clonogenic`; and so is survival.
    initial
        Cells at time 0: {type: count} or (types,). Or `GrownTo(growth, size=...)` or `GrownFor(growth, days=...)` of
        one size or age: then the parameters are those of `model`, what happens after growth, besides `initial.size` (of
        parts `initial.size[S]`) or `initial.days`, and of growth, such as `initial.growth.birth[S]`. None, for a
        scenario: its own tumor, found at its size, with a warning where more than 1 % of it are mutants and the law
        does not hold; then `tumor.birth` and the like are those of growth too, which is else held fixed.
    time
        (days) Finite, >= 0: the instant that the question is about. None, for a scenario: its `follow_up.horizon`.
    types
        For "absence" and "presence", the names of the types asked for.
    with_respect_to
        Kinds of parameters: "birth", "death", "lethal", "mutation", "switching", "initial", "pulses", "breakpoints",
        "time" and, of a tumor that grew, "growth".
        Of a scenario: paths as `scenario.paths()` has them, such as "regimen.phases[0].doses[0].amount", also with
        names for indices, or of parts, such as "regimen" for all numbers in it. None (the default): all of them, but
        for a scenario what cannot matter, and "lethal" only where some divisions are.
    per_interval
        False (the default): a rate is shifted in all intervals alike, and its elasticity belongs to one factor on all
        of them. True: one row per interval. Not for a scenario.
    parameters
        {name: {kind: derivative}}: parameters of your own on which the process depends, by the chain rule: for every
        kind (as above, and "pulse_times" for the times of pulses) the derivative of what was given to the process. Of
        "birth", "death" and "lethal" in the shape (types,) or (intervals, types); of "mutation" and "switching" as
        {(from, to): number or one per interval}; of "initial" as {type: number}; of "pulses" as one {type: number} per
        pulse; of "breakpoints" and "pulse_times" one number each; of "time" a number. Not for a scenario.
    progress
        True for a bar, or a callable(done, total): parameters of a scenario. A process is one piece of work.

    Returns
    -------
    polars.DataFrame
        Columns `parameter` (its path), `value`, `derivative` of the probability, `log_derivative` of its logarithm and
        `elasticity`, the log derivative times the value. Null where there is none: for the time of a change of rates at
        a pulse or at `time`, or a dose at its cap (derivatives from both sides differ), a value that differs between
        intervals, a logarithm of a probability that is exactly 0, or what the warning says. At the end of its range,
        such as a cost of 0, the derivative by a number is that from inside; also where cells begin to pass, such as
        into a phenotype whose `enter` is 0.

    Raises
    ------
    ModelError
        If an argument has a wrong value, the process has competition, or absence is impossible, for `GrownTo` also from
        one cell of a single type.
    TypeError
        If an argument has a wrong type.
    SimulationError
        If more than two million steps of half the fastest time scale are needed, or none of the derivatives asked for
        is settled.

    Warns
    -----
    UserWarning
        If some derivatives by numbers of a scenario are null, with the reason for each: they are not settled, to 1e-6
        of themselves or to 1e-9 of what all rates together do; those from both sides differ; or the number has no room
        to change.

    Notes
    -----
    One sweep back solves the equations of `extinction_probability`, one sweep forth their adjoint A = -dL/dG, where L
    is the logarithm of the probability of absence [1]_. Both are series to a relative error of 1e-12 per step, and
    together they give the derivatives by all parameters. `birth` is the rate of all divisions, the mutation
    probabilities and the share of lethal divisions held fixed. Counts are taken as real numbers.

    The law of a tumor of M cells is L = M (ln F_0 - E(F)), F the absence from one cell of each type at detection, so to
    first order it is a composition of M (1 - dE/dln F_0) cells of the first type and -M dE/dln F_i of the others. E is
    a sum over founding times; an adjoint with a source at each of them gives its derivatives, those by growth too. For
    a tumor of an age growth and what follows are one process, with one gradient.

    The Emax of a kill per cycle is solved in the cycle that it is said of, so it changes with that cycle, with EC50 and
    with the Hill exponent, and with nothing else: a larger dose kills more.

    How the rates depend on a number of a scenario is found by differences of sixth order of the compilation alone, on
    segments that stay, or move with the doses. So it is the derivative of the compiled answer, and as near to the true
    one as that is: 1e-4 or so with the default `simulation.tolerance` of 1e-3, better with a smaller one.

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

    What the dose and the time between cycles do to the probability of cure:

    >>> scenario = ce.Scenario(
    ...     name="weekly docetaxel",
    ...     tumor=ce.Tumor(birth=0.14, death=0.1, size=1e6, alterations=[ce.Alteration(name="ABCB1", mutation=1e-7)]),
    ...     surgery=ce.Surgery(residual_cells=100),
    ...     regimen=ce.Regimen(
    ...         name="weekly",
    ...         phases=[
    ...             ce.Phase(
    ...                 cycle_length_days=7,
    ...                 cycles=6,
    ...                 doses=[ce.Dose(drug="docetaxel", amount=35, unit="mg/m2", duration_hours=1)],
    ...             )
    ...         ],
    ...     ),
    ...     patient=ce.Patient(bsa=1.8),
    ...     potencies=[ce.Potency(drug="docetaxel", emax=1.0, basis="an example")],
    ... )
    >>> asked = ["regimen.phases[0].doses[0].amount", "regimen.phases[0].cycle_length_days"]
    >>> ce.sensitivities(scenario, with_respect_to=asked)["elasticity"].round(3).to_list()
    [7.218, -3.016]
    """
    if isinstance(model, Scenario):
        return scenario_sensitivities(
            model,
            question=question,
            initial=initial,
            time=time,
            types=types,
            with_respect_to=with_respect_to,
            per_interval=per_interval,
            parameters=parameters,
            progress=progress,
        )
    process = process_of(model)
    problems = Problems()
    note_competition(problems, process.competition, "process")
    asked = resolve_question(problems, process, question, types, initial, time)
    kinds = collect(problems, lambda: _kinds(process, with_respect_to, grown=isinstance(initial, GrownLaw)))
    chain = collect(problems, lambda: check_parameters(process, parameters))
    if not isinstance(per_interval, bool):
        problems.type("per_interval", "must be True or False", per_interval)
    note_progress(problems, progress)
    problems.raise_if_any()
    assert asked is not None
    assert kinds is not None
    assert chain is not None
    if asked.grown:
        refuse_counts(chain)
    found = solve(process, asked)
    table: list[Row] = []
    for kind in kinds:
        if kind == "growth":
            table += growth_rows(asked.initial.growth, found, per_interval)
        elif found.starts and kind == "initial":
            table += found.starts
        else:
            table += rows(process, found.gradient, kind, per_interval)
    table += [(name, None, *directional(found.gradient, entries)) for name, entries in chain.items()]
    return frame(table, found.log_absence, asked.complement)


def _kinds(process: BranchingProcess, with_respect_to: Iterable[str] | None, *, grown: bool) -> list[str]:
    known = [*KINDS, "growth"] if grown else list(KINDS)
    if with_respect_to is None:
        return kinds_of(process, known)
    problems = Problems()
    names: list[Any] = []
    if isinstance(with_respect_to, str) or not isinstance(with_respect_to, Iterable):
        problems.type(
            "with_respect_to", "must be a list of kinds", with_respect_to, hint=f"Write [{with_respect_to!r}]."
        )
    else:
        names = list(with_respect_to)
    for index, name in enumerate(names):
        if name == "growth" and not grown:
            problems.value(f"with_respect_to[{index}]", "must be left out: initial is no tumor that grew", name)
        elif name not in known:
            problems.value(f"with_respect_to[{index}]", "is no kind of parameter", name, hint=did_you_mean(name, known))
    problems.raise_if_any()
    return names
