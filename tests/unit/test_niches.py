"""Niches: oxygen, drug access, shares and what cells meet there, against formulas and integrals of their own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.analytic.grown.block import block_of
from chemoevo.resistance import Mechanism, OnDrug, alteration, mechanism
from chemoevo.resistance.niches import induction, migration_rates, oxygen_factor
from chemoevo.scenario.pulses import pulses
from tests.unit.place_scenarios import (
    EC50,
    EFFLUX,
    HILL,
    KOOLEN,
    PER_MG,
    area,
    concentrations,
    means,
    rates_at,
    scenario,
    survival,
)

ACCESS = ce.Access(ratio=0.25, lag_hours=6)
FAR: dict[str, Any] = {"docetaxel": ACCESS}


NO_DRUG: dict[str, Any] = {
    "radiotherapy": ce.Radiotherapy(dose=2, days=[100], alpha=0.3, beta=0.03),
    "regimen": None,
    "drugs": [],
    "potencies": [],
}
"""Something to be treated with, which comes after all that is asked."""


def two(exchange: float = 0.1, **far: Any) -> dict[str, Any]:
    """A niche like plasma with 60 % of the cells, and another."""
    return {"niches": [ce.Niche(name="A", share=0.6), ce.Niche(name="B", share=0.4, **far)], "exchange": exchange}


# --- Oxygen, distance -------------------------------------------------------------------------------------------------


def test_oxygen_slows_division_as_worked_out() -> None:
    found = [oxygen_factor(oxygen) for oxygen in (2.5, 5, 10, 20, 38, 60)]
    assert found == pytest.approx([0.3611111111, 0.5416666667, 0.7222222222, 0.8666666667, 0.9573643411, 1], rel=1e-9)
    assert [ce.Niche(name="A", oxygen=2.5).birth_factor, ce.Niche(name="A", oxygen=2.5, birth=2).birth_factor] == [
        pytest.approx(found[0]),
        2.0,
    ]


def test_hypoxia_induces_as_worked_out() -> None:
    found = [induction(7.0, oxygen) for oxygen in (0, 10, 20, 38, 60)]
    assert found == pytest.approx([8.185185185, 8.097560976, 7, 3.010268257, 1.422657952], rel=1e-9)
    assert induction(1.0, 3.0) == 1.0


def test_concentrations_halve_with_distance() -> None:
    halves = ce.Access(half_distance=40)
    assert halves.ratio_at([100]) == pytest.approx(0.1767766953, rel=1e-9)
    means = [halves.ratio_at([near, near + 50]) for near in (0, 50, 100)]
    assert means == pytest.approx([0.6688931974, 0.281234946, 0.1182447289], rel=1e-9)
    # Very near to one another, two distances are one.
    assert halves.ratio_at([100, 100 + 1e-9]) == pytest.approx(0.1767766953, rel=1e-9)


def test_a_niche_follows_plasma_with_its_lag() -> None:
    model = scenario(**two(penetration=FAR))
    found = concentrations(model, "docetaxel", 1, [1, 6, 24, 72])
    assert found == pytest.approx([0.05067924894, 0.03853191105, 0.007734857925, 0.0009733856707], rel=1e-9)
    assert concentrations(model, "docetaxel", 0, [1, 24]) * PER_MG == pytest.approx(
        [0.1627306491, 0.0008234081405], rel=1e-9
    )
    # Areas are in the ratio, whatever the lag.
    ratio = area(model, "docetaxel", 1, 5e4) / area(model, "docetaxel", 0, 5e4)
    assert ratio == pytest.approx(0.25, rel=1e-9)


def test_areas_keep_the_ratio_where_elimination_saturates() -> None:
    """Paclitaxel, whose elimination and transfer saturate; 40 days after it all is gone."""
    model = ce.Scenario(
        name="a test",
        tumor=ce.Tumor(
            birth=0.2, death=0.1, size=10**6, **two(penetration={"taxane": ce.Access(ratio=0.4, lag_hours=9)})
        ),
        regimen="paclitaxel 175 mg/m2 over 3 h q21d x1",
        patient=ce.Patient(bsa=1.8),
        potencies=[ce.Potency(drug="paclitaxel", emax=1.0, basis="a test")],
        follow_up=ce.FollowUp(horizon=21),
    )
    plasma, there = (area(model, "paclitaxel", niche, 960.0) for niche in (0, 1))
    assert there / plasma == pytest.approx(0.4, rel=1e-5)
    late = concentrations(model, "paclitaxel", 1, [3, 12]) / concentrations(model, "paclitaxel", 0, [3, 12])
    assert late[0] < 0.4 < late[1]
    assert model.rate_error < 0.01


def test_a_metabolite_that_acts_lags_behind_its_plasma() -> None:
    """y' = k (rho C - y) of SN-38, by a convolution with its course in plasma."""
    access = {"irinotecan": ce.Access(ratio=0.5, lag_hours=12)}
    model = ce.Scenario(
        name="a test",
        tumor=ce.Tumor(birth=0.2, death=0.1, size=10**6, **two(penetration=access)),
        regimen="irinotecan 350 mg over 1.5 h q21d x1",
        patient=ce.Patient(),
        potencies=[ce.Potency(drug="irinotecan", emax=1.0, basis="a test")],
        follow_up=ce.FollowUp(horizon=21),
    )
    hours = np.linspace(0.0, 24.0, 4801)
    plasma = concentrations(model, "irinotecan", 0, hours.tolist(), 1)
    k = math.log(2.0) / 12.0
    grown = k * 0.5 * np.exp(k * hours) * plasma
    expected = np.exp(-k * 24.0) * np.sum((grown[1:] + grown[:-1]) / 2.0) * hours[1]
    assert concentrations(model, "irinotecan", 1, [24.0], 1)[0] == pytest.approx(expected, rel=1e-5)
    # What acts there is as much unbound as in plasma.
    metabolite = model.active_drugs["irinotecan"].acting
    unbound = concentrations(model, "irinotecan", 1, [24.0], 1)[0] * 1000.0 / 392.4 * 0.05
    share = unbound**1.5 / (unbound**1.5 + 0.014**1.5)
    assert metabolite.name == "SN-38"
    assert rates_at(model, [24.0]).death[0, 1] - 0.1 == pytest.approx(share, rel=1e-9)


