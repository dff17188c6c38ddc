"""Arguments of the public functions, resolved."""

from __future__ import annotations

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.base.arguments import real_array, resolve_initial
from chemoevo.errors import Problems


def test_results_do_not_share_memory_with_arguments() -> None:
    initial, times = np.array([[3, 4]], dtype=np.int64), np.array([1.0, 2.0])
    birth = np.array([0.1, 0.2])
    process = ce.BranchingProcess(types=["S", "R"], birth=birth, death=[0.1, 0.1])
    ens = ce.simulate(process, initial=initial, times=times, seed=1)
    initial[:], times[:], birth[:] = 9, 9.0, 9.0
    assert ens.initial.tolist() == [[3, 4]]
    assert ens.times.tolist() == [1.0, 2.0]
    assert process.birth.tolist() == [[0.1, 0.2]]


def test_arrays_that_nobody_can_write_to_are_taken_as_they_are_everywhere() -> None:
    """What the core made is not copied; functions that compute with it leave it alone."""
    scenario = ce.scenarios.scenario("nsclc")
    made = scenario.rates.breakpoints
    assert not made.flags.writeable
    process = ce.BranchingProcess(types=["S"], birth=[0.2], death=np.full((len(made) + 1, 1), 0.1), breakpoints=made)
    ens = ce.simulate(process, initial={"S": 3}, times=made, seed=1)
    assert ens.times.tolist() == made.tolist() == process.breakpoints.tolist()
    assert np.isfinite(ce.survival_probability(process, initial={"S": 3}, times=made)).all()
    assert np.isfinite(ce.mean_counts(process, initial={"S": 3}, times=made)).all()


def test_only_what_stays_is_not_copied() -> None:
    problems = Problems()
    for given in (whole := np.arange(6.0), whole[2:], np.frombuffer(bytes(16)), np.broadcast_to(whole, (2, 6))):
        found = real_array(problems, "x", given)
        assert found is not None
        assert found.flags.writeable
        assert not np.shares_memory(found, given)
    frozen = whole.copy()
    frozen.flags.writeable = False
    # Whoever made it may write to it again.
    assert not np.shares_memory(real_array(problems, "x", frozen), frozen)
    made = ce.scenarios.scenario("nsclc").rates.death
    assert real_array(problems, "x", made) is made
    with pytest.raises(ValueError, match="cannot set WRITEABLE flag"):
        made.flags.writeable = True


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
