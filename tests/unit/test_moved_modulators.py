"""Modulators that come to a niche through windows: rates against a solver apart, limits, and both answers."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq

import chemoevo as ce
from chemoevo.pharmacology import Induction
from chemoevo.resistance.therapy import oxygen_at
from chemoevo.scenario import compilation
from chemoevo.scenario.under_therapy import under_therapy
from tests.unit.both_answers import p_value
from tests.unit.moving_niche import solved

EC50, EMAX, POWER = 0.02, 3.0, 1.3
HOURS = [0.2, 1.0, 6.0, 73.5, 75.0, 80.0, 100.0, 150.0, 240.0, 577.5, 590.0, 700.0]
LAGGED = {"inhibited": 12.0, "killing": 6.0}
AT_ONCE = {"inhibited": None, "killing": None}
FOLD, BASAL = 8.6, 0.01
STRENGTH = (FOLD - 1) / (1 - FOLD * BASAL)
"""Of P-gp and doxorubicin."""


def window(**changes: Any) -> ce.NicheTherapy:
    return ce.NicheTherapy(
        **{
            "drug": "bevacizumab",
            "ec50": 0.2,
            "opens": ce.Delay(stages=2, rate=0.5),
            "closes": ce.Delay(stages=4, rate=0.6),
            "delivery": {"other": ce.Opening(gain=1, loss=0.6)},
            "basis": "a test",
            **changes,
        }
    )


def model(killer: str, modulator: str, lags: dict[str, float | None] = LAGGED, **changes: Any) -> ce.Scenario:
    """One niche, to which a drug and its modulator come on day 4 of a window."""
    access = {
        killer: ce.Access(ratio=0.5, lag_hours=lags["killing"]),
        modulator: ce.Access(ratio=0.7, lag_hours=lags["inhibited"]),
    }
    niches = changes.pop("niches", [ce.Niche(name="far", penetration=access)])
    given: dict[str, Any] = {
        "name": "a test",
        "tumor": ce.Tumor(
            birth=0.2,
            death=0.1,
            size=1e5,
            niches=niches,
            alterations=[ce.alteration(changes.pop("by", "ABCB1"), mutation=1e-6)],
        ),
        "regimen": (
            f"bevacizumab 5 mg/kg over 1.5 h + {modulator} 150 mg over 30 min d4 + {killer} 60 mg/m2 over 1 h d4 "
            "q21d x2"
        ),
        "patient": ce.Patient(bsa=1.8, weight=70),
        "potencies": [ce.Potency(drug=killer, emax=EMAX, ec50=EC50, hill=POWER, basis="a test")],
        "niche_therapies": [window()],
        "assume_untouched": True,
        "follow_up": ce.FollowUp(horizon=42),
        **changes,
    }
    return ce.Scenario(**given)


def added(scenario: ce.Scenario, hours: Any = HOURS) -> NDArray[np.float64]:
    """What drugs add to death: (times, types)."""
    found = compilation.rates_at(scenario, np.asarray(hours, np.float64))
    return np.asarray(found.death - scenario.tumor.death)


def hazard(dose: NDArray[np.float64]) -> NDArray[np.float64]:
    odds = (dose / EC50) ** POWER
    return np.asarray(EMAX * odds / (1 + odds))


def pumped(there: NDArray[np.float64], left: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of doxorubicin, where this much is left of P-gp, in cells with and without more of it."""
    divisor = (1 + STRENGTH * np.array([BASAL, 1.0]) * left[:, None]) / (1 + STRENGTH * BASAL)
    return hazard(there[:, None] / divisor)


