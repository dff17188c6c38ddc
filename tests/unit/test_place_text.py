"""What `describe`, `print` and `citations` say of niches, phenotypes and late death."""

from __future__ import annotations

import functools
from typing import Any

import polars as pl
import pytest

import chemoevo as ce
from chemoevo.cli.cite import cited

EXAMPLE: dict[str, Any] = {"basis": "an example"}
ALTERATIONS = [ce.Alteration(name="ABCB1", mutation=1e-7), ce.Alteration(name="B2M", mutation=1e-7)]
NICHES = [
    ce.Niche(
        name="vascular",
        share=0.6,
        oxygen=40,
        distance=[0, 50],
        penetration={"anthracycline": ce.Access(half_distance=40, cite="Somebody 2031"), "other": 1},
    ),
    ce.Niche(
        name="hypoxic",
        share=0.3,
        oxygen=5,
        death=0.02,
        distance=[100, 150],
        penetration={
            "anthracycline": ce.Access(half_distance=40, lag_hours=6),
            "docetaxel": ce.Access(ratio=0.25, lag_hours=12),
            "platinum": 0.5,
        },
        note="far from vessels",
    ),
    ce.Niche(
        name="immune", share=0.1, oxygen=20, immune_kill=0.05, changes=[ce.Change(mechanism="BCL2", by=0.5, tag="B")]
    ),
]
TOLERANT = ce.Phenotype(
    name="tolerant",
    enter=1e-4,
    induced={"docetaxel": 0.02},
    leave=0.05,
    held={"docetaxel": 0.5},
    birth=0.5,
    protection=0.9,
    ec50=2,
)


def scenario(*, tumor: dict[str, Any], **more: Any) -> ce.Scenario:
    parts = {
        "name": "a test",
        "regimen": "docetaxel 75 mg/m2 over 1 h q21d x1",
        "patient": ce.Patient(bsa=1.8),
        "potencies": [ce.Potency(drug="docetaxel", emax=1, **EXAMPLE)],
        "follow_up": ce.FollowUp(horizon=21),
        "simulation": ce.Simulation(tolerance=0.1),
    }
    return ce.Scenario(tumor=ce.Tumor(**{"birth": 0.3, "death": 0.1, "size": 1e6, **tumor}), **{**parts, **more})


@functools.cache
def of_niches() -> ce.Scenario:
    return scenario(
        tumor={"niches": NICHES, "exchange": 0.2, "alterations": ALTERATIONS, "late_death": ce.LateDeath(rate=0.968)},
        regimen="docetaxel 75 mg/m2 over 1 h + doxorubicin 50 mg/m2 q21d x1",
        potencies=[
            ce.Potency(drug="docetaxel", emax=1, mutation=20, **EXAMPLE),
            ce.Potency(drug="doxorubicin", emax=1, hypoxia_half=10, **EXAMPLE),
        ],
        radiotherapy=ce.Radiotherapy(dose=2, fractions=1, alpha=0.3, beta=0.03),
    )


@functools.cache
def of_phenotypes() -> ce.Scenario:
    return scenario(tumor={"birth": 0.2, "phenotypes": TOLERANT, "alterations": ALTERATIONS[:1]})


def in_a_line(text: str) -> str:
    """As one line, in which every word can be looked for."""
    return " ".join(text.split())


def numbers(table: Any, part: str) -> dict[str, float | None]:
    return dict(table.filter(part=part).select("number", "value").iter_rows())


@pytest.mark.parametrize("model", [of_niches, of_phenotypes])
def test_texts_fit_a_terminal(model: Any) -> None:
    for text in (model().describe(), str(model()), cited(ce.citations(model()))):
        assert max(map(len, text.splitlines())) <= 80


