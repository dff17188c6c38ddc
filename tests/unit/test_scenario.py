"""Scenarios: validation, files, compilation, and what they answer."""

from __future__ import annotations

import inspect
import json
import math
import pickle
import tomllib
from typing import Any

import numpy as np
import pytest

import chemoevo as ce
from chemoevo.base.tables import percent, percent_interval, power_of_ten
from chemoevo.scenario.scenario import Scenario
from tests.unit.shipped import text


def data() -> dict[str, Any]:
    """A small scenario as its file would say it: two alterations, a hundred thousand cells."""
    doses: list[dict[str, Any]] = [
        {"drug": "docetaxel", "amount": 75, "unit": "mg/m2", "duration_hours": 1},
        {"drug": "carboplatin", "amount": 6, "unit": "AUC", "duration_hours": 1, "start_hours": 1},
    ]
    cycle = {"cycle_length_days": 21, "patient": {"bsa": 1.8, "gfr": 90}}
    return {
        "name": "small",
        "tumor": {
            "birth": 0.139,
            "death": 0.09,
            "size": 1e5,
            "alterations": [{"name": "ABCB1", "mutation": 1e-6}, {"name": "TP53", "mutation": 2e-5}],
        },
        "patient": {"bsa": 1.8, "gfr": 90},
        "regimen": {
            "name": "both",
            "phases": [
                {
                    "cycle_length_days": 21,
                    "cycles": 2,
                    "doses": doses,
                }
            ],
        },
        "potencies": [
            {"drug": dose["drug"], "log10_kill_per_cycle": 0.6, "at": {**cycle, "doses": [dose]}, "basis": "a test"}
            for dose in doses
        ],
        "follow_up": {"horizon": 60},
        "simulation": {"replicates": 20, "seed": 3},
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    """The small scenario with one value replaced; None removes the key."""
    result = data()
    *steps, last = [int(s) if s.isdigit() else s for s in path.split(".")]
    here: Any = result
    for step in steps:
        here = here.setdefault(step, {}) if isinstance(step, str) else here[step]
    if value is None:
        del here[last]
    else:
        here[last] = value
    return result


BAD = [
    ("tumour", {}, "tumour is not a known key. Did you mean 'tumor'?"),
    ("tumor.brith", 0.1, "tumor.brith is not a known key. Did you mean 'birth'?"),
    ("tumor.birth", None, "tumor.birth is missing"),
    ("tumor.birth", -0.1, "tumor.birth must be > 0; got -0.1"),
    ("tumor.birth", math.nan, "tumor.birth must be finite; got nan"),
    ("tumor.death", math.inf, "tumor.death must be finite; got inf"),
    ("tumor.death", -0.1, "tumor.death must be >= 0; got -0.1"),
    ("tumor.death", 0.2, "tumor.birth must be larger than death = 0.2 per day"),
    ("tumor.size", 1e5 + 0.5, "tumor.size must be a whole number; got 100000.5"),
    ("tumor.size", 1e16, "tumor.size must be <= 1000000000000000"),
    ("tumor.size", 1, "tumor.size must be >= 2; got 1"),
    ("tumor.alterations.0.mutation", 1.5, "tumor.alterations[0].mutation must be <= 1; got 1.5"),
    ("tumor.alterations.0.mutation", 1.0, "tumor.alterations must have mutation probabilities that sum to at most 1"),
    ("tumor.alterations.0.mutation", 0.9, "tumor.alterations must leave a net growth above 0"),
    ("tumor.alterations.1.name", "ABCB1", "tumor.alterations[1].name must be unique; got 'ABCB1'"),
    ("tumor.alterations.0.name", "", "tumor.alterations[0].name must be a text that is not empty"),
    ("tumor.alterations.0.name", "ABCB2", "tumor.alterations[0].changes is missing"),
    ("surgery", {}, "surgery.residual_cells must be given, or residual_fraction, but not both"),
    ("surgery.residual_cells", 1e6, "surgery.residual_cells must be at most tumor.size = 100000 cells; got 1e+06"),
    ("surgery.residual_fraction", 0, "surgery.residual_fraction must be > 0; got 0"),
    ("regimen", "docetaxel_carboplatine", "Did you mean 'docetaxel_carboplatin'?"),
    ("regimen.phases.0.doses.0.drug", "docetaxal", "regimen.phases[0].doses[0].drug is not a known drug"),
    ("regimen.phases.0.doses.0.unit", None, "regimen.phases[0].doses[0].unit is missing"),
    ("regimen.phases.0.doses.0.unit", "g", "regimen.phases[0].doses[0].unit must be one of"),
    ("regimen.phases.0.doses.0.days", [8, 1], "regimen.phases[0].doses[0].days must be increasing"),
    ("regimen.phases.0.doses.0.days", [-1], "regimen.phases[0].doses[0].days[0] must be >= 1; got -1"),
    ("regimen.phases.0.doses.0.days", [22], "must lie within the cycle"),
    ("regimen.phases.0.doses.0.amount", -75, "regimen.phases[0].doses[0].amount must be > 0; got -75"),
    ("regimen.phases.0.cycles", 1.5, "regimen.phases[0].cycles must be a whole number; got 1.5"),
    ("patient.gfr", None, "patient.gfr is missing, for a dose by AUC"),
    ("patient.bsa", -1.8, "patient.bsa must be > 0; got -1.8"),
    ("potencies.0.drug", "docetaxal", "potencies[0].drug must be a drug of the regimen; got 'docetaxal'"),
    ("potencies.1", None, "potencies has no entry for 'carboplatin'"),
    ("potencies.1.drug", "docetaxel", "potencies[1].drug must appear once; got 'docetaxel'"),
    ("potencies.0.emax", 1.0, "potencies[0].emax must be left out where log10_kill_per_cycle is given"),
    ("potencies.0.basis", None, "potencies[0].basis is missing"),
    ("follow_up.horizon", -1, "follow_up.horizon must be > 0; got -1"),
    ("follow_up.looks_every", 61, "follow_up.looks_every must be at most horizon = 60 days; got 61"),
    ("progression.ratio", 1, "progression.ratio must be > 1; got 1"),
    ("compare.carriers", ["ABCB"], "compare.carriers[0] must be an alteration of the tumor; got 'ABCB'."),
    ("compare.day", 126, "compare.day must be at most follow_up.horizon = 60 days; got 126"),
    ("simulation.replicates", 0, "simulation.replicates must be >= 1; got 0"),
    ("simulation.replicates", 2.5, "simulation.replicates must be a whole number; got 2.5"),
    ("simulation.seed", -1, "simulation.seed must be >= 0; got -1"),
    ("simulation.engine", "bmb", "Did you mean 'bnb'?"),
]


@pytest.mark.parametrize(("path", "value", "message"), BAD, ids=[f"{p}={v!r}"[:60] for p, v, _ in BAD])
def test_scenario_bad_value_is_named(path: str, value: Any, message: str) -> None:
    with pytest.raises(ce.ModelError) as caught:
        Scenario.from_dict(changed(path, value))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value"), [("tumor.birth", "fast"), ("tumor.size", True), ("patient", 3), ("simulation.seed", "one")]
)
def test_scenario_wrong_type_is_a_type_error(path: str, value: Any) -> None:
    with pytest.raises(TypeError, match=path):
        Scenario.from_dict(changed(path, value))


