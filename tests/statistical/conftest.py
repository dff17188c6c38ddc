"""Fixtures of the statistical tests."""

from __future__ import annotations

import pytest

from tests.statistical._samples import ENGINES


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Each exact engine in turn."""
    return str(request.param)
