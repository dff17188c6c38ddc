"""The figures of docs/field-questions.md, which docs/figures.py draws: from the scenario files that ship."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from niche_figures import BLACK, BLUE, GREEN, RED, cures, scenario

import chemoevo as ce

PURPLE = "#CC79A7"
LIMITS = (-0.02, 1.02)


def second_taxane(axes: Axes, effort: int) -> None:
    """Cure by how many of ten cycles are docetaxel, by how often cells with the pump arise."""
    model = scenario("docetaxel_cabazitaxel")
    first = np.arange(1, 10, 4 if effort == 1 else 1)
    line = "docetaxel 75 mg/m2 over 1 h q21d x{} then cabazitaxel 25 mg/m2 over 1 h q21d x{}"
    changes = [{"regimen": line.format(n, 10 - n)} for n in first]
    for probability, color in ((1e-6, RED), (1.7e-7, BLUE), (1e-8, GREEN)):
        pumped = model.replace({"tumor.alterations[ABCB1].mutation": probability})
        axes.plot(
            first, cures(pumped, changes), "o-", ms=4, color=color, label=f"ABCB1 in {probability:g} of divisions"
        )
    bare = model.replace({"tumor.alterations": model.tumor.alterations[1:]})
    axes.plot(first, cures(bare, changes), "o--", ms=4, color=BLACK, label="never")
    axes.axvline(6, color=BLACK, lw=0.8, ls=":", label="as in the file")
    axes.set(xlabel="cycles of docetaxel, of ten", ylabel="probability of cure", ylim=LIMITS)
    axes.set_title("Docetaxel, then cabazitaxel")
    axes.legend(loc="lower left")


def parp_inhibitors(axes: list[Axes], effort: int) -> None:
    """Cure by what the other inhibitor kills, and by the recombination that the tumor keeps."""
    _wide(axes)
    olaparib, veliparib = scenario("ovarian_olaparib"), scenario("ovarian_veliparib")
    share = np.linspace(0.2, 1, 4 if effort == 1 else 17)
    axes[0].plot(
        share, cures(veliparib, [{"potencies[2].emax": 0.07 * x} for x in share]), color=RED, label="veliparib"
    )
    axes[0].axhline(float(cures(olaparib, [{}])[0]), color=BLUE, label="olaparib")
    axes[0].set(xlabel="kill of veliparib, times that of olaparib", ylabel="probability of cure", ylim=LIMITS)
    axes[0].legend(loc="upper left")
    kept = np.linspace(0, 0.25, 4 if effort == 1 else 21)
    changes = [{"tumor.expressions": {"HR": float(x)}} for x in kept]
    for model, color, label in ((veliparib, RED, "veliparib"), (olaparib, BLUE, "olaparib")):
        axes[1].plot(kept, cures(model, changes), color=color, label=label)
    axes[1].axvline(0.1, color=BLACK, lw=0.8, ls=":", label="as in the files")
    axes[1].set(xlabel="recombination that the tumor keeps", ylabel="probability of cure", ylim=LIMITS)
    axes[1].legend(loc="upper right")


def mgmt_inhibitor(axes: Axes, effort: int) -> None:
    """Cure by the dose of temozolomide in the six cycles, with and without an inhibitor of MGMT."""
    model = scenario("glioblastoma_temozolomide_radiotherapy")
    doses = np.linspace(100, 300, 4 if effort == 1 else 21)
    before = "temozolomide 75 mg/m2 oral q1d x42 then pause 28d then "
    blocked = "o6-benzylguanine 120 mg/m2 over 1 h + o6-benzylguanine 60 mg/m2 over 48 h at 1 h + "
    for inhibitor, color, label in (("", BLUE, "temozolomide"), (blocked, RED, "with O6-benzylguanine")):
        changes = [
            {"regimen": f"{before}{inhibitor}temozolomide {x:g} mg/m2 oral d1-5 at 1.5 h q28d x6"} for x in doses
        ]
        axes.plot(doses, cures(model, changes), color=color, label=label)
        bare = model.replace({"tumor.alterations": model.tumor.alterations[:1]})
        axes.plot(doses, cures(bare, changes), "--", color=color, label=f"{label}, MSH6 never lost")
    axes.axvspan(150, 200, color=BLACK, alpha=0.08, lw=0, label="doses of Stupp et al.")
    axes.set(
        xlabel="temozolomide on five days of each cycle (mg/m2 per day)", ylabel="probability of cure", ylim=LIMITS
    )
    axes.set_title("Six cycles after 60 Gy with temozolomide")
    axes.legend(loc="upper left")


def combination(axes: Axes, effort: int) -> None:
    """Cure by the size of the lymphoma, for the combination and for its parts."""
    model = scenario("r_chop")
    drugs = [potency.drug for potency in model.potencies]
    sizes = np.geomspace(1e4, 1e12, 5 if effort == 1 else 33)
    changes = [{"tumor.size": float(round(x))} for x in sizes]
    sets: list[tuple[list[str], Any, str]] = [
        (drugs, BLACK, "all four"),
        (drugs[:3], PURPLE, "without vincristine"),
        (drugs[1:], BLUE, "without rituximab"),
        (drugs[2:], GREEN, "doxorubicin and vincristine"),
        (["doxorubicin"], RED, "doxorubicin"),
    ]
    for kept, color, label in sets:
        inert = [*model.inert, *(drug for drug in drugs if drug not in kept)]
        potencies = [potency for potency in model.potencies if potency.drug in kept]
        part = model.replace({"potencies": potencies, "inert": inert})
        axes.semilogx(sizes, cures(part, changes), color=color, label=label)
    axes.axvline(1e11, color=BLACK, lw=0.8, ls=":", label="as in the file")
    axes.set(xlabel="cells at the first dose", ylabel="probability of cure", ylim=LIMITS)
    axes.set_title("Six cycles of R-CHOP and of its parts")
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))


def conjugation(axes: Axes, effort: int) -> None:
    """Cure by how much of the inhibitor is unbound, once and every hour."""
    model = scenario("chlorambucil_ethacrynic")
    share = np.geomspace(0.005, 1, 4 if effort == 1 else 21)
    changes = [{"drugs[ethacrynic-acid].fraction_unbound": float(x)} for x in share]
    hours = "".join(f" + ethacrynic-acid 50 mg over 30 min d1,15 at {hour} h" for hour in range(6))
    often = model.replace({"regimen": f"chlorambucil 0.5 mg/kg oral d1,15{hours} q28d x6"})
    axes.semilogx(share, cures(often, changes), color=RED, label="every hour for six hours")
    axes.semilogx(share, cures(model, changes), color=BLUE, label="once with each dose")
    none, never = {"inert": ["ethacrynic-acid"]}, {"tumor.alterations": model.tumor.alterations[1:]}
    levels = ((none, ":", "no ethacrynic acid"), (never, "--", "no GSTA1"))
    for change, style, label in levels:
        axes.axhline(float(cures(model, [change])[0]), color=BLACK, lw=0.8, ls=style, label=label)
    axes.axvline(0.02, color=BLACK, lw=0.8, label="unbound in plasma")
    axes.set(xlabel="unbound share of ethacrynic acid", ylabel="probability of cure", ylim=(0.55, 0.95))
    axes.set_title("Chlorambucil where cells gain GSTA1 or lose TP53")
    axes.legend(loc="upper left")


def radiotherapy_window(axes: Axes, effort: int) -> None:
    """Cure by the day of radiotherapy after the first dose of an antibody that opens and prunes vessels."""
    model = scenario("bevacizumab_window")
    days = np.linspace(0, 56, 5 if effort == 1 else 57)
    changes = [{"radiotherapy[0].start": float(x)} for x in days]
    ajar = model.replace({"niche_therapies[0].closes": None, "niche_therapies[0].oxygen": ce.Opening(gain=1.0)})
    idle = model.replace({"niche_therapies": [], "inert": ["bevacizumab"]})
    axes.plot(days, cures(ajar, changes), color=GREEN, label="opens, no pruning")
    axes.plot(days, cures(model, changes), color=RED, label="opens and closes")
    axes.plot(days, cures(idle, changes), "--", color=BLACK, label="the antibody does nothing")
    axes.axvline(7, color=BLACK, lw=0.8, ls=":", label="as in the file")
    axes.set(xlabel="first of five days of radiotherapy", ylabel="probability of cure", ylim=LIMITS)
    axes.set_title("Days from the first dose of bevacizumab and docetaxel")
    axes.legend(loc="upper right")


def _wide(axes: list[Axes]) -> None:
    axes[0].figure.set_layout_engine("constrained")
    axes[0].figure.set_size_inches(11.0, 4.2)
