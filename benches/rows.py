"""The workloads, and what each asks of chemoevo. Rates: b = 1 and d = 0.5 per day unless said."""

from __future__ import annotations

import itertools
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence

import numpy as np

import chemoevo as ce
import clinical
import equations
import kinetics
import marrow
import opponents
from models import Model, lattice, two_types
from table import OURS, Clock, Contender, Row

LATTICE = lattice(5, 1e-4, back=True)
FORWARD = lattice(5, 1e-5, back=False)
PAIR = two_types(1e-3)
START = 1000


def process(model: Model) -> ce.BranchingProcess:
    k = len(model.types)
    return ce.BranchingProcess(
        types=model.types, birth=[model.birth] * k, death=[model.death] * k, mutation=model.mutation
    )


def seconds(job: Callable[[], object]) -> float:
    start = Clock.now()
    job()
    return Clock.now() - start


def total(ensemble: ce.Ensemble) -> float:
    return float(ensemble.final.sum())


def per_event(model: Model, run: Callable[[int], float], before: float, *, mutations: bool = False) -> Contender:
    """Nanoseconds per event of `run(seed) -> final total`; the events follow from the totals."""

    def contender(seed: int) -> float:
        start = Clock.now()
        after = run(seed)
        spent = Clock.now() - start
        events = model.expected_mutations(before, after) if mutations else model.expected_events(before, after)
        return 1e9 * spent / events

    return contender


def direct_row(title: str, model: Model, most: float, least: dict[str, float]) -> Row:
    until = [14.0]
    initial = {model.types[0]: START}

    def ours() -> Contender:
        def run(seed: int) -> float:
            return total(
                ce.simulate(process(model), initial=initial, times=until, seed=seed, engine="direct", threads=1)
            )

        return per_event(model, run, START)

    def theirs(make: Callable[[], opponents.Run]) -> Callable[[], Contender]:
        def contender() -> Contender:
            run = make()
            return per_event(model, lambda seed: run(initial, until, seed), START)

        return contender

    contenders = {
        OURS: ours,
        "numba": theirs(lambda: opponents.numba_two_step(model)),
        "rebop": theirs(lambda: opponents.rebop(model)),
        "gillespy2": theirs(lambda: opponents.gillespy2(model, until)),
    }
    returns = (
        "one replicate from 1000 cells to day 14 (1.1e6 cells, 3.3e6 events), one thread; model, run and result are "
        "timed. chemoevo returns an Ensemble (counts, outcomes on demand), numba an array, rebop (sparse) an xarray "
        "Dataset, GillesPy2 (compiled solver) a dictionary of arrays. Compilation is not timed."
    )
    return Row(title, "ns/event", contenders, most=most, least=least, returns=returns)


def mutation_events() -> Row:
    def ours() -> Contender:
        def run(seed: int) -> float:
            initial = {LATTICE.types[0]: START}
            return total(
                ce.simulate(process(LATTICE), initial=initial, times=[28.0], seed=seed, engine="bnb", threads=1)
            )

        return per_event(LATTICE, run, START, mutations=True)

    returns = "one replicate of the lattice from 1000 cells to day 28 (1.2e9 cells, 1.2e6 mutations), one thread."
    return Row("bnb, lattice of 32 genotypes", "ns/mutation", {OURS: ours}, most=200, returns=returns)


def first_passage() -> Row:
    def ours() -> Contender:
        def contender(seed: int) -> float:
            stop = ce.Stop(size=1e9, retry=True)
            initial = {FORWARD.types[0]: 1}
            return seconds(
                lambda: ce.simulate(
                    process(FORWARD), initial=initial, times=[1000.0], stop=stop, seed=seed, engine="bnb", threads=1
                )
            )

        return contender

    returns = (
        "five loci forward only, u = 1e-5 a locus, from one cell whose line survives (retry) to exactly 1e9 cells, "
        "one replicate, one thread."
    )
    return Row("bnb, one cell to 1e9 cells", "s", {OURS: ours}, most=0.02, returns=returns)


def leaping_passage(size: float, most: float) -> Row:
    def ours() -> Contender:
        def contender(seed: int) -> float:
            stop = ce.Stop(size=size, retry=True)
            initial = {FORWARD.types[0]: 1}
            return seconds(
                lambda: ce.simulate(
                    process(FORWARD), initial=initial, times=[1000.0], stop=stop, seed=seed, engine="leap", threads=1
                )
            )

        return contender

    returns = (
        "as the row before by leap, tolerance 1e-3; the stop is met exactly."
        if size == 1e9
        else f"the same to exactly {size:g} cells."
    )
    return Row(f"leap, one cell to {size:g} cells", "s", {OURS: ours}, most=most, returns=returns)


