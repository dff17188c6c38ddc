"""Competition between cells: how the numbers of cells change birth or death rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chemoevo.errors import ModelError, Problems, did_you_mean
from chemoevo.process.crowding import Gompertz, Logistic
from chemoevo.process.lotka_volterra import LotkaVolterra

Competition = Logistic | Gompertz | LotkaVolterra
_LAWS: dict[str, type[Logistic] | type[Gompertz] | type[LotkaVolterra]] = {
    law.__name__: law for law in (Logistic, Gompertz, LotkaVolterra)
}


def check_competition(problems: Problems, value: object, types: tuple[str, ...]) -> Competition | None:
    """The competition of a process with these types, a matrix by names."""
    if value is None:
        return None
    if not isinstance(value, Competition):
        rule = "must be a Logistic, Gompertz or LotkaVolterra, for example ce.Logistic(capacity=1e9)"
        problems.type("competition", rule, value)
        return None
    return value.check(problems, types)


def competition_to_dict(competition: Competition) -> dict[str, Any]:
    """Plain data with the name of the law."""
    return {"law": type(competition).__name__, **competition.to_dict()}


def competition_from_dict(data: object) -> Competition:
    """What `competition_to_dict` wrote."""
    if not isinstance(data, Mapping):
        raise TypeError(f"competition must be a table of keys and values; got {data!r}.")
    law = data.get("law")
    if not isinstance(law, str) or law not in _LAWS:
        raise ModelError(f"competition.law must be one of {', '.join(_LAWS)}; got {law!r}. {did_you_mean(law, _LAWS)}")
    return _LAWS[law].from_dict({key: value for key, value in data.items() if key != "law"})


def note_competition(
    problems: Problems, competition: Competition | None, path: str, capacities: Iterable[str] = ()
) -> None:
    """Notes competition where something rests on the backward equations of one cell.

    Of a scenario it comes from its capacities, whose paths are said.
    """
    if paths := list(capacities):
        problems.value(
            " and ".join(paths),
            f"{'makes' if len(paths) == 1 else 'make'} cells compete, so they are not independent, as the backward "
            "equations take them",
            hint=f"Leave {'it' if len(paths) == 1 else 'them'} out for what rests on equations; with "
            f"{'it' if len(paths) == 1 else 'them'} ce.simulate and ce.answer have the simulated answers, "
            "ce.mean_counts the mean field.",
        )
    elif competition is not None:
        problems.value(
            path,
            f"has competition ({type(competition).__name__}), so cells are not independent, as the backward equations "
            "take them",
            hint="ce.simulate has the exact law (engine 'direct'), ce.mean_counts the mean field.",
        )
