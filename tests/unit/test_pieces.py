"""One replicate again, chunk after chunk, and the pieces of a study put together."""

from __future__ import annotations

import tracemalloc
import weakref
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from tests.unit.ensembles import KINDS, PROCESS, TIMES, assert_equal, continued, never_ran, run, scenario

EVERY_KIND = pytest.mark.parametrize("kind", KINDS)


@EVERY_KIND
def test_a_replicate_again_gives_the_same_numbers(kind: str) -> None:
    ens = KINDS[kind](range(12))
    for number in (0, 7, np.int64(11)):
        again = ens.replicate(number)
        assert len(again) == 1
        # It is the run of that replicate alone.
        assert_equal(again, KINDS[kind](range(number, number + 1)))
        assert again.ends.equals(ens.ends[int(number)])
        assert (again.counts[0] == ens.counts[number]).all()


def test_replicates_keep_their_numbers_in_a_later_range() -> None:
    assert_equal(run(replicates=range(100, 110)).replicate(107), run(replicates=range(107, 108)))


@pytest.mark.parametrize("number", [-1, 12, 10**30])
def test_a_replicate_that_is_not_there_is_refused(number: int) -> None:
    with pytest.raises(ce.ModelError, match=f"number must be a whole number from 0 to 11; got {number}"):
        run().replicate(number)


@pytest.mark.parametrize("number", [True, "1", None, range(3)])
def test_a_number_that_is_no_integer_is_refused(number: Any) -> None:
    with pytest.raises(TypeError, match="number must be a whole number from 0 to 11"):
        run().replicate(number)


def test_other_numbers_than_those_of_the_ensemble_are_an_error() -> None:
    ens = run()
    changed = never_ran(ens, np.arange(12) == 3)
    assert_equal(changed.replicate(4), ens.replicate(4))
    with pytest.raises(ce.SimulationError, match=r"Replicate 3 ran again with other numbers.*does not hold"):
        changed.replicate(3)
    changed = ce.Ensemble(changed.run, changed.columns, versions={**ens.versions, "chemoevo": "0.0.1"})
    with pytest.raises(ce.SimulationError, match=rf"chemoevo 0.0.1 then, {ce.__version__} now"):
        changed.replicate(3)


@EVERY_KIND
def test_pieces_put_together_are_one_run(kind: str) -> None:
    make = KINDS[kind]
    whole = make(range(12))
    for cuts in ((5,), (1, 2, 11), ()):
        ends = [0, *cuts, 12]
        pieces = [make(range(a, b)) for a, b in pairwise(ends)]
        assert_equal(ce.concat(pieces), whole)
        assert_equal(ce.concat(reversed(pieces)), whole)
    later = make(range(3, 9))
    assert_equal(ce.concat([make(range(6, 9)), make(range(3, 6))]), later)
    # What was put together can be put together again.
    assert_equal(ce.concat([make(range(9, 12)), make(range(3)), later]), whole)


def test_pieces_from_several_machines_are_named() -> None:
    here, there = run(replicates=range(3)), run(replicates=range(3, 12))
    there = ce.Ensemble(there.run, there.columns, versions={**here.versions, "platform": "elsewhere"})
    joined = ce.concat([here, there])
    assert joined.provenance["platform"] == f"{here.versions['platform']}; elsewhere"
    assert (joined.counts == run().counts).all()


OTHER = ce.BranchingProcess(types=PROCESS.types, birth=PROCESS.birth, death=PROCESS.death, breakpoints=[0.7])


def of_version(version: str) -> ce.Ensemble:
    ens = run(replicates=range(12, 15))
    return ce.Ensemble(ens.run, ens.columns, versions={**ens.versions, "chemoevo": version})


