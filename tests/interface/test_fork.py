"""The pool of threads survives a fork; worker processes give the numbers of their parent."""

from __future__ import annotations

import multiprocessing
import sys

import pytest

import chemoevo as ce

PROCESS = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1.0], death=[0.9, 0.5], mutation={("S", "R"): 0.01})


def run(numbers: range) -> list[list[int]]:
    ens = ce.simulate(PROCESS, initial={"S": 50}, times=[3.0], replicates=numbers, seed=1, threads=2)
    return ens.final.astype(int).tolist()


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_workers_compute_chunks_of_a_study(method: str) -> None:
    whole = run(range(30))  # the pool of the parent exists before the fork
    chunks = [range(10), range(10, 20), range(20, 30)]
    with multiprocessing.get_context(method).Pool(2) as pool:
        parts = pool.map_async(run, chunks).get(timeout=60)
    assert [row for part in parts for row in part] == whole
    assert run(range(30)) == whole


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_of_a_fork_works() -> None:
    whole = run(range(4))
    context = multiprocessing.get_context("fork")
    outer, inner = context.SimpleQueue(), context.SimpleQueue()

    def grandchild() -> None:
        inner.put(run(range(4)))

    def child() -> None:
        mine = run(range(4))
        process = context.Process(target=grandchild)
        process.start()
        process.join(30)
        outer.put((mine, inner.get()))

    process = context.Process(target=child)
    process.start()
    process.join(60)
    assert process.exitcode == 0
    assert outer.get() == (whole, whole)
