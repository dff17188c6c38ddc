"""The plots of one object as its methods: `Plots(ensemble).counts()` is `counts(ensemble)`."""

from __future__ import annotations

from types import MethodType
from typing import TYPE_CHECKING, Any

from chemoevo.answers.answer import Answer
from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.errors import did_you_mean
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.plots.clone_areas import muller
from chemoevo.plots.histories import trajectories
from chemoevo.plots.lineages import tree
from chemoevo.plots.net_growth import rates
from chemoevo.plots.places import niches, phenotypes
from chemoevo.plots.plasma import exposure
from chemoevo.plots.populations import counts
from chemoevo.plots.progression_free import survival
from chemoevo.process.branching import BranchingProcess
from chemoevo.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matplotlib.axes import Axes

_KINDS: dict[type, tuple[Callable[..., Axes], ...]] = {
    Ensemble: (counts, trajectories, muller, tree, niches, phenotypes),
    Answer: (survival,),
    Regimen: (exposure,),
    Scenario: (rates, exposure),
    BranchingProcess: (rates,),
}


class Plots:
    """The plots that make sense for an object, as methods that take it as their first argument.

    Parameters
    ----------
    of
        An `Ensemble` (counts, trajectories, muller, tree, niches, phenotypes), an `Answer` (survival), a `Regimen`
        (exposure), a `Scenario` (rates, exposure) or a `BranchingProcess` (rates).

    Raises
    ------
    TypeError
        If it is something else.

    Examples
    --------
    >>> import chemoevo as ce
    >>> from chemoevo import plots
    >>> from matplotlib.figure import Figure
    >>> plot = plots.Plots(ce.regimens.docetaxel_carboplatin())
    >>> ax = plot.exposure(patient=ce.Patient(bsa=1.8, gfr=90), ax=Figure(layout="constrained").subplots())
    >>> [name for name in dir(plot) if not name.startswith("_")]
    ['exposure']
    """

    __slots__ = ("_of",)

    def __init__(self, of: Ensemble | Answer | Regimen | Scenario | BranchingProcess) -> None:
        if not isinstance(of, tuple(_KINDS)):
            *most, last = (kind.__name__ for kind in _KINDS)
            raise TypeError(f"of must be an {', '.join(most)} or {last}; got {of!r:.200}.")
        self._of = of

    def __getattr__(self, name: str) -> Callable[..., Axes]:
        # Names of Python's own are asked for while a copy has no object yet.
        if name.startswith("_"):
            raise AttributeError(name)
        known = _plots_of(self._of)
        if name not in known:
            raise AttributeError(f"{type(self._of).__name__} has no plot {name!r}. {did_you_mean(name, known)}")
        return MethodType(known[name], self._of)

    def __dir__(self) -> Iterable[str]:
        return [*object.__dir__(self), *_sensible(self._of)]

    def __repr__(self) -> str:
        return f"Plots of {type(self._of).__name__}: {', '.join(_sensible(self._of))}"


def _plots_of(value: Any) -> dict[str, Callable[..., Axes]]:
    functions = next(found for kind, found in _KINDS.items() if isinstance(value, kind))
    return {function.__name__: function for function in functions}


def _sensible(value: Any) -> list[str]:
    """Names of those that it can be asked for: niches and phenotypes only of a tumor that has some."""
    names = list(_plots_of(value))
    if not isinstance(value, Ensemble):
        return names
    tumor = {} if value.run.scenario is None else value.run.scenario["tumor"]
    return [name for name in names if name not in ("niches", "phenotypes") or tumor.get(name)]
