"""Hypothesis strategies: mechanisms of resistance, alterations, courses of radiotherapy and niche therapies."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from chemoevo.resistance import (
    Alteration,
    Change,
    Delay,
    Mechanism,
    NicheTherapy,
    OnDrug,
    Opening,
    Radiotherapy,
    alteration_names,
    mechanism,
)
from chemoevo.resistance.radiotherapy import WEEKDAYS
from chemoevo.testing.treatments import FACTORS

_SHARES = st.sampled_from([0.0, 0.05, 0.5]) | st.floats(0.0, 0.9)
# How an alteration comes and goes; most of them only arise by mutation.
_MORE: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "copies": st.just(2),
        "reversal": st.floats(1e-6, 0.05),
        "switch_on": st.floats(1e-6, 0.002),
        "switch_off": st.just(0.0) | st.floats(1e-6, 0.1),
        "mutator": st.just(0.0) | st.floats(0.1, 3.0),
        "radiosensitivity": st.floats(0.1, 2.0),
    },
)


@functools.cache
def _decided(drugs: tuple[str, ...]) -> list[str]:
    """Alterations that ship of whose mechanisms something is known with all of these drugs."""
    every = [Alteration(name=name, mutation=0.0) for name in alteration_names()]
    return [one.name for one in every if all(_speaks(c.mechanism, drugs) for c in one.changes)]


def _speaks(name: str, drugs: tuple[str, ...]) -> bool:
    said = [mechanism(name).on(drug) for drug in drugs]
    return all(on is not None and on.unknown is None for on in said)


@st.composite
def alterations(
    draw: st.DrawFn, *, drugs: Sequence[str] = ("carboplatin", "docetaxel"), name: str = "X", shipped: bool = True
) -> Alteration:
    """An alteration of any stage with an effect on each of the drugs; or one that ships, where it has all of these.

    Parameters
    ----------
    drugs
        Names of the drugs on which its effect is known.
    name
        What one that does not ship is called.
    shipped
        Whether it may be one that ships: where `drugs` are among those that do.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import alterations
    >>> @settings(deadline=None)
    ... @given(alterations(drugs=["mine"]))
    ... def test(alteration):
    ...     assert alteration.own is not None
    >>> test()
    """
    mutation = draw(st.sampled_from([0.0, 1e-9, 1e-3]) | st.floats(0.0, 0.05))
    cost = draw(_SHARES.map(lambda share: share / 4))
    known = _decided(tuple(drugs))
    more = draw(_MORE) if draw(st.integers(0, 3)) == 0 else {}
    if shipped and known and draw(st.booleans()):
        return Alteration(name=draw(st.sampled_from(known)), mutation=mutation, cost=cost, **more)
    stage: Any = draw(st.sampled_from(["efflux", "detoxification", "repair", "apoptosis"]))
    effects: Any
    if stage == "apoptosis":
        effects = [{"drug": d, "threshold": draw(FACTORS), "ceiling": draw(st.floats(0.0, 1.0))} for d in drugs]
    else:
        effects = [{"drug": d, "fold": draw(st.just(1.0) | st.floats(1.0, 100.0))} for d in drugs]
    return Alteration(name=name, mutation=mutation, cost=cost, stage=stage, effects=effects, **more)


@st.composite
def mechanisms(draw: st.DrawFn, *, drugs: Sequence[str] = ("carboplatin", "docetaxel"), name: str = "M") -> Mechanism:
    """A mechanism of any stage that has a fold for each of the drugs, or none; basal in all cells or not.

    Parameters
    ----------
    drugs
        Names of the drugs of which it says something.
    name
        What it is called.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import mechanisms
    >>> @settings(deadline=None)
    ... @given(mechanisms(drugs=["mine"]))
    ... def test(mechanism):
    ...     assert mechanism.on("mine") is not None
    >>> test()
    """
    stage: Any = draw(st.sampled_from(["uptake", "efflux", "detoxification", "repair", "apoptosis", "target"]))
    lost = stage == "uptake" or draw(st.booleans())
    basal = 1.0 if lost else draw(st.sampled_from([0.0, 0.02]))
    most = 50.0 if lost or basal == 0.0 else 1.0 + 0.05 / basal
    entries = []
    for drug in drugs:
        fold = draw(st.floats(1.0, most))
        # Less of what protects is a smaller EC50; several mechanisms that all cells have share what there is.
        fold = max(1.0 / fold, 0.95) if lost and stage in ("efflux", "detoxification", "repair") else fold
        ceiling = draw(st.none() | st.floats(0.0, 1.0)) if stage in ("apoptosis", "target") else None
        km = draw(st.none() | st.floats(1e-3, 10.0)) if stage == "efflux" else None
        touched = OnDrug(drug=drug, fold=fold, ceiling=ceiling, km=km)
        entries.append(touched if draw(st.integers(0, 3)) else OnDrug(drug=drug, none="drawn"))
    return Mechanism(name=name, stage=stage, basal=basal, expression=0.0 if lost else 1.0, drugs=entries)


def changes(of: Mechanism) -> st.SearchStrategy[Change]:
    """A change of a mechanism, towards the line with its folds."""
    if of.expression < of.basal:
        return st.builds(Change, mechanism=st.just(of.name), loss=st.floats(0.1, 1.0))
    return st.builds(Change, mechanism=st.just(of.name), by=st.floats(0.1, 1.0))


@st.composite
def radiotherapies(draw: st.DrawFn, *, name: str | None = None, most: int = 6) -> Radiotherapy:
    """A course of a few fractions, by number or by days, on any weekday, once or twice per day.

    Parameters
    ----------
    name
        What it is called.
    most
        The largest number of days with fractions, at least 1.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import radiotherapies
    >>> @settings(deadline=None)
    ... @given(radiotherapies(most=3))
    ... def test(course):
    ...     assert 0 < course.survival() < 1 and len(course.times()) <= 6
    >>> test()
    """
    per_day = draw(st.integers(1, 2))
    more: dict[str, Any] = {"per_day": per_day, "hours_between": draw(st.sampled_from([6.0, 8.0, 12.0]))}
    if draw(st.booleans()):
        more["days"] = sorted(draw(st.sets(st.integers(0, 20), min_size=1, max_size=most)))
    else:
        more["fractions"] = draw(st.integers(1, most * per_day))
        more |= {"weekday": draw(st.sampled_from(WEEKDAYS)), "days_per_week": draw(st.integers(1, 7))}
    more |= draw(st.sampled_from([{"beta": 0.03}, {"beta": 0.005}, {"alpha_beta": 10.0}, {"alpha_beta": 1.5}]))
    return Radiotherapy(
        name=name,
        dose=draw(st.sampled_from([2.0, 12.0]) | st.floats(0.5, 10.0)),
        start=draw(st.just(0.0) | st.floats(0.0, 10.0)),
        alpha=draw(st.floats(0.01, 1.0)),
        oer=draw(st.floats(1.0, 5.0)),
        oer_half=draw(st.floats(0.5, 20.0)),
        **more,
    )


@st.composite
def niche_therapies(
    draw: st.DrawFn,
    *,
    drug: str = "bevacizumab",
    delivered: Sequence[str] = ("docetaxel", "taxane", "other"),
    niches: Sequence[str] = (),
    oxygen: bool = True,
) -> NicheTherapy:
    """What an agent does to niches: windows that close or do not, of delivery, oxygen or both.

    Parameters
    ----------
    drug
        Name of the agent.
    delivered
        Drugs and classes of which the delivery may move.
    niches
        Niches of which it may name some; it names none where there are none.
    oxygen
        Whether oxygen may move.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import niche_therapies
    >>> @settings(deadline=None)
    ... @given(niche_therapies())
    ... def test(therapy):
    ...     for _, opening in therapy.openings():
    ...         assert (therapy.held(opening, [0, 1, 1e4]) >= 0).all()
    >>> test()
    """
    delays = st.builds(Delay, stages=st.integers(1, 8), rate=st.floats(0.05, 5.0))
    closes = draw(st.none() | delays)
    gains = st.sampled_from([-1.0, 0.5]) | st.floats(-0.9, -1e-6) | st.floats(1e-6, 3.0)
    losses = st.sampled_from([0.0, 1.0]) | st.floats(1e-6, 0.9)

    def opening() -> Opening:
        loss = 0.0 if closes is None else draw(losses)
        return Opening(gain=0.0 if loss and draw(st.booleans()) else draw(gains), loss=loss)

    moved = draw(st.sets(st.sampled_from(list(delivered)), min_size=0 if oxygen else 1))
    return NicheTherapy(
        drug=drug,
        ec50=draw(st.floats(1e-4, 10.0)),
        hill=draw(st.just(1.0) | st.floats(0.5, 4.0)),
        opens=draw(delays),
        closes=closes,
        delivery={name: opening() for name in sorted(moved)},
        oxygen=opening() if oxygen and (not moved or draw(st.booleans())) else None,
        niches=[name for name in niches if draw(st.booleans())],
        basis="drawn",
    )
