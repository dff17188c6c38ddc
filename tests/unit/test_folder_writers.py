"""Several writers of one folder, and kills at any instant."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import chemoevo as ce
from chemoevo.base import result_folder
from chemoevo.base.locks import LOCK, Lock
from chemoevo.base.result_folder import ResultFolder
from chemoevo.ensemble.storage import PARTS
from tests.unit.ensembles import STUDIED, STUDY, assert_equal, run, study_to


def private(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.name.startswith(".chemoevo"))


def test_a_second_writer_is_refused_and_told_what_to_do(tmp_path: Path) -> None:
    caught: list[ce.ModelError] = []

    def second(done: int, total: int) -> None:
        if not caught:
            with pytest.raises(ce.ModelError, match="another run writes to") as error:
                study_to(tmp_path, chunk=7)
            caught.append(error.value)

    study_to(tmp_path, progress=second)
    assert "overwrite" not in str(caught[0])
    assert "Wait until it has ended" in str(caught[0])
    assert_equal(ce.load(tmp_path), ce.simulate(STUDIED, **STUDY))
    assert private(tmp_path) == []


def test_a_writer_that_comes_late_goes_on_with_the_seed_of_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both found no study; the first has begun one before the second holds the lock.
    real = Lock.acquire

    def late(lock: Lock) -> bool:
        if lock.path.name == LOCK and not (tmp_path / "study.json").exists():
            monkeypatch.setattr(Lock, "acquire", real)
            study_to(tmp_path, replicates=10)
        return real(lock)

    monkeypatch.setattr(Lock, "acquire", late)
    study_to(tmp_path, seed=None)
    assert_equal(ce.load(tmp_path), ce.simulate(STUDIED, **STUDY))


def test_where_no_locks_are_a_piece_of_another_run_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chemoevo.base.locks._locked", lambda _: None)

    def second(done: int, total: int) -> None:
        if (done, total) == (10, 25) and not (tmp_path / "replicates-10-17").exists():
            study_to(tmp_path, chunk=7, replicates=25)

    with pytest.raises(ce.ModelError, match="another run writes to"):
        study_to(tmp_path, progress=second)
    assert_equal(ce.load(tmp_path), ce.simulate(STUDIED, **STUDY))


def test_a_folder_that_another_run_is_replacing_is_waited_for_and_then_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(seed=1).save(tmp_path)
    other = Lock(tmp_path / LOCK)
    assert other.acquire()
    monkeypatch.setattr(result_folder, "_PATIENCE", 0.05)
    with pytest.raises(ce.ModelError, match="another run writes to"):
        run(seed=2).save(tmp_path, overwrite=True)
    assert ce.load(tmp_path).seed == 1
    monkeypatch.setattr(result_folder, "_PATIENCE", 10.0)
    monkeypatch.setattr("chemoevo.base.locks.time.sleep", lambda _: other.release())
    run(seed=2).save(tmp_path, overwrite=True)
    assert ce.load(tmp_path).seed == 2
    assert private(tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["seed=1, ", ""])
def test_of_several_processes_one_writes(seed: str, tmp_path: Path) -> None:
    code = f"""
import chemoevo as ce, sys, time
p = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1.0], death=[0.5, 0.5], mutation={{("S", "R"): 1e-2}})
run = dict(initial={{"S": 10}}, times=range(1, 11), replicates=4000, {seed}threads=1)
sys.stdin.readline()
try:
    ce.simulate_to(p, path=sys.argv[1], chunk=int(sys.argv[2]), **run)
    print("done")
except ce.ModelError as error:
    print(error)
"""
    jobs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), chunk], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for chunk in ("100", "70", "130")
    ]
    time.sleep(2.0)
    for job in jobs:
        assert job.stdin is not None
        job.stdin.write("\n")
        job.stdin.flush()
    said = [job.communicate(timeout=60)[0].strip() for job in jobs]
    assert "done" in said
    assert all(text == "done" or ("another run writes" in text and "overwrite" not in text) for text in said)
    assert ce.load(tmp_path).counts.shape == (4000, 10, 2)


class Kill(BaseException):
    """The process is gone: nothing runs after it."""


class Killer:
    """Ends the process, as far as the disk can tell, at the step of this number of all that change the disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
        self.step, self.steps, self.dead = step, 0, False
        for name in ("replace", "rename", "unlink", "rmdir", "mkdir", "write_text"):
            monkeypatch.setattr(Path, name, self.guarded(getattr(Path, name)))
        monkeypatch.setattr(result_folder.shutil, "rmtree", self.guarded(shutil.rmtree))  # type: ignore[attr-defined]
        acquire, release = Lock.acquire, Lock.release
        self.held: list[Lock] = []

        def begin(lock: Lock) -> bool:
            self.held.append(lock)
            return acquire(lock)

        def end(lock: Lock) -> None:
            if not self.dead:
                release(lock)
                self.held.remove(lock)

        monkeypatch.setattr(Lock, "acquire", begin)
        monkeypatch.setattr(Lock, "release", end)

    def bury(self) -> None:
        """Closes what the process had open, as the system does."""
        for lock in self.held:
            os.close(lock._file)

    def guarded(self, real: Any) -> Any:
        def change(*arguments: Any, **options: Any) -> Any:
            self.steps += 1
            self.dead = self.dead or self.steps == self.step
            if self.dead:
                raise Kill
            return real(*arguments, **options)

        return change


