"""Alterations that come in copies, go again, switch, hurry others on or cost more together: genotypes and both answers.

A comparison of both answers is an exact binomial test at a false-alarm level of 1e-6; planted bugs fail it.
"""

from __future__ import annotations

import itertools
import time
from functools import cache
from typing import Any

import numpy as np
import pytest
from scipy import stats

import chemoevo as ce
from chemoevo.resistance import Genotypes, growth_process, therapy_rates

FALSE_ALARM = 1e-6


def made(name: str, **more: Any) -> ce.Alteration:
    """One that changes a mechanism of its own name."""
    changes = [ce.Change(mechanism=more.pop("changes", "pump"), by=more.pop("by", 1.0))]
    return ce.Alteration(name=name, changes=changes, **{"mutation": 1e-6, **more})


def edges(given: list[ce.Alteration]) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float]]:
    """Probabilities and rates of all steps of one copy, by enumeration."""

    def name(copies: tuple[int, ...]) -> str:
        labels = [a.name + (f"x{n}" if n > 1 else "") for a, n in zip(given, copies, strict=True) if n]
        return "+".join(labels) or "sensitive"

    mutation, switching = {}, {}
    for copies in itertools.product(*(range(a.copies + 1) for a in given)):
        hurried = np.prod([a.mutator for a, n in zip(given, copies, strict=True) if n])
        for locus, one in enumerate(given):
            for step, probability, rate in ((1, one.mutation, one.switch_on), (-1, one.reversal, one.switch_off)):
                there = (*copies[:locus], copies[locus] + step, *copies[locus + 1 :])
                if 0 <= there[locus] <= one.copies:
                    if probability > 0:
                        mutation[name(copies), name(there)] = probability * float(hurried)
                    if rate > 0:
                        switching[name(copies), name(there)] = rate
    return mutation, switching


def test_names_are_ordered_by_copies() -> None:
    genotypes = Genotypes([made("A", copies=2), made("B"), made("C", copies=3)])
    assert len(genotypes) == 3 * 2 * 4
    assert genotypes.names[:10] == (
        "sensitive", "A", "B", "C", "Ax2", "A+B", "A+C", "B+C", "Cx2", "Ax2+B",
    )  # fmt: skip
    assert genotypes.names[-1] == "Ax2+B+Cx3"
    total = genotypes.copies.sum(axis=1).tolist()
    assert total == sorted(total)
    assert genotypes.copies[genotypes.names.index("Ax2+Cx3")].tolist() == [2, 0, 3]
    assert genotypes.masks[genotypes.names.index("Ax2+Cx3")] == 0b101
    assert genotypes.carriers("Ax2", "C") == (
        "Ax2+C", "Ax2+B+C", "Ax2+Cx2", "Ax2+B+Cx2", "Ax2+Cx3", "Ax2+B+Cx3",
    )  # fmt: skip
    assert set(genotypes.carriers("A")) == {name for name in genotypes.names if "A" in name}
    # Copies are no further alterations.
    assert "Ax2" not in genotypes.with_alterations(2)
    with pytest.raises(ce.ModelError, match=r"'Ax3' is not one of the alterations A, B, C\."):
        genotypes.carriers("Ax3")


GIVEN: dict[str, list[ce.Alteration]] = {
    "copies": [made("A", copies=3), made("B", mutation=2e-6)],
    "reversal": [made("A", copies=2, reversal=1e-3), made("B", reversal=0.02), made("C")],
    "switching": [made("A", copies=2, switch_on=1e-3, switch_off=0.1), made("B", mutation=0, switch_off=0.3)],
    "mutators": [made("A", mutator=50, reversal=1e-4), made("B", copies=2, mutator=3), made("C", mutator=0.5)],
    "nothing arises": [made("A", mutation=0), made("B", mutation=0, reversal=0.1)],
}


@pytest.mark.parametrize("case", GIVEN)
def test_steps_are_of_one_copy(case: str) -> None:
    given = GIVEN[case]
    genotypes = Genotypes(given)
    mutation, switching = edges(given)
    assert genotypes.mutation == pytest.approx(mutation, rel=1e-15, abs=0)
    assert genotypes.switching == switching
    # What is handed out is a copy.
    genotypes.mutation.clear()
    assert len(genotypes.mutation) == len(mutation)


