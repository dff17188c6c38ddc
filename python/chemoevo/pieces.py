"""Ensembles in pieces: chunk after chunk, and pieces of one study put together."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from chemoevo.arguments import whole_number
from chemoevo.ensemble import Ensemble
from chemoevo.errors import Problems, Words, collect
from chemoevo.process import BranchingProcess
from chemoevo.recordings import Recording
from chemoevo.simulate import Engine, check_scenario, resolve

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from chemoevo.options import Limits, Stop
    from chemoevo.scenario import Scenario


def after_growth(treated: Ensemble, grown: Ensemble) -> Ensemble:
    """Therapy of tumors that grew; one that was never detected was not treated."""
    undetected = (grown.outcomes["outcome"] != "stopped").to_numpy()
    if undetected.any():
        treated = treated.without_run(undetected, "event_limit")
    treated.growth = grown
    return treated


def simulate_chunks(
    process: BranchingProcess | Scenario,
    *,
    initial: object = None,
    times: ArrayLike | None = None,
    replicates: int | range | None = None,
    chunk: int = 10_000,
    seed: int | None = None,
    engine: Engine = "auto",
    exact: bool = False,
    tolerance: float | None = None,
    stop: Stop | None = None,
    limits: Limits | None = None,
    record: Recording | Sequence[Recording] = "counts",
    threads: int | None = None,
) -> Iterator[Ensemble]:
    """Simulates a study chunk by chunk, for ensembles that are larger than the memory.

    Parameters
    ----------
    process, initial, times, seed, engine, exact, tolerance, stop, limits, record, threads
        As for `simulate`; a seed that is not given is drawn once for all chunks.
    replicates
        How many in all, or their range. Default: 1, or the rows of `initial`; a scenario has its own number.
    chunk
        Largest number of replicates in one ensemble, a whole number >= 1. It does not change the numbers.

    Yields
    ------
    Ensemble
        The next replicates, in order. Only the chunk that is computed is in memory, unless you keep the others.

    Raises
    ------
    ModelError, TypeError
        As for `simulate`, before the first chunk.

    Examples
    --------
    >>> import chemoevo as ce
    >>> process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    >>> for part in ce.simulate_chunks(process, initial={"S": 5}, times=[20], replicates=2500, chunk=1000, seed=1):
    ...     print(part.replicates)
    range(0, 1000)
    range(1000, 2000)
    range(2000, 2500)

    `simulate_to` writes them into a folder.
    """
    plan = plan_chunks(
        process,
        initial=initial,
        times=times,
        replicates=replicates,
        chunk=chunk,
        seed=seed,
        engine=engine,
        exact=exact,
        tolerance=tolerance,
        stop=stop,
        limits=limits,
        record=record,
        threads=threads,
    )
    return (plan.simulate(part, None) for part in plan.parts())


@dataclass(frozen=True, eq=False)
class Chunks:
    """A study that is simulated chunk by chunk, its arguments checked.

    Attributes
    ----------
    replicates, chunk
        The numbers of all replicates, and the most of one chunk.
    study
        What decides the numbers of every replicate, as plain data.
    simulate
        Simulates a range of the replicates; tells (done, total) to the second argument, if it is not None.
    """

    replicates: range
    chunk: int
    study: dict[str, Any]
    simulate: Callable[[range, Callable[[int, int], object] | None], Ensemble]

    def parts(self, after: int = 0) -> Iterator[range]:
        """The chunks from replicate `after` on."""
        for first in range(max(self.replicates.start, after), self.replicates.stop, self.chunk):
            yield range(first, min(first + self.chunk, self.replicates.stop))


def plan_chunks(
    process: BranchingProcess | Scenario,
    *,
    initial: object,
    times: ArrayLike | None,
    replicates: int | range | None,
    chunk: int,
    seed: int | None,
    engine: Engine,
    exact: bool,
    tolerance: float | None,
    stop: Stop | None,
    limits: Limits | None,
    record: object,
    threads: int | None,
) -> Chunks:
    """The arguments of `simulate_chunks`, checked."""
    problems = Problems()
    size = whole_number(problems, "chunk", chunk, 1)
    if isinstance(process, BranchingProcess):
        problems.raise_if_any()
        run = resolve(
            process,
            initial=initial,
            times=times,
            replicates=replicates,
            seed=seed,
            engine=engine,
            exact=exact,
            tolerance=tolerance,
            stop=stop,
            limits=limits,
            record=record,
            threads=threads,
            progress=False,
            at_once=size,
        )
        return Chunks(
            run.replicates, size, run.to_dict(), lambda part, tell: run.part(part).simulate(threads=threads, tell=tell)
        )

    from chemoevo.study import resolve_run

    options: dict[str, Any] = {"limits": limits, "threads": threads, "exact": exact, "tolerance": tolerance}
    counted = collect(
        problems,
        lambda: check_scenario(
            process,
            initial,
            times,
            stop,
            record,
            replicates=replicates,
            seed=seed,
            engine=engine,
            progress=False,
            **options,
        ),
    )
    problems.raise_if_any()
    plan = resolve_run(process, replicates=replicates, seed=seed, engine=engine, threads=threads)
    numbers = plan.replicates if isinstance(plan.replicates, range) else range(plan.replicates)
    number = secrets.randbits(63) if plan.seed is None else plan.seed
    study = {
        "scenario": process.to_dict(),
        "seed": number,
        "engine": plan.engine,
        "exact": bool(exact),
        "tolerance": tolerance,
        "limits": None if limits is None else limits.to_dict(),
        **({"counted": counted.to_dict()} if counted is not None else {}),
    }
    return Chunks(
        numbers,
        size,
        study,
        lambda part, tell: process._simulate(
            replicates=part, seed=number, engine=engine, progress=tell or False, counted=counted, **options
        ),
    )


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
    columns = tuple(np.concatenate(parts) for parts in zip(*map(columns_of, pieces), strict=True))
    recorded = [piece.clone_columns for piece in pieces if piece.clone_columns is not None]
    return Ensemble(
        process=first.process,
        initial=first.initial[:1] if _common(pieces) else np.concatenate([piece.initial for piece in pieces]),
        times=first.times,
        replicates=range(first.replicates.start, pieces[-1].replicates.stop),
        seed=first.seed,
        stage=first.stage,
        asked=first.asked,
        tolerance=first.tolerance,
        stop=first.stop,
        limits=first.limits,
        columns=columns,
        clones=tuple(np.concatenate(parts) for parts in zip(*recorded, strict=True)) if recorded else None,
        counted=first.counted,
        noted=first.noted,
        crossing_times=_stacked([piece.crossing_times for piece in pieces if piece.crossing_times is not None]),
        growth=_joined(grown) if grown else None,
        # Pieces of one study may come from several machines; each is named.
        versions={key: "; ".join(dict.fromkeys(p.versions[key] for p in pieces)) for key in first.versions},
    )


def columns_of(ensemble: Ensemble) -> tuple[NDArray[Any], ...]:
    """The columns from which an `Ensemble` is made."""
    ends = ensemble.ends
    codes = ends["outcome"].to_physical().to_numpy().astype(np.uint8)
    others = (ends[name].to_numpy() for name in ("time", "rejected", "steps", "engines"))
    return ensemble.counts, ensemble.final, codes, *others


def _stacked(parts: list[NDArray[np.float64]]) -> NDArray[np.float64] | None:
    return np.concatenate(parts) if parts else None


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

        for name in ("seed", "stage", "asked", "tolerance", "record", "counted", "noted", "stop", "limits"):
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
        problems.value("ensembles", "must all have one common initial state, or all one row a replicate")
    order = sorted(range(len(pieces)), key=lambda index: pieces[index].replicates.start)
    for a, b in pairwise(order):
        before, after = pieces[a].replicates, pieces[b].replicates
        if after.start != before.stop:
            what = "overlap" if after.start < before.stop else "leave a gap"
            problems.value(f"{path.format(a)} and {path.format(b)}", f"{what}: {before!r} and {after!r}")
    growths = [piece.growth for piece in pieces if piece.growth is not None]
    if len(growths) == len(pieces):
        _check_pieces(problems, growths, path + ".growth")
