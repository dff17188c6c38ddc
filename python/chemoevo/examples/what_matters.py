"""Which parameter decides whether a treatment cures?

A tumor of 1e8 cells goes through six cycles of a drug. The gradient of the cure probability by every rate, and by the
dose, costs one sweep back and one forth; its elasticities rank what is worth measuring, and what is worth changing.
"""

from __future__ import annotations

import numpy as np
import polars as pl

import chemoevo as ce

CYCLES, DAYS, STEPS = 6, 21, 84


def kill(dose: float) -> tuple[np.ndarray, np.ndarray]:
    """Kill rate (per day) of the sensitive type on a grid of a quarter of a day, and its derivative by the dose."""
    day = (np.arange(STEPS) + 0.5) * DAYS / STEPS
    exposure = np.tile(dose * np.exp(-day / 1.5), CYCLES)
    return 2.5 * exposure / (1 + exposure), 2.5 * exposure / dose / (1 + exposure) ** 2


def process(dose: float) -> ce.BranchingProcess:
    rate = kill(dose)[0]
    return ce.BranchingProcess(
        types=["sensitive", "resistant"],
        birth=[[0.14, 0.12]] * len(rate),
        death=np.stack([0.10 + rate, np.full(len(rate), 0.10)], axis=1),
        mutation={("sensitive", "resistant"): 1e-7},
        breakpoints=np.arange(1, len(rate)) * DAYS / STEPS,
    )


def main(dose: float = 3.0) -> pl.DataFrame:
    slope = np.stack([kill(dose)[1], np.zeros(CYCLES * STEPS)], axis=1)
    cells, end = {"sensitive": 10**8, "resistant": 3}, float(CYCLES * DAYS)
    model = process(dose)
    table = ce.sensitivities(
        model,
        question="extinction",
        initial=cells,
        time=end,
        with_respect_to=["birth", "death", "mutation", "initial"],
        parameters={"dose": {"death": slope}},
    )
    # The table knows the derivative by the dose; its elasticity needs the dose itself.
    by_dose = pl.when(pl.col("parameter") == "dose").then(pl.col("log_derivative") * dose)
    table = table.with_columns(by_dose.otherwise(pl.col("elasticity")).alias("elasticity"))
    cure = ce.extinction_probability(model, initial=cells, times=[end])[0]
    print(f"Probability that no cell is left after {end:.0f} days: {cure:.4f}")
    ranked = table.sort(pl.col("elasticity").abs(), descending=True, nulls_last=True)
    with pl.Config(tbl_rows=20):
        print(ranked.select("parameter", "value", "derivative", "elasticity"))
    return ranked


if __name__ == "__main__":
    main()
