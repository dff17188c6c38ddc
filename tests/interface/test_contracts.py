"""What the package promises about runs and results, promise by promise."""

from __future__ import annotations

import contextlib
import itertools
import json

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from tests.statistical.models import ALL, BY_NAME, Model

ENGINES = pytest.mark.parametrize("engine", ["direct", "bnb", "leap"])
LIMITS = ce.Limits(size=10**6)


def run(model: Model, engine: str = "bnb", n: int | range | None = 20, **more: object) -> ce.Ensemble:
    arguments = {
        "initial": dict(model.initial),
        "times": list(model.times),
        "replicates": n,
        "seed": 3,
        "engine": engine,
    }
    return ce.simulate(model.process, **{**arguments, **more})


def same(a: ce.Ensemble, b: ce.Ensemble) -> bool:
    return (
        (a.counts == b.counts).all()
        and (a.final == b.final).all()
        and a.outcomes.drop("replicate").equals(b.outcomes.drop("replicate"))
    )


# Determinism ---------------------------------------------------------------------------------------------------------


@ENGINES
@pytest.mark.parametrize("model", ALL, ids=repr)
def test_numbers_do_not_depend_on_threads(model: Model, engine: str) -> None:
    assert same(run(model, engine, threads=1), run(model, engine, threads=2))
    assert same(run(model, engine, threads=1), run(model, engine, threads=None))


@ENGINES
@pytest.mark.parametrize("model", ALL, ids=repr)
def test_replicate_7_of_10_is_replicate_7_of_100(model: Model, engine: str) -> None:
    ten, hundred, some = run(model, engine, 10), run(model, engine, 100), run(model, engine, range(5, 8))
    assert (ten.counts[7] == hundred.counts[7]).all()
    assert (some.counts == ten.counts[5:8]).all()
    assert some.outcomes["replicate"].to_list() == [5, 6, 7]
    assert some.outcomes.equals(ten.outcomes[5:8])
    assert len(some) == 3


@ENGINES
def test_replicates_of_far_numbers_exist(engine: str) -> None:
    model = BY_NAME["everything"]
    far = run(model, engine, range(10**12, 10**12 + 3))
    assert far.outcomes["replicate"].to_list() == [10**12, 10**12 + 1, 10**12 + 2]
    assert not same(far, run(model, engine, range(3)))


@ENGINES
def test_retries_depend_on_the_replicate_only(engine: str) -> None:
    model = BY_NAME["two-types-forward-and-back"].but(initial={"S": 1}, times=(50.0,))
    stop = ce.Stop(size=300, retry=True)
    whole = run(model, engine, 40, stop=stop, threads=2)
    assert same(run(model, engine, 40, stop=stop, threads=1), whole)
    part = run(model, engine, range(30, 40), stop=stop)
    assert (part.final == whole.final[30:]).all()
    assert part.outcomes.equals(whole.outcomes[30:])
    assert whole.outcomes["rejected"].sum() > 0


@ENGINES
def test_progress_does_not_change_numbers(engine: str, capfd: pytest.CaptureFixture[str]) -> None:
    model = BY_NAME["everything"]
    plain = run(model, engine, 50)
    assert capfd.readouterr() == ("", "")
    calls: list[tuple[int, int]] = []
    assert same(run(model, engine, 50, progress=lambda done, total: calls.append((done, total))), plain)
    assert same(run(model, engine, 50, progress=True), plain)
    out, err = capfd.readouterr()
    assert out == ""
    assert err
    assert all(0 <= done <= total == 50 for done, total in calls)
    assert calls == sorted(calls)


def test_progress_is_told_during_and_at_the_end_of_a_long_run() -> None:
    process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[1.0])
    calls: list[tuple[int, int]] = []
    ce.simulate(
        process, initial=[3000], times=[200.0], replicates=300, seed=1, engine="direct", threads=1,
        limits=ce.Limits(events=200_000), progress=lambda *x: calls.append(x),
    )  # fmt: skip
    assert len(calls) >= 2
    assert calls[-1] == (300, 300)


