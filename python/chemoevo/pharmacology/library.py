"""The drugs that ship with chemoevo."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence

from chemoevo.base.shipped import check_shipped, shipped, shipped_names
from chemoevo.base.specification import note_part
from chemoevo.errors import Problems
from chemoevo.pharmacology.drug import Drug

OwnDrugs = Drug | Sequence[Drug] | Mapping[str, Drug]
"""Your own drugs, however they are given: one, a list, or a table by name."""

_FOLDER = "drugs"


def drug_names() -> tuple[str, ...]:
    """The drugs that ship with chemoevo, sorted."""
    return shipped_names(_FOLDER)


@functools.cache
def _load(name: str) -> Drug:
    return Drug.from_dict(shipped(_FOLDER, name))


def drug(name: str) -> Drug:
    """A drug that ships with chemoevo.

    Parameters
    ----------
    name
        Its name in lower case.

    Raises
    ------
    ModelError
        If there is none of that name; the message suggests near ones.

    Examples
    --------
    >>> from chemoevo import pharmacology
    >>> pharmacology.drug("docetaxel").kinetics.clearance.value
    44.1
    """
    return _load(check_shipped(_FOLDER, name, "drug"))


def find_drug(name: str, own: Mapping[str, Drug] | None = None) -> Drug:
    """The drug of that name among your own, else among those that ship.

    Raises
    ------
    ModelError
        If there is none.
    """
    return own[name] if own is not None and name in own else drug(name)


def known_drug(name: str, own: Mapping[str, Drug]) -> Drug | None:
    """The same, or None if there is none."""
    return find_drug(name, own) if name in own or name in drug_names() else None


def note_own(problems: Problems, drugs: object) -> dict[str, Drug]:
    """Your own drugs by name, from one, a list or a table by name; what is no such thing is noted."""
    if drugs is None:
        return {}
    if isinstance(drugs, Mapping):
        given = list(drugs.items())
    elif isinstance(drugs, str | bytes) or not isinstance(drugs, Drug | Iterable):
        rule = "must be a Drug, a list of Drug or {name: Drug}; those that ship need not be named"
        problems.type("drugs", rule, drugs)
        return {}
    else:
        given = list(enumerate((drugs,) if isinstance(drugs, Drug) else drugs))
    found: dict[str, Drug] = {}
    for name, one in given:
        path = f"drugs[{name!r}]"
        if not note_part(problems, path, one, Drug):
            continue
        assert isinstance(one, Drug)
        of = misnamed(name, one) if isinstance(drugs, Mapping) else ""
        if of:
            problems.value(path, f"must be {of}")
        elif one.name in found:
            problems.value(f"{path}.name", "must be unique", one.name)
        found.setdefault(one.name, one)
    return found


def misnamed(name: object, one: Drug) -> str:
    """What must stand at a name in a table of drugs, if it is another."""
    return "" if one.name == name else f"the drug of that name, and is {one.name!r}"


def own_by_name(drugs: object) -> dict[str, Drug]:
    """The same, raised at once.

    Raises
    ------
    ModelError, TypeError
        If they are no drugs, or two have one name.
    """
    problems = Problems()
    found = note_own(problems, drugs)
    problems.raise_if_any()
    return found
