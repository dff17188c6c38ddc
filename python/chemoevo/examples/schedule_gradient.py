"""Which change of a regimen would do most for cure?

The gradient of the cure probability by the numbers of the regimen: the dose of each drug, the length of infusions,
their start and the time between cycles, for a tumor of the lung that was resected before chemotherapy.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

import chemoevo as ce

SCENARIO = Path(__file__).parent / "nsclc_adjuvant.toml"


def main() -> pl.DataFrame:
    scenario = ce.Scenario.load(SCENARIO)
    table = ce.sensitivities(scenario, with_respect_to=["regimen", "surgery", "potencies"])
    print(f"Probability of cure after a year: {ce.cure_probability(scenario):.4f}")
    ranked = table.sort(pl.col("elasticity").abs(), descending=True)
    with pl.Config(tbl_rows=30, fmt_str_lengths=60, tbl_width_chars=120):
        print(ranked.select("parameter", "value", "derivative", "elasticity"))
    amounts = ranked.filter(pl.col("parameter").str.ends_with("amount"))
    for path, gain in amounts.select("parameter", "elasticity").iter_rows():
        drug = scenario.regimen.phases[0].doses[int(path[path.index("doses[") + 6])].drug
        print(f"1 % more {drug} makes cure {gain:.2f} % more likely.")
    return ranked


if __name__ == "__main__":
    main()
