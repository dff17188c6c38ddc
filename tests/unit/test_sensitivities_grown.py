"""Derivatives for tumors found at a size, against differences of the law itself and its limit without mutants."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chemoevo as ce

GROWTH = ce.BranchingProcess(
    types=["S", "A", "B", "AB"],
    birth=[0.14, 0.14, 0.13, 0.13],
    death=[0.1, 0.1, 0.1, 0.1],
    mutation={("S", "A"): 1e-7, ("S", "B"): 3e-7, ("A", "AB"): 1e-4, ("B", "AB"): 1e-4},
)
SIZE = 1e6


def treated(kill=0.9, birth=0.14, u=1e-6, pulse=0.5, change=20.0, weak=0.02):
    return ce.BranchingProcess(
        types=GROWTH.types,
        birth=[[birth] * 4] * 2,
        death=[[0.1 + kill, 0.1 + 0.5 * kill, 0.1 + weak, 0.12], [0.1 + kill, 0.1 + weak, 0.3, 0.15]],
        breakpoints=[change],
        mutation={("S", "A"): u, ("B", "AB"): 10 * u},
        pulses=[ce.Pulse(time=5.0, survival={"S": pulse})],
    )


def log_absence(types, *, size=SIZE, time=90.0, **change):
    found = ce.absence_probability(treated(**change), types=types, initial=ce.GrownTo(GROWTH, size=size), times=[time])
    return math.log(found[0])


def difference(types, name, value):
    """Of fourth order, in steps of a thousandth: right to some 1e-9."""
    h = 1e-3 * value
    far = [log_absence(types, **{name: value + k * h}) for k in (-2, -1, 1, 2)]
    return (far[0] - far[3] + 8 * (far[2] - far[1])) / (12 * h)


PARAMETERS = {
    "kill": (0.9, {"death": [[1, 0.5, 0, 0], [1, 0, 0, 0]]}),
    "weak": (0.02, {"death": [[0, 0, 1, 0], [0, 1, 0, 0]]}),
    "birth": (0.14, {"birth": [1, 1, 1, 1]}),
    "u": (1e-6, {"mutation": {("S", "A"): 1, ("B", "AB"): 10}}),
    "pulse": (0.5, {"pulses": [{"S": 1}]}),
    "change": (20.0, {"breakpoints": [1]}),
    "time": (90.0, {"time": 1}),
    "size": (SIZE, None),
}


@pytest.mark.parametrize("types", [["S", "A", "B", "AB"], ["AB"]], ids=["cure", "one type"])
def test_differences_of_the_law(types: list[str]) -> None:
    table = ce.sensitivities(
        treated(),
        question="absence",
        types=types,
        initial=ce.GrownTo(GROWTH, size=SIZE),
        time=90.0,
        parameters={name: entries for name, (_, entries) in PARAMETERS.items() if entries},
    )
    found = dict(zip(table["parameter"], table["log_derivative"], strict=True))
    found["size"] = found["initial.size"]
    for name, (value, _) in PARAMETERS.items():
        assert found[name] == pytest.approx(difference(types, name, value), rel=1e-6), name
    # Without the lineages founded before detection (a bug to be seen) the derivative is another.
    plain = ce.sensitivities(
        treated(),
        question="absence",
        types=types,
        initial={"S": int(SIZE)},
        time=90.0,
        parameters={"weak": PARAMETERS["weak"][1]},
    )
    weak = plain.to_dicts()[-1]
    assert abs(weak["log_derivative"] / found["weak"] - 1) > 1e-2


def test_elasticity_of_the_size_is_the_logarithm() -> None:
    ask = {"initial": ce.GrownTo(GROWTH, size=SIZE), "time": 90.0, "with_respect_to": ["initial"]}
    cure = ce.sensitivities(treated(), **ask).to_dicts()
    assert [row["parameter"] for row in cure] == ["initial.size"]
    assert cure[0]["elasticity"] == pytest.approx(log_absence(GROWTH.types), rel=1e-10)
    alive = ce.sensitivities(treated(), question="survival", **ask)["derivative"][0]
    assert alive == pytest.approx(-cure[0]["derivative"], rel=1e-12)


def test_bad_input() -> None:
    process = treated()

    def ask(initial, **more):
        return ce.sensitivities(process, initial=initial, time=90.0, **more)

    with pytest.raises(ce.ModelError, match=r"initial\.size.*one size"):
        ask(ce.GrownTo(GROWTH, size=[1e6, 1e7]))
    with pytest.raises(ce.ModelError, match="no derivatives for tumors of an age"):
        ask(ce.GrownFor(GROWTH, days=300.0))
    with pytest.raises(ce.ModelError, match=r"must be left out: the tumor is found at a size"):
        ask(ce.GrownTo(GROWTH, size=1e6), parameters={"dose": {"initial": {"S": 1.0}}})
    immortal = ce.BranchingProcess(types=GROWTH.types, birth=[0.1] * 4, death=np.array([0.2, 0.2, 0.2, 0.0]))
    with pytest.raises(ce.ModelError, match="one cell of 'AB': the probability is exactly 0"):
        ce.sensitivities(immortal, initial=ce.GrownTo(GROWTH, size=1e6), time=90.0)
