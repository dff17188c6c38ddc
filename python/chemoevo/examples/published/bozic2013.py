"""Two targeted drugs at once: how likely a lesion comes back (Bozic et al. 2013), by the backward equations."""

from __future__ import annotations

from collections.abc import Mapping

import chemoevo as ce

TYPES = ["00", "10", "01", "1+1", "11"]
"""By resistance: to none, to drug 1, to drug 2, to both by two mutations, to both by one."""


def reproduce(parameters: Mapping[str, float]) -> dict[str, float]:
    u, each = parameters["point_mutation"], parameters["sites_of_each"]
    net, decline = parameters["net_growth"], parameters["decline"]

    def failure(
        size: float, both: float, birth: float = parameters["birth"], cost: float = 0.0, drugs: str = "both"
    ) -> float:
        """Probability that cells are left for ever after growth to `size` cells and therapy."""
        mutation = {
            ("00", "10"): each * u,
            ("00", "01"): each * u,
            ("00", "11"): both * u,
            ("10", "1+1"): (each + both) * u,
            ("01", "1+1"): (each + both) * u,
        }
        death = birth - net
        # A mutation takes the share `cost` of the net growth rate, by a lower division rate.
        births = [death + net * (1.0 - cost) ** mutations for mutations in (0, 1, 1, 2, 1)]
        growth = ce.BranchingProcess(types=TYPES, birth=births, death=[death] * 5, mutation=mutation)
        hit = [True, drugs != "one", True, False, False]
        if drugs == "suppressing":  # the same decline, by fewer divisions in place of more deaths
            births, deaths = (
                [death - decline if struck else b for b, struck in zip(births, hit, strict=True)],
                [death] * 5,
            )
        else:
            deaths = [b + decline if struck else death for b, struck in zip(births, hit, strict=True)]
        therapy = ce.BranchingProcess(types=TYPES, birth=births, death=deaths, mutation=mutation)
        return 1.0 - float(ce.ultimate_extinction_probability(therapy, initial=ce.GrownTo(growth, size=size)))

    found = {}
    for size, cells in (("small_lesion", "1e9"), ("large_lesion", "1e11")):
        for rate, b in (("birth", "0.14"), ("fast_birth", "1")):
            for both, n12 in ((0.0, 0), (parameters["sites_of_both"], 1)):
                for cost, percent in (("", 0), ("low_cost", 1), ("middle_cost", 5), ("high_cost", 10)):
                    name = f"failure: {cells} cells, b {b}, n12 {n12}, cost {percent} %"
                    found[name] = failure(parameters[size], both, parameters[rate], parameters[cost] if cost else 0.0)
    one = parameters["sites_of_both"]
    small, n22 = parameters["small_lesion"], parameters["lesion_of_n22"]
    return found | {
        "failure of both at once: 1e9 cells, n12 1": failure(small, one),
        "cure by both at once: 1e9 cells, n12 0": 1.0 - failure(small, 0.0),
        "cure if division is suppressed: 1e9 cells, n12 1": 1.0 - failure(small, one, drugs="suppressing"),
        "failure in patient N22, one drug": failure(n22, one, drugs="one"),
        "failure in patient N22, n12 1": failure(n22, one),
        "failure in patient N22, n12 0": failure(n22, 0.0),
    }
