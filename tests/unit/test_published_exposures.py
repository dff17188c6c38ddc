"""Exposures, half-lives and volumes that others measured, not used to choose the parameters of the library.

A row has where it was read and how far the source says patients, or means of studies, are apart: that is the tolerance.
"Label" is the pharmacology section of a prescribing information. What lies outside is in the second table, by how much;
docs/drug-numbers.md says why.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.pharmacology import Patient, bodies
from tests.unit.pharmacokinetics import every, once

ADULT = Patient(bsa=1.8, weight=70)
PLATINUM = 195.08 / 300.0
"""Of the mass of cisplatin."""
BASE = 0.8665
"""Irinotecan in its hydrochloride trihydrate, which is what doses are of."""


def exposed(name: str, amount: float, hours: float = 0, *, column: str = "c_max_mg_per_L", place: str = "plasma",
            molar: bool = False, patient: Patient = ADULT, **dose: Any) -> float:  # fmt: skip
    """Of one dose (mg/m2, unless its unit says otherwise), in mg and L, or in uM."""
    given = once(name, amount, hours, **{"unit": "mg/m2", **dose})
    found = ce.exposure(given, patient=patient).filter(compartment=place)[column][0]
    return float(found * (pharmacology.drug(name).micromolar_per_mg_per_l if molar else 1.0))


def area(name: str, amount: float, hours: float = 0, **more: Any) -> float:
    return exposed(name, amount, hours, column="auc_mg_h_per_L", **more)


def half_life(name: str, which: int = 0, patient: Patient = ADULT) -> float:
    """(h) The last one, or which."""
    exponents = bodies.body(pharmacology.drug(name), patient).exponents
    return float(np.log(2) / np.sort(exponents)[which])


def cleared(name: str, patient: Patient = ADULT) -> float:
    """(L/h)"""
    return pharmacology.drug(name).kinetics.parameters(patient)[0]


def volume(name: str, patient: Patient = ADULT) -> float:
    """(L) At steady state."""
    _, central, sides = pharmacology.drug(name).kinetics.parameters(patient)
    return central + sum(side for _, side in sides)


def settled(name: str, amount: float, interval: float, column: str) -> float:
    """(mg/L) In the last of many intervals (h), by mg."""
    return float(ce.exposure(every(name, amount, interval, 100), patient=ADULT)[column][-1])


def peak_time(name: str, amount: float, interval: float) -> float:
    """(h) After the last of many doses."""
    course = pharmacology.course(every(name, amount, interval, 100), ADULT, pharmacology.drug(name))
    start = 99 * interval
    found = minimize_scalar(
        lambda hour: -course.concentration(np.array([start + hour]))[0], bounds=(0, interval), method="bounded"
    )
    return float(found.x)


def after(name: str, amount: float, hours: float, times: float, patient: Patient) -> float:
    """(uM) So long (h) after the start of an infusion."""
    found = ce.concentrations(once(name, amount, hours, unit="mg/m2"), patient=patient, times=[times / 24])
    return float(found.filter(compartment="plasma")["uM"][0])


NORMAL, LYMPHOMA = Patient(bsa=1.8, weight=70, gfr=60), Patient(bsa=1.8, weight=70, gfr=76)
WOMAN = Patient(bsa=1.8, weight=70, sex="female", gfr=95)
M2 = 1.8

PUBLISHED: dict[str, tuple[Callable[[], float], float, float]] = {
    # 300 to 500 mg/m2 over 30 min, 6 patients of normal kidneys (label): half-lives 2.6 to 5.9 and 1.1 to 2 h.
    "carboplatin, last half-life": (lambda: half_life("carboplatin", patient=NORMAL), 2.6, 5.9),
    "carboplatin, first half-life": (lambda: half_life("carboplatin", 1, NORMAL), 1.1, 2.0),
    # 170 to 500 mg/m2, 11 patients with a clearance of creatinine from 60 mL/min on: 4.4 (SD 0.85) L/h (Gaver et al.).
    "carboplatin, clearance": (lambda: cleared("carboplatin", NORMAL), 4.4 - 0.85, 4.4 + 0.85),
    # Of 7 patients, into a vein: volume 0.71 (SD 0.10) L/kg, half-life 5.97 to 12.37 h (Juma et al. 1979, abstract).
    "cyclophosphamide, volume": (lambda: volume("cyclophosphamide") / 70, 0.61, 0.81),
    "cyclophosphamide, half-life": (lambda: half_life("cyclophosphamide"), 5.97, 12.37),
    # 100 mg/m2 over 1 h: 3.7 mg/L and 4.6 mg h/L, between patients about 50 % (label, Switzerland).
    "docetaxel, peak": (lambda: exposed("docetaxel", 100, 1), 0.5 * 3.7, 1.5 * 3.7),
    "docetaxel, area": (lambda: area("docetaxel", 100, 1), 0.5 * 4.6, 1.5 * 4.6),
    # 33 to 48 mL/min, 16 to 36 mL/min/m2, 18 to 29 L, from 100 to 600 mg/m2 (label, Czech and United Kingdom).
    "etoposide, clearance": (lambda: cleared("etoposide") * 1000 / 60, 33, 48),
    "etoposide, clearance per surface": (lambda: cleared("etoposide") * 1000 / 60 / M2, 16, 36),
    "etoposide, volume": (lambda: volume("etoposide"), 18, 29),
    # By mouth 6.7 mg/L per 100 mg/m2, CV of exposure 40 %, 16 patients (Klin Padiatr 1998, 210:159, abstract).
    "etoposide, peak by mouth": (lambda: exposed("etoposide", 100, route="oral"), 0.6 * 6.7, 1.4 * 6.7),
    # 2400 mg/m2 over 46 h: mean 21.3 mg h/L, from 5.2 to 39.1 in 62 patients (thesis, Zhengzhou, abstract).
    "fluorouracil, area of 46 h": (lambda: area("fluorouracil", 2400, 46), 5.2, 39.1),
    # 600 mg/m2, over 22 h as is usual: 0.31 (SD 0.11) mg/L, 776 to 3023 mL/min/m2, 16 patients (Anticancer Res 1997,
    # 17:2727, abstract).
    "fluorouracil, level": (lambda: exposed("fluorouracil", 600, 22), 0.20, 0.42),
    "fluorouracil, clearance": (lambda: cleared("fluorouracil") * 1000 / 60 / M2, 776, 3023),
    # 30 to 92 L/h/m2 in 353 patients, by age and sex (label). 1000 mg/m2 over 30 min: more than 10 uM (Ann Oncol).
    "gemcitabine, clearance": (lambda: cleared("gemcitabine") / M2, 30, 92),
    "gemcitabine, peak": (lambda: exposed("gemcitabine", 1000, 0.5, molar=True), 10, np.inf),
    # Ranges of means: 8 to 21 L/h/m2, 136 to 255 L/m2, 5 to 27 h (Chabot 1997, review, abstract).
    "irinotecan, clearance": (lambda: cleared("irinotecan") / M2, 8, 21),
    "irinotecan, volume": (lambda: volume("irinotecan") / M2, 136, 255),
    "irinotecan, half-life": (lambda: half_life("irinotecan"), 5, 27),
    # 12 g/m2 over 4 h, 29 patients of 1 to 25 years: 2.42 (SD 0.45) and 19.9 (SD 7.6) h; 97.5 percentiles 6.3, 0.77 and
    # 0.33 uM from 24, 48 and 72 h after the end (Int J Clin Pharmacol Ther Toxicol 1988, 26:364, abstract).
    "methotrexate, first half-life": (lambda: half_life("methotrexate", 1, LYMPHOMA), 2.42 - 0.45, 2.42 + 0.45),
    "methotrexate, last half-life": (lambda: half_life("methotrexate", patient=LYMPHOMA), 19.9 - 7.6, 19.9 + 7.6),
    "methotrexate, after a day": (lambda: after("methotrexate", 12_000, 4, 28, LYMPHOMA), 0, 6.3),
    "methotrexate, after two": (lambda: after("methotrexate", 12_000, 4, 52, LYMPHOMA), 0, 0.77),
    "methotrexate, after three": (lambda: after("methotrexate", 12_000, 4, 76, LYMPHOMA), 0, 0.33),
    # The same dose, 52 patients: median 1060 uM, from 410 to 4700 (2005, PubMed 15704189, abstract).
    "methotrexate, peak": (lambda: exposed("methotrexate", 12_000, 4, molar=True, patient=LYMPHOMA), 410, 4700),
    # The same, 25 adults: median 6955 uM h, from 3477 to 12 681 (Comandone et al. 2005, abstract).
    "methotrexate, area": (lambda: area("methotrexate", 12_000, 4, molar=True, patient=LYMPHOMA), 3477, 12_681),
    # 300 mg twice a day: 7.6 mg/L (CV 35 %), 49.2 mg h/L (CV 44 %) (label, background knowledge, not read).
    "olaparib, steady peak": (lambda: settled("olaparib", 300, 12, "c_max_mg_per_L"), 0.65 * 7.6, 1.35 * 7.6),
    "olaparib, steady area": (lambda: settled("olaparib", 300, 12, "auc_mg_h_per_L"), 0.56 * 49.2, 1.44 * 49.2),
    # Over 3 h: 11.6 to 24.0 L/h/m2 (label, Switzerland).
    "paclitaxel, clearance of 135 mg/m2": (lambda: 135 / area("paclitaxel", 135, 3), 11.6, 24.0),
    "paclitaxel, clearance of 175 mg/m2": (lambda: 175 / area("paclitaxel", 175, 3), 11.6, 24.0),
    # 150 mg/m2 by mouth: 7.5 mg/L, a mean of 19 patients (label); between patients 15 % (Jen et al. 2000).
    "temozolomide, peak": (lambda: exposed("temozolomide", 150), 0.85 * 7.5, 1.15 * 7.5),
    # Share absorbed: 41.2 (SD 11.8), 36.0 (SD 14.8) % of capsules, 6 and 7 patients (Biomed Pharmacother 2013, 67:801),
    # 30 (SD 7.7) % of a solution, 12 patients (Schellens et al. 1996); half-life 3 to 6 h (label).
    "topotecan, share absorbed": (lambda: area("topotecan", 2, route="oral") / area("topotecan", 2), 0.294, 0.377),
    "topotecan, half-life": (lambda: half_life("topotecan"), 3, 6),
    # Another 71 patients: 17.3 L/h (apparent) at 95 mL/min, 147 L (Niu et al. 2017, abstract). It gives no spread: that
    # between the patients of the library's source is 29.8 and 25.7 %.
    "veliparib, clearance": (lambda: cleared("veliparib", WOMAN), 0.702 * 17.3, 1.298 * 17.3),
    "veliparib, volume": (lambda: volume("veliparib", WOMAN), 0.743 * 147, 1.257 * 147),
    # 400 mg daily with food, steady: 2.1 (SD 1.1) mg/L after 5 to 8 h (label). Only the area chose the clearance.
    "venetoclax, steady peak": (lambda: settled("venetoclax", 400, 24, "c_max_mg_per_L"), 1.0, 3.2),
    "venetoclax, time of the peak": (lambda: peak_time("venetoclax", 400, 24), 5, 8),
    # 15 to 155 h (label, United Kingdom).
    "vincristine, last half-life": (lambda: half_life("vincristine"), 15, 155),
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_was_measured_elsewhere(name: str) -> None:
    ask, low, high = PUBLISHED[name]
    assert low <= ask() <= high


def test_a_wrong_dose_would_be_seen() -> None:
    # Planted errors: a dose by mg in place of mg/m2, and one twice as large; most rows that know a dose are left.
    for factor in (1 / M2, 2.0):
        wrong = [
            not low <= factor * ask() <= high
            for name, (ask, low, high) in PUBLISHED.items()
            if name.split(", ")[1].split()[0] in ("peak", "area", "level", "steady")
        ]
        assert sum(wrong) >= len(wrong) / 2


# What the library has, over what was measured. No number here is right or wrong: the sources contradict one another.
DIFFERS: dict[str, tuple[Callable[[], float], float, float]] = {
    # 16 (SD 3) L in those 11 patients (Gaver et al.), against a last half-life that agrees.
    "carboplatin, volume": (lambda: volume("carboplatin"), 16, 1.57),
    # Free platinum after 100 mg/m2: 5.35 mg h/L, from 4.83 to 5.42, and 1.96 mg/L over 3 h (Vermorken et al. 1982,
    # abstract, 3 patients). As mg of platinum the numbers of the library are near, as mg of cisplatin half of it.
    "cisplatin, area as platinum": (lambda: area("cisplatin", 100, 3, patient=Patient(bsa=1.8, gfr=81)), 5.35, 0.87),
    "cisplatin, area as cisplatin": (
        lambda: PLATINUM * area("cisplatin", 100, 3, patient=Patient(bsa=1.8, gfr=81)), 5.35, 0.56,
    ),
    "cisplatin, peak as platinum": (lambda: exposed("cisplatin", 100, 3, patient=Patient(bsa=1.8, gfr=81)), 1.96, 0.73),
    # About 4 h, by mouth and into a vein, 12 patients at 175 mg/m2 (PubMed 6539613, abstract).
    "cyclophosphamide, half-life": (lambda: half_life("cyclophosphamide"), 4, 1.67),
    # 11.1 h by samples of a day, 116 h (means of 92 to 135) by samples of 8 to 22 days (labels).
    "docetaxel, last half-life": (lambda: half_life("docetaxel"), 11.1, 2.24),
    "docetaxel, last half-life by long sampling": (lambda: half_life("docetaxel"), 116, 0.21),
    # 60 mg/m2 over 2 h: medians of 0.288 to 0.336 mg/L, 60 women, five-fold range (Eksborg et al., abstract).
    "epirubicin, peak": (lambda: exposed("epirubicin", 60, 2), 0.336, 1.79),
    # About 50 L/h/m2 (Robert, review, abstract).
    "epirubicin, clearance": (lambda: cleared("epirubicin") / M2, 50, 0.80),
    # At most 11 h (label); by mouth 51.8 mg h/L per 100 mg/m2 (Klin Padiatr 1998).
    "etoposide, last half-life": (lambda: half_life("etoposide"), 11, 1.25),
    "etoposide, area by mouth": (lambda: area("etoposide", 100, route="oral"), 51.8, 0.57),
    # A bolus of 622 mg, about 370 mg/m2: 7.5 (SD 2.9) and 9.3 (SD 4.1) mg h/L, 115 patients (Clin Cancer Res, a table).
    "fluorouracil, area of a bolus": (lambda: area("fluorouracil", 622, 0.1, unit="mg"), 7.5, 0.38),
    # About 50 L/m2, at least 32 min (label); 7.55 (SD 1.53) mg h/L, 1200 mg/m2 over 2 h, 6 patients (Wang et al. 2005).
    "gemcitabine, volume": (lambda: volume("gemcitabine") / M2, 50, 0.33),
    "gemcitabine, last half-life": (lambda: half_life("gemcitabine") * 60, 32, 0.61),
    "gemcitabine, area of 2 h": (lambda: area("gemcitabine", 1200, 2), 7.55, 1.77),
    # 125 mg/m2 of the salt over 90 min, 64 patients: 1.7 mg/L, 10.2 mg h/L; SN-38 0.026 mg/L, 0.23 mg h/L (label,
    # Switzerland); areas over a day.
    "irinotecan, peak": (lambda: exposed("irinotecan", 125 * BASE, 1.5), 1.7, 0.44),
    "irinotecan, area": (lambda: area("irinotecan", 125 * BASE, 1.5, days=1), 10.2, 0.50),
    "irinotecan, peak of SN-38": (lambda: exposed("irinotecan", 125 * BASE, 1.5, place="SN-38"), 0.026, 0.38),
    "irinotecan, area of SN-38": (lambda: area("irinotecan", 125 * BASE, 1.5, place="SN-38", days=1), 0.23, 0.32),
    # 12 g/m2 over 4 h: 1149.5 uM, from 692 to 2200, 25 adults (Comandone et al. 2005); 71 (SD 20) mL/min/m2, 34
    # patients (1988).
    "methotrexate, peak": (lambda: exposed("methotrexate", 12_000, 4, molar=True, patient=LYMPHOMA), 1149.5, 0.58),
    "methotrexate, clearance": (lambda: cleared("methotrexate", LYMPHOMA) * 1000 / 60 / M2, 71, 1.54),
    # Once 300 mg: 39.2 mg h/L (CV 44 %); last half-life 14.9 (SD 8.2) h (label, background knowledge, not read).
    "olaparib, area of one dose": (lambda: area("olaparib", 300, unit="mg"), 39.2, 1.47),
    "olaparib, last half-life": (lambda: half_life("olaparib"), 14.9, 2.33),
    # Means without spread, of 2 to 7 patients (label): 135 and 175 mg/m2, over 3 and over 24 h.
    "paclitaxel, peak of 135 mg/m2": (lambda: exposed("paclitaxel", 135, 3), 2.170, 1.18),
    "paclitaxel, peak of 175 mg/m2": (lambda: exposed("paclitaxel", 175, 3), 3.650, 1.08),
    "paclitaxel, area of 135 mg/m2": (lambda: area("paclitaxel", 135, 3), 7.952, 1.09),
    "paclitaxel, area of 175 mg/m2": (lambda: area("paclitaxel", 175, 3), 15.007, 0.89),
    "paclitaxel, area of 135 mg/m2 over a day": (lambda: area("paclitaxel", 135, 24), 6.300, 0.67),
    "paclitaxel, area of 175 mg/m2 over a day": (lambda: area("paclitaxel", 175, 24), 7.993, 0.76),
    # 23.4 mg h/L, 19 patients (label); 115 mL/min/m2 (CV 13 %), 24 patients (Hammond et al. 1999).
    "temozolomide, area": (lambda: area("temozolomide", 150), 23.4, 1.15),
    "temozolomide, clearance": (lambda: cleared("temozolomide") * 1000 / 60 / M2, 115, 0.81),
    # 256 to 321 L (apparent), about 26 h (labels).
    "venetoclax, volume": (lambda: volume("venetoclax"), 256, 0.96),
    "venetoclax, last half-life": (lambda: half_life("venetoclax"), 26, 1.12),
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERS)
def test_disagreements_stay_what_they_are(name: str) -> None:
    ask, published, ratio = DIFFERS[name]
    assert ask() / published == pytest.approx(ratio, abs=0.006)


def test_every_drug_is_held_against_a_source() -> None:
    # The others are in test_drug_exposures.py.
    others = {"bevacizumab", "cabazitaxel", "doxorubicin", "ethacrynic-acid", "o6-benzylguanine", "oxaliplatin",
              "pembrolizumab", "tariquidar", "verapamil"}  # fmt: skip
    computable = {name for name in pharmacology.drug_names() if pharmacology.drug(name).kinetics is not None}
    assert {name.split(",")[0] for name in (*PUBLISHED, *DIFFERS)} == computable - others
