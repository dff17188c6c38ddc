"""A window simulated: both answers of a tumor in two niches, treated while delivery and oxygen move."""

from __future__ import annotations

import math

import chemoevo as ce

LEVEL = 4.9
"""Standard errors of a false alarm of 1e-6."""
REPLICATES = 4000


def scenario() -> ce.Scenario:
    """A cytotoxic on the days on which a window is open, and radiation behind it."""
    agent = ce.Drug(
        name="agent",
        drug_class="antibody",
        molar_mass=1000,
        fraction_unbound=1,
        mode="vascular",
        kinetics=ce.Kinetics(clearance=0.02, volume=3),
    )
    poison = ce.Drug(
        name="poison",
        drug_class="poison",
        molar_mass=1000,
        fraction_unbound=1,
        kinetics=ce.Kinetics(clearance=1.0, volume=10),
    )
    therapy = ce.NicheTherapy(
        drug="agent",
        ec50=20,
        opens=ce.Delay(stages=2, rate=1),
        closes=ce.Delay(stages=4, rate=0.7),
        delivery={"poison": ce.Opening(gain=1.5, loss=0.6)},
        oxygen=ce.Opening(gain=1, loss=0.6),
        niches=["far"],
        basis="a test",
    )
    far = ce.Niche(
        name="far", share=0.4, oxygen=5, penetration={"poison": ce.Access(ratio=0.3, lag_hours=6), "other": 1}
    )
    return ce.Scenario(
        name="a window",
        tumor=ce.Tumor(
            birth=0.4,
            death=0.1,
            size=300,
            niches=[ce.Niche(name="near", share=0.6, oxygen=40), far],
            exchange=0.1,
        ),
        regimen="agent 1000 mg + poison 60 mg d4 q40d x1",
        radiotherapy=ce.Radiotherapy(dose=2, days=[6], alpha=0.3, beta=0.03),
        drugs=[agent, poison],
        niche_therapies=[therapy],
        potencies=ce.Potency(drug="poison", emax=7.5, ec50=1, hill=1, basis="a test"),
        follow_up=ce.FollowUp(horizon=30, looks_every=10),
        assume_untouched=True,
    )


def test_both_answers_agree_while_a_window_opens_and_closes() -> None:
    """4.9 standard errors are 1e-6; errors of delivery, of oxygen and of the delay are seen by the same check."""
    treated = scenario()
    start = {"sensitive@near": 180, "sensitive@far": 120}
    ens = ce.simulate(treated, initial=start, replicates=REPLICATES, seed=8)
    simulated = float((ens.counts[:, -1].sum(axis=1) == 0).mean())
    cured = ce.extinction_probability(treated.therapy, initial=start, times=[30.0])[0]
    error = math.sqrt(cured * (1 - cured) / REPLICATES)
    assert 0.2 < cured < 0.8
    assert abs(simulated - cured) < LEVEL * error
    for path, value in (("delivery[poison].gain", 0.75), ("oxygen.gain", -0.9), ("closes.stages", 3)):
        planted = treated.replace({f"niche_therapies[agent].{path}": value})
        wrong = ce.extinction_probability(planted.therapy, initial=start, times=[30.0])[0]
        assert abs(simulated - wrong) > LEVEL * error, path
