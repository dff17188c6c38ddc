"""Mutants when a tumor is found at a size: the laws of Luria and Delbrueck, exactly, by both engines."""

from __future__ import annotations

import numpy as np
import pytest

import chemoevo as ce
from tests.statistical import _laws as laws
from tests.statistical import _theory as theory


def mutants(engine: str, size: int, u: float, n: int, *, death: float = 0.0, seed: int = 71) -> np.ndarray:
    process = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1.0], death=[death, death], mutation={("S", "R"): u})
    ens = ce.simulate(
        process, initial={"S": 1}, times=[1e4], replicates=n, seed=seed, engine=engine,
        stop=ce.Stop(size=size, retry=True),
    )  # fmt: skip
    assert (ens.final.sum(axis=1) == size).all()
    return ens.final[:, 1].astype(np.int64)


@pytest.mark.parametrize(("size", "u", "n"), [(1000, 2e-3, 20_000), (300, 1e-2, 20_000), (50, 0.3, 20_000)])
def test_mutants_at_a_size_follow_the_exact_chain(size: int, u: float, n: int, engine: str) -> None:
    found = mutants(engine, size, u, n)
    laws.require(laws.follows_pmf(found, theory.mutants_at_size(size, u, size)))
    # Goldie & Coldman (1979) Cancer Treat. Rep. 63:1727.
    laws.require(laws.has_probability(int((found == 0).sum()), n, (1.0 - u) ** (size - 1)))


@pytest.mark.parametrize(("size", "u"), [(10**7, 1e-7), (10**9, 2e-9)])
def test_mutants_at_a_large_size_follow_luria_and_delbrueck(size: int, u: float) -> None:
    found = mutants("bnb", size, u, 20_000)
    laws.require(laws.follows_pmf(found, theory.luria_delbrueck(u * size, 400)))
    laws.require(laws.has_probability(int((found == 0).sum()), 20_000, np.exp((size - 1) * np.log1p(-u))))


def test_no_mutant_at_a_size_with_death_follows_iwasa_nowak_and_michor() -> None:
    # Iwasa, Nowak & Michor (2006) Genetics 172:2557: P(no mutant) = exp(-u M F), F = -log(1 - d/b) b/d.
    size, u, ratio, n = 10**7, 5e-8, 0.6, 20_000
    found = mutants("bnb", size, u, n, death=ratio)
    expected = float(np.exp(u * size * np.log1p(-ratio) / ratio))
    laws.require(laws.has_probability(int((found == 0).sum()), n, expected))
    # Twice the mutants: the other convention, in which each daughter mutates.
    assert laws.has_probability(int((found == 0).sum()), n, expected**2) < laws.FALSE_ALARM


def test_planted_error_is_caught(engine: str) -> None:
    found = mutants(engine, 1000, 2.2e-3, 20_000)
    assert laws.follows_pmf(found, theory.mutants_at_size(1000, 2e-3, 1000)) < laws.FALSE_ALARM
