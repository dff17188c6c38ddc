"""The version is written once, in Cargo.toml."""

from __future__ import annotations

import importlib.metadata
import tomllib
from pathlib import Path

import chemoevo as ce

ROOT = Path(__file__).parents[2]


def test_version_is_that_of_the_workspace() -> None:
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text())
    assert ce.__version__ == workspace["workspace"]["package"]["version"]
    assert importlib.metadata.version("chemoevo") == ce.__version__
