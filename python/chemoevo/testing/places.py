"""Hypothesis strategies: niches, phenotypes, and what a tumor says of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from chemoevo.resistance.alterations import Alteration, Change
from chemoevo.resistance.cell_types import Place
from chemoevo.resistance.niches import Access, Migration, Niche
from chemoevo.resistance.phenotypes import LateDeath, Phenotype
from chemoevo.scenario.outgrowth import does_not_grow

_DRUGS = ("carboplatin", "docetaxel")
_CHANGES: st.SearchStrategy[Sequence[Change]] = st.just(()) | st.tuples(
    st.builds(Change, mechanism=st.just("P-gp"), by=st.floats(0.01, 1.0))
)
_SMALL = st.just(0.0) | st.floats(1e-4, 0.02)
_SHARES = st.sampled_from([0.0, 1.0]) | st.floats(0.01, 1.0)
_PARTS: Sequence[Sequence[str]] = [
    *[()] * 5, ("niches",), ("phenotypes",), ("late death",), ("niches", "phenotypes", "late death")
]  # fmt: skip


def _accesses() -> st.SearchStrategy[Access]:
    lag = {"lag_hours": st.none() | st.floats(0.5, 48.0)}
    ratio = st.sampled_from([0.0, 1.0]) | st.floats(0.01, 1.2)
    return st.builds(Access, ratio=ratio, **lag) | st.builds(Access, half_distance=st.floats(20.0, 200.0), **lag)


@st.composite
def niches(draw: st.DrawFn, *, drugs: Sequence[str] = _DRUGS, name: str = "far", share: float | None = None) -> Niche:
    """A niche with any of oxygen, births, deaths, immune kill, access of drugs, and mechanisms that are raised.

    Parameters
    ----------
    drugs
        Names of the drugs that come there.
    name
        What it is called.
    share
        Its share of the cells, if any.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import niches
    >>> @settings(deadline=None)
    ... @given(niches(drugs=["mine"]))
    ... def test(niche):
    ...     assert niche.birth_factor > 0 and niche.access("mine", "any") is not None
    >>> test()
    """
    more: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "oxygen": st.floats(1.0, 80.0),
                "birth": st.floats(0.2, 1.5),
                "death": _SMALL,
                "immune_kill": st.floats(1e-4, 0.02),
                "changes": _CHANGES,
            },
        )
    )
    reached = draw(st.sampled_from([(), ("other",), (*drugs,), (*drugs[:1], "other")]))
    penetration = {one: draw(_accesses()) for one in reached}
    if any(one.half_distance is not None for one in penetration.values()):
        near = draw(st.floats(0.0, 100.0))
        more["distance"] = draw(st.sampled_from([(near,), (near, near + 50.0)]))
    return Niche(name=name, share=share, penetration=penetration, **more)


@st.composite
def phenotypes(draw: st.DrawFn, *, drugs: Sequence[str] = _DRUGS, name: str = "tolerant") -> Phenotype:
    """A phenotype that cells enter by themselves, under drugs, or both, and leave again or not.

    Parameters
    ----------
    drugs
        Names of the drugs that may induce and hold it.
    name
        What it is called.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import phenotypes
    >>> @settings(deadline=None)
    ... @given(phenotypes(drugs=["mine"]))
    ... def test(phenotype):
    ...     assert phenotype.enter > 0 or phenotype.induced["mine"] > 0
    >>> test()
    """
    enter = draw(st.sampled_from([0.0, 1e-4]) | st.floats(1e-6, 0.02))
    least = 0 if enter else 1
    induced = draw(st.dictionaries(st.sampled_from(list(drugs)), st.floats(1e-3, 0.5), min_size=least))
    more: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "held": st.dictionaries(st.sampled_from(list(drugs)), _SHARES, min_size=1),
                "birth": st.just(0.0) | st.floats(0.01, 1.2),
                "death": _SMALL,
                "protection": _SHARES,
                "ec50": st.floats(0.1, 100.0),
                "changes": _CHANGES,
            },
        )
    )
    return Phenotype(name=name, enter=enter, induced=induced, leave=draw(st.floats(0.01, 0.5)), **more)


@st.composite
def places(
    draw: st.DrawFn,
    *,
    drugs: Sequence[str],
    acting: Sequence[str],
    birth: float,
    death: float,
    altered: Sequence[Alteration],
) -> dict[str, Any]:
    """What a `Tumor` says of niches, phenotypes and late death, with which it grows; mostly nothing.

    Drugs come to niches, and those that act drive phenotypes.
    """
    found: dict[str, Any] = {}
    which = draw(st.sampled_from(_PARTS))
    if "niches" in which:
        share = draw(st.none() | st.floats(0.5, 0.95))
        near = Niche(name="near", share=share, oxygen=draw(st.sampled_from([None, 60.0])))
        found["niches"] = (near, draw(niches(drugs=drugs, share=None if share is None else 1.0 - share)))
        if share is None:
            ways = (("near", "far"), ("far", "near"))
            found["migration"] = tuple(Migration(start=a, to=b, rate=draw(st.floats(0.01, 0.5))) for a, b in ways)
        else:
            found["exchange"] = draw(st.floats(0.01, 0.5))
    if "phenotypes" in which:
        found["phenotypes"] = (draw(phenotypes(drugs=acting)),)
    if found and does_not_grow(Place(**found), birth, death, altered) is not None:
        found = {}
    if "late death" in which:
        found["late_death"] = draw(st.builds(LateDeath, rate=st.floats(0.1, 5.0), stages=st.integers(1, 3)))
    return found


@st.composite
def rooms(draw: st.DrawFn, size: int, there: dict[str, Any]) -> dict[str, Any]:
    """What a `Tumor` says of its places, with a capacity of the whole, or of some niches where it has niches.

    It need not come to its size: niches may hold too few cells.
    """
    found, on = dict(there), draw(st.sampled_from([None, "death", "birth"]))
    room = st.floats(1.5, 1e3) | st.just(1e12)
    if "niches" in there and draw(st.booleans()):
        which = draw(st.sampled_from([(True, False), (False, True), (True, True)]))
        both = zip(there["niches"], which, strict=True)
        found["niches"] = tuple(
            niche.replace({"capacity": size * draw(room)}) if some else niche for niche, some in both
        )
        law = draw(st.sampled_from([None, "logistic"]))
    else:
        found["capacity"] = size * draw(room)
        law = draw(st.sampled_from([None, "logistic", "gompertz"]))
    return {**found, "competition": law, "competition_on": on}
