"""Progress of a long run, shown on a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

Report = Callable[[int, int], object]
STAGES = ("growth", "therapy")


@contextmanager
def reporter(
    stream: TextIO, *, quiet: bool = False, stages: tuple[str, ...] = STAGES, unit: str = "replicate"
) -> Iterator[Report | None]:
    """A callable(done, total) that draws a bar on `stream`, stage by stage; None where it is no terminal, or `quiet`.

    What is told is progress of all stages together, each of them a like share of the total.
    """
    if quiet or not stream.isatty():
        yield None
        return
    from tqdm.auto import tqdm

    with tqdm(file=stream, unit=unit, leave=False, desc=stages[0]) as bar:

        def report(done: int, total: int) -> None:
            each = max(total // len(stages), 1)
            stage = min(max(done - 1, 0) // each, len(stages) - 1)
            if bar.desc != f"{stages[stage]}: ":
                bar.reset()
                bar.set_description(stages[stage], refresh=False)
            bar.total = each
            bar.update(done - stage * each - bar.n)
            bar.refresh()

        yield report
