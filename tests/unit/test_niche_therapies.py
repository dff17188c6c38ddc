"""Niche therapies: windows against numbers worked out apart, what they refuse, and what follows them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.resistance.therapy import oxygen_at
from chemoevo.scenario import compilation
from chemoevo.scenario.pulses import instants
from chemoevo.scenario.under_therapy import under_therapy

OPENS, CLOSES = ce.Delay(stages=2, rate=0.5), ce.Delay(stages=6, rate=0.8868448773)
BOTH = ce.Opening(gain=1, loss=0.6)
DAYS = np.array([1.0, 2.0, 5.0, 8.0, 14.0, 28.0])
# Worked out apart, by a solver of the chains under an effect of 1.
HELD = np.array([1.08999603, 1.256876328, 1.418929885, 1.094025849, 0.8157827845, 0.7999969317])
LASTING = "agent 1000 mg q100d x1"


def own(name: str, clearance: float = 1e-3, volume: float = 3.0) -> ce.Drug:
    return ce.Drug(
        name=name,
        drug_class=f"class of {name}",
        molar_mass=1000,
        fraction_unbound=1,
        mode="vascular" if name == "agent" else "cytotoxic",
        kinetics=ce.Kinetics(clearance=clearance, volume=volume),
    )


def therapy(**changes: Any) -> ce.NicheTherapy:
    # Of so small an EC50 the effect is 1 to twelve digits.
    given = {"drug": "agent", "ec50": 1e-12, "opens": OPENS, "closes": CLOSES, "oxygen": BOTH, "basis": "a test"}
    return ce.NicheTherapy(**{name: value for name, value in {**given, **changes}.items() if value is not None})


def scenario(*therapies: ce.NicheTherapy, **more: Any) -> ce.Scenario:
    kept: dict[str, Any] = {
        "name": "a test",
        "regimen": LASTING,
        "patient": ce.Patient(bsa=1.8),
        "potencies": (),
        "drugs": [own("agent"), own("poison", 1.0, 10.0)],
        "niches": [ce.Niche(name="near", share=0.7, oxygen=40), ce.Niche(name="far", share=0.3, oxygen=5)],
        "follow_up": ce.FollowUp(horizon=60),
        "assume_untouched": True,
        **more,
    }
    niches = kept.pop("niches")
    exchange = 0.1 if len(niches) > 1 else None
    tumor = ce.Tumor(birth=0.5, death=0.1, size=1e5, niches=niches, exchange=exchange, **kept.pop("tumor", {}))
    kept["drugs"] = [one for one in kept["drugs"] if one.name in kept["regimen"].split()]
    return ce.Scenario(tumor=tumor, niche_therapies=therapies, **kept)


def killing(*therapies: ce.NicheTherapy, start: int = 4, **more: Any) -> ce.Scenario:
    """A drug given on one day, beside the agent or without."""
    regimen = f"agent 1000 mg + poison 100 mg d{start} q100d x1"
    potency = ce.Potency(drug="poison", emax=6, ec50=1, hill=1, basis="a test")
    left = ce.Surgery(residual_cells=100)
    return scenario(*therapies, **{"regimen": regimen, "potencies": [potency], "surgery": left, **more})


def oxygen(model: ce.Scenario, days: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    return oxygen_at(24.0 * np.asarray(days), **under_therapy(model))


# --- Windows ----------------------------------------------------------------------------------------------------------


def test_the_window_of_a_lasting_effect_is_as_worked_out() -> None:
    one = therapy()
    assert one.held(BOTH, DAYS) == pytest.approx(HELD, rel=1e-9)
    assert oxygen(scenario(one), DAYS) == pytest.approx(np.stack([HELD, HELD]), rel=1e-9)
    highest, day = one.highest(BOTH)
    assert highest == pytest.approx(1.452202328, rel=1e-6)
    assert day == pytest.approx(4.098071, abs=0.01)
    # What is planted is seen: a stage too few.
    early = oxygen(scenario(therapy(opens=ce.Delay(stages=1, rate=0.5))), DAYS)[0]
    assert (np.abs(early / HELD - 1.0) > 1e-5).sum() == 5


def test_an_agent_that_is_stopped_leaves_by_a_trough() -> None:
    # It comes and goes within seconds, and its effect with a steep curve at half of what is there.
    fast = own("agent", 400.0, 0.1)
    dose = ce.Dose(drug="agent", amount=57_600, unit="mg", duration_hours=72, days=1)
    regimen = ce.Regimen(name="three days", phases=[ce.Phase(cycle_length_days=100, cycles=1, doses=[dose])])
    one = therapy(ec50=1.0, hill=50, closes=ce.Delay(stages=6, rate=0.9))
    model = scenario(one).replace({"drugs": [fast], "regimen": regimen})
    expected = [1.393084419, 1.199304422, 0.8893523535, 0.9843719926, 1.000032367]
    assert oxygen(model, [3, 5, 8, 14, 28])[0] == pytest.approx(expected, rel=2e-6)


def test_a_window_follows_the_effect_of_what_is_in_plasma() -> None:
    """Against the convolution of the effect with Erlang densities; the agent goes with a half-life of days."""
    amount, volume, clearance, hill, ec50 = 1000.0, 3.0, 0.03, 1.7, 40.0
    nodes, weights = np.polynomial.legendre.leggauss(80)

    def stage(chain: ce.Delay, day: float) -> float:
        since = 0.5 * day * (nodes + 1.0)
        dose = (amount / volume * np.exp(-24.0 * clearance / volume * (day - since)) / ec50) ** hill
        density = chain.rate**chain.stages * since ** (chain.stages - 1) / math.factorial(chain.stages - 1)
        return float(0.5 * day * weights @ (density * np.exp(-chain.rate * since) * dose / (1.0 + dose)))

    expected = [(1 + stage(OPENS, day)) * (1 - 0.6 * stage(CLOSES, day)) for day in DAYS]
    # 1000 g/mol: mg/L are uM.
    bolus = ce.Dose(drug="agent", amount=amount, unit="mg", duration_hours=0, days=1)
    regimen = ce.Regimen(name="bolus", phases=[ce.Phase(cycle_length_days=100, cycles=1, doses=[bolus])])
    model = scenario(therapy(ec50=ec50, hill=hill)).replace(
        {"drugs": [own("agent", clearance, volume)], "regimen": regimen}
    )
    assert oxygen(model, DAYS)[0] == pytest.approx(expected, rel=1e-6)


def test_niches_that_are_not_named_stay_as_they_are() -> None:
    moved = oxygen(scenario(therapy(niches="far")), DAYS)
    assert moved[0] == pytest.approx(np.ones(6), abs=0.0)
    assert moved[1] == pytest.approx(HELD, rel=1e-9)


# --- What follows -----------------------------------------------------------------------------------------------------


def monod(oxygen: Any) -> Any:
    return oxygen / (5 + oxygen) * 65 / 60


def test_births_follow_oxygen() -> None:
    births = compilation.rates_at(scenario(therapy()), 24.0 * DAYS).birth
    assert births == pytest.approx(0.5 * np.stack([monod(40 * HELD), monod(5 * HELD)], axis=1), rel=1e-9)


def test_more_of_a_drug_comes_through_the_window() -> None:
    access = {"poison": 0.5, "other": 1}
    niches = [ce.Niche(name="near", share=0.5), ce.Niche(name="far", share=0.5, penetration=access)]
    by_class = therapy(oxygen=None, delivery={"class of poison": BOTH, "other": ce.Opening(gain=-0.5)})
    model = killing(by_class, start=1, niches=niches)
    hours = np.array([0.5, 24.0, 36.0])
    plasma = ce.pharmacology.course(model.acting, model.patient, model.active_drugs["poison"]).concentration(hours)
    factors = by_class.held(BOTH, hours / 24.0)
    dose = np.stack([plasma * factors, 0.5 * plasma * factors], axis=1)
    found = compilation.rates_at(model, hours)
    assert found.death == pytest.approx(0.1 + 6 * dose / (1 + dose), rel=1e-6)
    assert found.birth == pytest.approx(np.full((3, 2), 0.5), rel=1e-12)


def test_fractions_meet_the_oxygen_of_their_day() -> None:
    course = ce.Radiotherapy(dose=2, days=[1, 2, 5, 8, 14, 28], alpha=0.3, beta=0.03)
    times, survivals = instants(scenario(therapy(), radiotherapy=course))
    assert times == pytest.approx(DAYS)
    expected = np.stack([course.survival(40 * HELD), course.survival(5 * HELD)], axis=1)
    assert survivals == pytest.approx(expected, rel=1e-9)
    # Not that at rest.
    assert np.abs(survivals[:, 1] / course.survival(5) - 1.0).min() > 5e-3


def test_gains_next_to_nothing_change_nothing() -> None:
    tiny = ce.Opening(gain=1e-12, loss=1e-12)
    almost = killing(therapy(oxygen=tiny, delivery={"other": tiny}))
    none = killing(regimen="poison 100 mg d4 q100d x1")
    for model in (none, almost):
        assert 0.01 < ce.cure_probability(model).value < 0.99
    # Segments end elsewhere where delivery moves, so rates are compared, and the answer by fine segments.
    hours = np.array([1.0, 73.0, 80.0, 200.0])
    plain, moved = (compilation.rates_at(model, hours) for model in (none, almost))
    assert moved.death == pytest.approx(plain.death, rel=1e-9)
    assert moved.birth == pytest.approx(plain.birth, rel=1e-9)
    first, second = (compilation.rates(model) for model in (none, almost))
    assert ce.cure_probability(almost).value == pytest.approx(ce.cure_probability(none).value, rel=1e-9)
    assert len(first.birth) == len(second.birth)


def test_an_agent_after_the_horizon_does_nothing() -> None:
    regimen = ce.Regimen.parse("poison 100 mg d4 q21d x1").then(ce.Regimen.parse("agent 1000 mg q21d x1"))
    until = ce.FollowUp(horizon=20)
    late = killing(therapy(delivery={"other": BOTH}), follow_up=until).replace({"regimen": regimen})
    without = killing(regimen="poison 100 mg d4 q21d x1", follow_up=until)
    assert late.rates.birth == pytest.approx(without.rates.birth[:1].repeat(len(late.rates.birth), 0), rel=1e-12)
    cures = [ce.cure_probability(model).value for model in (late, without)]
    assert cures[0] == pytest.approx(cures[1], rel=1e-9)
    assert "1 of 2 doses come at or after the horizon (day 20) and do nothing: agent from day 21" in str(late).replace(
        "\n    ", " "
    )


@pytest.mark.parametrize(
    "path",
    [
        "niche_therapies[agent].delivery[poison].gain",
        "niche_therapies[agent].oxygen.loss",
        "niche_therapies[agent].opens.rate",
    ],
)
def test_derivatives_are_those_of_the_answer(path: str) -> None:
    one = therapy(ec50=0.5, delivery={"poison": BOTH})
    fine = ce.Simulation(tolerance=1e-4)
    model = killing(one, niches=[ce.Niche(name="far", oxygen=20)], simulation=fine)
    ((value, by),) = ce.sensitivities(model, with_respect_to=[path]).select("value", "derivative").iter_rows()
    high, low = (ce.cure_probability(model.replace({path: value * (1 + h)})).value for h in (1e-2, -1e-2))
    assert abs(by) > 1e-3
    assert by == pytest.approx((high - low) / (2e-2 * value), rel=1e-3)


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "messages"),
    [
        (ce.Opening, ["gain must not be 0 where loss is 0: nothing would change; got 0."]),
        (lambda: ce.Opening(gain=-1.5, loss=2), ["gain must be >= -1; got -1.5.", "loss must be <= 1; got 2."]),
        (lambda: ce.Delay(stages=21, rate=0), ["stages must be <= 20; got 21.", "rate must be > 0; got 0."]),
        (ce.Delay, ["rate is missing. It is the rate at which each stage follows (per day)."]),
        (
            lambda: therapy(oxygen=None),
            ["delivery must be given, or oxygen: nothing would change."],
        ),
        (
            lambda: therapy(closes=None, delivery={"other": BOTH, "poison": ce.Opening(gain=1)}),
            ["closes is missing: delivery[other] has a loss.", "closes is missing: oxygen has a loss."],
        ),
        (
            lambda: therapy(ec50=0, basis=None),
            ["ec50 must be > 0; got 0.", "basis is missing. It is the reason for these numbers, in words."],
        ),
    ],
)
def test_therapies_that_cannot_be_are_refused(make: Any, messages: list[str]) -> None:
    with pytest.raises(ce.ModelError) as caught:
        make()
    assert sorted(caught.value.problems) == sorted(messages)


@pytest.mark.parametrize(
    ("therapies", "niches", "messages"),
    [
        (
            [therapy(drug="agnet", niches=["fra"])],
            None,
            [
                "niche_therapies[0].drug must be a drug of the regimen; got 'agnet'. Did you mean 'agent'?",
                "niche_therapies[0].niches[0] must be a niche of the tumor; got 'fra'. Did you mean 'far'?",
            ],
        ),
        (
            [therapy(niches="far")],
            [],
            ["niche_therapies[0] must be left out: the tumor has no niches."],
        ),
        (
            [therapy()],
            [ce.Niche(name="near", oxygen=40, share=0.7), ce.Niche(name="far", share=0.3)],
            [
                "niche_therapies[0].oxygen must be left out: the niche 'far' has no oxygen to change. "
                "Give it, or name niches that have."
            ],
        ),
        (
            [therapy(delivery={"other": BOTH}, niches="far"), therapy(delivery={"poison": BOTH})],
            None,
            [
                "niche_therapies[1] must not change the delivery of poison in the niche 'far': niche_therapies[0] is "
                "of agent as well, and changes it. Say in one of them all that the drug does to it.",
                "niche_therapies[1] must not change the oxygen in the niche 'far': niche_therapies[0] is of agent as "
                "well, and changes it. Say in one of them all that the drug does to it.",
            ],
        ),
    ],
)
def test_scenarios_refuse_what_does_not_fit(therapies: Any, niches: Any, messages: list[str]) -> None:
    more = {} if niches is None else {"niches": niches}
    with pytest.raises(ce.ModelError) as caught:
        killing(*therapies, **more)
    there = [problem for problem in caught.value.problems if problem.startswith("niche_therapies")]
    assert sorted(there) == sorted(messages)


def test_two_may_change_different_things() -> None:
    one, other = therapy(delivery={"poison": BOTH}), therapy(delivery={"poison": BOTH}, oxygen=None)
    model = killing(one.replace({"niches": "near"}), other.replace({"niches": "far"}))
    assert oxygen(model, DAYS) == pytest.approx(np.stack([HELD, np.ones(6)]), rel=1e-9)


def test_an_agent_needs_no_potency_and_others_do() -> None:
    assert scenario(therapy()).acting_drugs == {}
    with pytest.raises(ce.ModelError, match=r"^potencies has no entry for 'agent'\. Every drug of the regimen"):
        scenario()


def test_a_lag_that_would_be_followed_for_ever_is_refused() -> None:
    near = ce.Niche(name="near", share=0.7, oxygen=40.0, penetration={"other": ce.Access(ratio=0.5, lag_hours=0.05)})
    far = ce.Niche(name="far", share=0.3, oxygen=5.0)
    given = {
        "regimen": "agent 1000 mg q100d x1 then poison 10 mg q7d x1",
        "niches": [near, far],
        "potencies": ce.Potency(drug="poison", emax=1.0, ec50=1.0, hill=1.0, basis="a test"),
    }
    scenario(therapy(), **given)
    words = (
        "niche_therapies[0] must not change the delivery of poison in the niche 'near', which follows it with a lag of "
        "0.05 h: where delivery moves a lag is at least 0.1 h. Leave the lag out: then the niche follows at once."
    )
    with pytest.raises(ce.ModelError) as caught:
        scenario(therapy(delivery={"other": BOTH}), **given)
    assert list(caught.value.problems) == [words]
    with pytest.raises(ce.ModelError, match=r"^rate must be <= 100; got 101"):
        ce.Delay(rate=101)


def test_a_regimen_of_agents_or_modulators_alone_needs_no_potencies() -> None:
    window = ce.scenarios.bevacizumab_window()
    data = window.to_dict()
    data["regimen"] = "bevacizumab 15 mg/kg over 1.5 h q21d x4"
    for left_out in ("potencies", "radiotherapy"):
        del data[left_out]
    agent = ce.Scenario.from_dict(data)
    assert agent == ce.Scenario.from_dict({**data, "potencies": []})
    # It kills nothing: deaths are those without it, in every segment.
    assert np.ptp(agent.rates.death, axis=0).max() == 0.0
    modulator = ce.Scenario(
        name="a modulator",
        tumor=ce.Tumor(birth=0.14, death=0.1, size=1e6, alterations=ce.Alteration(name="ABCB1", mutation=1e-8)),
        regimen=ce.Regimen.parse("tariquidar 150 mg q21d x4"),
        patient=ce.Patient(bsa=1.8),
    )
    assert modulator.potencies == ()
    # Of a drug that kills it is still asked for, by name.
    with pytest.raises(ce.ModelError, match=r"potencies has no entry for 'docetaxel'. Every drug of the regimen needs"):
        ce.Scenario.from_dict({**data, "regimen": window.regimen.to_dict()})
