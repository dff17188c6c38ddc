"""Which of what differs between patients and tumors decides about cure? Sobol indices, without any simulation."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from scipy import stats

import chemoevo as ce

# Chosen: between patients the clearance of docetaxel varies by 29 % (Koolen et al. 2010, as in its data file).
LAWS = {
    "patient.factors[docetaxel].clearance": stats.lognorm(0.29),
    "patient.factors[carboplatin].clearance": stats.lognorm(0.2),
    "surgery.residual_cells": stats.loguniform(40, 4000),
}


def main(n: int = 64) -> pl.DataFrame:
    cure = ce.evaluator(ce.Scenario.load(Path(__file__).parent / "nsclc_adjuvant.toml"), LAWS, ask="cure")
    # scipy wants one column per point; n (parameters + 2) points are answered.
    found = stats.sobol_indices(func=lambda x: cure(x.T), n=n, dists=list(LAWS.values()), rng=1)
    table = pl.DataFrame({"parameter": list(LAWS), "first_order": found.first_order, "total": found.total_order})
    print("Shares of the variance of cure:")
    print(table.sort("total", descending=True))
    return table


if __name__ == "__main__":
    main()