def test_a_mutator_hurries_carriers_alone() -> None:
    found = Genotypes([made("M", mutator=100.0, mutation=1e-5), made("B", reversal=1e-4)]).mutation
    assert found == pytest.approx(
        {
            ("sensitive", "M"): 1e-5,
            ("sensitive", "B"): 1e-6,
            ("M", "M+B"): 1e-4,
            ("B", "M+B"): 1e-5,
            ("B", "sensitive"): 1e-4,
            ("M+B", "M"): 1e-2,
        },
        rel=1e-15,
        abs=0,
    )


def test_probabilities_of_a_division_are_at_most_one() -> None:
    mutator, other = made("M", mutator=10.0, mutation=0.01), made("B", mutation=0.1)
    assert Genotypes([mutator, other]).mutation["M", "M+B"] == 1.0
    above = other.replace({"mutation": 0.11})
    message = r"The mutation probabilities of the alterations must sum to at most 1; got 1\.1\."
    with pytest.raises(ce.ModelError, match=message):
        Genotypes([mutator, above])
    # A further copy and the way back count as well.
    with pytest.raises(ce.ModelError, match=r"must sum to at most 1; got 1\.05\."):
        Genotypes([made("A", copies=2, mutation=0.15, reversal=0.9)])
    assert len(Genotypes([made("A", mutation=0.15, reversal=0.9)])) == 2
    with pytest.raises(ce.ModelError, match=r"alterations are impossible together: The mutation probabilities"):
        ce.Tumor(birth=1, death=0, size=10, alterations=[mutator, above])
    with pytest.raises(ce.ModelError, match=r"alterations must leave a net growth above 0: .*, and 0\.02 per day swit"):
        ce.Tumor(birth=0.14, death=0.12, size=10, alterations=made("A", switch_on=0.02))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([made("A", copies=2), made("Ax2")], "alterations[1].name must not be that of several copies of another one"),
        ([made("Ax3"), made("A", copies=3)], "alterations[0].name must not be that of several copies of another one"),
        ([made("A", copies=2), made("A")], "alterations[1].name must appear once; got 'A'."),
        ([made(f"A{k}") for k in range(21)], "alterations must be at most 20; got 21."),
        (
            [made(f"A{k}", copies=20) for k in range(5)],
            f"alterations must make at most 1048576 genotypes; got {21**5}.",
        ),
    ],
)
def test_names_and_numbers_that_clash(given: list[ce.Alteration], said: str) -> None:
    with pytest.raises(ce.ModelError) as error:
        Genotypes(given)
    assert said in str(error.value)


def test_names_that_do_not_clash() -> None:
    assert Genotypes([made("Ax3"), made("A", copies=2)]).names == ("sensitive", "Ax3", "A", "Ax3+A", "Ax2", "Ax3+Ax2")


def test_a_fold_is_linear_in_the_number_of_copies() -> None:
    for drug, name, k in (("docetaxel", "ABCB1", 14.53), ("doxorubicin", "GSTP1", 2.0), ("etoposide", "ABCC1", 4.0)):
        for n in range(1, 21):
            genotype = name if n == 1 else f"{name}x{n}"
            assert ce.fold(drug, genotype=genotype) == pytest.approx(1 + n * k, rel=1e-12)
    # Of both pumps of doxorubicin, 8.6 and 5, sinks add: 1 + 2 of 7.6 + 3 of 4.
    assert ce.fold("doxorubicin", genotype="ABCB1x2+ABCC1x3") == pytest.approx(1 + 2 * 7.6 + 3 * 4, rel=1e-12)
    # Thresholds of apoptosis are linear each, and multiply.
    assert ce.fold("venetoclax", genotype="MCL1x2+BCL2L1x3") == pytest.approx(19 * 28, rel=1e-12)
    with pytest.raises(ce.ModelError, match=r"copies must be <= 20; got 21\."):
        ce.fold("docetaxel", genotype="ABCB1x21")


