"""Strategies for observed clones of scenarios."""

from __future__ import annotations

from hypothesis import strategies as st

from chemoevo.analytic.grown.block import block_of
from chemoevo.errors import ModelError
from chemoevo.scenario.clones import Clone, labels_of
from chemoevo.scenario.scenario import Scenario


@st.composite
def observed(draw: st.DrawFn, scenario: Scenario) -> Scenario:
    """The scenario with clonal alterations, observed clones, both or none: genotypes whose cells grow."""
    types, process = scenario.types, scenario.growth.process
    known = labels_of(scenario.tumor.alterations)
    label = {place: name for name, place in known.items()}
    carried: list[dict[int, int]] = []
    for name, copies in zip(types.genotypes.names, types.genotypes.copies.tolist(), strict=True):
        try:
            block_of(process, process.types.index(types.founder(name)))
        except ModelError:
            continue
        carried.append({locus: n for locus, n in enumerate(copies) if n})
    trunk = draw(st.sampled_from(carried))
    beyond = [one for one in carried if one != trunk and all(one.get(k, 0) >= n for k, n in trunk.items())]
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
    return scenario.replace({"tumor.clonal": [label[place] for place in trunk.items()], "tumor.clones": clones})
