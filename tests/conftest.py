"""Markers and settings of the whole suite."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "chemoevo",
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("chemoevo")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker of the long runs, which `make test-slow` takes."""
    config.addinivalue_line("markers", "slow: long statistical runs, left out of the ordinary suite")
