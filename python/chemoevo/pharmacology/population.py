"""Populations that patients are drawn from: how covariates are distributed, every figure with its source."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from chemoevo.base.evidence import Citation, In, Measured, figures_of
from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import given
from chemoevo.base.shipped import shipped
from chemoevo.base.specification import Name, Specification, Table
from chemoevo.base.units import Unit

_SHARE = Unit("1", high=1)
_KG, _M2, _YEARS = Unit("kg", high=200), Unit("m2", high=3), Unit("years", high=125)
_GFR = Unit("mL/min per 1.73 m2", high=200)


class Sex(Specification):
    """Weight and body surface of one sex, and its share."""

    share: Annotated[Measured, In(_SHARE)] = given()
    weight: Annotated[Measured, In(_KG)] = given()
    weight_spread: Annotated[Measured, In(_KG)] = given()
    bsa: Annotated[Measured, In(_M2)] = given()


class Everybody(Specification):
    """What is the same for both sexes; `_spread` is a standard deviation."""

    age: Annotated[Measured, In(_YEARS)] = given()
    age_spread: Annotated[Measured, In(_YEARS)] = given()
    age_low: Annotated[Measured, In(_YEARS)] = given()
    age_high: Annotated[Measured, In(_YEARS)] = given()
    weight_low: Annotated[Measured, In(_KG)] = given()
    weight_high: Annotated[Measured, In(_KG)] = given()
    gfr: Annotated[Measured, In(_GFR)] = given()
    gfr_spread: Annotated[Measured, In(_GFR)] = given()
    gfr_per_year: Annotated[Measured, In(_SHARE)] = given()
    bsa_by_weight: Annotated[Measured, In(_SHARE)] = given()


class Population(Specification):
    """How age, weight, body surface and kidney function are distributed in some people."""

    form: ClassVar[str] = "Population(...)"

    name: Name
    women: Sex
    men: Sex
    all: Everybody
    citations: Table[str, Citation] = Field(default_factory=dict)

    @rule
    def _sources_known(self) -> Problem:
        for path, figure in figures_of(self):
            if figure.cite not in self.citations:
                yield f"{path}.cite", "must be a key of citations", figure.cite

    def table(self) -> Iterator[tuple[str, float, str, str]]:
        """Every figure: path, value, unit, source."""
        for path, figure in figures_of(self):
            yield path, figure.value, figure.unit, self.citations[figure.cite or ""].text


@functools.cache
def adults() -> Population:
    """Adults with solid tumors who have chemotherapy."""
    return Population.from_dict(shipped("populations", "adults"))
