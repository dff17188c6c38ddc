"""The command that simulates a scenario and answers it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from chemoevo.cli.options import ScenarioFile, Settings, scenario_of, whole_number
from chemoevo.cli.printing import interrupted, print_json, print_text

if TYPE_CHECKING:
    import polars as pl


def run(
    scenario: ScenarioFile,
    /,
    *,
    out: Annotated[str, Parameter(help="Folder for the results; made if missing.")],
    replicates: Annotated[
        int | None, Parameter(converter=whole_number, help="Simulated histories; default: as the scenario says.")
    ] = None,
    seed: Annotated[
        int | None, Parameter(converter=whole_number, help="Random seed, a whole number >= 0; default: the scenario's.")
    ] = None,
    threads: Annotated[
        int | None, Parameter(converter=whole_number, help="Threads; default: the CPUs this process may use.")
    ] = None,
    figure: Annotated[str | None, Parameter(help="File for a figure of the histories (.png, .pdf, .svg).")] = None,
    set_: Settings = [],  # noqa: B006 - never changed, and what cyclopts takes
    csv: Annotated[bool, Parameter(negative="", help="Write the tables as CSV too.")] = False,
    describe: Annotated[bool, Parameter(negative="", help="Print first, in full, what will run.")] = False,
    json: Annotated[bool, Parameter(negative="", help="Print the answers as JSON, and nothing else.")] = False,
    overwrite: Annotated[bool, Parameter(negative="", help="Replace results in the folder, and the figure.")] = False,
    quiet: Annotated[bool, Parameter(negative="", help="Print nothing but errors.")] = False,
) -> None:
    """Simulate a scenario, answer it twice, and write the results to a folder."""
    from chemoevo.answers.answer import answer
    from chemoevo.answers.provenance import provenance
    from chemoevo.base.tables import wrapped
    from chemoevo.cli.figure import checked_figure_file, draw_run
    from chemoevo.cli.interrupts import kept_interrupts
    from chemoevo.cli.progress import reporter
    from chemoevo.cli.questions import questions_text
    from chemoevo.cli.results import result_folder, write_results
    from chemoevo.ensemble.request import Request
    from chemoevo.rankings.questions import answered_after, answered_before
    from chemoevo.study.scenario_run import ScenarioRun

    study = scenario_of(scenario, set_)
    plan = ScenarioRun.of(study, Request(replicates=replicates, seed=seed, threads=threads))
    drawn = None if figure is None else checked_figure_file(figure, overwrite=overwrite)
    talks = not quiet and not json
    asked = () if study.questions is None else study.questions.ask
    with result_folder(out, asked, csv=csv, overwrite=overwrite) as folder:
        if talks:
            print_text(study.describe(replicates=replicates, seed=seed) if describe else str(study))
        besides = answered_before(study, replicates=replicates, seed=seed, threads=threads)
        with kept_interrupts() as kept, reporter(sys.stderr, quiet=quiet) as report:
            ensemble = plan.simulate(progress=kept(report))
        result = answer(study, ensemble)
        made = provenance(study, ensemble, result)
        besides |= answered_after(study, ensemble)
        found: dict[str, pl.DataFrame] = {name: besides[name] for name in asked}
        own = {"outcomes": result.outcomes, "trajectories": ensemble.trajectories, "summary": ensemble.summary()}
        write_results(folder, {**own, **found}, made, csv=csv)
    if talks:
        print_text("")
        print_text(result.to_text())
        if found:
            print_text(f"\n{questions_text(found)}")
        print_text(f"\n{wrapped(result.paragraph(), hanging='')}")
        print_text(f"\nResults written to {folder.path}.")
    elif json and not quiet:
        print_json({"scenario": result.scenario, "seed": ensemble.seed, **made["answers"], **_rows(found)})
    if drawn is not None:
        with interrupted(f"Interrupted; the results are in {folder.path}, the figure is not drawn."):
            draw_run(result, ensemble, drawn)
        if talks:
            print_text(f"Figure: {drawn}")


def _rows(tables: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    return {"questions": {name: table.to_dicts() for name, table in tables.items()}} if tables else {}
