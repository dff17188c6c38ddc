"""Files written and read: one clear error where that fails, and a digest by which damage shows."""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from chemoevo.base.forks import check_fork
from chemoevo.errors import ModelError, SimulationError

if TYPE_CHECKING:
    import polars as pl

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""There is no room, which no other path on this disk would mend."""
_BROKEN = {errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ESTALE}
"""The machine cannot do what it should."""

Digest = dict[str, Any]
"""Length and checksum of a file: {"bytes": 12, "sha256": "..."}."""


@contextmanager
def writing(path: Path, *, name: str = "path") -> Iterator[None]:
    """Names the path in what the system says while something is written to it.

    Raises
    ------
    ModelError
        If the system refuses the path.
    SimulationError
        If the disk is full, or the machine fails.
    """
    try:
        yield
    except OSError as error:
        raise write_error(path, error, name=name) from error


def write_error(path: Path, error: OSError, *, name: str = "path") -> ModelError | SimulationError:
    """What a failed attempt to write to a path is for the user."""
    text = f"{name}: cannot write to {str(path)!r}: {error.strerror or error}."
    if error.errno in _FULL:
        return SimulationError(f"{text} Make room, or name a folder on another disk.")
    return SimulationError(text) if error.errno in _BROKEN else ModelError(text)


def write_table(path: Path, frame: pl.DataFrame) -> Digest:
    """Writes a table as Parquet, or as CSV by the ending of the name.

    Raises
    ------
    OSError
        If the system cannot.
    """
    check_fork()
    import polars as pl

    with path.open("wb") as file:
        seen = _Digesting(file)
        try:
            frame.write_csv(seen) if path.suffix == ".csv" else frame.write_parquet(seen)  # type: ignore[call-overload,arg-type]
        except pl.exceptions.PolarsError as error:
            # polars hides what the system said.
            raise seen.failed or OSError(None, str(error)) from error
        return seen.digest()


def write_json(path: Path, content: Mapping[str, Any]) -> Digest:
    """Writes plain data as JSON.

    Raises
    ------
    OSError
        If the system cannot.
    """
    return write_text(path, json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> Digest:
    """Writes a text.

    Raises
    ------
    OSError
        If the system cannot.
    """
    with path.open("wb") as file:
        seen = _Digesting(file)
        seen.write(text.encode())
        return seen.digest()


class _Digesting:
    """A file that knows the length and the checksum of what was written to it, and the error that ended that."""

    def __init__(self, file: BinaryIO) -> None:
        self.failed: OSError | None = None
        self._file = file
        self._bytes = 0
        self._sha256 = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._sha256.update(data)
        self._bytes += len(data)
        return self._tried(lambda: self._file.write(data))

    def flush(self) -> None:
        self._tried(lambda: self._file.flush() or 0)

    def _tried(self, work: Any) -> int:
        try:
            return int(work())
        except OSError as error:
            self.failed = error
            raise

    def digest(self) -> Digest:
        self.flush()
        return {"bytes": self._bytes, "sha256": self._sha256.hexdigest()}


def check_digest(path: Path, said: object) -> None:
    """Holds a file against the digest that was noted when it was written.

    Raises
    ------
    ValueError
        If they differ.
    OSError
        If the file cannot be read.
    """
    if not isinstance(said, dict) or set(said) != {"bytes", "sha256"}:
        raise ValueError(f"there is no checksum of {path.name}")
    size = path.stat().st_size
    if size != said["bytes"]:
        raise ValueError(f"{path.name} has {size} bytes, not {said['bytes']}")
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != said["sha256"]:
            raise ValueError(f"{path.name} does not have its checksum: something in it was changed")


def signed(content: Mapping[str, Any]) -> dict[str, Any]:
    """Plain data with a checksum of its own, by which `check_signed` sees whether anything in it was changed."""
    return {**content, "sha256": _digest_of(content)}


def check_signed(content: Mapping[str, Any], name: str) -> None:
    """Holds plain data against its own checksum.

    Raises
    ------
    ValueError
        If it has none, or another.
    """
    if content.get("sha256") != _digest_of({key: value for key, value in content.items() if key != "sha256"}):
        raise ValueError(f"{name} does not have its checksum: something in it was changed")


def _digest_of(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read_json(path: Path) -> Any:
    """What a JSON file holds; a byte order mark is no part of it.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it holds no JSON.
    """
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except RecursionError:
        raise ValueError(f"{path.name} is nested too deeply") from None
