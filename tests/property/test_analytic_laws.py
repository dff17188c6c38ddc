"""Laws that the backward equations must keep, on random processes."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import chemoevo as ce

RTOL = 1e-9
FEW = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def models(draw, max_types=4):
    """Arrays of a process with up to three intervals and two pulses, rates from 0 to 2."""
    k = draw(st.integers(1, max_types))
    m = draw(st.integers(1, 3))
    rate = st.one_of(st.just(0.0), st.floats(1e-6, 2.0))
    off = 1 - np.eye(k)

    def array(*shape, of=rate):
        size = int(np.prod(shape))
        return np.array(draw(st.lists(of, min_size=size, max_size=size))).reshape(shape)

    probability = st.one_of(st.just(0.0), st.floats(1e-9, 0.3))
    return {
        "birth": array(m, k),
        "death": array(m, k),
        "mutation": array(k, k, of=probability) * off,
        "switching": array(m, k, k) * off,
        "breakpoints": np.cumsum(array(m - 1, of=st.floats(0.1, 3.0))),
        "pulses": [
            (draw(st.floats(0.0, 6.0)), array(k, of=st.floats(0.0, 1.0)).tolist())
            for _ in range(draw(st.integers(0, 2)))
        ],
    }


def build(model, **changes):
    model = {**model, **changes}
    names = [f"t{i}" for i in range(model["birth"].shape[1])]
    pulses = [ce.Pulse(time=t, survival=dict(zip(names, p, strict=True))) for t, p in model["pulses"]]
    return ce.BranchingProcess(**{**model, "types": names, "pulses": pulses})


def absence(process, marked, initial, times):
    return ce.absence_probability(process, types=[process.types[i] for i in marked], initial=initial, times=times)


TIMES = [0.0, 0.7, 3.0, 6.0]


@FEW
@given(models(), st.data())
def test_probabilities_and_their_complements(model, data):
    process = build(model)
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
@given(models(), st.data())
def test_cells_are_independent(model, data):
    process = build(model)
    k = len(process.types)
    counts = data.draw(st.lists(st.integers(0, 5), min_size=k, max_size=k))
    alone = ce.extinction_probability(process, initial=np.eye(k), times=TIMES)
    together = ce.extinction_probability(process, initial=counts, times=TIMES)
    np.testing.assert_allclose(together, np.prod(alone ** np.array(counts)[:, None], axis=0), rtol=1e-12, atol=1e-300)


@FEW
@given(models(), st.randoms())
def test_names_do_not_matter(model, random):
    k = model["birth"].shape[1]
    order = list(range(k))
    random.shuffle(order)
    other = build(
        model,
        birth=model["birth"][:, order],
        death=model["death"][:, order],
        mutation=model["mutation"][np.ix_(order, order)],
        switching=model["switching"][:, order][:, :, order],
        pulses=[(t, [p[i] for i in order]) for t, p in model["pulses"]],
    )
    first = ce.survival_probability(build(model), initial=np.eye(k), times=TIMES)
    second = ce.survival_probability(other, initial=np.eye(k), times=TIMES)
    np.testing.assert_allclose(second, first[order], rtol=RTOL, atol=1e-250)


@FEW
@given(models(max_types=3), st.floats(0.0, 1.0), st.floats(0.0, 2.0))
def test_a_type_split_in_two_identical_ones(model, share, exchange):
    """Type 0 becomes types 0 and k: what founds 0 founds either, the two exchange cells, and nothing changes."""
    k = model["birth"].shape[1]

    def twin(rates):
        wide = np.zeros((*rates.shape[:-2], k + 1, k + 1))
        wide[..., :k, :k] = rates
        wide[..., k, 1:k] = rates[..., 0, 1:]
        wide[..., 1:k, 0] = rates[..., 1:, 0] * share
        wide[..., 1:k, k] = rates[..., 1:, 0] * (1 - share)
        return wide

    switching = twin(model["switching"])
    switching[:, 0, k] = switching[:, k, 0] = exchange
    other = build(
        model,
        birth=np.hstack([model["birth"], model["birth"][:, :1]]),
        death=np.hstack([model["death"], model["death"][:, :1]]),
        mutation=twin(model["mutation"]),
        switching=switching,
        pulses=[(t, [*p, p[0]]) for t, p in model["pulses"]],
    )
    first = ce.survival_probability(build(model), initial=np.eye(k), times=TIMES)
    second = ce.survival_probability(other, initial=np.eye(k + 1), times=TIMES)
    np.testing.assert_allclose(second[:k], first, rtol=RTOL, atol=1e-250)
    np.testing.assert_allclose(second[k], first[0], rtol=RTOL, atol=1e-250)
    means = ce.mean_counts(build(model), initial=np.eye(k), times=TIMES)
    twins = ce.mean_counts(other, initial=np.eye(k + 1), times=TIMES)
    np.testing.assert_allclose(twins[:k, :, 0] + twins[:k, :, k], means[:, :, 0], rtol=RTOL, atol=1e-250)


@FEW
@given(models(), st.floats(1e-3, 1e3))
def test_rescaled_time(model, scale):
    other = build(
        model,
        birth=model["birth"] / scale,
        death=model["death"] / scale,
        switching=model["switching"] / scale,
        breakpoints=model["breakpoints"] * scale,
        pulses=[(t * scale, p) for t, p in model["pulses"]],
    )
    k = model["birth"].shape[1]
    times = [0.35, 2.9, 6.1]
    first = ce.survival_probability(build(model), initial=np.eye(k), times=times)
    second = ce.survival_probability(other, initial=np.eye(k), times=np.multiply(times, scale))
    np.testing.assert_allclose(second, first, rtol=RTOL, atol=1e-250)


@FEW
@given(models(), st.lists(st.floats(0.01, 8.0), min_size=1, max_size=12, unique=True))
def test_breakpoints_without_a_change(model, extra):
    ends = np.unique(np.concatenate([model["breakpoints"], extra]))
    interval = np.searchsorted(model["breakpoints"], np.concatenate([[0.0], ends]), side="right")
    other = build(
        model,
        birth=model["birth"][interval],
        death=model["death"][interval],
        switching=model["switching"][interval],
        breakpoints=ends,
    )
    k = model["birth"].shape[1]
    first = ce.survival_probability(build(model), initial=np.eye(k), times=TIMES)
    second = ce.survival_probability(other, initial=np.eye(k), times=TIMES)
    np.testing.assert_allclose(second, first, rtol=RTOL, atol=1e-250)
    np.testing.assert_allclose(
        ce.mean_counts(other, initial=np.eye(k), times=TIMES),
        ce.mean_counts(build(model), initial=np.eye(k), times=TIMES),
        rtol=RTOL,
        atol=1e-250,
    )


@FEW
@given(models())
def test_pulses_that_spare_all_and_pulses_that_spare_none(model):
    k = model["birth"].shape[1]
    spared = build(model, pulses=[*model["pulses"], (2.0, [1.0] * k)])
    first = ce.survival_probability(build(model), initial=np.eye(k), times=TIMES)
    np.testing.assert_allclose(
        ce.survival_probability(spared, initial=np.eye(k), times=TIMES), first, rtol=RTOL, atol=1e-250
    )
    none = build(model, pulses=[*model["pulses"], (2.0, [0.0] * k)])
    values = ce.extinction_probability(none, initial=[7] * k, times=[2.0, 3.0])
    assert values.tolist() == [1.0, 1.0]
