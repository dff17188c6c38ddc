from collections.abc import Callable, Sequence
from typing import Any, Literal, final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Exposure",
    "Process",
    "__version__",
    "backward",
    "compile_rates",
    "complements",
    "exact_engine",
    "founding_gradient",
    "genotype_births",
    "genotype_lattice",
    "lineages",
    "log_absence",
    "log_ultimate_extinction",
    "mean_counts",
    "moments",
    "moments_of_families",
    "moments_of_survivors",
    "potency_in_cell",
    "rates_at",
    "rates_on",
    "sensitivity",
    "simulate",
    "step_discrepancies",
    "strength_from_fold",
]

__version__: str

@final
class Process:
    def __new__(
        cls,
        breakpoints: NDArray[np.float64],
        birth: NDArray[np.float64],
        death: NDArray[np.float64],
        mutation_pairs: Sequence[tuple[int, int]],
        mutation_values: NDArray[np.float64],
        switching_pairs: Sequence[tuple[int, int]],
        switching_values: NDArray[np.float64],
        pulses: Sequence[tuple[float, Sequence[float]]],
        competition: tuple[str, str, float, Sequence[float]] | None = None,
    ) -> Process: ...

def step_discrepancies(
    coarse: NDArray[np.float64],
    fine: NDArray[np.float64],
    lengths: NDArray[np.float64],
    transitions: NDArray[np.float64],
    floor: NDArray[np.float64],
) -> NDArray[np.float64]: ...
def simulate(
    process: Process,
    initial: NDArray[np.uint64],
    first_replicate: int,
    replicates: int,
    times: NDArray[np.float64],
    key: bytes,
    engine: str,
    tolerance: float | None,
    stop: tuple[int, Sequence[bool] | None, bool] | None,
    max_size: int,
    max_steps: int,
    max_clones: int | None,
    crossings: Sequence[tuple[Sequence[bool], Sequence[int]]],
    sums: Sequence[Sequence[int]] | None,
    threads: int | None,
    progress: Callable[[int, int], object] | None,
) -> tuple[
    NDArray[np.uint64],
    NDArray[np.uint64],
    NDArray[np.uint8],
    NDArray[np.float64],
    NDArray[np.uint64],
    NDArray[np.uint64],
    NDArray[np.uint8],
    tuple[
        NDArray[np.uint64],
        NDArray[np.uint64],
        NDArray[np.uint32],
        NDArray[np.uint32],
        NDArray[np.float64],
        NDArray[np.float64],
        NDArray[np.uint64],
        NDArray[np.uint32],
        NDArray[np.uint32],
        NDArray[np.uint64],
    ]
    | None,
    NDArray[np.float64],
]: ...
def exact_engine(process: Process, initial: NDArray[np.uint64], until: float) -> Literal["direct", "bnb"]: ...
def backward(
    process: Process,
    presence: NDArray[np.float64],
    absence: NDArray[np.float64],
    horizons: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def log_absence(
    process: Process,
    marked: Sequence[bool],
    initial: NDArray[np.uint64],
    horizons: NDArray[np.float64],
) -> NDArray[np.float64]: ...
def founding_gradient(
    process: Process,
    presence: NDArray[np.float64],
    absence: NDArray[np.float64],
    times: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> dict[str, Any]: ...
def sensitivity(
    process: Process,
    marked: Sequence[bool],
    initial: NDArray[np.float64],
    horizon: float,
) -> dict[str, Any]: ...
def log_ultimate_extinction(process: Process, initial: NDArray[np.uint64]) -> NDArray[np.float64]: ...
def complements(
    process: Process,
    marked: Sequence[bool],
    real: NDArray[np.float64],
    imaginary: NDArray[np.float64],
    horizon: float,
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def lineages(
    process: Process,
    real: NDArray[np.float64],
    imaginary: NDArray[np.float64],
    times: NDArray[np.float64],
    weights: NDArray[np.float64],
    threads: int,
) -> list[NDArray[np.float64]]: ...
def moments(
    process: Process,
    initial: NDArray[np.float64],
    times: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def moments_of_survivors(
    growth: Process,
    days: float,
    there: tuple[float, float],
    process: Process,
    times: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def moments_of_families(
    process: Process,
    fixed: NDArray[np.float64],
    mean: NDArray[np.float64],
    pairs: NDArray[np.float64],
    times: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def mean_counts(
    process: Process,
    initial: NDArray[np.float64],
    times: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...

@final
class Exposure:
    def __new__(
        cls,
        clearance: float,
        volume: float,
        peripherals: Sequence[tuple[float, float]],
        times: Sequence[float],
        amounts: Sequence[float],
        durations: Sequence[float],
    ) -> Exposure: ...
    @property
    def coefficients(self) -> list[float]: ...
    @property
    def exponents(self) -> list[float]: ...
    def concentration(self, times: NDArray[np.float64]) -> NDArray[np.float64]: ...
    def area(self, times: NDArray[np.float64]) -> NDArray[np.float64]: ...

def genotype_lattice(loci: int) -> tuple[list[int], list[tuple[int, int, int]]]: ...
def genotype_births(birth: float, costs: Sequence[float]) -> list[float]: ...
def strength_from_fold(fold: float, expression: float, reference: float) -> float: ...
def potency_in_cell(
    ec50: float,
    hill: float,
    emax: float,
    mechanisms: Sequence[tuple[str, float, float, float, float]],
    threshold: float,
    ceiling: float,
) -> tuple[float, float]: ...
def compile_rates(
    birth: Sequence[float],
    death: Sequence[float],
    drugs: Sequence[tuple[Exposure, float, bool, Sequence[tuple[float, float, float]]]],
    horizon: float,
    tolerance: float,
    halved: bool,
    max_segments: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
def rates_at(
    birth: Sequence[float],
    death: Sequence[float],
    drugs: Sequence[tuple[Exposure, float, bool, Sequence[tuple[float, float, float]]]],
    times: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]: ...
def rates_on(
    birth: Sequence[float],
    death: Sequence[float],
    drugs: Sequence[tuple[Exposure, float, bool, Sequence[tuple[float, float, float]]]],
    cells: NDArray[np.float64],
    ends: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]: ...
