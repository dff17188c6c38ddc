"""Potency of a drug in the reference line: EC50 and Hill from data, Emax from the scenario, in the open."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from chemoevo.base.evidence import Tag
from chemoevo.base.gathering import Problem, rule
from chemoevo.base.specification import Name, Number, Specification, Text
from chemoevo.errors import ModelError, percent
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.library import OwnDrugs, find_drug, own_by_name
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.ranges import HILL
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.resistance.anchor import Anchor, saturated_days
from chemoevo.resistance.cells import FirstCell

Mode = Literal["cytotoxic", "cytostatic", "dividing", "norton-simon", "unmask"]

_UNITS: Mapping[str, str] = {
    "cytotoxic": "per day",
    "cytostatic": "of birth",
    "dividing": "of divisions",
    "norton-simon": "times birth",
    "unmask": "times immune kill",
}


def _with_unit(emax: float, mode: str) -> str:
    return f"{emax:.4g} {_UNITS[mode]}"


class Potency(Specification):
    """Action of one drug on sensitive cells.

    Parameters
    ----------
    drug
        Name of the drug.
    emax
        Largest effect: a hazard (per day) added to death for a cytotoxic drug, > 0; the largest fraction of birth
        taken away for a cytostatic one, in (0, 1]; of a drug that kills dividing cells see `mode`.
    log10_kill_per_cycle
        Instead of `emax`, for a drug that kills: log10 of the factor by which the drug alone reduces sensitive cells
        over the cycle that `at` names, > 0, the cycling fraction included. Emax follows exactly: the integrated hazard
        is proportional to it, and where a kill follows division to the birth rate of these cells as well.
    at
        The cycle that `log10_kill_per_cycle` is said of; needed with it, and with nothing else. Emax is solved there,
        whatever the regimen and the patient of the scenario are.
    basis
        Why this Emax or this kill, in words. No source gives the Emax of a drug in a patient's tumor, so it is an input
        and its reason travels with it.
    ec50
        Unbound concentration of half the effect (uM), > 0. If None, from the data file of the drug.
    hill
        Hill exponent, in (0, 50]. If None, from the data file of the drug.
    mode
        "cytotoxic" adds to death, "cytostatic" takes from birth. "dividing": in this share of divisions, in (0, 1], the
        cell dies instead. "norton-simon": death is higher by this many times birth, > 0 [1]_. "unmask": immune kill in
        niches is multiplied by this, >= 1, as by a checkpoint antibody.
    cycling_fraction
        Fraction of cells that a phase-specific drug can reach, in (0, 1]; multiplies Emax.
    mutation
        Factor on all mutation probabilities of a cell under the full effect, >= 1; None for a drug
        that leaves them.
    hypoxia_half
        (mmHg) Of a drug that is made in hypoxia: oxygen at which half is made of what is made without any, > 0. Its
        EC50 is that without oxygen; niches say their oxygen.
    cite, tag
        Source and confidence of an `ec50` or `hill` given here.

    Raises
    ------
    ModelError
        If a value is out of range, not exactly one of `emax` and `log10_kill_per_cycle` is given, or a kill does not
        name its cycle.

    Notes
    -----
    A kill per cycle is that of cells without alterations in the tumor, by the drug alone. EC50 is that of a reference
    line, from which they may differ (`Tumor.expressions`). With the share q of divisions lost, cells grow at
    `b (1 - 2 q) - d`; a Norton-Simon kill of `2 q` times birth has the same mean and another law, since every division
    still begins with two daughters.

    References
    ----------
    .. [1] Norton L, Simon R (1986). Cancer Treat Rep 70:163.

    Examples
    --------
    >>> from chemoevo.resistance import Potency
    >>> Potency(drug="docetaxel", emax=0.4, basis="half of sensitive cells lost in two days of exposure").mode
    'cytotoxic'
    """

    form: ClassVar[str] = 'Potency(drug="docetaxel", emax=0.4, basis="why")'
    alternatives: ClassVar = (("emax",), ("log10_kill_per_cycle", "at"))

    drug: Name = Field(description="the name of the drug")
    emax: Annotated[Number, Field(gt=0)] | None = None
    log10_kill_per_cycle: Annotated[Number, Field(gt=0)] | None = None
    at: Anchor | None = None
    basis: Name = Field(description="the reason for this emax or kill, in words")
    ec50: Annotated[Number, Field(gt=0)] | None = None
    hill: Annotated[Number, Field(gt=0), HILL] | None = None
    mode: Mode = "cytotoxic"
    cycling_fraction: Annotated[Number, Field(gt=0, le=1)] = 1.0
    mutation: Annotated[Number, Field(ge=1, le=1e9)] | None = None
    hypoxia_half: Annotated[Number, Field(gt=0, le=760)] | None = None
    cite: Text | None = None
    tag: Tag | None = None

    def __repr__(self) -> str:
        if self.emax is not None:
            return f"Potency({self.drug!r}: Emax {_with_unit(self.emax, self.mode)})"
        where = "" if self.at is None else f" in {self.at.text()}"
        return f"Potency({self.drug!r}: log10 kill {self.log10_kill_per_cycle:g}{where})"

    @rule
    def _one_calibration(self) -> Problem:
        if self.emax is None and self.log10_kill_per_cycle is None:
            yield "emax", "is missing: give it, or log10_kill_per_cycle with at", None
        elif self.emax is not None and self.log10_kill_per_cycle is not None:
            yield "emax", "must be left out where log10_kill_per_cycle is given", self.emax

    @rule
    def _kill_names_its_cycle(self) -> Problem:
        if self.log10_kill_per_cycle is not None and self.at is None:
            yield "at", "is missing: a kill per cycle names the cycle that it is of", None, f"Write at={Anchor.form}."
        elif self.log10_kill_per_cycle is None and self.at is not None:
            yield "at", "must be left out: it is the cycle of log10_kill_per_cycle, which is not given", None

    @rule
    def _cytostatic(self) -> Problem:
        if self.mode == "cytostatic" and self.log10_kill_per_cycle is not None:
            words = "must not be given for a cytostatic drug, which kills nothing; give emax, in (0, 1]"
            yield "log10_kill_per_cycle", words, self.log10_kill_per_cycle
        if self.mode == "unmask" and self.log10_kill_per_cycle is not None:
            words = "must not be given for a drug that unmasks cells: how many it kills is up to the niche; give emax"
            yield "log10_kill_per_cycle", words, self.log10_kill_per_cycle
        if self.mode == "unmask" and self.emax is not None and self.emax < 1:
            yield "emax", "must be at least 1 for a drug that unmasks: a factor on immune kill", self.emax
        if self.mode in ("cytostatic", "dividing") and self.emax is not None and self.emax > 1:
            lost = "birth" if self.mode == "cytostatic" else "divisions"
            words = f"must be in (0, 1] for a {self.mode} drug, the largest fraction of {lost} lost"
            yield "emax", words, self.emax, percent(self.emax)


@dataclass(frozen=True)
class ResolvedPotency:
    """A potency with nothing left open.

    Attributes
    ----------
    drug
        The drug.
    ec50
        Unbound concentration of half the effect in the reference line (uM).
    hill
        Hill exponent.
    emax
        Largest effect there, cycling fraction included (per day, or in births).
    mode
        As of `Potency`.
    regimen, patient
        The exposure for which `log10_kill_per_cycle` is said; None where there is none.
    cell
        Cells without alterations, where they differ from the reference line.
    """

    drug: Drug
    ec50: float
    hill: float
    emax: float
    mode: Mode
    regimen: Regimen | None = None
    patient: Patient | None = None
    cell: FirstCell | None = None

    @cached_property
    def log10_kill_per_cycle(self) -> float | None:
        """What this Emax amounts to: log10 of the factor lost over the first cycle of the regimen that gives the drug.

        Of cells without alterations by the drug alone; None where it does not add to death, and without a regimen. It
        takes longer than all the rest.
        """
        if self.mode != "cytotoxic" or self.regimen is None or self.patient is None:
            return None
        exposed = {"regimen": self.regimen, "patient": self.patient, "cell": self.cell}
        saturation = saturated_days(self.drug, self.ec50, self.hill, **exposed)  # type: ignore[arg-type]
        return self.emax * saturation / math.log(10)

    def emax_text(self) -> str:
        """Emax with its unit."""
        return _with_unit(self.emax, self.mode)

    def __repr__(self) -> str:
        return (
            f"ResolvedPotency({self.drug.name!r}: Emax {self.emax_text()}, EC50 {self.ec50:g} uM unbound, "
            f"Hill {self.hill:g})"
        )


def resolve_potency(
    potency: Potency,
    *,
    regimen: Regimen,
    patient: Patient,
    drugs: OwnDrugs | None = None,
    cell: FirstCell | None = None,
    birth: float | None = None,
) -> ResolvedPotency:
    """Fills EC50 and Hill from the data of the drug, and solves for Emax where a kill is given.

    Parameters
    ----------
    potency
        What the scenario says.
    regimen, patient
        The exposure for which to say what kill the Emax amounts to. Emax does not depend on them.
    drugs
        Your own drugs, beside those that ship: one, a list, or a table by name.
    cell
        Cells without alterations, where they differ from the reference line: a kill is of them.
    birth
        (per day) Of cells without alterations; needed for a kill per cycle that follows division.

    Raises
    ------
    ModelError
        If the drug is unknown, is not in the regimen, or has no EC50 or Hill exponent anywhere, or a kill per cycle
        that follows division is more than can be or without a birth rate.

    Notes
    -----
    With h(t) = Emax C^n/(EC50^n + C^n), the log10 kill over a cycle is (Emax / ln 10) times the integral of the
    saturation C^n/(EC50^n + C^n); the tail beyond the cycle is not counted.
    """
    given = find_drug(potency.drug, own_by_name(drugs))
    problems = []
    values: dict[str, float] = {}
    for field in ("ec50", "hill"):
        value = getattr(potency, field)
        if value is None and given.acting.potency is not None:
            value = getattr(given.acting.potency, field).value
        if value is None:
            problems.append(f"potency.{field} of {given.name!r} is missing. The data of the drug have none: give one.")
        else:
            values[field] = value
    if problems:
        raise ModelError(problems)
    ec50, hill = values["ec50"], values["hill"]
    other = None if cell is None or cell.is_reference else cell
    if potency.emax is None:
        emax = _emax_of_kill(potency, ec50, hill, other) / _per_emax(potency, birth)
        _check_share(potency, emax)
    else:
        emax = potency.emax * potency.cycling_fraction
    return ResolvedPotency(given, ec50, hill, emax, potency.mode, regimen, patient, other)


def _per_emax(potency: Potency, birth: float | None) -> float:
    """(per day) What is lost of net growth at the largest effect, over Emax."""
    if potency.mode == "cytotoxic":
        return 1.0
    if birth is None or birth <= 0:
        raise ModelError(
            f"potency.log10_kill_per_cycle of {potency.drug!r} follows division: it needs a birth rate above 0 "
            "(per day)."
        )
    # A lost division takes a birth and adds a death.
    return 2.0 * birth if potency.mode == "dividing" else birth


def _check_share(potency: Potency, emax: float) -> None:
    kill = potency.log10_kill_per_cycle
    if kill is not None and potency.mode == "dividing" and emax > 1.0:
        raise ModelError(
            f"potency.log10_kill_per_cycle of {potency.drug!r} must be at most {kill / emax:.4g}, where every division "
            f"at the largest effect is lost; got {kill:g}."
        )


def _emax_of_kill(potency: Potency, ec50: float, hill: float, cell: FirstCell | None) -> float:
    assert potency.log10_kill_per_cycle is not None
    assert potency.at is not None
    if potency.at.given.name != potency.drug:
        raise ModelError(f"potency.at must be a cycle of {potency.drug!r}; got one of {potency.at.given.name!r}.")
    saturation = potency.at.saturated_days(ec50, hill, cell=cell)
    if saturation <= 0:
        raise ModelError(
            f"potency.log10_kill_per_cycle of {potency.drug!r} cannot be reached: the exposure in the cycle of "
            f"potency.at is nil against an EC50 of {ec50:g} uM."
        )
    return potency.log10_kill_per_cycle * math.log(10) / saturation
