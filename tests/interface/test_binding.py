"""The border to the Rust core: which errors cross it, and what the results are."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo import _core
from chemoevo.analytic.grown.detection import absence_law
from chemoevo.cli.main import main

LONG = 1e4


def process(birth: float = 0.1, death: float = 0.1) -> ce.BranchingProcess:
    """A founder, and two types that turn into each other, the first of which lives as fast as is asked for."""
    return ce.BranchingProcess(
        types=["S", "A", "B"],
        birth=[0.14, birth, 0.14],
        death=[0.13, death, 0.13],
        mutation={("S", "A"): 1e-6, ("S", "B"): 1e-6},
        switching={("A", "B"): 1.0, ("B", "A"): 1.0},
    )


# Steps would be so short that the clock does not see them: that is refused at once.
STIFF = process(1e16, 1.5e16)
CALM = process()
TOO_MANY = "more than 2000000 steps"

PLAIN = {"S": 10, "A": 1, "B": 1}
SIZE = ce.GrownTo(CALM, size=1e6)
AGE = ce.GrownFor(CALM, days=100.0)
STIFF_SIZE = ce.GrownTo(process(death=1e16), size=1e6)
STIFF_AGE = ce.GrownFor(STIFF, days=1000.0)
STARTS = {"plain": PLAIN, "size": SIZE, "age": AGE}


def ever(question: Callable[[ce.BranchingProcess, Any], ce.TimeLaw]) -> Callable[[ce.BranchingProcess, Any], Any]:
    return lambda model, start: question(model, start).cdf([LONG])


QUESTIONS: dict[str, Callable[[ce.BranchingProcess, Any], Any]] = {
    "extinction_probability": lambda p, i: ce.extinction_probability(p, initial=i, times=[LONG]),
    "survival_probability": lambda p, i: ce.survival_probability(p, initial=i, times=[LONG]),
    "absence_probability": lambda p, i: ce.absence_probability(p, types=["B"], initial=i, times=[LONG]),
    "presence_probability": lambda p, i: ce.presence_probability(p, types=["B"], initial=i, times=[LONG]),
    "ultimate_extinction_probability": lambda p, i: ce.ultimate_extinction_probability(p, initial=i),
    "mean_counts": lambda p, i: ce.mean_counts(p, initial=i, times=[LONG]),
    "moments": lambda p, i: ce.moments(p, initial=i, times=[LONG]),
    "count_distribution": lambda p, i: ce.count_distribution(p, of="B", initial=i, time=LONG, max_count=3),
    "size_probability": lambda p, i: ce.size_probability(p, of="B", initial=i, times=[LONG], above=1e6),
    "generating_function": lambda p, i: ce.generating_function(p, z={"S": 0.5, "A": 0.3}, initial=i, time=LONG),
    "extinction_time": ever(lambda p, i: ce.extinction_time(p, initial=i)),
    "first_appearance": ever(lambda p, i: ce.first_appearance(p, types=["B"], initial=i)),
    "relapse_time": ever(lambda p, i: ce.relapse_time(p, initial=i, size=1e6)),
    "cause_of_relapse": lambda p, i: ce.cause_of_relapse(p, resistant=["B"], initial=i, time=LONG),
    "cure_probability": lambda p, i: ce.cure_probability(p, initial=i, horizon=LONG),
    "rare_cure_probability": lambda p, i: ce.rare_cure_probability(p, initial=i, horizon=LONG, replicates=5, seed=1),
    "sensitivities": lambda p, i: ce.sensitivities(p, initial=i, time=LONG),
}
NOT_ALLOWED = {

    ("rare_cure_probability", "plain"), ("rare_cure_probability", "age"),
}  # fmt: skip
ANSWERED = {"ultimate_extinction_probability", "generating_function", "extinction_time", "first_appearance"}
"""Questions that may be answered all the same: what is at rest at the end needs no steps."""


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_a_stiff_process_is_a_simulation_error_by_every_question(question: str, start: str) -> None:
    if (question, start) in NOT_ALLOWED:
        with pytest.raises((ce.ModelError, TypeError), match="initial must"):
            QUESTIONS[question](STIFF, STARTS[start])
        return
    try:
        QUESTIONS[question](STIFF, STARTS[start])
    except ce.SimulationError as error:
        assert TOO_MANY in str(error)  # noqa: PT017
    else:
        assert question in ANSWERED


@pytest.mark.parametrize("initial", [STIFF_SIZE, STIFF_AGE], ids=["size", "age"])
@pytest.mark.parametrize(
    "question",
    [
        lambda i: ce.absence_probability(CALM, types=["B"], initial=i, times=[0.0]),
        lambda i: ce.presence_probability(CALM, types=["B"], initial=i, times=[0.0]),
        lambda i: ce.extinction_time(CALM, initial=i).cdf([0.0]),
        lambda i: ce.first_appearance(CALM, types=["B"], initial=i).cdf([0.0]),
        lambda i: ce.generating_function(CALM, z={"A": 0.5, "B": 0.3}, initial=i, time=0.0),
    ],
)
def test_stiff_growth_is_a_simulation_error(question: Callable[[Any], Any], initial: Any) -> None:
    with pytest.raises(ce.SimulationError, match=TOO_MANY):
        question(initial)


def test_the_law_of_detection_has_the_same_errors() -> None:
    with pytest.raises(ce.SimulationError, match=TOO_MANY):
        absence_law(CALM, types=["B"], size=1e6, therapy=STIFF, horizon=LONG)
    with pytest.raises(ce.SimulationError, match=TOO_MANY):
        absence_law(STIFF_SIZE.growth, types=["B"], size=1e6)


SCENARIO = """
name = "cells that divide 1e17 times per day"
tumor = { birth = 1e17, death = 0.9e17, size = 1e3, alterations = [{ name = "ABCB1", mutation = 1e-6 }] }
patient = { bsa = 1.8 }
potencies = [{ drug = "docetaxel", emax = 0.5, basis = "none" }]
simulation = { replicates = 2, seed = 1 }

