"""Mechanisms as data: what ships is whole and returns its folds, what is wrong is refused by name."""

from __future__ import annotations

import functools
import pickle
from typing import Any

import pytest

import chemoevo as ce
from chemoevo.pharmacology import Inhibition, drug_names

NAMES = ce.mechanism_names()
DECIDED = ("P-gp", "GSTP1", "p53", "BCL2", "NER")
EXACTLY: dict[str, Any] = {"rel": 1e-9, "abs": 0.0}

BASAL = {name: ce.mechanism(name).basal for name in NAMES}
"""All mechanisms as they are in the lines: written out, every one of them is in play."""


@functools.cache
def reaching() -> dict[tuple[str, float], str]:
    """The alteration that brings a mechanism to an expression, by both, from what its changes say."""
    found = {}
    for name in ce.alteration_names():
        for change in ce.alteration(name, mutation=0).changes:
            basal = BASAL[change.mechanism]
            level = basal + change.by if change.by is not None else basal * (1 - (change.loss or 0))
            found[change.mechanism, round(level, 12)] = name
    return found


FOLDS = [
    (name, on.drug, on.fold, one.expression if on.expression is None else on.expression, on.needs)
    for name in NAMES
    for one in [ce.mechanism(name)]
    for on in one.drugs
    if on.fold is not None
]


@pytest.mark.parametrize("name", NAMES)
def test_what_ships_is_whole(name: str) -> None:
    one = ce.mechanism(name)
    assert one.name == name
    assert one.title
    assert one.basis
    assert one.expression != one.basal
    known = drug_names()
    for on in one.drugs:
        assert on.drug in known, on.drug
        if on.unknown is None:
            # A fold or a reason for none: with a source that is listed, and how sure it is.
            assert (on.fold is None) != (on.none is None), on.drug
            assert on.cite in one.citations, on.drug
            assert on.tag in ("R", "P", "B+", "B", "B-", "C"), on.drug
    figures = [one.turnover_hours, one.hypoxia, *(on.km for on in one.drugs)]
    assert all(figure.cite in one.citations for figure in figures if figure is not None)
    assert {on.cite for on in one.drugs} | {f.cite for f in figures if f} >= set(one.citations)


@pytest.mark.parametrize("name", DECIDED)
def test_five_are_decided_for_every_drug(name: str) -> None:
    one = ce.mechanism(name)
    assert {on.drug for on in one.drugs} == set(drug_names())
    assert not [on.drug for on in one.drugs if on.unknown is not None]


def test_there_is_much_to_return() -> None:
    assert len(FOLDS) > 100
    assert {name for name, *_ in FOLDS} == set(NAMES) - {"B2M"}
    assert [(name, drug, needs) for name, drug, _, _, needs in FOLDS if needs] == [("GSTA1", "chlorambucil", "MRP1")]
    # Of the target of camptothecins no alteration ships.
    assert {name for name, _, _, level, _ in FOLDS if (name, level) not in reaching()} == {"TOP1"}


@pytest.mark.parametrize("around", [{}, BASAL], ids=["alone", "among all others"])
@pytest.mark.parametrize("mechanism", sorted({name for name, *_ in FOLDS}))
def test_every_fold_comes_back(mechanism: str, around: dict[str, float]) -> None:
    for name, drug, fold, level, needs in FOLDS:
        if name != mechanism:
            continue
        more: dict[str, Any] = {"expressions": dict(around), "assume_untouched": True}
        if name == "TOP1":
            more["expressions"][name] = level
        else:
            more["genotype"] = reaching()[name, level]
        if needs is not None:
            # Without the pump of the conjugate it does nothing.
            assert ce.fold(drug, **more) == pytest.approx(1.0, **EXACTLY)
            more["genotype"] += "+" + reaching()[needs, ce.mechanism(needs).expression]
        assert ce.fold(drug, **more) == pytest.approx(fold, **EXACTLY), drug


@pytest.mark.parametrize("drug", sorted(set(drug_names())))
def test_cells_as_in_the_lines_have_no_fold(drug: str) -> None:
    assert ce.fold(drug, expressions=BASAL, assume_untouched=True) == pytest.approx(1.0, **EXACTLY)


@pytest.mark.parametrize("mechanism", sorted({name for name, *_ in FOLDS if name != "TOP1"}))
def test_what_is_untouched_stays_so(mechanism: str) -> None:
    one = ce.mechanism(mechanism)
    for on in one.drugs:
        if on.none is not None:
            assert ce.fold(on.drug, genotype=reaching()[mechanism, one.expression], assume_untouched=True) == 1.0