def many_observations() -> Row:
    replicates = 100
    times = np.linspace(0.08, 8.0, 100).tolist()
    initial = {LATTICE.types[0]: START}

    def ours() -> Contender:
        return lambda seed: seconds(
            lambda: ce.simulate(
                process(LATTICE),
                initial=initial,
                times=times,
                replicates=replicates,
                seed=seed,
                engine="bnb",
                threads=2,
            )
        )

    def theirs(make: Callable[[], opponents.Run]) -> Callable[[], Contender]:
        def contender() -> Contender:
            run = make()
            return lambda seed: seconds(lambda: [run(initial, times, 1000 * seed + i) for i in range(replicates)])

        return contender

    contenders = {
        OURS: ours,
        "numba": theirs(lambda: opponents.numba_two_step(LATTICE)),
        "rebop": theirs(lambda: opponents.rebop(LATTICE)),
    }
    returns = (
        "100 replicates of the lattice from 1000 cells at 100 times until day 8; chemoevo (bnb, two threads) returns "
        "one Ensemble of counts (100, 100, 32), the others (one thread, one call a replicate) their own result each."
    )
    return Row("100 replicates x 100 times x 32 types", "s", contenders, most=0.008, threads=2, returns=returns)


def overhead() -> Row:
    calls = 200

    def ours() -> Contender:
        pure_birth = ce.BranchingProcess(types=["A"], birth=[1.0], death=[0.5])

        def contender(seed: int) -> float:
            def job() -> None:
                for i in range(calls):
                    ce.simulate(pure_birth, initial={"A": 1}, times=[0.1], seed=1000 * seed + i)

            return 1e3 * seconds(job) / calls

        return contender

    def rebop() -> Contender:
        from rebop import Gillespie

        system = Gillespie()
        system.add_reaction(1.0, ["A"], ["A", "A"])
        system.add_reaction(0.5, ["A"], [])

        def contender(seed: int) -> float:
            def job() -> None:
                for i in range(calls):
                    system.run({"A": 1}, 0.1, 1, rng=1000 * seed + i)

            return 1e3 * seconds(job) / calls

        return contender

    returns = "one replicate of one cell for 0.1 days, one time; the model is built beforehand; mean of 200 calls."
    return Row("one call", "ms", {OURS: ours, "rebop": rebop}, most=0.1, returns=returns)


def many_replicates() -> Row:
    times = np.arange(1.0, 11.0).tolist()
    fewer = 2000

    def ours() -> Contender:
        return lambda seed: seconds(
            lambda: ce.simulate(
                process(PAIR), initial={"S": 10}, times=times, replicates=1_000_000, seed=seed, engine="bnb", threads=2
            )
        )

    def numba() -> Contender:
        run = opponents.numba_two_step(PAIR)

        def contender(seed: int) -> float:
            def job() -> None:
                for i in range(fewer):
                    run({"S": 10}, times, fewer * seed + i)

            return seconds(job) * 1_000_000 / fewer

        return contender

    returns = (
        "two types, u = 1e-3, from 10 cells at days 1 to 10; chemoevo (bnb, two threads) all 1e6 replicates, "
        f"numba (one thread) {fewer} of them, scaled up."
    )
    return Row(
        "1e6 replicates x 10 times x 2 types", "s", {OURS: ours, "numba": numba}, most=1.5, threads=2, returns=returns
    )


def scaling() -> Row:
    def ours() -> Contender:
        model = process(LATTICE)

        def contender(seed: int) -> float:
            def run(threads: int) -> float:
                return seconds(
                    lambda: ce.simulate(
                        model,
                        initial={LATTICE.types[0]: START},
                        times=[9.0],
                        replicates=64,
                        seed=seed,
                        engine="direct",
                        threads=threads,
                    )
                )

            return run(1) / run(2)

        return contender

    returns = "64 replicates of the lattice by direct: seconds with one thread over seconds with two."
    return Row("threads 1 -> 2", "ratio", {OURS: ours}, at_least=1.9, threads=2, returns=returns)


def therapy_process(segments: int, days: float = 200.0) -> ce.BranchingProcess:
    """32 types under six cycles of 21 days, each worth a factor 10 in the wild type and less with every alteration."""
    model = lattice(5, 1e-6, back=False, birth=0.14, death=0.13)
    ends = np.linspace(0.0, days, segments + 1)[1:-1]
    middle = (np.concatenate([[0.0], ends]) + np.concatenate([ends, [days]])) / 2
    cycle = 21.0
    decay = 1.0  # a day
    kill = np.where(middle < 6 * cycle, np.exp(-decay * (middle % cycle)), 0.0)
    width = days / segments
    kill *= 6 * (np.log(10.0) + 0.01 * cycle) / (kill.sum() * width)
    sensitivity = np.array([0.25 ** name.count("1") for name in model.types])
    death = model.death + kill[:, None] * sensitivity[None, :]
    return ce.BranchingProcess(
        types=model.types, birth=[model.birth] * 32, death=death, mutation=model.mutation, breakpoints=ends
    )


