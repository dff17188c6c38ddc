"""The processes that are measured, in a form that every simulator here is built from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """Types with common birth and death rates (per cell and day), and mutation probabilities {(from, to): value}."""

    types: tuple[str, ...]
    birth: float
    death: float
    mutation: dict[tuple[str, str], float]

    def expected_events(self, before: float, after: float) -> float:
        """Events between two totals, each a division or a death.

        A division happens (birth / (birth - death)) times the net gain, a death (death / (birth - death)) times;
        the relative error is about 3 / sqrt(events).
        """
        return (after - before) * (self.birth + self.death) / (self.birth - self.death)

    def expected_mutations(self, before: float, after: float) -> float:
        """Divisions with a mutated daughter between two totals, when all types mutate with one probability."""
        per_division = sum(p for (source, _), p in self.mutation.items() if source == self.types[0])
        return (after - before) * self.birth / (self.birth - self.death) * per_division


def lattice(loci: int, probability: float, *, back: bool, birth: float = 1.0, death: float = 0.5) -> Model:
    """All genotypes of `loci` loci; one locus changes a mutation, forward only or back as well."""
    types = tuple(format(g, f"0{loci}b") for g in range(2**loci))
    mutation = {
        (types[g], types[g ^ (1 << k)]): probability
        for g in range(2**loci)
        for k in range(loci)
        if back or not g >> k & 1
    }
    return Model(types, birth, death, mutation)


def two_types(probability: float, *, birth: float = 1.0, death: float = 0.5) -> Model:
    """Sensitive cells that yield resistant ones."""
    return Model(("S", "R"), birth, death, {("S", "R"): probability})
