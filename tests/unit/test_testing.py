"""The strategies and transformations that the package offers to property tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

import chemoevo as ce
from chemoevo import testing

PROCESS = ce.BranchingProcess(
    types=["S", "R"],
    birth=[[1.0, 0.5], [0.25, 2.0]],
    death=[0.5, 0.125],
    mutation={("S", "R"): [0.5, 0.25]},
    switching={("R", "S"): 0.75},
    breakpoints=[2.0],
    pulses=[ce.Pulse(time=1.0, survival={"R": 0.5})],
)


CORNERS: dict[str, Callable[[ce.BranchingProcess], object]] = {
    "one type": lambda p: len(p.types) == 1,
    "four types": lambda p: len(p.types) == 4,
    "one interval": lambda p: len(p.birth) == 1,
    "four intervals": lambda p: len(p.birth) == 4,
    "nothing happens": lambda p: not p.birth.any() and not p.death.any(),
    "a rate of 1e-300": lambda p: (p.death == 1e-300).any(),
    "rates that change": lambda p: (p.birth != p.birth[0]).any(),
    "every division mutates": lambda p: any(np.max(u) == 1.0 for u in p.mutation.values()),
    "forward and back": lambda p: any((b, a) in p.mutation for a, b in p.mutation),
    "a pulse at the start": lambda p: any(pulse.time == 0.0 for pulse in p.pulses),
    "a pulse at a breakpoint": lambda p: any(pulse.time in p.breakpoints for pulse in p.pulses),
    "two pulses at one time": lambda p: len({pulse.time for pulse in p.pulses}) < len(p.pulses),
    "a pulse that spares none": lambda p: any(0.0 in pulse.survival.values() for pulse in p.pulses),
    "a type that nothing leads to": lambda p: len(p.types) == 3 and not {b for _, b in (*p.mutation, *p.switching)},
}


def test_processes_have_corners() -> None:
    met: dict[str, int] = dict.fromkeys(CORNERS, 0)

    @settings(max_examples=250, database=None)
    @given(testing.processes())
    def look(process: ce.BranchingProcess) -> None:
        for name, condition in CORNERS.items():
            met[name] += bool(condition(process))

    look()
    assert not [name for name, times in met.items() if times == 0], met


def test_processes_have_lethal_divisions_where_asked() -> None:
    met = set()

    @settings(max_examples=60, database=None)
    @given(testing.processes(most_types=2, lethal=testing.probabilities()))
    def look(process: ce.BranchingProcess) -> None:
        met.update({0.0: "none", 1.0: "all"}.get(share, "some") for share in process.lethal.ravel().tolist())
        if len(process.birth) > 1 and np.ptp(process.lethal, axis=0).any():
            met.add("moving")

    look()
    assert met == {"none", "all", "some", "moving"}


SCENARIO_CORNERS: dict[str, Callable[[ce.Scenario], object]] = {
    "no alterations": lambda s: not s.tumor.alterations,
    "an alteration that ships": lambda s: any(a.name in ce.alteration_names() for a in s.tumor.alterations),
    "one of its own": lambda s: any(a.name.startswith("X") for a in s.tumor.alterations),
    "one of a mechanism of its own": lambda s: any(a.name == "Y" for a in s.tumor.alterations),
    "cells unlike the line": lambda s: s.tumor.expressions,
    "epistasis": lambda s: s.tumor.epistasis,
    "two copies": lambda s: any(a.copies == 2 for a in s.tumor.alterations),
    "a way back": lambda s: any(a.reversal > 0 for a in s.tumor.alterations),
    "a switch": lambda s: any(a.switch_on > 0 for a in s.tumor.alterations),
    "divisions that are lost": lambda s: any(p.mode == "dividing" for p in s.potencies),
    "no surgery": lambda s: s.surgery is None,
    "radiotherapy": lambda s: s.radiotherapy,
    "radiotherapy by days": lambda s: any(course.days for course in s.radiotherapy),
    "a resistance to it": lambda s: (s.genotypes.radiosensitivity != 1).any(),
    "surgery by share": lambda s: s.surgery and s.surgery.residual_fraction,
    "a drug of its own": lambda s: any(d.name == "mine" for d in s.drugs),
    "a drug in place of one that ships": lambda s: any(d.name == "docetaxel" for d in s.drugs),
    "a kill in a cycle": lambda s: any(p.at for p in s.potencies),
    "a kill in the second cycle": lambda s: any(p.at and p.at.cycle == 2 for p in s.potencies),
    "a cytostatic drug": lambda s: any(p.mode == "cytostatic" for p in s.potencies),
    "two phases": lambda s: len(s.regimen.phases) == 2,
    "a bolus": lambda s: any(d.duration_hours == 0 for p in s.regimen.phases for d in p.doses),
    "a dose by weight": lambda s: any(d.unit == "mg/kg" for p in s.regimen.phases for d in p.doses),
    "a patient unlike the typical": lambda s: s.patient.factors,
    "doses beyond the horizon": lambda s: s.regimen.duration_days > s.follow_up.horizon,
    "shares": lambda s: any(niche.share for niche in s.tumor.niches),
    "migration": lambda s: s.tumor.migration,
    "a drug that comes late": lambda s: any(a.lag_hours for n in s.tumor.niches for a in n.penetration.values()),
    "a distance": lambda s: any(niche.distance for niche in s.tumor.niches),
    "oxygen": lambda s: any(niche.oxygen for niche in s.tumor.niches),
    "immune kill": lambda s: any(niche.immune_kill for niche in s.tumor.niches),
    "a state": lambda s: s.tumor.phenotypes,
    "a state that drugs induce": lambda s: any(one.induced for one in s.tumor.phenotypes),
    "a state that drugs hold": lambda s: any(one.held for one in s.tumor.phenotypes),
    "niches and states": lambda s: s.tumor.niches and s.tumor.phenotypes and s.tumor.late_death,
    "late death": lambda s: s.tumor.late_death,
    "an alteration in every cell": lambda s: s.tumor.clonal,
    "an observed clone": lambda s: s.tumor.clones,
    "no trunk": lambda s: len(s.tumor.observed) == len(s.tumor.clones),
    "a drug that mutates": lambda s: any(p.mutation for p in s.potencies),
    "no seed": lambda s: s.simulation.seed is None,
}


def test_scenarios_have_corners() -> None:
    met: dict[str, int] = dict.fromkeys(SCENARIO_CORNERS, 0)
    # Drawing one takes a twentieth of a second: no more than it takes to meet them all, and at most 600.
    for round_of_draws in range(6):

        @seed(round_of_draws)
        @settings(max_examples=100, database=None)
        @given(testing.scenarios())
        def look(scenario: ce.Scenario) -> None:
            for name, condition in SCENARIO_CORNERS.items():
                met[name] += bool(condition(scenario))

        look()
        if all(met.values()):
            return
    raise AssertionError([name for name, times in met.items() if times == 0], met)


MECHANISM_CORNERS: dict[str, Callable[[ce.Mechanism], object]] = {
    **{
        stage: lambda m, stage=stage: m.stage == stage  # type: ignore[misc]
        for stage in ("uptake", "efflux", "detoxification", "repair", "apoptosis", "target")
    },
    "basal in all cells": lambda m: m.basal > 0,
    "not in the lines": lambda m: m.basal == 0,
    "a pump that saturates": lambda m: any(one.km for one in m.drugs),
    "a ceiling": lambda m: any(one.ceiling is not None for one in m.drugs),
    "a drug that is not touched": lambda m: any(one.none for one in m.drugs),
}


def test_mechanisms_have_corners() -> None:
    met: dict[str, int] = dict.fromkeys(MECHANISM_CORNERS, 0)

    @settings(max_examples=150, database=None)
    @given(testing.mechanisms())
    def look(mechanism: ce.Mechanism) -> None:
        assert {one.drug for one in mechanism.drugs} == {"carboplatin", "docetaxel"}
        for name, condition in MECHANISM_CORNERS.items():
            met[name] += bool(condition(mechanism))

    look()
    assert not [name for name, times in met.items() if times == 0], met


DRUG_CORNERS: dict[str, Callable[[ce.Drug], object]] = {
    "one compartment": lambda d: not d.kinetics.peripherals,
    "rate constants": lambda d: any(side.rate_out is not None for side in d.kinetics.peripherals),
    "a lag": lambda d: d.kinetics.absorption.lag is not None,
    "no lag": lambda d: d.kinetics.absorption.lag is None,
    "sixteen stages": lambda d: d.kinetics.absorption.stages == 16,
    "all is absorbed": lambda d: d.kinetics.absorption.bioavailability is None,
    "a part is absorbed": lambda d: d.kinetics.absorption.bioavailability is not None,
    "a metabolite with a side": lambda d: any(one.peripherals for one in d.metabolites),
    "all becomes the metabolite": lambda d: any(one.fraction.value == 1 for one in d.metabolites),
    "no metabolite": lambda d: not d.metabolites,
    "an effect compartment": lambda d: d.kinetics.effect_rate is not None,
    "elimination saturates": lambda d: d.kinetics.saturable is not None,
    "nothing else eliminates": lambda d: d.kinetics.clearance is None,
    "transfer saturates": lambda d: any(side.saturable is not None for side in d.kinetics.peripherals),
    "only transfer saturates": lambda d: d.kinetics.saturable is None,
}


def test_drugs_have_corners() -> None:
    met: dict[str, int] = dict.fromkeys(DRUG_CORNERS, 0)

    @settings(max_examples=250, database=None)
    @given(testing.drugs(routes=["iv", "oral"], linear=False))
    def look(drug: ce.Drug) -> None:
        assert drug.routes == ("iv", "oral")
        assert not drug.kinetics.linear
        for name, condition in DRUG_CORNERS.items():
            met[name] += bool(condition(drug))

    look()
    assert not [name for name, times in met.items() if times == 0], met


@settings(max_examples=30, database=None)
@given(testing.drugs(), testing.patients(drugs=["mine"], metabolites=["M1"]), testing.regimens(routes=["iv", "oral"]))
def test_drugs_are_linear_and_into_a_vein_where_nothing_else_is_said(
    drug: ce.Drug, patient: ce.Patient, regimen: ce.Regimen
) -> None:
    assert drug.kinetics.linear
    assert drug.routes == ("iv",)
    assert drug.kinetics.absorption is None
    for factors in patient.factors.values():
        assert set(factors.metabolites) <= {"M1"}
    assert {dose.route for phase in regimen.phases for dose in phase.doses} <= {None, "iv", "oral"}


@settings(max_examples=50)
@given(st.data())
def test_strategies_keep_their_bounds(data: st.DataObject) -> None:
    calm = testing.processes(
        most_types=6, most_intervals=1, pulses=False, rates=testing.rates(most=0.5), probabilities=st.just(0.01)
    )
    process = data.draw(calm)
    assert len(process.types) <= 6
    assert process.birth.shape[0] == 1
    assert not process.pulses
    assert max(process.birth.max(), process.death.max()) <= 0.5
    assert set(process.mutation.values()) <= {0.01}
    initial = data.draw(testing.initial_states(process, most=3))
    assert len(initial) == len(process.types)
    assert max(initial) <= 3
    assert len(data.draw(testing.initial_states(4))) == 4
    times = data.draw(testing.observation_times(until=2.0, most=3))
    assert 1 <= len(times) <= 3
    assert times[-1] <= 2.0
    stop = data.draw(testing.stops(types=process.types, least=4, most=5))
    assert 4 <= stop.size <= 5
    assert stop.of is None or set(stop.of) <= set(process.types)
    assert data.draw(testing.stops()).of is None
    schedule = data.draw(testing.schedules(["A", "B"], most_intervals=3, most_pulses=1, longest=0.5))
    assert len(schedule["breakpoints"]) <= 2
    assert len(schedule["pulses"]) <= 1
    assert (np.diff([0.0, *schedule["breakpoints"]]) <= 0.5 + 1e-12).all()
    # What they give is what simulate takes.
    ens = ce.simulate(process, initial=initial, times=times, stop=stop, seed=data.draw(testing.seeds()))
    assert ens.stop == stop


def test_rescaled_by_hand() -> None:
    other = testing.rescaled(PROCESS, 4)
    assert other.birth.tolist() == [[0.25, 0.125], [0.0625, 0.5]]
    assert other.death.tolist() == [[0.125, 0.03125]] * 2
    assert other.breakpoints.tolist() == [8.0]
    assert other.pulses == (ce.Pulse(time=4.0, survival={"R": 0.5}),)
    assert other.switching == {("R", "S"): 0.1875}
    assert other.mutation["S", "R"].tolist() == [0.5, 0.25]  # type: ignore[union-attr]
    assert testing.rescaled(other, 0.25) == PROCESS


def test_relabeled_by_hand() -> None:
    other = testing.relabeled(PROCESS, [1, 0])
    assert other.types == ("R", "S")
    assert other.birth.tolist() == [[0.5, 1.0], [2.0, 0.25]]
    assert other.switching == PROCESS.switching
    assert testing.relabeled(other, np.array([1, 0])) == PROCESS
    assert testing.relabeled(PROCESS, range(2)) == PROCESS


def test_split_by_hand() -> None:
    other = testing.split(PROCESS, "R", into="Q", share=0.25, exchange=3.0)
    assert other.types == ("S", "R", "Q")
    assert other.birth.tolist() == [[1.0, 0.5, 0.5], [0.25, 2.0, 2.0]]
    assert other.death.tolist() == [[0.5, 0.125, 0.125]] * 2
    assert {pair: np.asarray(u).tolist() for pair, u in other.mutation.items()} == {
        ("S", "R"): [0.125, 0.0625],
        ("S", "Q"): [0.375, 0.1875],
    }
    assert other.switching == {("R", "S"): 0.75, ("Q", "S"): 0.75, ("R", "Q"): 3.0, ("Q", "R"): 3.0}
    assert other.pulses == (ce.Pulse(time=1.0, survival={"R": 0.5, "Q": 0.5}),)


def test_merged_by_hand() -> None:
    second = ce.BranchingProcess(
        types=["S"], birth=[[1], [2]], death=[3], breakpoints=[5.0], pulses=[ce.Pulse(time=0.5, survival={"S": 0.0})]
    )
    both = testing.merged(PROCESS, second)
    assert both.types == ("S (1)", "R (1)", "S (2)")
    assert both.breakpoints.tolist() == [2.0, 5.0]
    assert both.birth.tolist() == [[1.0, 0.5, 1.0], [0.25, 2.0, 1.0], [0.25, 2.0, 2.0]]
    assert {pair: np.asarray(u).tolist() for pair, u in both.mutation.items()} == {
        ("S (1)", "R (1)"): [0.5, 0.25, 0.25]
    }
    assert both.switching == {("R (1)", "S (1)"): 0.75}
    assert both.pulses == (
        ce.Pulse(time=0.5, survival={"S (2)": 0.0}),
        ce.Pulse(time=1.0, survival={"R (1)": 0.5}),
    )


def test_refined_by_hand() -> None:
    other = testing.refined(PROCESS, [3.0, 2.0, 1.0])
    assert other.breakpoints.tolist() == [1.0, 2.0, 3.0]
    assert other.birth[:, 0].tolist() == [1.0, 1.0, 0.25, 0.25]
    assert np.asarray(other.mutation["S", "R"]).tolist() == [0.5, 0.5, 0.25, 0.25]
    assert other.pulses == PROCESS.pulses
    assert testing.refined(PROCESS, []) == PROCESS


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: testing.rescaled(PROCESS, 0.0), "factor must be finite and > 0; got 0.0"),
        (lambda: testing.rescaled(PROCESS, np.nan), "factor must be finite"),
        (lambda: testing.rescaled(PROCESS, 1e-309), "birth"),
        (lambda: testing.relabeled(PROCESS, [0, 0]), "order must be a permutation of 0 to 1"),
        (lambda: testing.relabeled(PROCESS, [0]), "order must be a permutation"),
        (lambda: testing.split(PROCESS, "r"), "name 'r' is not a type of the process. Did you mean 'R'"),
        (lambda: testing.split(PROCESS, "R", into="S"), r"types\[2\] must be unique"),
        (lambda: testing.split(PROCESS, "R", share=1.5), "share must be in"),
        (lambda: testing.split(PROCESS, "R", exchange=-1.0), "switching"),
        (lambda: testing.refined(PROCESS, [-1.0]), r"breakpoints\[0\]"),
        (lambda: testing.refined(PROCESS, [np.inf]), "breakpoints"),
    ],
)
def test_transformations_refuse_bad_arguments(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(ce.ModelError, match=words):
        call()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: testing.rescaled(PROCESS, "2"), "factor must be finite"),
        (lambda: testing.rescaled(3, 2.0), "process must be a BranchingProcess; got 3"),
        (lambda: testing.split(None, "R"), "process must be a BranchingProcess; got None"),
        (lambda: testing.merged(PROCESS, 5), "second must be a BranchingProcess; got 5"),
        (lambda: testing.relabeled("S", [0]), "process must be a BranchingProcess"),
        (lambda: testing.refined([], [1.0]), "process must be a BranchingProcess"),
    ],
)
def test_transformations_refuse_wrong_types(call: Callable[[], Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        call()


def test_everything_public_is_documented_with_an_example() -> None:
    assert list(testing.__all__) == sorted(testing.__all__)  # type: ignore[attr-defined]
    for name in testing.__all__:  # type: ignore[attr-defined]
        text = getattr(testing, name).__doc__
        assert ">>> " in text, name


def test_without_hypothesis_the_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['hypothesis'] = None; import chemoevo as ce; ce.testing.rescaled; ce.testing.processes"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: chemoevo.testing.processes needs hypothesis")
    assert 'pip install "chemoevo[testing]"' in last
