"""What tests of profiles share: subclones as they were measured, on one scenario."""

from __future__ import annotations

from typing import Any

import numpy as np

import chemoevo as ce

ALTERATIONS = (
    ce.Alteration(name="ABCB1", mutation=1e-8, copies=2),
    ce.Alteration(name="TP53", mutation=1e-7),
    ce.Alteration(name="BCL2", mutation=1e-8),
)


def base(**tumor: Any) -> ce.Scenario:
    rates: dict[str, Any] = {"birth": 0.14, "death": 0.1, "size": 1e7, "alterations": ALTERATIONS}
    return ce.Scenario(
        name="base",
        tumor=ce.Tumor(**rates | tumor),
        surgery=ce.Surgery(residual_cells=20),
        regimen=ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h q21d x3"),
        patient=ce.Patient(bsa=1.8),
        potencies=[ce.Potency(drug="docetaxel", emax=1.4, basis="a test")],
        follow_up=ce.FollowUp(horizon=120.0),
    )


def profile(*subclones: ce.Subclone, **more: Any) -> ce.Profile:
    return ce.Profile(**{"scenario": base(), "subclones": list(subclones), **more})


def seen(name: str, alternate: int, depth: int = 200, within: str | None = None, **more: Any) -> ce.Subclone:
    reads = ce.Reads(alternate=alternate, depth=depth, **more)
    return ce.Subclone(alterations=[name], reads=reads, within=within)


def share(name: str, fraction: float, within: str | None = None) -> ce.Subclone:
    return ce.Subclone(alterations=[name], fraction=fraction, within=within)


def fractions(one: ce.Profile) -> dict[str, float]:
    return {clone.name: clone.fraction for clone in one.typical.tumor.clones}


def draws_of(one: ce.Profile, n: int = 4000) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return one.points(n, seed=5).to_numpy()
