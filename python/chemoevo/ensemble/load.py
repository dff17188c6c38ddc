"""Reading ensembles from disk."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from chemoevo.base.locations import path_of
from chemoevo.ensemble.concat import concat
from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.ensemble.memory import check_room
from chemoevo.ensemble.reading import read
from chemoevo.ensemble.storage import Stored
from chemoevo.ensemble.study_folder import is_study, missing, piece_name, pieces_of, read_study
from chemoevo.errors import ModelError


def load(path: str | os.PathLike[str]) -> Ensemble:
    """Reads an ensemble written by `Ensemble.save` or `simulate_to`.

    Parameters
    ----------
    path
        The folder.

    Returns
    -------
    Ensemble
        Equal in every attribute to the one saved, or to the one that `simulate` would have given; its provenance says
        where and with what versions it ran.

    Raises
    ------
    ModelError
        If the folder has no ensemble, one of a later format, one whose files are damaged or do not belong together, or
        a study that is not finished.

    Examples
    --------
    >>> import tempfile
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    >>> ens = ce.simulate(process, initial={"S": 5}, times=[10, 20], replicates=100, seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ens.save(f"{folder}/ensemble")
    ...     again = ce.load(f"{folder}/ensemble")
    >>> again.provenance == ens.provenance
    True
    """
    folder = path_of(path)
    return _load_study(folder) if is_study(folder) else _ensemble_of(read(folder))


def _ensemble_of(stored: Stored) -> Ensemble:
    growth = None if stored.growth is None else _ensemble_of(stored.growth)
    return Ensemble(stored.run, stored.columns, growth=growth, versions=stored.versions)


def _load_study(folder: Path) -> Ensemble:
    study, pieces = read_study(folder), pieces_of(folder)
    assert study is not None
    first, last = study["replicates"]
    lacking = sum(gap.stop - gap.start for gap in missing(pieces, range(first, last)))
    if lacking:
        done = last - first - lacking
        hint = "Finish it with the same simulate_to, query it with scan, or load its pieces one by one."
        raise ModelError(f"path: the study in {str(folder)!r} has {done} of its {last - first} replicates. {hint}")
    return concat(_pieces(folder, pieces))


def _pieces(folder: Path, pieces: list[range]) -> Iterator[Ensemble]:
    total = sum(map(len, pieces))
    for piece in pieces:
        ensemble = _ensemble_of(read(folder / piece_name(piece)))
        if piece is pieces[0]:
            # The pieces, and the whole that is made of them.
            check_room(2 * ensemble.nbytes * total // len(piece), where=f"path: the study in {str(folder)!r}")
        yield ensemble
