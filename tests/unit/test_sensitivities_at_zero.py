"""Derivatives by numbers whose change makes transitions that there are not, against the answer at their neighbors."""

from __future__ import annotations

import math
import re

import pytest

import chemoevo as ce
from chemoevo.scenario import compilation
from chemoevo.sensitivity import ground, of_scenario, question

INDUCED = {"docetaxel": 0.02}
STATE = "tumor.phenotypes[0]"
ENTER, LEAVE = f"{STATE}.enter", f"{STATE}.leave"
TWO = [
    ce.Niche(name="near", oxygen=60),
    ce.Niche(name="far", oxygen=10, penetration={"docetaxel": 0.3}),
]


def model(*, late=False, **state) -> ce.Scenario:
    """A drug, and cells that enter a phenotype in which it hardly kills them."""
    tolerant = {"name": "tolerant", "enter": 1e-4, "leave": 0.05, "birth": 0.1, "protection": 0.9, **state}
    niches = {"niches": tolerant.pop("niches", ())}
    niches |= {"migration": tolerant.pop("migration", ())}
    dose = ce.Dose(drug="docetaxel", amount=75, unit="mg/m2", duration_hours=1)
    return ce.Scenario(
        name="a test",
        tumor=ce.Tumor(
            birth=0.2,
            death=0.12,
            size=10**6,
            alterations=[ce.Alteration(name="ABCB1", mutation=1e-6)],
            phenotypes=[ce.Phenotype(**tolerant)],
            late_death=ce.LateDeath(rate=0.9) if late else None,
            **niches,
        ),
        surgery=ce.Surgery(residual_fraction=1e-3),
        regimen=ce.Regimen(name="docetaxel", phases=ce.Phase(cycle_length_days=21, cycles=4, doses=dose)),
        patient=ce.Patient(bsa=1.8),
        potencies=[ce.Potency(drug="docetaxel", emax=2.0, basis="a test")],
        follow_up=ce.FollowUp(horizon=150),
        simulation=ce.Simulation(tolerance=1e-4),
    )


def log_cure(scenario: ce.Scenario) -> float:
    return math.log(float(ce.cure_probability(scenario).value))


def from_inside(scenario: ce.Scenario, path: str, step: float) -> float:
    """The slope of the log of cure next to the end of the range, from points that all have the transition."""
    at = [log_cure(scenario.replace({path: step * (1e-3 + k)})) for k in range(3)]
    return (-3 * at[0] + 4 * at[1] - at[2]) / (2 * step)


def by(scenario: ce.Scenario, path: str) -> float:
    table = ce.sensitivities(scenario, with_respect_to=[path, "tumor.death"])
    return float(table["log_derivative"][0])


@pytest.mark.parametrize(
    ("state", "path", "step"),
    [
        ({"enter": 0.0, "induced": INDUCED}, ENTER, 1e-6),
        ({"enter": 0.0, "induced": INDUCED, "late": True}, ENTER, 1e-6),
        ({"enter": 0.0, "induced": INDUCED, "leave": 0.0}, ENTER, 1e-6),
        ({"enter": 0.0, "induced": INDUCED, "leave": 0.0}, LEAVE, 1e-4),
        ({"leave": 0.0}, LEAVE, 1e-4),
        ({"leave": 0.0, "held": {"docetaxel": 0.5}}, LEAVE, 1e-4),
        ({"induced": {"docetaxel": 0.0}}, f"{STATE}.induced[docetaxel]", 1e-4),
        ({"held": {"docetaxel": 0.0}}, f"{STATE}.held[docetaxel]", 1e-3),
        (
            {"enter": 0.0, "induced": INDUCED, "niches": TWO, "migration": [
                ce.Migration(start="near", to="far", rate=0.05), ce.Migration(start="far", to="near", rate=0.1),
            ]},
            ENTER, 1e-6,
        ),
    ],
)  # fmt: skip
def test_a_transition_that_begins_has_the_slope_of_the_answer_from_inside(state, path, step) -> None:
    scenario = model(**state)
    assert by(scenario, path) == pytest.approx(from_inside(scenario, path, step), rel=1e-3)


def test_transitions_that_have_no_part_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = model(enter=0.0, induced=INDUCED)
    right = by(scenario, ENTER)
    monkeypatch.setattr(of_scenario._Found, "_with_steps", lambda found, *_: found.ground)
    assert abs(by(scenario, ENTER) / right - 1) > 0.01


def test_the_gradient_of_an_evaluator_at_zero() -> None:
    scenario = model(enter=0.0, induced=INDUCED)
    cure = ce.evaluator(scenario, [ENTER, LEAVE])
    slope = cure.gradient([0.0, 0.05])
    assert slope[0] / cure([0.0, 0.05]) == pytest.approx(from_inside(scenario, ENTER, 1e-6), rel=1e-3)
    # Where there is none, the point and the reason are said.
    outgrown = ce.evaluator(model(leave=0.0, birth=1.05, enter=1e-12), [LEAVE])
    with pytest.raises(
        ce.ModelError, match=r"points\[0\]: .*leave: the answer jumps at 0.*phenotypes\[0\].leave = 0\)"
    ):
        outgrown.gradient([0.0])
    # At a number above 0 nothing is new, and the slope goes on without a jump.
    assert cure.gradient([1e-9, 0.05]) == pytest.approx(slope, rel=1e-3)


