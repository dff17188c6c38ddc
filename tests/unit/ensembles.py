"""Ensembles of every kind that is saved, loaded, put together and run again, and what makes two of them equal."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import chemoevo as ce
from chemoevo.base.files import signed

PROCESS = ce.BranchingProcess(
    types=["S", "R 1", "count_S"],
    birth=[[1.0, 0.9, 0.1], [0.3, 0.9, 1e-300]],
    death=[[0.4, 0.5, 0.0], [1.1, 0.4, 0.1]],
    mutation={("S", "R 1"): [0.1, 1 / 3]},
    switching={("R 1", "count_S"): 0.07},
    breakpoints=[0.7],
    pulses=[ce.Pulse(time=0.5, survival={"S": 0.5})],
)
SUMS = {"R 1": ["R 1"], "both": ["S", "count_S"], "total": PROCESS.types}
TIMES = [0.1, 1 / 3, 1.5]


def run(**changes: Any) -> ce.Ensemble:
    arguments: dict[str, Any] = {"initial": {"S": 9, "R 1": 1}, "times": TIMES, "replicates": 12, "seed": 5}
    return ce.simulate(PROCESS, **{**arguments, **changes})


@cache
def scenario() -> ce.Scenario:
    """Two thousand cells, one alteration, one cycle."""
    dose = {"drug": "docetaxel", "amount": 75, "unit": "mg/m2", "duration_hours": 1}
    cycle = {"cycle_length_days": 21, "doses": [dose], "patient": {"bsa": 1.8}}
    return ce.Scenario.from_dict(
        {
            "name": "small",
            "tumor": {"birth": 0.14, "death": 0.09, "size": 2e3, "alterations": [{"name": "ABCB1", "mutation": 1e-3}]},
            "patient": {"bsa": 1.8, "gfr": 90},
            "regimen": {"name": "one", "phases": [{"cycle_length_days": 21, "cycles": 1, "doses": [dose]}]},
            "potencies": [{"drug": "docetaxel", "log10_kill_per_cycle": 1.0, "at": cycle, "basis": "a test"}],
            "follow_up": {"horizon": 40},
            "simulation": {"replicates": 7, "seed": 3},
        }
    )


STUDIED = ce.BranchingProcess(types=["S", "R 1"], birth=[0.5, 0.4], death=[0.2, 0.2], mutation={("S", "R 1"): 0.05})
STUDY: dict[str, Any] = {"initial": {"S": 9}, "times": [1.0, 2.5], "replicates": 25, "seed": 4}


def study_to(path: Path | str, **changes: Any) -> None:
    """A small study in a folder."""
    ce.simulate_to(STUDIED, path=path, **{"chunk": 10, **STUDY, **changes})


def continued(replicates: range = range(12)) -> ce.Ensemble:
    return ce.simulate(PROCESS, initial=run(replicates=replicates), times=[0.4], seed=5)


# Each gives the replicates it is asked for, of one study.
KINDS: dict[str, Callable[[range], ce.Ensemble]] = {
    "bnb": lambda numbers: run(replicates=numbers, engine="bnb"),
    "direct": lambda numbers: run(replicates=numbers, engine="direct"),
    "one row per replicate": lambda numbers: run(
        replicates=numbers, initial=[[i, 3, 2**60 if i == 7 else 0] for i in numbers], limits=ce.Limits(size=2**62)
    ),
    "a stop with retry": lambda numbers: run(
        replicates=numbers, initial={"R 1": 1}, times=[0.1, 30.0], stop=ce.Stop(size=20, retry=True)
    ),
    "a stop of some types": lambda numbers: run(replicates=numbers, stop=ce.Stop(size=5, of=["R 1"])),
    "a blown fuse": lambda numbers: run(replicates=numbers, engine="direct", limits=ce.Limits(size=14, events=14)),
    "no cells": lambda numbers: run(replicates=numbers, initial={}),
    "continued": continued,
    "a long seed": lambda numbers: run(replicates=numbers, seed=2**200 + 1),
    "counts of some types": lambda numbers: run(replicates=numbers, record=ce.Counts(of=["count_S", "S"])),
    "sums of counts, and a stop": lambda numbers: run(
        replicates=numbers, engine="direct", stop=ce.Stop(size=14), record=ce.Counts(of=SUMS)
    ),
    "a scenario": lambda numbers: ce.simulate(scenario(), replicates=numbers, seed=3),
    "a scenario that was not always detected": lambda numbers: ce.simulate(
        scenario(), replicates=numbers, seed=3, engine="direct", limits=ce.Limits(events=9_000)
    ),
    "sums of counts of a scenario that was not always detected": lambda numbers: ce.simulate(
        scenario(),
        replicates=numbers,
        seed=3,
        engine="direct",
        limits=ce.Limits(events=9_000),
        record=ce.Counts(of={"all": scenario().genotypes.names, "ABCB1": scenario().genotypes.carriers("ABCB1")}),
    ),
}


def assert_equal(a: ce.Ensemble | None, b: ce.Ensemble | None) -> None:
    """Equal in every attribute, of growth too; all that `Ensemble` shows is compared."""
    if a is None or b is None:
        assert a is b
        return
    for name in ("counts", "initial", "final", "times"):
        mine, theirs = getattr(a, name), getattr(b, name)
        assert (mine.dtype, mine.shape) == (theirs.dtype, theirs.shape), name
        assert (mine == theirs).all(), name
        assert not mine.flags.writeable
        assert not theirs.flags.writeable
    assert a.counts.flags.c_contiguous
    for name in (
        "process",
        "types",
        "labels",
        "counted",
        "replicates",
        "seed",
        "stage",
        "continued",
        "engine",
        "exact",
        "stop",
        "limits",
        "versions",
    ):
        assert getattr(a, name) == getattr(b, name), name
    assert a.common_initial == b.common_initial
    assert a.provenance == b.provenance
    assert repr(a) == repr(b)
    for name in ("outcomes", "ends", "trajectories"):
        mine, theirs = getattr(a, name), getattr(b, name)
        assert mine.schema == theirs.schema, name
        assert mine.equals(theirs), name
    assert a.summary().equals(b.summary())
    assert len(a) == len(b)
    assert_equal(a.growth, b.growth)


def never_ran(ens: ce.Ensemble, chosen: NDArray[np.bool_]) -> ce.Ensemble:
    """The same ensemble, of which the chosen replicates are said not to have run."""
    columns = ens.run.without(ens.columns, chosen, "event_limit")
    return ce.Ensemble(ens.run, columns, growth=ens.growth, versions=ens.versions)


def sign(folder: Path) -> None:
    """Gives the tables and the description the checksums of what is in them now."""
    path = folder / "ensemble.json"
    data = json.loads(path.read_text())
    for name in data["files"]:
        content = (folder / name).read_bytes()
        data["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    del data["sha256"]
    path.write_text(json.dumps(signed(data)))