def test_niches_are_described_with_their_numbers() -> None:
    text = in_a_line(of_niches().describe())
    for said in (
        "12 types: 4 genotypes x 3 niches, and 9 of damaged cells",
        # With births x 26/27, 13/24 and 13/15 growth is 17/90, 0.0425 and 0.11 per day, and the mean 0.13708.
        "the whole grows at 0.1371 per day, doubling time 5.06 days",
        "vascular 60 % 60.0 % 40 mmHg x 0.963 0.1889",
        "hypoxic 30 % 30.0 % 5 mmHg x 0.542 + 0.02 0.0425",
        "immune 10 % 10.0 % 20 mmHg x 0.867 0.05 0.11",
        # (17/90 - 0.13708) 0.3 (0.13708 - 0.0425)/(0.6 (17/90 - 0.13708)) = 0.04729, and 0.2 x 0.3 of exchange.
        "with an exchange of 0.2 per day, at from vascular: to hypoxic 0.1073, to immune 0.02451",
        "from hypoxic: to vascular 0.12, to immune 0.02 from immune: to vascular 0.12, to hypoxic 0.06",
        # Means of 2^(-x/40) over 0 to 50 and 100 to 150 um.
        "vascular x 1 x 0.669",
        "hypoxic x 0.25, lag 12 h x 0.118, lag 6 h",
        "immune as plasma (assumed) as plasma (assumed)",
        "anthracycline in vascular: half in 40 um, at 0 to 50 um from the vessel; Somebody 2031",
        # With strengths 14.53/(1 - 0.1553) and 7.6/(1 - 0.086), over the basal 0.01.
        "hypoxic: P-gp 0.0818 in place of 0.01 (hypoxia x 8.18) "
        "which makes of docetaxel EC50 x 2.054; doxorubicin EC50 x 1.551",
        "immune: BCL2 0.5 in place of 0 (+0.5)",
        "of the immune kill in immune is left: B2M x 0, ABCB1+B2M x 0",
        "hypoxic: far from vessels",
        "B2M none none",
        "docetaxel raises probabilities of mutation up to 20 times",
        "half at 10 mmHg of oxygen; EC50 vascular x 5, hypoxic x 1.5, immune x 3",
        "docetaxel acts on cells in G2 and M, and kills in proportion to births: vascular x 0.963, hypoxic x 0.542",
        "pass 3 stages at 0.968 per day each, 3.1 days on average",
        "cure: no cell at the horizon but damaged ones, which only die",
        # OER (3 x 5 + 3)/(5 + 3) = 2.25, a dose of 1.5 Gy.
        "in hypoxic at 5 mmHg a fraction with 0.596",
        "NOTE: assumed: drugs come to immune as to plasma, since no penetration is given",
        "expected mutations and switches per replicate",
    ):
        assert said in text, said
    for misleading in ("net growth 0.2", "per cycle, regrowth included", "doxorubicin acts on cells"):
        assert misleading not in text


def test_phenotypes_are_described_with_their_numbers() -> None:
    text = in_a_line(of_phenotypes().describe())
    for said in (
        "4 types: 2 genotypes x 2 phenotypes",
        # Growth 0.1 outside and 0 inside, in at 1e-4, out at 0.05: 0.0006665185 of the cells, 0.0999333 per day.
        "the whole grows at 0.09993 per day, doubling time 6.94 days",
        "tolerant: births x 0.5, spared 90 % of the largest effect of all drugs, EC50 of all drugs x 2",
        "entered at 0.0001, up to 0.02 more by docetaxel left at 0.05, docetaxel holds up to 50 % of that",
        "share at rest 0.067 %",
        "kills in proportion to births: tolerant x 0.5",
    ):
        assert said in text, said
    assert "Niches" not in text
    assert "damaged" not in text


def test_shares_follow_from_migration() -> None:
    niches = [ce.Niche(name="A"), ce.Niche(name="B", birth=0.5)]
    there, back = ce.Migration(start="A", to="B", rate=0.05), ce.Migration(start="B", to="A", rate=0.05)
    text = in_a_line(scenario(tumor={"niches": niches, "migration": [there, back]}).describe())
    # Growth 0.2 and 0.05: odds x of the second with 0.05 x^2 + 0.15 x - 0.05 = 0, and 0.2 - 0.05 + 0.05 x per day.
    assert "A 76.8 % x 1 0.2 B 23.2 % x 0.5 0.05 cells move at (per cell and day) from A: to B 0.05" in text
    assert "the whole grows at 0.1651 per day, doubling time 4.2 days" in text
    assert "drugs come to A, B as to plasma" in text


