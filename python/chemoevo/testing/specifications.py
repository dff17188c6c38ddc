"""Hypothesis strategies: random valid drugs, patients, regimens, alterations and scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from chemoevo.pharmacology import (
    Covariate,
    Dose,
    DoseLimits,
    Drug,
    DrugPotency,
    Factors,
    Figure,
    Inhibition,
    Kinetics,
    Metabolite,
    Patient,
    Phase,
    Regimen,
)
from chemoevo.resistance import Alteration, Anchor, Potency, alteration_names
from chemoevo.scenario.parts import Compare, FollowUp, ProgressionRule, Simulation, Surgery, Tumor
from chemoevo.scenario.scenario import Scenario

_SHARES = st.sampled_from([0.0, 0.05, 0.5]) | st.floats(0.0, 0.9)
_FACTORS = st.sampled_from([1.0, 0.5, 2.0]) | st.floats(0.1, 10.0)


def drugs(*, name: str = "mine") -> st.SearchStrategy[Drug]:
    """A drug of one's own, into a vein: linear kinetics of one to three compartments, and a potency.

    Numbers stand alone for figures, but where patients differ. Covariates, metabolites, limits and what it inhibits are
    sometimes there.

    Parameters
    ----------
    name
        What it is called.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import drugs
    >>> @settings(deadline=None)
    ... @given(drugs(name="x"))
    ... def test(drug):
    ...     assert drug.name == "x" and drug.potency is not None
    >>> test()
    """
    varying = st.builds(Figure, value=st.floats(0.5, 200.0), unit=st.just("L/h"), cv=st.floats(0.05, 1.0))
    covariates = st.builds(
        Covariate,
        parameter=st.sampled_from(["clearance", "volume", "exchange", "peripheral_volume"]),
        of=st.just("weight"),
        reference=st.just(70.0),
        exponent=st.floats(0.25, 1.5),
    )
    kinetics = st.builds(
        Kinetics,
        clearance=st.floats(0.5, 200.0) | varying,
        volume=st.floats(1.0, 100.0),
        peripherals=st.lists(st.tuples(st.floats(0.5, 100.0), st.floats(1.0, 500.0)), max_size=2),
        covariates=st.just(()) | st.lists(covariates, min_size=1, max_size=2),
    )
    metabolites = st.builds(
        Metabolite,
        name=st.just("M1"),
        molar_mass=st.floats(100.0, 1500.0),
        fraction=st.floats(0.01, 1.0),
        clearance=st.floats(0.5, 200.0),
        volume=st.floats(1.0, 100.0),
    )
    inhibited = st.builds(Inhibition, mechanism=st.just("ABCB1"), ki=st.floats(1e-3, 100.0))
    return st.builds(
        Drug,
        name=st.just(name),
        drug_class=st.sampled_from(["taxane", "of its own"]),
        molar_mass=st.floats(100.0, 1500.0),
        fraction_unbound=st.floats(0.01, 1.0),
        kinetics=kinetics,
        potency=st.builds(DrugPotency, ec50=st.floats(1e-3, 100.0), hill=st.floats(0.5, 3.0)),
        metabolites=st.just(()) | metabolites,
        limits=st.none() | st.builds(DoseLimits, cap=st.floats(1.0, 1000.0)),
        inhibits=st.just(()) | inhibited,
    )


def patients(*, drugs: Sequence[str] = ()) -> st.SearchStrategy[Patient]:
    """A patient of whom a dose may ask all: surface or weight and height, GFR or creatinine.

    Parameters
    ----------
    drugs
        Names of drugs of which some have kinetics that differ from the typical ones.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import patients
    >>> @settings(deadline=None)
    ... @given(patients())
    ... def test(patient):
    ...     assert patient.body_surface_area() > 0 and patient.glomerular_filtration_rate() > 0
    >>> test()
    """
    size = st.fixed_dictionaries(
        {"weight": st.floats(45.0, 110.0), "height": st.floats(150.0, 195.0)},
        optional={"bsa": st.floats(1.4, 2.3), "bsa_formula": st.sampled_from(["dubois", "mosteller"])},
    )
    creatinine = st.fixed_dictionaries(
        {
            "age": st.floats(20.0, 85.0),
            "sex": st.sampled_from(["female", "male"]),
            "serum_creatinine": st.floats(0.5, 2.0),
        }
    )
    kidneys = st.fixed_dictionaries({"gfr": st.floats(20.0, 150.0)}) | creatinine
    different = st.builds(
        Factors, clearance=_FACTORS, volume=_FACTORS, exchange=_FACTORS, exchange_2=_FACTORS, peripheral_volume=_FACTORS
    )
    factors = st.dictionaries(st.sampled_from(list(drugs)), different) if drugs else st.just({})
    return st.builds(lambda a, b, c: Patient(**a, **b, factors=c), size, kidneys, factors)


_AMOUNTS = {"mg": (1.0, 500.0), "mg/m2": (1.0, 200.0), "mg/kg": (0.1, 10.0), "AUC": (1.0, 7.0)}


@st.composite
def _doses(draw: st.DrawFn, drug: str, length: int) -> Dose:
    unit: Any = draw(st.sampled_from(sorted(_AMOUNTS)))
    days = draw(st.lists(st.integers(1, length), min_size=1, max_size=2, unique=True).map(sorted))
    return Dose(
        drug=drug,
        amount=draw(st.floats(*_AMOUNTS[unit])),
        unit=unit,
        days=days,
        duration_hours=draw(st.sampled_from([0.0, 0.5, 1.0, 46.0]) | st.floats(0.1, 72.0)),
        start_hours=draw(st.sampled_from([0.0, 0.0, 1.0]) | st.floats(0.0, 23.0)),
        cap=draw(st.none() | st.floats(50.0, 1000.0)),
    )


@st.composite
def regimens(draw: st.DrawFn, *, drugs: Sequence[str] = ("carboplatin", "docetaxel")) -> Regimen:
    """One or two phases of up to three cycles that give every one of the drugs: bolus and infusions, one day or two.

    Parameters
    ----------
    drugs
        Names of the drugs, at least one; all are in the first phase.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import regimens
    >>> @settings(deadline=None)
    ... @given(regimens(drugs=["docetaxel"]))
    ... def test(regimen):
    ...     assert regimen.drugs == ("docetaxel",)
    >>> test()
    """
    phases = []
    for given in [list(drugs), *draw(st.lists(st.lists(st.sampled_from(list(drugs)), min_size=1), max_size=1))]:
        length = draw(st.integers(2, 28))
        doses = [draw(_doses(drug, length)) for drug in given]
        phases.append(Phase(cycle_length_days=length, cycles=draw(st.integers(1, 3)), doses=doses))
    return Regimen(name="a regimen", phases=phases, cite=draw(st.none() | st.just("nobody")))


@st.composite
def alterations(
    draw: st.DrawFn, *, drugs: Sequence[str] = ("carboplatin", "docetaxel"), name: str = "X", shipped: bool = True
) -> Alteration:
    """An alteration of any stage with an effect on each of the drugs; or one that ships, where it has all of these.

    Parameters
    ----------
    drugs
        Names of the drugs on which its effect is known.
    name
        What one that does not ship is called.
    shipped
        Whether it may be one that ships: where `drugs` are among those that do.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import alterations
    >>> @settings(deadline=None)
    ... @given(alterations(drugs=["mine"]))
    ... def test(alteration):
    ...     assert alteration.effect("mine") is not None
    >>> test()
    """
    mutation = draw(st.sampled_from([0.0, 1e-9, 1e-3]) | st.floats(0.0, 0.05))
    cost = draw(_SHARES.map(lambda share: share / 4))
    found = [Alteration(name=ships, mutation=0.0) for ships in alteration_names()]
    known = [ships.name for ships in found if {one.drug for one in ships.effects} >= set(drugs)]
    if shipped and known and draw(st.booleans()):
        return Alteration(name=draw(st.sampled_from(known)), mutation=mutation, cost=cost)
    stage: Any = draw(st.sampled_from(["efflux", "detoxification", "repair", "apoptosis"]))
    if stage == "apoptosis":
        effects = [{"drug": d, "threshold": draw(_FACTORS), "ceiling": draw(st.floats(0.0, 1.0))} for d in drugs]
    else:
        effects = [{"drug": d, "fold": draw(st.just(1.0) | st.floats(1.0, 100.0))} for d in drugs]
    return Alteration(name=name, mutation=mutation, cost=cost, stage=stage, effects=effects)  # type: ignore[arg-type]


@st.composite
def _potencies(draw: st.DrawFn, name: str, regimen: Regimen, patient: Patient, own: Sequence[Drug]) -> Potency:
    mine = next((drug for drug in own if drug.name == name), name)
    more: dict[str, Any] = draw(
        st.fixed_dictionaries({}, optional={"ec50": st.floats(1e-3, 10.0), "hill": st.floats(0.5, 3.0)})
    )
    kind = draw(st.sampled_from(["emax", "kill", "cytostatic"]))
    if kind == "kill":
        at = Anchor.first_cycle(regimen, mine, patient=patient).replace({"cycle": draw(st.integers(1, 2))})
        kill = draw(st.floats(0.01, 2.0))
        return Potency(drug=name, log10_kill_per_cycle=kill, at=at, basis="drawn", **more)
    if kind == "cytostatic":
        return Potency(drug=name, emax=draw(st.floats(0.01, 1.0)), mode="cytostatic", basis="drawn", **more)
    return Potency(
        drug=name, emax=draw(st.floats(0.01, 5.0)), cycling_fraction=draw(st.floats(0.1, 1.0)), basis="drawn", **more
    )


@st.composite
def scenarios(draw: st.DrawFn, *, most_alterations: int = 2, most_cells: int = 5000) -> Scenario:
    """A scenario of one or two drugs and a small tumor, every part of it sometimes there and sometimes not.

    The drugs ship, are of the scenario's own, or stand for one that ships. Potencies have an Emax or a kill in a cycle.

    Parameters
    ----------
    most_alterations
        The largest number of alterations, at most 4.
    most_cells
        (cells) The largest tumor at detection, at least 10.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> import chemoevo as ce
    >>> from chemoevo.testing import scenarios
    >>> @settings(deadline=None, max_examples=20)
    ... @given(scenarios())
    ... def test(scenario):
    ...     assert ce.Scenario.from_toml(scenario.to_toml()) == scenario
    >>> test()
    """
    own = [draw(drugs(name=name)) for name in draw(st.sampled_from([[], [], ["mine"], ["docetaxel"]]))]
    given = draw(st.sampled_from([["docetaxel"], ["carboplatin", "docetaxel"]]))
    given = [*given, *(drug.name for drug in own if drug.name not in given)]
    patient = draw(patients(drugs=given))
    regimen = draw(regimens(drugs=given))
    changes = [
        draw(alterations(drugs=given, name=f"X{i}")) for i in range(draw(st.integers(0, min(most_alterations, 4))))
    ]
    # Of the same name, the first.
    changes = list({change.name: change for change in reversed(changes)}.values())
    death = draw(st.floats(0.0, 0.5))
    tumor = Tumor(
        birth=death + draw(st.floats(0.1, 0.5)),
        death=death,
        size=draw(st.integers(10, most_cells)),
        alterations=changes,
    )
    horizon = draw(st.floats(5.0, 60.0))
    surgery = st.builds(Surgery, residual_fraction=st.floats(1e-3, 1.0)) | st.builds(
        Surgery, residual_cells=st.floats(1.0, 10.0)
    )
    return Scenario(
        name="a scenario",
        notes=draw(st.none() | st.just("drawn")),
        tumor=tumor,
        surgery=draw(st.none() | surgery),
        regimen=regimen,
        patient=patient,
        potencies=[draw(_potencies(name, regimen, patient, own)) for name in given],
        drugs=own,
        follow_up=FollowUp(horizon=horizon, looks_every=horizon / draw(st.integers(1, 5))),
        progression=draw(st.builds(ProgressionRule, ratio=st.floats(1.1, 3.0), size=st.floats(0.0, 1e4))),
        compare=draw(st.builds(Compare, multiple=st.integers(1, 3), day=st.none() | st.floats(1.0, horizon))),
        simulation=Simulation(replicates=draw(st.integers(1, 5)), seed=draw(st.none() | st.integers(0, 9))),
    )
