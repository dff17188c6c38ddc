"""A folder of results: written whole or not at all, and never over existing results unasked."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from chemoevo.base.files import Digest, write_error, write_json, write_table, write_text, writing
from chemoevo.base.locations import path_of
from chemoevo.base.locks import Lock, only_writer, private_folder, sweep
from chemoevo.base.replacement import announce, located, take_places
from chemoevo.errors import ModelError

if TYPE_CHECKING:
    import polars as pl

FILES = ("outcomes.parquet", "trajectories.parquet", "summary.parquet", "provenance.json")
"""What a folder of results holds. The last one says what the others are."""

_PATIENCE = 10.0
"""(seconds) How long another run may take to put its files into place."""


class ResultFolder:
    """Collects the files of one run beside their destination and moves them there together.

    Use it as a context: entering checks the destination and makes a private folder on the same file system, so that
    a full disk or a missing permission shows before hours of work; leaving removes the private folder. Nothing is
    seen at the destination before `commit`. What killed runs have left beside the destination is removed.

    Parameters
    ----------
    path
        Destination. It is made, with its parents, if missing.
    overwrite
        Whether results that are there may be replaced. Other files there are never touched.
    files
        Names of the files that are results. The last one says what the others are.
    name
        What messages call the destination.
    remedy
        What messages say of results that are there.

    Attributes
    ----------
    written
        Length and checksum of every file written so far, by its name.

    Raises
    ------
    ModelError
        On entering, if the destination is no folder, cannot be written, or has results and `overwrite` is False.
    SimulationError
        If the disk is full.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        files: Sequence[str] = FILES,
        name: str = "out",
        remedy: str = "Name another folder, or replace them with --overwrite.",
    ) -> None:
        self.path = path_of(path, name=name)
        self.overwrite = overwrite
        self.files = tuple(files)
        self.name = name
        self.written: dict[str, Digest] = {}
        self._remedy = remedy
        self._private: Path | None = None
        self._lock: Lock | None = None
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        try:
            self._refuse_existing()
            self._make_parents()
            where = self.path if self.path.is_dir() else self.path.parent
            sweep(where)
            self._private, self._lock = private_folder(where)
        except OSError as error:
            self._unmake_parents()
            raise write_error(self.path, error, name=self.name) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)
            self._private = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        self._unmake_parents()

    def write(self, name: str, content: pl.DataFrame | Mapping[str, Any] | str) -> None:
        """Writes a table as Parquet or CSV, by its name, a mapping as JSON, or a text, into the private folder.

        Raises
        ------
        SimulationError
            If the disk is full.
        """
        assert self._private is not None
        target = self._private / name
        with writing(self.path, name=self.name):
            if isinstance(content, str):
                self.written[name] = write_text(target, content)
            elif isinstance(content, Mapping):
                self.written[name] = write_json(target, content)
            else:
                self.written[name] = write_table(target, content)

    def commit(self) -> None:
        """Moves everything into place: all files, or none, whenever the process ends.

        Raises
        ------
        ModelError
            If results appeared at the destination meanwhile and `overwrite` is False.
        SimulationError
            If that fails; the results that were there are still there, or the new ones are.
        """
        assert self._private is not None
        with writing(self.path, name=self.name):
            if not os.path.lexists(self.path):
                try:
                    self._private.rename(self.path)
                except OSError:
                    self._refuse_existing()  # another run may have been faster
                    raise
                self._private, self._made = None, []
                return
            with only_writer(self.path, wait=_PATIENCE) as alone:
                self._refuse_existing()
                if not alone:
                    raise ModelError(f"{self.name}: another run writes to {str(self.path)!r}. {self._remedy}")
                take_places(self.path, self.files)  # what a killed run has left to do
                announce(self._private, self.path)
                self._private, self._made = None, []
                take_places(self.path, self.files)

    def _refuse_existing(self) -> None:
        if os.path.lexists(self.path) and not self.path.is_dir():
            what = "link to nowhere" if self.path.is_symlink() and not self.path.exists() else "file"
            raise ModelError(f"{self.name}: {str(self.path)!r} must be a folder; it is a {what}.")
        there = [name for name in self.files if located(self.path, name).exists()]
        if there and not self.overwrite:
            raise ModelError(
                f"{self.name}: {str(self.path)!r} already has results ({', '.join(there)}). {self._remedy}"
            )

    def _make_parents(self) -> None:
        missing = [p for p in (self.path.parent, *self.path.parent.parents) if not p.exists()]
        for parent in reversed(missing):
            # "new/.." is there once "new" is.
            if not parent.exists():
                parent.mkdir()
                self._made.append(parent)

    def _unmake_parents(self) -> None:
        with contextlib.suppress(OSError):
            for parent in reversed(self._made):
                parent.rmdir()
        self._made = []
