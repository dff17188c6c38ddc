"""What type checkers are to accept, and what not."""

from __future__ import annotations

FORMS = """
import numpy as np

import chemoevo as ce
from chemoevo.pharmacology import Absorption, Covariate, DoseLimits, DrugPotency, Figure, Inhibition, Metabolite
from chemoevo.pharmacology import Peripheral, Saturable

one = ce.Dose(drug="docetaxel", amount=75, unit="mg/m2", days=1)
many = ce.Dose(drug="docetaxel", amount=75, unit="mg/m2", days=[1, 8], duration_hours=1)
phase = ce.Phase(cycle_length_days=21, cycles=6.0, doses=one)
phases = [ce.Phase(cycle_length_days=21, cycles=6, doses=[one, many]), phase]
regimen = ce.Regimen(name="one", phases=phase)
regimens = [regimen, ce.Regimen(name="two", phases=phases), ce.Regimen(name="three", phases=(phase, phase))]
days: tuple[int, ...] = many.days
doses: tuple[ce.Dose, ...] = phase.doses
cycles: int = phase.cycles

kinetics = [
    ce.Kinetics(clearance=62.4, volume=17.7, peripherals=[(50.7, 1830), (28.4, 71)]),
    ce.Kinetics(clearance=62, volume=Figure(value=17.7, unit="L"), peripherals=(50.7, 1830)),
    ce.Kinetics(clearance=62, volume=17, peripherals=Peripheral(rate_out=0.1, rate_back=0.2)),
]
clearance: float = kinetics[0].clearance.value
exchange: Figure | None = kinetics[0].peripherals[0].exchange
drug = ce.Drug(
    name="mine",
    drug_class="anthracycline",
    molar_mass=543.5,
    fraction_unbound=0.25,
    kinetics=kinetics[0],
    potency=DrugPotency(ec50=0.01, hill=1),
)

oral = ce.Kinetics(
    clearance=Figure(value=10, unit="L/h", cv=0.3),
    volume=30,
    absorption=Absorption(rate=5.8, stages=2.0, lag=0.1),
    covariates=Covariate(parameter="clearance", of="bsa", reference=1.8, exponent=1),
)
saturable = ce.Kinetics(volume=12, saturable=Saturable(vmax=33.8, km=0.44))
unknown = ce.Drug(
    name="unknown",
    drug_class="PARP inhibitor",
    molar_mass=400,
    without_binding="not measured.",
    without_kinetics="not measured.",
    routes="oral",
    mode="modulator",
    metabolites=Metabolite(name="M1", molar_mass=380, fraction=0.2, clearance=40, volume=15, peripherals=(3, 4)),
    limits=DoseLimits(cap=400),
    inhibits=[Inhibition(mechanism="P-gp", ki=0.1)],
)
spread: dict[str, float] = oral.variation()
routes: tuple[str, ...] = unknown.routes

shipped = ce.Alteration(name="ABCB1", mutation=1e-7)
tumor = ce.Tumor(birth=0.139, death=0.1313, size=1e9, alterations=shipped)
potencies = [ce.Potency(drug=name, emax=1.0, basis="a test") for name in ("docetaxel", "carboplatin")]
scenario = ce.Scenario(
    name="a test",
    tumor=tumor,
    regimen="docetaxel_carboplatin",
    patient=ce.Patient(bsa=1.8, gfr=90),
    potencies=potencies,
    drugs={"mine": drug},
    compare=ce.Compare(carriers="ABCB1", multiple=1),
    simulation=ce.Simulation(replicates=1e3, seed=1),
)
length: float = scenario.regimen.duration_days
names: list[str] = [own.name for own in scenario.drugs] + [potency.drug for potency in scenario.potencies]
seed: int | None = scenario.simulation.seed
size: int = tumor.size

course = ce.Radiotherapy(dose=2, fractions=30.0, alpha=0.3, beta=Figure(value=0.03, unit="1/Gy2"))
boost = ce.Radiotherapy(name="boost", dose=2, days=[42, 43], alpha=0.3, alpha_beta=10, weekday="tuesday")
fractions: int = course.fractions
irradiated = ce.Scenario(name="a test", tumor=tumor, radiotherapy=course)
alpha: float = irradiated.radiotherapy[0].alpha.value
twice = ce.Scenario(name="a test", tumor=tumor, radiotherapy=[course, boost], regimen=regimen, potencies=potencies)

near = ce.Access(half_distance=40)
far = ce.Niche(name="far", share=0.2, distance=[100, 150], penetration={"taxane": near, "other": 1})
places = ce.Tumor(
    birth=0.139,
    death=0.1,
    size=1e9,
    niches=[ce.Niche(name="near", share=0.8, distance=20), far],
    exchange=0.1,
    phenotypes=ce.Phenotype(name="tolerant", enter=1e-4, induced={"docetaxel": 0.02}, leave=0.05),
    late_death=ce.LateDeath(rate=1, stages=3.0),
)
access: ce.Access = far.penetration["other"]
agent = ce.NicheTherapy(
    drug="bevacizumab",
    ec50=0.01,
    opens=ce.Delay(stages=2.0, rate=0.5),
    closes=ce.Delay(rate=0.9),
    delivery={"other": ce.Opening(gain=1, loss=0.6)},
    oxygen=ce.Opening(gain=1),
    niches="far",
    basis="a test",
)
stages: int = agent.opens.stages
opening: ce.Opening | None = agent.delivery.get("taxane")
treated = ce.Scenario(name="a test", tumor=places, regimen=regimen, potencies=potencies, niche_therapies=agent)

moving = [
    ce.BranchingProcess.from_rates(
        types=["S", "T"],
        rates=lambda t: ([0.1, 0.1], [0.1, 0.1]),
        until=1,
        mutation=mutation,
        switching=lambda t: np.zeros((2, 2)),
    )
    for mutation in (None, {("S", "T"): 0.1}, {("S", "T"): lambda t: 0.1 * t}, lambda t: {("S", "T"): 0.1 * t})
]
listed = ce.BranchingProcess.from_rates(
    types=["S"], rates=lambda t: ([0.1], (0.1,)), until=1, mutation=lambda t: [[0.0]], switching=lambda t: {}
)

some = ce.patients(3, seed=1, like=scenario)
tables = [
    ce.exposure(regimen, patient=ce.Patient(bsa=1.8), above={"docetaxel": 0.1}),
    ce.exposure(regimen, patient=some, drugs=[drug]),
    ce.exposure(scenario),
    ce.concentrations(scenario, patient=some, times=[0.1, 0.2]),
    ce.patients(3, seed=1, like=regimen),
]

ce.Dose(drug="docetaxel", amount=75, unit="mg/m2", days="monday")  # type: ignore[arg-type]
ce.Dose(drug="docetaxel", amount=75)  # type: ignore[call-arg]
ce.Dose(drug="docetaxel", amount=75, unit="mg/m3")  # type: ignore[arg-type]
ce.Phase(cycle_length_days=21, cycles=6, doses="docetaxel")  # type: ignore[arg-type]
ce.Kinetics(clearance="62.4 L/h", volume=17.7)  # type: ignore[arg-type]
ce.exposure(3, patient=some)  # type: ignore[arg-type]
ce.patients(3)  # type: ignore[call-arg]
ce.Tumor(birth=0.139, death=0.1313, size=1e9, alterations=["ABCB1"])  # type: ignore[list-item]
ce.Scenario(name="a test")  # type: ignore[call-arg]
ce.BranchingProcess.from_rates(types="S", rates=lambda t: (1, 1), until=1, mutation={1})  # type: ignore[arg-type]
ce.Radiotherapy(dose=2, fractions=30, beta=0.03)  # type: ignore[call-arg]
ce.Radiotherapy(dose=2, fractions=30, alpha="0.3", beta=0.03)  # type: ignore[arg-type]
ce.Niche(name="far", share=0.2, penetration={"taxane": "a quarter"})  # type: ignore[dict-item]
ce.NicheTherapy(drug="bevacizumab", ec50=0.01, opens=0.5, basis="a test")  # type: ignore[arg-type]
ce.NicheTherapy(drug="bevacizumab", opens=ce.Delay(rate=0.5), basis="a test")  # type: ignore[call-arg]
one.days = (2,)  # type: ignore[misc]
"""
"""Every error that is ignored here must be one: mypy says where it is none."""
