"""Stages of a loop over states: streams of their own under one seed."""

from __future__ import annotations

from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.ensemble.run import _key

CRITICAL = ce.BranchingProcess(types=["S"], birth=[0.5], death=[0.5])


def run(**changes: Any) -> ce.Ensemble:
    plain: dict[str, Any] = {"initial": {"S": 1000}, "times": [1.0], "replicates": 20, "seed": 1, "threads": 1}
    return ce.simulate(CRITICAL, **{**plain, **changes})


def loop(stage: Any, steps: int = 30) -> float:
    state: Any = np.full((1000, 1), 1000, dtype=np.int64)
    for step in range(steps):
        state = run(initial=state, replicates=None, stage=stage(step)).final
    return float(state.astype(float).var())


def test_a_loop_over_arrays_has_the_variance_of_one_run() -> None:
    # 2 b n t = 30000; the error of a variance of 1000 values is a factor sqrt(2/999), and 5 of those are 0.22.
    assert abs(loop(lambda step: step) / 30_000 - 1) < 0.22
    # The planted bug: one stage for all steps adds up what is the same in all.
    assert loop(lambda _: 0) / 30_000 > 10


def test_stage_zero_draws_what_was_drawn_without_stages() -> None:
    words = np.random.SeedSequence(entropy=7, spawn_key=(1,)).generate_state(8, np.uint32)
    assert _key(7, 1, 0) == words.astype("<u4").tobytes()
    assert (run(stage=0).final == run().final).all()


def test_no_two_stages_share_a_stream() -> None:
    keys = [_key(5, continued, stage) for continued, stage in product(range(4), (0, 1, 2, 3, 2**32 - 1, 2**32, 2**40))]
    assert all(a != b for a, b in combinations(keys, 2))


def test_a_run_that_continues_keeps_the_stage() -> None:
    first = run(stage=4)
    second = run(initial=first, replicates=None)
    assert [(e.stage, e.continued) for e in (first, second)] == [(4, 0), (4, 1)]
    third = run(initial=second, replicates=None, stage=9)
    assert (third.stage, third.continued) == (9, 2)


def test_stage_travels_with_an_ensemble(tmp_path: Path) -> None:
    ens = run(stage=3)
    assert (ens.final != run().final).any()
    assert ens.provenance["stage"] == 3
    assert (ens.replicate(7).final == ens.final[7:8]).all()
    ens.save(tmp_path / "saved")
    again = ce.load(tmp_path / "saved")
    assert (again.stage, again.continued) == (3, 0)
    assert (again.replicate(7).final == ens.final[7:8]).all()
    parts = [run(stage=3, replicates=range(a, a + 10)) for a in (0, 10)]
    assert (ce.concat(parts).final == ens.final).all()
    with pytest.raises(ce.ModelError, match=r"ensembles\[1\]\.stage"):
        ce.concat([parts[0], run(stage=2, replicates=range(10, 20))])


def test_chunks_and_studies_take_a_stage(tmp_path: Path) -> None:
    same: dict[str, Any] = {"initial": {"S": 1000}, "times": [1.0], "replicates": 20, "seed": 1, "threads": 1}
    chunks = list(ce.simulate_chunks(CRITICAL, chunk=8, stage=3, **same))
    want = run(stage=3).final
    assert (np.concatenate([part.final for part in chunks]) == want).all()
    ce.simulate_to(CRITICAL, path=tmp_path, chunk=8, stage=3, **same)
    assert (ce.load(tmp_path).final == want).all()
    with pytest.raises(ce.ModelError, match="stage must be that of the study"):
        ce.simulate_to(CRITICAL, path=tmp_path, chunk=8, stage=2, **same)


@pytest.mark.parametrize(
    ("stage", "error"), [(-1, ce.ModelError), (0.5, ce.ModelError), ("1", TypeError), (True, TypeError)]
)
def test_a_stage_is_a_whole_number(stage: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="stage"):
        run(stage=stage)
