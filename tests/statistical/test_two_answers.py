"""A reduced scenario answered by simulation and by backward equations, and bugs that the comparison must catch.

Every comparison has a false-alarm level of 1e-6 (4.9 standard errors) under a fixed seed.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest

import chemoevo as ce
from chemoevo import _core
from chemoevo.analytic.grown.detection import absence_law
from chemoevo.answers.comparison import with_compositions, with_law

LEVEL = 4.9
REPLICATES = 2000


def first_cycle(drug: str) -> ce.Anchor:
    return ce.Anchor.first_cycle(ce.regimens.docetaxel_carboplatin(), drug, patient=ce.Patient(bsa=1.8, gfr=90))


def reduced(*, residual: float | None = None, cycles: int = 2) -> ce.Scenario:
    """Ten million cells, three alterations, two cycles, sixty days; every answer is far from 0 and 1."""
    return ce.Scenario(
        name="reduced",
        tumor=ce.Tumor(
            birth=0.14,
            death=0.10,
            size=1e7,
            alterations=[
                ce.Alteration(name="ABCB1", mutation=4e-8),
                ce.Alteration(name="TP53", mutation=2.5e-5),
                ce.Alteration(name="BCL2", mutation=2e-5),
            ],
        ),
        surgery=None if residual is None else ce.Surgery(residual_cells=residual),
        regimen=ce.regimens.docetaxel_carboplatin(cycles=cycles),
        patient=ce.Patient(bsa=1.8, gfr=90),
        potencies=[
            ce.Potency(drug=drug, log10_kill_per_cycle=1.0, at=first_cycle(drug), basis="a test")
            for drug in ("docetaxel", "carboplatin")
        ],
        follow_up=ce.FollowUp(horizon=60.0),
        simulation=ce.Simulation(replicates=REPLICATES, seed=20),
    )


@functools.cache
def resected() -> tuple[ce.Scenario, ce.Ensemble]:
    scenario = reduced(residual=6000.0)
    return scenario, ce.simulate(scenario)


@pytest.mark.parametrize("residual", [None, 6000.0])
def test_two_answers_agree(residual: float | None) -> None:
    scenario, ens = resected() if residual else (reduced(), ce.simulate(reduced()))
    result = ce.answer(scenario, ens)
    assert len(result.comparisons) == 9
    for row in result.comparisons:
        assert abs(row.standard_errors) < LEVEL, row
    inner = [row for row in result.comparisons if 0.02 < row.computed.value < 0.98]
    assert len(inner) >= 4
    if residual:
        cure = next(row for row in result.comparisons if row.question.startswith("cure"))
        assert 0.2 < cure.computed.value < 0.8
        assert result.extinct_ever.value > 0.0
        again = ce.cure_probability(scenario, method="histories")
        assert again.value == pytest.approx(cure.computed.value, rel=1e-12)


def _cure(scenario: ce.Scenario, process: ce.BranchingProcess, initial: object) -> float:
    """Standard errors between cure simulated under `process` and the answer for the scenario's therapy."""
    ens = ce.simulate(process, initial=initial, times=[60.0], seed=77)
    start = np.ascontiguousarray(ens.initial)
    log = _core.log_absence(scenario.therapy.compiled, [True] * len(process.types), start, np.array([60.0]))[:, 0]
    return with_compositions("cure", ens.final.sum(axis=1) == 0, log).standard_errors


def test_two_answers_planted_bugs_in_therapy_are_caught() -> None:
    scenario, ens = resected()
    therapy, grown = scenario.therapy, ens.growth
    assert abs(_cure(scenario, therapy, grown)) < LEVEL
    rates = {"types": therapy.types, "mutation": therapy.mutation}
    shifted = ce.BranchingProcess(
        birth=np.vstack([therapy.birth[-1], therapy.birth]),
        death=np.vstack([therapy.death[-1], therapy.death]),
        breakpoints=np.concatenate([[21.0], therapy.breakpoints + 21.0]),
        pulses=therapy.pulses,
        **rates,
    )
    assert abs(_cure(scenario, shifted, grown)) > LEVEL
    weak = ce.BranchingProcess(
        birth=therapy.birth,
        death=0.10 + 0.95 * (therapy.death - 0.10),
        breakpoints=therapy.breakpoints,
        pulses=therapy.pulses,
        **rates,
    )
    assert abs(_cure(scenario, weak, grown)) > LEVEL
    no_surgery = ce.BranchingProcess(birth=therapy.birth, death=therapy.death, breakpoints=therapy.breakpoints, **rates)
    assert abs(_cure(scenario, no_surgery, grown)) > LEVEL


def test_two_answers_planted_bug_in_growth_is_caught() -> None:
    # Growth that mutates twice as often, which is what two mutated daughters a division would be.
    scenario, ens = resected()
    growth = scenario.growth
    assert ens.growth is not None
    types = scenario.genotypes.carriers("ABCB1")
    columns = np.isin(growth.process.types, types)
    law = absence_law(growth.process, types=types, size=1e7)
    assert abs(with_law("absent", ens.initial[:, columns].sum(axis=1) == 0, law).standard_errors) < LEVEL
    doubled = ce.BranchingProcess(
        types=growth.process.types,
        birth=growth.process.birth,
        death=growth.process.death,
        mutation={pair: 2.0 * float(np.asarray(u)) for pair, u in growth.process.mutation.items()},
    )
    wrong = ce.simulate(
        doubled,
        initial={"sensitive": 1},
        times=[growth.longest],
        stop=growth.stop,
        replicates=REPLICATES,
        seed=5,
    )
    assert abs(with_law("absent", wrong.final[:, columns].sum(axis=1) == 0, law).standard_errors) > LEVEL


def test_two_answers_growth_and_therapy_have_streams_of_their_own() -> None:
    # Times of the first division in growth (1 -> 2 cells) and in therapy (2 -> 3) under one seed. With the stage left
    # out of the key both come from the same random numbers.
    process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.0])
    n = 4000
    grown = ce.simulate(
        process, initial={"S": 1}, times=[50.0], stop=ce.Stop(size=2, retry=True), replicates=n, seed=9, engine="direct"
    )

    def correlation(initial: object) -> float:
        treated = ce.simulate(process, initial=initial, times=[50.0], stop=ce.Stop(size=3), seed=9, engine="direct")
        return float(np.corrcoef(grown.outcomes["time"], treated.outcomes["time"])[0, 1])

    assert abs(correlation(grown)) < LEVEL / np.sqrt(n)
    assert correlation(grown.final) > 0.9


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nsclc", "nsclc_adjuvant"])
def test_two_answers_agree_in_the_lung_cancer_examples(name: str) -> None:
    scenario = ce.scenarios.scenario(name)
    # As many as the suite has time for: the reduced scenario has more, and the planted errors.
    replicates = 100 if scenario.surgery is None else 300
    result = ce.answer(scenario, ce.simulate(scenario, replicates=replicates))
    for row in result.comparisons:
        assert row.agrees, row
    cure = next(row for row in result.comparisons if row.question.startswith("cure"))
    if scenario.surgery is None:
        assert result.cured.value == 0.0
        assert cure.log10 < -1000.0
    else:
        assert result.replicates == replicates
        assert 0.2 < cure.computed.value < 0.8
