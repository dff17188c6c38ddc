"""Probabilities of sizes of one type, from few cells and from many, against mixtures of negative binomials."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import strategies as st
from scipy import stats

import chemoevo as ce
from tests.property._examples import short_and_long


def tail(b: float, d: float, t: float, n: int, above: int) -> float:
    """P(N >= above) from n cells: of so many lines that are left, each geometric (Kendall 1948)."""
    net = b - d
    e, g = math.exp(-net * t), -math.expm1(-net * t) / net if net else t
    gone, p = d * g / (e + b * g), e / (e + b * g)
    k = np.arange(1, n + 1)
    return float((stats.binom.pmf(k, n, 1.0 - gone) * stats.nbinom.sf(above - k - 1, k, p)).sum())


@short_and_long(
    60,
    800,
    n=st.integers(1, 300),
    birth=st.floats(0.01, 1.0),
    ratio=st.sampled_from([0.0, 0.5, 0.9, 1.0, 1.1, 3.0]),
    generations=st.floats(0.01, 30.0),
    place=st.floats(-3.0, 3.0),
    wide=st.booleans(),
    digits=st.floats(2.0, 8.0),
)
def test_errors_are_below_the_tolerance(
    n: int, birth: float, ratio: float, generations: float, place: float, wide: bool, digits: float
) -> None:
    death = ratio * birth
    t = generations / max(birth, death)
    mean = n * math.exp((birth - death) * t)
    spread = math.sqrt(mean * (birth + death) * t * max(math.exp((birth - death) * t), 1.0))
    above = max(1, math.ceil(min(mean * 10.0 ** (place / 3.0) if wide else mean + place * spread, 1e17)))
    tolerance = 10.0**-digits
    process = ce.BranchingProcess(types=["S"], birth=[birth], death=[death])
    got = ce.size_probability(process, initial={"S": n}, above=above, times=[t], tolerance=tolerance)[0]
    # scipy's own tails are good to some 1e-12 of what they are made of.
    assert abs(got - tail(birth, death, t, n, above)) <= tolerance + 1e-10
    more = ce.size_probability(process, initial={"S": n}, above=above + 1, times=[t], tolerance=tolerance)[0]
    assert more <= got + 2.0 * tolerance
