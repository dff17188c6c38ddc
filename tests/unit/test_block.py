"""Tumors found at a size whose first type is a block: known numbers, closed forms, limits, derivatives, refusals."""

from __future__ import annotations

import math
import warnings
from typing import Any

import mpmath
import numpy as np
import pytest

import chemoevo as ce
from chemoevo.analytic.grown.block import block_of
from chemoevo.analytic.grown.detection import absence_law
from chemoevo.analytic.grown.founding import founding
from chemoevo.analytic.grown.m_matrix import perron_vector
from chemoevo.answers.rare import thinned
from tests.unit.niches import BIRTH, DEATH, RESISTANT, SENSITIVE, SHARES, TYPES, niches, persisters


def absent(growth: ce.BranchingProcess, types: list[str], size: Any, therapy: Any = None, time: float = 0.0) -> Any:
    return ce.absence_probability(therapy or growth, types=types, initial=ce.GrownTo(growth, size=size), times=[time])


@pytest.mark.parametrize(("exchange", "known"), [(0.2, 0.0554), (0.02, 0.0555), (0.002, 0.0555)])
def test_no_resistant_cell_in_two_niches(exchange: float, known: float) -> None:
    """Worked out apart from the code; 30 000 simulations gave .0530, .0542 and .0538, standard error .0013."""
    growth = niches(exchange)
    block = block_of(growth)
    assert block.members.tolist() == block.common.tolist() == [True, True, False, False]
    # Without the loss by mutation, shares are as asked, and growth is that of their mean.
    np.testing.assert_allclose(block.shares[:2], SHARES, rtol=1e-5)
    assert block.rate == pytest.approx(np.dot(SHARES, np.subtract(BIRTH, DEATH)), rel=1e-5)
    found = absent(growth, RESISTANT, 1e6)[0]
    assert round(found, 4) == known
    # Planted: the first type alone, of its own net growth.
    alone = ce.BranchingProcess(
        types=["near", "near R"], birth=[0.3, 0.3], death=[0.15, 0.15], mutation={("near", "near R"): 2e-6}
    )
    assert abs(absent(alone, ["near R"], 1e6)[0] - found) > 1e-3


@pytest.mark.parametrize("exchange", [0.002, 0.2, 50.0, 1000.0])
def test_niches_that_are_alike_are_one_type(exchange: float) -> None:
    one = ce.BranchingProcess(types=["S", "R"], birth=[0.3, 0.3], death=[0.15, 0.15], mutation={("S", "R"): 2e-6})
    two = niches(exchange, birth=(0.3, 0.3), death=(0.15, 0.15))
    treated = ce.BranchingProcess(types=one.types, birth=[0.3, 0.3], death=[0.9, 0.2], mutation=one.mutation)
    alike = niches(exchange, birth=(0.3, 0.3), death=(0.15, 0.15), kill=(0.75, 0.75, 0.05, 0.05))
    for types, of in ((["R"], RESISTANT), (["S", "R"], TYPES)):
        want = absence_law(one, types=types, size=1e5, therapy=treated, horizon=30.0).log
        assert absence_law(two, types=of, size=1e5, therapy=alike, horizon=30.0).log == pytest.approx(want, rel=1e-10)


@pytest.mark.parametrize("exchange", [1e-6, 0.002, 0.2, 50.0])
def test_lasting_mutants_of_a_block_are_luria_and_delbruecks(exchange: float) -> None:
    # A lineage that never ends: none is there with probability exp(-M sum_k p_k b_k u / r).
    want = -1e7 * 1e-8 * np.dot(SHARES, BIRTH) / np.dot(SHARES, np.subtract(BIRTH, DEATH))
    # Mutation takes a share of 1e-8 from growth, more in one niche than in the other.
    found = absent(niches(exchange, u=1e-8, lasting=True), RESISTANT, 1e7)[0]
    assert math.log(found) == pytest.approx(want, rel=2e-7)


@pytest.mark.parametrize(
    ("net", "on", "off", "share"),
    [
        ((0.1, 0.0), 1e-4, 0.05, 0.0006665184856),
        ((0.1, -0.01), 3e-4, 0.01, 0.00249947808),
        ((0.02, 0.0), 0.001, 0.1, 0.008275783238),
    ],
)
def test_shares_of_cells_at_rest(net: tuple[float, float], on: float, off: float, share: float) -> None:
    growth = ce.BranchingProcess(
        types=["growing", "resting"],
        birth=[0.3, 0.3],
        death=[0.3 - net[0], 0.3 - net[1]],
        switching={("growing", "resting"): on, ("resting", "growing"): off},
    )
    block = block_of(growth)
    assert block.shares[1] == pytest.approx(share, rel=3e-10)
    # The quadratic equation of their ratio x, and growth g - s + r x.
    more = net[0] - on - net[1] + off
    x = 2.0 * on / (more + math.sqrt(more * more + 4.0 * off * on))
    assert block.shares[1] == pytest.approx(x / (1.0 + x), rel=1e-13)
    assert block.rate == pytest.approx(net[0] - on + off * x, rel=1e-13)
    assert block.common.tolist() == [True, False]