def test_scenario_reports_every_problem_at_once() -> None:
    bad = changed("tumor.birth", -1)
    bad["patient"]["gfr"] = -90
    bad["follow_up"]["horizn"] = 3
    with pytest.raises(ce.ModelError) as caught:
        Scenario.from_dict(bad)
    assert len(caught.value.problems) == 3
    bad = changed("potencies.0.drug", "docetaxal")
    bad["compare"] = {"carriers": ["ABCB"], "day": 100}
    with pytest.raises(ce.ModelError) as caught:
        Scenario.from_dict(bad)
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize("name", ["nsclc", "nsclc_adjuvant"])
def test_scenario_round_trips(name: str) -> None:
    scenario = ce.scenarios.scenario(name)
    for again in (
        Scenario.from_toml(scenario.to_toml()),
        Scenario.from_json(scenario.to_json()),
        pickle.loads(pickle.dumps(scenario)),
    ):
        assert again == scenario
        assert again.therapy == scenario.therapy


def test_scenario_equality_does_not_depend_on_what_was_computed() -> None:
    one, other = Scenario.from_dict(data()), Scenario.from_dict(data())
    assert one.rate_error >= 0.0
    assert one == other
    assert one != Scenario.from_dict(changed("tumor.size", 2e5))


def test_scenario_is_frozen() -> None:
    with pytest.raises(AttributeError, match="cannot be changed"):
        Scenario.from_dict(data()).name = "other"  # type: ignore[misc]


