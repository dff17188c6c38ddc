"""What is refused of niches, phenotypes and late death: every message in full."""

from __future__ import annotations

from typing import Any

import pytest

import chemoevo as ce
from chemoevo.resistance import Effect
from chemoevo.resistance.cell_types import CellTypes, Place
from chemoevo.resistance.genotypes import Genotypes
from tests.unit.place_scenarios import EFFLUX, scenario

KNOWN = "Known: 'docetaxel'."


def niche(**fields: Any) -> dict[str, Any]:
    return {"niches": [{"name": "A", **fields}]}


def state(**fields: Any) -> dict[str, Any]:
    return {"phenotypes": [{"name": "T", "enter": 0.01, "leave": 0.1, **fields}]}


def two(**more: Any) -> dict[str, Any]:
    return {"niches": [{"name": "A", "share": 0.5}, {"name": "B", "share": 0.5}], "exchange": 0.1, **more}


def moving(*ways: str, names: str = "AB", **more: Any) -> dict[str, Any]:
    return {
        "niches": [{"name": name} for name in names],
        "migration": [{"start": way[0], "to": way[1], "rate": 0.1} for way in ways],
        **more,
    }


TWICE = [{"mechanism": "P-gp", "by": 0.1}, {"mechanism": "P-gp", "by": 0.1}]
SECOND = ce.Alteration(name="Q", mutation=0.04, stage="efflux", effects=[Effect(drug="docetaxel", fold=2)])
NO_WAY = "Cells of every niche must come to be in every other; or leave the niche out."
GROWS = "must leave cells without alterations a net growth above 0; together it would be"

