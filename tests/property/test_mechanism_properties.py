"""What must hold of mechanisms, whatever they are: no drug, more drug, what is untouched, other orders, low doses."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

import chemoevo as ce
from chemoevo import testing
from chemoevo.pharmacology import Drug, drug, drug_names
from chemoevo.resistance import Genotypes, growth_process, therapy_rates
from chemoevo.resistance.therapy import instant_rates
from tests.property._examples import short_and_long

HOURS = np.array([0.1, 0.6, 1.0, 3.0, 13.0, 25.0, 70.0, 200.0, 600.0])
BIRTH, DEATH, HORIZON = 0.2, 0.15, 30.0
ACTING = ("docetaxel", "paclitaxel", "doxorubicin", "cisplatin", "olaparib", "temozolomide", "venetoclax")
MODULATORS = ("tariquidar", "verapamil", "ethacrynic-acid", "o6-benzylguanine")


def regimen(*doses: tuple[str, float]) -> ce.Regimen:
    """Of each drug so many mg, as it is given."""
    given = []
    for name, amount in doses:
        how: dict[str, Any] = {"duration_hours": 1} if "iv" in drug(name).routes else {"route": "oral"}
        given.append(ce.Dose(drug=name, amount=amount, unit="mg", **how))
    return ce.Regimen(name="a test", phases=ce.Phase(cycle_length_days=14, cycles=2, doses=given))


def given(
    doses: list[tuple[str, float]], alterations: Genotypes, emax: float = 2.0, patient: ce.Patient | None = None
) -> dict[str, Any]:
    """What rates follow from; of modulators no potency is asked for."""
    return {
        "regimen": regimen(*doses),
        "patient": ce.Patient(weight=70, height=170, gfr=90) if patient is None else patient,
        "alterations": alterations,
        "birth": BIRTH,
        "death": DEATH,
        "potencies": [ce.Potency(drug=name, emax=emax, basis="a test") for name, _ in doses if name in ACTING],
    }


@cache
def decided(name: str) -> tuple[str, ...]:
    """Alterations that ship of whose mechanisms something is known with a drug."""
    return tuple(sorted(_with(name, {"fold", "none"})))


@cache
def untouched(name: str) -> tuple[str, ...]:
    """Those that do nothing to it."""
    return tuple(sorted(_with(name, {"none"})))


def _with(name: str, kinds: set[str]) -> list[str]:
    found = []
    for alteration in ce.alteration_names():
        said = [ce.mechanism(change.mechanism).on(name) for change in ce.alteration(alteration, mutation=0).changes]
        if all(on is not None and any(getattr(on, kind) is not None for kind in kinds) for on in said):
            found.append(alteration)
    return found


@st.composite
def genotypes(draw: st.DrawFn, name: str, most: int = 3) -> Genotypes:
    """Over some alterations that ship, with all that they can have; and perhaps one of its own."""
    names = draw(st.lists(st.sampled_from(decided(name)), unique=True, min_size=1, max_size=most))
    more = {
        "mutation": st.sampled_from([0.0, 1e-6]) | st.floats(0, 0.01),
        "cost": st.floats(0.0, 0.5),
        "reversal": st.sampled_from([0.0, 0.01]),
        "switch_on": st.sampled_from([0.0, 1e-3]),
        "switch_off": st.sampled_from([0.0, 0.1]),
        "mutator": st.sampled_from([1.0, 2.0]),
        "copies": st.integers(1, 2),
    }
    made = [ce.alteration(one, **draw(st.fixed_dictionaries(more))) for one in names]
    if draw(st.booleans()):
        made.append(draw(testing.alterations(drugs=[name], shipped=False)))
    table = []
    if len(made) > 1 and draw(st.booleans()):
        pair = [made[0].name, made[1].name]
        table.append(ce.Epistasis(alterations=pair, birth=draw(st.floats(0, 2)), basis="a test"))
    return Genotypes(made, table)


@short_and_long(15, 150, data=st.data(), patient=testing.patients())
def test_no_drug_is_no_treatment(data: st.DataObject, patient: ce.Patient) -> None:
    name = data.draw(st.sampled_from(ACTING))
    cells = data.draw(genotypes(name, most=2))
    modulator = data.draw(st.sampled_from(MODULATORS))
    growth = growth_process(alterations=cells, birth=BIRTH, death=DEATH)
    # An inhibitor alone does nothing at all.
    alone = therapy_rates(**given([(modulator, 100.0)], cells, patient=patient), horizon=HORIZON)
    assert alone.process() == growth
    # A billionth of a milligram: of EC50 of some nM, no more than a millionth.
    drugs = [(name, 1e-9), (modulator, 100.0)]
    found = instant_rates(HOURS, **given(drugs, cells, patient=patient))
    assert np.array_equal(found.birth, np.repeat(growth.birth, len(HOURS), axis=0))
    assert np.all((found.death >= DEATH) & (found.death <= DEATH + 2e-5))


@short_and_long(15, 150, data=st.data(), factor=st.floats(1.0, 30.0))
def test_more_drug_never_helps_a_cell(data: st.DataObject, factor: float) -> None:
    name = data.draw(st.sampled_from(ACTING))
    cells = data.draw(genotypes(name, most=2))
    amount = data.draw(st.floats(1.0, 300.0))
    beside = [(one, 50.0) for one in data.draw(st.sets(st.sampled_from(MODULATORS), max_size=1))]
    less, more = (given([(name, dose), *beside], cells) for dose in (amount, amount * factor))
    rates = [instant_rates(HOURS, **one).death for one in (less, more)]
    assert np.all(rates[1] >= rates[0] * (1 - 1e-12))
    # By the means over segments, which are coarse, survival of a cell without alterations as well.
    processes = [therapy_rates(**one, horizon=HORIZON, tolerance=1e-4).process() for one in (less, more)]
    left = [ce.survival_probability(p, initial={"sensitive": 1}, times=[HORIZON]).item() for p in processes]
    assert left[1] <= left[0] * (1 + 5e-4)
    # More of an inhibitor does not help either.
    if beside:
        with_more = given([(name, amount), (beside[0][0], 50.0 * factor)], cells)
        assert np.all(instant_rates(HOURS, **with_more).death >= rates[0] * (1 - 1e-12))


@short_and_long(20, 200, data=st.data())
@pytest.mark.parametrize("name", ACTING)
def test_what_touches_no_stage_changes_nothing(name: str, data: st.DataObject) -> None:
    names = data.draw(st.lists(st.sampled_from(untouched(name)), unique=True, min_size=1, max_size=3))
    copies = data.draw(st.integers(1, 3))
    cells = Genotypes([ce.alteration(one, mutation=1e-3, copies=copies) for one in names])
    bare = given([(name, 100.0)], Genotypes([]))
    found = instant_rates(HOURS, **{**bare, "alterations": cells})
    alone = instant_rates(HOURS, **bare)
    for kind in ("birth", "death"):
        assert np.array_equal(getattr(found, kind), np.repeat(getattr(alone, kind), len(cells), axis=1))
    assert ce.fold(name, genotype="+".join(names)) == 1.0


@short_and_long(15, 80, data=st.data())
def test_the_order_of_loci_says_nothing(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(ACTING))
    one = data.draw(genotypes(name))
    other = Genotypes(data.draw(st.permutations(one.alterations)), one.epistasis)
    beside = [(modulator, 50.0) for modulator in data.draw(st.sets(st.sampled_from(MODULATORS), max_size=1))]
    assert len(one) == len(other)

    def carried(type_name: str) -> frozenset[str]:
        return frozenset(type_name.split("+"))

    place = {carried(of): k for k, of in enumerate(other.names)}
    order = [place[carried(of)] for of in one.names]
    for steps in ("mutation", "switching"):
        found, wanted = (
            {(carried(a), carried(b)): value for (a, b), value in getattr(of, steps).items()} for of in (one, other)
        )
        assert found == pytest.approx(wanted, rel=1e-14, abs=0)
    rates = [instant_rates(HOURS, **given([(name, 80.0), *beside], of)) for of in (one, other)]
    for kind in ("birth", "death"):
        np.testing.assert_allclose(getattr(rates[0], kind), getattr(rates[1], kind)[:, order], rtol=1e-12)
    # So does survival of one cell of each type.
    left = []
    for of in (one, other):
        process = therapy_rates(**given([(name, 80.0), *beside], of), horizon=HORIZON, tolerance=1e-2).process()
        left.append(ce.survival_probability(process, initial=np.eye(len(of), dtype=int), times=[HORIZON])[:, 0])
    np.testing.assert_allclose(left[0], left[1][order], rtol=1e-6, atol=1e-12)


@short_and_long(
    30,
    300,
    fold=st.floats(1.01, 200.0),
    share=st.floats(0.0, 0.9),
    km=st.floats(1e-2, 1e3),
    copies=st.integers(1, 3),
)
def test_a_pump_that_saturates_is_linear_at_low_doses(fold: float, share: float, km: float, copies: int) -> None:
    ec50, basal = 0.0025, share / fold
    on = ce.OnDrug(drug="docetaxel", fold=fold, km=km)
    pump = ce.Mechanism(name="pump", stage="efflux", basal=basal, drugs=on)
    alteration = ce.Alteration(name="A", mutation=0, copies=copies, changes=ce.Change(mechanism="pump", by=1.0 - basal))
    cells = Genotypes(alteration)
    # Calibrated at EC50, where it is loaded: s (1 + inside/Km) of it works at low doses.
    strength = (fold - 1) / (1 - fold * basal)
    unloaded = strength * (1 + ec50 / (1 + strength * basal) / km)
    linear = pump.replace({"drugs": [ce.OnDrug(drug="docetaxel", strength=unloaded)]})

    def effects(mechanism: ce.Mechanism, dose: float) -> np.ndarray:
        table = ce.dose_response("docetaxel", concentrations=dose, genotypes=cells, mechanisms=mechanism)
        return table["effect"].to_numpy()

    low = 1e-7 * min(ec50, km)
    np.testing.assert_allclose(effects(pump, low), effects(linear, low), rtol=1e-5)
    # At high doses it does nothing, as a linear one would not.
    high = 1e9 * max(1.0, km) * (1 + unloaded * copies)
    np.testing.assert_allclose(effects(pump, high), 1.0, rtol=1e-6)
    # And of a large Km it is linear at every dose.
    endless = pump.replace({"drugs": [ce.OnDrug(drug="docetaxel", fold=fold, km=1e4)]})
    plain = pump.replace({"drugs": [ce.OnDrug(drug="docetaxel", fold=fold)]})
    for dose in (1e-4, ec50, 0.1):
        np.testing.assert_allclose(effects(endless, dose), effects(plain, dose), rtol=1e-4)


@short_and_long(20, 200, data=st.data(), own=testing.drugs(name="mine"))
def test_a_fold_of_ones_own_comes_back_and_is_monotone(data: st.DataObject, own: Drug) -> None:
    assert own.name not in drug_names()
    stage: Any = data.draw(st.sampled_from(["efflux", "detoxification", "repair", "apoptosis", "target"]))
    fold, basal = data.draw(st.floats(1.01, 100.0)), data.draw(st.sampled_from([0.0, 0.005]))
    one = ce.Mechanism(name="M", stage=stage, basal=basal, drugs=ce.OnDrug(drug="mine", fold=fold))
    levels = sorted({0.0, basal, 1.0, *data.draw(st.lists(st.floats(0.0, 10.0), max_size=4))})
    known: dict[str, Any] = {"mechanisms": one, "assume_untouched": True}
    found = {level: ce.fold(own, expressions={"M": level}, **known) for level in levels}
    assert found[1.0] == pytest.approx(fold, rel=1e-12)
    assert found[basal] == pytest.approx(1.0, rel=1e-12)
    assert all(found[a] <= found[b] for a, b in itertools.pairwise(levels))
