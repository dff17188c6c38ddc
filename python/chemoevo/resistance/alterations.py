"""Alterations: heritable changes, which mechanisms they raise or lower, how they arise and are lost, what they cost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field

from chemoevo.base.evidence import Citation, Tag
from chemoevo.base.gathering import NotThere, Problem, repeated, rule, said_of
from chemoevo.base.shapes import Several, given
from chemoevo.base.shipped import check_shipped, shipped, shipped_names
from chemoevo.base.specification import Name, Number, Specification, Table, Text, Whole
from chemoevo.errors import ModelError, near_miss
from chemoevo.resistance.mechanism import Mechanism, OnDrug

OwnStage = Literal["efflux", "detoxification", "repair", "apoptosis"]
"""Where an alteration with effects of its own may act."""


class Effect(Specification):
    """What an alteration that has a mechanism of its own does to one drug.

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

    def on_drug(self) -> OnDrug:
        """The same as an entry of a mechanism."""
        fold = None
        if self.strength is None:
            given = self.threshold if self.fold is None else self.fold
            fold = 1.0 if given is None else given
        return OnDrug(
            drug=self.drug,
            fold=fold,
            strength=self.strength,
            ceiling=self.ceiling,
            cite=self.cite,
            tag=self.tag,
            note=self.note,
        )


class Change(Specification):
    """A mechanism that an alteration raises or lowers.

    Parameters
    ----------
    mechanism
        Its name, such as "P-gp".
    by
        Added to its expression by every copy, in the unit of the mechanism; below 0 it is lowered, to 0 at least.
    loss
        Instead: the share of its expression that is lost, in (0, 1].
    cite, tag, note
        Source, how sure it is, and what a user should know about it.

    Raises
    ------
    ModelError
        If not exactly one of `by` and `loss` is given, or a number is out of range.
    """

    form: ClassVar[str] = 'Change(mechanism="P-gp", by=0.99)'
    alternatives: ClassVar = (("by",), ("loss",))

    mechanism: Name = Field(description="the name of a mechanism")
    by: Annotated[Number, Field(ge=-1e6, le=1e6)] | None = None
    loss: Annotated[Number, Field(gt=0, le=1)] | None = None
    cite: Text | None = None
    tag: Tag | None = None
    note: Text | None = None

    @rule
    def _one_way(self) -> Problem:
        if (self.by is None) == (self.loss is None):
            yield "", "must have either by, or loss", said_of(self, "by", "loss")
        elif self.by == 0:
            yield "by", "must not be 0", self.by

    def text(self) -> str:
        """In words."""
        if self.loss is not None:
            return f"{self.mechanism} lost" if self.loss == 1 else f"{self.mechanism} x {1 - self.loss:g}"
        return f"{self.mechanism} {self.by:+g}"


SENSITIVE = "sensitive"
"""Name of the type without alterations."""
_DAMAGED = re.compile(r"damaged \d+$")


_FOLDER = "alterations"


def alteration_names() -> tuple[str, ...]:
    """The alterations that ship with chemoevo, sorted."""
    return shipped_names(_FOLDER)


_SHIPPED = "only the alterations that ship with chemoevo (`alteration_names()`) may leave all of them out"


def part_name(name: str) -> str:
    """A name that can stand in the name of a type, or an error."""
    for sign, what in (
        ("+", "joins the names of alterations"),
        ("@", "stands before the name of a niche"),
        (":", "stands before that of a phenotype"),
    ):
        if sign in name:
            raise ValueError(f"must not contain {sign!r}, which {what}")
    return name


def _type_name(name: str) -> str:
    if name == SENSITIVE:
        raise ValueError(f"must not be {SENSITIVE!r}, the name of cells without alterations")
    if _DAMAGED.match(name):
        raise ValueError(f"must not be {name!r}, the name of cells that die late")
    return part_name(name)


