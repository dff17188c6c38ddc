"""Neutrophils under a regimen: published nadirs, another program, and what must hold for every regimen."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo import _core, pharmacology
from chemoevo.base.evidence import figures_of
from chemoevo.pharmacology.marrow import LEVELS
from tests.unit.marrow_reference import UM, followed

PATIENT = ce.Patient(bsa=1.8)
STATED = 1e-6
"""The accuracy that is stated of counts and times."""


def regimen(*doses: dict[str, Any], days: float = 21, cycles: int = 1) -> ce.Regimen:
    made = [ce.Dose(**{"unit": "mg/m2", "days": 1, **dose}) for dose in doses]
    return ce.Regimen(name="a test", phases=ce.Phase(cycle_length_days=days, cycles=cycles, doses=made))


def docetaxel(amount: float = 100, cycles: int = 1, **more: Any) -> ce.Regimen:
    return regimen({"drug": "docetaxel", "amount": amount, "duration_hours": 1, **more}, cycles=cycles)


def paclitaxel() -> ce.Regimen:
    return regimen({"drug": "paclitaxel", "amount": 175, "duration_hours": 3})


def with_koolen(name: str) -> ce.Neutropenia:
    return pharmacology.neutropenia(name).replace({"suppressions[docetaxel].kinetics": None})


# Nadir, its day, days below 0.5 and 1, day back above 1.5, count on day 21; None where nothing was computed.
PUBLISHED: dict[str, tuple[ce.Regimen, Any, tuple[float | None, ...]]] = {
    "Friberg": (
        docetaxel(), "docetaxel-friberg2002", (0.8960666306, 7.5697, 0.0, 2.23786606, 10.3334459, 6.214064404),
    ),
    "Kloft": (docetaxel(), None, (0.2203585868, 8.4312, 4.505479171, 6.873796975, 12.6877331, 6.756089813)),
    "Emax": (docetaxel(), "docetaxel-friberg2002-emax", (0.8721526476, None, None, 2.486076, None, None)),
    "Friberg, other kinetics": (
        docetaxel(), with_koolen("docetaxel-friberg2002"), (1.127616113, 7.5568, 0.0, 0.0, 9.747119548, None),
    ),
    "Kloft, other kinetics": (
        docetaxel(), with_koolen("docetaxel-kloft2006"),
        (0.3181093671, 8.2153, 3.512608649, 6.27579337, 12.30902706, None),
    ),
    "75 mg/m2": (docetaxel(75), "docetaxel-friberg2002", (1.353527412, None, None, None, None, None)),
    "Wahlby": (paclitaxel(), None, (2.261223645, 9.8835, 0.0, 0.0, None, 6.406339291)),
    "total paclitaxel": (paclitaxel(), "paclitaxel-friberg2002", (2.27959957, 9.4720, None, None, None, None)),
    "leukocytes": (
        paclitaxel(), "paclitaxel-leukocytes-friberg2002", (4.139179151, 8.9738, None, None, None, None),
    ),
}  # fmt: skip
COLUMNS = ("nadir", "day_of_nadir", "days_below_0_5", "days_below_1_0", "day_back_above_1_5", "at_end")


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_sets_have_their_nadirs(name: str) -> None:
    given, model, wanted = PUBLISHED[name]
    (row,) = ce.toxicity(given, patient=PATIENT, model=model).iter_rows(named=True)
    for column, want in zip(COLUMNS, wanted, strict=True):
        if want is not None:
            # Days of nadirs were given to four digits, where counts hardly change.
            within = {"abs": 5.1e-5} if column == "day_of_nadir" else {"rel": STATED, "abs": 1e-12}
            assert row[column] == pytest.approx(want, **within), column
    if name == "Wahlby":
        assert row["day_back_above_1_5"] is None


def test_the_third_cycle_and_days_of_a_delay() -> None:
    table = ce.toxicity(docetaxel(cycles=3), patient=PATIENT)
    assert table.row(2, named=True)["nadir"] == pytest.approx(0.2500731672, rel=STATED)
    assert table.row(2, named=True)["days_below_0_5"] == pytest.approx(4.166873, rel=STATED)
    assert table.row(2, named=True)["days_below_1_0"] == pytest.approx(6.602948, rel=STATED)
    counts = ce.neutrophils(docetaxel(), patient=PATIENT, times=[10, 12, 13, 17])["neutrophils"]
    np.testing.assert_allclose(counts, [0.344177661, 1.052203637, 1.738710908, 5.436618168], rtol=STATED)


def test_a_growth_factor() -> None:
    factor = ce.GrowthFactor(speed=1 / 0.6, from_day=2, to_day=12)
    model = pharmacology.neutropenia("docetaxel-friberg2002").replace({"growth_factor": factor})
    row = ce.toxicity(docetaxel(), patient=PATIENT, model=model).row(0, named=True)
    assert row["nadir"] == pytest.approx(1.364432942, rel=STATED)
    assert row["day_of_nadir"] == pytest.approx(6.2737, abs=5.1e-5)
    assert row["day_back_above_1_5"] == pytest.approx(7.110091, rel=STATED)
    # It ends with the cycle, when the next one begins.
    short = factor.replace({"to_day": 100})
    ends = model.replace({"growth_factor": short}), model.replace({"growth_factor": short.replace({"to_day": 21})})
    two = docetaxel(cycles=2)
    nadirs = [ce.toxicity(two, patient=PATIENT, model=one)["nadir"].to_list() for one in ends]
    assert nadirs[0] == nadirs[1]


DAYS = np.linspace(0, 42, 127)


@pytest.mark.parametrize("form", ["slope", "emax"])
def test_another_program_agrees(form: str) -> None:
    doses = [(0.0, 180.0, 1.0), (168.0, 90.0, 24.0), (504.0, 180.0, 1.0)]
    given = regimen(
        {"drug": "docetaxel", "amount": 180, "unit": "mg", "duration_hours": 1},
        {"drug": "docetaxel", "amount": 90, "unit": "mg", "duration_hours": 24, "days": 8},
        cycles=2,
    )
    doses.append((672.0, 90.0, 24.0))
    model = pharmacology.neutropenia("docetaxel-kloft2006")
    emax = None
    if form == "emax":
        model = model.replace(
            {"suppressions[0].emax": 83.9, "suppressions[0].ec50": 7.17, "suppressions[0].slope": None}
        )
        emax = (83.9, 7.17 / UM)
    got = ce.neutrophils(given, patient=PATIENT, times=DAYS, model=model)["neutrophils"].to_numpy()
    want = followed(doses, 1008.0, emax=emax)(24 * DAYS)
    np.testing.assert_allclose(got, want, rtol=STATED)


@pytest.mark.parametrize(
    "planted",
    [
        {"slope": 15.57 * UM * 1.0001},
        {"marrow": {"circ0": 5.22, "mtt": 84.2 * 1.0001, "gamma": 0.1445}},
        {"marrow": {"circ0": 5.22, "mtt": 84.2, "gamma": 0.1446}},
        {"transits": 4},
        {"kinetics": {"k10": 5.2, "k12": 1.06, "k21": 1.51, "k13": 1.26, "k31": 0.0841, "v": 7.4}},
    ],
    ids=lambda planted: next(iter(planted)),
)
def test_planted_errors_are_seen(planted: dict[str, Any]) -> None:
    got = ce.neutrophils(docetaxel(), patient=PATIENT, times=DAYS[:60])["neutrophils"].to_numpy()
    right = followed([(0.0, 180.0, 1.0)], 504.0)(24 * DAYS[:60])
    np.testing.assert_allclose(got, right, rtol=STATED)
    wrong = followed([(0.0, 180.0, 1.0)], 504.0, **planted)(24 * DAYS[:60])
    assert np.abs(got / wrong - 1).max() > 5 * STATED


def test_nadirs_and_times_are_those_of_a_fine_look() -> None:
    given = docetaxel(cycles=2)
    table = ce.toxicity(given, patient=PATIENT)
    times = np.linspace(0, 42, 42 * 24 * 20 + 1)
    counts = ce.neutrophils(given, patient=PATIENT, times=times)["neutrophils"].to_numpy()
    for row, (start, end) in zip(table.iter_rows(named=True), itertools.pairwise((0, 21, 42)), strict=True):
        some = (times >= start) & (times <= end)
        lowest = counts[some].min()
        assert row["nadir"] <= lowest
        assert row["nadir"] == pytest.approx(lowest, rel=1e-6)
        for level, column in ((0.5, "days_below_0_5"), (1.0, "days_below_1_0")):
            assert row[column] == pytest.approx((counts[some] < level).sum() / 480, abs=2 / 480)
        back = times[some][counts[some] < 1.5][-1] - start
        assert row["day_back_above_1_5"] == pytest.approx(back, abs=2 / 480)
        assert row["at_end"] == pytest.approx(counts[some][-1], rel=1e-12)


def test_more_dose_is_a_lower_nadir_and_none_is_the_baseline() -> None:
    nadirs = [ce.toxicity(docetaxel(dose), patient=PATIENT)["nadir"][0] for dose in (1, 20, 60, 75, 100, 200)]
    assert nadirs == sorted(nadirs, reverse=True)
    still = ce.neutrophils(
        regimen({"drug": "docetaxel", "amount": 100, "days": 20}), patient=PATIENT, times=[0, 5, 10, 19, 19.001]
    )["neutrophils"].to_list()
    assert still[:4] == [5.22] * 4
    slower = ce.Patient(bsa=1.8, factors={"docetaxel": ce.Factors(clearance=0.5)})
    assert ce.toxicity(docetaxel(), patient=slower)["nadir"][0] < nadirs[4] / 2


def test_split_infusions_and_days_are_one() -> None:
    times = np.linspace(0, 21, 50)
    whole = docetaxel(100, duration_hours=4)
    split = regimen(
        *({"drug": "docetaxel", "amount": 25, "duration_hours": 1, "start_hours": hour} for hour in range(4))
    )
    both = [ce.neutrophils(one, patient=PATIENT, times=times)["neutrophils"].to_numpy() for one in (whole, split)]
    np.testing.assert_allclose(*both, rtol=STATED)
    two = regimen(*[{"drug": "docetaxel", "amount": 50, "duration_hours": 4}] * 2)
    np.testing.assert_allclose(ce.neutrophils(two, patient=PATIENT, times=times)["neutrophils"], both[0], rtol=STATED)


def test_drugs_add() -> None:
    # A drug of two names, each with half of the dose.
    twin = pharmacology.drug("docetaxel").replace({"name": "twin"})
    model = pharmacology.neutropenia("docetaxel-kloft2006")
    other = model.replace({"name": "twin", "suppressions[0].drug": "twin"})
    half = [{"drug": name, "amount": 50, "duration_hours": 1} for name in ("docetaxel", "twin")]
    got = ce.toxicity(regimen(*half), patient=PATIENT, drugs=twin, model=[model, other])
    want = ce.toxicity(docetaxel(), patient=PATIENT)
    for column in COLUMNS:
        assert got[column][0] == pytest.approx(want[column][0], rel=STATED), column


def test_sets_put_together_unasked_are_said() -> None:
    both = regimen(
        {"drug": "paclitaxel", "amount": 100, "duration_hours": 3},
        {"drug": "docetaxel", "amount": 40, "duration_hours": 1},
    )
    names = ["paclitaxel-wahlby2004", "docetaxel-kloft2006"]
    with pytest.warns(
        UserWarning, match="circ0, mtt and gamma are those of paclitaxel-wahlby2004; what docetaxel-kloft"
    ):
        got = ce.toxicity(both, patient=PATIENT)
    assert got.equals(ce.toxicity(both, patient=PATIENT, model=names))
    alone = regimen({"drug": "paclitaxel", "amount": 100, "duration_hours": 3})
    assert got["nadir"][0] < ce.toxicity(alone, patient=PATIENT)["nadir"][0] - 1
    start = ce.neutrophils(both, patient=PATIENT, times=[0], model=names[::-1])["neutrophils"][0]
    assert start == pytest.approx(5.22, rel=1e-12)


def test_many_patients_are_one_after_another() -> None:
    given = docetaxel(cycles=2)
    some = ce.patients(5, seed=3, like=given).with_columns(
        pl.Series("patient.marrow.circ0", [1.0, 2.0, 0.5, 1.0, 1.0]),
        pl.Series("patient.marrow.mtt", [1.0, 1.0, 1.0, 1.3, 1.0]),
        pl.Series("patient.marrow.slope", [1.0, 1.0, 1.0, 1.0, 0.5]),
        pl.Series("id", list("abcde")),
    )
    table, counts = ce.toxicity(given, patient=some), ce.neutrophils(given, patient=some, times=[3, 7])
    assert table["patient"].to_list() == [name for name in "abcde" for _ in range(2)]
    for row in range(5):
        (name,) = some["id"][row : row + 1]
        alone = ce.toxicity(given, patient=some[row : row + 1])
        assert alone.equals(table.filter(patient=name))
        alone = ce.neutrophils(given, patient=some[row : row + 1], times=[3, 7])
        assert alone.equals(counts.filter(patient=name))
    # Counts scale with the baseline.
    plain = ce.neutrophils(given, patient=some.drop("patient.marrow.circ0"), times=[3, 7])["neutrophils"].to_numpy()
    np.testing.assert_allclose(counts["neutrophils"].to_numpy()[2:4], 2 * plain[2:4], rtol=1e-12)


def test_a_patient_who_feels_more() -> None:
    # A factor on what drugs do is one on the slope, and the same of Emax as of a higher dose.
    patient = ce.Patient(bsa=1.8, marrow=ce.MarrowFactors(slope=1.5))
    for name in ("docetaxel-kloft2006", "docetaxel-friberg2002-emax"):
        got = ce.toxicity(docetaxel(), patient=patient, model=name)["nadir"][0]
        assert got == pytest.approx(ce.toxicity(docetaxel(150), patient=PATIENT, model=name)["nadir"][0], rel=1e-9)


def test_leukocytes_are_called_so() -> None:
    name = "paclitaxel-leukocytes-friberg2002"
    assert ce.neutrophils(paclitaxel(), patient=PATIENT, times=[1], model=name).columns == ["time", "leukocytes"]


def test_what_is_not_known_is_not_nothing() -> None:
    both, patient = ce.regimens.docetaxel_carboplatin(cycles=1), ce.Patient(bsa=1.8, gfr=90)
    with pytest.raises(
        ce.ModelError, match=r"regimen has drugs .* got \['carboplatin'\]. Leave out what they do, with"
    ):
        ce.toxicity(both, patient=patient)
    alone = ce.toxicity(both, patient=patient, without="carboplatin")
    assert alone["nadir"][0] == ce.toxicity(docetaxel(75), patient=PATIENT)["nadir"][0]
    with pytest.raises(ce.ModelError, match="regimen must have a drug of which the model knows"):
        ce.toxicity(both, patient=patient, without=["carboplatin", "docetaxel"])
    fluorouracil = regimen({"drug": "fluorouracil", "amount": 2400, "duration_hours": 46})
    with pytest.raises(ce.ModelError, match=r"Of leukocytes there is model=\['fluorouracil-leukocytes-arshad2020'\]"):
        ce.toxicity(fluorouracil, patient=PATIENT)


@pytest.mark.parametrize(
    ("more", "error", "words"),
    [
        ({"without": "docetaxl"}, ce.ModelError, "must have drugs of the regimen; got 'docetaxl'. Did you mean"),
        ({"without": 3}, TypeError, "without must be a list of names"),
        ({"model": "kloft"}, ce.ModelError, "'kloft' is not a known set of parameters of neutropenia"),
        ({"model": 3}, TypeError, "model must be a Neutropenia, the name of one"),
        ({"model": []}, TypeError, "model must be a Neutropenia"),
        ({"model": ["docetaxel-kloft2006", "docetaxel-friberg2002"]}, ce.ModelError, "must have every drug once"),
        ({"model": "paclitaxel-wahlby2004"}, ce.ModelError, "regimen has drugs of which it is not known"),
        ({"model": "docetaxel-kloft2006", "without": "docetaxel"}, ce.ModelError, "must not have drugs that the model"),
        (
            {"model": ["docetaxel-kloft2006", "paclitaxel-leukocytes-friberg2002"]},
            ce.ModelError, "must count the same cells",
        ),
    ],
)  # fmt: skip
def test_wrong_arguments(more: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        ce.toxicity(docetaxel(), patient=PATIENT, **more)


OWN = ce.Suppression(drug="docetaxel", slope=1, binding="unbound")


def test_wrong_times_and_models() -> None:
    for times in ([-1.0], [np.nan], [[1.0]]):
        with pytest.raises(ce.ModelError, match="times must be"):
            ce.neutrophils(docetaxel(), patient=PATIENT, times=times)
    model = pharmacology.neutropenia("docetaxel-kloft2006")
    with pytest.raises(ce.ModelError, match="has no compartment 'SN-38'"):
        ce.toxicity(docetaxel(), patient=PATIENT, model=model.replace({"suppressions[0].compartment": "SN-38"}))
    with pytest.raises(ce.ModelError, match="must have either slope, or emax and ec50"):
        ce.Suppression(drug="docetaxel", slope=1, emax=2, binding="total")
    with pytest.raises(ce.ModelError, match="to_day must be above from_day = 5"):
        ce.GrowthFactor(speed=1.5, from_day=5, to_day=2)
    with pytest.raises(ce.ModelError, match="looks like days: write 12"):
        ce.Neutropenia(name="a", circ0=5, mtt=0.5, gamma=0.1, suppressions=OWN)
    with pytest.raises(ce.ModelError, match="must be given once"):
        model.replace({"suppressions": [model.suppressions[0]] * 2})


def test_patients_whose_marrow_differs() -> None:
    given, name = docetaxel(), "docetaxel-kloft2006"
    plain, some = (ce.patients(4000, seed=1, like=given, marrow=marrow) for marrow in (None, name))
    assert some.select(plain.columns).equals(plain)
    added = [column for column in some.columns if column not in plain.columns]
    assert added == ["patient.marrow.circ0", "patient.marrow.mtt", "patient.marrow.slope"]
    logs = np.log(some.select(added).to_numpy())
    np.testing.assert_allclose(logs.std(axis=0) ** 2, [0.064, 0.019, 0.128], rtol=0.1)
    assert np.abs(np.corrcoef(logs.T) - np.eye(3)).max() < 0.06
    assert np.abs(logs.mean(axis=0)).max() < 0.02
    assert ce.patients(3, seed=1, like=given, marrow=name).equals(some[:3])
    # Three patients in four had grade 4 at this dose, by the prescribing information: the set is of this kind.
    share = (ce.toxicity(given, patient=some[:1000])["nadir"] < 0.5).mean()
    assert 0.6 < share < 0.95
    # Of sets that say nothing of differences, patients who are all alike would be a guess.
    with pytest.raises(ce.ModelError, match=r"marrow must have a figure with a cv.*docetaxel-kloft2006") as seen:
        ce.patients(3, seed=1, marrow="docetaxel-friberg2002")
    assert "etoposide-friberg2002" not in str(seen.value)
    with pytest.raises(ce.ModelError, match="'kloft' is not a known set"):
        ce.patients(3, seed=1, marrow="kloft")
    with pytest.raises(TypeError, match="marrow must be a Neutropenia"):
        ce.patients(3, seed=1, marrow=3)  # type: ignore[arg-type]


def test_sets_that_ship_are_whole() -> None:
    for name in pharmacology.neutropenia_names():
        model = pharmacology.neutropenia(name)
        assert model.name == name
        for path, figure in figures_of(model):
            assert figure.cite in model.citations, path
            assert figure.tag != "U", path
        for drug in model.drugs:
            assert drug in pharmacology.drug_names()
            assert name.startswith(drug)
        assert ce.Neutropenia.from_dict(model.to_dict()) == model
    for drug in pharmacology.drug_names():
        assert sum(one.preferred for one in map(pharmacology.neutropenia, pharmacology.neutropenia_names())
                   if drug in one.drugs) <= 1  # fmt: skip


def test_doses_against_limits() -> None:
    given = regimen(
        {"drug": "docetaxel", "amount": 75, "duration_hours": 1},
        {"drug": "doxorubicin", "amount": 50},
        {"drug": "vincristine", "amount": 1.4, "days": [1, 8], "cap": 2},
        cycles=12,
    )
    some = pl.DataFrame({"patient.bsa": [1.8, 1.0]})
    table = ce.cumulative_doses(given, patient=some)
    assert table["drug"].unique(maintain_order=True).to_list() == ["docetaxel", "doxorubicin", "vincristine"]
    first = table.filter(patient=0)
    anthracycline = first.filter(drug="doxorubicin")
    np.testing.assert_allclose(anthracycline["cumulative_mg"], 90.0 * np.arange(1, 13))
    np.testing.assert_allclose(anthracycline["cumulative_mg_per_m2"], 50.0 * np.arange(1, 13))
    assert anthracycline["limit_mg_per_m2"].unique().to_list() == [550.0]
    assert first.filter(drug="docetaxel")["limit_mg_per_m2"].null_count() == 12
    vinca = first.filter(drug="vincristine")
    assert vinca["cap_mg"][0] == 2.0
    assert vinca["largest_mg"].unique().to_list() == [2.0]
    np.testing.assert_allclose(vinca["cumulative_mg"], 4.0 * np.arange(1, 13))
    wide = ce.toxicity(given, patient=some, without=["doxorubicin", "vincristine"])
    assert wide.columns[-2:] == ["cumulative_mg_per_m2[doxorubicin]", "limit_mg_per_m2[doxorubicin]"]
    np.testing.assert_allclose(wide["cumulative_mg_per_m2[doxorubicin]"], np.tile(50.0 * np.arange(1, 13), 2))
    by_weight = regimen({"drug": "doxorubicin", "amount": 60, "unit": "mg"})
    assert ce.cumulative_doses(by_weight, patient=ce.Patient())["cumulative_mg_per_m2"].to_list() == [None]


def test_threads_do_not_change_a_digit() -> None:
    model, doses = _core.Kinetics(38.48, 7.4, [(7.844, 5.19)]), (*np.array([[0.0], [180.0], [1.0]]), [False])
    number = 40
    marrows = _core.Marrows(
        [(5.0, 80.0, 0.16)] * number, [(_core.Cohort([model] * number), doses, 0, [(19.0, None)] * number)]
    )
    borders = np.array([0.0, 504.0, 1008.0])
    one, two = (marrows.periods(borders, LEVELS, threads=threads) for threads in (1, 2))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)
    assert one[0].shape == (number, 2, 3)
    assert marrows.periods(borders, [])[1].shape == (number, 2, 0)
    for bad in ([(5.0, 80.0, 0.16)], [(0.0, 80.0, 0.16)] * number):
        with pytest.raises(ce.ModelError):
            _core.Marrows(bad, [(_core.Cohort([model] * number), doses, 0, [(19.0, None)] * number)]).counts(borders)


def test_a_scenario_has_its_patient_and_its_tumor_does_not_feel_the_marrow() -> None:
    path = "patient.marrow.slope"
    plain = ce.scenarios.scenario("nsclc_adjuvant")
    more = plain.replace({path: 2.0})
    assert more.patient.marrow == ce.MarrowFactors(slope=2.0)
    nadirs = [ce.toxicity(one, without="carboplatin")["nadir"][0] for one in (plain, more)]
    assert nadirs[1] < nadirs[0] / 2
    assert ce.cumulative_doses(plain)["drug"].unique(maintain_order=True).to_list() == ["docetaxel", "carboplatin"]
    parameters = [ce.sensitivities(one)["parameter"].to_list() for one in (plain, more)]
    assert parameters[0] == parameters[1]
    assert path not in parameters[0]


def test_drugs_without_kinetics_can_be_left_out() -> None:
    plan = ce.Regimen.parse("docetaxel 100 mg/m2 over 1 h + prednisone 10 mg oral d1-21 q21d x2")
    alone = ce.toxicity(ce.Regimen.parse("docetaxel 100 mg/m2 over 1 h q21d x2"), patient=ce.Patient(bsa=1.8))
    assert ce.toxicity(plan, patient=ce.Patient(bsa=1.8), without=["prednisone"]).equals(alone)
    run = ce.Scenario(
        name="a test",
        tumor=ce.Tumor(birth=0.2, death=0.1, size=1e6),
        regimen=plan,
        inert=["prednisone"],
        patient=ce.Patient(bsa=1.8),
        potencies=ce.Potency(drug="docetaxel", emax=1, basis="a test"),
    )
    assert ce.toxicity(run).equals(alone)
    sums = ce.cumulative_doses(plan, patient=ce.Patient(bsa=1.8), inert="prednisone")
    assert sums["cumulative_mg"].to_list() == [180, 360]
