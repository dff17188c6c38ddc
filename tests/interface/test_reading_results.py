"""What a run writes: answers that the scenario asks for, a README, CSV; and the page that reads it elsewhere."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo.cli.columns import TABLES
from chemoevo.cli.main import _run
from chemoevo.rankings.questions import answered_before
from tests.interface._command_line import SMALL, Capture, refused

PAGE = (Path(__file__).parents[2] / "docs" / "reading-results.md").read_text(encoding="utf-8")
BOTH = "docetaxel 75 mg/m2 over 1 h + carboplatin 6 AUC over 1 h q21d"
EVERYTHING: dict[str, Any] = {
    "ask": ["ranking", "relapse_time", "attribution", "toxicity"],
    "without": ["carboplatin"],
    "regimens": {"two cycles": f"{BOTH} x2", "cisplatin": "cisplatin 75 mg/m2 over 1 h q21d x2"},
    "potencies": [{"drug": "cisplatin", "emax": 1.0, "basis": "a test"}],
}
PROGRESSION = {"size": 1e3}


def write(folder: Path, **changes: Any) -> str:
    """A scenario file in a folder."""
    file = folder / "s.toml"
    file.write_text(ce.Scenario.from_dict({**SMALL, **changes}).to_toml(), encoding="utf-8")
    return str(file)


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> Path:
    """The folder in which the page has run its scenario."""
    monkeypatch.chdir(tmp_path)
    exec(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)[0], {})
    capsys.readouterr()
    return tmp_path / "results"


def test_the_sql_of_the_page_reads_the_tables(page: Path) -> None:
    statements = [one for block in re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL) for one in block.split(";")]
    back, counted = (duckdb.sql(one).fetchall() for one in statements if one.strip())
    outcomes = pl.read_parquet(page / "outcomes.parquet").filter("progressed")
    by = outcomes.group_by("most_numerous").agg(pl.len().alias("n"), pl.col("time_to_progression").median())
    assert back == by.sort(pl.col("n") * -1, "most_numerous").rows()
    assert sum(row[1] for row in back) == outcomes.height > 0
    summary = pl.read_parquet(page / "summary.parquet").with_columns(pl.col("type").cast(pl.String))
    mine = summary.filter(pl.col("type") == "ABCB1", pl.col("time").is_in([0.0, 126.0, 365.0]))
    assert counted == mine.select("time", "mean", "absent").rows()
    assert len(counted) == 3


def test_every_table_reads_the_same_elsewhere_and_as_csv(page: Path) -> None:
    tables = sorted(file.stem for file in page.glob("*.parquet"))
    assert tables == sorted(file.stem for file in page.glob("*.csv"))
    for name in tables:
        frame = pl.read_parquet(page / f"{name}.parquet")
        text = [pl.col(column).cast(pl.String) for column, kind in frame.schema.items() if kind == pl.Enum]
        frame = frame.with_columns(text)
        assert duckdb.read_parquet(str(page / f"{name}.parquet")).fetchall() == frame.rows()
        # A column of nulls has no type there.
        assert pl.read_csv(page / f"{name}.csv", schema=frame.schema).equals(frame)


def test_a_run_answers_what_the_scenario_asks(tmp_path: Path, capsys: Capture) -> None:
    out, file = tmp_path / "o", write(tmp_path, questions=EVERYTHING, progression=PROGRESSION)
    assert _run(["run", file, "--out", str(out), "--describe"]) == 0
    text = capsys.readouterr().out
    # The line that names the folder is as long as its name.
    assert max(map(len, text.splitlines()[:-1])) <= 80
    assert "asked besides: ranking, relapse time, attribution, toxicity" in " ".join(text.split())
    order = ["Regimens by rank", "Back at the size of", "What each part of", "Neutrophils by cycle"]
    assert sorted(map(text.index, order)) == list(map(text.index, order))
    scenario = ce.Scenario.load(file)
    assert pl.read_parquet(out / "attribution.parquet").equals(ce.attribution(scenario))
    assert pl.read_parquet(out / "toxicity.parquet").equals(ce.toxicity(scenario, without="carboplatin"))
    ranking = ce.rank_regimens(
        scenario,
        {scenario.regimen.name: scenario, **EVERYTHING["regimens"]},
        potencies=ce.Potency(drug="cisplatin", emax=1.0, basis="a test"),
        without="carboplatin",
    )
    assert set(ranking["status"]) == {"ok"}
    assert pl.read_parquet(out / "ranking.parquet").equals(ranking)
    found = pl.read_parquet(out / "relapse_time.parquet")
    law = ce.relapse_time(scenario, size=1e3)
    assert found["time"].to_list() == scenario.looks.tolist()
    assert np.abs(found["relapsed"].to_numpy() - law.cdf(scenario.looks)).max() < 2e-4
    assert set(found["method"]) == {"law"}
    # The same file ranks alone; and as JSON all is there.
    assert _run(["rank", file, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == ranking.to_dicts()
    assert _run(["run", file, "--out", str(tmp_path / "p"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["questions"]["ranking"] == ranking.to_dicts()


def test_relapses_of_many_mutants_are_those_of_the_tumors_that_were_simulated(tmp_path: Path) -> None:
    tumor = {**SMALL["tumor"], "alterations": [{"name": "ABCB1", "mutation": 2e-3}]}
    questions = {"ask": ["relapse_time", "ranking"], "regimens": {"two cycles": f"{BOTH} x2"}}
    file = write(tmp_path, tumor=tumor, questions=questions, progression=PROGRESSION)
    assert _run(["run", file, "--out", str(tmp_path / "o"), "--quiet"]) == 0
    found = pl.read_parquet(tmp_path / "o" / "relapse_time.parquet")
    scenario = ce.Scenario.load(file)
    ens = ce.simulate(scenario)
    expected = ce.answer(scenario, ens).relapse.cdf(scenario.looks).mean(axis=0)
    assert set(found["method"]) == {"histories"}
    assert np.abs(found["relapsed"].to_numpy() - expected).max() < 2e-4
    assert set(pl.read_parquet(tmp_path / "o" / "ranking.parquet")["method"]) == {"histories"}


def test_what_cannot_be_asked_is_an_error_before_any_work(tmp_path: Path, capsys: Capture) -> None:
    asked = {"ask": ["ranking", "toxicity"], "regimens": {"two cycles": f"{BOTH} x2"}}
    message = refused(capsys, "run", write(tmp_path, questions=asked), "--out", tmp_path / "o", "--quiet")
    assert "questions.ask[1], toxicity: regimen has drugs of which it is not known" in message
    assert not (tmp_path / "o").exists()
    twice = {**asked, "potencies": [{"drug": "docetaxel", "emax": 1.0, "basis": "a test"}]}
    message = refused(capsys, "run", write(tmp_path, questions=twice), "--out", tmp_path / "o", "--quiet")
    assert "questions.ask[0], ranking: potencies[0].drug must be of a drug that has no potency yet" in message
    assert "questions.regimens must name regimens to rank" in refused(capsys, "rank", write(tmp_path))


def test_no_regimen_takes_the_place_of_the_scenario_itself(tmp_path: Path, capsys: Capture) -> None:
    own = ce.Scenario.from_dict(SMALL).regimen.name
    asked = {"ask": ["ranking"], "regimens": {own: f"{BOTH} x2"}}
    for command in (("run", "--quiet", "--out", tmp_path / "o"), ("rank",)):
        message = refused(capsys, command[0], write(tmp_path, questions=asked), *command[1:])
        assert f"questions.regimens[{own}] must have another name: the row of the scenario itself has this" in message
    assert not (tmp_path / "o").exists()


def test_radiotherapy_alone_is_ranked_beside_regimens() -> None:
    name, course = "radiotherapy", {"dose": 2, "fractions": 5, "alpha": 0.3, "alpha_beta": 10}
    asked = {"ask": ["ranking"], "regimens": {"two cycles": f"{BOTH} x2"}, "potencies": SMALL["potencies"]}
    plain = {key: value for key, value in SMALL.items() if key not in ("regimen", "potencies")}
    own = {"radiotherapy": [course], "progression": PROGRESSION, "questions": asked}
    scenario = ce.Scenario.from_dict({**plain, **own})
    table = answered_before(scenario)["ranking"]
    assert table["status"].to_list() == ["ok", "ok"]
    cures = dict(table.select("regimen", "cure").rows())
    assert set(cures) == {name, "two cycles"}
    assert cures[name] == ce.cure_probability(scenario).value
    clash = scenario.replace({"questions.regimens": {name: f"{BOTH} x2"}})
    with pytest.raises(ce.ModelError, match=rf"questions\.regimens\[{name}\] must have another name"):
        answered_before(clash)


def test_what_rests_on_equations_is_refused_before_cells_that_compete_are_simulated(
    tmp_path: Path, capsys: Capture
) -> None:
    tumor = {**SMALL["tumor"], "capacity": 1e12, "alterations": [{"name": "ABCB1", "mutation": 2e-3}]}
    asked = {**EVERYTHING, "ask": ["toxicity", "relapse_time", "attribution", "ranking"]}
    file = write(tmp_path, tumor=tumor, questions=asked, progression=PROGRESSION)
    message = refused(capsys, "run", file, "--out", tmp_path / "o", "--quiet")
    for place, name in enumerate(asked["ask"]):
        rule = f"questions.ask[{place}] must be left out where cells compete (tumor.capacity)"
        assert (rule in message) == (name != "toxicity")
    assert not (tmp_path / "o").exists()
    assert "tumor.capacity makes cells compete" in refused(capsys, "rank", file)
    with pytest.raises(ce.ModelError, match=r"tumor\.capacity makes cells compete"):
        ce.rank_regimens(ce.Scenario.load(file), {"A": f"{BOTH} x2"}, replicates=5)
    # What they do to neutrophils is no question of cells.
    plain = ce.Scenario.load(file).replace({"questions.ask": ["toxicity"]})
    assert set(answered_before(plain)) == {"toxicity"}
    # A regimen that is without one is answered.
    mixed = {"as it is": ce.Scenario.load(file), "roomy": {"tumor.capacity": None, "tumor.alterations": ()}}
    assert ce.rank_regimens(ce.Scenario.load(file), mixed, relapse=False)["rank"].to_list() == [1, None]


def test_the_readme_says_what_every_column_is(tmp_path: Path) -> None:
    file = write(tmp_path, questions=EVERYTHING, progression=PROGRESSION)
    assert _run(["run", file, "--out", str(tmp_path / "o"), "--quiet", "--csv"]) == 0
    text = (tmp_path / "o" / "README.md").read_text(encoding="utf-8")
    for path in (tmp_path / "o").iterdir():
        assert f"`{path.name}`" in text or path.name == "README.md"
        if path.suffix == ".parquet":
            section = text.split(f"\n## {path.stem}\n")[1].split("\n## ")[0]
            schema = pl.read_parquet_schema(path)
            for column, kind in schema.items():
                line = f"| `{column}` | {kind.base_type()} | {TABLES[path.stem].meaning(column)} |"
                assert line in section.splitlines()
    with pytest.raises(KeyError):
        TABLES["outcomes"].meaning("another")
    made = json.loads((tmp_path / "o" / "provenance.json").read_text(encoding="utf-8"))
    assert set(made["files"]) == {path.name for path in (tmp_path / "o").iterdir()} - {"provenance.json"}
    for name, noted in made["files"].items():
        content = (tmp_path / "o" / name).read_bytes()
        assert noted == {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_tables_of_a_run_before_go_and_what_is_not_its_own_stays(tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "o"
    asked = {"ask": ["attribution"]}
    assert _run(["run", write(tmp_path, questions=asked), "--out", str(out), "--quiet", "--csv"]) == 0
    (out / "mine.csv").write_text("mine")
    assert _run(["run", write(tmp_path), "--out", str(out), "--quiet", "--overwrite"]) == 0
    tables = {"outcomes.parquet", "trajectories.parquet", "summary.parquet"}
    assert {path.name for path in out.iterdir()} == {*tables, "README.md", "provenance.json", "mine.csv"}
    # A CSV that somebody made of a table is theirs.
    (out / "outcomes.csv").write_text("mine")
    assert _run(["run", write(tmp_path), "--out", str(out), "--quiet", "--overwrite"]) == 0
    assert (out / "outcomes.csv").read_text() == "mine"
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "README.md").write_text("# Mine\n")
    for more in ((), ("--overwrite",)):
        message = refused(capsys, "run", write(tmp_path), "--out", tmp_path / "p", *more)
        assert "has a README.md that is not one of results" in message
    assert [path.name for path in (tmp_path / "p").iterdir()] == ["README.md"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ask": ["toxicity", "toxicity"]}, "questions.ask[1] must appear once; got 'toxicity'"),
        ({"ask": "ranking"}, "questions.regimens must name a regimen where a ranking is asked for"),
        ({"ask": ["relapse"]}, "questions.ask[0] must be"),
        ({"regimens": {"A": "docetaxol"}}, "questions.regimens[A] must be the name of a regimen that ships"),
        ({"regimens": {"A": "docetaxel 75 mg/m3 q21d"}}, "questions.regimens[A] must be one line as Regimen.parse"),
        ({"by": "kure"}, "questions.by must be"),
    ],
)
def test_wrong_questions(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ce.ModelError, match=re.escape(message)):
        ce.Scenario.from_dict({**SMALL, "questions": changes})


def test_questions_are_part_of_a_scenario_and_change_no_answer_of_it() -> None:
    plain = ce.Scenario.from_dict(SMALL)
    asked = plain.replace({"questions": EVERYTHING})
    assert "questions" not in plain.to_dict()
    assert ce.Scenario.from_toml(asked.to_toml()) == asked != plain
    assert asked.questions is not None
    assert asked.questions.regimens["two cycles"] == f"{BOTH} x2"
    assert not [path for path in ce.sensitivities(asked, initial={"sensitive": 9})["parameter"] if "questions" in path]
    assert ce.cure_probability(asked) == ce.cure_probability(plain)
