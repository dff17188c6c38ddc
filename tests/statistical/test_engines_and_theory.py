"""Both engines, and the backward equations, against closed forms and independent numerical solutions."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import chemoevo as ce
from tests.statistical import _laws as laws
from tests.statistical import _theory as theory
from tests.statistical._samples import ENGINES, Sample, absence_of, by_engine, moments_of
from tests.statistical.models import ALL, BY_NAME, MANY_TYPES, ONE_TYPE, Model

N = 50_000


def by_turns(models: list[Model]) -> pytest.MarkDecorator:
    """Each model with one engine, the engines in turn; in the long suite with the other too."""
    pairs = [
        pytest.param(
            model, engine, id=f"{engine}-{model}", marks=[] if turn == place % len(ENGINES) else pytest.mark.slow
        )
        for place, model in enumerate(ALL)
        for turn, engine in enumerate(ENGINES)
        if model in models
    ]
    return pytest.mark.parametrize(("model", "engine"), pairs)


@cache
def sample_of(name: str, engine: str) -> Sample:
    return by_engine(BY_NAME[name], engine, N, 401)


def kendall_verdict(sample: Sample, model: Model) -> laws.Verdict:
    verdict = laws.Verdict()
    for t, time in enumerate(model.times):
        top = int(sample.counts[:, t].max()) + 200
        pmf = theory.one_type_pmf(model.reference, model.start[0], time, top)
        verdict.add(f"count at {time}", laws.follows_pmf(sample.counts[:, t, 0], pmf))
    return verdict


def moments_verdict(sample: Sample, model: Model) -> laws.Verdict:
    verdict = laws.Verdict()
    for t, time in enumerate(model.times):
        mean, covariance = moments_of(model.name, time)
        for i, name in enumerate(model.types[:8]):
            if mean[i] * len(sample) < 1000:
                continue  # too rare for a normal law; its whole law is compared elsewhere
            column = sample.counts[:, t, i]
            spread = max(0.0, covariance[i, i]) ** 0.5
            verdict.add(f"mean of {name} at {time}", laws.has_mean(column, mean[i], spread))
            verdict.add(f"variance of {name} at {time}", laws.has_variance(column, mean[i], covariance[i, i]))
            for j in range(min(i, 4)):
                if mean[j] * len(sample) >= 1000:
                    products = laws.has_covariance(column, sample.counts[:, t, j], (mean[i], mean[j]), covariance[i, j])
                    verdict.add(f"covariance of {name} and {model.types[j]} at {time}", products)
    return verdict


def extinction_verdict(sample: Sample, model: Model) -> laws.Verdict:
    verdict = laws.Verdict()
    horizon = model.times[-1]
    gone = sample.outcome == "extinct"
    for share in (0.1, 0.25, 0.5, 0.75, 1.0):
        time = share * horizon
        expected = absence_of(model.name, time)
        hits = int((gone & (sample.time <= time)).sum())
        verdict.add(f"extinct by {time:g}", laws.has_probability(hits, len(sample), expected))
    for i, name in enumerate(model.types[:3]):
        for t, time in enumerate(model.times):
            expected = absence_of(model.name, time, i)
            hits = int((sample.counts[:, t, i] == 0).sum())
            verdict.add(f"no {name} at {time}", laws.has_probability(hits, len(sample), expected))
    return verdict


@by_turns(ONE_TYPE)
def test_counts_follow_kendall(model: Model, engine: str) -> None:
    kendall_verdict(sample_of(model.name, engine), model).require()


@by_turns(MANY_TYPES)
def test_moments_follow_the_moment_equations(model: Model, engine: str) -> None:
    moments_verdict(sample_of(model.name, engine), model).require()


@by_turns(ALL)
def test_extinction_and_its_time_follow_the_backward_equations(model: Model, engine: str) -> None:
    extinction_verdict(sample_of(model.name, engine), model).require()


@by_turns([m for m in ONE_TYPE if not m.pulses and m.name != "nothing-happens"])
def test_extinction_times_follow_kendall_everywhere(model: Model, engine: str) -> None:
    # Without pulses the time of extinction has no atoms: one test of the whole distribution function.
    sample = sample_of(model.name, engine)
    times = sample.time[sample.outcome == "extinct"]
    if model.death == [0.0]:
        assert len(times) == 0
        return
    grid = np.unique(np.concatenate([np.linspace(0.0, model.times[-1], 4001), model.times]))
    cdf = np.array([(1.0 - theory.kendall(model.reference, t)[0]) ** model.start[0] if t else 0.0 for t in grid])
    laws.require(laws.follows_cdf(times, lambda x: np.interp(x, grid, cdf / cdf[-1])))


@pytest.mark.parametrize("model", ALL, ids=repr)
def test_the_second_answer_agrees_with_independent_equations(model: Model) -> None:
    initial, times = dict(model.initial), list(model.times)
    extinct = ce.extinction_probability(model.process, initial=initial, times=times)
    alive = ce.survival_probability(model.process, initial=initial, times=times)
    for t, time in enumerate(times):
        y = theory.survival(model.reference, time)
        with np.errstate(divide="ignore", invalid="ignore"):
            log_extinct = float(sum(n * np.log1p(-x) for n, x in zip(model.start, y, strict=True) if n))
        assert extinct[t] == pytest.approx(np.exp(log_extinct), rel=1e-7, abs=1e-300)
        assert alive[t] == pytest.approx(-np.expm1(log_extinct), rel=1e-7, abs=1e-300)
        for i, name in enumerate(model.types[:4]):
            expected = absence_of(model.name, time, i)
            got = ce.absence_probability(model.process, initial=initial, times=[time], types=[name])[0]
            assert got == pytest.approx(expected, rel=1e-7, abs=1e-300)
            complement = ce.presence_probability(model.process, initial=initial, times=[time], types=[name])[0]
            assert complement == pytest.approx(1.0 - expected, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("model", ALL, ids=repr)
def test_mean_counts_agree_with_independent_equations(model: Model) -> None:
    means = ce.mean_counts(model.process, initial=dict(model.initial), times=list(model.times))
    for t, time in enumerate(model.times):
        expected, _ = moments_of(model.name, time)
        assert means[t] == pytest.approx(expected, rel=1e-8, abs=1e-12)


@cache
def answers_of(name: str) -> tuple[np.ndarray, list[np.ndarray]]:
    """P(no cell) at the times, and P(no cell of a type) of each type, with which both engines are compared."""
    model = BY_NAME[name]
    ask = {"initial": dict(model.initial), "times": list(model.times)}
    absences = [ce.absence_probability(model.process, types=[name], **ask) for name in model.types]
    return ce.extinction_probability(model.process, **ask), absences


@by_turns(ALL)
def test_both_answers_agree(model: Model, engine: str) -> None:
    sample = sample_of(model.name, engine)
    verdict = laws.Verdict()
    extinct, absences = answers_of(model.name)
    for t, time in enumerate(model.times):
        hits = int((sample.counts[:, t].sum(axis=1) == 0).sum())
        verdict.add(f"extinct by {time}", laws.has_probability(hits, N, float(extinct[t])))
    for i, name in enumerate(model.types):
        for t, time in enumerate(model.times):
            hits = int((sample.counts[:, t, i] == 0).sum())
            verdict.add(f"no {name} at {time}", laws.has_probability(hits, N, float(absences[i][t])))
    verdict.require()


@pytest.mark.parametrize(
    ("name", "planted", "family"),
    [
        ("supercritical", {"birth": [1.05]}, "kendall"),
        ("subcritical", {"death": [1.05]}, "kendall"),
        ("piecewise-one-type", {"breakpoints": (1.1, 1.8, 2.5)}, "kendall"),
        (
            "pulses-one-type",
            {"pulses": ((0.0, {"S": 0.8}), (1.0, {"S": 0.6}), (1.6, {"S": 0.7}), (3.0, {"S": 0.5}))},
            "kendall",
        ),
        ("two-types-forward-and-back", {"mutation": {("S", "R"): 0.2, ("R", "S"): 0.1}}, "moments"),
        ("chain", {"mutation": {("S", "A"): 0.084, ("A", "B"): 0.15}}, "moments"),
        (
            "slow-switching",
            {"switching": {("sensitive", "tolerant"): 0.063, ("tolerant", "sensitive"): 0.03}},
            "moments",
        ),
        ("everything", {"breakpoints": (0.8, 1.8)}, "extinction"),
        ("subcritical", {"death": [1.05]}, "extinction"),
        ("lethal-mutants", {"mutation": {("S", "X"): 0.38}}, "extinction"),
    ],
)
def test_planted_errors_are_caught(name: str, planted: dict[str, object], family: str, engine: str) -> None:
    checks = {"kendall": kendall_verdict, "moments": moments_verdict, "extinction": extinction_verdict}
    model = BY_NAME[name]
    wrong = by_engine(model.but(**planted), engine, N, 402)
    assert checks[family](wrong, model).alarms
