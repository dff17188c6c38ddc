"""The drugs that ship with chemoevo."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from chemoevo.base.shipped import check_shipped, shipped, shipped_names
from chemoevo.pharmacology.drug import Drug

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
