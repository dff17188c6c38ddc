"""Checks of a profile: names, reads and purity, and what may be nested in what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.errors import did_you_mean
from chemoevo.profiles.nesting import MOST, POSSIBLE, ancestors, candidates, is_tree, possible
from chemoevo.profiles.posterior import LEAST_LIKELY, likely
from chemoevo.profiles.subclone import TRUNK
from chemoevo.resistance.alterations import alteration_names
from chemoevo.scenario.clones import labels_of

if TYPE_CHECKING:
    from chemoevo.base.gathering import Problem
    from chemoevo.profiles.fields import ProfileFields
    from chemoevo.profiles.nesting import Parents

DRAWS = 2048
"""Draws of the posterior by which nestings are tried."""


def wrong_base(profile: ProfileFields) -> Problem:
    """What the scenario says and the profile is to say."""
    tumor = profile.scenario.tumor
    for field in ("clonal", "clones"):
        if getattr(tumor, field):
            yield f"scenario.tumor.{field}", "must be left out: the profile says it", None
    own = [one.name for one in tumor.alterations]
    for i, one in enumerate(profile.alterations):
        if one.name in own:
            yield f"alterations[{i}].name", "must not be one of scenario.tumor.alterations", one.name


def wrong_names(profile: ProfileFields) -> Problem:
    """Alterations that are carried and are none of the tumor."""
    known = labels_of(profile.altered)
    for path, names in (
        ("clonal", profile.clonal),
        *((f"subclones[{i}].alterations", one.alterations) for i, one in enumerate(profile.subclones)),
    ):
        for k, name in enumerate(names):
            if name not in known:
                hint = did_you_mean(name, known) if known else "The tumor has none."
                if name in alteration_names():
                    hint = f"It ships: give alterations=ce.Alteration(name={name!r}, mutation=...) beside."
                rule = "must be one of scenario.tumor.alterations, or of alterations of the profile"
                yield f"{path}[{k}]", rule, name, hint


def wrong_places(profile: ProfileFields) -> Problem:
    """What is wrong with names of subclones, and with what is said of their nesting."""
    called = [one.called for one in profile.subclones]
    for i, name in enumerate(called):
        if name == TRUNK:
            yield f"subclones[{i}].name", f"must not be {TRUNK!r}, which is the rest of the tumor", name
        elif name in called[:i]:
            yield f"subclones[{i}].name", "must be unique", name
    for i, subclone in enumerate(profile.subclones):
        if subclone.within is not None and subclone.within not in (TRUNK, *called):
            hint = did_you_mean(subclone.within, [TRUNK, *called])
            yield f"subclones[{i}].within", f"must be another subclone, or {TRUNK!r}", subclone.within, hint
        if subclone.within == called[i]:
            yield f"subclones[{i}].within", "must be another subclone", subclone.within


def wrong_reads(profile: ProfileFields) -> Problem:
    """Reads without a purity, and reads that contradict it."""
    if profile.purity is None:
        if profile.is_open:
            yield "purity", "is missing: reads say nothing of fractions without it", None
        return
    for i, one in enumerate(profile.subclones):
        if one.reads is not None and likely(one.reads, profile.purity) < LEAST_LIKELY:
            most = one.reads.highest(profile.purity)
            hint = "Look at purity, multiplicity and copies; is it an alteration of the germline?"
            rule = f"must fit the purity: if every cell carried it, {100 * most:.3g} % of the reads would show it"
            yield f"subclones[{i}].reads.alternate", rule, one.reads.alternate, hint


def resolved(profile: ProfileFields) -> tuple[Parents, list[tuple[str, str, object, str]]]:
    """What each subclone is within, and what is wrong with that; no parents where something is."""
    called = [one.called for one in profile.subclones]
    said = [
        None if one.within is None else -1 if one.within == TRUNK else called.index(one.within)
        for one in profile.subclones
    ]
    if not said:
        return (), []
    if None not in said and not is_tree(tuple(k for k in said if k is not None)):
        circle = [one.within for one in profile.subclones]
        return (), [("subclones", "must not be nested in themselves, through others or not", circle, "")]
    fractions = profile.even_fractions(DRAWS if profile.is_open else 1)
    each = candidates(said, fractions)
    if each is None:
        rule = f"must be said: there are more than {MOST} ways to nest so many subclones"
        return (), [(f"subclones[{i}].within", rule, None, "") for i, one in enumerate(said) if one is None]
    found = list(possible(each, fractions, 1.0 / profile.cells))
    if len(found) == 1:
        return found[0], []
    means = {name: float(f"{mean:.4g}") for name, mean in zip(called, fractions.mean(axis=0), strict=True)}
    if not found:
        ways = "the nesting that is said" if None not in said else "any nesting"
        share = f"less than {100 * POSSIBLE:g} % of the posterior leaves" if profile.is_open else "they leave no"
        rule = f"must have fractions that fit {ways}: {share} room for what is nested in what, and one cell for each"
        return (), [("subclones", rule, means, _crowded(said, called, fractions.mean(axis=0)))]
    return (), [
        (
            f"subclones[{i}].within",
            f"must be said: fractions leave open what {called[i]!r} is within",
            None,
            f"Write {' or '.join(f'within={name!r}' for name in options)}.",
        )
        for i, options in _options(called, found)
        if len(options) > 1
    ]


def _crowded(said: Sequence[int | None], called: Sequence[str], means: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    """Which of those that are said to be side by side have more than there is together."""
    for parent in sorted({k for k in said if k is not None}):
        there = [i for i, k in enumerate(said) if k == parent]
        room, name = (1.0, TRUNK) if parent < 0 else (float(means[parent]), called[parent])
        together = float(means[there].sum())
        if together > room:
            names = " and ".join(repr(called[i]) for i in there)
            return (
                f"Those within {name!r}, {names}, have {100 * together:.3g} % of the cells, and it has "
                f"{100 * room:.3g} %: say which of them is within another, or lower their fractions."
            )
    return ""


def _options(called: Sequence[str], found: Sequence[Parents]) -> list[tuple[int, list[str]]]:
    places = [sorted({parents[i] for parents in found}) for i in range(len(called))]
    return [(i, [TRUNK if k < 0 else called[k] for k in some]) for i, some in enumerate(places)]


def wrong_repeats(profile: ProfileFields, parents: Parents) -> list[tuple[str, str, object, str]]:
    """Alterations that cells have already from what their subclone is within."""
    known = labels_of(profile.altered)
    wrong: list[tuple[str, str, object, str]] = []
    for i, one in enumerate(profile.subclones):
        before = [*profile.clonal, *(name for k in ancestors(parents, i) for name in profile.subclones[k].alterations)]
        copies: dict[int, int] = {}
        for name in before:
            locus, n = known[name]
            copies[locus] = max(n, copies.get(locus, 0))
        for k, name in enumerate(one.alterations):
            if known[name][1] <= copies.get(known[name][0], 0):
                rule = "must be new in it: its cells have it from what it is within"
                wrong.append((f"subclones[{i}].alterations[{k}]", rule, name, "Leave it out."))
    return wrong


def mean_shares(shares: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> list[float]:
    """Means of draws; of one that is the same in all, exactly it."""
    return [float(column[0]) if np.ptp(column) == 0.0 else float(column.mean()) for column in shares.T]
