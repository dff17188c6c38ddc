from collections.abc import Callable, Sequence
from typing import final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Process", "__version__"]

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
    ) -> Process: ...

def simulate(
    process: Process,
    initial: NDArray[np.uint64],
    first_replicate: int,
    replicates: int,
    times: NDArray[np.float64],
    key: bytes,
    engine: str,
    stop: tuple[int, Sequence[bool] | None, bool] | None,
    max_size: int,
    max_steps: int,
    threads: int | None,
    progress: Callable[[int, int], object] | None,
) -> tuple[
    NDArray[np.uint64],
    NDArray[np.uint64],
    NDArray[np.uint8],
    NDArray[np.float64],
    NDArray[np.uint64],
    NDArray[np.uint64],
]: ...
def cheapest_engine(process: Process, counts_named_types: bool) -> str: ...
