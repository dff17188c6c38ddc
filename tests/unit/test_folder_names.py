"""Folders by whatever name, and paths that cannot be."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import chemoevo as ce
from chemoevo.base.result_folder import FILES, ResultFolder
from chemoevo.cli.main import BAD_INPUT, _run
from tests.unit.ensembles import STUDIED, STUDY, assert_equal, run, scenario, study_to

ENS = ce.simulate(STUDIED, initial={"S": 5}, times=[1.0, 2.0], seed=1)
ODD = [
    "run[1]",
    "run[birth=0.1]",
    "a*b",
    "a?b",
    "**",
    "{x}",
    "[a",
    "birth=0.1",
    "a b%20",
    "s3:",
    "~nobody-of-this-name",
    "Ä",
]


@pytest.mark.parametrize("name", ODD)
def test_names_of_folders_are_taken_literally(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # What the name would match, were it a pattern.
    for other in ("run1", "runb", "axb", "a", "x", "nobody"):
        run(seed=1).save(other)
    ens = run(seed=2)
    ens.save(name)
    assert_equal(ce.load(name), ens)
    assert ce.scan(name).collect().columns == ["replicate", "time", "count_S", "count_R 1", "count_count_S"]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\0"), min_size=1, max_size=60))
@settings(max_examples=15, deadline=None)
def test_any_text_is_a_name(name: str) -> None:
    if name in (".", "..") or len(name.encode()) > 255:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        ENS.save(path)
        assert [p.name for p in Path(folder).iterdir()] == [name]
        assert ce.load(path) == ENS
        assert ce.scan(path).collect().height == 2


@pytest.mark.parametrize("name", ["study[1]", "a*b", "birth=0.1"])
def test_studies_have_any_name(name: str, tmp_path: Path) -> None:
    study_to(tmp_path / "study1")
    study_to(tmp_path / name, seed=5)
    whole = ce.simulate(STUDIED, **{**STUDY, "seed": 5})
    assert_equal(ce.load(tmp_path / name), whole)
    assert ce.scan(tmp_path / name).collect()["count_S"].to_list() == whole.counts[:, :, 0].ravel().tolist()


def test_the_home_directory_is_expanded_wherever_a_path_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    ens = run()
    ens.save("~/kept")
    assert_equal(ce.load("~/kept"), ens)
    study_to("~/study")
    assert ce.scan("~/study").collect().height == 50
    (home / "s.toml").write_text(scenario().to_toml(), encoding="utf-8")
    assert ce.Scenario.load(Path("~/s.toml")) == scenario()
    assert _run(["run", "~/s.toml", "--out=~/results", "--replicates", "1", "--quiet"]) == 0
    assert sorted(p.name for p in home.iterdir()) == ["kept", "results", "s.toml", "study"]
    assert list(here.iterdir()) == []
    assert capsys.readouterr() == ("", "")


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    mark = b"\xef\xbb\xbf"
    (tmp_path / "s.toml").write_bytes(mark + scenario().to_toml().encode())
    assert ce.Scenario.load(tmp_path / "s.toml") == scenario()
    assert ce.Scenario.from_toml("\ufeff" + scenario().to_toml()) == scenario()
    assert ce.Scenario.from_json("\ufeff" + scenario().to_json()) == scenario()
    ens = run()
    ens.save(tmp_path / "x")
    study_to(tmp_path / "study")
    for file in (tmp_path / "x" / "ensemble.json", tmp_path / "study" / "study.json"):
        file.write_bytes(mark + file.read_bytes())
    assert_equal(ce.load(tmp_path / "x"), ens)
    assert len(ce.load(tmp_path / "study")) == 25


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("x" * 300, "File name too long"),
        ("a\0b", "null characters"),
        ("a\udcffb", "UTF-8"),
        ("", "must name a folder; got ''"),
        ("dangling", "it is a link to nowhere"),
        ("file", "it is a file"),
        ("file/below", "Not a directory"),
    ],
)
def test_paths_that_cannot_be_are_one_clear_error(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dangling").symlink_to("nowhere")
    Path("file").write_text("mine")
    Path("s.toml").write_text(scenario().to_toml(), encoding="utf-8")
    ens = run()
    with pytest.raises(ce.ModelError, match=words):
        ens.save(name)
    with pytest.raises(ce.ModelError, match="path"):
        study_to(name)
    for read in (ce.load, ce.scan, ce.Scenario.load):
        with pytest.raises(ce.ModelError, match=r"path|Cannot read|not valid TOML"):
            read(name)
    assert _run(["run", "s.toml", "--out", name, "--replicates", "1"]) == BAD_INPUT
    assert words in capsys.readouterr().err.replace("out ", "path ")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["dangling", "file", "s.toml"]


def test_a_way_through_a_folder_that_is_made_is_a_way(tmp_path: Path) -> None:
    ens = run()
    ens.save(tmp_path / "new" / ".." / "x")
    assert_equal(ce.load(tmp_path / "x"), ens)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.ENAMETOOLONG])
def test_a_folder_that_may_not_be_written_is_named(code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "mkdir", refused)
    for write in (run().save, study_to):
        with pytest.raises(ce.ModelError, match=rf"path: cannot write to '{tmp_path}/x': {os.strerror(code)}\.$"):
            write(tmp_path / "x")


def test_what_chemoevo_run_wrote_is_told_apart(tmp_path: Path) -> None:
    with ResultFolder(tmp_path / "o") as folder:
        for name in FILES:
            folder.write(name, {"seed": 1} if name.endswith("json") else pl.DataFrame({"replicate": [0]}))
        folder.commit()
    with pytest.raises(ce.ModelError, match=r"tables of `chemoevo run`.*outcomes\.parquet.*ce\.simulate\(ce\.Scenario"):
        ce.load(tmp_path / "o")
