"""What a run needs is held against the memory that there is; where that fails all the same, only the run ends."""

from __future__ import annotations

import math
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import chemoevo as ce
from chemoevo.base import memory
from chemoevo.base.memory import available_memory
from chemoevo.ensemble.memory import needed_memory
from tests.unit.ensembles import scenario

PROCESS = ce.BranchingProcess(types=["S"], birth=[1.0], death=[1.0])
GIB = 2**30


def simulate(**changes: Any) -> ce.Ensemble:
    return ce.simulate(PROCESS, **{"initial": {"S": 5}, "times": [1.0], "seed": 1, **changes})


@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("record", ["counts", ce.Crossings(size=range(1, 8)), ce.Counts(of={"a": ["S"], "b": ["S"]})])
def test_what_is_needed_is_what_a_run_keeps(record: Any, rows: bool) -> None:
    ens = simulate(initial=[[5]] * 100 if rows else [5], replicates=100, record=record, times=[1.0, 2.0, 3.0])
    crossings = 0 if ens.crossing_times is None else ens.crossing_times.shape[1]
    needed = needed_memory(100, 3, 1, len(ens.labels), crossings, 100 if rows else 1)
    # Of initial cells there are three copies for a while.
    assert needed == ens.nbytes + 2 * ens.run.initial.nbytes


