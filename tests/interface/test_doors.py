"""Every public function, with something else than it takes: a TypeError that names the argument."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

import chemoevo as ce
from chemoevo import pharmacology, resistance

NAMES = ("docetaxel", "carboplatin")
POTENCIES = [ce.Potency(drug=name, emax=1, basis="a test") for name in NAMES]
ABCB1 = ce.Alteration(name="ABCB1", mutation=1e-4)
SCENARIO = ce.Scenario(
    name="a test",
    tumor=ce.Tumor(birth=0.139, death=0.1, size=1e4, alterations=ABCB1),
    regimen="docetaxel_carboplatin",
    patient=ce.Patient(bsa=1.8, gfr=90),
    potencies=POTENCIES,
)
PROCESS = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
FIRST = "the first argument must be a BranchingProcess or a Scenario; got "
ASK: dict[str, Any] = {"initial": {"S": 1}, "times": [1]}
AT: dict[str, Any] = {"initial": {"S": 1}, "time": 1.0}
RATES: dict[str, Any] = {
    "regimen": SCENARIO.regimen,
    "patient": SCENARIO.patient,
    "alterations": SCENARIO.genotypes,
    "birth": 0.139,
    "death": 0.1,
    "potencies": POTENCIES,
    "horizon": 10.0,
}


@cache
def ensemble() -> ce.Ensemble:
    return ce.simulate(SCENARIO, replicates=2, seed=1)


def rates(**wrong: Any) -> object:
    return resistance.therapy_rates(**{**RATES, **wrong})


def concentration(**wrong: Any) -> object:
    right = {"regimen": SCENARIO.regimen, "patient": SCENARIO.patient, "drug_or_name": "docetaxel", "times": [1.0]}
    return pharmacology.concentration(**{**right, **wrong})


def in_cell(*wrong: Any, **more: Any) -> object:
    potency = SCENARIO.rates.potencies["docetaxel"]
    return resistance.potency_in_cell(*(wrong or (potency, [ABCB1])), **more)


DOORS: dict[str, tuple[Callable[[], object], str]] = {
    "answer without an ensemble": (lambda: ce.answer(SCENARIO, None), "ensemble must be an Ensemble"),  # type: ignore[arg-type]
    "answer without a scenario": (lambda: ce.answer(None, ensemble()), "scenario must be a Scenario; got None"),  # type: ignore[arg-type]
    "answer of a process": (lambda: ce.answer(PROCESS, ensemble()), "scenario must be a Scenario; got Branching"),  # type: ignore[arg-type]
    "simulate": (lambda: ce.simulate(None), FIRST),  # type: ignore[call-overload]
    "simulate_to": (lambda: ce.simulate_to(PROCESS, path=None, **ASK), "path must be a path of a folder; got None"),  # type: ignore[arg-type]
    "simulate_chunks": (lambda: list(ce.simulate_chunks(None, **ASK)), FIRST),  # type: ignore[arg-type]
    "load": (lambda: ce.load(None), "path must be a path of a folder; got None"),  # type: ignore[arg-type]
    "scan": (lambda: ce.scan(None), "path must be a path of a folder; got None"),  # type: ignore[arg-type]
    "concat": (lambda: ce.concat(None), "ensembles must be a list of Ensemble; got None"),  # type: ignore[arg-type]
    "save": (lambda: ensemble().save(None), "path must be a path of a folder; got None"),  # type: ignore[arg-type]
    "replicate": (lambda: ensemble().replicate(None), "number must be a whole number from 0 to 1; got None"),  # type: ignore[arg-type]
    "cure": (lambda: ce.cure_probability(None), FIRST),  # type: ignore[call-overload]
    "rare cure": (lambda: ce.rare_cure_probability(None, initial=1, horizon=1, replicates=1), FIRST),  # type: ignore[arg-type]
    "extinction": (lambda: ce.extinction_probability(None, **ASK), FIRST),  # type: ignore[arg-type]
    "survival": (lambda: ce.survival_probability(None, **ASK), FIRST),  # type: ignore[arg-type]
    "ultimate extinction": (lambda: ce.ultimate_extinction_probability(None, initial={"S": 1}), FIRST),  # type: ignore[arg-type]
    "absence": (lambda: ce.absence_probability(PROCESS, types=None, **ASK), "types must be a list of names; got None"),  # type: ignore[arg-type]
    "presence": (lambda: ce.presence_probability(PROCESS, types=3, **ASK), "types must be a list of names; got 3"),  # type: ignore[arg-type]
    "means": (lambda: ce.mean_counts(None, **ASK), FIRST),  # type: ignore[arg-type]
    "moments": (lambda: ce.moments(None, **ASK), FIRST),  # type: ignore[arg-type]
    "distribution": (lambda: ce.count_distribution(PROCESS, of=None, max_count=3, **AT), "of must be a list of names"),  # type: ignore[arg-type]
    "sizes": (lambda: ce.size_probability(PROCESS, above=None, **ASK), "above must be a number"),  # type: ignore[arg-type]
    "generating function": (lambda: ce.generating_function(PROCESS, z=None, **AT), "z must be numbers; got None"),
    "extinction time": (lambda: ce.extinction_time(None, initial={"S": 1}), FIRST),  # type: ignore[arg-type]
    "first appearance": (lambda: ce.first_appearance(PROCESS, types=None, initial={"S": 1}), "types must be a list"),  # type: ignore[arg-type]
    "time of relapse": (lambda: ce.relapse_time(None, size=5.0), FIRST),  # type: ignore[arg-type]
    "relapse": (lambda: ce.cause_of_relapse(PROCESS, resistant=None, **AT), "resistant must be a list of names"),  # type: ignore[arg-type]
    "sensitivities": (lambda: ce.sensitivities(None), FIRST),  # type: ignore[arg-type]
    "size": (lambda: ce.GrownTo(None, size=5), "growth must be a BranchingProcess; got None"),  # type: ignore[arg-type]
    "age": (lambda: ce.GrownFor(None, days=5), "growth must be a BranchingProcess; got None"),  # type: ignore[arg-type]
    "file": (lambda: ce.Scenario.load(None), "path must be a path of a file; got None"),  # type: ignore[arg-type]
    "data": (lambda: ce.Scenario.from_dict(None), "data must be a mapping; got None"),  # type: ignore[arg-type]
    "text": (lambda: ce.Scenario.from_toml(None), "text must be a text; got None"),  # type: ignore[arg-type]
    "describe": (lambda: SCENARIO.describe(replicates="x"), "replicates must be a whole number from 1 to"),  # type: ignore[arg-type]
    "describe a seed": (lambda: SCENARIO.describe(seed="x"), "seed must be a whole number >= 0; got 'x'"),  # type: ignore[arg-type]
    "drug": (lambda: pharmacology.drug(None), "name must be a text; got None"),  # type: ignore[arg-type]
    "concentration, regimen": (lambda: concentration(regimen=None), "regimen must be a Regimen, such as Regimen("),
    "concentration, patient": (lambda: concentration(patient=None), "patient must be a Patient, such as Patient("),
    "concentration, drug": (lambda: concentration(drug_or_name=3), "drug_or_name must be a Drug or the name of one"),
    "concentration, times": (lambda: concentration(times="x"), "times must be numbers; got 'x'"),
    "concentrations": (
        lambda: ce.concentrations(None, patient=SCENARIO.patient, times=[1.0]),  # type: ignore[arg-type]
        "regimen must be a Regimen or a Scenario; got None",
    ),
    "exposure": (lambda: ce.exposure(SCENARIO, patient=3), "patient must be a Patient, such as Patient("),
    "exposure, above": (lambda: ce.exposure(SCENARIO, above=3), "above must be a table {drug: concentration in uM}"),  # type: ignore[arg-type]
    "neutrophils": (
        lambda: ce.neutrophils(None, patient=SCENARIO.patient, times=[1.0]),  # type: ignore[arg-type]
        "regimen must be a Regimen or a Scenario; got None",
    ),
    "neutrophils, times": (
        lambda: ce.neutrophils(SCENARIO, times="x", without="carboplatin"),
        "times must be numbers; got 'x'",
    ),
    "toxicity": (
        lambda: ce.toxicity(SCENARIO, patient=3, without="carboplatin"),
        "patient must be a Patient, such as Patient(",
    ),
    "toxicity, without": (
        lambda: ce.toxicity(SCENARIO, without=3),  # type: ignore[arg-type]
        "without must be a list of names of drugs",
    ),
    "toxicity, model": (
        lambda: ce.toxicity(SCENARIO, model=3),  # type: ignore[arg-type]
        "model must be a Neutropenia, the name of one",
    ),
    "cumulative doses": (
        lambda: ce.cumulative_doses(None, patient=SCENARIO.patient),  # type: ignore[arg-type]
        "regimen must be a Regimen or a Scenario; got None",
    ),
    "neutropenia": (lambda: pharmacology.neutropenia(None), "name must be a text; got None"),  # type: ignore[arg-type]
    "patients": (lambda: ce.patients(None, seed=1), "n must be a whole number from 1 to 10000000; got None"),  # type: ignore[arg-type]
    "patients, like": (lambda: ce.patients(1, seed=1, like="x"), "like must be a Scenario or a Regimen"),  # type: ignore[arg-type]
    "alteration": (lambda: resistance.alteration(None, mutation=0), "name must be a text; got None"),  # type: ignore[arg-type]
    "alteration, mutation": (lambda: resistance.alteration("ABCB1", mutation=None), "mutation must be a number"),  # type: ignore[arg-type]
    "mechanism": (lambda: ce.mechanism(None), "name must be a text; got None"),  # type: ignore[arg-type]
    "mechanism, on": (lambda: ce.mechanism("P-gp").on(3), "drug must be the name of a drug; got 3"),  # type: ignore[arg-type]
    "fold": (lambda: ce.fold("docetaxel", genotype=3), "genotypes must be names of alterations"),  # type: ignore[arg-type]
    "fold, modulators": (lambda: ce.fold("docetaxel", modulators=3), "modulators must be {name of a drug: uM"),  # type: ignore[arg-type]
    "dose and response": (
        lambda: ce.dose_response("docetaxel", concentrations=None),  # type: ignore[arg-type]
        "concentrations must be numbers",
    ),
    "attribution": (lambda: ce.attribution(None), "scenario must be a Scenario; got None"),  # type: ignore[arg-type]
    "ranking, model": (lambda: ce.rank_regimens(None, {}), "model must be a Scenario, or have a `typical` one"),  # type: ignore[arg-type]
    "ranking": (lambda: ce.rank_regimens(SCENARIO, None), "regimens must be a table of regimens by name"),  # type: ignore[arg-type]
    "genotypes": (lambda: resistance.Genotypes(None), "alterations must be a list of Alteration; got None"),  # type: ignore[arg-type]
    "carriers": (lambda: SCENARIO.genotypes.carriers(None), "names must be names of alterations; got None"),  # type: ignore[arg-type]
    "births": (lambda: SCENARIO.genotypes.births(None), "birth must be finite and >= 0"),  # type: ignore[arg-type]
    "growth": (lambda: resistance.growth_process(alterations=[], birth=None, death=0), "birth must be finite"),  # type: ignore[arg-type]
    "rates, regimen": (lambda: rates(regimen=None), "regimen must be a Regimen, such as Regimen("),
    "rates, patient": (lambda: rates(patient=None), "patient must be a Patient, such as Patient("),
    "rates, alterations": (lambda: rates(alterations=None), "alterations must be a list of Alteration; got None"),
    "rates, birth": (lambda: rates(birth=None), "birth must be finite and >= 0; got None"),
    "rates, death": (lambda: rates(death="x"), "death must be finite and >= 0; got 'x'"),
    "rates, potencies": (lambda: rates(potencies=None), "potencies must be a list of Potency; got None"),
    "rates, one potency": (lambda: rates(potencies=[3]), "potencies[0] must be a Potency"),
    "rates, horizon": (lambda: rates(horizon=None), "horizon must be finite and > 0; got None"),
    "rates, drugs": (lambda: rates(drugs=5), "drugs must be a Drug, a list of Drug or {name: Drug}; those that ship"),
    "rates, a drug": (lambda: rates(drugs={"docetaxel": 5}), "drugs['docetaxel'] must be a Drug, such as Drug("),
    "rates, tolerance": (lambda: rates(tolerance=None), "tolerance must be in [1e-9, 1]; got None"),
    "rates, halved": (lambda: rates(halved=None), "halved must be True or False; got None"),
    "rates, segments": (lambda: rates(max_segments=None), "max_segments must be a whole number >= 1; got None"),
    "in a cell": (lambda: in_cell(None, [ABCB1]), "potency must be a ResolvedPotency"),
    "in a cell, carried": (lambda: in_cell(*[SCENARIO.rates.potencies["docetaxel"], None]), "carried must be a list"),
    "in a cell, one": (lambda: in_cell(SCENARIO.rates.potencies["docetaxel"], ["ABCB1"]), "carried[0] must be an"),
    "in a cell, inhibition": (lambda: in_cell(inhibition={"ABCB1": "all"}), "inhibition['ABCB1'] must be in [0, 1]"),
}  # fmt: skip


@pytest.mark.parametrize("name", DOORS)
def test_wrong_types_are_refused_by_the_name_of_the_argument(name: str) -> None:
    call, words = DOORS[name]
    with pytest.raises(TypeError) as caught:
        call()
    assert str(caught.value).startswith(words)


def test_what_is_wrong_with_several_arguments_is_said_at_once() -> None:
    with pytest.raises(TypeError) as caught:
        rates(patient=None, birth=-1, horizon="x", potencies=[], tolerance=2)
    for words in ("patient must be", "birth must be", "horizon must be", "tolerance must be", "has no entry for"):
        assert words in str(caught.value)
    with pytest.raises(TypeError) as caught:
        concentration(regimen=None, patient=None, drug_or_name="docetaxl", times=[[1.0]])
    for words in ("regimen must be", "patient must be", "'docetaxl' is not a known drug", "times must be one-dim"):
        assert words in str(caught.value)
