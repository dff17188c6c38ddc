"""What is expected to take long is announced, with the faster way, before it begins."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.ensemble import resolve as resolving
from chemoevo.ensemble.following import following
from chemoevo.ensemble.request import Request
from chemoevo.ensemble.run import Run
from chemoevo.errors import ModelError

PROCESS = ce.BranchingProcess(
    types=["S", "R"], birth=[0.139] * 2, death=[0.1313] * 2, mutation={("S", "R"): 1e-5}
)  # fmt: skip

LARGE = ce.Stop(size=1e12, retry=True)
# Runs of more than a minute, and their words.
LONG: dict[str, tuple[dict[str, Any], str]] = {
    "growth by bnb": (
        {"initial": {"S": 1}, "times": [1e6], "stop": LARGE, "engine": "bnb", "replicates": 100},
        r"engine 'bnb' is expected to take 3\.\de\+07 mutations and switches per .* for 100 replicates\. Engine",
    ),
    "event by event": (
        {"initial": {"S": 10**9}, "times": [100.0], "engine": "direct"},
        r"engine 'direct' is expected to take 4\.1e\+10 events per replicate, one by one: some 8 minutes of one proc",
    ),
    "clones": ({"initial": {"S": 10**12}, "times": [300.0], "record": "clones"}, "Without clones on record, eng"),
    "exact": ({"initial": {"S": 10**12}, "times": [300.0], "exact": True, "replicates": 10}, "engine 'bnb' is"),
}  # fmt: skip


def resolved(**arguments: Any) -> Run:
    names = ("replicates", "seed", "stage", "engine", "exact", "tolerance", "stop", "limits", "record", "threads")
    default = {"exact": False, "progress": False, "stage": 0, "record": "counts", "replicates": 1}
    known = dict.fromkeys(names) | default | arguments
    return resolving.resolve(PROCESS, Request(**known))


@pytest.mark.parametrize("case", LONG)
def test_long_runs_are_announced(case: str) -> None:
    arguments, words = LONG[case]
    with pytest.warns(UserWarning, match=words):
        resolved(**arguments)


@pytest.mark.parametrize("case", LONG)
def test_what_leaps_or_is_small_is_not(case: str) -> None:
    arguments = {**LONG[case][0], "engine": "auto", "exact": False, "record": "counts"}
    small = {**LONG[case][0], "initial": {"S": 10}, "times": [10.0], "replicates": 1, "stop": None}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        resolved(**arguments)
        resolved(**small)


def test_the_warning_points_at_the_users_line() -> None:
    with pytest.warns(UserWarning, match="engine 'direct'") as caught, pytest.raises(ModelError):
        # The memory is refused after it, so that nothing runs.
        ce.simulate(
            PROCESS, initial={"S": 10**9}, times=[100.0], engine="direct", limits=ce.Limits(events=1)
        ).replicate(7)
    assert [Path(w.filename).name for w in caught] == [Path(__file__).name]


def test_what_is_expected_is_what_happens() -> None:
    """Mutations that are followed, and events, within a tenth."""
    cycles = ce.BranchingProcess(
        types=["S", "T", "R"], birth=[0.2, 0.1, 0.19], death=[[0.15, 0.1, 0.15], [0.5, 0.15, 0.2], [0.15, 0.1, 0.15]],
        breakpoints=[10.0, 30.0], mutation={("S", "R"): 1e-3}, switching={("S", "T"): 1e-3, ("T", "S"): 0.02},
        pulses=[ce.Pulse(time=20.0, survival={"S": 0.5})],
    )  # fmt: skip
    for engine, mutants in (("bnb", "all"), ("bnb", "kept"), ("direct", "all")):
        with following(mutants):
            ens = ce.simulate(
                cycles,
                initial={"S": 20_000},
                times=[15.0, 60.0],
                replicates=20,
                seed=1,
                engine=engine,  # type: ignore[arg-type]
            )
            found = ens.run.outlook(0.0)
        assert found is not None
        name, events, seconds = found
        assert name == engine
        assert seconds == pytest.approx(20 * events * (250e-9 if engine == "bnb" else 12e-9))
        steps = ens.ends["followed" if engine == "bnb" else "steps"].to_numpy()
        assert events == pytest.approx(float(np.mean(steps)), rel=0.1), (engine, mutants)
