"""Ensembles written to a folder and read back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo.ensemble.storage import PARTS
from tests.unit.ensembles import KINDS, assert_equal, run

EVERY_KIND = pytest.mark.parametrize("kind", KINDS)


@EVERY_KIND
def test_ensemble_comes_back_equal(kind: str, tmp_path: Path) -> None:
    ens = KINDS[kind](range(12))
    ens.save(tmp_path / "a" / "b")
    again = ce.load(tmp_path / "a" / "b")
    assert_equal(again, ens)
    # And what was read can be written, and run again.
    again.save(os.fspath(tmp_path / "c"))
    assert_equal(ce.load(str(tmp_path / "c")), ens)
    assert (again.replicate(4).counts[0] == ens.counts[4]).all()
    held = {path.name for path in (tmp_path / "c").iterdir()}
    assert held == {*PARTS} | ({f"growth-{part}" for part in PARTS} if ens.growth is not None else set())


def test_kinds_are_what_their_names_say() -> None:
    ens = {kind: make(range(12)) for kind, make in KINDS.items()}
    told = {kind: set(e.outcomes["outcome"].cast(str)) for kind, e in ens.items()}
    assert {"size_limit", "event_limit"} <= told["a blown fuse"]
    assert told["a stop with retry"] == {"stopped"}
    assert ens["a stop with retry"].ends["rejected"].sum() > 0
    assert not ens["one row per replicate"].common_initial
    assert ens["one row per replicate"].counts.max() > 2**53
    assert ens["continued"].continued == 1
    growth = ens["a scenario that was not always detected"].growth
    assert growth is not None
    assert set(growth.outcomes["outcome"].cast(str)) == {"stopped", "event_limit"}


def test_a_later_range_keeps_its_numbers(tmp_path: Path) -> None:
    ens = run(replicates=range(2**61, 2**61 + 3))
    ens.save(tmp_path)
    assert_equal(ce.load(tmp_path), ens)


def test_files_are_read_by_anyone(tmp_path: Path) -> None:
    ens = run()
    ens.save(tmp_path)
    counts = pl.read_parquet(tmp_path / "counts.parquet")
    assert counts.columns == ["replicate", "time", "count_S", "count_R 1", "count_count_S"]
    assert counts.filter(replicate=3, time=1.5).row(0)[2:] == tuple(ens.counts[3, 2].tolist())
    assert pl.read_parquet(tmp_path / "replicates.parquet")["outcome"].cast(str).to_list() == ens.outcomes[
        "outcome"
    ].cast(str).to_list()  # fmt: skip
    assert json.loads((tmp_path / "ensemble.json").read_text())["provenance"] == ens.provenance
    for path in tmp_path.iterdir():
        assert path.read_bytes()[:4] in (b"PAR1", b"{\n  "), "no pickle"


def test_provenance_is_that_of_the_run_not_of_the_reader(tmp_path: Path) -> None:
    run().save(tmp_path)
    text = (tmp_path / "ensemble.json").read_text()
    (tmp_path / "ensemble.json").write_text(text.replace('"numpy": "', '"numpy": "0.'))
    again = ce.load(tmp_path)
    assert again.versions["numpy"] == again.provenance["numpy"] == "0." + np.__version__
    assert again.after(run()).versions == again.versions


def test_nothing_is_replaced_unasked(tmp_path: Path) -> None:
    first, second = run(seed=1), run(seed=2)
    first.save(tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ce.ModelError, match=r"path: .* already has results .*overwrite=True"):
        second.save(tmp_path)
    assert_equal(ce.load(tmp_path), first)
    second.save(tmp_path, overwrite=True)
    assert_equal(ce.load(tmp_path), second)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*PARTS, "notes.txt"])


def test_growth_of_the_replaced_ensemble_does_not_stay(tmp_path: Path) -> None:
    KINDS["a scenario"](range(3)).save(tmp_path)
    run().save(tmp_path, overwrite=True)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(PARTS)


@pytest.mark.parametrize("step", range(1, 7))
def test_a_replacement_that_fails_leaves_the_old_ensemble(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = run(seed=1)
    old.save(tmp_path)
    real, calls = Path.replace, []

    def failing(source: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == step:
            raise OSError(28, "No space left on device")
        return real(source, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OSError, match="No space"):
        run(seed=2).save(tmp_path, overwrite=True)
    monkeypatch.undo()
    assert_equal(ce.load(tmp_path), old)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(PARTS)


def test_a_first_writing_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pl.DataFrame, "write_parquet", failing)
    with pytest.raises(OSError, match="No space"):
        run().save(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def text(change: Callable[[str], str]) -> Callable[[Path], object]:
    def apply(folder: Path) -> None:
        path = folder / "ensemble.json"
        path.write_text(change(path.read_text()))

    return apply


def table(name: str, change: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Path], object]:
    return lambda folder: change(pl.read_parquet(folder / name)).write_parquet(folder / name)


def described(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def apply(words: str) -> str:
        data = json.loads(words)
        change(data)
        return json.dumps(data)

    return text(apply)


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "no description": (lambda p: (p / "ensemble.json").unlink(), "must be a folder written by Ensemble.save; it has"),
    "no counts": (lambda p: (p / "counts.parquet").unlink(), "damaged or incomplete.*counts.parquet"),
    "half of the description": (text(lambda t: t[: len(t) // 2]), "damaged or incomplete"),
    "half of the counts": (
        lambda p: (p / "counts.parquet").write_bytes((p / "counts.parquet").read_bytes()[:200]),
        "damaged or incomplete",
    ),
    "another file": (text(lambda _: "[]"), "is not that of an ensemble"),
    "a provenance": (text(lambda _: '{"seed": 1}'), "is not that of an ensemble"),
    "a later format": (described(lambda d: d.update(format_version=2)), "has format 2; this chemoevo reads 1"),
    "no process": (described(lambda d: d["provenance"].pop("process")), "'process' is missing"),
    "an impossible process": (
        described(lambda d: d["provenance"]["process"].update(birth=[-1, 0, 0])),
        r"incomplete: .*birth\[0\]",
    ),
    "another type": (described(lambda d: d["provenance"]["process"].update(types=["S", "T", "U"])), "T"),
    "other times": (described(lambda d: d["provenance"].update(times=[0.1, 0.2, 1.5])), "time column"),
    "other replicates": (described(lambda d: d["provenance"].update(replicates=[1, 13])), "replicate column"),
    "a seed in words": (described(lambda d: d["provenance"].update(seed="1")), "'1' for seed"),
    "a negative stage": (described(lambda d: d["provenance"].update(stage=-1)), "-1 for stage"),
    "no word for the engine": (described(lambda d: d["provenance"].update(asked=1)), "1 for asked"),
    "no replicates": (described(lambda d: d["provenance"].update(replicates=[0, 0])), "damaged or incomplete"),
    "growth that is not there": (described(lambda d: d.update(growth=True)), "growth-ensemble.json"),
    "rows that are missing": (table("counts.parquet", lambda t: t.head(10)), "replicate column"),
    "nulls": (
        table("counts.parquet", lambda t: t.with_columns(pl.lit(None, pl.UInt64).alias("count_S"))),
        "nulls in 'count_S'",
    ),
    "floats for counts": (
        table("counts.parquet", lambda t: t.with_columns(pl.col("count_S").cast(pl.Float64))),
        "has float64 in 'count_S', not uint64",
    ),
    "an unknown outcome": (
        table("replicates.parquet", lambda t: t.with_columns(pl.lit("cured").alias("outcome"))),
        "cured",
    ),
    "replicates of another run": (
        table("replicates.parquet", lambda t: t.with_columns(pl.col("steps") + 1)),
        "not of one run",
    ),
    "labels of types that are not there": (
        described(lambda d: d["provenance"].update(counted={"of": {"S": ["T"]}})),
        r"counts\.of\['S'\]\[0\] is not a type of the process; got 'T'",
    ),
    "labels that are not there": (
        described(lambda d: d["provenance"].update(counted={"of": {"T": ["S"]}})),
        "count_T",
    ),
    "several initial states": (
        table("replicates.parquet", lambda t: t.with_columns(initial_S=pl.col("replicate"))),
        "several initial states",
    ),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_damaged_folders_are_refused(case: str, tmp_path: Path) -> None:
    damage, words = DAMAGE[case]
    run().save(tmp_path)
    damage(tmp_path)
    with pytest.raises(ce.ModelError, match=words) as caught:
        ce.load(tmp_path)
    assert str(caught.value).startswith("path: ")
    assert str(tmp_path) in str(caught.value)


def test_paths_and_options_of_wrong_types_are_refused(tmp_path: Path) -> None:
    ens = run()
    for path in (3, None, b"folder"):
        with pytest.raises(TypeError, match="path must be a path"):
            ce.load(path)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="path must be a path"):
            ens.save(path)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="overwrite must be True or False"):
        ens.save(tmp_path / "x", overwrite="yes")  # type: ignore[arg-type]
    with pytest.raises(ce.ModelError, match="there is no such folder"):
        ce.load(tmp_path / "x")
    (tmp_path / "file").write_text("")
    with pytest.raises(ce.ModelError, match="must be a folder; it is a file"):
        ens.save(tmp_path / "file")
