"""How drugs keep the marrow from making white cells: parameters of Friberg's model, every figure with its source."""

from __future__ import annotations

import functools
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from chemoevo.base.evidence import Citation, In, Measured, PerhapsMeasured, unsourced
from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.shipped import check_shipped, shipped, shipped_names
from chemoevo.base.specification import Flag, Name, Number, Positive, Specification, Table
from chemoevo.base.units import Unit
from chemoevo.pharmacology.kinetics import Kinetics
from chemoevo.pharmacology.ranges import MICROMOLAR

_FOLDER = "toxicity"
# Healthy adults have 2 to 7.5; some patients with leukemia have a hundred times as many.
_COUNT = Unit("1e9/L", low=1e-3, high=1000, usual=(0.1, 100), others={"1/uL": 1e-3, "1e6/L": 1e-3, "1/L": 1e-9})
_TRANSIT = Unit("h", low=1, high=5_000, usual=(20, 500), others={"days": 24})
_POWER = Unit("1", high=10)
_SLOPE = Unit("1/uM", high=1e9, usual=(1e-3, 1e3), others={"1/nM": 1e3, "1/mM": 1e-3})
_EFFECT = Unit("1", high=1e6)


class Suppression(Specification):
    """What one drug does to the cells of the marrow that divide: E of the concentration C.

    Parameters
    ----------
    drug
        The drug.
    slope
        (1/uM) `E = slope C`.
    emax, ec50
        (1, uM) Instead: `E = emax C/(ec50 + C)`.
    binding
        Whether C is "total" or "unbound" drug.
    compartment
        Where C is: "plasma", or a metabolite by its name.
    kinetics
        Those with which the figures were fitted, in place of those of the drug. Factors of a patient are on them too.

    Raises
    ------
    ModelError
        If it has not exactly one form.
    """

    form: ClassVar[str] = 'Suppression(drug="docetaxel", slope=15.6, binding="total")'

    drug: Name
    slope: Annotated[PerhapsMeasured, In(_SLOPE)] = given(default=None)
    emax: Annotated[PerhapsMeasured, In(_EFFECT)] = given(default=None)
    ec50: Annotated[PerhapsMeasured, In(MICROMOLAR)] = given(default=None)
    binding: Literal["total", "unbound"]
    compartment: Name = "plasma"
    kinetics: Kinetics | None = None

    @rule
    def _one_form(self) -> Problem:
        names = {name for name in ("slope", "emax", "ec50") if getattr(self, name) is not None}
        if names not in ({"slope"}, {"emax", "ec50"}):
            yield "", "must have either slope, or emax and ec50", None


class GrowthFactor(Specification):
    """G-CSF, much simplified: in every cycle division and transit in the marrow are faster for some days.

    Cycles that give none of the drugs that act on the marrow have none.

    Parameters
    ----------
    speed
        The factor on both rates; the rate at which cells leave the blood stays.
    from_day, to_day
        (days from the start of the cycle) When.

    Raises
    ------
    ModelError
        If it would end before it begins.
    """

    form: ClassVar[str] = "GrowthFactor(speed=1.67, from_day=2, to_day=12)"

    speed: Positive
    from_day: Annotated[Number, Field(ge=0)]
    to_day: Annotated[Number, Field(gt=0)]

    @rule
    def _in_order(self) -> Problem:
        if self.to_day <= self.from_day:
            yield "to_day", f"must be above from_day = {self.from_day:g}", self.to_day


class Neutropenia(Specification):
    """Friberg's model of the marrow for some drugs; make your own for a drug that no shipped set has.

    A number alone is one in the unit given here, and the user's own (tag "U"): it needs no source.

    Parameters
    ----------
    name
        Its name.
    cells
        What is counted: "neutrophils" or "leukocytes".
    circ0
        (1e9/L) Count without drugs.
    mtt
        (h) Mean transit time through the marrow.
    gamma
        Exponent of the feedback.
    suppressions
        What drugs do, at least one.
    growth_factor
        G-CSF, or None.
    preferred
        Whether it is the set of its drugs where none is asked for.
    citations
        The sources, by key.

    Raises
    ------
    ModelError
        If something is missing or out of range, a figure has no source, or a number cannot be meant in its unit: all
        problems at once.

    References
    ----------
    .. [1] Friberg LE et al. (2002). J Clin Oncol 20:4713. doi:10.1200/JCO.2002.02.140

    Examples
    --------
    >>> import chemoevo as ce
    >>> slope = ce.Suppression(drug="carboplatin", slope=0.05, binding="unbound")
    >>> mine = ce.Neutropenia(name="mine", circ0=5, mtt=120, gamma=0.17, suppressions=slope)
    >>> mine
    Neutropenia('mine': carboplatin)
    """

    form: ClassVar[str] = (
        'Neutropenia(name="mine", circ0=5, mtt=100, gamma=0.16, '
        'suppressions=[Suppression(drug="docetaxel", slope=15.6, binding="total")])'
    )

    name: Name
    cells: Literal["neutrophils", "leukocytes"] = "neutrophils"
    circ0: Annotated[Measured, In(_COUNT)] = given()
    mtt: Annotated[Measured, In(_TRANSIT)] = given()
    gamma: Annotated[Measured, In(_POWER)] = given()
    suppressions: Several[Suppression] = given(min_length=1)
    growth_factor: GrowthFactor | None = None
    preferred: Flag = False
    citations: Table[str, Citation] = Field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Neutropenia({self.name!r}: {', '.join(self.drugs)})"

    @rule
    def _sources_known(self) -> Problem:
        yield from unsourced(self, self.citations)

    @rule
    def _drugs_once(self) -> Problem:
        for i, name in enumerate(self.drugs):
            if name in self.drugs[:i]:
                yield f"suppressions[{i}].drug", "must be given once", name

    def variation(self) -> dict[str, float]:
        """Coefficients of variation between patients, by the names of `MarrowFactors`; `slope` is of the first drug."""
        first = self.suppressions[0].slope
        found = {"circ0": self.circ0, "mtt": self.mtt, "gamma": self.gamma, "slope": first}
        return {name: one.cv for name, one in found.items() if one is not None and one.cv is not None}

    @property
    def drugs(self) -> tuple[str, ...]:
        """The drugs that it knows."""
        return tuple(one.drug for one in self.suppressions)


def neutropenia_names() -> tuple[str, ...]:
    """The sets of parameters that ship with chemoevo, sorted."""
    return shipped_names(_FOLDER)


@functools.cache
def _load(name: str) -> Neutropenia:
    return Neutropenia.from_dict(shipped(_FOLDER, name))


def neutropenia(name: str) -> Neutropenia:
    """A published set of parameters of Friberg's model.

    Parameters
    ----------
    name
        Its name: drug, and author and year of the fit.

    Raises
    ------
    ModelError
        If there is none of that name; the message suggests near ones.

    Examples
    --------
    >>> from chemoevo import pharmacology
    >>> pharmacology.neutropenia("docetaxel-kloft2006").mtt.value
    84.2
    """
    return _load(check_shipped(_FOLDER, name, "set of parameters of neutropenia"))


def preferred(drug: str) -> Neutropenia | None:
    """The set of a drug where none is asked for."""
    sets = map(neutropenia, neutropenia_names())
    return next((one for one in sets if one.preferred and drug in one.drugs), None)
