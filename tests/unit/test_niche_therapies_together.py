"""Several niche therapies that change one thing in one niche: their factors multiply, everywhere."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import chemoevo as ce
from chemoevo.resistance.therapy import oxygen_at
from chemoevo.scenario import compilation
from chemoevo.scenario.pulses import instants
from chemoevo.scenario.under_therapy import under_therapy
from chemoevo.testing import niche_therapies
from tests.unit.both_answers import p_value

HOURS = np.array([1.0, 30.0, 73.0, 75.0, 90.0, 150.0, 300.0])


def own(name: str, clearance: float, volume: float, **more: Any) -> ce.Drug:
    return ce.Drug(
        name=name,
        drug_class=f"class of {name}",
        molar_mass=1000,
        fraction_unbound=1,
        kinetics=ce.Kinetics(clearance=clearance, volume=volume),
        **more,
    )


AGENTS = [own(name, 0.03, 3.0, mode="vascular") for name in ("antibody", "enzyme")]
POISON = own("poison", 1.0, 10.0)
OPENS, CLOSES = ce.Delay(stages=2, rate=0.8), ce.Delay(stages=4, rate=0.5)


def therapy(drug: str, **changes: Any) -> ce.NicheTherapy:
    given = {"drug": drug, "ec50": 30.0, "hill": 1.3, "opens": OPENS, "closes": CLOSES, "basis": "a test", **changes}
    return ce.NicheTherapy(**given)


def scenario(
    *therapies: ce.NicheTherapy, lag: float | None = 5.0, half: float | None = 3.0, **changes: Any
) -> ce.Scenario:
    """A drug that is made in hypoxia, unless `half` is None, and two agents given alike."""
    access = {"poison": ce.Access(ratio=0.4, lag_hours=lag)}
    kept: dict[str, Any] = {
        "name": "a test",
        "tumor": ce.Tumor(birth=0.4, death=0.1, size=100, niches=[ce.Niche(name="far", oxygen=5, penetration=access)]),
        "regimen": "antibody 300 mg + enzyme 300 mg + poison 100 mg d4 q40d x1",
        "patient": ce.Patient(bsa=1.8),
        "drugs": [*AGENTS, POISON],
        "inert": [agent.name for agent in AGENTS if agent.name not in {one.drug for one in therapies}],
        "potencies": [ce.Potency(drug="poison", emax=8, ec50=1, hill=1, hypoxia_half=half, basis="a test")],
        "niche_therapies": therapies,
        "assume_untouched": True,
        "follow_up": ce.FollowUp(horizon=30, looks_every=10),
        **changes,
    }
    return ce.Scenario(**kept)


def rates(model: ce.Scenario) -> NDArray[np.float64]:
    """Births and deaths at the hours."""
    found = compilation.rates_at(model, HOURS)
    return np.concatenate([found.birth, found.death], axis=1)


def oxygen(model: ce.Scenario) -> NDArray[np.float64]:
    return oxygen_at(HOURS, **under_therapy(model))


def halves(gain: float, loss: float) -> tuple[ce.NicheTherapy, ce.NicheTherapy]:
    """What opens by one agent, and what closes by the other."""
    opened, closed = ce.Opening(gain=gain), ce.Opening(loss=loss)
    return (
        therapy("antibody", delivery={"other": opened}, oxygen=opened),
        therapy("enzyme", delivery={"poison": closed}, oxygen=closed),
    )


@pytest.mark.parametrize("lag", [5.0, None])
@pytest.mark.parametrize(("gain", "loss"), [(1.0, 0.6), (-0.5, 0.3), (4.0, 1.0)])
def test_one_that_gains_and_one_that_loses_are_one_that_does_both(gain: float, loss: float, lag: float | None) -> None:
    whole = ce.Opening(gain=gain, loss=loss)
    one = scenario(therapy("antibody", delivery={"other": whole}, oxygen=whole), lag=lag)
    two = scenario(*halves(gain, loss), lag=lag)
    np.testing.assert_allclose(oxygen(two), oxygen(one), rtol=1e-12)
    np.testing.assert_allclose(rates(two), rates(one), rtol=1e-9, atol=1e-14)
    # Either alone is another.
    for half in halves(gain, loss):
        assert np.abs(rates(scenario(half, lag=lag)) / rates(one) - 1).max() > 0.01


def test_oxygen_is_the_product_wherever_it_acts() -> None:
    """In rates, and in fractions of radiation, whose cells meet the oxygen of their day."""
    course = ce.Radiotherapy(dose=2, days=[2, 4, 8], alpha=0.3, beta=0.03)
    two = scenario(*halves(1.0, 0.6), radiotherapy=course)
    alone = [scenario(half) for half in halves(1.0, 0.6)]
    np.testing.assert_allclose(oxygen(two), oxygen(alone[0]) * oxygen(alone[1]), rtol=1e-12)
    _, survivals = instants(two)
    days = 24.0 * np.array([2.0, 4.0, 8.0])
    factors = np.prod([oxygen_at(days, **under_therapy(one))[0] for one in alone], axis=0)
    np.testing.assert_allclose(survivals[:, 0], course.survival(5.0 * factors), rtol=1e-12)


@settings(max_examples=25, deadline=None)
@given(
    niche_therapies(drug="antibody", delivered=("poison", "class of poison", "other")),
    niche_therapies(drug="enzyme", delivered=("poison", "class of poison", "other")),
    st.sampled_from([None, 5.0]),
)
def test_the_order_does_not_matter(one: ce.NicheTherapy, other: ce.NicheTherapy, lag: float | None) -> None:
    first, second = scenario(one, other, lag=lag), scenario(other, one, lag=lag)
    np.testing.assert_allclose(oxygen(first), oxygen(second), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(rates(first), rates(second), rtol=1e-9, atol=1e-14)
    # The product of what each does alone.
    alone = [oxygen(scenario(each, lag=lag)) for each in (one, other)]
    np.testing.assert_allclose(oxygen(first), alone[0] * alone[1], rtol=1e-9, atol=1e-14)


def test_a_second_one_that_does_next_to_nothing_changes_nothing() -> None:
    first = halves(1.0, 0.6)[0]
    idle = therapy("enzyme", delivery={"other": ce.Opening(gain=1e-12)}, oxygen=ce.Opening(gain=1e-12))
    np.testing.assert_allclose(rates(scenario(first, idle)), rates(scenario(first)), rtol=1e-9)


def test_two_of_one_drug_may_change_different_things() -> None:
    one, other = halves(1.0, 0.6)
    apart = other.replace({"drug": "antibody", "delivery": {}})
    scenario(one.replace({"oxygen": None}), apart)
    with pytest.raises(ce.ModelError) as caught:
        scenario(one, apart)
    assert list(caught.value.problems) == [
        "niche_therapies[1] must not change the oxygen in the niche 'far': niche_therapies[0] is of antibody as well, "
        "and changes it. Say in one of them all that the drug does to it."
    ]


def test_derivatives_know_both() -> None:
    model = scenario(*halves(1.0, 0.6), simulation=ce.Simulation(tolerance=1e-4))
    paths = ["niche_therapies[antibody].delivery[other].gain", "niche_therapies[enzyme].oxygen.loss"]
    for path in paths:
        ((value, by),) = ce.sensitivities(model, with_respect_to=[path]).select("value", "derivative").iter_rows()
        high, low = (ce.cure_probability(model.replace({path: value * (1 + h)})).value for h in (1e-2, -1e-2))
        assert abs(by) > 1e-3, path
        assert by == pytest.approx((high - low) / (2e-2 * value), rel=1e-3)


@cache
def treated(*which: int) -> ce.Scenario:
    """A few cells, and a drug that comes when one agent has opened and the other closes."""
    therapies = halves(3.0, 0.9)
    regimen = "antibody 1000 mg + enzyme 1000 mg + poison 100 mg d9 q40d x1"
    model = scenario(*(therapies[i] for i in which), half=None, regimen=regimen)
    return model.replace({"tumor.size": 10, "potencies[0].emax": 5})


def test_both_answers_agree_while_two_change_one_thing() -> None:
    """By an exact test at 1e-6, which the model of either alone fails."""
    assert p_value(treated(0, 1), 1000, treated(0, 1)) > 1e-6
    for one in (0, 1):
        assert p_value(treated(0, 1), 1000, treated(one)) < 1e-6


# --- Attribution ------------------------------------------------------------------------------------------------------


def test_attribution_switches_off_a_modulator_of_two_windows() -> None:
    """One modulator comes by both windows; switched off, the windows are there as before."""
    access = {"other": ce.Access(ratio=0.4, lag_hours=5)}
    niche = ce.Niche(name="far", oxygen=5, penetration=access, changes=ce.Change(mechanism="P-gp", by=0.3))
    opened, closed = ({"other": ce.Opening(gain=2)}, {"other": ce.Opening(loss=0.9)})
    model = scenario(
        therapy("antibody", delivery=opened),
        therapy("enzyme", delivery=closed),
        tumor=ce.Tumor(birth=0.4, death=0.1, size=10, niches=niche),
        regimen="antibody 300 mg + enzyme 300 mg + tariquidar 150 mg d4 + docetaxel 60 mg/m2 over 1 h d4 q40d x1",
        drugs=AGENTS,
        potencies=[ce.Potency(drug="docetaxel", emax=12, ec50=0.003, hill=1, basis="a test")],
    )
    (row,) = ce.attribution(model).filter(kind="modulator").iter_rows(named=True)
    without = model.replace({"inert": ["tariquidar"]})
    assert row["part"] == "tariquidar"
    assert row["cure"] == pytest.approx(float(ce.cure_probability(without, method="law")), rel=1e-12)
    assert abs(row["change"]) > 1e-3