def test_folds_of_p53_lie_in_their_intervals() -> None:
    measured = [on for on in ce.mechanism("p53").drugs if on.interval]
    assert len(measured) == 14
    for on in measured:
        low, high = on.interval
        assert low <= ce.fold(on.drug, genotype="TP53") <= high, on.drug
        # Pooled lines: few of the intervals leave out 1, and none reaches the 4 of matched pairs but that of nutlin.
        assert high < 4 or on.drug == "nutlin-3a"
    others = [on for on in ce.mechanism("p53").drugs if on.fold is not None and not on.interval]
    assert all(on.note for on in others)


def test_folds_of_two_mechanisms_of_all_cells_are_calibrated_together() -> None:
    # Published folds 15.53 and 3 of what has 0.02 and 0.1 in the line: strengths 30.80855675 and 4.617631815.
    given: list[tuple[Any, ...]] = [("pump", "efflux", 0.02, 15.53), ("enzyme", "detoxification", 0.1, 3.0)]
    own = [
        ce.Mechanism(name=name, stage=stage, basal=basal, drugs=[ce.OnDrug(drug="docetaxel", fold=fold)])
        for name, stage, basal, fold in given
    ]
    in_line = {name: basal for name, _, basal, _ in given}

    def fold(**levels: float) -> float:
        return ce.fold("docetaxel", mechanisms=own, expressions={**in_line, **levels})

    assert fold(pump=1.0) == pytest.approx(15.53, **EXACTLY)
    assert fold(enzyme=1.0) == pytest.approx(3.0, **EXACTLY)
    assert fold(pump=1.0, enzyme=1.0) == pytest.approx(17.53, **EXACTLY)
    line = 1 + 30.80855675 * 0.02 + 4.617631815 * 0.1
    assert fold(pump=0.0, enzyme=0.0) == pytest.approx(1 / line, rel=1e-8)
    # Each alone would be possible up to 50 and 10: q is 0.97 of each, and together they are above 1.
    steep = [one.replace({"drugs[0].fold": fold}) for one, fold in zip(own, (34.0, 7.0), strict=True)]
    message = r"The folds of pump, enzyme for 'docetaxel' do not go together"
    with pytest.raises(ce.ModelError, match=message):
        ce.fold("docetaxel", mechanisms=steep, expressions=in_line)
    assert ce.fold("docetaxel", mechanisms=steep[0], expressions={"pump": 1.0}) == pytest.approx(34.0, **EXACTLY)


def test_what_exposes_divides() -> None:
    # Sensitivity 4-fold less without it; half of it left: 1 + 3/2 of 4.
    for stage in ("uptake", "target", "apoptosis"):
        one = ce.Mechanism(
            name="door", stage=stage, basal=1.0, expression=0.0, drugs=[ce.OnDrug(drug="docetaxel", fold=4.0)]
        )
        found = [ce.fold("docetaxel", mechanisms=one, expressions={"door": level}) for level in (0.0, 0.5, 1.0, 2.0)]
        assert found == pytest.approx([4.0, 4.0 / 2.5, 1.0, 4.0 / 7.0], **EXACTLY)
    # More of a target is more resistance.
    one = ce.Mechanism(name="target", stage="target", drugs=[ce.OnDrug(drug="docetaxel", fold=4.0)])
    found = [ce.fold("docetaxel", mechanisms=one, expressions={"target": level}) for level in (0.0, 0.5, 1.0, 2.0)]
    assert found == pytest.approx([1.0, 2.5, 4.0, 7.0], **EXACTLY)


