"""Published regimens, a data file each: `names()` lists them, and each name is a function that gives the regimen.

>>> import chemoevo as ce
>>> ce.regimens.mfolfox6().drugs
('oxaliplatin', 'leucovorin', 'fluorouracil')
>>> ce.regimens.docetaxel(cycles=4).text
'docetaxel 75 mg/m2 over 1 h q21d x4'
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from chemoevo.base.arguments import whole
from chemoevo.base.shipped import check_shipped, shipped, shipped_names
from chemoevo.errors import ModelError, Problems
from chemoevo.pharmacology.regimen import Regimen

_FOLDER = "regimens"
__all__ = ["names", "note", "regimen", *shipped_names(_FOLDER)]  # noqa: PLE0604 (names of files)


def names() -> tuple[str, ...]:
    """The regimens that ship with chemoevo, sorted.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.regimens.names()[:3]
    ('abvd', 'ac', 'ac_t')
    """
    return shipped_names(_FOLDER)


def regimen(name: str, *, cycles: int | None = None) -> Regimen:
    """A regimen that ships with chemoevo.

    Parameters
    ----------
    name
        One of `names()`.
    cycles
        Number of cycles, >= 1, of a regimen that has one phase; None (the default) is that of the source.

    Raises
    ------
    ModelError
        If there is none of that name, `cycles` is not a whole number >= 1, or the regimen has several phases.
    TypeError
        If an argument has a wrong type.

    Examples
    --------
    >>> import chemoevo as ce
    >>> print(ce.regimens.regimen("ac_weekly_t").text)
    doxorubicin 60 mg/m2 over 15 min + cyclophosphamide 600 mg/m2 over 1 h iv q21d x4
    then paclitaxel 80 mg/m2 over 1 h q7d x12
    """
    made = _shipped(check_shipped(_FOLDER, name, "regimen"))
    if cycles is None:
        return made
    problems = Problems()
    number = whole(problems, "cycles", cycles, 1, None)
    problems.raise_if_any()
    if len(made.phases) > 1:
        raise ModelError(f"cycles must be left out: {name} has {len(made.phases)} phases; change one by replace().")
    return made.replace({"phases[0].cycles": number})


def note(name: str) -> str:
    """What is to be known of a regimen that ships: choices that its source leaves open; empty where there are none.

    Raises
    ------
    ModelError, TypeError
        If there is none of that name.
    """
    return str(shipped(_FOLDER, check_shipped(_FOLDER, name, "regimen")).get("note", ""))


@functools.cache
def _shipped(name: str) -> Regimen:
    data = shipped(_FOLDER, name)
    cites = (
        source["text"] + (f", doi:{source['doi']}" if "doi" in source else "") + f" [{source['tag']}]"
        for source in data["sources"]
    )
    return Regimen.parse(data["text"], name=data["title"], cite="; ".join(cites))


@functools.cache
def _maker(name: str) -> Callable[..., Regimen]:
    def make(*, cycles: int | None = None) -> Regimen:
        return regimen(name, cycles=cycles)

    made = _shipped(name)
    make.__name__ = make.__qualname__ = name
    more = (part for part in (made.text, note(name), made.cite) if part)
    make.__doc__ = "\n\n".join([f"{made.name[:1].upper()}{made.name[1:]}.", *more, "`cycles`: as in `regimen`."])
    return make


def __getattr__(name: str) -> Callable[..., Regimen]:
    if name in names():
        return _maker(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
