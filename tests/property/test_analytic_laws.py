"""Laws that the backward equations must keep, on random processes."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chemoevo as ce
from chemoevo.testing import initial_states, merged, processes, refined, relabeled, rescaled, split

RTOL = 1e-9
FEW = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


TIMES = [0.0, 0.7, 3.0, 6.0]


@FEW
@given(processes(), st.data())
def test_probabilities_and_their_complements(process, data):
    k = len(process.types)
    marked = data.draw(st.sets(st.integers(0, k - 1), min_size=1))
    names = [process.types[i] for i in sorted(marked)]
    initial = data.draw(st.lists(st.integers(0, 1000), min_size=k, max_size=k))
    gone = ce.absence_probability(process, types=names, initial=initial, times=TIMES)
    there = ce.presence_probability(process, types=names, initial=initial, times=TIMES)
    for values in (gone, there):
        assert ((values >= 0) & (values <= 1)).all()
    np.testing.assert_allclose(gone + there, 1.0, rtol=1e-15)
    # No cell at all implies no cell of these types; more cells make absence less likely.
    extinct = ce.extinction_probability(process, initial=initial, times=TIMES)
    assert (extinct <= gone * (1 + RTOL)).all()
    more = ce.absence_probability(process, types=names, initial=np.add(initial, 1), times=TIMES)
    assert (more <= gone).all()
    # Extinction without immigration is for ever.
    assert (np.diff(extinct) >= -RTOL * extinct[1:]).all()
    assert (ce.ultimate_extinction_probability(process, initial=initial) >= extinct * (1 - 1e-8)).all()


@FEW
@given(processes(), st.data())
def test_cells_are_independent(process, data):
    k = len(process.types)
    counts = data.draw(st.lists(st.integers(0, 5), min_size=k, max_size=k))
    alone = ce.extinction_probability(process, initial=np.eye(k), times=TIMES)
    together = ce.extinction_probability(process, initial=counts, times=TIMES)
    np.testing.assert_allclose(together, np.prod(alone ** np.array(counts)[:, None], axis=0), rtol=1e-12, atol=1e-300)


@FEW
@given(processes(), st.randoms())
def test_names_do_not_matter(process, random):
    k = len(process.types)
    order = list(range(k))
    random.shuffle(order)
    first = ce.survival_probability(process, initial=np.eye(k), times=TIMES)
    second = ce.survival_probability(relabeled(process, order), initial=np.eye(k), times=TIMES)
    np.testing.assert_allclose(second, first[order], rtol=RTOL, atol=1e-250)


@FEW
@given(processes(most_types=3), st.data(), st.floats(0.0, 1.0), st.floats(0.0, 2.0))
def test_a_type_split_in_two_identical_ones(process, data, share, exchange):
    """What founds the type founds either, the two exchange cells, and nothing changes."""
    k = len(process.types)
    one = data.draw(st.integers(0, k - 1))
    other = split(process, process.types[one], share=share, exchange=exchange)
    rows = [*range(k), one]
    first = ce.survival_probability(process, initial=np.eye(k), times=TIMES)
    second = ce.survival_probability(other, initial=np.eye(k + 1), times=TIMES)
    np.testing.assert_allclose(second, first[rows], rtol=RTOL, atol=1e-250)
    means = ce.mean_counts(process, initial=np.eye(k), times=TIMES)
    twins = ce.mean_counts(other, initial=np.eye(k + 1), times=TIMES)
    twins[:, :, one] += twins[:, :, k]
    np.testing.assert_allclose(twins[:, :, :k], means[rows], rtol=RTOL, atol=1e-250)


@FEW
@given(processes(), st.floats(1e-3, 1e3))
def test_rescaled_time(process, scale):
    k = len(process.types)
    # Between the instants of pulses, which rounding moves to either side of a time that is theirs.
    times = [0.3517, 2.9173, 6.1]
    first = ce.survival_probability(process, initial=np.eye(k), times=times)
    second = ce.survival_probability(rescaled(process, scale), initial=np.eye(k), times=np.multiply(times, scale))
    np.testing.assert_allclose(second, first, rtol=RTOL, atol=1e-250)


@FEW
@given(processes(), st.lists(st.floats(0.01, 8.0), min_size=1, max_size=12, unique=True))
def test_breakpoints_without_a_change(process, extra):
    k = len(process.types)
    other = refined(process, extra)
    first = ce.survival_probability(process, initial=np.eye(k), times=TIMES)
    second = ce.survival_probability(other, initial=np.eye(k), times=TIMES)
    np.testing.assert_allclose(second, first, rtol=RTOL, atol=1e-250)
    np.testing.assert_allclose(
        ce.mean_counts(other, initial=np.eye(k), times=TIMES),
        ce.mean_counts(process, initial=np.eye(k), times=TIMES),
        rtol=RTOL,
        atol=1e-250,
    )


@FEW
@given(processes(), st.data())
def test_an_interval_of_next_to_no_length_changes_nothing(process, data):
    """Its rates, whatever they are, act for 1e-15 days at most."""
    k = len(process.types)
    start = data.draw(st.floats(0.01, 2.0))
    ends = refined(process, [start, np.nextafter(start, 9.0)])
    row = int(np.searchsorted(ends.breakpoints, start, side="right"))
    birth, death = ends.birth.copy(), ends.death.copy()
    birth[row], death[row] = 5.0, 7.0
    other = ce.BranchingProcess(
        types=ends.types,
        birth=birth,
        death=death,
        mutation=ends.mutation or None,
        switching=ends.switching or None,
        breakpoints=ends.breakpoints,
        pulses=ends.pulses,
    )
    first = ce.extinction_probability(process, initial=np.eye(k), times=TIMES)
    second = ce.extinction_probability(other, initial=np.eye(k), times=TIMES)
    np.testing.assert_allclose(second, first, rtol=RTOL, atol=1e-13)


@FEW
@given(processes(most_types=3, most_intervals=3), processes(most_types=3, most_intervals=3), st.data())
def test_independent_processes_side_by_side(first, second, data):
    both = merged(first, second)
    counts = [data.draw(initial_states(p, most=5)) for p in (first, second)]
    together = [*counts[0], *counts[1]]
    extinct = [
        ce.extinction_probability(p, initial=n, times=TIMES) for p, n in zip((first, second), counts, strict=True)
    ]
    np.testing.assert_allclose(
        ce.extinction_probability(both, initial=together, times=TIMES), extinct[0] * extinct[1], rtol=1e-8, atol=1e-250
    )
    means = [ce.mean_counts(p, initial=n, times=TIMES) for p, n in zip((first, second), counts, strict=True)]
    np.testing.assert_allclose(
        ce.mean_counts(both, initial=together, times=TIMES), np.hstack(means), rtol=RTOL, atol=1e-250
    )
    # Of each alone nothing is seen in the other.
    mine = list(both.types[: len(first.types)])
    absent = ce.absence_probability(both, types=mine, initial=together, times=TIMES)
    np.testing.assert_allclose(absent, extinct[0], rtol=1e-8, atol=1e-250)


@FEW
@given(processes())
def test_pulses_that_spare_all_and_pulses_that_spare_none(process):
    k = len(process.types)

    def pulsed(survival):
        data = process.to_dict()
        pulse = {"time": 2.0, "survival": dict.fromkeys(process.types, survival)}
        return ce.BranchingProcess.from_dict({**data, "pulses": [*data.get("pulses", []), pulse]})

    first = ce.survival_probability(process, initial=np.eye(k), times=TIMES)
    spared = ce.survival_probability(pulsed(1.0), initial=np.eye(k), times=TIMES)
    np.testing.assert_allclose(spared, first, rtol=RTOL, atol=1e-250)
    values = ce.extinction_probability(pulsed(0.0), initial=[7] * k, times=[2.0, 3.0])
    assert values.tolist() == [1.0, 1.0]
