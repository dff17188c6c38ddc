"""Names in a user's own mechanisms, interactions of drugs that kill nothing, and drugs without the numbers to act."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

import chemoevo as ce
from chemoevo.pharmacology import DrugPotency, Inhibition, Metabolite
from chemoevo.resistance import compile_therapy

KINETICS = ce.Kinetics(clearance=30, volume=10)
KILLS: dict[str, Any] = {"drug": "docetaxel", "emax": 1.0, "basis": "a test"}
PAIR = "docetaxel 75 mg/m2 over 1 h + {} 100 mg over 1 h q21d x3"


def drug(**more: Any) -> ce.Drug:
    fields = {"fraction_unbound": 0.1, "potency": DrugPotency(ec50=0.01, hill=1)}
    fields |= {"name": "mine", "drug_class": "a class", "molar_mass": 500, "kinetics": KINETICS}
    return ce.Drug(**{key: value for key, value in (fields | more).items() if value is not None})


def scenario(**more: Any) -> ce.Scenario:
    alterations = more.pop("alterations", [{"name": "ABCB1", "mutation": 1e-9}])
    fields = {
        "name": "a test",
        "tumor": {"birth": 0.139, "death": 0.1313, "size": 1e9, "alterations": alterations},
        "regimen": "docetaxel 75 mg/m2 over 1 h q21d x3",
        "patient": {"bsa": 1.8},
        "potencies": [KILLS],
        "assume_untouched": True,
    }
    return ce.Scenario(**(fields | more))


def refused(**more: Any) -> list[str]:
    with pytest.raises(ce.ModelError) as error:
        scenario(**more)
    return list(error.value.problems)


PUMP: dict[str, Any] = {"name": "pump", "stage": "efflux", "drugs": [{"drug": "docetaxl", "fold": 4}]}
USES_IT = [{"name": "A", "mutation": 1e-9, "changes": [{"mechanism": "pump", "by": 1}]}]
OWN_EFFECT = [{"name": "A", "mutation": 1e-9, "stage": "efflux", "effects": [{"drug": "docetaxl", "fold": 4}]}]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"mechanisms": [PUMP]}, r"^mechanisms\[0\]\.drugs\[0\]\.drug"),
        ({"mechanisms": [PUMP], "alterations": USES_IT}, r"^mechanisms\[0\]\.drugs\[0\]\.drug"),
        ({"alterations": OWN_EFFECT}, r"^tumor\.alterations\[0\]\.effects\[0\]\.drug"),
    ],
)
def test_drugs_that_nobody_knows_are_named_where_a_mechanism_names_them(given: dict[str, Any], path: str) -> None:
    with pytest.warns(UserWarning, match=path + r".*got 'docetaxl'\. Did you mean 'docetaxel'\?") as found:
        scenario(**given)
    assert found[0].filename == __file__


def test_a_slip_is_asked_for_where_nothing_is_known_of_a_pair() -> None:
    asked = "Does the entry 'docetaxl' of {} mean 'docetaxel'?"
    (said,) = refused(mechanisms=[PUMP], alterations=USES_IT, assume_untouched=False)
    assert asked.format("pump") in said
    (said,) = refused(alterations=OWN_EFFECT, assume_untouched=False)
    assert asked.format("A (its own)") in said


@pytest.mark.parametrize("named", ["docetaxel", "mine", "vincristine"])
def test_known_drugs_in_mechanisms_are_no_news(named: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scenario(mechanisms=[{**PUMP, "drugs": [{"drug": named, "fold": 4}]}], drugs=[drug()])


BLOCKER = drug(name="blocker", mode="modulator", potency=None, inhibits=[Inhibition(mechanism="P-gp", ki=1)])


@pytest.mark.parametrize("name", ["blocker", "tariquidar"])
@pytest.mark.parametrize("how", [{"alpha": 1}, {"how": "highest"}])
def test_interactions_are_of_drugs_that_kill(name: str, how: dict[str, Any]) -> None:
    together = {"drugs": ["docetaxel", name], "basis": "a test", **how}
    rule = "must be a drug that kills cells: an interaction is of hazards, and a modulator has none"
    (said,) = refused(regimen=PAIR.format(name), drugs=[BLOCKER], interactions=[together])
    assert said.startswith(f"interactions[0].drugs[1] {rule}; got {name!r}.")
    with pytest.raises(ce.ModelError, match=r"interactions\[0\]\.drugs\[1\] must be a drug that kills"):
        compile_therapy(
            regimen=ce.Regimen.parse(PAIR.format(name)),
            patient=ce.Patient(bsa=1.8),
            alterations=[],
            birth=0.1,
            death=0.05,
            potencies=[ce.Potency(**KILLS)],
            horizon=30.0,
            drugs={"blocker": BLOCKER},
            interactions=[ce.Interaction(**together)],
        )


WITHOUT_BINDING = {"fraction_unbound": None, "without_binding": "nobody has measured it."}
ACTIVE = {"name": "M1", "molar_mass": 480, "fraction": 0.5, "clearance": 20, "volume": 10}
UNBOUND = "is missing (nobody has measured it): what acts in cells is the unbound concentration"


@pytest.mark.parametrize(
    ("own", "potency", "said"),
    [
        ({"potency": None}, {}, "potencies[1].ec50 and potencies[1].hill are missing: the data of 'mine' have none"),
        ({"potency": None}, {"ec50": 1}, "potencies[1].hill is missing: the data of 'mine' have none"),
        (WITHOUT_BINDING, {}, f"drugs[mine].fraction_unbound {UNBOUND}"),
        ({"mode": "modulator", "inhibits": [Inhibition(mechanism="P-gp", ki=1)], **WITHOUT_BINDING}, None, UNBOUND),
        (
            {"prodrug": True, "metabolites": [Metabolite(potency=DrugPotency(ec50=1, hill=1), **ACTIVE)]},
            {},
            "drugs[mine].metabolites[0].fraction_unbound is missing: what acts",
        ),
    ],
)
def test_drugs_without_numbers_to_act_are_refused_by_path(
    own: dict[str, Any], potency: dict[str, Any] | None, said: str
) -> None:
    mine = [] if potency is None else [{"drug": "mine", "emax": 1.0, "basis": "a test", **potency}]
    (found,) = refused(regimen=PAIR.format("mine"), drugs=[drug(**own)], potencies=[KILLS, *mine])
    assert said in found
    assert "Give " in found
    # Named and not computed, it needs none.
    scenario(regimen=PAIR.format("mine"), drugs=[drug(**own)], inert=["mine"])


def test_replaced_mechanisms_are_noted() -> None:
    shipped = ce.mechanism("P-gp")
    more = shipped.replace({"drugs": [*shipped.drugs, ce.OnDrug(drug="mine", fold=3)]})
    noted = "NOTE: P-gp: own mechanism in place of the shipped one"
    assert noted in scenario(mechanisms=[more], drugs=[drug()]).describe()
    assert noted not in scenario(mechanisms=[shipped]).describe()
