"""Arguments of the public functions, resolved."""

from __future__ import annotations

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.base.arguments import resolve_initial


def test_results_do_not_share_memory_with_arguments() -> None:
    initial, times = np.array([[3, 4]], dtype=np.int64), np.array([1.0, 2.0])
    birth = np.array([0.1, 0.2])
    process = ce.BranchingProcess(types=["S", "R"], birth=birth, death=[0.1, 0.1])
    ens = ce.simulate(process, initial=initial, times=times, seed=1)
    initial[:], times[:], birth[:] = 9, 9.0, 9.0
    assert ens.initial.tolist() == [[3, 4]]
    assert ens.times.tolist() == [1.0, 2.0]
    assert process.birth.tolist() == [[0.1, 0.2]]


@pytest.mark.parametrize("types", [1, 2, 3, 7])
def test_the_sum_of_the_cells_is_held_to_its_limit_exactly(types: int) -> None:
    names = [f"T{i}" for i in range(types)]
    most = [2**62 // types] * types
    most[0] += 2**62 - sum(most)
    assert resolve_initial(names, most).tolist() == most
    assert resolve_initial(names, [[1] * types, most])[1].tolist() == most
    most[-1] += 1
    for cells in (most, [[1] * types, most]):
        with pytest.raises(ce.ModelError, match=r"2\*\*62"):
            resolve_initial(names, cells)
