"""Tumors grown to a size or for a time: the laws against simulation, and cure that needs a rare history.

Every check has a false-alarm level of 1e-6 (4.9 standard errors), and an error planted that it finds.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

import chemoevo as ce

Z = 4.9
TYPES = ["S", "A", "AB"]
DEATH = [0.05, 0.06, 0.05]
MUTATION = {("S", "A"): 2e-4, ("A", "AB"): 2e-3, ("S", "AB"): 1e-6}
GROWTH = ce.BranchingProcess(types=TYPES, birth=[0.2] * 3, death=DEATH, mutation=MUTATION)
THERAPY = ce.BranchingProcess(types=TYPES, birth=[0.2] * 3, death=[1.0, 0.5, 0.05], mutation=MUTATION)


def test_law_of_a_size_agrees_with_first_passage() -> None:
    size, n, horizon = 10**5, 4000, 60.0
    ens = ce.simulate(
        GROWTH, initial={"S": 1}, times=[5000.0], stop=ce.Stop(size=size, retry=True), replicates=n, seed=11
    )
    sampled = ce.extinction_probability(THERAPY, initial=ens, times=[horizon])[:, 0]
    law = ce.extinction_probability(THERAPY, initial=ce.GrownTo(GROWTH, size=size), times=[horizon])[0]
    error = sampled.std(ddof=1) / math.sqrt(n)
    assert 0.1 < law < 0.9
    assert abs(sampled.mean() - law) < Z * error
    # Planted: growth for the mean time to that size, instead of growth to it.
    age = float(ens.outcomes["time"].mean())  # type: ignore[arg-type]
    other = ce.extinction_probability(THERAPY, initial=ce.GrownFor(GROWTH, days=age), times=[horizon])[0]
    assert abs(sampled.mean() - other) > Z * error


def test_law_of_an_age_agrees_with_simulation() -> None:
    days, n, horizon = 75.0, 30_000, 60.0
    ens = ce.simulate(GROWTH, initial={"S": 1}, times=[days], replicates=n, seed=12)
    there = ens.final[ens.final.sum(axis=1) > 0]
    for named in (["A", "AB"], TYPES):
        sampled = ce.absence_probability(THERAPY, types=named, initial=there, times=[horizon])[:, 0]
        law = ce.absence_probability(THERAPY, types=named, initial=ce.GrownFor(GROWTH, days=days), times=[horizon])[0]
        error = sampled.std(ddof=1) / math.sqrt(len(there))
        assert 0.05 < law < 0.95
        assert abs(sampled.mean() - law) < Z * error
        # Planted: tumors that died out before counted in.
        everyone = ce.absence_probability(THERAPY, types=named, initial=ens.final, times=[horizon])[:, 0]
        assert abs(everyone.mean() - law) > Z * error


@pytest.mark.parametrize(
    ("share", "law", "truth", "n"),
    [
        (0.0005, 0.9600, 0.961, 4000),
        (0.005, 0.6645, 0.666, 4000),
        pytest.param(0.05, 0.0157, 0.019, 6000, marks=pytest.mark.slow),
    ],
)
def test_no_double_mutant_in_a_million_cells(share: float, law: float, truth: float, n: int) -> None:
    """The law leaves out that mutants are part of the size, so it is the worse the more there are; cells never die."""
    size = 10**6

    def of(first: float) -> ce.BranchingProcess:
        # Of the expected share of mutants; the second mutation such that the first of the laws is met.
        mutation = {("S", "A"): first / math.log(size), ("A", "AB"): 1.4364e-4}
        return ce.BranchingProcess(types=TYPES, birth=[1.0] * 3, death=[0.0] * 3, mutation=mutation)

    def by_law(first: float) -> float:
        tumor = ce.GrownTo(of(first), size=size)
        return float(ce.absence_probability(of(first), types=["AB"], initial=tumor, times=[0.0])[0])

    assert by_law(share) == pytest.approx(law, abs=1e-4)
    ens = ce.simulate(of(share), initial=[1, 0, 0], times=[100.0], stop=ce.Stop(size=size), replicates=n, seed=3)
    found = float((ens.final[:, 2] == 0).mean())
    error = math.sqrt(truth * (1 - truth) / n)
    assert abs(found - truth) < Z * error
    if share <= 0.01:
        assert abs(found - by_law(share)) < Z * error
        # Planted: twice the mutations.
        assert abs(found - by_law(2 * share)) > Z * error


@pytest.mark.parametrize("keep", [None, 0.2])
def test_rare_cure_is_that_of_the_law(keep: float | None) -> None:
    # Resistant lineages that nothing stops, two steps among them; cure needs a tumor without any.
    growth = ce.BranchingProcess(
        types=TYPES, birth=[0.2] * 3, death=[0.1] * 3, mutation={("S", "A"): 6e-5, ("A", "AB"): 1e-4, ("S", "AB"): 2e-5}
    )
    treated = ce.BranchingProcess(types=TYPES, birth=[0.2] * 3, death=[1.0, 0.25, 0.1], mutation=growth.mutation)
    tumors = ce.GrownTo(growth, size=10**6)
    law = ce.extinction_probability(treated, initial=tumors, times=[200.0])[0]
    assert 1e-10 < law < 1e-7
    # With fewer left out, more tumors hold what is not cured.
    n = 20_000 if keep is None else 60_000
    found = ce.rare_cure_probability(treated, initial=tumors, horizon=200.0, replicates=n, seed=13, keep=keep)
    error = (found.high - found.low) / 2.0 / 1.96
    assert found.trusted
    assert error < 0.1 * law
    assert abs(found.value - law) < Z * error
    # Planted: weights for founders two in a hundred too many, five where most are left out.
    share = 0.02 if keep is None else 0.05
    assert abs(found.value * math.exp(-share * math.log(1.0 / law)) - law) > Z * error


def test_plain_average_of_rare_cures_says_that_it_knows_nothing() -> None:
    growth = ce.BranchingProcess(types=["S", "R"], birth=[0.2, 0.2], death=[0.1, 0.1], mutation={("S", "R"): 2e-5})
    treated = ce.BranchingProcess(types=["S", "R"], birth=[0.2, 0.2], death=[1.0, 0.1], mutation={("S", "R"): 2e-5})
    law = ce.cure_probability(treated, initial=ce.GrownTo(growth, size=1e6), horizon=300.0).value
    ens = ce.simulate(
        growth, initial={"S": 1}, times=[5000.0], stop=ce.Stop(size=1e6, retry=True), replicates=200, seed=14
    )
    plain = ce.cure_probability(treated, initial=ens, horizon=300.0)
    assert law > 1e-13
    assert plain.value < 0.01 * law
    assert not plain.trusted
    assert plain.low <= law <= plain.high
    assert np.isfinite(plain.effective)


def test_causes_of_relapse_agree_with_simulated_clones() -> None:
    """Exact growth to the size, then therapy with clones: who descends from whom is counted."""
    size, n, horizon = 10**5, 6000, 60.0
    treated = ce.BranchingProcess(types=TYPES, birth=[0.2] * 3, death=[1.0, 0.3, 0.15], mutation=MUTATION)
    found = ce.simulate(
        GROWTH, initial={"S": 1}, times=[5000.0], stop=ce.Stop(size=size, retry=True), replicates=n, seed=15
    )
    ens = ce.simulate(treated, initial=found, times=[horizon], replicates=n, seed=16, record="clones")
    columns = ("replicate", "clone_id", "parent_id", "type", "extinct_at")
    origin: dict[tuple[int, int], str] = {}
    seen = np.zeros((n, 3), dtype=bool)  # descendants of AB; resistant ones of others; the rest
    for replicate, clone, parent, kind, extinct in ens.clones.select(columns).iter_rows():
        first = kind if parent is None else origin[replicate, parent]
        origin[replicate, clone] = first
        if extinct is None:
            seen[replicate, 0 if first == "AB" else 1 if kind == "AB" else 2] = True
    old, new, rest = seen.T
    sampled = np.stack([old & ~new, new & ~old, old & new, rest & ~old & ~new], axis=1).mean(axis=0)
    causes = ce.cause_of_relapse(treated, resistant=["AB"], initial=ce.GrownTo(GROWTH, size=size), time=horizon)
    law = np.array([causes.preexisting_alone, causes.acquired_alone, causes.both, causes.neither])
    error = np.sqrt(law * (1.0 - law) / n)
    assert (law > 0.03).all()
    assert (np.abs(sampled - law) < Z * error).all()
    # Planted: old and new resistance taken for independent, though lineages founded before detection hold both.
    assert abs(sampled[2] - causes.preexisting * causes.acquired) > Z * error[2]


def test_times_counted_from_detection_agree_with_simulated_clones() -> None:
    """The largest distance of two distribution functions, as in `test_first_times`: Massart's bound at 1e-6."""
    size, n, end = 3 * 10**4, 6000, 60.0
    bound = math.sqrt(math.log(2 / 1e-6) / (2 * n))
    treated = ce.BranchingProcess(types=TYPES, birth=[0.2] * 3, death=[1.0, 0.3, 0.4], mutation=MUTATION)
    found = ce.simulate(
        GROWTH, initial={"S": 1}, times=[5000.0], stop=ce.Stop(size=size, retry=True), replicates=n, seed=17
    )
    ens = ce.simulate(treated, initial=found, times=[end], replicates=n, seed=18, record="clones")
    tumors = ce.GrownTo(GROWTH, size=[10.0, size])
    grid = np.linspace(0.0, end, 241)
    first = ens.clones.filter(pl.col("type") == "AB").group_by("replicate").agg(pl.col("founded_at").min())
    appeared, gone = np.full(n, np.inf), np.full(n, np.inf)
    appeared[first["replicate"].to_numpy()] = first["founded_at"].to_numpy()
    out = (ens.outcomes["outcome"] == "extinct").to_numpy()
    gone[out] = ens.outcomes["time"].to_numpy()[out]
    present = ce.presence_probability(treated, types=["AB"], initial=tumors, times=grid)[1]
    for times, law, planted in (
        # Planted: presence at t, which forgets cells that came and went; times a day too late.
        (appeared, ce.first_appearance(treated, types=["AB"], initial=tumors), present),
        (gone, ce.extinction_time(treated, initial=tumors), None),
    ):
        want = law.cdf(grid)[1]
        sampled = (times[:, None] <= grid).mean(axis=0)
        late = (times[:, None] <= grid + 1.0).mean(axis=0)
        assert want[-1] > 0.1
        assert np.abs(sampled - want).max() < bound
        assert max(np.abs(late - want).max(), 0.0 if planted is None else np.abs(sampled - planted).max()) > bound


