"""Dose and response in a dish: by their definitions, against formulas and against scipy."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq

import chemoevo as ce
from chemoevo.pharmacology import drug, drug_names
from chemoevo.resistance import Genotypes

WITH_EC50 = [name for name in drug_names() if drug(name).acting.potency is not None]
MULTIPLES = np.array([1e-6, 0.01, 0.3, 1.0, 2.5, 40.0, 1e5])
SATURATED = 1e12
"""(uM) Of an inhibitor that leaves next to nothing."""


def line(name: str) -> tuple[float, float]:
    """EC50 and Hill exponent."""
    potency = drug(name).acting.potency
    assert potency is not None
    return potency.ec50.value, potency.hill.value


def hill(dose: Any, power: float) -> Any:
    return dose**power / (1 + dose**power)


def effects(name: str, concentrations: Any, genotype: Any = "sensitive", **more: Any) -> np.ndarray:
    return ce.dose_response(name, concentrations=concentrations, genotypes=genotype, **more)["effect"].to_numpy()


def test_viability_and_growth_rate_inhibition_are_those_of_their_definitions() -> None:
    emax, growth, hours = 1.7, 0.6, 60.0
    table = ce.dose_response(
        "docetaxel",
        genotypes=["sensitive", "ABCB1", "ABCB1x2+TP53"],
        concentrations=[0.0, *(0.0025 * MULTIPLES)],
        hours=hours,
        emax=emax,
        growth=growth,
    )
    assert table.columns == ["genotype", "concentration_uM", "effect", "kill_per_day", "viability", "gr"]
    assert table["genotype"].unique(maintain_order=True).to_list() == ["sensitive", "ABCB1", "ABCB1x2+TP53"]
    effect = table["effect"].to_numpy()
    days, begun = hours / 24, 1000.0
    untreated = begun * np.exp(growth * days)
    cells = begun * np.exp((growth - emax * effect) * days)
    np.testing.assert_allclose(table["kill_per_day"], emax * effect, rtol=1e-14)
    np.testing.assert_allclose(table["viability"], cells / untreated, rtol=1e-12)
    inhibition = 2 ** (np.log2(cells / begun) / np.log2(untreated / begun)) - 1
    np.testing.assert_allclose(table["gr"], inhibition, rtol=1e-10, atol=1e-13)
    # Without drug nothing is lost, and much of it kills.
    assert table.filter(pl.col("concentration_uM") == 0).select("effect", "viability", "gr").unique().rows() == [
        (0, 1, 1)
    ]
    assert -1 < table["gr"].min() < -0.5  # type: ignore[operator]


def test_what_needs_a_number_is_null_without_it() -> None:
    for given in ({}, {"emax": 1.0}, {"growth": 0.5}, {"emax": 1.0, "growth": 0.5}):
        table = ce.dose_response("docetaxel", concentrations=[0.001, 0.01], **given)  # type: ignore[arg-type]
        null = {name: table[name].null_count() == 2 for name in ("kill_per_day", "viability", "gr")}
        emax, growth = "emax" in given, "growth" in given
        assert null == {"kill_per_day": not emax, "viability": not emax, "gr": not (emax and growth)}
        assert table["effect"].null_count() == 0
        assert table.schema == ce.dose_response("docetaxel", concentrations=1, emax=1, growth=1).schema


@pytest.mark.parametrize("name", WITH_EC50)
def test_the_reference_line_has_the_measured_curve(name: str) -> None:
    ec50, power = line(name)
    # What is used up is followed in steps of its use: a ton of it takes minutes.
    doses = MULTIPLES[:-1] if any(one.use is not None for one in drug(name).inhibits) else MULTIPLES
    wanted = hill(doses, power)
    np.testing.assert_allclose(effects(name, ec50 * doses), wanted, rtol=1e-9)
    # Also where all that may be changed is in play, and where the assay takes long.
    every = {one: ce.mechanism(one).basal for one in ce.mechanism_names()}
    found = effects(name, ec50 * doses, expressions=every, assume_untouched=True, hours=500)
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


CELLS = [
    ("docetaxel", "ABCB1"),
    ("docetaxel", "ABCB1x3+TUBB3+TP53"),
    ("doxorubicin", "ABCB1+ABCC1+GSTP1+TOP2A"),
    ("cisplatin", "ERCC1+SLC31A1"),
    ("olaparib", "BRCA2"),
    ("venetoclax", "MCL1+BCL2+ABCB1"),
    ("gemcitabine", "SLC29A1"),
    ("etoposide", "ABCC2x2"),
]


@pytest.mark.parametrize(("name", "genotype"), CELLS)
def test_a_genotype_has_the_curve_of_its_fold(name: str, genotype: str) -> None:
    fold = ce.fold(name, genotype=genotype)
    ec50, power = line(name)
    assert abs(fold - 1) > 0.1
    np.testing.assert_allclose(effects(name, ec50 * fold * MULTIPLES, genotype), hill(MULTIPLES, power), rtol=1e-9)
    many = effects(name, ec50 * MULTIPLES, ["sensitive", genotype]).reshape(2, -1)
    np.testing.assert_allclose(many, [hill(MULTIPLES, power), hill(MULTIPLES / fold, power)], rtol=1e-9)


def test_a_ceiling_lowers_the_largest_effect_by_copies() -> None:
    effect: Any = {"drug": "docetaxel", "threshold": 2.0, "ceiling": 0.7}
    one = ce.Alteration(name="A", mutation=0, copies=4, stage="apoptosis", effects=[effect])
    found = effects("docetaxel", 1e9, Genotypes(one))
    np.testing.assert_allclose(found, [1.0, 0.7, 0.4, 0.1, 0.0], rtol=1e-6, atol=1e-15)


INHIBITED = [
    ("doxorubicin", "GSTP1", "ethacrynic-acid"),
    ("chlorambucil", "GSTA1+ABCC1", "ethacrynic-acid"),
    ("temozolomide", "MGMT", "o6-benzylguanine"),
    ("docetaxel", "ABCB1", "tariquidar"),
    ("paclitaxel", "ABCB1x2", "zosuquidar"),
    ("paclitaxel", "ABCB1", "verapamil"),
]


@pytest.mark.parametrize(("name", "genotype", "modulator"), INHIBITED)
def test_a_full_inhibitor_restores_the_parent(name: str, genotype: str, modulator: str) -> None:
    full = {modulator: SATURATED}
    parent = ce.fold(name, modulators=full)
    # What has none of it in the parent is not changed there; the pump is, of which all cells have some.
    assert (parent < 1) == (ce.mechanism("P-gp").basal > 0 and "ABCB1" in genotype)
    assert ce.fold(name, genotype=genotype) > 2.9
    assert ce.fold(name, genotype=genotype, modulators=full) == pytest.approx(parent, rel=1e-9)
    if name == "chlorambucil":  # its EC50 is not known
        return
    ec50, _ = line(name)
    doses = ec50 * MULTIPLES[1:-1]
    # What is used up is followed: at 100 uM and 2.16 per uM and h 3e-5 of it is left, 19 times that divides, and the
    # effect of little drug is its power of 1.5; until then a minute of 72 h goes by.
    full, close = ({modulator: 100.0}, 1.2e-3) if modulator == "o6-benzylguanine" else (full, 1e-8)
    both = effects(name, doses, ["sensitive", genotype], modulators=full).reshape(2, -1)
    np.testing.assert_allclose(both[1], both[0], rtol=close)
    assert np.all(effects(name, doses, genotype) < both[1] * (1 - 1e-5))


@pytest.mark.parametrize(("name", "genotype", "modulator"), INHIBITED)
def test_no_modulator_changes_nothing(name: str, genotype: str, modulator: str) -> None:
    nothing = {modulator: 0.0}
    for cell in ("sensitive", genotype):
        without = ce.fold(name, genotype=cell)
        assert ce.fold(name, genotype=cell, modulators=nothing) == pytest.approx(without, rel=1e-12)
    if name != "chlorambucil":
        ec50, _ = line(name)
        pair, doses = ["sensitive", genotype], ec50 * MULTIPLES[:-1]
        found = effects(name, doses, pair, modulators=nothing)
        np.testing.assert_allclose(found, effects(name, doses, pair), rtol=1e-12)


def test_the_fold_falls_with_tariquidar() -> None:
    doses = [0.0, *np.geomspace(1e-7, 10, 40).tolist()]
    found = [ce.fold("docetaxel", genotype="ABCB1", modulators={"tariquidar": dose}) for dose in doses]
    assert all(a > b for a, b in itertools.pairwise(found))
    # By hand: fold 15.53 of an expression of 1 against 0.01, half inhibited at 0.6 nM.
    strength = 14.53 / (1 - 0.1553)
    left = 1 / (1 + np.array(doses) / 0.0006)
    np.testing.assert_allclose(found, (1 + strength * left) / (1 + 0.01 * strength), rtol=1e-12)
    # Of several inhibitors the product is left; this one is steeper.
    both = {"tariquidar": 0.001, "zosuquidar": 0.002}
    left_by_both = 1 / (1 + 0.001 / 0.0006) / (1 + (0.002 / 0.0012) ** 1.31)
    wanted = (1 + strength * left_by_both) / (1 + 0.01 * strength)
    assert ce.fold("docetaxel", genotype="ABCB1", modulators=both) == pytest.approx(wanted, rel=1e-12)


KM, FOLD, BASAL = 0.091, 38.58, 0.01
"""Of P-gp and paclitaxel."""


def pumped(outside: float, expression: float, working: float, competing: float) -> float:
    """Concentration outside the reference line at which as much is inside as in a cell here, by the balance there."""
    ec50, _ = line("paclitaxel")
    strength = (FOLD - 1) / (1 - FOLD * BASAL)
    capacity = strength * (1 + ec50 / (1 + strength * BASAL) / KM)

    def balance(inside: float) -> float:
        return inside * (1 + capacity * expression * working / (1 + competing + inside / KM)) - outside

    inside = float(brentq(balance, 0.0, outside, xtol=1e-300, rtol=1e-14))
    return inside * (1 + capacity * BASAL / (1 + inside / KM))


@pytest.mark.parametrize(
    ("modulators", "working", "competing"),
    [
        ({}, 1.0, 0.0),
        ({"tariquidar": 0.003}, 1 / 6, 0.0),
        ({"verapamil": 4.0}, 1.0, 4.0),
        ({"verapamil": 4.0, "tariquidar": 0.003}, 1 / 6, 4.0),
    ],
    ids=["alone", "taken away", "competing", "both"],
)
@pytest.mark.parametrize(("genotype", "expression"), [("ABCB1", 1.0), ("ABCB1x3", 2.98), ("sensitive", 0.01)])
def test_a_pump_that_saturates(
    genotype: str, expression: float, modulators: dict[str, float], working: float, competing: float
) -> None:
    ec50, power = line("paclitaxel")
    doses = ec50 * np.array([1e-3, 0.2, 1.0, 8.0, 40.0, 300.0])
    wanted = [hill(pumped(dose, expression, working, competing) / ec50, power) for dose in doses]
    np.testing.assert_allclose(effects("paclitaxel", doses, genotype, modulators=modulators), wanted, rtol=1e-8)
    # The fold is that at half the effect.
    fold = ce.fold("paclitaxel", genotype=genotype, modulators=modulators)
    assert effects("paclitaxel", fold * ec50, genotype, modulators=modulators) == pytest.approx(0.5, rel=1e-9)


@pytest.mark.parametrize(
    ("dose", "inhibitor", "hours"), [(300.0, 0.0, 72.0), (3000.0, 0.2, 72.0), (40.0, 5.0, 12.0), (3.0, 100.0, 72.0)]
)
def test_temozolomide_uses_up_its_repair(dose: float, inhibitor: float, hours: float) -> None:
    # Half-life 99 h; 0.0046 per uM and h by temozolomide, 2.16 by O6-benzylguanine. Fold 20 of an expression of 1.
    ec50, power = line("temozolomide")
    renewal, use = math.log(2) / 99, 0.0046 * dose + 2.16 * inhibitor

    def change(_: float, y: np.ndarray) -> list[float]:
        pool = y[0]
        found = [renewal * (1 - pool) - use * pool]
        return found + [hill(dose / ec50 / (1 + 19 * copies * pool), power) for copies in (0, 1, 2)]

    solved = solve_ivp(change, (0, hours), [1.0, 0, 0, 0], method="LSODA", rtol=1e-11, atol=1e-13)
    wanted = solved.y[1:, -1] / hours
    modulators = {"o6-benzylguanine": inhibitor}
    genotypes = ["sensitive", "MGMT", "MGMTx2"]
    found = effects("temozolomide", dose, genotypes, modulators=modulators, hours=hours)
    np.testing.assert_allclose(found, wanted, rtol=1e-7)
    # The longer it takes the less is left, down to where as much is made as is used.
    longer = effects("temozolomide", dose, genotypes, modulators=modulators, hours=50 * hours)
    assert longer[0] == pytest.approx(found[0], rel=1e-9)
    assert np.all(longer[1:] > found[1:] * (1 + 1e-6))
    left = renewal / (renewal + use)
    both = {**modulators, "temozolomide": dose}
    assert ce.fold("temozolomide", genotype="MGMT", modulators=both) == pytest.approx(1 + 19 * left, rel=1e-12)
    forever = effects("temozolomide", dose, "MGMT", modulators=modulators, hours=1e4)
    assert forever == pytest.approx(hill(dose / ec50 / (1 + 19 * left), power), rel=1e-3)


def test_one_concentration_or_many_and_genotypes_in_any_form() -> None:
    one = ce.dose_response("docetaxel", concentrations=0.01, genotypes="ABCB1")
    assert one.equals(ce.dose_response("docetaxel", concentrations=np.array([0.01]), genotypes=["ABCB1"]))
    assert one.equals(ce.dose_response(drug("docetaxel"), concentrations=(0.01,), genotypes=["ABCB1"]))
    every = ce.dose_response(
        "docetaxel", concentrations=[0.01, 0.001], genotypes=Genotypes(ce.alteration("ABCB1", mutation=0, copies=2))
    )
    assert every["genotype"].to_list() == ["sensitive"] * 2 + ["ABCB1"] * 2 + ["ABCB1x2"] * 2
    assert every["concentration_uM"].to_list() == [0.01, 0.001] * 3
    assert every["effect"][2] == one["effect"].item()
    # The order in which genotypes are asked for is that of the rows, and of loci says nothing.
    names = ["TP53+ABCB1", "sensitive", "ABCB1+TP53"]
    table = ce.dose_response("docetaxel", concentrations=[0.01], genotypes=names)
    assert table["effect"][0] == pytest.approx(table["effect"][2], rel=1e-12)
    assert table["effect"][1] == pytest.approx(effects("docetaxel", 0.01).item(), rel=1e-12)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "below 0": ({"concentrations": [1, -1]}, "concentrations must be finite and >= 0 (uM unbound), one or a list"),
    "not a number": ({"concentrations": math.nan}, "concentrations must be finite and >= 0"),
    "a table": ({"concentrations": [[1]]}, "concentrations must be finite and >= 0 (uM unbound), one or a list"),
    "words": ({"concentrations": "1"}, "concentrations must be numbers; got '1'"),
    "no time": ({"hours": 0}, "hours must be finite and > 0; got 0."),
    "no effect": ({"emax": 0}, "emax must be finite and > 0 (per day); got 0."),
    "no growth": ({"growth": -1}, "growth must be finite and > 0 (per day); got -1."),
    "no EC50": ({"drug": "cyclophosphamide"}, "'cyclophosphamide' has no EC50: what it does at a concentration is not"),
    "no drug": ({"drug": "docetaxal"}, "'docetaxal' is not a known drug. Did you mean 'docetaxel'?"),
    "no alteration": ({"genotypes": ["ABCB1", "ABCB2"]}, "'ABCB2' is not a known alteration. Did you mean "),
    "a number": ({"genotypes": [3]}, "genotypes must be names of alterations joined by '+', or Genotypes; got 3."),
    "modulators": ({"modulators": "tariquidar"}, "modulators must be {name of a drug: uM unbound}; got 'tariquidar'."),
    "no modulator": (
        {"modulators": {"docetaxel": 1}},
        "modulators must be drugs that inhibit or induce a mechanism; got 'doce",
    ),
    "no such drug": ({"modulators": {"tarikidar": 1}}, "must be names of drugs; got 'tarikidar'. Did you mean 'tariq"),
    "less than none": ({"modulators": {"tariquidar": -1}}, "modulators['tariquidar'] must be finite and >= 0 (uM unb"),
    "nothing known": ({"genotypes": "ABCC2"}, "must name pairs of which nothing is known: MRP2 and docetaxel."),
    "no mechanism": ({"expressions": {"Pgp": 1}}, "expressions must have names of mechanisms; got 'Pgp'. Did you mean"),
    "no concentrations": ({"concentrations": []}, "concentrations must be finite and >= 0 (uM unbound), one or a list"),
    "no genotypes": ({"genotypes": []}, "genotypes must be at least one, such as 'sensitive'; got []."),
    "no list": ({"mechanisms": "P-gp"}, "mechanisms must be a list of Mechanism; got 'P-gp'."),
    "no numbers": ({"expressions": "P-gp"}, "expressions must be {name of a mechanism: expression}; got 'P-gp'."),
    "much": ({"expressions": {"P-gp": "much"}}, "expressions['P-gp'] must be finite and >= 0; got 'much'."),
    "less than nothing": ({"expressions": {"P-gp": -1}}, "expressions['P-gp'] must be finite and >= 0; got -1."),
    "no pairs": ({"assume_untouched": 3}, "assume_untouched must be True, False or pairs (mechanism, drug); got 3."),
    "no copy": ({"genotypes": "ABCB1x0"}, "'ABCB1x0' is not a known alteration. Did you mean 'ABCB1'?"),
    "copies twice": ({"genotypes": "ABCB1x2+ABCB1"}, "genotypes must name an alteration once, such as 'ABCB1x2'; got"),
    "endless": ({"expressions": {"P-gp": math.inf}}, "expressions['P-gp'] must be finite and >= 0; got inf."),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused(name: str) -> None:
    more, said = WRONG[name]
    given = {"drug": "docetaxel", "concentrations": [0.01], **more}
    with pytest.raises((ce.ModelError, TypeError)) as error:
        ce.dose_response(**given)
    assert said in str(error.value)


def test_all_problems_are_said_at_once() -> None:
    with pytest.raises(ce.ModelError, match="4 problems"):
        ce.dose_response("docetaxel", concentrations=-1, hours=0, emax=0, growth=0)
    with pytest.raises(ce.ModelError, match="3 problems"):
        ce.fold("docetaxal", genotype="ABCB2", modulators={"tariquidar": -1})


def test_next_to_no_inhibitor_that_is_steep() -> None:
    assert ce.fold("docetaxel", genotype="ABCB1", modulators={"zosuquidar": 1e-300}) == pytest.approx(15.53, rel=1e-12)


def test_of_what_a_modulator_inhibits_something_must_be_known() -> None:
    own = ce.Mechanism(name="GSTP1", stage="detoxification", basal=1.0, drugs=ce.OnDrug(drug="doxorubicin", none="x"))
    with pytest.raises(ce.ModelError, match="nothing is known: GSTP1 and docetaxel"):
        ce.fold("docetaxel", mechanisms=own, modulators={"ethacrynic-acid": 1.0})
