"""Recorded clones: tables that fit together and with the counts, caps, streams, and trees that others read."""

from __future__ import annotations

import warnings
from dataclasses import astuple
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from tests.statistical.models import BY_NAME, Model

ENGINES = ("direct", "bnb")
NAMES = (
    "supercritical", "pure-death", "nothing-happens", "pulses-one-type", "two-types-forward-and-back", "immigration",
    "every-division-mutates", "fast-switching", "switching-without-births", "five-loci", "piecewise-two-types",
    "pulses-two-types", "everything",
)  # fmt: skip


def run(model: Model, engine: str, **options: object) -> ce.Ensemble:
    arguments: dict[str, object] = {
        "initial": dict(model.initial), "times": list(model.times), "replicates": range(3, 63), "seed": 1,
        "engine": engine, "record": "clones",
    }  # fmt: skip
    return ce.simulate(model.process, **{**arguments, **options})  # type: ignore[arg-type]


def check(ens: ce.Ensemble, model: Model) -> None:
    """All that must hold whatever was drawn."""
    clones, sizes, outcomes = ens.clones, ens.clone_sizes, ens.outcomes
    assert ens.record == "clones"
    key = ["replicate", "clone_id"]
    with_end = clones.join(outcomes, on="replicate", how="left", maintain_order="left")
    assert clones.select(key).rows() == sorted(set(clones.select(key).rows()))
    for _, frame in clones.group_by("replicate"):
        assert frame["clone_id"].to_list() == list(range(len(frame)))

    # Founding: parents first, while they live, of a type from which it can come.
    parents = clones.select(
        "replicate", pl.col("clone_id").alias("parent_id"), pl.all().exclude(key).name.prefix("of_")
    )
    children = with_end.join(parents, on=["replicate", "parent_id"], how="inner")
    assert len(children) == clones["parent_id"].count()
    assert (children["parent_id"] < children["clone_id"]).all()
    assert (children["of_founded_at"] <= children["founded_at"]).all()
    assert (children["founded_at"] <= children["time"]).all()
    assert (children["founded_at"] <= children["of_extinct_at"]).all()
    pairs = set(children.select(pl.col("of_type").cast(str), pl.col("type").cast(str)).rows())
    assert pairs <= {*model.mutation, *model.switching}
    roots = clones.filter(pl.col("parent_id").is_null())
    assert (roots["founded_at"] == 0.0).all()
    started = {
        (r, model.types[i]) for r, row in zip(ens.replicates, ens.initial, strict=True) for i in np.flatnonzero(row)
    }
    assert set(roots.select("replicate", pl.col("type").cast(str)).rows()) == started
    assert len(roots) == len(started)

    # Extinction.
    assert (clones["extinct_at"].is_null() == (clones["size"] > 0)).all()
    gone = with_end.filter(pl.col("extinct_at").is_not_null())
    assert ((gone["founded_at"] <= gone["extinct_at"]) & (gone["extinct_at"] <= gone["time"])).all()
    last = (
        gone.filter(pl.col("outcome") == "extinct")
        .group_by("replicate")
        .agg(pl.col("extinct_at").max(), pl.col("time").first())
    )
    assert (last["extinct_at"] == last["time"]).all()

    # Sizes: they add up, and a clone has a row exactly while it lives.
    def sums(frame: pl.DataFrame, by: list[str], column: str) -> dict[tuple[object, ...], int]:
        table = frame.group_by(by).agg(pl.col(column).sum())
        return {tuple(row[:-1]): row[-1] for row in table.rows()}

    final = sums(clones.with_columns(pl.col("type").cast(str)), ["replicate", "type"], "size")
    for number, row in zip(ens.replicates, ens.final, strict=True):
        assert [final.get((number, name), 0) for name in model.types] == row.tolist()
    typed = sizes.join(clones.select(*key, pl.col("type").cast(str)), on=key)
    by_time = sums(typed, ["replicate", "time", "type"], "count")
    # After a stop or a limit counts repeat the last state; clones have no rows.
    ends = ens.outcomes.select("replicate", "outcome", ended="time")
    going = pl.col("outcome").cast(str).is_in(["extinct", "alive"]) | (pl.col("time") <= pl.col("ended"))
    shown = ens.trajectories.join(ends, on="replicate", maintain_order="left").filter(going)
    seen = shown.select("replicate", "time", pl.col("type").cast(str), "count")
    assert {row[:3]: row[3] for row in seen.rows() if row[3]} == by_time
    assert (sizes["count"] > 0).all()
    looked = seen.select("replicate", "time").unique()
    lived = looked.join(clones, on="replicate").filter(
        (pl.col("founded_at") <= pl.col("time"))
        & (pl.col("extinct_at").is_null() | (pl.col("extinct_at") > pl.col("time")))
    )
    assert set(lived.select("replicate", "time", "clone_id").rows()) == set(
        sizes.select("replicate", "time", "clone_id").rows()
    )
    assert sizes.select("replicate", "time", "clone_id").rows() == sorted(
        sizes.select("replicate", "time", "clone_id").rows()
    )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", NAMES)
