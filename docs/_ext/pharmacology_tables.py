"""The tables of pharmacology: doses, concentrations, toxicity and patients."""

from __future__ import annotations

import polars as pl

import chemoevo as ce
from docs._ext.table import Table, of_folder


def _events() -> pl.DataFrame:
    return ce.regimens.docetaxel_carboplatin().events(ce.Patient(bsa=1.8, gfr=90))


def _concentration() -> pl.DataFrame:
    regimen, patient = ce.regimens.docetaxel_carboplatin(), ce.Patient(bsa=1.8, gfr=90)
    return ce.pharmacology.concentration(regimen, patient, "docetaxel", [0.1])


def _concentrations() -> pl.DataFrame:
    regimen = ce.regimens.docetaxel_carboplatin()
    return ce.concentrations(regimen, patient=ce.patients(2, seed=1, like=regimen), times=[0.1])


def _exposure() -> pl.DataFrame:
    regimen = ce.regimens.docetaxel_carboplatin()
    return ce.exposure(regimen, patient=ce.patients(2, seed=1, like=regimen), above={"docetaxel": 0.1})


def _docetaxel() -> ce.Regimen:
    doses = [ce.Dose(drug=drug, amount=50, unit="mg/m2") for drug in ("docetaxel", "doxorubicin")]
    return ce.Regimen(name="AT", phases=ce.Phase(cycle_length_days=21, cycles=2, doses=doses))


def _neutrophils() -> pl.DataFrame:
    regimen = _docetaxel()
    return ce.neutrophils(regimen, patient=ce.patients(2, seed=1, like=regimen), times=[7], without="doxorubicin")


def _decisions() -> pl.DataFrame:
    rules = ce.DoseRules(name="an example", give_at=1.5, look_every_days=7, wait_at_most_days=21, factors=[0.75],
                         reduce_below=0.5, reduce_after_days=4)  # fmt: skip
    regimen = ce.Regimen.parse("docetaxel 100 mg/m2 over 1 h q14d x2")
    return ce.decisions(regimen, rules=rules, patient=ce.patients(2, seed=1, like=regimen))


def _toxicity() -> pl.DataFrame:
    return ce.toxicity(_docetaxel(), patient=ce.patients(2, seed=1, like=_docetaxel()), without="doxorubicin")


def _cumulative() -> pl.DataFrame:
    return ce.cumulative_doses(_docetaxel(), patient=ce.patients(2, seed=1, like=_docetaxel()))


def _patients() -> pl.DataFrame:
    return ce.patients(2, seed=1).select(pl.col("^patient.[a-z]+$"), "patient.factors[docetaxel].clearance")


