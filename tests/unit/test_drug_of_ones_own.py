"""A drug of one's own: in Python, by file, and what is wrong with it said in one message."""

from __future__ import annotations

from typing import Any

import pytest

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.pharmacology import Covariate, Drug, Figure, Patient


def test_a_drug_of_ones_own_in_ten_lines() -> None:
    mine = ce.Drug(
        name="mine",
        drug_class="anthracycline",
        molar_mass=543.5,
        fraction_unbound=0.25,
        kinetics=ce.Kinetics(clearance=62.4, volume=17.7, peripherals=[(50.7, 1830), (28.4, 71)]),
        potency={"ec50": 0.2, "hill": 1},  # type: ignore[arg-type]
    )
    dose = ce.Dose(drug="mine", amount=50, unit="mg", duration_hours=1)
    regimen = ce.Regimen(name="one", phases=[ce.Phase(cycle_length_days=21, cycles=1, doses=[dose])])
    shown = pharmacology.concentration(regimen, Patient(), mine, [1 / 24])
    assert shown["total_mg_per_l"][0] > 0


def test_a_drug_of_ones_own_by_file_with_every_part() -> None:
    drug = Drug.from_toml(
        """
        name = "mine"
        drug_class = "PARP inhibitor"
        molar_mass = 400
        without_binding = "not measured."
        routes = "oral"
        mode = "cytotoxic"
        limits = { cap = 400 }
        [kinetics]
        volume = 20
        saturable = { vmax = 30, km = 0.5 }
        absorption = { rate = 1.2, stages = 3, lag = 0.5, bioavailability = 0.4 }
        covariates = { parameter = "volume", of = "weight", reference = 70, exponent = 1 }
        correlations = { first = "clearance", second = "volume", value = -0.2 }
        [[metabolites]]
        name = "M1"
        molar_mass = 380
        fraction = 0.2
        clearance = 40
        volume = 15
        [[inhibits]]
        mechanism = "ABCB1"
        ki = 0.1
        """
    )
    assert Drug.from_toml(drug.to_toml()) == drug
    assert drug.kinetics.absorption is not None
    assert drug.kinetics.absorption.stages == 3
    assert drug.inhibits[0].ki == Figure(value=0.1, unit="uM")


OWN = {"name": "mine", "drug_class": "own", "molar_mass": 500, "fraction_unbound": 0.1}
LINEAR = {"clearance": 10, "volume": 10}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "both": ({"kinetics": LINEAR, "without_kinetics": "x."}, "without_kinetics must not be given beside kinetics; got"),
    "cv in percent": ({"kinetics": {**LINEAR, "volume": {"value": 10, "cv": 29}}}, "29 looks like %: write 0.29."),
    "stages": ({"kinetics": {**LINEAR, "absorption": {"rate": 1, "stages": 0}}}, "stages must be >= 1; got 0."),
    "many stages": (
        {"kinetics": {**LINEAR, "absorption": {"rate": 1, "stages": 51}}},
        "kinetics.absorption.stages must be <= 50; got 51.",
    ),
    "share": (
        {"kinetics": {**LINEAR, "absorption": {"rate": 1, "bioavailability": {"value": 40, "unit": "1"}}}},
        "kinetics.absorption.bioavailability.value must be <= 1; got 40. 40 looks like %: write 0.4.",
    ),
    "lag in minutes": ({"kinetics": {**LINEAR, "absorption": {"rate": 1, "lag": 30}}}, "minutes: write 0.5."),
    "km in nM": ({"kinetics": {"volume": 3, "saturable": {"vmax": 30, "km": 44_000}}}, "nM (write 44)"),
    "two forms of a peripheral": (
        {"kinetics": {**LINEAR, "peripherals": {"exchange": 1, "volume": 3, "rate_back": 1}}},
        "kinetics.peripherals[0] must have either exchange and volume, or rate_out and rate_back.",
    ),
    "no form of a covariate": (
        {"kinetics": {**LINEAR, "covariates": {"parameter": "clearance", "of": "bsa", "exponent": 1}}},
        "kinetics.covariates[0] must have a reference and either exponent or slope, where it is of bsa.",
    ),
    "a sex with a reference": (
        {"kinetics": {**LINEAR, "covariates": {"parameter": "clearance", "of": "sex", "reference": 1, "male": 1.1}}},
        "kinetics.covariates[0] must have male or female, and nothing else, where it is of sex.",
    ),
    "a range the wrong way round": (
        {
            "kinetics": {
                **LINEAR,
                "covariates": {"parameter": "volume", "of": "age", "reference": 60, "exponent": 1, "low": 9, "high": 3},
            }
        },
        "kinetics.covariates[0].high must be above low = 9; got 3.",
    ),
    "a factor below 0": (
        {
            "kinetics": {
                **LINEAR,
                "covariates": {"parameter": "volume", "of": "bsa", "reference": 1.95, "slope": 0.77, "low": 0.5},
            }
        },
        "kinetics.covariates[0].low must be given, and leave a factor above 0; got 0.5.",
    ),
    "a correlation of one": (
        {"kinetics": {**LINEAR, "correlations": {"first": "volume", "second": "volume", "value": 0.1}}},
        "kinetics.correlations[0].second must be another parameter than first; got 'volume'.",
    ),
    "a correlation without a source": (
        {"kinetics": {**LINEAR, "correlations": {"first": "volume", "second": "clearance", "value": 0.1, "tag": "R"}}},
        "kinetics.correlations[0].cite must be given for a correlation tagged 'R'.",
    ),
    "a correlation of another source": (
        {"kinetics": {**LINEAR, "correlations": {"first": "volume", "second": "clearance", "value": 0, "cite": "x"}}},
        "kinetics.correlations[0].cite must be a key of citations; got 'x'.",
    ),
    "no limits": ({"kinetics": LINEAR, "limits": {}}, "limits must have cap or cumulative; got none of them."),
    "a route": ({"kinetics": LINEAR, "routes": "by air"}, "routes[0] must be one of 'iv', 'oral', 'sc', 'ip'"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_drug_is_one_message(name: str) -> None:
    given, said = WRONG[name]
    with pytest.raises(ce.ModelError) as caught:
        Drug(**{**OWN, **given})
    assert len(caught.value.problems) == 1, caught.value.problems
    assert said in str(caught.value)


def test_a_falling_slope_needs_an_end() -> None:
    with pytest.raises(ce.ModelError, match="high must be given, and leave a factor above 0"):
        Covariate(parameter="clearance", of="age", reference=60, slope=0.01, falls=True)
    assert Covariate(parameter="clearance", of="age", reference=60, slope=0.01, falls=True, high=90).factor(
        Patient(age=80)
    ) == pytest.approx(0.8)
