"""The drugs that ship with chemoevo."""

from __future__ import annotations

import functools
import tomllib
from importlib import resources

from chemoevo.errors import ModelError, did_you_mean
from chemoevo.pharmacology.drug import Drug


@functools.cache
def drug_names() -> tuple[str, ...]:
    """The drugs that ship with chemoevo, sorted."""
    folder = resources.files("chemoevo") / "data" / "drugs"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@functools.cache
def _load(name: str) -> Drug:
    text = (resources.files("chemoevo") / "data" / "drugs" / f"{name}.toml").read_text(encoding="utf-8")
    return Drug.from_dict(tomllib.loads(text))


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
    if not isinstance(name, str):
        raise TypeError(f"name must be a text; got {name!r}")
    known = drug_names()
    if name not in known:
        raise ModelError(f"{name!r} is not a known drug. {did_you_mean(name, known)}")
    return _load(name)
