"""Drugs: disposition, binding and potency, every figure with its source."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from chemoevo.base.evidence import OWN, Citation, In, Measured, _figures
from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import given
from chemoevo.base.specification import Name, Specification, Table
from chemoevo.base.units import Unit
from chemoevo.pharmacology.kinetics import Kinetics

# Ranges of numbers that stand alone. Lithium has 7 g/mol; antibodies have 150 000 and pegylated enzymes more.
_MOLAR_MASS = Unit(
    "g/mol", low=5, high=2e6, usual=(30, 1e6), others={"kg/mol": 1_000, "mg/mol": 1e-3},
    remedy="Where it is meant, state the unit: Figure(value=..., unit='g/mol').",
)  # fmt: skip
_SHARE = Unit("1", high=1, usual=(0, 1), others={"%": 0.01})
# From the most potent toxins to what is given by the gram.
_EC50 = Unit(
    "uM", low=1e-8, high=1e4, usual=(1e-5, 1e3), others={"nM": 1e-3, "pM": 1e-6, "mM": 1e3, "M": 1e6},
    remedy="Where it is meant, state the unit: Figure(value=..., unit='uM').",
)  # fmt: skip


class DrugPotency(Specification):
    """Unbound concentration of half the effect (uM) in a sensitive line, and the Hill exponent."""

    form: ClassVar[str] = "DrugPotency(ec50=0.005, hill=1)"

    ec50: Annotated[Measured, In(_EC50)] = given()
    hill: Annotated[Measured, In(Unit("1", high=50))] = given()


class Drug(Specification):
    """A drug, as the data files describe it; make your own for a drug that is not among them.

    A number alone is one in the unit given here, and the user's own (tag "U"): it needs no source.

    Parameters
    ----------
    name
        The name by which regimens, alterations and potencies refer to it.
    drug_class
        Such as "taxane".
    molar_mass
        g/mol, of what is dosed.
    fraction_unbound
        Unbound share in plasma, in (0, 1].
    kinetics
        Disposition of total drug.
    potency
        EC50 and Hill exponent in a sensitive line, or None.
    citations
        The sources, by key.

    Raises
    ------
    ModelError
        If something is missing or out of range, a figure has no source, or a number cannot be meant in its unit: all
        problems at once.

    Examples
    --------
    >>> import chemoevo as ce
    >>> mine = ce.Drug(
    ...     name="mine",
    ...     drug_class="anthracycline",
    ...     molar_mass=543.5,
    ...     fraction_unbound=0.25,
    ...     kinetics=ce.Kinetics(clearance=62.4, volume=17.7, peripherals=[(50.7, 1830), (28.4, 71)]),
    ... )
    >>> mine.molar_mass
    Figure(value=543.5, unit='g/mol')
    """

    form: ClassVar[str] = (
        'Drug(name="mine", drug_class="taxane", molar_mass=800, fraction_unbound=0.1, '
        "kinetics=Kinetics(clearance=30, volume=10))"
    )

    name: Name
    drug_class: Name
    molar_mass: Annotated[Measured, In(_MOLAR_MASS)] = given()
    fraction_unbound: Annotated[Measured, In(_SHARE)] = given()
    kinetics: Kinetics
    potency: DrugPotency | None = None
    citations: Table[str, Citation] = Field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Drug({self.name!r}: {self.drug_class})"

    @rule
    def _sources_known(self) -> Problem:
        for path, figure in _figures(self):
            value, cite = vars(figure).get("value"), vars(figure).get("cite")
            if cite is not None and cite not in self.citations:
                yield f"{path}.cite", "must be a key of citations", cite, f"Or leave it out, with the tag {OWN!r}."
            if value == 0:
                yield f"{path}.value", "must be > 0", value

    @rule
    def _unbound_share(self) -> Problem:
        value = self.fraction_unbound.value
        if value > 1:
            yield "fraction_unbound.value", "must be <= 1", value, _SHARE.looks_like(value)

    @property
    def micromolar_per_mg_per_l(self) -> float:
        """Micromoles in a milligram: 1000 / molar mass (uM per mg/L)."""
        return 1000.0 / self.molar_mass.value
