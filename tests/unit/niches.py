"""Two niches that exchange cells, with asked shares, and a resistant type in each."""

from __future__ import annotations

import numpy as np

import chemoevo as ce

BIRTH, DEATH, SHARES = (0.30, 0.16), (0.15, 0.12), (0.7, 0.3)
SENSITIVE, RESISTANT = ["near", "far"], ["near R", "far R"]
TYPES = [*SENSITIVE, *RESISTANT]


def switching(exchange: float, birth: tuple[float, ...], death: tuple[float, ...]) -> tuple[float, float]:
    """Rates from the first niche to the second and back with which shares are as asked, and more are exchanged."""
    net, shares = np.subtract(birth, death), np.array(SHARES)
    rate = float(shares @ net)
    gained, lost = np.maximum(net - rate, 0.0), np.maximum(rate - net, 0.0)
    total = float(shares @ gained)
    flow = np.outer(gained, shares * lost) / total if total > 0.0 else np.zeros((2, 2))
    return float(flow[0, 1] + exchange * shares[1]), float(flow[1, 0] + exchange * shares[0])


def niches(
    exchange: float,
    u: float = 2e-6,
    *,
    birth: tuple[float, float] = BIRTH,
    death: tuple[float, float] = DEATH,
    kill: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0),
    lasting: bool = False,
) -> ce.BranchingProcess:
    """Sensitive types mutate in their niche; resistant ones live as they do, or do not die if `lasting`."""
    there, back = switching(exchange, birth, death)
    left = [*death, *((0.0, 0.0) if lasting else death)]
    return ce.BranchingProcess(
        types=TYPES,
        birth=[*birth, *birth],
        death=[d + k for d, k in zip(left, kill, strict=True)],
        mutation={("near", "near R"): u, ("far", "far R"): u},
        switching={
            ("near", "far"): there,
            ("far", "near"): back,
            ("near R", "far R"): there,
            ("far R", "near R"): back,
        },
    )


def persisters(
    on: float, off: float, *, net: tuple[float, float] = (0.1, 0.0), kill: tuple[float, float, float] = (0.0, 0.0, 0.0)
) -> ce.BranchingProcess:
    """Cells that come to rest and go back, and resistant ones by a mutation of either."""
    return ce.BranchingProcess(
        types=["growing", "resting", "R"],
        birth=[0.2, 0.05, 0.2],
        death=[0.2 - net[0] + kill[0], 0.05 - net[1] + kill[1], 0.17 + kill[2]],
        mutation={("growing", "R"): 3e-6, ("resting", "R"): 1e-3},
        switching={("growing", "resting"): on, ("resting", "growing"): off},
    )