# What is put after run() = replicates 0 to 11, and what the message says.
MISFITS: dict[str, tuple[Callable[[], Any], type[Exception], list[str]]] = {
    "seed": (lambda: run(seed=6, replicates=range(12, 14)), ce.ModelError, ["ensembles[1].seed", "5", "got 6"]),
    "continued": (lambda: continued(range(12, 14)), ce.ModelError, ["ensembles[1].continued", "0", "got 1"]),
    "engine": (
        lambda: run(engine="direct", replicates=range(12, 14)),
        ce.ModelError,
        ["ensembles[1].asked", "'auto'", "got 'direct'"],
    ),
    "times": (lambda: run(times=[0.5], replicates=range(12, 14)), ce.ModelError, ["ensembles[1].times", "got [0.5]"]),
    "stop": (
        lambda: run(stop=ce.Stop(size=99), replicates=range(12, 14)),
        ce.ModelError,
        ["ensembles[1].stop", "None", "Stop(size=99"],
    ),
    "limits": (
        lambda: run(limits=ce.Limits(size=99), replicates=range(12, 14)),
        ce.ModelError,
        ["ensembles[1].limits", "Limits(size=99"],
    ),
    "process": (
        lambda: ce.simulate(OTHER, initial={"S": 9, "R 1": 1}, times=TIMES, replicates=range(12, 14), seed=5),
        ce.ModelError,
        ["ensembles[1].process", "another mutation, switching, pulses"],
    ),
    "initial": (
        lambda: run(initial={"S": 8}, replicates=range(12, 14)),
        ce.ModelError,
        ["ensembles[1].initial", "[9, 1, 0]", "got [8, 0, 0]"],
    ),
    "rows": (
        lambda: run(initial=[[9, 1, 0]] * 2, replicates=range(12, 14)),
        ce.ModelError,
        ["ensembles must all have one common initial state, or all one row per replicate"],
    ),
    "version": (lambda: of_version("0.0.1"), ce.ModelError, ["ensembles[1].versions['chemoevo']", "got '0.0.1'"]),
    "overlap": (
        lambda: run(replicates=range(11, 14)),
        ce.ModelError,
        ["ensembles[0] and ensembles[1] overlap: range(0, 12) and range(11, 14)"],
    ),
    "the same twice": (run, ce.ModelError, ["overlap"]),
    "gap": (lambda: run(replicates=range(13, 14)), ce.ModelError, ["leave a gap: range(0, 12) and range(13, 14)"]),
    "growth": (lambda: ce.simulate(scenario(), replicates=range(12, 13)), ce.ModelError, ["ensembles[1].growth"]),
    "several": (
        lambda: run(seed=6, engine="direct", replicates=range(20, 22)),
        ce.ModelError,
        ["4 problems", "seed", "asked", "tolerance", "gap"],
    ),
    "no ensemble": (lambda: None, TypeError, ["ensembles[1] must be an Ensemble"]),
}


@pytest.mark.parametrize("case", MISFITS)
def test_pieces_of_different_studies_are_refused(case: str) -> None:
    make, error, words = MISFITS[case]
    with pytest.raises(error) as caught:
        ce.concat([run(), make()])
    for word in words:
        assert word in str(caught.value)


def test_growth_of_different_studies_is_refused() -> None:
    first, second = (ce.simulate(scenario(), replicates=numbers, seed=3) for numbers in (range(3), range(3, 5)))
    assert second.growth is not None
    limited = replace(second.growth.run, limits=ce.Limits(size=10**6))
    second = ce.Ensemble(second.run, second.columns, growth=ce.Ensemble(limited, second.growth.columns))
    with pytest.raises(ce.ModelError, match=r"ensembles\[1\].growth.limits must be that of ensembles\[0\].growth"):
        ce.concat([first, second])


