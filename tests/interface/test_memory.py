"""Memory: that of the result, measured as the peak of a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.ensemble.ensemble import Ensemble

MIB = 2**20
MARGIN = 12 * MIB
"""What engines, tables of constants and the allocator take beside a result."""

SCRIPT = """
import chemoevo as ce

def status(key):
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith(key))

types = [f"T{{i}}" for i in range({types})]
rates = [0.2] * len(types)
mutation = {{(types[0], name): 1e-4 for name in types[1:]}}
process = ce.BranchingProcess(types=types, birth=rates, death=[0.1] * len(types), mutation=mutation)
def run(replicates):
    times = [float(t) for t in range(1, {times} + 1)]
    options = dict(seed=1, engine="bnb", threads=2, record={record})
    return ce.simulate(process, initial={{"T0": 20}}, times=times, replicates=replicates, **options)
run(10).summary()
before = status("VmRSS")
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")  # the peak is counted from here on
ens = run({replicates})
print(status("VmHWM") - before, ens.counts.nbytes + ens.final.nbytes + 26 * len(ens))
before = status("VmRSS")
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")
ens.summary()
print(status("VmHWM") - before)
"""

linux = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the kernel does not tell the peak")


def peaks(**values: object) -> tuple[int, int, int]:
    """(bytes) What the run took at its peak, what its result takes, and what its summary took at its peak."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(**values)], capture_output=True, text=True, check=True, timeout=120
    )
    run, result, summary = map(int, done.stdout.split())
    return run, result, summary


@linux
def test_a_large_run_takes_the_memory_of_its_result() -> None:
    run, result, summary = peaks(types=4, times=10, replicates=200_000, record="'counts'")
    assert result > 60 * MIB
    assert 0.9 * result < run < result + MARGIN
    # A few columns of floats at one time, not a table of 8 million rows.
    one_time = 8 * 200_000 * 5
    assert summary < 5 * one_time


@linux
def test_one_sum_of_64_types_takes_the_memory_of_one_column() -> None:
    n, times, types = 20_000, 40, 64
    record = "ce.Counts(of={'resistant': types[1:]})"
    run, result, _ = peaks(types=types, times=times, replicates=n, record=record)
    assert result == 8 * n * (times + types) + 26 * n
    assert run < result + MARGIN
    assert run < 8 * n * times * types / 10


def test_a_summary_builds_no_trajectories(monkeypatch: pytest.MonkeyPatch) -> None:
    process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    ens = ce.simulate(process, initial={"S": 5}, times=[10, 20], replicates=50, seed=1, stop=ce.Stop(size=30))
    expected = ens.summary()

    def built(self: Ensemble) -> None:
        raise AssertionError("trajectories were built")

    monkeypatch.setattr(Ensemble, "trajectories", property(built))
    with pytest.raises(AssertionError, match="were built"):
        _ = ens.trajectories
    assert ens.summary().equals(expected)
    assert "total" in ens._repr_html_()
    assert np.isclose(expected["mean"][0], ens.counts[:, 0, 0].mean())


def test_the_initial_cells_are_no_array_of_the_caller() -> None:
    process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    for replicates in (1, 3):
        given = np.array([[5]], dtype=np.int64)
        ens = ce.simulate(
            process, initial=given[0] if replicates > 1 else given, times=[1], replicates=replicates, seed=1
        )
        given[:] = 7
        assert ens.initial.tolist() == [[5]] * replicates
        assert not ens.initial.flags.writeable
