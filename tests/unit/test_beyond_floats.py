"""Whole numbers that no float can hold are errors that name the field."""

from __future__ import annotations

from typing import Any

import pytest

import chemoevo as ce

HUGE = 10**400


@pytest.mark.parametrize("field", ["birth", "death", "breakpoints", "mutation"])
@pytest.mark.parametrize("sign", [1, -1])
def test_arrays(field: str, sign: int) -> None:
    given: dict[str, Any] = {"birth": [0.2], "death": [0.1]}
    given[field] = {("S", "S"): sign * HUGE} if field == "mutation" else [sign * HUGE]
    with pytest.raises(ce.ModelError, match=field):
        ce.BranchingProcess(types=["S"], **given)


@pytest.mark.parametrize("value", [HUGE, -HUGE])
def test_numbers(value: int) -> None:
    with pytest.raises(ce.ModelError, match="until"):
        ce.BranchingProcess.from_rates(types=["S"], rates=lambda _: ([0.1], [0.1]), until=value)
    process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    with pytest.raises(ce.ModelError, match="times"):
        ce.mean_counts(process, initial=[1], times=[value])


def test_beyond_64_bits_is_a_number() -> None:
    process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1], breakpoints=[])
    assert ce.mean_counts(process, initial=[1], times=[0]).ravel().tolist() == [1.0]
    assert ce.BranchingProcess(types=["S"], birth=[[0], [2**64]], death=[0], breakpoints=[1]).birth[1, 0] == 2.0**64
