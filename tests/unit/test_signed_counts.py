"""Counts are signed whole numbers everywhere, so that differences are right."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo import _core
from tests.unit.ensembles import KINDS, scenario

PROCESS = ce.BranchingProcess(types=["S", "R"], birth=[0.2, 0.1], death=[1.0, 0.1], mutation={("S", "R"): 0.2})


def simulate(**changes: Any) -> ce.Ensemble:
    arguments: dict[str, Any] = {"initial": {"S": 100}, "times": [0, 1], "replicates": 6, "seed": 1}
    return ce.simulate(PROCESS, **{**arguments, **changes})


def test_cells_that_died_are_a_negative_difference() -> None:
    ens = simulate()
    change = ens.counts[:, 1] - ens.counts[:, 0]
    assert (change[:, 0] < 0).all()
    assert change.min() >= -100
    assert (ens.final - ens.initial == change).all()
    wide = ens.trajectories.pivot("time", index=["replicate", "type"], values="count")
    assert (wide["1.0"] - wide["0.0"]).to_list() == change.ravel().tolist()


@pytest.mark.parametrize("kind", KINDS)
def test_no_array_of_an_ensemble_is_unsigned(kind: str) -> None:
    ens = KINDS[kind](range(3))
    for array in (ens.counts, ens.initial, ens.final, ens.columns.rejected, ens.columns.steps):
        assert array.dtype == np.int64
        assert (array >= 0).all()


def frames() -> dict[str, pl.DataFrame]:
    clones = simulate(record="clones")
    crossed = simulate(record=ce.Crossings(size=50), stop=ce.Stop(size=1000, retry=True), initial={"R": 99})
    result = ce.answer(scenario(), ce.simulate(scenario()))
    return {
        "outcomes": crossed.outcomes,
        "ends": crossed.ends,
        "trajectories": clones.trajectories,
        "clones": clones.clones,
        "clone_sizes": clones.clone_sizes,
        "crossings": crossed.crossings,
        "summary": clones.summary(),
        "outcomes of a scenario": result.outcomes,
        "genotypes of a scenario": result.genotypes,
    }


def test_no_column_of_a_frame_is_unsigned() -> None:
    for name, frame in frames().items():
        unsigned = [column for column, kind in frame.schema.items() if kind.is_unsigned_integer()]
        # A sum of bits is no count.
        assert unsigned == (["engines"] if name == "ends" else []), name
    clones = frames()["clones"]
    assert clones["parent_id"].dtype == pl.Int64
    assert clones["parent_id"].null_count() > 0
    assert clones["parent_id"].min() == 0


def test_the_largest_counts_are_exact() -> None:
    process = ce.BranchingProcess(types=["S"], birth=[0.0], death=[0.0])
    for cells in (2**53 + 1, 2**62 - 1, 2**62):
        ens = ce.simulate(process, initial=[cells], times=[1.0], seed=1, limits=ce.Limits(size=2**62))
        assert ens.counts.item() == ens.final.item() == ens.initial.item() == cells
        assert (0 - ens.counts).item() == -cells


def test_the_core_refuses_negative_cells() -> None:
    start = np.array([[5, -1]])
    with pytest.raises(ce.ModelError, match="initial must be >= 0; got -1"):
        _core.Plan(PROCESS.compiled, start, np.array([1.0]), numbers=(0, 1), key=bytes(32))
    with pytest.raises(ce.ModelError, match="initial must be >= 0; got -1"):
        _core.exact_engine(PROCESS.compiled, start[0], 1.0)
