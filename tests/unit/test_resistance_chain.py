"""Alterations, genotypes and the chain of drug action against formulas worked by hand."""

from __future__ import annotations

import pickle

import pytest

from chemoevo import ModelError, _core
from chemoevo.pharmacology import Patient, drug
from chemoevo.resistance import (
    Alteration,
    Genotypes,
    Potency,
    ResolvedPotency,
    alteration,
    alteration_names,
    potency_in_cell,
)
from chemoevo.resistance.steps import steps_of

LINE = ResolvedPotency(drug("carboplatin"), ec50=50.0, hill=1.5, emax=2.0, mode="cytotoxic")


def make(stage: str, name: str = "X", **effect: float) -> Alteration:
    return Alteration(name=name, mutation=1e-7, stage=stage, effects=[{"drug": "carboplatin", **effect}])


def fold(*carried: Alteration, **inhibition: float) -> float:
    return potency_in_cell(LINE, carried, inhibition=inhibition)[0] / LINE.ec50


def test_sinks_on_one_pool_add_and_stages_in_series_multiply():
    efflux, detoxification = make("efflux", "A", fold=10), make("detoxification", "B", fold=5)
    # 1 + 9 + 4, not 50.
    assert fold(efflux, detoxification) == pytest.approx(14, rel=1e-12)
    assert fold(efflux, make("repair", "C", fold=5)) == pytest.approx(50, rel=1e-12)
    others = make("repair", "C", fold=3), make("apoptosis", "D", threshold=2)
    assert fold(efflux, detoxification, *others) == pytest.approx(84)
    assert fold() == 1


def test_inhibition_restores_the_reference():
    pgp = make("efflux", "P-gp", fold=10)
    assert fold(pgp, **{"P-gp": 1.0}) == pytest.approx(1, rel=1e-15)
    assert fold(pgp, **{"P-gp": 0.5}) == pytest.approx(5.5)
    with pytest.raises(ModelError, match=r"inhibition\['P-gp'\] must be in \[0, 1\]; got 1.1."):
        fold(pgp, **{"P-gp": 1.1})


def test_strength_is_calibrated_on_the_published_fold():
    # s = (f - 1)/(e - f e_ref): (3 - 1)/(8 - 3 * 1) = 0.4, and back: (1 + 0.4 * 8)/(1 + 0.4 * 1) = 3.
    with_reference = Alteration(
        name="X",
        mutation=0,
        stage="repair",
        expression=8,
        reference=1,
        effects=[{"drug": "carboplatin", "fold": 3}],
    )
    own = with_reference.own
    assert own is not None
    (step,) = steps_of("carboplatin", [own])
    assert step.strength == pytest.approx(0.4, rel=1e-15)
    assert fold(with_reference) == pytest.approx(3, rel=1e-12)
    # Full inhibition makes the cell more sensitive than the line, which expresses some: 1/1.4.
    assert fold(with_reference, X=1.0) == pytest.approx(1 / 1.4)
    assert fold(make("efflux", strength=9)) == pytest.approx(10, rel=1e-15)


@pytest.mark.parametrize(("value", "reference"), [(8, 1), (9, 1), (4, 2)])
def test_impossible_folds_are_refused(value, reference):
    effects = [{"drug": "carboplatin", "fold": value}]
    with pytest.raises(ModelError, match=rf"effects\[0\].fold must be below expression/reference = {8 // reference}"):
        Alteration(name="X", mutation=0, stage="repair", expression=8, reference=reference, effects=effects)


def test_apoptosis_scales_threshold_and_ceiling():
    assert potency_in_cell(LINE, [make("apoptosis", threshold=1.3, ceiling=0.6)]) == (
        pytest.approx(65),
        pytest.approx(1.2),
    )
    assert fold(make("apoptosis", threshold=0.5)) == pytest.approx(0.5, rel=1e-15)


def test_an_alteration_must_speak_about_the_drug():
    line = ResolvedPotency(drug("docetaxel"), ec50=0.0025, hill=1.0, emax=1.0, mode="cytotoxic")
    with pytest.raises(ModelError, match=r"\('X'\) has no entry for 'docetaxel'. Add one; fold = 1 says"):
        potency_in_cell(line, make("efflux", fold=2))


def test_shipped_alterations_act_where_they_should():
    first = ("ABCB1", "BCL2", "ERCC1", "GSTP1", "TP53")
    folds = {
        name: [_fold_of(alteration(name, mutation=0), of) for of in ("docetaxel", "carboplatin")] for name in first
    }
    assert folds["ABCB1"] == [pytest.approx(15.53), pytest.approx(1)]
    assert folds["GSTP1"] == pytest.approx([1, 1])
    assert folds["ERCC1"][0] == pytest.approx(1)
    assert 0.71 <= folds["TP53"][0] <= 1.07
    assert 1.03 <= folds["TP53"][1] <= 1.45
    assert 2 <= folds["ERCC1"][1] <= 10
    for name in alteration_names():
        shipped = alteration(name, mutation=0)
        assert all(change.cite in shipped.citations and change.tag and change.note for change in shipped.changes)


