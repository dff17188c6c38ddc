"""Cancer therapy as a branching process: how likely is cure, and if it fails, which clone comes back and when?"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from chemoevo._core import __version__
from chemoevo.analytic import (
    absence_probability,
    extinction_probability,
    presence_probability,
    survival_probability,
    ultimate_extinction_probability,
)
from chemoevo.competition import Gompertz, Logistic, LotkaVolterra
from chemoevo.counts import Counts
from chemoevo.crossings import Crossings
from chemoevo.ensemble import Ensemble
from chemoevo.errors import ModelError, SimulationError
from chemoevo.grown import GrownFor, GrownTo
from chemoevo.means import mean_counts
from chemoevo.options import Limits, Pulse, Stop
from chemoevo.pieces import concat, simulate_chunks
from chemoevo.process import BranchingProcess
from chemoevo.simulate import simulate
from chemoevo.storage import load

if TYPE_CHECKING:
    from chemoevo import regimens as regimens
    from chemoevo.answers import Answer, answer
    from chemoevo.causes import Causes, cause_of_relapse
    from chemoevo.covariance import moments
    from chemoevo.distribution import count_distribution
    from chemoevo.estimates import Estimate
    from chemoevo.first_times import TimeLaw, extinction_time, first_appearance
    from chemoevo.generating import generating_function
    from chemoevo.gradients import sensitivities
    from chemoevo.pharmacology import Dose, Drug, Patient, Phase, Regimen
    from chemoevo.rare import rare_cure_probability
    from chemoevo.resistance import Alteration, Potency
    from chemoevo.scenario import Scenario
    from chemoevo.scenario_parts import Compare, FollowUp, ProgressionRule, Simulation, Surgery, Tumor
    from chemoevo.streaming import scan, simulate_to
    from chemoevo.study import cure_probability

# Loaded when first used: pydantic and what stands on it are not part of `import chemoevo`.
_LAZY = {
    "Alteration": "chemoevo.resistance",
    "Answer": "chemoevo.answers",
    "Causes": "chemoevo.causes",
    "Compare": "chemoevo.scenario_parts",
    "Dose": "chemoevo.pharmacology",
    "Drug": "chemoevo.pharmacology",
    "Estimate": "chemoevo.estimates",
    "FollowUp": "chemoevo.scenario_parts",
    "Patient": "chemoevo.pharmacology",
    "Phase": "chemoevo.pharmacology",
    "Potency": "chemoevo.resistance",
    "ProgressionRule": "chemoevo.scenario_parts",
    "Regimen": "chemoevo.pharmacology",
    "Scenario": "chemoevo.scenario",
    "Simulation": "chemoevo.scenario_parts",
    "Surgery": "chemoevo.scenario_parts",
    "TimeLaw": "chemoevo.first_times",
    "Tumor": "chemoevo.scenario_parts",
    "answer": "chemoevo.answers",
    "cause_of_relapse": "chemoevo.causes",
    "count_distribution": "chemoevo.distribution",
    "cure_probability": "chemoevo.study",
    "extinction_time": "chemoevo.first_times",
    "first_appearance": "chemoevo.first_times",
    "generating_function": "chemoevo.generating",
    "moments": "chemoevo.covariance",
    "rare_cure_probability": "chemoevo.rare",
    "scan": "chemoevo.streaming",
    "simulate_to": "chemoevo.streaming",
    "sensitivities": "chemoevo.gradients",
}
_LAZY_MODULES = ("regimens",)


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
    elif name in _LAZY_MODULES:
        value = importlib.import_module(f"chemoevo.{name}")
    else:
        raise AttributeError(f"module 'chemoevo' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


__all__ = [
    "Alteration",
    "Answer",
    "BranchingProcess",
    "Causes",
    "Compare",
    "Counts",
    "Crossings",
    "Dose",
    "Drug",
    "Ensemble",
    "Estimate",
    "FollowUp",
    "Gompertz",
    "GrownFor",
    "GrownTo",
    "Limits",
    "Logistic",
    "LotkaVolterra",
    "ModelError",
    "Patient",
    "Phase",
    "Potency",
    "ProgressionRule",
    "Pulse",
    "Regimen",
    "Scenario",
    "Simulation",
    "SimulationError",
    "Stop",
    "Surgery",
    "TimeLaw",
    "Tumor",
    "__version__",
    "absence_probability",
    "answer",
    "cause_of_relapse",
    "concat",
    "count_distribution",
    "cure_probability",
    "extinction_probability",
    "extinction_time",
    "first_appearance",
    "generating_function",
    "load",
    "mean_counts",
    "moments",
    "presence_probability",
    "rare_cure_probability",
    "regimens",
    "scan",
    "sensitivities",
    "simulate",
    "simulate_chunks",
    "simulate_to",
    "survival_probability",
    "ultimate_extinction_probability",
]
