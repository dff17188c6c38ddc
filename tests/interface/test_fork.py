"""After a fork: what works in the child works at once, and what cannot says so."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

import pytest

import chemoevo as ce

PROCESS = ce.BranchingProcess(types=["S", "R"], birth=[0.2, 0.2], death=[0.1, 0.1], mutation={("S", "R"): 1e-3})


def ensemble() -> ce.Ensemble:
    return ce.simulate(PROCESS, initial={"S": 100}, times=[1, 2], replicates=50, seed=1, record="clones", threads=1)


def in_child(work: Callable[[], Any]) -> Any:
    """What `work` gives or raises in a child made by fork; the parent has used its tables before."""
    ensemble().outcomes.filter(outcome="alive")
    context = multiprocessing.get_context("fork")
    queue = context.Queue()

    def answer() -> None:
        try:
            queue.put(work())
        except Exception as error:  # to be looked at in the parent
            queue.put(error)

    child = context.Process(target=answer)
    child.start()
    try:
        return queue.get(timeout=10)
    finally:
        child.kill()
        child.join()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
def test_a_child_works_or_says_why_not() -> None:
    final = int(ensemble().final.sum())
    times = [1.0, 2.0]
    works = {
        "simulate": lambda: int(ensemble().final.sum()),
        "threads": lambda: int(ce.simulate(PROCESS, initial={"S": 100}, times=[1], replicates=9, seed=1).final.sum()),
        "equations": lambda: ce.extinction_probability(PROCESS, initial={"S": 1}, times=times).tolist(),
    }
    here = {name: work() for name, work in works.items()}
    assert in_child(lambda: {name: work() for name, work in works.items()}) == here
    assert here["simulate"] == final

    def refusals() -> dict[str, str]:
        ens, said = ensemble(), {}
        for name, ask in TABLES.items():
            try:
                ask(ens)
            except ce.SimulationError as error:
                said[name] = str(error)
        return said

    said = in_child(refusals)
    assert set(said) == set(TABLES)
    assert all("made by fork" in text and "get_context('spawn')" in text for text in said.values())


REGIMEN = ce.regimens.docetaxel_carboplatin()
PATIENT = ce.Patient(bsa=1.8, gfr=90)
TABLES: dict[str, Callable[[ce.Ensemble], Any]] = {
    "outcomes": lambda ens: ens.outcomes,
    "trajectories": lambda ens: ens.trajectories,
    "summary": lambda ens: ens.summary(),
    "clones": lambda ens: ens.clones,
    "clone_sizes": lambda ens: ens.clone_sizes,
    "save": lambda ens: ens.save("/nowhere/at/all"),
    "events": lambda _: REGIMEN.events(PATIENT),
    "concentration": lambda _: ce.pharmacology.concentration(REGIMEN, PATIENT, "docetaxel", [1.0]),
    "sensitivities": lambda _: ce.sensitivities(PROCESS, initial={"S": 1}, time=1.0),
}
