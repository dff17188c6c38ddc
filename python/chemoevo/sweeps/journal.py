"""A file to which every point is written when it is done, so that an interrupted sweep goes on where it was."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from chemoevo._core import __version__
from chemoevo.base.files import writing
from chemoevo.base.locations import path_of
from chemoevo.base.locks import Lock
from chemoevo.errors import ModelError

Row = dict[str, Any]


class Journal:
    """Rows of a sweep by the number of their point, one line of JSON each; the first line says which sweep it is.

    A line that was cut off by a kill is left out, and its point is answered again.

    Parameters
    ----------
    path
        The file; made if missing, with its folder.
    sweep
        What decides the rows, as plain data. A file of another sweep is refused.
    seed
        Of a sweep that begins; one that goes on keeps its own.

    Raises
    ------
    ModelError
        If the file is one of another sweep or of something else, or another run writes to it.
    """

    def __init__(self, path: str | os.PathLike[str], sweep: Any, seed: int | None) -> None:
        self.path = path_of(path, name="path", kind="file").resolve()
        self.seed = seed
        text = json.dumps(sweep, sort_keys=True)
        self._head = {"chemoevo": __version__, "sweep": hashlib.sha256(text.encode()).hexdigest()}
        self.rows: dict[int, Row] = {}
        self._file: Any = None
        self._lock: Lock | None = None

    def __enter__(self) -> Self:
        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.is_dir():
                raise ModelError(f"path must be a file, such as 'sweep.jsonl'; {str(self.path)!r} is a folder.")
            lock = Lock(self.path.with_name(f".{self.path.name}.lock"))
            if not lock.acquire():
                raise ModelError(f"path: another run writes to {str(self.path)!r}. Wait for it, or name another file.")
            self._lock = lock
            try:
                self._open()
            except BaseException:
                lock.release()
                raise
        return self

    def _open(self) -> None:
        lines = self.path.read_bytes().split(b"\n") if self.path.exists() else [b""]
        whole = lines[:-1]  # a line ends with a newline: what follows the last one was cut off
        if whole:
            self._read(whole)
        elif not json.dumps(self._head)[:-1].encode().startswith(lines[-1]):
            raise self._other()
        self._file = self.path.open("ab")
        self._file.truncate(sum(len(line) + 1 for line in whole))
        if not whole:
            self._write({**self._head, "seed": self.seed})

    def _read(self, lines: list[bytes]) -> None:
        try:
            head = json.loads(lines[0])
            rows = [json.loads(line) for line in lines[1:]]
            found = {int(row["point"]): row["row"] for row in rows}
            if not all(isinstance(row.get("status"), str) for row in found.values()):
                raise self._other()
        except ModelError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            raise self._other() from None
        if not isinstance(head, dict) or {key: head.get(key) for key in self._head} != self._head:
            raise self._other(head.get("chemoevo") if isinstance(head, dict) and "sweep" in head else None)
        self.rows, self.seed = found, head.get("seed")

    def _other(self, version: str | None = None) -> ModelError:
        what = "something else" if version is None else f"another sweep (chemoevo {version})"
        return ModelError(
            f"path: {str(self.path)!r} is the file of {what}: model, points, questions, replicates or seed differ, or "
            "it is damaged. Name another file, or remove it."
        )

    def add(self, point: int, row: Row) -> None:
        """Writes the row of a point.

        Raises
        ------
        SimulationError
            If the disk is full.
        """
        with writing(self.path):
            self._write({"point": point, "row": row})

    def _write(self, content: Row) -> None:
        self._file.write(json.dumps(content).encode() + b"\n")
        self._file.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        if self._lock is not None:
            self._lock.release()


@contextlib.contextmanager
def kept(path: str | os.PathLike[str] | None, sweep: Any, seed: int | None) -> Iterator[Journal | None]:
    """The journal of a sweep, or None where no path is given."""
    if path is None:
        yield None
        return
    with Journal(path, sweep, seed) as journal:
        yield journal
