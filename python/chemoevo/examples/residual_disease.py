"""How small must residual disease be for a therapy to cure?

After a resection some sensitive cells are left, and each of them, while the therapy works, can still yield a resistant
clone. The backward equations give the probability that no cell is left after a year for any residual at once, and each
is checked by simulation.
"""

from __future__ import annotations

import chemoevo as ce

YEAR = 365.0  # days
REPLICATES = 2000

therapy = ce.BranchingProcess(
    types=["sensitive", "resistant"],
    birth=[0.139, 0.139],
    death=[[0.20, 0.1313], [0.1313, 0.1313]],
    mutation={("sensitive", "resistant"): 1e-6},
    breakpoints=[300.0],  # the therapy ends
)

if __name__ == "__main__":
    print("residual cells   cured (backward equations)   cured (simulation, Wilson interval)")
    for residual in (10**3, 10**4, 10**5, 10**6, 10**7):
        initial = {"sensitive": residual}
        cured = ce.extinction_probability(therapy, initial=initial, times=[YEAR])[0]
        runs = ce.simulate(therapy, initial=initial, times=[YEAR], replicates=REPLICATES, seed=1)
        total = runs.summary().filter(type="total")
        low, high = total["absent_low"][0], total["absent_high"][0]
        print(f"{residual:14.0e}   {cured:26.4f}   {total['absent'][0]:.4f} ({low:.4f} to {high:.4f})")
