"""What a full disk, damage and lost pieces do to what is written."""

from __future__ import annotations

import contextlib
import json
import random
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo.cli.main import FAILED, _run
from chemoevo.ensemble import reading
from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.ensemble.storage import PARTS
from tests.unit.ensembles import STUDIED, STUDY, assert_equal, run, scenario, study_to


@contextmanager
def short_of_room(size: int = 2000) -> Iterator[None]:
    """No file may be longer than `size` bytes: to a program it is a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_one_error_and_leaves_what_was_there(tmp_path: Path) -> None:
    old, new = run(seed=1), run(seed=2, replicates=2000)
    old.save(tmp_path / "x")
    with short_of_room(), pytest.raises(ce.SimulationError, match=rf"path: cannot write to '{tmp_path}/x'.*Make room"):
        new.save(tmp_path / "x", overwrite=True)
    with short_of_room(), pytest.raises(ce.SimulationError, match="Make room"):
        new.save(tmp_path / "a" / "b")
    assert_equal(ce.load(tmp_path / "x"), old)
    assert [p.name for p in tmp_path.iterdir()] == ["x"]
    assert sorted(p.name for p in (tmp_path / "x").iterdir()) == sorted(PARTS)


def test_a_study_on_a_full_disk_goes_on_when_there_is_room(tmp_path: Path) -> None:
    big = {"replicates": 4000, "chunk": 2000, "times": [1.0, 2.0, 3.0]}
    with short_of_room(3000), pytest.raises(ce.SimulationError, match="Make room"):
        study_to(tmp_path, **big)
    assert [p.name for p in tmp_path.iterdir()] == ["study.json"]
    study_to(tmp_path, **big)
    assert len(ce.load(tmp_path)) == 4000


def test_the_command_line_says_in_one_message_that_the_disk_is_full(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "s.toml").write_text(scenario().to_toml(), encoding="utf-8")
    with short_of_room(100):
        code = _run(["run", str(tmp_path / "s.toml"), "--out", str(tmp_path / "o"), "--quiet"])
    out, err = capsys.readouterr()
    assert (code, out) == (FAILED, "")
    assert err.startswith(f"Error: out: cannot write to '{tmp_path}/o': File too large.")
    assert err.count("\n") == 1
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("name", [*PARTS, "study.json"])
def test_one_flipped_bit_is_found(name: str, tmp_path: Path) -> None:
    study_to(tmp_path, replicates=10)
    file = tmp_path / "replicates-0-10" / name if name in PARTS else tmp_path / name
    whole, rng = file.read_bytes(), random.Random(name)
    expected = ce.load(tmp_path)
    for _ in range(12):
        at, bit = rng.randrange(len(whole)), 1 << rng.randrange(8)
        file.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        with contextlib.suppress(ce.ModelError):
            # A blank for another blank between two words of JSON says the same.
            assert ce.load(tmp_path) == expected
            assert name.endswith("json")


def test_sizes_that_a_file_declares_are_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ens = run()
    ens.save(tmp_path)
    monkeypatch.setattr("chemoevo.ensemble.memory._SMALL", 0)
    monkeypatch.setattr("chemoevo.ensemble.memory.available_memory", lambda: 2000.0)
    with pytest.raises(ce.ModelError, match=r"path: the ensemble in .* needs .* GiB of memory, .*ce\.scan"):
        ce.load(tmp_path)
    monkeypatch.setattr("chemoevo.ensemble.memory.available_memory", lambda: 5000.0)
    assert_equal(ce.load(tmp_path), ens)


def test_a_study_that_is_larger_than_the_memory_is_not_put_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study_to(tmp_path)
    monkeypatch.setattr("chemoevo.ensemble.memory._SMALL", 0)
    monkeypatch.setattr("chemoevo.ensemble.memory.available_memory", lambda: 2500.0)
    with pytest.raises(ce.ModelError, match=r"path: the study in .* GiB"):
        ce.load(tmp_path)


def empty(piece: Path) -> None:
    for file in piece.iterdir():
        file.unlink()


def leave_a_rest(piece: Path) -> None:
    empty(piece)
    (piece / "clones.parquet").write_text("half")


@pytest.mark.parametrize("lose", [shutil.rmtree, empty, leave_a_rest])
@pytest.mark.parametrize("piece", ["replicates-0-10", "replicates-10-20", "replicates-20-25"])
def test_a_piece_that_is_lost_is_simulated_again(lose: Any, piece: str, tmp_path: Path) -> None:
    study_to(tmp_path)
    lose(tmp_path / piece)
    first, last = map(int, piece.split("-")[1:])
    with pytest.raises(ce.ModelError, match=f"has {25 - last + first} of its 25 replicates. Finish it"):
        ce.load(tmp_path)
    assert ce.scan(tmp_path, table="replicates").collect().height == 25 - last + first
    seen: list[tuple[int, int]] = []
    study_to(tmp_path, chunk=7, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (25, 25)
    assert min(done for done, _ in seen) >= 25 - last + first
    assert_equal(ce.load(tmp_path), ce.simulate(STUDIED, **STUDY))


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("size", [0, 40])
def test_a_piece_that_was_cut_off_is_not_taken_for_finished(name: str, size: int, tmp_path: Path) -> None:
    study_to(tmp_path)
    file = tmp_path / "replicates-10-20" / name
    file.write_bytes(file.read_bytes()[:size])
    for read in (study_to, ce.load, ce.scan):
        with pytest.raises(
            ce.ModelError, match=f"{name} of the piece .*replicates-10-20.* is damaged.* Remove the piece"
        ):
            read(tmp_path)
    shutil.rmtree(file.parent)
    study_to(tmp_path)
    assert_equal(ce.load(tmp_path), ce.simulate(STUDIED, **STUDY))


def test_pieces_that_overlap_are_refused(tmp_path: Path) -> None:
    study_to(tmp_path)
    study_to(tmp_path / "other", replicates=range(15, 25))
    (tmp_path / "other" / "replicates-15-25").rename(tmp_path / "replicates-15-25")
    for read in (study_to, ce.load, ce.scan):
        with pytest.raises(ce.ModelError, match=r"overlap: range\(10, 20\) and range\(15, 25\)"):
            read(tmp_path)


def test_an_ensemble_is_not_saved_into_a_study(tmp_path: Path) -> None:
    study_to(tmp_path)
    for overwrite in (False, True):
        with pytest.raises(ce.ModelError, match="has a study of simulate_to"):
            run().save(tmp_path, overwrite=overwrite)


# ---- files of before, and of meanwhile


def aged(folder: Path) -> None:
    """Makes of a folder what chemoevo wrote before counts were signed and files had checksums."""
    unsigned = {"clone_id": pl.UInt32, "parent_id": pl.UInt32}
    for file in folder.rglob("*.parquet"):
        table = pl.read_parquet(file).drop("followed", strict=False)
        old = {name: unsigned.get(name, pl.UInt64) for name, kind in table.schema.items() if kind == pl.Int64}
        table.cast(old).write_parquet(file)
    for file in folder.rglob("*.json"):
        data = json.loads(file.read_text())
        kept = {key: value for key, value in data.items() if key not in ("sha256", "files", "followed")}
        file.write_text(json.dumps({**kept, "format_version": 1}))


def unknown_followed(ens: ce.Ensemble) -> ce.Ensemble:
    """The ensemble as a folder tells it that does not say how many mutants were followed."""
    columns = replace(ens.columns, followed=np.full(len(ens), -1))
    known = Ensemble(ens.run, columns, growth=ens.growth, versions=ens.versions)
    assert known.ends["followed"].null_count() == len(ens)
    return known


RECORDS: dict[str, Any] = {"counts": "counts", "clones": "clones", "crossings": ce.Crossings(size=20, appearance=True)}


@pytest.mark.parametrize("record", RECORDS)
def test_ensembles_of_before_are_read(record: str, tmp_path: Path) -> None:
    ens = run(record=RECORDS[record])
    ens.save(tmp_path)
    aged(tmp_path)
    assert pl.read_parquet(tmp_path / "counts.parquet")["count_S"].dtype == pl.UInt64
    again = ce.load(tmp_path)
    assert again == unknown_followed(ens)
    assert_equal(again, unknown_followed(ens))
    for table in ("counts", "replicates", *(["clones", "clone-sizes"] if record == "clones" else [])):
        frame = ce.scan(tmp_path, table=table).collect()
        assert not {pl.UInt32, pl.UInt64} & set(frame.dtypes)
        assert frame.height > 0
    again.save(tmp_path, overwrite=True)
    assert json.loads((tmp_path / "ensemble.json").read_text())["format_version"] == 3


def test_ensembles_of_before_are_held_against_themselves(tmp_path: Path) -> None:
    run().save(tmp_path)
    aged(tmp_path)
    table = pl.read_parquet(tmp_path / "counts.parquet")
    for change, words in (
        (pl.col("count_S") + 1, "other counts at the end"),
        (pl.lit(2**63, pl.UInt64), r"more than 2\*\*63 - 1"),
    ):
        table.with_columns(count_S=change).write_parquet(tmp_path / "counts.parquet")
        with pytest.raises(ce.ModelError, match=words):
            ce.load(tmp_path)


def test_studies_of_before_are_read_and_not_continued(tmp_path: Path) -> None:
    study_to(tmp_path)
    aged(tmp_path)
    assert_equal(ce.load(tmp_path), unknown_followed(ce.simulate(STUDIED, **STUDY)))
    assert ce.scan(tmp_path).collect()["count_S"].dtype == pl.Int64
    with pytest.raises(ce.ModelError, match="has a study of format 1, which can be loaded, not continued"):
        study_to(tmp_path, replicates=40)


def test_what_was_replaced_while_it_was_read_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = run(seed=1), run(seed=2)
    old.save(tmp_path)
    real, calls = reading.check_digest, []  # type: ignore[attr-defined]

    def meanwhile(path: Path, said: object) -> None:
        calls.append(path)
        if len(calls) == 2:
            new.save(tmp_path, overwrite=True)
        real(path, said)

    monkeypatch.setattr(reading, "check_digest", meanwhile)
    assert ce.load(tmp_path) == new
    assert len(calls) == 4


def test_a_table_that_polars_cannot_read_is_one_error(tmp_path: Path) -> None:
    run().save(tmp_path)
    file = tmp_path / "counts.parquet"
    file.write_bytes(file.read_bytes()[:300])
    with pytest.raises(ce.ModelError, match=r"path: cannot read table 'counts' in "):
        ce.scan(tmp_path)


def test_clones_that_no_memory_holds_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ens = run(record="clones")
    ens.save(tmp_path)
    monkeypatch.setattr("chemoevo.ensemble.memory._SMALL", 0)
    needed = 96 * (ens.clones.height + ens.clone_sizes.height)
    assert needed > 2 * ens.counts.nbytes + 2000
    for available in (needed - 1, needed):
        monkeypatch.setattr("chemoevo.ensemble.memory.available_memory", lambda available=available: available)
        if available < needed:
            with pytest.raises(ce.ModelError, match="of memory"):
                ce.load(tmp_path)
        else:
            assert ce.load(tmp_path) == ens
