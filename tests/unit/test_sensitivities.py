"""Derivatives of probabilities, against differences of the slow fixed-point solver and closed forms at 50 digits."""

from __future__ import annotations

import copy
from fractions import Fraction

import mpmath
import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from tests.unit.backward_reference import backward

STEP = Fraction(1, 10**30)
RTOL = 1e-9


def log_absence(model, initial, presence, time):
    """ln P(absence) at 50 digits, of a model whose numbers are fractions."""
    f = backward(*model, presence, time)  # type: ignore[call-arg]
    with mpmath.workdps(60):
        return sum(n * mpmath.log(mpmath.mpf(x.numerator) / x.denominator) for n, x in zip(initial, f, strict=True))


def difference(change, model, initial, presence, time):
    """d ln P(absence) by the parameter that `change(model, step)` shifts: a central difference, right to 1e-25."""
    ends = []
    for sign in (1, -1):
        shifted = copy.deepcopy(model)
        when = change(shifted, sign * STEP)
        ends.append(log_absence(shifted, initial, presence, time if when is None else when))
    with mpmath.workdps(60):
        return (ends[0] - ends[1]) / (2 * mpmath.mpf(STEP.numerator) / STEP.denominator)


def exact(x):
    return Fraction(x)


def therapy():
    """Survival of a cell is about 1e-12. (birth, death, mutation, switching, breakpoints, pulses)."""
    birth = [[0.14, 0.13, 0.1], [0.14, 0.13, 0.1], [0.2, 0.1, 0.1]]
    death = [[1.2, 1.0, 0.9], [0.9, 1.1, 0.3], [0.13, 0.12, 0.12]]
    mutation = [{(0, 1): 1e-3, (0, 2): 1e-9, (1, 2): 1e-5}] * 3
    switching = [{(2, 1): 1e-2}] * 3
    return (
        [[exact(x) for x in row] for row in birth],
        [[exact(x) for x in row] for row in death],
        [{p: exact(x) for p, x in row.items()} for row in mutation],
        [{p: exact(x) for p, x in row.items()} for row in switching],
        [exact(14.0), exact(24.5)],
        [(exact(6.5), [exact(x) for x in (0.25, 0.5, 0.9)]), (exact(27.0), [exact(x) for x in (1e-2, 0.5, 1.0)])],
    )


def growth():
    """Nearly nothing dies: extinction of a cell is about 1e-10."""
    birth, death = [[1.0, 0.7], [0.8, 0.9]], [[1e-10, 3e-11], [2e-10, 1e-11]]
    return (
        [[exact(x) for x in row] for row in birth],
        [[exact(x) for x in row] for row in death],
        [{(0, 1): exact(1e-2)}] * 2,
        [{(1, 0): exact(1e-3)}] * 2,
        [exact(3.0)],
        [],
    )


def process_of(model):
    birth, death, mutation, switching, breakpoints, pulses = model
    names = "ABC"[: len(birth[0])]

    def table(rows):
        return {(names[i], names[j]): [float(row[i, j]) for row in rows] for i, j in rows[0]}

    return ce.BranchingProcess(
        types=list(names),
        birth=[[float(x) for x in row] for row in birth],
        death=[[float(x) for x in row] for row in death],
        mutation=table(mutation),
        switching=table(switching),
        breakpoints=[float(t) for t in breakpoints],
        pulses=[ce.Pulse(time=float(t), survival=dict(zip(names, map(float, p), strict=True))) for t, p in pulses],
    )


def changes(model):
    """{path: how to shift that parameter}."""
    names = "ABC"[: len(model[0][0])]
    out = {}

    def rate(part, m, i):
        def change(model, step):
            model[part][m][i] += step

        return change

    def entry(part, m, pair):
        def change(model, step):
            model[part][m] = {**model[part][m], pair: model[part][m][pair] + step}

        return change

    def breakpoint_(index):
        def change(model, step):
            model[4][index] += step

        return change

    def pulse(index, i):
        def change(model, step):
            time, survival = model[5][index]
            if i is None:
                model[5][index] = (time + step, survival)
            else:
                survival[i] += step

        return change

    for m in range(len(model[0])):
        for i, name in enumerate(names):
            out[f"birth[{m}][{name}]"] = rate(0, m, i)
            out[f"death[{m}][{name}]"] = rate(1, m, i)
        for part, kind in ((2, "mutation"), (3, "switching")):
            for i, j in model[part][m]:
                out[f"{kind}[{m}][{names[i]}, {names[j]}]"] = entry(part, m, (i, j))
    for index in range(len(model[4])):
        out[f"breakpoints[{index}]"] = breakpoint_(index)
    for index in range(len(model[5])):
        out[f"pulses[{index}].time"] = pulse(index, None)
        for i, name in enumerate(names):
            out[f"pulses[{index}].survival[{name}]"] = pulse(index, i)
    return out


CASES = {
    "therapy, survival": (therapy, "survival", None, [10**3, 2, 0], 30.0),
    "therapy, absence of C": (therapy, "absence", ["C"], [10**12, 0, 0], 33.0),
    "growth, extinction": (growth, "extinction", None, [1, 0], 8.0),
}


