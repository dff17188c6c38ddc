"""Hypothesis strategies: what drugs do to the marrow, and rules for doses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from chemoevo.pharmacology import DoseLevels, DoseRules, Figure, GrowthFactor, Neutropenia, Suppression
from chemoevo.pharmacology.dose import DoseUnit


@st.composite
def neutropenias(draw: st.DrawFn, *, drugs: Sequence[str] = ("docetaxel",), most_slope: float = 20.0) -> Neutropenia:
    """What each of some drugs does to the marrow: by a slope, or by Emax and EC50; sometimes with a growth factor.

    Parameters
    ----------
    drugs
        Names of the drugs, at least one.
    most_slope
        (1/uM) The largest slope.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> import chemoevo as ce
    >>> from chemoevo.testing import neutropenias
    >>> regimen = ce.Regimen.parse("docetaxel 75 mg/m2 over 1 h q21d x2")
    >>> @settings(deadline=None, max_examples=20)
    ... @given(neutropenias())
    ... def test(model):
    ...     table = ce.toxicity(regimen, patient=ce.Patient(bsa=1.8), model=model)
    ...     assert table["nadir"][0] <= model.circ0.value
    >>> test()
    """
    suppressions = []
    for name in drugs:
        form: dict[str, Any] = {"slope": draw(st.floats(1e-3, most_slope))}
        if draw(st.booleans()):
            form = {"emax": draw(st.floats(0.1, 100.0)), "ec50": draw(st.floats(0.1, 10.0))}
        suppressions.append(Suppression(drug=name, binding=draw(st.sampled_from(["total", "unbound"])), **form))
    start = draw(st.floats(0.0, 5.0))
    length = draw(st.floats(0.5, 10.0))
    factor = st.builds(GrowthFactor, speed=st.floats(0.5, 2.0), from_day=st.just(start), to_day=st.just(start + length))
    cv = st.none() | st.floats(0.05, 1.0)
    varies = st.builds(Figure, value=st.floats(50.0, 300.0), unit=st.just("h"), cv=cv)
    return Neutropenia(
        name="a set",
        circ0=draw(st.floats(2.0, 8.0)),
        mtt=draw(st.floats(50.0, 300.0) | varies),
        gamma=draw(st.floats(0.05, 0.4)),
        suppressions=suppressions,
        growth_factor=draw(st.none() | factor),
    )


@st.composite
def dose_rules(draw: st.DrawFn, *, drug: str = "docetaxel", unit: DoseUnit = "mg/m2", fever: bool = False) -> DoseRules:
    """Rules for doses, every part of them sometimes there and sometimes not.

    Parameters
    ----------
    drug, unit
        A drug that may have levels, and the unit of its doses.
    fever
        Whether fever may be drawn, so that a seed is asked for.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> import chemoevo as ce
    >>> from chemoevo.testing import dose_rules
    >>> regimen = ce.Regimen.parse("docetaxel 100 mg/m2 over 1 h q14d x3")
    >>> @settings(deadline=None, max_examples=20)
    ... @given(dose_rules())
    ... def test(rules):
    ...     given = regimen.realized(ce.Patient(bsa=1.8), rules=rules)
    ...     assert given.cycles <= 3 and given.drugs == ("docetaxel",)
    >>> test()
    """
    give_at = draw(st.floats(0.0, 3.0))
    low = draw(st.none() | st.tuples(st.floats(0.1, 2.0), st.sampled_from([0.0, 7.0]) | st.floats(0.0, 10.0)))
    factors = draw(st.sampled_from([[0.75], [0.8, 0.6], [0.75, 0.5, 0.25]]))
    levels = DoseLevels(drug=drug, amounts=draw(st.sampled_from([[100, 75, 60], [75, 55], [20]])), unit=unit)
    return DoseRules(
        name="rules",
        give_at=give_at,
        look_every_days=draw(st.sampled_from([1.0, 7.0]) | st.floats(0.5, 10.0)),
        wait_at_most_days=draw(st.sampled_from([0.0, 21.0]) | st.floats(0.0, 40.0)),
        give_less_at=draw(st.none() | st.just(give_at / 2)) if give_at > 0 else None,
        skip_below=draw(st.none() | st.floats(0.1, 2.0)),
        reduce_below=None if low is None else low[0],
        reduce_after_days=None if low is None else low[1],
        reduce_after_delay_days=draw(st.none() | st.just(0.0) | st.floats(0.0, 14.0)),
        fever_per_day=draw(st.floats(0.0, 0.5)) if fever else 0.0,
        factors=factors,
        levels=draw(st.just(()) | st.just((levels,))),
        at_lowest=draw(st.sampled_from(["stop", "give"])),
        limits=draw(st.booleans()),
    )
