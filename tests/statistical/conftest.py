"""Fixtures of the statistical tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chemoevo.ensemble.following import following
from tests.statistical._samples import ENGINES


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each exact engine in turn: its name, where what it follows is set."""
    name, _, mutants = str(request.param).partition(" ")
    with following(mutants or "all"):
        yield name


@pytest.fixture(params=("all", "kept"))
def all_or_kept(request: pytest.FixtureRequest) -> Iterator[str]:
    """Event-skipping that follows all mutants, and that which leaves out those that are gone before anybody looks."""
    with following(request.param):
        yield request.param