class Alteration(Specification):
    """A heritable change at one locus.

    It raises or lowers mechanisms (`changes`), or has a mechanism of its own (`stage` and `effects`). With a name that
    ships with chemoevo (`alteration_names()`) both may be left out and are taken from the data files. One that has a
    `radiosensitivity` may have neither: no drug is then another to its carriers.

    Parameters
    ----------
    name
        Its name; types of cells are named by it, so it has no "+".
    mutation
        Probability per division that one daughter acquires it, or a further copy, in [0, 1]. An input of the scenario.
    cost
        Fraction of the birth rate that carriers lose by every copy, in [0, 1). An input of the scenario; 0 by default.
    changes
        Mechanisms that it raises or lowers.
    copies
        Most copies, 1 to 20; 1 by default. With n copies a cell is named `ABCB1x2` and so on, and what they add to a
        mechanism adds up.
    reversal
        Probability per division that one daughter of a carrier loses it, or one copy, in [0, 1]; 0 by default.
    switch_on, switch_off
        (per cell and day) Rates at which it comes and goes without a division, >= 0: an epigenetic change.
    mutator
        Factor on all probabilities of mutation in carriers, >= 0; 1 by default.
    radiosensitivity
        Factor on alpha and beta of radiotherapy in carriers, > 0 and at most 100; below 1 they survive fractions more
        often. Factors of several alterations multiply, whatever the number of copies. None (the default) is 1.
    stage
        Of a mechanism of its own: "efflux", "detoxification", "repair" or "apoptosis".
    effects
        One entry per drug; every drug of a regimen needs one (`fold = 1`, or `threshold = 1`, if it is not touched).
    expression
        Expression of its own mechanism in carriers, relative units, >= 0 (efflux, detoxification and repair).
    reference
        The same in the line where EC50 was measured, and in cells that do not carry the alteration; >= 0. A fold must
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
    >>> import chemoevo as ce
    >>> ce.Alteration(name="ABCB1", mutation=4e-7, cost=0.05)
    Alteration('ABCB1': P-gp +0.99, 4e-07 per division, cost 0.05)
    >>> ce.Alteration(
    ...     name="mine", mutation=1e-7, stage="efflux", effects=[ce.resistance.Effect(drug="docetaxel", fold=10)]
    ... )
    Alteration('mine': efflux, 1e-07 per division, cost 0)
    """

    form: ClassVar[str] = 'Alteration(name="ABCB1", mutation=1e-7)'

    name: Annotated[Name, AfterValidator(_type_name)] = Field(description="the name of the alteration")
    mutation: Annotated[Number, Field(ge=0, le=1)] = Field(description="the probability per division to acquire it")
    cost: Annotated[Number, Field(ge=0, lt=1)] = 0.0
    changes: Several[Change] = given(default=(), description=f"mechanisms that it changes; {_SHIPPED}")
    copies: Annotated[Whole, Field(ge=1, le=20)] = given(default=1)
    reversal: Annotated[Number, Field(ge=0, le=1)] = 0.0
    switch_on: Annotated[Number, Field(ge=0, le=1e3)] = 0.0
    switch_off: Annotated[Number, Field(ge=0, le=1e3)] = 0.0
    mutator: Annotated[Number, Field(ge=0)] = 1.0
    radiosensitivity: Annotated[Number, Field(gt=0, le=100)] | None = None
    stage: OwnStage | None = given(default=None, description="where it acts, beside effects")
    effects: Several[Effect] = given(default=(), description="what it does to each drug, beside stage")
    expression: Annotated[Number, Field(ge=0)] = 1.0
    reference: Annotated[Number, Field(ge=0)] = 0.0
    title: Text | None = None
    citations: Table[str, Citation] = Field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Alteration({self.name!r}: {self.acts_on}, {self.mutation:g} per division, cost {self.cost:g})"

    @classmethod
    def as_written(cls, data: Any) -> Any:
        """With what the data files say of an alteration that ships."""
        if not isinstance(data, Mapping) or data.get("name") not in alteration_names():
            return data
        if any(name in data for name in ("changes", "stage", "effects")):
            return data
        return {**shipped(_FOLDER, data["name"]), **data}

    @property
    def acts_on(self) -> str:
        """Where it acts, in words."""
        said = [change.text() for change in self.changes] if self.stage is None else [self.stage]
        return ", ".join(
            said if self.radiosensitivity is None else [*said, f"alpha and beta x {self.radiosensitivity:g}"]
        )

    @rule
    def _one_form(self) -> Problem:
        own = self.stage is not None or bool(self.effects)
        if own and self.changes:
            yield "changes", "must be left out where stage and effects are given, or the other way round", None
        elif not own and not self.changes and self.radiosensitivity is None:
            ships = ", ".join(alteration_names())
            near = near_miss(vars(self).get("name", ""), alteration_names())
            hint = f"{near} Alterations that ship are {ships}.".strip()
            yield "changes", "is missing: the mechanisms that it changes", None, hint
        elif own and self.stage is None:
            yield "stage", "is missing: where its effects act", None
        elif own and not self.effects:
            yield "effects", "is missing: what it does to each drug", None

    @rule
    def _mechanisms_once(self) -> Problem:
        yield from repeated("changes", self.changes, "mechanism")

    @rule
    def _drugs_once(self) -> Problem:
        yield from repeated("effects", self.effects, "drug")

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
            yield path, "must have either fold or strength", said_of(effect, "fold", "strength")
        elif effect.fold is not None and effect.fold > 1 and not effect.fold * self.reference < self.expression:
            limit = f"expression/reference = {self.expression / self.reference:g}" if self.reference else "infinity"
            rule = f"must be below {limit} (or 1)" if self.reference else "needs an expression > 0"
            yield f"{path}.fold", rule, effect.fold

    @cached_property
    def own(self) -> Mechanism | None:
        """Its own mechanism, where it has one, by its own name."""
        if self.stage is None:
            return None
        free = self.stage == "apoptosis"
        try:
            return Mechanism(
                name=f"{self.name} (its own)",
                stage=self.stage,
                drugs=[effect.on_drug() for effect in self.effects],
                basal=0.0 if free else self.reference,
                expression=1.0 if free else self.expression,
            )
        except ModelError:
            # What is wrong has been said of its own fields.
            raise NotThere from None

    @property
    def all_changes(self) -> tuple[Change, ...]:
        """Its changes, that of its own mechanism included."""
        own = self.own
        if own is None:
            return self.changes
        by = own.expression - own.basal
        return (Change(mechanism=own.name, by=by),) if by else ()


def alteration(name: str, *, mutation: float, cost: float = 0.0, **more: Any) -> Alteration:
    """An alteration that ships with chemoevo.

    Parameters
    ----------
    name
        Its name, such as "ABCB1".
    mutation
        Probability per division to acquire it, in [0, 1].
    cost
        Fraction of the birth rate that carriers lose, in [0, 1).
    more
        Further fields of `Alteration`, such as `copies` or `reversal`.

    Raises
    ------
    ModelError
        If there is none of that name (the message suggests near ones), or a value is out of range.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.alteration("MSH6", mutation=1e-7)
    Alteration('MSH6': MMR lost, 1e-07 per division, cost 0)
    """
    data = shipped(_FOLDER, check_shipped(_FOLDER, name, "alteration"))
    return Alteration(**{**data, "mutation": mutation, "cost": cost, **more})
