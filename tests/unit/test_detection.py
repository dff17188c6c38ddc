"""Absence of types in a tumor grown to a size, against closed forms and against simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.analytic.grown.detection import absence_law

B, D = 0.14, 0.13


def two_types(u: float = 1e-9, **rates: float) -> ce.BranchingProcess:
    return ce.BranchingProcess(
        types=["S", "R"],
        birth=[B, rates.get("birth", B)],
        death=[D, rates.get("death", D)],
        mutation={("S", "R"): u},
    )


def test_detection_law_of_neutral_mutants_is_iwasas() -> None:
    # Iwasa, Nowak & Michor (2006): exp(-u M F), F = -ln(s)/(1 - s), s = 1 - d/b; u M is taken out of the growth rate
    # here, which changes the exponent by b u / (b - d), relatively 1e-8.
    s = 1.0 - D / B
    law = absence_law(two_types(), types=["R"], size=1e9)
    assert law.founders == pytest.approx(-math.log(s) / (1.0 - s), rel=3e-8)
    assert law.quadrature_error < 1e-10 * law.founders


def test_detection_law_of_mutants_that_never_die() -> None:
    # Komarova & Wodarz (2005): exp(-u M b / (b - d)) with every mutant that is ever born still alive.
    law = absence_law(two_types(death=0.0), types=["R"], size=1e9)
    assert law.founders == pytest.approx(B / (B - D), rel=3e-8)


def test_detection_law_counts_cells_that_mutate_after_detection() -> None:
    # Rates do not change at detection: the tumor 100 days later is a tumor detected later at a larger size.
    process = two_types(1e-10)
    later = absence_law(process, types=["R"], size=1e9, therapy=process, horizon=100.0)
    larger = absence_law(process, types=["R"], size=1e9 * math.exp((B * (1.0 - 1e-10) - D) * 100.0))
    own = absence_law(process, types=["R"], size=larger_size(100.0))
    assert larger.log == pytest.approx(own.log, rel=1e-12)
    # M cells at detection have not exactly M e^{rt} descendants, so the agreement is that of large M.
    assert later.log == pytest.approx(larger.log, rel=1e-6)


def larger_size(days: float) -> float:
    return 1e9 * math.exp((B * (1.0 - 1e-10) - D) * days)


def test_detection_law_of_cure_keeps_its_digits() -> None:
    harmless = ce.BranchingProcess(types=["S", "R"], birth=[B, B], death=[2.0, D], mutation={("S", "R"): 1e-9})
    law = absence_law(two_types(), types=["S", "R"], size=1e12, therapy=harmless, horizon=50.0)
    assert law.value == 0.0
    assert math.isfinite(law.log)
    assert law.log < -100.0


def test_detection_law_ignores_therapy_at_detection() -> None:
    surgery = ce.BranchingProcess(
        types=["S", "R"], birth=[B, B], death=[D, D], pulses=[ce.Pulse(time=0.0, survival={"S": 0.0, "R": 0.0})]
    )
    process = two_types()
    assert absence_law(process, types=["R"], size=1e9, therapy=surgery) == absence_law(process, types=["R"], size=1e9)


def test_detection_law_agrees_with_simulation() -> None:
    # Two steps, S -> A -> AB, so that the law of the second needs the backward equations inside the first.
    process = ce.BranchingProcess(
        types=["S", "A", "AB"],
        birth=[B, 0.95 * B, B],
        death=[D, D * 0.9, D],
        mutation={("S", "A"): 1e-5, ("A", "AB"): 5e-6, ("S", "AB"): 3e-9},
    )
    size, n = 1e7, 1500
    ens = ce.simulate(
        process, initial={"S": 1}, times=[20_000.0], stop=ce.Stop(size=size, retry=True), replicates=n, seed=4
    )
    absent = float((ens.final[:, 2] == 0).mean())
    law = absence_law(process, types=["AB"], size=size).value
    assert 0.2 < law < 0.8
    assert abs(absent - law) < 4.9 * math.sqrt(law * (1.0 - law) / n)
    # Planted bug: two mutated daughters a division double the exponent.
    assert abs(absent - law**2) > 4.9 * math.sqrt(law * (1.0 - law) / n)


@pytest.mark.parametrize(
    ("process", "message"),
    [
        (ce.BranchingProcess(types=["S"], birth=[0.1], death=[0.1]), "must grow"),
        (ce.BranchingProcess(types=["S"], birth=[[0.2], [0.1]], death=[0.1], breakpoints=[3.0]), "constant rates"),
    ],
)
def test_detection_law_refuses_what_it_does_not_hold_for(process: ce.BranchingProcess, message: str) -> None:
    with pytest.raises(ce.ModelError, match=message):
        absence_law(process, types=["S"], size=1e6)


def test_detection_law_refuses_other_types_in_therapy() -> None:
    other = ce.BranchingProcess(types=["S", "Q"], birth=[B, B], death=[D, D])
    with pytest.raises(ce.ModelError, match="same order"):
        absence_law(two_types(), types=["R"], size=1e6, therapy=other, horizon=1.0)


def test_detection_law_of_unknown_type_is_refused() -> None:
    with pytest.raises(ce.ModelError, match="Did you mean"):
        absence_law(ce.BranchingProcess(types=["sensitive"], birth=[B], death=[D]), types=["sensitiv"], size=1e6)


def test_detection_law_has_float_fields() -> None:
    law = absence_law(two_types(), types=["R"], size=1e9)
    assert type(law.log) is float
    assert not isinstance(law.log, np.floating)