def test_tables_fit_together_and_with_the_counts(name: str, engine: str) -> None:
    check(run(BY_NAME[name], engine), BY_NAME[name])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "options",
    [
        {"stop": ce.Stop(size=40)},
        {"stop": ce.Stop(size=60, retry=True)},
        {"stop": ce.Stop(size=5)},
        {"limits": ce.Limits(size=30)},
        {"limits": ce.Limits(events=12)},
        {"limits": ce.Limits(clones=6)},
        {"limits": ce.Limits(clones=1)},
        {"initial": {}},
        {"initial": [[i, i % 3] for i in range(60)]},
    ],
    ids=str,
)
def test_tables_fit_together_however_a_replicate_ends(options: dict[str, object], engine: str) -> None:
    model = BY_NAME["two-types-forward-and-back"]
    check(run(model, engine, **options), model)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_cap_is_an_outcome(engine: str) -> None:
    model = BY_NAME["two-types-forward-and-back"]
    free, capped = run(model, engine), run(model, engine, limits=ce.Limits(clones=5))
    number = free.clones.group_by("replicate", maintain_order=True).len()["len"].to_numpy()
    met = (capped.outcomes["outcome"] == "clone_limit").to_numpy()
    assert met.any()
    assert not met.all()
    # A replicate below the cap does not know of it.
    assert (met == (number > 5)).all()
    assert (free.counts[~met] == capped.counts[~met]).all()
    kept = capped.clones.group_by("replicate", maintain_order=True).len()["len"].to_numpy()
    assert kept.max() <= 5
    if engine == "direct":
        # It ends at the very founding that was one too many.
        assert (kept[met] == 5).all()
        sixth = free.clones.filter(pl.col("clone_id") == 5)["founded_at"].to_numpy()
        assert (capped.outcomes["time"].to_numpy()[met] == sixth).all()
    else:
        # It ends at the last observation before.
        assert set(capped.outcomes["time"].to_numpy()[met]) <= {0.0, *model.times}
    assert "clone_limit" in repr(capped)
    assert set(capped.summary()["ended"]) != {0}


@pytest.mark.parametrize("name", ["supercritical", "everything", "five-loci", "fast-switching", "piecewise-two-types"])
def test_direct_draws_the_same_counts_with_and_without_records(name: str) -> None:
    model = BY_NAME[name].but(pulses=())
    with_records, without = run(model, "direct"), run(model, "direct", record="counts")
    assert (with_records.counts == without.counts).all()
    assert with_records.outcomes.equals(without.outcomes)


@pytest.mark.parametrize("engine", ENGINES)
def test_clones_depend_on_the_number_of_the_replicate_alone(engine: str) -> None:
    model = BY_NAME["everything"]
    one = run(model, engine, replicates=40, threads=1, stop=ce.Stop(size=200, retry=True))
    many = run(model, engine, replicates=40, threads=4, stop=ce.Stop(size=200, retry=True))
    part = run(model, engine, replicates=range(30, 40), threads=3, stop=ce.Stop(size=200, retry=True))
    for table in ("clones", "clone_sizes", "outcomes"):
        assert getattr(one, table).equals(getattr(many, table))
        assert getattr(one, table).filter(pl.col("replicate") >= 30).equals(getattr(part, table))
    assert one.newick(33) == part.newick(33)


