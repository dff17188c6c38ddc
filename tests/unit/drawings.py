"""What figures are drawn of in tests, and figures drawn."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import chemoevo as ce
from chemoevo import plots
from tests.unit import places

PATIENT = ce.Patient(bsa=1.8, gfr=90)
REGIMEN = ce.regimens.docetaxel_carboplatin()
TYPES = ["sensitive", "ABCB1", "TP53"]
PROCESS = ce.BranchingProcess(
    types=TYPES,
    birth=[1.0, 1.0, 1.0],
    death=[[0.3, 0.3, 0.3], [2.0, 0.3, 0.5]],
    mutation={("sensitive", "ABCB1"): 0.02, ("sensitive", "TP53"): 0.02},
    breakpoints=[3.0],
    pulses=[ce.Pulse(time=2.0, survival={"sensitive": 0.5})],
)


@cache
def ensemble(**changes: Any) -> ce.Ensemble:
    arguments: dict[str, Any] = {"initial": {"sensitive": 20}, "times": range(9), "replicates": 60, "seed": 2}
    return ce.simulate(PROCESS, **{**arguments, **changes})


@cache
def clones() -> ce.Ensemble:
    growth = ce.BranchingProcess(
        types=TYPES,
        birth=[1.0, 1.1, 1.2],
        death=[0.3] * 3,
        mutation={("sensitive", "ABCB1"): 0.05, ("sensitive", "TP53"): 0.05, ("ABCB1", "TP53"): 0.05},
    )
    return ce.simulate(growth, initial={"sensitive": 9}, times=range(7), replicates=3, seed=2, record="clones")


@cache
def many_types() -> ce.Ensemble:
    names = [f"T{i}" for i in range(12)]
    process = ce.BranchingProcess(types=names, birth=[0.0] * 12, death=[0.0] * 12)
    cells = {name: 2**i for i, name in enumerate(names)}
    return ce.simulate(process, initial=cells, times=[0.0, 1.0], replicates=2, seed=1)


@cache
def scenario() -> ce.Scenario:
    return ce.Scenario(
        name="small",
        tumor=ce.Tumor(birth=0.14, death=0.1, size=1e4, alterations=[ce.Alteration(name="ABCB1", mutation=1e-4)]),
        regimen=REGIMEN,
        patient=PATIENT,
        potencies=[
            ce.Potency(drug="docetaxel", emax=1.4, basis="a test"),
            ce.Potency(drug="carboplatin", emax=3, basis="a test"),
        ],
    )


@cache
def answer() -> ce.Answer:
    return ce.answer(scenario(), ce.simulate(scenario(), replicates=20, seed=1))


ARMS: dict[str, Any] = {
    "docetaxel": ([10, 20, 30, 60, 60], [1, 1, 0, 0, 0]),
    "docetaxel and carboplatin, dose-dense": ([20, 40, 60, 60, 60], [1, 1, 0, 0, 0]),
    "curve": ce.kaplan_meier([5, 10, 60], [1, 1, 0]),
}


GRID = pl.DataFrame(
    {
        "size": np.tile(np.geomspace(1e6, 1e9, 4), 3),
        "interval": np.repeat([7.0, 14.0, 21.0], 4),
        "cure": [1.0, 0.8, 0.6, 0.3, 0.9, 0.6, 0.4, None, 0.7, 0.5, 0.2, 0.0],
    }
)


ELASTICITIES = pl.DataFrame(
    {"parameter": ["a", "tumor.birth", "c", "regimen.phases[0].doses[0].amount"], "elasticity": [0.5, -2.0, None, 1.0]}
)


PLOTS: dict[str, Callable[..., Axes]] = {
    "counts": lambda **more: plots.counts(ensemble(), **more),
    "counts of many types": lambda **more: plots.counts(many_types(), **more),
    "trajectories": lambda **more: plots.trajectories(ensemble(), **more),
    "survival of an answer": lambda **more: plots.survival(answer(), **more),
    "survival": lambda **more: plots.survival(ARMS, **more),
    "exposure": lambda **more: plots.exposure(REGIMEN, patient=PATIENT, **more),
    "neutrophils": lambda **more: plots.neutrophils(REGIMEN, patient=PATIENT, without="carboplatin", **more),
    "rates": lambda **more: plots.rates(PROCESS, **more),
    "rates of a scenario": lambda **more: plots.rates(scenario(), **more),
    "heatmap": lambda **more: plots.heatmap(GRID, x="size", y="interval", value="cure", **more),
    "cure_map": lambda **more: plots.cure_map(GRID, x="size", y="interval", **more),
    "tornado": lambda **more: plots.tornado(ELASTICITIES, **more),
    "muller": lambda **more: plots.muller(clones(), replicate=0, **more),
    "tree": lambda **more: plots.tree(clones(), replicate=0, tips=12, **more),
    "niches": lambda **more: plots.niches(places.histories(), **more),
    "phenotypes": lambda **more: plots.phenotypes(places.histories(), **more),
}


def drawn(name: str, **more: Any) -> Axes:
    return PLOTS[name](ax=Figure(layout="constrained").subplots(), **more)


def axes() -> Axes:
    return Figure(layout="constrained").subplots()


def legend_of(ax: Axes) -> list[str]:
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]
