"""Files that come into a folder together, and replace others there: the old ones or the new ones, at every instant.

The new files are moved into the folder as one folder, `INCOMING`, with a list of their names; from that instant on they
are the ones that count, wherever they are. Then each takes its place. A process that is killed on the way leaves the
rest to the next writer, and `located` finds every file meanwhile.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path

INCOMING = ".chemoevo-incoming"
_NAMES = "names.json"


def announce(private: Path, folder: Path) -> None:
    """Makes all files of a private folder those of `folder`, in one step; `take_places` goes on from there.

    Raises
    ------
    OSError
        If that fails: nothing has changed then.
    """
    names = sorted(file.name for file in private.iterdir())
    (private / _NAMES).write_text(json.dumps(names), encoding="utf-8")
    private.rename(folder / INCOMING)


def take_places(folder: Path, owned: Sequence[str]) -> None:
    """Moves what is incoming to its place, and removes files among `owned` that it replaces; does nothing without.

    Raises
    ------
    OSError
        If that fails: the rest stays incoming.
    """
    incoming = folder / INCOMING
    names = _incoming(folder)
    if names is not None:
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                (incoming / name).replace(folder / name)
        for name in set(owned) - set(names):
            (folder / name).unlink(missing_ok=True)
        (incoming / _NAMES).unlink()
    with contextlib.suppress(FileNotFoundError):
        incoming.rmdir()


def located(folder: Path, name: str) -> Path:
    """Where a file of a folder is; a path where nothing is, if the folder does not have it."""
    names = _incoming(folder)
    if names is None:
        return folder / name
    incoming = folder / INCOMING / name
    return incoming if name not in names or incoming.exists() else folder / name


def _incoming(folder: Path) -> list[str] | None:
    """Names of the files that are incoming or have been; None if none are."""
    try:
        names = json.loads((folder / INCOMING / _NAMES).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    return [str(name) for name in names]
