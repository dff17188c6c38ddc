"""What `chemoevo describe` is asked about: a scenario, or a regimen by its name or in one line, for one patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from chemoevo.base.locations import path_of
from chemoevo.base.shipped import EXAMPLES, shipped_names
from chemoevo.base.specification import Specification
from chemoevo.base.tables import wrapped
from chemoevo.base.toml_files import keys_of, read_specification
from chemoevo.cli.options import changes_of, frame_of, is_profile, is_shipped, scenario_of
from chemoevo.errors import ModelError, Problems, did_you_mean

if TYPE_CHECKING:
    from chemoevo.pharmacology.patient import Patient
    from chemoevo.pharmacology.regimen import Regimen

S = TypeVar("S", bound=Specification)
_HINT = (
    "For a patient: --set patient.bsa=1.8 --set patient.gfr=90, or --patients FILE --id ID, a row of a table as "
    "chemoevo.patients gives."
)


def described(what: str, settings: Sequence[str], patients: str | None, who: str | None) -> tuple[str, dict[str, Any]]:
    """The text of what was asked about, and every value of it.

    Parameters
    ----------
    what
        A scenario or profile file, the name of a scenario or a regimen that ships, or a regimen in one line.
    settings
        PATH=VALUE, in place of what is there.
    patients
        A file with one row per patient.
    who
        Which of them.

    Raises
    ------
    ModelError
        If something of it is wrong.
    TypeError
        If a value has a wrong type.
    """
    changes = changes_of(settings)
    if (patients is None) != (who is None):
        raise ModelError("--patients and --id must be given together: a file, and which of its rows.")
    regimen = _regimen(what)
    if regimen is None and is_profile(what):
        return _of_profile(what, changes, patients)
    if regimen is None:
        scenario = scenario_of(what, ())
        own = {drug.name: drug for drug in scenario.drugs}
        row = {} if patients is None else {"patient": _row(patients, str(who), scenario.patient, own)}
        scenario = scenario.replace(row) if row else scenario
        scenario = scenario.replace(changes) if changes else scenario
        return scenario.describe(), scenario.to_dict()
    return _of_regimen(regimen, changes, patients, who)


def _of_profile(file: str, changes: Mapping[str, Any], patients: str | None) -> tuple[str, dict[str, Any]]:
    from chemoevo.profiles.profile import Profile

    if patients is not None:
        raise ModelError("--patients must be left out where a profile is described: it has a patient of its own.")
    profile = Profile.load(file)
    profile = profile.replace(changes) if changes else profile
    return profile.describe(), profile.to_dict()


def _of_regimen(
    regimen: Regimen, changes: Mapping[str, Any], patients: str | None, who: str | None
) -> tuple[str, dict[str, Any]]:
    from chemoevo.pharmacology.patient import Patient

    problems, by_part = Problems(), {"regimen": dict[str, Any](), "patient": dict[str, Any]()}
    for path, value in changes.items():
        part, _, rest = path.partition(".")
        if part not in by_part or not rest:
            problems.value("--set", "must begin with 'patient.' or 'regimen.' where a regimen is described", path)
        else:
            by_part[part][rest] = value
    problems.raise_if_any()
    regimen = _replaced("regimen", regimen, by_part["regimen"])
    if patients is None and not by_part["patient"]:
        return f"{regimen}\n\n{wrapped(_HINT, hanging='')}", {"regimen": regimen.to_dict()}
    patient = Patient() if patients is None else _row(patients, str(who), Patient(), {})
    patient = _replaced("patient", patient, by_part["patient"])
    return regimen.describe(patient), {"regimen": regimen.to_dict(), "patient": patient.to_dict()}


def _replaced(name: str, part: S, changes: Mapping[str, Any]) -> S:
    """A part with other values; what is wrong with them is said by their paths in the whole."""
    try:
        return part.replace(changes) if changes else part
    except ModelError as error:
        raise ModelError([f"{name}.{problem}" for problem in error.problems]) from None


def _regimen(what: str) -> Regimen | None:
    """The regimen of that name, that the text says, or of a file that has one; None where it is another file."""
    from chemoevo.pharmacology import regimens
    from chemoevo.pharmacology.regimen import Regimen

    if is_shipped(what):
        return None
    if what in regimens.names():
        return regimens.regimen(what)
    if what.endswith(".toml") or _is_file(what):
        keys = keys_of(what)
        return read_specification(Regimen, what) if "phases" in keys and "tumor" not in keys else None
    if " " in what.strip():
        return Regimen.parse(what)
    raise ModelError(
        f"scenario must be a scenario file (.toml), the name of a scenario or a regimen that ships, or a regimen in "
        f"one line; got {what!r}. {did_you_mean(what, (*shipped_names(EXAMPLES), *regimens.names()))}"
    )


def _is_file(what: str) -> bool:
    try:
        return bool(what.strip()) and path_of(what, name="scenario").exists()
    except OSError:  # a line that is too long for a name
        return False


def _row(file: str, who: str, base: Patient, own: Mapping[str, Any]) -> Patient:
    """A patient of a table, by name or by the number of the row."""
    from chemoevo.pharmacology.people import IDS, note_people

    problems = Problems()
    people = note_people(problems, frame_of(file, name="patients", names=IDS), own, base)
    problems.raise_if_any()
    assert people is not None
    assert people.names is not None
    names = [str(name) for name in people.names.to_list()]
    if who not in names:
        hint = did_you_mean(who, names)
        raise ModelError(f"--id must be one of the patients of {file!r}; got {who!r}. {hint}")
    return people.each[names.index(who)]
