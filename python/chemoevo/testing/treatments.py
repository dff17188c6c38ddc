"""Hypothesis strategies: random valid drugs, patients and regimens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from chemoevo.pharmacology import (
    Absorption,
    Covariate,
    Dose,
    DoseLimits,
    Drug,
    DrugPotency,
    Factors,
    Figure,
    Induction,
    Inhibition,
    Kinetics,
    Metabolite,
    MetaboliteFactors,
    Patient,
    Peripheral,
    Phase,
    Regimen,
    Saturable,
)
from chemoevo.pharmacology.routes import Route

FACTORS = st.sampled_from([1.0, 0.5, 2.0]) | st.floats(0.1, 10.0)
"""Factors on anything."""


def drugs(*, name: str = "mine", routes: Sequence[Route] = ("iv",), linear: bool = True) -> st.SearchStrategy[Drug]:
    """A drug of one's own: kinetics of one to three compartments, and a potency.

    Numbers stand alone for figures, but where patients differ. Covariates, a metabolite, a compartment that follows
    plasma, limits and what it inhibits or induces are sometimes there.

    Parameters
    ----------
    name
        What it is called.
    routes
        How it is given. Where one of them is not into a vein it is absorbed, in one stage or several, with and without
        a lag and a share that reaches plasma.
    linear
        False: elimination, or transfer to a compartment, or both saturate, at a concentration (uM) from 0.01 to 100.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import drugs
    >>> @settings(deadline=None)
    ... @given(drugs(name="x", routes=["oral", "iv"], linear=False))
    ... def test(drug):
    ...     assert drug.name == "x" and drug.kinetics.absorption is not None and not drug.kinetics.linear
    >>> test()
    """
    inhibited = st.builds(Inhibition, mechanism=st.just("P-gp"), ki=st.floats(1e-3, 100.0))
    induced = st.builds(
        Induction,
        mechanism=st.just("P-gp"),
        most=st.floats(1.0, 50.0),
        ec50=st.floats(1e-3, 100.0),
        half_life_hours=st.floats(1.0, 100.0),
    )
    return st.builds(
        Drug,
        name=st.just(name),
        drug_class=st.sampled_from(["taxane", "of its own"]),
        molar_mass=st.floats(100.0, 1500.0),
        fraction_unbound=st.floats(0.01, 1.0),
        kinetics=_kinetics(any(route != "iv" for route in routes), linear),
        potency=st.builds(DrugPotency, ec50=st.floats(1e-3, 100.0), hill=st.floats(0.5, 3.0)),
        routes=st.just(list(routes)),
        metabolites=st.just(()) | _METABOLITES,
        limits=st.none() | st.builds(DoseLimits, cap=st.floats(1.0, 1000.0)),
        inhibits=st.just(()) | inhibited,
        induces=st.just(()) | induced,
    )


_FLOWS = st.floats(0.5, 100.0)
_SIDES = st.lists(st.tuples(_FLOWS, st.floats(1.0, 500.0)), max_size=2)
_METABOLITES = st.builds(
    Metabolite,
    name=st.just("M1"),
    molar_mass=st.floats(100.0, 1500.0),
    fraction=st.just(1.0) | st.floats(0.01, 1.0),
    clearance=st.floats(0.5, 200.0),
    volume=st.floats(1.0, 100.0),
    peripherals=st.just(()) | _SIDES,
)
_ABSORPTIONS = st.builds(
    Absorption,
    rate=st.sampled_from([1.0, 9.22]) | st.floats(0.05, 30.0),
    stages=st.sampled_from([1, 1, 2, 5, 16]),
    lag=st.none() | st.sampled_from([0.5, 12.0]) | st.floats(0.01, 8.0),
    bioavailability=st.none() | st.just(1.0) | st.floats(0.05, 1.0),
)
_SATURABLE = st.builds(Saturable, vmax=st.floats(1.0, 1000.0), km=st.floats(5.0, 100.0))
_TRANSFERS = st.builds(Peripheral, saturable=_SATURABLE, rate_back=st.floats(0.05, 10.0))
_BY_RATES = st.builds(Peripheral, rate_out=st.floats(0.05, 10.0), rate_back=st.floats(0.05, 10.0))


@st.composite
def _kinetics(draw: st.DrawFn, absorbed: bool, linear: bool) -> Kinetics:
    varying = st.builds(Figure, value=st.floats(0.5, 200.0), unit=st.just("L/h"), cv=st.floats(0.05, 1.0))
    covariates = st.builds(
        Covariate,
        parameter=st.sampled_from(["clearance", "volume", "exchange", "peripheral_volume"]),
        of=st.just("weight"),
        reference=st.just(70.0),
        exponent=st.floats(0.25, 1.5),
    )
    sides: list[Any] = draw(_SIDES | st.lists(_BY_RATES, max_size=2))
    what = "nothing" if linear else draw(st.sampled_from(["elimination", "transfer", "both"]))
    if what in ("transfer", "both"):
        sides = [draw(_TRANSFERS), *sides[:1]]
    eliminated = draw(_SATURABLE) if what in ("elimination", "both") else None
    clearance: st.SearchStrategy[Any] = st.floats(0.5, 200.0) | varying
    if eliminated is not None:
        clearance = st.none() | clearance
    return Kinetics(
        clearance=draw(clearance),
        volume=draw(st.floats(1.0, 100.0)),
        peripherals=sides,
        saturable=eliminated,
        absorption=draw(_ABSORPTIONS) if absorbed else None,
        effect_rate=draw(st.none() | st.floats(0.01, 10.0)),
        covariates=draw(st.just([]) | st.lists(covariates, min_size=1, max_size=2)),
    )


def patients(*, drugs: Sequence[str] = (), metabolites: Sequence[str] = ()) -> st.SearchStrategy[Patient]:
    """A patient of whom a dose may ask all: surface or weight and height, GFR or creatinine.

    Parameters
    ----------
    drugs
        Names of drugs of which some have kinetics that differ from the typical ones.
    metabolites
        Names of metabolites of all these drugs of which some differ as well.

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
    of_one = dict.fromkeys(MetaboliteFactors.model_fields, FACTORS)
    made = st.dictionaries(st.sampled_from(list(metabolites)), st.builds(MetaboliteFactors, **of_one))
    different = st.builds(
        Factors,
        **{name: FACTORS for name in Factors.model_fields if name != "metabolites"},
        metabolites=made if metabolites else st.just({}),
    )
    factors = st.dictionaries(st.sampled_from(list(drugs)), different) if drugs else st.just({})
    return st.builds(lambda a, b, c: Patient(**a, **b, factors=c), size, kidneys, factors)


