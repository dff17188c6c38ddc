"""Two answers to one question: by simulation and by the backward equations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.analytic.grown.detection import DetectionLaw
from chemoevo.ensemble.estimates import Estimate

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOLERANCE = 4.0
"""Standard errors by which two answers may differ: by chance alone, 6 in 100 000 comparisons do."""


@dataclass(frozen=True)
class Comparison:
    """One probability, answered twice.

    Attributes
    ----------
    question
        What the probability is of.
    simulated
        Fraction of replicates, with Wilson's interval.
    route
        How the second answer was found: "backward equations" (exact, given each replicate's composition) or
        "detection law" (large tumor, rare mutation).
    computed
        The second answer. Without interval where it needs no simulation.
    log10
        Its decimal logarithm, also where the number itself is below the smallest float.
    standard_errors
        Difference of the two in standard errors. The standard error is the one that holds if the second answer is
        true: sqrt(sum p (1 - p)) / n, with p each replicate's own probability (the paired difference) or the law's.
    resolution
        Largest error of a probability of the second answer, where it was found by inversion: below it, and as far from
        1, they are taken for 0 and 1. 0 where each has its digits.
    """

    question: str
    simulated: Estimate
    route: str
    computed: Estimate
    log10: float
    standard_errors: float
    resolution: float = 0.0

    @property
    def agrees(self) -> bool:
        """Whether the two differ by less than four standard errors."""
        return abs(self.standard_errors) < TOLERANCE


def with_compositions(question: str, happened: NDArray[np.bool_], log: NDArray[np.float64]) -> Comparison:
    """Compares outcomes with each replicate's own conditional probability (paired).

    Parameters
    ----------
    happened
        Shape (replicates,): whether it happened in the simulation.
    log
        Shape (replicates,): natural logarithm of the probability that it happens, given the composition from which that
        replicate went on.
    """
    highest = float(log.max())
    mean = highest + math.log(float(np.exp(log - highest).mean())) if highest > -math.inf else -math.inf
    return Comparison(
        question=question,
        simulated=Estimate.proportion(int(happened.sum()), happened.size),
        route="backward equations",
        computed=Estimate.average_of_logs(log),
        log10=mean / math.log(10.0),
        standard_errors=_deviation(float(happened.sum()), np.exp(log)),
    )


def with_sizes(
    question: str, happened: NDArray[np.bool_], probability: NDArray[np.float64], resolution: float
) -> Comparison:
    """Compares outcomes with each replicate's own probability, known to so much."""
    known = np.where(probability < resolution, 0.0, np.where(probability > 1.0 - resolution, 1.0, probability))
    computed = Estimate.average(known)
    # What is taken for 0 or 1 may still happen, or not.
    possible = np.clip(probability, resolution, 1.0 - resolution)
    return Comparison(
        question=question,
        simulated=Estimate.proportion(int(happened.sum()), happened.size),
        route="backward equations",
        computed=computed,
        log10=math.log10(computed.value) if computed.value > 0.0 else -math.inf,
        standard_errors=_deviation(float(happened.sum()), possible),
        resolution=resolution,
    )


def with_law(question: str, happened: NDArray[np.bool_], law: DetectionLaw) -> Comparison:
    """Compares outcomes with one probability for all replicates."""
    probability = np.full(happened.size, law.value)
    return Comparison(
        question=question,
        simulated=Estimate.proportion(int(happened.sum()), happened.size),
        route="detection law",
        computed=Estimate.exact(law.value),
        log10=law.log / math.log(10.0),
        standard_errors=_deviation(float(happened.sum()), probability),
    )


def _deviation(count: float, probability: NDArray[np.float64]) -> float:
    difference = count - float(probability.sum())
    error = math.sqrt(float((probability * (1.0 - probability)).sum()))
    if error == 0.0:
        return 0.0 if abs(difference) < 1e-9 else math.copysign(math.inf, difference)
    return difference / error
