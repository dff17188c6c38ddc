"""Names of genotypes in any order of "+": "TP53+ABCB1" is "ABCB1+TP53", also before a niche and a phenotype."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

V = TypeVar("V")


def known_name(name: str, known: Collection[str]) -> str:
    """The known name with the same parts, joined by "+" in whatever order; itself where none or several have.

    What follows the genotype, "@hypoxic" or ":tolerant", is the same in both.
    """
    if name in known or not isinstance(name, str) or "+" not in name:
        return name
    parts = _parts(name)
    same = [other for other in known if len(other) == len(name) and _parts(other) == parts]
    return same[0] if len(same) == 1 else name


def _parts(name: str) -> list[str]:
    """The alterations of a type, sorted, and what follows them."""
    genotype, *place = re.split("(?=[@:])", name, maxsplit=1)
    return [*sorted(genotype.split("+")), *place]


def known_names(names: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    """Every name as `known_name` has it; one that would then be there twice stays as it is, and is unknown."""
    given = tuple(names)
    found: list[str] = []
    for name in given:
        there = known_name(name, known)
        found.append(name if there != name and (there in given or there in found) else there)
    return tuple(found)


def known_keys(given: Mapping[str, V], known: Collection[str]) -> Mapping[str, V]:
    """A mapping by names, with every name as `known_names` has it."""
    if all(name in known for name in given):
        return given
    return dict(zip(known_names(given, known), given.values(), strict=True))


def known_pairs(given: Mapping[tuple[str, str], V], known: Collection[str]) -> Mapping[tuple[str, str], V]:
    """A mapping by pairs of names, with every name as `known_name` has it, but for pairs that would be there twice."""
    if all(isinstance(key, tuple) and all(name in known for name in key) for key in given):
        return given
    found: dict[tuple[str, str], V] = {}
    for key, value in given.items():
        there = key
        if isinstance(key, tuple) and len(key) == 2:
            there = (known_name(key[0], known), known_name(key[1], known))
        found[key if there != key and (there in given or there in found) else there] = value
    return found
