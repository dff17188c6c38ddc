"""Sweeps: one row per point, as the questions themselves answer; what fails is a row; Ctrl-C ends them."""

from __future__ import annotations

import functools
import os
import signal
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import chemoevo as ce
from chemoevo.sweeps import point, workers
from tests.unit.sweeps import CLEARANCE, POINTS, at, scenario


def test_every_row_is_what_the_question_answers() -> None:
    table = ce.sweep(scenario(), POINTS, ask=["cure", "survival", "extinct_ever", "mutant_share", "rate_error"])
    assert table["point"].to_list() == list(range(6))
    assert table.select(POINTS.columns).equals(POINTS)
    assert set(table["status"]) == {"ok"}
    assert set(table["method"]) == {"law"}
    for row, found in enumerate(table.iter_rows(named=True)):
        model = at(row)
        cure = ce.cure_probability(model)
        assert (found["cure"], found["cure_low"], found["cure_high"]) == (cure.value, cure.low, cure.high)
        assert found["mutant_share"] == cure.mutant_share
        assert found["extinct_ever"] == ce.cure_probability(model, horizon=float("inf")).value
        assert found["rate_error"] == model.rate_error
        assert found["survival"] == pytest.approx(1 - cure.value, rel=1e-9)
    assert table["cure"].n_unique() == 6


def test_a_function_of_a_row_takes_paths() -> None:
    def given(**row: Any) -> ce.Scenario:
        return scenario().replace(row)

    assert ce.sweep(given, POINTS, ask="cure").equals(ce.sweep(scenario(), POINTS, ask="cure"))


def test_histories_are_those_of_simulate() -> None:
    asked = ["cure", "progressed", "median_time_to_progression", "driver", "mean_cells"]
    table = ce.sweep(scenario(2e-3), POINTS.tail(3), ask=asked, replicates=40)
    assert set(table["method"]) == {"histories"}
    for row, found in enumerate(table.iter_rows(named=True), start=3):
        model = at(row, 2e-3)
        ens = ce.simulate(model, replicates=40, seed=5)
        answer = ce.answer(model, ens)
        cure = ce.cure_probability(model, method="histories", replicates=40, seed=5)
        assert (found["cure"], found["cure_low"], found["trusted"]) == (cure.value, cure.low, cure.trusted)
        assert found["progressed"] == answer.progressed.value
        assert found["median_time_to_progression"] == answer.time_to_progression.value
        assert found["mean_cells"] == ens.final.sum(axis=1).mean()
        driver = answer.genotypes.sort("most_numerous", descending=True)
        if driver["most_numerous"].sum() > 0:
            assert found["driver"] == driver["genotype"][0]
            assert found["driver_share"] == driver["most_numerous"][0] / driver["most_numerous"].sum()
    assert table["driver"].drop_nulls().len() > 0
    # Another seed, other histories; the same seed at every point unless it is a parameter.
    other = ce.sweep(scenario(2e-3), POINTS.tail(3), ask="mean_cells", replicates=40, seed=6)
    assert other["mean_cells"].to_list() != table["mean_cells"].to_list()
    seeds = ce.sweep(scenario(2e-3), {"simulation.seed": [5, 6]}, ask="mean_cells", replicates=10)
    assert seeds["mean_cells"].n_unique() == 2


def test_few_histories_that_carry_an_average_are_not_trusted() -> None:
    # No survivor is likely, but for a few tumors with many mutants.
    table = ce.sweep(scenario(2e-3), {"surgery.residual_cells": [1e4]}, ask="cure", replicates=12)
    found = ce.cure_probability(
        scenario(2e-3).replace({"surgery.residual_cells": 1e4}), method="histories", replicates=12
    )
    assert table["trusted"].to_list() == [found.trusted]
    assert table["cure"][0] == found.value


def test_a_point_that_fails_is_a_row() -> None:
    points = {"tumor.birth": [0.05, 0.14], "surgery.residual_cells": [10, 100]}
    table = ce.sweep(scenario(), points)
    assert table["cure"].is_null().to_list() == [True, False]
    assert table["method"].to_list() == [None, "law"]
    assert "birth must be larger than death" in table["status"][0]
    # Where the law does not hold, and nobody said how many histories to simulate.
    mixed = ce.sweep(scenario(), {"tumor.alterations[ABCB1].mutation": [1e-6, 2e-3]})
    assert mixed["cure"].is_null().to_list() == [False, True]
    assert mixed["status"][1].startswith("replicates is missing: ")
    with pytest.raises(ce.ModelError, match=r"points: none has an answer. The first: replicates is missing"):
        ce.sweep(scenario(), {"tumor.alterations[ABCB1].mutation": [2e-3, 3e-3]})