[regimen]
name = "docetaxel"

[[regimen.phases]]
cycle_length_days = 21
cycles = 1
doses = [{ drug = "docetaxel", amount = 75, unit = "mg/m2", duration_hours = 1 }]
"""


def test_the_command_line_says_in_one_line_that_equations_are_too_stiff(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # No scenario can be so stiff: rates that nobody can mean are refused where they are given.
    monkeypatch.setattr("chemoevo.scenario.parts.MAX_RATE", np.inf)
    (tmp_path / "stiff.toml").write_text(SCENARIO)
    with pytest.raises(SystemExit) as ended:
        main(["run", str(tmp_path / "stiff.toml"), "--out", str(tmp_path / "out"), "--quiet"])
    assert ended.value.code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("Error: the equations need " + TOO_MANY)
    assert not (tmp_path / "out").exists()


def test_wrong_values_are_model_errors() -> None:
    core, none, one = CALM.compiled, np.empty(0), np.ones((1, 1))
    table: Any = ([], none, [], np.empty((1, 0)))
    with pytest.raises(ce.ModelError, match="presence"):
        _core.backward(core, np.full(3, 2.0), np.full(3, -1.0), np.array([1.0]))
    with pytest.raises(ce.ModelError, match="absence has probability 0"):
        immortal = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.0])
        _core.sensitivity(immortal.compiled, [True], np.ones(1), 1.0)
    with pytest.raises(ce.ModelError, match=r"birth\[0\] = -1"):
        _core.Process(none, -one, one, table, table, [])
    with pytest.raises(ce.ModelError, match=r"competition\.on must be birth or death; got"):
        _core.Process(none, one, one, table, table, [], ("logistic", "both", 10.0, [1.0]))
    for wrong in (
        ([], one[0], [], np.empty((1, 0))),
        ([(0, 0)], one[0], [0], np.empty((1, 0))),
        ([(0, 0)], one[0], [1], one),
    ):
        with pytest.raises(ce.ModelError, match="transitions must be of"):
            _core.Process(none, one, one, table, wrong, [])
    with pytest.raises(ce.ModelError, match="clearance"):
        _core.Kinetics(-1.0, 1.0, [])
    with pytest.raises(ce.ModelError, match="one length"):
        _core.Course(_core.Kinetics(1.0, 1.0, []), [0.0], [], [], [])
    with pytest.raises(ce.ModelError, match="at most 50 stages of absorption; got 51"):
        _core.Kinetics(1.0, 1.0, [], absorption=([1.0] * 51, 0.0, 1.0))
    with pytest.raises(ce.ModelError, match=r"stages must be >= 1 and <= 50; got 0\.5"):
        _core.Kinetics(1.0, 1.0, [], absorption=(1.0, 0.5, 0.0, 1.0))
    with pytest.raises(ce.ModelError, match="source must be 0"):
        _core.Kinetics(1.0, 1.0, [], effects=[(1.0, 1.0, 1)])
    body = _core.Kinetics(1.0, 1.0, [])
    with pytest.raises(ce.ModelError, match="have no absorption"):
        _core.Course(body, [0.0], [1.0], [0.0], [True])
    with pytest.raises(ce.ModelError, match=r"times must be finite and >= the start of the course, 0; got -1"):
        _core.Course(body, [0.0], [1.0], [0.0], [False]).concentration(-np.ones(1))
    with pytest.raises(ce.ModelError, match="compartment must be below 1; got 1"):
        _core.Course(body, [], [], [], []).concentration(np.ones(1), 1)
    with pytest.raises(ce.ModelError, match="does not belong to kinetics"):
        _core.Course(body, [], [], [], [], start=_core.State(0.0, [1.0, 2.0], [0.0], []))
    doses = (np.zeros(1), np.ones(2), np.zeros(1), [False])
    with pytest.raises(ce.ModelError, match=r"amounts must have one row per patient \(3\); got 2"):
        _core.Cohort([body] * 3).concentration(doses, np.ones(1))
    with pytest.raises(ce.ModelError, match=r"borders must increase from 0 on; got 0"):
        _core.Cohort([body] * 2).periods(doses, np.zeros(2), [(0, 1.0)])
    with pytest.raises(ce.ModelError, match=r"compartment of a drug must be below 1; got 1"):
        line = _core.Potency(1.0, 1.0, 1.0)
        given = _core.Drug(_core.Course(body, [], [], [], []), 1, 1.0, "cytotoxic", line, [])
        options = _core.CompileOptions(horizon=1.0, tolerance=1e-3, halved=False, max_segments=10)
        _core.compile_rates(acting(given), options)
    with pytest.raises(ce.ModelError, match="horizon"):
        options = _core.CompileOptions(horizon=-1.0, tolerance=1e-3, halved=False, max_segments=10)
        _core.compile_rates(acting(), options)
    with pytest.raises(ce.ModelError, match="shape of real"):
        _core.complements(core, [True] * 3, np.ones(2), np.ones(3), 1.0, 1)


def acting(*drugs: _core.Drug) -> _core.Acting:
    """Drugs on one type without mechanisms."""
    nothing: dict[str, Any] = {"agents": [], "inhibitors": [], "used_up": [], "together": ([], [])}
    niche = _core.Niche([0], drugs, expressions=np.empty((0, 1)), driven=[], **nothing)
    return _core.Acting([0.1], [0.1], [niche])


def plan(**changes: Any) -> _core.Plan:
    values = {"numbers": (0, 4), "key": bytes(32), **changes}
    return _core.Plan(CALM.compiled, np.array([[5, 0, 0]], np.int64), np.array([1.0, 2.0]), **values)


def test_a_plan_refuses_what_is_wrong() -> None:
    with pytest.raises(ce.ModelError, match='engine must be one of direct, bnb, leap, auto; got "tau"'):
        plan().with_engine("tau")
    with pytest.raises(ce.ModelError, match="tolerance must be a number for engine 'leap'"):
        plan().with_engine("leap")
    with pytest.raises(ce.ModelError, match="key must have 32 bytes; got 31"):
        plan(key=bytes(31))
    with pytest.raises(ce.ModelError, match=r"stop\.of must have one flag"):
        plan().with_stop(10, [True]).run(1)
    with pytest.raises(ce.ModelError, match="sum of types"):
        plan().with_sums([[3]]).run(1)
    with pytest.raises(ce.ModelError, match="records no clones where a stop counts"):
        plan().with_engine("bnb").with_stop(10, [True, False, False]).with_clones(10).run(1)


def test_a_plan_is_not_changed_by_its_refinements() -> None:
    first = plan()
    first.with_sums([[0, 1]]).with_limits(1, 1).with_stop(1)
    whole = first.run(1)
    assert whole.counts.shape == (4, 2, 3)
    summed = first.with_sums([[0], [1, 2]]).run(2)
    assert np.array_equal(summed.counts, np.stack([whole.counts[..., 0], whole.counts[..., 1:].sum(-1)], axis=-1))
    seen: list[tuple[int, int]] = []
    first.run(progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (4, 4)


def arrays(result: object) -> dict[str, np.ndarray]:
    found = {name: getattr(result, name) for name in dir(result) if not name.startswith("_")}
    return {name: value for name, value in found.items() if isinstance(value, np.ndarray)}


def test_results_are_read_only_and_one_object_each() -> None:
    core, one, day = CALM.compiled, np.eye(3), np.array([1.0, 2.0])
    clones = plan().with_clones(100).run(1)
    assert clones.clones is not None
    results: list[object] = [
        plan().with_crossings([([True] * 3, [1, 6])]).run(1),
        clones,
        clones.clones,
        _core.backward(core, np.ones(3), np.zeros(3), day),
        _core.mean_counts(core, one, day),
        _core.moments(core, one, day),
        _core.sensitivity(core, [True] * 3, np.ones(3), 1.0),
        _core.founding_gradient(core, np.ones(3), np.zeros(3), day, np.ones((2, 3))),
        _core.complements(core, [True] * 3, np.full(2, 0.5), np.zeros(2), 1.0, 1),
        _core.lineages(core, np.full((2, 3), 0.5), np.zeros((2, 3)), day, np.ones((2, 3)), 1),
        _core.rates_at(acting(), day),
        _core.compile_rates(acting(), _core.CompileOptions(horizon=1.0, tolerance=1e-3, halved=False, max_segments=10)),
        _core.genotype_lattice([1, 2]),
    ]
    for result in results:
        found = arrays(result)
        assert found
        for name, array in found.items():
            assert not array.flags.writeable, name
            assert getattr(result, name) is array
            with pytest.raises(AttributeError):
                setattr(result, name, array)
        with pytest.raises(TypeError, match="pickle"):
            pickle.dumps(result)
    assert not _core.log_absence(core, [True] * 3, one.astype(np.int64), day).flags.writeable


def test_public_means_are_the_callers_own() -> None:
    for mean in (ce.mean_counts(CALM, initial=PLAIN, times=[1.0]), *ce.moments(CALM, initial=PLAIN, times=[1.0])):
        mean *= 2.0


def test_results_are_made_by_the_core_alone() -> None:
    with pytest.raises(TypeError):
        _core.Columns()  # type: ignore[call-arg,unused-ignore]


def test_codes_have_names() -> None:
    assert _core.OUTCOMES == (
        "extinct",
        "alive",
        "stopped",
        "size_limit",
        "event_limit",
        "clone_limit",
        "attempt_limit",
    )
    assert _core.ENGINES == ("direct", "bnb", "leap")
    assert _core.NO_PARENT == 2**32 - 1
    for bit, name in enumerate(_core.ENGINES):
        ran = plan().with_engine(name, 1e-3).run(1).engines
        assert (ran & (1 << bit)).any() or name == "leap"
