"""`chemoevo describe` of regimens: for every one that ships and any patient of a cohort, in 80 columns."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import chemoevo as ce
from chemoevo.cli.main import _run
from tests.interface._command_line import SMALL, Capture, Write, refused

NUMBER = 12


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Patients who differ in everything that is drawn."""
    path = tmp_path_factory.mktemp("cohort") / "cohort.csv"
    ce.patients(NUMBER, seed=3, marrow="docetaxel-kloft2006").write_csv(path)
    return path


@pytest.mark.parametrize("name", ce.regimens.names())
def test_every_regimen_for_any_patient(name: str, cohort: Path, capsys: Capture) -> None:
    # Another patient for every regimen, the same in every run.
    who = ce.regimens.names().index(name) % NUMBER
    assert _run(["describe", name, "--patients", str(cohort), "--id", str(who)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert max(map(len, out.splitlines())) <= 80
    regimen = ce.regimens.regimen(name)
    assert out.startswith(f"Regimen: {regimen.name[:40]}")
    assert "Exposure in the first cycle" in out
    assert "Neutrophils" in out
    for drug in regimen.drugs:
        assert drug in out
    # What is said is what the frames say.
    row = ce.patients(NUMBER, seed=3, marrow="docetaxel-kloft2006").row(who, named=True)
    patient = ce.Patient().replace({path.removeprefix("patient."): value for path, value in row.items()})
    first = regimen.phases[0].doses[0]
    assert f"{first.quantity(patient):.4g}" in out
    assert out == f"{regimen.describe(patient)}\n"


def test_doses_exposures_and_nadirs_are_those_of_the_frames() -> None:
    regimen, patient = ce.regimens.docetaxel(), ce.Patient(bsa=1.6)
    text = regimen.describe(patient)
    exposure = ce.exposure(regimen, patient=patient).row(0, named=True)
    assert f"{exposure['c_max_mg_per_L']:.3g} mg/L" in text
    assert f"{exposure['auc_mg_h_per_L']:.3g} mg h/L" in text
    for row in ce.toxicity(regimen, patient=patient).iter_rows(named=True):
        days = f"{row['days_below_0_5']:.1f} +{row['days_below_1_0']:.1f} +{row['day_back_above_1_5']:.1f}"
        cells = rf"{row['cycle']} +{row['nadir']:.2g} +{row['day_of_nadir']:.1f} +{days}"
        assert re.search(rf"^  {cells}$", text, re.MULTILINE), cells


def test_what_is_not_known_is_said() -> None:
    patient = ce.Patient(bsa=1.8, gfr=90)
    folfirinox = ce.regimens.folfirinox().describe(patient)
    assert "leucovorin is not computed: no kinetics" in folfirinox
    assert "Neutrophils: not computed; it is not known what oxaliplatin" in folfirinox
    both = ce.regimens.docetaxel_carboplatin().describe(patient)
    assert "What carboplatin does to them is not known: true nadirs are lower." in both
    mine = ce.Regimen.parse("docetaxel 75 mg/m2 + moonshine 5 mg oral q21d x2").describe(patient)
    assert "moonshine is not computed: nothing is known of it." in mine
    no_way = ce.Regimen.parse("docetaxel 75 mg/m2 oral q21d x2").describe(patient)
    assert "docetaxel is not computed: regimen.phases[0].doses[0].route must be a route" in no_way
    late = ce.Regimen.parse("doxorubicin 60 mg/m2 q21d x2 then paclitaxel 80 mg/m2 over 1 h q7d x12").describe(patient)
    # Of cycles that give only what is not known, no nadir is shown.
    assert re.search(r"^  3 \(first\) ", late, re.MULTILINE)
    assert not re.search(r"^  [12] ", late, re.MULTILINE)


def test_many_cycles_are_three_lines() -> None:
    text = ce.Regimen.parse("paclitaxel 80 mg/m2 over 1 h q7d x12").describe(ce.Patient(bsa=1.8))
    assert "1 (first)" in text
    assert "12 (last)" in text
    assert text.count("(lowest)") == 1


def test_a_regimen_in_one_line_with_values_set(capsys: Capture) -> None:
    line = "docetaxel 75 mg/m2 over 1 h q21d x6"
    arguments = ["--set", "patient.bsa=2", "--set", "regimen.phases[0].cycles=1"]
    assert _run(["describe", line, *arguments]) == 0
    assert "150 mg over 1 h" in capsys.readouterr().out
    assert _run(["describe", line, "--json", *arguments]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["patient"]["bsa"] == 2
    assert made["regimen"]["phases"][0]["cycles"] == 1
    assert _run(["describe", "docetaxel"]) == 0
    out = capsys.readouterr().out
    assert "75 mg/m2" in out
    assert "--patients FILE --id ID" in " ".join(out.split())


def test_a_scenario_for_a_patient_of_a_table(write: Write, cohort: Path, capsys: Capture) -> None:
    assert _run(["describe", str(write()), "--patients", str(cohort), "--id", "3", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["patient"]["bsa"] != SMALL["patient"]["bsa"]
    assert _run(["describe", str(write())]) == 0
    assert "Neutrophils (1e9/L) by docetaxel-kloft2006" in capsys.readouterr().out


def test_what_cannot_be_described(cohort: Path, capsys: Capture) -> None:
    assert "Did you mean 'docetaxel'?" in refused(capsys, "describe", "docetaxal")
    assert "must be given together" in refused(capsys, "describe", "docetaxel", "--id", "3")
    assert "must be one of the patients" in refused(capsys, "describe", "docetaxel", "--patients", cohort, "--id", "99")
    assert "'patient.' or 'regimen.'" in refused(capsys, "describe", "docetaxel", "--set", "tumor.size=3")
    assert "patient.bsa is missing" in refused(capsys, "describe", "docetaxel", "--set", "patient.weight=70")
    assert "word 3, must be a unit" in refused(capsys, "describe", "docetaxel 75 mgm2 q21d")


def test_exposures_and_nadirs_of_drugs_in_some_cycles() -> None:
    patient = ce.Patient(bsa=1.8)
    once = ce.Regimen.parse("docetaxel 100 mg/m2 over 30 min q21d x1").describe(patient)
    peak = re.search(r"docetaxel +(\S+) mg/L", once)
    assert peak is not None
    for length, cycle in ((10.1, 7), (0.7, 8), (1.1, 4)):
        text = ce.Regimen.parse(f"docetaxel 100 mg/m2 over 30 min c{cycle} q{length}d x8").describe(patient)
        assert f"{peak[1]} mg/L" in text, length
    # The nadir of a dose in the first week is in the second.
    weekly = ce.Regimen.parse("docetaxel 100 mg/m2 over 1 h c1,4 q7d x6").describe(patient)
    assert re.search(r"^  1 +0\.22 +8\.4 ", weekly, re.MULTILINE)


def test_what_cannot_be_computed_is_left_out_of_both() -> None:
    patient = ce.Patient(bsa=1.8, gfr=90)
    text = ce.Regimen.parse("docetaxel 100 mg/m2 over 1 h + carboplatin 6 AUC oral q21d x2").describe(patient)
    assert "carboplatin is not computed: regimen.phases[0].doses[1]" in text
    assert re.search(r"^  1 +0\.22 +8\.4 ", text, re.MULTILINE)
    shipped = ce.pharmacology.drug("docetaxel")
    mine = shipped.replace({"kinetics": None, "without_kinetics": "a test"})
    text = ce.regimens.docetaxel().describe(patient, drugs=mine)
    assert "docetaxel is not computed: no kinetics (a test)." in text


def test_a_scenario_whose_regimen_is_longer_than_its_follow_up(write: Write) -> None:
    scenario = ce.Scenario.load(write())
    for cycles in (6, 200_000):
        text = scenario.replace({"regimen.phases[0].cycles": cycles}).describe()
        assert len(re.findall(r"^  [1-9] +0\.", text, re.MULTILINE)) == 3  # 60 days
    # A drug that comes after the horizon is one all the same.
    late = scenario.replace({"regimen.phases[0].doses[0].cycles": [5]})
    assert "docetaxel" in late.describe()
    assert ce.cure_probability(late).value < ce.cure_probability(scenario).value


def test_a_file_of_a_regimen(tmp_path: Path, capsys: Capture) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(ce.regimens.docetaxel().to_toml())
    assert _run(["describe", str(path), "--set", "patient.bsa=2"]) == 0
    assert "150 mg over 1 h" in capsys.readouterr().out
    said = refused(capsys, "describe", path, "--set", "patient.bsa=170")
    assert "patient.bsa must be from 0.001 to 8 m2; got 170" in said
    path.write_text(path.read_text().replace("75.0", "-75.0"))
    assert "mine.toml: phases[0].doses[0].amount must be > 0" in refused(capsys, "describe", path)


def test_names_of_patients_are_texts(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "some.csv").write_text("id,patient.bsa\n001,1.6\n002,2\n")
    assert _run(["describe", "docetaxel", "--patients", str(tmp_path / "some.csv"), "--id", "002"]) == 0
    assert "150 mg over 1 h" in capsys.readouterr().out
