"""Clinical outcomes of an ensemble: cure, progression, time to progression, and who drives it.

*Cured*: no cell left at the horizon. *Progressed*: at a look, the total is at least `ratio` times its smallest value
at any look since the first dose, and at least `size` cells. The time to progression is the time of the first such
look, counted from the first dose, and right-censored at the last look of a replicate that never progressed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, Taken, given
from chemoevo.base.specification import Name, Number, Positive, Specification, Table, Whole
from chemoevo.errors import ModelError, Problems
from chemoevo.resistance import Alteration, Epistasis, Genotypes
from chemoevo.resistance.cell_types import MAX_TYPES, Place, note_place
from chemoevo.resistance.epistasis import note_epistasis
from chemoevo.resistance.niches import Migration, Niche
from chemoevo.resistance.phenotypes import LateDeath, Phenotype
from chemoevo.scenario.clones import Clone, observed, wrong_clones, wrong_names
from chemoevo.scenario.outgrowth import does_not_grow
from chemoevo.scenario.room import wrong_capacities

RATIO = 1.73
"""20 % in diameter, as RECIST counts progression, is a factor 1.2**3 = 1.73 in volume."""

SIZE = 1e8
"""Cells below which a tumor is not seen to progress."""


if TYPE_CHECKING:
    _Names = Taken[tuple[str, ...] | None, str | Sequence[str] | None]
    _Seed = Taken[int | None, float | None]
else:
    _Names = Several[Name] | None
    _Seed = Annotated[Whole, Field(ge=0)] | None

MAX_RATE = 3.0
"""(per day) Divisions or deaths of a cell without drug. The fastest human cells, of Burkitt lymphoma or of the germinal
center, divide every 8 to 12 hours: 2 to 3 times per day, a rate of at most 3 ln 2 = 2.1 per day."""


class Tumor(Specification):
    """A tumor that grows to the size at which it is found, from one cell or in parts from one cell each.

    The first cell has the `clonal` alterations, or none where there are none; with observed `clones` the tumor is a sum
    of parts, the trunk and every clone, each of which grew by itself from one cell to its share of the size.

    Parameters
    ----------
    birth
        (per cell and day) Division rate of a cell without alterations; above `death`, at most 3.
    death
        (per cell and day) Death rate without drug, >= 0 and below `birth`.
    size
        (cells) Size at detection, a whole number from 2 to 1e15.
    alterations
        Heritable changes, each with its probability per division; names are unique. n of them make 2^n genotypes, or
        more where there may be several copies.
    clonal
        Names of alterations that every cell carries, as the first one did, but for at most 1 % that have lost one; of
        several copies "ABCB1x2". Refused by a scenario where switching off or reversal would take one from more.
    clones
        Subclones that were observed, each with its alterations beyond clonal ones and its exclusive share of the cells.
        The trunk, with clonal alterations alone, has the rest.
    epistasis
        What alterations do together to birth, beyond the product of their costs.
    expressions
        Expression of mechanisms by name, in cells without alterations, where it is another than in the lines of EC50:
        `{"HR": 0}` is a tumor without homologous recombination.
    niches
        Places with their own oxygen, drug access, stroma and immune pressure; the first cell is in the first of them.
    exchange
        (per day) With niches: how fast cells change places beyond what keeps the shares of the niches, above 0.
    migration
        Instead of shares and exchange: rates at which cells go from niche to niche.
    phenotypes
        States that cells enter and leave without mutation, such as drug tolerance, beside the ordinary one.
    late_death
        Cells that drugs kill are damaged first, and die late.
    capacity
        (cells) Where net growth vanishes, above `size`: cells compete, all with all. Niches may have a capacity each
        instead. What is then exact says docs/niches.md; the backward equations, which need independent cells, refuse.
    competition
        With a capacity: how net growth falls, "logistic" (with the number of cells; so if left out) or "gompertz" (with
        its logarithm).
    competition_on
        With a capacity: the rate that changes, "death" (more deaths; so if left out) or "birth" (fewer divisions).

    Raises
    ------
    ModelError
        If a value is out of range, the tumor does not grow or lacks room, a name is used twice, or the probabilities of
        one division sum to more than 1.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Tumor(birth=0.139, death=0.1313, size=1e10).size
    10000000000
    """

    form: ClassVar[str] = "Tumor(birth=0.139, death=0.1313, size=1e9)"

    birth: Positive = Field(description="the division rate of a cell without alterations (per day)")
    death: Annotated[Number, Field(ge=0)] = Field(description="the death rate of a cell without drug (per day)")
    size: Annotated[Whole, Field(ge=2, le=10**15)] = given(description="the size at detection (cells)")
    alterations: Several[Alteration] = given(default=(), description="heritable changes", max_length=20)
    clonal: Several[Name] = given(default=(), examples=[["TP53"]])
    clones: Several[Clone] = given(default=())
    epistasis: Several[Epistasis] = given(default=())
    expressions: Table[str, Annotated[Number, Field(ge=0, le=1e6)]] = Field(default_factory=dict)
    niches: Several[Niche] = given(default=(), max_length=20)
    exchange: Annotated[Number, Field(gt=0, le=1e3)] | None = None
    migration: Several[Migration] = given(default=())
    phenotypes: Several[Phenotype] = given(default=(), max_length=20)
    late_death: LateDeath | None = None
    capacity: Annotated[Number, Field(gt=1)] | None = None
    competition: Literal["logistic", "gompertz"] | None = None
    competition_on: Literal["death", "birth"] | None = None

    @property
    def place(self) -> Place:
        """Niches, phenotypes and late deaths."""
        return Place(self.niches, self.migration, self.exchange, self.phenotypes, self.late_death)

    @property
    def observed(self) -> tuple[tuple[str, int], ...]:
        """Genotype and cells of every part: of the trunk, if it has any, and of the clones."""
        return observed(self.alterations, self.clonal, self.clones, self.size)

    @rule
    def _rates_can_be_meant(self) -> Problem:
        for name in ("birth", "death"):
            rate = vars(self).get(name, 0.0)
            if rate > MAX_RATE:
                words = f"must be at most {MAX_RATE:g}, per cell and day: no human cell divides faster than every 8 h"
                meant = f" ({rate:g} per year are {rate / 365.25:.4g} per day, per month {rate / 30.4375:.4g})"
                yield name, words + meant, rate

    @rule
    def _grows(self) -> Problem:
        if not self.birth > self.death:
            rule = f"must be larger than death = {self.death:g} per day: a tumor that does not grow is never found"
            yield "birth", rule, self.birth

    @rule
    def _names_once(self) -> Problem:
        names = [vars(a).get("name") for a in self.alterations]
        for i, name in enumerate(names):
            if name is not None and name in names[:i]:
                yield f"alterations[{i}].name", "must be unique", name

    @rule
    def _clones_named(self) -> Problem:
        yield from wrong_names(self.alterations, vars(self).get("clonal", ()), vars(self).get("clones", ()))

    @rule
    def _clones_possible(self) -> Problem:
        if self.clonal or self.clones:
            yield from wrong_clones(self.alterations, self.clonal, self.clones, self.size)

    @rule
    def _mutations_of_one_division(self) -> Problem:
        total, on = sum(a.mutation for a in self.alterations), sum(a.switch_on for a in self.alterations)
        if total > 1:
            yield "alterations", "must have mutation probabilities that sum to at most 1 per division", total
        elif (
            self.birth > self.death
            and not self.niches
            and not self.phenotypes
            and self.birth * (1.0 - total) - on <= self.death
        ):
            rule = f"must leave a net growth above 0: one daughter of a division mutates with probability {total:g}"
            yield "alterations", rule + (f", and {on:g} per day switch" if on else ""), None

    @rule
    def _genotypes_possible(self) -> Problem:
        names = [alteration.name for alteration in self.alterations]
        if len(set(names)) < len(names) or len(names) > 20 or sum(a.mutation for a in self.alterations) > 1:
            return
        problems = Problems()
        note_epistasis(problems, self.epistasis, names, "epistasis")
        try:
            problems.raise_if_any()
            Genotypes(self.alterations, self.epistasis)
        except ModelError as error:
            for problem in error.problems:
                path, _, words = problem.rstrip(".").partition(" ")
                yield (
                    (path, words, None)
                    if path.startswith(("epistasis", "alterations"))
                    else ("alterations", f"are impossible together: {problem.removesuffix('.')}", None)
                )

    @rule
    def _deaths_possible(self) -> Problem:
        for i, one in enumerate(self.phenotypes):
            if self.death + one.death < 0.0:
                rule = f"must be at least -{self.death:g}: there is no more death to take from"
                yield f"phenotypes[{i}].death", rule, one.death

    @rule
    def _places_go_together(self) -> Problem:
        problems = Problems()
        note_place(problems, self.place)
        try:
            problems.raise_if_any()
        except ModelError as error:
            for problem in error.problems:
                path, _, words = problem.rstrip(".").partition(" ")
                yield path, words, None
            return
        field = "niches" if self.niches else "phenotypes"
        genotypes = math.prod(one.copies + 1 for one in self.alterations)
        number = genotypes * max(len(self.niches), 1) * (len(self.phenotypes) + 1)
        if number > MAX_TYPES and getattr(self, field):
            yield field, f"must make at most {MAX_TYPES} types of cells with all genotypes", number

    @rule
    def _has_room(self) -> Problem:
        yield from wrong_capacities(self)

    @rule
    def _cells_grow(self) -> Problem:
        # Where immune cells kill, a scenario knows whether cells hide from them.
        if not (self.niches or self.phenotypes) or any(niche.immune_kill for niche in self.niches):
            return
        if self.birth > self.death and self.place.fits:
            broken = does_not_grow(self.place, self.birth, self.death, self.alterations)
            if broken is not None:
                yield "niches" if self.niches else "phenotypes", broken, None


class Surgery(Specification):
    """Resection at detection, at the instant of the first dose: every cell is left behind with one probability.

    Parameters
    ----------
    residual_cells
        (cells) Expected number of cells left, > 0 and at most the size at detection.
    residual_fraction
        Instead: the probability that a cell is left, in (0, 1].

    Raises
    ------
    ModelError
        If not exactly one of the two is given, or it is out of range.
    """

    alternatives: ClassVar = (("residual_cells",), ("residual_fraction",))
    form: ClassVar[str] = "Surgery(residual_cells=400)"

    residual_cells: Positive | None = None
    residual_fraction: Annotated[Number, Field(gt=0, le=1)] | None = None

    @rule
    def _one_form(self) -> Problem:
        if (self.residual_cells is None) == (self.residual_fraction is None):
            yield "residual_cells", "must be given, or residual_fraction, but not both", self.residual_cells

    def survival(self, size: int) -> float:
        """Probability that a cell of a tumor of `size` cells is left."""
        if self.residual_fraction is not None:
            return self.residual_fraction
        assert self.residual_cells is not None
        return self.residual_cells / size


class FollowUp(Specification):
    """When the tumor is looked at.

    Parameters
    ----------
    horizon
        (days from the first dose) End of follow-up, > 0; a year by default.
    looks_every
        (days) Time between looks, > 0 and at most `horizon`; a week by default. The first look is at the first dose.
    """

    form: ClassVar[str] = "FollowUp(horizon=365, looks_every=7)"

    horizon: Positive = 365.0
    looks_every: Positive = 7.0

    @rule
    def _a_look(self) -> Problem:
        if self.looks_every > self.horizon:
            yield "looks_every", f"must be at most horizon = {self.horizon:g} days", self.looks_every
        if self.horizon / self.looks_every > 100_000:
            yield "looks_every", "must leave at most 100000 looks", self.looks_every


class ProgressionRule(Specification):
    """What counts as progression.

    Parameters
    ----------
    ratio
        Factor over the smallest total at any look since the first dose, > 1; 1.73 is 20 % in diameter.
    size
        (cells) Smallest total that counts, >= 0; 1e8 by default. Where there are capacities it must be below the number
        of cells at which the tumor stands still.
    """

    form: ClassVar[str] = "ProgressionRule(ratio=1.73, size=1e8)"

    ratio: Annotated[Number, Field(gt=1)] = RATIO
    size: Annotated[Number, Field(ge=0)] = SIZE


class Compare(Specification):
    """Which probabilities are answered twice, besides cure.

    Parameters
    ----------
    carriers
        Names of alterations: absence of cells that carry each of them. None takes the first alteration of the tumor
        that is neither clonal nor in an observed clone.
    multiple
        Absence of cells with at least this many alterations, >= 1; not asked where the tumor has fewer, or where cells
        with so many were observed.
    day
        (days from the first dose) When, besides at detection; > 0 and at most the horizon. None takes the last day of
        the regimen or of radiotherapy, the later one, or the horizon if that is earlier.
    """

    form: ClassVar[str] = 'Compare(carriers=["ABCB1"])'

    carriers: _Names = given(default=None, examples=[["ABCB1"]])
    multiple: Annotated[Whole, Field(ge=1)] = given(default=2)
    day: Positive | None = None


class Simulation(Specification):
    """How it is simulated.

    Parameters
    ----------
    replicates
        Number of histories, >= 1.
    seed
        A whole number >= 0; None draws a fresh one, which the result reports.
    engine
        "auto", "bnb", "direct" or "leap", as for `simulate`.
    tolerance
        Largest error of an integrated rate that the compilation to segments may make, in [1e-9, 1].
    """

    form: ClassVar[str] = "Simulation(replicates=1000, seed=1)"

    replicates: Annotated[Whole, Field(ge=1, le=2**40)] = given(default=200)
    seed: _Seed = given(default=None)
    engine: Literal["auto", "bnb", "direct", "leap"] = "auto"
    tolerance: Annotated[Number, Field(ge=1e-9, le=1)] = 1e-3
