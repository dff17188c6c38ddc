"""Profiles: what is nested in what, as said and as fractions leave possible."""

from __future__ import annotations

import math
import re

import numpy as np
import polars as pl
import pytest
from scipy import stats

import chemoevo as ce
from chemoevo.profiles.nesting import allowed, ancestors, exclusive, is_tree
from chemoevo.profiles.posterior import mean, quantiles
from tests.unit.measured import base, draws_of, fractions, profile, seen, share


def test_nested_posterior_is_cut_off_by_the_parent() -> None:
    # Of two independent fractions f > g, by quadrature; exclusive shares are f - g and g.
    one = profile(seen("TP53", 30, within="trunk"), seen("ABCB1", 28, within="TP53"), purity=0.8)
    grid = (np.arange(2000) + 0.5) / 2000
    f, g = (stats.binom.pmf(a, 200, 0.4 * grid) for a in (30, 28))
    together = np.outer(f, g) * (grid[:, None] > grid[None, :])
    together /= together.sum()
    means = float((together * (grid[:, None] - grid)).sum()), float((together * grid).sum())
    # The share of draws that are kept is 0.6, of 8192: standard errors of the means are below 1e-3.
    assert list(fractions(one).values()) == pytest.approx(means, abs=4e-3)
    assert list(fractions(one)) == ["TP53", "ABCB1+TP53"]
    found = draws_of(one, 20_000)
    errors = found.std(axis=0) / math.sqrt(20_000)
    assert (np.abs(found.mean(axis=0) - means) < 4.9 * errors + 1e-4).all()
    # Without the condition the mean of the parent's own share would be far off.
    free = mean(ce.Reads(alternate=30, depth=200), 0.8) - mean(ce.Reads(alternate=28, depth=200), 0.8)
    assert abs(free - means[0]) > 20 * errors[0]


def test_pigeonhole_leaves_one_way() -> None:
    one = profile(share("TP53", 0.6), share("ABCB1", 0.5))
    assert one.nesting == {"TP53": "trunk", "ABCB1": "TP53"}
    assert fractions(one) == pytest.approx({"TP53": 0.1, "ABCB1+TP53": 0.5})
    three = profile(share("ABCB1", 0.9), share("BCL2", 0.5), share("TP53", 0.8))
    assert three.nesting == {"ABCB1": "trunk", "TP53": "ABCB1", "BCL2": "TP53"}
    reads = profile(seen("TP53", 950, 3000), seen("ABCB1", 750, 3000), purity=0.8)
    assert reads.nesting == {"TP53": "trunk", "ABCB1": "TP53"}
    with pytest.raises(ce.ModelError, match="must be said"):
        profile(seen("TP53", 95, 300), seen("ABCB1", 75, 300), purity=0.8)
    alone = profile(share("TP53", 0.3))
    assert alone.nesting == {"TP53": "trunk"}
    # Within TP53 there is no room beside ABCB1, and none in it: beside TP53, though the two could be nested.
    part = profile(share("TP53", 0.6), share("ABCB1", 0.3, within="TP53"), share("BCL2", 0.35))
    assert part.nesting["BCL2"] == "trunk"


@pytest.mark.parametrize(
    ("subclones", "words"),
    [
        (
            [share("TP53", 0.6), share("ABCB1", 0.2)],
            r"subclones\[1\].within must be said: fractions leave open what 'ABCB1' is within. "
            r"Write within='trunk' or within='TP53'",
        ),
        (
            [seen("TP53", 60, 200), seen("ABCB1", 50, 200)],
            r"subclones\[1\].within must be said.*within='trunk' or within='TP53'",
        ),
        (
            [share("TP53", 0.6, "trunk"), share("ABCB1", 0.5, "trunk")],
            "must have fractions that fit the nesting that is said",
        ),
        ([share("TP53", 0.2, "trunk"), share("ABCB1", 0.5, "TP53")], "must have fractions that fit the nesting"),
        (
            [share("TP53", 0.5), share("ABCB1", 0.7, "trunk"), share("BCL2", 0.4, "trunk")],
            "must have fractions that fit any nesting",
        ),
        ([share("TP53", 0.2, "ABCB1"), share("ABCB1", 0.2, "TP53")], "must not be nested in themselves"),
        ([share("TP53", 0.2, "TP53")], r"subclones\[0\].within must be another subclone"),
        ([share("TP53", 0.2, "tp53")], r"within must be another subclone, or 'trunk'; got 'tp53'. Did you mean 'TP53'"),
    ],
)
def test_nestings_that_are_refused(subclones: list[ce.Subclone], words: str) -> None:
    with pytest.raises(ce.ModelError, match=words):
        profile(*subclones, purity=0.9)


