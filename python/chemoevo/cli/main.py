"""The command line: chemoevo run, describe, schema."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter, Token

from chemoevo._core import __version__
from chemoevo.errors import ModelError, SimulationError

BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130

app = App(
    name="chemoevo",
    help="Cancer therapy as a branching process: how likely is cure, and if it fails, which clone comes back and when?",
    version=f"chemoevo {__version__}",
    suppress_keyboard_interrupt=False,
)


def _whole(kind: object, tokens: Sequence[Token]) -> int:
    """A whole number, also written as 1e3: cyclopts itself would round 2.5."""
    text = tokens[0].value
    try:
        return int(text)
    except ValueError:
        with contextlib.suppress(ValueError):
            number = float(text)
            if number.is_integer():
                return int(number)
        raise ValueError(f"must be a whole number; got {text}.") from None


# Paths are texts here, since Path("") would be the folder that one is in.
ScenarioFile = Annotated[str, Parameter(help="Scenario file (TOML).")]


@app.command
def run(
    scenario: ScenarioFile,
    /,
    *,
    out: Annotated[str, Parameter(help="Folder for the results; made if missing.")],
    replicates: Annotated[
        int | None, Parameter(converter=_whole, help="Simulated histories; default: as the scenario says.")
    ] = None,
    seed: Annotated[
        int | None, Parameter(converter=_whole, help="Random seed, a whole number >= 0; default: the scenario's.")
    ] = None,
    threads: Annotated[
        int | None, Parameter(converter=_whole, help="Threads; default: the CPUs this process may use.")
    ] = None,
    overwrite: Annotated[bool, Parameter(negative="", help="Replace results that are in the folder.")] = False,
    quiet: Annotated[bool, Parameter(negative="", help="Print nothing but errors.")] = False,
) -> None:
    """Simulate a scenario, answer it twice, and write the results to a folder."""
    from chemoevo.answers.answer import answer
    from chemoevo.answers.provenance import provenance
    from chemoevo.base.result_folder import ResultFolder
    from chemoevo.cli.interrupts import kept_interrupts
    from chemoevo.cli.progress import reporter
    from chemoevo.ensemble.request import Request
    from chemoevo.scenario.scenario import Scenario
    from chemoevo.study.scenario_run import ScenarioRun

    study = Scenario.load(scenario)
    plan = ScenarioRun.of(study, Request(replicates=replicates, seed=seed, threads=threads))
    with ResultFolder(out, overwrite=overwrite) as folder:
        if not quiet:
            _print(study.describe(replicates=replicates, seed=seed))
        with kept_interrupts() as kept, reporter(sys.stderr, quiet=quiet) as report:
            ensemble = plan.simulate(progress=kept(report))
        result = answer(study, ensemble)
        folder.write("outcomes.parquet", result.outcomes)
        folder.write("trajectories.parquet", ensemble.trajectories)
        folder.write("summary.parquet", ensemble.summary())
        folder.write("provenance.json", provenance(study, ensemble, result))
        folder.commit()
    if not quiet:
        _print("")
        _print(result.to_text())
        _print(f"\nResults written to {folder.path}.")


@app.command
def describe(scenario: ScenarioFile, /) -> None:
    """Check a scenario and print, with units, what would run."""
    from chemoevo.scenario.scenario import Scenario

    _print(Scenario.load(scenario).describe())


@app.command
def schema() -> None:
    """Print the JSON schema of scenario files."""
    import json

    from chemoevo.scenario.scenario import Scenario

    _print(json.dumps(Scenario.json_schema(), indent=2))


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line and ends the interpreter with its exit code.

    The exit code is 0 on success, 2 for input that is wrong, 1 for a failure at run time, 130 when interrupted. An
    error is one message on standard error; there is no traceback.
    """
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
    except KeyboardInterrupt:
        return _fail("Interrupted; nothing was written.", INTERRUPTED)
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


def _fail(message: str, code: int) -> int:
    print(f"Error: {message}", file=sys.stderr)
    return code


def _one_paragraph(message: str) -> str:
    return " ".join(message.split())


def _print(text: str) -> None:
    print(text, flush=True)