def apart(found: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    """The largest difference of rates that are more than next to nothing, relative."""
    seen = wanted > 1e-6
    return float(np.abs(found[seen] / wanted[seen] - 1).max())


# --- Against a solver apart -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lags", [LAGGED, AT_ONCE, {**LAGGED, "killing": None}])
def test_an_inhibitor_comes_through_the_window(lags: dict[str, float | None]) -> None:
    moving = model("doxorubicin", "tariquidar", lags)
    there, _ = solved(moving, HOURS)
    wanted = pumped(there["doxorubicin"], 1 / (1 + there["tariquidar"] / 0.0006))
    np.testing.assert_allclose(added(moving), wanted, rtol=1e-6, atol=1e-13)
    # It is seen that the modulator moves: with a window for the drug alone rates are others.
    alone = moving.replace({"niche_therapies": [window(delivery={"doxorubicin": ce.Opening(gain=1, loss=0.6)})]})
    assert apart(added(alone), wanted) > 0.1


@pytest.mark.parametrize("lag", [3.0, None])
def test_one_that_competes_at_a_pump_that_saturates(lag: float | None) -> None:
    moving = model("paclitaxel", "verapamil", {"inhibited": lag, "killing": lag})
    there, _ = solved(moving, HOURS)
    fold, km, ki = 38.58, 0.091, 1.0
    strength = (fold - 1) / (1 - fold * BASAL)
    capacity = strength * (1 + EC50 / (1 + strength * BASAL) / km)

    def in_line(outside: float, inhibitor: float, expression: float) -> float:
        """Concentration outside the reference line with as much inside."""

        def needed(inside: float, expression: float, compete: float) -> float:
            return inside * (1 + capacity * expression / (1 + compete + inside / km))

        def balance(inside: float) -> float:
            return needed(inside, expression, inhibitor / ki) - outside

        return needed(float(brentq(balance, 0.0, outside, xtol=1e-300, rtol=1e-14)), BASAL, 0.0)

    each = zip(there["paclitaxel"], there["verapamil"], strict=True)
    doses = np.array([[in_line(outside, inhibitor, e) for e in (BASAL, 1.0)] for outside, inhibitor in each])
    np.testing.assert_allclose(added(moving), hazard(doses), rtol=1e-6, atol=1e-13)


@pytest.mark.parametrize("lag", [12.0, None])
def test_a_pool_is_used_up_by_what_comes(lag: float | None) -> None:
    """Temozolomide kills and uses up MGMT: both by what there is of it in the niche."""
    moving = model("temozolomide", "o6-benzylguanine", {"inhibited": lag, "killing": lag}, by="MGMT")
    renewal = math.log(2) / 99

    def pool(left: float, there: Any) -> float:
        return renewal * (1 - left) - (0.0046 * there["temozolomide"] + 2.16 * there["o6-benzylguanine"]) * left

    there, left = solved(moving, HOURS, [(1.0, pool)])
    assert left.min() < 0.5
    divisor = np.hstack([np.ones_like(left), 1 + 19 * left])
    wanted = hazard(there["temozolomide"][:, None] / divisor)
    np.testing.assert_allclose(added(moving), wanted, rtol=1e-6, atol=1e-13)
    alone = moving.replace({"niche_therapies": [window(delivery={"temozolomide": ce.Opening(gain=1, loss=0.6)})]})
    assert apart(added(alone), wanted) > 1e-2


@pytest.mark.parametrize("lag", [12.0, None])
def test_expression_follows_what_comes_of_an_inducer(lag: float | None) -> None:
    raised = Induction(mechanism="P-gp", most=5, ec50=0.1, half_life_hours=14, hill=1.5)
    inducer = ce.Drug(
        name="inducer", drug_class="own", molar_mass=800, fraction_unbound=0.2, mode="modulator",
        kinetics=ce.Kinetics(clearance=4, volume=50), induces=[raised],
    )  # fmt: skip
    moving = model("doxorubicin", "inducer", {"inhibited": lag, "killing": 6.0}, drugs=[inducer])
    there, delayed = solved(moving, HOURS, [(0.0, lambda now, there: math.log(2) / 14 * (there["inducer"] - now))])
    odds = (delayed[:, 0] / 0.1) ** 1.5
    wanted = pumped(there["doxorubicin"], 1 + 4 * odds / (1 + odds))
    np.testing.assert_allclose(added(moving), wanted, rtol=1e-6, atol=1e-13)
    alone = moving.replace({"niche_therapies": [window(delivery={"doxorubicin": ce.Opening(gain=1, loss=0.6)})]})
    assert apart(added(alone), wanted) > 1e-2


# --- Limits -----------------------------------------------------------------------------------------------------------

PAIRS = [("doxorubicin", "tariquidar", "ABCB1"), ("temozolomide", "o6-benzylguanine", "MGMT")]


@pytest.mark.parametrize(("killer", "modulator", "by"), PAIRS)
def test_an_agent_that_is_never_given_moves_nothing(killer: str, modulator: str, by: str) -> None:
    """Its doses come after the horizon: rates and segments are those without the therapy."""
    regimen = ce.Regimen.parse(f"{modulator} 150 mg over 30 min + {killer} 60 mg/m2 over 1 h q21d x2")
    late = regimen.then(ce.Regimen.parse("bevacizumab 5 mg/kg over 1.5 h q21d x1"))
    never = model(killer, modulator, by=by, regimen=late)
    without = model(killer, modulator, by=by, regimen=regimen, niche_therapies=[])
    hours = [hour for hour in HOURS if hour > 1]
    np.testing.assert_allclose(added(never, hours), added(without, hours), rtol=2e-7, atol=1e-13)


@pytest.mark.parametrize("lag", [12.0, None])
@pytest.mark.parametrize(("killer", "modulator", "by"), PAIRS)
def test_a_factor_that_stays_is_one_of_access(killer: str, modulator: str, by: str, lag: float | None) -> None:
    """An agent that saturates its target opens within an hour, and days later the modulator comes: twice as much."""
    twice = window(ec50=1e-12, opens=ce.Delay(rate=100), closes=None, delivery={modulator: ce.Opening(gain=1)})
    lags = {"inhibited": lag, "killing": lag}
    moving = model(killer, modulator, lags, by=by, niche_therapies=[twice])
    more = ce.Access(ratio=1.4, lag_hours=lag)
    idle = {"niche_therapies": [window(ec50=1e12)], f"tumor.niches[far].penetration[{modulator}]": more}
    found, wanted = added(moving), added(moving.replace(idle))
    np.testing.assert_allclose(found, wanted, rtol=2e-7, atol=1e-13)
    still = added(moving.replace({"niche_therapies": [window(ec50=1e12)]}))
    assert apart(still, wanted) > 1e-2


def test_no_window_moves_another() -> None:
    """Windows see plasma: what moves the delivery of a drug does not move what that drug does to vessels."""
    niche = model("doxorubicin", "tariquidar").tumor.niches[0].replace({"oxygen": 5.0})
    first = window(delivery={"tariquidar": ce.Opening(gain=3)})
    other = window(drug="tariquidar", ec50=1e-3, delivery={}, oxygen=ce.Opening(gain=1))
    both = model("doxorubicin", "tariquidar", niche_therapies=[first, other], niches=[niche])
    alone = both.replace({"niche_therapies": [other], "inert": ["bevacizumab"]})
    found = [oxygen_at(np.array(HOURS), **under_therapy(one)) for one in (alone, both)]
    assert found[0].max() > 1.1
    np.testing.assert_array_equal(found[0], found[1])
    # What it does to mechanisms is moved.
    assert apart(added(both), added(alone)) > 0.1


# --- What is refused, and both answers --------------------------------------------------------------------------------


def test_a_lag_of_a_modulator_that_would_be_followed_for_ever_is_refused() -> None:
    words = (
        "niche_therapies[0] must not change the delivery of tariquidar in the niche 'far', which follows it with a lag "
        "of 0.05 h: where delivery moves a lag is at least 0.1 h. Leave the lag out: then the niche follows at once."
    )
    lags = {"inhibited": 0.05, "killing": 6.0}
    with pytest.raises(ce.ModelError) as caught:
        model("doxorubicin", "tariquidar", lags)
    assert list(caught.value.problems) == [words]
    model("doxorubicin", "tariquidar", lags, niche_therapies=[window(delivery={"anthracycline": ce.Opening(gain=1)})])


@cache
def small() -> ce.Scenario:
    """A resistant tumor of ten cells, from which a therapy keeps the modulator that makes it sensitive."""
    closing = window(ec50=0.01, closes=None, opens=ce.Delay(rate=3), delivery={"tariquidar": ce.Opening(gain=-0.95)})
    access = {"tariquidar": ce.Access(ratio=0.2, lag_hours=6), "other": 1}
    niche = ce.Niche(name="far", changes=ce.Change(mechanism="P-gp", by=1), penetration=access)
    base = model("doxorubicin", "tariquidar", niche_therapies=[closing])
    changes = {
        "tumor.size": 10,
        "tumor.alterations": [],
        "tumor.niches": [niche],
        "potencies[0].emax": 25,
        "follow_up": ce.FollowUp(horizon=30, looks_every=30),
    }
    return base.replace(changes)


def test_both_answers_agree() -> None:
    """By an exact test at 1e-6, which an agent that does nothing fails."""
    assert p_value(small(), 1000, small()) > 1e-6
    assert p_value(small(), 1000, small().replace({"niche_therapies[0].delivery[tariquidar].gain": -1e-9})) < 1e-6
