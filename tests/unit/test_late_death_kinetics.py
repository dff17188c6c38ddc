"""Cells that die late: the model of Simeoni et al. (2004) while a tumor grows, delays, what damaged cells do not do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import chemoevo as ce
from chemoevo.pharmacology import Kinetics, Peripheral
from chemoevo.resistance import Mechanism
from tests.unit.place_scenarios import EFFLUX, means, scenario, steady, survival

GROWTH, DELAY = 0.273, 0.968
V1 = 0.8131 * 50.0
LINEAR = 1e9
"""(uM) EC50 so far above all concentrations that the effect is in proportion to them: Emax/EC50 is the potency."""

MINE = ce.Drug(
    name="mine",
    drug_class="a test",
    molar_mass=1000.0,
    fraction_unbound=1.0,
    cycle_specificity="any",
    kinetics=Kinetics(
        clearance=20.832 / 24 * V1, volume=V1, peripherals=Peripheral(rate_out=0.144 / 24, rate_back=2.011 / 24)
    ),
    potency=None,
)


def simeoni(**changes: Any) -> ce.Scenario:
    """Paclitaxel in mice: 30 mg/kg on days 8, 12 and 16, which are days 0, 4 and 8 here."""
    dose = ce.Dose(drug="mine", amount=30, unit="mg/kg", duration_hours=0, days=[1, 5, 9])
    return scenario(
        horizon=32.0,
        tolerance=1e-5,
        birth=GROWTH + 0.1,
        death=0.1,
        late_death=ce.LateDeath(rate=DELAY),
        drugs=[MINE],
        patient=ce.Patient(weight=50),
        regimen=ce.Regimen(name="three", phases=[ce.Phase(cycles=1, cycle_length_days=12, doses=[dose])]),
        potencies=[ce.Potency(drug="mine", emax=0.629 * LINEAR, ec50=LINEAR, hill=1.0, basis="a test")],
        **changes,
    )


def test_weights_are_as_of_simeoni_while_the_tumor_grows_exponentially() -> None:
    """Growth from .055 g on day 0 to the first dose; days 8, 12, 16, 20, 25, 30, 40, with days 0, 4, ... here."""
    model = simeoni()
    assert model.types.names == ("sensitive", "damaged 1", "damaged 2", "damaged 3")
    days = [0.0, 4.0, 8.0, 12.0, 17.0, 22.0, 32.0]
    cells = np.asarray(ce.mean_counts(model.therapy, initial={"sensitive": 1}, times=days)).reshape(7, 4)
    weights = 0.055 * np.exp(GROWTH * 8.0) * cells
    expected = [0.4884969292, 0.5652400917, 0.5586631679, 0.5467381011, 1.79316648, 7.011095478, 107.4996127]
    assert weights.sum(axis=1) == pytest.approx(expected, rel=2e-5)
    proliferating = [0.4884969292, 0.4778544325, 0.4674423063, 0.4572570528, 1.790486102]
    assert weights[:5, 0] == pytest.approx(proliferating, rel=1e-6)
    # As long as one proliferating cell is left there is one on day 40.
    assert survival(model, 32.0)["sensitive"] == pytest.approx(0.1021695207, rel=2e-5)


def test_the_kill_of_one_dose_is_as_worked_out() -> None:
    """Area under the curve is dose/(V1 k10): 1.114030221 in all."""
    model = simeoni(compare=ce.Compare(day=4.0)).replace({"regimen.phases[0].doses[0].days": 1})
    process = model.therapy
    edges = np.concatenate([[0.0], process.breakpoints])
    damage = np.asarray(process.switching["sensitive", "damaged 1"])[: len(edges) - 1]
    assert np.diff(edges) @ damage == pytest.approx(1.114030221, rel=1e-7)
    assert (process.death[:, 0] == 0.1).all()


def test_the_delay_is_that_of_its_stages() -> None:
    """Of cells damaged at once, those left after some days are a tail of Erlang's law."""
    for stages in (1, 3, 10):
        model = simeoni().replace({"tumor.late_death.stages": stages})
        found = np.asarray(ce.mean_counts(model.therapy, initial={"damaged 1": 1}, times=[2.0, 5.0]))
        assert found.reshape(2, -1).sum(axis=1) == pytest.approx(
            stats.gamma.sf([2.0, 5.0], stages, scale=1.0 / DELAY), rel=1e-9
        )


def test_very_fast_stages_are_a_death_at_once() -> None:
    plain, off = scenario(alterations=[EFFLUX], horizon=21.0), []
    for rate in (1e2, 1e3, 1e4):
        late = scenario(alterations=[EFFLUX], horizon=21.0, late_death=ce.LateDeath(rate=rate))
        # What is left of cells that are not damaged does not depend on it at all.
        assert survival(late, 21.0) == pytest.approx(survival(plain, 21.0), rel=1e-9)
        off.append(sum(means(late, "sensitive", 1.0).values()) / means(plain, "sensitive", 1.0)["sensitive"] - 1.0)
    assert off[2] / off[1] == pytest.approx(0.1, rel=0.1)
    assert 0.0 < off[2] < 0.05


