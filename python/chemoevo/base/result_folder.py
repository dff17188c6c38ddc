"""A folder of results: written whole or not at all, and never over existing results unasked."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from chemoevo.errors import ModelError

if TYPE_CHECKING:
    import polars as pl

FILES = ("outcomes.parquet", "trajectories.parquet", "summary.parquet", "provenance.json")
"""What a folder of results holds. The last one says what the others are."""


class ResultFolder:
    """Collects the files of one run beside their destination and moves them there together.

    Use it as a context: entering checks the destination and makes a private folder on the same file system, so that
    a full disk or a missing permission shows before hours of work; leaving removes the private folder. Nothing is
    seen at the destination before `commit`.

    Parameters
    ----------
    path
        Destination. It is made, with its parents, if missing.
    overwrite
        Whether results that are there may be replaced. Other files there are never touched.
    files
        Names of the files that are results. The last one says what the others are: it comes last and goes first.
    name
        What messages call the destination.

    Raises
    ------
    ModelError
        On entering, if the destination is no folder, cannot be written, or has results and `overwrite` is False.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        overwrite: bool = False,
        files: Sequence[str] = FILES,
        name: str = "out",
    ) -> None:
        self.path = Path(path)
        self.overwrite = overwrite
        self.files = tuple(files)
        self.name = name
        self._private: Path | None = None
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        self._refuse_existing()
        try:
            self._make_parents()
            where = self.path if self.path.is_dir() else self.path.parent
            self._private = Path(tempfile.mkdtemp(prefix=".chemoevo-", dir=where))
            # mkdtemp makes a folder for its owner alone; results are as readable as any other new folder.
            mask = os.umask(0)
            os.umask(mask)
            self._private.chmod(0o777 & ~mask)
        except OSError as error:
            self._unmake_parents()
            raise ModelError(f"{self.name}: cannot write to {str(self.path)!r}: {error.strerror or error}.") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)
            self._private = None
        self._unmake_parents()

    def write(self, name: str, content: pl.DataFrame | Mapping[str, Any]) -> None:
        """Writes a table as Parquet, or a mapping as JSON, into the private folder."""
        assert self._private is not None
        target = self._private / name
        if isinstance(content, Mapping):
            text = json.dumps(content, indent=2, allow_nan=False, ensure_ascii=False)
            target.write_text(text + "\n", encoding="utf-8")
        else:
            content.write_parquet(target)

    def commit(self) -> None:
        """Moves everything into place: all files, or none.

        Raises
        ------
        ModelError
            If results appeared at the destination meanwhile and `overwrite` is False.
        """
        assert self._private is not None
        self._refuse_existing()
        if not self.path.exists():
            self._private.rename(self.path)
            self._private, self._made = None, []
            return
        kept = self._private / "replaced"
        kept.mkdir()
        moved: list[str] = []
        try:
            for name in reversed(self.files):
                if (self.path / name).exists():
                    (self.path / name).replace(kept / name)
            for name in self.files:
                if (self._private / name).exists():
                    (self._private / name).replace(self.path / name)
                    moved.append(name)
        except BaseException:
            for name in moved:
                (self.path / name).unlink(missing_ok=True)
            for name in self.files:
                if (kept / name).exists():
                    (kept / name).replace(self.path / name)
            raise
        self._made = []

    def _refuse_existing(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise ModelError(f"{self.name}: {str(self.path)!r} must be a folder; it is a file.")
        there = [name for name in self.files if (self.path / name).exists()]
        if there and not self.overwrite:
            raise ModelError(
                f"{self.name}: {str(self.path)!r} already has results ({', '.join(there)}). "
                "Name another folder, or allow their replacement with overwrite=True (--overwrite on the command line)."
            )

    def _make_parents(self) -> None:
        missing = [p for p in (self.path.parent, *self.path.parent.parents) if not p.exists()]
        for parent in reversed(missing):
            parent.mkdir()
            self._made.append(parent)

    def _unmake_parents(self) -> None:
        for parent in reversed(self._made):
            try:
                parent.rmdir()
            except OSError:
                break
        self._made = []