@pytest.mark.parametrize(
    ("case", "every"),
    [
        pytest.param(case, every, marks=[] if every == 24 and case == "growth, extinction" else pytest.mark.slow)
        for case in CASES
        for every in (24, 9)
    ],
)
def test_every_derivative_is_that_of_differences(case, every):
    make, question, types, initial, time = CASES[case]
    model = make()
    table = ce.sensitivities(
        process_of(model), question=question, types=types, initial=initial, time=time, per_interval=True
    )
    got = {row["parameter"]: row for row in table.iter_rows(named=True)}
    presence = [1.0 if types is None or name in types else 0.0 for name in process_of(model).types]
    level = log_absence(model, initial, presence, exact(time))
    with mpmath.workdps(60):
        factor = -mpmath.exp(level) / (-mpmath.expm1(level)) if question == "survival" else mpmath.mpf(1)
        if question != "absence":
            probability = -mpmath.expm1(level) if question == "survival" else mpmath.exp(level)
            assert probability < 1e-8
    # The slow solver takes its time: one of the times, in the long suite all, and some of the others, others in each
    # case.
    paths = list(changes(model))
    first = list(CASES).index(case)
    times = [p for p in paths if p.startswith("breakpoints") or p.endswith("time")]
    some = {*paths[4 * first :: every], *(times if every == 9 else times[first::4])}
    for path, change in changes(model).items():
        if path not in some:
            continue
        want = float(factor * difference(change, model, initial, presence, exact(time)))
        assert got[path]["log_derivative"] == pytest.approx(want, rel=RTOL, abs=1e-250), path
    want = float(factor * difference(lambda _, step: exact(time) + step, model, initial, presence, exact(time)))
    assert got["time"]["log_derivative"] == pytest.approx(want, rel=RTOL)
    known = {*changes(model), "time", *(f"initial[{t}]" for t in process_of(model).types)}
    assert set(got) == known


def test_pulses_of_one_instant_have_a_derivative_each():
    pulses = [ce.Pulse(time=t, survival={"S": p}) for t, p in ((1.0, 0.5), (1.0, 0.25), (2.0, 0.9), (2.0, 0.0))]
    one_type = {"types": ["S"], "birth": [0.2], "death": [0.1]}

    def over(days, left):
        """Survival of one cell that divides 0.2 and dies 0.1 times per day, from that of each cell at the end."""
        growth = mpmath.exp(mpmath.mpf(0.1) * days)
        return growth * left / (1 + 2 * (growth - 1) * left)

    def log_absence_with(*factors):
        return mpmath.log1p(-over(1.0, mpmath.fprod(factors) * over(0.75, 1)))

    table = ce.sensitivities(ce.BranchingProcess(**one_type, pulses=pulses), initial={"S": 1}, time=1.75)
    found = dict(table.select("parameter", "log_derivative").rows())
    for i, at in enumerate((0.5, 0.25)):
        other = (0.25, 0.5)[i]
        want = mpmath.diff(lambda p, other=other: log_absence_with(p, other), at)
        assert found[f"pulses[{i}].survival[S]"] == pytest.approx(float(want), rel=RTOL)
        # Which of them comes first matters; those after the horizon do not.
        assert found[f"pulses[{i}].time"] is None
        assert found[f"pulses[{i + 2}].time"] == found[f"pulses[{i + 2}].survival[S]"] == 0.0
    # The one that kills all leaves nothing to the other.
    late = ce.sensitivities(ce.BranchingProcess(**one_type, pulses=pulses), initial={"S": 1}, time=3.0)
    assert dict(late.select("parameter", "log_derivative").rows())["pulses[2].survival[S]"] == 0.0


def test_divisions_with_mutants_are_part_of_birth():
    """Planted: birth shifted with the rate of mutations, not their probability, held fixed."""
    model = therapy()
    path = "birth[0][A]"

    def planted(model, step):
        old = model[0][0][0]
        model[0][0][0] = old + step
        model[2][0] = {p: x * old / (old + step) if p[0] == 0 else x for p, x in model[2][0].items()}

    table = ce.sensitivities(
        process_of(model), question="absence", types=["C"], initial=[10**12, 0, 0], time=33.0, per_interval=True
    )
    got = table.filter(pl.col("parameter") == path)["log_derivative"][0]
    at = ([10**12, 0, 0], [0.0, 0.0, 1.0], exact(33.0))
    right = float(difference(changes(model)[path], model, *at))
    wrong = float(difference(planted, model, *at))
    assert got == pytest.approx(right, rel=RTOL)
    assert abs(wrong / right - 1.0) > 100 * RTOL


