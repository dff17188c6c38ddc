"""Mechanisms: ways in which cells escape drugs, each with its stage and what it does to every drug."""

from __future__ import annotations

import functools
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from chemoevo import _core
from chemoevo.base.evidence import Citation, In, PerhapsMeasured, Tag, figures_of
from chemoevo.base.gathering import Problem, repeated, rule, said_of
from chemoevo.base.shapes import Several, given
from chemoevo.base.shipped import check_shipped, shipped, shipped_names
from chemoevo.base.specification import Name, Number, Specification, Table, Text
from chemoevo.base.tables import preformatted, text_table, wrapped
from chemoevo.pharmacology.ranges import HALF_LIFE, INDUCTION, MICROMOLAR

Stage = Literal["uptake", "efflux", "detoxification", "repair", "apoptosis", "target", "immunity"]
"""Where a mechanism acts, from the membrane inward."""

FREE = ("apoptosis", "target")
"""Stages of which more can protect from a drug or expose to it."""

Expression = Annotated[Number, Field(ge=0, le=1e6)]


class OnDrug(Specification):
    """What a mechanism does to one drug: a published fold, or none, or unknown.

    Parameters
    ----------
    drug
        Name of the drug.
    fold
        Factor on EC50, > 0, of a line with another expression of the mechanism against one with the basal expression;
        the strength of the mechanism is calibrated from it.
    strength
        Instead: what the mechanism adds to its sum per expression, >= 0.
    expression
        Expression in the line with the fold; None takes that of the mechanism.
    ceiling
        In apoptosis and target: factor on Emax in that line, in [0, 1].
    km
        (uM) Of a pump that saturates: unbound concentration inside at half its capacity.
    needs
        Another mechanism without which this one does nothing: the pump of a conjugate. They work as the product of
        both expressions, and the fold is of a line with an expression of 1 of the other.
    none
        Instead of a fold: why the drug is not touched.
    unknown
        Instead: what is not known.
    pair
        The two lines of the fold.
    hours
        (h) How long the cells were exposed.
    interval
        95 % interval of the fold.
    cite
        Source, or key of a source in `citations`.
    tag
        How sure it is; see `chemoevo.pharmacology.Figure`.
    note
        What a user should know about it.

    Raises
    ------
    ModelError
        If it has not exactly one of fold (or strength, or ceiling), none and unknown, or a number is out of range.
    """

    form: ClassVar[str] = 'OnDrug(drug="docetaxel", fold=10)'
    alternatives: ClassVar = (("fold",), ("none",))

    drug: Name = Field(description="the name of a drug")
    fold: Annotated[Number, Field(gt=0)] | None = None
    strength: Annotated[Number, Field(ge=0)] | None = None
    expression: Expression | None = None
    ceiling: Annotated[Number, Field(ge=0, le=1)] | None = None
    km: Annotated[PerhapsMeasured, In(MICROMOLAR)] = given(default=None)
    needs: Name | None = None
    none: Text | None = None
    unknown: Text | None = None
    pair: Text | None = None
    hours: Annotated[Number, Field(gt=0)] | None = None
    interval: Several[Annotated[Number, Field(gt=0)]] = given(default=(), examples=[[1.1, 2.2]])
    cite: Text | None = None
    tag: Tag | None = None
    note: Text | None = None

    @rule
    def _one_of_three(self) -> Problem:
        does = self.fold is not None or self.strength is not None or self.ceiling is not None
        if does + (self.none is not None) + (self.unknown is not None) != 1:
            given = said_of(self, "fold", "strength", "ceiling", "none", "unknown")
            yield "", "must have one of fold (or strength, or a ceiling), none and unknown", given
        if self.fold is not None and self.strength is not None:
            yield "strength", "must not be given beside fold", self.strength
        if not does and (self.km is not None or self.needs is not None):
            yield "", "must have a fold where km or needs is given", None
        for name in ("ceiling", "km"):
            if self.needs is not None and getattr(self, name) is not None:
                yield name, "must be left out where needs is given: they do not go together", None

    @rule
    def _interval_around(self) -> Problem:
        if self.interval and (len(self.interval) != 2 or self.interval[0] > self.interval[1]):
            yield "interval", "must be two numbers, the lower one first", list(self.interval)

    @property
    def acts(self) -> bool:
        """Whether it does something."""
        return self.none is None and self.unknown is None


