"""One color per name, the same throughout a document: the palette of Okabe and Ito, safe for the color-blind.

References
----------
.. [1] M. Okabe, K. Ito (2008) Color Universal Design: how to make figures and presentations that are friendly to
   colorblind people. https://jfly.uni-koeln.de/color/
.. [2] B. Wong (2011) Points of view: color blindness. Nat Methods 8:441, doi:10.1038/nmeth.1618.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

_BY_STATE: Final = 0.4
"""Steps of a phenotype, or of a stage of damage, of which a niche has one."""
_STAGE = re.compile(r"damaged( \d+)?")
BLACK: Final = "#000000"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
YELLOW: Final = "#F0E442"
BLUE: Final = "#0072B2"
VERMILLION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
GRAY: Final = "#606060"
"""Dark enough to be told from the green and the purple without the cones for green."""
LIGHT: Final = "#BDBDBD"
BROWN: Final = "#5B3A1D"

FIXED: Final = {
    "sensitive": GRAY,
    "S": GRAY,
    "ABCB1": BLUE,
    "TP53": VERMILLION,
    "BCL2": GREEN,
    "GSTP1": ORANGE,
    "ERCC1": PURPLE,
    "damaged": BROWN,
    "total": BLACK,
    "others": LIGHT,
}
"""Names whose color never depends on the other names."""

# For other names, in this order; yellow, which is faint on white, comes last.
_FREE: Final = (VERMILLION, BLUE, GREEN, ORANGE, PURPLE, SKY, YELLOW)
_DASHES: Final = ("-", "--", ":", "-.")
_DASHES_OF_STATES: Final = ((0, (4, 1.2, 1, 1.2, 1, 1.2)), (0, (1, 0.8)), (0, (7, 1.5, 3, 1.5)))


def colors_of(names: Iterable[str]) -> dict[str, str]:
    """A color for every name, as text such as "#0072B2".

    Parameters
    ----------
    names
        Names of types, drugs or arms. Give all those of a document at once, in one order, and take the colors from
        what is returned, wherever names without a fixed color are to look alike in several figures.

    Returns
    -------
    dict
        {name: color}, in the order given.

    Notes
    -----
    "sensitive" and "S" are gray, five alterations that ship with chemoevo have one color each (ABCB1 blue, TP53
    vermillion, BCL2 green, GSTP1 orange, ERCC1 purple), and a genotype of several of them has a mixture of theirs, the
    first with most weight. These never depend on the other names. Others take what colors are left, in the order in
    which they appear; where none is left they come again, darker. Mixtures and darker shades are not told apart by
    everybody, so lines of genotypes of two alterations are dashed and of three dotted.

    A genotype has its color in the first niche in which it is named, and lighter shades in the others; a little
    lighter are those of its phenotypes, whose lines have dashes of their own. Damaged cells are brown.

    Examples
    --------
    >>> from chemoevo import plots
    >>> plots.colors_of(["sensitive", "resistant", "ABCB1"])
    {'sensitive': '#606060', 'resistant': '#D55E00', 'ABCB1': '#0072B2'}
    """
    given = list(dict.fromkeys(names))
    genotype = {name: _genotype(name) for name in given}
    colors = _of_genotypes(dict.fromkeys(genotype.values()))
    places: dict[str, tuple[dict[str, int], dict[str, int]]] = {one: ({}, {}) for one in colors}
    found = {}
    for name, one in genotype.items():
        (niche, state), (niches, states) = _place(name), places[one]
        steps = niches.setdefault(niche, len(niches)) + _BY_STATE * states.setdefault(state, len(states))
        found[name] = _lighter(colors[one], steps)
    return found


def _place(name: str) -> tuple[str, str]:
    """Niche and phenotype in the name of a type, or the stage of damage; empty where it has none."""
    whole, _, state = name.partition(":")
    genotype, _, niche = whole.partition("@")
    return niche, genotype if _STAGE.fullmatch(genotype) else state


def _genotype(name: str) -> str:
    """What the name of a type says of its genotype; of damaged cells that they are."""
    genotype = name.partition("@")[0].partition(":")[0]
    return "damaged" if _STAGE.fullmatch(genotype) else genotype or name


def _of_genotypes(names: Iterable[str]) -> dict[str, str]:
    given = list(names)
    found = {name: color for name in given if (color := _fixed(name)) is not None}
    taken = {color for name, color in found.items() if name not in ("total", "others")}
    free = [color for color in _FREE if color not in taken] or list(_FREE)
    others = [name for name in given if name not in found]
    for index, name in enumerate(others):
        found[name] = _darker(free[index % len(free)], index // len(free))
    return {name: found[name] for name in given}


def color_of(name: str, *, among: Iterable[str] = ()) -> str:
    """The color of one name; see `colors_of`.

    Parameters
    ----------
    name
        Name of a type, a drug or an arm.
    among
        All names of the document, of which it is one, in their order; matters only where it has no fixed color.

    Examples
    --------
    >>> from chemoevo import plots
    >>> plots.color_of("TP53"), plots.color_of("R", among=["S", "R"])
    ('#D55E00', '#D55E00')
    """
    return colors_of([*among, name])[name]


def dashes_of(name: str, among: Iterable[str] = ()) -> Any:
    """The style of a line: solid, dashed for two alterations, dotted for three, dash-dotted for more.

    One of its own for every phenotype of the names among which it is.
    """
    _, _, state = name.partition(":")
    if state:
        states = list(dict.fromkeys(one.partition(":")[2] for one in [*among, name]))
        return _DASHES_OF_STATES[[one for one in states if one].index(state) % len(_DASHES_OF_STATES)]
    return _DASHES[min(name.count("+"), len(_DASHES) - 1)]


def _fixed(name: str) -> str | None:
    if name in FIXED:
        return FIXED[name]
    parts = name.split("+")
    return _mixed([FIXED[part] for part in FIXED if part in parts]) if all(part in FIXED for part in parts) else None


def _mixed(colors: list[str]) -> str:
    # Each weighs half as much as the one before: even parts of opposite colors are gray, which sensitive cells are.
    weights = [2.0**-k for k in range(len(colors))]
    rows = [[int(color[i : i + 2], 16) for i in (1, 3, 5)] for color in colors]
    return _hex(
        [
            round(sum(w * x for w, x in zip(weights, channel, strict=True)) / sum(weights))
            for channel in zip(*rows, strict=True)
        ]
    )


def _lighter(color: str, steps: float) -> str:
    return _hex([round(255 - (255 - int(color[i : i + 2], 16)) * 0.62**steps) for i in (1, 3, 5)])


def _darker(color: str, steps: int) -> str:
    return _hex([round(int(color[i : i + 2], 16) * 0.65**steps) for i in (1, 3, 5)])


def _hex(channels: list[int]) -> str:
    return "#" + "".join(f"{channel:02X}" for channel in channels)
