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
"""Standard errors by which two answers may differ in any case."""
CHANCE = math.erfc(TOLERANCE / math.sqrt(2.0))
"""Probability that a normal number is so many standard errors off, 6 in 100 000: what is likelier says nothing."""
_EXACT, _NORMAL = 20_000, 100.0
"""Replicates up to which the law of a count is worked out; variance from which on, beyond them, it is normal."""


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
    chance
        Twice the probability that chance parts the two so far or farther in the direction of the difference, if the
        second answer is true. By the exact law of the number of histories in which it happens; among more than 20 000
        histories by the normal one, unless fewer than some 100 are expected and it is four standard errors off.
        Standard errors alone say too little where few are: one history, where 0.02 were expected, is 7 of them.
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
    chance: float = 1.0

    @property
    def agrees(self) -> bool:
        """Whether they differ by less than four standard errors, or chance does it 6 times in 100 000 or more."""
        return abs(self.standard_errors) < TOLERANCE or self.chance >= CHANCE


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
        **_difference(int(happened.sum()), np.exp(log)),
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
        **_difference(int(happened.sum()), possible),
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
        **_difference(int(happened.sum()), probability),
    )


def _difference(count: int, probability: NDArray[np.float64]) -> dict[str, float]:
    """How far a number of replicates is from what is expected, in standard errors, and how often chance does that."""
    variance = float((probability * (1.0 - probability)).sum())
    difference = count - float(probability.sum())
    if variance == 0.0:
        same = abs(difference) < 1e-9
        return {"standard_errors": 0.0 if same else math.copysign(math.inf, difference), "chance": float(same)}
    errors = difference / math.sqrt(variance)
    if probability.size > _EXACT and (variance >= _NORMAL or abs(errors) < TOLERANCE):
        tail = 0.5 * math.erfc(abs(errors) / math.sqrt(2.0))
    else:
        law = _law_of_sum(probability)
        if difference < 0.0:  # as many or fewer happen: of the others as many or more do
            law, count = law[: probability.size + 1][::-1], probability.size - count
        # The shorter sum has less of the rounding of the law.
        tail = float(1.0 - law[:count].sum() if 2 * count < law.size else law[count:].sum())
    return {"standard_errors": errors, "chance": min(1.0, max(0.0, 2.0 * tail))}


def _law_of_sum(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of 0, 1, ... successes in independent trials, each with a probability of its own.

    Laws of pairs of trials, then of fours, and so on, all of a size at once. Rounding errors double at every step,
    as what is squared: they are some 1e-16 per trial, far below any level that matters.
    """
    number = 1 << max(0, probability.size - 1).bit_length()
    laws = np.zeros((number, 2))
    laws[:, 0] = 1.0
    laws[: probability.size] = np.stack([1.0 - probability, probability], axis=1)
    while len(laws) > 1:
        size = 2 * laws.shape[1] - 1
        spectra = np.fft.rfft(laws, size)
        laws = np.fft.irfft(spectra[0::2] * spectra[1::2], size)
    law: NDArray[np.float64] = np.clip(laws[0], 0.0, 1.0)
    return law
