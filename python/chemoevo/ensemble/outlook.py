"""A word before anything that is expected to take long, with the faster way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chemoevo.base.warned import warn

if TYPE_CHECKING:
    from chemoevo.ensemble.run import Run

LONG = 60.0
"""(seconds of one processor) From here on a run is announced."""
_ROWS = 8
"""Replicates that stand for all."""


def warn_if_long(run: Run) -> None:
    """Warns where a run is expected to take more than a minute of one processor, event by event."""
    number, first = len(run.replicates), run.replicates.start
    rows = min(number, _ROWS)
    found = run.part(range(first, first + rows)).outlook(LONG * rows / number)
    if found is None:
        return
    engine, events, seconds = found
    what = "events" if engine == "direct" else "mutations and switches"
    all_of_them = f"{number} replicate{'s' if number > 1 else ''}"
    where = "Without clones on record, engine" if run.record.clones else "Engine"
    warn(
        f"engine {engine!r} is expected to take {events:.1e} {what} per replicate, one by one: "
        f"{_time(seconds * number / rows)} of one processor for {all_of_them}. {where} 'leap' takes a fraction of "
        "that, approximately, with a stated tolerance."
    )


def _time(seconds: float) -> str:
    if seconds > 365 * 86400.0:
        return "more than a year"
    for unit, size in (("days", 86400.0), ("hours", 3600.0)):
        if seconds >= 2.0 * size:
            return f"some {seconds / size:.0f} {unit}"
    return f"some {seconds / 60.0:.0f} minutes" if seconds >= 90.0 else "more than a minute"
