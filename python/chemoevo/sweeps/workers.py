"""Points answered on several threads, or by an executor of the user's; Ctrl-C ends what can be ended at once."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from typing import Any

from chemoevo.errors import ModelError, SimulationError
from chemoevo.sweeps.asks import METHOD, TRUSTED, Ask, Cells, merged
from chemoevo.sweeps.point import Histories, Model, Point, model_at

LOOK_EVERY = 0.1
"""(seconds) Between looks for Ctrl-C while threads work."""
OK = "ok"
STATUS = "status"
AGAIN = "again"
"""In the answers of a point that failed for a reason that may pass, such as a lack of memory."""

_NO_ANSWERS = (STATUS, AGAIN, METHOD, TRUSTED)
"""What else there is at a point."""


class _InterruptedError(Exception):
    """The sweep was interrupted: what a simulation on another thread is told."""


class Work:
    """What is done at every point. Executors of other processes get copies of it.

    Calling it with the values of a point gives what the point answers, by column, and its status: "ok", or why it has
    no answer, or which questions have none, and why; the others are answered. Only what is wrong with a point is a
    status; a fault of the program, or of a function of the user's, is raised.
    """

    def __init__(self, model: Model, asks: Sequence[Ask], histories: Histories | None) -> None:
        self.model, self.asks, self.histories = model, tuple(asks), histories
        self._busy: set[int] = set()
        self._ended = False
        # A thread is told to end while it is here, and not when it has gone on to something else.
        self._here = threading.Lock()

    def __reduce__(self) -> tuple[Any, ...]:
        return Work, (self.model, self.asks, self.histories)

    def _look(self, done: int, total: int) -> None:
        if self._ended:
            raise _InterruptedError

    def __call__(self, row: Mapping[str, Any]) -> Cells:
        """The answers at a point."""
        with self._here:
            self._busy.add(threading.get_ident())
        try:
            return self._answers(row)
        finally:
            with self._here:
                self._busy.discard(threading.get_ident())

    def _answers(self, row: Mapping[str, Any]) -> Cells:
        try:
            point = Point(model_at(self.model, row), self.histories, self._look)
        except (ModelError, SimulationError) as error:
            return {STATUS: _said(error), **_again(error)}
        cells: Cells = {}
        failed: dict[str, Exception] = {}
        for ask in self.asks:
            self._look(0, 0)
            try:
                cells = merged(cells, ask.answers(point))
            except (ModelError, SimulationError) as error:
                failed[ask.name] = error
                cells = merged(cells, ask.unanswered)
        return {**cells, STATUS: self._status(failed), **_again(*failed.values())}

    def _status(self, failed: Mapping[str, Exception]) -> str:
        """Why questions have no answer: a reason that all of them share by itself, others by the names of theirs."""
        by_reason: dict[str, list[str]] = {}
        for name, error in failed.items():
            by_reason.setdefault(_said(error), []).append(name)
        if len(by_reason) == 1 and len(failed) == len(self.asks):
            return next(iter(by_reason))
        return " ".join(f"{', '.join(names)}: {reason}" for reason, names in by_reason.items()) or OK

    def end(self) -> None:
        """Ends what is under way on other threads: in Python at once, in the core where it next looks at signals."""
        with self._here:
            self._ended = True
            for thread in self._busy:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(_InterruptedError))


def answered(cells: Cells) -> bool:
    """Whether a point has an answer to any question."""
    return cells[STATUS] == OK or any(value is not None for name, value in cells.items() if name not in _NO_ANSWERS)


def _said(error: Exception) -> str:
    return " ".join(str(error).split())


def _again(*errors: Exception) -> Cells:
    return {AGAIN: True} if any(isinstance(error, SimulationError) for error in errors) else {}


def processors() -> int:
    """How many processors this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def answers(
    work: Work, rows: Mapping[int, Mapping[str, Any]], *, threads: int, executor: Executor | None
) -> Iterator[tuple[int, Cells]]:
    """The answers of points by their number, in the order in which they are done."""
    work = Work(work.model, work.asks, work.histories)  # which ends for itself
    if executor is None and min(threads, len(rows)) <= 1:
        for number, row in rows.items():
            yield number, work(row)
        return
    if executor is not None:
        yield from _collected(work, rows, executor, at_once=1000)
        return
    pool = ThreadPoolExecutor(min(threads, len(rows)), thread_name_prefix="chemoevo-sweep")
    try:
        yield from _collected(work, rows, pool, at_once=4 * threads)
    except BaseException:
        work.end()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _collected(
    work: Work, rows: Mapping[int, Mapping[str, Any]], executor: Executor, *, at_once: int
) -> Iterator[tuple[int, Cells]]:
    waiting = iter(rows.items())
    running: dict[Future[Cells], int] = {}
    try:
        while True:
            while len(running) < at_once and (following := next(waiting, None)) is not None:
                running[executor.submit(work, following[1])] = following[0]
            if not running:
                return
            done = wait(running, timeout=LOOK_EVERY, return_when=FIRST_COMPLETED).done
            # What has an answer is told before what has none.
            failed = [future for future in done if future.exception() is not None]
            for future in done.difference(failed):
                yield running.pop(future), future.result()
            for future in failed:
                future.result()
    finally:
        for future in running:
            future.cancel()
