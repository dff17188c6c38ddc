"""Every question at the edges of double precision: the limit or a `SimulationError` in words, never NaN, not for long.

Rates of 0 and of 5e-324 to 1.7e308 per day, times likewise, pulses that spare nobody or everybody, up to 2^60 cells.
Closed forms of one type, with 60 digits and exponents without bounds, are the reference.
`CHEMOEVO_FUZZ=10000 pytest tests/property/test_extreme_questions.py` looks for longer.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import strategies as st

import chemoevo as ce
from tests.property._examples import short_and_long

EXAMPLES = int(os.environ.get("CHEMOEVO_FUZZ", "6"))
MODERATE = [1e-6, 0.1, 0.5, 1.0, 3.0, 33.0]
EXTREME = [0.0, 5e-324, 1e-310, 1e-300, 1e-17, 1e-9, 1e6, 1e17, 1e150, 1e300, 1.7e308]
RATES = st.one_of(st.sampled_from(MODERATE), st.sampled_from(EXTREME))
TIMES = st.one_of(st.sampled_from([1.0, 25.0, 1e3]), st.sampled_from([*EXTREME, 1e6, 1e12]))
PROBABILITIES = st.sampled_from([0.0, 5e-324, 1e-300, 1e-16, 1e-6, 0.01, 0.3])
SURVIVAL = st.sampled_from([0.0, 5e-324, 1e-300, 1e-6, 0.5, 1.0 - 1e-16, 1.0])
CELLS = st.sampled_from([0, 1, 2, 1000, 10**9, 2**53 + 1, 2**60])
# Seconds that a question may take here: a minute is what is promised on a machine of its own.
PATIENCE = 60.0


@st.composite
def cases(draw: st.DrawFn) -> tuple[ce.BranchingProcess, dict[str, int], float]:
    types = ["A", "B", "C"][: draw(st.integers(1, 3))]
    k, m = len(types), draw(st.integers(1, 2))
    table = st.lists(st.lists(RATES, min_size=k, max_size=k), min_size=m, max_size=m)
    birth = draw(table)
    death = birth if draw(st.integers(0, 3)) == 0 else draw(table)
    pairs = [(a, b) for a in types for b in types if a != b]
    chosen = st.sets(st.sampled_from(pairs), max_size=2) if pairs else st.just(set())
    change = draw(st.sampled_from([1e-310, 1e-9, 1.0, 20.0, 1e6, 1e300]))
    process = ce.BranchingProcess(
        types=types,
        birth=birth,
        death=death,
        mutation={pair: draw(PROBABILITIES) for pair in sorted(draw(chosen))} or None,
        switching={pair: draw(RATES) for pair in sorted(draw(chosen))} or None,
        breakpoints=[change] if m > 1 else None,
        pulses=[
            ce.Pulse(time=t, survival={name: draw(SURVIVAL) for name in types})
            for t in sorted(draw(st.sets(TIMES, max_size=2)))
        ],
    )
    return process, {name: draw(CELLS) for name in types}, draw(TIMES)


def both(cdf: Any, survival: Any) -> None:
    assert ((cdf >= 0.0) & (cdf <= 1.0)).all(), cdf
    assert ((survival >= 0.0) & (survival <= 1.0)).all(), survival
    np.testing.assert_allclose(cdf + survival, 1.0, rtol=0, atol=1e-9)


def probabilities(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    ask: dict[str, Any] = {"initial": initial, "times": [t]}
    both(ce.extinction_probability(p, **ask), ce.survival_probability(p, **ask))


def presences(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    ask: dict[str, Any] = {"initial": initial, "times": [t], "types": p.types[-1:]}
    both(ce.absence_probability(p, **ask), ce.presence_probability(p, **ask))


def ever(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    assert 0.0 <= ce.ultimate_extinction_probability(p, initial=initial) <= 1.0


def law_of(law: ce.TimeLaw, t: float) -> None:
    both(law.cdf([t]), law.survival([t]))
    both(np.array([law.probability]), np.array([law.never]))
    for conditional in (False, True):
        try:
            assert law.median(conditional=conditional) >= 0.0
        except ce.SimulationError as error:
            in_words(error)


def extinction_time(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    law_of(ce.extinction_time(p, initial=initial), t)


def first_appearance(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    law_of(ce.first_appearance(p, types=p.types[-1:], initial=initial), t)


def causes(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    for horizon in (t, np.inf):
        found = ce.cause_of_relapse(p, resistant=p.types[-1:], initial=initial, time=horizon)
        assert 0.0 <= found.relapse <= 1.0
        parts = [
            *found.from_type.values(),
            *found.from_type_alone.values(),
            found.preexisting,
            found.acquired,
            found.neither,
        ]
        assert all(0.0 <= part <= 1.0 for part in parts), parts


def cure(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    assert 0.0 <= float(ce.cure_probability(p, initial=initial, horizon=t).value) <= 1.0


def distribution(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    found = ce.count_distribution(p, of=p.types[-1], initial=initial, time=t, max_count=2, tolerance=0.01)
    assert ((found >= 0.0) & (found <= 1.0)).all()


def sizes(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    for above in (1, 5, 1e9):
        found = ce.size_probability(p, of=p.types[-1], initial=initial, above=above, times=[t], tolerance=0.01)
        assert ((found >= 0.0) & (found <= 1.0)).all()


def relapse_time(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    law_of(ce.relapse_time(p, initial=initial, size=100.0, tolerance=0.01), t)


def generating(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    assert 0.0 <= ce.generating_function(p, z={p.types[-1]: 0.5}, initial=initial, time=t) <= 1.0


def means(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    found = ce.mean_counts(p, initial=initial, times=[t])
    assert (np.isfinite(found) & (found >= 0.0)).all()


def moments(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    mean, covariance = ce.moments(p, initial=initial, times=[t])
    assert np.isfinite(mean).all()
    assert np.isfinite(covariance).all()


def sensitivities(p: ce.BranchingProcess, initial: dict[str, int], t: float) -> None:
    try:
        found = ce.sensitivities(p, initial=initial, time=t)
    except ce.ModelError as error:
        if "its probability is exactly 0" not in str(error):
            raise
        return  # what has no logarithm has no derivative
    assert not np.isnan(found["derivative"].drop_nulls().to_numpy()).any()


QUESTIONS: list[Callable[[ce.BranchingProcess, dict[str, int], float], None]] = [
    probabilities, presences, ever, extinction_time, first_appearance, causes, cure, distribution, sizes, relapse_time,
    generating, means, moments, sensitivities,
]  # fmt: skip


def in_words(error: ce.SimulationError) -> None:
    words = str(error)
    assert len(words) > 40, words
    assert "nan" not in words.lower().split(), words


@short_and_long(EXAMPLES, 2 * EXAMPLES, case=cases())
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.__name__)
def test_no_question_answers_nan_or_takes_long(
    question: Callable[..., None], case: tuple[ce.BranchingProcess, dict[str, int], float]
) -> None:
    begun = time.process_time()
    try:
        question(*case)
    except ce.SimulationError as error:
        in_words(error)
    assert time.process_time() - begun < PATIENCE


def kendall(b: float, d: float, t: float) -> tuple[Any, Any]:
    """Presence and absence of one cell's offspring after a time, by the odds of absence, d (1 - e^{-lt})/l."""
    rates = mpmath.mpf(b) - mpmath.mpf(d)
    odds = d * (mpmath.mpf(t) if rates == 0 else -mpmath.expm1(-rates * t) / rates)
    return 1 / (1 + odds), odds / (1 + odds)


@short_and_long(4 * EXAMPLES, 16 * EXAMPLES, b=RATES, d=RATES, t=TIMES)
def test_one_type_has_its_closed_form(b: float, d: float, t: float) -> None:
    with mpmath.workdps(60):
        present, absent = kendall(b, d, t)
    process = ce.BranchingProcess(types=["S"], birth=[b], death=[d])
    ask: dict[str, Any] = {"initial": {"S": 1}, "times": [t]}
    for got, want in (
        (ce.survival_probability(process, **ask)[0], present),
        (ce.extinction_probability(process, **ask)[0], absent),
    ):
        assert abs(got - want) <= 1e-12 * want + 1e-303