def test_brief_texts_name_them() -> None:
    text = in_a_line(str(of_niches()))
    assert "growth of the whole: 0.1371 per day" in text
    assert "niches: vascular (60 % of the cells, 40 mmHg, births x 0.963); hypoxic (30 % of the cells, 5 mmHg" in text
    assert "late death: 3 stages at 0.968 per day" in text
    text = in_a_line(str(of_phenotypes()))
    assert "phenotype tolerant: births x 0.5, spared 90 %, EC50 x 2, entered at 0.0001 per day, left at 0.05" in text
    assert repr(of_niches()).startswith("Scenario('a test': 1e+06 cells, 12 types: 4 genotypes x 3 niches, and 9 of")
    alone = scenario(tumor={"late_death": ce.LateDeath(rate=1, stages=1)})
    assert "alterations: none (1 genotype, and 1 of damaged cells)" in str(alone)
    assert "pass one stage at 1 per day each, 1 day on average" in in_a_line(alone.describe())


@pytest.mark.parametrize(
    ("phenotype", "said"),
    [
        ({"induced": {"docetaxel": 0.02}, "leave": 0.05}, "entered up to 0.02 by docetaxel left at 0.05 no cell is in"),
        ({"enter": 1e-3, "leave": 0}, "entered at 0.001 left never it has no steady share: it is never left"),
        ({"enter": 1e-3, "leave": 1, "birth": 0, "note": "at rest"}, "share at rest 0.077 % at rest"),
        (
            {"enter": 1e-3, "leave": 1, "changes": [ce.Change(mechanism="BCL2", by=1)]},
            "resting: BCL2 1 in place of 0 (+1) which makes of docetaxel EC50 x 2",
        ),
        ({"enter": 1e-3, "leave": 1, "held": {"cisplatin": 1}}, "NOTE: cisplatin holds resting and does nothing: it"),
    ],
)
def test_phenotypes_of_all_kinds(phenotype: dict[str, Any], said: str) -> None:
    model = scenario(tumor={"phenotypes": ce.Phenotype(name="resting", **phenotype)})
    assert said in in_a_line(model.describe())


def test_notes_say_what_is_assumed() -> None:
    mine = ce.Drug(
        name="mine", drug_class="own", molar_mass=500, fraction_unbound=0.1,
        kinetics=ce.pharmacology.Kinetics(clearance=3, volume=4),
    )  # fmt: skip
    niches = [ce.Niche(name="A", share=0.5, penetration={"own": 1}), ce.Niche(name="B", share=0.5, oxygen=5)]
    potency = ce.Potency(drug="mine", emax=1, ec50=1, hill=1, **EXAMPLE)
    model = scenario(
        tumor={"niches": niches, "exchange": 1},
        regimen="mine 10 mg q21d x1", drugs=mine, potencies=potency, assume_untouched=True,
    )  # fmt: skip
    text = in_a_line(str(model))
    for said in (
        "NOTE: assumed: drugs come to B as to plasma, since no penetration is given",
        "NOTE: assumed: oxygen does nothing in A, since none is given",
        "NOTE: assumed: mine kills cells however often they divide, since no cycle_specificity is given",
    ):
        assert said in text, said
    alone = ce.Scenario(
        name="a test",
        tumor=ce.Tumor(birth=0.3, death=0.1, size=1e6, late_death=ce.LateDeath(rate=1)),
        radiotherapy=ce.Radiotherapy(dose=2, fractions=1, alpha=0.3, beta=0.03),
    )
    assert "NOTE: late death does nothing: no drug is given" in in_a_line(alone.describe())


def test_a_drug_that_unmasks_is_described() -> None:
    model = scenario(
        tumor={"niches": ce.Niche(name="hot", immune_kill=0.02)},
        potencies=ce.Potency(drug="docetaxel", emax=3, mode="unmask", **EXAMPLE),
    )
    text = in_a_line(model.describe())
    assert "3 times immune kill" in text
    assert "multiplies the immune kill of niches, and does nothing where there is none" in text


