"""Strategies for observed clones of scenarios."""

from __future__ import annotations

from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from chemoevo.analytic.grown.block import block_of
from chemoevo.errors import ModelError
from chemoevo.profiles.profile import Profile
from chemoevo.profiles.subclone import TRUNK, Reads, Subclone
from chemoevo.scenario.clones import Clone, labels_of
from chemoevo.scenario.scenario import Scenario


@st.composite
def observed(draw: st.DrawFn, scenario: Scenario) -> Scenario:
    """The scenario with clonal alterations, observed clones, both or none: genotypes whose cells grow."""
    label = _labels(scenario)
    carried = _growing(scenario)
    trunk = draw(st.sampled_from(carried))
    # Cells that compete do not grow apart.
    beyond = [one for one in carried if one != trunk and _within(one, trunk) and not scenario.capacities]
    some = draw(st.lists(st.sampled_from(beyond), max_size=3, unique_by=str)) if beyond else []
    size, left, clones = scenario.tumor.size, 1.0, []
    for one in some:
        least = 1.0 / size
        if left < 2.0 * least:
            break
        fraction = draw(st.floats(least, left) | st.just(left))
        names = [label[k, n] for k, n in one.items() if n > trunk.get(k, 0)]
        clones.append(Clone(alterations=names, fraction=fraction))
        left -= fraction
    changes = {"tumor.clonal": [label[place] for place in trunk.items()], "tumor.clones": clones}
    try:
        return scenario.replace(changes)
    except ModelError:
        # With what every cell carries a tumor may not come to its size any more where cells compete, and alterations
        # that revert or are switched off may be lost again.
        if not scenario.capacities and not any(one.reversal or one.switch_off for one in scenario.tumor.alterations):
            raise
        return scenario


@st.composite
def profiles(draw: st.DrawFn, *, scenario: st.SearchStrategy[Scenario]) -> Profile:
    """A profile on a scenario, with up to three subclones of fractions or reads, nested or not.

    Parameters
    ----------
    scenario
        Strategy for the scenario, such as `scenarios()`; what clones it has are left out.

    Examples
    --------
    >>> from hypothesis import HealthCheck, given, settings
    >>> import chemoevo as ce
    >>> from chemoevo.testing import profiles, scenarios
    >>> @settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.filter_too_much])
    ... @given(profiles(scenario=scenarios()))
    ... def test(profile):
    ...     assert ce.Profile.from_toml(profile.to_toml()) == profile
    >>> test()
    """
    base = draw(scenario)
    base = base.replace({"tumor.clonal": [], "tumor.clones": []})
    label, carried = _labels(base), _growing(base)
    trunk = draw(st.sampled_from(carried))
    purity = draw(st.none() | st.floats(0.2, 1.0))
    there: list[tuple[str, dict[int, int]]] = [(TRUNK, trunk)]
    left, subclones = {TRUNK: 1.0}, []
    for i in range(draw(st.integers(0, 3))):
        ways = [
            (parent, one)
            for parent, before in there
            for one in carried
            if _within(one, before) and all(one != other for _, other in there)
        ]
        if not ways or base.capacities:
            break
        parent, one = draw(st.sampled_from(ways))
        before = dict(there)[parent]
        fraction = left[parent] * draw(st.floats(0.1, 0.8))
        left[parent] -= fraction
        name = f"clone {i}"
        left[name] = fraction
        measured: dict[str, Any] = {"fraction": fraction}
        if purity is not None and draw(st.booleans()):
            reads = Reads(alternate=0, depth=draw(st.integers(10, 1000)))
            measured = {"reads": reads.replace({"alternate": round(reads.depth * reads.highest(purity) * fraction)})}
        new = [label[k, n] for k, n in one.items() if n > before.get(k, 0)]
        subclones.append(Subclone(name=name, alterations=new, within=parent, **measured))
        there.append((name, one))
    try:
        return Profile(
            scenario=base,
            clonal=[label[place] for place in trunk.items()],
            subclones=subclones,
            purity=purity,
            size=draw(st.none() | st.integers(1000, 10**9)),
        )
    except ModelError:
        # A tumor of a few cells has no room for them.
        reject()


def _labels(scenario: Scenario) -> dict[tuple[int, int], str]:
    return {place: name for name, place in labels_of(scenario.tumor.alterations).items()}


def _growing(scenario: Scenario) -> list[dict[int, int]]:
    """Copies of alterations, by place, of genotypes whose cells grow; those without alterations are among them."""
    types, process = scenario.types, scenario.growth.process
    carried: list[dict[int, int]] = []
    for name, copies in zip(types.genotypes.names, types.genotypes.copies.tolist(), strict=True):
        try:
            block_of(process, process.types.index(types.founder(name)))
        except ModelError:
            continue
        carried.append({locus: n for locus, n in enumerate(copies) if n})
    return carried


def _within(one: dict[int, int], other: dict[int, int]) -> bool:
    """Whether cells that carry the one carry all of the other."""
    return all(one.get(k, 0) >= n for k, n in other.items())