def test_numbers_of_mutants_agree_with_first_passage() -> None:
    """Compositions at detection and under therapy: the largest distance of two distribution functions."""
    size, n, most = 10**4, 6000, 400
    bound = math.sqrt(math.log(2 / 1e-6) / (2 * n))
    found = ce.simulate(
        GROWTH, initial={"S": 1}, times=[5000.0], stop=ce.Stop(size=size, retry=True), replicates=n, seed=19
    )
    later = ce.simulate(THERAPY, initial=found, times=[12.0], replicates=n, seed=20)
    for of, time, counts in ((["A"], 0.0, found.final), (["AB"], 0.0, found.final), (["A", "AB"], 12.0, later.final)):
        sample = np.minimum(counts[:, np.isin(TYPES, of)].sum(axis=1), most + 1).astype(int)
        seen = np.bincount(sample, minlength=most + 2)[: most + 1].cumsum() / n
        law = ce.count_distribution(
            THERAPY, of=of, initial=ce.GrownTo(GROWTH, size=[size, 2 * size]), time=time, max_count=most
        ).cumsum(axis=1)
        assert np.abs(seen - law[0]).max() < bound, of
        # Planted: two mutated daughters a division, which is a tumor of twice the size.
        assert np.abs(seen - law[1]).max() > bound or of == ["AB"]
