"""Profiles: posteriors of reads, the scenarios that they make, and their answers."""

from __future__ import annotations

import itertools
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

import chemoevo as ce
from chemoevo.profiles.posterior import likely, mean, quantiles
from tests.unit.measured import ALTERATIONS, base, draws_of, fractions, profile, seen, share


def test_share_of_reads_is_that_of_copies() -> None:
    # Counted: 60 cells of the tumor with 3 copies, of which 30 carry it on two; 40 others with 2.
    reads = ce.Reads(alternate=1, depth=10, multiplicity=2, copies=3)
    assert reads.highest(0.6) * 0.5 == pytest.approx(30 * 2 / (60 * 3 + 40 * 2))
    # On X in a man: 60 cells of 100 have one copy, 40 have one.
    assert ce.Reads(alternate=1, depth=10, copies=1, normal_copies=1).highest(0.6) == pytest.approx(0.6)
    assert ce.Reads(alternate=1, depth=10).highest(1.0) == 0.5


CASES = [
    (ce.Reads(alternate=14, depth=200), 0.7),
    (ce.Reads(alternate=0, depth=30), 1.0),
    (ce.Reads(alternate=1, depth=1), 0.3),
    (ce.Reads(alternate=95, depth=200), 0.9),  # cut off by far
    (ce.Reads(alternate=300, depth=1000, multiplicity=2, copies=4), 0.8),
    (ce.Reads(alternate=20_000, depth=100_000), 0.8),
]


@pytest.mark.parametrize(("reads", "purity"), CASES, ids=[repr(reads) for reads, _ in CASES])
def test_posterior_is_that_of_bayes(reads: ce.Reads, purity: float) -> None:
    # Binomial likelihood times a uniform prior, integrated by quadrature.
    s, a, d = reads.highest(purity), reads.alternate, reads.depth
    peak = min(a / d / s, 1.0)
    top = stats.binom.logpmf(a, d, s * peak)

    def density(f: float) -> float:
        return float(np.exp(stats.binom.logpmf(a, d, s * f) - top))

    width = math.sqrt((a + 1.0) / d) / math.sqrt(d) / s
    cuts = sorted({min(max(peak + k * width, 0.0), 1.0) for k in (-8, -2, 0, 2, 8)})

    def whole(g: Any, end: float = 1.0) -> float:
        edges = [0.0, *(c for c in cuts if 0.0 < c < end), end]
        return sum(integrate.quad(g, lo, hi, epsabs=0, epsrel=1e-11)[0] for lo, hi in itertools.pairwise(edges))

    total = whole(density)
    assert mean(reads, purity) == pytest.approx(whole(lambda f: f * density(f)) / total, rel=1e-8)
    for q in (0.05, 0.5, 0.95):
        found = float(quantiles(reads, purity, np.array([q]))[0])
        assert whole(density, found) / total == pytest.approx(q, rel=1e-7)
    ends = quantiles(reads, purity, np.array([1e-300, 1.0 - 1e-16]))
    assert (ends >= 0.0).all()
    assert (ends <= 1.0).all()


def test_closed_form_of_a_pure_sample() -> None:
    # s = 1 (one copy, no other cells): Beta(a + 1, d - a + 1) itself.
    reads = ce.Reads(alternate=3, depth=10, copies=1)
    assert mean(reads, 1.0) == pytest.approx(4 / 12)
    assert likely(reads, 1.0) == 1.0
    one = profile(seen("TP53", 3, 10, copies=1), purity=1.0)
    assert fractions(one)["TP53"] == pytest.approx(4 / 12, abs=1e-6)


def test_typical_is_the_posterior_mean() -> None:
    one = profile(seen("TP53", 14), clonal=["BCL2"], purity=0.7)
    assert fractions(one)["TP53"] == pytest.approx(mean(ce.Reads(alternate=14, depth=200), 0.7), abs=1e-6)
    assert one.typical.tumor.clonal == ("BCL2",)
    assert [name for name, _ in one.typical.tumor.observed] == ["BCL2", "TP53+BCL2"]


def test_points_are_draws_of_the_posterior() -> None:
    # Kolmogorov and Smirnov at a false-alarm level of 1e-6; the beta that is not cut off at 1 is found out.
    one = profile(seen("TP53", 66), purity=0.7)
    s = 0.35
    law = stats.beta(67, 135)
    drawn = draws_of(one)[:, 0]
    assert stats.kstest(drawn, lambda f: law.cdf(s * f) / law.cdf(s)).pvalue > 1e-6
    assert stats.kstest(drawn, lambda f: law.cdf(s * f)).pvalue < 1e-6
    assert (
        stats.kstest(draws_of(one.replace({"purity": 0.75}))[:, 0], lambda f: law.cdf(s * f) / law.cdf(s)).pvalue < 1e-6
    )


