"""Which pair of doses, within what both together may be, cures best? A search along the gradient."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy import optimize

import chemoevo as ce

DOSES = ["regimen.phases[0].doses[docetaxel].amount", "regimen.phases[0].doses[carboplatin].amount"]
USUAL = np.array([75.0, 6.0])  # mg/m2, AUC


def main() -> np.ndarray:
    scenario = ce.Scenario.load(Path(__file__).parent / "nsclc_adjuvant.toml")
    cure = ce.evaluator(scenario, DOSES, ask="cure")
    # Chosen for the example: what one drug gains in units of its usual dose the other one loses.
    found = optimize.minimize(
        lambda share: -float(cure(share * USUAL)),
        x0=[1.0, 1.0],
        jac=lambda share: -cure.gradient(share * USUAL) * USUAL,
        bounds=[(0.5, 1.5)] * 2,
        constraints={"type": "eq", "fun": lambda share: share.sum() - 2.0, "jac": lambda share: np.ones(2)},
        method="SLSQP",
        options={"ftol": 1e-6},
    )
    best = found.x * USUAL
    print(f"usual doses: docetaxel {USUAL[0]:g} mg/m2, carboplatin AUC {USUAL[1]:g}: cure {cure(USUAL):.3f}")
    print(f"best doses:  docetaxel {best[0]:.1f} mg/m2, carboplatin AUC {best[1]:.2f}: cure {-found.fun:.3f}")
    return best


if __name__ == "__main__":
    main()