# --- Shares -----------------------------------------------------------------------------------------------------------


def test_cells_move_so_that_shares_are_as_asked() -> None:
    shares, growth = [0.6, 0.3, 0.1], [0.03, 0.005, -0.05]
    whole, rates = migration_rates(shares, growth, 0.2)
    assert whole == pytest.approx(0.0145, rel=1e-12)
    expected = [[0, 0.06475, 0.03075], [0.12, 0, 0.02], [0.12, 0.06, 0]]
    assert np.array(rates) == pytest.approx(np.array(expected), rel=1e-12)
    matrix = np.array(rates) + np.diag(np.array(growth) - np.sum(rates, axis=1))
    assert np.array(shares) @ matrix == pytest.approx(0.0145 * np.array(shares), rel=1e-12)
    roots = np.sort(np.linalg.eigvals(matrix).real)
    assert roots[-1] - roots[-2] == pytest.approx(0.2095, rel=1e-9)


def grown(**hypoxic: Any) -> ce.Scenario:
    """Three niches of which each grows in its own way, without drugs."""
    niches = [
        ce.Niche(name="A", share=0.6),
        ce.Niche(name="B", share=0.3, oxygen=10.0, immune_kill=0.05),
        ce.Niche(name="C", share=0.1, oxygen=5.0, death=0.02, **hypoxic),
    ]
    return scenario(niches=niches, exchange=0.05, horizon=50.0, **NO_DRUG)


def test_a_tumor_has_the_shares_that_are_asked_for_until_a_drug_comes() -> None:
    model = grown()
    block = block_of(model.growth.process)
    whole = 0.6 * 0.2 + 0.3 * (0.3 * 0.7222222222222222 - 0.15) + 0.1 * (0.3 * 0.5416666666666667 - 0.12)
    assert block.rate == pytest.approx(whole, rel=1e-12)
    assert block.shares == pytest.approx([0.6, 0.3, 0.1], rel=1e-12)
    later = np.asarray(ce.mean_counts(model.therapy, initial=[6000, 3000, 1000], times=[20.0, 40.0])).reshape(2, 3)
    assert later == pytest.approx(np.outer(np.exp(whole * np.array([20.0, 40.0])), [6e3, 3e3, 1e3]), rel=1e-9)


def test_shares_are_kept_where_cells_hide_from_immune_cells() -> None:
    """Half of B2M halves the immune kill of all cells, and what moves follows."""
    model = grown().replace({"tumor.expressions": {"B2M": 0.5}})
    block = block_of(model.growth.process)
    assert block.shares == pytest.approx([0.6, 0.3, 0.1], rel=1e-12)
    assert block.rate == pytest.approx(block_of(grown().growth.process).rate + 0.3 * 0.025, rel=1e-12)


