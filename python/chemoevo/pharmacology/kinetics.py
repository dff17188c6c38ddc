"""What the body does to a drug: compartments and clearance."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from chemoevo.base.evidence import Figure
from chemoevo.base.specification import Specification, refuse
from chemoevo.pharmacology.patient import Factors, Patient


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

    def parameters(
        self, patient: Patient, factors: Factors | None = None
    ) -> tuple[float, float, list[tuple[float, float]]]:
        """Clearance (L/h), central volume (L), and (exchange L/h, volume L) of the peripherals, times their factors."""
        clearance = self.clearance.value
        if self.clearance_rule == "calvert" and patient.knows_gfr():
            clearance = 0.06 * (patient.glomerular_filtration_rate() + 25)
        volume = self.volume.value
        by = factors or Factors()
        sides = [p.parameters(volume) for p in self.peripherals]
        return (
            clearance * by.clearance,
            volume * by.volume,
            [(exchange * by.exchange, side * by.peripheral_volume) for exchange, side in sides],
        )
