"""Event-skipping that leaves out mutants which are gone before anybody looks: the law is that of all.

Every check has the false-alarm level of `_laws`; errors planted in the engine itself are in its Rust tests, in
`bnb/reduced.rs`. All test models are held against theory, the reference and each other with it as well, by `ENGINES`.
"""

from __future__ import annotations

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.ensemble.following import following
from tests.statistical import _laws as laws
from tests.statistical._samples import by_engine, compare
from tests.statistical.models import Model

CASES = [
    Model(
        "near-critical, three steps", ("S", "A", "B", "C"), [0.139] * 4, [0.1313] * 4, {"S": 20}, (60.0,),
        mutation={("S", "A"): 0.05, ("A", "B"): 0.08, ("S", "B"): 0.02, ("B", "C"): 0.1},
    ),
    Model(
        "supercritical", ("S", "A", "B"), [1.0, 0.9, 1.1], [0.5] * 3, {"S": 3}, (5.0,),
        mutation={("S", "A"): 0.05, ("A", "B"): 0.1},
    ),
    Model(
        "switching both ways, therapy on and off", ("S", "T", "R"), [[1.0, 0.3, 0.9]] * 3,
        [[0.5, 0.3, 0.6], [2.5, 0.4, 0.7], [0.5, 0.3, 0.6]], {"S": 10, "T": 2}, (10.0,), breakpoints=(4.0, 7.0),
        mutation={("S", "R"): 0.03, ("T", "R"): 0.02},
        switching={("S", "T"): 0.3, ("T", "S"): 0.5, ("R", "S"): 0.1},
    ),
    Model(
        "rows of 1, no deaths, critical, no births", ("A", "B", "C", "D"), [0.5, 0.7, 0.4, 0.0], [0.2, 0.0, 0.4, 0.3],
        {"A": 6, "C": 1, "D": 2}, (4.0,),
        mutation={("A", "B"): 0.6, ("A", "C"): 0.4, ("B", "C"): 0.3, ("C", "D"): 0.4}, switching={("D", "A"): 0.2},
    ),
    Model(
        "all decline", ("A", "B", "C"), [0.5, 0.5, 0.6], [1.2, 1.0, 0.9], {"A": 60}, (5.0,),
        mutation={("A", "B"): 0.1, ("B", "C"): 0.1}, switching={("A", "C"): 0.05},
    ),
    Model(
        "pulses", ("A", "B"), [0.8, 0.8], [[0.3, 0.5], [0.6, 0.5]], {"A": 8, "B": 1}, (6.0,), breakpoints=(3.0,),
        mutation={("A", "B"): 0.1}, switching={("B", "A"): 0.1},
        pulses=((2.0, {"A": 0.3, "B": 0.8}), (3.0, {"A": 0.5, "B": 0.5})),
    ),
]  # fmt: skip


@pytest.mark.parametrize("model", CASES, ids=repr)
def test_counts_follow_the_generating_function(model: Model) -> None:
    n, k = 100_000, len(model.types)
    with following("kept"):
        ens = ce.simulate(
            model.process, initial=dict(model.initial), times=list(model.times), replicates=n, seed=3, engine="bnb"
        )
    counts = ens.counts[:, 0].astype(float)
    rng = np.random.default_rng(5)
    points = [np.zeros(k), *(1.0 - np.eye(k)), *rng.random((4, k)), np.full(k, 0.9)]
    verdict = laws.Verdict()
    for number, z in enumerate(points):
        expected = float(ce.generating_function(model.process, z=z, initial=dict(model.initial), time=model.times[0]))
        square = float(ce.generating_function(model.process, z=z**2, initial=dict(model.initial), time=model.times[0]))
        found = np.prod(np.power(z, counts), axis=1)
        if square - expected**2 > 1e-9:
            verdict.add(f"at point {number}", laws.has_mean(found, expected, (square - expected**2) ** 0.5))
    verdict.require()


