"""A process as plain data, and back to what it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.errors import ModelError, Problems, did_you_mean
from chemoevo.process.competition import Competition, competition_from_dict, competition_to_dict
from chemoevo.process.pulse import Pulse

if TYPE_CHECKING:
    from chemoevo.process.fields import ProcessFields

_KNOWN = (
    "types",
    "birth",
    "death",
    "mutation",
    "switching",
    "pulses",
    "breakpoints",
    "competition",
    "lethal",
    "sampling",
)


def process_to_dict(process: ProcessFields) -> dict[str, Any]:
    """Plain data that `arguments_of` reads back; transitions are a list of {from, to, value}."""
    data: dict[str, Any] = {"types": list(process.types), "birth": process.birth.tolist()}
    data["death"] = process.death.tolist()
    for key, table in (("mutation", process.mutation), ("switching", process.switching)):
        if table:
            data[key] = [
                {"from": a, "to": b, "value": v.tolist() if isinstance(v, np.ndarray) else v}
                for (a, b), v in table.items()
            ]
    if process.pulses:
        data["pulses"] = [p.to_dict() for p in process.pulses]
    if process.breakpoints.size:
        data["breakpoints"] = process.breakpoints.tolist()
    if process.competition is not None:
        data["competition"] = competition_to_dict(process.competition)
    if process.lethal.any():
        data["lethal"] = process.lethal.tolist()
    if process.sampling is not None:
        data["sampling"] = process.sampling.to_dict()
    return data


def arguments_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """What a process is made from, out of plain data; "sampling" stays as it is.

    Raises
    ------
    ModelError
        If a key is unknown or missing, or an entry of a transition is.
    TypeError
        If pulses are no list.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"a process must be a table of keys and values; got {data!r:.200}.")
    problems = Problems()
    for key in data:
        if key not in _KNOWN:
            problems.value(str(key), "is not a field of a process", hint=did_you_mean(key, _KNOWN))
    for key in _KNOWN[:3]:
        if key not in data:
            problems.value(key, "is missing")
    problems.raise_if_any()
    arguments = dict(data)
    for key in ("mutation", "switching"):
        entries = arguments.get(key)
        if isinstance(entries, list) and entries and all(isinstance(e, Mapping) for e in entries):
            try:
                arguments[key] = {(e["from"], e["to"]): e["value"] for e in entries}
            except KeyError as error:
                raise ModelError(f"{key}: every entry needs 'from', 'to' and 'value'; missing {error}.") from None
    if "pulses" in arguments:
        pulses = arguments["pulses"]
        if not isinstance(pulses, list | tuple):
            raise TypeError(f"pulses must be a list of tables; got {pulses!r}.")
        arguments["pulses"] = [p if isinstance(p, Pulse) else Pulse.from_dict(p) for p in pulses]
    competition = arguments.get("competition")
    if competition is not None and not isinstance(competition, Competition):
        arguments["competition"] = competition_from_dict(competition)
    return arguments
