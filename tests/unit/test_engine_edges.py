"""Edges of the engines: what observation must not change, and counting every type by name."""

from __future__ import annotations

import numpy as np
import pytest

import chemoevo as ce


def test_direct_is_the_same_to_the_last_bit_however_often_it_is_observed() -> None:
    process = ce.BranchingProcess(
        types=["a", "b", "c"],
        birth=[0.9, 0.3, 1.1],
        death=[1.7, 2.2, 1.9],
        mutation={("a", "b"): 0.1, ("b", "c"): 0.2},
        switching={("c", "a"): 0.7},
    )

    def run(times: object) -> ce.Ensemble:
        return ce.simulate(process, initial={"a": 300, "b": 20}, times=times, replicates=100, seed=3, engine="direct")

    once, often = run([6.0]), run(np.linspace(0.0, 6.0, 97))
    assert once.outcomes.equals(often.outcomes)
    assert (once.final == often.final).all()


@pytest.mark.parametrize("rate", [1e3, 1e12, 1e17])
def test_slow_cells_are_not_forgotten_after_fast_ones(rate: float) -> None:
    """A cell becomes a source so fast that the rates of its daughters vanish in the sum; it dies; they go on."""
    process = ce.BranchingProcess(
        types=["cell", "source", "daughter"],
        birth=[0.0, rate, 0.0],
        death=[0.0, rate, 1.0],
        mutation={("source", "daughter"): 1.0},
        switching={("cell", "source"): 1.0},
    )
    ens = ce.simulate(process, initial={"cell": 1}, times=[200.0], replicates=1000, seed=1, engine="direct")
    assert not ens.final.any()


@pytest.mark.parametrize("engine", ["auto", "bnb", "direct"])
def test_a_stop_that_names_every_type_counts_the_total(engine: str) -> None:
    process = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1.0], death=[0.2, 0.2], mutation={("S", "R"): 0.01})

    def run(of: list[str] | None) -> ce.Ensemble:
        stop = ce.Stop(size=500, of=of)
        return ce.simulate(process, initial={"S": 20}, times=[50.0], replicates=5, seed=2, engine=engine, stop=stop)

    assert run(["R", "S"]).outcomes.equals(run(None).outcomes)


@pytest.mark.parametrize(("engine", "days"), [("leap", 0.0), ("leap", 1000.0), ("bnb", 1000.0)])
def test_stop_is_met_where_events_are_closer_than_the_clock_can_tell(engine: str, days: float) -> None:
    # 1e15 cells at 1000 events per day: dozens of mutations within one rounding of the day. By the clock they would all
    # be at one time, and the size would be passed by thousands of cells.
    process = ce.BranchingProcess(
        types=["S", "R"],
        birth=[[0.0, 0.0], [1000.0, 1.0]] if days else [[1000.0, 1.0]],
        death=[[0.0, 0.0], [5.0, 0.01]] if days else [[5.0, 0.01]],
        breakpoints=[days] if days else None,
        mutation={("S", "R"): 0.25 if engine == "leap" else 1e-3},
    )
    start, size = (137, 9_785_787_128_047_984) if engine == "leap" else (10**14, 10**14 + 10**9)
    ens = ce.simulate(
        process,
        initial={"S": start},
        times=[days + 1.0],
        stop=ce.Stop(size=size),
        replicates=5,
        seed=3,
        engine=engine,
        limits=ce.Limits(size=2**62),
    )
    assert ens.outcomes["outcome"].to_list() == ["stopped"] * 5
    assert {int(row[0]) + int(row[1]) for row in ens.final} == {size}
