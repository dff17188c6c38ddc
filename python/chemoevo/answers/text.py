"""The answer to a scenario, printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chemoevo.answers.comparison import TOLERANCE
from chemoevo.base.tables import percent, percent_interval, power_of_ten, text_table, wrapped

if TYPE_CHECKING:
    import polars as pl

    from chemoevo.answers.comparison import Comparison
    from chemoevo.answers.fields import AnswerFields
    from chemoevo.ensemble.estimates import Estimate

SHOWN = 8
"""Rows that a table of who comes back shows."""


def answer_text(answer: AnswerFields) -> str:
    """Outcome table, genotypes, both answers, and how exact they are."""
    n, cell = answer.replicates, "no cell but damaged ones" if answer.damaged else "no cell"
    cured, progressed = round(answer.cured.value * n), round(answer.progressed.value * n)
    lines = [
        wrapped(f"Outcomes of {n} simulated histories, {answer.horizon:g} days from the first dose (95 % intervals)"),
        text_table(
            ("outcome", "replicates", "estimate"),
            (
                (f"cured ({cell} on day {answer.horizon:g})", f"{cured} of {n}", proportion(answer.cured)),
                *(
                    [("extinct ever (backward equations)", "", _probability(answer.extinct_ever))]
                    if answer.extinct_ever is not None
                    else []
                ),
                (
                    f"progressed by day {answer.horizon:g} (>= {answer.smallest_seen:.3g} cells)",
                    f"{progressed} of {n}",
                    proportion(answer.progressed),
                ),
                ("neither: cells are left, no progression yet", f"{neither(answer)} of {n}", ""),
                ("median time to progression (days)", "Kaplan-Meier", str(answer.time_to_progression)),
            ),
        ),
        "",
        "Who comes back (numbers of replicates)",
        _who(answer),
        "",
        *_two(answer),
        *_notes(answer),
    ]
    return "\n".join(lines)


def _two(answer: AnswerFields) -> list[str]:
    """Both answers; where there is one only, why."""
    if answer.only_simulated is not None:
        words = f"{answer.only_simulated} Nothing is compared: these are simulated answers, with the error of chance."
        return ["One answer only: by simulation", wrapped(words, indent="  ", hanging="")]
    return [
        f"Two answers side by side ({_verdict(answer)})",
        text_table(
            ("probability", "simulation", "second answer", "by", "difference"),
            [_comparison(row) for row in answer.comparisons],
        ),
    ]


def neither(answer: AnswerFields) -> int:
    """How many histories are not cured, and have not progressed."""
    return int((~answer.outcomes["cured"] & ~answer.outcomes["progressed"]).sum())


def _verdict(answer: AnswerFields) -> str:
    apart = sum(not row.agrees for row in answer.comparisons)
    if apart:
        return f"{apart} DISAGREE by 4 standard errors or more"
    rare = any(abs(row.standard_errors) >= TOLERANCE for row in answer.comparisons)
    return "they differ by no more than chance explains" if rare else "they differ by less than 4 standard errors"


def _who(answer: AnswerFields) -> str:
    """Genotypes, then niches and phenotypes where the tumor has some."""
    if answer.genotypes.is_empty():
        return "  nobody: every tumor is gone"
    tables = [
        _group_table(name, table)
        for name, table in (
            ("genotype", answer.genotypes),
            ("niche", answer.niches),
            ("phenotype", answer.phenotypes),
        )
        if table is not None
    ]
    below = wrapped(
        "At progression: most numerous; gained most since the smallest total; present; mean share of the cells; "
        "median day where it was the most numerous. At the end: most numerous on the last day, of those not cured.",
        indent="  ",
        hanging="",
    )
    return "\n".join(["\n\n".join(tables), below])


def _group_table(of: str, table: pl.DataFrame) -> str:
    rows = [
        (
            name,
            str(most),
            str(gained),
            str(present),
            "" if share is None else percent(share),
            "" if day is None else f"{day:.0f}",
            str(last),
        )
        for name, most, gained, present, share, day, last in table.head(SHOWN).iter_rows()
    ]
    header = (of, "most numerous", "gained most", "present", "mean share", "median day", "at the end")
    more = table.height - SHOWN
    return "\n".join([text_table(header, rows), *([f"  ... and {more} more"] if more > 0 else [])])


def proportion(e: Estimate) -> str:
    """A share of histories with its interval; of none or all of them, what can be said."""
    if e.value == 0.0:
        return f"at most {percent(e.high)}"
    if e.value == 1.0:
        return f"at least {percent(e.low)}"
    return f"{percent(e.value)} [{percent(e.low)}, {percent(e.high)}]"


def _probability(e: Estimate) -> str:
    if e.value < 1e-300:
        return "below 1e-300"
    if e.value < 1e-4:
        return f"{e.value:.3g}"
    return percent(e.value) if e.low == e.high else percent_interval(e.value, e.low, e.high)


def computed(row: Comparison) -> str:
    """The second answer, with its interval."""
    if row.computed.value < row.resolution:
        return f"below {row.resolution:g}"
    return _probability(row.computed) if row.computed.value >= 1e-4 else power_of_ten(row.log10)


def _comparison(row: Comparison) -> tuple[str, str, str, str, str]:
    verdict = f"{row.standard_errors:+.2f} SE" + ("" if row.agrees else "  DISAGREE")
    return row.question, proportion(row.simulated), computed(row), row.route, verdict


def _notes(answer: AnswerFields) -> list[str]:
    known = "".join(f" At least so many cells: to {c.resolution:g}." for c in answer.comparisons if c.resolution)
    lines = [
        "Backward equations: exact for the compiled rates, given each replicate's composition at the first dose, "
        "averaged; the difference is paired. Detection law: no simulation at all, but only for a large tumor and rare "
        f"mutation (Iwasa, Nowak & Michor 2006). SE: standard errors.{known}",
    ]
    if answer.only_simulated is not None:
        lines.clear()
    exact = [c for c in answer.comparisons if c.route == "backward equations" and not c.resolution]
    thin = [c for c in exact if carried_by_few(c)]
    lines += [
        f"The average for {c.question!r} is carried by {c.computed.effective:.1f} of {answer.replicates} histories: "
        "an upper bound is all that can be said."
        if c.computed.value < 0.5
        else f"What the average for {c.question!r} lacks to 100 % is carried by {c.computed.effective:.0f} of "
        f"{answer.replicates} histories: its interval may be too narrow."
        for c in thin
    ]
    if answer.cut_short:
        lines.append(
            f"{answer.cut_short} of {answer.replicates} histories were cut short by a limit: they count as not cured, "
            "and as censored when they ended. Raise `limits`."
        )
    lines.append(
        f"Engine {_engines(answer)}, {_how_exact(answer)} for the compiled rates; "
        f"rate_error {answer.rate_error:.1e} (largest relative change of the answers with halved segments)."
    )
    return ["", *(wrapped(line, hanging="") for line in lines)]


def _engines(answer: AnswerFields) -> str:
    """What ran: of growth and therapy each by itself, where they are not the same."""
    if answer.growth_engine in (None, answer.engine):
        return answer.engine
    return f"{answer.growth_engine} for growth and {answer.engine} for therapy"


def _how_exact(answer: AnswerFields) -> str:
    if answer.exact:
        return "exact"
    return "approximate" if answer.only_simulated is None else "approximate, within the tolerance of leaping,"


def carried_by_few(row: Comparison) -> bool:
    """Whether a few of the histories carry the average, or all that it lacks to 1."""
    return row.computed.effective < 0.1 * row.computed.replicates