def test_nothing_to_put_together_is_refused() -> None:
    with pytest.raises(ce.ModelError, match="at least one"):
        ce.concat([])
    for value in (run(), 3, None):
        with pytest.raises(TypeError, match="ensembles must be a list of Ensemble"):
            ce.concat(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("chunk", [1, 5, 12, 1000])
def test_chunks_put_together_are_one_run(chunk: int) -> None:
    arguments: dict[str, Any] = {"times": TIMES, "seed": 5, "stop": ce.Stop(size=40)}
    rows = [[i, 1, 0] for i in range(12)]
    for initial in ({"S": 9}, rows, run()):
        whole = ce.simulate(PROCESS, initial=initial, replicates=12, **arguments)
        parts = list(ce.simulate_chunks(PROCESS, initial=initial, replicates=12, chunk=chunk, **arguments))
        assert [len(part) for part in parts[:-1]] == [chunk] * (len(parts) - 1)
        assert_equal(ce.concat(parts), whole)
    later = list(ce.simulate_chunks(PROCESS, initial=rows, replicates=range(12, 24), chunk=chunk, **arguments))
    assert_equal(ce.concat(later), ce.simulate(PROCESS, initial=rows, replicates=range(12, 24), **arguments))


def test_chunks_of_a_scenario_are_its_ensemble() -> None:
    parts = list(ce.simulate_chunks(scenario(), chunk=3))
    assert [part.replicates for part in parts] == [range(3), range(3, 6), range(6, 7)]
    assert_equal(ce.concat(parts), ce.simulate(scenario()))
    later = ce.simulate_chunks(scenario(), replicates=range(5, 8), seed=9, chunk=2)
    assert_equal(ce.concat(later), ce.simulate(scenario(), replicates=range(5, 8), seed=9))


def test_chunks_without_a_seed_share_the_one_drawn() -> None:
    parts = list(ce.simulate_chunks(PROCESS, initial={"S": 9}, times=[1.0], replicates=4, chunk=2))
    other = next(ce.simulate_chunks(PROCESS, initial={"S": 9}, times=[1.0], replicates=4, chunk=2))
    assert parts[0].seed == parts[1].seed != other.seed
    assert len(ce.concat(parts)) == 4


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"chunk": 0}, ce.ModelError, "chunk must be a whole number from 1"),
        ({"chunk": True}, TypeError, "chunk"),
        ({"chunk": 1.5}, ce.ModelError, "chunk"),
        ({"replicates": 0}, ce.ModelError, "replicates"),
        ({"replicates": range(0)}, ce.ModelError, "replicates"),
        ({"times": [-1.0]}, ce.ModelError, r"times\[0\]"),
        ({"initial": {"T": 1}}, ce.ModelError, r"initial\['T'\]"),
        ({"engine": "fast"}, ce.ModelError, "engine"),
        ({"seed": -1}, ce.ModelError, "seed"),
        ({"threads": 0}, ce.ModelError, "threads"),
    ],
)
def test_chunks_refuse_bad_arguments_at_once(changes: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        ce.simulate_chunks(PROCESS, **{"initial": {"S": 1}, "times": [1.0], "replicates": 3, **changes})


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"replicates": range(3, 3)}, ce.ModelError, "replicates must be a range"),
        ({"replicates": 0}, ce.ModelError, "replicates"),
        ({"seed": -1}, ce.ModelError, "seed"),
        ({"times": [1.0]}, ce.ModelError, "comes from the scenario"),
        ({"chunk": 0}, ce.ModelError, "chunk"),
    ],
)
def test_chunks_of_a_scenario_refuse_bad_arguments_at_once(
    changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        ce.simulate_chunks(scenario(), **changes)
    with pytest.raises(TypeError, match="BranchingProcess or a Scenario"):
        ce.simulate_chunks("scenario")  # type: ignore[arg-type]


def test_a_study_larger_than_the_memory_runs_in_chunks() -> None:
    arguments: dict[str, Any] = {"initial": {"S": 1}, "times": TIMES, "replicates": 2**40}
    with pytest.raises(ce.ModelError, match=r"more than the .* GiB for this process"):
        ce.simulate(PROCESS, **arguments)
    assert next(ce.simulate_chunks(PROCESS, chunk=10, **arguments)).replicates == range(10)


def test_chunks_that_are_not_kept_are_freed() -> None:
    seen: list[weakref.ref[np.ndarray]] = []
    for part in ce.simulate_chunks(PROCESS, initial={"S": 1}, times=TIMES, replicates=500, chunk=100, seed=1):
        seen.append(weakref.ref(part.counts))
        assert [ref() is None for ref in seen[:-1]] == [True] * (len(seen) - 1)
    assert len(seen) == 5


def test_summary_needs_little_memory_beside_the_counts() -> None:
    ens = run(times=np.linspace(0.0, 1.0, 400), replicates=2000)
    tracemalloc.start()
    summary = ens.summary()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert summary.height == 400 * 4
    assert "_trajectories" not in vars(ens), "the long form was made"
    # One time at once, and one byte a replicate and time.
    assert peak < ens.counts.nbytes / 10
