"""Niches: places of a tumor with their own oxygen, drug access, stroma and immune pressure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from chemoevo.base.evidence import Tag
from chemoevo.base.gathering import Problem, repeated, rule, said_of
from chemoevo.base.shapes import Otherwise, Several, Taken, given, is_number
from chemoevo.base.specification import Name, Number, Positive, Specification, Table, Text
from chemoevo.resistance.alterations import Change, part_name

OXYGEN_HALF = 5.0
"""(mmHg) Oxygen at which cells divide half as often as they would without limit; our choice."""
OXYGEN_LINE = 60.0
"""(mmHg) Oxygen at which cells divide as the tumor's birth rate says; our choice, that of well perfused tissue."""
INDUCED_AT = 20.0
"""(mmHg) Oxygen of the factor by which hypoxia raises a mechanism."""
INDUCED_HALF, INDUCED_HILL = 30.0, 4.0
"""Oxygen (mmHg) of half the induction, and its exponent: our choice. With the half at 15 mmHg, often assumed for HIF,
a 7-fold induction at 20 mmHg would be one of 18- to 67-fold without oxygen, which nobody has seen."""
OTHER = "other"
"""Stands for the drugs that a niche does not name."""


def oxygen_factor(oxygen: float) -> float:
    """How often cells divide at an oxygen (mmHg), over how often they do at 60 mmHg: Monod's law.

    Examples
    --------
    >>> round(oxygen_factor(5.0), 4), oxygen_factor(60.0)
    (0.5417, 1.0)
    """
    return oxygen / (OXYGEN_HALF + oxygen) * ((OXYGEN_HALF + OXYGEN_LINE) / OXYGEN_LINE)


def induction(factor: float, oxygen: float) -> float:
    """Factor on the expression of a mechanism at an oxygen (mmHg), from that at 20 mmHg.

    Examples
    --------
    >>> [round(induction(7.0, oxygen), 4) for oxygen in (10, 20, 60)]
    [8.0976, 7.0, 1.4227]
    """

    def half(at: float) -> float:
        return float(1.0 / (1.0 + (at / INDUCED_HALF) ** INDUCED_HILL))

    return 1.0 + (factor - 1.0) * half(oxygen) / half(INDUCED_AT)


class Access(Specification):
    """How a drug comes to a niche. A number alone is the ratio.

    Parameters
    ----------
    ratio
        Concentration there over that in plasma, unbound, once both are steady; >= 0. It is also that of the areas under
        them, whatever the lag.
    half_distance
        Instead: (um) distance from the vessel over which the concentration halves, > 0; the niche says its distance.
    lag_hours
        (h) Half-life with which the niche follows plasma, > 0; None follows at once.
    cite, tag, note
        Where it comes from, how sure it is (see `chemoevo.pharmacology.Figure`), and what a user should know about it.

    Raises
    ------
    ModelError
        If not exactly one of `ratio` and `half_distance` is given, or a number is out of range.
    """

    form: ClassVar[str] = "Access(ratio=0.25, lag_hours=6)"
    alternatives: ClassVar = (("ratio",), ("half_distance",))

    ratio: Annotated[Number, Field(ge=0, le=100)] | None = None
    half_distance: Positive | None = None
    lag_hours: Positive | None = None
    cite: Text | None = None
    tag: Tag | None = None
    note: Text | None = None

    @classmethod
    def as_written(cls, data: Any) -> Any:
        """A number is the ratio."""
        return {"ratio": data} if is_number(data) else data

    @rule
    def _one_way(self) -> Problem:
        if (self.ratio is None) == (self.half_distance is None):
            yield "", "must have either ratio, or half_distance", said_of(self, "ratio", "half_distance")

    def ratio_at(self, distance: Sequence[float]) -> float:
        """The ratio at a distance from the vessel (um), or its mean between two."""
        if self.ratio is not None:
            return self.ratio
        assert self.half_distance is not None
        near = math.exp(-math.log(2.0) * distance[0] / self.half_distance)
        span = math.log(2.0) * (distance[-1] - distance[0]) / self.half_distance
        return near * (-math.expm1(-span) / span if span > 0.0 else 1.0)

    @property
    def rate(self) -> float | None:
        """(1/h) Rate with which the niche follows plasma; None follows at once."""
        return None if self.lag_hours is None else math.log(2.0) / self.lag_hours


AS_PLASMA = Access(ratio=1.0)

if TYPE_CHECKING:
    _Distance = Taken[tuple[float, ...], float | Sequence[float]]
    _Penetration = Taken[dict[str, Access], Mapping[str, Access | float]]
else:
    _Penetration = Table[
        str, Annotated[Access, Otherwise("a number", {"type": "number", "minimum": 0, "maximum": 100})]
    ]
    _Distance = Several[Annotated[Number, Field(ge=0, le=1e4)]]