def test_perron_vectors_keep_their_smallest_entries() -> None:
    rng = np.random.default_rng(5)
    for size in (2, 4, 5):
        matrix = 10.0 ** rng.uniform(-9, 2, (size, size))
        np.fill_diagonal(matrix, 0.0)
        np.fill_diagonal(matrix, rng.uniform(-0.2, 0.3, size) - matrix.sum(axis=1))
        found = perron_vector(matrix)
        with mpmath.workdps(50):
            exact = mpmath.matrix(matrix.tolist())
            vector, rate = mpmath.matrix(found.tolist()), mpmath.mpf(float(found @ matrix.sum(axis=1)))
            for _ in range(5):
                vector = mpmath.lu_solve(exact.T - (rate + mpmath.mpf(10) ** -25) * mpmath.eye(size), vector)
                vector /= sum(vector)
                rate = sum(vector.T * exact)
            errors = [abs(float(x / y - 1)) for x, y in zip(found.tolist(), vector, strict=True)]
        assert max(errors) < 1e-13
        assert found.min() > 0.0


def test_a_mutation_inside_a_block_is_a_gain() -> None:
    """The mother stays what she is: the mean matrix has b u more in one place, and b u less plain divisions."""
    growth = ce.BranchingProcess(
        types=["A", "B", "R"],
        birth=[0.3, 0.2, 0.2],
        death=[0.1, 0.12, 0.1],
        mutation={("A", "B"): 0.1, ("A", "R"): 1e-3, ("B", "A"): 0.02},
        switching={("A", "B"): 0.04, ("B", "A"): 0.03, ("B", "R"): 1e-4, ("R", "A"): 0.0},
    )
    block = block_of(growth)
    want = [[0.3 * (1 - 0.101) - 0.1 - 0.04, 0.04 + 0.03], [0.03 + 0.2 * 0.02, 0.2 * 0.98 - 0.12 - 0.0301]]
    np.testing.assert_allclose(block.mean, want, rtol=1e-13)
    values, vectors = np.linalg.eig(np.array(want).T)
    largest = int(np.argmax(values))
    assert block.rate == pytest.approx(values[largest], rel=1e-12)
    np.testing.assert_allclose(block.shares[:2], vectors[:, largest] / vectors[:, largest].sum(), rtol=1e-12)
    flux = [0.0, 0.0, block.shares[0] * 0.3 * 1e-3 + block.shares[1] * 1e-4]
    np.testing.assert_allclose(founding(growth).flux, flux, rtol=1e-13)


@pytest.mark.parametrize("exchange", [0.02, 5.0])
def test_a_tumor_later_is_a_larger_tumor(exchange: float) -> None:
    """Rates that do not change: what is found `days` later was to be found at e^{r days} times the size."""
    growth, days = niches(exchange, u=1e-10), 60.0
    later = absence_law(growth, types=RESISTANT, size=1e9, therapy=growth, horizon=days)
    larger = absence_law(growth, types=RESISTANT, size=1e9 * math.exp(block_of(growth).rate * days))
    assert later.log == pytest.approx(larger.log, rel=1e-6)


@pytest.mark.parametrize("exchange", [0.1, 50.0])
def test_switches_faster_than_divisions_are_resolved(exchange: float) -> None:
    """Also of mutants outside of any block, against a fine quadrature of the presence from one founder."""
    growth = ce.BranchingProcess(
        types=["S", "A", "B"],
        birth=[0.2] * 3,
        death=[0.1] * 3,
        mutation={("S", "A"): 1e-5},
        switching={("A", "B"): exchange, ("B", "A"): exchange},
    )
    nodes, weights = np.polynomial.legendre.leggauss(6)
    edges = np.concatenate([[0.0], np.geomspace(1e-4, 400.0, 80)])
    half = 0.5 * np.diff(edges)[:, None]
    since = (edges[:-1, None] + half * (1.0 + nodes)).ravel()
    there = ce.presence_probability(growth, types=["B"], initial={"A": 1}, times=since)
    want = 1e5 * 0.2 * 1e-5 * float(there @ (np.exp(-(0.2 * (1.0 - 1e-5) - 0.1) * since) * (half * weights).ravel()))
    # Planted: the first panel as long as a quarter of a division is wrong by 5e-4 for the fast switches.
    assert -math.log(absent(growth, ["B"], 1e5)[0]) == pytest.approx(want, rel=1e-8)