def test_a_question_that_has_no_answer_leaves_the_others() -> None:
    def picky(model: ce.Scenario) -> float:
        if model.tumor.alterations[0].mutation > 1e-3:
            raise ce.SimulationError("too many of them.")
        return 1.0

    path = "tumor.alterations[ABCB1].mutation"
    table = ce.sweep(scenario(), {path: [2e-3, 1e-6]}, ask={"p": "cure", "mine": picky, "share": "mutant_share"})
    assert table.columns[2:] == ["p", "p_low", "p_high", "mine", "share", "method", "trusted", "status"]
    assert table["status"][0].startswith("p: replicates is missing: ")
    assert table["status"][0].endswith("mine: too many of them.")
    assert table["status"][1] == "ok"
    assert table.row(0)[2:6] == (None,) * 4
    assert table["share"][0] > 0.01
    # Also where it has none at any point.
    nowhere = ce.sweep(scenario(), {path: [2e-3, 3e-3]}, ask={"share": "mutant_share", "mine": picky, "p": "cure"})
    assert nowhere["mine"].null_count() == nowhere["p_low"].null_count() == 2
    assert nowhere["share"].null_count() == 0


def test_questions_about_histories_that_fail_fail_once(monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []

    def failing(*_: Any, **__: Any) -> None:
        begun.append(1)
        raise ce.SimulationError("there is no memory.")

    monkeypatch.setattr(point, "simulate", failing)
    asks = ["mean_cells", "progressed", "driver", "mutant_share"]
    table = ce.sweep(scenario(), {"surgery.residual_cells": [10]}, ask=asks, replicates=5)
    assert table["status"].to_list() == ["mean_cells, progressed, driver: there is no memory."]
    assert len(begun) == 1


def test_a_fault_of_a_function_is_raised() -> None:
    def fails(model: ce.Scenario) -> float:
        raise ZeroDivisionError

    for threads in (1, 2):
        with pytest.raises(ZeroDivisionError):
            ce.sweep(scenario(), POINTS, ask={"x": fails}, threads=threads)


def test_functions_are_asked_of_the_model() -> None:
    asked: dict[str, Any] = {
        "size": lambda s: s.tumor.size,
        "name": lambda s: s.name,
        "law": ce.cure_probability,
        "moments": lambda s: {"one": 1, "two": s.tumor.birth},
        "cure": "cure",
        "null": lambda s: None,
        "array": lambda s: ce.extinction_probability(s, initial={"sensitive": 3}, times=[5.0]),
    }
    table = ce.sweep(scenario(), POINTS.head(2), ask=asked)
    assert table["size"].to_list() == [1e5, 1e5]
    assert table["name"].to_list() == ["two drugs"] * 2
    assert table["law"].to_list() == table["cure"].to_list()
    assert table["law_low"].to_list() == table["cure_low"].to_list()
    assert table["moments_two"].to_list() == [0.14, 0.14]
    assert table["null"].to_list() == [None, None]
    with pytest.raises(ce.ModelError, match=r"none has an answer. The first: ask\[x\] answered NaN"):
        ce.sweep(scenario(), POINTS, ask={"x": lambda s: float("nan")})
    with pytest.raises(TypeError, match=r"ask\[x\] must answer a number, a text or an Estimate; got \[1\]"):
        ce.sweep(scenario(), POINTS, ask={"x": lambda s: [1]})


def test_a_function_makes_the_model() -> None:
    def process(death: float, cells: int) -> tuple[ce.BranchingProcess, int]:
        return ce.BranchingProcess(types=["S"], birth=[0.1], death=[death]), cells

    points = ce.grid({"death": [0.05, 0.2], "cells": [1, 3]})
    table = ce.sweep(process, points, ask={"gone": lambda m: ce.ultimate_extinction_probability(m[0], initial=[m[1]])})
    assert table["gone"].to_list() == pytest.approx([0.5, 0.125, 1.0, 1.0])
    with pytest.raises(TypeError, match="ask must be functions of the model"):
        ce.sweep(process, points)
    made = ce.sweep(lambda size: scenario().replace({"tumor.size": size}), {"size": [10**4, 10**6]})
    assert made["cure"].to_list() == ce.sweep(scenario(), {"tumor.size": [10**4, 10**6]})["cure"].to_list()


def test_threads_and_executors_change_nothing() -> None:
    one = ce.sweep(scenario(2e-3), POINTS, ask=["cure", "progressed"], replicates=20, threads=1)
    assert one.equals(ce.sweep(scenario(2e-3), POINTS, ask=["cure", "progressed"], replicates=20, threads=3))
    with ThreadPoolExecutor(2) as pool:
        assert one.equals(ce.sweep(scenario(2e-3), POINTS, ask=["cure", "progressed"], replicates=20, executor=pool))


def test_parts_of_a_scenario_are_values_like_others(tmp_path: Path) -> None:
    one = {"drug": "docetaxel", "emax": 0.7, "basis": "b"}
    values = [one, {**one, "hill": 3.0}, ce.Potency(drug="docetaxel", emax=2, basis="b")]
    table = ce.sweep(scenario(), ce.grid({"potencies[docetaxel]": values}), path=tmp_path / "s.jsonl")
    for found, value in zip(table["cure"], values, strict=True):
        assert found == ce.cure_probability(scenario().replace({"potencies[docetaxel]": value})).value
    assert table["cure"].n_unique() == 3
    rates = ce.grid({"rates": [[1, 2], [0.5, 0.25]], "surgery": [None, ce.Surgery(residual_cells=3)]})
    assert [list(row) for row in rates["rates"]] == [[1, 2], [1, 2], [0.5, 0.25], [0.5, 0.25]]
    with pytest.raises(ce.ModelError, match="is the file of another sweep"):
        ce.sweep(scenario(), ce.grid({"potencies[docetaxel]": values[::-1]}), path=tmp_path / "s.jsonl")


def test_a_question_may_have_another_name() -> None:
    table = ce.sweep(scenario(), POINTS.head(1), ask={"mine": "cure"})
    assert table.columns[3:] == ["mine", "mine_low", "mine_high", "method", "trusted", "status"]
    assert table["mine"][0] == ce.cure_probability(at(0)).value


@pytest.mark.parametrize("name", ["status", "point", "method", "trusted"])
def test_columns_of_the_sweep_are_no_questions_and_no_parameters(name: str) -> None:
    with pytest.raises(ce.ModelError, match=f"must have no question '{name}'"):
        ce.sweep(scenario(), POINTS, ask={name: len})
    with pytest.raises(ce.ModelError, match=f"must have no column '{name}'"):
        ce.sweep(scenario(), {name: [1]})
    with pytest.raises(ce.ModelError, match="points must have no column 'x_low': it is answered"):
        ce.sweep(lambda x_low: scenario(), {"x_low": [1]}, ask={"x": ce.cure_probability})


def test_the_seed_is_that_of_the_model_at_the_point() -> None:
    asked: dict[str, Any] = {"ask": "mean_cells", "replicates": 5}
    by_function = ce.sweep(lambda n: scenario(2e-3), {"n": [1, 2]}, **asked)["mean_cells"]
    assert by_function.to_list() == ce.sweep(scenario(2e-3), {"name": ["a", "b"]}, **asked)["mean_cells"].to_list()
    assert by_function.n_unique() == 1
    with pytest.raises(ce.ModelError, match=r"simulation.replicates. must be left out: the argument `replicates`"):
        ce.sweep(scenario(), {"simulation.replicates": [5]}, **asked)
    with pytest.raises(ce.ModelError, match="must name every parameter once"):
        ce.sweep(scenario(), {"potencies[0].emax": [1.0], "potencies[docetaxel].emax": [1.0]})


@pytest.mark.slow
def test_other_processes_answer_alike() -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        table = ce.sweep(scenario(2e-3), POINTS, ask=["cure", "progressed"], replicates=20, executor=pool)
    assert table.equals(ce.sweep(scenario(2e-3), POINTS, ask=["cure", "progressed"], replicates=20))


WRONG: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "model": ({"model": 3}, TypeError, "model must be a Scenario, or a function of the columns"),
    "process": (
        {"model": ce.BranchingProcess(types=["S"], birth=[1], death=[1])},
        TypeError,
        "model must be a Scenario, or a function",
    ),
    "path": ({"points": {"tumor.sise": [1]}}, ce.ModelError, r"points\[tumor.sise\] is not in .*Did you mean 'size'"),
    "question": ({"ask": "cur"}, ce.ModelError, r"ask\[0\] is not a known question; got 'cur'. Did you mean 'cure'"),
    "questions": ({"ask": []}, ce.ModelError, "ask must have at least one question"),
    "twice": ({"ask": ["cure", "cure"]}, ce.ModelError, "ask must name every question once; got 'cure'"),
    "kind": ({"ask": 3}, TypeError, "ask must be names of questions"),
    "kinds": ({"ask": {"x": 3}}, TypeError, r"ask\[x\] must be a function of the model"),
    "histories": ({"ask": "driver"}, ce.ModelError, "replicates is missing: 'driver' is answered by histories"),
    "replicates": ({"replicates": 0}, ce.ModelError, "replicates must be a whole number from 1"),
    "threads": ({"threads": 0}, ce.ModelError, "threads must be a whole number from 1 to 4096; got 0"),
    "seed": ({"seed": -1}, ce.ModelError, "seed must be a whole number >= 0"),
    "executor": ({"executor": 3}, TypeError, "executor must be a concurrent.futures.Executor"),
    "progress": ({"progress": 3}, TypeError, "progress must be"),
    "column": ({"ask": {CLEARANCE: len}}, ce.ModelError, "must have no column .*: it is asked"),
    "names": ({"model": lambda x: 3}, ce.ModelError, "must have columns named as the arguments of the function"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments_are_named(name: str) -> None:
    changes, error, message = WRONG[name]
    with pytest.raises(error, match=message):
        ce.sweep(**{"model": scenario(), "points": POINTS, **changes})


@functools.cache
def many_genotypes() -> ce.Scenario:
    """Of which the backward equations take long."""
    effects = [{"drug": drug, "fold": 2.0} for drug in ("docetaxel", "carboplatin")]
    altered = [ce.Alteration(name=f"X{i}", mutation=1e-7, stage="repair", effects=effects) for i in range(9)]
    return scenario().replace({"tumor.alterations": altered, "simulation.tolerance": 1e-6})


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals of POSIX")
@pytest.mark.filterwarnings("ignore:engine 'bnb' is expected to take")
@pytest.mark.parametrize("ask", ["histories", "equations", "python"])
@pytest.mark.parametrize("threads", [1, 2])
def test_ctrl_c_ends_a_sweep_at_once(threads: int, ask: str) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    begun: list[float] = []

    def press() -> None:
        time.sleep(0.3)
        begun.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    def forever(model: ce.Scenario) -> float:
        while True:
            time.sleep(0.01)

    # Each point takes minutes.
    asked: dict[str, Any] = {
        "histories": {
            "model": scenario(2e-3).replace({"tumor.size": 10**8, "simulation.engine": "bnb"}),
            "ask": "mean_cells",
            "replicates": 10**6,
        },
        "equations": {"model": many_genotypes(), "ask": "rate_error"},
        "python": {"model": scenario(), "ask": {"x": forever}},
    }[ask]
    try:
        threading.Thread(target=press).start()
        with pytest.raises(KeyboardInterrupt):
            ce.sweep(points=POINTS, threads=threads, **asked)
        assert time.monotonic() - begun[0] < 1.5
    finally:
        signal.signal(signal.SIGINT, before)


def test_points_are_answered_side_by_side() -> None:
    """Whether the core lets other threads go on while it works is seen by two that wait for each other."""
    together = threading.Barrier(2, timeout=20)

    def ask(model: ce.Scenario) -> float:
        together.wait()
        return float(model.tumor.size)

    table = ce.sweep(scenario(), POINTS.head(2), ask={"x": ask}, threads=2)
    assert table["x"].to_list() == [1e5, 1e5]
    assert workers.processors() >= 1
    assert isinstance(table, pl.DataFrame)
