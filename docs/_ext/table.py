"""A table that the package returns: an example of it, and what its columns mean.

Columns and types are read off the example; `missing` says which have no meaning yet, and which meanings no column.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl

import chemoevo as ce
from chemoevo.cli.columns import TABLES as OF_FOLDER

TYPES = ("S", "R")
ONE_PER_TYPE = ("count", "initial", "final")
"""What columns with one type each begin with."""


@dataclass(frozen=True)
class Table:
    """A table that a user may get, and what its columns mean."""

    title: str
    code: str
    rows: str
    example: Callable[[], Any]
    meanings: dict[str, str]

    def columns(self) -> dict[str, str]:
        """The columns of the example, with their types; those of one type each under one name."""
        found = self.example()
        if isinstance(found, pl.LazyFrame):
            found = found.collect()
        if isinstance(found, pl.DataFrame):
            kinds = {name: str(kind.base_type()) for name, kind in found.schema.items()}
        else:
            given = vars(type(found)).get("__annotations__", {})
            kinds = {name: _kind(getattr(found, name), given.get(name, "")) for name in _names(found)}
        return {_general(name): kind for name, kind in kinds.items()}

    def missing(self) -> set[str]:
        """Columns without a meaning, and meanings without a column."""
        return set(self.columns()) ^ {name for name, meaning in self.meanings.items() if meaning.strip()}


def _general(name: str) -> str:
    start, _, kind = name.partition("_")
    return f"{start}_<type>" if start in ONE_PER_TYPE and kind in TYPES else name


def _names(found: object) -> Iterator[str]:
    own = [field.name for field in dataclasses.fields(found)] if dataclasses.is_dataclass(found) else []
    yield from own
    # A class that is not public is shown as the public one that it is.
    public = next((kind for kind in type(found).__mro__ if kind.__name__ in ce.__all__), type(found))
    for name, value in vars(public).items():
        if isinstance(value, property) and not name.startswith("_") and name not in own:
            yield name


def _kind(value: object, annotation: str) -> str:
    if "None" in annotation:
        return annotation.replace("|", "or")
    if isinstance(value, np.ndarray):
        return f"array of {value.dtype}"
    kind = type(value).__name__
    return f"polars.{kind}" if isinstance(value, pl.DataFrame) else kind


@cache
def process() -> ce.BranchingProcess:
    """Sensitive and resistant cells."""
    return ce.BranchingProcess(types=TYPES, birth=[1.0, 1.0], death=[0.5, 0.5], mutation={("S", "R"): 0.01})


@cache
def scenario() -> ce.Scenario:
    """A small tumor with one alteration."""
    return ce.Scenario(
        name="small",
        tumor=ce.Tumor(birth=0.14, death=0.1, size=1000, alterations=[ce.Alteration(name="ABCB1", mutation=1e-3)]),
        regimen="docetaxel_carboplatin",
        patient=ce.Patient(bsa=1.8, gfr=90),
        potencies=[
            ce.Potency(drug="docetaxel", emax=1.0, basis="an example"),
            ce.Potency(drug="carboplatin", emax=5.0, basis="an example"),
        ],
    )


def of_folder(name: str, *, drugs: Sequence[str] = (), without: Sequence[str] = ()) -> dict[str, str]:
    """The meanings of a table that a result folder has too; those of a column per drug for each of the drugs."""
    found: dict[str, str] = {}
    for column, meaning in OF_FOLDER[name].columns.items():
        names = [column.replace("[drug]", f"[{drug}]") for drug in drugs] if "[drug]" in column else [column]
        found |= {one: meaning for one in names if one not in without}
    return found
