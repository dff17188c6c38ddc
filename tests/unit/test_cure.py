"""Cure of a scenario: by the law of growth where mutants are rare, by histories elsewhere, and it says which."""

from __future__ import annotations

import math

import pytest

import chemoevo as ce


def protects(name: str, drug: str, mutation: float) -> ce.Alteration:
    """From one of the two drugs, almost wholly."""
    effects = [{"drug": d, "fold": 1e5 if d == drug else 1.0} for d in ("docetaxel", "carboplatin")]
    return ce.Alteration(name=name, mutation=mutation, stage="efflux", effects=effects)


def scenario(mutation: float, *, size: float = 1e7, death: float = 0.1) -> ce.Scenario:
    """Cells that grow to a size; the drugs leave only those with both alterations, and soon the rest is gone."""
    return ce.Scenario(
        name="two ways out",
        tumor=ce.Tumor(
            birth=0.14,
            death=death,
            size=size,
            alterations=[protects("A", "docetaxel", mutation), protects("B", "carboplatin", 1e-5)],
        ),
        regimen=ce.regimens.docetaxel_carboplatin(cycles=6),
        patient=ce.Patient(bsa=1.8, gfr=90),
        potencies=[
            ce.Potency(drug="docetaxel", emax=15.0, basis="a test"),
            ce.Potency(drug="carboplatin", emax=100.0, basis="a test"),
        ],
        simulation=ce.Simulation(replicates=400, seed=3),
    )


@pytest.mark.parametrize(
    ("mutation", "share", "method"), [(6e-6, 6e-4, "law"), (6e-5, 2.5e-3, "law"), (6e-4, 0.022, "histories")]
)
def test_the_method_follows_from_the_share_of_mutants(mutation: float, share: float, method: str) -> None:
    found = ce.cure_probability(scenario(mutation, size=1e5))
    assert found.method == method
    assert found.mutant_share == pytest.approx(share, rel=0.3)
    assert (found.replicates == 0) == (method == "law")


def test_law_and_histories_agree_where_mutants_are_rare() -> None:
    model = scenario(6e-5)
    law = ce.cure_probability(model, method="law")
    histories = ce.cure_probability(model, method="histories")
    assert (law.method, histories.method) == ("law", "histories")
    assert law.mutant_share == histories.mutant_share
    assert (histories.low, histories.high) != (law.low, law.high)
    # Six standard errors: a false alarm in 1e9. What the law leaves out is a share of mutants of it, 0.6 %.
    error = (histories.high - histories.low) / (2 * 1.96)
    assert 0.05 < law.value < 0.95
    assert abs(law.value - histories.value) < 6 * error + 0.006
    # Planted: mutations at half their probability.
    half = ce.cure_probability(scenario(3e-5), method="law")
    assert abs(half.value - histories.value) > 6 * error + 0.006


def test_who_asks_for_replicates_or_a_seed_asks_for_histories() -> None:
    model = scenario(6e-6, size=1e4)
    assert ce.cure_probability(model, replicates=3, seed=1).replicates == 3
    assert ce.cure_probability(model, seed=1).method == "histories"
    ever = ce.cure_probability(model, horizon=math.inf)
    assert ever.method == "law"
    for arguments, message in (
        ({"method": "law", "replicates": 3}, "replicates must be left out: the law of growth simulates nothing"),
        ({"method": "laws"}, "method must be 'law' or 'histories'; got 'laws'. Did you mean 'law'?"),
        ({"method": "law", "initial": {"sensitive": 1}}, "method must be left out: only a scenario without `initial`"),
    ):
        with pytest.raises(ce.ModelError) as caught:
            ce.cure_probability(model, **arguments)  # type: ignore[arg-type]
        assert message in str(caught.value)
    with pytest.raises(TypeError, match="method must be 'law' or 'histories'; got 3"):
        ce.cure_probability(model, method=3)  # type: ignore[arg-type]
    asked = ce.cure_probability(model, initial={"sensitive": 100})
    assert (asked.method, asked.mutant_share) == (None, None)
