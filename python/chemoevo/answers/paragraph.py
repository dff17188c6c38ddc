"""The answer to a scenario in plain prose: one paragraph, every number of which is in the answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from chemoevo.answers.text import carried_by_few, computed, neither, proportion
from chemoevo.base.tables import joined, percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from chemoevo.answers.comparison import Comparison
    from chemoevo.answers.fields import AnswerFields

FEW = 4
"""Progressions below which their days are listed: quartiles of fewer say nothing more."""
NAMED = 2
"""How many of those that come back are named."""
EQUATIONS, LAW = "backward equations", "detection law"
"""How second answers are found."""
LEAST = -300.0
"""Decimal logarithm of the smallest probability of which a number is given."""
ROUGH = 0.01
"""Relative change of the answers with halved segments from which on rates are said to be approximate."""


def answer_paragraph(answer: AnswerFields) -> str:
    """Tumor and treatment, cure by both ways, when it comes back, who does, and what is to be known of the numbers."""
    parts = (_cure(answer), _agreement(answer), _relapse(answer), _who(answer), _labels(answer))
    return " ".join([f"{answer.setting}.", *(sentence for part in parts for sentence in part)])


def _cure(answer: AnswerFields) -> Iterator[str]:
    n, cured = answer.replicates, int(answer.outcomes["cured"].sum())
    there = f"{'but damaged ones ' if answer.damaged else ''}on day {answer.horizon:g}"
    if n == 1:
        ends = f"cured, with no cell {there}" if cured else f"with cells on day {answer.horizon:g}, not cured"
        yield f"The one simulated history ends {ends}."
    else:
        number = {0: f"None of {n}", n: f"All {n}"}.get(cured, f"{cured} of {n}")
        end = "end" if cured > 1 else "ends"
        yield f"{number} simulated histories {end} cured, with no cell {there}: {proportion(answer.cured)}."
    if answer.only_simulated is not None:
        return
    rows = {row.route: _second(row) for row in answer.comparisons if row.question == f"cure on day {answer.horizon:g}"}
    law = f", and the law of growth {rows[LAW]}" if LAW in rows else ""
    yield f"The backward equations give {rows[EQUATIONS]}{law}."


def _second(row: Comparison) -> str:
    few = row.route == EQUATIONS and row.log10 > LEAST and carried_by_few(row)
    carried = f" (carried by {row.computed.effective:.1f} of {row.computed.replicates} histories)" if few else ""
    return computed(row) + carried


def _agreement(answer: AnswerFields) -> Iterator[str]:
    if answer.only_simulated is not None:
        yield f"This is the only answer, by simulation. {answer.only_simulated}"
        return
    apart, number = sum(not row.agrees for row in answer.comparisons), len(answer.comparisons)
    if apart:
        which = [f"{row.question} ({row.route})" for row in answer.comparisons if not row.agrees]
        yield f"{apart} of {number} comparisons of both DISAGREE by 4 standard errors or more: {', '.join(which)}."
    else:
        yield f"Both ways agree in all {number} comparisons." if number > 1 else "Both ways agree."


def _relapse(answer: AnswerFields) -> Iterator[str]:
    ends, n = answer.outcomes, answer.replicates
    if bool(ends["cured"].all()) and not bool(ends["progressed"].any()):
        yield "Nothing is left that could come back."
        return
    days = np.sort(ends.filter(pl.col("progressed"))["time_to_progression"].to_numpy())
    share, size = "" if n == 1 else f", {proportion(answer.progressed)}", f"at least {answer.smallest_seen:.3g} cells"
    if days.size == 0:
        yield f"{'It has' if n == 1 else 'None has'} {'not ' * (n == 1)}progressed to {size} by then{share}."
    else:
        number = "It has" if n == 1 else "1 has" if days.size == 1 else f"{'All ' * (days.size == n)}{days.size} have"
        yield f"{number} progressed to {size}{share}{_days(days)}."
    left = neither(answer)
    if left and n > 1:
        yield f"In {left} cells are left at the end, without progression."


def _days(days: NDArray[np.float64]) -> str:
    """When it was, of sorted days."""
    if days.size < FEW:
        return f", on day{'s' * (days.size > 1)} {joined([f'{day:g}' for day in days])}"
    # Looks, not points interpolated between them.
    low, middle, high = np.quantile(days, [0.25, 0.5, 0.75], method="inverted_cdf")
    if low == high:
        return f": half of these or more on day {middle:g}"
    return f": half of these by day {middle:g}, the middle half from day {low:g} to day {high:g}"


def _who(answer: AnswerFields) -> Iterator[str]:
    """The most frequent genotypes, niches and phenotypes: at progression, or where nothing progressed at the end."""
    progressed, left = (int(column.sum()) for column in (answer.outcomes["progressed"], ~answer.outcomes["cured"]))
    if not left and not progressed:
        return
    column, of, when = ("most_numerous", progressed, "At progression")
    if not progressed:
        column, of, when = ("most_numerous_at_end", left, "At the end")
    yield f"{when} the most numerous genotype is {_shares(answer.genotypes, column, of)}."
    for word, table in (("niche", answer.niches), ("phenotype", answer.phenotypes)):
        if table is not None:
            yield f"The {word} with most cells is {_shares(table, column, of)}."


def _shares(table: pl.DataFrame, column: str, of: int) -> str:
    ranked = table.filter(pl.col(column) > 0).sort(column, descending=True, maintain_order=True)
    rows = [(str(name), int(count)) for name, count in ranked.select(ranked.columns[0], column).iter_rows()]
    if len(rows) == 1:
        return rows[0][0] + (f" in all {of}" if of > 1 else "")
    named = [f"{name} in {count} ({percent(count / of)})" for name, count in rows[:NAMED]]
    others = sum(count for _, count in rows[NAMED:])
    return joined([*named, *([f"others in {others} ({percent(others / of)})"] if others else [])])


def _labels(answer: AnswerFields) -> Iterator[str]:
    if answer.cut_short:
        verb = (
            "was cut short by a limit, and counts" if answer.cut_short == 1 else "were cut short by a limit, and count"
        )
        yield f"{answer.cut_short} of {answer.replicates} histories {verb} as not cured."
    if not answer.exact:
        yield "Histories are approximate, within the tolerance of leaping."
    if answer.rate_error >= ROUGH:
        yield f"Rates are approximate: halved segments change the answers by up to {percent(answer.rate_error)}."
    yield "Intervals are of chance alone; rates are inputs."