def small(seed: int, **options: Any) -> ce.Ensemble:
    process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    return ce.simulate(process, initial={"S": 5}, times=[1.0], replicates=2, seed=seed, **options)


def test_a_kill_at_any_instant_leaves_the_old_or_the_new(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new, third = small(1, record="clones"), small(2), small(3)
    found = []
    for step in range(1, 100):
        path = tmp_path / str(step)
        old.save(path)
        (path / "notes.txt").write_text("mine")
        with monkeypatch.context() as patch:
            killer = Killer(patch, step)
            try:
                new.save(path, overwrite=True)
            except Kill:
                pass
            else:
                break
        assert killer.dead
        killer.bury()
        there = ce.load(path)
        assert there in (old, new)
        found.append(there == new)
        assert ce.scan(path, table="replicates").collect().height == len(there)
        if there == new:
            # Tables that the new ensemble does not have are gone as well.
            with pytest.raises(ce.ModelError, match="has no table 'clones'"):
                ce.scan(path, table="clones")
        with pytest.raises(ce.ModelError, match="already has results"):
            third.save(path)
        # The next writer sees to what was left.
        third.save(path, overwrite=True)
        assert ce.load(path) == third
        assert sorted(p.name for p in path.iterdir()) == sorted([*PARTS, "notes.txt"])
    assert found == sorted(found)
    assert {False, True} == set(found)
    assert len(found) > 12


def test_a_kill_at_any_instant_of_a_first_writing_leaves_nothing_or_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ens = run()
    for step in range(1, 100):
        path = tmp_path / str(step) / "x"
        path.parent.mkdir()
        with monkeypatch.context() as patch:
            killer = Killer(patch, step)
            try:
                ens.save(path)
            except Kill:
                pass
            else:
                break
        assert killer.dead
        killer.bury()
        if path.exists():
            assert ce.load(path) == ens
        # Whoever writes beside it next removes what was left.
        ens.save(path.with_name("y"))
        assert sorted(p.name for p in path.parent.iterdir()) in (["x", "y"], ["y"])
    assert step > 2


def test_a_process_that_is_killed_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    code = """
import os, pathlib, signal, sys
import chemoevo as ce
p = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.5])
for seed in (1, 2):
    ens = ce.simulate(p, initial={"S": 10}, times=[1, 2], replicates=50, seed=seed)
    if seed == 2:
        real, calls = pathlib.Path.replace, []
        def replace(*arguments):
            calls.append(1)
            if len(calls) == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments)
        pathlib.Path.replace = replace
    ens.save(sys.argv[1], overwrite=True)
"""
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "x")], check=False)
    assert done.returncode == -signal.SIGKILL
    ens = ce.load(tmp_path / "x")
    assert ens.seed == 2
    ens.save(tmp_path / "x", overwrite=True)
    assert sorted(p.name for p in (tmp_path / "x").iterdir()) == sorted(PARTS)
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_only_what_has_no_process_is_swept(tmp_path: Path) -> None:
    (tmp_path / ".chemoevo-notes").mkdir()
    old, new = tmp_path / ".chemoevo-0123abcd", tmp_path / ".chemoevo-4567abcd"
    for folder in (old, new):
        folder.mkdir()
        (folder / "counts.parquet").write_text("half")
    os.utime(old, (time.time() - 2 * 86400,) * 2)
    left = tmp_path / ".chemoevo-89abcdef"
    left.mkdir()
    (tmp_path / ".chemoevo-89abcdef.lock").write_text("")
    (tmp_path / ".chemoevo-fedcba98.lock").write_text("")
    with ResultFolder(tmp_path / "living") as living:
        assert living._private is not None
        run().save(tmp_path / "x")
        # Of living processes; of nobody knows whom, and touched a moment ago; not ours at all.
        kept = sorted([living._private.name, f"{living._private.name}.lock", new.name, ".chemoevo-notes"])
        assert private(tmp_path) == kept
    assert private(tmp_path) == sorted([new.name, ".chemoevo-notes"])


def test_where_nobody_can_tell_nothing_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chemoevo.base.locks._locked", lambda _: None)
    with ResultFolder(tmp_path / "living") as living:
        run().save(tmp_path / "x")
        assert living._private is not None
        assert living._private.is_dir()
        assert living._private.with_name(living._private.name + ".lock").exists()
    assert private(tmp_path) == []


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert not first.path.exists()
    assert second.acquire()
    second.release()
    # One that was removed between opening and locking is no lock: it is made anew.
    real = os.open
    holder = Lock(tmp_path / "lock")
    holder.acquire()

    def opened(*arguments: Any) -> int:
        file = real(*arguments)
        if holder.held:
            holder.release()
        return file

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", opened)
        assert second.acquire()
    assert second.path.exists()
    assert not first.acquire()
    second.release()
