"""How drugs that are given together act together: their hazards add, unless something is said of them here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from chemoevo.base.gathering import Problem, rule, said_of
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Name, Number, Specification, Text
from chemoevo.errors import Problems, did_you_mean
from chemoevo.resistance.potency import Potency

MOST_ANTAGONISM = 4.0
"""With a larger sum of coefficients below 0 the hazard of a drug and its partners could be negative."""

Together = tuple[list[tuple[list[int], bool]], list[tuple[int, int, float]]]
"""Groups (positions of drugs, whether doses add) and pairs (positions, coefficient), as the core takes them."""


class Interaction(Specification):
    """How two or more cytotoxic drugs act together. Without one their hazards add, so that survivals multiply (Bliss).

    Parameters
    ----------
    drugs
        The drugs: two, or with `how` more.
    how
        "doses add": the drugs of one target are one drug, in units of their EC50 (Loewe) [2]_. "highest": only the
        strongest counts at any time, where the effect of one contains that of the others.
    alpha
        Instead: a coefficient, >= -4. The hazards a and b become `a + b + alpha a b/(a + b)`; 0 is Bliss
        [1]_, above 0 they do more together, below 0 less, and at -1 a weak partner is useless.
    basis
        Where it comes from.

    Raises
    ------
    ModelError
        If it has not exactly one of how and alpha, alpha has not two drugs, or a drug is named twice.

    Notes
    -----
    The coefficient has the same meaning at every dose: twice the hazards are twice the sum. At 50 % killed by each drug
    alone it is `alpha = 4 (1/FIC - 1)`, with the fractional inhibitory concentration FIC of drugs whose hazard is
    proportional to the dose; with steep or saturating curves Bliss alone has another FIC than 1. Of one drug, the
    coefficients below 0 sum to at least -4, so that no hazard is negative.

    References
    ----------
    .. [1] Bliss CI (1939). Ann Appl Biol 26:585. doi:10.1111/j.1744-7348.1939.tb06990.x
    .. [2] Loewe S, Muischnek H (1926). Arch Exp Pathol Pharmakol 114:313. doi:10.1007/BF01952257

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Interaction(drugs=["paclitaxel", "docetaxel"], how="doses add", basis="both bind to tubulin")
    Interaction(paclitaxel, docetaxel: doses add)
    """

    form: ClassVar[str] = 'Interaction(drugs=["paclitaxel", "docetaxel"], how="doses add", basis="one target")'

    drugs: Several[Name] = given(min_length=2, description="the drugs that act together")
    how: Literal["doses add", "highest"] | None = None
    alpha: Annotated[Number, Field(ge=-MOST_ANTAGONISM)] | None = None
    basis: Text = Field(description="where it comes from")

    @rule
    def _one_of_both(self) -> Problem:
        if (self.how is None) == (self.alpha is None):
            yield "", "must have either how, 'doses add' or 'highest', or alpha", said_of(self, "how", "alpha")

    @rule
    def _pair(self) -> Problem:
        if self.alpha is not None and len(self.drugs) != 2:
            yield "drugs", "must be two where alpha is given: one coefficient is of a pair", list(self.drugs)

    @rule
    def _others(self) -> Problem:
        for i, name in enumerate(self.drugs):
            if name in self.drugs[:i]:
                yield f"drugs[{i}]", "must be another drug: a dose and itself simply add", name

    def __repr__(self) -> str:
        how = self.how if self.alpha is None else f"alpha {self.alpha:g}"
        return f"Interaction({', '.join(self.drugs)}: {how})"

    def text(self) -> str:
        """In words."""
        drugs = ", ".join(self.drugs)
        if self.alpha is not None:
            return f"{drugs}: hazards a + b + {self.alpha:g} a b/(a + b) ({self.basis})"
        how = "doses add, in units of EC50" if self.how == "doses add" else "the highest effect counts"
        return f"{drugs}: {how} ({self.basis})"


def note_interactions(
    problems: Problems,
    interactions: Sequence[Interaction],
    drugs: Sequence[str],
    potencies: Sequence[Potency],
    path: str = "interactions",
    *,
    modulators: Sequence[str] = (),
) -> None:
    """Notes drugs that are not of the regimen or kill nothing, act together in two ways, and too much antagonism.

    `modulators` are drugs of the regimen that need no potency: they only change what others meet.
    """
    modes = {potency.drug: potency.mode for potency in potencies}
    counts: dict[str, int] = {}
    grouped: dict[str, int] = {}
    for one in interactions:
        for name in one.drugs:
            counts[name] = counts.get(name, 0) + 1
            grouped[name] = grouped.get(name, 0) + (one.how is not None)
    pairs: set[frozenset[str]] = set()
    against: dict[str, float] = {}
    for i, one in enumerate(interactions):
        for k, name in enumerate(one.drugs):
            where = f"{path}[{i}].drugs[{k}]"
            if name not in drugs:
                problems.value(where, "must be a drug of the regimen", name, hint=did_you_mean(name, drugs))
            elif name in modulators and name not in modes:
                rule = "must be a drug that kills cells: an interaction is of hazards, and a modulator has none"
                hint = "What it does to others follows from the mechanisms, or niches, that it changes."
                problems.value(where, rule, name, hint=f"{hint} One that also kills has a potency.")
            elif modes.get(name, "cytotoxic") != "cytotoxic":
                problems.value(where, "must be cytotoxic: what others take from birth multiplies", name)
            elif grouped[name] and counts[name] > 1:
                problems.value(where, "must be in no other interaction, since it is in one with `how`", name)
            if one.alpha is not None:
                against[name] = against.get(name, 0.0) + max(0.0, -one.alpha)
        if one.alpha is not None and frozenset(one.drugs) in pairs:
            problems.value(f"{path}[{i}].drugs", "must be a pair that is given once", list(one.drugs))
        pairs.add(frozenset(one.drugs))
    for name, most in against.items():
        if most > MOST_ANTAGONISM:
            words = f"must have coefficients below 0 of {name} that sum to at least -{MOST_ANTAGONISM:g}"
            problems.value(path, words, -most)


def together(interactions: Sequence[Interaction], drugs: Sequence[str]) -> Together:
    """As the core takes them, by the positions of the drugs."""
    where: Mapping[str, int] = {name: k for k, name in enumerate(drugs)}
    groups = [([where[n] for n in one.drugs], one.how == "doses add") for one in interactions if one.how is not None]
    pairs = [
        (where[one.drugs[0]], where[one.drugs[1]], float(one.alpha)) for one in interactions if one.alpha is not None
    ]
    return groups, pairs
