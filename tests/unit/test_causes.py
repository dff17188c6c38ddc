"""From whom a relapse comes: against closed forms and simulated clones."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

import chemoevo as ce

mp.mp.dps = 30
PROCESS = ce.BranchingProcess(
    types=["S", "R"], birth=[0.2, 0.3], death=[0.4, 0.25], mutation={("S", "R"): 0.02}, switching={("R", "S"): 0.05}
)
INITIAL, TIME = {"S": 30, "R": 3}, 8.0


def shares(causes: ce.Causes) -> np.ndarray:
    return np.array([causes.preexisting_alone, causes.acquired_alone, causes.both, causes.neither])


def test_simulated_clones_agree() -> None:
    """Within 4.9 standard errors: a false alarm of 1e-6 per check. Planted: old and new lines confused."""
    n = 20_000
    ens = ce.simulate(PROCESS, initial=INITIAL, times=[TIME], replicates=n, seed=4, record="clones")
    columns = ("replicate", "clone_id", "parent_id", "type", "extinct_at")
    root: dict[tuple[int, int], str] = {}
    seen = np.zeros((n, 3), dtype=bool)  # descendants of R; resistant ones of S; others of S
    for replicate, clone, parent, kind, extinct in ens.clones.select(columns).iter_rows():
        origin = kind if parent is None else root[replicate, parent]
        root[replicate, clone] = origin
        if extinct is None:
            seen[replicate, 0 if origin == "R" else 1 if kind == "R" else 2] = True
    old, new, rest = seen.T
    events = np.stack([old & ~new, new & ~old, old & new, rest & ~old & ~new], axis=1)
    causes = ce.cause_of_relapse(PROCESS, resistant=["R"], initial=INITIAL, time=TIME)
    want = shares(causes)
    error = np.sqrt(want * (1 - want) / n)
    assert (want > 0.01).all()
    assert (np.abs(events.mean(axis=0) - want) < 4.9 * error).all()
    assert (np.abs(events.mean(axis=0)[[1, 0, 2, 3]] - want) > 4.9 * error).any()
    first = (new | rest) & ~old
    assert abs(first.mean() - causes.from_type_alone["S"]) < 4.9 * np.sqrt(first.mean() / n)


@pytest.mark.parametrize("initial", [{"S": 30, "R": 3}, {"S": 10**12}, {"R": 1}, {}])
def test_shares_add_up_and_are_what_the_other_questions_say(initial) -> None:
    causes = ce.cause_of_relapse(PROCESS, resistant=["R"], initial=initial, time=TIME)
    alive = ce.survival_probability(PROCESS, initial=initial, times=[TIME])[0]
    assert causes.relapse == alive
    assert shares(causes).sum() == pytest.approx(alive, rel=1e-12)
    sensitive = {"S": initial.get("S", 0)}
    assert causes.acquired == ce.presence_probability(PROCESS, types=["R"], initial=sensitive, times=[TIME])[0]
    assert causes.from_type["R"] == causes.preexisting
    assert 0.0 <= causes.from_type_alone["R"] <= causes.from_type["R"]


def test_rare_causes_keep_their_digits() -> None:
    """1e12 cells of which one survives with 1e-27, next to one resistant cell: products of closed forms."""
    process = ce.BranchingProcess(types=["S", "R"], birth=[0.1, 0.2], death=[0.9, 0.2])
    causes = ce.cause_of_relapse(process, resistant=["R"], initial={"S": 10**12, "R": 1}, time=77.0)
    e, t = mp.exp((mp.mpf(0.9) - mp.mpf(0.1)) * 77), mp.mpf(77)
    single = 1 / (e + mp.mpf(0.1) * (e - 1) / (mp.mpf(0.9) - mp.mpf(0.1)))
    sensitive, resistant = -mp.expm1(10**12 * mp.log1p(-single)), 1 / (1 + mp.mpf(0.2) * t)
    assert sensitive < 1e-14
    assert causes.neither == pytest.approx(float(sensitive * (1 - resistant)), rel=1e-10)
    assert causes.from_type_alone["S"] == pytest.approx(float(sensitive * (1 - resistant)), rel=1e-10)
    assert causes.preexisting_alone == pytest.approx(float(resistant), rel=1e-10)
    assert (causes.acquired, causes.both) == (0.0, 0.0)


def test_cells_that_never_die_and_shapes() -> None:
    process = ce.BranchingProcess(types=["S", "R"], birth=[0.1, 0.1], death=[0.0, 0.0])
    causes = ce.cause_of_relapse(process, resistant=["R"], initial=[[1, 1], [1, 0], [0, 0]], time=5.0)
    assert causes.relapse.tolist() == [1.0, 1.0, 0.0]
    assert causes.from_type_alone["S"].tolist() == [0.0, 1.0, 0.0]
    assert causes.neither.tolist() == [0.0, 1.0, 0.0]


def test_wrong_values_are_all_named_in_one_error() -> None:
    rival = ce.BranchingProcess(types=["S"], birth=[0.3], death=[0.2], competition=ce.Logistic(capacity=100))
    with pytest.raises(ce.ModelError) as error:
        ce.cause_of_relapse(rival, resistant=["T"], initial=[-1], time=float("nan"))
    for words in ("competition", "simulate", "resistant[0]", "initial[0]", "time must"):
        assert words in str(error.value)
