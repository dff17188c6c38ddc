"""Drugs that raise the expression of a mechanism: formulas written out, limits, and where they meet other parts."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

import chemoevo as ce
from chemoevo.answers.switched_off import parts
from chemoevo.pharmacology import DrugPotency, Figure, Induction, Inhibition
from chemoevo.scenario.compilation import rates_at

BASAL, FOLD = 0.02, 15.53
PUMP = ce.Mechanism(name="pump", stage="efflux", basal=BASAL, expression=1, drugs=[ce.OnDrug(drug="k", fold=FOLD)])
STRENGTH = (FOLD - 1.0) / (1.0 - FOLD * BASAL)
AMPLIFIED = [ce.Change(mechanism="pump", by=1.0 - BASAL)]
PLAN = "k 100 mg over 1 h d2 + m 200 mg over 0 h d1 q21d x1"
HOURS = np.array([10.0, 25.0, 28.0, 40.0, 90.0])
EMAX, EC50 = 1.0, 1.0
INDUCES = Induction(mechanism="pump", most=7, ec50=0.4, half_life_hours=14, hill=1.5)


def drug(name: str = "k", **more: Any) -> ce.Drug:
    parts: dict[str, Any] = {
        "drug_class": "own",
        "molar_mass": 500,
        "fraction_unbound": 0.5,
        "kinetics": ce.Kinetics(clearance=5, volume=20),
        "potency": DrugPotency(ec50=EC50, hill=1),
    }
    return ce.Drug(name=name, **{**parts, **more})


def inducer(induces: Induction | None = INDUCES) -> ce.Drug:
    kinetics = ce.Kinetics(clearance=2, volume=40)
    there = [] if induces is None else [induces]
    return drug("m", mode="modulator", potency=None, kinetics=kinetics, induces=there)


def scenario(own: ce.Drug, **more: Any) -> ce.Scenario:
    tumor = ce.Tumor(
        birth=0.2,
        death=0.1,
        size=1e5,
        alterations=[ce.Alteration(name="A", mutation=1e-6, changes=AMPLIFIED)],
        **more.pop("tumor", {}),
    )
    parts: dict[str, Any] = {
        "name": "a test",
        "tumor": tumor,
        "regimen": ce.Regimen.parse(PLAN),
        "patient": ce.Patient(bsa=1.8),
        "potencies": [ce.Potency(drug="k", emax=EMAX, basis="a test")],
        "drugs": [drug(), own],
        "mechanisms": [PUMP],
        "inert": [] if own.changes else ["m"],
        "follow_up": ce.FollowUp(horizon=21),
    }
    return ce.Scenario(**{**parts, **more})


def unbound() -> NDArray[np.float64]:
    """(uM) Of the drug, by hand."""
    rate, since = 5 / 20, HOURS - 24.0
    during = 100 / 5 * -np.expm1(-rate * np.clip(since, 0, 1))
    mg_per_l: NDArray[np.float64] = np.where(since > 0, during * np.exp(-rate * np.clip(since - 1, 0, None)), 0.0)
    return mg_per_l * 0.5 * 1000 / 500


def delayed(half_life: float) -> NDArray[np.float64]:
    """(uM) Of the inducer behind its lag, by hand: E' = k (C - E) after all at once."""
    fall, rate = 2 / 40, math.log(2) / half_life
    start = 200 / 40 * 0.5 * 1000 / 500
    found: NDArray[np.float64] = start * rate / (rate - fall) * (np.exp(-fall * HOURS) - np.exp(-rate * HOURS))
    return found


def added(factor: NDArray[np.float64] | float, expression: float) -> NDArray[np.float64]:
    """(per day) Death that the drug adds where the expression is multiplied."""
    divisor = (1 + STRENGTH * expression * np.asarray(factor)) / (1 + STRENGTH * BASAL)
    dose = unbound() / (EC50 * divisor)
    found: NDArray[np.float64] = EMAX * dose / (1 + dose)
    return found


def kill(model: ce.Scenario) -> NDArray[np.float64]:
    """Death that drugs add at the hours, (hours, types)."""
    found: NDArray[np.float64] = rates_at(model, HOURS).death - model.tumor.death
    return found


def test_expression_follows_with_the_half_life_of_the_protein() -> None:
    found = kill(scenario(inducer()))
    odds = (delayed(14) / 0.4) ** 1.5
    factor = 1 + 6 * odds / (1 + odds)
    for k, expression in enumerate((BASAL, 1.0)):
        assert found[:, k] == pytest.approx(added(factor, expression), rel=1e-6, abs=1e-15)
    assert factor[1:].min() > 2.5
    # It is not without effect, in cells without alterations either.
    bare = kill(scenario(inducer(None)))[1:]
    assert (found[1:] < bare).all()
    assert (found[1:, 1] < 0.8 * bare[:, 1]).all()


