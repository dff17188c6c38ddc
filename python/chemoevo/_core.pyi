from collections.abc import Sequence
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