def test_scenario_regimen_by_name() -> None:
    scenario = Scenario.from_dict(changed("regimen", "docetaxel_carboplatin"))
    assert scenario.regimen == ce.regimens.docetaxel_carboplatin()
    assert Scenario.from_toml(scenario.to_toml()) == scenario


def test_scenario_growth_and_therapy() -> None:
    scenario = Scenario.from_dict(data())
    assert scenario.growth.process.types == ("sensitive", "ABCB1", "TP53", "ABCB1+TP53")
    assert scenario.growth.stop == ce.Stop(size=1e5, retry=True)
    # Death is that of the sensitive cell before the first dose and after the horizon, larger in between.
    death = scenario.therapy.death
    assert death[-1].tolist() == [0.09] * 4
    assert death[:, 0].max() > 1.0
    # P-gp carries docetaxel only out of the cell, so the first infusion kills carriers less and the second alike.
    assert (death[:, 1] <= death[:, 0]).all()
    assert np.array_equal(scenario.therapy.types, scenario.growth.process.types)


def test_scenario_calibration_holds_in_the_mean() -> None:
    # 1.2 log10 a cycle of 21 days, less what regrows. The tail of the drugs beyond the cycle is not counted.
    scenario = Scenario.from_dict(data())
    left = ce.mean_counts(scenario.therapy, initial={"sensitive": 10**9}, times=[21.0])[0].sum() / 1e9
    net = 0.139 * (1.0 - 2.1e-5) - 0.09
    assert left == pytest.approx(10.0**-1.2 * math.exp(net * 21.0), rel=2e-3)


def test_scenario_times_are_looks_horizon_and_day_of_comparison() -> None:
    scenario = Scenario.from_dict(changed("follow_up.horizon", 30))
    assert scenario.looks.tolist() == [0.0, 7.0, 14.0, 21.0, 28.0]
    assert scenario.times.tolist() == [0.0, 7.0, 14.0, 21.0, 28.0, 30.0]
    scenario = Scenario.from_dict(changed("follow_up", {"horizon": 0.3, "looks_every": 0.1}))
    assert len(scenario.looks) == 4
    assert Scenario.from_dict(changed("compare.day", 12.5)).times.tolist()[:4] == [0.0, 7.0, 12.5, 14.0]
    year = ce.scenarios.scenario("nsclc")
    assert (year.looks[-1], year.times[-1], len(year.times)) == (364.0, 365.0, 54)


def test_scenario_surgery_is_a_pulse_at_the_first_dose() -> None:
    bad = data()
    bad["surgery"] = {"residual_cells": 50}
    scenario = Scenario.from_dict(bad)
    (pulse,) = scenario.therapy.pulses
    assert pulse.time == 0.0
    assert set(pulse.survival.values()) == {5e-4}
    ens = ce.simulate(scenario, replicates=200)
    assert (ens.initial.sum(axis=1) == 10**5).all()
    # 200 binomial draws of mean 50: standard error of the mean 0.5.
    assert abs(ens.counts[:, 0].sum(axis=1).mean() - 50.0) < 2.5


def test_scenario_rate_error_is_small_and_falls_with_the_tolerance() -> None:
    coarse = Scenario.from_dict(changed("simulation.tolerance", 0.1))
    fine = Scenario.from_dict(changed("simulation.tolerance", 1e-3))
    assert 0.0 < fine.rate_error < coarse.rate_error
    assert fine.rate_error < 1e-3
    assert coarse.segments < fine.segments


def test_scenario_expected_mutations_agree_with_simulation() -> None:
    scenario = Scenario.from_dict(data())
    growing, treated = scenario.expected_mutations
    # Divisions are mutations over the probability 2.1e-5: M b/r of them, M = 1e5, until detection.
    assert growing == pytest.approx(2.1e-5 * 1e5 * 0.139 / 0.049, rel=0.01)
    assert 0.0 < treated < growing


def test_scenario_simulation_is_deterministic_and_says_how_it_grew() -> None:
    scenario = Scenario.from_dict(data())
    ens = ce.simulate(scenario)
    assert ens.growth is not None
    assert (ens.seed, ens.growth.seed, ens.continued, ens.growth.continued) == (3, 3, 1, 0)
    assert np.array_equal(ens.initial, ens.growth.final)
    assert (ens.growth.outcomes["outcome"] == "stopped").all()
    again = ce.simulate(scenario, threads=1)
    assert np.array_equal(ens.counts, again.counts)
    part = ce.simulate(scenario, replicates=range(5, 8))
    assert np.array_equal(part.counts, ens.counts[5:8])