def test_without_a_drug_that_kills_nothing_is_damaged() -> None:
    plain = scenario(mode="cytostatic", emax=0.5, horizon=21.0)
    late = scenario(mode="cytostatic", emax=0.5, horizon=21.0, late_death=ce.LateDeath(rate=1.0))
    assert ("sensitive", "damaged 1") not in late.therapy.switching
    np.testing.assert_array_equal(late.therapy.birth[:, :1], plain.therapy.birth)
    assert late.growth.process.death[0].tolist() == [0.1, 0.0, 0.0, 1.0]
    assert ce.mean_counts(late.therapy, initial={"sensitive": 1}, times=[21.0]).sum() == pytest.approx(
        ce.mean_counts(plain.therapy, initial={"sensitive": 1}, times=[21.0]).sum(), rel=1e-12
    )


def test_cells_are_damaged_in_their_niche_whatever_they_carry() -> None:
    model = scenario(
        alterations=[EFFLUX],
        niches=[ce.Niche(name="A", share=0.6), ce.Niche(name="B", share=0.4)],
        exchange=0.1,
        phenotypes=[ce.Phenotype(name="T", enter=0.01, leave=0.1)],
        late_death=ce.LateDeath(rate=0.5, stages=2),
    )
    assert model.types.damaged == ("damaged 1@A", "damaged 2@A", "damaged 1@B", "damaged 2@B")
    assert model.types.within("B") == (
        "sensitive@B", "sensitive@B:T", "R@B", "R@B:T", "damaged 1@B", "damaged 2@B"
    )  # fmt: skip
    switching = model.therapy.switching
    into = {(a, b) for a, b in switching if b.startswith("damaged 1")}
    assert into == {(name, f"damaged 1@{niche}") for niche in "AB" for name in model.types.alive if f"@{niche}" in name}
    from_damaged = {(a, b): value for (a, b), value in switching.items() if a.startswith("damaged")}
    assert from_damaged == {(f"damaged 1@{niche}", f"damaged 2@{niche}"): 0.5 for niche in "AB"}
    process = model.therapy
    damaged = [process.types.index(name) for name in model.types.damaged]
    assert (process.birth[:, damaged] == 0.0).all()
    assert (process.death[:, damaged] == [0.0, 0.5, 0.0, 0.5]).all()
    assert not {a for a, _ in process.mutation} & set(model.types.damaged)


def test_cure_does_not_wait_for_damaged_cells() -> None:
    """Cells are damaged for good: cure is that none is left which is not."""
    late = scenario(
        alterations=[EFFLUX], late_death=ce.LateDeath(rate=1e-6), surgery=ce.Surgery(residual_cells=50), horizon=63.0
    )
    plain = scenario(alterations=[EFFLUX], surgery=ce.Surgery(residual_cells=50), horizon=63.0)
    assert ce.cure_probability(late).value == pytest.approx(ce.cure_probability(plain).value, rel=1e-9)


def test_losses_at_division_are_late_as_well() -> None:
    """Effect .5: half of the divisions are lost, and with them cells at .15 per day, into the first stage."""
    model = steady(
        1.0,
        days=5.0,
        late_death=ce.LateDeath(rate=1.0, stages=1),
        potencies=[ce.Potency(drug="steady", emax=1.0, ec50=1.0, hill=1.0, mode="dividing", basis="a test")],
    )
    assert np.asarray(model.therapy.switching["sensitive", "damaged 1"])[0] == pytest.approx(0.15, rel=1e-9)
    assert model.therapy.birth[0, 0] == pytest.approx(0.15, rel=1e-9)
    assert model.therapy.death[0].tolist() == [0.1, 1.0]


def test_no_mechanism_hides_a_damaged_cell() -> None:
    """Fractions, surgery and immune kill: damaged cells feel no fraction, and are cut out as all are."""
    hides = Mechanism(name="hides", stage="immunity", basal=1.0, expression=0.0, drugs=[])
    model = scenario(
        mechanisms=[hides],
        expressions={"hides": 0.25},
        niches=[ce.Niche(name="A", immune_kill=0.08)],
        surgery=ce.Surgery(residual_fraction=0.1),
        radiotherapy=ce.Radiotherapy(dose=2, days=[0], alpha=0.3, beta=0.03),
        late_death=ce.LateDeath(rate=1.0, stages=1),
    )
    assert model.growth.process.death[0].tolist() == pytest.approx([0.12, 1.0], rel=1e-12)
    surgery, fraction = model.therapy.pulses
    assert surgery.survival == {"sensitive@A": 0.1, "damaged 1@A": 0.1}
    assert fraction.survival["sensitive@A"] == pytest.approx(np.exp(-0.72), rel=1e-12)
    assert fraction.survival.get("damaged 1@A", 1.0) == 1.0
