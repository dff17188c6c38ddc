"""Measures rows of contenders, interleaved, and prints them as one table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

# Runs once with the seed it is given; returns the seconds, or nanoseconds per event, ..., in the unit of its row.
Contender = Callable[[int], float]

OURS = "chemoevo"


class Clock:
    """Seconds on the wall, or of the processors for this process and its children (on a busy machine)."""

    cpu = False

    @classmethod
    def now(cls) -> float:
        """Reads the clock (s)."""
        if not cls.cpu:
            return time.perf_counter()
        import resource

        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime


@dataclass(frozen=True)
class Row:
    """One workload: who runs it, and what is asked of us.

    `most` is the largest figure of ours that meets the budget, in `unit`; `least` the factors by which named
    opponents must be slower in the same run (or, in a row of a ratio alone, the least ratio). `threads` are those we
    use; the CPU time of several is not what a budget is about. `rounds` are the most that are run of what takes long; a
    single one is not run beforehand either.
    """

    workload: str
    unit: str
    contenders: dict[str, Callable[[], Contender]]
    most: float | None = None
    least: dict[str, float] = field(default_factory=dict)
    at_least: float | None = None
    threads: int = 1
    rounds: int | None = None
    returns: str = field(kw_only=True)


@dataclass(frozen=True)
class Measured:
    """The medians of a row, and why contenders are missing."""

    row: Row
    medians: dict[str, float]
    skipped: dict[str, str]

    def verdict(self) -> str:
        """Whether the budget is met: against the opponents of this run, and in absolute figures."""
        ours = self.medians.get(OURS)
        if ours is None:
            return self.skipped.get(OURS, "not measured")
        if Clock.cpu and self.row.threads > 1:
            return "a matter of wall-clock time"
        said = []
        for name, factor in self.row.least.items():
            if name in self.medians:
                what = f"{factor:g}x {name}" if factor >= 1 else f"at most {1 / factor:g}x {name}"
                said.append((what, self.medians[name] >= factor * ours))
        if self.row.most is not None:
            said.append((f"{figure(self.row.most)} {self.row.unit}", ours <= self.row.most))
        if self.row.at_least is not None:
            said.append((f">= {figure(self.row.at_least)}", ours >= self.row.at_least))
        return "; ".join(f"{what}: {'met' if met else 'NOT met'}" for what, met in said) or "no budget"


def measure(row: Row, repeats: int, note: Callable[[str], None]) -> Measured:
    """Medians of `repeats` rounds; in every round each contender runs once, with the round's seed."""
    if row.rounds is not None:
        repeats = min(repeats, row.rounds)
    ready: dict[str, Contender] = {}
    skipped: dict[str, str] = {}
    for name, make in row.contenders.items():
        try:
            contender = make()
            if row.rounds != 1:
                contender(1)  # compiles, fills caches
        except ImportError as error:
            skipped[name] = f"not installed ({error.name})"
        except Exception as error:
            skipped[name] = f"{type(error).__name__}: {str(error).strip().splitlines()[0][:100]}"
        else:
            ready[name] = contender
    figures: dict[str, list[float]] = {name: [] for name in ready}
    for seed in range(1, repeats + 1):
        for name, contender in ready.items():
            figures[name].append(contender(seed))
        note(f"{row.workload}: round {seed} of {repeats}")
    return Measured(row, {name: statistics.median(f) for name, f in figures.items()}, skipped)


def figure(value: float) -> str:
    """Three digits."""
    return f"{value:.3g}" if value < 1000 else f"{value:,.0f}"


def render(measured: list[Measured]) -> str:
    """A Markdown table, and below it what is returned and what was skipped."""
    head = ("workload", "unit", OURS, "others (times ours)", "budget")
    lines = []
    for m in measured:
        ours = m.medians.get(OURS)
        others = [
            f"{name} {figure(value)}" + (f" ({figure(value / ours)}x)" if ours else "")
            for name, value in m.medians.items()
            if name != OURS
        ]
        lines.append(
            (m.row.workload, m.row.unit, "-" if ours is None else figure(ours), ", ".join(others) or "-", m.verdict())
        )
    widths = [max(len(line[k]) for line in (head, *lines)) for k in range(len(head))]

    def joined(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"

    table = [joined(head), "|" + "|".join("-" * (width + 2) for width in widths) + "|", *map(joined, lines)]
    together: dict[str, list[str]] = {}
    for m in measured:
        together.setdefault(m.row.returns, []).append(m.row.workload)
    returns = [f"* {'; '.join(titles)}: {text}" for text, titles in together.items()]
    skipped = sorted({f"* {name} skipped: {why}" for m in measured for name, why in m.skipped.items()})
    return "\n".join([*table, "", "What is timed and returned:", "", *returns, *([""] if skipped else []), *skipped])
