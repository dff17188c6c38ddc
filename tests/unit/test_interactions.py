"""How drugs act together: doses that add, the highest effect, a coefficient for a pair; against formulas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.resistance import Effect
from chemoevo.resistance.therapy import instant_rates
from chemoevo.scenario.under_therapy import under_therapy

FIRST, SECOND = "docetaxel", "second"
SHIPPED = pharmacology.drug(FIRST)
TWIN = SHIPPED.replace({"name": SECOND})
"""Docetaxel once more, under another name."""


def scenario(
    amounts: tuple[float, ...] = (75, 40), *, emax: tuple[float, ...] = (0.9, 0.9), **more: Any
) -> ce.Scenario:
    """Docetaxel and its twin, an hour apart, in a tumor with two alterations that touch one of them each."""
    names = [FIRST, SECOND][: len(amounts)]
    doses = [
        ce.Dose(drug=name, amount=amount, unit="mg/m2", duration_hours=1, start_hours=3 * k)
        for k, (name, amount) in enumerate(zip(names, amounts, strict=True))
    ]
    folds = [{FIRST: 5.0, SECOND: 1.0}, {FIRST: 1.0, SECOND: 3.0}]
    altered = [
        ce.Alteration(
            name=f"X{k}", mutation=1e-5, stage="repair", effects=[Effect(drug=n, fold=f) for n, f in fold.items()]
        )
        for k, fold in enumerate(folds)
    ]
    potencies = [
        ce.Potency(drug=name, emax=most, ec50=0.01 * (1 + k), hill=1.0 + k, basis="a test")
        for k, (name, most) in enumerate(zip(names, emax, strict=True))
    ]
    return ce.Scenario(
        **{
            "name": "a test",
            "tumor": ce.Tumor(birth=0.14, death=0.12, size=1e5, alterations=altered),
            "surgery": ce.Surgery(residual_cells=300),
            "regimen": ce.Regimen(name="both", phases=ce.Phase(cycle_length_days=14, cycles=3, doses=doses)),
            "patient": ce.Patient(bsa=1.8),
            "potencies": potencies,
            "drugs": [TWIN],
            "follow_up": ce.FollowUp(horizon=60),
            **more,
        }
    )


def acting(**fields: Any) -> ce.Interaction:
    return ce.Interaction(drugs=[FIRST, SECOND], basis="a test", **fields)


HOURS = np.array([0.5, 1.0, 3.2, 4.0, 9.0, 24.0, 100.0])


def effects(model: ce.Scenario) -> np.ndarray:
    """What is added to death: (times, genotypes)."""
    death = instant_rates(HOURS, **under_therapy(model)).death
    return death - model.tumor.death


def alone(model: ce.Scenario) -> list[tuple[np.ndarray, float, float]]:
    """Of each drug its doses in EC50 (times, genotypes), Hill exponent and Emax, by formulas of their own."""
    found = []
    for name in model.regimen.drugs:
        table = ce.concentrations(model, times=HOURS / 24).filter(drug=name, compartment="unbound")
        potency = next(one for one in model.potencies if one.drug == name)
        assert potency.ec50 is not None
        assert potency.hill is not None
        assert potency.emax is not None
        ec50 = []
        for genotype in model.genotypes.names:
            carried = [a for a in model.tumor.alterations if a.name in genotype.split("+")]
            ec50.append(
                potency.ec50 * math.prod(next(e.fold or 1.0 for e in a.effects if e.drug == name) for a in carried)
            )
        doses = table["uM"].to_numpy()[:, None] / np.array(ec50)
        found.append((doses, potency.hill, potency.emax))
    return found


def hill(dose: np.ndarray, power: float, most: float) -> np.ndarray:
    return most * dose**power / (1 + dose**power)


def loewe(parts: list[tuple[float, float, float]]) -> float:
    """By bisection in the isobole itself."""
    low, high = 0.0, max(most for _, _, most in parts)
    for _ in range(200):
        middle = (low + high) / 2
        units = sum(d * ((m - middle) / middle) ** (1 / h) for d, h, m in parts if middle < m)
        low, high = (middle, high) if units >= 1 else (low, middle)
    return low


FORMS = [{"alpha": -2.0}, {"alpha": 0.0}, {"alpha": 1.5}, {"how": "highest"}, {"how": "doses add"}]


@pytest.mark.parametrize("emax", [(0.9, 0.9), (0.9, 0.4)])
@pytest.mark.parametrize(
    "form", [{"alpha": -2.0}, {"alpha": 0.0}, {"alpha": 1.5}, {"how": "highest"}, {"how": "doses add"}]
)
def test_rates_of_every_genotype_are_those_of_the_formula(form: dict[str, Any], emax: tuple[float, float]) -> None:
    model = scenario(emax=emax, interactions=acting(**form))
    found, (one, two) = effects(model), alone(model)
    a, b = hill(*one), hill(*two)
    if "alpha" in form:
        wanted = a + b + form["alpha"] * a * b / np.maximum(a + b, 1e-300)
    elif form["how"] == "highest":
        wanted = np.maximum(a, b)
    else:
        wanted = np.array(
            [
                [loewe([(d[t, g], h, m) for d, h, m in (one, two) if d[t, g] > 0]) for g in range(a.shape[1])]
                for t in range(len(HOURS))
            ]
        )
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-15)


def cure(model: ce.Scenario) -> float:
    return ce.cure_probability(model).value


def test_a_drug_in_two_parts_is_one_by_doses_and_not_by_hazards() -> None:
    def parts(amounts: tuple[float, ...], **more: Any) -> ce.Scenario:
        made = scenario(amounts, emax=(0.9,) * len(amounts), tumor=ce.Tumor(birth=0.14, death=0.12, size=1e5), **more)
        same = {
            f"potencies[{k}].{name}": value
            for k in range(len(amounts))
            for name, value in (("ec50", 0.01), ("hill", 1.7))
        }
        at_once = {f"regimen.phases[0].doses[{k}].start_hours": 0 for k in range(len(amounts))}
        return made.replace({**same, **at_once})

    whole = parts((75,))
    halves = parts((45, 30), interactions=acting(how="doses add"))
    assert cure(halves) == pytest.approx(cure(whole), rel=1e-6)
    assert abs(cure(parts((45, 30))) / cure(whole) - 1) > 0.05
    # Of twins the highest effect is that of one.
    twins = parts((75, 75), interactions=acting(how="highest"))
    assert cure(twins) == pytest.approx(cure(whole), rel=1e-6)


def test_more_synergy_is_more_cure_and_zero_is_none() -> None:
    model = scenario()
    cures = [cure(model.replace({"interactions": [acting(alpha=alpha)]})) for alpha in (-4, -1, 0, 1, 4)]
    assert cures == sorted(cures)
    assert cures[0] < cures[-1] / 2
    assert cures[2] == pytest.approx(cure(model), rel=1e-3)
    # The order of the drugs says nothing.
    other = ce.Interaction(drugs=[SECOND, FIRST], alpha=1, basis="a test")
    assert cure(model.replace({"interactions": [other]})) == cures[3]


def test_the_derivative_by_the_coefficient() -> None:
    model = scenario(interactions=acting(alpha=0.5), simulation=ce.Simulation(tolerance=1e-6))
    path = "interactions[0].alpha"
    (row,) = ce.sensitivities(model, with_respect_to=[path]).iter_rows(named=True)
    ends = [math.log(cure(model.replace({path: 0.5 + step}))) for step in (-0.01, 0.01)]
    assert row["log_derivative"] == pytest.approx((ends[1] - ends[0]) / 0.02, rel=1e-4)


def test_it_is_said_and_comes_back() -> None:
    model = scenario(interactions=acting(how="doses add"))
    assert ce.Scenario.from_toml(model.to_toml()) == model
    for text in (str(model), model.describe()):
        assert "doses add, in units of EC50 (a test)" in text
        assert max(map(len, text.splitlines())) <= 80
    table = ce.citations(scenario(interactions=acting(alpha=0.5)))
    assert table.filter(part="together docetaxel, second").select("number", "value", "source").row(0) == (
        "alpha", 0.5, "a test",
    )  # fmt: skip
    assert repr(acting(alpha=-1)) == "Interaction(docetaxel, second: alpha -1)"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "neither": ({}, "must have either how"),
    "both": ({"how": "highest", "alpha": 1}, "must have either how"),
    "too much": ({"alpha": -5}, "alpha must be >= -4"),
    "three": ({"alpha": 1, "drugs": ["a", "b", "c"]}, "drugs must be two where alpha is given"),
    "itself": ({"alpha": 1, "drugs": ["a", "a"]}, "drugs[1] must be another drug"),
    "one": ({"how": "highest", "drugs": ["a"]}, "drugs must have at least 2"),
    "no reason": ({"alpha": 1, "basis": None}, "basis"),
}


@pytest.mark.parametrize("name", WRONG)
def test_interactions_that_are_none(name: str) -> None:
    fields, said = WRONG[name]
    with pytest.raises((ce.ModelError, TypeError)) as error:
        ce.Interaction(**{"drugs": [FIRST, SECOND], "basis": "a test", **fields})
    assert said in str(error.value)


def test_interactions_that_do_not_fit_a_scenario() -> None:
    others = [
        ce.Interaction(drugs=[FIRST, "docetaxal"], alpha=1, basis="a test"),
        acting(how="highest"),
        acting(alpha=-3),
        acting(alpha=-3),
    ]
    with pytest.raises(ce.ModelError) as error:
        scenario(interactions=others)
    for said in (
        "interactions[0].drugs[1] must be a drug of the regimen; got 'docetaxal'. Did you mean 'docetaxel'?",
        "interactions[2].drugs[0] must be in no other interaction",
        "interactions[3].drugs must be a pair that is given once",
        "interactions must have coefficients below 0 of docetaxel that sum to at least -4; got -6",
    ):
        assert said in str(error.value), said
    slow = [
        ce.Potency(drug=FIRST, emax=0.5, mode="cytostatic", basis="a test"),
        ce.Potency(drug=SECOND, emax=0.5, basis="a test"),
    ]
    with pytest.raises(ce.ModelError, match=r"interactions\[0\]\.drugs\[0\] must be cytotoxic"):
        scenario(interactions=acting(alpha=1), potencies=slow)