def test_a_question_of_the_users_own_cells() -> None:
    scenario = model(enter=0.0, leave=0.0, induced=INDUCED)
    start = {"sensitive": 1000}
    table = ce.sensitivities(scenario, initial=start, with_respect_to=[ENTER, LEAVE])
    for path, got in zip((ENTER, LEAVE), table["log_derivative"], strict=True):
        at = [
            math.log(
                ce.extinction_probability(scenario.replace({path: k * 1e-6}).therapy, initial=start, times=[150])[0]
            )
            for k in range(3)
        ]
        assert got == pytest.approx((-3 * at[0] + 4 * at[1] - at[2]) / 2e-6, rel=1e-4)
    growth = ce.GrownFor(scenario.growth.process, days=100.0)
    aged = ce.sensitivities(scenario, initial=growth, with_respect_to=[LEAVE])
    at = [
        math.log(ce.extinction_probability(scenario.replace({LEAVE: k * 1e-5}).therapy, initial=growth, times=[150])[0])
        for k in range(3)
    ]
    assert aged["log_derivative"][0] == pytest.approx((-3 * at[0] + 4 * at[1] - at[2]) / 2e-5, rel=1e-4)


@pytest.mark.filterwarnings("ignore:Mutants are")
def test_one_bad_path_leaves_the_others_and_all_are_named() -> None:
    """Cells that outgrow the tumor once they are in their state: with a way back it is another tumor."""
    scenario = model(leave=0.0, birth=1.2, death=-0.05, enter=1e-9)
    with pytest.warns(UserWarning, match="are null") as told:
        table = ce.sensitivities(scenario, with_respect_to=[LEAVE, ENTER, "tumor.death"])
    reasons = [str(one.message) for one in told if "null" in str(one.message)]
    assert len(reasons) == 1
    assert re.fullmatch(rf"Some derivatives are null:\n  {re.escape(LEAVE)}: the answer jumps at 0\..*", reasons[0])
    assert table["derivative"].is_null().to_list() == [True, False, False]


def test_a_warning_of_many_names_them_all_and_says_how_many() -> None:
    lines = of_scenario._listed([f"path[{k}]: why not" for k in range(23)])
    assert len(lines) == 21
    assert lines[19] == "  path[19]: why not"
    assert lines[20] == "  and 3 more: path[20], path[21], path[22]"


def test_a_path_that_fails_in_whatever_way_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    scenario = model()
    row = of_scenario._Found.row

    def failing(found, path):
        if path == LEAVE:
            raise ce.ModelError("growth: types must grow together.")
        return row(found, path)

    monkeypatch.setattr(of_scenario._Found, "row", failing)
    with pytest.warns(UserWarning, match=rf"null:\n  {re.escape(LEAVE)}: growth: types must grow together"):
        table = ce.sensitivities(scenario, with_respect_to=[LEAVE, "tumor.death"])
    assert table["derivative"].is_null().to_list() == [True, False]


def test_progress_is_told_path_by_path_and_changes_nothing() -> None:
    scenario, paths, told = model(), ["tumor.birth", "tumor.death", "potencies"], []
    table = ce.sensitivities(scenario, with_respect_to=paths, progress=lambda *x: told.append(x))
    assert told == [(k + 1, len(table)) for k in range(len(table))]
    assert table.equals(ce.sensitivities(scenario, with_respect_to=paths))
    for what, more in ((scenario, {}), (scenario.therapy, {"initial": {"sensitive": 1}, "time": 1.0})):
        with pytest.raises(TypeError, match=r"progress must be True, False or a callable\(done, total\); got 'yes'"):
            ce.sensitivities(what, progress="yes", **more)  # type: ignore[arg-type]


def test_an_interrupt_ends_it_between_two_paths() -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ce.sensitivities(model(), progress=stop)


def test_work_that_no_path_changes_is_done_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """One adjoint for all paths, and rates compiled for those alone that change them."""
    counts = {"solve": 0, "rates": 0}
    solve, rates_like = question.solve, compilation.rates_like

    def counted(name, function):
        def call(*arguments):
            counts[name] += 1
            return function(*arguments)

        return call

    monkeypatch.setattr(ground, "solve", counted("solve", solve))
    monkeypatch.setattr(compilation, "rates_like", counted("rates", rates_like))
    scenario = model()
    ce.sensitivities(scenario, with_respect_to=["surgery.residual_fraction", "potencies[0].emax"])
    assert counts["solve"] == 1
    at_first, steps_of_emax = 1, 6
    assert counts["rates"] == at_first + steps_of_emax


def test_a_narrow_range_has_a_derivative() -> None:
    """No P-gp in the line, and a fold that allows a hundredth of it at most."""
    scenario = ce.scenarios.ovarian_veliparib()
    path = "mechanisms[0].expression"
    found = of_scenario._Found.__new__(of_scenario._Found)
    found.scenario = scenario
    step, sides = found._room(path, 0.0, of_scenario.STEP)
    assert sides == [1]
    assert 0 < step < of_scenario.STEP
    with pytest.raises(
        ce.SimulationError, match=r"no room to change around 0.0: niche_therapies\[0\].closes is missing"
    ):
        found.scenario = ce.scenarios.gemcitabine_matrix()
        found._room("niche_therapies[0].delivery[gemcitabine].loss", 0.0, of_scenario.STEP)
