"""Genotypes: every number of copies of every alteration, in a fixed order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from chemoevo import _core
from chemoevo.base.arguments import real, whole
from chemoevo.base.specification import note_part
from chemoevo.errors import ModelError, Problems
from chemoevo.resistance.alterations import SENSITIVE, Alteration
from chemoevo.resistance.epistasis import Epistasis, note_epistasis

MAX_ALTERATIONS = 20
MAX_GENOTYPES = 2**20
Edges = dict[tuple[str, str], float]


@dataclass(frozen=True, eq=False)
class Genotypes:
    """The genotypes over L alterations: 2^L, or more where there may be several copies of one.

    Ordered by the number of copies, then as the alterations were given: "sensitive", "A", "B", "C", "A+B", "A+C",
    "B+C", "A+B+C"; with two copies of A, "Ax2" is before "A+B".

    Parameters
    ----------
    alterations
        Any number up to 20, with unique names; one may stand alone.
    epistasis
        What alterations do together to birth.

    Attributes
    ----------
    names
        Names of the genotypes, the types of the process.
    masks
        One integer per genotype; bit l says that it carries alteration l.
    copies
        Copies of every alteration, shape (genotypes, alterations), read-only.

    Raises
    ------
    ModelError
        If a name appears twice, there are more than 20 alterations or 2^20 genotypes, or the mutation probabilities of
        a genotype sum to more than 1.

    Examples
    --------
    >>> from chemoevo.resistance import Genotypes, alteration
    >>> Genotypes([alteration("ABCB1", mutation=1e-7), alteration("TP53", mutation=1e-6)]).names
    ('sensitive', 'ABCB1', 'TP53', 'ABCB1+TP53')
    >>> Genotypes(alteration("ABCB1", mutation=1e-7, copies=3)).names
    ('sensitive', 'ABCB1', 'ABCB1x2', 'ABCB1x3')
    """

    alterations: tuple[Alteration, ...]
    names: tuple[str, ...]
    masks: tuple[int, ...]
    copies: NDArray[np.uint8]
    epistasis: tuple[Epistasis, ...]

    def __init__(
        self, alterations: Alteration | Sequence[Alteration], epistasis: Epistasis | Sequence[Epistasis] = ()
    ) -> None:
        if isinstance(alterations, Alteration):
            alterations = [alterations]
        if isinstance(alterations, str | Mapping) or not isinstance(alterations, Iterable):
            raise TypeError(f"alterations must be a list of Alteration; got {alterations!r:.200}.")
        given = tuple(alterations)
        for i, alteration in enumerate(given):
            if not isinstance(alteration, Alteration):
                raise TypeError(f"alterations[{i}] must be an Alteration; got {alteration!r}")
        table = (epistasis,) if isinstance(epistasis, Epistasis) else tuple(epistasis)
        _check(given, table)
        lattice = _core.genotype_lattice([alteration.copies for alteration in given])
        copies = lattice.copies
        labels = [_labels(alteration) for alteration in given]
        names = tuple(
            "+".join(label[n] for label, n in zip(labels, row, strict=True) if n) or SENSITIVE
            for row in copies.tolist()
        )
        bits = 1 << np.arange(len(given), dtype=np.int64)
        object.__setattr__(self, "alterations", given)
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "masks", tuple(((copies > 0) @ bits).tolist()))
        object.__setattr__(self, "copies", copies)
        object.__setattr__(self, "epistasis", table)
        object.__setattr__(self, "_steps", lattice.steps)
        most = self.most_mutation
        if most > 1:
            words = f"The mutation probabilities of the alterations must sum to at most 1; got {most:g}."
            raise ModelError(words)

    def __repr__(self) -> str:
        shown = ", ".join(self.names[:4]) + (", ..." if len(self) > 4 else "")
        return f"Genotypes({len(self)}: {shown})"

    def __len__(self) -> int:
        return len(self.names)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Genotypes):
            return NotImplemented
        return self.alterations == other.alterations and self.epistasis == other.epistasis

    def __hash__(self) -> int:
        return hash(self.names)

    @property
    def mutation(self) -> Edges:
        """Probability per division of every step that acquires or loses a copy, as `BranchingProcess` takes it."""
        return dict(self._edges[0])

    @property
    def switching(self) -> Edges:
        """Rate (per cell and day) of every step without a division, as `BranchingProcess` takes it."""
        return dict(self._edges[1])

    @cached_property
    def _edges(self) -> tuple[Edges, Edges]:
        steps: Sequence[tuple[int, int, int, bool]] = self._steps  # type: ignore[attr-defined]
        each = self.alterations
        gained, lost = [a.mutation for a in each], [a.reversal for a in each]
        on, off = [a.switch_on for a in each], [a.switch_off for a in each]
        factors = self._mutators.tolist()
        mutation, switching = Edges(), Edges()
        for i, j, locus, gains in steps:
            probability = (gained if gains else lost)[locus] * factors[i]
            rate = (on if gains else off)[locus]
            if probability > 0:
                mutation[self.names[i], self.names[j]] = probability
            if rate > 0:
                switching[self.names[i], self.names[j]] = rate
        return mutation, switching

    @property
    def _mutators(self) -> NDArray[np.float64]:
        """Factor on the probabilities of mutation of every genotype."""
        return self._product([alteration.mutator for alteration in self.alterations])

    @property
    def radiosensitivity(self) -> NDArray[np.float64]:
        """Factor on alpha and beta of radiotherapy of every genotype: the product over what it carries."""
        factors = [alteration.radiosensitivity for alteration in self.alterations]
        return self._product([1.0 if factor is None else factor for factor in factors])

    @cached_property
    def most_mutation(self) -> float:
        """The largest sum of the probabilities of mutation of a genotype."""
        if not self.alterations:
            return 0.0
        most = np.array([alteration.copies for alteration in self.alterations])
        gained = (self.copies < most) @ np.array([alteration.mutation for alteration in self.alterations])
        lost = (self.copies > 0) @ np.array([alteration.reversal for alteration in self.alterations])
        return float(((gained + lost) * self._mutators).max())

    def _product(self, factors: Sequence[float]) -> NDArray[np.float64]:
        """Of every genotype the product of a factor per alteration that it carries, whatever the number of copies."""
        product = np.ones(len(self.copies))
        for locus, factor in enumerate(factors):
            if factor != 1.0:
                product[self.copies[:, locus] > 0] *= factor
        return product

    def carriers(self, *names: str) -> tuple[str, ...]:
        """The genotypes that carry all alterations named; a genotype's name stands for the alterations it has.

        "ABCB1" is one copy or more, "ABCB1x2" two or more.

        Raises
        ------
        ModelError
            If a name is not an alteration here.
        TypeError
            If it is no text.
        """
        known = {label: (locus, n) for locus, a in enumerate(self.alterations) for n, label in _labels(a).items()}
        names = tuple(part for name in names for part in (name.split("+") if isinstance(name, str) else (name,)))
        wrong = [name for name in names if name not in known]
        if wrong and not isinstance(wrong[0], str):
            raise TypeError(f"names must be names of alterations; got {wrong[0]!r:.200}.")
        if wrong:
            labels = ", ".join(a.name for a in self.alterations)
            raise ModelError(f"{wrong[0]!r} is not one of the alterations {labels}.")
        found = np.ones(len(self), dtype=bool)
        for locus, n in (known[name] for name in names):
            found &= self.copies[:, locus] >= n
        return tuple(name for name, carries in zip(self.names, found, strict=True) if carries)

    def with_alterations(self, count: int) -> tuple[str, ...]:
        """The genotypes that carry at least `count` alterations, a whole number >= 0; copies do not count."""
        problems = Problems()
        count = whole(problems, "count", count, 0)
        problems.raise_if_any()
        return tuple(n for n, mask in zip(self.names, self.masks, strict=True) if mask.bit_count() >= count)

    def births(self, birth: float) -> list[float]:
        """Birth rate of every genotype (per day).

        That is `birth` times the product of 1 - cost over the copies it carries, and of the factors of epistasis.
        """
        problems = Problems()
        birth = real(problems, "birth", birth, "must be finite and >= 0 (per day)", 0.0)
        problems.raise_if_any()
        births = np.full(len(self), birth)
        for locus, alteration in enumerate(self.alterations):
            for n in range(1, alteration.copies + 1):
                births[self.copies[:, locus] >= n] *= 1.0 - alteration.cost
        position = {alteration.name: locus for locus, alteration in enumerate(self.alterations)}
        for one in self.epistasis:
            together = (self.copies[:, [position[name] for name in one.alterations]] > 0).all(axis=1)
            births[together] *= one.birth
        found: list[float] = births.tolist()
        return found


def _labels(alteration: Alteration) -> dict[int, str]:
    """What cells with so many copies are called."""
    return {n: alteration.name if n == 1 else f"{alteration.name}x{n}" for n in range(1, alteration.copies + 1)}


def _check(given: tuple[Alteration, ...], table: tuple[Epistasis, ...]) -> None:
    problems = Problems()
    for i, one in enumerate(table):
        note_part(problems, f"epistasis[{i}]", one, Epistasis)
    problems.raise_if_any()
    names = [alteration.name for alteration in given]
    labels = [label for alteration in given for label in _labels(alteration).values()]
    for i, name in enumerate(names):
        if name in names[:i]:
            problems.value(f"alterations[{i}].name", "must appear once", name)
        elif labels.count(name) > names.count(name):
            problems.value(f"alterations[{i}].name", "must not be that of several copies of another one", name)
    if len(given) > MAX_ALTERATIONS:
        problems.extend([f"alterations must be at most {MAX_ALTERATIONS}; got {len(given)}."])
    number = 1
    for alteration in given:
        number *= alteration.copies + 1
    if number > MAX_GENOTYPES:
        problems.extend([f"alterations must make at most {MAX_GENOTYPES} genotypes; got {number}."])
    total = sum(alteration.mutation for alteration in given)
    if total > 1:
        problems.extend([f"The mutation probabilities of the alterations must sum to at most 1; got {total:g}."])
    note_epistasis(problems, table, names, "epistasis")
    problems.raise_if_any()