@pytest.mark.parametrize(
    ("changes", "gib"),
    [
        ({"replicates": 10**7, "record": ce.Crossings(size=range(1, 10001))}, "745.52"),
        ({"replicates": 10**10}, "465.66"),
        ({"replicates": 10**8, "times": range(1000)}, "748.97"),
        ({"replicates": 2**40}, "51,200.00"),
    ],
    ids=["crossings", "replicates", "times", "very many"],
)
def test_what_no_machine_holds_is_refused_at_once(
    changes: dict[str, Any], gib: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chemoevo.ensemble.memory.available_memory", lambda: 64.0 * GIB)
    with pytest.raises(ce.ModelError) as caught:
        simulate(**changes)
    text = str(caught.value)
    assert text.startswith(f"replicates need {gib} GiB of memory")
    assert "more than the 64.00 GiB for this process" in text
    assert all(word in text for word in ("simulate_to", "fewer times"))


def test_all_of_a_scenario_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    times = len(scenario().times)
    # Of two types: growth with one time, therapy from a row of its own in every history.
    needed = 10 * (8 * (2 + 2) + 34 + 8 * (2 * times + 2) + 34 + 8 * 3 * 2)
    needed += 3 * 8 * 2
    monkeypatch.setattr("chemoevo.ensemble.memory._SMALL", 0)
    for available in (needed - 1, needed):
        monkeypatch.setattr("chemoevo.ensemble.memory.available_memory", lambda available=available: available)
        for replicates in (10, 10**9):
            if available < needed:
                with pytest.raises(ce.ModelError, match="GiB"):
                    ce.simulate_chunks(scenario(), replicates=replicates, chunk=10)
            else:
                assert len(next(iter(ce.simulate_chunks(scenario(), replicates=replicates, chunk=10)))) == 10


@contextmanager
def limited(kind: int, more: int) -> Iterator[None]:
    """This process may take so many bytes more."""
    key = {resource.RLIMIT_AS: "VmSize", resource.RLIMIT_DATA: "VmData"}[kind]
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    used = next(1024 * int(line.split()[1]) for line in lines if line.startswith(key))
    before = resource.getrlimit(kind)
    resource.setrlimit(kind, (used + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(kind, before)


linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the kernel does not tell what is used")


@linux
@pytest.mark.parametrize("kind", [resource.RLIMIT_AS, resource.RLIMIT_DATA])
def test_limits_of_the_process_count(kind: int) -> None:
    with limited(kind, GIB):
        assert 0.9 * GIB < available_memory() <= GIB
        with pytest.raises(ce.ModelError, match=r"need 4\.66 GiB of memory.*more than the (0\.9|1\.0)"):
            simulate(replicates=10**8)
    assert available_memory() > 0


@linux
@pytest.mark.parametrize("record", ["counts", "clones", ce.Crossings(size=range(1, 100))])
def test_memory_that_fails_all_the_same_is_an_error_and_not_the_end(
    record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulate(replicates=2, threads=1, record=record)  # the pool is there
    monkeypatch.setattr("chemoevo.ensemble.memory.available_memory", lambda: math.inf)
    message = r"no memory for results of \d+\.\d+ GiB more: simulate chunk by chunk with simulate_to"
    with limited(resource.RLIMIT_AS, GIB // 4), pytest.raises(ce.SimulationError, match=message):
        simulate(replicates=10**8, threads=1, record=record)
    assert len(simulate(replicates=2, threads=1)) == 2


def test_clones_stop_at_the_memory_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    process = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1.0], death=[0.0, 0.0], switching={("S", "R"): 1.0})
    options: dict[str, Any] = {"initial": [50, 0], "times": [1.0, 2.0], "replicates": 20, "seed": 1, "record": "clones"}
    ens = ce.simulate(process, **options)
    # Each clone is there twice when all are put together.
    clones = 2 * (32 * ens.clones.height + 16 * ens.clone_sizes.height)
    for available in (needed_memory(20, 2, 2, 2) + clones - 1, needed_memory(20, 2, 2, 2) + clones):
        monkeypatch.setattr("chemoevo.ensemble.memory.available_memory", lambda available=available: available)
        for threads in (1, 2):
            if available < needed_memory(20, 2, 2, 2) + clones:
                with pytest.raises(ce.SimulationError, match="no memory for results of"):
                    ce.simulate(process, threads=threads, **options)
            else:
                assert ce.simulate(process, threads=threads, **options) == ens


def told(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


MACHINE = {"proc/meminfo": "MemTotal:       8388608 kB\nMemAvailable:    4194304 kB\nHugePages_Total:       0\n"}
GROUPS: dict[str, tuple[dict[str, str], float]] = {
    "no groups": ({}, 4 * GIB),
    "nothing told": ({"proc/meminfo": ""}, math.inf),
    "the second version": (
        {
            "proc/self/cgroup": "0::/a/b\n",
            "cgroup/a/b/memory.max": f"{3 * GIB}\n",
            "cgroup/a/b/memory.current": f"{2 * GIB}\n",
            "cgroup/a/b/memory.stat": f"anon {GIB}\ninactive_file {GIB // 2}\n",
        },
        1.5 * GIB,
    ),
    "a group above": (
        {
            "proc/self/cgroup": "0::/a/b\n",
            "cgroup/a/b/memory.max": "max\n",
            "cgroup/a/memory.max": f"{GIB}\n",
            "cgroup/a/memory.current": f"{GIB // 4}\n",
        },
        0.75 * GIB,
    ),
    "in a container": (
        {
            "proc/self/cgroup": "0::/outside/of/it\n",
            "cgroup/memory.max": f"{GIB}\n",
            "cgroup/memory.current": f"{2 * GIB}\n",
        },
        0.0,
    ),
    "the first version": (
        {
            "proc/self/cgroup": "4:cpu,memory:/a\n3:cpuset:/\n",
            "cgroup/memory/a/memory.limit_in_bytes": f"{2 * GIB}\n",
            "cgroup/memory/a/memory.usage_in_bytes": f"{GIB}\n",
            "cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
            "cgroup/memory/memory.usage_in_bytes": f"{GIB}\n",
        },
        GIB,
    ),
}


@pytest.mark.parametrize("case", GROUPS)
def test_control_groups_count(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files, expected = GROUPS[case]
    told(tmp_path, {**MACHINE, **files})
    monkeypatch.setattr(memory, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path / "cgroup")
    monkeypatch.setattr(memory.os, "sysconf", lambda _: 10**30)  # type: ignore[attr-defined]
    monkeypatch.setattr(memory.resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))  # type: ignore[attr-defined]
    found = available_memory()
    assert found == expected or (case == "nothing told" and found >= 10**30)