def test_rates_of_migration_say_the_shares() -> None:
    moves = [ce.Migration(start="A", to="B", rate=0.1), ce.Migration(start="B", to="A", rate=0.3)]
    model = scenario(niches=[ce.Niche(name="A"), ce.Niche(name="B")], migration=moves)
    assert block_of(model.growth.process).shares == pytest.approx([0.75, 0.25], rel=1e-12)


# --- What cells meet there --------------------------------------------------------------------------------------------


def divisor(model: ce.Scenario, hour: float) -> dict[str, float]:
    """EC50 of every type, over that of the line, from the death that docetaxel or `mine` adds."""
    death = rates_at(model, [hour]).death[0]
    share = (death - 0.1) / 20.0
    unbound = concentrations(model, "docetaxel", 0, [hour])[0] * PER_MG
    fold = unbound / EC50 * (1.0 / share - 1.0) ** (1.0 / HILL)
    return dict(zip(model.types.names, fold.tolist(), strict=True))


PUMP = Mechanism(name="pump", stage="efflux", basal=0.02, hypoxia=7.0, drugs=[OnDrug(drug="docetaxel", fold=15.53)])
"""All cells have a fiftieth of what the resistant line has, and 7 times as much at 20 mmHg."""


def pumping(**changes: Any) -> ce.Scenario:
    more = ce.Alteration(name="R", mutation=1e-6, changes=[ce.Change(mechanism="pump", by=0.98)])
    low = ce.Niche(name="low", share=0.5, oxygen=20.0, birth=1)
    # What ships is induced as well: it is switched off.
    none = [mechanism(name).replace({"hypoxia": None}) for name in ce.mechanism_names() if mechanism(name).hypoxia]
    standard: dict[str, Any] = {"niches": [ce.Niche(name="air", share=0.5), low], "mechanisms": [PUMP, *none]}
    return scenario(alterations=[more], assume_untouched=True, exchange=0.1, **(standard | changes))


def test_hypoxia_multiplies_what_cells_and_alterations_have() -> None:
    found = divisor(pumping(), 10.0)
    expected = {"sensitive@air": 1, "sensitive@low": 2.779183673, "R@air": 15.53, "R@low": 104.4891837}
    assert found == pytest.approx(expected, rel=1e-9)


def test_niches_and_phenotypes_add_to_what_alterations_do_and_hypoxia_multiplies_the_sum() -> None:
    """Strength 21.07629823, with .02 in the line: (1 + s e)/(1 + .02 s)."""
    strength = (15.53 - 1.0) / (1.0 - 15.53 * 0.02)

    def fold(expression: float) -> float:
        return (1.0 + strength * expression) / (1.0 + strength * 0.02)

    lost = ce.Niche(name="lost", share=0.3, changes=[ce.Change(mechanism="pump", loss=0.5)])
    more = ce.Niche(name="more", share=0.3, oxygen=20.0, birth=1, changes=[ce.Change(mechanism="pump", by=0.1)])
    model = pumping(
        niches=[ce.Niche(name="air", share=0.4), lost, more],
        phenotypes=[ce.Phenotype(name="T", enter=0.01, leave=0.1, changes=[ce.Change(mechanism="pump", by=0.3)])],
    )
    expected = {
        f"{genotype}@{niche}{state}": fold((0.02 + a + by + t) * times)
        for genotype, a in (("sensitive", 0.0), ("R", 0.98))
        for niche, by, times in (("air", 0.0, 1.0), ("lost", 0.0, 0.5), ("more", 0.1, 7.0))
        for state, t in (("", 0.0), (":T", 0.3))
    }
    assert divisor(model, 10.0) == pytest.approx(expected, rel=1e-9)


def test_cells_that_cycle_less_are_killed_less_by_what_kills_cycling_cells() -> None:
    model = scenario(**two(birth=0.5))
    death = rates_at(model, [2.0]).death[0] - 0.1
    assert death[1] / death[0] == pytest.approx(0.5, rel=1e-12)
    all_phases = scenario(**two(birth=0.5), drugs=[model.drugs[0].replace({"cycle_specificity": "any"})])
    death = rates_at(all_phases, [2.0]).death[0] - 0.1
    assert death[1] == pytest.approx(death[0], rel=1e-12)


def test_a_drug_made_in_hypoxia_acts_by_how_little_oxygen_there_is() -> None:
    niches = [ce.Niche(name="A", share=0.6, oxygen=60.0, birth=1), ce.Niche(name="B", share=0.4, oxygen=2.5, birth=1)]
    found = divisor(scenario(niches=niches, exchange=0.1, hypoxia_half=5.0, assume_untouched=True), 10.0)
    # Oxygen also induces P-gp: over the same without the drug's dependence.
    without = divisor(scenario(niches=niches, exchange=0.1, assume_untouched=True), 10.0)
    assert {name: found[name] / without[name] for name in found} == pytest.approx(
        {"sensitive@A": 13.0, "sensitive@B": 1.5}, rel=1e-9
    )


