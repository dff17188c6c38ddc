"""Numbers with their sources: figures, citations, and tags that say how sure they are."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from chemoevo.base.gathering import REFUSED, Problem, rule
from chemoevo.base.shapes import WRONG_TYPE, Taken, is_number, number
from chemoevo.base.specification import Name, Number, Specification, Text
from chemoevo.base.units import Unit

Tag = Literal["R", "P", "B+", "B", "B-", "C", "U"]
"""How sure a figure is; see `chemoevo/data/README.md`."""


READ: tuple[Tag, ...] = ("R",)
"""Tags of figures that were read in the source or in a reprint of its table; everything else is not verified."""

OWN: Tag = "U"
"""Tag of a number that the user states."""


# The largest that were published are about 1.5, of the central volume of fluorouracil.
_CV = Unit("1", high=3, usual=(0.02, 1.5), others={"%": 0.01})


class Figure(Specification):
    """A number with its unit, source and confidence.

    Where a figure is asked for, a number alone is one in the unit of the field, and the user's own.

    Parameters
    ----------
    value
        The number, >= 0.
    unit
        Its unit, as text: the one of the field.
    cite
        Key of the source in the `citations` beside it; needed unless the tag is "U".
    tag
        How sure it is: "R" read in the source or in a published reprint of its table, "P" partly read, "B+", "B", "B-"
        background knowledge of falling confidence, not read, "C" computed from figures read, "U" the user's own.
    note
        What a user should know about it.
    cv
        Of a parameter of kinetics: how much patients differ, from the same source. The coefficient of variation, as a
        fraction, of a lognormal law whose median is `value`; > 0 and at most 3.

    Raises
    ------
    ModelError
        If the value is negative or not finite, or it lacks a source or a tag that says how sure the source is.
    """

    figure: ClassVar[bool] = True
    form: ClassVar[str] = 'Figure(value=44.1, unit="L/h", cite="koolen2010", tag="R")'

    value: Annotated[Number, Field(ge=0)]
    unit: Text
    cite: Name | None = None
    tag: Tag = OWN
    note: Text | None = None
    cv: Annotated[Number, Field(gt=0), _CV] | None = None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        # The unit of a field goes without saying; see `In`.
        made = handler(schema)
        handler.resolve_ref_schema(made)["required"] = ["value"]
        return made

    @rule
    def _sourced(self) -> Problem:
        if self.tag != OWN and self.cite is None:
            hint = f"The tag of a number of your own is {OWN!r}."
            yield "cite", f"must be given for a figure tagged {self.tag!r}", None, hint
        if self.cite is not None and "tag" not in self.model_fields_set:
            yield "tag", "must be given beside cite", None, "How sure is it?"


class Citation(Specification):
    """A source: authors, year, journal, volume and page; and its DOI where known."""

    form: ClassVar[str] = 'Citation(text="Koolen et al. 2010, Br J Clin Pharmacol 69:465")'

    text: Name
    doi: Name | None = None


Measured = Taken[Figure, Figure | float]
"""A field that is a figure, and may be given as a number in the unit of the field."""
PerhapsMeasured = Taken[Figure | None, Figure | float | None]
"""The same, or None."""

# Other spellings of the units of figures.
_SPELLINGS = {
    "L/h": ("l/h", "L/hr", "L/hour", "L h-1"),
    "L": ("l", "liter", "liters"),
    "1/h": ("h-1", "/h", "per hour"),
    "g/mol": ("Da", "g mol-1"),
    "umol/h": ("µmol/h", "μmol/h"),
    "uM": ("µM", "μM", "umol/L", "µmol/L", "μmol/L"),
    "1": ("", "-", "fraction"),
}


@dataclass(frozen=True)
class In:
    """Annotates a figure with the unit of its field.

    A number alone is taken in this unit and must be one that can be meant in it. A figure says its unit, so it is taken
    as it is; another unit is refused.
    """

    unit: Unit

    def read(self, value: Any) -> Any:
        """A number alone as a figure; everything else as it is."""
        if is_number(value):
            found = number(value)
            if not 0 < found < math.inf:
                rule = "must be > 0" if found <= 0 else "must be finite"
                raise PydanticCustomError(REFUSED, rule, {"found": None})
            self.unit.check(found)
            return {"value": found, "unit": self.unit.name, "tag": OWN}
        if isinstance(value, Mapping):
            return {"unit": self.unit.name, **value}
        if value is None or isinstance(value, Figure):
            return value
        raise PydanticCustomError(WRONG_TYPE, f"must be a number ({self.unit.name}) or a Figure")

    def check(self, figure: Figure | None) -> Figure | None:
        """The figure, if its unit is that of the field."""
        name = self.unit.name
        unit, value = getattr(figure, "unit", name), getattr(figure, "value", None)
        if unit == name or unit in _SPELLINGS.get(name, ()):
            return figure
        factor = self.unit.others.get(unit)
        hint = f"{value:.10g} {unit} is {value * factor:.4g} {name}." if factor and value is not None else ""
        raise PydanticCustomError(REFUSED, "is wrong", {"found": [("unit", f"must be {name!r}", unit, hint)]})

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = core_schema.no_info_after_validator_function(self.check, handler(source))
        return core_schema.no_info_before_validator_function(self.read, inner)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [handler(schema), {"type": "number", "exclusiveMinimum": 0}]}


def figures_of(part: Specification, path: str = "") -> list[tuple[str, Figure]]:
    """Every figure in a specification by its path; what is not valid is left out."""
    found: list[tuple[str, Figure]] = []
    for name in type(part).model_fields:
        value = vars(part).get(name)
        here = f"{path}.{name}" if path else name
        if isinstance(value, Figure):
            found.append((here, value))
        elif isinstance(value, Specification):
            found += figures_of(value, here)
        elif isinstance(value, tuple):
            for k, item in enumerate(value):
                found += figures_of(item, f"{here}[{k}]") if isinstance(item, Specification) else []
    return found


def unsourced(part: Specification, sources: Collection[str]) -> Problem:
    """What is wrong with the figures of a part: a source that is none of these keys, or a value of 0."""
    for path, figure in figures_of(part):
        value, cite = vars(figure).get("value"), vars(figure).get("cite")
        if cite is not None and cite not in sources:
            yield f"{path}.cite", "must be a key of citations", cite, f"Or leave it out, with the tag {OWN!r}."
        if value == 0:
            yield f"{path}.value", "must be > 0", value
