"""Rules by which doses wait, become smaller, are left out or end, as counts of neutrophils say."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.shipped import check_shipped, shipped, shipped_names
from chemoevo.base.specification import Flag, Name, Number, Positive, Specification, Text
from chemoevo.base.units import Unit
from chemoevo.pharmacology.dose import DoseUnit

_FOLDER = "dose_rules"
FEVER_BELOW = 0.5
"""(1e9/L) Fever comes while there are fewer: the severe neutropenia of most definitions."""

_LOOKS = Unit("days", low=1 / 24, high=365, usual=(0.5, 90), others={"hours": 1 / 24})
_DAYS = Unit("days", high=365, usual=(0.5, 90), others={"hours": 1 / 24})
_HAZARD = Unit("1/day", high=24)
# No rule asks for more than healthy people have.
_LEVEL = Unit("1e9/L", high=20, usual=(0.1, 10), others={"1/uL": 1e-3, "1/L": 1e-9})


class DoseLevels(Specification):
    """The amounts of one drug, from the largest to the smallest that is given.

    Parameters
    ----------
    drug
        The drug.
    amounts
        Decreasing, each > 0. They are the most that is given: the first reduction goes to the largest that is below
        the largest dose of the drug in the last cycle, the next one to the next.
    unit
        The unit of all doses of the drug, as of a `Dose`.

    Raises
    ------
    ModelError
        If the amounts do not decrease.
    """

    form: ClassVar[str] = 'DoseLevels(drug="docetaxel", amounts=[100, 75, 60], unit="mg/m2")'

    drug: Name = Field(description="the name of the drug")
    amounts: Several[Positive, float] = given(min_length=1, description="amounts, the largest first")
    unit: DoseUnit = Field(description="the unit of the amounts")

    @rule
    def _decreasing(self) -> Problem:
        if any(b >= a for a, b in zip(self.amounts, self.amounts[1:], strict=False)):
            yield "amounts", "must decrease", list(self.amounts)


class DoseRules(Specification):
    """When the next cycle is given, when its doses are smaller, and when there is none, by counts of neutrophils.

    Parameters
    ----------
    name
        Its name.
    give_at
        (1e9/L) On its day a cycle is given if there are at least so many; otherwise it waits.
    look_every_days
        (days) While a cycle waits there is a look every so many days, at least an hour.
    wait_at_most_days
        (days) A cycle that has not been given after so many, >= 0, is given no more, nor are those after it.
    give_less_at
        (1e9/L) From here up to `give_at` the cycle does not wait, and its doses are a level lower.
    skip_below
        (1e9/L) On later days of a cycle, such as day 8, doses are left out, and lost, if there are fewer.
    reduce_below, reduce_after_days
        (1e9/L, days) Doses are a level lower if there were fewer than the first for longer than the second, without a
        break, since the cycle before began. With 0 days the nadir decides.
    reduce_after_delay_days
        (days) Doses are a level lower if the cycle had to wait for longer; 0: if it had to wait at all.
    fever_per_day
        (1/day) Rate of febrile neutropenia while there are fewer than 0.5e9/L, after which doses are a level lower.
        It is drawn, so that `seed` is asked for; not of leukocytes.
    factors
        On planned amounts after the first reduction, after the second, ...: each > 0 and < 1, decreasing. They hold for
        drugs without `levels`; empty: those are never reduced.
    levels
        Amounts of some drugs, in place of factors.
    at_lowest
        Where doses would have to be a level lower than the lowest, which a dose below all levels is: "stop", or "give"
        it as it is.
    drugs
        The drugs whose doses are reduced or left out. None: those of which the model of the marrow knows what they do,
        and those that have `levels`. All drugs wait and stop.
    cells
        What is counted: "neutrophils", or "leukocytes", for a model that counts these.
    limits
        Whether no more is given of a drug in all than its `DoseLimits.cumulative`: the last dose is smaller.
    cite
        Where it comes from.

    Raises
    ------
    ModelError
        If a value is out of range, levels do not decrease, or two fields contradict each other: all problems at once.

    Notes
    -----
    A level is never taken back. One look lowers by one level, whatever reasons there are, and those drugs that the last
    cycle gave; a drug that comes later begins with its own doses, and one that was lowered stays lowered in other
    phases. Caps go down with the doses. The first cycle that gives something is given as planned. There is a look at
    the start of a cycle, also where its first dose is on a later day; none where nothing is due. Whatever is not given
    on its day moves all that comes later.

    Only these cells are looked at; platelets, and toxicity of other organs, are not modeled.

    Examples
    --------
    >>> import chemoevo as ce
    >>> rules = ce.DoseRules(name="mine", give_at=1.5, look_every_days=7, wait_at_most_days=21, factors=[0.75, 0.5],
    ...                      reduce_below=0.5, reduce_after_days=7)
    >>> print(rules)  # doctest: +NORMALIZE_WHITESPACE
    mine
      a cycle is given at 1.5e9/L or more; otherwise it waits, with a look every 7 days, for 21 days at most, and
      then therapy ends
      a level lower after fewer than 0.5e9/L for more than 7 days
      levels: 0.75, 0.5 of the planned doses; then therapy ends
    """

    form: ClassVar[str] = (
        'DoseRules(name="mine", give_at=1.5, look_every_days=7, wait_at_most_days=21, factors=[0.75, 0.5], '
        "reduce_below=0.5, reduce_after_days=7)"
    )

    name: Name = Field(description="the name of the rules")
    give_at: Annotated[Number, Field(ge=0), _LEVEL] = Field(description="the count at which a cycle is given")
    look_every_days: Annotated[Positive, _LOOKS] = Field(description="days from one look to the next")
    wait_at_most_days: Annotated[Number, Field(ge=0), _DAYS] = Field(description="days that a cycle waits at most")
    give_less_at: Annotated[Number, Field(ge=0), _LEVEL] | None = None
    skip_below: Annotated[Number, Field(ge=0), _LEVEL] | None = None
    reduce_below: Annotated[Number, Field(ge=0), _LEVEL] | None = None
    reduce_after_days: Annotated[Number, Field(ge=0), _DAYS] | None = None
    reduce_after_delay_days: Annotated[Number, Field(ge=0), _DAYS] | None = None
    fever_per_day: Annotated[Number, Field(ge=0), _HAZARD] = 0.0
    factors: Several[Annotated[Number, Field(gt=0, lt=1)], float] = given(default=())
    levels: Several[DoseLevels] = given(default=())
    at_lowest: Literal["stop", "give"] = "stop"
    drugs: Several[Name] | None = given(default=None, min_length=1)
    cells: Literal["neutrophils", "leukocytes"] = "neutrophils"
    limits: Flag = True
    cite: Text | None = None

    @rule
    def _less_is_less(self) -> Problem:
        if self.give_less_at is not None and self.give_less_at >= self.give_at:
            yield "give_less_at", f"must be below give_at = {self.give_at:g}", self.give_less_at

    @rule
    def _low_for_how_long(self) -> Problem:
        if (self.reduce_below is None) != (self.reduce_after_days is None):
            lacking = "reduce_below" if self.reduce_below is None else "reduce_after_days"
            yield lacking, "must be given with the other of reduce_below and reduce_after_days", None

    @rule
    def _factors_decrease(self) -> Problem:
        if any(b >= a for a, b in zip(self.factors, self.factors[1:], strict=False)):
            yield "factors", "must decrease", list(self.factors)

    @rule
    def _fever_of_neutrophils(self) -> Problem:
        if self.fever_per_day > 0 and self.cells != "neutrophils":
            yield "fever_per_day", "must be 0 where leukocytes are counted", self.fever_per_day

    @rule
    def _drugs_once(self) -> Problem:
        named = self.drugs or ()
        for i, name in enumerate(named):
            if name in named[:i]:
                yield f"drugs[{i}]", "must be given once", name
        names = [one.drug for one in self.levels]
        for i, name in enumerate(names):
            if name in names[:i]:
                yield f"levels[{i}].drug", "must be given once", name
            elif self.drugs is not None and name not in self.drugs:
                yield f"levels[{i}].drug", f"must be one of drugs, {', '.join(self.drugs)}", name

    @rule
    def _has_levels(self) -> Problem:
        if self.factors or self.levels:
            return
        said = [name for name in ("give_less_at", "reduce_below", "reduce_after_delay_days") if self._has(name)]
        said += ["fever_per_day"] if self.fever_per_day > 0 else []
        if said:
            hint = "Give factors, such as [0.75, 0.5], or levels."
            yield said[0], "lowers doses, of which there must be levels", getattr(self, said[0]), hint

    def ruled(self, acting: Iterable[str]) -> tuple[str, ...]:
        """The drugs whose doses are reduced or left out, where these act on the marrow."""
        return self.drugs or tuple(dict.fromkeys([*acting, *(one.drug for one in self.levels)]))

    def _has(self, name: str) -> bool:
        return getattr(self, name) is not None

    def __repr__(self) -> str:
        return f"DoseRules({self.name!r}: at {self.give_at:g}e9/L)"

    def __str__(self) -> str:
        from chemoevo.base.tables import wrapped

        return "\n".join([wrapped(self.name), *(wrapped(line, indent="  ", hanging="") for line in self._lines())])

    def _lines(self) -> list[str]:
        waits = f"with a look every {self.look_every_days:g} days, for {self.wait_at_most_days:g} days at most"
        found = [
            f"a cycle is given at {self.give_at:g}e9/L or more; otherwise it waits, {waits}, and then therapy ends"
        ]
        if self.give_less_at is not None:
            found.append(f"from {self.give_less_at:g}e9/L it is given a level lower")
        if self.skip_below is not None:
            found.append(f"later days of a cycle are left out below {self.skip_below:g}e9/L")
        reasons = []
        if self.reduce_below is not None and self.reduce_after_days is not None:
            long = f" for more than {self.reduce_after_days:g} days" if self.reduce_after_days else ""
            reasons.append(f"fewer than {self.reduce_below:g}e9/L{long}")
        if self.reduce_after_delay_days is not None:
            days = self.reduce_after_delay_days
            reasons.append(f"a delay of more than {days:g} days" if days else "any delay")
        if self.fever_per_day:
            rate = f"{self.fever_per_day:g} per day below {FEVER_BELOW:g}e9/L"
            reasons.append(f"febrile neutropenia, which comes at {rate}")
        if reasons:
            found.append(f"a level lower after {', or '.join(reasons)}")
        levels = [
            f"{', '.join(f'{amount:g}' for amount in one.amounts)} {one.unit} of {one.drug}" for one in self.levels
        ]
        if self.factors:
            levels.append(f"{', '.join(f'{factor:g}' for factor in self.factors)} of the planned doses")
        if levels:
            ends = "then therapy ends" if self.at_lowest == "stop" else "the lowest is kept"
            found.append(f"levels: {'; '.join(levels)}; {ends}")
        if self.drugs is not None:
            found.append(f"these drugs are reduced or left out: {', '.join(self.drugs)}")
        return found + ([self.cite] if self.cite else [])


def dose_rules_names() -> tuple[str, ...]:
    """The rules that ship with chemoevo, sorted."""
    return shipped_names(_FOLDER)


def dose_rules(name: str) -> DoseRules:
    """Published rules for doses.

    Parameters
    ----------
    name
        One of `dose_rules_names()`.

    Raises
    ------
    ModelError
        If there are none of that name; the message suggests near ones.
    TypeError
        If it is no text.

    Examples
    --------
    >>> from chemoevo import pharmacology
    >>> pharmacology.dose_rules("docetaxel-eu").levels[0].amounts
    (100.0, 75.0, 60.0)
    """
    return _load(check_shipped(_FOLDER, name, "set of rules for doses"))


@functools.cache
def _load(name: str) -> DoseRules:
    data: Mapping[str, Any] = shipped(_FOLDER, name)
    cites = (
        f"{source['text']}{', doi:' + source['doi'] if 'doi' in source else ''} [{source['tag']}]"
        for source in data["sources"]
    )
    cite = "; ".join(cites) + (f". {data['note']}" if "note" in data else "")
    return DoseRules.from_dict({**{key: data[key] for key in data if key not in ("sources", "note")}, "cite": cite})