def test_fractions_at_their_ends() -> None:
    whole = profile(share("TP53", 1.0))
    assert whole.typical.tumor.observed == (("TP53", 10_000_000),)
    # No read shows it, or all do that can: a mean inside, and draws in (0, 1].
    for alternate in (0, 100):
        one = profile(seen("TP53", alternate), purity=1.0)
        drawn = draws_of(one, 500)[:, 0]
        assert 0.0 < drawn.min() <= drawn.max() <= 1.0
        assert 0.0 < fractions(one)["TP53"] < 1.0
    small = profile(seen("TP53", 0), purity=1.0, size=50)
    # A subclone that was observed has a cell.
    assert draws_of(small, 500).min() >= 1 / 50


def test_points_are_paths_of_the_typical_scenario() -> None:
    one = profile(seen("TP53", 70), seen("ABCB1", 45, within="TP53"), clonal="BCL2", purity=0.8, size=2e7)
    points = one.points(6, seed=2)
    assert points.columns == ["tumor.clones[TP53].fraction", "tumor.clones[ABCB1+TP53].fraction"]
    assert points.equals(one.points(6, seed=2))
    assert not points.equals(one.points(6, seed=3))
    table = ce.sweep(one.typical, points, ask="cure")
    want = [ce.cure_probability(one.typical.replace(row)).value for row in points.to_dicts()]
    assert table["cure"].to_list() == pytest.approx(want, rel=1e-12)
    # The average of the points is the typical tumor.
    many = one.points(20_000, seed=4).to_numpy()
    errors = many.std(axis=0) / math.sqrt(20_000)
    assert (
        np.abs(many.mean(axis=0) - [clone.fraction for clone in one.typical.tumor.clones]) < 4.9 * errors + 2e-3
    ).all()


def test_cure_is_averaged_over_points() -> None:
    one = profile(seen("ABCB1", 14), purity=0.7)
    found = one.cure(draws=40, seed=6)
    values = ce.sweep(one.typical, one.points(40, seed=6), ask="cure")["cure"].to_numpy()
    assert found.value == pytest.approx(values.mean(), rel=1e-12)
    assert [found.low, found.high] == pytest.approx(np.quantile(values, [0.05, 0.95]).tolist())
    assert found.error == pytest.approx(values.std(ddof=1) / math.sqrt(40))
    assert found.draws == 40
    assert float(found) == found.value
    assert str(found).startswith(f"{found.value:.4g} (5 % to 95 % of 40 draws: ")
    sure = profile(share("ABCB1", 0.2))
    certain = sure.cure(seed=1)
    assert certain.value == pytest.approx(ce.cure_probability(sure.typical).value, rel=1e-12)
    assert (certain.low, certain.high, certain.error, certain.draws) == (certain.value, certain.value, 0.0, 1)
    assert profile(share("ABCB1", 0.2)).cure(draws=1) == certain
    with pytest.raises(ce.ModelError, match="draws must be a whole number from 2 to"):
        one.cure(draws=1)
    assert str(certain).endswith("(nothing was open)")
    none = profile(clonal=["TP53"])
    assert none.cure().value == pytest.approx(ce.cure_probability(none.typical).value, rel=1e-12)
    with pytest.raises(ce.ModelError, match="has nothing to vary: the profile has no subclones"):
        none.points(3)
    often = ce.Profile(
        scenario=base(alterations=[ce.Alteration(name="ABCB1", mutation=1e-3)], size=1000),
        subclones=[seen("ABCB1", 14)],
        purity=0.7,
    )
    with pytest.raises(ce.ModelError, match="replicates is missing"):
        often.cure(draws=2)
    assert 0.0 <= often.cure(draws=3, replicates=20, seed=1).value <= 1.0


@pytest.mark.parametrize("is_open", [True, False])
def test_error_is_the_scatter_of_other_seeds(is_open: bool) -> None:
    # Of 24 seeds: variance over the mean square of the errors, a ratio of F's law but for values that are not normal,
    # at a false-alarm level of 1e-6 on either side. Points that share their histories are found out.
    seeds, draws, replicates = 24, 12, 4
    subclone = seen("TP53", 14) if is_open else share("TP53", 0.2)
    altered = [ce.Alteration(name="ABCB1", mutation=4e-4), ce.Alteration(name="TP53", mutation=0.0)]
    one = ce.Profile(scenario=base(alterations=altered, size=1e5), subclones=[subclone], purity=0.7)
    each = replicates if is_open else 100
    found = [one.cure(draws=draws, replicates=each, seed=seed) for seed in range(seeds)]
    values = np.array([spread.value for spread in found])
    ratio = values.var(ddof=1) / np.mean([spread.error**2 for spread in found])
    freedom = seeds - 1, seeds * ((draws if is_open else each) - 1)
    assert min(stats.f.sf(ratio, *freedom), stats.f.cdf(ratio, *freedom)) > 1e-6
    assert {spread.draws for spread in found} == {draws if is_open else 1}
    assert {spread.replicates for spread in found} == {each}
    if is_open:
        together = [
            ce.sweep(one.typical, one.points(draws, seed=seed), ask="cure", replicates=each, seed=seed)["cure"]
            for seed in range(seeds)
        ]
        means = np.array([float(np.mean(values.to_numpy())) for values in together])
        ratio = means.var(ddof=1) / np.mean([values.to_numpy().var(ddof=1) / draws for values in together])
        assert stats.f.sf(ratio, *freedom) < 1e-6
        assert f"{draws} draws, with the chance of 4 histories each: " in str(found[0])
    else:
        assert all(spread.low == spread.high == spread.value for spread in found)
        assert "of 100 histories; nothing else was open)" in str(found[0])
        assert one.cure(replicates=1, seed=1).error == pytest.approx(1.0 / 3.92, rel=1e-3)
        assert "of 1 history;" in str(one.cure(replicates=1, seed=1))


