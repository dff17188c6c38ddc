"""Scenarios with niches, phenotypes and late death: simulated histories against generating functions, and both answers.

Every check has a false-alarm level of 1e-6, and errors planted that it finds.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import chemoevo as ce
from tests.statistical._laws import FALSE_ALARM, Verdict, follows_pmf, has_mean, same_discrete_law
from tests.unit.place_scenarios import EFFLUX, scenario

REPLICATES, DAY = 4000, 10.0
START = {"sensitive@A": 40, "sensitive@B": 30, "sensitive@A:T": 20}
LEVEL = 4.9
"""Standard errors of a false alarm of 1e-6."""
COUNTED = ("sensitive@A", "sensitive@B", "R", "T", "damaged")


def model(
    *,
    emax: float = 1.0,
    ratio: float = 0.25,
    induced: float = 0.4,
    held: float = 1.0,
    protection: float = 0.5,
    mutation: float = 20.0,
    late: float = 0.2,
    **more: Any,
) -> ce.Scenario:
    """One infusion of docetaxel, with all parts that a tumor may have."""
    access = ce.Access(ratio=ratio, lag_hours=6)
    tolerant = ce.Phenotype(
        name="T",
        enter=0.01,
        induced={"docetaxel": induced},
        leave=0.3,
        held={"docetaxel": held},
        birth=0.1,
        protection=protection,
    )
    return scenario(
        horizon=more.pop("horizon", DAY),
        emax=emax,
        ec50=2e-4,
        mutation=mutation,
        alterations=[EFFLUX.replace({"mutation": 2e-3})],
        niches=[
            ce.Niche(name="A", share=0.6),
            ce.Niche(name="B", share=0.4, birth=0.5, penetration={"docetaxel": access}),
        ],
        exchange=0.1,
        phenotypes=[tolerant],
        late_death=ce.LateDeath(rate=late, stages=2),
        **more,
    )


def types_of(what: str) -> tuple[str, ...]:
    types = model().types
    sets = {"R": types.carriers("R"), "T": types.in_phenotype("T"), "damaged": types.damaged}
    return sets.get(what, (what,))


@cache
def law(what: str, **changes: float) -> NDArray[np.float64]:
    """Of the number of cells on the last day, from its generating function."""
    most = 250 if what.startswith("sensitive") else 60
    found = ce.count_distribution(
        model(**changes).therapy,
        of=types_of(what),
        initial=START,
        time=DAY,
        max_count=most,
    )
    return np.maximum(found, 0.0)


@cache
def counts(engine: str) -> dict[str, NDArray[np.int64]]:
    ens = ce.simulate(model().replace({"simulation.engine": engine}), initial=START, replicates=REPLICATES, seed=11)
    return {what: ens.final[:, np.isin(ens.types, types_of(what))].sum(axis=1) for what in COUNTED}


@pytest.mark.parametrize("engine", ["direct", "bnb", "leap"])
def test_counts_follow_their_generating_functions(engine: str) -> None:
    verdict = Verdict()
    for what, sample in counts(engine).items():
        verdict.add(what, follows_pmf(sample, law(what)))
    verdict.require()


@pytest.mark.parametrize(
    ("what", "wrong"),
    [
        ("sensitive@B", {"ratio": 0.4}),
        ("sensitive@A", {"emax": 1.1}),
        ("T", {"induced": 0.25}),
        ("T", {"held": 0.0}),
        ("T", {"protection": 0.0}),
        ("R", {"mutation": 10.0}),
        ("damaged", {"late": 0.25}),
    ],
)
def test_planted_errors_are_found(what: str, wrong: dict[str, float]) -> None:
    assert follows_pmf(counts("direct")[what], law(what, **wrong)) < FALSE_ALARM


@pytest.mark.parametrize("cells", [1000, pytest.param(10**6, marks=pytest.mark.slow)])
def test_leaps_and_bounds_have_one_law(cells: int) -> None:
    """Of tumors so large that steps leap: what is left on day 7, by niche, state and damage."""

    def sample(engine: str, replicates: int, **changes: float) -> dict[str, NDArray[np.int64]]:
        one = model(horizon=7.0, **changes).replace({"simulation.engine": engine})
        start = {"sensitive@A": cells * 6 // 10, "sensitive@B": cells * 4 // 10}
        ens = ce.simulate(one, initial=start, replicates=replicates, seed=12)
        return {what: ens.final[:, np.isin(ens.types, types_of(what))].sum(axis=1) for what in COUNTED}

    number = 250 if cells == 1000 else 10
    exact, leaping = sample("bnb", number), sample("leap", 600)
    verdict = Verdict()
    for what in COUNTED:
        if number == 250:
            verdict.add(what, same_discrete_law(exact[what], leaping[what]))
        else:
            # Few of the exact one: by its mean, with the spread of the other.
            spread = leaping[what].std(ddof=1) * math.sqrt(1.0 + number / 600)
            verdict.add(what, has_mean(exact[what], float(leaping[what].mean()), float(spread)))
    verdict.require()
    planted = sample("leap", 600, ratio=0.5)["sensitive@B"]
    if number == 250:
        assert same_discrete_law(exact["sensitive@B"], planted) < FALSE_ALARM
    else:
        assert has_mean(exact["sensitive@B"], float(planted.mean()), float(planted.std(ddof=1))) < FALSE_ALARM


@pytest.mark.parametrize("cells", [10**6, 10**10])
def test_leaps_carry_very_many_cells(cells: int) -> None:
    """Means of all types on the last day, with spreads by the moments of the process."""
    one = model().replace({"simulation.engine": "leap"})
    start = {"sensitive@A": cells * 6 // 10, "sensitive@B": cells * 4 // 10}
    ens = ce.simulate(one, initial=start, replicates=60, seed=13)
    found = ce.moments(one.therapy, initial=start, times=[DAY])
    mean, covariance = (np.asarray(one)[0] for one in found)
    sd = np.sqrt(np.diag(covariance))
    verdict = Verdict()
    for k, name in enumerate(ens.types):
        verdict.add(name, has_mean(ens.final[:, k], float(mean[k]), float(sd[k])))
    verdict.require()
    # Planted: a rate of entry that is .5 % off.
    wrong = np.asarray(ce.mean_counts(model(induced=0.404).therapy, initial=start, times=[DAY])).reshape(-1)
    k = ens.types.index("sensitive@A:T")
    assert has_mean(ens.final[:, k], float(wrong[k]), float(sd[k])) < FALSE_ALARM


def test_both_answers_agree_on_a_whole_scenario() -> None:
    """Cure, absence of carriers at detection and later, and the size at the end."""
    one = model(size=300, horizon=42.0, emax=2.0).replace(
        {
            "tumor.alterations[R].mutation": 3e-4,
            "surgery": ce.Surgery(residual_fraction=0.2),
            "progression.size": 20.0,
            "compare": ce.Compare(day=DAY),
        }
    )
    ens = ce.simulate(one, replicates=3000, seed=14)
    rows = ce.answer(one, ens).comparisons
    assert all(abs(row.standard_errors) < LEVEL for row in rows), rows
    cures = [row for row in rows if row.question.startswith("cure")]
    assert all(0.02 < row.computed.value < 0.98 for row in cures), cures
    # Planted: no cell is tolerant, or damaged cells count.
    error = math.sqrt(cures[0].computed.value * (1.0 - cures[0].computed.value) / 3000)
    alike = one.replace({"tumor.phenotypes[T].protection": 0.0, "tumor.phenotypes[T].birth": 1.0})
    damaged = ce.extinction_probability(one.therapy, initial=ens.initial, times=[42.0]).mean()
    for wrong in (ce.cure_probability(alike, initial=ens.growth).value, damaged):
        assert abs(wrong - cures[0].simulated.value) > LEVEL * error
