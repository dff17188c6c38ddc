"""Stops that are tried again: what can never come is refused, what hardly ever comes ends by a limit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.ensemble.reachable import never


def process(**changes: Any) -> ce.BranchingProcess:
    """S divides, R and Q do not; nothing leads anywhere."""
    plain: dict[str, Any] = {"types": ["S", "R", "Q"], "birth": [0.1, 0.0, 0.0], "death": [0.2, 0.1, 0.1]}
    return ce.BranchingProcess(**{**plain, **changes})


def reasons(of: list[str], size: int, initial: dict[str, int], end: float = 10.0, **changes: Any) -> list[str]:
    made = process(**changes)
    cells = np.array([[initial.get(name, 0) for name in made.types]], dtype=np.uint64)
    return list(never(made, cells, size, of, end))


DEAD = {"S": 0.0, "R": 0.0, "Q": 0.0}
LATER = {"breakpoints": [5.0]}


@pytest.mark.parametrize(
    ("expected", "of", "size", "initial", "changes"),
    [
        ("no cell of R", ["R"], 1, {"S": 1}, {}),
        ("no cell of R", ["R"], 1, {"S": 1}, {"mutation": {("R", "S"): 0.1}}),
        # Q would found R, but does not divide.
        ("no cell of R", ["R"], 1, {"S": 1, "Q": 1}, {"mutation": {("Q", "R"): 0.1}}),
        ("no cell of R", ["R", "Q"], 1, {"S": 1}, {"pulses": [ce.Pulse(time=1.0, survival=DEAD)]}),
        # The way is open only after all have died, or only after the horizon.
        (
            "no cell of R",
            ["R"],
            1,
            {"S": 1},
            {"switching": {("S", "R"): [0.0, 1.0]}, "pulses": [ce.Pulse(time=1.0, survival=DEAD)], **LATER},
        ),
        ("no cell of R", ["R"], 1, {"S": 1}, {"switching": {("S", "R"): [0.0, 1.0]}, "breakpoints": [10.0]}),
        # From S to Q only later, from Q to R only before.
        (
            "no cell of R",
            ["R"],
            1,
            {"S": 1},
            {"switching": {("S", "Q"): [0.0, 1.0], ("Q", "R"): [1.0, 0.0]}, **LATER},
        ),
        ("no type divides", ["R"], 4, {"R": 2, "Q": 1}, {"switching": {("Q", "R"): 0.1}}),
        ("no type divides", ["S", "R", "Q"], 4, {"R": 2, "Q": 1}, {}),
        # R was there, and is gone before S can divide.
        (
            "what divides leaves no cell of R",
            ["R"],
            5,
            {"R": 1, "S": 1},
            {"pulses": [ce.Pulse(time=0.0, survival={"R": 0.0})]},
        ),
    ],
)
def test_what_can_never_come_is_seen(
    expected: str, of: list[str], size: int, initial: dict[str, int], changes: dict[str, Any]
) -> None:
    (reason,) = reasons(of, size, initial, **changes)
    assert expected in reason


@pytest.mark.parametrize(
    ("of", "size", "initial", "changes"),
    [
        (["S"], 10**9, {"S": 1}, {}),
        (["R"], 1, {"S": 1}, {"mutation": {("S", "R"): 1e-300}}),
        (["R"], 10**6, {"S": 1}, {"mutation": {("S", "Q"): 1e-9}, "switching": {("Q", "R"): 1e-9}}),
        (["R"], 3, {"R": 2, "Q": 1}, {"switching": {("Q", "R"): 0.1}}),
        (["R"], 1, {"S": 1}, {"switching": {("S", "Q"): [1.0, 0.0], ("Q", "R"): [0.0, 1.0]}, **LATER}),
        (["R"], 1, {"S": 1}, {"switching": {("S", "R"): 1.0}, "pulses": [ce.Pulse(time=1.0, survival=DEAD)]}),
        (["R"], 1, {"S": 1}, {"switching": {("S", "R"): 1.0}, "pulses": [ce.Pulse(time=10.0, survival=DEAD)]}),
        # At time 0 a state is looked at before its pulse.
        (["R"], 1, {"R": 1}, {"pulses": [ce.Pulse(time=0.0, survival=DEAD)]}),
        # All of the 1e18 cells there can be: rounding refuses none.
        (["R"], 10**18 + 1, {"R": 10**18, "Q": 1}, {"switching": {("Q", "R"): 0.1}}),
    ],
)
def test_what_may_come_is_not_refused(
    of: list[str], size: int, initial: dict[str, int], changes: dict[str, Any]
) -> None:
    assert reasons(of, size, initial, **changes) == []


def test_many_intervals_of_many_types_are_seen_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chemoevo.ensemble.reachable._MOST_WORK", 0)
    assert reasons(["R"], 1, {"S": 1}, switching={("R", "S"): 1.0}) != []
    # Too late, and yet not refused: the order of intervals is not looked at.
    assert reasons(["R"], 1, {"S": 1}, switching={("S", "Q"): [0.0, 1.0], ("Q", "R"): [1.0, 0.0]}, **LATER) == []


def test_retry_is_refused_where_no_attempt_arrives() -> None:
    stop = ce.Stop(size=1, of=["R"], retry=True)
    message = r"stop\.size is never reached: no cell of R can come .*stop\.retry would try for ever"
    with pytest.raises(ce.ModelError, match=message):
        ce.simulate(process(), initial={"S": 1}, times=[1e3], stop=stop)
    # Of two rows one can.
    with pytest.raises(ce.ModelError, match=message):
        ce.simulate(process(), initial=[[1, 0, 0], [0, 1, 0]], times=[1e3], stop=stop)


@pytest.mark.parametrize("engine", ["direct", "bnb", "leap"])
@pytest.mark.parametrize("record", ["counts", "clones"])
def test_attempts_end_at_their_limit(engine: Any, record: Any) -> None:
    if (engine, record) == ("leap", "clones"):
        pytest.skip("cohorts know no clones")
    one = ce.BranchingProcess(types=["S"], birth=[0.5], death=[1.0])
    # With 1000 cells in 1 of about 2^1000 attempts.
    ens = ce.simulate(
        one,
        initial={"S": 1},
        times=[1.0, 1e9],
        replicates=3,
        seed=1,
        engine=engine,
        record=record,
        stop=ce.Stop(size=1000, retry=True),
        limits=ce.Limits(attempts=50),
        threads=1,
    )
    assert ens.outcomes["outcome"].to_list() == ["attempt_limit"] * 3
    assert ens.outcomes["rejected"].to_list() == [50] * 3
    assert not ens.final.any()
    assert ens.replicate(1).outcomes.row(0) == ens.outcomes.row(1)


def test_the_default_of_attempts_cuts_no_tumor() -> None:
    clinical = ce.BranchingProcess(types=["S"], birth=[0.139], death=[0.1313])
    one = ce.survival_probability(clinical, initial={"S": 1}, times=[1e5])[0]
    assert ce.Limits().attempts * np.log1p(-one) < np.log(1e-100)
    run: dict[str, Any] = {"initial": {"S": 1}, "times": [1e5], "seed": 1, "stop": ce.Stop(size=100, retry=True)}
    few, many = (ce.simulate(clinical, replicates=50, limits=ce.Limits(attempts=n), **run) for n in (20, 10**6))
    assert set(few.outcomes["outcome"]) == {"stopped", "attempt_limit"}
    assert set(many.outcomes["outcome"]) == {"stopped"}
    met = (few.outcomes["outcome"] == "stopped").to_numpy()
    rejected = many.outcomes["rejected"].to_numpy()
    assert (met == (rejected < 20)).all()


@pytest.mark.parametrize("attempts", [0, 1.5, -1])
def test_attempts_are_a_whole_number(attempts: float) -> None:
    with pytest.raises(ce.ModelError, match=r"limits\.attempts"):
        ce.Limits(attempts=attempts)