def test_regimens_are_ranked_over_its_points() -> None:
    one = profile(seen("ABCB1", 14), purity=0.7)
    regimens = {f"{dose}": f"docetaxel {dose} mg/m2 over 1 h q21d x3" for dose in (50, 100)}
    table = ce.rank_regimens(one, regimens, points=20, seed=6, relapse=False)
    assert table["regimen"].to_list() == ["100", "50"]
    at = one.typical.replace({"regimen": regimens["100"]})
    values = ce.sweep(at, one.points(20, seed=6), ask="cure")["cure"]
    assert table["cure"][0] == pytest.approx(values.mean(), rel=1e-9)
    assert table["p_best"].to_list() == [1.0, 0.0]


def test_two_subclones_of_equal_rates_are_one_tumor() -> None:
    # Alterations that change nothing: the tumor with clones is that without.
    alike = [ce.Alteration(name=name, mutation=0.0, radiosensitivity=1.0) for name in ("X", "Y")]
    scenario = base(alterations=[*ALTERATIONS, *alike])
    plain = ce.cure_probability(scenario, method="law").value
    one = ce.Profile(scenario=scenario, clonal="X", subclones=[share("Y", 0.3)])
    assert ce.cure_probability(one.typical, method="law").value == pytest.approx(plain, rel=1e-9)
    assert 0.01 < plain < 0.99


def test_what_is_measured_replaces_what_the_scenario_says() -> None:
    more = [ce.Alteration(name="MCL1", mutation=1e-8)]
    one = profile(
        share("MCL1", 0.2),
        alterations=more,
        size=3e7,
        expressions={"P-gp": 0.3},
        patient=ce.Patient(bsa=2.0),
        scenario=base(expressions={"P-gp": 0.1, "HR": 0.5}),
    )
    typical = one.typical
    assert typical.tumor.size == 30_000_000
    assert dict(typical.tumor.expressions) == {"P-gp": 0.3, "HR": 0.5}
    assert typical.patient.bsa == 2.0
    assert [a.name for a in typical.tumor.alterations] == ["ABCB1", "TP53", "BCL2", "MCL1"]
    assert profile().typical == base()


def test_profiles_are_values(tmp_path: Path) -> None:
    one = profile(seen("TP53", 70), seen("ABCB1", 45, within="TP53"), clonal="BCL2", purity=0.8)
    first = one.typical
    for other in (
        ce.Profile.from_toml(one.to_toml()),
        ce.Profile.from_json(one.to_json()),
        pickle.loads(pickle.dumps(one)),
        ce.Profile.from_dict(one.to_dict()),
    ):
        assert other == one
        assert other.typical == first
    (tmp_path / "patient.toml").write_text(one.to_toml(), encoding="utf-8")
    assert ce.Profile.load(tmp_path / "patient.toml") == one
    assert one.to_dict()["scenario"]["format_version"] == 1
    late = {**one.to_dict(), "scenario": {**one.scenario.to_dict(), "format_version": 99}}
    with pytest.raises(ce.ModelError, match="format_version"):
        ce.Profile.from_dict(late)
    # A copy with another number has another tumor.
    purer = one.replace({"purity": 0.9, "subclones[TP53].reads.depth": 300})
    assert purer.typical.tumor.clones[0].fraction != first.tumor.clones[0].fraction
    assert one.typical == first
    assert one.model_copy(update={"purity": 0.9}).typical.tumor.clones != first.tumor.clones
    with pytest.raises((AttributeError, ce.ModelError, TypeError, ValueError)):
        one.purity = 0.5  # type: ignore[misc]


def test_words() -> None:
    one = profile(
        seen("TP53", 70),
        ce.Subclone(name="a subclone of a rather long name", alterations="ABCB1", fraction=0.1, within="TP53"),
        clonal="BCL2",
        purity=0.8,
        expressions={"P-gp": 0.3},
    )
    text = one.describe()
    assert max(len(line) for line in text.splitlines()) <= 80
    flat = " ".join(text.split())
    for words in ("purity 0.8", "in every cell: BCL2", "70 of 200", "expression of P-gp: 0.3"):
        assert words in flat
    assert "<pre" in one._repr_html_()
    assert "BCL2 in every cell" in repr(one)
    assert repr(seen("TP53", 14, within="trunk")) == "Subclone('TP53': 14 of 200 reads, within trunk)"
    assert repr(share("TP53", 0.25)) == "Subclone('TP53': 25 %)"
    assert repr(ce.Reads(alternate=1, depth=9, copies=3)) == "Reads(1 of 9, 1 of 3 copies)"
    assert "no subclones" in profile().describe()