@pytest.mark.parametrize("extra", [{"times": [1.0]}, {"stop": ce.Stop(size=10)}])
def test_scenario_simulation_refuses_what_the_scenario_says(extra: dict[str, Any]) -> None:
    with pytest.raises(ce.ModelError, match="comes from the scenario"):
        ce.simulate(Scenario.from_dict(data()), **extra)


def test_a_size_limit_below_detection_is_refused() -> None:
    # The largest tumor of all is treated, whatever else is limited.
    largest = Scenario.from_dict(data()).replace(
        {"tumor.size": 1e15, "tumor.alterations": [], "compare.carriers": None}
    )
    for limits in (None, ce.Limits(events=10**9)):
        treated = ce.simulate(largest, replicates=3, seed=1, limits=limits)
        assert "size_limit" not in treated.outcomes["outcome"].to_list()
        assert (treated.counts[:, 0, 0] == 10**15).all()
    with pytest.raises(
        ce.ModelError, match=r"limits.size must be above tumor.size = 1000000000000000; got 10000000000"
    ):
        ce.simulate(largest, replicates=3, limits=ce.Limits(size=1e15))
    with pytest.raises(ce.ModelError, match=r"limits.size must be above tumor.size = 100000; got 1000"):
        ce.simulate(Scenario.from_dict(data()), limits=ce.Limits(size=1000))


def test_growth_that_uses_up_its_events_is_an_outcome() -> None:
    scenario = Scenario.from_dict(data())
    ens = ce.simulate(scenario, limits=ce.Limits(events=450))
    growth = ens.growth
    assert growth is not None
    undetected = (growth.outcomes["outcome"] == "event_limit").to_numpy()
    assert 0 < undetected.sum() < len(ens)
    assert (ens.outcomes["outcome"].to_numpy()[undetected] == "event_limit").all()
    assert (ens.outcomes["time"].to_numpy()[undetected] == 0).all()
    assert np.array_equal(ens.final[undetected], growth.final[undetected])
    result = ce.answer(scenario, ens)
    assert result.cut_short == undetected.sum()
    assert "cut short by a limit" in str(result)


def test_scenario_describe_has_units_and_names() -> None:
    text = ce.scenarios.scenario("nsclc").describe()
    for part in (
        "net growth 0.0077 per day",
        "doubling time 90 days, potential doubling time 4.99 days",
        "32 genotypes",
        "135 mg over 1 h",
        "690 mg over 1 h",
        "uM unbound",
        "mg h/L",
        "divided by 1.71 per cycle",
        "calibrated",
        "segments",
        "rate_error",
        "expected mutations per replicate",
        "engine bnb",
    ):
        assert part in text, part
    assert "WARNING" not in text
    assert max(map(len, text.splitlines())) <= 140


def test_scenario_describe_warns_of_every_event_simulated() -> None:
    slow = changed("simulation.engine", "direct")
    assert "WARNING" not in Scenario.from_dict(slow).describe()
    slow["tumor"]["size"] = 1e9
    assert "WARNING: engine direct simulates every event, about 4.7e+09" in Scenario.from_dict(slow).describe()


def test_scenario_describe_warns_of_many_mutations() -> None:
    slow = changed("tumor.size", 1e12)
    assert "WARNING" not in Scenario.from_dict(slow).describe()
    slow["simulation"]["engine"] = "bnb"
    assert "WARNING: more than 1e+07 mutations" in Scenario.from_dict(slow).describe()


def _walk(schema: dict[str, Any], part: Any, defs: dict[str, Any], path: str) -> list[str]:
    """Keys of a file that its schema does not know, and required ones that it lacks."""
    if "$ref" in schema:
        schema = defs[schema["$ref"].rsplit("/", 1)[1]]
    for option in schema.get("anyOf", []):
        if not _walk(option, part, defs, path):
            return []
    if "anyOf" in schema:
        return [path]
    if isinstance(part, dict) and "properties" in schema:
        found = [f"{path}.{k}" for k in schema.get("required", []) if k not in part]
        for key, value in part.items():
            inner = schema["properties"].get(key)
            found += [f"{path}.{key}"] if inner is None else _walk(inner, value, defs, f"{path}.{key}")
        return found
    if isinstance(part, list) and "items" in schema:
        return [x for i, item in enumerate(part) for x in _walk(schema["items"], item, defs, f"{path}[{i}]")]
    kinds = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": (int, float), "null": ()}
    return [] if "type" not in schema or isinstance(part, kinds[schema["type"]]) else [path]