REFUSED: list[tuple[dict[str, Any], list[str]]] = [
    # Niches by themselves.
    (niche(share=0.0), ["tumor.niches[0].share must be > 0; got 0.0."]),
    (niche(share=1.5), ["tumor.niches[0].share must be <= 1; got 1.5."]),
    (niche(oxygen=0), ["tumor.niches[0].oxygen must be > 0; got 0."]),
    (niche(birth=-1), ["tumor.niches[0].birth must be >= 0; got -1."]),
    (niche(immune_kill=-1), ["tumor.niches[0].immune_kill must be >= 0; got -1."]),
    (
        niche(distance=[50, 20]),
        ["tumor.niches[0].distance must be one, or the nearest and then the farthest; got [50.0, 20.0]."],
    ),
    (niche(distance=[1, 2, 3]), ["tumor.niches[0].distance must have at most 2 items; got 3."]),
    (
        niche(penetration={"other": {"half_distance": 40}}),
        ["tumor.niches[0].distance is missing: penetration[other] has a half_distance."],
    ),
    (
        niche(penetration={"other": {"lag_hours": 6}}),
        [
            "tumor.niches[0].penetration[other] must have either ratio, or half_distance; got none of them (lag_hours "
            "alone)."
        ],
    ),
    (
        niche(penetration={"other": {"ratio": 1, "half_distance": 40}}, distance=10),
        ["tumor.niches[0].penetration[other] must have either ratio, or half_distance; got ratio and half_distance."],
    ),
    (niche(penetration={"other": -1}), ["tumor.niches[0].penetration[other].ratio must be >= 0; got -1."]),
    (niche(changes=TWICE), ["tumor.niches[0].changes[1].mechanism must appear once; got 'P-gp'."]),
    # Names.
    *(
        (
            {field: [{**made, "name": f"A{sign}b"}]},
            [f"tumor.{field}[0].name must not contain {sign!r}, which {why}; got 'A{sign}b'."],
        )
        for field, made in (
            ("niches", {}),
            ("phenotypes", {"enter": 0.01, "leave": 0.1}),
            ("alterations", {"mutation": 1e-6, "radiosensitivity": 1}),
        )
        for sign, why in (
            ("@", "stands before the name of a niche"),
            (":", "stands before that of a phenotype"),
            ("+", "joins the names of alterations"),
        )
    ),
    (
        {"alterations": [{"name": "damaged 1", "mutation": 1e-6, "radiosensitivity": 1}]},
        ["tumor.alterations[0].name must not be 'damaged 1', the name of cells that die late; got 'damaged 1'."],
    ),
    (
        {"niches": [{"name": "A", "share": 0.5}, {"name": "A", "share": 0.5}], "exchange": 0.1},
        ["tumor.niches[1].name must appear once; got 'A'."],
    ),
    (
        {"phenotypes": state()["phenotypes"] * 2},
        ["tumor.phenotypes[1].name must appear once; got 'T'."],
    ),
    # Shares.
    (niche(share=0.5), ["tumor.niches must have shares that sum to 1; got 0.5."]),
    (
        {"niches": [{"name": "A", "share": 0.5}, {"name": "B", "share": 0.25}], "exchange": 0.1},
        ["tumor.niches must have shares that sum to 1; got 0.75."],
    ),
    (
        {"niches": [{"name": "A", "share": 0.5}, {"name": "B"}]},
        [
            "tumor.niches[1].share is missing: the share of the cells there. Or give tumor.migration.",
            "tumor.exchange is missing: how fast cells move between niches (per day).",
        ],
    ),
    (
        two(exchange=None),
        ["tumor.exchange is missing: how fast cells move between niches (per day). Or give tumor.migration."],
    ),
    ({"exchange": 0.1}, ["tumor.exchange must be left out where there are no two niches; got 0.1."]),
    (two(exchange=0), ["tumor.exchange must be > 0; got 0."]),
    # Migration.
    (
        moving("AB", "BA", exchange=0.1),
        ["tumor.exchange must be left out where migration says how cells move; got 0.1."],
    ),
    (
        two(migration=[{"start": "A", "to": "B", "rate": 1}, {"start": "B", "to": "A", "rate": 1}], exchange=None),
        [
            f"tumor.niches[{i}].share must be left out where migration says how cells move: the shares follow; got 0.5."
            for i in (0, 1)
        ],
    ),
    (
        moving("AB", "BC"),
        ["tumor.migration[1].to must be a niche of the tumor; got 'C'. Known: 'A', 'B'."],
    ),
    (
        moving("AB", names=""),
        [
            "tumor.migration[0].start must be a niche of the tumor; got 'A'. The tumor has none.",
            "tumor.migration[0].to must be a niche of the tumor; got 'B'. The tumor has none.",
        ],
    ),
    (moving("AB", "BA", "AA"), ["tumor.migration[2].to must be another niche; got 'A'."]),
    (
        moving("AB", "BA", "AB"),
        ["tumor.migration[2] must say once how fast cells go from one niche to another; got ['A', 'B']."],
    ),
    (moving("AB"), [f"tumor.migration must lead from 'B' back to 'A' (niches[1]). {NO_WAY}"]),
    (moving("BA"), [f"tumor.migration must lead from 'A' to 'B' (niches[1]). {NO_WAY}"]),
    (
        moving("AB", "BA", "CD", "DC", names="ABCD"),
        [f"tumor.migration must lead from 'A' to {name!r} (niches[{i}]). {NO_WAY}" for i, name in ((2, "C"), (3, "D"))],
    ),
    # A tumor that does not grow.
    (niche(death=0.5), [f"tumor.niches {GROWS} -0.3 per day."]),
    (niche(birth=0), [f"tumor.niches {GROWS} -0.1 per day."]),
    (niche(immune_kill=0.5), [f"tumor.niches {GROWS} -0.3 per day."]),
    (
        moving("AB", "BA", niches=[{"name": "A"}, {"name": "B", "death": 1}], migration=[
            {"start": "A", "to": "B", "rate": 1}, {"start": "B", "to": "A", "rate": 1}
        ]),
        # Half of (g_A + g_B - 2) and the root of a quarter of (g_A - g_B) squared and 1: -1.6 + sqrt(1.25).
        [f"tumor.niches {GROWS} {-0.3 - 1 + 1.25**0.5:.3g} per day."],
    ),
    (state(enter=1, leave=0, birth=0), [f"tumor.phenotypes {GROWS} -0.8 per day."]),
    # Phenotypes.
    (
        {"phenotypes": [{"name": "T", "leave": 0.1}]},
        ["tumor.phenotypes[0].enter must be above 0, or a drug must induce it: no cell is ever in it; got 0."],
    ),
    (
        {"phenotypes": [{"name": "T", "enter": 0.1}]},
        ["tumor.phenotypes[0].leave is missing. It is the rate at which cells leave it (per day)."],
    ),
    (state(protection=1.5), ["tumor.phenotypes[0].protection must be <= 1; got 1.5."]),
    (state(held={"docetaxel": 2}), ["tumor.phenotypes[0].held[docetaxel] must be <= 1; got 2."]),
    (state(changes=TWICE), ["tumor.phenotypes[0].changes[1].mechanism must appear once; got 'P-gp'."]),
    (
        state(induced={"docetaxl": 1}),
        ["tumor.phenotypes[0].induced[docetaxl] must be a drug; got 'docetaxl'. Did you mean 'docetaxel'?"],
    ),
    (state(held={"xyz": 1}), [f"tumor.phenotypes[0].held[xyz] must be a drug; got 'xyz'. {KNOWN}"]),
    # Drugs in niches.
    (
        niche(penetration={"cisplatin": 1}),
        ["tumor.niches[0].penetration has no entry for 'docetaxel'. Name it, its class 'taxane', or 'other'."],
    ),
    (
        niche(penetration={"docetaxl": 0.2, "other": 1}),
        [
            "tumor.niches[0].penetration[docetaxl] must be a drug, a class of drugs, or 'other'; got 'docetaxl'. "
            "Did you mean 'docetaxel'?"
        ],
    ),
    ({"hypoxia_half": 5.0}, ["potencies[0].hypoxia_half must be left out: the tumor has no niches; got 5.0."]),
    (
        {**niche(), "hypoxia_half": 5.0},
        ["tumor.niches[0].oxygen is missing: docetaxel acts by how little oxygen there is."],
    ),
    (
        {**niche(), "mode": "unmask"},
        ["potencies[0].mode must be of another kind: no niche of the tumor has an immune_kill; got 'unmask'."],
    ),
    # Mutation under drugs.
    (
        {"alterations": [EFFLUX.replace({"mutation": 0.04}), SECOND], "mutation": 20.0},
        [
            "potencies[0].mutation must leave probabilities of mutation that sum to at most 1 per division; under full "
            "effects of all drugs they would be up to 1.6; got 20.0."
        ],
    ),
    # Late death.
    ({"late_death": {"rate": 0}}, ["tumor.late_death.rate must be > 0; got 0."]),
    ({"late_death": {"rate": 1, "stages": 11}}, ["tumor.late_death.stages must be <= 10; got 11."]),
    ({"late_death": {}}, ["tumor.late_death.rate is missing. It is the rate at which each stage is left (per day)."]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "messages"), REFUSED)
