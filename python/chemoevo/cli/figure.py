"""The figure of a run: some of its histories, and how many are free of progression."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from chemoevo.base.files import writing
from chemoevo.base.locations import path_of
from chemoevo.cli.tables import note_new_file
from chemoevo.errors import ModelError

if TYPE_CHECKING:
    from chemoevo.answers.answer import Answer
    from chemoevo.ensemble.ensemble import Ensemble

ENDINGS = (".png", ".pdf", ".svg")


def checked_figure_file(figure: str, *, overwrite: bool) -> Path:
    """Where a figure is written: checked before the work is done.

    Raises
    ------
    ModelError
        If matplotlib is missing, the name has no ending of a figure, the file is there, or cannot be written.
    """
    file = path_of(figure, name="figure", kind="file")
    if file.suffix not in ENDINGS:
        raise ModelError(f"figure must be a file that ends in {', '.join(ENDINGS)}; got {figure!r}.")
    note_new_file("figure", file, overwrite=overwrite)
    try:
        import matplotlib as mpl  # noqa: F401
    except ImportError:
        raise ModelError('figure needs matplotlib: pip install "chemoevo[plots]".') from None
    with writing(file, name="figure"):
        file.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(file.parent, os.W_OK):
            raise ModelError(f"figure: cannot write to the folder {str(file.parent)!r}.")
    return file


def draw_run(answer: Answer, ensemble: Ensemble, file: Path) -> None:
    """Histories to the left, the share that is free of progression to the right."""
    from matplotlib.figure import Figure

    from chemoevo.plots.histories import trajectories
    from chemoevo.plots.progression_free import survival

    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    trajectories(ensemble, ax=left, color="type")
    survival(answer, ax=right)
    figure.suptitle(answer.scenario)
    beside = file.with_name(f".{secrets.token_hex(4)}{file.suffix}")
    with writing(file, name="figure"):
        try:
            figure.savefig(beside, dpi=150)
            os.replace(beside, file)
        finally:
            beside.unlink(missing_ok=True)
