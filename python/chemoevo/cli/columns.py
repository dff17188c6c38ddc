"""What the tables of a result folder have: rows, and columns with their units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

REPLICATE: Final = {"replicate": "Number of the replicate."}
TIME: Final = {"time": "(days) Time of the observation."}
OUTCOME: Final = (
    'How it ended: "extinct", "alive" (at the last time), "stopped" (at its `Stop`), or the limit that ended it: '
    '"size_limit", "event_limit", "clone_limit", "attempt_limit".'
)


@dataclass(frozen=True)
class Described:
    """A table in words.

    Attributes
    ----------
    rows
        What a row is.
    columns
        What each column has, with its unit. `name[drug]` stands for a column per drug.
    """

    rows: str
    columns: Mapping[str, str]

    def meaning(self, column: str) -> str:
        """What a column has.

        Raises
        ------
        KeyError
            If that is not said.
        """
        start, bracket, _ = column.partition("[")
        return self.columns[f"{start}[drug]" if bracket else column]


TABLES: Final[dict[str, Described]] = {
    "outcomes": Described(
        "one row per replicate",
        {
            **REPLICATE,
            "outcome": OUTCOME,
            "time": "(days from the first dose) When therapy or follow-up ended.",
            "days_to_detection": "(days) From the first cell to detection; null where therapy began with given cells.",
            "growths_rejected": "Tumors that died out before this one was found; null as above.",
            "cured": "Whether no cell was left at the horizon, damaged ones aside.",
            "progressed": "Whether it progressed at one of the looks.",
            "time_to_progression": "(days from the first dose) The look at which it had; null where it never did.",
            "observed_until": "(days from the first dose) That look, or the last one: where it is censored.",
            "smallest_total": "(cells) Smallest total at any look until then.",
            "most_numerous": "Most numerous genotype at progression; null where there was none.",
            "most_numerous_share": "Its share of the tumor; null where there was none.",
            "gained_most": "Genotype that gained most cells since the smallest total; null where there was none.",
        },
    ),
    "trajectories": Described(
        "one row per replicate, time and type",
        {
            **REPLICATE,
            **TIME,
            "type": "Type of the cells; with `Counts` a label.",
            "count": "Cells. After the end of a replicate its last state repeats.",
        },
    ),
    "summary": Described(
        "one row per time and type, and one for the total",
        {
            **TIME,
            "type": 'A type or "total"; with `Counts` a label.',
            "n": "Replicates.",
            "mean": "(cells) Mean over the replicates; extinct ones count with zeros.",
            "sd": "(cells) Standard deviation.",
            "q05": "(cells) Quantile 0.05.",
            "q25": "(cells) Quantile 0.25.",
            "q50": "(cells) Median.",
            "q75": "(cells) Quantile 0.75.",
            "q95": "(cells) Quantile 0.95.",
            "absent": "Share of the replicates without such cells.",
            "absent_low": "Lower end of its 95 % interval (Wilson).",
            "absent_high": "Upper end of its 95 % interval (Wilson).",
            "ended": "Replicates that met a stop or a limit before; they count with their last state.",
        },
    ),
    "relapse_time": Described(
        "one row per look",
        {
            "time": "(days from the first dose) The look.",
            "relapsed": "Probability that the tumor is back at `progression.size` by then.",
            "method": '"law" (the law of growth and the backward equations) or "histories" (simulated growth).',
        },
    ),
    "attribution": Described(
        "one row per part of resistance",
        {
            "part": 'Name of the alteration, mechanism, modulator, niche, phenotype or drug; "all", "after the first '
            'dose" or "ever".',
            "kind": 'What is switched off: "all" (nothing), "alteration", "mechanism", "modulator"; of a niche "niche '
            'access", "niche oxygen", "stroma", "immune kill" or all these, "niche"; "phenotype", "induction", '
            '"induced mutation", "unmasking"; "mutation under therapy" or "any mutation".',
            "cure": "Probability of cure without it; null where the tumor would not grow.",
            "change": "By how much that is more than with everything; null likewise.",
            "share": "Of the last two kinds, which share of failures is left without it; null elsewhere, and where "
            "nothing fails.",
        },
    ),
    "toxicity": Described(
        "one row per cycle",
        {
            "cycle": "From 1, through all phases.",
            "nadir": "(1e9/L) Smallest count in the cycle.",
            "day_of_nadir": "(days) From the start of the cycle until then.",
            "days_below_0_5": "(days) With fewer than 0.5e9/L.",
            "days_below_1_0": "(days) With fewer than 1.0e9/L.",
            "day_back_above_1_5": "(days) From the start of the cycle until there are 1.5e9/L or more for the rest of "
            "it; null where there never are fewer, or still are at its end.",
            "at_end": "(1e9/L) Count at the end of the cycle.",
            "cumulative_mg_per_m2[drug]": "(mg/m2) All of a drug until the end of the cycle: one column for "
            "each that has a limit; null where the body surface is not known.",
            "limit_mg_per_m2[drug]": "(mg/m2) The largest sum in a lifetime.",
        },
    ),
    "ranking": Described(
        "one row per regimen, the best first",
        {
            "rank": "From 1; shared where regimens differ by less than their error; null for one without an answer.",
            "regimen": "Its name.",
            "cure": "Probability that no cell is left at the horizon; averaged over points.",
            "cure_low": "Lower end of the central 95 % of points; without points of the interval of histories.",
            "cure_high": "Upper end of it.",
            "p_best": "Share of the points at which it is the best; null without points.",
            "points": "At which the regimens are compared; null without points.",
            "left_out": "Share of the points at which they are not: one of them has no answer there.",
            "log10_failure": "Logarithm to base 10 of what cure lacks to 1.",
            "expected_residual": "(cells) Expected on `residual_day`, damaged ones aside.",
            "expected_residual_low": "Ends as those of cure, of the number that `by` names.",
            "expected_residual_high": "Ends as those of cure, of the number that `by` names.",
            "residual_day": "(days) The same for all regimens: `compare.day`, or the latest last day of a regimen.",
            "median_relapse": "(days) When it is back at `progression.size` with probability 1/2; null for never.",
            "median_relapse_low": "Ends as those of cure, of the number that `by` names.",
            "median_relapse_high": "Ends as those of cure, of the number that `by` names.",
            "driver": "Genotype that has that size most probably when half of the relapses have happened; of histories "
            "the one that most often is most numerous at progression.",
            "driver_share": "Its probability by then, as a share of that of a relapse; null for histories, and where "
            "below 1 %: then several are a relapse together, and the driver has most cells in the mean.",
            "nadir": "(1e9/L) Smallest number of neutrophils; null where a drug's effect on them is not known.",
            "dose_intensity[drug]": "(mg/m2 and week) What is given of each drug, over the whole regimen.",
            "rate_error": "Relative error of what one cell leaves behind, from the compiled rates.",
            "method": '"law" (the law of growth and the backward equations) or "histories" (simulated growth).',
            "trusted": "Whether enough histories carry every average.",
            "status": '"ok", or what is missing, and why.',
        },
    ),
}
"""By the name of the file without its ending."""
