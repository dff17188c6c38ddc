"""A progress bar on standard error."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chemoevo.errors import Problems


def note_progress(problems: Problems, progress: object) -> None:
    """Notes what is neither a choice nor a function."""
    if not isinstance(progress, bool) and not callable(progress):
        problems.type("progress", "must be True, False or a callable(done, total)", progress)


class ProgressBar:
    """Gives the callable that the core calls, and closes the bar at the end."""

    def __init__(
        self, progress: bool | Callable[[int, int], object], total: int, *, unit: str = "replicate", name: str = ""
    ) -> None:
        self._progress = progress
        self._total = total
        self._unit = unit
        self._name = name or None
        self._bar: Any = None

    def __enter__(self) -> Callable[[int, int], object] | None:
        if callable(self._progress):
            return self._progress
        if not self._progress:
            return None
        from tqdm.auto import tqdm

        self._bar = tqdm(total=self._total, unit=self._unit, desc=self._name)
        return self._advance

    def _advance(self, done: int, total: int) -> None:
        self._bar.update(done - self._bar.n)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
