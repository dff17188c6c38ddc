"""Genotypes: every set of alterations, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from chemoevo import _core
from chemoevo.base.arguments import real, whole
from chemoevo.errors import ModelError, Problems
from chemoevo.resistance.alterations import SENSITIVE, Alteration

MAX_ALTERATIONS = 20


@dataclass(frozen=True, eq=False)
class Genotypes:
    """The 2^L genotypes over L alterations.

    Ordered by the number of alterations, then as the alterations were given: "sensitive", "A", "B", "C", "A+B", "A+C",
    "B+C", "A+B+C".

    Parameters
    ----------
    alterations
        Any number up to 20, with unique names; one may stand alone.

    Attributes
    ----------
    names
        Names of the genotypes, the types of the process.
    masks
        One integer per genotype; bit l says that it carries alteration l.

    Raises
    ------
    ModelError
        If a name appears twice, there are more than 20 alterations, or the mutation probabilities sum to more than 1.

    Examples
    --------
    >>> from chemoevo.resistance import Genotypes, alteration
    >>> Genotypes([alteration("ABCB1", mutation=1e-7), alteration("TP53", mutation=1e-6)]).names
    ('sensitive', 'ABCB1', 'TP53', 'ABCB1+TP53')
    """

    alterations: tuple[Alteration, ...]
    names: tuple[str, ...]
    masks: tuple[int, ...]

    def __init__(self, alterations: Alteration | Sequence[Alteration]) -> None:
        if isinstance(alterations, Alteration):
            alterations = [alterations]
        if isinstance(alterations, str | Mapping) or not isinstance(alterations, Iterable):
            raise TypeError(f"alterations must be a list of Alteration; got {alterations!r:.200}.")
        given = tuple(alterations)
        for i, alteration in enumerate(given):
            if not isinstance(alteration, Alteration):
                raise TypeError(f"alterations[{i}] must be an Alteration; got {alteration!r}")
        problems = []
        labels = [a.name for a in given]
        problems += [
            f"alterations[{i}].name must appear once; got {x!r}." for i, x in enumerate(labels) if x in labels[:i]
        ]
        if len(given) > MAX_ALTERATIONS:
            problems.append(f"alterations must be at most {MAX_ALTERATIONS}; got {len(given)}.")
        total = sum(a.mutation for a in given)
        if total > 1:
            problems.append(f"The mutation probabilities of the alterations must sum to at most 1; got {total:g}.")
        if problems:
            raise ModelError(problems)
        lattice = _core.genotype_lattice(len(given))
        masks = lattice.masks
        names = tuple("+".join(a.name for bit, a in enumerate(given) if mask >> bit & 1) or SENSITIVE for mask in masks)
        object.__setattr__(self, "alterations", given)
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "masks", masks)
        object.__setattr__(self, "_edges", lattice.mutations)

    def __repr__(self) -> str:
        shown = ", ".join(self.names[:4]) + (", ..." if len(self) > 4 else "")
        return f"Genotypes({len(self)}: {shown})"

    def __len__(self) -> int:
        return len(self.names)

    def __eq__(self, other: object) -> bool:
        return self.alterations == other.alterations if isinstance(other, Genotypes) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.names)

    @property
    def mutation(self) -> dict[tuple[str, str], float]:
        """Probability per division of every step that acquires one alteration, as `BranchingProcess` takes it."""
        return dict(self._mutation)

    @cached_property
    def _mutation(self) -> dict[tuple[str, str], float]:
        edges: Sequence[tuple[int, int, int]] = self._edges  # type: ignore[attr-defined]
        return {
            (self.names[i], self.names[j]): self.alterations[locus].mutation
            for i, j, locus in edges
            if self.alterations[locus].mutation > 0
        }

    def carriers(self, *names: str) -> tuple[str, ...]:
        """The genotypes that carry all alterations named; a genotype's name stands for the alterations it has.

        Raises
        ------
        ModelError
            If a name is not an alteration here.
        TypeError
            If it is no text.
        """
        labels = [a.name for a in self.alterations]
        names = tuple(part for name in names for part in (name.split("+") if isinstance(name, str) else (name,)))
        wrong = [name for name in names if name not in labels]
        if wrong and not isinstance(wrong[0], str):
            raise TypeError(f"names must be names of alterations; got {wrong[0]!r:.200}.")
        if wrong:
            raise ModelError(f"{wrong[0]!r} is not one of the alterations {', '.join(labels)}.")
        wanted = sum(1 << labels.index(name) for name in set(names))
        return tuple(name for name, mask in zip(self.names, self.masks, strict=True) if mask & wanted == wanted)

    def with_alterations(self, count: int) -> tuple[str, ...]:
        """The genotypes that carry at least `count` alterations, a whole number >= 0."""
        problems = Problems()
        count = whole(problems, "count", count, 0)
        problems.raise_if_any()
        return tuple(n for n, mask in zip(self.names, self.masks, strict=True) if mask.bit_count() >= count)

    def births(self, birth: float) -> list[float]:
        """Birth rate of every genotype (per day): `birth` times the product of 1 - cost over what it carries."""
        problems = Problems()
        birth = real(problems, "birth", birth, "must be finite and >= 0 (per day)", 0.0)
        problems.raise_if_any()
        return _core.genotype_births(birth, [alteration.cost for alteration in self.alterations])
