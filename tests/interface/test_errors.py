"""Bad input of processes and simulations: one clear error before any work, which names the field and the value."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import chemoevo as ce

NAN, INF = math.nan, math.inf


def process(**changes: Any) -> ce.BranchingProcess:
    arguments: dict[str, Any] = {"types": ["S", "R"], "birth": [1.0, 0.9], "death": [0.5, 0.4]}
    return ce.BranchingProcess(**{**arguments, **changes})


PROCESS = process(mutation={("S", "R"): 0.1})


def simulate(**changes: Any) -> ce.Ensemble:
    arguments: dict[str, Any] = {"initial": {"S": 3}, "times": [1.0], "replicates": 2, "seed": 1}
    return ce.simulate(PROCESS, **{**arguments, **changes})


# Each case: the call, the error, and what the message must say.
Case = tuple[Callable[[], object], type[Exception], list[str]]

PROCESS_CASES: dict[str, Case] = {
    "negative birth": (lambda: process(birth=[-1.0, 1.0]), ce.ModelError, ["birth[0]", "-1.0"]),
    "negative death": (lambda: process(death=[0.5, -2.0]), ce.ModelError, ["death[1]", "-2.0", "'R'"]),
    "NaN birth": (lambda: process(birth=[NAN, 1.0]), ce.ModelError, ["birth[0]", "nan", "finite"]),
    "infinite death": (lambda: process(death=[0.5, INF]), ce.ModelError, ["death[1]", "inf", "finite"]),
    "NaN in an interval": (
        lambda: process(birth=[[1.0, 1.0], [NAN, 1.0]], breakpoints=[3.0]),
        ce.ModelError,
        ["birth[1][0]", "nan"],
    ),
    "True for a rate": (lambda: process(birth=True), TypeError, ["birth", "True"]),
    "text for a rate": (lambda: process(birth=["1.0", "2.0"]), TypeError, ["birth", "numbers"]),
    "None for a rate": (lambda: process(birth=None), TypeError, ["birth"]),
    "complex rates": (lambda: process(birth=[1j, 1.0]), TypeError, ["birth"]),
    "ragged rates": (
        lambda: process(birth=[[1.0, 1.0], [1.0]], breakpoints=[3.0]),
        ce.ModelError,
        ["birth", "rectangular"],
    ),
    "too many rates": (lambda: process(birth=[1.0] * 3), ce.ModelError, ["birth", "(3,)", "(2,)"]),
    "a number for the rates of two types": (lambda: process(birth=1.0), ce.ModelError, ["birth", "shape"]),
    "rates of too many intervals": (
        lambda: process(birth=np.ones((3, 2)), breakpoints=[3.0]),
        ce.ModelError,
        ["birth", "(3, 2)", "(2, 2)"],
    ),
    "no types": (lambda: process(types=[]), ce.ModelError, ["types", "at least one"]),
    "a type named total": (lambda: process(types=["S", "total"]), ce.ModelError, ["types[1]", "'total'"]),
    "duplicate types": (lambda: process(types=["S", "S"]), ce.ModelError, ["types[1]", "unique", "'S'"]),
    "an empty name": (lambda: process(types=["S", ""]), ce.ModelError, ["types[1]", "empty"]),
    "a name that no file can hold": (
        lambda: process(types=["S", "a\ud800"]),
        ce.ModelError,
        ["types[1]", "a file can"],
    ),
    "a label that no file can hold": (
        lambda: ce.Counts(of={"\udfff": ["S"]}),
        ce.ModelError,
        [r"counts.of['\udfff']", "a file can hold"],
    ),
    "a name that is a number": (lambda: process(types=["S", 2]), TypeError, ["types[1]", "2"]),
    "one text for the types": (lambda: process(types="SR"), TypeError, ["types", "'SR'"]),
    "row above one": (
        lambda: process(
            types=list("ABC"), birth=[1.0] * 3, death=[0.0] * 3, mutation={("A", "B"): 0.6, ("A", "C"): 0.6}
        ),
        ce.ModelError,
        ["mutation", "'A'", "1.2", "at most 1"],
    ),
    "a probability above one": (
        lambda: process(mutation={("S", "R"): 1.5}),
        ce.ModelError,
        ["mutation", "('S', 'R')", "1.5"],
    ),
    "a negative probability": (lambda: process(mutation={("S", "R"): -0.1}), ce.ModelError, ["mutation", "-0.1"]),
    "NaN mutation": (lambda: process(mutation=[[0.0, NAN], [0.0, 0.0]]), ce.ModelError, ["mutation", "nan"]),
    "mutation to itself": (
        lambda: process(mutation=[[0.1, 0.0], [0.0, 0.0]]),
        ce.ModelError,
        ["mutation", "('S', 'S')", "0.1"],
    ),
    "mutation of a wrong shape": (
        lambda: process(mutation=np.zeros((3, 3))),
        ce.ModelError,
        ["mutation", "(3, 3)", "(2, 2)"],
    ),
    "mutation of an unknown type": (
        lambda: process(types=["sensitive", "resistant"], mutation={("sensitive", "resistent"): 0.1}),
        ce.ModelError,
        ["mutation", "'resistent'", "Did you mean 'resistant'?"],
    ),
    "mutation by a key that is no pair": (lambda: process(mutation={"SR": 0.1}), TypeError, ["mutation", "'SR'"]),
    "infinite switching": (lambda: process(switching={("S", "R"): INF}), ce.ModelError, ["switching", "inf"]),
    "negative switching": (lambda: process(switching={("S", "R"): -0.1}), ce.ModelError, ["switching", "-0.1"]),
    "switching to itself": (lambda: process(switching={("R", "R"): 0.1}), ce.ModelError, ["switching", "('R', 'R')"]),
    "values of too many intervals": (
        lambda: process(switching={("S", "R"): [0.1, 0.2]}),
        ce.ModelError,
        ["switching", "(2,)"],
    ),
    "breakpoint at 0": (
        lambda: process(birth=np.ones((2, 2)), breakpoints=[0.0]),
        ce.ModelError,
        ["breakpoints[0]", "0.0"],
    ),
    "negative breakpoint": (lambda: process(breakpoints=[-1.0]), ce.ModelError, ["breakpoints[0]", "-1.0"]),
    "unordered breakpoints": (lambda: process(breakpoints=[2.0, 1.0]), ce.ModelError, ["breakpoints[1]", "1.0", "2.0"]),
    "repeated breakpoints": (lambda: process(breakpoints=[2.0, 2.0]), ce.ModelError, ["breakpoints[1]", "2.0"]),
    "infinite breakpoint": (lambda: process(breakpoints=[2.0, INF]), ce.ModelError, ["breakpoints[1]", "inf"]),
    "NaN breakpoint": (lambda: process(breakpoints=[NAN]), ce.ModelError, ["breakpoints[0]", "nan"]),
    "pulse of an unknown type": (
        lambda: process(types=["sensitive", "R"], pulses=[ce.Pulse(time=1.0, survival={"sensitve": 0.5})]),
        ce.ModelError,
        ["pulses[0]", "'sensitve'", "Did you mean 'sensitive'?"],
    ),
    "a pulse that is none": (lambda: process(pulses=[(1.0, {"S": 0.5})]), TypeError, ["pulses[0]"]),
    "pulse before the start": (lambda: ce.Pulse(time=-1.0, survival={"S": 0.5}), ce.ModelError, ["time", "-1.0"]),
    "pulse never": (lambda: ce.Pulse(time=INF, survival={"S": 0.5}), ce.ModelError, ["time", "inf"]),
    "pulse at NaN": (lambda: ce.Pulse(time=NAN, survival={"S": 0.5}), ce.ModelError, ["time", "nan"]),
    "survival above one": (lambda: ce.Pulse(time=1.0, survival={"S": 1.5}), ce.ModelError, ["survival['S']", "1.5"]),
    "negative survival": (lambda: ce.Pulse(time=1.0, survival={"S": -0.5}), ce.ModelError, ["survival['S']", "-0.5"]),
    "NaN survival": (lambda: ce.Pulse(time=1.0, survival={"S": NAN}), ce.ModelError, ["survival['S']", "nan"]),
    "True for a survival": (lambda: ce.Pulse(time=1.0, survival={"S": True}), TypeError, ["survival['S']", "True"]),
    "stop at nothing": (lambda: ce.Stop(size=0), ce.ModelError, ["size", "0"]),
    "stop at a fraction": (lambda: ce.Stop(size=10.5), ce.ModelError, ["size", "10.5"]),
    "stop at NaN": (lambda: ce.Stop(size=NAN), ce.ModelError, ["size", "nan"]),
    "stop beyond what can be counted": (lambda: ce.Stop(size=2**63), ce.ModelError, ["size", str(2**63)]),
    "stop at True": (lambda: ce.Stop(size=True), TypeError, ["size", "True"]),
    "stop at text": (lambda: ce.Stop(size="1e9"), TypeError, ["size", "'1e9'"]),
    "stop of no types": (lambda: ce.Stop(size=5, of=[]), ce.ModelError, ["of"]),
    "stop of one text": (lambda: ce.Stop(size=5, of="R"), TypeError, ["of", "'R'"]),
    "stop of a type twice": (lambda: ce.Stop(size=5, of=["R", "R"]), ce.ModelError, ["of[1]", "'R'"]),
    "retry maybe": (lambda: ce.Stop(size=5, retry=1), TypeError, ["retry", "1"]),
    "no size allowed": (lambda: ce.Limits(size=0), ce.ModelError, ["size", "0"]),
    "limits beyond 2**62": (lambda: ce.Limits(events=2**62 + 1), ce.ModelError, ["events", str(2**62 + 1)]),
    "no clones allowed": (lambda: ce.Limits(clones=0), ce.ModelError, ["limits.clones", "0"]),
    "too many clones": (lambda: ce.Limits(clones=2**32), ce.ModelError, ["limits.clones", str(2**32)]),
    "infinite limit": (lambda: ce.Limits(events=INF), ce.ModelError, ["events", "inf"]),
}

SIMULATE_CASES: dict[str, Case] = {
    "no initial state": (lambda: simulate(initial=None), ce.ModelError, ["initial"]),
    "unknown type": (lambda: simulate(initial={"Q": 1}), ce.ModelError, ["initial['Q']", "'S'"]),
    "negative count": (lambda: simulate(initial={"S": -3}), ce.ModelError, ["initial['S']", "-3"]),
    "count that is not whole": (lambda: simulate(initial={"S": 2.5}), ce.ModelError, ["initial['S']", "2.5"]),
    "count NaN": (lambda: simulate(initial=[NAN, 1.0]), ce.ModelError, ["initial[0]", "nan"]),
    "count infinite": (lambda: simulate(initial={"S": INF}), ce.ModelError, ["initial['S']", "inf"]),
    "count too large": (lambda: simulate(initial={"S": 2**62 + 1}), ce.ModelError, ["initial['S']", str(2**62 + 1)]),
    "counts too large together": (lambda: simulate(initial=[2**61, 2**61 + 1]), ce.ModelError, ["initial", "2**62"]),
    "count too large in a list": (lambda: simulate(initial=[2**70, 0]), ce.ModelError, ["initial[0]", str(2**70)]),
    "True for a count": (lambda: simulate(initial={"S": True}), TypeError, ["initial['S']", "True"]),
    "True among times": (lambda: simulate(times=[True, 2.0]), TypeError, ["times", "True"]),
    "True among rates": (lambda: process(birth=[True, 0.5]), TypeError, ["birth", "True"]),
    "True in a list of counts": (lambda: simulate(initial=[True, False]), TypeError, ["initial", "True"]),
    "True among counts": (lambda: simulate(initial=[True, 3]), TypeError, ["initial", "True"]),
    "numpy's True": (lambda: simulate(initial={"S": np.True_}), TypeError, ["initial['S']", "True"]),
    "text for a count": (lambda: simulate(initial={"S": "3"}), TypeError, ["initial['S']", "'3'"]),
    "too few counts": (lambda: simulate(initial=[1]), ce.ModelError, ["initial", "(1,)", "(2,)"]),
    "counts of three dimensions": (
        lambda: simulate(initial=np.ones((1, 2, 2))),
        ce.ModelError,
        ["initial", "(1, 2, 2)"],
    ),
    "a negative count in a row": (lambda: simulate(initial=[[1, 2], [3, -4]]), ce.ModelError, ["initial[1][1]", "-4"]),
    "a count of a row not whole": (
        lambda: simulate(initial=[[1.0, 2.0], [3.5, 4.0]]),
        ce.ModelError,
        ["initial[1][0]", "3.5"],
    ),
    "ragged rows": (lambda: simulate(initial=[[1, 2], [3]]), ce.ModelError, ["initial", "rectangular"]),
    "rows and replicates disagree": (
        lambda: simulate(initial=[[1, 2]] * 3, replicates=2),
        ce.ModelError,
        ["replicates", "3", "2"],
    ),
    "no times": (lambda: simulate(times=None), ce.ModelError, ["times"]),
    "empty times": (lambda: simulate(times=[]), ce.ModelError, ["times", "at least one"]),
    "negative time": (lambda: simulate(times=[-1.0, 1.0]), ce.ModelError, ["times[0]", "-1.0"]),
    "unordered times": (lambda: simulate(times=[2.0, 1.0]), ce.ModelError, ["times[1]", "1.0", "2.0"]),
    "repeated times": (lambda: simulate(times=[1.0, 1.0]), ce.ModelError, ["times[1]", "1.0"]),
    "NaN time": (lambda: simulate(times=[1.0, NAN]), ce.ModelError, ["times[1]", "nan"]),
    "infinite time": (lambda: simulate(times=[1.0, INF]), ce.ModelError, ["times[1]", "inf"]),
    "text for times": (lambda: simulate(times=["1"]), TypeError, ["times", "numbers"]),
    "True for a time": (lambda: simulate(times=[True]), TypeError, ["times", "True"]),
    "times of two dimensions": (lambda: simulate(times=[[1.0, 2.0]]), ce.ModelError, ["times", "(1, 2)"]),
    "no replicates": (lambda: simulate(replicates=0), ce.ModelError, ["replicates", "0"]),
    "negative replicates": (lambda: simulate(replicates=-5), ce.ModelError, ["replicates", "-5"]),
    "replicates True": (lambda: simulate(replicates=True), TypeError, ["replicates", "True"]),
    "half a replicate": (lambda: simulate(replicates=2.5), ce.ModelError, ["replicates", "2.5"]),
    "empty range": (lambda: simulate(replicates=range(5, 5)), ce.ModelError, ["replicates", "range(5, 5)"]),
    "negative range": (lambda: simulate(replicates=range(-2, 5)), ce.ModelError, ["replicates", "range(-2, 5)"]),
    "range with steps": (
        lambda: simulate(replicates=range(0, 10, 2)),
        ce.ModelError,
        ["replicates", "range(0, 10, 2)"],
    ),
    "replicates that no memory holds": (
        lambda: simulate(replicates=2**39, times=np.arange(100.0)),
        ce.ModelError,
        ["replicates", "GiB"],
    ),
    "negative seed": (lambda: simulate(seed=-1), ce.ModelError, ["seed", "-1"]),
    "seed with a fraction": (lambda: simulate(seed=1.5), ce.ModelError, ["seed", "1.5"]),
    "seed True": (lambda: simulate(seed=True), TypeError, ["seed", "True"]),
    "seed text": (lambda: simulate(seed="1"), TypeError, ["seed", "'1'"]),
    "unknown engine": (
        lambda: simulate(engine="dirct"),
        ce.ModelError,
        ["engine", "'dirct'", "Did you mean 'direct'?"],
    ),
    "engine that is no word": (lambda: simulate(engine=7), TypeError, ["engine", "7"]),
    "stop of an unknown type": (
        lambda: simulate(stop=ce.Stop(size=5, of=["RR"])),
        ce.ModelError,
        ["stop.of[0]", "'RR'"],
    ),
    "stop that is a number": (lambda: simulate(stop=1e9), TypeError, ["stop", "1000000000.0"]),
    "limits that are a number": (lambda: simulate(limits=1e9), TypeError, ["limits", "1000000000.0"]),
    "retry from nobody": (
        lambda: simulate(initial={}, stop=ce.Stop(size=5, retry=True)),
        ce.ModelError,
        ["initial", "retry"],
    ),
    "threads 0": (lambda: simulate(threads=0), ce.ModelError, ["threads", "0"]),
    "threads True": (lambda: simulate(threads=True), TypeError, ["threads", "True"]),
    "progress that is no callable": (lambda: simulate(progress=3), TypeError, ["progress", "3"]),
    "unknown record": (lambda: simulate(record="clone"), ce.ModelError, ["record", "'clone'", "Did you mean 'clones'"]),
    "exact that is no truth value": (lambda: simulate(exact="yes"), TypeError, ["exact", "'yes'"]),
    "no process": (lambda: ce.simulate({"S": 1}, initial={"S": 1}, times=[1.0]), TypeError, ["BranchingProcess"]),
    "unknown keyword": (lambda: simulate(time=[1.0]), TypeError, ["time"]),
    "an ensemble of other types": (
        lambda: simulate(
            initial=ce.simulate(ce.BranchingProcess(types=["X"], birth=[1], death=[1]), initial=[1], times=[1])
        ),
        ce.ModelError,
        ["initial", "'X'"],
    ),
}

ALL = PROCESS_CASES | SIMULATE_CASES


@pytest.mark.parametrize("name", ALL)
def test_bad_input_is_refused_in_words(name: str) -> None:
    call, error, words = ALL[name]
    with pytest.raises((ce.ModelError, TypeError)) as caught:
        call()
    assert type(caught.value) is error, str(caught.value)
    message = str(caught.value)
    for word in words:
        assert word in message, f"{word!r} is missing in: {message}"
    assert message.rstrip().endswith((".", "?", "'")), message


def test_errors_are_ordinary_exceptions() -> None:
    assert issubclass(ce.ModelError, ValueError)
    assert issubclass(ce.SimulationError, RuntimeError)


def test_all_problems_of_a_process_are_told_at_once() -> None:
    with pytest.raises(ce.ModelError) as caught:
        process(birth=[-1.0, 1.0], death=[0.5, NAN], mutation={("S", "Q"): 0.1, ("S", "R"): -2.0})
    message = str(caught.value)
    assert len(caught.value.problems) == 4
    assert "4 problems" in message
    for word in ("birth[0]", "death[1]", "'Q'", "2.0"):
        assert word in message


def test_all_problems_of_a_run_are_told_at_once() -> None:
    with pytest.raises(ce.ModelError) as caught:
        simulate(initial={"S": -1}, times=[2.0, 1.0], replicates=0, seed=-4, engine="bmb")
    message = str(caught.value)
    for word in ("initial['S']", "times[1]", "replicates", "seed", "engine", "'bnb'"):
        assert word in message


def test_wrong_types_and_values_together_are_a_type_error_that_tells_all() -> None:
    with pytest.raises(TypeError) as caught:
        simulate(initial={"S": True}, seed=-4)
    assert "initial['S']" in str(caught.value)
    assert "seed" in str(caught.value)


def test_named_stops_with_leap_are_refused_where_cells_compete() -> None:
    competing = ce.BranchingProcess(
        types=["S", "R"], birth=[0.2, 0.2], death=[0.1, 0.1], competition=ce.Logistic(capacity=1000)
    )
    with pytest.raises(
        ce.ModelError, match=r"engine 'leap' stops at .* all types together where they compete"
    ) as caught:
        ce.simulate(competing, initial=[1, 0], times=[1.0], engine="leap", stop=ce.Stop(size=5, of=["R"]))
    assert "engine='direct'" in str(caught.value)
    assert simulate(engine="auto", stop=ce.Stop(size=5, of=["R"])).engine == "bnb"


def test_named_stops_with_recorded_clones_need_every_event() -> None:
    stop = ce.Stop(size=5, of=["R"])
    with pytest.raises(ce.ModelError, match="engine") as caught:
        simulate(engine="bnb", stop=stop, record="clones")
    assert "direct" in str(caught.value)
    assert simulate(engine="auto", stop=stop, record="clones").engine == "direct"


@pytest.mark.parametrize(
    "name", ["extinction_probability", "survival_probability", "absence_probability", "presence_probability"]
)
def test_analytic_functions_refuse_the_same(name: str) -> None:
    types = {"types": ["R"]} if name in ("absence_probability", "presence_probability") else {}
    function = getattr(ce, name)
    for changes, error, word in (
        ({"initial": {"S": -1}}, ce.ModelError, "initial['S']"),
        ({"initial": {"S": True}}, TypeError, "initial['S']"),
        ({"initial": {"Q": 1}}, ce.ModelError, "initial['Q']"),
        ({"times": [-1.0]}, ce.ModelError, "times[0]"),
        ({"times": [2.0, 1.0]}, ce.ModelError, "times[1]"),
        ({"times": [NAN]}, ce.ModelError, "times[0]"),
    ):
        with pytest.raises(error) as caught:
            function(PROCESS, **{"initial": {"S": 1}, "times": [1.0], **types, **changes})
        assert word in str(caught.value)


@pytest.mark.parametrize("name", ["absence_probability", "presence_probability"])
def test_unknown_types_of_an_absence_are_suggested(name: str) -> None:
    long = process(types=["sensitive", "resistant"])
    with pytest.raises(ce.ModelError, match="Did you mean 'resistant'"):
        getattr(ce, name)(long, initial={"sensitive": 1}, times=[1.0], types=["resistent"])


def test_retry_of_what_never_arrives_is_refused() -> None:
    dying = ce.BranchingProcess(types=["S"], birth=[0.0], death=[1.0])
    with pytest.raises(ce.ModelError, match=r"stop\.size is never reached"):
        ce.simulate(dying, initial=[1], times=[9.0], stop=ce.Stop(size=2, retry=True))
    assert ce.simulate(dying, initial=[2], times=[9.0], stop=ce.Stop(size=2, retry=True)).final.tolist() == [[2]]


def test_suggestions_do_not_depend_on_capitals() -> None:
    with pytest.raises(ce.ModelError, match="Did you mean 'S'"):
        simulate(initial={"s": 1})


@pytest.mark.parametrize(
    ("changes", "error"), [({"limits": 3}, TypeError), ({"record": "x"}, ce.ModelError), ({"exact": 1}, TypeError)]
)
def test_simulating_a_scenario_checks_the_same_options(changes: dict[str, Any], error: type[Exception]) -> None:
    scenario = ce.scenarios.scenario("nsclc")
    with pytest.raises(error, match=next(iter(changes))):
        ce.simulate(scenario, **changes)


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ({"time": 1.0}, ce.ModelError, "pulse.survival is missing"),
        ({"tme": 1.0, "survival": {}}, ce.ModelError, "Did you mean 'time'"),
        (3, TypeError, "pulse must be a table"),
    ],
)
def test_plain_data_of_a_pulse_are_checked(data: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        ce.Pulse.from_dict(data)
    with pytest.raises(error, match=words):
        ce.BranchingProcess.from_dict({"types": ["S"], "birth": [1], "death": [1], "pulses": [data]})


def test_pulses_that_are_no_list_are_refused() -> None:
    with pytest.raises(TypeError, match="pulses must be a list"):
        ce.BranchingProcess.from_dict({"types": ["S"], "birth": [1], "death": [1], "pulses": 3})


def test_specifications_cannot_be_changed() -> None:
    with pytest.raises(AttributeError, match="a Tumor cannot be changed"):
        ce.Tumor(birth=0.2, death=0.1, size=100).birth = 1.0  # type: ignore[misc]
