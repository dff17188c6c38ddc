"""What does the tolerance of leaping buy, and what does it cost?

Three steps of mutation in a population that only grows, which is hardest on the nodes that founders are put on: the
means of many replicates against the exact ones.
"""

import numpy as np

import chemoevo as ce

TYPES = ["A", "B", "C", "D"]
process = ce.BranchingProcess(
    types=TYPES,
    birth=[1.0] * 4,
    death=[0.0] * 4,
    mutation={("A", "B"): 0.01, ("B", "C"): 0.01, ("C", "D"): 0.01},
)
initial, day, replicates = {"A": 10**13}, 2.0, 400
exact = ce.mean_counts(process, initial=initial, times=[day])[0]

print("tolerance   relative error of the mean (its standard error) of B, C, D   steps")
for tolerance in (1e-2, 1e-3, 1e-4, 1e-6):
    ens = ce.simulate(
        process, initial=initial, times=[day], replicates=replicates, seed=3, engine="leap", tolerance=tolerance
    )
    cells = ens.final.astype(float)
    error = cells.mean(axis=0) / exact - 1.0
    noise = cells.std(axis=0, ddof=1) / np.sqrt(replicates) / exact
    shown = "   ".join(f"{e:+.1e} ({n:.0e})" for e, n in zip(error[1:], noise[1:], strict=True))
    print(f"{tolerance:9.0e}   {shown}   {float(np.mean(ens.ends['steps'].to_numpy())):5.0f}")