def _fold_of(shipped, of):
    line = ResolvedPotency(drug(of), 1.0, 1.0, 1.0, "cytotoxic")
    return potency_in_cell(line, [shipped])[0]


def test_unknown_alterations_are_refused_with_a_suggestion():
    with pytest.raises(ModelError, match=r"'ABCB11' is not a known alteration. Did you mean 'ABCB1'?"):
        alteration("ABCB11", mutation=0)
    with pytest.raises(ModelError, match=r"mutation must be <= 1; got 2(.|\n)*cost must be < 1; got 1.2."):
        alteration("ABCB1", mutation=2, cost=1.2)
    with pytest.raises(ModelError, match=r"changes is missing.*ABCB1"):
        Alteration(name="ABCC9", mutation=0)
    with pytest.raises(ModelError, match=r"name must not contain '\+'"):
        make("repair", "A+B", fold=2)
    with pytest.raises(ModelError, match="name must not be 'sensitive'"):
        make("repair", "sensitive", fold=2)


def test_effects_must_fit_their_stage():
    with pytest.raises(ModelError, match=r"effects\[0\] must have threshold and ceiling, not fold or strength"):
        make("apoptosis", fold=2)
    with pytest.raises(ModelError, match=r"effects\[0\] must have fold or strength, not threshold or ceiling"):
        make("efflux", threshold=2)
    with pytest.raises(ModelError, match=r"effects\[0\] must have either fold or strength"):
        make("efflux", fold=2, strength=1)
    effects = [{"drug": "carboplatin", "fold": 2}] * 2
    with pytest.raises(ModelError, match=r"effects\[1\].drug must appear once; got 'carboplatin'."):
        Alteration(name="X", mutation=0, stage="repair", effects=effects)


def test_genotypes_are_ordered_and_named():
    given = [make("repair", name, fold=2) for name in "ABC"]
    genotypes = Genotypes(given)
    assert genotypes.names == ("sensitive", "A", "B", "C", "A+B", "A+C", "B+C", "A+B+C")
    assert genotypes.masks == (0, 1, 2, 4, 3, 5, 6, 7)
    assert len(genotypes.mutation) == 12
    assert genotypes.mutation["A", "A+C"] == 1e-7
    assert genotypes.carriers("A", "C") == ("A+C", "A+B+C")
    assert genotypes.with_alterations(2) == ("A+B", "A+C", "B+C", "A+B+C")
    assert pickle.loads(pickle.dumps(genotypes)) == genotypes
    assert Genotypes([]).names == ("sensitive",)
    with pytest.raises(ModelError, match=r"'D' is not one of the alterations A, B, C."):
        genotypes.carriers("D")
    with pytest.raises(ModelError, match=r"alterations\[1\].name must appear once; got 'A'."):
        Genotypes([given[0], given[0]])
    with pytest.raises(TypeError, match=r"alterations\[0\] must be an Alteration"):
        Genotypes(["ABCB1"])
    with pytest.raises(ModelError, match=r"must sum to at most 1; got 1.2"):
        Genotypes([alteration("TP53", mutation=0.6), alteration("BCL2", mutation=0.6)])


def test_costs_multiply_on_birth():
    genotypes = Genotypes([alteration("ABCB1", mutation=0, cost=0.5), alteration("TP53", mutation=0, cost=0.1)])
    assert genotypes.births(2.0) == pytest.approx([2, 1, 1.8, 0.9])
    assert genotypes.mutation == {}


def test_potency_needs_one_calibration_and_a_reason():
    with pytest.raises(ModelError, match="emax must be left out where log10_kill_per_cycle is given; got 1"):
        Potency(drug="docetaxel", emax=1, log10_kill_per_cycle=1, basis="x")
    with pytest.raises(ModelError, match="emax is missing: give it, or log10_kill_per_cycle with at"):
        Potency(drug="docetaxel", basis="x")
    with pytest.raises(ModelError, match="basis is missing"):
        Potency(drug="docetaxel", emax=1)  # type: ignore[call-arg]
    with pytest.raises(ModelError, match=r"emax must be in \(0, 1\] for a cytostatic drug"):
        Potency(drug="docetaxel", emax=2, basis="x", mode="cytostatic")
    with pytest.raises(ModelError, match="log10_kill_per_cycle must not be given for a cytostatic drug"):
        Potency(drug="docetaxel", log10_kill_per_cycle=2, basis="x", mode="cytostatic")


def test_the_core_defends_itself():
    with pytest.raises(ModelError, match=r'stage must be one of uptake, efflux, .*; got "export"'):
        _core.Step(0, "export", 1.0, 0.0)
    with pytest.raises(ModelError, match="mode must be one of cytotoxic, "):
        _core.Drug(_core.Course.constant(1.0), 0, 1.0, "kind", _core.Potency(1.0, 1.0, 1.0), [])
    with pytest.raises(ModelError, match="at most 1048576 genotypes"):
        _core.genotype_lattice([1] * 21)
    for measured in ([(8.0, 8.0, 1.0)], [(2.0, 0.0, 0.0)], [(0.0, 1.0, 0.0)]):
        with pytest.raises(ModelError, match="must be"):
            _core.strengths_from_folds(measured)
    assert Patient() == Patient()
