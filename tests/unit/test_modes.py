"""Drugs that kill dividing cells: divisions that are lost, and death in proportion to birth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

import chemoevo as ce
from chemoevo.resistance import Genotypes, resolve_potency
from chemoevo.resistance.therapy import instant_rates

AT = ce.Anchor.first_cycle(
    ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h q21d"), "docetaxel", patient=ce.Patient(bsa=1.8)
)


def scenario(mode: Any, *, birth: float = 0.6, **potency: Any) -> ce.Scenario:
    return ce.Scenario(
        name="a test",
        tumor=ce.Tumor(birth=birth, death=0.3, size=1000, alterations=[ce.Alteration(name="ABCB1", mutation=1e-3)]),
        regimen=ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h q21d x2"),
        patient=ce.Patient(bsa=1.8),
        potencies=[ce.Potency(drug="docetaxel", mode=mode, basis="a test", **potency)],
        follow_up=ce.FollowUp(horizon=42),
    )


def net(model: ce.Scenario) -> np.ndarray:
    """Growth integrated over the first cycle, by genotypes."""
    process = model.therapy
    lengths = np.diff(process.breakpoints, prepend=0.0)
    first = process.breakpoints <= 21.0 + 1e-9
    growth = (process.birth - process.death)[: len(lengths)]
    found: np.ndarray = lengths[first] @ growth[first]
    return found


@pytest.mark.parametrize(("mode", "kill"), [("cytotoxic", 1.0), ("dividing", 0.3), ("norton-simon", 1.0)])
def test_a_kill_per_cycle_comes_back_in_every_mode(mode: str, kill: float) -> None:
    model = scenario(mode, log10_kill_per_cycle=kill, at=AT)
    # Mutants leave no cell behind: one daughter remains.
    assert (0.3 * 21 - net(model)[0]) / np.log(10) == pytest.approx(kill, rel=1e-4)
    # Carriers feel less of it.
    assert net(model)[0] < net(model)[1] < 0.3 * 21


def test_a_lost_division_takes_a_birth_and_adds_a_death() -> None:
    lost, plain = scenario("dividing", emax=0.8).therapy, scenario("cytotoxic", emax=0.8).therapy
    assert lost.birth.min() < 0.6 * 0.3
    # Begun divisions are as many as before: those that succeed, and those that end in death.
    assert lost.birth + lost.death == pytest.approx(np.full(lost.birth.shape, 0.9), rel=1e-12)
    assert plain.birth.min() == 0.6


def test_norton_and_simon_have_the_mean_of_lost_divisions_and_another_law() -> None:
    lost, proportional = scenario("dividing", emax=0.4), scenario("norton-simon", emax=0.8)
    one = {"sensitive": 1}
    day = [42.0]
    means = [ce.mean_counts(model.therapy, initial=one, times=day)[0] for model in (lost, proportional)]
    assert means[0][0] == pytest.approx(means[1][0], rel=1e-3)
    # Mutants arise in divisions that succeed: fewer are left of them.
    assert means[0][1] < 0.99 * means[1][1]
    alive = [float(ce.survival_probability(model.therapy, initial=one, times=day)[0]) for model in (lost, proportional)]
    # With more events to the same mean, chance has more room: fewer lines survive.
    assert alive[1] < 0.95 * alive[0]


def test_both_answers_agree() -> None:
    model = scenario("dividing", emax=0.9)
    start = {"sensitive": 6}
    p = float(ce.cure_probability(model, initial=start))
    n = 4000
    counts = ce.simulate(model.therapy, initial=start, times=[42.0], replicates=n, seed=5).counts[:, 0].sum(axis=1)
    # Two sides at 1e-6: a right law fails once in a million runs, and the other mode is seen.
    cured = int((counts == 0).sum())
    assert stats.binomtest(cured, n, p).pvalue > 1e-6
    other = float(ce.cure_probability(scenario("norton-simon", emax=1.8), initial=start))
    assert stats.binomtest(cured, n, other).pvalue < 1e-6


def test_several_drugs_in_several_modes() -> None:
    """By the formula: divisions begin, succeed or end in death, and others die in proportion to those that began."""
    plan = ce.Regimen.parse(
        "docetaxel 75 mg/m2 over 1 h + carboplatin 5 AUC over 1 h at 2 h + paclitaxel 80 mg/m2 at 5 h q21d"
    )
    modes = {"docetaxel": ("dividing", 0.5), "carboplatin": ("cytostatic", 0.9), "paclitaxel": ("norton-simon", 1.4)}
    patient, hours = ce.Patient(bsa=1.8, gfr=90), np.array([0.5, 2.5, 6.0, 24.0, 100.0])
    potencies = [
        ce.Potency(drug=name, emax=emax, mode=mode, basis="a test", ec50=0.02, hill=1.3)  # type: ignore[arg-type]
        for name, (mode, emax) in modes.items()
    ]
    found = instant_rates(
        hours, regimen=plan, patient=patient, alterations=Genotypes([]), birth=0.6, death=0.3, potencies=potencies
    )
    free = ce.concentrations(plan, patient=patient, times=hours / 24).filter(compartment="unbound")
    effect = {}
    for name, (mode, emax) in modes.items():
        dose = (free.filter(drug=name)["uM"].to_numpy() / 0.02) ** 1.3
        effect[mode] = emax * dose / (1 + dose)
    begun = 0.6 * (1 - effect["cytostatic"])
    assert found.birth[:, 0] == pytest.approx(begun * (1 - effect["dividing"]), rel=1e-12)
    assert found.death[:, 0] == pytest.approx(0.3 + begun * (effect["dividing"] + effect["norton-simon"]), rel=1e-12)


@pytest.mark.parametrize(("number", "error"), [(4, 0.014813258), (8, 0.0037590864), (16, 0.00094272790)])
def test_mean_rates_of_equal_segments_have_the_error_of_second_order(number: int, error: float) -> None:
    """A kill of 1.5 x/(1 + x), x = 3 e^-t, b = 0.14, d = 0.13: one cell survives 8 days with 0.07149114215."""
    edges = np.linspace(0, 8, number + 1)
    # The integral of x/(1 + x) is ln(1 + x), taken backward.
    kill = -1.5 * np.diff(np.log1p(3 * np.exp(-edges))) / np.diff(edges)
    process = ce.BranchingProcess(
        types=["S"],
        birth=np.full((number + 1, 1), 0.14),
        death=0.13 + np.append(kill, 0.0)[:, None],
        breakpoints=edges[1:],
    )
    found = float(ce.survival_probability(process, initial={"S": 1}, times=[8.0])[0])
    assert found / 0.07149114215 - 1 == pytest.approx(error, rel=1e-6)


@pytest.mark.parametrize(
    ("mode", "potency", "words"),
    [
        (
            "dividing",
            {"emax": 1.2},
            r"emax must be in \(0, 1\] for a dividing drug, the largest fraction of divisions lost",
        ),
        ("cytostatic", {"log10_kill_per_cycle": 1, "at": AT}, "must not be given for a cytostatic drug"),
        (
            "dividing",
            {"log10_kill_per_cycle": 3, "at": AT},
            r"must be at most 0\.\d+, where every division at the largest",
        ),
        ("killing", {"emax": 1}, "mode must be one of"),
    ],
)
def test_what_cannot_be_is_refused(mode: str, potency: dict[str, Any], words: str) -> None:
    with pytest.raises(ce.ModelError, match=words):
        _ = scenario(mode, **potency).therapy


def test_a_kill_that_follows_division_needs_births() -> None:
    kill = ce.Potency(drug="docetaxel", log10_kill_per_cycle=0.1, at=AT, mode="dividing", basis="a test")
    plan = ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h q21d")
    with pytest.raises(ce.ModelError, match=r"follows division: it needs a birth rate above 0 \(per day\)"):
        resolve_potency(kill, regimen=plan, patient=ce.Patient(bsa=1.8))
    with_birth = resolve_potency(kill, regimen=plan, patient=ce.Patient(bsa=1.8), birth=0.6)
    assert 0 < with_birth.emax < 1
