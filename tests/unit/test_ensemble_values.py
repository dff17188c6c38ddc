"""An ensemble is a value: it does not change, and its copies are equal to it."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from tests.unit.ensembles import KINDS, assert_equal, run, scenario

COPIES: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda ens: pickle.loads(pickle.dumps(ens)),
    "pickle of protocol 2": lambda ens: pickle.loads(pickle.dumps(ens, protocol=2)),
}
RECORDS: dict[str, Any] = {
    "clones": "clones",
    "crossings": ce.Crossings(size=[3, 20], appearance=True),
    "sums": [ce.Counts(of={"both": ["S", "R 1"]}), ce.Crossings(size=30)],
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_is_the_same_value(kind: str, how: str) -> None:
    ens = KINDS[kind](range(12))
    again = COPIES[how](ens)
    assert again is not ens
    assert again == ens
    assert hash(again) == hash(ens)
    assert_equal(again, ens)
    # It goes on as the first: run again, continued, put together.
    assert_equal(again.replicate(7), ens.replicate(7))
    rest = KINDS[kind](range(12, 15))
    assert_equal(ce.concat([again, rest]), ce.concat([ens, rest]))
    assert ce.concat([again, rest]).common_initial == ens.common_initial


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("record", RECORDS)
def test_a_copy_has_what_was_recorded(record: str, how: str) -> None:
    ens = run(record=RECORDS[record])
    again = COPIES[how](ens)
    assert again == ens
    assert_equal(again, ens)
    for array in (*again.columns.arrays(), again.run.initial, again.run.times, again.initial, again.times):
        assert not array.flags.writeable
    if record == "clones":
        assert again.clones.equals(ens.clones)
        assert again.clone_sizes.equals(ens.clone_sizes)
        assert again.newick(3) == ens.newick(3)
    else:
        assert again.crossings.equals(ens.crossings)


def test_a_copy_of_tables_that_were_made_is_small() -> None:
    ens = run()
    bare = len(pickle.dumps(ens))
    assert ens.trajectories.height == 12 * 3 * 3
    assert len(pickle.dumps(ens)) == bare


def with_another_count() -> ce.Ensemble:
    ens = run()
    counts = ens.counts.copy()
    counts[3, 1, 0] += 1
    return ce.Ensemble(ens.run, replace(ens.columns, counts=counts))


OTHERS: dict[str, Callable[[], Any]] = {
    "seed": lambda: run(seed=6),
    "times": lambda: run(times=[0.1, 1 / 3, 1.6]),
    "replicates": lambda: run(replicates=range(1, 13)),
    "fewer replicates": lambda: run(replicates=11),
    "engine": lambda: run(engine="bnb"),
    "stop": lambda: run(stop=ce.Stop(size=10**9)),
    "limits": lambda: run(limits=ce.Limits(size=10**9)),
    "record": lambda: run(record="clones"),
    "rows": lambda: run(initial=[[9, 1, 0]] * 12),
    "versions": lambda: ce.Ensemble(run().run, run().columns, versions={**run().versions, "numpy": "0"}),
    "growth": lambda: ce.Ensemble(run().run, run().columns, growth=run()),
    "a count": with_another_count,
    "another kind": lambda: run().columns,
    "None": lambda: None,
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_differs_in_one_thing_is_another_value(what: str) -> None:
    assert run() == run()
    assert run() != OTHERS[what]()
    assert len({run(), run(), OTHERS[what]()}) == 2


def test_nothing_in_an_ensemble_can_be_changed() -> None:
    ens = ce.simulate(scenario(), replicates=3, seed=1)
    before = copy.deepcopy(ens)
    for name in [*vars(ens), "engine", "outcomes", "provenance", "whatever"]:
        with pytest.raises(AttributeError, match=f"an Ensemble cannot be changed; simulate a new one to set {name!r}"):
            setattr(ens, name, 99)
        with pytest.raises(AttributeError, match="an Ensemble cannot be changed"):
            delattr(ens, name)
    assert ens == before
    assert ens.seed == 1


def test_what_is_handed_out_is_the_callers_own() -> None:
    ens = run(record="clones", stop=ce.Stop(size=12))
    crossed = run(record=ce.Crossings(size=12))
    for whose, name in [
        *((ens, name) for name in ("outcomes", "ends", "trajectories", "clones", "clone_sizes")),
        (crossed, "crossings"),
    ]:
        table, again = getattr(whose, name), getattr(whose, name)
        column = table.columns[0]
        table[0, column] = 77
        table.drop_in_place(table.columns[-1])
        assert getattr(whose, name).equals(again)
        assert getattr(whose, name)[0, column] != 77
    ens.provenance["seed"] = 6
    ens.provenance["limits"]["size"] = 1
    ens.versions["chemoevo"] = "0"
    assert ens == run(record="clones", stop=ce.Stop(size=12))
    assert ens.provenance["seed"] == 5
    assert ens.provenance["limits"]["size"] == 5 * 10**15


def test_arrays_are_read_only_whatever_made_them() -> None:
    given = np.array([[9, 1, 0]] * 12)
    for ens in (run(), run(initial=given), ce.concat([run(), run(replicates=range(12, 14))]), run().replicate(3)):
        for array in (ens.counts, ens.final, ens.initial, ens.times, ens.run.initial, ens.run.times):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0
    given[:] = 0  # that of the caller is his
    assert run(initial=np.array([[9, 1, 0]] * 12)).nbytes == 12 * 3 * 8 + 12 * (8 * 12 + 34)
