"""Locks that are gone with their process, and what killed processes have left behind."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # a system without: nothing is locked there, and nothing swept
    fcntl = None  # type: ignore[assignment]

LOCK = ".chemoevo-lock"
"""In a folder to which a run writes."""
_PRIVATE = re.compile(r"(\.chemoevo-[0-9a-z_]{8})(\.lock)?")
"""Private folders, and the lock beside each; those without a lock are from chemoevo 0.1 and earlier."""
_OLD = 24 * 3600
"""(seconds) A private folder without a lock that was not touched for so long has no process."""


class Lock:
    """A lock on a file, held by one process at most; it ends with the process, however that ends.

    Attributes
    ----------
    held
        True while it is held; None where the file system knows no locks, so that nobody can tell.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.held: bool | None = False
        self._file = -1

    def acquire(self) -> bool:
        """Whether nobody else holds it, as far as one can tell.

        Raises
        ------
        OSError
            If the file cannot be made.
        """
        while True:
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                self.held = _locked(self._file)
            except BaseException:
                os.close(self._file)
                raise
            if self.held is False:
                os.close(self._file)
                return False
            if self.held is None or self._is_there():
                return True
            os.close(self._file)  # it was removed by who held it, just before

    def release(self) -> None:
        """Lets go, and removes the file."""
        if self.held is False:
            return
        with contextlib.suppress(OSError):
            self.path.unlink()
        if self.held and fcntl is not None:
            # A process that was forked has the file open too: closing it here would not be enough.
            fcntl.flock(self._file, fcntl.LOCK_UN)
        os.close(self._file)
        self.held = False

    def leave(self) -> None:
        """Closes the file and leaves it, where nobody can tell whether another process holds it."""
        os.close(self._file)
        self.held = False

    def _is_there(self) -> bool:
        try:
            return os.path.samestat(os.fstat(self._file), self.path.stat())
        except FileNotFoundError:
            return False


def _locked(file: int) -> bool | None:
    if fcntl is None:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


@contextlib.contextmanager
def only_writer(folder: Path, *, wait: float = 0.0) -> Iterator[bool]:
    """Holds the lock of a folder; gives False where another process holds it, also after `wait` seconds."""
    lock, until = Lock(folder / LOCK), time.monotonic() + wait
    while not lock.acquire():
        if time.monotonic() >= until:
            yield False
            return
        time.sleep(0.02)
    try:
        yield True
    finally:
        lock.release()


def private_folder(where: Path) -> tuple[Path, Lock]:
    """A new folder that nobody else uses, and the lock that says so while its process lives.

    Raises
    ------
    OSError
        If there cannot be one.
    """
    while True:
        path = where / f".chemoevo-{secrets.token_hex(4)}"
        lock = Lock(path.with_name(path.name + ".lock"))
        if path.exists() or not lock.acquire():
            continue
        try:
            path.mkdir()
        except BaseException:
            lock.release()
            raise
        return path, lock


def sweep(where: Path) -> None:
    """Removes private folders of processes that are gone; what cannot be removed stays."""
    with contextlib.suppress(OSError), os.scandir(where) as entries:
        names = {m[1] for entry in entries if (m := _PRIVATE.fullmatch(entry.name))}
        for name in sorted(names):
            with contextlib.suppress(OSError):
                _sweep_one(where / name)


def _sweep_one(path: Path) -> None:
    beside = path.with_name(path.name + ".lock")
    if not beside.exists():
        if path.is_dir() and time.time() - path.stat().st_mtime > _OLD:
            shutil.rmtree(path)
        return
    lock = Lock(beside)
    if not lock.acquire():
        return
    if lock.held:
        shutil.rmtree(path, ignore_errors=True)
        lock.release()
    else:
        lock.leave()