def test_columns() -> None:
    ens = run(BY_NAME["everything"], "bnb")
    assert dict(ens.clones.schema) == {
        "replicate": pl.Int64, "clone_id": pl.Int64, "parent_id": pl.Int64, "type": pl.Enum(["S", "T", "R"]),
        "founded_at": pl.Float64, "extinct_at": pl.Float64, "size": pl.Int64,
    }  # fmt: skip
    assert dict(ens.clone_sizes.schema) == {
        "replicate": pl.Int64, "clone_id": pl.Int64, "time": pl.Float64, "count": pl.Int64,
    }  # fmt: skip
    assert ens.provenance["record"] == "clones"
    assert ens.provenance["limits"]["clones"] == 10**6


def test_what_was_not_recorded_is_not_there() -> None:
    ens = run(BY_NAME["everything"], "bnb", record="counts")
    assert ens.record == "counts"
    assert not hasattr(ens, "clones")
    with pytest.raises(AttributeError, match="record='clones'"):
        _ = ens.clone_sizes
    with pytest.raises(ce.ModelError, match="record='clones'"):
        ens.newick(3)


def test_a_scenario_says_where_its_clones_are() -> None:
    scenario = ce.scenarios.scenario("nsclc")
    with pytest.raises(
        ce.ModelError, match=r"record must be 'counts' or Counts.* for a scenario.*scenario\.growth\.process"
    ):
        ce.simulate(scenario, seed=1, record="clones")


@pytest.mark.parametrize("exponent", [40, 53, 62])
def test_clones_of_the_largest_tumors_add_up(exponent: int) -> None:
    process = ce.BranchingProcess(
        types=["S", "R"], birth=[1.0, 1.0], death=[0.4, 0.3], mutation={("S", "R"): 200.0 / 2**exponent}
    )
    ens = ce.simulate(
        process, initial={"S": 10}, times=[200.0], replicates=5, seed=2, stop=ce.Stop(size=2**exponent, retry=True),
        engine="bnb", limits=ce.Limits(size=2**62), record="clones",
    )  # fmt: skip
    assert (ens.final.sum(axis=1) == 2**exponent).all()
    assert len(ens.clones) > 5 * 20
    sums = ens.clones.group_by("replicate", maintain_order=True).agg(pl.col("size").sum())["size"]
    assert sums.to_list() == [2**exponent] * 5


def test_one_replicate_again_has_the_same_clones() -> None:
    ens = run(BY_NAME["everything"], "bnb")
    again = ens.replicate(7)
    assert again.record == "clones"
    assert again.clones.equals(ens.clones.filter(pl.col("replicate") == 7))
    assert again.newick(7) == ens.newick(7)


def test_pieces_put_together_have_the_clones_of_all() -> None:
    model = BY_NAME["everything"]
    whole = run(model, "bnb", replicates=30)
    parts = [run(model, "bnb", replicates=numbers) for numbers in (range(20, 30), range(20))]
    joined = ce.concat(parts)
    assert joined.clones.equals(whole.clones)
    assert joined.clone_sizes.equals(whole.clone_sizes)
    assert joined.newick(25) == whole.newick(25)
    with pytest.raises(ce.ModelError, match=r"ensembles\[1\]\.record must be that of"):
        ce.concat([parts[0], run(model, "bnb", replicates=range(20), record="counts")])


@pytest.mark.parametrize("engine", ENGINES)
def test_saved_clones_come_back(tmp_path: Path, engine: str) -> None:
    ens = run(BY_NAME["everything"], engine)
    ens.save(tmp_path / "ensemble")
    again = ce.load(tmp_path / "ensemble")
    assert again.record == "clones"
    assert again.provenance == ens.provenance
    assert ens.columns.clones is not None
    assert again.columns.clones is not None
    for old, new in zip(astuple(ens.columns.clones), astuple(again.columns.clones), strict=True):
        assert old.dtype == new.dtype
        assert np.array_equal(old, new)
    assert again.newick(7) == ens.newick(7)
    assert ce.concat([again]).clones.equals(ens.clones)
    # An ensemble without clones in its place leaves none behind.
    run(BY_NAME["everything"], engine, record="counts").save(tmp_path / "ensemble", overwrite=True)
    assert not list((tmp_path / "ensemble").glob("clone*"))
    assert ce.load(tmp_path / "ensemble").record == "counts"


