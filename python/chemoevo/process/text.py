"""A process in words, with units."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo import _core
from chemoevo.base.arguments import real, resolve_initial, resolve_times
from chemoevo.errors import Problems, collect
from chemoevo.process.expected import expected

if TYPE_CHECKING:
    from chemoevo.process.fields import ProcessFields

MANY_MUTATIONS = 1e7
"""Expected mutations per replicate above which a simulation is slow enough to say so."""

MAY_LEAP = 1e5
"""Expected mutations per replicate from which `auto` may leap: it does so where a bound on them exceeds a million."""

_SHOWN = 12  # types, intervals, transitions and pulses beyond this number are summed up


def describe_process(process: ProcessFields, *, initial: Any, until: float | None) -> str:
    """The text of `BranchingProcess.describe`."""
    problems = Problems()
    if (initial is None) != (until is None):
        missing = "initial" if initial is None else "until"
        problems.value(missing, "is missing", hint="initial and until go together: cells at the start, and until when.")
    elif initial is not None:
        collect(problems, lambda: resolve_initial(process.types, initial))
        until = real(problems, "until", until, "must be a time in days >= 0 and finite", 0.0)
    problems.raise_if_any()
    k, intervals = len(process.types), len(process.birth)
    lines = [f"Branching process: {_count(k, 'type')}, {_count(intervals, 'interval')} of constant rates"]
    if process.sampling is not None:
        lines.append(process.sampling.describe())
    lines += _rates(process)
    lines += _transitions("Mutation (probability per division, one daughter)", process.mutation)
    lines += _transitions("Switching (per cell and day)", process.switching)
    if process.pulses:
        lines += [f"  {p.describe()}" for p in process.pulses[:_SHOWN]]
    if process.competition is not None:
        apart = ", lethal divisions apart" if process.lethal.any() else ""
        lines.append(f"  {process.competition.describe()}{apart}")
    if initial is not None and until is not None:
        lines += _run(process, initial, until)
    return "\n".join(lines)


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def _rates(process: ProcessFields) -> list[str]:
    starts = np.concatenate([[0.0], process.breakpoints])
    width = max(4, *(len(name) for name in process.types))
    some = bool(process.lethal.any())
    # A lethal division is a death in net growth and turnover.
    lost = f"  {'lethal':>8}" if some else ""
    head = (
        f"  {'from day':>10}  {'type':<{width}}  {'birth':>10}  {'death':>10}{lost}  {'net growth':>10}  turnover"
        "  (per day)"
    )
    lines = [head]
    tables = (process.birth, process.death, process.lethal, process.divisions, process.deaths)
    rows = islice(
        (
            f"  {start:>10g}  {name:<{width}}  {b:>10.4g}  {d:>10.4g}{f'  {q:>8.3g}' if some else ''}  "
            f"{divisions - deaths:>+10.4g}  " + (f"{deaths / divisions:.3g}" if divisions else "-")
            for start, *by_type in zip(starts, *tables, strict=True)
            for name, b, d, q, divisions, deaths in zip(process.types, *by_type, strict=True)
        ),
        2 * _SHOWN,
    )
    lines += rows
    if process.birth.size > 2 * _SHOWN:
        lines.append(f"  ... and {process.birth.size - 2 * _SHOWN} more rows")
    return lines


def _transitions(title: str, table: dict[tuple[str, str], Any]) -> list[str]:
    if not table:
        return []
    lines = [f"{title}:"]
    for (a, b), value in list(table.items())[:_SHOWN]:
        shown = f"{value:g}" if np.ndim(value) == 0 else f"{np.min(value):g} to {np.max(value):g}, by interval"
        lines.append(f"  {a} -> {b}: {shown}")
    if len(table) > _SHOWN:
        lines.append(f"  ... and {len(table) - _SHOWN} more")
    return lines


def _run(process: ProcessFields, initial: Any, until: float) -> list[str]:
    rows = np.atleast_2d(resolve_initial(process.types, initial))
    counts, events = expected(process, rows.astype(np.float64), resolve_times(until, path="until"))
    total = float(np.mean(np.sum(counts[..., -1, :], axis=-1)))
    special = float(np.mean(events[..., -1]))
    mean = "expected" if process.competition is None else "in the mean field (an approximation)"
    engines = {_core.exact_engine(process.compiled, np.ascontiguousarray(row), float(until)) for row in rows[:100]}
    taken = " or ".join(repr(name) for name in sorted(engines))
    leaping = special > MAY_LEAP and engines != {"direct"}
    lines = [
        f"Until day {until:g}: {total:.4g} cells {mean}, {special:.4g} mutations and switches expected a replicate",
        f"  engine='auto' takes {taken} (exact)"
        + ("; it leaps where mutants are many (approximate)" if leaping else ""),
    ]
    if special > MANY_MUTATIONS:
        lines.append(
            f"  Warning: more than {MANY_MUTATIONS:g} mutations and switches a replicate take long with exact=True."
        )
    return lines
