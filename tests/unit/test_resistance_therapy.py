"""Compiled therapies against quadrature, closed forms and planted bugs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.integrate import quad

import chemoevo as ce
from chemoevo import ModelError, pharmacology
from chemoevo.pharmacology import Dose, Patient, Phase, Regimen, regimens
from chemoevo.resistance import (
    Alteration,
    Anchor,
    Potency,
    alteration,
    compile_therapy,
    growth_process,
    potency_in_cell,
    resolve_potency,
    therapy_rates,
)

PATIENT = Patient(bsa=1.8, gfr=90)
REGIMEN = regimens.docetaxel_carboplatin()
ALTERATIONS = [
    alteration(name, mutation=4e-7, cost=cost)
    for name, cost in zip(["ABCB1", "TP53", "BCL2", "GSTP1", "ERCC1"], [0.05, 0, 0.02, 0.03, 0.01], strict=True)
]
POTENCIES = [
    Potency(drug=drug, log10_kill_per_cycle=kill, at=Anchor.first_cycle(REGIMEN, drug, patient=PATIENT), basis="test")
    for drug, kill in (("docetaxel", 0.4), ("carboplatin", 0.3))
]
ARGUMENTS = {
    "regimen": REGIMEN,
    "patient": PATIENT,
    "alterations": ALTERATIONS,
    "birth": 0.139,
    "death": 0.1313,
    "potencies": POTENCIES,
    "horizon": 365.0,
}


def hazard(rates, genotype, days):
    """Added death by the formulas as written, from concentrations and published factors."""
    names = genotype.split("+")
    carried = [a for a in ALTERATIONS if a.name in names]
    total = 0.0
    for name, potency in rates.potencies.items():
        c = pharmacology.concentration(REGIMEN, PATIENT, name, [days])["unbound_um"][0]
        ec50, emax = potency_in_cell(potency, carried)
        total += emax * c**potency.hill / (ec50**potency.hill + c**potency.hill)
    return total


def integrated(rates, genotype, until):
    k = rates.genotypes.names.index(genotype)
    edges = np.concatenate([[0.0], rates.breakpoints[rates.breakpoints <= until]])
    assert edges[-1] == until
    return float(np.diff(edges) @ (rates.death[: len(edges) - 1, k] - 0.1313))


@pytest.mark.parametrize("genotype", ["sensitive", "ABCB1", "TP53+GSTP1", "ABCB1+TP53+BCL2+GSTP1+ERCC1"])
def test_integrated_hazard_equals_quadrature(genotype):
    rates = therapy_rates(**ARGUMENTS)
    pieces = [0, 0.25 / 24, 1 / 24, 1.1 / 24, 1.5 / 24, 2 / 24, 2.2 / 24, 3 / 24, 6 / 24, 0.5, 1, 2, 4, 8, 21]
    want = sum(
        quad(lambda t: hazard(rates, genotype, t), a, b, epsabs=1e-9, epsrel=1e-8)[0]
        for a, b in itertools.pairwise(pieces)
    )
    assert integrated(rates, genotype, 21.0) == pytest.approx(want, rel=1e-6)


def test_calibration_meets_the_kill_exactly():
    rates = therapy_rates(**ARGUMENTS)
    # Both drugs together take ln(10) (0.4 + 0.3) from sensitive cells over the first cycle.
    assert integrated(rates, "sensitive", 21.0) == pytest.approx(np.log(10) * 0.7, rel=1e-7)
    for potency in POTENCIES:
        resolved = rates.potencies[potency.drug]
        again = Potency(drug=potency.drug, emax=resolved.emax, basis="the same")
        kill = resolve_potency(again, regimen=REGIMEN, patient=PATIENT).log10_kill_per_cycle
        assert kill == pytest.approx(potency.log10_kill_per_cycle, rel=1e-12)


def test_cycling_fraction_scales_emax():
    half = resolve_potency(
        Potency(drug="docetaxel", emax=2, cycling_fraction=0.25, basis="x"), regimen=REGIMEN, patient=PATIENT
    )
    assert half.emax == 0.5


def test_segments_end_at_doses_and_at_the_horizon():
    rates = therapy_rates(**ARGUMENTS)
    kinks = {(504 * cycle + hour) / 24 for cycle in range(6) for hour in (0, 1, 2)} - {0.0}
    assert kinks <= set(rates.breakpoints)
    assert len(rates.breakpoints) <= 6 * 60
    births = np.array(rates.genotypes.births(0.139))
    np.testing.assert_array_equal(rates.birth, np.broadcast_to(births, rates.birth.shape))
    np.testing.assert_array_equal(rates.death[-1], np.full(32, 0.1313))
    assert rates.breakpoints[-1] <= 365
    assert not rates.death.flags.writeable


def survival(**changes):
    process = compile_therapy(**{**ARGUMENTS, **changes})
    return np.array([ce.survival_probability(process, initial={name: 1}, times=[365.0])[0] for name in process.types])


def test_answers_converge_with_the_square_of_the_segments():
    one = {"alterations": ALTERATIONS[:1]}
    exact = survival(**one, tolerance=1e-6)
    errors = [np.abs(survival(**one, tolerance=1e-2, halved=halved) / exact - 1).max() for halved in (False, True)]
    # Halving every segment divides the error by four; a first-order scheme would give two.
    assert 3 < errors[0] / errors[1] < 5


def test_rates_at_segment_starts_would_be_noticed():
    rates = therapy_rates(**ARGUMENTS)
    starts = np.concatenate([[0.0], rates.breakpoints[:-1]])
    lengths = np.diff(np.concatenate([[0.0], rates.breakpoints]))
    cycle = starts < 21
    wrong = sum(h * hazard(rates, "sensitive", t) for t, h in zip(starts[cycle], lengths[cycle], strict=True))
    assert wrong != pytest.approx(np.log(10) * 0.7, rel=1e-4)


def test_zero_effect_equals_no_drug():
    nil = [Potency(drug=p.drug, emax=1e-300, basis="nil") for p in POTENCIES]
    far = [Potency(drug=p.drug, emax=1.0, ec50=1e300, hill=3, basis="out of reach") for p in POTENCIES]
    plain = growth_process(alterations=ALTERATIONS, birth=0.139, death=0.1313)
    for potencies in (nil, far):
        assert compile_therapy(**{**ARGUMENTS, "potencies": potencies}) == plain


def test_resistance_never_helps_the_drug():
    rates = therapy_rates(**ARGUMENTS)
    for k, mask in enumerate(rates.genotypes.masks):
        for j, other in enumerate(rates.genotypes.masks):
            # Loss of p53 makes cells more sensitive to docetaxel.
            gained = rates.genotypes.carriers("TP53")
            if mask & other == mask and (rates.genotypes.names[j] in gained) == (rates.genotypes.names[k] in gained):
                assert (rates.death[:, j] <= rates.death[:, k] * (1 + 1e-12)).all()


def test_two_doses_at_one_time_are_one_dose():
    def regimen(*amounts):
        doses = [Dose(drug="docetaxel", amount=a, unit="mg", duration_hours=1) for a in amounts]
        return Regimen(name="r", phases=[Phase(cycle_length_days=21, cycles=2, doses=doses)])

    arguments = {**ARGUMENTS, "potencies": [Potency(drug="docetaxel", emax=1, basis="x")]}
    one, two = (therapy_rates(**{**arguments, "regimen": r}) for r in (regimen(130), regimen(60, 70)))
    np.testing.assert_allclose(one.breakpoints, two.breakpoints)
    np.testing.assert_allclose(one.death, two.death, rtol=1e-12)


def test_a_dose_at_the_horizon_does_nothing():
    at = compile_therapy(**{**ARGUMENTS, "horizon": 21.0})
    once = compile_therapy(**{**ARGUMENTS, "horizon": 21.0, "regimen": regimens.docetaxel_carboplatin(cycles=1)})
    assert at == once


def test_cytostatic_drugs_lower_birth():
    potencies = [
        Potency(drug="docetaxel", emax=0.8, mode="cytostatic", basis="x"),
        Potency(drug="carboplatin", emax=0.5, basis="x"),
    ]
    rates = therapy_rates(**{**ARGUMENTS, "potencies": potencies})
    births = np.array(rates.genotypes.births(0.139))
    assert (rates.birth >= 0.2 * births * (1 - 1e-12)).all()
    assert (rates.birth <= births).all()
    assert rates.birth[:, 0].min() < 0.25 * births[0]
    assert rates.potencies["docetaxel"].log10_kill_per_cycle is None


def test_everything_that_does_not_fit_is_said_at_once():
    silent = Alteration(name="X", mutation=0, stage="repair", effects=[{"drug": "docetaxel", "fold": 1}])
    potencies = [POTENCIES[0], POTENCIES[0], Potency(drug="cisplatin", emax=1, basis="x")]
    with pytest.raises(ModelError) as caught:
        therapy_rates(**{**ARGUMENTS, "alterations": [silent], "potencies": potencies})
    assert caught.value.problems == (
        "potencies[1].drug must appear once; got 'docetaxel'.",
        "potencies[2].drug must be a drug of the regimen; got 'cisplatin'. Did you mean 'carboplatin'?",
        "potencies has no entry for 'carboplatin'. Every drug of the regimen needs one.",
        "alterations[0].effects ('X') has no entry for 'carboplatin'. "
        "Add one; fold = 1 says that the drug is not touched.",
    )


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"birth": -1.0}, "birth must be finite and >= 0; got -1.0."),
        ({"death": np.nan}, "death must be finite and >= 0; got nan."),
        ({"horizon": 0}, "horizon must be finite and > 0; got 0."),
        ({"tolerance": 2}, r"tolerance must be in \[1e-9, 1\]; got 2."),
        ({"max_segments": 30}, "more than 30 segments are needed: allow a larger tolerance or more segments."),
    ],
)
def test_wrong_numbers_are_refused(change, text):
    with pytest.raises(ModelError, match=text):
        therapy_rates(**{**ARGUMENTS, **change})


def test_own_drugs_are_used():
    data = pharmacology.drug("docetaxel").to_dict()
    mine = pharmacology.Drug.from_dict({**data, "name": "mytaxel"})
    doses = [Dose(drug="mytaxel", amount=75, unit="mg/m2", duration_hours=1)]
    regimen = Regimen(name="r", phases=[Phase(cycle_length_days=21, cycles=6, doses=doses)])
    potencies = [Potency(drug="mytaxel", emax=1, basis="x")]
    own = Alteration(name="X", mutation=0, stage="efflux", effects=[{"drug": "mytaxel", "fold": 2}])
    arguments = {**ARGUMENTS, "regimen": regimen, "potencies": potencies, "alterations": [own]}
    rates = therapy_rates(**arguments, drugs={"mytaxel": mine})
    assert rates.potencies["mytaxel"].ec50 == 0.0025
    with pytest.raises(ModelError, match="'mytaxel' is not a known drug"):
        therapy_rates(**arguments)