def test_means_of_a_block_are_its_shares() -> None:
    """Rare types are lineages that end at the trunk, and have the mean number of their share all the same."""
    for growth in (persisters(1e-4, 0.05), persisters(1e-2, 0.05)):
        block = block_of(growth)
        mean = ce.mean_counts(growth, initial=ce.GrownTo(growth, size=1e9), times=[0.0])[0]
        np.testing.assert_allclose(mean[:2], 1e9 * block.shares[:2], rtol=1e-6 if block.common[1] else 1e-9)
        # Mutants: (r - J) mean = flux, of all cells of the block.
        flux = block.shares[0] * 0.2 * 3e-6 + block.shares[1] * 0.05 * 1e-3
        assert mean[2] == pytest.approx(1e9 * flux / (block.rate - 0.03), rel=1e-9)
    assert ce.GrownTo(growth, size=[7.0, 1e6]).cells.sum(axis=1).tolist() == [7.0, 1e6]


def test_the_whole_law_begins_with_absence() -> None:
    models = ((persisters(3e-4, 0.05), ["resting", "R"], 3000.0), (niches(0.02, 1e-4), RESISTANT, 2e4))
    for growth, types, size in models:
        tumors = ce.GrownTo(growth, size=[size, 2 * size])
        counts = ce.count_distribution(growth, of=types, initial=tumors, time=0.0, max_count=3)
        np.testing.assert_allclose(counts[:, 0], absent(growth, types, [size, 2 * size])[:, 0], rtol=1e-8)
    shown = ce.size_probability(growth, initial=tumors, of=SENSITIVE, above=2e4, times=[0.0])
    np.testing.assert_array_equal(shown, 1.0)


MIXED: dict[str, Any] = {
    "types": ["A", "B", "T", "AR", "BR"],
    "birth": [0.3, 0.2, 0.25, 0.3, 0.2],
    "mutation": {("A", "AR"): 2e-4, ("B", "BR"): 3e-4, ("A", "B"): 1e-3, ("T", "AR"): 1e-3, ("AR", "A"): 1e-3},
    "switching": {
        ("A", "B"): 0.05,
        ("B", "A"): 0.02,
        ("A", "T"): 2e-4,
        ("T", "B"): 0.03,
        ("T", "BR"): 1e-4,
        ("AR", "BR"): 0.05,
        ("BR", "AR"): 0.02,
    },
}


@pytest.mark.parametrize(("death", "trunk"), [(0.1, 3), (0.22, 2)], ids=["common", "rare"])
def test_derivatives_through_a_block(death: float, trunk: int) -> None:
    """Against differences of fourth order of the law itself: root and shares move, and a rare type is a lineage."""
    given = {**MIXED, "death": [0.15, 0.12, death, 0.14, 0.1]}
    growth = ce.BranchingProcess(**given)
    assert block_of(growth).common.sum() == trunk
    therapy = ce.BranchingProcess(**{**given, "death": [0.9, 0.6, 0.3, 0.4, 0.5]})
    table = ce.sensitivities(therapy, initial=ce.GrownTo(growth, size=500.0), time=12.0, with_respect_to=["growth"])
    found = dict(zip(table["parameter"], table["log_derivative"], strict=True))
    assert len(found) == 5 + 5 + 5 + 7

    def moved(kind: str, key: Any, shift: float) -> float:
        other = {name: dict(x) if isinstance(x, dict) else list(x) for name, x in given.items()}
        other[kind][key] += shift
        return math.log(absent(ce.BranchingProcess(**other), given["types"], 500.0, therapy, 12.0)[0])

    for kind, key in (
        ("birth", 0),
        ("birth", 2),
        ("death", 1),
        ("death", 2),
        ("mutation", ("A", "B")),
        ("mutation", ("T", "AR")),
        ("switching", ("A", "T")),
        ("switching", ("T", "B")),
        ("switching", ("T", "BR")),
    ):
        h = 1e-4 * given[kind][key]
        far = [moved(kind, key, k * h) for k in (-2, -1, 1, 2)]
        want = (far[0] - far[3] + 8 * (far[2] - far[1])) / (12 * h)
        name = ", ".join(key) if isinstance(key, tuple) else given["types"][key]
        # Rounding of the law, some 1e-14 of it.
        assert found[f"initial.growth.{kind}[{name}]"] == pytest.approx(want, rel=1e-6, abs=3e-14 / h), (kind, key)