def therapy() -> Row:
    def ours() -> Contender:
        model = therapy_process(4800)
        first = model.types[0]

        def contender(seed: int) -> float:
            return seconds(
                lambda: ce.simulate(model, initial={first: 10**9}, times=[200.0], seed=seed, engine="bnb", threads=1)
            )

        return contender

    returns = (
        "32 types, b = 0.14, d = 0.13, u = 1e-6 a locus, 1e9 cells through six cycles of about a factor 10 on 4800 "
        "segments until day 200; the process is built beforehand."
    )
    return Row("bnb, therapy, 4800 segments", "s", {OURS: ours}, most=0.03, returns=returns)


def survival(segments: int, most: float) -> Row:
    def ours() -> Contender:
        model = therapy_process(segments)
        first = model.types[0]

        def contender(seed: int) -> float:
            del seed
            return 1e3 * seconds(lambda: ce.survival_probability(model, initial={first: 1}, times=[200.0]))

        return contender

    returns = "the same process on so many segments, from one cell, to day 200, relative error 1e-8."
    return Row(f"survival probability, {segments} segments", "ms", {OURS: ours}, most=most, returns=returns)


def niches_process(segments: int) -> ce.BranchingProcess:
    """The genotypes of `therapy_process` in three niches and two phenotypes: 192 types.

    Birth and kill fall from niche to niche, cells move to the next one and back, and tolerant ones hardly divide, are
    hardly killed, and turn back within a month.
    """
    plain = therapy_process(segments)
    niches, phenotypes, moves = (1.0, 0.7, 0.4), (1.0, 0.2), (0.01, 0.02, 0.03)
    places = [(n, p) for n in range(3) for p in range(2)]
    share = np.array([niches[n] * phenotypes[p] for n, p in places])

    def name(genotype: str, place: tuple[int, int]) -> str:
        return f"{genotype}/{place[0]}{'st'[place[1]]}"

    switching = {}
    for genotype, (n, p) in itertools.product(plain.types, places):
        source = name(genotype, (n, p))
        for to in (n - 1, n + 1):
            if 0 <= to < 3:
                switching[source, name(genotype, (to, p))] = moves[n]
        switching[source, name(genotype, (n, 1 - p))] = 0.05 if p else 1e-3
    return ce.BranchingProcess(
        types=[name(genotype, place) for genotype in plain.types for place in places],
        birth=np.kron(plain.birth, share),
        death=0.13 + np.kron(plain.death - 0.13, share),
        mutation={
            (name(source, place), name(target, place)): value
            for (source, target), value in plain.mutation.items()
            for place in places
        },
        switching=switching,
        breakpoints=plain.breakpoints,
    )


def survival_in_niches(segments: int, most: float) -> Row:
    def ours() -> Contender:
        model = niches_process(segments)
        first = model.types[0]

        def contender(seed: int) -> float:
            del seed
            return 1e3 * seconds(lambda: ce.survival_probability(model, initial={first: 1}, times=[200.0]))

        return contender

    returns = (
        "the same in three niches and two phenotypes, between which cells switch: 192 types, from one cell, to "
        "day 200, relative error 1e-8."
    )
    return Row(f"survival probability, 192 types, {segments} segments", "ms", {OURS: ours}, most=most, returns=returns)


def gradient(segments: int, most: float) -> Row:
    def ours() -> Contender:
        model = therapy_process(segments)
        first = model.types[0]

        def contender(seed: int) -> float:
            del seed
            ask = {"question": "survival", "initial": {first: 1}, "time": 200.0}
            return 1e3 * seconds(lambda: ce.sensitivities(model, **ask))

        return contender

    returns = "derivatives of the survival of one cell to day 200 by every rate, probability, count and time of change."
    return Row(f"sensitivities, {segments} segments", "ms", {OURS: ours}, most=most, returns=returns)


def importing() -> Row:
    def fresh(modules: str) -> Contender:
        code = f"import time; t = time.perf_counter(); import {modules}; print(time.perf_counter() - t)"

        def contender(seed: int) -> float:
            del seed
            times = [float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(3)]
            return 1e3 * statistics.median(times)

        return contender

    contenders = {OURS: lambda: fresh("chemoevo"), "numpy, polars": lambda: fresh("numpy, polars")}
    return Row(
        "import",
        "ms",
        contenders,
        least={"numpy, polars": 1 / 1.2},
        returns="the statement in a fresh interpreter, whose start is not timed; median of three.",
    )


def rows() -> Sequence[Row]:
    return (
        direct_row("direct, lattice of 32 genotypes", LATTICE, 15, {"numba": 8, "rebop": 30}),
        direct_row("direct, 2 types", PAIR, 8, {"rebop": 3}),
        mutation_events(),
        first_passage(),
        leaping_passage(1e9, 0.003),
        leaping_passage(1e12, 0.05),
        many_observations(),
        many_replicates(),
        overhead(),
        scaling(),
        therapy(),
        survival(500, 3),
        survival(4800, 10),
        survival_in_niches(500, 20),
        gradient(500, 25),
        gradient(4800, 250),
        *equations.rows(),
        *clinical.rows(),
        *kinetics.rows(),
        *marrow.rows(),
        importing(),
    )
