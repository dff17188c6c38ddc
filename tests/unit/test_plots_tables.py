"""The numbers that plots draw, against the ensembles, regimens and processes that they are of."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo import pharmacology, plots
from chemoevo.plots.tables import plasma as tables_plasma

NAMES = [f"T{i}" for i in range(9)]
PROCESS = ce.BranchingProcess(
    types=NAMES,
    birth=[1.0 + 0.02 * i for i in range(9)],
    death=[0.8] * 9,
    mutation={("T0", name): 0.02 for name in NAMES[1:]},
)
PATIENT = ce.Patient(bsa=1.8, gfr=90)
REGIMEN = ce.regimens.docetaxel_carboplatin()


@cache
def ensemble() -> ce.Ensemble:
    return ce.simulate(
        PROCESS, initial={"T0": 3}, times=[0.0, 2.0, 5.0, 9.0], replicates=70, seed=3, stop=ce.Stop(size=40)
    )


def test_the_table_of_counts_has_median_and_band_of_every_type_and_of_the_total() -> None:
    counts = ensemble().counts.astype(float)
    table = plots.counts_table(ensemble(), quantiles=(0.1, 0.75), most=9)
    assert table["type"].unique(maintain_order=True).to_list() == [*NAMES, "total"]
    for name, column in [*((name, counts[:, :, i]) for i, name in enumerate(NAMES)), ("total", counts.sum(axis=2))]:
        mine = table.filter(type=name)
        assert mine["time"].to_list() == [0.0, 2.0, 5.0, 9.0]
        for what, quantile in (("median", 0.5), ("low", 0.1), ("high", 0.75)):
            assert mine[what].to_list() == np.quantile(column, quantile, axis=0).tolist()


def test_types_that_are_not_told_apart_are_added_up_in_every_replicate() -> None:
    table = plots.counts_table(ensemble(), most=2, total=False)
    first, second, pooled = table["type"].unique(maintain_order=True).to_list()
    assert (first, pooled) == ("T0", "others")
    counts = ensemble().counts
    share = counts.mean(axis=0) / counts.mean(axis=0).sum(axis=1, keepdims=True)
    assert second == NAMES[1 + int(share[:, 1:].max(axis=0).argmax())]
    rest = [i for i, name in enumerate(NAMES) if name not in (first, second)]
    wanted = np.quantile(counts[:, :, rest].sum(axis=2), 0.5, axis=0)
    assert table.filter(type="others")["median"].to_list() == wanted.tolist()


def test_one_type_alone_is_not_pooled_and_a_type_called_others_keeps_its_name() -> None:
    assert "others" not in plots.counts_table(ensemble(), most=8)["type"]
    names = ["others", "a", "b", "c"]
    process = ce.BranchingProcess(types=names, birth=[0.0] * 4, death=[0.0] * 4)
    ens = ce.simulate(process, initial={"others": 9, "a": 3, "b": 2, "c": 1}, times=[1.0], seed=1)
    table = plots.counts_table(ens, most=2)
    assert table.select("type", "median").rows() == [
        ("others", 9.0),
        ("a", 3.0),
        ("other others", 3.0),
        ("total", 15.0),
    ]


def test_recorded_labels_have_no_total() -> None:
    groups = {"first": ["T0"], "all": NAMES}
    ens = ce.simulate(PROCESS, initial={"T0": 3}, times=[1.0], replicates=5, seed=1, record=ce.Counts(of=groups))
    assert plots.counts_table(ens)["type"].to_list() == ["first", "all"]


def test_sums_beyond_64_bits_do_not_wrap() -> None:
    process = ce.BranchingProcess(types=["S", "R"], birth=[0.0] * 2, death=[0.0] * 2)
    ens = ce.simulate(process, initial={"S": 2**61, "R": 2**61}, times=[1.0], seed=1)
    assert plots.counts_table(ens)["median"].to_list() == [2.0**61, 2.0**61, 2.0**62]
    assert plots.trajectories_table(ens)["count"].to_list() == [2.0**62]


def test_trajectories_end_where_a_stop_ended_them() -> None:
    table, outcomes = plots.trajectories_table(ensemble()), ensemble().outcomes
    assert table["replicate"].unique(maintain_order=True).to_list() == list(range(50))
    stopped = 0
    for number, outcome, end in outcomes.rows()[:50]:
        mine, counts = table.filter(replicate=number), ensemble().counts[number]
        assert mine["outcome"].unique().to_list() == [outcome]
        seen = ensemble().times <= (end if outcome == "stopped" else np.inf)
        before = mine.filter(pl.col("time") != end) if outcome == "stopped" else mine
        assert before["count"].to_list() == counts[seen].sum(axis=1).tolist()
        if outcome == "stopped":
            assert mine.select("time", "count").row(-1) == (end, 40.0)
            stopped += 1
        cells = [row for row in counts.tolist() if any(row)]
        assert mine["largest"].to_list() == [NAMES[int(np.argmax(cells[-1]))]] * mine.height
    assert 5 < stopped < 45


def test_trajectories_of_some_types_count_only_these() -> None:
    table = plots.trajectories_table(ensemble(), types=["T1", "T2", "T1"], most=4)
    first = table.filter(pl.col("time") == 2.0).sort("replicate")
    assert first["count"].to_list() == ensemble().counts[first["replicate"], 1][:, [1, 2]].sum(axis=1).tolist()


def test_the_table_of_survival_is_the_curve_with_its_start_and_its_end() -> None:
    time, event = [3, 5, 5, 8, 9, 12], [0, 1, 0, 1, 0, 0]
    curve = ce.kaplan_meier(time, event)
    table = plots.survival_table({"known": (time, event), "curve": curve})
    known, alone = (table.filter(arm=arm) for arm in ("known", "curve"))
    assert known["time"].to_list() == [0.0, 5.0, 8.0, 12.0]
    assert known["survival"].to_list() == [1.0, *curve.survival, curve.survival[-1]]
    assert known["low"].to_list()[1:-1] == curve.low.tolist()
    assert known["at_risk"].to_list() == [6, 5, 3, 1]
    assert known["events"].sum() + known["censored"].sum() == 6
    assert known["censored"].to_list() == [1, 1, 2, 0]
    assert alone["time"].to_list() == [0.0, 5.0, 8.0]
    assert alone["at_risk"].to_list() == [5, 5, 3]
    assert alone["censored"].to_list() == [None, 1, 2]


def test_numbers_at_risk_are_counted_just_before_each_time() -> None:
    arms = {"known": ([3, 5, 5, 8, 9], [0, 1, 0, 1, 0]), "curve": ce.kaplan_meier([3, 5, 5, 8, 9], [0, 1, 0, 1, 0])}
    table = plots.at_risk_table(arms, times=[0, 3, 4, 5, 6, 8, 8.5, 10])
    assert table.filter(arm="known")["at_risk"].to_list() == [5, 5, 4, 4, 2, 2, 1, 0]
    assert table.filter(arm="curve")["at_risk"].to_list() == [4, 4, 4, 4, 2, 2, None, None]


def test_an_arm_without_any_event_stays_at_one() -> None:
    table = plots.survival_table(([4, 9], [0, 0]))
    assert table.select("arm", "time", "survival", "at_risk", "censored").rows() == [
        ("all", 0.0, 1.0, 2, 2),
        ("all", 9.0, 1.0, 1, 0),
    ]


def test_the_table_of_exposure_is_dense_around_every_dose_and_right() -> None:
    table = plots.exposure_table(REGIMEN, patient=PATIENT, until=30)
    for drug in REGIMEN.drugs:
        mine = table.filter(drug=drug)
        assert mine["time"].is_sorted()
        assert (mine["time"].min(), mine["time"].max()) == (0.0, 30.0)
        wanted = pharmacology.concentration(REGIMEN, PATIENT, drug, mine["time"].to_numpy())
        assert mine.drop("drug").equals(wanted)
        # The peak is at the end of an infusion, and found there.
        doses = plots.doses_table(REGIMEN, patient=PATIENT, until=30).filter(drug=drug)
        peaks = pharmacology.concentration(REGIMEN, PATIENT, drug, (doses["time"] + doses["duration"]).to_numpy())
        assert mine["total_um"].to_numpy().max() == pytest.approx(peaks["total_um"].to_numpy().max(), rel=1e-12)


def test_the_table_of_exposure_of_many_is_median_and_band_at_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    some = ce.patients(9, seed=2, like=REGIMEN)
    table = plots.exposure_table(REGIMEN, patient=some, until=2, quantiles=(0.1, 0.9))
    for drug in REGIMEN.drugs:
        mine = table.filter(drug=drug)
        times = mine["time"].to_numpy()
        each = ce.concentrations(REGIMEN, patient=some, times=times).filter(drug=drug)
        for kind, column in (("plasma", "total_um"), ("unbound", "unbound_um")):
            values = each.filter(compartment=kind)["uM"].to_numpy().reshape(9, -1)
            for name, share in ((column, 0.5), (f"{column}_low", 0.1), (f"{column}_high", 0.9)):
                np.testing.assert_allclose(mine[name], np.quantile(values, share, axis=0), rtol=1e-12)
    monkeypatch.setattr(tables_plasma, "_AT_ONCE", 40)
    assert plots.exposure_table(REGIMEN, patient=some, until=2, quantiles=(0.1, 0.9)).equals(table)
    with pytest.raises(TypeError, match=r"^patient must be one Patient, not a frame"):
        plots.doses_table(REGIMEN, patient=some)  # type: ignore[arg-type]


def test_the_table_of_doses_is_that_of_the_events() -> None:
    events = REGIMEN.events(PATIENT)
    table = plots.doses_table(REGIMEN, patient=PATIENT)
    assert table["time"].to_list() == (events["time"] / 24).to_list()
    assert table["amount"].to_list() == events["amt"].to_list()
    assert plots.doses_table(REGIMEN, patient=PATIENT, until=21)["time"].max() <= 21  # type: ignore[operator]


def test_own_drugs_are_taken_by_their_names() -> None:
    mine = ce.Drug(
        name="mine", drug_class="taxane", molar_mass=800, fraction_unbound=0.1,
        kinetics=ce.Kinetics(clearance=30, volume=10),
    )  # fmt: skip
    dose = ce.Dose(drug="mine", amount=100, unit="mg")
    regimen = ce.Regimen(name="one", phases=[ce.Phase(cycle_length_days=7, cycles=1, doses=[dose])])
    table = plots.exposure_table(regimen, patient=PATIENT, drugs=[mine])
    assert table["total_mg_per_l"].max() == pytest.approx(10.0)
    with pytest.raises(ce.ModelError, match=r"'mine'"):
        plots.exposure_table(regimen, patient=PATIENT)


def test_rates_have_the_intervals_of_the_process_until_the_end() -> None:
    process = ce.BranchingProcess(
        types=["S", "R"], birth=[[1.0, 0.9], [0.5, 0.9], [0.2, 0.9]], death=[0.3, 0.4], breakpoints=[2.0, 5.0]
    )
    table = plots.rates_table(process, until=4.0)
    assert table.select("type", "start", "end", "birth", "death").rows() == [
        ("S", 0.0, 2.0, 1.0, 0.3),
        ("S", 2.0, 4.0, 0.5, 0.3),
        ("R", 0.0, 2.0, 0.9, 0.4),
        ("R", 2.0, 4.0, 0.9, 0.4),
    ]
    assert table["net_growth_rate"].to_list() == (table["birth"] - table["death"]).to_list()
    assert plots.rates_table(process)["end"].max() == pytest.approx(5.5)
    assert plots.rates_table(process, until=5.0)["start"].max() == 2.0
    plain = ce.BranchingProcess(types=["S"], birth=[1.0], death=[0.5])
    assert plots.rates_table(plain).select("start", "end").rows() == [(0.0, 1.0)]


def test_a_grid_has_every_point_and_null_for_what_is_missing() -> None:
    table = pl.DataFrame({"x": [2, 1, 1, 2], "y": [1, 1, 5, 9], "v": [0.5, float("nan"), 0.25, float("inf")]})
    assert plots.heatmap_table(table, x="x", y="y", value="v").rows() == [
        (1.0, 1.0, None),
        (2.0, 1.0, 0.5),
        (1.0, 5.0, 0.25),
        (2.0, 5.0, None),
        (1.0, 9.0, None),
        (2.0, 9.0, None),
    ]


def test_elasticities_are_sorted_by_size_without_nulls() -> None:
    frame = pl.DataFrame({"parameter": list("abcde"), "elasticity": [1.0, None, -3.0, float("nan"), 2.0], "value": 1.0})
    assert plots.tornado_table(frame).rows() == [("c", -3.0), ("e", 2.0), ("a", 1.0)]
    assert plots.tornado_table(frame, most=1).rows() == [("c", -3.0)]


CURVE = ce.kaplan_meier([1, 2], [1, 1])
GRID = pl.DataFrame({"x": [1.0, 2.0], "y": [1.0, 1.0], "v": [0.1, 0.2], "word": ["a", "b"]})
WRONG: list[tuple[str, tuple[Any, ...], dict[str, Any], type[Exception], str]] = [
    ("counts_table", (3,), {}, TypeError, r"^ensemble must be an Ensemble, as simulate\(\.\.\.\) gives; got 3\.$"),
    ("counts_table", (None,), {"quantiles": (0.9, 0.1)}, ce.ModelError, r"^quantiles must be two increasing numbers"),
    ("counts_table", (None,), {"quantiles": 0.5}, ce.ModelError, r"^quantiles must be two increasing .*; got 0\.5\.$"),
    ("counts_table", (None,), {"most": 0}, ce.ModelError, r"^most must be a whole number >= 1; got 0\.$"),
    ("counts_table", (None,), {"total": 1}, TypeError, r"^total must be True or False; got 1\.$"),
    ("trajectories_table", (None,), {"most": 51}, ce.ModelError, r"^most must be a whole number from 1 to 50; got 51"),
    ("trajectories_table", (None,), {"types": "T1"}, TypeError, r"^types must be a list .* Write one name as a list"),
    ("trajectories_table", (None,), {"types": ["t1"]}, ce.ModelError, r"got 't1'\. Did you mean 'T1'\?$"),
    ("trajectories_table", (None,), {"types": []}, ce.ModelError, r"^types must hold at least one name\.$"),
    ("survival_table", ({},), {}, ce.ModelError, r"^data must hold at least one arm\.$"),
    ("survival_table", ({"a": 3},), {}, TypeError, r"^data\['a'\] must be a curve of kaplan_meier, an Answer, or"),
    ("survival_table", ({1: CURVE},), {}, TypeError, r"^data must have labels \(text\) as keys; got 1\.$"),
    ("survival_table", (([1], [2]),), {}, TypeError, r"^data: event must be True or False"),
    ("survival_table", (ce.kaplan_meier([1], [0]),), {}, ce.ModelError, r"^data must have an event: .* Give \(time"),
    ("at_risk_table", (CURVE,), {"times": [2, 1]}, ce.ModelError, r"^times\[1\] must be larger than times\[0\]"),
    ("exposure_table", (3,), {"patient": PATIENT}, TypeError, r"^regimen must be a Regimen or a Scenario; got 3\.$"),
    ("exposure_table", (REGIMEN,), {}, TypeError, r"^patient must be a Patient, such as .*; got None\.$"),
    ("exposure_table", (REGIMEN,), {"patient": PATIENT, "drugs": "x"}, TypeError, r"^drugs must be a list of Drug"),
    ("exposure_table", (REGIMEN,), {"patient": ce.Patient()}, ce.ModelError, r"patient\.bsa is missing"),
    (
        *("exposure_table", (REGIMEN,), {"patient": PATIENT, "quantiles": (0.9, 0.1)}, ce.ModelError),
        r"^quantiles must be two increasing numbers from 0 to 1",
    ),
    ("doses_table", (REGIMEN,), {"patient": PATIENT, "until": 0}, ce.ModelError, r"^until must be a number of days"),
    ("rates_table", (3,), {}, TypeError, r"^the first argument must be a BranchingProcess or a Scenario; got 3\.$"),
    ("rates_table", (PROCESS,), {"until": np.inf}, ce.ModelError, r"^until must be .*, finite and > 0; got inf\.$"),
    ("rates", (PROCESS,), {"types": ["T9x"]}, ce.ModelError, r"^types\[0\] is not a type of the process; got 'T9x'"),
    ("rates", (PROCESS,), {"types": NAMES}, ce.ModelError, r"^types must hold 1 to 8 names; .* `rates_table` has all"),
    ("rates", (PROCESS,), {"types": "T1"}, TypeError, r"^types must be a list of names of types; got 'T1'\."),
    ("heatmap_table", ([1],), {"x": "x", "y": "y", "value": "v"}, TypeError, r"^table must be a frame of polars"),
    ("heatmap_table", (GRID,), {"x": "x", "y": "y", "value": "z"}, ce.ModelError, r"^value is not a column .* Known:"),
    ("heatmap_table", (GRID,), {"x": "x", "y": 2, "value": "v"}, TypeError, r"^y must be the name of a column; got 2"),
    ("heatmap_table", (GRID,), {"x": "word", "y": "y", "value": "v"}, TypeError, r"^table\['word'\] must be numbers"),
    ("heatmap_table", (GRID,), {"x": "x", "y": "x", "value": "v"}, ce.ModelError, r"must be three columns"),
    ("heatmap_table", (GRID[:0],), {"x": "x", "y": "y", "value": "v"}, ce.ModelError, r"^table must hold at least one"),
    (
        "heatmap_table", (pl.concat([GRID, GRID]),), {"x": "x", "y": "y", "value": "v"}, ce.ModelError,
        r"^table must hold each point once; got x = 1 and y = 1, 4 rows in all\. Filter",
    ),
    (
        "heatmap_table", (GRID.with_columns(x=pl.lit(None)),), {"x": "x", "y": "y", "value": "v"}, ce.ModelError,
        r"^table\['x'\] must be finite, without nulls",
    ),
    (
        "heatmap", (GRID,), {"x": "x", "y": "y", "value": "v", "limits": (1, 1)}, ce.ModelError,
        r"^limits must be two finite, increasing numbers, or None; got \(1, 1\)\.$",
    ),
    (
        "heatmap", (GRID,), {"x": "x", "y": "y", "value": "v", "contours": [np.nan]}, ce.ModelError,
        r"^contours must be a list of finite numbers",
    ),
    ("heatmap", (GRID,), {"x": "x", "y": "y", "value": "v", "label": 3}, TypeError, r"^label must be text or None"),
    ("survival_table", ([CURVE, CURVE],), {}, TypeError, r"Of several arms give a table, \{label: arm\}\."),
    ("tornado_table", (3,), {}, TypeError, r"^sensitivities must be a polars DataFrame, as chemoevo\.sensitivities"),
    ("tornado_table", (GRID,), {}, ce.ModelError, r"2 problems:\n  - sensitivities must have a column 'parameter'"),
    (
        "tornado_table", (pl.DataFrame({"parameter": ["a"], "elasticity": [None]}),), {}, ce.ModelError,
        r"^sensitivities must have a parameter with an elasticity; all of them are null\.$",
    ),
    ("tornado", (pl.DataFrame({"parameter": ["a"], "elasticity": [1]}),), {"what": 3}, TypeError, r"^what must be"),
    (
        "tornado_table", (pl.DataFrame({"parameter": ["a"], "elasticity": ["b"]}),), {}, TypeError,
        r"^sensitivities\['elasticity'\] must be numbers; got String\.$",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "positional", "named", "error", "words"), WRONG)
def test_what_is_wrong_is_said(
    name: str, positional: tuple[Any, ...], named: dict[str, Any], error: type[Exception], words: str
) -> None:
    given = (ensemble(),) if positional[0] is None else positional
    with pytest.raises(error, match=words):
        getattr(plots, name)(*given, **named)
