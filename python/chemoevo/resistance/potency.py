"""Potency of a drug in the reference line: EC50 and Hill from data, Emax from the scenario, in the open."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from chemoevo import _core
from chemoevo.base.evidence import Tag
from chemoevo.base.specification import Name, Number, Specification, Text, refuse
from chemoevo.errors import ModelError
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.exposure import plasma_exposure
from chemoevo.pharmacology.library import drug
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen import Regimen

_CALIBRATION_TOLERANCE = 1e-6


class Potency(Specification):
    """Action of one drug on sensitive cells.

    Parameters
    ----------
    drug
        Name of the drug.
    emax
        Largest effect: a hazard (per day) added to death for a cytotoxic drug, > 0; the largest fraction of birth
        taken away for a cytostatic one, in (0, 1].
    log10_kill_per_cycle
        Instead of `emax`, for a cytotoxic drug: log10 of the factor by which the drug alone reduces sensitive cells
        over the first cycle that gives it, > 0. Emax follows exactly: the integrated hazard is proportional to it.
    basis
        Why this Emax or this kill, in words. No source gives the Emax of a drug in a patient's tumor, so it is an input
        and its reason travels with it.
    ec50
        Unbound concentration of half the effect (uM), > 0. If None, from the data file of the drug.
    hill
        Hill exponent, > 0. If None, from the data file of the drug.
    mode
        "cytotoxic" (adds to death) or "cytostatic" (takes from birth).
    cycling_fraction
        Fraction of cells that a phase-specific drug can reach, in (0, 1]; multiplies Emax.
    cite, tag
        Source and confidence of an `ec50` or `hill` given here.

    Raises
    ------
    ModelError
        If a value is out of range, or not exactly one of `emax` and `log10_kill_per_cycle` is given.

    Examples
    --------
    >>> from chemoevo.resistance import Potency
    >>> Potency(drug="docetaxel", emax=0.4, basis="half of sensitive cells lost in two days of exposure").mode
    'cytotoxic'
    """

    drug: Name = Field(description="the name of the drug")
    emax: Annotated[Number, Field(gt=0)] | None = None
    log10_kill_per_cycle: Annotated[Number, Field(gt=0)] | None = None
    basis: Name = Field(description="the reason for this emax or kill, in words")
    ec50: Annotated[Number, Field(gt=0)] | None = None
    hill: Annotated[Number, Field(gt=0)] | None = None
    mode: Literal["cytotoxic", "cytostatic"] = "cytotoxic"
    cycling_fraction: Annotated[Number, Field(gt=0, le=1)] = 1.0
    cite: Text | None = None
    tag: Tag | None = None

    @model_validator(mode="after")
    def _one_calibration(self) -> Potency:
        found: list[tuple[str, str, object]] = []
        if (self.emax is None) == (self.log10_kill_per_cycle is None):
            found.append(("emax", "must be given, or log10_kill_per_cycle, but not both", self.emax))
        if self.mode == "cytostatic" and self.log10_kill_per_cycle is not None:
            rule = "must not be given for a cytostatic drug, which kills nothing; give emax, in (0, 1]"
            found.append(("log10_kill_per_cycle", rule, self.log10_kill_per_cycle))
        if self.mode == "cytostatic" and self.emax is not None and self.emax > 1:
            found.append(
                ("emax", "must be in (0, 1] for a cytostatic drug, the largest fraction of birth lost", self.emax)
            )
        refuse(*found)
        return self


@dataclass(frozen=True)
class ResolvedPotency:
    """A potency with nothing left open.

    Attributes
    ----------
    drug
        The drug.
    ec50
        Unbound concentration of half the effect in sensitive cells (uM).
    hill
        Hill exponent.
    emax
        Largest effect on sensitive cells, cycling fraction included (per day, or fraction of birth).
    mode
        "cytotoxic" or "cytostatic".
    log10_kill_per_cycle
        What this Emax amounts to: log10 of the factor lost over the first cycle that gives the drug alone; None for a
        cytostatic drug, and where nobody asked.
    """

    drug: Drug
    ec50: float
    hill: float
    emax: float
    mode: Literal["cytotoxic", "cytostatic"]
    log10_kill_per_cycle: float | None


def find_drug(name: str, drugs: Mapping[str, Drug] | None = None) -> Drug:
    """The drug of that name among your own, else among those that ship.

    Raises
    ------
    ModelError
        If there is none.
    """
    return drugs[name] if drugs is not None and name in drugs else drug(name)


def resolve_potency(
    potency: Potency,
    *,
    regimen: Regimen,
    patient: Patient,
    drugs: Mapping[str, Drug] | None = None,
    with_kill: bool = True,
) -> ResolvedPotency:
    """Fills EC50 and Hill from the data of the drug, and solves for Emax where a kill is given.

    Parameters
    ----------
    potency
        What the scenario says.
    regimen, patient
        The exposure against which a kill is calibrated.
    drugs
        Your own drugs by name, beside those that ship.
    with_kill
        Whether to say what kill a given Emax amounts to, which takes longer than all the rest.

    Raises
    ------
    ModelError
        If the drug is unknown, is not in the regimen, or has no EC50 or Hill exponent anywhere.

    Notes
    -----
    With h(t) = Emax C^n/(EC50^n + C^n), the log10 kill over a cycle is (Emax / ln 10) times the integral of the
    saturation C^n/(EC50^n + C^n); the tail beyond the cycle is not counted.
    """
    given = find_drug(potency.drug, drugs)
    problems = []
    values: dict[str, float] = {}
    for field in ("ec50", "hill"):
        value = getattr(potency, field)
        if value is None and given.potency is not None:
            value = getattr(given.potency, field).value
        if value is None:
            problems.append(f"potency.{field} of {given.name!r} is missing. The data of the drug have none: give one.")
        else:
            values[field] = value
    if problems:
        raise ModelError(problems)
    ec50, hill = values["ec50"], values["hill"]
    if potency.mode == "cytostatic":
        assert potency.emax is not None
        return ResolvedPotency(given, ec50, hill, potency.emax * potency.cycling_fraction, potency.mode, None)
    if potency.emax is not None and not with_kill:
        return ResolvedPotency(given, ec50, hill, potency.emax * potency.cycling_fraction, potency.mode, None)
    saturation = saturated_days(given, ec50, hill, regimen=regimen, patient=patient)
    if potency.emax is not None:
        emax = potency.emax * potency.cycling_fraction
        return ResolvedPotency(given, ec50, hill, emax, potency.mode, emax * saturation / math.log(10))
    assert potency.log10_kill_per_cycle is not None
    if saturation <= 0:
        raise ModelError(
            f"potency.log10_kill_per_cycle of {given.name!r} cannot be reached: the exposure is nil against an EC50 of "
            f"{ec50:g} uM."
        )
    kill = potency.log10_kill_per_cycle
    return ResolvedPotency(given, ec50, hill, kill * math.log(10) / saturation, potency.mode, kill)


def saturated_days(given: Drug, ec50: float, hill: float, *, regimen: Regimen, patient: Patient) -> float:
    """Integral (days) of C^n/(EC50^n + C^n) over the first cycle that gives the drug, C unbound in plasma (uM).

    Raises
    ------
    ModelError
        If the regimen does not give the drug, or the patient lacks what a dose asks for.
    """
    _, end = regimen.first_cycle(given.name)
    exposure = plasma_exposure(regimen, patient, given)
    unbound = given.micromolar_per_mg_per_l * given.fraction_unbound.value
    drugs = [_core.Drug(exposure, unbound, False, [_core.Potency(ec50, hill, 1.0)])]
    options = _core.CompileOptions(horizon=end, tolerance=_CALIBRATION_TOLERANCE, halved=False, max_segments=1_000_000)
    table = _core.compile_rates([0.0], [0.0], drugs, options)
    lengths = np.diff(table.breakpoints, prepend=0.0)
    # Nothing of it is given before that cycle, so the integral from 0 is that over the cycle.
    return float(lengths @ table.death[: len(lengths), 0])