def test_it_is_refused_in_full(changes: dict[str, Any], messages: list[str]) -> None:
    with pytest.raises(ce.ModelError) as error:
        scenario(**changes)
    expected = [words for words in messages if words.startswith("tumor.")]
    # A tumor by itself is refused in the same words.
    assert list(error.value.problems) in (messages, [words.removeprefix("tumor.") for words in expected])


def test_all_problems_at_once() -> None:
    tumor = {
        "birth": 0.3, "death": 0.1, "size": 10**6,
        **two(exchange=None, niches=[{"name": "A", "share": 0.5, "oxygen": -1}, {"name": "A", "share": 0.2}]),
        **state(held={"xyz": 2}, enter=-1),
        "late_death": {"rate": -1},
    }  # fmt: skip
    with pytest.raises(ce.ModelError) as error:
        ce.Tumor(**tumor)
    assert sorted(problem.split(" ")[0] for problem in error.value.problems) == [
        "exchange",
        "late_death.rate",
        "niches",
        "niches[0].oxygen",
        "niches[1].name",
        "phenotypes[0].enter",
        "phenotypes[0].held[xyz]",
    ]


def test_a_modulator_drives_no_state() -> None:
    with pytest.raises(ce.ModelError) as error:
        ce.Scenario(
            name="a test",
            tumor=ce.Tumor(birth=0.2, death=0.1, size=10**6, **state(induced={"tariquidar": 0.1})),
            regimen="paclitaxel 175 mg over 3 h + tariquidar 150 mg over 30 min q21d x1",
            patient=ce.Patient(),
            potencies=[ce.Potency(drug="paclitaxel", emax=1.0, basis="a test")],
        )
    assert error.value.problems == (
        "tumor.phenotypes[0].induced[tariquidar] must be a drug with a potency: it follows its effect; "
        "got 'tariquidar'.",
    )


def test_more_types_than_can_be_handled() -> None:
    many = [EFFLUX.replace({"name": f"R{i}"}) for i in range(16)]
    niches = [{"name": f"n{i}", "share": 0.1} for i in range(10)]
    with pytest.raises(ce.ModelError) as error:
        scenario(alterations=many, niches=niches, exchange=0.1, phenotypes=state()["phenotypes"])
    assert error.value.problems == ("niches must make at most 1048576 types of cells with all genotypes; got 1310720.",)
    place = Place(niches=tuple(ce.Niche(name=f"n{i}") for i in range(20)))
    with pytest.raises(ce.ModelError, match=r"^Genotypes times niches times phenotypes must be at most 1048576 types"):
        CellTypes(Genotypes(many), place)


def test_names_that_no_tumor_has() -> None:
    types = scenario(**two(), **state()).types
    with pytest.raises(ce.ModelError, match=r"^'C' is not one of the niches of the tumor.$"):
        types.within("C")
    with pytest.raises(ce.ModelError, match=r"^'Q' is not one of the phenotypes of the tumor.$"):
        types.in_phenotype("Q")


def test_drugs_that_are_written_out_may_be_named() -> None:
    """Also where the regimen does not give them: a sweep may."""
    mine = scenario().drugs[0].replace({"name": "mine", "drug_class": "mine too"})
    model = scenario(
        drugs=[*scenario().drugs, mine],
        **niche(penetration={"mine": 0.1, "mine too": 0.2, "platinum": 0.3, "cisplatin": 0.4, "other": 1}),
        **state(induced={"mine": 0.1, "cisplatin": 0.1}),
    )
    assert model.rates.pairs == ()
