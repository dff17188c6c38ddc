"""What the body does to a drug: compartments and clearance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal

from chemoevo.base.evidence import In, Measured, PerhapsMeasured
from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, given, is_number
from chemoevo.base.specification import Specification
from chemoevo.base.units import Unit
from chemoevo.pharmacology.patient import Factors, Patient

# Ranges of numbers that stand alone. Whoever means more states the unit: a Figure is taken as it is.
_MEANT = "Where it is meant, state the unit: Figure(value=..., unit={!r})."
# The heart of an adult gives out 5 to 6 L/min (360 L/h), and few drugs that are infused are cleared faster.
_FLOW = Unit(
    "L/h", high=400, usual=(1, 400), others={"mL/min": 0.06, "mL/h": 1e-3, "L/day": 1 / 24},
    remedy=_MEANT.format("L/h"),
)  # fmt: skip
# Plasma alone is 3 L in an adult, so a central volume in mL is larger than this.
_CENTRAL = Unit("L", high=2_500, usual=(1, 500), others={"mL": 1e-3}, remedy=_MEANT.format("L"))
_SIDE = Unit("L", high=10_000, usual=(1, 5_000), others={"mL": 1e-3}, remedy=_MEANT.format("L"))
# A half-life of less than a second.
_RATE = Unit("1/h", high=3_000, usual=(1e-4, 100), others={"1/day": 1 / 24}, remedy=_MEANT.format("1/h"))


class Peripheral(Specification):
    """A peripheral compartment, by exchange clearance (L/h) and volume (L), or by its two rate constants (1/h).

    A pair of numbers is exchange clearance and volume. With rate constants, exchange = rate_out V1 and
    volume = rate_out V1 / rate_back.
    """

    form: ClassVar[str] = "Peripheral(exchange=6.1, volume=7.3)"
    other_forms: ClassVar[tuple[dict[str, Any], ...]] = (
        {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    )

    exchange: Annotated[PerhapsMeasured, In(_FLOW)] = given(default=None)
    volume: Annotated[PerhapsMeasured, In(_SIDE)] = given(default=None)
    rate_out: Annotated[PerhapsMeasured, In(_RATE)] = given(default=None)
    rate_back: Annotated[PerhapsMeasured, In(_RATE)] = given(default=None)

    @classmethod
    def as_written(cls, data: Any) -> Any:
        """A pair is exchange clearance and volume."""
        return {"exchange": data[0], "volume": data[1]} if _is_pair(data) else data

    @classmethod
    def is_one(cls, value: object) -> bool:
        """Whether a value is one compartment, and not a list of them: two numbers are one."""
        return super().is_one(value) or (_is_pair(value) and all(map(is_number, value)))  # type: ignore[call-overload]

    @rule
    def _one_form(self) -> Problem:
        by_volume, by_rate = (self.exchange, self.volume), (self.rate_out, self.rate_back)
        if (None in by_volume) == (None in by_rate) or by_volume.count(None) == 1 or by_rate.count(None) == 1:
            yield "", "must have either exchange and volume, or rate_out and rate_back", None

    def parameters(self, central_volume: float) -> tuple[float, float]:
        """Exchange clearance (L/h) and volume (L)."""
        if self.exchange is not None and self.volume is not None:
            return self.exchange.value, self.volume.value
        assert self.rate_out is not None
        assert self.rate_back is not None
        exchange = self.rate_out.value * central_volume
        return exchange, exchange / self.rate_back.value


def _is_pair(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2


class Kinetics(Specification):
    """Linear disposition of total drug in plasma: one central and up to two peripheral compartments.

    A number alone is one in the unit given here, and the user's own (tag "U"); it must be one that can be meant in that
    unit.

    Parameters
    ----------
    clearance
        Typical clearance (L/h); a number alone at most 400.
    clearance_rule
        "typical", or "calvert": 0.06 (GFR + 25) L/h for a patient whose GFR (mL/min) is known (the clearance that the
        formula of Calvert implies), the typical value otherwise.
    volume
        Central volume (L); a number alone at most 2500.
    peripherals
        None, one or two: `Peripheral` objects, or pairs (exchange clearance L/h, volume L).

    Examples
    --------
    >>> from chemoevo.pharmacology import Kinetics
    >>> kinetics = Kinetics(clearance=62.4, volume=17.7, peripherals=[(50.7, 1830), (28.4, 71)])
    >>> kinetics.clearance.unit, kinetics.clearance.tag, len(kinetics.peripherals)
    ('L/h', 'U', 2)
    """

    form: ClassVar[str] = "Kinetics(clearance=62.4, volume=17.7, peripherals=[(50.7, 1830)])"

    clearance: Annotated[Measured, In(_FLOW)] = given()
    clearance_rule: Literal["typical", "calvert"] = "typical"
    volume: Annotated[Measured, In(_CENTRAL)] = given()
    peripherals: Several[Peripheral, Peripheral | Sequence[float]] = given(default=(), max_length=2)

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
