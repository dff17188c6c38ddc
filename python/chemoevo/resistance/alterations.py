"""Alterations: where in the chain of drug action each acts, by how much, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from chemoevo import _core
from chemoevo.base.evidence import Citation, Tag
from chemoevo.base.gathering import NotThere, Problem, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.shipped import check_shipped, shipped, shipped_names
from chemoevo.base.specification import Name, Number, Specification, Table, Text
from chemoevo.errors import ModelError

Stage = Literal["efflux", "detoxification", "repair", "apoptosis"]
"""Where an alteration acts, from the membrane inward."""


class Effect(Specification):
    """What an alteration does to one drug.

    Parameters
    ----------
    drug
        Name of the drug.
    fold
        For efflux, detoxification and repair: published factor on EC50 of a resistant line against its reference, >= 1;
        the strength of the stage is calibrated from it. 1 says that the drug is not touched.
    strength
        Instead of `fold`: the strength of the stage for the drug, >= 0.
    threshold
        For apoptosis: factor on EC50, > 0; below 1 it sensitizes.
    ceiling
        For apoptosis: factor on Emax, in [0, 1].
    cite
        Source, or key of a source in `citations`.
    tag
        How sure it is; see `chemoevo.pharmacology.Figure`.
    note
        What a user should know about it.
    """

    form: ClassVar[str] = 'Effect(drug="docetaxel", fold=10)'

    drug: Name = Field(description="the name of a drug")
    fold: Annotated[Number, Field(ge=1)] | None = None
    strength: Annotated[Number, Field(ge=0)] | None = None
    threshold: Annotated[Number, Field(gt=0)] | None = None
    ceiling: Annotated[Number, Field(ge=0, le=1)] | None = None
    cite: Text | None = None
    tag: Tag | None = None
    note: Text | None = None


SENSITIVE = "sensitive"
"""Name of the type without alterations."""


_FOLDER = "alterations"


def alteration_names() -> tuple[str, ...]:
    """The alterations that ship with chemoevo, sorted."""
    return shipped_names(_FOLDER)


_SHIPPED = f"only the alterations that ship with chemoevo ({', '.join(alteration_names())}) may leave it out"


def _type_name(name: str) -> str:
    if "+" in name:
        raise ValueError("must not contain '+', which joins the names of alterations")
    if name == SENSITIVE:
        raise ValueError(f"must not be {SENSITIVE!r}, the name of cells without alterations")
    return name


class Alteration(Specification):
    """A heritable change at one locus.

    With a name that ships with chemoevo (`alteration_names()`), `stage` and `effects` may be left out and are taken
    from the data files; what is given replaces the shipped value.

    Parameters
    ----------
    name
        Its name; types of cells are named by it, so it has no "+".
    mutation
        Probability per division that one daughter acquires it, in [0, 1]. An input of the scenario.
    cost
        Fraction of the birth rate that carriers lose, in [0, 1). An input of the scenario; 0 by default.
    stage
        "efflux", "detoxification", "repair" or "apoptosis".
    effects
        One entry per drug; every drug of a regimen needs one (`fold = 1`, or `threshold = 1`, if it is not touched).
    expression
        Expression in carriers, relative units, >= 0 (efflux, detoxification and repair).
    reference
        Expression in the line where EC50 was measured, and in cells that do not carry the alteration; >= 0. A fold must
        be below expression/reference.
    title
        What it is, in words.
    citations
        Sources by key.

    Raises
    ------
    ModelError
        If a value is out of range, a fold is impossible, or an effect does not fit the stage: all problems at once.

    Examples
    --------
    >>> from chemoevo.resistance import Alteration
    >>> pgp = Alteration(name="ABCB1", mutation=4e-7, cost=0.05)
    >>> pgp.stage, round(pgp.strength("docetaxel"), 2), pgp.strength("carboplatin")
    ('efflux', 14.53, 0.0)
    """

    form: ClassVar[str] = 'Alteration(name="ABCB1", mutation=1e-7)'

    name: Annotated[Name, AfterValidator(_type_name)] = Field(description="the name of the alteration")
    mutation: Annotated[Number, Field(ge=0, le=1)] = Field(description="the probability per division to acquire it")
    cost: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    # Needed, but for type checkers: the alterations that ship have both.
    stage: Stage = given(
        default=..., description=f"where it acts: efflux, detoxification, repair or apoptosis; {_SHIPPED}"
    )
    effects: Several[Effect] = given(default=..., description=f"what it does to each drug; {_SHIPPED}")
    expression: Annotated[Number, Field(ge=0)] = 1.0
    reference: Annotated[Number, Field(ge=0)] = 0.0
    title: Text | None = None
    citations: Table[str, Citation] = Field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Alteration({self.name!r}: {self.stage}, {self.mutation:g} per division, cost {self.cost:g})"

    @classmethod
    def as_written(cls, data: Any) -> Any:
        """With what the data files say of an alteration that ships."""
        complete = isinstance(data, Mapping) and "stage" in data and "effects" in data
        if complete or not isinstance(data, Mapping) or data.get("name") not in alteration_names():
            return data
        return {**shipped(_FOLDER, data["name"]), **data}

    @rule
    def _drugs_once(self) -> Problem:
        drugs = [vars(effect).get("drug") for effect in self.effects]
        for i, drug in enumerate(drugs):
            if drug is not None and drug in drugs[:i]:
                yield f"effects[{i}].drug", "must appear once", drug

    @rule
    def _effects_of_this_stage(self) -> Problem:
        for i, effect in enumerate(self.effects):
            with suppress(NotThere):
                yield from self._of_effect(f"effects[{i}]", effect)

    def _of_effect(self, path: str, effect: Effect) -> Problem:
        if self.stage == "apoptosis":
            if effect.fold is not None or effect.strength is not None:
                yield path, "must have threshold and ceiling, not fold or strength: it acts on apoptosis", None
            return
        if effect.threshold is not None or effect.ceiling is not None:
            yield path, f"must have fold or strength, not threshold or ceiling: it acts on {self.stage}", None
        if (effect.fold is None) == (effect.strength is None):
            yield path, "must have either fold or strength", None
        elif effect.fold is not None:
            try:
                _core.strength_from_fold(effect.fold, self.expression, self.reference)
            except ValueError:
                limit = f"expression/reference = {self.expression / self.reference:g}" if self.reference else "infinity"
                rule = f"must be below {limit} (or 1)" if self.reference else "needs an expression > 0"
                yield f"{path}.fold", rule, effect.fold

    def effect(self, drug: str) -> Effect:
        """The effect on a drug.

        Raises
        ------
        ModelError
            If there is no entry for it.
        TypeError
            If it is no text.
        """
        if not isinstance(drug, str):
            raise TypeError(f"drug must be the name of a drug; got {drug!r:.200}.")
        for effect in self.effects:
            if effect.drug == drug:
                return effect
        raise ModelError(f"The alteration {self.name!r} has no effect entry for {drug!r}. {self.untouched}")

    @property
    def untouched(self) -> str:
        """How its effects say that a drug is not touched."""
        entry = "threshold = 1" if self.stage == "apoptosis" else "fold = 1"
        return f"Add one; {entry} says that the drug is not touched."

    def strength(self, drug: str) -> float:
        """Strength of the stage for a drug: s = (f - 1)/(e - f e_ref); 0 for apoptosis.

        Raises
        ------
        ModelError
            If there is no entry for the drug.
        """
        effect = self.effect(drug)
        if effect.fold is not None:
            return _core.strength_from_fold(effect.fold, self.expression, self.reference)
        return effect.strength or 0.0


def alteration(name: str, *, mutation: float, cost: float = 0.0) -> Alteration:
    """An alteration that ships with chemoevo.

    Parameters
    ----------
    name
        Its name, such as "ABCB1".
    mutation
        Probability per division to acquire it, in [0, 1].
    cost
        Fraction of the birth rate that carriers lose, in [0, 1).

    Raises
    ------
    ModelError
        If there is none of that name (the message suggests near ones), or a value is out of range.
    """
    data = shipped(_FOLDER, check_shipped(_FOLDER, name, "alteration"))
    return Alteration(**{**data, "mutation": mutation, "cost": cost})