@pytest.mark.parametrize(
    ("b", "d", "n", "t"),
    [(1.0, 1.0, 1, 1e3), (0.5, 0.5, 10**12, 40.0), (0.1, 1.3, 1, 25.0), (0.1, 1.3, 10**12, 30.0), (1.0, 0.5, 1, 50.0)],
)
def test_one_type_is_kendall(b, d, n, t):
    process = ce.BranchingProcess(types=["S"], birth=[b], death=[d])
    table = ce.sensitivities(process, question="survival", initial={"S": n}, time=t)
    with mpmath.workdps(50):

        def log_survival(b, d, n, t):
            net = b - d
            g = t if net == 0 else -mpmath.expm1(-net * t) / net
            return mpmath.log(-mpmath.expm1(n * mpmath.log1p(-1 / (1 + d * g))))

        at = [mpmath.mpf(x) for x in (b, d, n, t)]
        want = {}
        for index, path in enumerate(("birth[S]", "death[S]", "initial[S]", "time")):
            h = mpmath.mpf(10) ** -18
            up, down = list(at), list(at)
            up[index] += h
            down[index] -= h
            want[path] = float((log_survival(*up) - log_survival(*down)) / (2 * h))
    for path, value in want.items():
        got = table.filter(pl.col("parameter") == path)["log_derivative"][0]
        assert got == pytest.approx(value, rel=RTOL), path


def test_shifts_and_factors_on_all_intervals_are_sums():
    process = process_of(therapy())
    given = {"question": "survival", "initial": [1, 1, 1], "time": 30.0, "with_respect_to": ["death", "mutation"]}
    whole = ce.sensitivities(process, **given)
    parts = ce.sensitivities(process, per_interval=True, **given)
    for kind, name in (("death", "A"), ("death", "C"), ("mutation", "A, B")):
        some = parts.filter(pl.col("parameter").str.contains(rf"^{kind}\[\d\]\[{name}\]$"))
        row = whole.filter(pl.col("parameter") == f"{kind}[{name}]")
        assert len(some) == 3
        assert row["derivative"][0] == pytest.approx(some["derivative"].sum(), rel=1e-13)
        assert row["elasticity"][0] == pytest.approx((some["log_derivative"] * some["value"]).sum(), rel=1e-13)
    assert whole["value"].to_list()[0] is None
    assert whole.filter(pl.col("parameter") == "mutation[A, B]")["value"][0] == 1e-3


def test_a_dose_by_the_chain_rule():
    """Kill 0.5 E^2 / (1 + E^2) under a dose with exposure E = dose * exp(-t / 3), on 40 steps."""
    t = (np.arange(40) + 0.5) / 2
    breaks = np.arange(1, 40) / 2

    def kill(dose):
        e = dose * np.exp(-t / 3)
        return 0.5 * e**2 / (1 + e**2), e**2 / dose / (1 + e**2) ** 2

    def model(dose):
        death = np.stack([0.1 + kill(dose)[0], np.full(40, 0.1)], axis=1)
        return ce.BranchingProcess(
            types=["S", "R"], birth=[0.12, 0.12], death=death, mutation={("S", "R"): 1e-3}, breakpoints=breaks
        )

    slope = np.stack([kill(3.0)[1], np.zeros(40)], axis=1)
    table = ce.sensitivities(
        model(3.0), initial={"S": 20}, time=20.0, parameters={"dose": {"death": slope}}, with_respect_to=[]
    )
    assert table["parameter"].to_list() == ["dose"]
    h = 1e-4

    def p(x):
        return ce.extinction_probability(model(x), initial={"S": 20}, times=[20.0])[0]

    want = (8 * (p(3 + h) - p(3 - h)) - (p(3 + 2 * h) - p(3 - 2 * h))) / (12 * h)
    assert table["derivative"][0] == pytest.approx(want, rel=1e-7)


def test_no_derivative_is_null():
    process = ce.BranchingProcess(
        types=["S"],
        birth=[[0.2], [0.1], [0.2]],
        death=[[0.1], [0.3], [0.1]],
        breakpoints=[5.0, 9.0],
        pulses=[ce.Pulse(time=5.0, survival={"S": 0.5})],
    )
    table = ce.sensitivities(process, initial={"S": 3}, time=9.0)
    none = table.filter(pl.col("derivative").is_null())["parameter"].to_list()
    assert none == ["pulses[0].time", "breakpoints[0]", "breakpoints[1]", "time"]
    later = ce.sensitivities(process, initial={"S": 3}, time=4.0, with_respect_to=["breakpoints", "pulses"])
    assert later["derivative"].to_list() == [0.0] * 4


def test_all_problems_at_once():
    process = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.5])
    with pytest.raises(ce.ModelError) as caught:
        ce.sensitivities(
            process,
            question="extinct",
            initial=[[1], [2]],
            time=-1.0,
            with_respect_to=["deaths"],
            parameters={"dose": {"kill": 1.0, "death": [1.0, 2.0]}},
        )
    text = str(caught.value)
    for part in ("question", "initial", "time", "with_respect_to[0]", "'kill'", "'death'", "6 problems"):
        assert part in text
    immortal = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.0])
    with pytest.raises(ce.ModelError, match="exactly 0"):
        ce.sensitivities(immortal, initial={"S": 1}, time=1.0)
    with pytest.raises(ce.ModelError, match="types must name"):
        ce.sensitivities(process, question="presence", initial={"S": 1}, time=1.0)
    competing = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.5], competition=ce.Logistic(capacity=10))
    with pytest.raises(ce.ModelError, match="competition"):
        ce.sensitivities(competing, initial={"S": 1}, time=1.0)
