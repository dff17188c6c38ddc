"""Ranges of the numbers of drugs that stand alone. Whoever means more states the unit: a figure is taken as it is."""

from __future__ import annotations

from chemoevo.base.units import Unit

_MEANT = "Where it is meant, state the unit: Figure(value=..., unit={!r})."

# The heart of an adult gives out 5 to 6 L/min (360 L/h), and few drugs that are infused are cleared faster.
FLOW = Unit(
    "L/h", high=400, usual=(1, 400), others={"mL/min": 0.06, "mL/h": 1e-3, "L/day": 1 / 24},
    remedy=_MEANT.format("L/h"),
)  # fmt: skip
# Plasma alone is 3 L in an adult, so a central volume in mL is larger than this.
CENTRAL = Unit("L", high=2_500, usual=(1, 500), others={"mL": 1e-3}, remedy=_MEANT.format("L"))
SIDE = Unit("L", high=10_000, usual=(1, 5_000), others={"mL": 1e-3}, remedy=_MEANT.format("L"))
# A half-life of less than a second.
RATE = Unit("1/h", high=3_000, usual=(1e-4, 100), others={"1/day": 1 / 24}, remedy=_MEANT.format("1/h"))
# Tablets that dissolve in the colon begin to after some eight hours.
LAG = Unit("h", high=24, usual=(0.05, 8), others={"minutes": 1 / 60, "days": 24}, remedy=_MEANT.format("h"))
SHARE = Unit("1", high=1, usual=(0, 1), others={"%": 0.01})
# Lithium has 7 g/mol; antibodies have 150 000 and pegylated enzymes more.
MOLAR_MASS = Unit(
    "g/mol", low=5, high=2e6, usual=(30, 1e6), others={"kg/mol": 1_000, "mg/mol": 1e-3}, remedy=_MEANT.format("g/mol")
)
# From the most potent toxins to what is given by the gram.
MICROMOLAR = Unit(
    "uM", low=1e-8, high=1e4, usual=(1e-5, 1e3), others={"nM": 1e-3, "pM": 1e-6, "mM": 1e3, "M": 1e6},
    remedy=_MEANT.format("uM"),
)  # fmt: skip
# The fastest enzymes for drugs clear the blood that passes the liver: 90 L/h of a few hundred uM.
VMAX = Unit(
    "umol/h", high=1e5, usual=(0.1, 1e4), others={"nmol/h": 1e-3, "mmol/h": 1e3, "umol/min": 60, "umol/day": 1 / 24},
    remedy=_MEANT.format("umol/h"),
)  # fmt: skip
# Twice as fast as two proteins meet: 1e9 per M and s.
USE = Unit("1/(uM h)", high=1e7, usual=(1e-5, 1e3), others={"1/(uM s)": 3600, "1/(M s)": 3.6e-3})
HALF_LIFE = Unit("h", high=10_000, usual=(0.1, 1_000), others={"days": 24, "minutes": 1 / 60})
INDUCTION = Unit("1", low=1, high=1_000)
HILL = Unit("1", high=50)
# Single doses of a gram and more have caps as well; lifetime limits are some hundred mg/m2.
CAP = Unit("mg", high=10_000, usual=(0.5, 2_000), others={"ug": 1e-3, "g": 1e3}, remedy=_MEANT.format("mg"))
CUMULATIVE = Unit("mg/m2", high=100_000, usual=(10, 5_000), others={"g/m2": 1e3}, remedy=_MEANT.format("mg/m2"))
EXPOSURE = Unit("h", high=1_000, usual=(1, 336), others={"minutes": 1 / 60})
