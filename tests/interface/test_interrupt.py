"""Ctrl-C ends a run within a second, with KeyboardInterrupt, and leaves a process that works."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

PROGRAM = """
    import json, signal, sys, time
    import chemoevo as ce
    import chemoevo._core
    import numpy as np

    # A background job ignores SIGINT, and what it starts does too.
    signal.signal(signal.SIGINT, signal.default_int_handler)

    slow = ce.BranchingProcess(types=["S"], birth=[100.0], death=[100.0])
    quick = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.5])
    start = time.perf_counter()
    try:
        print("running", flush=True)
        {call}
    except KeyboardInterrupt:
        caught = time.time()
    ens = ce.simulate(quick, initial=[10], times=[1.0], replicates=10, seed=1)
    print(json.dumps({{"caught": caught, "after": ens.final[:, 0].tolist()}}), flush=True)
"""
CALLS = {
    "one long replicate, direct": 'ce.simulate(slow, initial=[10**6], times=[1e9], seed=1, engine="direct")',
    "many replicates, direct": (
        'ce.simulate(slow, initial=[10**5], times=[1e3], replicates=10**4, seed=1, engine="direct")'
    ),
    "one thread": 'ce.simulate(slow, initial=[10**6], times=[1e9], seed=1, engine="direct", threads=1)',
    "many quick replicates, bnb": (
        'ce.simulate(quick, initial=[10], times=[1.0], replicates=10**8, seed=1, engine="bnb", threads=1)'
    ),
    "many events, bnb": (
        'ce.simulate(ce.BranchingProcess(types=["A", "B"], birth=[1.0, 1.0], death=[1.0, 1.0],'
        ' switching={("A", "B"): 50.0, ("B", "A"): 50.0}), initial=[10**6, 0], times=[1e6], seed=1, engine="bnb")'
    ),
    "many steps, leap": (
        'ce.simulate(ce.BranchingProcess(types=["A", "B"], birth=[1.0, 1.0], death=[1.0, 1.0],'
        ' mutation={("A", "B"): 0.1, ("B", "A"): 0.1}), initial=[10**14, 0], times=[1e8], seed=1, engine="leap")'
    ),
    "kinetics of many patients": (
        "ce._core.Cohort([ce._core.Kinetics(0.0, 12.0, [], saturable=((1.0, 1.0), None))] * 10**5)"
        ".area((np.arange(1e3), np.ones(1000), np.zeros(1000), [False] * 1000), np.ones(3))"
    ),
    "marrow of many patients": (
        "ce._core.Marrows([(5.0, 84.0, 0.15)] * 10**4, [(ce._core.Cohort([ce._core.Kinetics(38.0, 7.4, [])] * 10**4),"
        " (24.0 * np.arange(1e3), np.ones(1000), np.zeros(1000), [False] * 1000), 0, [(1.0, None)] * 10**4)])"
        ".counts(np.array([3e4]))"
    ),
    "retry without end": (
        "ce.simulate(ce.BranchingProcess(types=['S'], birth=[0.1], death=[1.0]), initial=[1], times=[1e6], seed=1,"
        " engine='bnb', stop=ce.Stop(size=10**9, retry=True), limits=ce.Limits(events=2**62, attempts=2**62))"
    ),
}


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("name", CALLS)
def test_ctrl_c_ends_a_run_within_a_second(name: str) -> None:
    program = textwrap.dedent(PROGRAM).format(call=CALLS[name])
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "running\n"
        time.sleep(0.5)
        sent = time.time()
        child.send_signal(signal.SIGINT)
        try:
            out, err = child.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            child.kill()
            pytest.fail("still running twenty seconds after the interrupt")
    assert child.returncode == 0, err
    report = json.loads(out)
    assert report["caught"] - sent < 1.0
    assert len(report["after"]) == 10


def test_an_error_in_the_progress_callable_ends_the_run() -> None:
    import chemoevo as ce

    process = ce.BranchingProcess(types=["S"], birth=[100.0], death=[100.0])

    def refuse(done: int, total: int) -> None:
        raise LookupError("no more")

    start = time.perf_counter()
    with pytest.raises(LookupError, match="no more"):
        ce.simulate(process, initial=[10**6], times=[1e9], seed=1, engine="direct", progress=refuse)
    assert time.perf_counter() - start < 5.0