def test_what_unmasks_multiplies_immune_kill_of_those_that_do_not_hide() -> None:
    """Kill .04, 3 times that in full: lost B2M hides, and nothing is left to unmask."""
    hidden = alteration("B2M", mutation=1e-6)
    niches = [ce.Niche(name="A", share=0.6), ce.Niche(name="B", share=0.4, immune_kill=0.04)]
    model = scenario(niches=niches, exchange=0.1, alterations=[hidden], mode="unmask", emax=3.0, assume_untouched=True)
    unbound = concentrations(model, "docetaxel", 0, [10.0])[0] * PER_MG
    share = unbound**HILL / (unbound**HILL + EC50**HILL)
    death = dict(zip(model.types.names, rates_at(model, [10.0]).death[0].tolist(), strict=True))
    assert death == pytest.approx(
        {"sensitive@A": 0.1, "sensitive@B": 0.1 + 0.04 * (1 + 2 * share), "B2M@A": 0.1, "B2M@B": 0.1}, rel=1e-9
    )


def test_modulators_come_to_niches_as_drugs_do() -> None:
    """No tariquidar where its ratio is 0: P-gp works there, and not where it comes as to plasma."""

    def model(ratio: float) -> ce.Scenario:
        reached = {"tariquidar": ratio, "other": 1}
        return ce.Scenario(
            name="a test",
            tumor=ce.Tumor(
                birth=0.2,
                death=0.1,
                size=10**6,
                alterations=[alteration("ABCB1", mutation=1e-7)],
                **two(penetration=reached),
            ),
            regimen="paclitaxel 175 mg over 3 h + tariquidar 150 mg over 30 min q21d x1",
            patient=ce.Patient(),
            potencies=[ce.Potency(drug="paclitaxel", emax=1.0, basis="a test")],
            follow_up=ce.FollowUp(horizon=21),
        )

    found = {
        ratio: dict(zip(model(ratio).types.names, rates_at(model(ratio), [12.0]).death[0], strict=True))
        for ratio in (0, 1)
    }
    alone = model(0).replace(
        {"regimen": "paclitaxel 175 mg over 3 h q21d x1", "tumor.niches[B].penetration": {"other": 1}}
    )
    uninhibited = rates_at(alone, [12.0]).death[0]
    assert found[0]["ABCB1@B"] == pytest.approx(uninhibited[3], rel=1e-9)
    assert found[0]["ABCB1@A"] == found[1]["ABCB1@A"] == pytest.approx(found[1]["ABCB1@B"], rel=1e-12)
    assert found[0]["ABCB1@B"] - 0.1 < 0.5 * (found[0]["ABCB1@A"] - 0.1)


def test_fractions_kill_by_the_oxygen_of_niches() -> None:
    niches = [ce.Niche(name=f"{p:g}", share=0.25, oxygen=p, birth=1) for p in (60.0, 10.0, 2.5, 0.5)]
    model = scenario(
        niches=niches,
        exchange=0.1,
        radiotherapy=ce.Radiotherapy(dose=2, fractions=30, alpha=0.3, beta=0.03),
        regimen=None,
        drugs=[],
        potencies=[],
        late_death=ce.LateDeath(rate=1.0),
    )
    each = pulses(model)
    expected = [0.4998464786, 0.5523300651, 0.6502403448, 0.7564009597]
    first = [each[0].survival[name] for name in model.types.alive]
    assert first == pytest.approx(expected, rel=1e-9)
    assert {each[0].survival.get(name, 1.0) for name in model.types.damaged} == {1.0}
    of_all = np.prod([[one.survival[name] for name in model.types.alive] for one in each], axis=0)
    assert of_all == pytest.approx([9.227819795e-10, 1.844847688e-8, 2.467273917e-6, 0.000230442265], rel=1e-8)


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_two_equal_niches_are_one() -> None:
    one, both = scenario(alterations=[EFFLUX]), scenario(alterations=[EFFLUX], **two())
    for genotype in ("sensitive", "R"):
        single, shared = means(one, genotype, 63.0), means(both, f"{genotype}@A", 63.0)
        merged = {name: sum(shared[f"{name}@{niche}"] for niche in "AB") for name in single}
        assert merged == pytest.approx(single, rel=1e-9)
    alone, pair = survival(one, 63.0), survival(both, 63.0)
    assert [pair[f"{name}@{niche}"] for name in alone for niche in "AB"] == pytest.approx(
        [alone[name] for name in alone for _ in "AB"], rel=1e-9
    )
    cures = [ce.cure_probability(model.replace({"surgery": ce.Surgery(residual_cells=50)})) for model in (one, both)]
    assert cures[1].value == pytest.approx(cures[0].value, rel=1e-6)


