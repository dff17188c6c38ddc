"""How much kinetics differ between patients: what factors can carry, and that they do so exactly."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.pharmacology import Correlation, Figure, Peripheral, cohort, population, variability

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
        ("cabazitaxel", {"clearance": 0.388, "volume": 0.934}),
        ("irinotecan", {}),
    ],
)
def test_the_data_have_the_published_coefficients(name: str, expected: dict[str, float]) -> None:
    # As the data files have them, by path; what no factor can carry is left out.
    varies = population.varying(pharmacology.drug(name))
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
    by_rates = [side.rate_out is not None for side in model.peripherals]
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
    "a flow and rates": ([RATES[0], SIDES[1]], {"volume": 0.5, "exchange_2": 0.1}, [0, 0.5, 0, 0, 0.1, 0]),
}


@pytest.mark.parametrize("name", DRAWN)
def test_factors_are_what_was_drawn(name: str) -> None:
    sides, logs, expected = DRAWN[name]
    np.testing.assert_allclose(np.log(of_patient(kinetics(*sides), **logs)), expected, atol=1e-14)


def carried(model: ce.Kinetics) -> list[str]:
    return list(variability.coefficients(model.variation(), len(model.peripherals)))


def test_what_no_factor_can_carry_is_left_out() -> None:
    first = Peripheral(exchange=of(50.7, "L/h", 0.4), volume=of(1830, "L", 0.5))
    assert carried(kinetics(first)) == ["clearance", "volume", "exchange", "peripheral_volume"]
    assert carried(kinetics(first, SIDES[1])) == ["clearance", "volume", "exchange"]
    rates = Peripheral(rate_out=of(0.1, "1/h", 0.4), rate_back=of(0.2, "1/h", 0.4))
    assert carried(kinetics(rates)) == ["clearance", "volume", "rate_out", "rate_back"]
    assert carried(kinetics(rates, RATES[1])) == ["clearance", "volume"]


def test_exchanges_that_both_vary_are_independent() -> None:
    drawn = cohort._factors(pharmacology.drug("doxorubicin"), 20_000, 3)
    assert list(drawn) == ["clearance", "exchange", "exchange_2"]
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


@pytest.mark.parametrize(
    ("name", "words"), [("nutlin-3a", "has no kinetics"), ("paclitaxel", "saturate"), ("olaparib", "another route")]
)
def test_drugs_that_cannot_be_computed_say_so(name: str, words: str) -> None:
    patient = ce.Patient(bsa=1.8)
    for ask in (
        lambda: ce.exposure(regimen(name), patient=patient),
        lambda: ce.concentrations(regimen(name), patient=patient, times=[1]),
        lambda: ce.patients(2, seed=1, like=regimen(name)),
    ):
        with pytest.raises(ce.ModelError, match=rf"^'{name}' .*{words}"):
            ask()
    assert not [column for column in ce.patients(2, seed=1).columns if name in column]


def test_a_drug_without_unbound_share_has_an_exposure_and_no_unbound_concentration() -> None:
    patient = ce.Patient(bsa=1.8)
    assert len(ce.exposure(regimen("o6-benzylguanine"), patient=patient)) == 1
    with pytest.raises(ce.ModelError, match="has no unbound share"):
        ce.concentrations(regimen("o6-benzylguanine"), patient=patient, times=[1])
