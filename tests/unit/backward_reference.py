"""The backward equations once more, slowly: Taylor series of the generating function in fixed-point integers.

Written from the events of the process (not from the complement form the package solves), for F = E[prod z^N]:

    F_i' = b_i (1 - sum_j u_ij) F_i^2 + b_i F_i sum_j u_ij F_j + d_i + sum_j s_ij F_j - (b_i + d_i + sum_j s_ij) F_i

in the time left to the horizon. Numbers are integers in units of 2**-BITS, so absence and presence both have an
absolute error far below 1e-60.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

BITS = 320
ONE = 1 << BITS
ORDER = 36


def fixed(x: float) -> int:
    return round(Fraction(x) * ONE)


def real(x: int) -> Fraction:
    return Fraction(x, ONE)


Row = Sequence[float]
Table = Mapping[tuple[int, int], float]


def stretch(f: list[int], b: Row, d: Row, u: Table, s: Table, length: float) -> list[int]:
    """Back over a length of constant rates."""
    k = len(f)
    total = max(b[i] + d[i] + sum(v for (a, _), v in s.items() if a == i) for i in range(k))
    steps = max(1, int(4 * total * length) + 1)
    h = fixed(length) // steps
    birth, death = [fixed(x) for x in b], [fixed(x) for x in d]
    mutate = [[(j, fixed(v)) for (a, j), v in u.items() if a == i] for i in range(k)]
    switch = [[(j, fixed(v)) for (a, j), v in s.items() if a == i] for i in range(k)]
    for _ in range(steps):
        series = [[x] for x in f]
        for n in range(ORDER):
            # What the second daughter is: the parent's type, or a mutant.
            new = []
            for i in range(k):
                plain = ONE - sum(v for _, v in mutate[i])
                second = [
                    (plain * series[i][m] + sum(v * series[j][m] for j, v in mutate[i])) >> BITS for m in range(n + 1)
                ]
                product = sum(series[i][m] * second[n - m] for m in range(n + 1)) >> BITS
                slope = birth[i] * (product - series[i][n]) - death[i] * series[i][n]
                slope += sum(v * (series[j][n] - series[i][n]) for j, v in switch[i])
                slope = (slope >> BITS) + (death[i] if n == 0 else 0)
                new.append(((slope * h) >> BITS) // (n + 1))
            for i in range(k):
                series[i].append(new[i])
        f = [sum(x) for x in series]
    return f


def backward(
    birth: Sequence[Row],
    death: Sequence[Row],
    mutation: Sequence[Table],
    switching: Sequence[Table],
    breakpoints: Sequence[float],
    pulses: Sequence[tuple[float, Row]],
    presence: Sequence[float],
    horizon: float,
) -> list[Fraction]:
    """Absence F_i(0); rates and tables one per interval; a pulse at the horizon acts before `presence` is looked at."""
    f = [ONE - fixed(y) for y in presence]
    instants = {0, horizon, *(t for t in breakpoints if t < horizon), *(t for t, _ in pulses if t <= horizon)}
    times = sorted(map(Fraction, instants))
    for index in range(len(times) - 1, -1, -1):
        for at, survival in pulses:
            if at == times[index]:
                f = [ONE - ((fixed(p) * (ONE - x)) >> BITS) for p, x in zip(survival, f, strict=True)]
        if index > 0:
            left = times[index - 1]
            m = sum(1 for t in breakpoints if t <= left)
            f = stretch(f, birth[m], death[m], mutation[m], switching[m], times[index] - left)
    return [real(x) for x in f]
