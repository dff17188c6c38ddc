"""Folders of results: whole or not at all, and never over existing results unasked."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from chemoevo.base.result_folder import FILES, ResultFolder
from chemoevo.errors import ModelError

TABLE = pl.DataFrame({"replicate": [0, 1]})


def fill(folder: ResultFolder, note: str = "new") -> None:
    for name in FILES:
        folder.write(name, {"note": note} if name.endswith("json") else TABLE)


def test_results_appear_together_at_commit(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b" / "results"
    with ResultFolder(out) as folder:
        fill(folder)
        assert not out.exists()
        folder.commit()
    assert sorted(p.name for p in out.iterdir()) == sorted(FILES)
    assert [p.name for p in out.parent.iterdir()] == ["results"]
    assert pl.read_parquet(out / "outcomes.parquet").equals(TABLE)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_results_of_an_interrupted_run_leave_nothing(tmp_path: Path, error: type[BaseException]) -> None:

    def interrupted() -> None:
        with ResultFolder(tmp_path / "a" / "results") as folder:
            fill(folder)
            raise error

    with pytest.raises(error):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_results_are_refused_where_results_are(tmp_path: Path) -> None:
    (tmp_path / "provenance.json").write_text("{}")
    with pytest.raises(ModelError, match=r"already has results \(provenance.json\).*overwrite"), ResultFolder(tmp_path):
        pass
    assert [p.name for p in tmp_path.iterdir()] == ["provenance.json"]


def test_results_that_appear_meanwhile_are_refused(tmp_path: Path) -> None:
    out = tmp_path / "results"
    with ResultFolder(out) as folder:
        fill(folder)
        out.mkdir()
        (out / "outcomes.parquet").write_text("theirs")
        with pytest.raises(ModelError, match="already has results"):
            folder.commit()
    assert (out / "outcomes.parquet").read_text() == "theirs"
    assert [p.name for p in tmp_path.iterdir()] == ["results"]


def test_results_are_replaced_when_asked_and_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "provenance.json").write_text("{}")
    with ResultFolder(tmp_path, overwrite=True) as folder:
        fill(folder)
        folder.commit()
    assert json.loads((tmp_path / "provenance.json").read_text()) == {"note": "new"}
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*FILES, "notes.txt"])


def test_results_into_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="must be a folder; it is a file"), ResultFolder(tmp_path / "file"):
        pass
    with pytest.raises(ModelError, match="cannot write"), ResultFolder(tmp_path / "file" / "below"):
        pass


def test_results_are_as_readable_as_any_new_folder(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with ResultFolder(tmp_path / "results") as folder:
        fill(folder)
        folder.commit()
    assert (tmp_path / "results").stat().st_mode == (tmp_path / "plain").stat().st_mode
