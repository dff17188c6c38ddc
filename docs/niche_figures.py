"""The figures of docs/niche-scenarios.md, which docs/figures.py draws: from the scenario files that ship."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

import chemoevo as ce

EXAMPLES = Path(__file__).parents[1] / "examples"
# Okabe & Ito: told apart by everybody.
BLUE, RED, GREEN, BLACK = "#0072B2", "#D55E00", "#009E73", "#000000"


def scenario(name: str) -> ce.Scenario:
    """One that ships."""
    return ce.Scenario.load(EXAMPLES / f"{name}.toml")


def cures(model: ce.Scenario, changes: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
    """Cure by the equations, with changes one at a time."""
    return np.array([ce.cure_probability(model.replace(change)).value for change in changes])


def hypoxic_niche(axes: Axes, effort: int) -> None:
    """Cure by how far doxorubicin comes, with and without an inhibitor of the pump."""
    distances = np.linspace(15, 60, 7 if effort == 1 else 31)
    changes = [{f"tumor.niches[{k}].penetration[doxorubicin].half_distance": x for k in (0, 1)} for x in distances]
    for name, color, label in (
        ("doxorubicin_hypoxia", BLUE, "doxorubicin"),
        ("doxorubicin_tariquidar_hypoxia", RED, "with tariquidar"),
    ):
        axes.plot(distances, cures(scenario(name), changes), color=color, label=label)
    axes.axvspan(24, 43, color=BLACK, alpha=0.08, lw=0, label="measured, by how cells are packed")
    axes.axvline(31, color=BLACK, lw=0.8, ls=":", label="as in the files")
    axes.set(xlabel="half-distance of doxorubicin (um)", ylabel="probability of cure", ylim=(-0.02, 1.02))
    axes.set_title("Three cells of ten are 90 to 140 um from vessels, at 5 mmHg")
    axes.legend(loc="lower right")


def dissolved_matrix(axes: Axes, effort: int) -> None:
    """Cure by the time between the agent that dissolves matrix and gemcitabine."""
    model = scenario("gemcitabine_matrix")
    hours = np.linspace(-48, 144, 9 if effort == 1 else 33)
    line = "pegvorhyaluronidase 0.003 mg/kg d3,10,17 + gemcitabine 1000 mg/m2 over 30 min d{},{},{} at {} h q28d x6"
    days = [[int(x // 24) + day for day in (3, 10, 17)] for x in hours]
    changes = [{"regimen": line.format(*at, x % 24)} for at, x in zip(days, hours, strict=True)]
    for gain, color in ((1.0, BLUE), (3.0, RED)):
        more = model.replace({"niche_therapies[0].delivery[gemcitabine].gain": gain})
        label = f"{1 + gain:g} times as much comes in, at most"
        axes.plot(hours, cures(more, changes), color=color, label=label)
    alone = model.replace({"niche_therapies": [], "inert": ["pegvorhyaluronidase"]})
    axes.plot(hours, cures(alone, changes), "--", color=BLACK, label="gemcitabine alone")
    axes.axvline(24, color=BLACK, lw=0.8, ls=":", label="as in the file")
    axes.set(xlabel="gemcitabine, hours after pegvorhyaluronidase", ylabel="probability of cure", ylim=(-0.02, 1.02))
    axes.set_title("Three weeks of four with both drugs once a week, six times")
    axes.legend(loc="lower right", ncols=2)


def checkpoint(axes: Axes, effort: int) -> None:
    """Cure by how much the antibody multiplies immune kill, with and without cells that hide."""
    model = scenario("doxorubicin_checkpoint")
    factors = np.linspace(1, 12, 8 if effort == 1 else 45)
    changes = [{"potencies[pembrolizumab].emax": x} for x in factors]
    axes.plot(factors, cures(model, changes), color=RED, label="B2M is lost in 1e-6 of divisions")
    rarely = model.replace({"tumor.alterations[B2M].mutation": 1e-7})
    axes.plot(factors, cures(rarely, changes), color=BLUE, label="in 1e-7")
    axes.plot(factors, cures(model.replace({"tumor.alterations": []}), changes), "--", color=BLACK, label="never")
    axes.axvline(8, color=BLACK, lw=0.8, ls=":", label="as in the file")
    axes.set(xlabel="immune kill under the antibody, times that without", ylabel="probability of cure")
    axes.set(ylim=(-0.02, 1.02))
    axes.set_title("Doxorubicin and pembrolizumab, six times")
    axes.legend(loc="lower right")


def marrow_stroma(axes: list[Axes], effort: int) -> None:
    """Histories by niche, and cure by how fast cells change places."""
    _wide(axes)
    model = scenario("venetoclax_stroma")
    number = 10 if effort == 1 else 40
    ensemble = ce.simulate(model, replicates=number, seed=1)
    for niche, color in (("blood", RED), ("marrow", BLUE)):
        there = [ensemble.types.index(name) for name in model.types.within(niche)]
        counts = ensemble.counts[:, :, there].sum(axis=2).astype(float)
        counts[counts == 0] = np.nan
        axes[0].semilogy(ensemble.times, counts.T, color=color, lw=0.7, alpha=0.4)
        axes[0].plot([], [], color=color, label=niche)
    axes[0].axvspan(0, 336, color=BLACK, alpha=0.08, lw=0, label="venetoclax")
    axes[0].set(xlabel="day", ylabel="cells", title=f"{number} histories")
    axes[0].legend(loc="upper left")
    rates = np.geomspace(0.005, 1, 7 if effort == 1 else 25)
    changes = [{"tumor.exchange": x} for x in rates]
    for by, style in ((0.1, ":"), (0.2, "-"), (0.3, "--")):
        stroma = model.replace({"tumor.niches[marrow].changes[0].by": by})
        label = f"EC50 in the marrow x {1 + 9 * by:g}"
        axes[1].semilogx(rates, cures(stroma, changes), style, color=BLUE, label=label)
    axes[1].axvline(0.05, color=BLACK, lw=0.8, ls=":", label="as in the file")
    axes[1].set(xlabel="exchange between blood and marrow (per day)", ylabel="probability of cure", ylim=(-0.02, 1.02))
    axes[1].legend(loc="center right")


def persisters(axes: list[Axes], effort: int) -> None:
    """Persisters in the mean, and cure by how firmly the drug holds them."""
    _wide(axes)
    times = np.linspace(0, 364, 92 if effort == 1 else 365)
    held = np.linspace(0, 1, 6 if effort == 1 else 21)
    changes = [{"tumor.phenotypes[persister].held": {"venetoclax": x}} for x in held]
    for which, color in (("continuous", BLUE), ("intermittent", RED)):
        model = scenario(f"venetoclax_persisters_{which}")
        means = ce.mean_counts(model.therapy, initial={"sensitive": model.tumor.size}, times=times)
        axes[0].semilogy(times, means[:, 0], color=color, label=f"{which}: ordinary cells")
        axes[0].semilogy(times, means[:, 1], "--", color=color, label=f"{which}: persisters")
        axes[1].plot(held, cures(model, changes), color=color, label=which)
    axes[0].set(xlabel="day", ylabel="mean number of cells", ylim=(1e-2, 1e7))
    axes[0].set_title("Cells without MCL1 in the first year")
    axes[0].legend(loc="upper right", ncols=1)
    axes[1].set(xlabel="share of leaving that the drug prevents", ylabel="probability of cure", ylim=(0.5, 1.02))
    axes[1].legend(loc="lower left")


def _wide(axes: list[Axes]) -> None:
    axes[0].figure.set_layout_engine("constrained")
    axes[0].figure.set_size_inches(11.0, 4.2)
