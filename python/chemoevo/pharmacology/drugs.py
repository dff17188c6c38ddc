"""Drugs: disposition, binding and potency, every figure with its source."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources
from typing import Annotated, Literal

from pydantic import Field, model_validator

from chemoevo.errors import ModelError, did_you_mean
from chemoevo.pharmacology.patient import Patient
from chemoevo.specification import Name, Number, Specification, Text, refuse

Tag = Literal["R", "P", "B+", "B", "B-", "C"]
"""How sure a figure is; see `chemoevo/data/README.md`."""


class Figure(Specification):
    """A number with its unit, source and confidence.

    Parameters
    ----------
    value
        The number, >= 0.
    unit
        Its unit, as text.
    cite
        Key of the source in the `citations` beside it.
    tag
        How sure it is: "R" read in the source or in a published reprint of its table, "P" partly read, "B+", "B", "B-"
        background knowledge of falling confidence, not read, "C" computed from figures read.
    note
        What a user should know about it.
    """

    value: Annotated[Number, Field(ge=0)]
    unit: Text
    cite: Name
    tag: Tag
    note: Text | None = None


class Citation(Specification):
    """A source: authors, year, journal, volume and page; and its DOI where known."""

    text: Name
    doi: Name | None = None


class Peripheral(Specification):
    """A peripheral compartment, by exchange clearance (L/h) and volume (L), or by its two rate constants (1/h).

    With rate constants, exchange = rate_out V1 and volume = rate_out V1 / rate_back.
    """

    exchange: Figure | None = None
    volume: Figure | None = None
    rate_out: Figure | None = None
    rate_back: Figure | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Peripheral:
        by_volume, by_rate = (self.exchange, self.volume), (self.rate_out, self.rate_back)
        if (None in by_volume) == (None in by_rate) or by_volume.count(None) == 1 or by_rate.count(None) == 1:
            refuse(("", "must have either exchange and volume, or rate_out and rate_back", None))
        return self

    def parameters(self, central_volume: float) -> tuple[float, float]:
        """Exchange clearance (L/h) and volume (L)."""
        if self.exchange is not None and self.volume is not None:
            return self.exchange.value, self.volume.value
        assert self.rate_out is not None
        assert self.rate_back is not None
        exchange = self.rate_out.value * central_volume
        return exchange, exchange / self.rate_back.value


class Kinetics(Specification):
    """Linear disposition of total drug in plasma: one central and up to two peripheral compartments.

    Parameters
    ----------
    clearance
        Typical clearance (L/h).
    clearance_rule
        "typical", or "calvert": 0.06 (GFR + 25) L/h for a patient whose GFR (mL/min) is known (the clearance that the
        formula of Calvert implies), the typical value otherwise.
    volume
        Central volume (L).
    peripherals
        None, one or two.
    """

    clearance: Figure
    clearance_rule: Literal["typical", "calvert"] = "typical"
    volume: Figure
    peripherals: Annotated[tuple[Peripheral, ...], Field(max_length=2)] = ()

    def parameters(self, patient: Patient) -> tuple[float, float, list[tuple[float, float]]]:
        """Clearance (L/h), central volume (L), and (exchange L/h, volume L) of the peripherals."""
        clearance = self.clearance.value
        if self.clearance_rule == "calvert" and patient.knows_gfr():
            clearance = 0.06 * (patient.glomerular_filtration_rate() + 25)
        volume = self.volume.value
        return clearance, volume, [p.parameters(volume) for p in self.peripherals]


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
    citations: dict[str, Citation] = Field(default_factory=dict)

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


def _figures(part: Specification, path: str = "") -> list[tuple[str, Figure]]:
    found: list[tuple[str, Figure]] = []
    for name in type(part).model_fields:
        value = getattr(part, name)
        here = f"{path}.{name}" if path else name
        if isinstance(value, Figure):
            found.append((here, value))
        elif isinstance(value, Specification):
            found += _figures(value, here)
        elif isinstance(value, tuple):
            for k, item in enumerate(value):
                found += _figures(item, f"{here}[{k}]") if isinstance(item, Specification) else []
    return found


@functools.cache
def drug_names() -> tuple[str, ...]:
    """The drugs that ship with chemoevo, sorted."""
    folder = resources.files("chemoevo") / "data" / "drugs"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@functools.cache
def _load(name: str) -> Drug:
    text = (resources.files("chemoevo") / "data" / "drugs" / f"{name}.toml").read_text(encoding="utf-8")
    return Drug.from_dict(tomllib.loads(text))


def drug(name: str) -> Drug:
    """A drug that ships with chemoevo.

    Parameters
    ----------
    name
        Its name in lower case.

    Raises
    ------
    ModelError
        If there is none of that name; the message suggests near ones.

    Examples
    --------
    >>> from chemoevo import pharmacology
    >>> pharmacology.drug("docetaxel").kinetics.clearance.value
    44.1
    """
    if not isinstance(name, str):
        raise TypeError(f"name must be a text; got {name!r}")
    known = drug_names()
    if name not in known:
        raise ModelError(f"{name!r} is not a known drug. {did_you_mean(name, known)}")
    return _load(name)
