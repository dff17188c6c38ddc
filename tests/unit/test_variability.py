"""How much kinetics differ between patients: what factors can carry, and that they do so exactly."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.pharmacology import (
    Absorption,
    Correlation,
    Figure,
    Metabolite,
    MetaboliteFactors,
    Peripheral,
    Saturable,
    cohort,
    variability,
)

SIDES = [(50.7, 1830), (28.4, 71)]


def of(value: float, unit: str, cv: float) -> Figure:
    return Figure(value=value, unit=unit, cv=cv)


def kinetics(*sides: Any, **more: Any) -> ce.Kinetics:
    given = {"clearance": of(62.4, "L/h", 0.3), "volume": of(17.7, "L", 0.2), "peripherals": sides}
    return ce.Kinetics(**{**given, **more})


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("docetaxel", {"clearance": 0.294, "volume": 0.378, "exchange_2": 0.203}),
        ("carboplatin", {"clearance": 0.194, "volume": 0.145, "rate_out": 0.482, "rate_back": 0.436}),
        ("doxorubicin", {"clearance": 0.229, "exchange": 0.641, "exchange_2": 0.282}),
        ("gemcitabine", {"clearance": 0.31, "volume": 0.39, "exchange": 0.44, "peripheral_volume": 0.64}),
        (
            "cabazitaxel",
            {"clearance": 0.388, "volume": 0.934, "rate_out": 0.84, "rate_out_2": 0.642, "rate_back_2": 0.282},
        ),
        (
            "paclitaxel",
            {
                "elimination_vmax": 0.27,
                "transfer_vmax": 0.267,
                "transfer_km": 0.66,
                "exchange": 0.495,
                "peripheral_volume": 0.362,
            },
        ),
        ("olaparib", {"clearance": 0.55, "volume": 0.32, "absorption_rate": 0.6}),
        ("irinotecan", {}),
    ],
)
def test_the_data_have_the_published_coefficients(name: str, expected: dict[str, float]) -> None:
    # As the data files have them, by path; what no factor can carry is left out.
    varies = pharmacology.drug(name).kinetics.coefficients()
    assert varies == expected
    assert list(varies) == list(expected)


def test_correlations_are_a_matrix_in_the_order_of_what_varies() -> None:
    known = [
        Correlation(first="volume", second="clearance", value=0.5),
        Correlation(first="exchange", second="volume", value=0.2),
        Correlation(first="clearance", second="peripheral_volume", value=0.9),
    ]
    matrix = variability.correlation(["clearance", "volume", "exchange", "exchange_2"], known)
    assert matrix.tolist() == [[1, 0.5, 0, 0], [0.5, 1, 0.2, 0.2], [0, 0.2, 1, 0], [0, 0.2, 0, 1]]


def test_the_second_exchange_has_a_factor_of_its_own() -> None:
    both = ce.Factors(exchange=2, exchange_2=3)
    _, _, sides = kinetics(*SIDES).parameters(ce.Patient(), both)
    assert sides == [(2 * 50.7, 1830), (6 * 28.4, 71)]


def of_patient(model: ce.Kinetics, **logs: float) -> list[float]:
    """Clearance, volume, and exchange and volume of the peripherals, relative to the typical ones."""
    by_rates = [side.rate_out is not None for side in model.exchanging]
    made = variability.factors({name: np.array([log]) for name, log in logs.items()}, by_rates)
    by = ce.Factors(**{name: float(factor[0]) for name, factor in made.items()})
    (clearance, volume, sides), typical = model.parameters(ce.Patient(), by), model.parameters(ce.Patient())
    flat = [clearance, volume, *(value for side in sides for value in side)]
    usual = [*typical[:2], *(value for side in typical[2] for value in side)]
    return [a / b for a, b in zip(flat, usual, strict=True)]


RATES = [Peripheral(rate_out=0.135, rate_back=0.215), Peripheral(rate_out=0.5, rate_back=0.01)]
DRAWN: dict[str, tuple[list[Any], dict[str, float], list[float]]] = {
    "flows of one": (SIDES[:1], {"exchange": 0.3, "peripheral_volume": -0.2}, [0, 0, 0.3, -0.2]),
    "the volume with flows": (SIDES[:1], {"volume": 0.5}, [0, 0.5, 0, 0]),
    "both exchanges": (SIDES, {"exchange": 0.3, "exchange_2": -0.2}, [0, 0, 0.3, 0, -0.2, 0]),
    "the first exchange alone": (SIDES, {"exchange": 0.3}, [0, 0, 0.3, 0, 0, 0]),
    "the second exchange alone": (SIDES, {"exchange_2": 0.3}, [0, 0, 0, 0, 0.3, 0]),
    # Q = k12 V1, V2 = k12 V1 / k21.
    "rates": (
        RATES[:1],
        {"clearance": 0.1, "volume": 0.5, "rate_out": 0.3, "rate_back": -0.2},
        [0.1, 0.5, 0.8, 1.0],
    ),
    "rate out": (RATES[:1], {"rate_out": 0.3}, [0, 0, 0.3, 0.3]),
    "rate back": (RATES[:1], {"rate_back": 0.3}, [0, 0, 0, -0.3]),
    "the volume with rates": (RATES, {"volume": 0.5}, [0, 0.5, 0.5, 0.5, 0.5, 0.5]),
    "two pairs of rates": (
        RATES,
        {"rate_out": 0.3, "rate_back": 0.1, "rate_out_2": -0.2, "rate_back_2": 0.5},
        [0, 0, 0.3, 0.2, -0.2, -0.7],
    ),
    "two volumes": (SIDES, {"peripheral_volume": 0.3, "peripheral_volume_2": -0.1}, [0, 0, 0, 0.3, 0, -0.1]),
    "a flow and rates": ([RATES[0], SIDES[1]], {"volume": 0.5, "exchange_2": 0.1}, [0, 0.5, 0.5, 0.5, 0.1, 0]),
}


@pytest.mark.parametrize("name", DRAWN)
def test_factors_are_what_was_drawn(name: str) -> None:
    sides, logs, expected = DRAWN[name]
    np.testing.assert_allclose(np.log(of_patient(kinetics(*sides), **logs)), expected, atol=1e-14)


def test_factors_carry_whatever_varies() -> None:
    # Every parameter of a drug, each with a coefficient of its own; what is asked of the core differs accordingly.
    first = Peripheral(exchange=of(50.7, "L/h", 0.4), volume=of(1830, "L", 0.5))
    rates = Peripheral(rate_out=of(0.1, "1/h", 0.4), rate_back=of(0.2, "1/h", 0.4))
    assert list(kinetics(first, rates).coefficients()) == [
        "clearance", "volume", "exchange", "peripheral_volume", "rate_out_2", "rate_back_2",
    ]  # fmt: skip
    flow = Saturable(vmax=of(30, "umol/h", 0.3), km=of(0.5, "uM", 0.3))
    side = Peripheral(saturable=flow, rate_back=1.2)
    gut = Absorption(rate=of(1.7, "1/h", 0.3), lag=of(0.2, "h", 0.3), bioavailability=of(0.3, "1", 0.3))
    everything = kinetics(side, first, saturable=flow, absorption=gut)
    made = Metabolite(
        name="M",
        molar_mass=400,
        fraction=of(0.3, "1", 0.3),
        clearance=of(10, "L/h", 0.3),
        volume=of(20, "L", 0.3),
        peripherals=first,
    )
    drug = ce.Drug(
        name="mine",
        drug_class="a class",
        molar_mass=500,
        fraction_unbound=0.1,
        kinetics=everything,
        metabolites=made,
    )
    drawn = cohort._factors(drug, 3, 1)
    fields = set(ce.Factors.model_fields) - {"metabolites", "exchange_2", "peripheral_volume_2"}
    fields |= {f"metabolites[M].{name}" for name in MetaboliteFactors.model_fields}
    assert set(drawn) == fields
    for name in fields:
        patient = ce.Patient().replace({f"factors[mine].{name}": 1.3})
        assert not same_body(drug, patient, ce.Patient()), name


def same_body(drug: ce.Drug, one: ce.Patient, other: ce.Patient) -> bool:
    dose = ce.Dose(drug="mine", amount=300, unit="mg", duration_hours=1, route="oral")
    plan = ce.Regimen(name="once", phases=ce.Phase(cycle_length_days=2, cycles=1, doses=dose))
    given = drug.replace({"routes": ["oral"]})
    tables = [ce.concentrations(plan, patient=who, times=[0.05, 0.2, 1.0], drugs=given)["uM"] for who in (one, other)]
    return bool(np.allclose(*tables, rtol=1e-9))


def test_two_that_are_one_and_the_same_have_a_correlation_of_one() -> None:
    varied = kinetics(Peripheral(exchange=of(50.7, "L/h", 0.3), volume=of(1830, "L", 0.2)), correlations=[
        pair("clearance", "exchange", 1), pair("volume", "peripheral_volume", 1), pair("clearance", "volume", 0.3),
        pair("clearance", "peripheral_volume", 0.3), pair("exchange", "volume", 0.3),
        pair("exchange", "peripheral_volume", 0.3),
    ])  # fmt: skip
    drug = ce.Drug(name="mine", drug_class="a class", molar_mass=500, fraction_unbound=0.1, kinetics=varied)
    drawn = cohort._factors(drug, 20_000, 3)
    np.testing.assert_allclose(drawn["exchange"], drawn["clearance"], rtol=1e-12)
    np.testing.assert_allclose(drawn["peripheral_volume"], drawn["volume"], rtol=1e-12)
    together = np.corrcoef(np.log(drawn["clearance"]), np.log(drawn["volume"]))[0, 1]
    # False-alarm level 1e-7: 5.33 standard errors.
    assert abs(together - 0.3) < 5.33 * (1 - 0.3**2) / np.sqrt(20_000)


def test_exchanges_that_both_vary_are_independent() -> None:
    drawn = cohort._factors(pharmacology.drug("doxorubicin"), 20_000, 3)
    assert list(drawn)[:3] == ["clearance", "exchange", "exchange_2"]
    first, second = np.log(drawn["exchange"]), np.log(drawn["exchange"] * drawn["exchange_2"])
    # False-alarm level 1e-7 each: 5.33 standard errors.
    assert abs(np.corrcoef(first, second)[0, 1]) < 5.33 / np.sqrt(20_000)
    for logs, cv in ((first, 0.641), (second, 0.282)):
        assert abs(logs.std() / np.sqrt(np.log1p(cv**2)) - 1) < 5.33 / np.sqrt(40_000)


def pair(first: str, second: str, value: float) -> dict[str, Any]:
    return {"first": first, "second": second, "value": value}


WRONG = {
    "twice": (
        [pair("clearance", "volume", 0.5), pair("volume", "clearance", 0.5)],
        "correlations[1] must be given once for a pair: volume and clearance.",
    ),
    "contradictory": (
        [pair("clearance", "volume", 0.9), pair("volume", "exchange", 0.9), pair("clearance", "exchange", -0.9)],
        "correlations must go together: some number of patients must be able to have them all.",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_meant_is_refused(name: str) -> None:
    known, words = WRONG[name]
    with pytest.raises(ce.ModelError, match=f"^{re.escape(words)}$"):
        kinetics(Peripheral(exchange=of(50.7, "L/h", 0.4), volume=1830), correlations=known)


def regimen(name: str) -> ce.Regimen:
    dose = ce.Dose(drug=name, amount=100, unit="mg")
    return ce.Regimen(name="one", phases=ce.Phase(cycle_length_days=21, cycles=1, doses=dose))


@pytest.mark.parametrize(("name", "words"), [("nutlin-3a", "has no kinetics"), ("chlorambucil", "has no kinetics")])
def test_drugs_that_cannot_be_computed_say_so(name: str, words: str) -> None:
    patient = ce.Patient(bsa=1.8)
    for ask in (
        lambda: ce.exposure(regimen(name), patient=patient),
        lambda: ce.concentrations(regimen(name), patient=patient, times=[1]),
    ):
        with pytest.raises(ce.ModelError, match=rf"^'{name}' .*{words}"):
            ask()
    assert not [column for column in ce.patients(2, seed=1).columns if name in column]


def test_a_drug_without_unbound_share_has_an_exposure_and_no_unbound_concentration() -> None:
    patient = ce.Patient(bsa=1.8)
    data = pharmacology.drug("o6-benzylguanine").to_dict()
    data.pop("fraction_unbound")
    own = {"drugs": [ce.Drug(**data, without_binding="no source was found.")]}
    assert len(ce.exposure(regimen("o6-benzylguanine"), patient=patient, **own)) == 1  # type: ignore[arg-type]
    table = ce.concentrations(regimen("o6-benzylguanine"), patient=patient, times=[1], **own)  # type: ignore[arg-type]
    assert table.filter(compartment="unbound")["uM"].to_list() == [None]
    assert table.filter(compartment="plasma")["uM"][0] > 0