def test_direct_does_not_depend_on_the_observation_grid() -> None:
    for model in ALL:
        grid = sorted({*model.times, *np.linspace(0.0, model.times[-1], 31).tolist()})
        coarse, fine = run(model, "direct"), run(model, "direct", times=grid)
        assert (fine.counts[:, [grid.index(t) for t in model.times]] == coarse.counts).all(), model
        assert fine.outcomes.equals(coarse.outcomes), model


@ENGINES
def test_an_interrupted_run_repeats(engine: str) -> None:
    process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[1.0])
    arguments = {"initial": [20_000], "times": [3.0], "seed": 2, "engine": engine}
    expected = ce.simulate(process, replicates=100, **arguments)

    def refuse(done: int, total: int) -> None:
        raise LookupError

    with contextlib.suppress(LookupError):
        ce.simulate(process, replicates=10**6, progress=refuse, **arguments)
    assert same(ce.simulate(process, replicates=100, **arguments), expected)


def test_without_a_seed_runs_differ_and_say_which_seed_repeats_them() -> None:
    model = BY_NAME["everything"]
    a, b = run(model, n=50, seed=None), run(model, n=50, seed=None)
    assert a.seed != b.seed
    assert not same(a, b)
    assert same(run(model, n=50, seed=a.seed), a)


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**64 + 1, 2**300])
def test_any_nonnegative_integer_is_a_seed(seed: int) -> None:
    ens = run(BY_NAME["everything"], seed=seed)
    assert ens.seed == seed
    assert same(run(BY_NAME["everything"], seed=np.uint64(seed)) if seed < 2**64 else ens, ens)


def test_engines_draw_their_own_numbers() -> None:
    model = BY_NAME["everything"]
    assert not same(run(model, "direct", 50), run(model, "bnb", 50))


@ENGINES
def test_two_arms_under_one_seed_start_from_one_stream(engine: str) -> None:
    model = BY_NAME["two-types-forward-and-back"]
    other = model.but(pulses=((2.0, {"S": 0.1}),))
    a, b = run(model, engine), run(other, engine)
    if engine == "direct":
        # Histories are alike until the arms differ.
        assert (a.counts[:, :2] == b.counts[:, :2]).all()
    assert (a.counts[:, 2] != b.counts[:, 2]).any()


# Results -------------------------------------------------------------------------------------------------------------


@ENGINES
def test_arrays_have_the_promised_form(engine: str) -> None:
    model = BY_NAME["everything"]
    ens = run(model, engine)
    assert (ens.counts.shape, ens.counts.dtype) == ((20, 5, 3), np.int64)
    assert ens.counts.flags.c_contiguous
    assert (ens.initial.shape, ens.initial.dtype) == ((20, 3), np.int64)
    assert (ens.final.shape, ens.final.dtype) == ((20, 3), np.int64)
    assert (ens.times.dtype, ens.times.tolist()) == (np.float64, list(model.times))
    assert ens.types == model.types
    assert isinstance(ens.types, tuple)
    for array in (ens.counts, ens.initial, ens.final, ens.times):
        assert not array.flags.writeable
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    # So few mutants do not leap.
    assert (ens.asked, ens.engine, ens.exact) == (engine, "bnb" if engine == "leap" else engine, True)
    assert ens.seed == 3


def test_what_was_given_can_be_changed_afterwards() -> None:
    start, times = np.array([[5, 5, 5]] * 4), np.array([1.0, 2.0])
    ens = ce.simulate(BY_NAME["everything"].process, initial=start, times=times, seed=1)
    kept = ens.initial.copy()
    start[:], times[:] = 0, 9.0
    assert (ens.initial == kept).all()
    assert ens.times.tolist() == [1.0, 2.0]
    assert start.flags.writeable
    assert times.flags.writeable


