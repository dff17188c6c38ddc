"""The interpreter is free while the engines work, and calls from several threads do not disturb each other."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import chemoevo as ce

PROCESS = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1.0], death=[0.9, 0.5], mutation={("S", "R"): 0.01})


@pytest.mark.parametrize("engine", ["direct", "bnb", "leap"])
def test_other_threads_go_on_during_a_run(engine: str) -> None:
    balanced = ce.BranchingProcess(
        types=["A", "B"], birth=[1.0, 1.0], death=[1.0, 1.0],
        switching={("A", "B"): 10.0, ("B", "A"): 10.0},
    )  # fmt: skip
    beats: list[float] = []
    done = threading.Event()

    def beat() -> None:
        while not done.is_set():
            beats.append(time.perf_counter())
            time.sleep(0.005)

    watcher = threading.Thread(target=beat)
    watcher.start()
    try:
        start = time.perf_counter()
        ce.simulate(
            balanced, initial=[20_000, 0], times=[1e4], seed=1, engine=engine, threads=1,
            limits=ce.Limits(events=5_000_000),
        )  # fmt: skip
        end = time.perf_counter()
    finally:
        done.set()
        watcher.join()
    during = [b for b in beats if start < b < end]
    assert end - start > 0.1, "too short a run to say anything"
    assert len(during) > (end - start) / 0.1, "the watcher stood still"


@pytest.mark.parametrize("engine", ["direct", "bnb", "leap"])
def test_calls_from_several_threads_give_what_each_gives_alone(engine: str) -> None:
    def run(seed: int) -> bytes:
        ens = ce.simulate(
            PROCESS, initial={"S": 50}, times=[1.0, 4.0], replicates=200, seed=seed, engine=engine, threads=2
        )
        return ens.counts.tobytes() + ens.outcomes["time"].to_numpy().tobytes()

    alone = [run(seed) for seed in range(12)]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(run, range(12)))
    assert together == alone
    assert len(set(alone)) == 12


def test_many_threads_for_few_replicates() -> None:
    one, many = (
        ce.simulate(PROCESS, initial={"S": 50}, times=[4.0], replicates=3, seed=1, threads=threads)
        for threads in (1, 16)
    )
    assert (one.counts == many.counts).all()


def test_a_run_within_the_progress_of_another() -> None:
    inner: list[ce.Ensemble] = []

    def look(done: int, total: int) -> None:
        if not inner:
            inner.append(ce.simulate(PROCESS, initial={"S": 50}, times=[1.0], replicates=5, seed=2))

    ce.simulate(PROCESS, initial={"S": 5000}, times=[5.0], replicates=200, seed=1, engine="direct", progress=look)
    expected = ce.simulate(PROCESS, initial={"S": 50}, times=[1.0], replicates=5, seed=2)
    assert inner
    assert (inner[0].counts == expected.counts).all()
