"""The reference simulator against closed forms: it must be right before anything is compared with it."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
import pytest
from scipy import stats

from tests.reference.simulator import Event, Process, Stop, events_of, replicates, simulate
from tests.statistical import _laws as laws
from tests.statistical import _theory as theory
from tests.statistical._samples import absence_of, by_reference, by_reference_cost, moments_of, reference_of
from tests.statistical.models import BY_NAME, ONE_TYPE, Model


def one_type(birth: float, death: float) -> Process:
    return Process([[birth]], [[death]], [[[0.0]]], [[[0.0]]])


def test_events_of_lists_what_a_cell_may_do() -> None:
    process = Process([[1.0, 0.0]], [[0.25, 0.0]], [[[0.0, 0.25], [0.0, 0.0]]], [[[0.0, 0.0], [2.0, 0.0]]])
    assert events_of(process, 0) == [
        [Event(0.75, ((0, +1),)), Event(0.25, ((0, -1),)), Event(0.25, ((1, +1),))],
        [Event(2.0, ((1, -1), (0, +1)))],
    ]


@pytest.mark.parametrize("model", ONE_TYPE, ids=repr)
def test_counts_follow_kendall(model: Model) -> None:
    sample = reference_of(model)
    verdict = laws.Verdict()
    for t, time in enumerate(model.times):
        pmf = theory.one_type_pmf(model.reference, model.start[0], time, 400)
        verdict.add(f"count at {time}", laws.follows_pmf(sample.counts[:, t, 0], pmf))
    verdict.require()


@pytest.mark.parametrize("model", by_reference_cost(), ids=repr)
def test_extinction_follows_the_backward_equations(model: Model) -> None:
    sample = reference_of(model)
    verdict = laws.Verdict()
    for time in model.times:
        hits = int(((sample.outcome == "extinct") & (sample.time <= time)).sum())
        verdict.add(
            f"extinct by {time}",
            laws.has_probability(hits, len(sample), absence_of(model.name, time)),
        )
    verdict.require()


@pytest.mark.parametrize("name", ["two-types-forward-and-back", "fast-switching", "everything", "immigration"])
def test_moments_follow_the_moment_equations(name: str) -> None:
    model = BY_NAME[name]
    sample = reference_of(model)
    mean, covariance = moments_of(model.name, model.times[-1])
    verdict = laws.Verdict()
    for i, type_name in enumerate(model.types):
        column = sample.counts[:, -1, i]
        verdict.add(f"mean of {type_name}", laws.has_mean(column, mean[i], covariance[i, i] ** 0.5))
        for j in range(i):
            pair = column, sample.counts[:, -1, j]
            verdict.add(f"covariance {i} {j}", laws.has_covariance(*pair, (mean[i], mean[j]), covariance[i, j]))
    verdict.require()


def test_planted_error_in_the_rates_is_caught_by_kendall() -> None:
    model = BY_NAME["supercritical"]
    sample = by_reference(model.but(birth=[1.1]), 4000, 1)
    pmf = theory.one_type_pmf(model.reference, model.start[0], model.times[-1], 400)
    assert laws.follows_pmf(sample.counts[:, -1, 0], pmf) < laws.FALSE_ALARM


@pytest.mark.parametrize(("birth", "death"), [(1.0, 0.5), (1.0, 1.0), (0.5, 1.0), (1.0, 0.0)])
def test_a_stop_is_reached_as_often_as_the_gambler_wins(birth: float, death: float) -> None:
    rng, n, size = Random(5), 4000, 20
    runs = replicates(one_type(birth, death), [3], [1e4], rng, n, stop=Stop(size))
    outcomes = Counter(run.outcome for run in runs)
    assert set(outcomes) <= {"stopped", "extinct"}
    expected = theory.gamblers_ruin(3, size, death / birth)
    laws.require(laws.has_probability(outcomes["stopped"], n, expected))
    assert all(run.final == ((size,) if run.outcome == "stopped" else (0,)) for run in runs)


def test_time_of_the_stop_follows_the_absorbing_chain() -> None:
    process = one_type(1.0, 0.4)
    rng = Random(8)
    runs = [simulate(process, [4], [50.0], rng, stop=Stop(25)) for _ in range(5000)]
    grid = np.linspace(0.01, 50.0, 500)
    reached, ruined = theory.passage(process, 4, 25, grid)
    for outcome, law in (("stopped", reached), ("extinct", ruined)):
        ends = [run.time for run in runs if run.outcome == outcome]
        laws.require(laws.has_probability(len(ends), len(runs), law[-1]), outcome)
        cdf = lambda x, law=law: np.interp(x, [0.0, *grid], [0.0, *(law / law[-1])])  # noqa: E731
        laws.require(laws.follows_cdf(ends, cdf), f"time of {outcome}")


def test_retry_rejects_a_geometric_number_of_runs() -> None:
    process = one_type(1.0, 0.7)
    rng = Random(3)
    runs = [simulate(process, [1], [1e4], rng, stop=Stop(30), retry=True) for _ in range(2000)]
    p = theory.gamblers_ruin(1, 30, 0.7)
    rejected = [run.rejected for run in runs]
    laws.require(laws.follows_pmf(rejected, stats.geom.pmf(np.arange(1, 60), p)))
    # Planted: deaths a tenth too frequent.
    planted = theory.gamblers_ruin(1, 30, 0.77)
    assert laws.follows_pmf(rejected, stats.geom.pmf(np.arange(1, 60), planted)) < laws.FALSE_ALARM
    assert {run.outcome for run in runs} == {"stopped"}


def test_mutants_at_a_size_follow_the_exact_chain() -> None:
    u, size = 0.02, 80
    process = Process([[1.0, 1.0]], [[0.0, 0.0]], [[[0.0, u], [0.0, 0.0]]], [[[0.0] * 2] * 2])
    rng = Random(12)
    runs = [simulate(process, [1, 0], [1e4], rng, stop=Stop(size)) for _ in range(3000)]
    mutants = [run.final[1] for run in runs]
    laws.require(laws.follows_pmf(mutants, theory.mutants_at_size(size, u, size)))
    none = sum(n == 0 for n in mutants)
    laws.require(laws.has_probability(none, len(runs), (1.0 - u) ** (size - 1)))
    # Planted: a mutation in seven counted twice.
    assert laws.has_probability(none, len(runs), (1.0 - 1.15 * u) ** (size - 1)) < laws.FALSE_ALARM


def test_order_at_one_instant_is_pulse_then_observation() -> None:
    process = Process([[0.0]], [[0.0]], [[[0.0]]], [[[0.0]]], pulses=[(0.0, [0.0])])
    run = simulate(process, [5], [0.0, 1.0], Random(1))
    assert (run.counts, run.outcome, run.time) == (((0,), (0,)), "extinct", 0.0)
    late = Process([[0.0]], [[0.0]], [[[0.0]]], [[[0.0]]], pulses=[(1.0, [0.0])])
    run = simulate(late, [5], [0.0, 1.0], Random(1))
    assert (run.counts, run.outcome, run.time) == (((5,), (0,)), "extinct", 1.0)


def test_a_population_that_starts_at_the_size_is_untouched() -> None:
    process = Process([[1.0]], [[0.0]], [[[0.0]]], [[[0.0]]], pulses=[(0.0, [0.0])])
    run = simulate(process, [5], [1.0, 2.0], Random(1), stop=Stop(4))
    assert (run.counts, run.outcome, run.time, run.final) == (((5,), (5,)), "stopped", 0.0, (5,))


def test_nobody_at_the_start_is_extinct_at_zero() -> None:
    run = simulate(one_type(1.0, 0.5), [0], [1.0, 2.0], Random(1))
    assert (run.counts, run.outcome, run.time) == (((0,), (0,)), "extinct", 0.0)


def test_a_stop_counts_the_types_it_names() -> None:
    process = Process([[1.0, 1.0]], [[0.0, 0.0]], [[[0.0, 0.5], [0.0, 0.0]]], [[[0.0] * 2] * 2])
    rng = Random(4)
    runs = [simulate(process, [2, 0], [100.0], rng, stop=Stop(5, of=(1,))) for _ in range(50)]
    assert {run.final[1] for run in runs} == {5}
