"""Exact simulation of an ensemble of replicates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.ensemble.progress import ProgressBar
from chemoevo.ensemble.request import Engine, Request
from chemoevo.ensemble.resolve import resolve
from chemoevo.process.branching import BranchingProcess

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from chemoevo.ensemble.options import Limits, Stop
    from chemoevo.ensemble.record import Recording
    from chemoevo.scenario.scenario import Scenario


def simulate(
    process: BranchingProcess | Scenario,
    *,
    initial: object = None,
    times: ArrayLike | None = None,
    replicates: int | range | None = None,
    seed: int | None = None,
    stage: int = 0,
    engine: Engine | None = None,
    exact: bool = False,
    tolerance: float | None = None,
    stop: Stop | None = None,
    limits: Limits | None = None,
    record: Recording | Sequence[Recording] = "counts",
    threads: int | None = None,
    progress: bool | Callable[[int, int], object] = False,
) -> Ensemble:
    """Simulates replicates of a process.

    Parameters
    ----------
    process
        The process; or a `Scenario`, whose growth is simulated until detection and then its therapy
        (`times` and `stop` then come from the scenario). With `initial` its therapy starts from these cells, and
        nothing grows before it; surgery, if there is one, is part of therapy.
    initial
        Cells at time 0: {type: count} (types not named start with 0), an array of shape (types,) or
        (replicates, types), or an `Ensemble`: every replicate continues from its final state, on a new clock
        that starts at 0, and with its own number. Whole numbers from 0 to 2**62, also as floats.
    times
        (days) Observation times, finite, >= 0, strictly increasing. The run starts at 0 and ends at the
        last of them; time 0 is recorded only if listed.
    replicates
        How many, or a range of numbers: range(100, 200) computes those replicates of the same study.
        Default: 1, or the rows of `initial`.
    seed
        Any integer >= 0. None draws a fresh one, which the result reports.
    stage
        A whole number >= 0 that names the step of a loop over states: every stage of a seed has random streams of
        its own. A loop that hands arrays on under one seed and one stage draws the same numbers in every step, and its
        chance adds up. 0, for a run that starts from an `Ensemble`, keeps the stage of that; a run that starts from an
        `Ensemble` has other streams than that anyway. `Ensemble.stage` has it.
    engine
        "direct" simulates every event; "bnb" jumps from one mutation or switch to the next, at a cost that does
        not depend on the number of cells; both are exact. "leap" moves mutants in cohorts where they are founded in
        numbers, with an error below `tolerance`, and follows all others as "bnb" does; stops are met exactly. "auto"
        takes, for each replicate, the cheaper of "direct" and "bnb", and leaps where more than 10**5 mutations and
        switches would have to be followed; those that are gone before anybody looks "bnb" leaves out. Where cells
        compete "auto" takes "direct", or leaps where that would take long, and "bnb" refuses.
        None (the default) is "auto" for a process, and what a scenario says for a scenario.
        `Ensemble.engine` says what ran, `Ensemble.exact` whether the whole was exact.
    exact
        Whether to refuse all approximation.
    tolerance
        Of leaping, in [1e-9, 1e-2], default 1e-3: the largest relative error, at the end of a step, of the mean of what
        the founders within it grow to. Steps are in proportion to its fourth root, times the time between
        two events of the fastest cell.
    stop
        Ends a replicate at the first instant at which a number of cells is reached.
    limits
        Fuses of one replicate; default `Limits()`.
    record
        What is recorded: "counts", the cells of every type at the observation times; `Counts(of=...)` instead those of
        some types, or of several together, in the memory that these take; "clones" also every clone: who
        founded it, when, when it died out and its size at the observation times (`Ensemble.clones`,
        `Ensemble.clone_sizes`, `Ensemble.newick`), up to `limits.clones` per replicate. The law of the counts is
        the same. The cost of `bnb` then grows with the number of clones; a tumor of 10**9 cells that founds 10**4
        mutants has 10**4 clones, not 10**9. `Crossings(...)` notes when numbers of cells are first reached
        (`Ensemble.crossings`); where cells compete "leap" refuses it. A list may name several; clones and crossings are
        not recorded together. A `Scenario` takes "counts" and `Counts`, of its genotypes
        (`scenario.genotypes.carriers(...)` names groups), and records so in growth and in therapy.
    threads
        Number of threads >= 1; None takes the CPUs that this process may use. Results do not depend on it.
    progress
        True shows a bar on stderr; a callable gets (done, total) about ten times per second.

    Returns
    -------
    Ensemble
        Counts, outcomes, summaries and all that is needed to run it again.

    Raises
    ------
    ModelError
        If a value is out of range or the engine cannot do what is asked; all problems are listed.
    TypeError
        If a value has a wrong type.
    KeyboardInterrupt
        If interrupted; nothing is left running.

    Notes
    -----
    Replicate i of a study is a function of (process, initial state, times, stop, limits, engine, seed, stage, i)
    alone: it does not depend on threads or on how many replicates are asked for. A run that starts from an
    `Ensemble` uses streams of its own, independent of those of the first run under the same seed.

    References
    ----------
    .. [1] Gillespie DT (1976) J Comput Phys 22:403. doi:10.1016/0021-9991(76)90041-3
    .. [2] Mather WH, Hasty J, Tsimring LS (2012) Bioinformatics 28:1230. doi:10.1093/bioinformatics/bts130

    Examples
    --------
    >>> import chemoevo as ce
    >>> import numpy as np
    >>> process = ce.BranchingProcess(
    ...     types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-8}
    ... )
    >>> ens = ce.simulate(process, initial={"S": 1e9}, times=[0, 30, 60], replicates=4, seed=1)
    >>> ens.counts.shape
    (4, 3, 2)

    A therapy that is changed in view of the tumor, step by step: each step starts from the last states and is a stage.

    >>> rates = dict(types=["S", "R"], birth=[0.14, 0.14], mutation={("S", "R"): 1e-6})
    >>> off, on = (ce.BranchingProcess(**rates, death=[death, 0.13]) for death in (0.13, 0.3))
    >>> cells = np.tile([10**6, 0], (100, 1))
    >>> for step in range(10):
    ...     treated = cells[:, 0] > 5e5
    ...     for process, who in ((off, ~treated), (on, treated)):
    ...         if who.any():
    ...             ens = ce.simulate(process, initial=cells[who], times=[7], seed=1, stage=2 * step + (process is on))
    ...             cells[who] = ens.final
    >>> cells.shape
    (100, 2)
    """
    request = Request(
        initial=initial,
        times=times,
        replicates=replicates,
        seed=seed,
        stage=stage,
        engine=engine,
        exact=exact,
        tolerance=tolerance,
        stop=stop,
        limits=limits,
        record=record,
        threads=threads,
        progress=progress,
    )
    if not isinstance(process, BranchingProcess):
        # Scenarios weigh more than all else that is loaded for a process.
        from chemoevo.study.scenario_run import ScenarioRun

        return ScenarioRun.of(process, request).simulate(progress=progress)
    run = resolve(process, request)
    with ProgressBar(progress, len(run.replicates)) as tell:
        return Ensemble(run, run.simulate(threads=threads, tell=tell))