def test_citations_have_niches_and_the_rules() -> None:
    table = ce.citations(of_niches())
    assert numbers(table, "niche vascular") == {
        "share": 0.6,
        "oxygen": 40,
        "birth_rule": None,
        "induction_rule": None,
        "distance, nearest": 0,
        "distance, farthest": 50,
        "distance_rule": None,
        "penetration[other].ratio": 1,
        "penetration[anthracycline].half_distance": 40,
    }
    # The platinum of the niche is not given to anybody.
    assert numbers(table, "niche hypoxic") == {
        "share": 0.3,
        "oxygen": 5,
        "death": 0.02,
        "birth_rule": None,
        "induction_rule": None,
        "distance, nearest": 100,
        "distance, farthest": 150,
        "distance_rule": None,
        "penetration[docetaxel].ratio": 0.25,
        "penetration[docetaxel].lag_hours": 12,
        "penetration[anthracycline].half_distance": 40,
        "penetration[anthracycline].lag_hours": 6,
        "lag_rule": None,
    }
    immune = table.filter(part="niche immune", number="changes[BCL2].by").row(0, named=True)
    assert (immune["value"], immune["tag"], immune["verified"]) == (0.5, "B", False)
    assert numbers(table, "migration") == {"exchange": 0.2, "rule": None}
    assert numbers(table, "late death") == {"rate": 0.968, "stages": 3, "rule": None}
    assert numbers(table, "mechanism P-gp")["hypoxia"] == 7
    assert numbers(table, "drug docetaxel")["mutation (stated)"] == 20
    assert numbers(table, "drug doxorubicin")["hypoxia_half (stated)"] == 10
    course = table.filter(part="radiotherapy 0")
    assert numbers(course, "radiotherapy 0") == {
        "survival_rule": None, "alpha": 0.3, "beta": 0.03, "oer": 3, "oer_half": 3, "oxygen_rule": None,
    }  # fmt: skip
    assert "Alper" in course.filter(number="oer")["source"][0]
    rules = table.filter(table["number"].str.ends_with("rule") & table["value"].is_null())
    assert rules["source"].null_count() == rules["note"].null_count() == 0
    given = table.filter(part="niche hypoxic", number="death").row(0, named=True)
    assert (given["tag"], given["verified"], given["unit"]) == ("U", None, "per day")


def test_numbers_of_places_have_their_sources() -> None:
    read: dict[str, Any] = {"cite": "Somebody 2031", "tag": "R"}
    tumor = {
        "niches": [ce.Niche(name="A", oxygen=20, **read)],
        "phenotypes": [ce.Phenotype(name="T", enter=1e-4, leave=0.05, cite="Another 2032")],
        "late_death": ce.LateDeath(rate=0.968, **read),
    }
    table = ce.citations(scenario(tumor=tumor)).filter(pl.col("value").is_not_null())

    def sources(part: str) -> set[tuple[object, ...]]:
        return set(table.filter(part=part).select("source", "tag", "verified").rows())

    assert sources("niche A") == sources("late death") == {("Somebody 2031", "R", True)}
    assert sources("phenotype T") == {("Another 2032", "U", None)}


def test_citations_have_phenotypes_and_only_what_is_used() -> None:
    table = ce.citations(of_phenotypes())
    assert numbers(table, "phenotype tolerant") == {
        "enter": 1e-4, "induced[docetaxel]": 0.02, "leave": 0.05, "held[docetaxel]": 0.5,
        "birth": 0.5, "protection": 0.9, "ec50": 2,
    }  # fmt: skip
    # Hypoxia is in no part of this tumor.
    assert "hypoxia" not in numbers(table, "mechanism P-gp")
    moves = [ce.Migration(start="A", to="B", rate=0.05), ce.Migration(start="B", to="A", rate=0.1)]
    model = scenario(tumor={"niches": [ce.Niche(name="A"), ce.Niche(name="B", birth=0.5)], "migration": moves})
    found = ce.citations(model)
    assert numbers(found, "migration") == {"migration[0].rate": 0.05, "migration[1].rate": 0.1}
    assert found.filter(part="migration")["note"].to_list() == ["A to B", "B to A"]
    assert numbers(found, "niche B") == {"birth": 0.5}
    stated = ce.Radiotherapy(dose=2, fractions=1, alpha=0.3, beta=0.03, oer=2.8)
    breathing = model.replace({"radiotherapy": stated, "tumor.niches[B].oxygen": 5})
    course = ce.citations(breathing).filter(part="radiotherapy 0", number="oer").row(0, named=True)
    assert (course["value"], course["tag"], course["source"]) == (2.8, "U", None)
