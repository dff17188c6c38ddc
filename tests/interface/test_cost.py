"""No test takes longer than the suite allows: the plugin that sees to it does."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import _cost

ROOT = Path(__file__).parents[2]
LIMIT = 0.2

TESTS = """
import subprocess, sys, threading, time

import pytest

BURN = "import time\\nwhile time.process_time() < {seconds}: pass"


def burn(seconds):
    begun = time.thread_time()
    while time.thread_time() < begun + seconds:
        pass


@pytest.fixture
def dear():
    burn(0.25)


def test_waits(): time.sleep(0.4)
def test_is_cheap(): burn(0.01)
def test_burns(): burn(0.25)
def test_asks_for_what_is_dear(dear): pass


def test_burns_in_a_thread():
    thread = threading.Thread(target=burn, args=[0.25])
    thread.start()
    thread.join()


def test_burns_in_a_child(): subprocess.run([sys.executable, "-S", "-c", BURN.format(seconds=0.3)])
def test_is_wrong_anyway(): assert burn(0.25)
"""

RUN = """
import sys
import pytest
from tests import _cost

_cost.LIMIT = {limit}
options = ["-q", "-p", "no:cacheprovider", "-c", "pytest.ini", "--durations=2"]
sys.exit(pytest.main([*options, "test_it.py"], plugins=[_cost]))
"""


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("cost")
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_it.py").write_text(TESTS)
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{RUN.format(limit=LIMIT)}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    return done.stdout


def test_what_costs_too_much_fails(output: str) -> None:
    failed = set(re.findall(r"^FAILED test_it.py::test_(\w+)", output, flags=re.MULTILINE))
    assert failed == {"burns", "asks_for_what_is_dear", "burns_in_a_thread", "burns_in_a_child", "is_wrong_anyway"}
    assert "5 failed, 2 passed" in output


def test_the_message_says_how_much_and_where_to_look(output: str) -> None:
    assert re.search(r"The test took 0\.\d s of processor time; 0\.2 s are allowed: CONTRIBUTING\.md", output)
    assert re.search(r"took \d\.\d s of processor time, \d\.\d s of them in other processes; 0\.2 s are", output)
    # What fails for a reason of its own says that reason only.
    assert "assert burn(0.25)" in output
    assert len(re.findall(r"^The test took", output, flags=re.MULTILINE)) == 4


def test_those_that_cost_most_are_listed(output: str) -> None:
    listed = re.search(r"s of processor time, most in =+\n((?:\s*\d+\.\d\ds test_it.py::\w+\n)+)", output)
    assert listed is not None, output
    assert len(listed.group(1).splitlines()) == 2
    assert "waits" not in listed.group(1)


def test_the_suite_is_looked_at(request: pytest.FixtureRequest) -> None:
    assert request.config.pluginmanager.has_plugin("cost")
    assert _cost.LIMIT == 20.0
    assert _cost.CONTRIBUTING.split(",")[0] in {path.name for path in ROOT.iterdir()}