@pytest.mark.parametrize("name", ["nsclc", "nsclc_adjuvant"])
def test_scenario_schema_accepts_the_examples(name: str) -> None:
    schema = Scenario.json_schema()
    json.dumps(schema, allow_nan=False)
    part = tomllib.loads(text(name))
    assert _walk(schema, part, schema["$defs"], "") == []
    assert _walk(schema, {**part, "regimen": "docetaxel_carboplatin"}, schema["$defs"], "") == []
    assert _walk(schema, {**part, "tumour": 1}, schema["$defs"], "") == [".tumour"]


def test_cure_probability_of_a_process_is_exact() -> None:
    process = ce.BranchingProcess(types=["S"], birth=[0.5], death=[0.25])
    ever = ce.cure_probability(process, initial={"S": 3}, horizon=math.inf)
    assert ever.value == pytest.approx(0.125, rel=1e-12)
    assert (ever.low, ever.high, ever.replicates) == (ever.value, ever.value, 0)
    later = ce.cure_probability(process, initial={"S": 3}, horizon=10.0).value
    assert later == pytest.approx(float(ce.extinction_probability(process, initial={"S": 3}, times=[10.0])[0]))


def test_cure_probability_averages_over_compositions() -> None:
    process = ce.BranchingProcess(types=["S"], birth=[0.5], death=[0.25])
    result = ce.cure_probability(process, initial=np.array([[1], [2]]), horizon=math.inf)
    assert result.value == pytest.approx((0.5 + 0.25) / 2)
    assert result.low < result.value < result.high
    assert result.replicates == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "initial is missing"),
        ({"initial": {"S": 1}}, "horizon is missing"),
        ({"initial": {"S": 1}, "horizon": -1.0}, "horizon must be"),
        ({"initial": {"S": 1}, "horizon": math.nan}, "horizon must be"),
    ],
)
def test_cure_probability_refuses(arguments: dict[str, Any], message: str) -> None:
    process = ce.BranchingProcess(types=["S"], birth=[0.5], death=[0.25])
    with pytest.raises(ce.ModelError, match=message):
        ce.cure_probability(process, **arguments)


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0.0 %"), (1e-9, "1e-07 %"), (0.5, "50.0 %"), (0.9995, "99.950 %"), (1.0, "100.0 %")]
)
def test_percent(value: float, text: str) -> None:
    assert percent(value) == text


def test_power_of_ten() -> None:
    assert power_of_ten(-1e6) == "below 1e-300"
    assert power_of_ten(-3.0) == "0.001"


def test_percent_interval_tells_its_ends_apart() -> None:
    assert percent_interval(0.52731, 0.52722, 0.5274) == "52.73 % [52.72 %, 52.74 %]"
    assert percent_interval(0.5, 0.4, 0.6) == "50.0 % [40.0 %, 60.0 %]"
    assert percent_interval(0.5, 0.5, 0.5) == "50.0 %"
    assert percent_interval(1 - 1.9e-8, 1 - 1.90001e-8, 1 - 1.89999e-8) == "99.9999981 %"


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [("tumor", "birth", 0), ("tumor", "size", 1), ("simulation", "seed", -1), ("patient", "bsa", -1.8)],
)
def test_json_schema_knows_bounds(part: str, key: str, value: float) -> None:
    schema = ce.Scenario.json_schema()
    node = schema["$defs"][part.capitalize()]
    branches = [node["properties"][key], *node["properties"][key].get("anyOf", [])]
    low = [(b.get("minimum"), b.get("exclusiveMinimum")) for b in branches if "minimum" in b or "exclusiveMinimum" in b]
    assert low
    assert all((m is not None and value < m) or (x is not None and value <= x) for m, x in low)


def test_signature_shows_plain_types() -> None:
    assert str(inspect.signature(ce.FollowUp)) == "(*, horizon: float = 365.0, looks_every: float = 7.0) -> None"


def test_a_misspelled_drug_is_not_blamed_on_the_alterations() -> None:
    wrong = data()
    wrong["tumor"]["alterations"] = [{"name": "ABCB1", "mutation": 1e-6}]
    wrong["regimen"] = ce.regimens.docetaxel_carboplatin().to_dict()
    wrong["regimen"]["phases"][0]["doses"][0]["drug"] = "docetaxl"
    with pytest.raises(ce.ModelError, match="Did you mean 'docetaxel'") as caught:
        Scenario.from_dict(wrong)
    assert "effects" not in str(caught.value)
