"""Whether the parts of a tumor still carry at detection what was observed in them.

An alteration that is switched off or reverts is lost while a part grows. Where that is no rarity the part is not of its
genotype any more, and its share of the cells is not what was observed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.scenario.clones import labels_of
from chemoevo.scenario.compilation import LARGEST_SHARE, expected_parts, growth

if TYPE_CHECKING:
    from chemoevo.resistance.alterations import Alteration
    from chemoevo.scenario.fields import ScenarioFields

MOST_LOST = LARGEST_SHARE
"""Share of a part's cells that may differ from it: that up to which the law of growth holds."""


def wrong_parts(scenario: ScenarioFields) -> Iterator[tuple[str, str, float, str]]:
    """Path, rule, expected share and remedy of every part that more than 1 % of the cells differ from at its size.

    Only alterations that are named in `clonal` or `clones` are looked at. Cells that lack one which the part carries
    count wherever they are; cells that have one more count where switching makes them and takes them back, since they
    are then of the part itself. Those that mutation or switching one way adds are mutants, as others are.
    """
    tumor, types = scenario.tumor, scenario.types
    known = labels_of(tumor.alterations)
    loci = sorted({known[name][0] for names in _named(scenario) for name in names})
    lost = [tumor.alterations[k] for k in loci if tumor.alterations[k].switch_off or tumor.alterations[k].reversal]
    if not lost:
        return
    model = growth(scenario)
    if model.crowded is not None and not model.crowded.found:  # said elsewhere
        return
    copies = types.genotypes.copies[:, loci].astype(np.int64)
    each = zip(tumor.observed, expected_parts(scenario, model), strict=True)
    trunk = len(tumor.observed) - len(tumor.clones)
    for k, ((name, _), (block, cells, size)) in enumerate(each):
        more = (copies - copies[types.genotypes.names.index(name)])[types.of_genotype]
        inside = block.members[: len(more)]
        wrong = (more < 0).any(axis=1) | (inside & (more != 0).any(axis=1))
        share = float(cells[: len(more)][wrong].sum()) / size
        if share <= MOST_LOST:
            continue
        path = f"tumor.clones[{k - trunk}]" if k >= trunk else "tumor.clonal" if tumor.clonal else "tumor.clones"
        part = f"the part {name!r}" if k >= trunk or tumor.clonal else "the trunk"
        rule = (
            f"must leave at most {100 * MOST_LOST:g} % of the cells of {part} with other observed alterations than its "
            f"own when it has its size ({'; '.join(map(_way, lost))})"
        )
        hint = (
            f"Leave {' and '.join(one.name for one in lost)} out of tumor.clonal and tumor.clones: it comes and goes "
            "by itself. Or lower its switch_off or reversal, if it was seen to be stable."
        )
        yield path, rule, share, hint


def _named(scenario: ScenarioFields) -> Iterator[tuple[str, ...]]:
    yield scenario.tumor.clonal
    for clone in scenario.tumor.clones:
        yield clone.alterations


def _way(one: Alteration) -> str:
    """How an alteration is lost."""
    ways = [f"is switched off at {one.switch_off:g} per day"] if one.switch_off else []
    ways += [f"reverts with probability {one.reversal:g} per division"] if one.reversal else []
    return f"{one.name} {' and '.join(ways)}"