def test_thinned_growth_of_a_block() -> None:
    growth = ce.BranchingProcess(**MIXED, death=[0.15, 0.12, 0.22, 0.14, 0.1])
    less = thinned(growth, 0.25)
    for process, share in ((growth, 1.0), (less, 0.25)):
        b, u, s = process.birth[0], process.mutation, process.switching
        # Plain divisions and what stays in the block are as before; what leaves is thinned, or dies.
        assert b[0] * u["A", "B"] == pytest.approx(0.3 * 1e-3, rel=1e-13)
        assert b[0] * (1.0 - u["A", "B"] - u["A", "AR"]) == pytest.approx(0.3 * (1.0 - 1.2e-3), rel=1e-13)
        assert b[2] * u["T", "AR"] == pytest.approx(share * 0.25 * 1e-3, rel=1e-13)
        assert process.death[0, 2] + s["T", "BR"] == pytest.approx(0.22 + 1e-4, rel=1e-13)
        assert s["T", "BR"] == pytest.approx(share * 1e-4, rel=1e-13)
        assert s["T", "B"] == 0.03
        assert u["AR", "A"] == 1e-3
    np.testing.assert_allclose(block_of(less).mean, block_of(growth).mean, rtol=1e-12)


def test_a_block_must_grow_together() -> None:
    shrinking = niches(0.2, birth=(0.15, 0.10), death=(0.15, 0.12))
    with pytest.raises(ce.ModelError, match=r"types 'near', 'far', which switch into one another, must grow together"):
        ce.GrownTo(shrinking, size=1e6)
    # One of them may shrink by itself, also the first.
    ce.GrownTo(niches(0.2, birth=(0.10, 0.40), death=(0.12, 0.12)), size=1e6)


def test_one_way_switches_that_are_no_rarity_give_a_warning() -> None:
    def one_way(rate: float, net: float = -0.1) -> ce.BranchingProcess:
        return ce.BranchingProcess(
            types=["near", "far"], birth=[0.3, 0.1], death=[0.2, 0.1 - net], switching={("near", "far"): rate}
        )

    words = r"switched one way \('near' to 'far'\).* are 5 % of a tumor of 1e\+06 cells.*histories.*GrownFor"
    # The tumor grows by 0.09 and they by -0.1 per day: 0.01/0.19 of them to one that stayed.
    with pytest.warns(UserWarning, match=words):
        ce.GrownTo(one_way(0.01), size=1e6)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ce.GrownTo(one_way(1e-3), size=1e6)
        # As fast as the tumor: rate times its age, 138 days.
        ce.GrownTo(one_way(5e-5, net=0.1), size=1e6)
        ce.GrownTo(niches(0.2), size=1e6)
    with pytest.warns(UserWarning, match="switched one way"):
        ce.GrownTo(one_way(1e-4, net=0.1), size=1e6)


def switching_scenario(on: float) -> ce.Scenario:
    pump = ce.alteration("ABCB1", mutation=0, switch_on=on, switch_off=0.05)
    return ce.Scenario(
        name="comes and goes",
        tumor=ce.Tumor(birth=0.5, death=0.3, size=2000, alterations=pump),
        regimen=ce.regimens.docetaxel(cycles=2),
        patient=ce.Patient(bsa=1.8),
        potencies=ce.Potency(drug="docetaxel", emax=8.0, basis="a test"),
        follow_up=ce.FollowUp(horizon=42),
    )


def test_scenarios_of_cells_that_come_and_go() -> None:
    common = switching_scenario(5e-3)
    growth = common.growth.process
    assert block_of(growth).common.all()
    cure = ce.cure_probability(common)
    assert (cure.method, cure.mutant_share) == ("law", 0.0)
    log = ce.extinction_probability(common.therapy, initial=np.eye(2, dtype=int), times=[42.0])[:, 0]
    assert cure.value == pytest.approx(float(np.prod(log ** (2000 * block_of(growth).shares))), rel=1e-9)
    # All of it is block: nothing arises that was not there.
    rows = {row["part"]: row["cure"] for row in ce.attribution(common).to_dicts()}
    assert rows["after the first dose"] == pytest.approx(cure.value, rel=1e-9)
    rare = switching_scenario(1e-4)
    assert block_of(rare.growth.process).common.tolist() == [True, False]
    shared = ce.cure_probability(rare)
    assert shared.mutant_share == pytest.approx(block_of(rare.growth.process).shares[1], rel=1e-6)
