"""Drugs: disposition, binding and potency, every figure with its source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from chemoevo.base.evidence import Citation, In, Measured, figures_of, unsourced
from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Flag, Name, Specification, Table, Text
from chemoevo.base.tables import preformatted, text_table, wrapped
from chemoevo.errors import ModelError, Words
from chemoevo.pharmacology.action import DoseLimits, DrugPotency, Induction, Inhibition
from chemoevo.pharmacology.action_text import action_text
from chemoevo.pharmacology.kinetics import Kinetics
from chemoevo.pharmacology.metabolite import Metabolite
from chemoevo.pharmacology.ranges import MOLAR_MASS, SHARE
from chemoevo.pharmacology.routes import IN_WORDS, Route

Mode = Literal["cytotoxic", "cytostatic", "modulator", "vascular", "immune"]
Specificity = Literal["any", "cycling", "S", "S and G2", "M", "G2 and M"]


class Drug(Specification):
    """A drug, as the data files describe it; make your own for a drug that is not among them.

    A number alone is one in the unit given here, and the user's own (tag "U"): it needs no source.

    Parameters
    ----------
    name
        The name by which regimens, alterations and potencies refer to it.
    drug_class
        Such as "taxane".
    molar_mass
        g/mol, of what is dosed.
    fraction_unbound
        Unbound share in plasma, in (0, 1].
    without_binding
        Where no source gives an unbound share: the reason. Nothing unbound can then be computed.
    kinetics
        Disposition of total drug.
    without_kinetics
        Where no source gives kinetics: the reason. The drug can then be named and not run.
    potency
        EC50 and Hill exponent in a sensitive line, or None.
    routes
        How it is given: "iv", "oral", "sc" (under the skin) or "ip" (into the abdomen). Doses that do not say are given
        by the first. What is not given into a vein is absorbed: `routes=["oral"]` goes with
        `kinetics=Kinetics(..., absorption=Absorption(rate=1.7))`.
    target
        What it binds to, in words of your own, such as "tubulin"; shown, and nothing is computed from it.
    mode
        "cytotoxic" (kills), "cytostatic" (stops divisions), "modulator" (changes what other drugs meet), "vascular" or
        "immune"; None: not said. Only "modulator" is read: with `inhibits` or `induces` such a drug needs no potency.
        How a drug acts on cells is said by `Potency.mode`.
    cycle_specificity
        Cells that it kills: of "any" phase of the cycle, resting ones as well, all "cycling" ones, or those in "S",
        "S and G2", "M", "G2 and M"; None: not said, which is "any". Of one that is not "any" the kill in a niche or
        phenotype falls as its cells divide less; the five are not told apart, for there is no cell cycle.
    prodrug
        Whether only its metabolites act: the first of them that has a potency stands for the drug in cells.
    metabolites
        What it is made into, where that acts or is measured.
    limits
        Largest single and cumulative dose; None: no source gives one.
    inhibits
        Mechanisms of resistance that it keeps from working.
    induces
        Mechanisms of resistance whose expression it raises.
    citations
        The sources, by key.

    Raises
    ------
    ModelError
        If something is missing or out of range, a figure has no source, or a number cannot be meant in its unit: all
        problems at once.

    Examples
    --------
    >>> import chemoevo as ce
    >>> mine = ce.Drug(
    ...     name="mine",
    ...     drug_class="anthracycline",
    ...     molar_mass=543.5,
    ...     fraction_unbound=0.25,
    ...     kinetics=ce.Kinetics(clearance=62.4, volume=17.7, peripherals=[(50.7, 1830), (28.4, 71)]),
    ... )
    >>> mine.molar_mass
    Figure(value=543.5, unit='g/mol')
    """

    form: ClassVar[str] = (
        'Drug(name="mine", drug_class="taxane", molar_mass=800, fraction_unbound=0.1, '
        "kinetics=Kinetics(clearance=30, volume=10))"
    )

    unless: ClassVar[Mapping[str, str]] = {"fraction_unbound": "without_binding", "kinetics": "without_kinetics"}

    name: Name
    drug_class: Name
    molar_mass: Annotated[Measured, In(MOLAR_MASS)] = given()
    fraction_unbound: Annotated[Measured, In(SHARE)] = given(default=None, validate_default=False)
    without_binding: Text | None = None
    kinetics: Kinetics = given(default=None, validate_default=False)
    without_kinetics: Text | None = None
    potency: DrugPotency | None = None
    routes: Several[Route] = given(default=("iv",), min_length=1, examples=[["oral"]])
    target: Text | None = None
    mode: Mode | None = None
    cycle_specificity: Specificity | None = None
    prodrug: Flag = False
    metabolites: Several[Metabolite] = given(default=())
    limits: DoseLimits | None = None
    inhibits: Several[Inhibition] = given(default=())
    induces: Several[Induction] = given(default=())
    citations: Table[str, Citation] = Field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Drug({self.name!r}: {self.drug_class})"

    def __str__(self) -> str:
        given = ", ".join(IN_WORDS[route] for route in self.routes)
        acts = f"; acts on {self.target}" if self.target else ""
        said = [f"{self.name}: {self.drug_class}{acts}; given {given}"]
        said += [f"without kinetics: {self.without_kinetics}"] if self.without_kinetics else []
        said += [f"without unbound share: {self.without_binding}"] if self.without_binding else []
        rows = []
        for path, figure in figures_of(self):
            varies = "" if figure.cv is None else f"{100 * figure.cv:.3g}"
            rows.append((path, f"{figure.value:g}", figure.unit, varies, figure.tag, figure.cite or ""))
        table = text_table(("number", "value", "unit", "CV (%)", "tag", "source"), rows)
        return "\n".join([wrapped(said[0], hanging=""), *(wrapped(one, indent="  ") for one in said[1:]), table])

    def _repr_html_(self) -> str:
        return preformatted(str(self))

    def describe_action(self) -> str:
        """What it does to cells: potency, mechanisms that ship, and what it inhibits or induces, in 80 columns.

        Examples
        --------
        >>> from chemoevo import pharmacology
        >>> print(pharmacology.drug("cabazitaxel").describe_action().splitlines()[0])
        cabazitaxel: taxane; acts on tubulin
        """
        return action_text(self)

    @rule
    def _sources_known(self) -> Problem:
        yield from unsourced(self, self.citations)

    @rule
    def _correlations_sourced(self) -> Problem:
        for i, correlation in enumerate(self.kinetics.correlations if self.kinetics is not None else ()):
            if correlation.cite is not None and correlation.cite not in self.citations:
                yield f"kinetics.correlations[{i}].cite", "must be a key of citations", correlation.cite

    @rule
    def _shares(self) -> Problem:
        for path, figure in figures_of(self):
            value = vars(figure).get("value", 0.0)
            if value > 1 and path.rpartition(".")[2] in _SHARES:
                yield f"{path}.value", "must be <= 1", value, SHARE.looks_like(value)

    @rule
    def _given_or_not(self) -> Problem:
        for name, other in self.unless.items():
            if None not in (vars(self).get(name), vars(self).get(other)):
                yield other, f"must not be given beside {name}", getattr(self, other)

    @rule
    def _metabolites_by_name(self) -> Problem:
        names = [one.name for one in self.metabolites]
        for i, name in enumerate(names):
            if name in names[:i] or name in ("plasma", "unbound", "effect", self.name):
                yield f"metabolites[{i}].name", "must be a name of its own", name
        total = sum(one.fraction.value for one in self.metabolites)
        if total > 1 + _ROUNDING:
            yield (
                "metabolites",
                "must have fractions whose sum is at most 1: all are shares of one clearance",
                Words(f"{total:g}"),
            )

    @property
    def acting(self) -> Drug | Metabolite:
        """What acts in cells: of a prodrug the first metabolite that has a potency, of others the drug."""
        return self if self.acting_compartment == 0 else self.metabolites[self.acting_compartment - 1]

    @property
    def acting_compartment(self) -> int:
        """Where in a course that is: 0 for plasma, i + 1 for the i-th metabolite."""
        found = [i for i, one in enumerate(self.metabolites, 1) if one.potency is not None]
        return found[0] if self.prodrug and found else 0

    @property
    def changes(self) -> frozenset[str]:
        """Mechanisms of resistance that it inhibits, uses up or induces."""
        return frozenset(one.mechanism for one in self.inhibits) | {one.mechanism for one in self.induces}

    @property
    def micromolar_per_mg_per_l(self) -> float:
        """Micromoles in a milligram: 1000 / molar mass (uM per mg/L)."""
        return 1000.0 / self.molar_mass.value

    @property
    def unbound_share(self) -> float:
        """The unbound share in plasma.

        Raises
        ------
        ModelError
            If no source gives it.
        """
        if self.fraction_unbound is None:
            raise ModelError(
                f"{self.name!r} has no unbound share: {self.without_binding} "
                f"Make a drug of your own with one: Drug(name={self.name!r}, ..., fraction_unbound=0.1, ...)."
            )
        return self.fraction_unbound.value

    @property
    def largest_sum(self) -> float | None:
        """(mg/m2) That may be given in a lifetime; None where no source gives one."""
        limits = self.limits
        return None if limits is None or limits.cumulative is None else limits.cumulative.value

    @property
    def unbound_micromolar(self) -> float:
        """Unbound micromoles of what acts in a milligram of it in plasma (uM per mg/L).

        Raises
        ------
        ModelError
            If no source gives its unbound share.
        """
        acting = self.acting
        if isinstance(acting, Drug):
            return self.micromolar_per_mg_per_l * self.unbound_share
        if acting.fraction_unbound is None:
            raise ModelError(f"{acting.name!r}, which acts in place of {self.name!r}, has no unbound share.")
        return 1000.0 / acting.molar_mass.value * acting.fraction_unbound.value


_ROUNDING = 1e-9
_SHARES = ("fraction_unbound", "fraction", "bioavailability")
