"""The command that ranks regimens."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from chemoevo.cli.options import Settings, whole_number
from chemoevo.cli.printing import interrupted, print_json, print_text
from chemoevo.errors import ModelError

if TYPE_CHECKING:
    import polars as pl


def rank(
    file: Annotated[
        str,
        Parameter(
            help="Ranking file (TOML): scenario or profile, and [regimens]; or a scenario with [questions.regimens]."
        ),
    ],
    /,
    *,
    by: Annotated[
        str | None, Parameter(help="What ranks: cure, median_relapse or expected_residual; default: cure.")
    ] = None,
    points: Annotated[
        str | None, Parameter(help="What is uncertain: a table with a path per column (.csv, .parquet, .toml).")
    ] = None,
    relapse: Annotated[
        bool | None, Parameter(negative="--no-relapse", help="Answer when tumors are back too; default: yes.")
    ] = None,
    out: Annotated[str | None, Parameter(help="File for the table (.csv or .parquet); default: print it.")] = None,
    figure: Annotated[str | None, Parameter(help="File for a figure of the ranking (.png, .pdf, .svg).")] = None,
    replicates: Annotated[
        int | None, Parameter(converter=whole_number, help="Histories per regimen, where equations cannot answer.")
    ] = None,
    seed: Annotated[int | None, Parameter(converter=whole_number, help="Random seed, a whole number >= 0.")] = None,
    threads: Annotated[int | None, Parameter(converter=whole_number, help="Regimens at a time.")] = None,
    set_: Settings = [],  # noqa: B006 - never changed, and what cyclopts takes
    json: Annotated[bool, Parameter(negative="", help="Print the table as JSON.")] = False,
    overwrite: Annotated[bool, Parameter(negative="", help="Replace files that are there.")] = False,
    quiet: Annotated[bool, Parameter(negative="", help="Print nothing but errors.")] = False,
) -> None:
    """Rank regimens for one tumor, or for all that it may be."""
    from chemoevo.cli.figure import checked_figure_file, draw_ranking
    from chemoevo.cli.progress import reporter
    from chemoevo.cli.ranking_file import asked_of
    from chemoevo.cli.tables import checked_table_file, shown_table, write_table_file
    from chemoevo.rankings.rank import rank_regimens

    given = {"by": by, "points": points, "relapse": relapse, "replicates": replicates, "seed": seed, "threads": threads}
    asked = asked_of(file, set_, {name: value for name, value in given.items() if value is not None})
    written = None if out is None else checked_table_file(out, None, overwrite=overwrite)
    drawn = None if figure is None else checked_figure_file(figure, overwrite=overwrite)
    with (
        interrupted("Interrupted; nothing was written."),
        reporter(sys.stderr, quiet=quiet, stages=("points",), unit="point") as report,
    ):
        table = rank_regimens(**asked, progress=False if report is None else report)
    failed = table.filter(table["rank"].is_null())
    if failed.height == table.height:
        reasons = [f"regimens[{name}]: {status}" for name, status in failed.select("regimen", "status").iter_rows()]
        raise ModelError(["No regimen has an answer; nothing was written.", *reasons])
    if written is not None:
        write_table_file(table, written)
    if json and not quiet:
        print_json(table.to_dicts())
    elif not quiet:
        # What no regimen has says nothing.
        told = table[[column.name for column in table if not column.is_null().all()]]
        said = f"{table.height} regimens written to {written}."
        print_text(shown_table(told, known_by=2) if written is None else said)
        for line in _remarks(table):
            print_text(line)
    if drawn is not None:
        draw_ranking(table, drawn)
        if not quiet and not json:
            print_text(f"Figure: {drawn}")


def _remarks(table: pl.DataFrame) -> Iterator[str]:
    """What the table alone does not say loudly."""
    failed = int(table["rank"].is_null().sum())
    if failed:
        yield f"{failed} of {table.height} regimens {'has' if failed == 1 else 'have'} no answer: see status."
    ranks = table["rank"].drop_nulls()
    if len(ranks) > 1 and ranks.n_unique() == 1:
        yield "All share one rank: what ranks cannot tell them apart. Another may, with --by."
