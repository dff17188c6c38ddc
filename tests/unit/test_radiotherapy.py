"""Radiotherapy: survival and schedules against numbers worked out by hand, cure against a closed form."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from jsonschema import Draft202012Validator

import chemoevo as ce
from chemoevo.scenario.pulses import instants

STANDARD: dict[str, Any] = {"dose": 2, "fractions": 30, "alpha": 0.3, "beta": 0.03}
WEEKS = [week * 7 + day for week in range(6) for day in range(5)]


def course(**changes: Any) -> ce.Radiotherapy:
    kept = {name: value for name, value in {**STANDARD, **changes}.items() if value is not None}
    return ce.Radiotherapy(**kept)


def scenario(*courses: ce.Radiotherapy, birth: float = 0.2, death: float = 0.1, **more: Any) -> ce.Scenario:
    size, alterations = more.pop("size", 10**6), more.pop("alterations", ())
    return ce.Scenario(
        name="a test",
        tumor=ce.Tumor(birth=birth, death=death, size=size, alterations=alterations),
        radiotherapy=courses or course(),
        **more,
    )


# --- One fraction -----------------------------------------------------------------------------------------------------


def test_survival_and_enhancement_are_as_worked_out() -> None:
    one = course()
    assert one.enhancement([0, 2.5, 10, 60]) == pytest.approx([1, 1.909090909, 2.538461538, 2.904761905], rel=1e-9)
    expected = [0.4998464786, 0.5523300651, 0.6502403448, 0.7564009597, 0.8078867967]
    assert one.survival([60, 10, 2.5, 0.5, 0]) == pytest.approx(expected, rel=1e-9)
    of_all = [9.227819795e-10, 1.844847688e-8, 2.467273917e-6, 0.000230442265, 0.001661557273]
    assert one.survival([60, 10, 2.5, 0.5, 0]) ** 30 == pytest.approx(of_all, rel=1e-9)
    # In air there is all the oxygen that counts.
    assert one.survival() == pytest.approx(math.exp(-0.72), rel=1e-15)
    assert one.survival(oxygen=math.inf) == one.survival()
    assert course(oer=1).survival(oxygen=0) == one.survival()


def test_alpha_over_beta_says_beta() -> None:
    by_ratio = course(beta=None, alpha_beta=10)
    assert by_ratio.quadratic == pytest.approx(0.03, rel=1e-15)
    assert by_ratio.survival() == pytest.approx(math.exp(-0.72), rel=1e-14)
    assert by_ratio.replace({"beta": 0.05}).alpha_beta is None


def test_a_factor_is_on_both_coefficients() -> None:
    found = course().survival(sensitivity=[1.0, 0.5, 2.0])
    assert found == pytest.approx([math.exp(-0.72), math.exp(-0.36), math.exp(-1.44)], rel=1e-14)
    # Oxygen and factors go together by types.
    assert course().survival([60, 0], [1.0, 0.5]) == pytest.approx([0.4998464786, math.sqrt(0.8078867967)], rel=1e-9)


def test_biologically_effective_doses_are_as_worked_out() -> None:
    assert course().bed() == pytest.approx(72, rel=1e-14)
    assert course(dose=7, fractions=5, beta=None, alpha_beta=10).bed() == pytest.approx(59.5, rel=1e-14)
    assert course(fractions=None, days=[0, 1], per_day=2).bed() == pytest.approx(9.6, rel=1e-14)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"oxygen": -1}, ce.ModelError, r"^oxygen must be >= 0 \(mmHg\); got -1.0.$"),
        ({"oxygen": [1, math.nan]}, ce.ModelError, r"^oxygen must be >= 0 \(mmHg\); got nan.$"),
        ({"oxygen": "air"}, TypeError, "^oxygen must be numbers; got 'air'.$"),
        ({"sensitivity": 0}, ce.ModelError, "^sensitivity must be > 0; got 0.0.$"),
    ],
)
def test_survival_refuses_what_cannot_be(arguments: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        course().survival(**arguments)


# --- Days -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, WEEKS),
        ({"start": 3.5}, [3.5 + day for day in WEEKS]),
        ({"fractions": 4, "weekday": "friday"}, [0, 3, 4, 5]),
        ({"fractions": 7, "weekday": "thursday"}, [0, 1, 4, 5, 6, 7, 8]),
        ({"fractions": 3, "weekday": "saturday", "start": 1}, [3, 4, 5]),
        ({"fractions": 9, "days_per_week": 7}, list(range(9))),
        ({"fractions": 3, "days_per_week": 1, "weekday": "tuesday"}, [6, 13, 20]),
        ({"fractions": 3, "per_day": 2}, [0, 0.25, 1]),
        ({"fractions": 12, "per_day": 2, "hours_between": 8}, [d + h for d in (0, 1, 2, 3, 4, 7) for h in (0, 1 / 3)]),
        ({"fractions": 8, "per_day": 4}, [d + h for d in (0, 1) for h in (0, 0.25, 0.5, 0.75)]),
        ({"fractions": None, "days": [0, 2, 4.5], "start": 1}, [1, 3, 5.5]),
        ({"fractions": None, "days": 5, "per_day": 2}, [5, 5.25]),
    ],
)
def test_fractions_are_on_the_days_that_a_calendar_has(changes: dict[str, Any], days: list[float]) -> None:
    one = course(**changes)
    assert one.times() == pytest.approx(days, abs=1e-12)
    assert one.number == len(days)


def test_text_says_fractions_and_days() -> None:
    assert course().text() == "30 fractions of 2 Gy from day 0 to day 39, 5 days per week"
    twice = course(name="boost", dose=1.2, fractions=4, per_day=2, hours_between=8)
    assert (
        twice.text() == "boost: 4 fractions of 1.2 Gy from day 0 to day 1.33333, 2 per day 8 h apart, 5 days per week"
    )
    assert repr(course(fractions=None, days=3)) == "Radiotherapy(1 fraction of 2 Gy on day 3)"


@pytest.mark.parametrize(
    ("changes", "messages"),
    [
        ({"dose": 200}, ["dose must be at most 100 Gy; got 200. 200 looks like cGy: write 2."]),
        ({"dose": 0}, ["dose must be > 0; got 0."]),
        ({"alpha": 0.003}, ["alpha must be from 0.005 to 5 1/Gy; got 0.003. 0.003 looks like 1/cGy: write 0.3."]),
        ({"alpha": None}, ["alpha is missing. It is the linear coefficient (1/Gy)."]),
        ({"beta": None}, ["beta is missing. It is the quadratic coefficient (1/Gy2); or alpha_beta (Gy)."]),
        ({"fractions": None}, ["fractions is missing. It is the number of fractions; days may say it instead."]),
        (
            {"days": [1], "alpha_beta": 10},
            ["days must not be given beside fractions.", "alpha_beta must not be given beside beta."],
        ),
        (
            {"per_day": 2, "hours_between": 4},
            ["hours_between must leave 6 h between fractions: repair that is not complete is not modeled; got 4."],
        ),
        # The night counts as well.
        (
            {"per_day": 4, "hours_between": 7},
            ["hours_between must leave 6 h between fractions: repair that is not complete is not modeled; got 7."],
        ),
        (
            {"fractions": None, "days": [0, 0.1]},
            ["days must leave 6 h between fractions: repair that is not complete is not modeled; got [0.0, 0.1]."],
        ),
        (
            {"fractions": None, "days": [1, 1], "weekday": "friday"},
            [
                "days must be increasing, each day once; got [1.0, 1.0].",
                "weekday must be left out beside days, which are taken as they are; got 'friday'.",
            ],
        ),
        ({"oer": 0.5, "start": -1}, ["start must be >= 0; got -1.", "oer must be >= 1; got 0.5."]),
        ({"oer_half": 0.4}, ["oer_half must be from 0.5 to 50 mmHg; got 0.4. 0.4 looks like kPa: write 3."]),
        (
            {"alpha": {"value": 0.3, "cite": "a", "tag": "R"}},
            ["alpha.cite must be a key of citations; got 'a'. Or leave it out, with the tag 'U'."],
        ),
    ],
)
def test_courses_that_cannot_be_are_refused_with_all_that_is_wrong(
    changes: dict[str, Any], messages: list[str]
) -> None:
    with pytest.raises(ce.ModelError) as caught:
        course(**changes)
    assert sorted(caught.value.problems) == sorted(messages)


# --- Scenarios --------------------------------------------------------------------------------------------------------


def logarithm_of_cure(size: Any, birth: Any, death: Any, survival: Any, times: Any, horizon: Any) -> Any:
    """Of the probability that no cell is left: Zaider & Minerbo (2000), doi:10.1088/0031-9155/45/2/303.

    With S(t) the product of survivals of the fractions up to t, one cell is gone with the probability
    1 - 1/(1/(S(t) e^{rt}) + b integral from 0 to t of du S(u)^-1 e^{-ru} ), r = b - d.
    """
    net, surviving, integral, last = birth - death, mpmath.mpf(1), mpmath.mpf(0), mpmath.mpf(0)
    for until in [*times, horizon]:
        integral += birth * (mpmath.exp(-net * last) - mpmath.exp(-net * until)) / net / surviving
        surviving, last = surviving * (survival if until < horizon else 1), until
    return size * mpmath.log1p(-1 / (1 / (surviving * mpmath.exp(net * horizon)) + integral))


@pytest.mark.parametrize(
    ("changes", "birth", "death", "size"),
    [
        ({}, 0.2, 0.1, 10**9),
        ({"fractions": 22}, 0.139, 0.1313, 10**6),
        ({"dose": 1.2, "fractions": 68, "per_day": 2, "start": 2.5}, 0.3, 0.05, 10**8),
        ({"dose": 12, "fractions": None, "days": [0, 3, 8]}, 1.0, 0.2, 10**9),
    ],
)
def test_cure_is_that_of_a_closed_form(changes: dict[str, Any], birth: float, death: float, size: int) -> None:
    one = course(**changes)
    with mpmath.workdps(40):
        effect = mpmath.mpf(one.dose) * (mpmath.mpf(one.alpha.value) + mpmath.mpf(one.quadratic) * one.dose)
        days = [mpmath.mpf(float(day)) for day in one.times()]
        log = logarithm_of_cure(size, mpmath.mpf(birth), mpmath.mpf(death), mpmath.exp(-effect), days, mpmath.mpf(365))
        expected = float(mpmath.exp(log))
    cure = ce.cure_probability(scenario(one, birth=birth, death=death, size=size))
    assert 1e-12 < expected < 1
    assert cure.value == pytest.approx(expected, rel=1e-9)
    # One fraction less, or a day later, is another number.
    assert cure.value != pytest.approx(math.exp(float(log) / math.exp(-float(effect))), rel=1e-3)


def test_cells_that_do_nothing_are_a_matter_of_poisson() -> None:
    one = course()
    air, low = float(one.survival()), float(one.survival(oxygen=2.5))
    still = ce.BranchingProcess(
        types=["air", "low"],
        birth=[0.0, 0.0],
        death=[0.0, 0.0],
        pulses=[ce.Pulse(time=day, survival={"air": air, "low": low}) for day in one.times()],
    )
    for start, expected in (({"air": 10**9}, 0.6595880936), ({"air": 99 * 10**7, "low": 10**7}, 1.275985e-11)):
        cure = ce.extinction_probability(still, initial=start, times=[60.0])[0]
        assert cure == pytest.approx(expected, rel=1e-6)


def test_oxygen_is_that_of_the_niche() -> None:
    model = scenario(alterations=[ce.Alteration(name="X", mutation=1e-7, radiosensitivity=0.5)])
    assert instants(model)[1][0] == pytest.approx([math.exp(-0.72), math.exp(-0.36)], rel=1e-12)
    niches = [
        ce.Niche(name="near", share=0.7, oxygen=60),
        ce.Niche(name="air", share=0.1),
        ce.Niche(name="far", share=0.2, oxygen=0.5),
    ]
    there = model.replace({"tumor.niches": niches, "tumor.exchange": 0.1, "tumor.late_death": ce.LateDeath(rate=1.0)})
    times, survivals = instants(there)
    assert times.tolist() == course().times().tolist()
    each = np.array([0.4998464786, math.exp(-0.72), 0.7564009597])
    wanted = np.concatenate([each, np.sqrt(each), np.ones(9)])
    # What is damaged already survives.
    assert survivals[7] == pytest.approx(wanted, rel=1e-9)
    assert "in far at 0.5 mmHg a fraction with 0.7564" in " ".join(there.describe().split())


def test_factors_of_alterations_multiply_whatever_the_copies() -> None:
    alterations = [
        ce.Alteration(name="A", mutation=1e-7, radiosensitivity=0.5, copies=2),
        ce.Alteration(name="B", mutation=1e-7, radiosensitivity=1.5),
        ce.Alteration(name="ABCB1", mutation=1e-7),
    ]
    model = scenario(course(fractions=1), alterations=alterations)
    (pulse,) = model.therapy.pulses
    factors = {"sensitive": 1, "A": 0.5, "Ax2": 0.5, "B": 1.5, "A+B": 0.75, "Ax2+B": 0.75, "ABCB1": 1, "B+ABCB1": 1.5}
    assert {name: pulse.survival[name] for name in factors} == pytest.approx(
        {name: math.exp(-0.72 * factor) for name, factor in factors.items()}, rel=1e-14
    )
    assert repr(alterations[0]) == "Alteration('A': alpha and beta x 0.5, 1e-07 per division, cost 0)"


def test_an_alteration_without_a_mechanism_needs_a_radiosensitivity() -> None:
    with pytest.raises(ce.ModelError, match=r"^changes is missing"):
        ce.Alteration(name="A", mutation=1e-7)
    with pytest.raises(ce.ModelError, match=r"^radiosensitivity must be > 0; got 0.$"):
        ce.Alteration(name="A", mutation=1e-7, radiosensitivity=0)


def with_drugs(**more: Any) -> ce.Scenario:
    return scenario(
        regimen="docetaxel_carboplatin",
        patient=ce.Patient(bsa=1.8, gfr=90),
        potencies=[ce.Potency(drug=drug, emax=1, basis="a test") for drug in ("docetaxel", "carboplatin")],
        **more,
    )


def test_drugs_and_fractions_go_together() -> None:
    both = with_drugs(alterations=ce.Alteration(name="X", mutation=1e-7, radiosensitivity=0.5))
    alone = both.replace({"radiotherapy": []})
    assert [pulse.time for pulse in both.therapy.pulses] == WEEKS
    assert not alone.therapy.pulses
    assert np.array_equal(both.therapy.death, alone.therapy.death)
    # The first fraction and the first dose are at one instant.
    once = both.replace({"radiotherapy": [course(fractions=1)]})
    cells = {"sensitive": 1000}
    kept = ce.mean_counts(once.therapy, initial=cells, times=[30.0])[0, 0]
    assert kept == pytest.approx(math.exp(-0.72) * ce.mean_counts(alone.therapy, initial=cells, times=[30.0])[0, 0])
    assert ce.cure_probability(both).value > ce.cure_probability(alone).value


def test_surgery_comes_before_the_first_fraction() -> None:
    model = scenario(course(fractions=2), surgery=ce.Surgery(residual_fraction=0.1))
    assert [(p.time, p.survival["sensitive"]) for p in model.therapy.pulses] == [
        (0.0, 0.1),
        (0.0, pytest.approx(math.exp(-0.72))),
        (1.0, pytest.approx(math.exp(-0.72))),
    ]


def test_fractions_at_or_after_the_horizon_do_nothing_and_are_said() -> None:
    short = scenario(follow_up=ce.FollowUp(horizon=28))
    assert [pulse.time for pulse in short.therapy.pulses] == WEEKS[:20]
    said = "radiotherapy[0]: 10 of 30 fractions come at or after the horizon (day 28) and do nothing: from day 28"
    assert said in " ".join(short.describe().split())
    none = scenario(course(start=400, name="late"))
    assert not none.therapy.pulses
    assert "radiotherapy[late]: all 30 fractions" in " ".join(none.describe().split())
    assert "NOTE" not in scenario().describe()


def test_doses_beyond_the_model_and_factors_on_nothing_are_said() -> None:
    beyond = "radiotherapy[0]: 12 Gy per fraction; the linear-quadratic model is taken to hold up to about 8 Gy"
    assert beyond in " ".join(scenario(course(dose=12, fractions=3)).describe().split())
    assert "NOTE" not in scenario(course(dose=8, fractions=3)).describe()
    idle = with_drugs(alterations=ce.Alteration(name="X", mutation=1e-7, radiosensitivity=0.5))
    words = "the radiosensitivity of X acts on nothing: there is no radiotherapy"
    assert words not in " ".join(str(idle).split())
    assert words in " ".join(str(idle.replace({"radiotherapy": []})).split())


def test_describe_says_survival_and_effective_dose() -> None:
    model = scenario(alterations=ce.Alteration(name="X", mutation=1e-7, radiosensitivity=0.5))
    text = " ".join(model.describe().split())
    for part in (
        "30 fractions of 2 Gy from day 0 to day 39, 5 days per week",
        "(alpha/beta 10 Gy), 60 Gy, biologically effective 72 Gy",
        "a cell survives a fraction with probability 0.4868, all with 4.16e-10, in air",
        "X: alpha and beta x 0.5, a fraction 0.6977",
        "Follow-up, from day 0",
    ):
        assert part in text, part
    assert "Regimen" not in text
    assert "radiotherapy: 30 fractions of 2 Gy" in str(model)
    assert repr(model) == "Scenario('a test': 1e+06 cells, 2 genotypes, radiotherapy, 365 days)"


def test_what_is_said_of_several_courses() -> None:
    model = scenario(course(name="large field"), course(name="boost", fractions=8, start=42))
    assert model.replace({"radiotherapy[boost].dose": 1.8}).radiotherapy[1].dose == 1.8
    assert model.replace({"radiotherapy[1].start": 43}).radiotherapy[1].start == 43
    assert len(model.therapy.pulses) == 38
    assert model.comparison_day == 52
    with pytest.raises(ce.ModelError) as caught:
        scenario(course(name="a"), course(name="a", start=0.1), course(start=0.6))
    assert caught.value.problems == (
        "radiotherapy[1].name must be unique; got 'a'.",
        "radiotherapy[1].start must leave 6 h to the fractions of other courses: they are repaired in between; got "
        "0.1.",
    )


def test_files_hold_courses() -> None:
    model = scenario(course(), course(name="boost", fractions=None, days=[42, 44], beta=None, alpha_beta=3))
    assert ce.Scenario.from_toml(model.to_toml()) == model
    schema = Draft202012Validator(ce.Scenario.json_schema())
    assert list(schema.iter_errors(model.to_dict())) == []
    alone = {"name": "a test", "tumor": model.tumor.to_dict(), "radiotherapy": dict(STANDARD)}
    assert list(schema.iter_errors(alone)) == []
    assert ce.Scenario.from_dict(alone) == scenario()
    del alone["radiotherapy"]
    assert [error.message for error in schema.iter_errors(alone)] == [
        f"'{name}' is a required property" for name in ("regimen", "patient")
    ]


def test_radiotherapy_alone_needs_no_drug_and_drugs_need_all_that_they_do() -> None:
    with pytest.raises(ce.ModelError, match=r"^regimen must be given where there is no radiotherapy.$"):
        scenario().replace({"radiotherapy": []})
    with pytest.raises(ce.ModelError, match=r"regimen is missing") as caught:
        ce.Scenario(name="a test", tumor=ce.Tumor(birth=0.2, death=0.1, size=100))
    assert [problem.partition(" ")[0] for problem in caught.value.problems] == ["regimen", "patient", "potencies"]
    with pytest.raises(ce.ModelError) as caught:
        scenario(regimen="docetaxel_carboplatin")
    assert sum("potencies" in problem for problem in caught.value.problems) == 2
    with pytest.raises(ce.ModelError, match=r"patient.bsa is missing"):
        with_drugs().replace({"patient.bsa": None})
    for ask in (ce.exposure, ce.toxicity, ce.cumulative_doses):
        with pytest.raises(
            ce.ModelError, match=r"^regimen must be given: no drug is, in a scenario of radiotherapy alone"
        ):
            ask(scenario())  # type: ignore[operator]
    with pytest.raises(ce.ModelError, match=r"^like must have a regimen, whose drugs are meant: no drug is given"):
        ce.patients(2, seed=1, like=scenario())


def test_citations_have_the_model_and_what_is_said_of_cells() -> None:
    sourced = {"value": 0.3, "unit": "1/Gy", "cite": "assay", "tag": "R"}
    one = course(alpha=sourced, name="boost", citations={"assay": {"text": "Somebody et al. 2031"}})
    found = ce.citations(scenario(one, alterations=ce.Alteration(name="X", mutation=1e-7, radiosensitivity=0.5)))
    rows = found.filter(part="radiotherapy boost").select("number", "value", "unit", "source", "verified").rows()
    assert rows == [
        ("survival_rule", None, None, "Fowler 1989, Br J Radiol 62:679", False),
        ("alpha", 0.3, "1/Gy", "Somebody et al. 2031", True),
        ("beta", 0.03, "1/Gy2", None, None),
    ]
    assert found.filter(number="radiosensitivity").select("part", "value").rows() == [("alteration X", 0.5)]


# --- Derivatives ------------------------------------------------------------------------------------------------------


def test_derivatives_are_those_of_the_closed_form() -> None:
    one = course(start=1, name="boost")
    model = scenario(one, surgery=ce.Surgery(residual_cells=10**5), size=10**8)
    paths = ["dose", "alpha", "beta", "start"]

    def log(**changes: Any) -> Any:
        now = {"dose": 2, "alpha": 0.3, "beta": 0.03, "start": 1, "size": 10**8, "birth": 0.2, **changes}
        survival = mpmath.exp(-now["alpha"] * now["dose"] - now["beta"] * now["dose"] ** 2)
        days = [now["start"] + day for day in WEEKS]
        # What surgery leaves is one more factor, at day 0.
        left = mpmath.mpf(10**5) / now["size"]
        death = mpmath.mpf(0.1)
        gone = -mpmath.expm1(logarithm_of_cure(1, mpmath.mpf(now["birth"]), death, survival, days, mpmath.mpf(365)))
        return now["size"] * mpmath.log1p(-left * gone)

    table = ce.sensitivities(
        model, initial={"sensitive": 10**8}, with_respect_to=["radiotherapy[boost]", "tumor.birth"]
    )
    found = dict(table.select("parameter", "log_derivative").rows())
    with mpmath.workdps(40):
        for name in [*paths, "birth"]:
            at = {"dose": 2, "alpha": 0.3, "beta": 0.03, "start": 1, "birth": 0.2}[name]
            expected = float(mpmath.diff(lambda x, name=name: log(**{name: x}), mpmath.mpf(at)))
            path = "tumor.birth" if name == "birth" else f"radiotherapy[boost].{name}"
            assert found[path] == pytest.approx(expected, rel=1e-6), name
    for idle in ("oer", "oer_half", "hours_between"):
        assert found[f"radiotherapy[boost].{idle}"] == 0


def test_derivatives_of_factors_and_of_size_are_differences_of_cure() -> None:
    model = scenario(
        course(fractions=22),
        alterations=ce.Alteration(name="X", mutation=1e-4, radiosensitivity=0.6),
        surgery=ce.Surgery(residual_cells=10**4),
    )
    paths = ["tumor.alterations[X].radiosensitivity", "tumor.size"]
    table = ce.sensitivities(model, with_respect_to=paths)
    for path, step in zip(paths, (1e-4, 100), strict=True):
        value = model.replace({})
        at = {"tumor.size": 1e6}.get(path, 0.6)
        up, down = (float(ce.cure_probability(value.replace({path: at + s})).value) for s in (step, -step))
        slope = table.filter(parameter=path)["derivative"][0]
        assert slope == pytest.approx((up - down) / (2 * step), rel=1e-5), path


def test_there_is_no_derivative_where_the_order_matters() -> None:
    # The first fraction cannot be earlier than day 0, and it is at the instant of the first dose.
    with pytest.warns(UserWarning, match=r"null:\n  radiotherapy\[0\].start: the derivatives from both sides differ"):
        table = ce.sensitivities(with_drugs(), with_respect_to=["radiotherapy"])
    found = dict(table.select("parameter", "derivative").rows())
    assert found["radiotherapy[0].start"] is None
    assert found["radiotherapy[0].dose"] > 0
    with pytest.warns(UserWarning, match=r"null:\n  radiotherapy\[0\].start: the derivatives from both sides differ"):
        shown = ce.sensitivities(scenario())["parameter"].to_list()
    assert not {"radiotherapy[0].oer", "radiotherapy[0].hours_between"} & set(shown)
