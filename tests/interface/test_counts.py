"""`record=Counts(...)`: exact sums of what a whole run records, everywhere that counts go, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from tests.unit.ensembles import never_ran

PROCESS = ce.BranchingProcess(
    types=["S", "R 1", "R2", "Q"],
    birth=[[0.9, 0.8, 0.7, 0.1], [0.5, 0.9, 0.8, 0.1]],
    death=[[0.6, 0.4, 0.5, 0.1], [1.1, 0.4, 0.5, 0.1]],
    mutation={("S", "R 1"): 0.02, ("S", "R2"): 0.03, ("R 1", "R2"): 0.01},
    switching={("S", "Q"): 0.05, ("Q", "S"): 0.1},
    breakpoints=[2.5],
    pulses=[ce.Pulse(time=2.0, survival={"S": 0.5})],
)
GROUPS = {"resistant": ["R2", "R 1"], "all": PROCESS.types, "Q": ["Q"]}
SUMMED = ce.Counts(of=GROUPS)
ENGINES = ["direct", "bnb", "leap", "auto"]


def run(**changes: Any) -> ce.Ensemble:
    arguments: dict[str, Any] = {"initial": {"S": 60, "R2": 2}, "times": [0.0, 2.0, 6.0], "replicates": 40, "seed": 3}
    return ce.simulate(PROCESS, **{**arguments, "record": SUMMED, **changes})


def sums(whole: ce.Ensemble) -> np.ndarray[Any, Any]:
    c = whole.counts
    return np.stack([c[:, :, 1] + c[:, :, 2], c.sum(axis=2), c[:, :, 3]], axis=2)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"stop": ce.Stop(size=90)},
        {"limits": ce.Limits(size=80, events=3000)},
        {"initial": {}},
        {"initial": {"S": 10**11, "Q": 2**60}, "times": [0.5, 1.0], "limits": ce.Limits(size=2**62)},
    ],
    ids=["plain", "a stop", "limits", "no cells", "many cells"],
)
def test_sums_are_those_of_the_whole_run(engine: str, changes: dict[str, Any]) -> None:
    if engine in {"direct", "bnb"} and changes.get("initial"):
        changes = {**changes, "initial": {"S": 200, "R 1": 1}}
    summed, whole = run(engine=engine, **changes), run(engine=engine, record="counts", **changes)
    assert summed.labels == ("resistant", "all", "Q")
    assert (summed.counts == sums(whole)).all()
    assert (summed.final == whole.final).all()
    assert (summed.initial == whole.initial).all()
    assert summed.ends.equals(whole.ends)
    assert summed.engine == whole.engine
    single = run(engine=engine, record=ce.Counts(of=["R2", "S"]), **changes)
    assert single.labels == ("R2", "S")
    assert (single.counts == whole.counts[:, :, [2, 0]]).all()


def test_tables_carry_the_labels() -> None:
    stop = ce.Stop(size=90)
    summed, whole = run(stop=stop), run(stop=stop, record="counts")
    assert (whole.outcomes["outcome"] == "stopped").any()
    long = summed.trajectories
    assert long["type"].unique(maintain_order=True).to_list() == list(summed.labels)
    keys = ["replicate", "time"]
    total = whole.trajectories.group_by(keys, maintain_order=True).agg(pl.col("count").sum())
    assert long.filter(pl.col("type") == "all").select(*keys, "count").equals(total)
    table = summed.summary()
    assert table["type"].to_list() == ["resistant", "all", "Q"] * 3
    for label, name in (("all", "total"), ("Q", "Q")):
        mine, rows = (
            t.filter(pl.col("type") == of).drop("type") for t, of in ((table, label), (whole.summary(), name))
        )
        assert mine.equals(rows)
    assert "types=4, labels=3" in repr(summed)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_goes_on_from_the_whole_final_states(engine: str) -> None:
    summed, whole = run(), run(record="counts")
    after = [ce.simulate(PROCESS, initial=ens, times=[1, 2], seed=3, engine=engine) for ens in (summed, whole)]  # type: ignore[arg-type]
    assert (after[0].counts == after[1].counts).all()


def test_it_goes_with_clones_and_with_crossings(tmp_path: Path) -> None:
    clones, whole = run(record=["clones", SUMMED]), run(record="clones")
    assert clones.record == "clones"
    assert (clones.counts == sums(whole)).all()
    assert clones.clone_sizes.equals(whole.clone_sizes)
    clones.save(tmp_path / "clones")
    loaded = ce.load(tmp_path / "clones")
    assert (loaded.counts == clones.counts).all()
    assert loaded.clones.equals(clones.clones)
    crossings = ce.Crossings(size=[70], appearance=True)
    both, noted = run(record=[crossings, SUMMED]), run(record=crossings)
    assert (both.counts == sums(noted)).all()
    assert both.crossings.equals(noted.crossings)
    # One replicate again, with the clones that were not recorded: the columns are still those of the ensemble.
    direct = run(engine="direct", times=[0.5, 1.5], initial={"S": 9})
    assert direct.counted == direct.replicate(3, record="clones").counted == SUMMED


def test_what_never_ran_has_the_sums_of_its_initial_state() -> None:
    ens = never_ran(run(), np.arange(40) == 5)
    assert ens.counted == SUMMED
    assert ens.counts[5].tolist() == [[2, 62, 0]] * 3
    assert (ens.counts[6] == run().counts[6]).all()


def test_studies_chunk_by_chunk_and_on_disk(tmp_path: Path) -> None:
    study: dict[str, Any] = {
        "initial": {"S": 60, "R2": 2}, "times": [0.0, 2.0, 6.0], "replicates": 40, "seed": 3, "chunk": 15,
    }  # fmt: skip
    whole = run()
    parts = list(ce.simulate_chunks(PROCESS, **study, record=SUMMED))
    assert [len(part) for part in parts] == [15, 15, 10]
    joined = ce.concat(parts)
    assert (joined.counts == whole.counts).all()
    assert joined.provenance == whole.provenance
    assert joined.provenance["counted"] == {"of": {k: list(v) for k, v in GROUPS.items()}}
    ce.simulate_to(PROCESS, path=tmp_path, **study, record=SUMMED)
    table = ce.scan(tmp_path).collect()
    assert table.columns == ["replicate", "time", "count_resistant", "count_all", "count_Q"]
    assert (table["count_all"].to_numpy() == whole.counts[:, :, 1].reshape(-1)).all()
    loaded = ce.load(tmp_path)
    assert (loaded.counts == whole.counts).all()
    assert loaded.counted == SUMMED
    for other in ("counts", ce.Counts(of=["S"])):
        with pytest.raises(ce.ModelError, match="counted must be that of the study"):
            ce.simulate_to(PROCESS, path=tmp_path, **study, record=other)  # type: ignore[arg-type]
    with pytest.raises(ce.ModelError, match="counted must be that of"):
        ce.concat([parts[0], run(replicates=range(15, 40), record="counts")])
    # With every recording that files hold.
    several: Any = [SUMMED, ce.Crossings(size=70)]
    ce.simulate_to(PROCESS, path=tmp_path / "crossings", **study, record=several)
    both = ce.load(tmp_path / "crossings")
    assert (both.counts == run(record=several).counts).all()
    assert both.crossings.equals(run(record=several).crossings)
    assert ce.scan(tmp_path / "crossings", table="crossings").collect().equals(both.crossings)


def test_plain_data_comes_back() -> None:
    for record in (SUMMED, ce.Counts(of=["S", "Q"])):
        assert ce.Counts.from_dict(record.to_dict()) == record
        assert ce.Counts.from_json(record.to_json()) == record
        assert ce.Counts.from_toml(record.to_toml()) == record
        assert eval(repr(record), {"Counts": ce.Counts}) == record
    assert ce.Counts(of={"a": ["S"], "b": ["Q"]}) != ce.Counts(of={"b": ["Q"], "a": ["S"]})
    assert SUMMED.describe() == "record the cells of resistant (R2 + R 1), all (S + R 1 + R2 + Q), Q"


BAD: dict[str, tuple[Callable[[], object], type[Exception], list[str]]] = {
    "no types": (lambda: ce.Counts(of=[]), ce.ModelError, ["counts.of", "at least one type"]),
    "no groups": (lambda: ce.Counts(of={}), ce.ModelError, ["counts.of", "at least one group"]),
    "an empty group": (lambda: ce.Counts(of={"a": []}), ce.ModelError, ["counts.of['a']", "at least one type"]),
    "a type twice": (lambda: ce.Counts(of=["S", "S"]), ce.ModelError, ["counts.of[1]", "unique", "'S'"]),
    "a type twice in a group": (
        lambda: ce.Counts(of={"a": ["S", "Q", "S"]}),
        ce.ModelError,
        ["counts.of['a'][2]", "unique", "'S'"],
    ),
    "an empty label": (lambda: ce.Counts(of={" ": ["S"]}), ce.ModelError, ["counts.of", "empty label"]),
    "a text": (lambda: ce.Counts(of="S"), TypeError, ["counts.of", "[name]"]),
    "a text for a group": (
        lambda: ce.Counts(of={"a": "S"}),
        TypeError,
        ["counts.of['a']", "Write one name as a list: ['S']"],
    ),
    "a number": (lambda: ce.Counts(of=3), TypeError, ["counts.of", "3"]),  # type: ignore[arg-type]
    "a number for a label": (lambda: ce.Counts(of={3: ["S"]}), TypeError, ["counts.of", "3"]),  # type: ignore[dict-item]
    "all at once": (
        lambda: ce.Counts(of={"": ["S"], "a": [], "b": ["S", "S"]}),
        ce.ModelError,
        ["3 problems", "empty label", "counts.of['a']", "counts.of['b'][1]"],
    ),
    "unknown types": (
        lambda: run(record=ce.Counts(of={"a": ["S", "R 2"], "b": ["T"]}), engine="jump", replicates=0),
        ce.ModelError,
        [
            "4 problems",
            "counts.of['a'][1] is not a type of the process; got 'R 2'",
            "Did you mean",
            "counts.of['b'][0] is not a type",
            "engine",
            "replicates",
        ],
    ),
    "an unknown type alone": (
        lambda: run(record=ce.Counts(of=["S", "T"])),
        ce.ModelError,
        ["counts.of[1] is not a type of the process; got 'T'"],
    ),
    "twice": (lambda: run(record=[SUMMED, SUMMED]), ce.ModelError, ["record", "once"]),
    "with counts": (lambda: run(record=["counts", SUMMED]), ce.ModelError, ["record", "once"]),
    "another word": (lambda: run(record="count"), ce.ModelError, ["record", "Counts(...)", "Did you mean 'counts'"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_with_the_remedy(case: str) -> None:
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
