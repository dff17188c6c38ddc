"""Studies on disk: the same numbers as in memory, continued after an interruption, never mixed with another study."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from tests.unit.ensembles import STUDIED, STUDY, assert_equal, scenario, study_to


@pytest.mark.parametrize("chunk", [1, 10, 25, 1000])
@pytest.mark.parametrize("engine", ["direct", "bnb", "leap", "auto"])
def test_a_study_on_disk_is_that_in_memory(tmp_path: Path, chunk: int, engine: str) -> None:
    whole = ce.simulate(STUDIED, **STUDY, engine=engine)  # type: ignore[arg-type]
    study_to(tmp_path / "a" / "b", chunk=chunk, engine=engine)
    assert_equal(ce.load(tmp_path / "a" / "b"), whole)
    counts = ce.scan(tmp_path / "a" / "b").collect()
    assert counts["replicate"].to_list() == np.repeat(np.arange(25), 2).tolist()
    assert counts["count_R 1"].to_list() == whole.counts[:, :, 1].reshape(-1).tolist()
    ends = ce.scan(tmp_path / "a" / "b", table="replicates").collect()
    assert ends["final_S"].to_list() == whole.final[:, 0].tolist()


@pytest.mark.parametrize("rows", [True, False])
def test_initial_rows_and_continued_ensembles(tmp_path: Path, rows: bool) -> None:
    before = ce.simulate(STUDIED, **STUDY)
    initial: Any = before.final if rows else before
    changes: dict[str, Any] = {"initial": initial, "replicates": None}
    study_to(tmp_path, **changes)
    assert_equal(ce.load(tmp_path), ce.simulate(STUDIED, **{**STUDY, **changes}))
    if rows:
        with pytest.raises(ce.ModelError, match="initial must be that of the study"):
            study_to(tmp_path, initial=before.final[::-1], replicates=None)


def test_a_scenario_has_the_tables_of_its_growth(tmp_path: Path) -> None:
    ce.simulate_to(scenario(), path=tmp_path, chunk=3)
    whole = ce.simulate(scenario())
    assert_equal(ce.load(tmp_path), whole)
    assert whole.growth is not None
    grown = ce.scan(tmp_path, table="growth-replicates").collect()
    assert grown["time"].to_list() == whole.growth.outcomes["time"].to_list()


class Interrupts:
    """Raises KeyboardInterrupt once so many replicates are done."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.seen: list[tuple[int, int]] = []

    def __call__(self, done: int, total: int) -> None:
        self.seen.append((done, total))
        if done >= self.at:
            raise KeyboardInterrupt


def test_an_interrupted_study_goes_on_where_it_was(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        study_to(tmp_path, progress=Interrupts(20), seed=None)
    # The piece during which it was interrupted is not there, not even in part.
    assert sorted(p.name for p in tmp_path.iterdir()) == ["replicates-0-10", "study.json"]
    assert ce.scan(tmp_path).select(pl.len()).collect().item() == 20
    with pytest.raises(ce.ModelError, match="has 10 of its 25 replicates"):
        ce.load(tmp_path)
    kept = (tmp_path / "replicates-0-10" / "counts.parquet").stat().st_mtime_ns
    # Another chunk, and the seed that was drawn.
    seen = Interrupts(10**9)
    study_to(tmp_path, chunk=7, seed=None, progress=seen)
    assert (tmp_path / "replicates-0-10" / "counts.parquet").stat().st_mtime_ns == kept
    assert seen.seen[-1] == (25, 25)
    assert min(done for done, _ in seen.seen) >= 10
    ens = ce.load(tmp_path)
    assert_equal(ens, ce.simulate(STUDIED, **{**STUDY, "seed": ens.seed}))


def test_replicates_can_be_added(tmp_path: Path) -> None:
    study_to(tmp_path, replicates=range(5, 12))
    study_to(tmp_path, replicates=range(5, 25))
    assert_equal(ce.load(tmp_path), ce.simulate(STUDIED, **{**STUDY, "replicates": range(5, 25)}))
    for numbers in (range(5, 24), range(4, 25)):
        with pytest.raises(ce.ModelError, match="replicates must start at 5 and hold at least the 20 of the study"):
            study_to(tmp_path, replicates=numbers)


@pytest.mark.parametrize(
    "change",
    [
        {"initial": {"S": 8}}, {"times": [1.0, 2.0]}, {"seed": 5}, {"stop": ce.Stop(size=50)}, {"tolerance": 1e-4},
        {"limits": ce.Limits(size=100)}, {"exact": True},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_another_study_is_refused(tmp_path: Path, change: dict[str, Any]) -> None:
    study_to(tmp_path)
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    with pytest.raises(ce.ModelError, match="can only be continued; name another folder"):
        study_to(tmp_path, **change, replicates=40)
    assert before == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}


def test_all_that_differs_is_said(tmp_path: Path) -> None:
    study_to(tmp_path)
    with pytest.raises(ce.ModelError) as caught:
        study_to(tmp_path, initial={"S": 8}, seed=5, replicates=3)
    assert [p.split()[0] for p in caught.value.problems] == ["initial", "seed", "replicates"]


def spoil_study(path: Path) -> None:
    (path / "study.json").write_text("{}")


def drop_study(path: Path) -> None:
    (path / "study.json").unlink()


@pytest.mark.parametrize(
    ("spoil", "message"),
    [(spoil_study, "study.json' is damaged"), (drop_study, "has results")],
)
def test_a_spoiled_study_is_not_continued(tmp_path: Path, spoil: Callable[[Path], None], message: str) -> None:
    study_to(tmp_path)
    spoil(tmp_path)
    with pytest.raises(ce.ModelError, match=message):
        study_to(tmp_path)


def test_arguments_are_checked_before_anything_is_written(tmp_path: Path) -> None:
    target = tmp_path / "study"
    with pytest.raises(ce.ModelError, match="chunk"):
        study_to(target, chunk=0)
    with pytest.raises(ce.ModelError, match=r"times\[1\]"):
        study_to(target, times=[1.0, 0.5])
    with pytest.raises(TypeError, match="progress must be True, False or a callable"):
        study_to(target, progress="yes")
    with pytest.raises(TypeError, match="path must be a path of a folder"):
        ce.simulate_to(STUDIED, path=3, **STUDY)  # type: ignore[arg-type]
    assert not target.exists()


def test_scan_reads_a_saved_ensemble_and_says_what_is_not_there(tmp_path: Path) -> None:
    ce.simulate(STUDIED, **STUDY).save(tmp_path)
    assert ce.scan(tmp_path).select(pl.len()).collect().item() == 50
    with pytest.raises(ce.ModelError, match="Did you mean 'counts'"):
        ce.scan(tmp_path, table="count")
    with pytest.raises(ce.ModelError, match="has no table 'clones'"):
        ce.scan(tmp_path, table="clones")
    with pytest.raises(ce.ModelError, match="has no table 'counts'"):
        ce.scan(tmp_path / "nowhere")
