"""The tables and records of answers."""

from __future__ import annotations

from functools import cache
from typing import Any

import polars as pl

import chemoevo as ce
from chemoevo.cli.columns import TABLES as OF_FOLDER
from docs._ext.table import Table, of_folder, process, scenario


@cache
def answered() -> ce.Answer:
    """The answer to it."""
    return ce.answer(scenario(), ce.simulate(scenario(), replicates=3, seed=1))


def _sensitivities() -> pl.DataFrame:
    return ce.sensitivities(process(), initial={"S": 5}, time=1.0, with_respect_to=["death"])


def _sweep() -> pl.DataFrame:
    return ce.sweep(scenario(), ce.grid({"tumor.size": [1e3]}), replicates=3, seed=1)


def _law() -> ce.TimeLaw:
    return ce.first_appearance(process(), types=["R"], initial={"S": 5})


def _causes() -> ce.Causes:
    return ce.cause_of_relapse(process(), resistant=["R"], initial={"S": 5}, time=1.0)


def _attribution() -> pl.DataFrame:
    return ce.attribution(scenario().replace({"tumor.alterations[ABCB1].mutation": 1e-6}))


def _dose_response() -> pl.DataFrame:
    asked: dict[str, Any] = {"genotypes": "ABCB1", "concentrations": [0.0025], "emax": 1.0, "growth": 0.5}
    resting = ce.Phenotype(name="resting", enter=1e-3, leave=0.1, birth=0.1)
    return ce.dose_response("docetaxel", **asked, niche=ce.Niche(name="hypoxic", oxygen=10), phenotype=resting)


def _ranking() -> pl.DataFrame:
    regimens = {"A": "docetaxel 75 mg/m2 over 1 h + carboplatin 6 AUC over 1 h q21d x2"}
    points = ce.grid({"tumor.birth": [0.14, 0.15]})
    return ce.rank_regimens(scenario(), regimens, by="expected_residual", points=points, replicates=3, seed=1)


