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
from tests.unit.ensembles import KINDS, assert_equal, run, sign

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
    text(lambda t: t.replace('"numpy": "', '"numpy": "0.'))(tmp_path)
    sign(tmp_path)
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
    "a later format": (described(lambda d: d.update(format_version=4)), "has format 4; this chemoevo reads 1 to 3"),
    "no process": (described(lambda d: d["provenance"].pop("process")), "'process' is missing"),
    "an impossible process": (
        described(lambda d: d["provenance"]["process"].update(birth=[-1, 0, 0])),
        r"incomplete: .*birth\[0\]",
    ),
    "another type": (described(lambda d: d["provenance"]["process"].update(types=["S", "T", "U"])), "T"),
    "other times": (described(lambda d: d["provenance"].update(times=[0.1, 0.2, 1.5])), "time column"),
    "other replicates": (described(lambda d: d["provenance"].update(replicates=[1, 13])), "replicate column"),
    "more replicates than there are": (
        described(lambda d: d["provenance"].update(replicates=[0, 10**12])),
        "replicates.parquet has 12 rows, not 1000000000000",
    ),
    "more replicates than numbers": (
        described(lambda d: d["provenance"].update(replicates=[0, 10**30])),
        "0000] for replicates",
    ),
    "replicates in words": (described(lambda d: d["provenance"].update(replicates="12")), "for replicates"),
    "more times than there are": (
        described(lambda d: d["provenance"].update(times=[k / 10 for k in range(1000)])),
        "counts.parquet has 36 rows, not 12000",
    ),
    "a seed in words": (described(lambda d: d["provenance"].update(seed="1")), "'1' for seed"),
    "a negative stage": (described(lambda d: d["provenance"].update(stage=-1)), "-1 for stage"),
    "no word for the engine": (described(lambda d: d["provenance"].update(asked=1)), "1 for asked"),
    "no replicates": (described(lambda d: d["provenance"].update(replicates=[0, 0])), "damaged or incomplete"),
    "growth that is not there": (described(lambda d: d.update(growth=True)), "growth-ensemble.json"),
    "rows that are missing": (table("counts.parquet", lambda t: t.head(10)), "has 10 rows, not 36"),
    "rows in another order": (table("counts.parquet", lambda t: t.reverse()), "replicate column"),
    "another count": (
        table("counts.parquet", lambda t: t.with_columns(pl.col("count_S") + 1)),
        "replicate 0 has other counts at the end than its final state",
    ),
    "a negative count": (
        table("counts.parquet", lambda t: t.with_columns(count_S=-1 - pl.col("count_S"))),
        "negative numbers in 'count_S'",
    ),
    "a stop without one": (
        table("replicates.parquet", lambda t: t.with_columns(outcome=pl.lit("stopped"))),
        "is stopped, but nothing stops it",
    ),
    "extinct with cells": (
        table("replicates.parquet", lambda t: t.with_columns(outcome=pl.lit("extinct"))),
        "is extinct, but has cells",
    ),
    "clones beyond number without clones": (
        table("replicates.parquet", lambda t: t.with_columns(outcome=pl.lit("clone_limit"))),
        "none were recorded",
    ),
    "alive too early": (
        table("replicates.parquet", lambda t: t.with_columns(time=pl.col("time") / 2, outcome=pl.lit("alive"))),
        "is alive, but ended before",
    ),
    "counts that go on after the end": (
        table("replicates.parquet", lambda t: t.with_columns(time=pl.lit(0.0), outcome=pl.lit("size_limit"))),
        "has other counts after its end",
    ),
    "an end at no time": (
        table("replicates.parquet", lambda t: t.with_columns(time=pl.lit(float("nan")))),
        "ended at no time",
    ),
    "attempts without a retry": (
        table("replicates.parquet", lambda t: t.with_columns(pl.col("rejected") + 1)),
        "began again, but",
    ),
    "no checksums": (described(lambda d: d["files"].clear()), "no checksum of replicates.parquet"),
    "nulls": (
        table("counts.parquet", lambda t: t.with_columns(pl.lit(None, pl.Int64).alias("count_S"))),
        "nulls in 'count_S'",
    ),
    "floats for counts": (
        table("counts.parquet", lambda t: t.with_columns(pl.col("count_S").cast(pl.Float64))),
        "has float64 in 'count_S', not int64",
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


UNSEALED = {"no description", "no counts", "half of the description", "another file", "a provenance"}
"""What cannot be signed anew."""


@pytest.mark.parametrize("case", DAMAGE)
def test_damaged_folders_are_refused(case: str, tmp_path: Path) -> None:
    damage, words = DAMAGE[case]
    run().save(tmp_path)
    damage(tmp_path)
    if case not in UNSEALED:
        # Whatever is changed shows in a checksum, or is a format of its own.
        with pytest.raises(ce.ModelError, match=r"checksum|has \d+ bytes, not|has format 4"):
            ce.load(tmp_path)
        # And where somebody made the checksums fit, in what is said twice.
        sign(tmp_path)
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
