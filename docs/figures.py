"""The figures of the documentation: `python docs/figures.py` writes them all to docs/figures/.

Every point is computed here and now; costs are CPU times of one thread. `--quick` takes fewer replicates.
"""

from __future__ import annotations

import argparse
import runpy
import time
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from field_figures import (
    combination,
    conjugation,
    mgmt_inhibitor,
    parp_inhibitors,
    radiotherapy_window,
    second_taxane,
)
from matplotlib.axes import Axes
from niche_figures import checkpoint, dissolved_matrix, hypoxic_niche, marrow_stroma, persisters
from scipy import stats

import chemoevo as ce

# Okabe & Ito: told apart by everybody.
COLORS = {"direct": "#D55E00", "bnb": "#0072B2", "leap": "#009E73", "auto": "#CC79A7", "exact": "#000000"}
STYLE = {
    "figure.figsize": (7.0, 4.2),
    "figure.dpi": 120,
    "savefig.bbox": "tight",
    "font.size": 10,
    "axes.titlesize": 9,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
}


def cost_by_size(axes: Axes, effort: int) -> None:
    """CPU time of a replicate against the number of cells that it starts from."""
    process = ce.BranchingProcess(types=["S", "R"], birth=[0.14, 0.14], death=[0.13, 0.13], mutation={("S", "R"): 1e-6})
    largest = {"direct": 5, "bnb": 9 + (effort > 1), "leap": 12, "auto": 12}
    for engine, decades in largest.items():
        sizes = 10 ** np.arange(2, decades + 1)
        cost = []
        for size in sizes:
            # As many replicates as take some tenths of a second, but at least one.
            replicates, spent = 1, 0.0
            while True:
                began = time.process_time()
                ce.simulate(
                    process,
                    initial={"S": int(size)},
                    times=[60.0],
                    replicates=replicates,
                    seed=1,
                    engine=engine,
                    threads=1,
                )
                spent = time.process_time() - began
                if spent > 0.05 * effort:
                    break
                replicates *= 4
            cost.append(1e3 * spent / replicates)
        axes.loglog(sizes, cost, "o-", ms=4, color=COLORS[engine], label=engine)
    axes.set(xlabel="cells at the start", ylabel="CPU time of a replicate (ms)")
    axes.set_title("60 days of S (0.14 divisions, 0.13 deaths per day), mutation to R at 1e-6 per division")
    axes.legend()


def leaping_error(axes: Axes, effort: int) -> None:
    """Error of the means and steps of a replicate against the tolerance."""
    process = ce.BranchingProcess(
        types=["A", "B", "C", "D"],
        birth=[1.0] * 4,
        death=[0.0] * 4,
        mutation={("A", "B"): 0.01, ("B", "C"): 0.01, ("C", "D"): 0.01},
    )
    initial, day, replicates = {"A": 10**13}, 2.0, 40 * effort
    exact = ce.mean_counts(process, initial=initial, times=[day])[0]
    tolerances = 10.0 ** np.arange(-7, -1.5)
    error, noise, steps = [], [], []
    for tolerance in tolerances:
        ens = ce.simulate(
            process, initial=initial, times=[day], replicates=replicates, seed=3, engine="leap", tolerance=tolerance
        )
        cells = ens.final.astype(float)
        error.append(np.abs(cells.mean(axis=0) / exact - 1.0))
        noise.append(cells.std(axis=0, ddof=1) / np.sqrt(replicates) / exact)
        steps.append(ens.ends["steps"].mean())
    for column, marker, color in ((1, "o", "#0072B2"), (2, "s", "#009E73"), (3, "^", "#D55E00")):
        axes.errorbar(
            tolerances,
            np.array(error)[:, column],
            yerr=3.0 * np.array(noise)[:, column],
            fmt=marker + "-",
            ms=5,
            capsize=2,
            color=color,
            label=f"mean of {process.types[column]}, with three standard errors",
        )
    axes.plot(tolerances, tolerances, "--", color="#000000", label="error = tolerance")
    for tolerance, count in zip(tolerances, steps, strict=True):
        steps_text = "1 step" if count == 1 else f"{count:.0f} steps"
        axes.annotate(steps_text, (tolerance, 2e-2), ha="center", fontsize=8)
    axes.set(xscale="log", yscale="log", xlabel="tolerance", ylabel="relative error", ylim=(1e-8, 5e-2))
    axes.set_title("leap: growth without deaths for two days, from 1e13 cells of A to B to C to D")
    axes.legend(loc="lower right")


