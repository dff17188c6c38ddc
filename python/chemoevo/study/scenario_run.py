"""A scenario to be simulated: growth from one cell to detection, then therapy, each a run; or therapy alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.base.arguments import its_typical
from chemoevo.ensemble.engines import note_engine, note_tolerance
from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.ensemble.memory import note_memory
from chemoevo.ensemble.progress import ProgressBar
from chemoevo.ensemble.record import COUNTS, Record, record_of
from chemoevo.ensemble.request import Request
from chemoevo.ensemble.resolve import note_options, note_replicates, note_seed, recorded_memory, resolve
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
    run
        The run of growth; that of therapy, where it starts from given cells.
    asked
        What is asked of growth and of therapy alike: seed, engine, exact, tolerance, limits, record, threads.
    """

    scenario: Scenario
    run: Run
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
            hint = its_typical(scenario)
            raise TypeError(f"the first argument must be a BranchingProcess or a Scenario; got {scenario!r}.{hint}")
        problems, said = Problems(), scenario.simulation
        for name in ("times", "stop"):
            if getattr(request, name) is not None:
                problems.value(name, "must be left out: it comes from the scenario")
        record = record_of(problems, request.record, scenario.types.names, "type of the scenario")
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
        if request.initial is not None:
            return cls._treated(problems, scenario, request, asked, at_once)
        grown = replace(
            asked,
            initial={name: 1 for name, _ in growth.parts},
            times=[growth.longest],
            replicates=replicates,
            stop=growth.stop,
        )
        note_engine(problems, growth.process, grown, COUNTS)
        note_tolerance(problems, growth.process, grown, COUNTS)
        run = None if problems else collect(problems, lambda: resolve(growth.process, grown, at_once=at_once))
        if run is not None:
            several = len(growth.parts) > 1
            run = replace(run, parts=growth.parts) if several else run
            # Growth is kept beside therapy, which starts from a state of its own in every replicate.
            number, types = min(len(replicates), at_once or len(replicates)), scenario.types.names
            grown_takes = recorded_memory(run.record, number, 1, types, rows=1)
            therapy_takes = recorded_memory(run.record, number, len(scenario.times), types, rows=number)
            # A part is held beside the sum of those before it.
            note_memory(problems, number, (2 if several else 1) * grown_takes + therapy_takes)
        problems.raise_if_any()
        assert run is not None
        return cls(scenario, run, asked)

    @classmethod
    def _treated(
        cls, problems: Problems, scenario: Scenario, request: Request, asked: Request, at_once: int | None
    ) -> ScenarioRun:
        """Therapy of cells that are given."""
        rows = isinstance(request.initial, Ensemble) or np.ndim(request.initial) == 2
        number = request.replicates if rows or request.replicates is not None else scenario.simulation.replicates
        treated = replace(asked, initial=request.initial, times=scenario.times, replicates=number)
        process = scenario.therapy
        run = None if problems else collect(problems, lambda: resolve(process, treated, at_once=at_once))
        problems.raise_if_any()
        assert run is not None
        return cls(scenario, replace(run, scenario=scenario.to_dict()), asked)

    @property
    def grows(self) -> bool:
        """Whether growth comes before therapy."""
        return self.run.scenario is None

    @property
    def record(self) -> Record:
        """What growth and therapy record."""
        return self.run.record

    @property
    def replicates(self) -> range:
        """The numbers of the histories."""
        return self.run.replicates

    def part(self, replicates: range) -> ScenarioRun:
        """Some of the histories."""
        return replace(self, run=self.run.part(replicates))

    def to_dict(self) -> dict[str, Any]:
        """What decides the numbers of every history, as plain data."""
        asked, counted = self.asked, self.record.counted
        return {
            "scenario": self.scenario.to_dict(),
            **({} if self.grows else {"initial": self.run.to_dict()["initial"]}),
            "seed": self.run.seed,
            **({"stage": self.run.stage} if self.run.stage else {}),
            "engine": asked.engine,
            "exact": bool(asked.exact),
            "tolerance": asked.tolerance,
            "limits": None if asked.limits is None else asked.limits.to_dict(),
            **({} if counted is None else {"counted": counted.to_dict()}),
        }

    def grow(self, *, progress: bool | Report = False) -> Ensemble:
        """Tumors grown from one cell to detection; one that dies out starts again, in its own stream.

        Parts of a tumor grow by themselves, each in streams of its own, and are added.
        """
        return self._ensemble(self.run, progress, "growth")

    def simulate(self, *, progress: bool | Report = False) -> Ensemble:
        """Grows every history to detection, then treats it; treats given cells.

        Growth and therapy draw from independent streams of one seed. A history whose growth used up `limits.events` is
        not treated: it has that outcome at time 0.

        Returns
        -------
        Ensemble
            Of therapy; its `growth` is the ensemble of growth, if there was any.
        """
        if not self.grows:
            return self._ensemble(self.run, progress, "therapy")
        grown = self.grow(progress=_half(progress, 0))
        therapy = resolve(self.scenario.therapy, replace(self.asked, initial=grown, times=self.scenario.times))
        therapy = replace(therapy, scenario=self.scenario.to_dict())
        return self._ensemble(therapy, _half(progress, 1), "therapy").after(grown)

    def _ensemble(self, run: Run, progress: bool | Report, stage: str) -> Ensemble:
        with ProgressBar(progress, len(run.replicates), name=stage) as tell:
            return Ensemble(run, run.simulate(threads=self.asked.threads, tell=tell))


def _half(progress: bool | Callable[[int, int], object], stage: int) -> bool | Callable[[int, int], object]:
    """Progress of one of two stages, reported as progress of both together."""
    if not callable(progress):
        return progress
    tell = progress
    return lambda done, total: tell(stage * total + done, 2 * total)