PASSAGES = [
    Model(
        "growing", ("S", "A", "B"), [1.0, 0.9, 1.1], [0.5] * 3, {"S": 1}, (1e4,),
        mutation={("S", "A"): 0.01, ("A", "B"): 0.02, ("S", "B"): 0.005},
    ),
    Model(
        "near-critical", ("S", "A", "B"), [0.139] * 3, [0.1313] * 3, {"S": 20}, (1e5,),
        mutation={("S", "A"): 0.02, ("A", "B"): 0.03},
    ),
    Model(
        "switching", ("S", "T", "R"), [1.0, 0.6, 0.9], [0.4, 0.3, 0.5], {"S": 4}, (1e4,),
        mutation={("S", "R"): 0.02}, switching={("S", "T"): 0.1, ("T", "S"): 0.2, ("R", "T"): 0.05},
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("size", "n"),
    [(200, 8000), pytest.param(1000, 8000, marks=pytest.mark.slow), pytest.param(100_000, 400, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("model", PASSAGES, ids=repr)
def test_composition_at_a_size(model: Model, size: int, n: int) -> None:
    stop = ce.Stop(size=size)
    direct, kept = (by_engine(model, engine, n, 31 + i, stop=stop) for i, engine in enumerate(("direct", "bnb kept")))
    assert (kept.final[kept.outcome == "stopped"].sum(axis=1) == size).all()
    compare(direct, kept, model.types).require()


CLINICAL = Model(
    "clinical", ("S", "T", "R"), [[0.139] * 3, [0.139, 0.1, 0.139], [0.139] * 3],
    [[0.1313] * 3, [0.6, 0.11, 0.2], [0.1313] * 3], {"S": 2_000_000}, (10.0, 40.0, 160.0), breakpoints=(20.0, 60.0),
    mutation={("S", "R"): 2e-4, ("T", "R"): 2e-4}, switching={("S", "T"): 1e-4, ("T", "S"): 1e-2},
)  # fmt: skip


def followed(model: Model, which: str, n: int = 500, engine: str = "bnb") -> ce.Ensemble:
    with following(which):
        return ce.simulate(
            model.process, initial=dict(model.initial), times=list(model.times), replicates=n, seed=8, engine=engine
        )


def test_where_it_saves_work_it_is_used_and_the_law_stays() -> None:
    every, some = followed(CLINICAL, "all"), followed(CLINICAL, "auto")
    assert every.ends["followed"].mean() > 2.5 * some.ends["followed"].mean()
    verdict = laws.Verdict()
    for t in range(len(CLINICAL.times)):
        for i, name in enumerate(CLINICAL.types):
            pair = [ens.counts[:, t, i].astype(float) for ens in (every, some)]
            verdict.add(f"{name} at [{t}]", laws.same_continuous_law(*pair))
    verdict.require()
    assert (
        laws.same_continuous_law(
            *(
                ens.counts[:, 1, 2]
                for ens in (every, followed(CLINICAL.but(mutation={("S", "R"): 2.2e-4, ("T", "R"): 2e-4}), "auto"))
            )
        )
        < laws.FALSE_ALARM
    )


def test_a_dying_population_goes_in_parts_and_keeps_its_time() -> None:
    """A million cells with hundreds of mutants a day; all die out between two looks."""
    model = Model(
        "dying", ("S", "R"), [0.1] * 2, [[0.5, 0.3], [0.45, 0.35]], {"S": 10**6}, (400.0,), breakpoints=(15.0,),
        mutation={("S", "R"): 1e-3},
    )  # fmt: skip
    every, some = followed(model, "all", 400), followed(model, "auto", 3000)
    assert every.ends["followed"].mean() > 2.0 * some.ends["followed"].mean()
    assert (every.outcomes["outcome"] == "extinct").all()
    assert (some.outcomes["outcome"] == "extinct").all()
    times = np.sort(some.outcomes["time"].to_numpy())
    laws.require(laws.same_continuous_law(times, every.outcomes["time"].to_numpy()))
    grid = np.linspace(20.0, 200.0, 2001)
    cdf = ce.extinction_probability(model.process, initial=dict(model.initial), times=grid.tolist())
    laws.require(laws.follows_cdf(times, lambda t: np.interp(t, grid, cdf)))


def test_auto_stays_exact_in_parts_of_a_stretch() -> None:
    """Where rates change and all die out before the next look, `auto` follows no more than event-skipping does."""
    model = Model(
        "dying", ("S", "R"), [0.1] * 2, [[0.5, 0.3], [0.45, 0.35]], {"S": 10**8}, (400.0,), breakpoints=(15.0,),
        mutation={("S", "R"): 1e-2},
    )  # fmt: skip
    skipped, chosen = (followed(model, "auto", 3, engine) for engine in ("bnb", "auto"))
    assert chosen.exact
    assert chosen.ends["followed"].max() < 5000 < followed(model, "all", 3).ends["followed"].min()
    assert (chosen.counts == skipped.counts).all()


@pytest.mark.parametrize("cells", [10**8, 10**12], ids="{:.0e}".format)
def test_no_mutant_among_very_many_cells(cells: int) -> None:
    u = 1e3 / cells
    process = ce.BranchingProcess(
        types=["S", "R"], birth=[0.139] * 2, death=[[0.1313, 0.5], [0.3, 0.5]], breakpoints=[30.0],
        mutation={("S", "R"): u},
    )  # fmt: skip
    initial, n, times = {"S": cells}, 20_000, [50.0, 90.0]
    ens = ce.simulate(process, initial=initial, times=times, replicates=n, seed=9, engine="bnb")
    expected = ce.absence_probability(process, types=["R"], initial=initial, times=times)
    verdict = laws.Verdict()
    for t in range(2):
        verdict.add(f"[{t}]", laws.has_probability(int((ens.counts[:, t, 1] == 0).sum()), n, float(expected[t])))
    verdict.require()


def test_growth_at_clinical_turnover_follows_a_fifth() -> None:
    scenario = ce.scenarios.scenario("nsclc")
    growth = scenario.growth.process
    found = []
    for which in ("all", "auto"):
        with following(which):
            ens = ce.simulate(
                growth, initial={growth.types[0]: 1}, times=[1e6], stop=ce.Stop(size=10**10, retry=True),
                replicates=30, seed=4, engine="bnb",
            )  # fmt: skip
        assert (ens.final.sum(axis=1) == 10**10).all()
        found.append(ens.ends["followed"].mean())
    assert 1.0e5 < found[0] < 1.2e5
    assert found[1] < 2.5e4
