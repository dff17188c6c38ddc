"""A profile in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from chemoevo.base.tables import percent, text_table, titled, wrapped
from chemoevo.profiles.nesting import ROUNDING

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.profiles.fields import ProfileFields


ALL = 0.995
"""Share of the draws from which on all are said to fit."""


def profile_text(
    profile: ProfileFields,
    fractions: NDArray[np.float64],
    shares: NDArray[np.float64],
    nesting: Mapping[str, str],
    fit: float,
) -> str:
    """What was measured, and the parts of the tumor, with their spread over what is open.

    `fit` is the share of what the reads leave possible, by each subclone alone, that the nesting leaves possible.
    """
    purity = [] if profile.purity is None else [f"purity {profile.purity:g}"]
    lines = [
        f"{profile.cells:.6g} cells on the scenario {profile.scenario.name!r}" + "".join(f", {one}" for one in purity),
        *([f"in every cell: {'+'.join(profile.clonal)}"] if profile.clonal else []),
        *(f"expression of {name}: {value:g}" for name, value in profile.expressions.items()),
    ]
    if not profile.subclones:
        return "\n".join(titled("Profile", *lines, "no subclones"))
    rows = [["trunk", "", "", "", _spread(shares[:, 0]), f"{shares[:, 0].mean() * profile.cells:.3g}"]]
    for k, one in enumerate(profile.subclones):
        measured = "fraction" if one.reads is None else f"{one.reads.alternate} of {one.reads.depth}"
        own = shares[:, k + 1]
        cells = f"{own.mean() * profile.cells:.3g}"
        rows.append([one.called, nesting[one.called], measured, _spread(fractions[:, k]), _spread(own), cells])
    said = "Fraction: of the tumor's cells, with what is nested in it. Alone: with exactly this genotype, and how many."
    if profile.is_open:
        said += " Means, and 5 % to 95 %, of what the reads leave possible, given what is within what."
        if fit < ALL:
            said += f" {percent(fit)} of what the reads of each by itself leave possible fits that."
    header = ["subclone", "within", "reads", "fraction", "alone", "cells"]
    return "\n".join([*titled("Profile", *lines), text_table(header, rows), wrapped(said, indent="  ")])


def _spread(values: NDArray[np.float64]) -> str:
    mean = percent(float(values.mean()))
    if np.ptp(values) < ROUNDING:
        return mean
    low, high = np.quantile(values, [0.05, 0.95])
    return f"{mean} ({100 * low:.3g}-{100 * high:.3g})"
