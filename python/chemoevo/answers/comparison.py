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
    """

    question: str
    simulated: Estimate
    route: str
    computed: Estimate
    log10: float
    standard_errors: float

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
