"""Units that cannot be meant: a number far from all that was ever measured is one in another unit.

Every number has the unit that its documentation states. Whoever writes a height in meters or a clearance in mL/min gets
an answer that is wrong by orders of magnitude and looks like any other, so such numbers are refused, with the unit that
was probably meant. The ranges are wide: they hold newborns and laboratory animals, and whatever was measured in people.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from chemoevo.base.gathering import REFUSED


@dataclass(frozen=True)
class Unit:
    """The unit of a number, the range in which it can be meant, and other units that people give instead.

    As an annotation of a number it refuses what is out of range.

    Parameters
    ----------
    name
        The unit as text.
    low, high
        Smallest (0: there is none) and largest number that can be meant.
    usual
        Where most numbers are: a number in another unit is taken for one if it would be here.
    others
        Factors from other units to this one.
    remedy
        What to do where the number is meant nevertheless.
    """

    name: str
    low: float = 0.0
    high: float = math.inf
    usual: tuple[float, float] = (0.0, math.inf)
    others: Mapping[str, float] = field(default_factory=dict, hash=False)
    remedy: str = ""

    def fault(self, value: float, *, scale: float = 1.0, of: str = "") -> tuple[str, str] | None:
        """The rule that a number breaks and a hint, or None; ranges are multiplied by `scale`, that `of` something."""
        low, high = self.low * scale, self.high * scale
        if low <= value <= high:
            return None
        unit = "" if self.name == "1" else f" {self.name}"
        lowest = f"from {_short(low)} to" if low > 0 else "at most"
        rule = f"must be {lowest} {_short(high)}{unit}"
        return rule + of, " ".join(filter(None, [self.looks_like(value, scale), self.remedy]))

    def looks_like(self, value: float, scale: float = 1.0) -> str:
        """The units in which a number would be a usual one, or at least one that can be meant, with what to write."""
        there = {other: factor * value for other, factor in self.others.items()}
        for low, high in (self.usual, (self.low, self.high)):
            found = [(other, _short(x)) for other, x in there.items() if low * scale <= x <= high * scale]
            if len(found) == 1:
                return f"{value:.10g} looks like {found[0][0]}: write {found[0][1]}."
            if found:
                return f"{value:.10g} looks like {' or '.join(f'{other} (write {x})' for other, x in found)}."
        return ""

    def check(self, value: float) -> float:
        """The number, if it can be meant; for pydantic."""
        fault = self.fault(value)
        if fault is not None:
            raise PydanticCustomError(REFUSED, "is wrong", {"found": [("", fault[0], value, fault[1])]})
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        bounds = {"minimum": self.low} if self.low > 0 else {}
        return {**handler(schema), **bounds, **({} if math.isinf(self.high) else {"maximum": self.high})}


def _short(value: float) -> str:
    return f"{float(f'{value:.4g}'):.10g}"
