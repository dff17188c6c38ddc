"""Means and covariances once more: the exponential of the matrix of all moments, written from the events."""

from __future__ import annotations

import mpmath as mp
import numpy as np


def by_matrix(birth, death, mutation, switching, mean, covariance, t):
    """Moments after a time of constant rates: the exponential of the equations of m and V, written from the events."""
    k = len(birth)
    events = []  # (type, rate, change)
    unit = np.eye(k, dtype=int)
    for i in range(k):
        u = sum(v for (a, _), v in mutation.items() if a == i)
        events += [(i, birth[i] * (1 - u), unit[i]), (i, death[i], -unit[i])]
        events += [(i, birth[i] * v, unit[j]) for (a, j), v in mutation.items() if a == i]
        events += [(i, v, unit[j] - unit[i]) for (a, j), v in switching.items() if a == i]
    size = k + k * k
    big = mp.zeros(size)
    growth = np.zeros((k, k), dtype=object)
    for i, rate, change in events:
        for a in range(k):
            growth[a, i] += mp.mpf(float(rate)) * int(change[a])
            for b in range(k):
                big[k + a * k + b, i] += mp.mpf(float(rate)) * int(change[a] * change[b])
    for a in range(k):
        for i in range(k):
            big[a, i] = growth[a, i]
            for b in range(k):
                big[k + a * k + b, k + i * k + b] += growth[a, i]
                big[k + b * k + a, k + b * k + i] += growth[a, i]
    start = mp.matrix([*map(mp.mpf, map(float, mean)), *map(mp.mpf, map(float, np.ravel(covariance)))])
    end = mp.expm(big * t) * start
    values = np.array([float(x) for x in end])
    return values[:k], values[k:].reshape(k, k)