_AMOUNTS = {"mg": (1.0, 500.0), "mg/m2": (1.0, 200.0), "mg/kg": (0.1, 10.0), "AUC": (1.0, 7.0)}


@st.composite
def _doses(draw: st.DrawFn, drug: str, length: int, routes: Sequence[Route]) -> Dose:
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
        route=draw(st.sampled_from([None, *routes])),
    )


@st.composite
def regimens(
    draw: st.DrawFn, *, drugs: Sequence[str] = ("carboplatin", "docetaxel"), routes: Sequence[Route] = ()
) -> Regimen:
    """One or two phases of up to three cycles that give every one of the drugs: bolus and infusions, one day or two.

    Drugs after the first may be given in some of the cycles only.

    Parameters
    ----------
    drugs
        Names of the drugs, at least one; all are in the first phase.
    routes
        Routes that some doses say; all of these drugs must have them.

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
        doses = [draw(_doses(drug, length, routes)) for drug in given]
        cycles = draw(st.integers(1, 3))
        # Of the drugs after the first some are given in some of the cycles only.
        some = st.none() | st.sets(st.integers(1, cycles), min_size=1).map(lambda found: tuple(sorted(found)))
        doses[1:] = [dose.model_copy(update={"cycles": draw(some)}) for dose in doses[1:]]
        phases.append(Phase(cycle_length_days=length, cycles=cycles, doses=doses))
    return Regimen(name="a regimen", phases=phases, cite=draw(st.none() | st.just("nobody")))
