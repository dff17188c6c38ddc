"""Colors: one per name, whatever other names there are, and told apart by everybody."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from chemoevo import plots
from chemoevo.base.shipped import shipped_names
from chemoevo.plots.colors import FIXED, dashes_of

# Linear RGB as people see it who lack one kind of cone: G. M. Machado, M. M. Oliveira, L. A. F. Fernandes (2009), IEEE
# Trans Vis Comput Graph 15:1291, doi:10.1109/TVCG.2009.113, severity 1.
SEEN: dict[str, list[list[float]]] = {
    "all cones": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


def lab(color: str, cones: str) -> NDArray[np.float64]:
    """CIE L*a*b* of a color as it is seen."""
    coded = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(SEEN[cones]) @ linear, 0.0, 1.0)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    f = np.cbrt(to_xyz @ seen / [0.9505, 1.0, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


FIRST = ["ABCB1", "BCL2", "ERCC1", "GSTP1", "TP53"]


def test_alterations_that_shipped_first_and_sensitive_cells_have_colors_of_their_own() -> None:
    names = ["sensitive", *FIRST]
    assert set(FIRST) <= set(shipped_names("alterations"))
    assert set(names) <= set(FIXED)
    assert plots.color_of("sensitive") == plots.color_of("S") == "#606060"
    assert len(set(plots.colors_of(names).values())) == len(names) == 6


def nearest(colors: dict[str, str], cones: str) -> tuple[float, tuple[str, str]]:
    """The two names whose colors differ least, and by how much."""
    seen = {name: lab(color, cones) for name, color in colors.items()}
    return min((float(np.linalg.norm(seen[a] - seen[b])), (a, b)) for a, b in combinations(colors, 2))


@pytest.mark.parametrize("cones", SEEN)
def test_fixed_colors_are_told_apart_with_fewer_cones(cones: str) -> None:
    singles = ["sensitive", *FIRST]
    # A difference of 2.3 is just noticed side by side; plots need several times that.
    assert nearest(plots.colors_of([*singles, "total", "others"]), cones)[0] > 12
    # Of mixtures no more can be had; lines have dashes besides.
    pairs = ["+".join(pair) for pair in combinations(singles[1:], 2)]
    assert nearest(plots.colors_of([*singles, *pairs]), cones)[0] > 4


def test_a_name_has_the_same_color_whatever_names_are_with_it() -> None:
    names = [*FIXED, "ABCB1+TP53", "BCL2+GSTP1+ERCC1"]
    together = plots.colors_of(["mine", *names, "yours"])
    assert {name: plots.color_of(name) for name in names} == {name: together[name] for name in names}
    assert len({together[name] for name in ("ABCB1", "TP53", "ABCB1+TP53")}) == 3
    assert plots.color_of("ABCB1+TP53") == plots.color_of("TP53+ABCB1")


def test_other_names_take_colors_by_first_appearance_that_no_fixed_name_has() -> None:
    assert plots.colors_of(["S", "R", "Q"]) == {"S": "#606060", "R": "#D55E00", "Q": "#0072B2"}
    mixed = plots.colors_of(["R", "TP53", "Q", "R"])
    assert list(mixed) == ["R", "TP53", "Q"]
    assert len(set(mixed.values())) == 3
    assert plots.color_of("Q", among=["S", "R", "Q"]) == plots.colors_of(["S", "R", "Q"])["Q"]
    many = plots.colors_of(f"T{i}" for i in range(20))
    assert len(set(many.values())) == 20


def test_genotypes_of_several_alterations_have_dashes() -> None:
    names = ["A", "A+B", "A+B+C", "A+B+C+D", "A+B+C+D+E"]
    assert [dashes_of(name) for name in names] == ["-", "--", ":", "-.", "-."]
