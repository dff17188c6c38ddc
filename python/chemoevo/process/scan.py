"""A look at rates at even distances, for what comes and goes between the nodes of steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from chemoevo.process.magnus import Sample, Steps, predicted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

MAX_LOOKS = 1_000_000
"""Looks beyond which a resolution is refused."""


def resolution_of(until: float) -> float:
    """(days) The distance of looks where none is asked for: half an hour, or until/50000 if that is longer."""
    return max(0.5 / 24.0, until / 50_000)


class Scan:
    """The rates in the middle of every stretch of the length of the resolution, or a little less.

    What lasts for as long as the resolution is seen by at least one look.
    """

    def __init__(self, sample: Sample, until: float, resolution: float) -> None:
        looks = int(np.ceil(until / resolution * (1.0 - 1e-12)))
        self.resolution = until / looks
        self.times: Array = np.asarray((np.arange(looks) + 0.5) * self.resolution, dtype=np.float64)
        values = sample(self.times)
        self.values = sample.channels.felt(values).reshape(looks, -1)

    def missed(self, steps: Steps) -> Array:
        """What looks that are off the polynomial of their step may do to numbers of events, by their weights, (n,)."""
        place = np.searchsorted(steps.start, self.times, side="right") - 1
        length = steps.end - steps.start
        x = (self.times - steps.start[place]) / length[place]
        off = (np.abs(self.values - predicted(steps, place, x)) * steps.weights()).max(axis=1)
        found = np.zeros(len(length))
        np.add.at(found, place, off * np.minimum(self.resolution, length[place]))
        return found
