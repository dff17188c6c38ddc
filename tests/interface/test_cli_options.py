"""The command line: values set by path, JSON, sweeps and examples."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import chemoevo as ce
from chemoevo.cli.main import _run
from tests.interface._command_line import SMALL, Capture, Write, refused


def test_cli_run_says_all_on_demand(write: Write, tmp_path: Path, capsys: Capture) -> None:
    assert _run(["run", str(write()), "--out", str(tmp_path / "o"), "--replicates", "3", "--describe"]) == 0
    text = capsys.readouterr().out
    assert "What they do to each drug" in text
    assert "expected mutations per replicate" in text
    assert max(map(len, text.splitlines()[:-1])) <= 80


def test_cli_json_is_all_that_is_printed(write: Write, tmp_path: Path, capsys: Capture) -> None:
    assert _run(["run", str(write()), "--out", str(tmp_path / "o"), "--replicates", "5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    kept = json.loads((tmp_path / "o" / "provenance.json").read_text(encoding="utf-8"))
    assert found == {"scenario": "small", "seed": 3, **kept["answers"]}
    assert _run(["describe", str(write()), "--json", "--set", "tumor.size=200000"]) == 0
    assert json.loads(capsys.readouterr().out)["tumor"]["size"] == 200_000


def test_cli_values_are_set_by_path(write: Write, capsys: Capture) -> None:
    settings = [
        *("--set", "tumor.size=1e6"),
        *("--set", "potencies[docetaxel].emax = 0.5"),
        *("--set", "regimen.phases[0].doses[carboplatin].days=[1, 8]"),
        *("--set", "name=another name"),
        *("--set", "patient.gfr=60"),
    ]
    assert _run(["describe", str(write()), "--json", *settings]) == 0
    found = ce.Scenario.from_dict(json.loads(capsys.readouterr().out))
    changes = {
        "tumor.size": 10**6,
        "potencies[docetaxel].emax": 0.5,
        "regimen.phases[0].doses[carboplatin].days": [1, 8],
        "name": "another name",
        "patient.gfr": 60,
    }
    assert found == ce.Scenario.from_dict(SMALL).replace(changes)
    path = write(surgery={"residual_cells": 10.0})
    assert _run(["describe", str(path), "--json", "--set", "surgery=none"]) == 0
    assert "surgery" not in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("tumor.sise=1e6", "tumor.sise is not in the specification. Did you mean 'size'?"),
        ("tumor.size", "--set must be PATH=VALUE, such as tumor.size=1e8; got 'tumor.size'"),
        ("=3", "--set must be PATH=VALUE"),
        ("tumor.size=big", "tumor.size must be a number; got 'big'"),
        ("tumor.birth=0.01", "tumor.birth must be larger than death"),
    ],
)
def test_cli_bad_settings(setting: str, message: str, write: Write, tmp_path: Path, capsys: Capture) -> None:
    for command in (["run", write(), "--out", tmp_path / "o"], ["describe", write()]):
        assert message in refused(capsys, *command, "--set", setting)
    assert "must set every path once" in refused(
        capsys, "describe", write(), "--set", "tumor.size=3", "--set", "tumor.size=4"
    )
    assert not (tmp_path / "o").exists()


def test_cli_sweep(write: Write, tmp_path: Path, capsys: Capture) -> None:
    points = ce.grid({"tumor.size": [10**5, 10**6], "patient.factors[docetaxel].clearance": [0.5, 2]})
    (tmp_path / "p.toml").write_text(
        '[grid]\n"tumor.size" = [100000, 1000000]\n"patient.factors[docetaxel].clearance" = [0.5, 2]\n'
    )
    points.write_csv(tmp_path / "p.csv")
    points.write_parquet(tmp_path / "p.parquet")
    expected = ce.sweep(ce.Scenario.from_dict(SMALL), points, ask=["cure", "mutant_share"])
    for name, out in (("p.toml", "t.parquet"), ("p.csv", "u.csv"), ("p.parquet", "v.parquet")):
        asked = ["--ask", "cure", "--ask", "mutant_share"]
        assert _run(["sweep", str(write()), str(tmp_path / name), *asked, "--out", str(tmp_path / out)]) == 0
        found = pl.read_csv(tmp_path / out) if out.endswith(".csv") else pl.read_parquet(tmp_path / out)
        assert found["cure"].to_list() == expected["cure"].to_list()
        assert found.columns == expected.columns
    capsys.readouterr()
    assert _run(["sweep", str(write()), str(tmp_path / "p.csv"), "--set", "name=x"]) == 0
    text = capsys.readouterr().out
    assert "cure" in text
    assert "cure_low" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert _run(["sweep", str(write()), str(tmp_path / "p.csv"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == expected.drop("mutant_share").to_dicts()


def test_cli_sweep_prints_what_fits_and_names_the_rest(write: Write, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "p.toml").write_text(
        '[grid]\n"tumor.birth" = [0.05, 0.139]\n"surgery.residual_cells" = [10, 20]\n'
        '"patient.factors[docetaxel].clearance" = [0.5, 2]\n'
    )
    asked = [word for name in ("cure", "progressed", "driver", "mean_cells") for word in ("--ask", name)]
    assert _run(["sweep", str(write()), str(tmp_path / "p.toml"), *asked, "--replicates", "2"]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert text.split()[:2] == ["point", "status"]
    assert "larger than" in " ".join(text.split())
    assert "Not shown: " in text
    assert "--out and --json have all." in text


def test_cli_sweep_of_wrong_points(write: Write, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "p.toml").write_text("[grit]\nx = [1]\n")
    (tmp_path / "q.toml").write_text("[grid\n")
    (tmp_path / "p.txt").write_text("x")
    (tmp_path / "p.csv").write_text("tumor.sise\n3\n")
    for name, message in (
        ("p.toml", "must have a table [grid] with lists of values"),
        ("q.toml", "cannot be read as TOML"),
        ("p.txt", "points must be a file that ends in .csv, .parquet or .toml"),
        ("none.csv", "points: cannot read"),
        ("p.csv", "points[tumor.sise] is not in the specification"),
    ):
        assert message in refused(capsys, "sweep", write(), tmp_path / name)
    (tmp_path / "good.csv").write_text("tumor.size\n100000\n")
    (tmp_path / "there.csv").write_text("mine")
    assert "is there already. Name another file" in refused(
        capsys, "sweep", write(), tmp_path / "good.csv", "--out", tmp_path / "there.csv"
    )
    assert (tmp_path / "there.csv").read_text() == "mine"
    (tmp_path / "there.png").write_bytes(b"mine")
    (tmp_path / "folder.png").mkdir()
    for name, message in (("there.png", "already"), ("folder.png", "is a folder"), ("no.gif", "must be a file")):
        assert message in refused(capsys, "run", write(), "--out", tmp_path / "o", "--figure", tmp_path / name)
    assert not (tmp_path / "o").exists()
    assert "out must be a file that ends in" in refused(capsys, "sweep", write(), tmp_path / "p.csv", "--out", "t.xls")


def test_cli_examples(tmp_path: Path, capsys: Capture) -> None:
    assert _run(["examples"]) == 0
    listed = capsys.readouterr().out
    assert "nsclc_adjuvant.toml" in listed
    assert "published/run.py" in listed
    assert "bozic2013" not in listed
    assert _run(["examples", "--copy", str(tmp_path / "mine")]) == 0
    for path in (tmp_path / "mine").glob("*.toml"):
        assert ce.Scenario.load(path).name
    assert len(list((tmp_path / "mine").glob("*.toml"))) >= 3
    assert "examples copied to" in capsys.readouterr().out
    papers = {path.name for path in (Path(ce.__file__).parent / "examples" / "published").glob("*.*")}
    assert {"run.py", "bozic2013.toml", "bozic2013.py"} <= papers
    assert {path.name for path in (tmp_path / "mine" / "published").iterdir()} == papers
    reference = (tmp_path / "mine" / "reference.md").read_text(encoding="utf-8")
    assert all(f"\n## {name}\n" in reference for name in ("simulate", "Scenario", "sweep", "Estimate"))
    assert "None\n```" not in reference
    assert (tmp_path / "mine" / "README.md").read_text(encoding="utf-8").startswith("# chemoevo")
    assert json.loads((tmp_path / "mine" / "scenario.schema.json").read_text())["title"] == "Scenario"
    assert "already" in refused(capsys, "examples", "--copy", tmp_path / "mine")


def _ranking_file(folder: Path, **more: object) -> Path:
    text = 'scenario = "small.toml"\n' + "".join(f"{key} = {json.dumps(value)}\n" for key, value in more.items())
    both = "docetaxel 75 mg/m2 over 1 h + carboplatin 6 AUC over 1 h q21d"
    text += f'[regimens]\n"two cycles" = "{both} x2"\n"three cycles" = {{ regimen = "{both} x3" }}\n'
    (folder / "small.toml").write_text(ce.Scenario.from_dict(SMALL).to_toml(), encoding="utf-8")
    (folder / "ranking.toml").write_text(text, encoding="utf-8")
    return folder / "ranking.toml"


def test_cli_rank(tmp_path: Path, capsys: Capture) -> None:
    file = _ranking_file(tmp_path, points="points.csv", relapse=False)
    (tmp_path / "points.csv").write_text("tumor.size\n100000\n200000\n")
    both = "docetaxel 75 mg/m2 over 1 h + carboplatin 6 AUC over 1 h q21d"
    expected = ce.rank_regimens(
        ce.Scenario.from_dict(SMALL),
        {"two cycles": f"{both} x2", "three cycles": f"{both} x3"},
        points={"tumor.size": [100000, 200000]},
        relapse=False,
    )
    assert _run(["rank", str(file)]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert text.split()[:3] == ["rank", "regimen", "cure"]
    assert "median_relapse" not in text
    assert _run(["rank", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == expected.to_dicts()
    written = ["--out", str(tmp_path / "r.parquet"), "--figure", str(tmp_path / "r.png")]
    assert _run(["rank", str(file), *written]) == 0
    assert pl.read_parquet(tmp_path / "r.parquet").equals(expected)
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().out.startswith("2 regimens written to")
    # Options stand in place of what the file says.
    (tmp_path / "other.csv").write_text("tumor.size\n300000\n")
    asked = ["--points", str(tmp_path / "other.csv"), "--by", "expected_residual", "--set", "tumor.birth=0.2"]
    assert _run(["rank", str(file), *asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found[0]["expected_residual"] == found[0]["expected_residual_low"]
    assert found[0]["cure"] < expected["cure"][0]
    assert _run(["rank", str(_ranking_file(tmp_path)), "--no-relapse", "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_cli_rank_of_a_scenario_that_ships(tmp_path: Path, capsys: Capture) -> None:
    text = 'scenario = "nsclc_adjuvant"\nrelapse = false\n[regimens]\nown = "docetaxel_carboplatin"\n'
    (tmp_path / "ranking.toml").write_text(text, encoding="utf-8")
    assert _run(["rank", str(tmp_path / "ranking.toml"), "--json"]) == 0
    cure = ce.cure_probability(ce.scenarios.nsclc_adjuvant())
    assert json.loads(capsys.readouterr().out)[0]["cure"] == pytest.approx(cure.value, rel=1e-12)
    assert "nsclc_adjuvant: questions.regimens must name regimens" in refused(capsys, "rank", "nsclc_adjuvant")


def test_cli_rank_and_describe_of_a_profile(tmp_path: Path, capsys: Capture) -> None:
    amplified = ce.Subclone(alterations="ABCB1", fraction=1e-3)
    profile = ce.Profile(scenario=ce.scenarios.docetaxel_cabazitaxel(), subclones=amplified)
    patient = tmp_path / "patient.toml"
    patient.write_text(profile.to_toml(), encoding="utf-8")
    ten = "cabazitaxel 25 mg/m2 over 1 h q21d x10"
    regimens = f'[regimens]\nown = "{ten}"\nnone = "cisplatin 75 mg/m2 over 1 h q21d x1"\n'
    ranking = tmp_path / "ranking.toml"
    ranking.write_text(f'profile = "patient.toml"\nrelapse = false\n{regimens}', encoding="utf-8")
    expected = profile.typical.replace({"regimen": ten, "potencies": profile.scenario.potencies[1:]})
    assert _run(["rank", str(ranking), "--json"]) == 0
    first = json.loads(capsys.readouterr().out)[0]
    assert first["cure"] == pytest.approx(ce.cure_probability(expected).value, rel=1e-9)
    assert _run(["rank", str(ranking)]) == 0
    assert "1 of 2 regimens has no answer: see status." in capsys.readouterr().out
    assert _run(["describe", str(patient), "--set", "size=2e9"]) == 0
    assert "2e+09 cells on the scenario" in capsys.readouterr().out
    for command in (["rank", patient], ["run", patient, "--out", tmp_path / "out"], ["sweep", patient, "no.csv"]):
        assert "is a profile" in refused(capsys, *command)
    ranking.write_text('profile = "patient.toml"\n' + regimens.replace("own", "#"), encoding="utf-8")
    message = refused(capsys, "rank", ranking, "--out", tmp_path / "table.csv")
    assert "No regimen has an answer; nothing was written." in message
    assert "regimens[none]: potencies has no entry for 'cisplatin'" in message
    assert not (tmp_path / "table.csv").exists()


def test_cli_rank_of_wrong_files(tmp_path: Path, capsys: Capture) -> None:
    file = _ranking_file(tmp_path, reps=3)
    message = refused(capsys, "rank", file)
    assert "reps is not a key of a ranking file" in message
    (tmp_path / "none.toml").write_text("regimens = {}\n")
    assert "scenario must be given, or profile" in refused(capsys, "rank", tmp_path / "none.toml")
    (tmp_path / "broken.toml").write_text("[regimens\n")
    assert "cannot be read as TOML" in refused(capsys, "rank", tmp_path / "broken.toml")
    assert "file: cannot read" in refused(capsys, "rank", tmp_path / "nowhere.toml")
    (tmp_path / "table.toml").write_text('[scenario]\nname = "x"\n[regimens]\nA = "docetaxel"\n')
    assert "scenario.tumor is missing" in refused(capsys, "rank", tmp_path / "table.toml")
    (tmp_path / "number.toml").write_text('scenario = 3\n[regimens]\nA = "docetaxel"\n')
    assert "scenario must be the name of a file, or a table; got 3" in refused(capsys, "rank", tmp_path / "number.toml")
    file = _ranking_file(tmp_path)
    assert "by must be 'cure'" in refused(capsys, "rank", file, "--by", "kure")
    assert "points: cannot read" in refused(capsys, "rank", file, "--points", tmp_path / "p.csv")
    assert "out must be a file that ends in" in refused(capsys, "rank", file, "--out", "t.xls")
