"""Phenotypes: entered and left by themselves and under drugs, what they change; and all parts of a tumor together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.linalg import expm

import chemoevo as ce
from chemoevo.analytic.grown.block import block_of
from tests.unit.place_scenarios import (
    EC50,
    EFFLUX,
    HILL,
    PER_MG,
    concentrations,
    means,
    rates_at,
    scenario,
    steady,
    survival,
)

TOLERANT: dict[str, Any] = {"enter": 1e-4, "induced": {"docetaxel": 0.02}, "leave": 0.05, "held": {"docetaxel": 1}}


def tolerant(**changes: Any) -> list[ce.Phenotype]:
    return [ce.Phenotype(name="T", **{**TOLERANT, **changes})]


def constant(share: float, days: float, *, kill: float, birth: float, death: float, factor: float) -> ce.Scenario:
    """A share of the largest effect that is constant, and the kill (per day) of ordinary cells by it."""
    state = ce.Phenotype(
        name="T", enter=1e-4, induced={"steady": 0.01}, leave=0.05, held={"steady": 1}, birth=factor, protection=1
    )
    return steady(
        share / (1.0 - share),
        days=days,
        birth=birth,
        death=death,
        phenotypes=[state],
        potencies=[ce.Potency(drug="steady", emax=kill / share, ec50=1.0, hill=1.0, basis="a test")],
    )


# --- Shares and constant rates ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rates", "share"),
    [
        ((0.1, 0.0, 1e-4, 0.05), 0.0006665184856),
        ((0.1, -0.01, 3e-4, 0.01), 0.00249947808),
        ((0.02, 0.0, 0.001, 0.1), 0.008275783238),
    ],
)
def test_shares_at_rest_are_as_worked_out(rates: tuple[float, float, float, float], share: float) -> None:
    growth, tolerant_growth, enter, leave = rates
    birth, death = growth + 0.1, 0.1
    state = ce.Phenotype(
        name="T",
        enter=enter,
        leave=leave,
        birth=max(0.1 + tolerant_growth, 0.1) / birth,
        death=max(-tolerant_growth, 0.0),
    )
    block = block_of(scenario(birth=birth, death=death, phenotypes=[state]).growth.process)
    assert block.shares == pytest.approx([1.0 - share, share], rel=1e-9)
    odds = share / (1.0 - share)
    assert block.rate == pytest.approx(growth - enter + leave * odds, rel=1e-9)


def test_shares_at_rest_of_cells_that_grow_alike() -> None:
    """By rates of exchange alone."""
    state = ce.Phenotype(name="T", enter=1e-3, leave=3e-3)
    block = block_of(scenario(birth=0.2, death=0.1, phenotypes=[state]).growth.process)
    assert block.shares == pytest.approx([0.75, 0.25], rel=1e-12)


def test_an_effect_that_is_constant_makes_rates_that_are() -> None:
    """Effect .8: entered at .0081 per day, left at .01, ordinary cells are killed at 1 per day."""
    model = constant(0.8, 10.0, kill=1.0, birth=0.14, death=0.04, factor=0.25)
    matrix = np.array([[0.1 - 1.0 - 0.0081, 0.0081], [0.01, -0.005 - 0.01]])
    expected = expm(10.0 * matrix)
    found = means(model, "sensitive", 10.0)
    assert [found["sensitive"], found["sensitive:T"]] == pytest.approx(expected[0], rel=1e-9)
    found = means(model, "sensitive:T", 10.0)
    assert [found["sensitive"], found["sensitive:T"]] == pytest.approx(expected[1], rel=1e-9)


def test_survival_under_a_constant_effect_is_as_worked_out() -> None:
    """Ordinary cells divide at .14 and die at 1.04, tolerant ones at .01 and .015."""
    model = constant(0.8, 30.0, kill=1.025, birth=0.14, death=0.015, factor=0.01 / 0.14)
    expected = {"sensitive": 0.004732911203, "sensitive:T": 0.5191924303}
    assert survival(model, 30.0) == pytest.approx(expected, rel=2e-9)


# --- What drugs drive -------------------------------------------------------------------------------------------------


def shares(model: ce.Scenario, hours: list[float]) -> dict[str, np.ndarray[Any, Any]]:
    """The share of the largest effect in sensitive and in resistant cells of plasma, by the formula."""
    unbound = concentrations(model, "docetaxel", 0, hours) * PER_MG
    return {name: 1.0 / (1.0 + (EC50 * fold / unbound) ** HILL) for name, fold in (("sensitive", 1.0), ("R", 15.53))}


def test_steps_follow_the_effect_in_the_cell_itself() -> None:
    """Entered at 1e-4 + .02 H, left at .05 (1 - H), mutation 1e-6 (1 + 19 H)."""
    model = scenario(alterations=[EFFLUX], phenotypes=tolerant(birth=0.1, protection=0.5), mutation=20)
    hours = [0.5, 2.0, 24.0, 400.0]
    effect = shares(model, hours)
    found = dict(zip(model.rates.pairs, rates_at(model, hours).driven.T, strict=True))
    for name in ("sensitive", "R"):
        assert found[name, f"{name}:T", False] == pytest.approx(1e-4 + 0.02 * effect[name], rel=1e-9)
        assert found[f"{name}:T", name, False] == pytest.approx(0.05 * (1.0 - effect[name]), rel=1e-9)
    for state in ("", ":T"):
        assert found[f"sensitive{state}", f"R{state}", True] == pytest.approx(
            1e-6 * (1 + 19 * effect["sensitive"]), rel=1e-9
        )
    assert len(found) == 6
    # Half as much is killed where half is spared, and a tenth of that as a tenth divides.
    death = dict(zip(model.types.names, rates_at(model, hours).death.T - 0.1, strict=True))
    assert death["sensitive"] == pytest.approx(20.0 * effect["sensitive"], rel=1e-9)
    assert death["sensitive:T"] == pytest.approx(0.05 * death["sensitive"], rel=1e-9)
    assert death["R:T"] == pytest.approx(20.0 * 0.05 * effect["R"], rel=1e-9)


def test_a_state_may_raise_ec50() -> None:
    model = scenario(phenotypes=tolerant(ec50=15.53))
    effect = shares(model, [2.0])
    found = dict(zip(model.rates.pairs, rates_at(model, [2.0]).driven[0], strict=True))
    # Its own effect holds it.
    assert found["sensitive:T", "sensitive", False] == pytest.approx(0.05 * (1.0 - effect["R"][0]), rel=1e-9)
    assert rates_at(model, [2.0]).death[0, 1] - 0.1 == pytest.approx(20.0 * effect["R"][0], rel=1e-9)


@pytest.mark.parametrize("mode", ["cytostatic", "dividing"])
@pytest.mark.parametrize("protection", [0.5, 1.0])
def test_states_that_lose_fewer_divisions_mutate_as_their_own_effect_says(mode: str, protection: float) -> None:
    """Probabilities are weighted by the births of the type that mutates, not by those of one with the same EC50."""
    states = tolerant(protection=protection)
    model = scenario(alterations=[EFFLUX], phenotypes=states, mutation=20, mode=mode, emax=1.0)
    hours = [0.5, 2.0, 24.0, 400.0]
    found = dict(zip(model.rates.pairs, rates_at(model, hours).driven.T, strict=True))
    expected = 1e-6 * (1 + 19 * shares(model, hours)["sensitive"])
    for state in ("", ":T"):
        assert found[f"sensitive{state}", f"R{state}", True] == pytest.approx(expected, rel=1e-9)


def test_expected_mutants_are_exact_where_a_drug_stops_divisions_as_well() -> None:
    """Over all divisions of the first days: the integral of b (1 - .9 H) u (1 + 19 H), whatever the segments."""
    model = scenario(
        alterations=[EFFLUX.replace({"mutation": 1e-3})],
        mode="cytostatic",
        emax=0.9,
        mutation=20,
        horizon=5.0,
        tolerance=0.05,
    )

    def per_day(day: float) -> float:
        effect = float(shares(model, [24.0 * day])["sensitive"][0])
        return 0.3 * (1.0 - 0.9 * effect) * 1e-3 * (1.0 + 19.0 * effect)

    expected = sum(
        quad(per_day, a, b, epsabs=0, epsrel=1e-10)[0] for a, b in [(1e-9, 1 / 24), (1 / 24, 0.5), (0.5, 5.0)]
    )
    process = model.therapy
    edges = np.concatenate([[0.0], process.breakpoints, [5.0]])
    edges = edges[edges <= 5.0]
    number = len(edges) - 1
    probability = np.broadcast_to(process.mutation["sensitive", "R"], len(process.birth))[:number]
    found = float(np.sum(np.diff(edges) * process.birth[:number, 0] * probability))
    assert found == pytest.approx(expected, rel=1e-4)
    # Means of both by themselves would be far off.
    apart = np.diff(edges) @ process.birth[:number, 0] / 5.0 * (np.diff(edges) @ probability)
    assert abs(apart / expected - 1.0) > 0.02


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_equal_states_have_the_law_of_one_type() -> None:
    """Mean, survival, and the whole law of the total, by generating functions."""
    plain = scenario(horizon=20.0, emax=0.5)
    model = scenario(horizon=20.0, emax=0.5, phenotypes=tolerant(induced={"docetaxel": 0.5}))
    assert sum(means(model, "sensitive", 20.0).values()) == pytest.approx(
        means(plain, "sensitive", 20.0)["sensitive"], rel=1e-9
    )
    assert survival(model, 20.0)["sensitive:T"] == pytest.approx(survival(plain, 20.0)["sensitive"], rel=1e-9)
    laws = [
        ce.count_distribution(one.therapy, of=one.types.names, initial={"sensitive": 3}, time=20.0, max_count=60)
        for one in (plain, model)
    ]
    assert 1e-4 < laws[0].max() < 0.5
    np.testing.assert_allclose(laws[1], laws[0], rtol=1e-9, atol=1e-14)


def test_no_way_back_where_a_full_effect_holds() -> None:
    model = steady(
        1.0,
        days=10.0,
        potencies=[ce.Potency(drug="steady", emax=1.0, ec50=1e-9, hill=1.0, basis="a test")],
        phenotypes=[ce.Phenotype(name="T", enter=0.1, leave=0.5, held={"steady": 1}, protection=1)],
    )
    assert means(model, "sensitive:T", 10.0)["sensitive"] < 1e-8
    assert means(model, "sensitive:T", 10.0)["sensitive:T"] == pytest.approx(math.exp(2.0), rel=1e-8)


def test_what_is_spared_all_feels_nothing() -> None:
    model = scenario(phenotypes=tolerant(protection=1))
    assert (rates_at(model, [0.5, 2.0, 24.0]).death[:, 1] == 0.1).all()


def test_a_state_that_no_drug_drives_is_plain_switching() -> None:
    """As a process with the same rates written down."""
    model = scenario(phenotypes=tolerant(induced={}, held={}, protection=0.5), horizon=21.0)
    plain = scenario(horizon=21.0)
    assert model.rates.pairs == ()
    grid = model.therapy.breakpoints
    assert model.therapy.switching == {("sensitive", "sensitive:T"): 1e-4, ("sensitive:T", "sensitive"): 0.05}
    np.testing.assert_array_equal(grid, plain.therapy.breakpoints)
    added = plain.therapy.death[:, 0] - 0.1
    np.testing.assert_allclose(model.therapy.death, 0.1 + np.outer(added, [1.0, 0.5]), rtol=1e-12)


# --- All parts together -----------------------------------------------------------------------------------------------

STATES = [f"{name}@{niche}{state}" for name in ("sensitive", "R") for niche in "AB" for state in ("", ":T")]


def whole(tolerance: float) -> ce.Scenario:
    return scenario(
        tolerance=tolerance,
        alterations=[EFFLUX],
        niches=[
            ce.Niche(name="A"),
            ce.Niche(name="B", birth=0.5, penetration={"docetaxel": ce.Access(ratio=0.25, lag_hours=6)}),
        ],
        migration=[ce.Migration(start="A", to="B", rate=0.05), ce.Migration(start="B", to="A", rate=0.05)],
        phenotypes=tolerant(birth=0.1, protection=0.5),
        mutation=20,
    )


def errors(model: ce.Scenario) -> np.ndarray[Any, Any]:
    """Of means and probabilities, over values by solvers of ordinary differential equations."""
    process = model.therapy
    resistant = [name for name in STATES if name.startswith("R")]
    one = np.eye(8, dtype=np.int64)
    found = [
        np.asarray(ce.mean_counts(process, initial={STATES[0]: 10**6}, times=[63.0])).reshape(-1),
        np.asarray(ce.survival_probability(process, initial=one, times=[63.0]))[:, 0],
        np.asarray(ce.presence_probability(process, types=resistant, initial=one[:4], times=[63.0]))[:, 0],
        ce.extinction_probability(process, initial={STATES[0]: 1000}, times=[63.0]),
        ce.absence_probability(process, types=resistant, initial={STATES[0]: 10**6}, times=[63.0]),
    ]
    expected = [
        [4.036483698, 0.06285007254, 1.652788509, 0.05663704005, 412.9980504, 0.1338769137, 130.5795518, 0.05915149291],
        [
            5.898008692e-7,
            4.144064644e-4,
            5.609900416e-6,
            5.110651325e-4,
            0.1652045601,
            0.1732464036,
            0.321737338,
            0.1443680362,
        ],
        [9.560841122e-8, 8.548564677e-7, 1.583698826e-7, 8.035570437e-7],
        [0.9994103729],
        [0.9088198259],
    ]
    return np.abs(np.concatenate(found) / np.concatenate(expected) - 1.0)


def test_niches_and_states_together_are_as_solved_by_other_means() -> None:
    coarse, fine = whole(1e-3), whole(1e-4)
    assert coarse.therapy.types == tuple(STATES)
    assert errors(coarse).max() < 3e-3
    # Mean rates are of the second order in the length of segments, which goes with the root of the tolerance.
    assert errors(fine).max() < 0.2 * errors(coarse).max()
    unbound = [concentrations(coarse, "docetaxel", niche, [1.0, 24.0]) * PER_MG for niche in (0, 1)]
    assert np.array(unbound) == pytest.approx(
        np.array([[0.1627306491, 0.0008234081405], [0.003763776379, 0.0005744417323]]), rel=1e-9
    )


def test_cells_at_rest_may_die_less() -> None:
    rests = ce.Phenotype(name="T", enter=0.01, leave=0.1, birth=0.1, death=-0.06)
    model = scenario(phenotypes=[rests])
    assert model.growth.process.death[0].tolist() == pytest.approx([0.1, 0.04], rel=1e-12)
    with pytest.raises(
        ce.ModelError, match=r"phenotypes\[0\].death must be at least -0.1: there is no more death to take"
    ):
        scenario(phenotypes=[rests.replace({"death": -0.11})])