@ENGINES
def test_outcomes_have_one_row_a_replicate_in_order(engine: str) -> None:
    outcomes = run(BY_NAME["everything"], engine, 50).outcomes
    assert outcomes.columns == ["replicate", "outcome", "time"]
    assert outcomes["replicate"].to_list() == list(range(50))
    assert outcomes["time"].dtype == pl.Float64
    assert outcomes.null_count().sum_horizontal().item() == 0


@ENGINES
def test_the_last_state_repeats_after_the_end(engine: str) -> None:
    process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.2])
    ens = ce.simulate(process, initial=[5], times=np.linspace(0.0, 20.0, 41), replicates=50, seed=1, engine=engine,
                      stop=ce.Stop(size=100))  # fmt: skip
    for counts, final, (_, outcome, time) in zip(
        ens.counts[:, :, 0], ens.final[:, 0], ens.outcomes.iter_rows(), strict=True
    ):
        assert outcome in ("stopped", "extinct")
        assert (counts[ens.times >= time] == final).all()
        assert final == (100 if outcome == "stopped" else 0)
        assert (counts[ens.times < time] < 100).all()
        assert (counts[ens.times < time] > 0).all()


@ENGINES
def test_trajectories_repeat_the_last_state_of_what_has_ended(engine: str) -> None:
    process = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1.0], death=[0.7, 0.7], mutation={("S", "R"): 0.1})
    ens = ce.simulate(process, initial=[3, 0], times=np.linspace(0.0, 20.0, 21), replicates=60, seed=1, engine=engine,
                      stop=ce.Stop(size=50))  # fmt: skip
    frame = ens.trajectories
    assert frame.columns == ["replicate", "time", "type", "count"]
    assert frame["count"].dtype == pl.Int64
    assert {"extinct", "stopped"} <= set(ens.outcomes["outcome"].cast(str))
    assert frame["replicate"].to_list() == np.repeat(np.arange(60), 42).tolist()
    assert frame["time"].to_list() == np.tile(np.repeat(ens.times, 2), 60).tolist()
    assert frame["type"].cast(str).to_list() == ["S", "R"] * (60 * 21)
    assert frame["count"].to_list() == ens.counts.ravel().tolist()
    # One answer, whatever is asked: the mean of what has stopped does not fall.
    means = frame.group_by("time", maintain_order=True).agg(mean=2 * pl.col("count").mean())["mean"]
    total = ens.summary().filter(pl.col("type") == "total")["mean"]
    assert np.allclose(means, total, rtol=1e-12)
    assert means[-1] > 10.0


@ENGINES
def test_extinct_replicates_stay_in_the_summary(engine: str) -> None:
    ens = run(BY_NAME["subcritical"], engine, 200)
    summary = ens.summary()
    assert {"time", "type", "n", "mean", "sd", "q05", "q95", "absent", "ended"} <= set(summary.columns)
    for t, time in enumerate(ens.times):
        row = summary.filter((pl.col("time") == time) & (pl.col("type") == "total")).row(0, named=True)
        counts = ens.counts[:, t].sum(axis=1).astype(float)
        assert row["n"] == 200
        assert row["mean"] == pytest.approx(counts.mean())
        assert row["sd"] == pytest.approx(counts.std(ddof=1))
        assert row["absent"] == pytest.approx((counts == 0).mean())
        assert np.isfinite([v for v in row.values() if isinstance(v, float)]).all()


def test_time_zero_is_recorded_only_if_listed() -> None:
    model = BY_NAME["supercritical"]
    assert (run(model, times=[0.0, 1.0]).counts[:, 0, 0] == 5).all()
    assert run(model, times=[1.0]).counts.shape == (20, 1, 1)