@pytest.mark.parametrize(
    "induces",
    [
        INDUCES.replace({"most": 1}),
        INDUCES.replace({"ec50": 1e4, "hill": 5}),
        INDUCES.replace({"half_life_hours": 1e4, "hill": 8, "ec50": 1}),
    ],
    ids=["most of 1", "far below half", "slow"],
)
def test_what_does_not_reach_the_cells_changes_nothing(induces: Induction) -> None:
    assert kill(scenario(inducer(induces))) == pytest.approx(kill(scenario(inducer(None))), rel=1e-6)


def test_a_protein_that_is_made_soon_follows_the_instant() -> None:
    """It is behind by 0.14 h of a fall of 0.05 per hour."""
    found = kill(scenario(inducer(INDUCES.replace({"half_life_hours": 0.1}))))
    odds = (200 / 40 * 0.5 * 2 * np.exp(-2 / 40 * HOURS) / 0.4) ** 1.5
    assert found[:, 1] == pytest.approx(added(1 + 6 * odds / (1 + odds), 1.0), rel=1e-2, abs=1e-15)


def test_more_of_an_inducer_never_raises_the_kill() -> None:
    model = scenario(inducer())
    amounts = (1.0, 20.0, 200.0, 2000.0)
    plans = (ce.Regimen.parse(PLAN.replace("m 200 mg", f"m {amount:g} mg")) for amount in amounts)
    models = [scenario(inducer(None)), *(model.replace({"regimen": plan}) for plan in plans)]
    kills = [kill(one) for one in models]
    for less, more in itertools.pairwise(kills):
        assert (more <= less * (1 + 1e-9)).all()
    one = {"sensitive": 1}
    alive = [ce.survival_probability(each.therapy, initial=one, times=[21.0])[0] for each in (models[0], models[-1])]
    assert alive[1] > 1.02 * alive[0]


def test_folds_are_those_of_hypoxia_that_raises_as_much() -> None:
    """The numbers are those of a sevenfold induction, computed apart."""
    known: dict[str, Any] = {"mechanisms": PUMP, "drugs": {"k": drug(), "m": inducer()}}
    full = {"modulators": {"m": 1e9}}
    assert ce.fold(drug(), expressions={"pump": BASAL}, **known, **full) == pytest.approx(2.779183673, rel=1e-8)
    assert ce.fold(drug(), expressions={"pump": 1.0}, **known, **full) == pytest.approx(104.4891837, rel=1e-8)
    half = ce.fold(drug(), expressions={"pump": 1.0}, **known, modulators={"m": 0.4})
    assert half == pytest.approx((1 + STRENGTH * 4) / (1 + STRENGTH * BASAL), rel=1e-12)
    assert ce.fold(drug(), expressions={"pump": 1.0}, **known, modulators={"m": 0.0}) == pytest.approx(FOLD)
    # An assay begins without it: the longer it lasts, the more is induced.
    effects = [
        ce.dose_response(drug(), concentrations=[2.0], hours=hours, expressions={"pump": 1.0}, **known, **full)[
            "effect"
        ].item()
        for hours in (1.0, 24.0, 1000.0)
    ]
    assert effects == sorted(effects, reverse=True)
    assert effects[-1] == pytest.approx(2 / (2 + 104.4891837), rel=0.02)


def test_it_multiplies_with_hypoxia_and_with_inhibitors() -> None:
    breathing = PUMP.replace({"hypoxia": 7})
    niches = [
        ce.Niche(name="near", share=0.5, oxygen=760, birth=1),
        ce.Niche(name="far", share=0.5, oxygen=20, birth=1),
    ]
    model = scenario(
        inducer(), tumor={"niches": niches, "exchange": 0.1}, mechanisms=[breathing], assume_untouched=True
    )
    found = dict(zip(model.types.names, kill(model).T, strict=True))
    odds = (delayed(14) / 0.4) ** 1.5
    factor = 1 + 6 * odds / (1 + odds)
    assert found["sensitive@near"] == pytest.approx(added(factor, BASAL), rel=1e-4, abs=1e-15)
    assert found["sensitive@far"] == pytest.approx(added(7 * factor, BASAL), rel=1e-6, abs=1e-15)
    both = inducer().replace({"inhibits": [Inhibition(mechanism="pump", ki=1e-8, most=0.5)]})
    assert kill(scenario(both))[:, 1] == pytest.approx(added(0.5 * factor, 1.0), rel=1e-6, abs=1e-15)


def test_an_inducer_comes_to_niches_as_drugs_do() -> None:
    niches = [
        ce.Niche(name="near", share=0.5),
        ce.Niche(name="far", share=0.25, penetration={"m": 0, "other": 1}),
        ce.Niche(name="late", share=0.25, penetration={"m": ce.Access(ratio=1, lag_hours=1e-3), "other": 1}),
    ]
    model = scenario(inducer(), tumor={"niches": niches, "exchange": 0.1})
    found = dict(zip(model.types.names, kill(model).T, strict=True))
    bare = kill(scenario(inducer(None)))
    assert found["A@far"] == pytest.approx(bare[:, 1], rel=1e-12, abs=1e-15)
    assert found["A@near"] == pytest.approx(kill(scenario(inducer()))[:, 1], rel=1e-7, abs=1e-15)
    assert found["A@late"] == pytest.approx(found["A@near"], rel=1e-3, abs=1e-15)