TABLES = (
    Table(
        "Doses of a regimen",
        "regimen.events(patient)",
        "one row per administration, with NONMEM's data items in lower case",
        _events,
        {
            "time": "(h) From the first day of the first cycle.",
            "amt": "(mg) Amount; of a dose by activity (IU).",
            "dur": "(h) Length of the infusion; 0 is all at once.",
            "rate": "(mg/h) Rate of the infusion; 0 is all at once.",
            "evid": "Kind of event: 1, a dose.",
            "cmt": "Compartment: 1, the one that doses enter.",
            "ii": "(h) Time between doses: 0, each has its row.",
            "addl": "Further doses: 0.",
            "ss": "Steady state: 0, no.",
            "dose_id": "Number of the administration, from 0.",
            "drug": "Name of the drug.",
            "cycle": "Number of the cycle, from 1, through all phases.",
            "day": "Day of the cycle, from 1.",
            "unit": "Of the amount: mg, or IU (activity).",
            "route": "How it is given; null: as the drug is given, by the first of its routes.",
        },
    ),
    Table(
        "Concentrations",
        "ce.pharmacology.concentration(regimen, patient, drug, times)",
        "one row per time",
        _concentration,
        {
            "time": "(days) From the first day of the first cycle.",
            "total_mg_per_l": "(mg/L) Total concentration in plasma.",
            "total_um": "(uM) The same.",
            "unbound_um": "(uM) Unbound concentration in plasma; null where no source has the share.",
            "area_mg_h_per_l": "(mg h/L) Area under the total concentration from 0 to `time`.",
        },
    ),
    Table(
        "Concentrations of all drugs",
        "ce.concentrations(regimen, patient=, times=)",
        "one row per patient, drug, compartment and time",
        _concentrations,
        {
            "patient": "Number of the row, or who it is by the frame's own column; not there for one `Patient`.",
            "time": "(days) From the first day of the first cycle.",
            "drug": "Name of the drug.",
            "compartment": '"plasma": all drug in plasma; "unbound": what is not bound; a metabolite; "effect".',
            "mg_per_L": "(mg/L) Concentration.",
            "uM": "(uM) The same.",
        },
    ),
    Table(
        "Exposure by cycle",
        "ce.exposure(regimen, patient=, above=)",
        "one row per patient, drug, compartment and cycle",
        _exposure,
        {
            "patient": "As above.",
            "drug": "Name of the drug.",
            "compartment": '"plasma"; a metabolite by its name; "effect".',
            "cycle": "From 1, through all phases.",
            "c_max_mg_per_L": "(mg/L) Largest concentration in the cycle.",
            "auc_mg_h_per_L": "(mg h/L) Area under the concentration, from the start of the cycle to its end.",
            "trough_mg_per_L": "(mg/L) At the end of the cycle, before any dose of the next.",
            "above_uM": "(uM) Concentration asked for; null for drugs without. Only with `above`.",
            "time_above_h": "(h) For how long there is more than that. Only with `above`.",
        },
    ),
    Table(
        "Neutrophils",
        "ce.neutrophils(regimen, patient=, times=)",
        "one row per patient and time",
        _neutrophils,
        {
            "patient": "As above.",
            "time": "(days) From the first day of the first cycle.",
            "neutrophils": "(1e9/L) Count; the column is `leukocytes` where the model counts these.",
        },
    ),
    Table(
        "Toxicity by cycle",
        "ce.toxicity(regimen, patient=)",
        "one row per patient and cycle",
        _toxicity,
        {"patient": "As above.", **of_folder("toxicity", drugs=["doxorubicin"])},
    ),
    Table(
        "Decisions about doses",
        "ce.decisions(regimen, rules=, patient=)",
        "one row per patient and look",
        _decisions,
        {
            "patient": "As above.",
            "cycle": "The one that is due, from 1.",
            "day": "(days) Of the look, from the first day of the first cycle.",
            "days_late": "(days) Since the cycle was due.",
            "neutrophils": "(1e9/L) Count; the column is `leukocytes` where the model counts these.",
            "nadir": "(1e9/L) Smallest count since the cycle before began, on later days of a cycle since this one "
            "began; null in the first row.",
            "days_low": "(days) Below `reduce_below` since then, the longest time without a break; null without that "
            "rule.",
            "action": '"give", "reduce" (a level lower), "wait", "skip" (a later day), "stop" (no more) or "end" (all '
            "was given).",
            "reason": 'None or several, joined by commas: "count", "low for long", "delay", "fever", "lowest level", '
            '"limit".',
            "share[docetaxel]": "Of its planned doses, what part is given now: a column for every drug that is ruled "
            "or has a limit; null where none is planned.",
        },
    ),
    Table(
        "Cumulative doses",
        "ce.cumulative_doses(regimen, patient=)",
        "one row per patient, drug and cycle",
        _cumulative,
        {
            "patient": "As above.",
            "drug": "Name of the drug.",
            "cycle": "From 1, through all phases.",
            "cumulative_mg": "(mg) All doses until the end of the cycle.",
            "cumulative_mg_per_m2": "(mg/m2) The same; null where the body surface is not known.",
            "limit_mg_per_m2": "(mg/m2) The largest sum in a lifetime; null where no source gives one.",
            "largest_mg": "(mg) The largest dose so far.",
            "cap_mg": "(mg) The largest that may be given at once; null where no source gives one.",
        },
    ),
    Table(
        "Patients",
        "ce.patients(n, seed=, like=)",
        "one row per patient; columns are paths of a scenario",
        _patients,
        {
            "patient.sex": '"female" or "male".',
            "patient.age": "(years) Age.",
            "patient.weight": "(kg) Body weight.",
            "patient.bsa": "(m2) Body surface area.",
            "patient.gfr": "(mL/min) Glomerular filtration rate, not indexed to body surface.",
            "patient.factors[docetaxel].clearance": "Factor on the clearance; a column for all that varies.",
        },
    ),
)
