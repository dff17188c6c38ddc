"""Random numbers of patients: a stream per quantity, of which the i-th number is patient i's.

A stream is Philox (Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3, SC11, doi:10.1145/2063384.2063405)
under a key that is a hash of the seed and of the names of the quantity. So patient i is the same however many there
are, and whatever else is drawn.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def uniform(number: int, seed: int, *names: str) -> Array:
    """Numbers in (0, 1), one per patient."""
    # Lengths keep ("a", "bc") and ("ab", "c") apart.
    said = "".join(f"{len(part)}:{part};" for part in (str(seed), *names))
    key = hashlib.blake2b(said.encode(), digest_size=16, person=b"patients").digest()
    raw = np.random.Philox(key=np.frombuffer(key, dtype="<u8")).random_raw(number)
    # The middles of 2^53 intervals.
    return np.asarray(((raw >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53)


def normal(number: int, seed: int, *names: str, low: float = -np.inf, high: float = np.inf) -> Array:
    """Standard normal numbers between two bounds, one per patient, by inversion."""
    from scipy.special import ndtr, ndtri

    shares = ndtr(np.array([low, high]))
    drawn: Array = ndtri(shares[0] + (shares[1] - shares[0]) * uniform(number, seed, *names))
    return np.clip(drawn, low, high)
