"""`BranchingProcess.from_rates`: the law of continuously changing rates, the errors reached, and wrong arguments."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from scipy import integrate

import chemoevo as ce
from chemoevo.process.magnus import constants, joined, moments_of
from tests.reference.smooth import Rate, hill_kill, kendall, sinus


def one_type(birth: Rate, death: Rate, **options: object) -> ce.BranchingProcess:
    return ce.BranchingProcess.from_rates(
        types=["S"],
        rates=lambda t: ([birth(t)], [death(t)]),
        **options,  # type: ignore[arg-type]
    )


def test_the_quadrature_agrees_with_an_adaptive_one() -> None:
    def rho(t: float) -> float:
        return float(integrate.quad(lambda x: hill_kill(x) - sinus(x), 3.0, t, epsabs=0, epsrel=1e-13, limit=500)[0])

    def shifted(rate: Rate) -> Rate:
        return lambda t: rate(t + 3.0)

    total = integrate.quad(lambda t: hill_kill(t) * math.exp(rho(t)), 3.0, 5.0, epsabs=0, epsrel=1e-12, limit=500)[0]
    extinct, alive, _ = kendall(shifted(sinus), shifted(hill_kill), 2.0)
    assert alive == pytest.approx(1.0 / (1.0 + total), rel=1e-11)
    assert extinct == pytest.approx(total / (1.0 + total), rel=1e-11)


@pytest.mark.parametrize("tolerance", [1e-3, 1e-5, 1e-6, 1e-7])
@pytest.mark.parametrize(
    ("birth", "death", "kinks", "until"),
    [
        (sinus, lambda t: 0.25, (), 20.0),
        (sinus, hill_kill, (3.0,), 12.0),
        (lambda t: 0.0, hill_kill, (3.0,), 12.0),
        (sinus, lambda t: 1e-4 * t**2, (), 10.0),
        (lambda t: 1.0 / (1.0 + t), lambda t: 3.0 * math.exp(-t), (), 40.0),
    ],
    ids=["sinus", "hill", "deaths", "rising", "late"],
)
def test_kendalls_law_is_met_within_the_tolerance(
    birth: Rate, death: Rate, kinks: tuple[float, ...], until: float, tolerance: float
) -> None:
    process = one_type(birth, death, until=until, breakpoints=kinks, tolerance=tolerance, between=1.0)
    extinct, alive, mean = kendall(birth, death, until, kinks)
    reached = process.sampling.tolerance
    assert reached <= tolerance
    for got, want in [
        (ce.extinction_probability(process, initial=[1], times=[until])[0], extinct),
        (ce.survival_probability(process, initial=[1], times=[until])[0], alive),
        (ce.mean_counts(process, initial=[1], times=[until])[0, 0], mean),
    ]:
        assert abs(got / want - 1.0) <= max(reached, 1e-11)


def test_inside_a_step_the_error_is_the_one_said() -> None:
    process = one_type(sinus, hill_kill, until=6.0, breakpoints=[3.0], tolerance=1e-4, between=1e-4)
    times = np.linspace(0.0, 6.0, 181)[1:]
    means = ce.mean_counts(process, initial=[1], times=times)[:, 0]
    grid = np.linspace(0.0, 3.0, 30_001)
    early = integrate.cumulative_simpson([sinus(t) - 0.05 for t in grid], x=grid, initial=0.0)
    late = integrate.cumulative_simpson([sinus(t) - hill_kill(t) for t in 3.0 + grid], x=grid, initial=0.0)
    want = np.where(times <= 3.0, np.interp(times, grid, early), early[-1] + np.interp(times - 3.0, grid, late))
    off = np.abs(np.log(means) - want)
    assert process.sampling.between <= 1e-4
    assert 2e-5 < off.max() < 1.1e-4


def test_the_order_is_four_and_means_of_halves_have_two() -> None:
    """Steps of one length, by the parts that `from_rates` is made of, against Kendall's law."""
    until = 2.0
    death = lambda t: hill_kill(t + 3.0)  # noqa: E731
    alive = kendall(sinus, death, until)[1]

    def error(steps: int, weight: float) -> float:
        nodes = 0.5 + np.array([-1, 0, 1]) * math.sqrt(0.15)
        times = (np.arange(steps)[:, None] + nodes) * until / steps
        values = np.array([[[[sinus(t)], [death(t)]] for t in row] for row in times])
        moments = moments_of(values)
        moments[:, 1] *= weight
        parts = constants(moments).reshape(-1, 2, 1)
        ends = np.arange(1, 2 * steps) * until / (2 * steps)
        process = ce.BranchingProcess(types=["S"], birth=parts[:, 0], death=parts[:, 1], breakpoints=ends)
        return abs(ce.survival_probability(process, initial=[1], times=[until])[0] / alive - 1.0)

    assert math.log2(error(16, 1.0) / error(32, 1.0)) == pytest.approx(4.0, abs=0.25)
    assert math.log2(error(16, 0.75) / error(32, 0.75)) == pytest.approx(2.0, abs=0.25)
    assert error(32, 1.0) < 1e-5 < error(32, 0.75)


