"""The numbers that a seed gives do not change unnoticed.

This says nothing about truth, which the statistical tests judge. A change of the numbers is legal between versions and
belongs in the changelog; then write the new ones with ``python -m tests.interface.test_value_stability``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

import chemoevo as ce
from tests.statistical.models import BY_NAME
from tests.statistical.test_competition import COMPETITIONS, EVERYTHING
from tests.statistical.test_leaping import MODELS

VALUES = Path(__file__).parents[1] / "data" / "value_stability.json"
NAMES = ("supercritical", "piecewise-two-types", "everything", "three-loci")
ENGINES = ("direct", "bnb")


def numbers_of(name: str, engine: str) -> dict[str, Any]:
    """A few replicates with and without a stop, and a continuation, as plain data."""
    model = BY_NAME[name]
    arguments: dict[str, Any] = {"times": list(model.times), "seed": 20240229, "engine": engine}
    first = ce.simulate(model.process, initial=dict(model.initial), replicates=range(2, 5), **arguments)
    second = ce.simulate(model.process, initial=first, **arguments)
    stopped = ce.simulate(
        model.process,
        initial=dict(model.initial),
        replicates=3,
        stop=ce.Stop(size=40, retry=True),
        **arguments,
    )
    return {
        key: {"counts": ens.counts.tolist(), "time": ens.outcomes["time"].to_list()}
        for key, ens in (("first", first), ("second", second), ("stopped", stopped))
    }


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms round the last digits of functions otherwise")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_numbers_of_a_seed_are_kept(name: str, engine: str) -> None:
    kept = json.loads(VALUES.read_text())[name][engine]
    got = numbers_of(name, engine)
    for key, expected in kept.items():
        assert got[key]["counts"] == expected["counts"], key
        # Times pass through logarithms, whose last digit may differ between C libraries.
        assert got[key]["time"] == pytest.approx(expected["time"], rel=1e-13)


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms round the last digits of functions otherwise")
def test_numbers_of_a_seed_are_kept_under_competition() -> None:
    found = {}
    for name, competition in COMPETITIONS.items():
        process = EVERYTHING.but(competition=competition).process
        ens = ce.simulate(
            process, initial=dict(EVERYTHING.initial), times=[3, 30], seed=20240229, replicates=range(2, 4)
        )
        found[name] = ens.counts.tolist()
    assert found == {
        "logistic": [[[5, 0, 1], [2, 21, 1]], [[1, 1, 2], [1, 7, 7]]],
        "gompertz": [[[6, 7, 4], [6, 16, 3]], [[6, 1, 7], [8, 8, 1]]],
        "lotka-volterra": [[[4, 2, 4], [0, 18, 1]], [[8, 4, 4], [1, 20, 0]]],
    }


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms round the last digits of functions otherwise")
def test_numbers_of_a_seed_are_kept_where_cohorts_leap() -> None:
    found = {}
    for name in ("growing", "niches"):
        model = next(m for m in MODELS if m.name == name)
        ens = ce.simulate(
            model.process,
            initial=dict(model.initial),
            times=[3.0],
            seed=20240229,
            replicates=range(2, 4),
            engine="leap",
        )
        assert not ens.exact
        found[name] = ens.final.tolist()
    assert found == {
        "growing": [[20589, 1713], [20658, 1658]],
        "niches": [[4384, 1552, 124, 47], [4551, 1434, 119, 30]],
    }


if __name__ == "__main__":
    table = {name: {engine: numbers_of(name, engine) for engine in ENGINES} for name in NAMES}
    VALUES.write_text(json.dumps(table, separators=(",", ":")) + "\n")