class Mechanism(Specification):
    """A way in which cells escape drugs: a pump, an enzyme, a repair, a threshold of death.

    Parameters
    ----------
    name
        Its name, by which alterations, drugs and scenarios refer to it.
    stage
        Where it acts: "uptake", "efflux", "detoxification", "repair", "apoptosis", "target" or "immunity".
    drugs
        What it does to each drug, one entry per drug at most; of all others it is unknown.
    basal
        Expression in the lines whose EC50 are taken, and in cells that do not carry an alteration, >= 0.
    expression
        Expression in the lines with the folds, >= 0; 1 by default. With `basal` it sets the unit.
    basis
        Where the two come from.
    turnover_hours
        (h) Half-life of a protein that is used up, as MGMT is: it is made anew at this rate.
    hypoxia
        Factor on its expression at an oxygen of 20 mmHg, >= 1, where hypoxia induces it; None: not known to.
    title
        What it is, in words.
    citations
        Sources by key.

    Raises
    ------
    ModelError
        If a number is out of range, a drug appears twice, or a fold is impossible: all problems at once.

    Notes
    -----
    With expression e in a cell, basal expression r and strength s, the sums of a stage are over all its mechanisms:
    efflux and detoxification divide the drug inside by (1 + sum s e), repair divides its lesions so, each relative to
    the basal line; apoptosis and target multiply EC50 by such a factor each. What exposes the cell divides EC50. The
    formulas are in the page on mechanisms of the documentation.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.mechanism("P-gp").on("docetaxel").fold
    15.53
    >>> pump = ce.Mechanism(name="pump", stage="efflux", drugs=[ce.OnDrug(drug="docetaxel", fold=4)])
    >>> pump
    Mechanism('pump': efflux, 1 drug)
    """

    form: ClassVar[str] = f'Mechanism(name="pump", stage="efflux", drugs=[{OnDrug.form}])'

    name: Name = Field(description="the name of the mechanism")
    stage: Stage = Field(description="where it acts")
    drugs: Several[OnDrug] = given(default=())
    basal: Expression = 0.0
    expression: Expression = 1.0
    basis: Text | None = None
    turnover_hours: Annotated[PerhapsMeasured, In(HALF_LIFE)] = given(default=None)
    hypoxia: Annotated[PerhapsMeasured, In(INDUCTION)] = given(default=None)
    title: Text | None = None
    citations: Table[str, Citation] = Field(default_factory=dict)

    def __repr__(self) -> str:
        number = sum(one.acts for one in self.drugs)
        return f"Mechanism({self.name!r}: {self.stage}, {number} drug{'' if number == 1 else 's'})"

    def __str__(self) -> str:
        said = [f"{self.name}: {self.title}" if self.title else self.name, f"stage: {self.stage}"]
        said.append(f"expression {self.basal:g} in cells without alterations, {self.expression:g} in lines of folds")
        said += [self.basis] if self.basis else []
        said += [] if self.hypoxia is None else [f"raised by hypoxia: x {self.hypoxia.value:g} at 20 mmHg of oxygen"]
        rows = [(one.drug, self._in_words(one), one.tag or "", one.cite or "") for one in self.drugs]
        table = text_table(("drug", "factor on EC50", "tag", "source"), rows)
        return "\n".join([wrapped(said[0], hanging=""), *(wrapped(one, indent="  ") for one in said[1:]), table])

    def _repr_html_(self) -> str:
        return preformatted(str(self))

    def _in_words(self, one: OnDrug) -> str:
        if not one.acts:
            return "none" if one.none is not None else "unknown"
        words = f"{one.fold:g}" if one.fold is not None else f"strength {one.strength or 0:g}"
        words += f" ({one.interval[0]:g} to {one.interval[1]:g})" if one.interval else ""
        words += f", Emax x {one.ceiling:g}" if one.ceiling is not None else ""
        return words + (f", with {one.needs}" if one.needs else "")

    @rule
    def _drugs_once(self) -> Problem:
        yield from repeated("drugs", self.drugs, "drug")

    @rule
    def _sources_known(self) -> Problem:
        for path, figure in figures_of(self):
            cite = vars(figure).get("cite")
            if cite is not None and cite not in self.citations:
                yield f"{path}.cite", "must be a key of citations", cite

    @rule
    def _stages(self) -> Problem:
        for i, one in enumerate(self.drugs):
            if not one.acts:
                continue
            if one.needs == self.name:
                yield f"drugs[{i}].needs", "must be another mechanism", one.needs
            if self.stage == "immunity":
                yield f"drugs[{i}]", "must be none or unknown: what acts on immune kill has no EC50", None
            if one.ceiling is not None and self.stage not in FREE:
                yield f"drugs[{i}].ceiling", f"must be left out: it acts on {self.stage}", one.ceiling
            if one.km is not None and self.stage != "efflux":
                yield f"drugs[{i}].km", f"must be left out: it acts on {self.stage}, and is no pump", None
            yield from self._possible(f"drugs[{i}]", one)

    def _possible(self, path: str, one: OnDrug) -> Problem:
        at = self.expression if one.expression is None else one.expression
        if at == self.basal and (one.ceiling is not None or (one.fold or 1.0) != 1.0):
            yield path, f"must be of a line with another expression than the basal one, {self.basal:g}", None
        elif one.fold is not None and one.fold != 1.0:
            try:
                self.factor(one)
            except ValueError:
                # On the sum of its stage a fold is between 1 and the ratio of expressions, which exposure turns over.
                top, bottom = (self.basal, at) if self.exposes(one) else (at, self.basal)
                limit = f"{top / bottom:g}" if bottom else "infinity"
                rule = f"must be between 1 and {limit}, for an expression of {at:g} against {self.basal:g}"
                yield f"{path}.fold", rule, one.fold

    def exposes(self, one: OnDrug) -> bool:
        """Whether more of it makes cells more sensitive to a drug."""
        if self.stage == "uptake":
            return True
        at = self.expression if one.expression is None else one.expression
        return self.stage in FREE and one.fold is not None and (one.fold > 1.0) != (at > self.basal)

    def factor(self, one: OnDrug) -> tuple[float, float, float]:
        """The fold on its sum, the expression in the line with it, and in the basal line, as the core takes them.

        Raises
        ------
        ModelError
            If no strength gives the fold.
        """
        at = self.expression if one.expression is None else one.expression
        fold = 1.0 if one.fold is None else one.fold
        measured = (1.0 / fold if self.exposes(one) else fold, at, self.basal)
        _core.strengths_from_folds([measured])
        return measured

    def on(self, drug: str) -> OnDrug | None:
        """What it does to a drug; None where nothing is said, which is unknown.

        Raises
        ------
        TypeError
            If it is no text.
        """
        if not isinstance(drug, str):
            raise TypeError(f"drug must be the name of a drug; got {drug!r:.200}.")
        return next((one for one in self.drugs if one.drug == drug), None)


_FOLDER = "mechanisms"


def mechanism_names() -> tuple[str, ...]:
    """The mechanisms that ship with chemoevo, sorted.

    Examples
    --------
    >>> import chemoevo as ce
    >>> "P-gp" in ce.mechanism_names()
    True
    """
    return shipped_names(_FOLDER)


@functools.cache
def _load(name: str) -> Mechanism:
    return Mechanism.from_dict(shipped(_FOLDER, name))


def mechanism(name: str) -> Mechanism:
    """A mechanism that ships with chemoevo.

    Parameters
    ----------
    name
        Its name, such as "P-gp".

    Raises
    ------
    ModelError
        If there is none of that name; the message suggests near ones.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.mechanism("MGMT").stage
    'repair'
    """
    return _load(check_shipped(_FOLDER, name, "mechanism"))


@functools.lru_cache(maxsize=512)
def shipped_part(name: str, drugs: frozenset[str]) -> Mechanism:
    """A mechanism that ships, with its entries of these drugs alone."""
    data = shipped(_FOLDER, name)
    return Mechanism.from_dict({**data, "drugs": [one for one in data["drugs"] if one["drug"] in drugs]})