def test_halves_make_the_moments_of_the_whole() -> None:
    nodes = 0.5 + np.array([-1, 0, 1]) * math.sqrt(0.15)
    poly = np.polynomial.Polynomial([1.0, -2.0, 3.0, 0.5, -0.1])
    whole = moments_of(poly(nodes)[:, None, None] * np.ones((3, 2, 1)))
    halves = np.stack([moments_of(poly(a + 0.5 * nodes)[:, None, None] * np.ones((3, 2, 1))) for a in (0.0, 0.5)])
    assert joined(halves) == pytest.approx(whole, rel=1e-12)
    assert whole[0, 0, 0] == pytest.approx(poly.integ()(1.0), rel=1e-14)


def test_constant_rates_are_one_interval() -> None:
    process = ce.BranchingProcess.from_rates(
        types=["S", "R"], rates=lambda t: ([0.14, 0.1], (0.13, 0.12)), until=365, mutation={("S", "R"): 1e-7}
    )
    plain = ce.BranchingProcess(types=["S", "R"], birth=[0.14, 0.1], death=[0.13, 0.12], mutation={("S", "R"): 1e-7})
    assert len(process.birth) == 1
    assert process.birth == pytest.approx(plain.birth, rel=1e-15)
    assert process.sampling.tolerance < 1e-10


def test_kinks_pulses_and_the_end_are_ends_of_steps() -> None:
    process = one_type(
        sinus,
        hill_kill,
        until=12.0,
        breakpoints=[3.0, 7.25, 12.0, 50.0],
        pulses=[ce.Pulse(time=9.1, survival={"S": 0.1})],
    )
    assert {3.0, 7.25, 9.1, 12.0} <= set(process.breakpoints)
    assert process.breakpoints[-1] == 12.0
    assert (process.birth[-1, 0], process.death[-1, 0]) == (sinus(12.0), hill_kill(12.0))
    assert (process.birth >= 0).all()
    assert (process.death >= 0).all()


def test_a_jump_that_is_not_named_is_found() -> None:
    death = lambda t: 0.1 if t < math.pi else 0.9  # noqa: E731
    process = one_type(lambda t: 0.3, death, until=5.0)
    named = one_type(lambda t: 0.3, death, until=5.0, breakpoints=[math.pi])
    times = [5.0]
    a, b = (ce.survival_probability(p, initial=[1], times=times)[0] for p in (process, named))
    assert a == pytest.approx(b, rel=1e-6)
    assert len(named.birth) == 2
    assert abs(process.breakpoints - math.pi).min() < 1e-6
    assert len(process.birth) < 100


@pytest.mark.parametrize(("u", "s", "back_again"), [(1e-3, 2.0, 1.0), (0.0, 30.0, 20.0), (1.0, 0.0, 0.0), (1e-8, 0, 0)])
def test_coupled_types_agree_with_an_independent_solution(u: float, s: float, back_again: float) -> None:
    """From rare mutation to switching far above the other rates; scipy solves the equations of the true rates."""

    def rates(t: float) -> tuple[list[float], list[float]]:
        return [sinus(t), 0.2], [hill_kill(t + 3.0), 0.1 + 0.1 * math.cos(t) ** 2]

    process = ce.BranchingProcess.from_rates(
        types=["A", "B"],
        rates=rates,
        until=8.0,
        mutation={("A", "B"): u},
        switching={("A", "B"): s, ("B", "A"): back_again},
    )

    def slope(back: float, g: np.ndarray) -> list[float]:
        (b0, b1), (d0, d1) = rates(8.0 - back)
        a = (b0 - d0) * g[0] - b0 * g[0] ** 2 + b0 * (1 - g[0]) * u * (g[1] - g[0]) + s * (g[1] - g[0])
        return [a, (b1 - d1) * g[1] - b1 * g[1] ** 2 + back_again * (g[0] - g[1])]

    want = integrate.solve_ivp(slope, (0, 8.0), [1.0, 1.0], method="DOP853", rtol=1e-12, atol=1e-30).y[:, -1]
    got = ce.survival_probability(process, initial=np.eye(2, dtype=int), times=[8.0])[:, 0]
    assert got == pytest.approx(want, rel=process.sampling.tolerance)
    assert process.sampling.tolerance <= 1e-6