TABLES = (
    Table(
        "Sensitivities",
        "ce.sensitivities(model, ...)",
        "one row per parameter",
        _sensitivities,
        {
            "parameter": "Path of the parameter, such as `death[S]` or `tumor.size`.",
            "value": "Its value; null where it differs between intervals.",
            "derivative": "Derivative of the probability by it.",
            "log_derivative": "Derivative of the logarithm of the probability.",
            "elasticity": "The log derivative times the value: percent of the probability per percent of the value.",
        },
    ),
    Table(
        "Sweeps",
        "ce.sweep(model, points)",
        "one row per point",
        _sweep,
        {
            "point": "Number of the point.",
            "tumor.size": "A parameter: one column for each, by its path or by the name of an argument.",
            "cure": "What was asked: one column for each question.",
            "cure_low": "Lower end of its 95 % interval; the value itself where nothing was simulated.",
            "cure_high": "Upper end of its 95 % interval.",
            "method": '"law" (the law of growth and the backward equations) or "histories" (simulated growth).',
            "trusted": "Whether enough histories carry the average.",
            "status": '"ok", or why the point has no answers, which are then null.',
        },
    ),
    Table(
        "Rankings",
        "ce.rank_regimens(model, regimens)",
        OF_FOLDER["ranking"].rows,
        _ranking,
        of_folder(
            "ranking",
            drugs=("carboplatin", "docetaxel"),
            without=("median_relapse_low", "median_relapse_high"),
        ),
    ),
    Table(
        "Sources of numbers",
        "ce.citations(model)",
        "one row per number that a scenario uses, or that a drug or an alteration has",
        lambda: ce.citations(scenario()),
        {
            "part": "What it is a number of: a drug, an alteration, the regimen.",
            "number": "Its path in that part; `(stated)` is what the scenario says in its place.",
            "value": "The number; null where a formula or a whole regimen is cited.",
            "unit": "Its unit, 1 for a number without one.",
            "source": "Authors, year, journal, volume and page; the reason, of what a scenario states.",
            "doi": "The DOI, where known.",
            "tag": 'How sure it is, from "R" (read) to "B-"; "U" is the user\'s own.',
            "verified": "Whether it was read in the source or a reprint of its table; null for the user's own.",
            "note": "What a user should know about it.",
        },
    ),
    Table(
        "Kaplan-Meier curve",
        "ce.kaplan_meier(time, event)",
        "arrays with one entry per time of an event",
        lambda: ce.kaplan_meier([7, 14], [1, 0]),
        {
            "times": "(days) Times of events, increasing.",
            "survival": "Fraction that is free of the event just after each.",
            "low": "Lower end of the pointwise 95 % band.",
            "high": "Upper end of the pointwise 95 % band.",
            "at_risk": "How many were at risk just before.",
            "events": "How many had the event then.",
            "censored": "How many were censored from then on, before the next event.",
        },
    ),
    Table(
        "Kaplan-Meier median",
        "ce.median_time(time, event)",
        "numbers",
        lambda: ce.median_time([7, 14, 21], [1, 1, 1]),
        {
            "value": "(days) The median; None where the curve stays above one half.",
            "low": "(days) Lower end of its 95 % interval; None where the band stays above one half.",
            "high": "(days) Upper end of its 95 % interval; None where the band stays above one half.",
        },
    ),
    Table(
        "Estimates",
        "ce.cure_probability(model, ...)",
        "a number with its interval",
        lambda: ce.cure_probability(process(), initial={"S": 1}, horizon=1.0),
        {
            "value": "The estimate.",
            "low": "Lower end of the 95 % interval of its Monte Carlo error.",
            "high": "Upper end; both ends are the value where nothing was sampled.",
            "replicates": "Simulated histories behind it; 0 where none was needed.",
            "effective": "Histories that carry the average.",
            "method": 'How it was found, where there are several ways: "law" or "histories"; else None.',
            "mutant_share": "Expected share of mutants at detection, where that decides about the method; else None.",
            "trusted": "Whether enough histories carry it.",
        },
    ),
    Table(
        "Laws of a time",
        "ce.extinction_time(...), ce.first_appearance(...), ce.relapse_time(...)",
        "a number each, or one per composition; and the functions `cdf`, `survival`, `quantile` and `median` of times",
        _law,
        {
            "probability": "That it ever happens.",
            "never": "That it never happens, with its own digits.",
        },
    ),
    Table(
        "Causes of a relapse",
        "ce.cause_of_relapse(model, ...)",
        "a probability each, or one per composition; divided by `relapse` they are given a relapse",
        _causes,
        {
            "relapse": "That any cell is left.",
            "from_type": "By type of the start: that it has descendants left.",
            "from_type_alone": "By type of the start: that it has, and no other type of the start.",
            "preexisting": "That resistant cells of the start have descendants left.",
            "acquired": "That resistant cells are left that descend from others.",
            "preexisting_alone": "Pre-existing and not acquired.",
            "acquired_alone": "Acquired and not pre-existing.",
            "both": "Both.",
            "neither": "That cells are left, and none of the two.",
        },
    ),
    Table(
        "Answer: numbers",
        "ce.answer(scenario, ens)",
        "attributes",
        answered,
        {
            "scenario": "Name of the scenario.",
            "setting": "The tumor and its treatment, in words.",
            "replicates": "Simulated histories.",
            "horizon": "(days from the first dose) End of follow-up.",
            "smallest_seen": "(cells) Smallest total that counts as progression.",
            "cured": "Probability of no cell at the horizon, damaged ones aside.",
            "extinct_ever": "Probability that it ever dies out, by backward equations; None where cells compete.",
            "progressed": "Probability of progression at one of the looks.",
            "time_to_progression": "(days from the first dose) Kaplan-Meier median.",
            "genotypes": "Who comes back: the table below.",
            "types": "The same by type: a genotype in a niche and a phenotype.",
            "niches": "The same by niche; None where the tumor has none.",
            "phenotypes": "The same by phenotype; None where the tumor has none.",
            "damaged": "Types of cells that die late, for which cure does not wait.",
            "cut_short": "Replicates that a limit ended.",
            "comparisons": "Both answers to each question, one entry per question: below. Empty where cells compete.",
            "only_simulated": "Why there are simulated answers only; None where there are both.",
            "relapse": "When it is back at the size of progression: a law, one for each replicate; None as above.",
            "outcomes": "What happened to each replicate: the table below.",
            "engine": "Engine that ran; of a scenario, that of therapy.",
            "growth_engine": "Engine of growth; null where nothing was grown.",
            "exact": "Whether it sampled the exact law for the compiled rates.",
            "rate_error": "Largest relative change of the answers when every segment of the rates is halved.",
        },
    ),
    Table(
        "Answer: what happened to each replicate",
        "ce.answer(scenario, ens).outcomes",
        OF_FOLDER["outcomes"].rows,
        lambda: answered().outcomes,
        of_folder("outcomes"),
    ),
    Table(
        "Answer: who comes back",
        "ce.answer(scenario, ens).genotypes",
        "one row per genotype that was there at progression or at the horizon",
        lambda: answered().genotypes,
        {
            "genotype": 'Name of the genotype, in all niches and phenotypes; "damaged" are cells that die late.',
            "most_numerous": "Replicates in which it was the most numerous at progression.",
            "gained_most": "Replicates in which it had gained most cells since the smallest total.",
            "present": "Replicates in which it was there at progression.",
            "mean_share": "Its mean share of the tumor at progression; null if no replicate progressed.",
            "median_time": "(days) Median time to progression of the replicates in which it was the most numerous.",
            "most_numerous_at_end": "Replicates not cured in which it was the most numerous at the horizon.",
        },
    ),
    Table(
        "Answer: both answers to a question",
        "ce.answer(scenario, ens).comparisons[0]",
        "one entry per question",
        lambda: answered().comparisons[0],
        {
            "question": "What the probability is of.",
            "simulated": "The fraction of replicates.",
            "route": 'How the second answer was found: "backward equations" or "detection law".',
            "computed": "The second answer.",
            "log10": "Its decimal logarithm, also where it is below the smallest float.",
            "standard_errors": "Difference of the two, in standard errors.",
            "chance": "Two-sided probability of a difference as large, if the second answer is true.",
            "resolution": "Largest error of the second answer, of the probability of a size; 0 of the others.",
            "agrees": "Whether they differ by less than four.",
        },
    ),
    Table(
        "Attribution",
        "ce.attribution(scenario)",
        OF_FOLDER["attribution"].rows,
        _attribution,
        of_folder("attribution"),
    ),
    Table(
        "Dose and response",
        "ce.dose_response(drug, genotypes=, concentrations=)",
        "one row per genotype and concentration",
        _dose_response,
        {
            "genotype": "Names of alterations, joined by +.",
            "niche": "Name of the niche. Only with `niche`.",
            "phenotype": "Name of the phenotype. Only with `phenotype`.",
            "concentration_uM": "(uM) Of the drug, unbound, around the cells.",
            "effect": "Mean share of the largest effect of the reference line over the assay.",
            "kill_per_day": "(per day) Mean hazard that the drug adds; null without `emax`.",
            "viability": "Cells at the end over those without drug; null without `emax`.",
            "gr": "Normalized growth rate inhibition: 1 no effect, 0 no growth, below 0 death; null without `growth` "
            "and `emax`.",
        },
    ),
)
