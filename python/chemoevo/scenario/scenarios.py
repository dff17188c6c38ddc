"""Scenarios that ship, a file each: `names()` lists them, and each name is a function that gives the scenario.

Each is one question, which stands at the top of its file with the sources of what the file says.

>>> import chemoevo as ce
>>> ce.scenarios.nsclc_relapse().regimen.drugs
('docetaxel', 'carboplatin')
>>> ce.scenarios.question("venetoclax_mcl1")
'Who comes back after a year of venetoclax: cells that hold back apoptosis by more BCL2, or by MCL1 instead?'
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from chemoevo.base.shipped import EXAMPLES, check_shipped, comment_on_top, first_sentence, shipped_names, shipped_text
from chemoevo.errors import did_you_mean
from chemoevo.scenario.scenario import Scenario

__all__ = ["names", "note", "question", "scenario", *shipped_names(EXAMPLES)]  # noqa: PLE0604 (names of files)


def names() -> tuple[str, ...]:
    """The scenarios that ship with chemoevo, sorted; `chemoevo examples` lists them with their questions.

    Examples
    --------
    >>> import chemoevo as ce
    >>> "nsclc_relapse" in ce.scenarios.names()
    True
    """
    return shipped_names(EXAMPLES)


def scenario(name: str) -> Scenario:
    """A scenario that ships with chemoevo.

    Parameters
    ----------
    name
        One of `names()`: that of its file without the ending.

    Raises
    ------
    ModelError
        If there is none of that name.
    TypeError
        If it is no text.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.scenarios.scenario("nsclc_relapse").replace({"surgery.residual_cells": 1e5}).surgery.residual_cells
    100000.0
    """
    return _shipped(check_shipped(EXAMPLES, name, "scenario"))


def question(name: str) -> str:
    """The question that a scenario asks: the first sentence of its file.

    Raises
    ------
    ModelError, TypeError
        As `scenario`.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.scenarios.question("nsclc_adjuvant")
    'The tumor of nsclc.toml, resected, then the same six cycles: how likely is cure?'
    """
    return first_sentence(_comment(name)[0])


def note(name: str) -> str:
    """What is to be known of a scenario: sources, choices and inputs without a source, as its file says on top.

    Paragraphs are a line each. More may stand beside the values in the file.

    Raises
    ------
    ModelError, TypeError
        As `scenario`.
    """
    first, *others = _comment(name)
    rest = first.removeprefix(first_sentence(first)).strip()
    # How to run it is said by the documentation for all of them.
    return "\n".join(part for part in (rest, *others) if part and not part.startswith("chemoevo "))


def _comment(name: str) -> list[str]:
    return comment_on_top(shipped_text(EXAMPLES, check_shipped(EXAMPLES, name, "scenario")))


@functools.cache
def _shipped(name: str) -> Scenario:
    return Scenario.from_toml(shipped_text(EXAMPLES, name))


@functools.cache
def _maker(name: str) -> Callable[[], Scenario]:
    def make() -> Scenario:
        return scenario(name)

    make.__name__ = make.__qualname__ = name
    make.__doc__ = "\n\n".join(part for part in (question(name), *note(name).splitlines()) if part)
    return make


def __getattr__(name: str) -> Callable[[], Scenario]:
    if name in names():
        return _maker(name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}. {did_you_mean(name, names())}")


def __dir__() -> list[str]:
    return __all__