def test_expressions_add_and_losses_multiply() -> None:
    # Strength of repair: without it a hundredth of EC50, so that EC50 is (1 + 99 e)/100.
    mechanism = ce.Mechanism(
        name="repair", stage="repair", basal=1.0, expression=0.0, drugs=ce.OnDrug(drug="docetaxel", fold=0.01)
    )

    def change(name: str, copies: int, **how: Any) -> ce.Alteration:
        return ce.Alteration(name=name, mutation=0, copies=copies, changes=ce.Change(mechanism="repair", **how))

    def level(*given: ce.Alteration, base: float = 1.0) -> float:
        fold = ce.fold("docetaxel", genotype=Genotypes(given), mechanisms=mechanism, expressions={"repair": base})
        return (100 * fold - 1) / 99

    assert level(change("A", 3, by=0.5)) == pytest.approx(2.5, rel=1e-12)
    assert level(change("A", 3, by=0.5), change("B", 2, by=-0.25)) == pytest.approx(2.0, rel=1e-12)
    assert level(change("A", 2, loss=0.5), change("B", 1, loss=0.2)) == pytest.approx(0.25 * 0.8, rel=1e-12)
    # Losses are of all that there is, in whatever order.
    both = [change("A", 3, by=0.5), change("B", 2, loss=0.5)]
    assert level(*both) == level(*both[::-1]) == pytest.approx(2.5 / 4, rel=1e-12)
    assert level(change("A", 1, loss=1.0), change("B", 1, by=5.0)) == pytest.approx(0.0, abs=1e-15)
    # Below 0 there is nothing, and what is lost of it is nothing.
    assert level(change("A", 3, by=-0.5), change("B", 1, loss=0.5)) == pytest.approx(0.0, abs=1e-15)
    assert level(change("A", 1, by=1.0), base=0.0) == pytest.approx(1.0, rel=1e-12)
    assert level(change("A", 2, by=-0.5), change("B", 1, by=0.5), base=0.0) == pytest.approx(0.0, abs=1e-15)


def test_epistasis_is_a_factor_on_birth() -> None:
    given = [made("A", copies=2, cost=0.1), made("B", cost=0.2), made("C")]
    table = [
        ce.Epistasis(alterations=["A", "B"], birth=0.5, basis="a test"),
        ce.Epistasis(alterations=["C", "A", "B"], birth=1.5, basis="a test"),
        ce.Epistasis(alterations=["B", "C"], birth=0.0, basis="a test"),
    ]
    genotypes = Genotypes(given, table)
    births = dict(zip(genotypes.names, genotypes.births(2.0), strict=True))
    assert births == pytest.approx(
        {
            "sensitive": 2.0, "A": 1.8, "B": 1.6, "C": 2.0, "Ax2": 1.62, "A+B": 0.72, "A+C": 1.8, "B+C": 0.0,
            "Ax2+B": 2 * 0.81 * 0.8 * 0.5, "Ax2+C": 1.62, "A+B+C": 0.0, "Ax2+B+C": 0.0,
        },
        rel=1e-14,
    )  # fmt: skip
    assert growth_process(alterations=genotypes, birth=2.0, death=0.1).birth[0].tolist() == list(births.values())
    assert genotypes != Genotypes(given)
    with pytest.raises(ce.ModelError) as error:
        Genotypes(given, [table[0].replace({"alterations": ["A", "Bb"]}), table[0], table[0]])
    for said in (
        "epistasis[0].alterations[1] must be one of the alterations; got 'Bb'. Did you mean 'B'?",
        "epistasis[2].alterations must be given once; got ['A', 'B'].",
    ):
        assert said in str(error.value)


def test_both_processes_have_all_steps() -> None:
    given = [made("A", copies=2, reversal=1e-3, switch_on=1e-4, switch_off=0.2, mutator=5), made("B")]
    mutation, switching = edges(given)
    pump = ce.Mechanism(name="pump", stage="efflux", drugs=ce.OnDrug(drug="docetaxel", fold=5))
    treated = therapy_rates(
        alterations=given,
        mechanisms=pump,
        regimen=ce.regimens.docetaxel(cycles=1),
        patient=ce.Patient(bsa=1.8),
        birth=0.14,
        death=0.1,
        potencies=ce.Potency(drug="docetaxel", emax=1.0, basis="a test"),
        horizon=21.0,
    ).process()
    for process in (growth_process(alterations=given, birth=0.14, death=0.1), treated):
        for found, wanted in ((process.mutations, mutation), (process.switches, switching)):
            for interval in (0, len(process.birth) - 1):
                steps = {(process.types[i], process.types[j]): value for i, j, value in found.in_interval(interval)}
                assert steps == pytest.approx(wanted, rel=1e-15, abs=0)
    assert len(treated.birth) > 10


def test_twelve_loci_are_made_at_once() -> None:
    given = [made(f"A{k}", reversal=1e-7, switch_on=1e-5, mutator=1 + k / 12) for k in range(12)]
    begun = time.process_time()
    genotypes = Genotypes(given)
    mutation, switching = genotypes.mutation, genotypes.switching
    births = genotypes.births(0.14)
    assert time.process_time() - begun < 3.0
    assert len(genotypes) == len(set(genotypes.names)) == len(births) == 4096
    assert len(mutation) == 2 * 12 * 2048
    assert len(switching) == 12 * 2048