def test_round_trips_keep_the_process_and_its_errors() -> None:
    process = one_type(sinus, hill_kill, until=6.0, breakpoints=[3.0], tolerance=1e-4)
    for other in (
        ce.BranchingProcess.from_toml(process.to_toml()),
        ce.BranchingProcess.from_json(process.to_json()),
        ce.BranchingProcess.from_dict(process.to_dict()),
        pickle.loads(pickle.dumps(process)),
    ):
        assert other == process
        assert other.sampling == process.sampling is not None
        assert hash(other) == hash(process)
    plain = ce.BranchingProcess(types=["S"], birth=[1.0], death=[1.0])
    assert plain.sampling is None
    assert "sampling" not in plain.to_dict()


def test_describe_says_the_errors_and_stays_short() -> None:
    process = one_type(sinus, hill_kill, until=12.0, breakpoints=[3.0])
    text = process.describe()
    assert f"relative error {process.sampling.tolerance:.2g} at ends of steps" in text
    assert len(text.splitlines()) < 40


def good(t: float) -> tuple[list[float], list[float]]:
    return [0.1, 0.1], [0.1, 0.1]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"until": 0}, ce.ModelError, "until must be a number in"),
        ({"until": -3.0}, ce.ModelError, "until must be a number in"),
        ({"until": math.nan}, ce.ModelError, "until must be a number in"),
        ({"until": math.inf}, ce.ModelError, "until must be a number in"),
        ({"until": True}, TypeError, "until must be a number"),
        ({"until": "30"}, TypeError, "until must be a number"),
        ({"tolerance": 0.0}, ce.ModelError, "tolerance must be a number in [1e-08, 0.1]"),
        ({"tolerance": 0.5}, ce.ModelError, "tolerance must be a number in [1e-08, 0.1]"),
        ({"between": 0}, ce.ModelError, "between must be a number in [1e-08, 1]"),
        ({"breakpoints": [2.0, 1.0]}, ce.ModelError, "breakpoints[1] must be larger"),
        ({"breakpoints": [-1.0]}, ce.ModelError, "breakpoints[0] must be finite and > 0"),
        ({"types": []}, ce.ModelError, "types must name at least one"),
        ({"mutation": {("S", "X"): 0.1}}, ce.ModelError, "unknown type 'X'"),
        ({"mutation": {("S", "R"): [0.1, 0.2]}}, ce.ModelError, "must be a number"),
        ({"rates": 3}, TypeError, "rates must be a function f(t) -> (birth, death)"),
        ({"rates": lambda t: [0.1, 0.1, 0.1]}, TypeError, "rates(10.0) must return (birth, death)"),
        ({"rates": lambda t: None}, TypeError, "rates(10.0) must return (birth, death)"),
        ({"rates": lambda t: (0.1, 0.1)}, ce.ModelError, "rates(10.0) must return birth of shape (2,)"),
        ({"rates": lambda t: ([0.1, 0.1], [0.1])}, ce.ModelError, "rates(10.0) must return death of shape (2,)"),
        ({"rates": lambda t: ([0.1, 0.1], ["x", 0.1])}, TypeError, "rates(10.0): death of 'S' must be a number"),
        ({"rates": lambda t: ([0.1, -t], [0.1, 0.1])}, ce.ModelError, "rates(10.0): birth of 'R' must be finite"),
        ({"rates": lambda t: ([0.1, 0.1], [math.nan, 0.1])}, ce.ModelError, "death of 'S' must be finite and >= 0"),
        ({"rates": lambda t: ([0.1, 0.1], [math.inf, 0.1])}, ce.ModelError, "death of 'S' must be finite and >= 0"),
        ({"rates": lambda t: ([0.1, 0.1], [5.0 - t, 0.1] if t < 9 else [0.1, 0.1])}, ce.ModelError, "of 'S'"),
    ],
)
def test_wrong_arguments_are_named(change: dict[str, object], error: type[Exception], words: str) -> None:
    arguments: dict[str, object] = {"types": ["S", "R"], "rates": good, "until": 10.0, **change}
    with pytest.raises(error) as caught:
        ce.BranchingProcess.from_rates(**arguments)  # type: ignore[arg-type]
    assert words in str(caught.value)


