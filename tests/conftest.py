"""Settings of the whole suite."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests import _cost

settings.register_profile(
    "chemoevo",
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("chemoevo")


def pytest_configure(config: pytest.Config) -> None:
    """What tests cost is looked at everywhere, in the examples of docstrings too."""
    config.pluginmanager.register(_cost, "cost")
