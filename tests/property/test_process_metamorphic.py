"""Transformations of a process that leave the law, or change it in a known way."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.testing import merged
from tests.statistical import _laws as laws
from tests.statistical._samples import Sample, by_engine, compare
from tests.statistical.models import BY_NAME, Model

N = 10_000
ENGINES = pytest.mark.parametrize("engine", ["direct", "bnb"])
NAMES = ["everything", "piecewise-two-types", "two-types-forward-and-back", "pulses-two-types"]


@cache
def plain(name: str, engine: str) -> Sample:
    """One sample of a model, with which those of all its transformations are compared."""
    return by_engine(BY_NAME[name], engine, N, 1)


def rescaled(model: Model, factor: float) -> Model:
    """Rates multiplied and times divided by one factor."""

    def rates(table: object) -> list:
        return (np.asarray(table, dtype=float) * factor).tolist()

    return model.but(
        birth=rates(model.birth),
        death=rates(model.death),
        switching={pair: rates(value) for pair, value in model.switching.items()},
        breakpoints=tuple(b / factor for b in model.breakpoints),
        pulses=tuple((time / factor, p) for time, p in model.pulses),
        times=tuple(t / factor for t in model.times),
    )


def relabeled(model: Model) -> Model:
    """The types in reverse order."""

    def rates(table: object) -> list:
        return np.asarray(table, dtype=float)[..., ::-1].tolist()

    return model.but(types=model.types[::-1], birth=rates(model.birth), death=rates(model.death))


@ENGINES
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("factor", [1e-3, 64.0])
def test_the_unit_of_time_does_not_matter(name: str, factor: float, engine: str) -> None:
    model = BY_NAME[name]
    a, b = plain(model.name, engine), by_engine(rescaled(model, factor), engine, N, 2)
    back = Sample(b.counts, b.final, b.outcome, b.time * factor, b.rejected)
    compare(a, back, model.types).require()


@ENGINES
@pytest.mark.parametrize("name", NAMES)
def test_planted_errors_are_caught(name: str, engine: str) -> None:
    """A clock a twentieth fast: rates multiplied and times kept."""
    model = BY_NAME[name]
    wrong = by_engine(rescaled(model, 1.05).but(times=model.times), engine, N, 2)
    assert compare(plain(name, engine), wrong, model.types).alarms


@ENGINES
@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_the_types_does_not_matter(name: str, engine: str) -> None:
    model = BY_NAME[name]
    a, b = plain(model.name, engine), by_engine(relabeled(model), engine, N, 4)
    back = Sample(b.counts[:, :, ::-1], b.final[:, ::-1], b.outcome, b.time, b.rejected)
    compare(a, back, model.types).require()


@ENGINES
@pytest.mark.parametrize("every", ["mutation", "switching"])
def test_a_type_split_in_two_alike_keeps_the_total(every: str, engine: str) -> None:
    one = Model("one", ("S",), [[1.0], [0.3]], [[0.4], [1.1]], {"S": 9}, (0.5, 1.5, 3.0), breakpoints=(1.0,))
    exchange = {("S", "T"): 0.3, ("T", "S"): 0.6}
    two = one.but(
        types=("S", "T"), birth=[[1.0, 1.0], [0.3, 0.3]], death=[[0.4, 0.4], [1.1, 1.1]],
        initial={"S": 4, "T": 5}, **{every: exchange},
    )  # fmt: skip
    a, b = by_engine(one, engine, N, 5), by_engine(two, engine, N, 6)
    total = Sample(
        b.counts.sum(axis=2, keepdims=True), b.final.sum(axis=1, keepdims=True), b.outcome, b.time, b.rejected
    )
    compare(a, total, one.types).require()
    wrong = by_engine(two.but(death=[[0.4, 0.48], [1.1, 1.2]]), engine, N, 7)
    total = Sample(
        wrong.counts.sum(axis=2, keepdims=True),
        wrong.final.sum(axis=1, keepdims=True),
        wrong.outcome,
        wrong.time,
        wrong.rejected,
    )
    assert compare(a, total, one.types).alarms


@ENGINES
@pytest.mark.parametrize("name", NAMES)
def test_a_finer_grid_of_rates_keeps_the_law(name: str, engine: str) -> None:
    """Every interval cut in pieces of the same rates."""
    model = BY_NAME[name]
    cuts = sorted({*model.breakpoints, *np.linspace(0.03, model.times[-1], 40).round(3).tolist()})
    of = np.searchsorted(model.breakpoints, [0.0, *cuts], side="right")

    def rows(table: object) -> list:
        array = np.asarray(table, dtype=float)
        return (array[of] if array.ndim == 2 else np.tile(array, (len(of), 1))).tolist()

    def values(value: object) -> object:
        return [value[k] for k in of] if isinstance(value, list) else value

    fine = model.but(
        birth=rows(model.birth),
        death=rows(model.death),
        mutation={pair: values(value) for pair, value in model.mutation.items()},
        switching={pair: values(value) for pair, value in model.switching.items()},
        breakpoints=tuple(cuts),
    )
    compare(plain(model.name, engine), by_engine(fine, engine, N, 9), model.types).require()


@ENGINES
@pytest.mark.parametrize("name", NAMES)
def test_more_observations_keep_the_law(name: str, engine: str) -> None:
    model = BY_NAME[name]
    grid = tuple(sorted({*model.times, *np.linspace(0.0, model.times[-1], 23).round(3).tolist()}))
    a, b = plain(model.name, engine), by_engine(model.but(times=grid), engine, N, 11)
    kept = Sample(b.counts[:, [grid.index(t) for t in model.times]], b.final, b.outcome, b.time, b.rejected)
    compare(a, kept, model.types).require()


@ENGINES
@pytest.mark.parametrize("name", NAMES)
def test_an_interval_without_rates_only_shifts_the_clock(name: str, engine: str) -> None:
    """A pause of one day put in at 0.7: whatever comes after comes a day later."""
    model = BY_NAME[name]
    pause, length = 0.7, 1.0
    assert pause not in model.times
    later = lambda t: t + length if t > pause else t  # noqa: E731
    k = int(np.searchsorted(model.breakpoints, pause, side="right"))
    m = len(model.breakpoints) + 1

    def rows(table: object) -> list:
        array = np.asarray(table, dtype=float)
        array = array if array.ndim == 2 else np.tile(array, (m, 1))
        return np.concatenate([array[: k + 1], np.zeros((1, array.shape[1])), array[k:]]).tolist()

    def values(value: object, idle: float) -> list:
        full = list(value) if isinstance(value, list) else [value] * m
        return [*full[: k + 1], idle, *full[k:]]

    paused = model.but(
        birth=rows(model.birth),
        death=rows(model.death),
        mutation={pair: values(u, 0.3) for pair, u in model.mutation.items()},
        switching={pair: values(s, 0.0) for pair, s in model.switching.items()},
        breakpoints=(*model.breakpoints[:k], pause, pause + length, *(later(b) for b in model.breakpoints[k:])),
        pulses=tuple((later(time), p) for time, p in model.pulses),
        times=tuple(later(t) for t in model.times),
    )
    a, b = plain(model.name, engine), by_engine(paused, engine, N, 13)
    back = Sample(b.counts, b.final, b.outcome, np.where(b.time > pause, b.time - length, b.time), b.rejected)
    compare(a, back, model.types).require()


@ENGINES
@pytest.mark.parametrize("name", NAMES)
def test_families_are_independent(name: str, engine: str) -> None:
    """The sum of two runs is a run from the sum of their founders."""
    model = BY_NAME[name]
    half = {name: n // 2 for name, n in model.initial.items()}
    rest = {name: n - half[name] for name, n in model.initial.items()}
    whole = plain(model.name, engine)
    parts = [by_engine(model.but(initial=start), engine, N, seed) for start, seed in ((half, 15), (rest, 16))]
    both = (parts[0].outcome == "extinct") & (parts[1].outcome == "extinct")
    total = Sample(
        parts[0].counts + parts[1].counts,
        parts[0].final + parts[1].final,
        np.where(both, "extinct", "alive"),
        np.where(both, np.maximum(parts[0].time, parts[1].time), model.times[-1]),
        whole.rejected,
    )
    compare(whole, total, model.types).require()


@ENGINES
def test_processes_side_by_side_do_not_know_each_other(engine: str) -> None:
    """A run of both has the joint law of two runs that are independent."""
    models = [BY_NAME[name] for name in ("pulses-two-types", "piecewise-two-types")]
    both = merged(*(model.process for model in models))
    start = [model.initial.get(name, 0) for model in models for name in model.types]
    times = [0.4, 1.3]
    together = ce.simulate(both, initial=start, times=times, replicates=N, seed=19, engine=engine).counts
    alone = [
        ce.simulate(m.process, initial=dict(m.initial), times=times, replicates=N, seed=20 + i, engine=engine).counts
        for i, m in enumerate(models)
    ]
    verdict = laws.Verdict()
    for t, time in enumerate(times):
        apart = np.concatenate([counts[:, t] for counts in alone], axis=1)
        verdict.add(f"joint at {time}", laws.same_joint_law(together[:, t].astype(np.int64), apart.astype(np.int64)))
        for i, name in enumerate(both.types):
            verdict.add(f"{name} at {time}", laws.same_discrete_law(together[:, t, i], apart[:, i]))
    verdict.require()
    # Two runs under one seed are not independent, and that is noticed.
    shared = ce.simulate(
        models[0].process, initial=dict(models[0].initial), times=times, replicates=N, seed=20, engine=engine
    ).counts
    wrong = np.concatenate([shared[:, 1], shared[:, 1]], axis=1).astype(np.int64)
    right = np.concatenate([shared[:, 1], np.roll(shared[:, 1], 1, axis=0)], axis=1).astype(np.int64)
    doubled = laws.Verdict()
    doubled.add("joint", laws.same_joint_law(wrong, right))
    assert doubled.alarms


@ENGINES
def test_a_run_cut_in_two_keeps_the_law(engine: str) -> None:
    """Markov: continuing an ensemble is the same as running on, where rates are constant."""
    model = BY_NAME["two-types-forward-and-back"]
    arguments = {"seed": 17, "engine": engine}
    first = ce.simulate(model.process, initial=dict(model.initial), times=[1.2], replicates=N, **arguments)
    second = ce.simulate(model.process, initial=first, times=[1.3], **arguments)
    whole = plain(model.name, engine)
    for i in range(2):
        laws.require(laws.same_discrete_law(second.final[:, i], whole.final[:, i]))
    laws.require(laws.same_joint_law(second.final, whole.final))
