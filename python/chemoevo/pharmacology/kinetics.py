"""What the body does to a drug: compartments and clearance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, get_args

import numpy as np

from chemoevo.base.evidence import In, Measured, PerhapsMeasured, figures_of
from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, given, is_number
from chemoevo.base.specification import Specification
from chemoevo.pharmacology.absorption import Absorption
from chemoevo.pharmacology.covariate import Correlation, Covariate, Parameter
from chemoevo.pharmacology.patient import TYPICAL, Factors, Patient
from chemoevo.pharmacology.ranges import CENTRAL, FLOW, RATE, SIDE
from chemoevo.pharmacology.saturable import Saturable
from chemoevo.pharmacology.variability import coefficients, correlation


class Peripheral(Specification):
    """A peripheral compartment, by exchange clearance (L/h) and volume (L), or by its two rate constants (1/h).

    A pair of numbers is exchange clearance and volume. With rate constants, exchange = rate_out V1 and
    volume = rate_out V1 / rate_back. A transfer that saturates has `saturable` in place of `rate_out`.
    """

    form: ClassVar[str] = "Peripheral(exchange=6.1, volume=7.3)"
    other_forms: ClassVar[tuple[dict[str, Any], ...]] = (
        {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    )
    other_words: ClassVar[str] = "a pair (exchange, volume)"

    exchange: Annotated[PerhapsMeasured, In(FLOW)] = given(default=None)
    volume: Annotated[PerhapsMeasured, In(SIDE)] = given(default=None)
    rate_out: Annotated[PerhapsMeasured, In(RATE)] = given(default=None)
    rate_back: Annotated[PerhapsMeasured, In(RATE)] = given(default=None)
    saturable: Saturable | None = None

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
        names = ("exchange", "volume", "rate_out", "rate_back", "saturable")
        if {name for name in names if getattr(self, name) is not None} not in _FORMS:
            yield "", "must have either exchange and volume, or rate_out and rate_back", None

    def parameters(self, central_volume: float) -> tuple[float, float]:
        """Exchange clearance (L/h) and volume (L); of one that does not saturate."""
        if self.exchange is not None and self.volume is not None:
            return self.exchange.value, self.volume.value
        assert self.rate_out is not None
        assert self.rate_back is not None
        exchange = self.rate_out.value * central_volume
        return exchange, exchange / self.rate_back.value


_ROUNDING = 1e-12
_FORMS = ({"exchange", "volume"}, {"rate_out", "rate_back"}, {"saturable", "rate_back"})


def _is_pair(value: object) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2


class Kinetics(Specification):
    """Disposition of total drug in plasma: one central and up to two peripheral compartments.

    A number alone is one in the unit given here, and the user's own (tag "U"); it must be one that can be meant in that
    unit.

    Parameters
    ----------
    clearance
        Typical clearance (L/h); a number alone at most 400. May be None where `saturable` eliminates the drug.
    clearance_rule
        "typical", or "calvert": 0.06 (GFR + 25) L/h for a patient whose GFR (mL/min) is known (the clearance that the
        formula of Calvert implies), the typical value otherwise.
    volume
        Central volume (L); a number alone at most 2500.
    peripherals
        None, one or two: `Peripheral` objects, or pairs (exchange clearance L/h, volume L).
    saturable
        Elimination that saturates, beside the clearance or in its place. None: it does not.
    absorption
        How what is swallowed comes into plasma. None: it is given into a vein.
    covariates
        What the parameters owe to the patient; factors on one parameter multiply.
    effect_rate
        (1/h) Rate at which an effect compartment follows plasma: `y' = rate (C - y)`, ln 2 over the half-life of the
        lag. None: there is none.
    correlations
        Between parameters, from patient to patient. How much each differs is the `cv` of its figure.

    Raises
    ------
    ModelError
        If something is missing, a number cannot be meant in its unit, or correlations contradict one another.

    Examples
    --------
    >>> from chemoevo.pharmacology import Kinetics
    >>> kinetics = Kinetics(clearance=62.4, volume=17.7, peripherals=[(50.7, 1830), (28.4, 71)])
    >>> kinetics.clearance.unit, kinetics.clearance.tag, len(kinetics.peripherals)
    ('L/h', 'U', 2)
    """

    form: ClassVar[str] = "Kinetics(clearance=62.4, volume=17.7, peripherals=[(50.7, 1830)])"
    unless: ClassVar[Mapping[str, str]] = {"clearance": "saturable"}

    clearance: Annotated[Measured, In(FLOW)] = given(default=None, validate_default=False)
    clearance_rule: Literal["typical", "calvert"] = "typical"
    volume: Annotated[Measured, In(CENTRAL)] = given()
    peripherals: Several[Peripheral, Peripheral | Sequence[float]] = given(default=(), max_length=2)
    saturable: Saturable | None = None
    absorption: Absorption | None = None
    effect_rate: Annotated[PerhapsMeasured, In(RATE)] = given(default=None)
    covariates: Several[Covariate] = given(default=())
    correlations: Several[Correlation] = given(default=())

    @rule
    def _correlations_go_together(self) -> Problem:
        seen = set[frozenset[str]]()
        for i, one in enumerate(self.correlations):
            pair = frozenset((one.first, one.second))
            if pair in seen:
                yield f"correlations[{i}]", f"must be given once for a pair: {one.first} and {one.second}", None
            seen.add(pair)
        matrix = correlation(list(self.coefficients()), self.correlations)
        if np.linalg.eigvalsh(matrix).min(initial=1.0) < -_ROUNDING:
            yield "correlations", "must go together: some number of patients must be able to have them all", None

    @rule
    def _one_transfer(self) -> Problem:
        saturable = [k for k, side in enumerate(self.peripherals) if side.saturable is not None]
        if len(saturable) > 1:
            yield f"peripherals[{saturable[1]}].saturable", "must be left out: one transfer at most can saturate", None

    @property
    def linear(self) -> bool:
        """Whether nothing saturates: exposure is then proportional to the dose."""
        return self.saturable is None and all(side.saturable is None for side in self.peripherals)

    def variation(self) -> dict[str, float]:
        """How much patients differ: coefficients of variation, by the paths of the parameters that have one."""
        return {path: figure.cv for path, figure in figures_of(self) if figure.cv is not None}

    def coefficients(self) -> dict[str, float]:
        """The same of what factors of a patient can carry, by what varies; the order is that of correlations."""
        return coefficients(self.variation(), [side.saturable is not None for side in self.peripherals])

    def parameters(
        self, patient: Patient, factors: Factors | None = None
    ) -> tuple[float, float, list[tuple[float, float]]]:
        """Clearance (L/h), central volume (L), and (exchange L/h, volume L) of the peripherals, for a patient.

        Typical values, times the factors of covariates that are known of the patient, times `factors`. What saturates
        is not among them: without any other elimination the clearance is 0.
        """
        clearance = 0.0 if self.clearance is None else self.clearance.value
        if self.clearance_rule == "calvert" and patient.knows_gfr():
            clearance = 0.06 * (patient.glomerular_filtration_rate() + 25)
        of, by = self.covariate_factors(patient), factors or TYPICAL
        # Rate constants are those of the typical patient.
        sides = [side.parameters(self.volume.value) for side in self.exchanging]
        exchange, peripheral_volume = of["exchange"] * by.exchange, of["peripheral_volume"] * by.peripheral_volume
        flows = (exchange, exchange * by.exchange_2)
        sizes = (peripheral_volume, peripheral_volume * by.peripheral_volume_2)
        return (
            clearance * of["clearance"] * by.clearance,
            self.volume.value * of["volume"] * by.volume,
            [(flow * flows[k], side * sizes[k]) for k, (flow, side) in enumerate(sides)],
        )

    @property
    def exchanging(self) -> tuple[Peripheral, ...]:
        """The peripheral compartments that exchange in first order, in both directions."""
        return tuple(side for side in self.peripherals if side.saturable is None)

    def covariate_factors(self, patient: Patient) -> dict[str, float]:
        """What the parameters owe to a patient, by the names that covariates give them."""
        of: dict[str, float] = dict.fromkeys(get_args(Parameter), 1.0)
        for covariate in self.covariates:
            of[covariate.parameter] *= covariate.factor(patient)
        return of
