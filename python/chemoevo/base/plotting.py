"""The attribute `plot`, from which the figures of a thing are drawn: loaded when it is first asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Plotted:
    """What has figures."""

    __slots__ = ()

    @property
    def plot(self) -> Any:
        """Figures of it: see `chemoevo.plots`, which needs the extra `plots`."""
        # By its name: plots know all that they draw, and nothing else knows plots.
        return import_module("chemoevo.plots.accessor").Plots(self)