def test_said_nestings_are_taken() -> None:
    both = [profile(share("TP53", 0.6, "trunk"), share("ABCB1", 0.2, within)) for within in ("trunk", "TP53")]
    assert fractions(both[0]) == pytest.approx({"TP53": 0.6, "ABCB1": 0.2})
    assert fractions(both[1]) == pytest.approx({"TP53": 0.4, "ABCB1+TP53": 0.2})
    assert both[0].typical.tumor.observed[0] == ("sensitive", 2_000_000)
    # By a name of its own.
    named = ce.Subclone(name="A", alterations=["TP53"], fraction=0.6, within="trunk")
    inner = ce.Subclone(name="B", alterations=["ABCB1", "BCL2"], fraction=0.6, within="A")
    one = profile(named, inner)
    # What is nested is all of it: there is no cell with TP53 alone.
    assert fractions(one) == {"ABCB1+TP53+BCL2": 0.6}
    assert one.replace({"subclones[B].fraction": 0.1}).typical.tumor.clones[0].name == "TP53"


def test_copies_add_up_on_the_way() -> None:
    one = profile(share("ABCB1", 0.6), share("ABCB1x2", 0.5))
    assert fractions(one) == pytest.approx({"ABCB1": 0.1, "ABCB1x2": 0.5})


def test_trees() -> None:
    assert is_tree((-1, 0, 1, 0))
    assert not is_tree((1, 0))
    assert not is_tree((-1, 2, 1))
    assert ancestors((-1, 0, 1, 0), 2) == [0, 1]
    values = np.array([[0.5, 0.3, 0.1, 0.2], [0.5, 0.3, 0.1, 0.3]])
    np.testing.assert_allclose(exclusive(values, (-1, 0, 1, 0))[0], [0.5, 0.0, 0.2, 0.1, 0.2])
    assert allowed(values, (-1, 0, 1, 0), 1e-6).tolist() == [True, False]


def test_the_share_of_the_posterior_that_nesting_leaves_is_said() -> None:
    side = profile(seen("ABCB1", 60, within="trunk"), seen("TP53", 35, within="trunk"), purity=1.0)
    random = np.random.default_rng(3)
    free = np.stack([quantiles(one.reads, 1.0, random.random(100_000)) for one in side.subclones if one.reads])
    fits = 100 * float((free.sum(axis=0) <= 1.0).mean())
    (said,) = re.findall(r"([\d.]+) % of what the reads of each by itself leave", " ".join(side.describe().split()))
    assert float(said) == pytest.approx(fits, abs=1.5)
    assert "of each by itself" not in profile(seen("ABCB1", 14), purity=0.7).describe()


def test_too_many_ways_must_be_said() -> None:
    names = [f"X{i}" for i in range(8)]
    own = [ce.Alteration(name=name, mutation=0.0, radiosensitivity=1.0) for name in names]
    with pytest.raises(ce.ModelError, match=r"subclones\[7\].within must be said: there are more than 5000 ways"):
        ce.Profile(scenario=base(), alterations=own, subclones=[share(name, 0.1) for name in names])
    frame = ce.Profile(
        scenario=base(), alterations=own, subclones=[share(name, 0.1, "trunk") for name in names]
    ).points(2, seed=1)
    assert isinstance(frame, pl.DataFrame)
    assert frame.shape == (2, 8)