def spoil(path: Path, change: pl.Expr | None) -> None:
    frame = pl.read_parquet(path)
    (frame[::-1] if change is None else frame.with_columns(change)).write_parquet(path)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("clones", None),
        ("clones", pl.col("size") + 1),
        ("clones", pl.col("replicate") + 1000),
        ("clones", pl.col("clone_id") + 1),
        ("clones", pl.col("type").cast(str).replace("S", "Q")),
        ("clones", pl.lit(None, pl.Float64).alias("founded_at")),
        ("clone-sizes", pl.col("time") + 0.5),
        ("clone-sizes", pl.col("replicate") + 1000),
    ],
)
def test_spoiled_tables_of_clones_are_refused(tmp_path: Path, name: str, change: pl.Expr | None) -> None:
    run(BY_NAME["everything"], "bnb").save(tmp_path / "ensemble")
    spoil(tmp_path / "ensemble" / f"{name}.parquet", change)
    with pytest.raises(ce.ModelError, match="damaged or incomplete"):
        ce.load(tmp_path / "ensemble")


def test_missing_tables_of_clones_are_refused(tmp_path: Path) -> None:
    run(BY_NAME["everything"], "bnb").save(tmp_path / "ensemble")
    (tmp_path / "ensemble" / "clones.parquet").unlink()
    with pytest.raises(ce.ModelError, match="damaged or incomplete"):
        ce.load(tmp_path / "ensemble")


@pytest.mark.parametrize("name", ["supercritical", "everything", "five-loci", "fast-switching", "piecewise-two-types"])
def test_a_replicate_of_direct_again_with_clones_is_the_same_history(name: str) -> None:
    model = BY_NAME[name].but(pulses=())
    ens = run(model, "direct", record="counts")
    recorded = run(model, "direct")
    for number in (3, 7, 62):
        again = ens.replicate(number, record="clones")
        assert again.record == "clones"
        assert np.array_equal(again.counts[0], ens.counts[number - 3])
        assert again.clones.equals(recorded.clones.filter(pl.col("replicate") == number))
        assert again.newick(number) == recorded.newick(number)


def test_a_replicate_of_event_skipping_again_with_clones_says_that_it_is_another_history() -> None:
    model = BY_NAME["everything"]
    ens, recorded = run(model, "bnb", record="counts"), run(model, "bnb")
    number = next(n for n in ens.replicates if (ens.counts[n - 3] != recorded.counts[n - 3]).any())
    with pytest.warns(UserWarning, match="another history of the same law"):
        again = ens.replicate(number, record="clones")
    assert again.clones.equals(recorded.clones.filter(pl.col("replicate") == number))
    assert recorded.replicate(number, record="clones").clones.equals(again.clones)


def test_a_replicate_that_leapt_has_no_clones() -> None:
    process = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1.0], death=[0.5, 0.5], mutation={("S", "R"): 1e-2})
    ens = ce.simulate(process, initial={"S": 10**9}, times=[5.0], replicates=2, seed=1, engine="leap")
    with pytest.raises(ce.ModelError, match="record must be None for replicate 1, which leapt"):
        ens.replicate(1, record="clones")
    few = ce.simulate(process, initial=np.array([[3, 0]]), times=[1.0], seed=1, engine="leap")
    assert few.engine == "bnb"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        assert few.replicate(0, record="clones").record == "clones"


def test_a_clone_limit_ends_the_replicate_that_runs_again() -> None:
    process = ce.BranchingProcess(types=["S", "R"], birth=[1.0, 1.0], death=[0.0, 0.0], mutation={("S", "R"): 0.5})
    limits = ce.Limits(clones=10)
    ens = ce.simulate(process, initial={"S": 5}, times=[5.0], seed=1, engine="direct", limits=limits)
    again = ens.replicate(0, record="clones")
    assert again.outcomes["outcome"].to_list() == ["clone_limit"]
    assert len(again.clones) == 10


def test_all_that_is_wrong_with_a_replicate_again_is_said() -> None:
    ens = run(BY_NAME["everything"], "direct")
    with pytest.raises(ce.ModelError) as caught:
        ens.replicate(2, record="clone")  # type: ignore[arg-type]
    assert caught.value.problems == (
        "number must be a whole number from 3 to 62; got 2.",
        "record must be 'clones', or None for what the ensemble recorded; got 'clone'. Did you mean 'clones'?",
    )
