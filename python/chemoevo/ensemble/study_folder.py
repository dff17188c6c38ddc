"""The folder of a study: what it says of itself, and its pieces."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from chemoevo.base.files import check_signed, read_json, signed, write_json, writing
from chemoevo.base.replacement import located
from chemoevo.ensemble.storage import DESCRIPTION, FILES, PARTS, STUDY
from chemoevo.errors import ModelError

STUDY_FORMAT = "chemoevo study"
STUDY_VERSION = 3
"""1 had unsigned counts in its pieces and no checksums; 2 drew other numbers, and did not say how many mutants were
followed. Both are read, but not continued."""
_PIECE = re.compile(r"replicates-(0|[1-9][0-9]{0,18})-([1-9][0-9]{0,18})")
_NEW = ".chemoevo-study-"


def piece_name(piece: range) -> str:
    """The name of the folder of a piece."""
    return f"replicates-{piece.start}-{piece.stop}"


def is_study(folder: Path) -> bool:
    """Whether a folder is that of a study."""
    with contextlib.suppress(OSError):
        return (folder / STUDY).is_file()
    return False


def read_study(folder: Path) -> dict[str, Any] | None:
    """What a folder says of its study; None if it has none.

    Raises
    ------
    ModelError
        If what it says is damaged, or of a later format; or if it has results that are of no study.
    """
    if not is_study(folder):
        if any(_PIECE.fullmatch(name) or name in FILES for name in _names(folder)):
            raise ModelError(f"path: {str(folder)!r} has results, but no {STUDY}. Name another folder.")
        return None
    try:
        found = read_json(folder / STUDY)
        ok = found["format"] == STUDY_FORMAT and found["format_version"] in range(1, STUDY_VERSION + 1)
        first, last = found["replicates"]
        ok = ok and type(first) is type(last) is int and 0 <= first < last <= 2**62 and isinstance(found["study"], dict)
        if ok and (found["format_version"] > 1 or "sha256" in found):
            check_signed(found, STUDY)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        reason = f"{error} is missing" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise ModelError(f"path: {str(folder / STUDY)!r} is damaged: {reason}.") from error
    if not ok:
        raise ModelError(f"path: {str(folder / STUDY)!r} is not that of a study that this chemoevo reads.")
    return {key: value for key, value in found.items() if key != "sha256"}


def write_study(folder: Path, described: Mapping[str, Any]) -> None:
    """Writes what a folder says of its study, at once; the caller is its only writer.

    Raises
    ------
    ModelError, SimulationError
        If it cannot be written.
    """
    with writing(folder):
        for name in _names(folder):
            if name.startswith((_NEW, f".{STUDY}-")):  # of a process that was killed
                (folder / name).unlink(missing_ok=True)
        private = folder / f"{_NEW}{os.getpid()}"
        write_json(private, signed(described))
        private.replace(folder / STUDY)


def pieces_of(folder: Path) -> list[range]:
    """The replicates of the pieces on disk that are finished, in order; there may be gaps.

    Raises
    ------
    ModelError
        If pieces overlap, or one is damaged.
    """
    found = (_PIECE.fullmatch(name) for name in _names(folder))
    named = (range(int(m[1]), int(m[2])) for m in found if m)
    pieces = sorted((p for p in named if p and _is_finished(folder, p)), key=lambda piece: piece.start)
    for a, b in pairwise(pieces):
        if a.stop > b.start:
            raise ModelError(f"path: pieces of the study in {str(folder)!r} overlap: {a!r} and {b!r}. Remove one.")
    return pieces


def missing(pieces: list[range], asked: range) -> list[range]:
    """What the pieces lack of the replicates that are asked for."""
    ends = [asked.start, *(end for piece in pieces for end in (piece.start, piece.stop)), asked.stop]
    gaps = (range(max(a, asked.start), min(b, asked.stop)) for a, b in zip(ends[::2], ends[1::2], strict=True))
    return [gap for gap in gaps if gap]


def _is_finished(folder: Path, piece: range) -> bool:
    """Whether a piece has its files. An empty folder is none; files that were cut off are damage."""
    path = folder / piece_name(piece)
    files = [located(path, name) for name in PARTS]
    if not any(file.exists() for file in files):
        return False
    for file in files:
        if not _is_whole(file):
            raise ModelError(
                f"path: {file.name} of the piece {str(path)!r} is damaged or missing. Remove the piece; the same "
                "simulate_to then simulates it again."
            )
    return True


def _is_whole(file: Path) -> bool:
    """Whether a file ends as it must: at no cost, and so without a look at its checksum."""
    ending = b"}" if file.name == DESCRIPTION else b"PAR1"
    try:
        with file.open("rb") as content:
            content.seek(-8, os.SEEK_END)
            return content.read().rstrip().endswith(ending)
    except OSError:
        return False


def _names(folder: Path) -> list[str]:
    try:
        return [entry.name for entry in folder.iterdir()]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise ModelError(f"path: cannot read {str(folder)!r}: {error.strerror or error}.") from error
