"""Cells in a dish: some genotypes, a drug, and modulators at constant concentrations."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from chemoevo.base.arguments import real
from chemoevo.base.specification import note_part
from chemoevo.errors import ModelError, Problems, collect, did_you_mean
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.library import OwnDrugs, drug_names, find_drug, note_own
from chemoevo.resistance.alterations import SENSITIVE, alteration, alteration_names
from chemoevo.resistance.cell_types import CellTypes, Place
from chemoevo.resistance.cells import Cells
from chemoevo.resistance.checks import Untouched, biology_of, note_mechanisms
from chemoevo.resistance.genotypes import Genotypes
from chemoevo.resistance.mechanism import Mechanism
from chemoevo.resistance.niches import Niche
from chemoevo.resistance.phenotypes import Phenotype


@dataclass(frozen=True)
class Assay:
    """What is in the dish.

    Attributes
    ----------
    drug
        The drug.
    cells
        The genotypes, by what they express.
    names
        Those of the genotypes that were asked for, in that order.
    modulators
        (uM, unbound) Concentrations by name.
    agents
        The modulators by name.
    niche, phenotype
        Where the cells are, and in which state; None for those of the reference line.
    """

    drug: Drug
    cells: Cells
    names: tuple[str, ...]
    modulators: Mapping[str, float]
    agents: Mapping[str, Drug]
    niche: Niche | None = None
    phenotype: Phenotype | None = None

    @classmethod
    def of(
        cls,
        drug: str | Drug,
        genotypes: str | Genotypes | Sequence[str],
        modulators: Mapping[str, float] | None,
        drugs: OwnDrugs | None,
        mechanisms: Mechanism | Sequence[Mechanism],
        expressions: Mapping[str, float] | None,
        untouched: Untouched,
        niche: Niche | None = None,
        phenotype: Phenotype | None = None,
    ) -> Self:
        """Reads what a user gives.

        Raises
        ------
        ModelError
            If a name is not known, a concentration is not a number >= 0, or nothing is known of a mechanism and it.
        TypeError
            If an argument is of another type.
        """
        problems = Problems()
        own = note_own(problems, drugs)
        if niche is not None:
            note_part(problems, "niche", niche, Niche)
        if phenotype is not None:
            note_part(problems, "phenotype", phenotype, Phenotype)
        problems.raise_if_any()
        given = drug if isinstance(drug, Drug) else collect(problems, lambda: find_drug(drug, own))
        asked = collect(problems, lambda: _genotypes(genotypes))
        concentrations, agents = _modulators(problems, modulators, own)
        biology = collect(problems, lambda: biology_of(mechanisms, expressions))
        problems.raise_if_any()
        assert given is not None
        assert asked is not None
        assert biology is not None
        (genotypes, names), every = asked, {**agents, given.name: given}
        for where, part in (("niche", niche), ("phenotype", phenotype)):
            _note_changes(problems, where, part, biology.names(genotypes))
        problems.raise_if_any()
        place = Place(niches=() if niche is None else (niche,), phenotypes=() if phenotype is None else (phenotype,))
        of = CellTypes(genotypes, place)
        note_mechanisms(problems, of, biology, every, untouched, acting=[given.name])
        problems.raise_if_any()
        return cls(given, Cells(of, biology, every), names, concentrations, agents, niche, phenotype)

    def column(self, genotype: str) -> int:
        """Position of the cells of a genotype among all types: in the phenotype, where there is one."""
        states = len(self.cells.types.phenotypes)
        return self.cells.genotypes.names.index(genotype) * states + states - 1


def _note_changes(problems: Problems, where: str, part: Niche | Phenotype | None, known: tuple[str, ...]) -> None:
    for k, change in enumerate(() if part is None else part.changes):
        if change.mechanism not in known:
            rule, hint = "must be a mechanism that ships or is among mechanisms", did_you_mean(change.mechanism, known)
            problems.value(f"{where}.changes[{k}].mechanism", rule, change.mechanism, hint=hint)


def _modulators(
    problems: Problems, modulators: Mapping[str, float] | None, drugs: Mapping[str, Drug]
) -> tuple[dict[str, float], dict[str, Drug]]:
    if modulators is None:
        return {}, {}
    if not isinstance(modulators, Mapping):
        problems.type("modulators", "must be {name of a drug: uM unbound}", modulators)
        return {}, {}
    concentrations, agents = {}, {}
    for name, value in modulators.items():
        rule = "must be finite and >= 0 (uM unbound)"
        concentrations[name] = real(problems, f"modulators[{name!r}]", value, rule, 0.0)
        known = [*drugs, *drug_names()]
        if name not in known:
            problems.value("modulators", "must be names of drugs", name, hint=did_you_mean(name, known))
        elif not (found := find_drug(name, drugs)).changes:
            problems.value("modulators", "must be drugs that inhibit or induce a mechanism", name)
        else:
            agents[name] = found
    return concentrations, agents


_COPIES = re.compile(r"(.+?)(?:x([1-9][0-9]?))?")


def _genotypes(genotypes: str | Genotypes | Sequence[str]) -> tuple[Genotypes, tuple[str, ...]]:
    """The genotypes over all alterations that are named, and the names of those that are meant."""
    if isinstance(genotypes, Genotypes):
        return genotypes, genotypes.names
    if not isinstance(genotypes, str | Sequence):
        raise TypeError(f"genotypes must be names of alterations joined by '+', or Genotypes; got {genotypes!r:.200}.")
    names = [genotypes] if isinstance(genotypes, str) else list(genotypes)
    if not names:
        raise ModelError("genotypes must be at least one, such as 'sensitive'; got [].")
    read: list[dict[str, int]] = []
    most: dict[str, int] = {}
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"genotypes must be names of alterations joined by '+', or Genotypes; got {name!r:.200}.")
        copies: dict[str, int] = {}
        for part in [] if name == SENSITIVE else name.split("+"):
            whole = part if part in alteration_names() else None
            match = _COPIES.fullmatch(part)
            label, n = (whole, 1) if whole or match is None else (match.group(1), int(match.group(2) or 1))
            if label not in alteration_names():
                raise ModelError(f"{part!r} is not a known alteration. {did_you_mean(part, alteration_names())}")
            if label in copies:
                raise ModelError(f"genotypes must name an alteration once, such as '{label}x2'; got {name!r}.")
            copies[label] = n
            most[label] = max(most.get(label, 1), n)
        read.append(copies)
    of = Genotypes([alteration(label, mutation=0, copies=n) for label, n in most.items()])
    rows = [[copies.get(label, 0) for label in most] for copies in read]
    table = of.copies.tolist()
    return of, tuple(of.names[table.index(row)] for row in rows)
