"""Types of cells: every genotype in every niche and phenotype, and how cells pass from one to another without drugs."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chemoevo.errors import ModelError, Problems, did_you_mean
from chemoevo.resistance.genotypes import Edges, Genotypes
from chemoevo.resistance.niches import Migration, Niche, migration_rates
from chemoevo.resistance.phenotypes import LateDeath, Phenotype

MAX_TYPES = 2**20


@dataclass(frozen=True)
class Place:
    """Where cells of a tumor are and what states they have; all parts that a tumor does not have are empty.

    Attributes
    ----------
    niches
        Places with their own oxygen, drugs and neighbors.
    migration
        How cells move between them; empty takes the asked shares of the niches and `exchange`.
    exchange
        (per day) How fast cells change places beyond what keeps the shares.
    phenotypes
        States beside the ordinary one.
    late_death
        Cells that drugs kill die late.
    """

    niches: tuple[Niche, ...] = ()
    migration: tuple[Migration, ...] = ()
    exchange: float | None = None
    phenotypes: tuple[Phenotype, ...] = ()
    late_death: LateDeath | None = None

    @property
    def fits(self) -> bool:
        """Whether `note_place` finds nothing."""
        problems = Problems()
        note_place(problems, self)
        return not problems


_NOWHERE = Place()


@dataclass(frozen=True, eq=False)
class CellTypes:
    """Genotype times niche times phenotype, then damaged cells by niche and stage.

    Types are named `ABCB1+TP53@hypoxic:tolerant`; parts that a tumor does not have are left out. The first is the cell
    without alterations in the first niche.

    Attributes
    ----------
    genotypes
        The genotypes.
    place
        Niches, phenotypes and late deaths.

    Raises
    ------
    ModelError
        If there are more than 2^20 types.
    """

    genotypes: Genotypes
    place: Place = _NOWHERE

    def __post_init__(self) -> None:
        number = len(self.genotypes) * len(self.niches) * len(self.phenotypes)
        if number > MAX_TYPES:
            raise ModelError(
                f"Genotypes times niches times phenotypes must be at most {MAX_TYPES} types of cells; got {number}."
            )

    @classmethod
    def of(cls, given: CellTypes | Genotypes) -> CellTypes:
        """Genotypes alone are types as well."""
        return given if isinstance(given, CellTypes) else cls(given)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def niches(self) -> tuple[Niche | None, ...]:
        """The niches; one that is None where the tumor has none."""
        return self.place.niches or (None,)

    @property
    def phenotypes(self) -> tuple[Phenotype | None, ...]:
        """The ordinary phenotype, None, then the others."""
        return (None, *self.place.phenotypes)

    @cached_property
    def of_genotype(self) -> NDArray[np.int64]:
        """Position of the genotype of every type that is alive; damaged cells come after them."""
        return np.repeat(np.arange(len(self.genotypes)), len(self.niches) * len(self.phenotypes))

    @cached_property
    def of_niche(self) -> NDArray[np.int64]:
        """Position of its niche."""
        one = np.repeat(np.arange(len(self.niches)), len(self.phenotypes))
        return np.tile(one, len(self.genotypes))

    @cached_property
    def of_phenotype(self) -> NDArray[np.int64]:
        """Position of its phenotype; 0 is the ordinary one."""
        return np.tile(np.arange(len(self.phenotypes)), len(self.genotypes) * len(self.niches))

    @cached_property
    def alive(self) -> tuple[str, ...]:
        """Names of the types that are not damaged, in the order of all: cure is that none of them is left."""
        if not self.place.niches and not self.place.phenotypes:
            return self.genotypes.names
        marks, states = self._marks
        return tuple(name + mark + state for name in self.genotypes.names for mark in marks for state in states)

    @cached_property
    def damaged(self) -> tuple[str, ...]:
        """Names of damaged cells, by niche, then stage."""
        late = self.place.late_death
        if late is None:
            return ()
        return tuple(f"damaged {stage}{mark}" for mark in self._marks[0] for stage in range(1, late.stages + 1))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all types."""
        return (*self.alive, *self.damaged)

    def founder(self, genotype: str) -> str:
        """The type of the first cell of a tumor of a genotype: an ordinary one in the first niche."""
        place = self.genotypes.names.index(genotype) * len(self.niches) * len(self.phenotypes)
        return self.alive[place]

    @property
    def is_plain(self) -> bool:
        """Whether types are genotypes."""
        return self.place == _NOWHERE

    def _where(self, genotypes: Sequence[str]) -> tuple[str, ...]:
        wanted = set(genotypes)
        positions = [k for k, name in enumerate(self.genotypes.names) if name in wanted]
        mask = np.isin(self.of_genotype, positions)
        return tuple(name for name, there in zip(self.alive, mask, strict=True) if there)

    def carriers(self, *names: str) -> tuple[str, ...]:
        """Types that carry all alterations named, in every niche and phenotype; see `Genotypes.carriers`."""
        return self._where(self.genotypes.carriers(*names))

    def with_alterations(self, count: int) -> tuple[str, ...]:
        """Types that carry at least `count` alterations; copies do not count."""
        return self._where(self.genotypes.with_alterations(count))

    def within(self, niche: str) -> tuple[str, ...]:
        """Types of a niche, by its name, damaged ones included."""
        wanted = f"@{niche}"
        if not any(one is not None and one.name == niche for one in self.niches):
            raise ModelError(f"{niche!r} is not one of the niches of the tumor.")
        return tuple(name for name in self.names if name.partition(":")[0].endswith(wanted))

    def in_phenotype(self, phenotype: str | None) -> tuple[str, ...]:
        """Types of a phenotype, by its name; None for the ordinary one."""
        states = [None if one is None else one.name for one in self.phenotypes]
        if phenotype not in states:
            raise ModelError(f"{phenotype!r} is not one of the phenotypes of the tumor.")
        mask = self.of_phenotype == states.index(phenotype)
        return tuple(name for name, there in zip(self.alive, mask, strict=True) if there)

    def births(self, birth: float) -> list[float]:
        """Birth rate of every type (per day), from that of ordinary cells without alterations."""
        of_genotypes = np.array(self.genotypes.births(birth))
        found: list[float] = (of_genotypes[self.of_genotype] * self.cycling).tolist()
        return found + [0.0] * len(self.damaged)

    @cached_property
    def cycling(self) -> NDArray[np.float64]:
        """Factor of niche and phenotype on births, and on what kills cycling cells only; of types that are alive."""
        niches = np.array([1.0 if one is None else one.birth_factor for one in self.niches])
        phenotypes = np.array([1.0 if one is None else one.birth for one in self.phenotypes])
        factors: NDArray[np.float64] = niches[self.of_niche] * phenotypes[self.of_phenotype]
        return factors

    def deaths(self, death: float, escapes: NDArray[np.float64] | None = None) -> list[float]:
        """Death rate of every type (per day), from that of ordinary cells without alterations.

        `escapes` is the factor on immune kill of every type that is alive; None for 1.
        """
        niches = np.array([0.0 if one is None else one.death for one in self.niches])
        phenotypes = np.array([0.0 if one is None else one.death for one in self.phenotypes])
        rates = death + niches[self.of_niche] + phenotypes[self.of_phenotype]
        late = self.place.late_death
        found: list[float] = (rates + self.immune_kill * (1.0 if escapes is None else escapes)).tolist()
        if late is not None:
            found += [late.rate if stage == late.stages - 1 else 0.0 for stage in range(late.stages)] * len(self.niches)
        return found

    @property
    def oxygen(self) -> NDArray[np.float64]:
        """(mmHg) Around cells of every type that is alive; infinite where a niche says nothing of it, as in air."""
        niches = np.array([np.inf if one is None or one.oxygen is None else one.oxygen for one in self.niches])
        around: NDArray[np.float64] = niches[self.of_niche]
        return around

    @cached_property
    def immune_kill(self) -> NDArray[np.float64]:
        """(per day) Immune kill of cells that do not hide, of every type that is alive."""
        niches = np.array([0.0 if one is None else one.immune_kill for one in self.niches])
        kill: NDArray[np.float64] = niches[self.of_niche]
        return kill

    @cached_property
    def _marks(self) -> tuple[list[str], list[str]]:
        """What stands behind the name of a genotype: for the niche, and for the phenotype."""
        niches = ["" if one is None else f"@{one.name}" for one in self.niches]
        return niches, ["" if one is None else f":{one.name}" for one in self.phenotypes]

    def _everywhere(self, edges: Edges) -> Edges:
        """Transitions between genotypes, in every niche and phenotype."""
        if not self.place.niches and not self.place.phenotypes:
            return edges
        marks = [mark + state for mark in self._marks[0] for state in self._marks[1]]
        return {(a + mark, b + mark): value for (a, b), value in edges.items() for mark in marks}

    @cached_property
    def mutation(self) -> Edges:
        """Probability per division of every mutation, without drugs."""
        return self._everywhere(self.genotypes.mutation)

    def switching(self, birth: float, death: float, escapes: NDArray[np.float64] | None = None) -> Edges:
        """Rate (per cell and day) of every step without a division, without drugs; arguments as for `deaths`."""
        found = self._everywhere(self.genotypes.switching)
        if self.is_plain:
            return found
        found = dict(found)
        moving, names = self.moving(birth, death, escapes), self.genotypes.names
        marks, states = self._marks
        between = [(a, b, moving[i][j]) for i, a in enumerate(marks) for j, b in enumerate(marks) if moving[i][j] > 0.0]
        for name in names:
            for a, b, rate in between:
                for state in states:
                    found[name + a + state, name + b + state] = rate
            for mark in marks:
                for one in self.place.phenotypes:
                    entered, left = name + mark, f"{name}{mark}:{one.name}"
                    if one.enter > 0.0:
                        found[entered, left] = one.enter
                    if one.leave > 0.0:
                        found[left, entered] = one.leave
        late = self.place.late_death
        if late is not None:
            for k in range(len(self.niches)):
                stages = self.damaged[k * late.stages : (k + 1) * late.stages]
                found.update(dict.fromkeys(itertools.pairwise(stages), late.rate))
        return found

    def moving(self, birth: float, death: float, escapes: NDArray[np.float64] | None = None) -> list[list[float]]:
        """Rates (per cell and day) at which cells go from niche to niche."""
        niches = self.place.niches
        if not niches:
            return [[0.0]]
        if self.place.migration:
            names = [one.name for one in niches]
            rates = [[0.0] * len(niches) for _ in niches]
            for one in self.place.migration:
                rates[names.index(one.start)][names.index(one.to)] += one.rate
            return rates
        shares = [one.share or 1.0 for one in niches]
        return migration_rates(shares, self.niche_growth(birth, death, escapes), self.place.exchange or 0.0)[1]

    def niche_growth(self, birth: float, death: float, escapes: NDArray[np.float64] | None = None) -> list[float]:
        """(per day) Net growth of ordinary cells without alterations in every niche, without drugs."""
        births, deaths = self.births(birth), self.deaths(death, escapes)
        first = [k * len(self.phenotypes) for k in range(len(self.niches))]
        return [births[k] - deaths[k] for k in first]


