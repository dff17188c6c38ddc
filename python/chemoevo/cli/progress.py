"""Progress of a long run, shown on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

Report = Callable[[int, int], object]


@contextmanager
def reporter(stream: TextIO, *, quiet: bool = False) -> Iterator[Report | None]:
    """A callable(done, total) that draws a bar on `stream`; None where it is no terminal, or with `quiet`."""
    if quiet or not stream.isatty():
        yield None
        return
    from rich import progress
    from rich.console import Console

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
        progress.TimeRemainingColumn(),
    )
    with progress.Progress(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task("histories (growth, then therapy)", total=None)

        def report(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield report
