"""The command line: what it prints and writes, and one clear message for every bad input."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import tomli_w

import chemoevo
from chemoevo.base.result_folder import FILES
from chemoevo.cli.interrupts import kept_interrupts
from chemoevo.cli.main import BAD_INPUT, INTERRUPTED, _run
from tests.interface._command_line import SMALL, Capture, Write, refused


def test_cli_run_writes_everything_and_prints_both_answers(write: Write, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "deep" / "results"
    assert _run(["run", str(write()), "--out", str(out)]) == 0
    whole, err = capsys.readouterr()
    assert err == ""
    text = " ".join(whole.split())
    assert max(map(len, whole.splitlines()[:-1])) <= 80
    for part in (
        "alterations: ABCB1, TP53 (4 genotypes)",
        "docetaxel: Emax ",
        "(log10 kill 0.6 in cycle 1 of 75 mg/m2",
        "cured (no cell on day 60)",
        "neither: cells are left",
        "patient: body surface",
        "they differ by less than 4 standard errors",
        "extinct ever",
        "progressed",
        "median time to progression (days)",
        "Who comes back",
        "detection law",
        "backward equations",
        "rate_error",
        " ".join(f"Results written to {out}.".split()),
    ):
        assert part in text, part
    assert "DISAGREE" not in text
    assert sorted(p.name for p in out.iterdir()) == sorted([*FILES, "README.md"])
    outcomes = pl.read_parquet(out / "outcomes.parquet")
    assert outcomes.height == 20
    assert {"cured", "progressed", "time_to_progression", "days_to_detection", "growths_rejected"} < set(
        outcomes.columns
    )
    assert outcomes["time_to_progression"].is_null().equals(~outcomes["progressed"])
    trajectories = pl.read_parquet(out / "trajectories.parquet")
    assert trajectories.columns == ["replicate", "time", "type", "count"]
    assert pl.read_parquet(out / "summary.parquet")["type"].cast(pl.String).n_unique() == 5
    provenance = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    assert provenance["seed"] == 3
    assert provenance["therapy"]["chemoevo"] == chemoevo.__version__
    assert provenance["rate_error"] < 1e-3
    assert all(c["agrees"] for c in provenance["answers"]["comparisons"])
    assert chemoevo.Scenario.from_dict(provenance["scenario"]).tumor.size == 10**5


def test_cli_run_is_reproducible_from_its_provenance(write: Write, tmp_path: Path) -> None:
    arguments = ["run", str(write()), "--quiet", "--replicates", "6", "--seed", "8"]
    for name, threads in (("a", "1"), ("b", "2")):
        assert _run([*arguments, "--out", str(tmp_path / name), "--threads", threads]) == 0
    for table in FILES[:3]:
        assert pl.read_parquet(tmp_path / "a" / table).equals(pl.read_parquet(tmp_path / "b" / table))


def test_cli_quiet_prints_nothing(write: Write, tmp_path: Path, capsys: Capture) -> None:
    assert _run(["run", str(write()), "--out", str(tmp_path / "o"), "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_cli_describe_schema_version(write: Write, capsys: Capture) -> None:
    assert _run(["describe", str(write())]) == 0
    assert "doubling time" in capsys.readouterr().out
    assert _run(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Scenario"
    assert _run(["cite", str(write())]) == 0
    assert "Koolen et al. 2010" in capsys.readouterr().out
    assert _run(["cite", str(write()), "--json", "--set", "patient.bsa=1.9"]) == 0
    assert {"part", "number", "tag", "verified"} < set(json.loads(capsys.readouterr().out)[0])
    assert _run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"chemoevo {chemoevo.__version__}"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["run", "--help"], ["describe", "--help"]])
def test_cli_help(arguments: list[str], capsys: Capture) -> None:
    assert _run(arguments) == 0
    assert "chemoevo" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tumour": {}}, "tumour is not a known key. Did you mean 'tumor'?"),
        ({"tumor": {"brith": 0.2}}, "tumor.brith is not a known key. Did you mean 'birth'?"),
        ({"tumor": {"birth": -0.139}}, "tumor.birth must be > 0; got -0.139"),
        ({"tumor": {"death": float("nan")}}, "tumor.death must be finite; got nan"),
        ({"tumor": {"birth": float("inf")}}, "tumor.birth must be finite; got inf"),
        ({"tumor": {"size": 1e5 + 0.5}}, "tumor.size must be a whole number; got 100000.5"),
        ({"tumor": {"size": 1e19}}, "tumor.size must be <= 1000000000000000; got 1e+19"),
        ({"tumor": {"size": "big"}}, "tumor.size must be a number; got 'big'"),
        (
            {"tumor": {"alterations": [{"name": "ABCB1", "mutation": 0.6}, {"name": "TP53", "mutation": 0.6}]}},
            "tumor.alterations must have mutation probabilities that sum to at most 1 per division; got 1.2",
        ),
        (
            {"tumor": {"alterations": [{"name": "TP53", "mutation": 0}, {"name": "TP53", "mutation": 0}]}},
            "tumor.alterations[1].name must be unique; got 'TP53'",
        ),
        ({"tumor": {"alterations": [{"name": "P-gp", "mutation": 1e-6}]}}, "tumor.alterations[0].changes is missing"),
        ({"regimen": "carboplatin"}, "Did you mean 'docetaxel_carboplatin'?"),
        ({"potencies": []}, "potencies has no entry for 'docetaxel'"),
        ({"potencies": [{**SMALL["potencies"][0], "drug": "docetaxal"}]}, "Did you mean 'docetaxel'?"),
        ({"patient": {"gfr": -5}}, "patient.gfr must be > 0; got -5"),
        ({"follow_up": {"looks_every": -7}}, "follow_up.looks_every must be > 0; got -7"),
        ({"follow_up": {"horizon": 0}}, "follow_up.horizon must be > 0; got 0"),
        ({"simulation": {"seed": -1}}, "simulation.seed must be >= 0; got -1"),
        ({"simulation": {"replicates": 1.5}}, "simulation.replicates must be a whole number; got 1.5"),
    ],
    ids=lambda x: str(x)[:50],
)
def test_cli_bad_scenario(changes: dict[str, Any], message: str, write: Write, tmp_path: Path, capsys: Capture) -> None:
    path = write(**changes)
    for command in (["run", path, "--out", tmp_path / "o"], ["describe", path]):
        err = refused(capsys, *command)
        assert message in err
        assert "small.toml" in err
    assert not (tmp_path / "o").exists()


def test_cli_bad_dose(write: Write, capsys: Capture) -> None:
    dose = {"drug": "docetaxal", "amount": 75, "unit": "mg/m2"}

    def regimen(**changes: Any) -> dict[str, Any]:
        doses = [{k: v for k, v in {**dose, **changes}.items() if v is not None}]
        return {"name": "r", "phases": [{"cycle_length_days": 21, "cycles": 1, "doses": doses}]}

    for changes, message in (
        ({}, "regimen.phases[0].doses[0].drug is not a known drug; got 'docetaxal'. Did you mean 'docetaxel'?"),
        ({"unit": None}, "regimen.phases[0].doses[0].unit is missing"),
        (
            {"unit": "mg/m3"},
            "regimen.phases[0].doses[0].unit must be one of 'mg', 'mg/m2', 'mg/kg', 'AUC', 'IU', 'IU/m2'; got 'mg/m3'",
        ),
        ({"days": [8, 1]}, "regimen.phases[0].doses[0].days must be increasing"),
        ({"days": [-3]}, "regimen.phases[0].doses[0].days[0] must be >= 1; got -3"),
        ({"duration_hours": -1}, "regimen.phases[0].doses[0].duration_hours must be >= 0; got -1"),
    ):
        content = {**SMALL, "regimen": regimen(**changes)}
        path = write()
        path.write_text(tomli_w.dumps(content), encoding="utf-8")
        assert message in refused(capsys, "describe", path)


def test_cli_bad_files(write: Write, tmp_path: Path, capsys: Capture) -> None:
    assert "Cannot read" in refused(capsys, "describe", tmp_path / "none.toml")
    assert "No such file" in refused(capsys, "run", tmp_path / "none.toml", "--out", tmp_path / "o")
    assert "Is a directory" in refused(capsys, "describe", tmp_path)
    path = write()
    path.write_text("[tumor\nbirth = 1", encoding="utf-8")
    err = refused(capsys, "describe", path)
    assert "not valid TOML" in err
    assert "line 1" in err
    path.write_bytes(b"name = '\xff\xfe'")
    assert "not UTF-8" in refused(capsys, "describe", path)
    path.write_text("", encoding="utf-8")
    err = refused(capsys, "describe", path)
    assert all(f"{key} is missing" in err for key in ("name", "tumor", "regimen", "patient", "potencies"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--replicates", "0"], "replicates must be a whole number from 1 to 1099511627776; got 0"),
        (["--replicates", "-3"], "replicates must be a whole number from 1 to 1099511627776; got -3"),
        (["--replicates", "2.5"], "--replicates"),
        (["--replicates", "many"], "--replicates"),
        (["--replicates", "inf"], "--replicates"),
        (["--seed", "nan"], "--seed"),
        (["--seed", "-1"], "seed must be a whole number >= 0; got -1"),
        (["--threads", "0"], "threads must be a whole number from 1 to 4096; got 0"),
        (["--replicas", "3"], "--replicas"),
        (["extra"], "extra"),
    ],
    ids=lambda x: " ".join(x) if isinstance(x, list) else "",
)
def test_cli_bad_options(arguments: list[str], message: str, write: Write, tmp_path: Path, capsys: Capture) -> None:
    err = refused(capsys, "run", write(), "--out", tmp_path / "o", *arguments)
    assert message in err
    assert not (tmp_path / "o").exists()


def test_cli_unknown_command_and_missing_arguments(write: Write, capsys: Capture) -> None:
    assert 'Did you mean "run"?' in refused(capsys, "rum", "x.toml")
    assert "SCENARIO" in refused(capsys, "run")
    assert "--out" in refused(capsys, "run", write())


def test_cli_output_folder_with_results(write: Write, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "o"
    arguments = ["run", str(write()), "--out", str(out), "--replicates", "3"]
    assert _run([*arguments, "--seed", "1"]) == 0
    before = (out / "outcomes.parquet").read_bytes()
    capsys.readouterr()
    err = refused(capsys, *arguments, "--seed", "2")
    assert "already has results" in err
    assert "--overwrite" in err
    assert (out / "outcomes.parquet").read_bytes() == before
    assert _run([*arguments, "--seed", "2", "--overwrite", "--quiet"]) == 0
    assert (out / "outcomes.parquet").read_bytes() != before


def test_cli_output_into_a_file(write: Write, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "o").write_text("mine", encoding="utf-8")
    assert "it is a file" in refused(capsys, "run", write(), "--out", tmp_path / "o")
    assert (tmp_path / "o").read_text(encoding="utf-8") == "mine"


def test_cli_as_a_module_without_terminal(write: Write, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chemoevo", "run", str(write()), "--out", str(tmp_path / "o"), "--replicates", "5"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin"},
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Results written" in done.stdout
    assert b"\x1b" not in done.stdout


def test_cli_wrong_input_in_a_process_has_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "chemoevo", "describe", str(tmp_path / "none.toml")], capture_output=True, check=False
    )
    assert done.returncode == BAD_INPUT
    assert done.stdout == b""
    assert done.stderr.decode().splitlines() == [
        f"Error: Cannot read '{tmp_path}/none.toml': No such file or directory."
    ]


def test_cli_interrupt_ends_at_once_and_writes_nothing(write: Write, tmp_path: Path) -> None:
    path = write(tumor={"size": 1e9, "birth": 0.139, "death": 0.1313})
    out = tmp_path / "deep" / "o"
    process = subprocess.Popen(
        [sys.executable, "-m", "chemoevo", "run", str(path), "--out", str(out), "--replicates", "1000000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if "follow-up:" in line:
                break
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == INTERRUPTED
    assert err == "Error: Interrupted; nothing was written.\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["small.toml"]


@pytest.fixture
def default_interrupts() -> Iterator[None]:
    """A background job ignores SIGINT, and its Python with it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("default_interrupts")
def test_cli_interrupt_that_python_forgot_is_raised_again() -> None:
    with kept_interrupts() as kept:
        reports: list[tuple[int, int]] = []
        report = kept(lambda done, total: reports.append((done, total)))
        report(1, 2)
        # As in a finalizer: the exception is raised and goes nowhere.
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            report(2, 2)
    assert reports == [(1, 2)]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_cli_progress_bar_needs_a_terminal() -> None:
    import io

    from chemoevo.cli.progress import reporter

    with reporter(io.StringIO()) as report:
        assert report is None

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    with reporter(screen) as report:
        assert callable(report)
        for done in (0, 3, 5, 6, 10):
            report(done, 10)
    for part in ("growth:", "3/5", "5/5", "therapy:", "1/5"):
        assert part in screen.getvalue(), part
    with reporter(Terminal(), quiet=True) as report:
        assert report is None
