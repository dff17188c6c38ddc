"""What `chemoevo rank` is asked: a file with a scenario and regimens, and options in place of what it says."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chemoevo.base.locations import path_of
from chemoevo.cli.options import changes_of, frame_of, is_profile, is_shipped, scenario_of
from chemoevo.errors import ModelError, Problems, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from chemoevo.profiles.profile import Profile
    from chemoevo.scenario.scenario import Scenario

KEYS = (
    *(
        "scenario",
        "profile",
        "regimens",
        "potencies",
        "inert",
        "interactions",
        "assume_untouched",
        "without",
        "by",
        "points",
        "relapse",
    ),
    *("replicates", "seed"),
)
"""What a ranking file may say: the arguments of `rank_regimens`, and the scenario."""


def asked_of(file: str, settings: Sequence[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of `rank_regimens`.

    Parameters
    ----------
    file
        A TOML file: `scenario`, a file beside it, the name of one that ships, or a table, or `profile`, a file beside
        it; [regimens], by name; and what else `KEYS` has. Or a scenario, by its file or the name by which it ships,
        that has [questions.regimens].
    settings
        PATH=VALUE, in place of what the scenario says.
    given
        Arguments that stand in place of what the file says.

    Raises
    ------
    ModelError
        If the file, or a file that it names, cannot be read, a key is unknown or missing, or a setting is wrong.
    TypeError
        If a value has a wrong type.
    """
    if is_shipped(file):
        return _of_scenario(file, settings, given)
    where = path_of(file, name="file", kind="file")
    if is_profile(file):
        hint = "Name it in a ranking file: profile, and [regimens] beside."
        raise ModelError(f"{file} is a profile, which says of no regimens. {hint}")
    content = _content(where)
    if "tumor" in content:
        return _of_scenario(str(where), settings, given)
    problems = Problems()
    for key in content:
        if key not in KEYS:
            problems.value(f"{where}: {key}", "is not a key of a ranking file", hint=did_you_mean(key, KEYS))
    if "regimens" not in content:
        problems.value(f"{where}: regimens", "is missing")
    if ("scenario" in content) == ("profile" in content):
        problems.value(f"{where}: scenario", "must be given, or profile: one of the two")
    problems.raise_if_any()
    asked = {**content, **given}
    profiled = asked.pop("profile", None)
    asked["model"] = _scenario(where, asked.pop("scenario")) if profiled is None else _profile(where, profiled)
    if changes := changes_of(settings):
        asked["model"] = asked["model"].replace(changes)
    if isinstance(points := asked.get("points"), str):
        asked["points"] = frame_of(points if "points" in given else str(where.parent / points))
    return asked


def _of_scenario(file: str, settings: Sequence[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """What a scenario file asks of its own regimen and others."""
    from chemoevo.rankings.questions import ranking_of

    scenario = scenario_of(file, settings)
    if scenario.questions is None or not scenario.questions.regimens:
        hint = "Name them there, or give a ranking file, which names the scenario."
        raise ModelError(f"{file}: questions.regimens must name regimens to rank. {hint}")
    asked = {**ranking_of(scenario), **given}
    if isinstance(points := asked.get("points"), str):
        asked["points"] = frame_of(points)
    return asked


def _content(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ModelError(f"file: cannot read {str(file)!r}: {error.strerror or error}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"file: {str(file)!r} cannot be read as TOML: {error}.") from None


def _profile(file: Path, value: object) -> Profile:
    """The profile of a file beside."""
    from chemoevo.profiles.profile import Profile

    if not isinstance(value, str):
        raise TypeError(f"{file}: profile must be the name of a file; got {value!r:.200}.")
    return Profile.load(file.parent / value)


def _scenario(file: Path, value: object) -> Scenario:
    """The scenario of a file beside, of a name that ships, or of a table."""
    from chemoevo.scenario.scenario import Scenario

    if isinstance(value, str):
        beside = file.parent / value
        return scenario_of(value if is_shipped(value) and not beside.exists() else str(beside), ())
    if not isinstance(value, Mapping):
        raise TypeError(f"{file}: scenario must be the name of a file, or a table; got {value!r:.200}.")
    try:
        return Scenario.from_dict(value)
    except ModelError as error:
        raise ModelError([f"{file}: scenario.{problem}" for problem in error.problems]) from None
