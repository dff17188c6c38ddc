"""Scenarios that ship, by name: the text of the file, and the scenario."""

from __future__ import annotations

import chemoevo as ce
from chemoevo.base.shipped import EXAMPLES, shipped_text


def text(name: str) -> str:
    return shipped_text(EXAMPLES, name)


def scenario(name: str) -> ce.Scenario:
    return ce.scenarios.scenario(name)