def first_passage(axes: Axes, effort: int) -> None:
    """Times at which a size is met, against their exact law."""
    births, cells, size, replicates = 0.2, 10, 10**6, 2500 * effort
    process = ce.BranchingProcess(types=["S"], birth=[births], death=[0.0])
    ens = ce.simulate(
        process,
        initial={"S": cells},
        times=[200.0],
        replicates=replicates,
        seed=5,
        engine="bnb",
        stop=ce.Stop(size=size),
    )
    days = np.sort(ens.outcomes["time"].to_numpy())
    grid = np.linspace(days[0] - 1.0, days[-1] + 1.0, 400)
    # Without deaths the total passes the size once: P(T <= t) = P(N(t) >= size), and N(t) is negative binomial.
    exact = stats.nbinom.sf(size - cells - 1, cells, np.exp(-births * grid))
    axes.plot(grid, exact, color=COLORS["exact"], lw=3, alpha=0.3, label="exact law (Yule)")
    axes.step(
        days, (np.arange(replicates) + 0.5) / replicates, where="mid", color=COLORS["bnb"], label="bnb and direct"
    )
    for step, shade in ((1.0, 0.5), (5.0, 1.0)):
        late = np.ceil(days / step) * step
        axes.step(
            np.sort(late),
            (np.arange(replicates) + 0.5) / replicates,
            where="mid",
            color="#D55E00",
            alpha=shade,
            ls=":",
            label="seen once a day only" if step == 1.0 else f"seen every {step:g} days only",
        )
    axes.set(xlabel="day", ylabel="share of replicates that have met the size")
    axes.set_title("First passage of 1e6 cells, from 10 that divide 0.2 times per day")
    axes.legend()


def one_law(axes: Axes, effort: int) -> None:
    """The number of resistant cells by each engine, and by the backward equations."""
    process = ce.BranchingProcess(types=["S", "R"], birth=[0.2, 0.2], death=[0.1, 0.1], mutation={("S", "R"): 0.005})
    initial, day, most, width = {"S": 20_000}, 10.0, 900, 20
    exact = ce.count_distribution(process, of="R", initial=initial, time=day, max_count=most)
    axes.plot(np.arange(most + 1), exact, color=COLORS["exact"], lw=1.5, label="backward equations")
    edges = np.arange(0, most + 1, width)
    for offset, engine in ((0, "direct"), (7, "bnb"), (14, "leap")):
        n = 500 * effort if engine == "direct" else 2500 * effort
        ens = ce.simulate(process, initial=initial, times=[day], replicates=n, seed=9, engine=engine)
        # Bins of their own for each engine, so that the points do not lie on one another.
        seen = np.histogram(ens.final[:, 1], bins=edges + offset)[0] / n
        error = 2.0 * np.sqrt(seen * (1.0 - seen) / n)
        axes.errorbar(
            edges[:-1] + offset + (width - 1) / 2,
            seen / width,
            yerr=error / width,
            fmt="o",
            ms=3,
            color=COLORS[engine],
            label=f"{engine}, {n} replicates",
        )
    axes.set(xlabel="resistant cells", ylabel="probability", xlim=(350, 800), ylim=(0, 0.0105))
    axes.set_title("Day 10 of 20 000 S (0.2 divisions, 0.1 deaths per day), mutation to R at 0.005 per division")
    axes.legend(loc="upper right")


def competition(axes: Axes, effort: int) -> None:
    """Logistic growth to a small capacity: `direct`, `leap` and the mean field."""
    process = ce.BranchingProcess(
        types=["S"], birth=[0.5], death=[0.1], competition=ce.Logistic(capacity=1000, on="death")
    )
    times = np.linspace(0.0, 40.0, 81)[1:]
    for engine, shade in (("direct", 0.25), ("leap", 0.25)):
        ens = ce.simulate(process, initial={"S": 100}, times=times, replicates=500 * effort, seed=7, engine=engine)
        low, high = np.quantile(ens.counts[:, :, 0], [0.05, 0.95], axis=0)
        axes.fill_between(times, low, high, color=COLORS[engine], alpha=shade, lw=0)
        axes.plot(times, ens.counts[:, :, 0].mean(axis=0), color=COLORS[engine], label=f"{engine}: mean, 5 to 95 %")
    field = ce.mean_counts(process, initial={"S": 100}, times=times)[:, 0]
    axes.plot(times, field, "--", color=COLORS["exact"], label="mean field")
    axes.set(xlabel="day", ylabel="cells", ylim=(0, None))
    axes.set_title('Logistic(capacity=1000, on="death"), from 100 cells (0.5 divisions, 0.1 deaths per day)')
    axes.legend(loc="lower right")


