"""Pieces of one study put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from chemoevo.ensemble.columns import joined
from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.errors import Problems, Words


def concat(ensembles: Iterable[Ensemble]) -> Ensemble:
    """Puts together ensembles that are pieces of one study, as one run of all their replicates would have given.

    Parameters
    ----------
    ensembles
        Ensembles of one process, seed, stage, engine, record, stop and limits at the same times, in any order, whose
        replicates follow one another without a gap and without an overlap.

    Returns
    -------
    Ensemble
        All replicates in order; it needs memory of its own, beside that of the pieces.

    Raises
    ------
    ModelError
        If there is none, or they are not pieces of one study: everything that differs is listed.
    TypeError
        If one is not an `Ensemble`.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    >>> parts = [
    ...     ce.simulate(process, initial={"S": 5}, times=[20], replicates=numbers, seed=1)
    ...     for numbers in (range(0, 60), range(60, 100))
    ... ]
    >>> ce.concat(parts).replicates
    range(0, 100)
    """
    if isinstance(ensembles, Ensemble) or not isinstance(ensembles, Iterable):
        raise TypeError(f"ensembles must be a list of Ensemble; got {ensembles!r}.")
    given = list(ensembles)
    problems = Problems()
    if not given:
        problems.value("ensembles", "must hold at least one Ensemble")
    for index, piece in enumerate(given):
        if not isinstance(piece, Ensemble):
            problems.type(f"ensembles[{index}]", "must be an Ensemble", piece)
    problems.raise_if_any()
    _check_pieces(problems, given, "ensembles[{}]")
    problems.raise_if_any()
    return _joined(sorted(given, key=lambda piece: piece.replicates.start))


def _joined(pieces: list[Ensemble]) -> Ensemble:
    first = pieces[0]
    grown = [piece.growth for piece in pieces if piece.growth is not None]
    initial = first.initial[:1].copy() if _common(pieces) else np.concatenate([piece.initial for piece in pieces])
    run = replace(first.run, initial=initial, replicates=range(first.replicates.start, pieces[-1].replicates.stop))
    # Pieces of one study may come from several machines; each is named.
    versions = {key: "; ".join(dict.fromkeys(p.versions[key] for p in pieces)) for key in first.versions}
    columns = joined([piece.columns for piece in pieces])
    return Ensemble(run, columns, growth=_joined(grown) if grown else None, versions=versions)


def _common(pieces: list[Ensemble]) -> bool:
    """Whether the pieces had one initial state. A piece of one replicate does not tell: it fits either way."""
    told = {piece.common_initial for piece in pieces if len(piece) > 1}
    return told != {False} and all((piece.initial[0] == pieces[0].initial[0]).all() for piece in pieces)


def _check_pieces(problems: Problems, pieces: list[Ensemble], path: str) -> None:
    first = pieces[0]
    told = {piece.common_initial for piece in pieces if len(piece) > 1}
    for index, piece in enumerate(pieces[1:], start=1):
        where = path.format(index)

        def compare(name: str, mine: object, theirs: object, where: str = where) -> None:
            if mine != theirs:
                problems.value(f"{where}.{name}", f"must be that of {path.format(0)}, {theirs!r}", Words(repr(mine)))

        for name in (
            "seed",
            "stage",
            "continued",
            "asked",
            "tolerance",
            "record",
            "counted",
            "noted",
            "stop",
            "limits",
            "parts",
        ):
            compare(name, getattr(piece, name), getattr(first, name))
        compare("versions['chemoevo']", piece.versions["chemoevo"], first.versions["chemoevo"])
        compare("times", piece.times.tolist(), first.times.tolist())
        if piece.process != first.process:
            parts = ("types", "birth", "death", "mutation", "switching", "pulses", "breakpoints")
            plain = (piece.process.to_dict(), first.process.to_dict())
            differing = [name for name in parts if plain[0].get(name) != plain[1].get(name)]
            problems.value(
                f"{where}.process", f"must be that of {path.format(0)}", Words(f"another {', '.join(differing)}")
            )
        elif told == {True}:
            compare("initial", piece.initial[0].tolist(), first.initial[0].tolist())
        if (piece.growth is None) != (first.growth is None):
            compare("growth", piece.growth, first.growth)
    if len(told) == 2:
        problems.value("ensembles", "must all have one common initial state, or all one row per replicate")
    order = sorted(range(len(pieces)), key=lambda index: pieces[index].replicates.start)
    for a, b in pairwise(order):
        before, after = pieces[a].replicates, pieces[b].replicates
        if after.start != before.stop:
            what = "overlap" if after.start < before.stop else "leave a gap"
            problems.value(f"{path.format(a)} and {path.format(b)}", f"{what}: {before!r} and {after!r}")
    growths = [piece.growth for piece in pieces if piece.growth is not None]
    if len(growths) == len(pieces):
        _check_pieces(problems, growths, path + ".growth")
