"""What points may take: histories, seed, threads, executor and progress, as every call over points is given them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from chemoevo.base.arguments import MAX_COUNT, whole
from chemoevo.ensemble.progress import note_progress
from chemoevo.ensemble.resolve import note_seed
from chemoevo.errors import Problems
from chemoevo.sweeps.point import Histories
from chemoevo.sweeps.workers import processors


@dataclass(frozen=True)
class Effort:
    """How points are answered, checked.

    Attributes
    ----------
    replicates
        Histories per point; None where nothing is simulated.
    seed
        As asked for; None takes that of the scenario at a point.
    drawn
        In place of that, where there is none.
    threads
        At most so many points at a time.
    """

    replicates: int | None
    seed: int | None
    drawn: int
    threads: int

    @classmethod
    def of(
        cls,
        problems: Problems,
        *,
        replicates: int | None,
        seed: int | None,
        threads: int | None,
        executor: Executor | None = None,
        progress: bool | Callable[[int, int], object] = False,
        least: int = 1,
    ) -> Effort:
        """What was given, with what is wrong noted; `least` replicates or more, of which 0 stands for none."""
        number = None if replicates is None else whole(problems, "replicates", replicates, least, MAX_COUNT)
        at_most = processors() if threads is None else whole(problems, "threads", threads, 1, 4096)
        if executor is not None and not callable(getattr(executor, "submit", None)):
            problems.type("executor", "must be a concurrent.futures.Executor", executor)
        drawn = note_seed(problems, seed)
        note_progress(problems, progress)
        return cls(number or None, seed, drawn, at_most)

    def histories(self, *, own_seeds: bool = False) -> Histories | None:
        """What is simulated at every point; `own_seeds` where points say a seed each."""
        if self.replicates is None:
            return None
        return Histories(self.replicates, None if own_seeds else self.seed, self.drawn)
