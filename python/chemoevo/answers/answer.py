"""What a simulated scenario answers: outcomes, who comes back and when, and both answers side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from chemoevo.analytic.grown.detection import absence_law
from chemoevo.analytic.probability import log_absence
from chemoevo.analytic.sizes import size_probability
from chemoevo.answers.comparison import Comparison, with_compositions, with_law, with_sizes
from chemoevo.answers.cure import cure_probability
from chemoevo.answers.fields import AnswerFields
from chemoevo.answers.kaplan_meier import median_time
from chemoevo.answers.paragraph import answer_paragraph
from chemoevo.answers.progression import progression, totals
from chemoevo.answers.relapse import relapse_size, relapse_time
from chemoevo.answers.returning import Returning
from chemoevo.answers.text import answer_text
from chemoevo.base.plotting import Plotted
from chemoevo.ensemble.ensemble import Ensemble
from chemoevo.ensemble.estimates import Estimate
from chemoevo.errors import ModelError, SimulationError
from chemoevo.resistance.groups import Groups
from chemoevo.scenario.brief import setting
from chemoevo.scenario.room import one_answer
from chemoevo.scenario.scenario import Scenario

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESOLUTION = 1e-4
"""Largest error of the probability of a size."""


@dataclass(frozen=True, eq=False, repr=False)
class Answer(AnswerFields, Plotted):
    """The answer to a scenario.

    Attributes
    ----------
    scenario
        Its name.
    setting
        The tumor and its treatment, in words.
    replicates
        Number of simulated histories.
    horizon
        (days from the first dose) end of follow-up.
    cured
        Probability of no cell at the horizon, damaged ones aside: fraction of replicates with Wilson's interval.
    smallest_seen
        (cells) Smallest total that counts as progression.
    extinct_ever
        Probability that the tumor dies out, at any time: backward equations without end, averaged over the
        compositions at the first dose. None where cells compete.
    progressed
        Probability of progression at one of the looks, a fraction of replicates with Wilson's interval.
    time_to_progression
        (days from the first dose) Kaplan-Meier median with its interval.
    genotypes
        Who comes back, one row per genotype. At progression: most_numerous (replicates in which it was most numerous),
        gained_most (in which it had gained most cells since the smallest total), present (in which it was
        there), mean_share (of the tumor, over replicates that progressed; null if none did), median_time (days, of the
        replicates in which it was the most numerous). At the horizon: most_numerous_at_end (replicates not cured in
        which it was the most numerous). Cells of all niches and phenotypes count; those that die late have no genotype
        any more, and are "damaged".
    types
        The same by type, a genotype in a niche and a phenotype.
    niches, phenotypes
        Where it comes back, and in which state: the same by niche and by phenotype. None where the tumor has none.
    damaged
        Types of cells that die late, for which cure does not wait.
    cut_short
        Replicates that a limit ended: not cured, and censored when they ended.
    comparisons
        Both answers to each question; all must agree. The last is whether the tumor has the size of progression at the
        horizon; it is left out where tumors are so large that rounding in the equations hides on which side they are.
        Empty where cells compete.
    only_simulated
        Why the simulated answers are the only ones, where cells compete; None where there are both.
    relapse
        When the tumor is back at the size of progression, by the backward equations from each replicate's composition
        at the first dose: the mean of `relapse.cdf(days)` over replicates is beside the simulated share with
        progression. Computed when it is asked. None where cells compete.
    outcomes
        One row per replicate: what happened to it. `days_to_detection` and `growths_rejected` are null where therapy
        started from given cells.
    engine, growth_engine
        Engine that ran for therapy, and for growth; the latter None where therapy started from given cells.
    exact, rate_error
        Whether both sampled the exact law for the compiled rates; the largest relative change of the answers when every
        segment of the compiled rates is halved.
    """

    def to_text(self) -> str:
        """The tables, as text."""
        return answer_text(self)

    def paragraph(self) -> str:
        """The answer in a paragraph of plain prose: treatment, cure by both ways, when it comes back, and who does.

        Every number in it is one of the attributes. What is approximate, carried by few histories or cut short is said.

        Examples
        --------
        >>> import chemoevo as ce
        >>> scenario = ce.scenarios.olaparib_reversion()
        >>> text = ce.answer(scenario, ce.simulate(scenario, replicates=20, seed=1)).paragraph()
        >>> print(text.split(". ")[-1])
        Intervals are of chance alone; rates are inputs.
        """
        return answer_paragraph(self)

    __str__ = to_text

    def __repr__(self) -> str:
        return (
            f"Answer(scenario={self.scenario!r}, replicates={self.replicates}, cured={self.cured}, "
            f"progressed={self.progressed}, time_to_progression={self.time_to_progression})"
        )

    def _repr_html_(self) -> str:
        import html

        return f"<pre>{html.escape(self.to_text())}</pre>"


def answer(scenario: Scenario, ensemble: Ensemble) -> Answer:
    """Answers a scenario from its ensemble, and once more by the backward equations.

    Parameters
    ----------
    scenario
        What was simulated.
    ensemble
        `simulate(scenario, ...)`. Where it started from given cells, there is no law of growth to compare with; all
        else is answered. With capacities there are no backward equations: the answers are the simulated ones
        alone, and `only_simulated` says why.

    Returns
    -------
    Answer
        With `to_text()`; printing it shows the tables.

    Raises
    ------
    ModelError
        If the ensemble is not one of a scenario, or does not have the counts of every genotype (`record=Counts(...)`).

    Examples
    --------
    >>> import chemoevo as ce
    >>> scenario = ce.Scenario(
    ...     name="no drug resistance",
    ...     tumor=ce.Tumor(birth=0.139, death=0.1313, size=1e4),
    ...     regimen="docetaxel_carboplatin",
    ...     patient=ce.Patient(bsa=1.8, gfr=90),
    ...     potencies=[
    ...         ce.Potency(drug="docetaxel", emax=1.4, basis="an example"),
    ...         ce.Potency(drug="carboplatin", emax=12, basis="an example"),
    ...     ],
    ... )
    >>> result = ce.answer(scenario, ce.simulate(scenario, replicates=20, seed=1))
    >>> result.comparisons[0].agrees
    True
    """
    if not isinstance(scenario, Scenario):
        raise TypeError(f"scenario must be a Scenario; got {scenario!r:.200}.")
    if not isinstance(ensemble, Ensemble):
        raise TypeError(f"ensemble must be an Ensemble, simulate(scenario, ...); got {ensemble!r:.200}.")
    if ensemble.run.scenario is None:
        raise ModelError("ensemble must come from simulate(scenario): it is one of a process.")
    growth = ensemble.growth
    if ensemble.counted is not None:
        raise ModelError(
            "ensemble must have the counts of every genotype; got those of "
            f"{', '.join(ensemble.labels)}. Simulate without record=Counts(...)."
        )
    for name, ran, asked in (
        *(() if growth is None else (("growth.process", growth.process, scenario.growth.process),)),
        *(() if growth is None else (("growth.parts", _parts(growth), scenario.growth.parts),)),
        ("process", ensemble.process, scenario.therapy),
        ("times", ensemble.times.tolist(), scenario.times.tolist()),
    ):
        if ran != asked:
            raise ModelError(f"ensemble.{name} must be that of the scenario: the ensemble is one of another scenario.")
    counts, times = ensemble.counts, np.asarray(ensemble.times)
    replicates = counts.shape[0]
    cut = np.asarray(
        ensemble.outcomes["outcome"].is_in(["size_limit", "event_limit", "clone_limit", "attempt_limit"]).to_numpy(),
        dtype=np.bool_,
    )
    left = np.isin(ensemble.types, _clonogenic(scenario))
    cured = (counts[:, -1, left].sum(axis=1) == 0) & ~cut
    until = np.where(cut, ensemble.outcomes["time"].to_numpy(), np.inf)
    types, place = scenario.types, scenario.types.place

    def by(groups: Groups) -> Returning:
        grouped = groups.sums(counts)
        course = progression(
            times,
            grouped,
            ratio=scenario.progression.ratio,
            size=scenario.progression.size,
            looks=np.isin(times, scenario.looks),
            until=until,
        )
        return Returning(groups.names, grouped, course, cured)

    alone = one_answer(list(scenario.capacities)) if scenario.capacities else None
    clones = by(Groups.of(types, "genotype"))
    course = clones.course
    each = clones if types.is_plain else by(Groups(ensemble.types, np.arange(len(ensemble.types))))
    return Answer(
        scenario=scenario.name,
        setting=setting(scenario, None if growth is not None else float(totals(ensemble.initial).mean())),
        replicates=replicates,
        horizon=scenario.follow_up.horizon,
        smallest_seen=scenario.progression.size,
        cured=Estimate.proportion(int(cured.sum()), replicates),
        extinct_ever=None if alone else cure_probability(scenario.therapy, initial=ensemble.initial, horizon=np.inf),
        progressed=Estimate.proportion(int(course.progressed.sum()), replicates),
        time_to_progression=median_time(course.time, course.progressed),
        genotypes=clones.table("genotype"),
        types=each.table("type"),
        niches=by(Groups.of(types, "niche")).table("niche") if place.niches else None,
        phenotypes=by(Groups.of(types, "phenotype")).table("phenotype") if place.phenotypes else None,
        damaged=types.damaged,
        cut_short=int(cut.sum()),
        comparisons=() if alone else (*_comparisons(scenario, ensemble, cured), *_size(scenario, ensemble)),
        only_simulated=alone,
        relapse=None
        if alone
        else relapse_time(
            scenario.therapy, initial=ensemble.initial, size=relapse_size(scenario), tolerance=RESOLUTION
        ),
        outcomes=_outcomes(ensemble, growth, clones),
        engine=ensemble.engine,
        growth_engine=None if growth is None else growth.engine,
        exact=ensemble.exact and (growth is None or growth.exact),
        rate_error=scenario.rate_error,
    )


def _parts(growth: Ensemble) -> tuple[tuple[str, int], ...]:
    """Type of the first cell, and size, of every part that grew."""
    assert growth.stop is not None
    return growth.parts or ((growth.types[int(growth.initial[0].argmax())], growth.stop.size),)


def _clonogenic(scenario: Scenario) -> tuple[str, ...]:
    """The types whose absence is cure."""
    return scenario.therapy.types if scenario.clonogenic is None else scenario.clonogenic


def _comparisons(scenario: Scenario, ensemble: Ensemble, cured: NDArray[np.bool_]) -> tuple[Comparison, ...]:
    growth, therapy, initial = scenario.growth.process, scenario.therapy, ensemble.initial
    # Cells that were given have no law.
    grown = ensemble.growth is not None
    size, day, horizon = scenario.growth.size, scenario.comparison_day, scenario.follow_up.horizon
    found: list[Comparison] = []
    for words, types in scenario.watched.items():
        columns = np.isin(ensemble.types, types)
        gone = initial[:, columns].sum(axis=1) == 0
        if grown:
            found.append(with_law(f"no {words} at detection", gone, absence_law(growth, types=types, size=size)))
        at = int(np.flatnonzero(np.asarray(ensemble.times) == day)[0])
        gone = ensemble.counts[:, at, columns].sum(axis=1) == 0
        question = f"no {words} on day {day:g}"
        found.append(with_compositions(question, gone, log_absence(therapy, initial, [day], types=types)[:, 0]))
        if grown:
            law = absence_law(growth, types=types, size=size, therapy=therapy, horizon=day)
            found.append(with_law(question, gone, law))
    question, types = f"cure on day {horizon:g}", _clonogenic(scenario)
    found.append(with_compositions(question, cured, log_absence(therapy, initial, [horizon], types=types)[:, 0]))
    if grown:
        law = absence_law(growth, types=types, size=size, therapy=therapy, horizon=horizon)
        found.append(with_law(question, cured, law))
    return tuple(found)


def _size(scenario: Scenario, ensemble: Ensemble) -> tuple[Comparison, ...]:
    """Whether the tumor has the size of progression at the horizon, twice."""
    size, horizon = relapse_size(scenario), scenario.follow_up.horizon
    try:
        p = size_probability(
            scenario.therapy, initial=ensemble.initial, above=size, times=[horizon], tolerance=RESOLUTION
        )
    except SimulationError:
        # A step next to the size: tumors so large that rounding hides which side they are on.
        return ()
    happened = totals(ensemble.counts[:, -1:, :])[:, 0] >= size
    return (
        with_sizes(
            f"at least {size:.3g} {'cell' if size == 1.0 else 'cells'} on day {horizon:g}",
            happened,
            p[:, 0],
            RESOLUTION,
        ),
    )


def _names(types: tuple[str, ...], index: NDArray[np.intp]) -> pl.Series:
    return pl.Series([types[k] if k >= 0 else None for k in index.tolist()], dtype=pl.String)


def _outcomes(ensemble: Ensemble, growth: Ensemble | None, clones: Returning) -> pl.DataFrame:
    course = clones.course
    ended, none = course.progressed, [None] * len(ensemble)
    grown = None if growth is None else growth.outcomes
    return ensemble.outcomes.select("replicate", "outcome", "time").with_columns(
        pl.Series("days_to_detection", none if grown is None else grown["time"], dtype=pl.Float64),
        pl.Series("growths_rejected", none if grown is None else grown["rejected"], dtype=pl.Int64),
        pl.Series("cured", clones.cured),
        pl.Series("progressed", ended),
        pl.Series("time_to_progression", np.where(ended, course.time, np.nan)).fill_nan(None),
        pl.Series("observed_until", course.time),
        pl.Series("smallest_total", course.smallest),
        _names(clones.names, course.dominant).alias("most_numerous"),
        pl.Series("most_numerous_share", course.dominant_share).fill_nan(None),
        _names(clones.names, course.driver).alias("gained_most"),
    )
