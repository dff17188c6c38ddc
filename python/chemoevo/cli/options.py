"""What several commands take: a scenario file, values set by path, whole numbers."""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter, Token

from chemoevo.base.locations import path_of
from chemoevo.base.shipped import EXAMPLES, shipped_names
from chemoevo.base.toml_files import keys_of
from chemoevo.errors import ModelError, Problems

if TYPE_CHECKING:
    from pathlib import Path

    import polars as pl

    from chemoevo.scenario.scenario import Scenario


def whole_number(kind: object, tokens: Sequence[Token]) -> int:
    """A whole number, also written as 1e3: cyclopts itself would round 2.5."""
    text = tokens[0].value
    try:
        return int(text)
    except ValueError:
        with contextlib.suppress(ValueError):
            number = float(text)
            if number.is_integer():
                return int(number)
        raise ValueError(f"must be a whole number; got {text}.") from None


# Paths are texts here, since Path("") would be the folder that one is in.
ScenarioFile = Annotated[str, Parameter(help="Scenario file (TOML), or the name of one that ships.")]
Settings = Annotated[
    list[str],
    Parameter(
        name="--set",
        negative="",
        help="PATH=VALUE in place of what the file says, such as tumor.size=1e8; may be given several times.",
    ),
]


def scenario_of(file: str, settings: Sequence[str]) -> Scenario:
    """The scenario of a file, or one that ships, with other values at some paths.

    Raises
    ------
    ModelError
        If the file or a setting is wrong.
    TypeError
        If a value has a wrong type.
    """
    from chemoevo.scenario import scenarios
    from chemoevo.scenario.scenario import Scenario

    # A plain word that is no file is meant for a name: what is near is said.
    word = file.isidentifier() and not path_of(file, name="scenario").exists()
    if not word and is_profile(file):
        raise ModelError(f"{file} is a profile, not a scenario: `chemoevo rank` takes it, named by a ranking file.")
    scenario = scenarios.scenario(file) if word else Scenario.load(file)
    changes = changes_of(settings)
    return scenario.replace(changes) if changes else scenario


def is_profile(file: str) -> bool:
    """Whether it is the file of a profile, which has a scenario as a table and was measured."""
    keys = keys_of(file)
    return "scenario" in keys and not keys & {"tumor", "regimens"}


def is_shipped(what: str) -> bool:
    """Whether it is the name of a scenario that ships; a file of that name goes first."""
    return what in shipped_names(EXAMPLES) and not path_of(what, name="scenario").exists()


def changes_of(settings: Sequence[str]) -> dict[str, Any]:
    """Values by path, as settings have them.

    Raises
    ------
    ModelError
        If one is none, or a path is set twice.
    """
    problems, changes = Problems(), {}
    for setting in settings:
        path, sign, text = setting.partition("=")
        if not sign or not path.strip():
            problems.value("--set", "must be PATH=VALUE, such as tumor.size=1e8", setting)
        elif path.strip() in changes:
            problems.value("--set", "must set every path once", path.strip())
        else:
            changes[path.strip()] = _value(text.strip())
    problems.raise_if_any()
    return changes


def _value(text: str) -> Any:
    """A value as TOML writes it; what TOML cannot read is a text, and `none` takes away."""
    if text == "none":
        return None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text


def frame_of(path: str, name: str = "points", names: Sequence[str] = ()) -> pl.DataFrame:
    """Points of a file, or patients: a table in CSV or Parquet, or a TOML file with lists of values in [grid].

    Parameters
    ----------
    name
        What errors call it.
    names
        Columns that are texts, where they are there.

    Raises
    ------
    ModelError
        If it cannot be read.
    """
    import polars as pl

    file = path_of(path, name=name, kind="file")
    try:
        if file.suffix == ".parquet":
            return pl.read_parquet(file)
        if file.suffix == ".csv":
            frame = pl.read_csv(file, infer_schema_length=None)
            # Names are texts: 002 is not 2.
            named = [one for one in names if one in frame.columns]
            texts = dict.fromkeys(named, pl.String)
            return pl.read_csv(file, infer_schema_length=None, schema_overrides=texts) if named else frame
        if file.suffix == ".toml":
            return _grid(file, name, tomllib.loads(file.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise ModelError(f"{name}: cannot read {str(file)!r}: {error.strerror or error}.") from None
    except (pl.exceptions.PolarsError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{name}: {str(file)!r} cannot be read as {file.suffix[1:].upper()}: {error}.") from None
    raise ModelError(f"{name} must be a file that ends in .csv, .parquet or .toml; got {path!r}.")


def _grid(file: Path, name: str, content: dict[str, Any]) -> pl.DataFrame:
    from chemoevo.sweeps.points import grid

    if set(content) != {"grid"} or not isinstance(content["grid"], dict):
        raise ModelError(f"{name}: {str(file)!r} must have a table [grid] with lists of values, and nothing else.")
    return grid(content["grid"])