def size_and_age(axes: Axes, effort: int) -> None:
    """No mutant at detection: the law of a size, first passage, and growth for the time that it takes on average."""
    mutants, sizes = 0.3, np.array([10, 30, 100, 300, 1000, 10_000])
    law, age, seen = [], [], []
    replicates = 5000 * effort
    for size in sizes:
        growth = ce.BranchingProcess(
            types=["S", "R"], birth=[0.2, 0.2], death=[0.1, 0.1], mutation={("S", "R"): mutants / size}
        )

        def absent(tumors: object, growth: ce.BranchingProcess = growth) -> float:
            return float(ce.absence_probability(growth, types=["R"], initial=tumors, times=[0.0])[0])

        law.append(absent(ce.GrownTo(growth, size=size)))
        age.append(absent(ce.GrownFor(growth, days=np.log(0.5 * size) / 0.1)))
        ens = ce.simulate(
            growth,
            initial={"S": 1},
            times=[1e5],
            stop=ce.Stop(size=size, retry=True),
            replicates=replicates,
            seed=1,
        )
        seen.append(float((ens.final[:, 1] == 0).mean()))
    seen_array = np.array(seen)
    error = 1.96 * np.sqrt(seen_array * (1.0 - seen_array) / replicates)
    axes.errorbar(sizes, seen, yerr=error, fmt="o", ms=5, capsize=2, color=COLORS["bnb"], label="simulated to the size")
    axes.plot(sizes, law, "-", color=COLORS["exact"], label="GrownTo: law of the size")
    axes.plot(sizes, age, "--", color=COLORS["direct"], label="GrownFor: law of the age with that mean size")
    axes.set(xscale="log", xlabel="cells at detection, M", ylabel="probability of no mutant", ylim=(0.6, 0.8))
    axes.set_title("Mutation probability 0.3/M per division (0.2 divisions, 0.1 deaths per day)")
    axes.legend()


def cure_map(axes: list[Axes], effort: int) -> None:
    """Cure by size and mutation probability, with simulated points: examples/cure_map.py."""
    study = runpy.run_path(str(Path(__file__).parents[1] / "examples" / "cure_map.py"))
    every = 1 if effort > 1 else 8
    sizes, mutations = study["SIZES"][::every], study["MUTATIONS"][::every]
    for panel, plan in zip(axes, study["PLANS"], strict=True):
        values = study["cure_map"](plan, mutations, sizes)
        drawn = panel.pcolormesh(sizes, mutations, values, vmin=0.0, vmax=1.0, cmap="viridis", shading="nearest")
        for size, u in study["POINTS"][plan]:
            share = study["simulated"](plan, size, u, replicates=50 * effort)
            panel.scatter(size, u, c=[share], vmin=0.0, vmax=1.0, cmap="viridis", edgecolors="white", s=60, zorder=3)
        panel.set(xscale="log", yscale="log", xlabel="cells at detection", title=plan)
        panel.grid(visible=False)
    axes[0].set_ylabel("mutation probability per division")
    axes[1].figure.colorbar(drawn, ax=axes, label="probability of cure")


def relapse(axes: list[Axes], effort: int) -> None:
    """Histories of a resected tumor, and the share without progression: examples/nsclc_relapse.toml."""
    scenario = ce.Scenario.load(Path(__file__).parents[1] / "examples" / "nsclc_relapse.toml")
    ensemble = ce.simulate(scenario, replicates=100 if effort == 1 else 1000)
    axes[0].figure.set_layout_engine("constrained")
    axes[0].figure.set_size_inches(11.0, 4.2)
    ensemble.plot.trajectories(color="type", ax=axes[0])
    ce.plots.survival(ce.answer(scenario, ensemble), ax=axes[1])


FIGURES: dict[str, tuple[int, Callable[..., None]]] = {
    "cost_by_size": (1, cost_by_size),
    "leaping_error": (1, leaping_error),
    "first_passage": (1, first_passage),
    "one_law": (1, one_law),
    "competition": (1, competition),
    "size_and_age": (1, size_and_age),
    "cure_map": (2, cure_map),
    "relapse": (2, relapse),
    "hypoxic_niche": (1, hypoxic_niche),
    "dissolved_matrix": (1, dissolved_matrix),
    "checkpoint": (1, checkpoint),
    "marrow_stroma": (2, marrow_stroma),
    "persisters": (2, persisters),
    "second_taxane": (1, second_taxane),
    "parp_inhibitors": (2, parp_inhibitors),
    "mgmt_inhibitor": (1, mgmt_inhibitor),
    "combination": (1, combination),
    "conjugation": (1, conjugation),
    "radiotherapy_window": (1, radiotherapy_window),
}
"""Each with its number of panels."""


def main() -> None:
    """Draws the figures that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help=f"figures to draw, all unless given: {', '.join(FIGURES)}")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "figures")
    parser.add_argument("--quick", action="store_true", help="fewer replicates")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(FIGURES):
        parser.error(f"no such figure: {', '.join(sorted(unknown))}; there are {', '.join(FIGURES)}")
    asked.out.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update(STYLE)
    for name in asked.names or FIGURES:
        panels, draw = FIGURES[name]
        figure, axes = plt.subplots(1, panels, sharey=draw is cure_map)
        draw(axes if panels == 1 else list(axes), 1 if asked.quick else 8)
        # Without a date or a version, the same figure is the same file.
        figure.savefig(asked.out / f"{name}.png", metadata={"Software": None})
        plt.close(figure)
        print(asked.out / f"{name}.png", flush=True)


if __name__ == "__main__":
    main()