def test_a_kill_is_that_of_a_drug_that_induces_what_it_meets() -> None:
    own = drug(induces=[INDUCES.replace({"half_life_hours": 2})])
    at = ce.Anchor(
        cycle_length_days=21,
        doses=[ce.Dose(drug="k", amount=100, unit="mg", duration_hours=1)],
        patient=ce.Patient(bsa=1.8),
        drug=own,
    )
    said = ce.Potency(drug="k", log10_kill_per_cycle=0.1, at=at, basis="a test")
    plan = ce.Regimen.parse("k 100 mg over 1 h q21d x2")
    model = scenario(inducer(None)).replace({"drugs": [own], "potencies": [said], "regimen": plan, "inert": []})
    rates = model.rates
    lengths = np.diff(rates.breakpoints, prepend=0.0)
    killed = lengths @ (rates.death[: len(lengths), 0] - 0.1) / math.log(10)
    assert killed == pytest.approx(0.1, rel=1e-3)
    plain = model.replace({"drugs": [drug()], "potencies": [said.replace({"at.drug": drug()})]})
    assert plain.rates.potencies["k"].emax < 0.9 * rates.potencies["k"].emax


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("most", 0.5, "most must be from 1 to"),
        ("most", Figure(value=0.5, unit="1"), "most must be >= 1: an inducer raises"),
        ("ec50", 0, "ec50 must be > 0"),
        ("half_life_hours", 0, "half_life_hours must be > 0"),
        ("half_life_hours", 0.01, r"half_life_hours must be at least 0\.1 h"),
        ("hill", 0, "hill must be > 0"),
    ],
)
def test_a_number_out_of_range_is_an_error(field: str, value: Any, words: str) -> None:
    parts = {"mechanism": "pump", "most": 7, "ec50": 0.4, "half_life_hours": 14} | {field: value}
    with pytest.raises(ce.ModelError, match=words):
        Induction(**parts)  # type: ignore[arg-type]


def test_what_is_induced_must_be_known_and_followed() -> None:
    with pytest.raises(ce.ModelError, match=r"drugs\[m\]\.induces\[0\]\.mechanism must be .*'pmup'.*'pump'"):
        scenario(inducer(INDUCES.replace({"mechanism": "pmup"})))
    hides = ce.Mechanism(name="veil", stage="immunity", basal=1, expression=0)
    with pytest.raises(ce.ModelError, match=r"drugs\[m\]\.induces\[0\]\.mechanism must not be one of immunity"):
        scenario(inducer(INDUCES.replace({"mechanism": "veil"})), mechanisms=[PUMP, hides])


def test_it_is_said_written_and_cited() -> None:
    own = ce.Drug.from_toml(
        """
        name = "m"
        drug_class = "own"
        molar_mass = 500
        fraction_unbound = 0.5
        mode = "modulator"
        kinetics = { clearance = 2, volume = 40 }
        [[induces]]
        mechanism = "pump"
        most = 7
        ec50 = 0.4
        half_life_hours = 14
        hill = 1.5
        """
    )
    assert own == inducer()
    assert ce.Drug.from_dict(own.to_dict()) == own
    words = "induces pump, up to 7-fold, half at 0.4 uM unbound, Hill exponent 1.5, followed with a half-life of 14 h"
    assert words in " ".join(scenario(own).describe().split())
    assert "induces pump: up to 7-fold, half at 0.4 uM" in " ".join(own.describe_action().split())
    found = ce.citations(scenario(own)).filter(pl.col("part") == "drug m")
    assert {"induces[0].most", "induces[0].ec50", "induces[0].half_life_hours"} <= set(found["number"])


def test_an_inducer_can_be_switched_off() -> None:
    off = {(name, kind): model for name, kind, model in parts(scenario(inducer()))}[("m", "modulator")]
    assert off is not None
    assert kill(off) == pytest.approx(kill(scenario(inducer(None))), rel=1e-12)


def test_a_pump_that_saturates_is_induced_as_one_that_does_not() -> None:
    saturable = PUMP.replace({"drugs": [ce.OnDrug(drug="k", fold=FOLD, km=0.3)]})
    # Far above its EC50 and quick: all that it raises is seven times as much from soon after its dose on.
    most = INDUCES.replace({"ec50": 1e-6, "half_life_hours": 0.1, "hill": 4})
    induced = scenario(inducer(most)).replace({"mechanisms": [saturable]})
    more = scenario(inducer(None)).replace({"mechanisms": [saturable], "tumor.expressions": {"pump": 7 * BASAL}})
    assert kill(induced)[1:, 0] == pytest.approx(kill(more)[1:, 0], rel=1e-6)
    less = scenario(inducer(None)).replace({"mechanisms": [saturable]})
    assert (kill(less)[1:, 0] > 1.02 * kill(induced)[1:, 0]).all()
