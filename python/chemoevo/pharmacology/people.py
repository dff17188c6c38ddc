"""Patients as people give them: one, or a frame with one row per patient and columns named by paths."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chemoevo.base.frames import columns_of, plain
from chemoevo.base.paths import NoSuchPathError, steps_of
from chemoevo.errors import ModelError, Problems, Words, did_you_mean
from chemoevo.pharmacology.library import drug_names, find_drug
from chemoevo.pharmacology.patient import Factors, MarrowFactors, MetaboliteFactors, Patient

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.pharmacology.drug import Drug

START = "patient."
IDS = ("patient", "id")
"""Columns that say who a patient is."""
_SHOWN = 5
"""Rows whose problems are said."""


@dataclass(frozen=True)
class People:
    """Patients in their order.

    Attributes
    ----------
    each
        The patients.
    names
        Who they are, for the column `patient`; None where there is one, who was not given as a row.
    """

    each: tuple[Patient, ...]
    names: pl.Series | None = None


def note_people(
    problems: Problems, value: object, own: Mapping[str, Drug], base: Patient | None = None
) -> People | None:
    """The patients given, or None with the problems noted.

    Parameters
    ----------
    value
        A `Patient`, or a frame of polars or pandas: each row sets values of the patient `base`, but where it has null
        or NaN.
    own
        Drugs that do not ship and of which there may be factors, by name.
    base
        Whom rows change; None is a patient of whom nothing is known.
    """
    if isinstance(value, Patient):
        return People((value,))
    before = len(problems)
    frame = _frame(problems, value)
    if frame is None:
        such = f"{Patient.form}, or a frame with one row per patient, as chemoevo.patients gives"
        problems.type("patient", f"must be a Patient, such as {such}", value)
        return None
    if len(problems) > before:
        return None
    if frame.is_empty():
        problems.value("patient", "must have at least one row", Words(f"shape {frame.shape}"))
    columns = {name: name.removeprefix(START) for name in frame.columns if name not in IDS}
    for name in columns:
        _note_column(problems, name, own)
    ids = [name for name in IDS if name in frame.columns]
    if len(ids) > 1:
        problems.value("patient", "must have one column that says who it is", ids)
    if len(problems) > before:
        return None
    said = frame.select(list(columns)).rename(columns)
    # Rows that say no more than who they are are the same patient.
    each = _rows(problems, said, base or Patient()) if columns else (base or Patient(),) * frame.height
    if len(problems) > before:
        return None
    names = _names(frame, ids)
    if names.null_count() or names.is_duplicated().any():
        problems.value(f"patient[{ids[0]!r}]", "must say who each row is, all of them others")
        return None
    return People(each, names)


def note_rows(problems: Problems, found: Mapping[int, Iterable[str]]) -> None:
    """Notes what is wrong with rows of a frame of patients: sentences by row, of the first rows that have some."""
    rows = list(found)
    for row in rows[:_SHOWN]:
        problems.extend(f"patient[{row}]{_after(sentence)}" for sentence in found[row])
    if len(rows) > _SHOWN:
        problems.extend([f"patient has {len(rows) - _SHOWN} more rows with problems."])


def _after(sentence: str) -> str:
    return "." + sentence.removeprefix(START)


def _frame(problems: Problems, value: object) -> pl.DataFrame | None:
    import polars as pl

    if isinstance(value, pl.LazyFrame):
        return value.collect()
    if isinstance(value, pl.DataFrame):
        return value
    before = len(problems)
    columns = columns_of(problems, "patient", value)
    if columns is None:
        return None if len(problems) == before else pl.DataFrame()
    return pl.DataFrame(columns, strict=False)


def _note_column(problems: Problems, name: str, own: Mapping[str, Drug]) -> None:
    """Notes a column that is no path of a patient."""
    drugs = [*dict.fromkeys((*own, *drug_names()))]
    path = name.removeprefix(START)
    fields = [field for field in Factors.model_fields if field != "metabolites"]
    known = [f"{START}{field}" for field in Patient.model_fields if field not in ("factors", "marrow")]
    known += [f"{START}marrow.{field}" for field in MarrowFactors.model_fields]
    known += [f"{START}factors[{drug}].{field}" for drug in drugs for field in fields]
    if name in known:
        return
    # Only now whatever ships is read.
    known += [
        f"{START}factors[{drug}].metabolites[{made.name}].{field}"
        for drug in drugs
        for made in find_drug(drug, own).metabolites
        for field in MetaboliteFactors.model_fields
    ]
    if name in known:
        return
    try:
        steps = steps_of(Patient(), path)
    except NoSuchPathError:
        steps = []
    if name.startswith(START) and len(steps) == 3 and isinstance(steps[1], tuple) and steps[1][0] not in drugs:
        problems.value(f"patient[{name!r}]", "is of a drug that is not known", hint=did_you_mean(steps[1][0], drugs))
        return
    hint = did_you_mean(name if name.startswith(START) else START + name, known)
    problems.value(f"patient[{name!r}]", "must be a path of a patient, or 'patient' or 'id' for who it is", hint=hint)


def _rows(problems: Problems, frame: pl.DataFrame, base: Patient) -> tuple[Patient, ...]:
    each, wrong = [], dict[int, list[str]]()
    kind = False
    for row, values in enumerate(frame.iter_rows(named=True)):
        try:
            # What a row does not say is as it is of the base.
            said = {path: plain(value) for path, value in values.items()}
            each.append(base.replace({path: value for path, value in said.items() if value is not None}))
        except ModelError as error:
            wrong[row] = list(error.problems)
        except TypeError as error:
            first, *more = str(error).splitlines()
            wrong[row] = [line.removeprefix("  - ") for line in more] or [first]
            kind = True
    note_rows(problems, wrong)
    problems.extend([], wrong_type=kind)
    return tuple(each)


def _names(frame: pl.DataFrame, ids: list[str]) -> pl.Series:
    import polars as pl

    if ids:
        return frame[ids[0]].alias("patient")
    return pl.Series("patient", range(len(frame)), dtype=pl.Int64)
