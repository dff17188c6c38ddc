"""What holds in every run of every valid process."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chemoevo as ce
from chemoevo.testing import initial_states, probabilities, processes, refined, seeds, stops
from tests.property._examples import short_and_long

ENGINES = pytest.mark.parametrize("engine", ["direct", "bnb", "leap"])
TIMES = [0.0, 0.3, 1.0, 1.5]
LIMITS = ce.Limits(size=20_000, events=200_000)


@short_and_long(36, 480, data=st.data())
@ENGINES
def test_every_run_is_consistent(engine: str, data: st.DataObject) -> None:
    process = data.draw(processes(lethal=probabilities()))
    k = len(process.types)
    start = data.draw(initial_states(process))
    ens = ce.simulate(process, initial=start, times=TIMES, replicates=20, seed=1, engine=engine, limits=LIMITS)

    assert ens.counts.dtype == np.int64
    assert ens.counts.shape == (20, 4, k)
    assert (ens.initial == start).all()
    outcomes = ens.outcomes
    time = outcomes["time"].to_numpy()
    outcome = outcomes["outcome"].cast(str).to_numpy()
    assert np.isfinite(time).all()
    assert ((time >= 0.0) & (time <= TIMES[-1])).all()
    assert set(outcome) <= {"extinct", "alive", "size_limit", "event_limit"}
    # No count is a wrapped negative number.
    assert (ens.counts <= 2**62).all()
    assert (ens.counts.sum(axis=2) <= LIMITS.size).all()
    assert (ens.counts[:, -1] == ens.final).all()

    gone = ens.final.sum(axis=1) == 0
    assert (gone == (outcome == "extinct")).all()
    assert (time[outcome == "alive"] == TIMES[-1]).all()
    for t, at in enumerate(TIMES):
        # Empty at an observation exactly if extinct by then; and for ever after.
        assert ((ens.counts[:, t].sum(axis=1) == 0) == ((outcome == "extinct") & (time <= at))).all()
    # Nothing lives in a type that no way leads to.
    reachable = np.array(start) > 0
    for _ in range(k):
        for a, b in (*process.mutation, *process.switching):
            if reachable[process.types.index(a)]:
                reachable[process.types.index(b)] = True
    assert not ens.counts[:, :, ~reachable].any()
    # Without births nothing grows.
    if not process.divisions.any():
        assert (ens.counts.sum(axis=2) <= sum(start)).all()
    # Without deaths and pulses nothing is lost.
    if not process.deaths.any() and not process.pulses:
        assert (ens.counts.sum(axis=2) >= sum(start)).all()


@short_and_long(20, 240, data=st.data())
@ENGINES
def test_runs_repeat_whatever_threads_chunks_and_progress(engine: str, data: st.DataObject) -> None:
    process = data.draw(processes())
    start = data.draw(initial_states(process))
    seed = data.draw(seeds())
    arguments = {"initial": start, "times": TIMES, "seed": seed, "engine": engine, "limits": LIMITS}
    whole = ce.simulate(process, replicates=12, threads=1, **arguments)
    calls: list[tuple[int, int]] = []
    for other, rows in (
        (ce.simulate(process, replicates=12, threads=2, **arguments), slice(None)),
        (ce.simulate(process, replicates=12, progress=lambda *x: calls.append(x), **arguments), slice(None)),
        (ce.simulate(process, replicates=30, **arguments), slice(0, 30)),
        (ce.simulate(process, replicates=range(5, 8), **arguments), slice(5, 8)),
    ):
        mine = slice(0, 12) if rows == slice(0, 30) else slice(None)
        assert (other.counts[mine] == whole.counts[rows]).all()
        assert (other.final[mine] == whole.final[rows]).all()
        assert (other.outcomes["time"].to_numpy()[mine] == whole.outcomes["time"].to_numpy()[rows]).all()
        assert (other.outcomes["outcome"].to_numpy()[mine] == whole.outcomes["outcome"].to_numpy()[rows]).all()


@short_and_long(25, 320, data=st.data())
def test_direct_does_not_depend_on_the_observation_times(data: st.DataObject) -> None:
    process = data.draw(processes())
    start = data.draw(initial_states(process))
    extra = data.draw(st.lists(st.just(0.0) | st.floats(1e-280, 1.49), max_size=6))
    grid = sorted({*TIMES, *extra})
    arguments = {"initial": start, "replicates": 8, "seed": 3, "engine": "direct", "limits": LIMITS}
    coarse = ce.simulate(process, times=TIMES, **arguments)
    fine = ce.simulate(process, times=grid, **arguments)
    assert (fine.counts[:, [grid.index(t) for t in TIMES]] == coarse.counts).all()
    assert fine.outcomes.equals(coarse.outcomes)


@short_and_long(25, 320, data=st.data())
def test_direct_does_not_depend_on_intervals_in_which_nothing_changes(data: st.DataObject) -> None:
    """A breakpoint between intervals of the same rates at most restarts the waiting: until then the same numbers."""
    process = data.draw(processes(most_intervals=1, pulses=False))
    start = data.draw(initial_states(process))
    split = refined(process, [0.7])
    for times in ([0.0, 0.3, 0.69], TIMES):
        a, b = (ce.simulate(p, initial=start, times=times, replicates=30, seed=3, engine="direct", limits=LIMITS)
                for p in (process, split))  # fmt: skip
        # Up to the breakpoint nothing differs.
        early = [t for t, at in enumerate(times) if at < 0.7]
        cut = (a.outcomes["time"].to_numpy() >= 0.7) | (a.outcomes["outcome"] == "alive").to_numpy()
        assert (a.counts[cut][:, early] == b.counts[cut][:, early]).all()


@short_and_long(14, 200, data=st.data())
@ENGINES
def test_all_forms_of_initial_are_one(engine: str, data: st.DataObject) -> None:
    process = data.draw(processes())
    start = data.draw(initial_states(process))
    arguments = {"times": TIMES, "seed": 4, "engine": engine, "limits": LIMITS}
    expected = ce.simulate(process, initial=start, replicates=3, **arguments)
    forms = [
        dict(zip(process.types, start, strict=True)),
        {name: float(n) for name, n in zip(process.types, start, strict=True) if n},
        {name: np.int32(n) for name, n in zip(process.types, start, strict=True)},
        {name: np.float64(n) for name, n in zip(process.types, start, strict=True)},
        tuple(start),
        np.array(start, dtype=np.uint8),
        np.array(start, dtype=np.float32),
        np.array([start] * 3),
        np.asfortranarray(np.array([start] * 3, dtype=float)),
        [[float(n) for n in start]] * 3,
    ]
    for form in forms:
        rows = (isinstance(form, np.ndarray) and form.ndim == 2) or isinstance(form, list)
        ens = ce.simulate(process, initial=form, replicates=None if rows else 3, **arguments)
        assert (ens.counts == expected.counts).all()
        assert (ens.initial == start).all()
        assert ens.initial.shape == (3, len(process.types))


@short_and_long(18, 200, data=st.data())
@ENGINES
def test_a_run_that_goes_on_starts_where_the_first_ended(engine: str, data: st.DataObject) -> None:
    process = data.draw(processes())
    start = data.draw(initial_states(process))
    first = ce.simulate(process, initial=start, times=[0.5], replicates=6, seed=5, engine=engine, limits=LIMITS)
    second = ce.simulate(process, initial=first, times=[0.0, 0.5], seed=5, engine=engine)
    assert (second.initial == first.final).all()
    if not any(pulse.time == 0.0 for pulse in process.pulses):
        assert (second.counts[:, 0] == first.final).all()
    empty = first.final.sum(axis=1) == 0
    assert (second.outcomes["time"].to_numpy()[empty] == 0.0).all()
    assert (second.outcomes["outcome"].to_numpy()[empty] == "extinct").all()


@short_and_long(25, 240, data=st.data())
@ENGINES
def test_a_stop_is_met_exactly(engine: str, data: st.DataObject) -> None:
    process = data.draw(processes())
    start = data.draw(initial_states(process))
    stop = data.draw(stops(most=60))
    ens = ce.simulate(
        process, initial=start, times=[0.4, 3.0], replicates=15, seed=6, engine=engine, limits=LIMITS,
        stop=stop,
    )  # fmt: skip
    total = ens.final.sum(axis=1)
    outcome = ens.outcomes["outcome"].cast(str).to_numpy()
    time = ens.outcomes["time"].to_numpy()
    if sum(start) >= stop.size:
        assert (outcome == "stopped").all()
        assert (time == 0.0).all()
        assert (ens.counts == start).all()
        return
    assert (total[outcome == "stopped"] == stop.size).all()
    assert (total[outcome != "stopped"] < stop.size).all()
    assert (ens.counts.sum(axis=2) <= stop.size).all()
    late = (time < 0.4) & (outcome == "stopped")
    assert (ens.counts[late, 0] == ens.final[late]).all()


@short_and_long(15, 240, data=st.data())
@ENGINES
def test_nobody_at_the_start_is_extinct_at_zero(engine: str, data: st.DataObject) -> None:
    process = data.draw(processes())
    ens = ce.simulate(process, initial={}, times=TIMES, replicates=3, seed=7, engine=engine)
    assert not ens.counts.any()
    assert (ens.outcomes["outcome"] == "extinct").all()
    assert (ens.outcomes["time"] == 0.0).all()


@ENGINES
@settings(max_examples=30)
@given(seeds=st.lists(st.integers(0, 2**70), min_size=2, max_size=6, unique=True))
def test_different_seeds_give_different_runs(engine: str, seeds: list[int]) -> None:
    process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.2])
    runs = [ce.simulate(process, initial=[1000], times=[3.0], replicates=4, seed=s, engine=engine) for s in seeds]
    assert len({run.counts.tobytes() for run in runs}) == len(seeds)
    for run, seed in zip(runs, seeds, strict=True):
        assert run.seed == seed


@short_and_long(50, 600, process=processes())
def test_processes_survive_every_round_trip(process: ce.BranchingProcess) -> None:
    import pickle

    for copy in (
        pickle.loads(pickle.dumps(process)),
        ce.BranchingProcess.from_dict(process.to_dict()),
        ce.BranchingProcess.from_json(process.to_json()),
        ce.BranchingProcess.from_toml(process.to_toml()),
    ):
        assert copy == process
        assert hash(copy) == hash(process)
        a, b = (ce.simulate(p, initial=[9] * len(process.types), times=[0.5], replicates=2, seed=1, limits=LIMITS)
                for p in (process, copy))  # fmt: skip
        assert (a.counts == b.counts).all()


@short_and_long(12, 80, data=st.data())
@ENGINES
def test_a_stop_that_names_all_types_counts_all_cells(engine: str, data: st.DataObject) -> None:
    process = data.draw(processes())
    start = data.draw(initial_states(process))
    size = data.draw(stops()).size
    runs = [
        ce.simulate(process, initial=start, times=TIMES, replicates=4, seed=8, engine=engine, limits=LIMITS, stop=stop)
        for stop in (ce.Stop(size=size), ce.Stop(size=size, of=process.types[::-1]))
    ]
    assert (runs[0].counts == runs[1].counts).all()
    assert runs[0].outcomes.equals(runs[1].outcomes)