@ENGINES
def test_a_run_of_no_length_is_its_start(engine: str) -> None:
    ens = run(BY_NAME["supercritical"], engine, times=[0.0])
    assert (ens.counts[:, 0, 0] == 5).all()
    assert (ens.outcomes["outcome"] == "alive").all()
    assert (ens.outcomes["time"] == 0.0).all()


def test_default_number_of_replicates_is_one_or_the_rows() -> None:
    process = BY_NAME["supercritical"].process
    assert len(ce.simulate(process, initial=[5], times=[1.0])) == 1
    rows = ce.simulate(process, initial=[[5]] * 7, times=[1.0], seed=1)
    assert len(rows) == 7
    assert len(ce.simulate(process, initial=rows, times=[1.0])) == 7


def test_rows_of_initial_belong_to_their_replicates() -> None:
    process = ce.BranchingProcess(types=["S"], birth=[0.0], death=[0.0])
    ens = ce.simulate(process, initial=np.arange(10).reshape(10, 1), times=[0.5, 1.0], seed=1, threads=2)
    assert (ens.counts[:, 1, 0] == np.arange(10)).all()
    assert ens.outcomes["outcome"].to_list() == ["extinct"] + ["alive"] * 9


def test_provenance_is_plain_data_that_repeats_the_run() -> None:
    model = BY_NAME["everything"]
    ens = run(model, "bnb", 10, stop=ce.Stop(size=500))
    data = json.loads(json.dumps(ens.provenance))
    again = ce.simulate(
        ce.BranchingProcess.from_dict(data["process"]),
        initial=data["initial"],
        times=data["times"],
        replicates=range(*data["replicates"]),
        seed=data["seed"],
        engine=data["engine"],
        stop=ce.Stop.from_dict(data["stop"]),
        limits=ce.Limits.from_dict(data["limits"]),
    )
    assert same(again, ens)
    assert data["chemoevo"] == ce.__version__
    assert data["exact"] is True


# Engines and limits --------------------------------------------------------------------------------------------------


def test_auto_does_not_depend_on_what_it_must_not() -> None:
    for model in ALL:
        engines = {
            run(model, "auto", n, seed=seed, threads=threads).engine
            for n, seed, threads in itertools.product((1, 30), (1, 2), (1, 2))
        }
        assert len(engines) == 1
        assert engines <= {"direct", "bnb"}
        assert same(run(model, "auto"), run(model, engines.pop()))


def test_exact_is_accepted_where_engines_are_exact() -> None:
    assert run(BY_NAME["everything"], exact=True).exact


@ENGINES
def test_a_limit_of_events_is_an_outcome(engine: str) -> None:
    process = ce.BranchingProcess(
        types=["A", "B"], birth=[1.0, 1.0], death=[1.0, 1.0], switching={("A", "B"): 5.0, ("B", "A"): 5.0}
    )
    ens = ce.simulate(process, initial=[10_000, 0], times=[10.0], replicates=5, seed=1, engine=engine,
                      limits=ce.Limits(events=10 if engine == "leap" else 1000))  # fmt: skip
    assert (ens.outcomes["outcome"] == "event_limit").all()
    assert (ens.outcomes["time"] < 10.0).all()
    assert (ens.counts[:, -1] == ens.final).all()
    assert ens.trajectories["count"].to_list() == ens.counts.ravel().tolist()


@ENGINES
def test_a_size_limit_is_met_exactly(engine: str) -> None:
    process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.2])
    ens = ce.simulate(
        process, initial=[5], times=[50.0], replicates=50, seed=1, engine=engine, limits=ce.Limits(size=1000)
    )
    limited = (ens.outcomes["outcome"] == "size_limit").to_numpy()
    assert limited.any()
    assert (ens.final[limited, 0] == 1000).all()


@ENGINES
def test_a_start_at_the_size_limit_ends_at_zero(engine: str) -> None:
    process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.2])
    ens = ce.simulate(
        process, initial=[500], times=[5.0], replicates=3, seed=1, engine=engine, limits=ce.Limits(size=400)
    )
    assert (ens.outcomes["outcome"] == "size_limit").all()
    assert (ens.outcomes["time"] == 0.0).all()
    assert (ens.final == 500).all()


