"""Arguments of the public functions, resolved."""

from __future__ import annotations

import numpy as np

import chemoevo as ce


def test_results_do_not_share_memory_with_arguments() -> None:
    initial, times = np.array([[3, 4]], dtype=np.uint64), np.array([1.0, 2.0])
    birth = np.array([0.1, 0.2])
    process = ce.BranchingProcess(types=["S", "R"], birth=birth, death=[0.1, 0.1])
    ens = ce.simulate(process, initial=initial, times=times, seed=1)
    initial[:], times[:], birth[:] = 9, 9.0, 9.0
    assert ens.initial.tolist() == [[3, 4]]
    assert ens.times.tolist() == [1.0, 2.0]
    assert process.birth.tolist() == [[0.1, 0.2]]
