"""Figures of commands: a run's histories and how many are free of progression; a ranking."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from chemoevo.cli.outputs import new_file, written_whole
from chemoevo.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl
    from matplotlib.figure import Figure

    from chemoevo.answers.answer import Answer
    from chemoevo.ensemble.ensemble import Ensemble

ENDINGS = (".png", ".pdf", ".svg")


def checked_figure_file(figure: str, *, overwrite: bool) -> Path:
    """Where a figure is written.

    Raises
    ------
    ModelError
        As `new_file`, or if matplotlib is missing.
    """
    file = new_file(figure, name="figure", endings=ENDINGS, overwrite=overwrite)
    if find_spec("matplotlib") is None:
        raise ModelError('figure needs matplotlib: pip install "chemoevo[plots]".')
    return file


def figure_of(answer: Answer, ensemble: Ensemble) -> Figure:
    """Histories to the left, the share that is free of progression to the right."""
    from matplotlib.figure import Figure

    from chemoevo.plots.histories import trajectories
    from chemoevo.plots.progression_free import survival

    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    trajectories(ensemble, ax=left, color="type")
    survival(answer, ax=right)
    figure.suptitle(answer.scenario)
    return figure


def draw_run(answer: Answer, ensemble: Ensemble, file: Path) -> None:
    """Writes the figure of a run."""
    figure = figure_of(answer, ensemble)
    with written_whole(file, name="figure") as beside:
        figure.savefig(beside, dpi=150)


def draw_ranking(table: pl.DataFrame, file: Path) -> None:
    """Regimens by rank."""
    from matplotlib.figure import Figure

    from chemoevo.plots.rankings import ranking

    figure = Figure(figsize=(7.0, 1.4 + 0.35 * table.height), layout="constrained")
    ranking(table, ax=figure.subplots())
    with written_whole(file, name="figure") as beside:
        figure.savefig(beside, dpi=150)