def test_all_wrong_arguments_are_said_together() -> None:
    with pytest.raises(TypeError) as caught:
        ce.BranchingProcess.from_rates(types=["S"], rates=None, until=-1, tolerance=2)  # type: ignore[arg-type]
    assert all(word in str(caught.value) for word in ("rates must", "until must", "tolerance must"))


def test_an_error_inside_the_rates_says_when() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        one_type(lambda t: 1 / (t - 10.0), lambda t: 0.1, until=10.0)
    assert "t = 10.0 days" in caught.value.__notes__[0]


def test_a_rate_without_bounds_is_an_error() -> None:
    with pytest.raises(ce.ModelError, match=r"vary fastest near t = 0 days"):
        one_type(lambda t: 0.1, lambda t: 1.0 / math.sqrt(t), until=2.0)


def test_too_fine_a_change_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chemoevo.process.continuous.MAX_STEPS", 3000)
    with pytest.raises(ce.ModelError, match="Name times at which they jump"):
        one_type(lambda t: 1.0 + math.sin(1e5 * t), lambda t: 0.1, until=100.0, tolerance=1e-8, between=1e-8)


def kill(start: float, length: float) -> ce.BranchingProcess:
    """0.2 divisions and 0.1 deaths per day, and a kill of 1 in log_e that nobody names."""
    return one_type(lambda t: 0.2, lambda t: 0.1 + (start <= t < start + length) / length, until=60.0)


@pytest.mark.parametrize("length", [0.022, 0.1, 0.7])
def test_a_short_pulse_that_nobody_names_is_found(length: float) -> None:
    for start in (3.0017, 20.3, 59.2):
        named = ce.BranchingProcess(
            types=["S"],
            birth=[0.2],
            death=[[0.1], [0.1 + 1.0 / length], [0.1]],
            breakpoints=[start, start + length],
        )
        want = ce.extinction_probability(named, initial={"S": 1}, times=[60.0])
        got = ce.extinction_probability(kill(start, length), initial={"S": 1}, times=[60.0])
        assert got == pytest.approx(want, rel=1e-6)


def test_what_is_shorter_than_the_resolution_is_not_known_and_that_is_said() -> None:
    process = kill(20.305, 0.005)
    assert process.sampling is not None
    assert process.sampling.resolution == pytest.approx(0.5 / 24.0)
    assert "shorter than 0.0208 days and is not named in breakpoints may be missing" in process.sampling.describe()
    without = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    ask = {"initial": {"S": 1}, "times": [60.0]}
    missed = ce.extinction_probability(process, **ask)
    assert missed == pytest.approx(ce.extinction_probability(without, **ask), rel=1e-9)
    finer = ce.BranchingProcess.from_rates(
        types=["S"],
        rates=lambda t: ([0.2], [0.1 + (200.0 if 20.305 <= t < 20.31 else 0.0)]),
        until=60.0,
        resolution=0.0045,
    )
    assert ce.extinction_probability(finer, **ask)[0] > missed[0] + 0.05


@pytest.mark.parametrize("resolution", [0.0, 1e-9, 61.0, math.nan, True, "1"])
def test_a_resolution_out_of_range_is_refused(resolution: object) -> None:
    with pytest.raises((ce.ModelError, TypeError), match="resolution must be a number"):
        ce.BranchingProcess.from_rates(
            types=["S"],
            rates=lambda t: ([0.1], [0.1]),
            until=60.0,
            resolution=resolution,  # type: ignore[arg-type]
        )


def test_a_jump_that_is_not_named_is_found_wherever_it_is() -> None:
    for jump in np.random.default_rng(1).uniform(0.03, 1.97, 12):
        process = one_type(lambda t, jump=jump: 0.2 if t < jump else 0.5, lambda t: 0.1, until=2.0)
        named = ce.BranchingProcess(types=["A"], birth=[[0.2], [0.5]], death=[0.1], breakpoints=[jump])
        got, want = (ce.extinction_probability(p, initial=[1], times=[2.0]) for p in (process, named))
        assert got == pytest.approx(want, rel=1e-6)
        assert process.sampling is not None
        assert process.sampling.tolerance <= 1e-6
