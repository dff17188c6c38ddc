"""A study simulated chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chemoevo.base.arguments import whole
from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.ensemble.request import Engine, Report, Request
from chemoevo.ensemble.resolve import resolve
from chemoevo.errors import Problems, collect
from chemoevo.process.branching import BranchingProcess

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from chemoevo.ensemble.options import Limits, Stop
    from chemoevo.ensemble.record import Recording
    from chemoevo.scenario.scenario import Scenario


def simulate_chunks(
    process: BranchingProcess | Scenario,
    *,
    initial: object = None,
    times: ArrayLike | None = None,
    replicates: int | range | None = None,
    chunk: int = 10_000,
    seed: int | None = None,
    stage: int = 0,
    engine: Engine | None = None,
    exact: bool = False,
    tolerance: float | None = None,
    stop: Stop | None = None,
    limits: Limits | None = None,
    record: Recording | Sequence[Recording] = "counts",
    threads: int | None = None,
) -> Iterator[Ensemble]:
    """Simulates a study chunk by chunk, for ensembles that are larger than the memory.

    Parameters
    ----------
    process, initial, times, seed, stage, engine, exact, tolerance, stop, limits, record, threads
        As for `simulate`; a seed that is not given is drawn once for all chunks.
    replicates
        How many in all, or their range. Default: 1, or the rows of `initial`; a scenario has its own number.
    chunk
        Largest number of replicates in one ensemble, a whole number >= 1. It does not change the numbers.

    Yields
    ------
    Ensemble
        The next replicates, in order. Only the chunk that is computed is in memory, unless you keep the others.

    Raises
    ------
    ModelError, TypeError
        As for `simulate`, before the first chunk.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    >>> for part in ce.simulate_chunks(process, initial={"S": 5}, times=[20], replicates=2500, chunk=1000, seed=1):
    ...     print(part.replicates)
    range(0, 1000)
    range(1000, 2000)
    range(2000, 2500)

    `simulate_to` writes them into a folder.
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
    )
    plan = plan_chunks(process, request, chunk)
    return (plan.simulate(part, None) for part in plan.parts())


@dataclass(frozen=True, eq=False)
class Chunks:
    """A study that is simulated chunk by chunk, its arguments checked.

    Attributes
    ----------
    replicates, chunk
        The numbers of all replicates, and the most of one chunk.
    study
        What decides the numbers of every replicate, as plain data.
    simulate
        Simulates a range of the replicates; tells (done, total) to the second argument, if it is not None.
    """

    replicates: range
    chunk: int
    study: dict[str, Any]
    simulate: Callable[[range, Report | None], Ensemble]

    def parts(self, of: Sequence[range] | None = None) -> Iterator[range]:
        """The chunks of some stretches of the replicates, or of all."""
        for stretch in [self.replicates] if of is None else of:
            for first in range(stretch.start, stretch.stop, self.chunk):
                yield range(first, min(first + self.chunk, stretch.stop))


def plan_chunks(process: BranchingProcess | Scenario, request: Request, chunk: object) -> Chunks:
    """The arguments of `simulate_chunks`, checked."""
    problems = Problems()
    size = whole(problems, "chunk", chunk, 1)
    if isinstance(process, BranchingProcess):
        run = collect(problems, lambda: resolve(process, request, at_once=size))
        problems.raise_if_any()
        assert run is not None

        def of_process(part: range, tell: Report | None) -> Ensemble:
            piece = run.part(part)
            return Ensemble(piece, piece.simulate(threads=request.threads, tell=tell))

        return Chunks(run.replicates, size, run.to_dict(), of_process)

    # Scenarios weigh more than all else that is loaded for a process.
    from chemoevo.study.scenario_run import ScenarioRun

    study = collect(problems, lambda: ScenarioRun.of(process, request, at_once=size))
    problems.raise_if_any()
    assert study is not None
    return Chunks(
        study.replicates,
        size,
        study.to_dict(),
        lambda part, tell: study.part(part).simulate(progress=tell or False),
    )