# Doses always happen -------------------------------------------------------------------------------------------------


@ENGINES
def test_pulses_act_where_nothing_else_can(engine: str) -> None:
    process = ce.BranchingProcess(
        types=["S"], birth=[0.0], death=[0.0],
        pulses=[ce.Pulse(time=2.0, survival={"S": 0.0})],
    )  # fmt: skip
    ens = ce.simulate(process, initial=[9], times=[1.0, 2.0, 3.0], replicates=4, seed=1, engine=engine)
    assert (ens.counts[:, :, 0] == [9, 0, 0]).all()
    assert (ens.outcomes["time"] == 2.0).all()
    assert (ens.outcomes["outcome"] == "extinct").all()


@ENGINES
@pytest.mark.parametrize("time", [0.0, 1.0, 5.0], ids=["start", "observation", "horizon"])
def test_a_pulse_acts_before_the_observation_at_its_instant(time: float, engine: str) -> None:
    process = ce.BranchingProcess(
        types=["S", "R"], birth=[0.0, 0.0], death=[0.0, 0.0], pulses=[ce.Pulse(time=time, survival={"S": 0.0})]
    )
    ens = ce.simulate(process, initial=[9, 4], times=[0.0, 1.0, 5.0], replicates=4, seed=1, engine=engine)
    expected = [[0 if at >= time else 9, 4] for at in (0.0, 1.0, 5.0)]
    assert (ens.counts == expected).all()


@ENGINES
def test_two_pulses_at_one_instant_multiply(engine: str) -> None:
    twice = ce.BranchingProcess(
        types=["S"], birth=[0.0], death=[0.0],
        pulses=[ce.Pulse(time=1.0, survival={"S": 0.5}), ce.Pulse(time=1.0, survival={"S": 0.2})],
    )  # fmt: skip
    ens = ce.simulate(twice, initial=[10**12], times=[1.0], replicates=50, seed=1, engine=engine)
    # 1e11 survivors, with a standard deviation of 3e5.
    assert (abs(ens.counts.astype(float) - 1e11) < 6 * 3e5).all()
    at_once = ce.extinction_probability(twice, initial=[10], times=[1.0])[0]
    assert at_once == pytest.approx(0.9**10, rel=1e-10)


@ENGINES
def test_a_change_of_rates_at_an_observation_belongs_to_what_follows(engine: str) -> None:
    process = ce.BranchingProcess(types=["S"], birth=[[0.0], [0.0]], death=[[0.0], [1e6]], breakpoints=[1.0])
    ens = ce.simulate(process, initial=[50], times=[1.0, 1.1], replicates=4, seed=1, engine=engine)
    assert (ens.counts[:, 0, 0] == 50).all()
    assert (ens.counts[:, 1, 0] == 0).all()


@ENGINES
def test_a_pulse_after_the_horizon_never_acts(engine: str) -> None:
    process = ce.BranchingProcess(
        types=["S"], birth=[0.0], death=[0.0], pulses=[ce.Pulse(time=5.0 + 1e-9, survival={"S": 0.0})]
    )
    assert (ce.simulate(process, initial=[9], times=[5.0], engine=engine).counts == 9).all()


@ENGINES
def test_a_stop_that_holds_at_the_start_comes_before_a_pulse_there(engine: str) -> None:
    process = ce.BranchingProcess(
        types=["S"], birth=[1.0], death=[0.0], pulses=[ce.Pulse(time=0.0, survival={"S": 0.0})]
    )
    ens = ce.simulate(process, initial=[9], times=[0.0, 5.0], engine=engine, stop=ce.Stop(size=9))
    assert (ens.counts == 9).all()
    assert ens.outcomes.row(0)[1:] == ("stopped", 0.0)