WRONG: dict[str, tuple[type, dict[str, Any], str]] = {
    "no such stage": (ce.Mechanism, {"stage": "export"}, "stage must be one of 'uptake', 'efflux', "),
    "basal below 0": (ce.Mechanism, {"basal": -1}, "basal must be >= 0; got -1."),
    "endless": (ce.Mechanism, {"expression": float("inf")}, "expression must be finite; got inf."),
    "too long a life": (ce.Mechanism, {"turnover_hours": 2e4}, "turnover_hours must be at most 10000 h; got 20000."),
    "a drug twice": (
        ce.Mechanism,
        {"drugs": [ce.OnDrug(drug="a", fold=2), ce.OnDrug(drug="b", none="x"), ce.OnDrug(drug="a", none="x")]},
        "drugs[2].drug must appear once; got 'a'.",
    ),
    "no such source": (
        ce.Mechanism,
        {"drugs": [{"drug": "a", "fold": 2, "km": {"value": 1, "unit": "uM", "cite": "nobody", "tag": "B"}}]},
        "drugs[0].km.cite must be a key of citations; got 'nobody'.",
    ),
    "a fold of immunity": (
        ce.Mechanism,
        {"stage": "immunity", "drugs": [ce.OnDrug(drug="a", fold=2)]},
        "drugs[0] must be none or unknown: what acts on immune kill has no EC50.",
    ),
    "a ceiling of a pump": (
        ce.Mechanism,
        {"drugs": [ce.OnDrug(drug="a", ceiling=0.5)]},
        "drugs[0].ceiling must be left out: it acts on efflux; got 0.5.",
    ),
    "a repair that saturates": (
        ce.Mechanism,
        {"stage": "repair", "drugs": [ce.OnDrug(drug="a", fold=2, km=1)]},
        "drugs[0].km must be left out: it acts on repair, and is no pump.",
    ),
    "the same line": (
        ce.Mechanism,
        {"drugs": [ce.OnDrug(drug="a", fold=2, expression=0)]},
        "drugs[0] must be of a line with another expression than the basal one, 0.",
    ),
    "a fold beyond the expressions": (
        ce.Mechanism,
        {"basal": 1, "expression": 8, "drugs": [ce.OnDrug(drug="a", fold=7.9), ce.OnDrug(drug="b", fold=8)]},
        "drugs[1].fold must be between 1 and 8, for an expression of 8 against 1; got 8.",
    ),
    "a fold below 1 of a pump": (
        ce.Mechanism,
        {"drugs": [ce.OnDrug(drug="a", fold=0.5)]},
        "drugs[0].fold must be between 1 and infinity, for an expression of 1 against 0; got 0.5.",
    ),
    "less uptake that sensitizes": (
        ce.Mechanism,
        {"stage": "uptake", "basal": 1, "expression": 0, "drugs": [ce.OnDrug(drug="a", fold=0.5)]},
        "drugs[0].fold must be between 1 and infinity, for an expression of 0 against 1; got 0.5.",
    ),
    "nothing said": (ce.OnDrug, {}, "must have one of fold (or strength, or a ceiling), none and unknown; got none of"),
    "said twice": (ce.OnDrug, {"fold": 2, "none": "x"}, "must have one of fold (or strength, or a ceiling)"),
    "none and unknown": (ce.OnDrug, {"none": "y", "unknown": "x"}, "must have one of fold (or strength, or a ceiling)"),
    "fold and strength": (ce.OnDrug, {"fold": 2, "strength": 1}, "strength must not be given beside fold; got 1."),
    "a fold of 0": (ce.OnDrug, {"fold": 0}, "fold must be > 0; got 0."),
    "a ceiling above 1": (ce.OnDrug, {"ceiling": 1.5}, "ceiling must be <= 1; got 1.5."),
    "half of nothing": (ce.OnDrug, {"none": "x", "km": 1}, "must have a fold where km or needs is given."),
    "needs for nothing": (ce.OnDrug, {"none": "x", "needs": "P-gp"}, "must have a fold where km or needs is given."),
    "an interval of one": (
        ce.OnDrug,
        {"fold": 2, "interval": [2]},
        "interval must be two numbers, the lower one first; got [2.0].",
    ),
    "an interval turned round": (
        ce.OnDrug,
        {"fold": 2, "interval": [3, 1]},
        "interval must be two numbers, the lower one first; got [3.0, 1.0].",
    ),
    "no change": (ce.Change, {}, "Change must have either by, or loss; got none of them (mechanism alone)."),
    "two changes": (ce.Change, {"by": 1, "loss": 1}, "must have either by, or loss; got by and loss."),
    "a change of 0": (ce.Change, {"by": 0}, "by must not be 0; got 0."),
    "a loss of nothing": (ce.Change, {"loss": 0}, "loss must be > 0; got 0."),
    "more than all lost": (ce.Change, {"loss": 1.1}, "loss must be <= 1; got 1.1."),
    "copies": (ce.Alteration, {"copies": 21}, "copies must be <= 20; got 21."),
    "half a copy": (ce.Alteration, {"copies": 1.5}, "copies must be a whole number; got 1.5."),
    "no copy": (ce.Alteration, {"copies": 0}, "copies must be >= 1; got 0."),
    "reversal": (ce.Alteration, {"reversal": 1.1}, "reversal must be <= 1; got 1.1."),
    "switching": (ce.Alteration, {"switch_on": -1}, "switch_on must be >= 0; got -1."),
    "switching back": (ce.Alteration, {"switch_off": 1001}, "switch_off must be <= 1000; got 1001."),
    "mutator": (ce.Alteration, {"mutator": -1}, "mutator must be >= 0; got -1."),
    "nothing changed": (ce.Alteration, {"changes": []}, "changes is missing: the mechanisms that it changes."),
    "changed twice": (
        ce.Alteration,
        {"changes": [{"mechanism": "P-gp", "by": 1}, {"mechanism": "P-gp", "loss": 1}]},
        "changes[1].mechanism must appear once; got 'P-gp'.",
    ),
    "two forms": (
        ce.Alteration,
        {"stage": "efflux", "effects": [{"drug": "a", "fold": 2}]},
        "changes must be left out where stage and effects are given, or the other way round.",
    ),
    "a stage alone": (
        ce.Alteration,
        {"stage": "efflux", "changes": []},
        "effects is missing: what it does to each drug.",
    ),
    "effects alone": (
        ce.Alteration,
        {"changes": [], "effects": [{"drug": "a", "fold": 2}]},
        "stage is missing: where its effects act.",
    ),
    "one alteration together": (ce.Epistasis, {"alterations": ["A"]}, "alterations must have at least 2 items."),
    "itself": (ce.Epistasis, {"alterations": ["A", "A"]}, "alterations[1] must be another alteration; got 'A'."),
    "birth below 0": (ce.Epistasis, {"birth": -0.1}, "birth must be >= 0; got -0.1."),
    "no reason": (ce.Epistasis, {"basis": None}, "basis "),
    "neither way": (Inhibition, {"ki": None}, "must have either ki, or use; got none of them ("),
    "both ways": (Inhibition, {"use": 1}, "must have either ki, or use; got ki and use."),
    "used up steeply": (Inhibition, {"ki": None, "use": 1, "hill": 2}, "use must stand alone: hill, most and"),
    "no steepness": (Inhibition, {"hill": 0}, "hill must be > 0; got 0."),
    "more than all": (Inhibition, {"most": 1.5}, "most must be <= 1; got 1.5."),
    "another unit": (
        Inhibition,
        {"ki": 1e6},
        "ki must be from 1e-08 to 10000 uM; got 1000000. 1000000 looks like nM (write 1000)",
    ),
}
FORMS: dict[type, dict[str, Any]] = {
    ce.Mechanism: {"name": "mine", "stage": "efflux"},
    ce.OnDrug: {"drug": "docetaxel"},
    ce.Change: {"mechanism": "P-gp"},
    ce.Alteration: {"name": "mine", "mutation": 0, "changes": [{"mechanism": "P-gp", "by": 1}]},
    ce.Epistasis: {"alterations": ["A", "B"], "birth": 1, "basis": "a test"},
    Inhibition: {"mechanism": "P-gp", "ki": 1},
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_refused_by_name(name: str) -> None:
    kind, fields, said = WRONG[name]
    with pytest.raises((ce.ModelError, TypeError)) as error:
        kind(**{**FORMS[kind], **fields})
    assert said in str(error.value)


def test_what_they_are_refused_for_is_needed() -> None:
    # The forms of the test above are right by themselves.
    for kind, fields in FORMS.items():
        if kind is not ce.OnDrug and kind is not ce.Change:
            kind(**fields)
    assert ce.OnDrug(drug="docetaxel", unknown="x").acts is False


def test_all_problems_are_said_at_once() -> None:
    drugs: Any = [
        {"drug": "a", "fold": 9},
        {"drug": "b", "fold": 2, "none": "x"},
        {"drug": "a", "fold": 2, "km": 0},
    ]
    with pytest.raises(ce.ModelError) as error:
        ce.Mechanism(name="mine", stage="efflux", basal=1, expression=8, drugs=drugs)
    for said in ("drugs[0].fold", "drugs[1] must have one of", "drugs[2].km", "drugs[2].drug"):
        assert said in str(error.value), said
    with pytest.raises(ce.ModelError, match=r"'P-pg' is not a known mechanism. Did you mean 'P-gp'\?"):
        ce.mechanism("P-pg")
    with pytest.raises(TypeError, match=r"drug must be the name of a drug; got 3."):
        ce.mechanism("P-gp").on(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", NAMES)
def test_what_ships_comes_back(name: str) -> None:
    one = ce.mechanism(name)
    twins = (ce.Mechanism.from_toml(one.to_toml()), pickle.loads(pickle.dumps(one)), one.replace({}))
    for twin in twins:
        assert twin == one
        assert hash(twin) == hash(one)
    assert one.replace({"drugs": one.drugs[1:]}) != one
    text = str(one)
    assert one.stage in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("name", ce.alteration_names())
def test_alterations_that_ship_come_back(name: str) -> None:
    one = ce.alteration(name, mutation=1e-7, copies=2, reversal=1e-8)
    assert ce.Alteration.from_toml(one.to_toml()) == one == pickle.loads(pickle.dumps(one))
    # Its name alone says as much.
    assert ce.Alteration(name=name, mutation=1e-7, copies=2, reversal=1e-8) == one
    assert all(change.mechanism in NAMES for change in one.changes)