def test_where_no_drug_comes_none_acts() -> None:
    model = scenario(**two(penetration={"docetaxel": 0}))
    rates = rates_at(model, [0.5, 2.0, 24.0])
    assert (rates.death[:, 1] == 0.1).all()
    assert (rates.death[:, 0] > 0.1).all()


def test_a_short_lag_is_none() -> None:
    at_once = survival(scenario(**two(penetration={"docetaxel": 0.25})), 63.0)
    gap = [
        survival(scenario(**two(penetration={"docetaxel": ce.Access(ratio=0.25, lag_hours=hours)})), 63.0)[
            "sensitive@B"
        ]
        / at_once["sensitive@B"]
        - 1.0
        for hours in (0.05, 0.005)
    ]
    assert abs(gap[1]) < 0.15 * abs(gap[0])
    assert abs(gap[1]) < 0.01


def test_faster_and_faster_exchange_is_one_niche_with_mean_rates() -> None:
    """No drug; half of the cells divide at .3, half at .15: together at .225. The law of one type is in closed form."""
    birth, death, day = 0.225, 0.1, 20.0
    gone = death * math.expm1((birth - death) * day) / (birth * math.exp((birth - death) * day) - death)
    off = []
    for exchange in (10.0, 100.0, 1000.0):
        niches = [ce.Niche(name="A", share=0.5), ce.Niche(name="B", share=0.5, birth=0.5)]
        model = scenario(niches=niches, exchange=exchange, horizon=day, **NO_DRUG)
        off.append(survival(model, day)["sensitive@A"] / (1.0 - gone) - 1.0)
    # Of the order of 1/exchange.
    assert off[1] / off[0] == pytest.approx(0.1, rel=0.1)
    assert off[2] / off[1] == pytest.approx(0.1, rel=0.02)


def test_a_niche_with_all_cells_is_no_niche() -> None:
    plain, model = scenario(alterations=[EFFLUX]), scenario(alterations=[EFFLUX], niches=[ce.Niche(name="A", share=1)])
    assert model.types.names == ("sensitive@A", "R@A")
    for field in ("birth", "death", "breakpoints"):
        np.testing.assert_array_equal(getattr(model.therapy, field), getattr(plain.therapy, field))


def test_another_order_of_niches_permutes_all_answers() -> None:
    there = {**two(penetration=FAR, birth=0.5), "alterations": [EFFLUX]}
    back = {**there, "niches": there["niches"][::-1]}
    model, other = scenario(**there), scenario(**back)
    assert set(other.types.names) == set(model.types.names)
    assert survival(other, 63.0) == pytest.approx(survival(model, 63.0), rel=1e-9)
    assert means(other, "sensitive@A", 63.0) == pytest.approx(means(model, "sensitive@A", 63.0), rel=1e-9)


def test_another_order_of_drugs_changes_nothing() -> None:
    mine = ce.Drug(
        name="mine",
        drug_class="a test",
        molar_mass=500.0,
        fraction_unbound=0.5,
        kinetics=ce.pharmacology.Kinetics(clearance=10.0, volume=50.0),
        potency=None,
    )
    access = {"docetaxel": ACCESS, "mine": ce.Access(ratio=0.7, lag_hours=2)}
    tolerant = ce.Phenotype(name="T", enter=1e-4, induced={"docetaxel": 0.02, "mine": 0.03}, leave=0.05, protection=0.5)
    found = []
    for words in ("docetaxel 135 mg over 1 h + mine 50 mg over 2 h", "mine 50 mg over 2 h + docetaxel 135 mg over 1 h"):
        model = scenario(
            **two(penetration=access),
            phenotypes=[tolerant],
            regimen=ce.Regimen.parse(f"{words} q21d x2"),
            drugs=[KOOLEN, mine],
            potencies=[
                ce.Potency(drug="docetaxel", emax=20.0, ec50=EC50, hill=HILL, basis="a test"),
                ce.Potency(drug="mine", emax=1.0, ec50=0.5, hill=2.0, basis="a test"),
            ],
        )
        found.append(survival(model, 63.0))
    assert found[1] == pytest.approx(found[0], rel=1e-12)
