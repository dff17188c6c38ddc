"""Profiles: what is refused, and in which words."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

import chemoevo as ce
from tests.unit.measured import ALTERATIONS, base, profile, seen, share


def lossy(reversal: float, depth: int) -> ce.Profile:
    """A subclone of half the cells by few reads or by many, whose alteration reverts."""
    reverts = ce.Alteration(name="ABCB1", mutation=1e-8, reversal=reversal)
    return profile(seen("ABCB1", depth // 4, depth, "trunk"), scenario=base(alterations=[reverts]), purity=1.0)


def test_no_draw_is_of_clones_that_were_lost_again() -> None:
    # Lost of N cells that grew from one, with u per division: 1 - exp(-b u t), at t = ln(N (1 - d / b)) / (b - d).
    days = {f: math.log(f * 1e7 * (1 - 0.1 / 0.14)) / 0.04 for f in (0.5, 1.0)}
    at = {f: -math.log(0.99) / (0.14 * t) for f, t in days.items()}
    between = (at[0.5] + at[1.0]) / 2
    assert lossy(0.97 * at[1.0], 8).typical.tumor.clones[0].fraction == pytest.approx(0.5, abs=0.1)
    with pytest.raises(ce.ModelError, match="must be valid with what was measured: tumor"):
        lossy(1.05 * at[0.5], 8)
    with pytest.raises(ce.ModelError, match="must be valid with all that the reads leave possible: tumor"):
        lossy(between, 8)
    # Deep reads leave no clone that is so large.
    kept = lossy(between, 8000)
    table = ce.rank_regimens(kept, {"weekly": "docetaxel 35 mg/m2 over 1 h q7d x6"}, points=64, seed=1, relapse=False)
    assert table.select("points", "left_out", "status").rows() == [(64, 0.0, "ok")]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"clonal": ["X"]}, r"clonal\[0\] must be one of scenario.tumor.alterations, or of alterations of the profile"),
        ({"alterations": [ALTERATIONS[0]]}, r"alterations\[0\].name must not be one of scenario.tumor.alterations"),
        ({"scenario": base(clonal=["TP53"])}, "scenario.tumor.clonal must be left out: the profile says it"),
        ({"subclones": [seen("TP53", 14)]}, "purity is missing"),
        ({"purity": 0.0}, "purity must be > 0"),
        ({"purity": 0.5, "subclones": [seen("TP53", 150)]}, "25 % of the reads would show it.*germline"),
        ({"subclones": [share("TP53", 0.3), share("TP53", 0.3)]}, r"subclones\[1\].name must be unique"),
        ({"subclones": [{"name": "trunk", "alterations": "TP53", "fraction": 0.1}]}, "must not be 'trunk'"),
        ({"clonal": "TP53", "subclones": [share("TP53", 0.3)]}, r"subclones\[0\].alterations\[0\] must be new in it"),
        ({"subclones": [share("TP53", 1e-9)]}, "one cell for each"),
        ({"size": 1}, "size must be >= 2"),
    ],
)
def test_profiles_that_are_refused(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ce.ModelError, match=words):
        profile(**{"subclones": (), **given}) if "subclones" not in given else ce.Profile(
            **{"scenario": base(), **given}
        )


def test_every_problem_at_once() -> None:
    with pytest.raises(ce.ModelError) as caught:
        profile(seen("X", 10), share("TP53", 0.2, within="Z"), clonal=["Y"])
    text = str(caught.value)
    for path in ("clonal[0]", "subclones[0].alterations[0]", "subclones[1].within", "purity is missing"):
        assert path in text
    dear = ce.Alteration(name="MCL1", mutation=1e-8, cost=0.5)
    with pytest.raises(
        ce.ModelError, match=r"scenario must be valid with what was measured: tumor.clones\[0\] must be of cells"
    ):
        profile(share("MCL1", 0.2), alterations=[dear])


WRONG: dict[str, tuple[tuple[str | int, ...], Any]] = {
    "scenario.tumor.birth must be > 0": (("scenario", "tumor", "birth"), -1),
    "scenario.potencies has no entry for 'docetaxel'": (("scenario", "potencies"), []),
    "tumor.expressions must have names of mechanisms": (("expressions",), {"nope": 2}),
    "clonal[0] must be one of scenario.tumor.alterations": (("clonal",), ["XX"]),
    "purity must be <= 1": (("purity",), 7),
    "subclones[0].reads.alternate must be >= 0": (("subclones", 0, "reads", "alternate"), -4),
    "subclones[0].within must be another subclone": (("subclones", 0, "within"), "zz"),
    "patient.bsa is missing, for a dose in mg/m2": (("patient",), {"gfr": 90}),
}
"""By what is said of them: places in a profile, with something wrong for each."""


@pytest.mark.parametrize("words", [*itertools.combinations(WRONG, 2), tuple(WRONG)])
def test_every_problem_is_said_at_once_and_once(words: tuple[str, ...]) -> None:
    data = profile(seen("ABCB1", 14), purity=0.7).to_dict()
    for (*way, last), value in (WRONG[word] for word in words):
        here: Any = data
        for step in way:
            here = here[step]
        here[last] = value
    with pytest.raises(ce.ModelError) as caught:
        ce.Profile.from_dict(data)
    problems = caught.value.problems
    assert [sum(word in problem for problem in problems) for word in words] == [1] * len(words), problems
    assert len(problems) == len(words), problems


@pytest.mark.parametrize(
    ("reads", "words"),
    [
        ({"alternate": 3, "depth": 2}, "alternate must be at most depth = 2"),
        ({"alternate": 1, "depth": 2, "multiplicity": 3}, "multiplicity must be at most copies = 2"),
        ({"alternate": 1, "depth": 0}, "depth must be >= 1"),
        ({"alternate": 1.5, "depth": 2}, "alternate must be a whole number"),
    ],
)
def test_reads_that_are_refused(reads: dict[str, Any], words: str) -> None:
    with pytest.raises(ce.ModelError, match=words):
        ce.Reads(**reads)


def test_fraction_or_reads() -> None:
    for given in ({}, {"fraction": 0.1, "reads": ce.Reads(alternate=1, depth=2)}):
        with pytest.raises(ce.ModelError, match="fraction must be given, or reads: exactly one of the two"):
            ce.Subclone(alterations="TP53", **given)
