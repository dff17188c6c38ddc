"""What is packaged: one version, the files a build needs, dependencies that resolve next to others."""

from __future__ import annotations

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path

import pytest

import chemoevo as ce

ROOT = Path(__file__).parents[2]


def test_version_is_that_of_the_workspace() -> None:
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())
    assert ce.__version__ == workspace["workspace"]["package"]["version"]
    assert importlib.metadata.version("chemoevo") == ce.__version__


def test_version_is_written_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "version" not in project
    assert project["dynamic"] == ["version"]
    assert not re.search(r"^version:", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)


def test_dependencies_have_lower_bounds_only() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    parts = [name for name in optional if name != "all"]
    assert optional["all"] == [f"chemoevo[{','.join(parts)}]"]
    extras = [requirement for name in parts for requirement in optional[name]]
    for requirement in project["dependencies"] + extras:
        assert re.fullmatch(r"[a-z-]+>=[\d.]+", requirement), requirement


def test_package_is_typed() -> None:
    package = Path(ce.__file__).parent
    assert (package / "py.typed").exists()
    assert (package / "_core.pyi").exists()


def test_source_distribution_holds_what_a_build_needs(tmp_path: Path) -> None:
    maturin = shutil.which("maturin", path=str(Path(sys.executable).parent)) or shutil.which("maturin")
    if maturin is None:
        pytest.skip("maturin is not installed")
    subprocess.run([maturin, "sdist", "--out", tmp_path], cwd=ROOT, check=True, capture_output=True, timeout=120)
    (archive,) = tmp_path.glob("chemoevo-*.tar.gz")
    with tarfile.open(archive) as files:
        held = {member.partition("/")[2] for member in files.getnames()}
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "rust").glob("*/src/**/*.rs")}
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "python").glob("**/*.py")}
    needed = {"Cargo.toml", "Cargo.lock", "pyproject.toml", "LICENSE", "README.md", "python/chemoevo/py.typed"}
    assert not (needed | sources | modules) - held


def test_import_is_light() -> None:
    code = "import sys, chemoevo; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert "chemoevo" in loaded
    assert not {"pydantic", "scipy", "rich", "cyclopts", "tqdm", "matplotlib", "hypothesis"} & set(loaded)
