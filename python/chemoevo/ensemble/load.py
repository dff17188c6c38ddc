"""Reading ensembles from disk."""

from __future__ import annotations

import json
import os
from pathlib import Path

from chemoevo.ensemble.concat import concat
from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.ensemble.storage import STUDY, Stored, folder_of, pieces_of, read
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
    folder = folder_of(path)
    return _load_study(folder) if (folder / STUDY).is_file() else _ensemble_of(read(folder))


def _ensemble_of(stored: Stored) -> Ensemble:
    growth = None if stored.growth is None else _ensemble_of(stored.growth)
    return Ensemble(stored.run, stored.columns, growth=growth, versions=stored.versions)


def _load_study(folder: Path) -> Ensemble:
    pieces = pieces_of(folder)
    asked = range(*json.loads((folder / STUDY).read_text(encoding="utf-8"))["replicates"])
    done = sum(map(len, pieces))
    if not pieces or pieces[0].start != asked.start or pieces[-1].stop != asked.stop:
        hint = "Finish it with the same simulate_to, query it with scan, or load its pieces one by one."
        raise ModelError(f"path: the study in {str(folder)!r} has {done} of its {len(asked)} replicates. {hint}")
    return concat(load(folder / f"replicates-{piece.start}-{piece.stop}") for piece in pieces)
