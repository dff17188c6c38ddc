"""Every script in examples/ runs, in another folder, and says something; the figures of docs/ can be drawn."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


# Those that answer at hundreds of points or simulate thousands of tumors.
DEAR = ("cure_map.py", "leaping.py", "schedule_search.py", "sobol_indices.py", "sweep.py")
SCRIPTS = [
    pytest.param(path, id=path.name, marks=pytest.mark.slow if path.name in DEAR else [])
    for path in sorted(EXAMPLES.glob("*.py"))
]


@pytest.mark.parametrize("script", SCRIPTS)
def test_example_runs(script: Path, tmp_path: Path) -> None:
    command = [sys.executable, script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert "Traceback" not in done.stderr


def test_one_paper_is_held_against_what_it_prints(tmp_path: Path) -> None:
    command = [sys.executable, EXAMPLES / "published" / "run.py", "bozic2013"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(r"failure in patient N22, n12 1 +0.677 +0.67\d+ +0.003  model +yes", done.stdout)


@pytest.mark.slow
def test_rows_of_the_benchmarks_can_be_made(tmp_path: Path) -> None:
    command = [sys.executable, ROOT / "benches" / "run.py", "--only", "no such row"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "No row contains 'no such row'" in done.stderr


KEPT = sorted(path.stem for path in (ROOT / "docs" / "figures").glob("*.png"))


def drawn(names: list[str], folder: Path) -> list[str]:
    command = [sys.executable, ROOT / "docs" / "figures.py", *names, "--quick", "--out", folder]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return sorted(path.stem for path in folder.glob("*.png"))


@pytest.mark.slow
def test_a_figure_of_the_documents_can_be_drawn(tmp_path: Path) -> None:
    assert drawn(["one_law"], tmp_path) == ["one_law"]


@pytest.mark.slow
@pytest.mark.parametrize("names", [KEPT[::2], KEPT[1::2]], ids=["some", "others"])
def test_figures_of_the_documents_can_be_drawn(names: list[str], tmp_path: Path) -> None:
    assert drawn(names, tmp_path) == names


def test_all_figures_are_kept() -> None:
    text = (ROOT / "docs" / "figures.py").read_text()
    named = re.findall(r'^    "(\w+)": \(\d, \w+\),$', text, flags=re.MULTILINE)
    assert sorted(named) == KEPT


def test_figures_of_the_documents_are_shown() -> None:
    shown = "".join(path.read_text() for path in (ROOT / "docs").glob("*.md"))
    assert "one_law" in KEPT
    assert all(f"(figures/{name}.png)" in shown for name in KEPT)
