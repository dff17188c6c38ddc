"""A scenario to be simulated: growth from one cell to detection, then therapy, each a run below it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from chemoevo.ensemble.engines import note_engine, note_tolerance
from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.ensemble.progress import ProgressBar
from chemoevo.ensemble.record import COUNTS, Record, record_of
from chemoevo.ensemble.request import Request
from chemoevo.ensemble.resolve import note_options, note_replicates, note_seed, resolve
from chemoevo.errors import Problems, collect
from chemoevo.scenario.scenario import Scenario

if TYPE_CHECKING:
    from chemoevo.ensemble.request import Report
    from chemoevo.ensemble.run import Run


@dataclass(frozen=True, eq=False)
class ScenarioRun:
    """How many histories of a scenario to simulate, from which seed, with which engine; all checked.

    Attributes
    ----------
    growth
        The run of growth.
    asked
        What is asked of growth and of therapy alike: seed, engine, exact, tolerance, limits, record, threads.
    """

    scenario: Scenario
    growth: Run
    asked: Request

    @classmethod
    def of(cls, scenario: object, request: Request, *, at_once: int | None = None) -> ScenarioRun:
        """What the scenario says, unless the request says otherwise.

        Raises
        ------
        ModelError
            If an argument is out of range, or is one that the scenario has of its own; all problems are listed.
        TypeError
            If something has a wrong type.
        """
        if not isinstance(scenario, Scenario):
            raise TypeError(f"the first argument must be a BranchingProcess or a Scenario; got {scenario!r}.")
        problems, said = Problems(), scenario.simulation
        for name in ("initial", "times", "stop"):
            if getattr(request, name) is not None:
                problems.value(name, "must be left out: it comes from the scenario")
        record = record_of(problems, request.record, scenario.genotypes.names, "genotype of the scenario")
        if record is not None and (record.clones or record.crossings is not None):
            hint = "Simulate its parts: ce.simulate(scenario.growth.process, ..., record=...)."
            problems.value("record", "must be 'counts' or Counts(...) for a scenario", request.record, hint=hint)
        number = said.replicates if request.replicates is None else request.replicates
        replicates = note_replicates(problems, number)
        seed = note_seed(problems, said.seed if request.seed is None else request.seed)
        note_options(problems, request)
        growth, limits = scenario.growth, request.limits
        if limits is not None and getattr(limits, "size", growth.stop.size + 1) <= growth.stop.size:
            problems.value("limits.size", f"must be above tumor.size = {growth.stop.size}", limits.size)
        asked = replace(
            request,
            initial=None,
            replicates=None,
            seed=seed,
            engine=said.engine if request.engine is None else request.engine,
            record="counts" if record is None or record.counted is None else record.counted,
            progress=False,
        )
        grown = replace(
            asked,
            initial={growth.process.types[0]: 1},
            times=[growth.longest],
            replicates=replicates,
            stop=growth.stop,
        )
        note_engine(problems, growth.process, grown, COUNTS)
        note_tolerance(problems, growth.process, grown, COUNTS)
        run = None if problems else collect(problems, lambda: resolve(growth.process, grown, at_once=at_once))
        problems.raise_if_any()
        assert run is not None
        return cls(scenario, run, asked)

    @property
    def record(self) -> Record:
        """What growth and therapy record."""
        return self.growth.record

    @property
    def replicates(self) -> range:
        """The numbers of the histories."""
        return self.growth.replicates

    def part(self, replicates: range) -> ScenarioRun:
        """Some of the histories."""
        return replace(self, growth=self.growth.part(replicates))

    def to_dict(self) -> dict[str, Any]:
        """What decides the numbers of every history, as plain data."""
        asked, counted = self.asked, self.record.counted
        return {
            "scenario": self.scenario.to_dict(),
            "seed": self.growth.seed,
            **({"stage": self.growth.stage} if self.growth.stage else {}),
            "engine": asked.engine,
            "exact": bool(asked.exact),
            "tolerance": asked.tolerance,
            "limits": None if asked.limits is None else asked.limits.to_dict(),
            **({} if counted is None else {"counted": counted.to_dict()}),
        }

    def grow(self, *, progress: bool | Report = False) -> Ensemble:
        """Tumors grown from one cell to detection; one that dies out starts again, in its own stream."""
        return self._ensemble(self.growth, progress)

    def simulate(self, *, progress: bool | Report = False) -> Ensemble:
        """Grows every history to detection, then treats it.

        Growth and therapy draw from independent streams of one seed. A history whose growth used up `limits.events` is
        not treated: it has that outcome at time 0.

        Returns
        -------
        Ensemble
            Of therapy; its `growth` is the ensemble of growth.
        """
        grown = self.grow(progress=_half(progress, 0))
        therapy = resolve(self.scenario.therapy, replace(self.asked, initial=grown, times=self.scenario.times))
        return self._ensemble(therapy, _half(progress, 1)).after(grown)

    def _ensemble(self, run: Run, progress: bool | Report) -> Ensemble:
        with ProgressBar(progress, len(run.replicates)) as tell:
            return Ensemble(run, run.simulate(threads=self.asked.threads, tell=tell))


def _half(progress: bool | Callable[[int, int], object], stage: int) -> bool | Callable[[int, int], object]:
    """Progress of one of two stages, reported as progress of both together."""
    if not callable(progress):
        return progress
    tell = progress
    return lambda done, total: tell(stage * total + done, 2 * total)
