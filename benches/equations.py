"""Workloads of the backward equations, whose figures docs/backward-equations.md gives, and a scenario's compilation."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import chemoevo as ce
from chemoevo.pharmacology import drug
from chemoevo.scenario.compilation import shared_rates
from table import OURS, Clock, Contender, Row

EXAMPLE = Path(__file__).parents[1] / "examples" / "nsclc.toml"


def row(
    title: str, unit: str, make: Callable[[], Callable[[], object]], returns: str, most: float | None = None
) -> Row:
    """A row of ours alone: the job that `make` prepares is timed, preparation is not."""

    def ours() -> Contender:
        job = make()

        def contender(seed: int) -> float:
            del seed
            start = Clock.now()
            job()
            return (Clock.now() - start) * (1e3 if unit == "ms" else 1.0)

        return contender

    return Row(title, unit, {OURS: ours}, most=most, returns=returns)


def stiff(fast: float) -> Row:
    def make() -> Callable[[], object]:
        process = ce.BranchingProcess(
            types=["S", "R"],
            birth=[2, 1],
            death=[fast / 100.0, 0.5],
            mutation={("S", "R"): 1e-3},
            switching={("R", "S"): 1e-4},
        )
        return lambda: ce.survival_probability(process, initial=[[1, 0], [0, 1]], times=[100.0])

    returns = "survival of a cell of either type to day 100, one dying at once, coupled by mutation and switching."
    return row(f"stiff pair, rates x time {fast:g}", "ms", make, returns)


def one_type() -> Row:
    def make() -> Callable[[], object]:
        process = ce.BranchingProcess(types=["S"], birth=[1e4], death=[1e4])
        return lambda: ce.survival_probability(process, initial={"S": 1}, times=[100.0])

    return row("one type, rates x time 1e6", "ms", make, "survival of a critical cell to day 100, the call included.")


def distribution(counts: int, steps: int) -> Row:
    def make() -> Callable[[], object]:
        types = ["S", "A", "B"][: steps + 1]
        mutation = dict.fromkeys(itertools.pairwise(types), 1e-6)
        growth = ce.BranchingProcess(
            types=types, birth=[0.5] * (steps + 1), death=[0.1] * (steps + 1), mutation=mutation
        )
        tumor = ce.GrownTo(growth, size=1e6)
        return lambda: ce.count_distribution(growth, of=types[1:], initial=tumor, time=0.0, max_count=counts)

    how = "closed form" if steps == 1 else "two steps of mutation"
    returns = f"law of mutants in a tumor found with 1e6 cells, u = 1e-6, b = 0.5, d = 0.1; {how}; two threads."
    return row(f"count distribution, {counts} counts, {how}", "s", make, returns)


def size(name: str) -> Row:
    def make() -> Callable[[], object]:
        read = ce.Scenario.load(EXAMPLE.with_name(name))
        tumor = ce.GrownTo(read.growth.process, size=read.tumor.size)
        ask: dict[str, Any] = {"initial": tumor, "above": 1e8, "times": [read.follow_up.horizon]}
        _ = read.therapy
        return lambda: ce.size_probability(read, **ask)

    returns = f"probability of 1e8 cells at the horizon of examples/{name}, from the law of its growth; two threads."
    return row(f"size probability, {name}", "ms", make, returns)


def scenario(tolerance: float) -> dict[str, Any]:
    """The example with five alterations and a third drug, as its file would say it."""
    data = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    data["drugs"] = [drug("docetaxel").to_dict() | {"name": "third"}]
    doses = data["regimen"]["phases"][0]["doses"]
    doses.append(doses[0] | {"drug": "third", "amount": 40, "start_hours": 3})
    first = data["potencies"][0]
    at = first["at"] | {"drug": data["drugs"][0], "doses": [d | {"drug": "third"} for d in first["at"]["doses"]]}
    data["potencies"].append(first | {"drug": "third", "at": at})
    changed = {c.mechanism for a in data["tumor"]["alterations"] for c in ce.Alteration(**a).changes}
    mechanisms = [ce.mechanism(name).to_dict() for name in sorted(changed)]
    for mechanism in mechanisms:
        of = next(one for one in mechanism["drugs"] if one["drug"] == "docetaxel")
        mechanism["drugs"] = [*mechanism["drugs"], of | {"drug": "third"}]
    data["mechanisms"] = mechanisms
    data["simulation"] = {"tolerance": tolerance}
    return data


def compilation(title: str, tolerance: float, most: float) -> Row:
    segments = len(ce.Scenario(**scenario(tolerance)).therapy.birth)

    def ours() -> Contender:
        def contender(seed: int) -> float:
            del seed
            whole = ce.Scenario(**scenario(tolerance))
            # Scenarios of equal treatment share their rates.
            shared_rates.forget()
            start = Clock.now()
            _ = whole.therapy
            return 1e3 * (Clock.now() - start)

        return contender

    returns = (
        f"3 drugs, 6 cycles, 32 types: {segments} segments (tolerance {tolerance:g}); the scenario is read before."
    )
    return Row(f"compile a scenario, {title}", "ms", {OURS: ours}, most=most, returns=returns)


def sweep(points: int) -> Row:
    """Against a loop of the single call, on one thread."""
    read = ce.Scenario.load(EXAMPLE)
    frame = ce.grid({"tumor.size": np.geomspace(1e9, 1e11, points).round()})

    def timed(job: Callable[[], object]) -> Contender:
        def contender(seed: int) -> float:
            del seed
            start = Clock.now()
            job()
            return Clock.now() - start

        return contender

    def swept() -> Contender:
        return timed(lambda: ce.sweep(read, frame, threads=2))

    def looped() -> Contender:
        return timed(lambda: [ce.cure_probability(read.replace(row)) for row in frame.iter_rows(named=True)])

    returns = f"cure of examples/nsclc.toml at {points} sizes; two threads, and a loop of `cure_probability`."
    return Row(f"sweep, {points} points", "s", {OURS: swept, "a loop": looped}, returns=returns)


def rows() -> Sequence[Row]:
    return (
        sweep(200),
        stiff(1e4),
        stiff(1e5),
        stiff(1e6),
        one_type(),
        distribution(200, 1),
        distribution(100_000, 1),
        distribution(200, 2),
        distribution(5000, 2),
        size("nsclc_relapse.toml"),
        size("nsclc_adjuvant.toml"),
        compilation("adaptive", 1e-3, 2.0),
        compilation("hourly", 1e-5, 20.0),
    )