def note_place(problems: Problems, place: Place, path: str = "") -> None:
    """Notes what of niches and phenotypes does not fit together; each has been checked by itself."""
    for field, ones in (("niches", place.niches), ("phenotypes", place.phenotypes)):
        every: list[Any] = [one.name for one in ones]
        for i, name in enumerate(every):
            if name in every[:i]:
                problems.value(f"{path}{field}[{i}].name", "must appear once", name)
    if place.migration:
        _note_migration(problems, place, path)
    else:
        _note_shares(problems, place, path)
    if place.exchange is not None and (place.migration or len(place.niches) < 2):
        why = "where migration says how cells move" if place.migration else "where there are no two niches"
        problems.value(f"{path}exchange", f"must be left out {why}", place.exchange)


def _note_migration(problems: Problems, place: Place, path: str) -> None:
    names = [one.name for one in place.niches]
    before: list[tuple[str, str]] = []
    fits = True
    for i, one in enumerate(place.migration):
        where = f"{path}migration[{i}]"
        wrong = [(end, name) for end, name in (("start", one.start), ("to", one.to)) if name not in names]
        for end, name in wrong:
            hint = did_you_mean(name, names) if names else "The tumor has none."
            problems.value(f"{where}.{end}", "must be a niche of the tumor", name, hint=hint)
        if one.start == one.to:
            problems.value(f"{where}.to", "must be another niche", one.to)
        if (one.start, one.to) in before:
            problems.value(where, "must say once how fast cells go from one niche to another", [one.start, one.to])
        before.append((one.start, one.to))
        fits = fits and not wrong
    for i, niche in enumerate(place.niches):
        if niche.share is not None:
            rule = "must be left out where migration says how cells move: the shares follow"
            problems.value(f"{path}niches[{i}].share", rule, niche.share)
    if not fits or len(set(names)) < len(names):
        return
    first = names[0]
    there, back = _reached(first, before), _reached(first, [(to, start) for start, to in before])
    for i, name in enumerate(names):
        if name not in there or name not in back:
            way = f"from {first!r} to {name!r}" if name not in there else f"from {name!r} back to {first!r}"
            hint = "Cells of every niche must come to be in every other; or leave the niche out."
            problems.value(f"{path}migration", f"must lead {way} (niches[{i}])", hint=hint)


def _reached(first: str, ways: Sequence[tuple[str, str]]) -> set[str]:
    """The niches that ways lead to from the first, itself included."""
    found = {first}
    while more := {to for start, to in ways if start in found} - found:
        found |= more
    return found


def _note_shares(problems: Problems, place: Place, path: str) -> None:
    shares = [one.share for one in place.niches]
    for i, share in enumerate(shares):
        if share is None and len(shares) > 1:
            hint = "Or give tumor.migration."
            problems.value(f"{path}niches[{i}].share", "is missing: the share of the cells there", hint=hint)
    total = sum(share for share in shares if share is not None)
    if shares and None not in shares and abs(total - 1.0) > 1e-9:
        problems.value(f"{path}niches", "must have shares that sum to 1", total)
    if len(shares) > 1 and place.exchange is None:
        hint = "Or give tumor.migration." if None not in shares else ""
        problems.value(f"{path}exchange", "is missing: how fast cells move between niches (per day)", hint=hint)
