"""Tumors of two parts, simulated by growing each from one cell to its size, and their law.

Every check is at 4.9 standard errors, a false-alarm level of 1e-6, under a fixed seed. What the law leaves out is of
the order of the share of mutants, here a few 1e-4, and of 1/M: far below the standard error of 0.008.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import pytest

import chemoevo as ce

LEVEL = 4.9
REPLICATES = 4000
SIZES = {"S": 30_000, "T": 20_000}
MUTATION = {("S", "R"): 6e-6, ("T", "R"): 3e-5}
GROWTH = ce.BranchingProcess(types=["S", "T", "R"], birth=[0.3, 0.2, 0.25], death=[0.1, 0.05, 0.2], mutation=MUTATION)
THERAPY = ce.BranchingProcess(types=["S", "T", "R"], birth=[0.3, 0.2, 0.25], death=[0.9, 0.6, 0.2], mutation=MUTATION)


@functools.cache
def grown() -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Cells at detection: every part grew from one cell, in streams of its own."""
    parts = [
        ce.simulate(
            GROWTH,
            initial={name: 1},
            times=[1e5],
            stop=ce.Stop(size=size, retry=True),
            replicates=REPLICATES,
            seed=7,
            stage=stage,
        ).final
        for stage, (name, size) in enumerate(SIZES.items(), start=1)
    ]
    return sum(parts[1:], start=parts[0])


def errors(happened: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], p: float) -> float:
    return (happened.mean() - p) / math.sqrt(p * (1.0 - p) / happened.size)


def test_absence_and_cure_of_two_parts() -> None:
    law = ce.GrownTo(GROWTH, size=SIZES)
    absent = float(ce.absence_probability(GROWTH, types=["R"], initial=law, times=[0.0])[0])
    none = grown()[:, 2] == 0
    assert 0.2 < absent < 0.8
    assert abs(errors(none, absent)) < LEVEL
    treated = ce.simulate(THERAPY, initial=grown(), times=[60.0], seed=8)
    cure = float(ce.extinction_probability(THERAPY, initial=law, times=[60.0])[0])
    cured = treated.final.sum(axis=1) == 0
    assert 0.1 < cure < 0.9
    assert abs(errors(cured, cure)) < LEVEL
    counts = ce.count_distribution(GROWTH, of="R", initial=law, time=0.0, max_count=10)
    for n in (1, 3, 10):
        assert abs(errors(grown()[:, 2] <= n, float(counts[: n + 1].sum()))) < LEVEL


@pytest.mark.parametrize(
    "wrong",
    [
        {"S": 50_000},  # one tumor that grew from S, as without parts
        {"S": 20_000, "T": 30_000},  # sizes exchanged
        {"S": 30_000, "T": 30_000},  # a part that counts the other as well
    ],
)
def test_planted_errors_in_parts_are_caught(wrong: dict[str, int]) -> None:
    law = ce.GrownTo(GROWTH, size=wrong)
    absent = float(ce.absence_probability(GROWTH, types=["R"], initial=law, times=[0.0])[0])
    assert abs(errors(grown()[:, 2] == 0, absent)) > LEVEL
