"""Random processes answered several ways: both engines, the backward equations, and independent equations."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

import chemoevo as ce
from chemoevo.testing import initial_states, probabilities, processes, stops
from tests.property._examples import short_and_long
from tests.reference import simulator
from tests.statistical import _laws as laws
from tests.statistical import _theory as theory

TIMES = [0.3, 1.0, 1.5]
N = 3000


def as_reference(process: ce.BranchingProcess) -> simulator.Process:
    """The process for the independent equations."""
    m, k = process.birth.shape
    tables = []
    for given_table in (process.mutation, process.switching):
        cube = np.zeros((m, k, k))
        for (a, b), value in given_table.items():
            cube[:, process.types.index(a), process.types.index(b)] = value
        tables.append(cube.tolist())
    lost = process.lethal * process.birth
    return simulator.Process(
        birth=(process.birth - lost).tolist(),
        death=(process.death + lost).tolist(),
        mutation=tables[0],
        switching=tables[1],
        breakpoints=tuple(process.breakpoints.tolist()),
        pulses=tuple((p.time, [p.survival.get(name, 1.0) for name in process.types]) for p in process.pulses),
    )


@short_and_long(50, 200, data=st.data())
def test_engines_and_backward_equations_agree(data: st.DataObject) -> None:
    process = data.draw(processes(lethal=probabilities()))
    start = data.draw(initial_states(process, most=8))
    extinct = ce.extinction_probability(process, initial=start, times=TIMES)
    absent = [ce.absence_probability(process, initial=start, times=TIMES, types=[name]) for name in process.types]
    verdict = laws.Verdict()
    for engine in ("direct", "bnb"):
        ens = ce.simulate(process, initial=start, times=TIMES, replicates=N, seed=1, engine=engine)
        for t, time in enumerate(TIMES):
            hits = int((ens.counts[:, t].sum(axis=1) == 0).sum())
            verdict.add(f"{engine}: extinct by {time}", laws.has_probability(hits, N, float(extinct[t])))
            for i, name in enumerate(process.types):
                hits = int((ens.counts[:, t, i] == 0).sum())
                p = min(1.0, max(0.0, float(absent[i][t])))
                verdict.add(f"{engine}: no {name} at {time}", laws.has_probability(hits, N, p))
    verdict.require()


@short_and_long(30, 250, data=st.data())
def test_engines_agree_in_law(data: st.DataObject) -> None:
    process = data.draw(processes(most_types=3))
    start = data.draw(initial_states(process, most=12))
    runs = [
        ce.simulate(process, initial=start, times=TIMES, replicates=N, seed=seed, engine=engine)
        for seed, engine in ((1, "direct"), (2, "bnb"))
    ]
    verdict = laws.Verdict()
    for i, name in enumerate(process.types):
        for t, time in enumerate(TIMES):
            pair = [run.counts[:, t, i] for run in runs]
            verdict.add(f"{name} at {time}", laws.same_discrete_law(*pair))
    ends = [run.outcomes["time"].to_numpy() for run in runs]
    verdict.add("time of the end", laws.same_continuous_law(*ends))
    verdict.add("joint", laws.same_joint_law(*(run.counts[:, -1].astype(np.int64) for run in runs)))
    verdict.require()


@short_and_long(30, 250, data=st.data())
def test_engines_agree_in_law_at_a_stop(data: st.DataObject) -> None:
    process = data.draw(processes(most_types=3))
    start = data.draw(initial_states(process, most=12))
    stop = data.draw(stops(least=5, most=50))
    runs = [
        ce.simulate(process, initial=start, times=TIMES, replicates=N, seed=seed, engine=engine, stop=stop)
        for seed, engine in ((1, "direct"), (2, "bnb"))
    ]
    verdict = laws.Verdict()
    outcomes = [run.outcomes["outcome"].cast(str).to_numpy() for run in runs]
    verdict.add("outcome", laws.same_categories(*outcomes))
    for outcome in ("stopped", "extinct"):
        chosen = [words == outcome for words in outcomes]
        ends = [run.outcomes["time"].to_numpy()[rows] for run, rows in zip(runs, chosen, strict=True)]
        verdict.add(f"time of {outcome}", laws.same_continuous_law(*ends))
    for t, time in enumerate(TIMES):
        verdict.add(f"joint at {time}", laws.same_joint_law(*(run.counts[:, t].astype(np.int64) for run in runs)))
    verdict.require()


@short_and_long(40, 100, data=st.data())
def test_answers_agree_with_independent_equations(data: st.DataObject) -> None:
    process = data.draw(processes(lethal=probabilities()))
    start = data.draw(initial_states(process))
    reference = as_reference(process)
    extinct = ce.extinction_probability(process, initial=start, times=TIMES)
    alive = ce.survival_probability(process, initial=start, times=TIMES)
    means = ce.mean_counts(process, initial=start, times=TIMES)
    for t, time in enumerate(TIMES):
        expected = theory.extinction(reference, start, time)
        np.testing.assert_allclose(extinct[t], expected, rtol=1e-7, atol=1e-12)
        np.testing.assert_allclose(alive[t], 1.0 - expected, rtol=1e-7, atol=1e-12)
        mean, _ = theory.moments(reference, start, time)
        np.testing.assert_allclose(means[t], mean, rtol=1e-8, atol=1e-12)
