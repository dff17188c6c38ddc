"""Drugs: disposition, binding and potency, every figure with its source."""

from __future__ import annotations

from pydantic import Field, model_validator

from chemoevo.base.evidence import Citation, Figure, _figures
from chemoevo.base.frozen import Table
from chemoevo.base.specification import Name, Specification, refuse
from chemoevo.pharmacology.kinetics import Kinetics


class DrugPotency(Specification):
    """Unbound concentration of half the effect (uM) in a sensitive line, and the Hill exponent."""

    ec50: Figure
    hill: Figure


class Drug(Specification):
    """A drug, as the data files describe it; make your own for a drug that is not among them.

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
    """

    name: Name
    drug_class: Name
    molar_mass: Figure
    fraction_unbound: Figure
    kinetics: Kinetics
    potency: DrugPotency | None = None
    citations: Table[str, Citation] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sources_known(self) -> Drug:
        found: list[tuple[str, str, object]] = []
        for path, figure in _figures(self):
            if figure.cite not in self.citations:
                found.append((f"{path}.cite", "must be a key of citations", figure.cite))
            if figure.value == 0:
                found.append((f"{path}.value", "must be > 0", figure.value))
        if self.fraction_unbound.value > 1:
            found.append(("fraction_unbound.value", "must be <= 1", self.fraction_unbound.value))
        refuse(*found)
        return self

    @property
    def micromolar_per_mg_per_l(self) -> float:
        """Micromoles in a milligram: 1000 / molar mass (uM per mg/L)."""
        return 1000.0 / self.molar_mass.value
