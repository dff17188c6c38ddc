"""Files that commands write: checked before the work is done, and written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from chemoevo.base.files import writing
from chemoevo.base.locations import path_of
from chemoevo.errors import ModelError


def new_file(text: str, *, name: str, endings: Sequence[str], overwrite: bool) -> Path:
    """The file that an option names; its folder is made if missing.

    Raises
    ------
    ModelError
        If the name has none of these endings, is that of a folder or of a file that is not to be replaced, or the
        folder cannot be written.
    """
    file = path_of(text, name=name, kind="file")
    if file.suffix not in endings:
        raise ModelError(f"{name} must be a file that ends in {', '.join(endings)}; got {text!r}.")
    if file.is_dir():
        raise ModelError(f"{name} must be a file; {text!r} is a folder.")
    if file.exists() and not overwrite:
        raise ModelError(f"{name}: {text!r} is there already. Name another file, or replace it with --overwrite.")
    with writing(file, name=name):
        file.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(file.parent, os.W_OK):
            raise ModelError(f"{name}: cannot write to the folder {str(file.parent)!r}.")
    return file


@contextmanager
def written_whole(file: Path, *, name: str) -> Iterator[Path]:
    """A file beside, which takes the place of the file when all is written.

    Raises
    ------
    SimulationError
        If the disk is full.
    """
    beside = file.with_name(f".{secrets.token_hex(4)}{file.suffix}")
    with writing(file, name=name):
        try:
            yield beside
            os.replace(beside, file)
        finally:
            beside.unlink(missing_ok=True)
