"""Ctrl-C that is not lost."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

Report = Callable[[int, int], object]


@contextmanager
def kept_interrupts() -> Iterator[Callable[[Report | None], Report]]:
    """Remembers a SIGINT, so that a progress callback can raise it again.

    Python raises `KeyboardInterrupt` wherever the interpreter happens to be; inside a finalizer or a weak reference's
    callback it is printed and forgotten, and a long run would go on. The context gives a function that wraps a progress
    callback, which is called some ten times per second, in one that raises a forgotten interrupt again.

    Outside the main thread, or where SIGINT is ignored, nothing is changed.
    """
    came = threading.Event()

    def wrap(report: Report | None) -> Report:
        def checked(done: int, total: int) -> None:
            if came.is_set():
                raise KeyboardInterrupt
            if report is not None:
                report(done, total)

        return checked

    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or before is not signal.default_int_handler:
        yield wrap
        return

    def handler(number: int, frame: FrameType | None) -> None:
        came.set()
        signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, handler)
    try:
        yield wrap
    finally:
        signal.signal(signal.SIGINT, before)
