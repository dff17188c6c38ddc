"""The command line: chemoevo run, describe, sweep, rank, examples, cite, schema."""

from __future__ import annotations

import signal
import sys
import threading
import warnings
from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from chemoevo._core import __version__
from chemoevo.cli.options import ScenarioFile, Settings, frame_of, scenario_of, whole_number
from chemoevo.cli.printing import interrupted, print_json, print_text
from chemoevo.cli.ranking import rank
from chemoevo.cli.run import run
from chemoevo.errors import ModelError, SimulationError

BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130

app = App(
    name="chemoevo",
    help="Cancer therapy as a branching process: how likely is cure, and if it fails, which clone comes back and when?",
    version=f"chemoevo {__version__}",
    suppress_keyboard_interrupt=False,
)


app.command(run)


@app.command
def describe(
    scenario: Annotated[
        str,
        Parameter(
            help="Scenario file (TOML), or the name of one that ships; or a regimen: a file, a name, or one line."
        ),
    ],
    /,
    *,
    patients: Annotated[
        str | None, Parameter(help="Table with one row per patient (.csv, .parquet), columns such as patient.bsa.")
    ] = None,
    id_: Annotated[
        str | None,
        Parameter(name="--id", help="Which of the patients: by its column patient or id, or the number of the row."),
    ] = None,
    set_: Settings = [],  # noqa: B006 - never changed, and what cyclopts takes
    json: Annotated[bool, Parameter(negative="", help="Print every value as JSON.")] = False,
) -> None:
    """Check a scenario and print, with units, what would run; or a regimen, with doses, exposures and nadirs."""
    from chemoevo.cli.described import described

    text, values = described(scenario, set_, patients, id_)
    if json:
        print_json(values)
    else:
        print_text(text)


@app.command
def sweep(
    scenario: ScenarioFile,
    points: Annotated[
        str, Parameter(help="A table with a path per column (.csv, .parquet), or lists of values (.toml, in [grid]).")
    ],
    /,
    *,
    ask: Annotated[
        list[str], Parameter(negative="", help="A question, may be given several times; default: cure.")
    ] = [],  # noqa: B006
    out: Annotated[str | None, Parameter(help="File for the table (.csv or .parquet); default: print it.")] = None,
    replicates: Annotated[
        int | None, Parameter(converter=whole_number, help="Histories per point, where questions need them.")
    ] = None,
    seed: Annotated[int | None, Parameter(converter=whole_number, help="Random seed, a whole number >= 0.")] = None,
    threads: Annotated[int | None, Parameter(converter=whole_number, help="Points at a time.")] = None,
    path: Annotated[str | None, Parameter(help="File that keeps what is done; the same command goes on.")] = None,
    set_: Settings = [],  # noqa: B006 - never changed, and what cyclopts takes
    json: Annotated[bool, Parameter(negative="", help="Print the table as JSON.")] = False,
    overwrite: Annotated[bool, Parameter(negative="", help="Replace the file `out` if it is there.")] = False,
    quiet: Annotated[bool, Parameter(negative="", help="Print nothing but errors.")] = False,
) -> None:
    """Answer questions about a scenario at many points."""
    from chemoevo.cli.progress import reporter
    from chemoevo.cli.tables import checked_table_file, shown_table, write_table_file
    from chemoevo.sweeps.sweep import sweep as answers

    study, frame = scenario_of(scenario, set_), frame_of(points)
    file = None if out is None else checked_table_file(out, frame, overwrite=overwrite)
    said = "nothing was written" if path is None else f"what is done is in {path}, and the same command goes on"
    with (
        interrupted(f"Interrupted; {said}."),
        reporter(sys.stderr, quiet=quiet, stages=("points",), unit="point") as report,
    ):
        table = answers(
            study,
            frame,
            ask=ask or "cure",
            replicates=replicates,
            seed=seed,
            threads=threads,
            path=path,
            progress=False if report is None else report,
        )
    if file is not None:
        write_table_file(table, file)
    if json and not quiet:
        print_json(table.to_dicts())
    elif not quiet:
        print_text(shown_table(table) if file is None else f"{table.height} points written to {file}.")


app.command(rank)


@app.command
def examples(
    *,
    copy: Annotated[str | None, Parameter(help="Folder to which the examples are copied; made if missing.")] = None,
) -> None:
    """List the examples that come with the package, or copy them to a folder, with documents to read."""
    from chemoevo.cli.shipped import copy_examples, example_list

    print_text(example_list() if copy is None else copy_examples(copy))


@app.command
def cite(
    scenario: ScenarioFile,
    /,
    *,
    set_: Settings = [],  # noqa: B006 - never changed, and what cyclopts takes
    json: Annotated[bool, Parameter(negative="", help="Print the table as JSON.")] = False,
) -> None:
    """Print the sources of every number that a scenario uses, and how sure each is."""
    from chemoevo.cli.cite import cited
    from chemoevo.scenario.citations import citations

    table = citations(scenario_of(scenario, set_))
    if json:
        print_json(table.to_dicts())
    else:
        print_text(cited(table))


@app.command
def schema() -> None:
    """Print the JSON schema of scenario files."""
    from chemoevo.scenario.scenario import Scenario

    print_json(Scenario.json_schema())


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and ends the interpreter with its exit code.

    The exit code is 0 on success, 2 for input that is wrong, 1 for a failure at run time, 130 when interrupted. An
    error is one message on standard error; there is no traceback.
    """
    if arguments is None:
        warnings.showwarning = _warned
    try:
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
        if arguments is None:
            _unheard()
    except KeyboardInterrupt:
        # One that came when another one, or an error, was being told.
        if arguments is None:
            _unheard()
        code = INTERRUPTED
    sys.exit(code)


def _unheard() -> None:
    """From here on Ctrl-C changes nothing: Python would end itself by the signal, with no exit code.

    Only where the interpreter ends with the command: nobody else's signals are touched.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _run(arguments: list[str]) -> int:
    try:
        app(arguments, print_error=False, exit_on_error=False)
    except SystemExit as done:
        # cyclopts ends the interpreter after a command; its code is 0 then.
        return done.code if isinstance(done.code, int) else 0
    except KeyboardInterrupt as interrupt:
        return _fail(str(interrupt) or "Interrupted; nothing was written.", INTERRUPTED)
    except CycloptsError as error:
        return _fail(f"{_one_paragraph(str(error))} See: chemoevo --help", BAD_INPUT)
    except (ModelError, TypeError) as error:
        return _fail(str(error), BAD_INPUT)
    except BrokenPipeError:
        # The reader of our output has gone; there is nobody to tell.
        sys.stderr.close()
        return FAILED
    except (SimulationError, OSError, MemoryError) as error:
        return _fail(str(error) or type(error).__name__, FAILED)
    return 0


def _warned(message: Warning | str, *_: object, **__: object) -> None:
    """Says a warning as errors are said: which line of Python it is of means nothing here."""
    print(f"Warning: {message}", file=sys.stderr, flush=True)


def _fail(message: str, code: int) -> int:
    print(f"Error: {message}", file=sys.stderr)
    return code


def _one_paragraph(message: str) -> str:
    return " ".join(message.split())
