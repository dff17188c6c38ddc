"""The format of scenario files: its number, and what is written otherwise since an earlier one.

A file says `format_version` on top. One that does not say it may be of any format up to today's, so a form that was
given up keeps its meaning for ever, or becomes an error: it never gets another meaning. Each has a row in `CHANGES`, by
which files that have it are read as they were meant, with a warning that says line by line what to write now.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from chemoevo.base.arguments import whole
from chemoevo.base.warned import warn
from chemoevo.errors import ModelError, Problems, Words
from chemoevo.pharmacology import regimens
from chemoevo.pharmacology.drug import Drug
from chemoevo.pharmacology.patient import Patient
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.resistance.anchor import Anchor

FORMAT_VERSION = 1
KEY = "format_version"

Data = dict[str, Any]
Change = Callable[[Data], Iterator[str]]
"""Writes what is in an old form in today's, and yields a line for each: its path, and what to write."""


def brought_up(data: Mapping[str, Any]) -> Data:
    """What a scenario file says, in today's format, without its number; with a warning where something was in another.

    Raises
    ------
    ModelError
        If the file says that it is of a later format.
    TypeError
        If what it says is no whole number.
    """
    found = dict(data)
    written = _written(found.pop(KEY)) if KEY in found else 0
    later = [change for since, change in CHANGES if since > written]
    if not later:
        return found
    found = deepcopy(found)
    lines = [line for change in later for line in change(found)]
    if lines:
        name = found.get("name")
        which = f"{name!r} " if isinstance(name, str) else ""
        listed = "".join(f"\n  {line}" for line in lines)
        warn(
            f"The scenario {which}is written in an earlier form, and is read as it was meant. Write now, with "
            f"{KEY} = {FORMAT_VERSION} at the top of its file:{listed}"
        )
    return found


def _written(value: object) -> int:
    """The number that a file says."""
    problems = Problems()
    number = whole(problems, KEY, value, 1, None)
    problems.raise_if_any()
    assert number is not None
    if number > FORMAT_VERSION:
        problems.value(
            KEY,
            f"must be at most {FORMAT_VERSION}: the scenario was written by a newer chemoevo",
            Words(str(number)),
            hint="Read it with that version, or a later one.",
        )
        problems.raise_if_any()
    return number


def _tables(data: Mapping[str, Any], field: str) -> Iterator[tuple[str, Data]]:
    """The tables of a list, by path; one table may stand for a list of one."""
    items = data.get(field)
    alone = isinstance(items, dict)
    for index, item in enumerate([items] if alone else items if isinstance(items, list | tuple) else ()):
        if isinstance(item, dict):
            yield field if alone else f"{field}[{index}]", item


_PRODUCTS = {"ABCB1": "P-gp", "ERCC1": "NER", "TP53": "p53"}
"""What shipped alterations change, where the mechanism is not called as the alteration is."""


def _inhibitors_name_mechanisms(data: Data) -> Iterator[str]:
    """Inhibitors named the alteration whose product they inhibit; now they name the mechanism."""
    own = {one.get("name") for _, one in _tables(data, "mechanisms")}
    drugs = list(_tables(data, "drugs"))
    for path, potency in _tables(data, "potencies"):
        anchor = potency.get("at")
        if isinstance(anchor, dict) and isinstance(anchor.get("drug"), dict):
            drugs.append((f"{path}.at.drug", anchor["drug"]))
    for path, drug in drugs:
        for where, one in _tables(drug, "inhibits"):
            before = one.get("mechanism")
            if isinstance(before, str) and before in _PRODUCTS and before not in own:
                one["mechanism"] = _PRODUCTS[before]
                yield f"{path}.{where}.mechanism = {_toml(one['mechanism'])}  (in place of {_toml(before)})"


def _a_kill_names_its_cycle(data: Data) -> Iterator[str]:
    """A kill per cycle was that of the first cycle of the regimen, whatever it was; now it says of which."""
    own = {one.get("name"): one for _, one in _tables(data, "drugs")}
    for path, potency in _tables(data, "potencies"):
        if "log10_kill_per_cycle" not in potency or "at" in potency:
            continue
        name = potency.get("drug")
        try:
            regimen, patient = _regimen(data.get("regimen")), Patient.from_dict(data.get("patient", {}))
            drug = Drug.from_dict(own[name]) if name in own else name
            anchor = Anchor.first_cycle(regimen, drug, patient=patient)  # type: ignore[arg-type]
        except (ModelError, TypeError):  # what is wrong is said of the scenario as a whole
            continue
        potency["at"] = anchor.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        yield f"{path}.at = {_toml(potency['at'])}"


def _regimen(value: object) -> Regimen:
    if isinstance(value, str):
        return regimens.regimen(value) if value in regimens.names() else Regimen.parse(value)
    return value if isinstance(value, Regimen) else Regimen.from_dict(value)  # type: ignore[arg-type]


def _toml(value: object) -> str:
    """A value in one line, as TOML writes it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


CHANGES: tuple[tuple[int, Change], ...] = (
    (1, _inhibitors_name_mechanisms),
    (1, _a_kill_names_its_cycle),
)
"""(first format without it, what is done) for every form that was given up, in the order of time."""
