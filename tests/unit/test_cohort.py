"""Patients drawn from a population: their laws, their independence of everything else, and frames of one's own.

Every check of a moment has a false-alarm level of 1e-7 (5.33 standard errors); a fresh seed would raise one of all of
them with less than 1e-5.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import chemoevo as ce
from chemoevo.pharmacology import Correlation, Figure, Peripheral, cohort, draws, population
from chemoevo.pharmacology.cohort import patients

REGIMEN = ce.regimens.docetaxel_carboplatin()
LEVEL = 5.33
MANY = 20_000
COVARIATES = ["patient.sex", "patient.age", "patient.weight", "patient.bsa", "patient.gfr"]


def factor(drug: str, name: str) -> str:
    return f"patient.factors[{drug}].{name}"


@pytest.fixture(scope="module")
def many() -> pl.DataFrame:
    return patients(MANY, seed=7)


def check_mean(values: Any, expected: float, what: str = "") -> None:
    array = np.asarray(values, dtype=np.float64)
    error = array.std(ddof=1) / math.sqrt(len(array))
    assert abs(array.mean() - expected) < LEVEL * error, (what, array.mean(), expected, error)


def check_spread(logs: Any, expected: float, what: str = "") -> None:
    """Standard deviation of normal numbers, by the law of their variance."""
    found = np.asarray(logs).std(ddof=1)
    assert abs(found / expected - 1) < LEVEL / math.sqrt(2 * (len(logs) - 1)), (what, found, expected)


SPREADS = {
    factor("docetaxel", "clearance"): 0.294,
    factor("docetaxel", "volume"): 0.378,
    factor("docetaxel", "exchange_2"): 0.203,
    factor("carboplatin", "clearance"): 0.194,
    factor("carboplatin", "volume"): 0.145,
}


@pytest.mark.parametrize("path", SPREADS)
def test_factors_are_lognormal_with_the_published_coefficient(many: pl.DataFrame, path: str) -> None:
    logs = many[path].log()
    check_mean(logs, 0.0, "the median is 1")
    check_spread(logs, math.sqrt(math.log(1 + SPREADS[path] ** 2)))
    check_mean(many[path], math.sqrt(1 + SPREADS[path] ** 2), "the mean is above it")
    # 5 and 95 %: a share of many independent ones.
    spread = math.sqrt(math.log(1 + SPREADS[path] ** 2))
    below = (many[path] < math.exp(-1.6448536269514722 * spread)).mean()
    assert abs(float(below) - 0.05) < LEVEL * math.sqrt(0.05 * 0.95 / MANY)  # type: ignore[arg-type]


def test_planted_errors_are_seen(many: pl.DataFrame) -> None:
    logs = many[factor("docetaxel", "volume")].log().to_numpy()
    spread = math.sqrt(math.log(1 + 0.378**2))
    wrong: dict[str, tuple[Any, float]] = {
        "a coefficient off by 5 %": (logs, math.sqrt(math.log(1 + (1.05 * 0.378) ** 2))),
        "the coefficient taken for the spread of the logarithm": (logs * 0.378 / spread, spread),
    }
    for what, (values, expected) in wrong.items():
        with pytest.raises(AssertionError):
            check_spread(values, expected, what)
    with pytest.raises(AssertionError):
        check_mean(logs - spread**2 / 2, 0.0, "factors of mean 1")
    with pytest.raises(AssertionError):
        check_mean(many["patient.bsa"].gather_every(2), 1.05 * many["patient.bsa"].mean())  # type: ignore[operator]


def test_rate_constants_vary_as_published(many: pl.DataFrame) -> None:
    # What varies are k12 and k21, apart from the volume: k12 = Q/V1, k21 = Q/V2.
    volume, exchange, side = (
        many[factor("carboplatin", name)].log().to_numpy() for name in ("volume", "exchange", "peripheral_volume")
    )
    out, back = exchange - volume, exchange - side
    check_spread(out, math.sqrt(math.log(1 + 0.482**2)))
    check_spread(back, math.sqrt(math.log(1 + 0.436**2)))
    for a, b in ((out, volume), (back, volume), (out, back)):
        assert abs(np.corrcoef(a, b)[0, 1]) < LEVEL / math.sqrt(MANY)


def test_factors_of_different_things_are_independent(many: pl.DataFrame) -> None:
    logs = np.log(many.select(list(SPREADS)).to_numpy())
    apart = np.corrcoef(logs, rowvar=False)[np.triu_indices(len(SPREADS), 1)]
    assert np.abs(apart).max() < LEVEL / math.sqrt(MANY)


def test_covariates_are_those_of_the_sources(many: pl.DataFrame) -> None:
    women = many.filter(pl.col("patient.sex") == "female")
    men = many.filter(pl.col("patient.sex") == "male")
    assert len(women) + len(men) == MANY
    check_mean(many["patient.sex"] == "female", 2476 / 3873)
    for some, weight, spread, bsa in ((women, 71.94, 15.0, 1.78), (men, 83.43, 15.8, 2.00)):
        check_mean(some["patient.weight"], weight)
        check_mean(some["patient.bsa"], bsa)
        check_spread(some["patient.weight"].log(), math.sqrt(math.log(1 + (spread / weight) ** 2)))
        # Surface goes with weight alone.
        slope = np.polyfit(some["patient.weight"].log(), some["patient.bsa"].log(), 1)[0]
        assert slope == pytest.approx(0.6466, rel=1e-9)
    assert many["patient.age"].is_between(23, 87).all()
    assert many["patient.weight"].is_between(34, 168).all()
    # The ends of the range, 3.4 and 2.3 standard deviations away, take some off: integrated elsewhere.
    check_mean(many["patient.age"], 60.81758)
    filtration = many["patient.gfr"] / many["patient.bsa"] * 1.73
    check_mean(filtration, 78.5 * math.exp(0.00702 * 0.282))
    slope = np.polyfit(many["patient.age"], filtration.log(), 1)[0]
    assert slope == pytest.approx(math.log(0.993), abs=LEVEL * 0.26 / (10.9 * math.sqrt(MANY)))


def test_spreads_follow_from_the_intervals_of_the_sources() -> None:
    people = population.adults()
    for sex, half, number in ((people.women, 0.59, 2476), (people.men, 0.83, 1397)):
        assert sex.weight_spread.value == pytest.approx(half / 1.96 * math.sqrt(number), abs=0.06)
    assert people.women.share.value == pytest.approx(2476 / 3873, abs=5e-4)
    assert people.women.share.value + people.men.share.value == pytest.approx(1)
    # Where all have one power of weight, surfaces have the interval of the source, 0.01 m2 at each side.
    assert 1.96 * 0.6466 * 15.0 / 71.94 * 1.78 / math.sqrt(2476) == pytest.approx(0.01, abs=0.005)


def test_every_figure_has_a_source() -> None:
    found = list(population.adults().table())
    assert len(found) == 18
    assert all(unit and source for _, _, unit, source in found)
    data = population.adults().to_dict()
    data["all"]["age"]["cite"] = "nowhere"
    with pytest.raises(ce.ModelError, match=r"^all\.age\.cite must be a key of citations; got 'nowhere'\.$"):
        population.Population.from_dict(data)


def test_a_patient_is_the_same_however_many_there_are_and_whatever_else_is_drawn(many: pl.DataFrame) -> None:
    few = patients(10, seed=7)
    assert few.equals(many.head(10))
    one = ce.Regimen(
        name="one",
        phases=ce.Phase(cycle_length_days=21, cycles=1, doses=ce.Dose(drug="carboplatin", amount=6, unit="AUC")),
    )
    alone = patients(10, seed=7, like=one)
    assert alone.columns == [*COVARIATES, *(name for name in few.columns if "carboplatin" in name)]
    assert alone.equals(few.select(alone.columns))
    assert patients(10, seed=7, like=REGIMEN).columns[5:8] == list(SPREADS)[:3], "in the order of the regimen"


def test_seeds_give_other_patients(many: pl.DataFrame) -> None:
    other = patients(MANY, seed=8)
    for name in many.columns[1:]:
        assert abs(np.corrcoef(many[name], other[name])[0, 1]) < LEVEL / math.sqrt(MANY), name
        lagged = np.corrcoef(many[name][1:], many[name][:-1])[0, 1]
        assert abs(lagged) < LEVEL / math.sqrt(MANY), "patients of one seed are independent"
    assert len(patients(2, seed=2**70)) == 2


def test_names_of_streams_do_not_run_together() -> None:
    assert draws.uniform(1, 1, "a", "bc")[0] != draws.uniform(1, 1, "ab", "c")[0]
    assert draws.uniform(1, 1, "a")[0] != draws.uniform(1, 11, "a")[0]
    low, high = draws.normal(1000, 1, "x", low=-0.5, high=0.25).min(), draws.normal(1000, 1, "x", high=0.25).max()
    assert low >= -0.5
    assert high <= 0.25


def test_the_stream_stays() -> None:
    # A change needs an entry in the changelog: seeds give other patients.
    first = patients(2, seed=1, like=REGIMEN).row(1, named=True)
    assert first["patient.sex"] == "female"
    assert first["patient.weight"] == pytest.approx(93.516712, abs=1e-6)
    assert first[factor("carboplatin", "clearance")] == pytest.approx(0.909578, abs=1e-6)


def varied(value: float, unit: str, cv: float) -> Figure:
    return Figure(value=value, unit=unit, cv=cv)


def own(correlation: float) -> ce.Drug:
    kinetics = ce.Kinetics(
        clearance=varied(10, "L/h", 0.5),
        volume=varied(20, "L", 0.3),
        correlations=Correlation(first="volume", second="clearance", value=correlation),
    )
    return ce.Drug(name="mine", drug_class="a class", molar_mass=500, fraction_unbound=0.1, kinetics=kinetics)


def scenario(**more: Any) -> ce.Scenario:
    parts: dict[str, Any] = {
        "name": "a test",
        "tumor": ce.Tumor(birth=0.14, death=0.1, size=1e7, alterations=ce.Alteration(name="ABCB1", mutation=1e-6)),
        "surgery": ce.Surgery(residual_cells=100),
        "regimen": REGIMEN,
        "patient": ce.Patient(bsa=1.8, gfr=90),
        "potencies": [ce.Potency(drug=name, emax=1, basis="a test") for name in REGIMEN.drugs],
    }
    return ce.Scenario(**{**parts, **more})


@pytest.mark.parametrize("correlation", [0.8, -0.6])
def test_correlations_of_the_data_are_kept(correlation: float) -> None:
    dose = ce.Dose(drug="mine", amount=10, unit="mg")
    plan = scenario(
        regimen=ce.Regimen(name="one", phases=ce.Phase(cycle_length_days=21, cycles=1, doses=dose)),
        drugs=own(correlation),
        potencies=ce.Potency(drug="mine", emax=1, ec50=1, hill=1, basis="a test"),
        tumor=ce.Tumor(birth=0.14, death=0.1, size=1e7),
    )
    some = patients(MANY, seed=5, like=plan)
    assert some.columns == [*COVARIATES, factor("mine", "clearance"), factor("mine", "volume")]
    logs = np.log(some.select(some.columns[5:]).to_numpy())
    check_spread(logs[:, 0], math.sqrt(math.log(1.25)))
    check_spread(logs[:, 1], math.sqrt(math.log(1.09)))
    found = np.corrcoef(logs, rowvar=False)[0, 1]
    assert abs(found - correlation) < LEVEL * (1 - correlation**2) / math.sqrt(MANY)
    # A drug of one's own is known to the scenario: areas are dose over clearance.
    table = ce.exposure(plan, patient=some.head(20))
    areas = 10 / (10 * some.head(20)[factor("mine", "clearance")])
    np.testing.assert_allclose(table["auc_mg_h_per_L"], areas, rtol=1e-4)


def test_a_drug_without_variability_has_no_factors() -> None:
    drug = ce.Drug(
        name="mine",
        drug_class="a class",
        molar_mass=500,
        fraction_unbound=0.1,
        kinetics=ce.Kinetics(clearance=1, volume=1),
    )
    assert drug.kinetics.coefficients() == {}
    assert cohort._factors(drug, 3, 1) == {}


def test_rate_back_alone_moves_the_volume_alone() -> None:
    kinetics = ce.Kinetics(
        clearance=1, volume=1, peripherals=Peripheral(rate_out=0.1, rate_back=varied(0.2, "1/h", 0.3))
    )
    drug = ce.Drug(name="mine", drug_class="a class", molar_mass=500, fraction_unbound=0.1, kinetics=kinetics)
    found = cohort._factors(drug, 5, 1)
    assert list(found) == ["peripheral_volume"]
    assert (found["peripheral_volume"] != 1).all()


def test_patients_are_points_of_a_sweep_and_rows_are_changes() -> None:
    some = patients(4, seed=1, like=scenario())
    table = ce.sweep(scenario(), some)
    assert table["status"].to_list() == ["ok"] * 4
    assert table.columns[1 : 1 + len(some.columns)] == some.columns
    for row, cure in zip(some.iter_rows(named=True), table["cure"], strict=True):
        assert cure == pytest.approx(float(ce.cure_probability(scenario().replace(row))), rel=1e-9)
    assert patients(4, seed=1).select(some.columns).equals(some), "those of all drugs as well"
    assert ce.sweep(scenario(), patients(1, seed=1))["status"][0] == "ok"


def test_frames_of_ones_own() -> None:
    mine = {"id": ["Ada", "Bo"], "patient.bsa": [1.7, None], "patient.gfr": [90.0, 80.0]}
    mine |= {"patient.weight": [None, 80.0], "patient.height": [None, 180.0]}
    table = ce.exposure(REGIMEN, patient=pl.DataFrame(mine))
    assert table["patient"].unique(maintain_order=True).to_list() == ["Ada", "Bo"]
    other = ce.exposure(REGIMEN, patient=ce.Patient(weight=80, height=180, gfr=80))
    assert table.filter(patient="Bo").drop("patient").equals(other)
    assert ce.exposure(REGIMEN, patient=pd.DataFrame(mine)).equals(table)
    assert ce.exposure(REGIMEN, patient=pl.DataFrame(mine).lazy()).equals(table)
    renamed = pl.DataFrame(mine).rename({"id": "patient"})
    assert ce.exposure(REGIMEN, patient=renamed).equals(table)
    numbered = ce.exposure(REGIMEN, patient=renamed.drop("patient"))
    assert numbered["patient"].unique(maintain_order=True).to_list() == [0, 1]
    # A scenario knows its patient, whom rows change.
    plan = scenario()
    assert ce.exposure(plan).equals(ce.exposure(REGIMEN, patient=ce.Patient(bsa=1.8, gfr=90)))
    changed = ce.exposure(plan, patient=pl.DataFrame({"patient.bsa": [1.7]}))
    assert changed.drop("patient").equals(ce.exposure(REGIMEN, patient=ce.Patient(bsa=1.7, gfr=90)))


def test_columns_of_one_name_are_refused() -> None:
    twice = pd.DataFrame([[1.8, 1.7]], columns=["patient.bsa", "patient.bsa"])
    with pytest.raises(
        ce.ModelError, match=r"^patient must have columns of different names; got 'patient\.bsa' twice\.$"
    ):
        ce.exposure(REGIMEN, patient=twice)


def frame(**columns: Any) -> pl.DataFrame:
    return pl.DataFrame({f"patient.{name}": values for name, values in columns.items()}, strict=False)


TYPO = frame(**{"bza": [1.8], "factors[docetaxal].clearance": [1.0], "factors[docetaxel].clearence": [1.0]})
WRONG: dict[str, tuple[dict[str, Any], type[Exception], list[str]]] = {
    "paths": (
        {"patient": TYPO.with_columns(bsa=1.0)},
        ce.ModelError,
        [
            "patient['patient.bza'] must be a path of a patient, or 'patient' or 'id' for who it is. "
            "Did you mean 'patient.bsa'?",
            "patient['patient.factors[docetaxal].clearance'] is of a drug that is not known. Did you mean 'docetaxel'?",
            "patient['patient.factors[docetaxel].clearence'] must be a path of a patient, or 'patient' or 'id' for who "
            "it is. Did you mean 'patient.factors[docetaxel].clearance'?",
            "patient['bsa'] must be a path of a patient, or 'patient' or 'id' for who it is. "
            "Did you mean 'patient.bsa'?",
        ],
    ),
    "values": (
        {"patient": frame(bsa=[1.8, -1, 1e3]), "above": {"docetaxal": 1, "carboplatin": -1}},
        ce.ModelError,
        [
            "above[docetaxal] must be of a drug of the regimen, or of a metabolite of one. Did you mean 'docetaxel'?",
            "above[carboplatin] must be a concentration in uM, finite and > 0; got -1.",
            "patient[1].bsa must be > 0; got -1.0.",
            "patient[2].bsa must be from 0.001 to 8 m2; got 1000. 1000 looks like cm2: write 0.1.",
        ],
    ),
    "types": (
        {"patient": frame(bsa=["x", "1.8"])},
        TypeError,
        ["patient[0].bsa must be a number; got 'x' (str).", "patient[1].bsa must be a number; got '1.8' (str)."],
    ),
    "what doses ask for": (
        {"patient": frame(bsa=[1.8, None], gfr=[90.0] * 2)},
        ce.ModelError,
        ["patient[1].bsa is missing, for a dose in mg/m2. Give bsa (m2), or weight (kg) and height (cm)."],
    ),
    "many rows": ({"patient": frame(bsa=[-1.0] * 9)}, ce.ModelError, ["patient has 4 more rows with problems."]),
    "no rows": (
        {"patient": pl.DataFrame()},
        ce.ModelError,
        ["patient must have at least one row; got shape (0, 0)."],
    ),
    "two names": (
        {"patient": frame(bsa=[1.8]).with_columns(id=1, patient=2)},
        ce.ModelError,
        ["patient must have one column that says who it is; got ['patient', 'id']."],
    ),
    "nobody": (
        {"patient": 3, "above": 0.1, "drugs": "x"},
        TypeError,
        [
            "above must be a table {drug: concentration in uM}, such as {'docetaxel': 0.1}; got 0.1.",
            "drugs must be a Drug, a list of Drug or {name: Drug}; those that ship need not be named; got 'x'.",
            "patient must be a Patient, such as Patient(bsa=1.8, gfr=90), or a frame with one row per patient, as "
            "chemoevo.patients gives; got 3.",
        ],
    ),
    "no levels": ({"patient": frame(bsa=[1.8]), "above": {}}, ce.ModelError, ["above must have at least one drug."]),
}


@pytest.mark.parametrize("name", WRONG)
def test_everything_wrong_is_said_at_once(name: str) -> None:
    arguments, kind, sentences = WRONG[name]
    with pytest.raises(kind) as caught:
        ce.exposure(REGIMEN, **arguments)
    said = str(caught.value)
    for sentence in sentences:
        assert sentence in said, said
    assert len(sentences) == 1 or said.startswith(f"{len(sentences)} problems:")


def test_concentrations_refuse_the_same_and_their_times() -> None:
    with pytest.raises(TypeError) as caught:
        ce.concentrations(3, patient=None, times=[[-1]], drugs="x")  # type: ignore[arg-type]
    assert str(caught.value).startswith("4 problems:\n  - times must be one-dimensional; got shape (1, 1).\n")
    assert "regimen must be a Regimen or a Scenario; got 3." in str(caught.value)
    with pytest.raises(ce.ModelError, match=r"^times must be finite and >= 0\.$"):
        ce.concentrations(REGIMEN, patient=ce.Patient(bsa=1.8, gfr=90), times=[-1.0])
    with pytest.raises(ce.ModelError, match=r"^times make a table of [\d,]+ rows, which needs more memory than there"):
        ce.concentrations(REGIMEN, patient=patients(9, seed=1), times=np.broadcast_to(0.0, 10**7))
    dose = ce.Dose(drug="docetaxal", amount=1, unit="mg")
    plan = ce.Regimen(name="x", phases=ce.Phase(cycle_length_days=21, cycles=1, doses=dose))
    with pytest.raises(
        ce.ModelError, match=r"^regimen\.phases\[0\]\.doses\[0\]\.drug is not a known drug; got 'docetax"
    ):
        ce.concentrations(plan, patient=ce.Patient(), times=[1.0])


def test_arguments_of_patients() -> None:
    with pytest.raises(TypeError) as caught:
        patients(0, seed=-1, like=3)  # type: ignore[arg-type]
    assert str(caught.value).splitlines()[1:] == [
        "  - n must be a whole number from 1 to 10000000; got 0.",
        "  - seed must be a whole number >= 0; got -1.",
        "  - like must be a Scenario or a Regimen, whose drugs are meant, or None; got 3.",
    ]
    dose = ce.Dose(drug="docetaxal", amount=1, unit="mg")
    plan = ce.Regimen(name="x", phases=ce.Phase(cycle_length_days=21, cycles=1, doses=dose))
    with pytest.raises(
        ce.ModelError, match=r"^like must give drugs that ship; got 'docetaxal'\. Did you mean 'docetaxel'"
    ):
        patients(1, seed=1, like=plan)


def test_drugs_of_ones_own_are_drawn_without_a_scenario() -> None:
    kinetics = ce.Kinetics(clearance=Figure(value=5, unit="L/h", cv=0.3), volume=20)
    mine = ce.Drug(name="mine", drug_class="a class", molar_mass=500, fraction_unbound=0.1, kinetics=kinetics)
    plan = ce.Regimen.parse("mine 100 mg + docetaxel 75 mg/m2 over 1 h q21d x2")
    some = ce.patients(5, seed=1, like=plan, drugs=mine)
    assert "patient.factors[mine].clearance" in some.columns
    areas = ce.exposure(plan, patient=some, drugs=mine).filter(drug="mine", cycle=1)["auc_mg_h_per_L"]
    np.testing.assert_allclose(areas, 20 / some["patient.factors[mine].clearance"], rtol=1e-4)
    with pytest.raises(ce.ModelError, match=r"got 'mine'.*Your own drugs are named by drugs="):
        ce.patients(5, seed=1, like=plan)
