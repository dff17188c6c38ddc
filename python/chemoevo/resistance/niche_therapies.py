"""Niche therapies: what an agent does to vessels and matrix of niches, by its own concentration."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field

from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Name, Number, Positive, Specification, Table, Text, Whole
from chemoevo.pharmacology.drug import Drug
from chemoevo.resistance.niches import OTHER, Niche

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_INSTANTS = 4001
"""In which the highest factor is looked for, over eight times each delay: of a smooth curve to six digits."""


class Delay(Specification):
    """Stages, each of which follows the one before it: how something opens or closes under an agent.

    Parameters
    ----------
    stages
        How many, 1 to 20; 1 by default.
    rate
        (per day) Rate at which each follows, > 0 and at most 100, a quarter of an hour. On average it takes
        `stages / rate` days.
    """

    form: ClassVar[str] = "Delay(stages=2, rate=0.5)"

    stages: Annotated[Whole, Field(ge=1, le=20)] = given(default=1)
    rate: Annotated[Number, Field(gt=0, le=100)] = Field(description="the rate at which each stage follows (per day)")

    def text(self) -> str:
        """In words."""
        mean = self.stages / self.rate
        each = f"{self.stages} stage{'' if self.stages == 1 else 's'} of {self.rate:g} per day"
        return f"{each}, {mean:.3g} day{'' if mean == 1.0 else 's'} on average"

    def passed(self, days: ArrayLike) -> NDArray[np.float64]:
        """How far the last stage has come, in [0, 1], after so many days of full effect from rest.

        It is the law of the sum of `stages` waits, of Erlang: P(stages, rate t).
        """
        at = self.rate * np.maximum(np.asarray(days, np.float64), 0.0)
        term, total = np.ones_like(at), np.ones_like(at)
        for k in range(1, self.stages):
            term = term * at / k
            total = total + term
        found: NDArray[np.float64] = np.maximum(-np.expm1(np.log(total) - at), 0.0)
        return found


class Opening(Specification):
    """What a niche therapy does to one thing: `(1 + gain U)(1 - loss W)` times what it is without.

    U is how far it has opened, W how far it has closed, both in [0, 1].

    Parameters
    ----------
    gain
        What is added when it is open, >= -1; 0 by default.
    loss
        The share that is taken when it has closed, in [0, 1]; 0 by default.

    Raises
    ------
    ModelError
        If both are 0, or one is out of range.
    """

    form: ClassVar[str] = "Opening(gain=1, loss=0.6)"

    gain: Annotated[Number, Field(ge=-1, le=1e3)] = 0.0
    loss: Annotated[Number, Field(ge=0, le=1)] = 0.0

    @rule
    def _does_something(self) -> Problem:
        if self.gain == 0.0 and self.loss == 0.0:
            yield "gain", "must not be 0 where loss is 0: nothing would change", self.gain

    @property
    def at_last(self) -> float:
        """The factor under an effect that is full for good."""
        return (1.0 + self.gain) * (1.0 - self.loss)

    def text(self) -> str:
        """The factor, as a formula."""
        opened = f"(1 {'-' if self.gain < 0.0 else '+'} {abs(self.gain):g} U)" if self.gain else ""
        return opened + (f"(1 - {self.loss:g} W)" if self.loss else "")


class NicheTherapy(Specification):
    """A drug that changes niches over time: vessels are normalized and then pruned, matrix is dissolved.

    Under the full effect of the drug a window opens by stages, and closes by others; without the drug all goes back.

    Parameters
    ----------
    drug
        Name of a drug of the regimen. It needs no potency if it does nothing else.
    ec50
        (uM) Unbound concentration in plasma of half its effect, > 0.
    hill
        Hill exponent, > 0; 1 by default.
    opens
        How fast it opens.
    closes
        How fast it closes; None where it does not, as for matrix that is dissolved.
    delivery
        What becomes of drugs that come to the niche, by their names or classes, or "other" for all that are not named.
        A drug that is not named comes as before.
    oxygen
        What becomes of the oxygen: births, induced mechanisms, the effect of radiation and of drugs that are made in
        hypoxia follow it.
    niches
        Names of the niches; all if it is left out.
    basis
        Why these numbers, in words.
    note
        What else a reader should know.

    Raises
    ------
    ModelError
        If it changes nothing, something is closed that has no `closes`, or a number is out of range.

    Notes
    -----
    With `H = C^h/(EC50^h + C^h)`, C the unbound concentration in plasma, the first stage of a chain follows H, each
    other the one before; U and W are the last stages of both. What is delivered is followed with the lag of the niche.
    Delivery is that of all drugs that come to cells: those that kill, and those that change mechanisms of others.

    What several therapies do to one thing multiplies, as if each acted without the other. No source says so; it is the
    same assumption of independence as Bliss's of kill. Where more is known of two drugs together, let one therapy name
    the sum of what they do, and leave it out of the other. Two therapies of one drug do not change one thing.

    Examples
    --------
    >>> import chemoevo as ce
    >>> therapy = ce.NicheTherapy(
    ...     drug="bevacizumab",
    ...     ec50=0.01,
    ...     opens=ce.Delay(stages=2, rate=0.5),
    ...     closes=ce.Delay(stages=6, rate=0.9),
    ...     delivery={"other": ce.Opening(gain=1, loss=0.6)},
    ...     basis="an example",
    ... )
    >>> therapy
    NicheTherapy('bevacizumab': delivery of other x (1 + 1 U)(1 - 0.6 W))
    >>> therapy.held(therapy.delivery["other"], [2, 5, 28]).round(3)
    array([1.256, 1.407, 0.8  ])
    """

    form: ClassVar[str] = (
        'NicheTherapy(drug="bevacizumab", ec50=0.01, opens=Delay(rate=0.5), oxygen=Opening(gain=1), basis="why")'
    )

    drug: Name = Field(description="the name of the drug")
    ec50: Positive = Field(description="the concentration of half its effect (uM, unbound)")
    hill: Annotated[Number, Field(gt=0, le=50)] = 1.0
    opens: Delay = Field(description="how fast it opens")
    closes: Delay | None = None
    delivery: Table[str, Opening] = Field(default_factory=dict)
    oxygen: Opening | None = None
    niches: Several[Name] = given(default=(), examples=[["hypoxic"]])
    basis: Name = Field(description="the reason for these numbers, in words")
    note: Text | None = None

    def __repr__(self) -> str:
        return f"NicheTherapy({self.drug!r}: {'; '.join(self.words())})"

    def openings(self) -> Iterator[tuple[str, Opening]]:
        """What it changes, by its path: `delivery[other]`, `oxygen`."""
        yield from ((f"delivery[{name}]", one) for name, one in self.delivery.items())
        if self.oxygen is not None:
            yield "oxygen", self.oxygen

    def words(self) -> list[str]:
        """What it changes, in words."""
        named = [(f"delivery of {name}", one) for name, one in self.delivery.items()]
        named += [] if self.oxygen is None else [("oxygen", self.oxygen)]
        return [f"{what} x {one.text()}" for what, one in named]

    def where(self) -> str:
        """The niches that it changes, in words."""
        return f"in {', '.join(self.niches)}" if self.niches else "in all niches"

    def held(self, opening: Opening, days: ArrayLike) -> NDArray[np.float64]:
        """The factor after so many days of full effect: what an opening does while the drug never lacks."""
        closed = 0.0 if self.closes is None else self.closes.passed(days)
        found: NDArray[np.float64] = (1.0 + opening.gain * self.opens.passed(days)) * (1.0 - opening.loss * closed)
        return found

    def highest(self, opening: Opening) -> tuple[float, float]:
        """The highest factor under full effect, and on which day; inf where it comes at last, and stays."""
        return highest([(self, opening)])

    @rule
    def _changes_something(self) -> Problem:
        if not self.delivery and self.oxygen is None:
            yield "delivery", "must be given, or oxygen: nothing would change", None

    @rule
    def _closes(self) -> Problem:
        for path, one in self.openings():
            if one.loss and self.closes is None:
                yield "closes", f"is missing: {path} has a loss", None

    def of(self, drug: Drug) -> Opening | None:
        """What becomes of a drug that comes to the niche; None where nothing does."""
        found = (self.delivery.get(name) for name in (drug.name, drug.drug_class, OTHER))
        return next((one for one in found if one is not None), None)

    def reaches(self, niche: Niche) -> bool:
        """Whether it changes a niche."""
        return not self.niches or niche.name in self.niches


def held(each: Sequence[tuple[NicheTherapy, Opening]], days: ArrayLike) -> NDArray[np.float64]:
    """What several make of one thing after so many days of full effect of all: the product of their factors."""
    found: NDArray[np.float64] = np.prod([one.held(opening, days) for one, opening in each], axis=0, dtype=np.float64)
    return found


def highest(each: Sequence[tuple[NicheTherapy, Opening]]) -> tuple[float, float]:
    """The highest of that product, and on which day; inf where it comes at last, and stays."""
    chains = {chain for one, _ in each for chain in (one.opens, one.closes) if chain is not None}
    days = np.concatenate([np.linspace(0.0, 8.0 * chain.stages / chain.rate, _INSTANTS) for chain in chains])
    factors, at_last = held(each, days), math.prod(opening.at_last for _, opening in each)
    k = int(np.argmax(factors))
    found, when = float(factors[k]), float(days[k])
    return (at_last, math.inf) if found <= at_last else (found, when)