class Niche(Specification):
    """A place of the tumor with its own oxygen, drug access, stroma and immune pressure.

    A niche is not a point in space: it has no neighbors and no shape, but a share of the cells, and cells come and go.

    Parameters
    ----------
    name
        Its name; types of cells are named by it, as `ABCB1@hypoxic`.
    share
        Share of the cells of an untreated tumor that are there, in (0, 1]; those of all niches sum to 1. Left out where
        `Tumor.migration` says how cells move.
    oxygen
        (mmHg) Oxygen there, > 0. It slows divisions, raises mechanisms that hypoxia induces, and protects from
        radiation; None says nothing of it.
    birth
        Factor on births of the cells there, >= 0. None takes that of the oxygen (Monod's law, 1 at 60 mmHg, half at
        5 mmHg of what there would be without limit), or 1. What kills cycling cells only kills in proportion to it.
    death
        (per cell and day) Added to the death rate there, >= 0; 0 by default.
    distance
        (um) Distance from the vessel, or the nearest and the farthest; needed where a drug has a `half_distance`.
    penetration
        How drugs come there, by the name of the drug or its class, or "other" for all that are not named. If it is left
        out they come as to plasma; if not, every drug of the regimen must be found in it.
    changes
        Mechanisms that the stroma there raises or lowers in all cells.
    immune_kill
        (per cell and day) Death by immune cells, >= 0; 0 by default. Cells that hide from them (mechanisms of the stage
        "immunity") die less.
    capacity
        (cells) Where net growth vanishes there: cells of the niche compete with each other; above 1. None: they do not.
        Not where the tumor has a capacity.
    cite, tag
        Where its own numbers come from, and how sure they are (see `chemoevo.pharmacology.Figure`); those of
        `penetration` and `changes` have their own.
    note
        What a user should know about it.

    Raises
    ------
    ModelError
        If a number is out of range, or a distance is missing: all problems at once.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Niche(name="hypoxic", share=0.2, oxygen=2.5, penetration={"taxane": 0.25, "other": 1})
    Niche('hypoxic': 20 % of the cells, 2.5 mmHg, births x 0.361)
    """

    form: ClassVar[str] = 'Niche(name="hypoxic", share=0.2, oxygen=2.5)'

    name: Annotated[Name, AfterValidator(part_name)] = Field(description="the name of the niche")
    share: Annotated[Number, Field(gt=0, le=1)] | None = None
    oxygen: Annotated[Number, Field(gt=0, le=760)] | None = None
    birth: Annotated[Number, Field(ge=0, le=10)] | None = None
    death: Annotated[Number, Field(ge=0, le=100)] = 0.0
    distance: _Distance = given(default=(), max_length=2, examples=[[100, 150]])
    penetration: _Penetration = given(default_factory=dict)
    changes: Several[Change] = given(default=())
    immune_kill: Annotated[Number, Field(ge=0, le=100)] = 0.0
    capacity: Annotated[Number, Field(gt=1)] | None = None
    cite: Text | None = None
    tag: Tag | None = None
    note: Text | None = None

    def text(self) -> str:
        """What is other there than elsewhere, in a few words."""
        said = [] if self.share is None else [f"{100 * self.share:g} % of the cells"]
        said += [] if self.oxygen is None else [f"{self.oxygen:g} mmHg"]
        said += [f"births x {self.birth_factor:.3g}"] if self.birth_factor != 1.0 else []
        said += [f"immune kill {self.immune_kill:g} per day"] if self.immune_kill else []
        said += [] if self.capacity is None else [f"room for {self.capacity:g} cells"]
        return ", ".join(said) or "as the tumor"

    def __repr__(self) -> str:
        return f"Niche({self.name!r}: {self.text()})"

    @rule
    def _distances(self) -> Problem:
        if len(self.distance) == 2 and not self.distance[0] < self.distance[1]:
            yield "distance", "must be one, or the nearest and then the farthest", list(self.distance)
        for name, access in self.penetration.items():
            if access.half_distance is not None and not self.distance:
                yield "distance", f"is missing: penetration[{name}] has a half_distance", None

    @rule
    def _mechanisms_once(self) -> Problem:
        yield from repeated("changes", self.changes, "mechanism")

    @property
    def birth_factor(self) -> float:
        """Factor on births."""
        if self.birth is not None:
            return self.birth
        return 1.0 if self.oxygen is None else oxygen_factor(self.oxygen)

    def access(self, drug: str, drug_class: str) -> Access | None:
        """How a drug comes there; None where the niche does not say."""
        if not self.penetration:
            return AS_PLASMA
        found = (self.penetration.get(name) for name in (drug, drug_class, OTHER))
        return next((one for one in found if one is not None), None)


class Migration(Specification):
    """Cells that go from one niche to another.

    Parameters
    ----------
    start, to
        Names of the two niches.
    rate
        (per cell and day) How often a cell goes, > 0.
    """

    form: ClassVar[str] = 'Migration(start="vascular", to="hypoxic", rate=0.05)'

    start: Name
    to: Name
    rate: Annotated[Number, Field(gt=0, le=1e3)]


def migration_rates(
    shares: Sequence[float], growth: Sequence[float], exchange: float
) -> tuple[float, list[list[float]]]:
    """Rates (per cell and day) at which cells must move for niches to keep asked shares, and the growth of the whole.

    With net growth g_i and shares pi_i the whole grows by `lambda = sum pi g`; niches that grow faster send cells to
    those that grow more slowly, and besides `exchange` times pi_j of the cells move to niche j from each other one,
    which changes no share.

    Examples
    --------
    >>> whole, rates = migration_rates([0.6, 0.3, 0.1], [0.03, 0.005, -0.05], 0.2)
    >>> round(whole, 6), [round(rate, 5) for rate in rates[0]]
    (0.0145, [0.0, 0.06475, 0.03075])
    """
    whole = math.fsum(share * g for share, g in zip(shares, growth, strict=True))
    surplus = math.fsum(share * max(g - whole, 0.0) for share, g in zip(shares, growth, strict=True))
    rates = [[0.0] * len(shares) for _ in shares]
    for i, g in enumerate(growth):
        for j, (share, other) in enumerate(zip(shares, growth, strict=True)):
            if i != j:
                drift = max(g - whole, 0.0) * share * max(whole - other, 0.0) / surplus if surplus > 0.0 else 0.0
                rates[i][j] = drift + exchange * share
    return whole, rates