STARTS = [({"sensitive": 1000}, 20_000), ({"ABCB1": 20}, 2_000)]
"""Cells, and how many replicates see the planted bugs."""


@cache
def scenario(**more: Any) -> ce.Scenario:
    """Two cycles of docetaxel, which cells with more of the pump survive."""
    return ce.Scenario(
        name="comes and goes",
        tumor=ce.Tumor(birth=0.5, death=0.3, size=1e6, alterations=ce.alteration("ABCB1", **more)),
        regimen=ce.regimens.docetaxel(cycles=2),
        patient=ce.Patient(bsa=1.8),
        potencies=ce.Potency(drug="docetaxel", emax=8.0, basis="a test"),
        follow_up=ce.FollowUp(horizon=42),
    )


BACK = {"mutation": 1e-3, "copies": 2, "reversal": 0.3}
SWITCHING = {"mutation": 0.0, "switch_on": 1e-3, "switch_off": 0.05}
BOTH: dict[str, tuple[dict[str, float], dict[str, float]]] = {
    "reversal": (BACK, {**BACK, "reversal": 0.0}),
    "switching on": (SWITCHING, {**SWITCHING, "switch_on": 0.0}),
    "switching off": (SWITCHING, {**SWITCHING, "switch_off": 0.0}),
}


@cache
def simulated(case: str, start: int) -> int:
    """Cures among so many replicates."""
    model = scenario(**BOTH[case][0])
    cells, replicates = STARTS[start]
    ensemble = ce.simulate(model.therapy, initial=cells, times=[model.follow_up.horizon], replicates=replicates, seed=7)
    return int((ensemble.final.sum(axis=1) == 0).sum())


def p_value(case: str, start: int, model: ce.Scenario) -> float:
    """Whether what was simulated agrees with the equations of a model."""
    cells, replicates = STARTS[start]
    wanted = ce.cure_probability(model, initial=cells).value
    return float(stats.binomtest(simulated(case, start), replicates, wanted).pvalue)


@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("case", ["reversal", "switching off"])
def test_both_answers_agree(case: str, start: int) -> None:
    assert 0 < simulated(case, start) < STARTS[start][1]
    assert p_value(case, start, scenario(**BOTH[case][0])) >= FALSE_ALARM


@pytest.mark.parametrize(
    ("case", "start"),
    [("reversal", 0), ("reversal", 1), ("switching on", 0), ("switching off", 1)],
)
def test_planted_bugs_are_seen(case: str, start: int) -> None:
    assert p_value(case, start, scenario(**BOTH[case][1])) < FALSE_ALARM


def test_the_law_of_growth_knows_switching() -> None:
    def model(rate: float) -> ce.Scenario:
        return scenario(mutation=0.0, switch_on=rate, switch_off=0.05).replace({"tumor.size": 2000})

    law = ce.cure_probability(model(1e-4))
    histories = ce.cure_probability(model(1e-4), method="histories", replicates=2000, seed=3)
    assert law.method == "law"
    assert law.mutant_share == pytest.approx(histories.mutant_share)
    # Six standard errors, a false alarm in 1e9; what the law leaves out is a share of mutants of it.
    within = 6 * (histories.high - histories.low) / (2 * 1.96) + (law.mutant_share or 0.0)
    assert 0.05 < law.value < 0.95
    assert abs(law.value - histories.value) < within
    # Planted: nothing switches.
    assert abs(ce.cure_probability(model(0.0)).value - histories.value) > within


def test_a_potency_in_a_cell_is_of_one_copy() -> None:
    line = ce.resistance.ResolvedPotency(ce.pharmacology.drug("docetaxel"), 1.0, 1.0, 1.0, "cytotoxic")
    carried = ce.alteration("ABCB1", mutation=0, copies=3)
    assert ce.resistance.potency_in_cell(line, carried)[0] == pytest.approx(15.53, rel=1e-12)


def test_genotypes_that_nothing_leads_to_can_be_started_from() -> None:
    """Carriers that do not change have the law that they have where they arise, and names stay the same."""
    never, rare = scenario(mutation=0.0), scenario(mutation=1e-7)
    assert never.genotypes.names == rare.genotypes.names == never.therapy.types
    assert never.therapy.mutation == {}
    carrier = never.genotypes.names[-1]
    ask = {"initial": {carrier: 3}, "times": [10.0, 40.0]}
    found = ce.extinction_probability(never.therapy, **ask)
    assert found == pytest.approx(ce.extinction_probability(rare.therapy, **ask), rel=1e-12)
    assert ((found > 0.0) & (found < 1.0)).all()
