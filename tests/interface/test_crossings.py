"""`record=Crossings(...)`: what it gives, what it does not change, and what it refuses."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce
from chemoevo.ensemble.crossings import Crossings
from tests.unit.ensembles import sign

PROCESS = ce.BranchingProcess(
    types=["S", "R"], birth=[0.9, 0.9], death=[0.6, 0.4], mutation={("S", "R"): 0.02},
    pulses=[ce.Pulse(time=2.0, survival={"S": 0.5})],
)  # fmt: skip
RECORD = ce.Crossings(size=[10, 1, 40], of=["R"], appearance=True)


def run(**changes: Any) -> ce.Ensemble:
    arguments: dict[str, Any] = {"initial": {"S": 30}, "times": [1.0, 6.0], "replicates": 60, "seed": 3}
    return ce.simulate(PROCESS, **{**arguments, "record": RECORD, **changes})


@pytest.mark.parametrize("engine", ["direct", "bnb", "auto"])
def test_the_table_says_when_and_until_when(engine: str) -> None:
    ens = run(engine=engine)
    table = ens.crossings
    assert table.columns == ["replicate", "what", "size", "time", "ended_at", "outcome"]
    rows = table.filter(table["replicate"] == 7).select("what", "size").rows()
    assert rows == [("R", 1), ("R", 10), ("R", 40), ("S", 1)]
    assert table["time"].null_count() > 0
    late = table.filter(table["time"].is_not_null())
    assert (late["time"] <= late["ended_at"]).all()
    assert (table.filter(table["what"] == "S")["time"] == 0.0).all()
    # A size is reached by an observation time where the count says so.
    seen = table.filter((table["what"] == "R") & (table["size"] == 10))["time"].fill_null(np.inf).to_numpy()
    assert (seen[ens.counts[:, 0, 1] >= 10] <= 1.0).all()
    assert (seen[ens.final[:, 1] >= 10] <= 6.0).all()
    assert ens.exact


def test_the_numbers_of_direct_are_those_without_a_record() -> None:
    with_record, without = run(engine="direct"), run(engine="direct", record="counts")
    assert (with_record.counts == without.counts).all()
    assert with_record.outcomes.equals(without.outcomes)


@pytest.mark.parametrize("engine", ["direct", "bnb"])
def test_times_depend_on_seed_and_number_alone(engine: str) -> None:
    whole = run(engine=engine, threads=1)
    assert run(engine=engine, threads=2).crossings.equals(whole.crossings)
    parts = [run(engine=engine, replicates=numbers) for numbers in (range(25), range(25, 60))]
    assert ce.concat(parts).crossings.equals(whole.crossings)
    again = whole.replicate(17).crossings
    assert again.equals(whole.crossings.filter(whole.crossings["replicate"] == 17))


def test_several_recordings_are_a_list() -> None:
    assert run(record=["counts", RECORD]).crossings.equals(run().crossings)
    assert run(record=["clones"]).record == "clones"


def test_it_is_part_of_the_provenance_and_comes_back() -> None:
    plain = run().provenance["crossings"]
    assert plain == {"size": [1, 10, 40], "of": ["R"], "appearance": True}
    assert Crossings.from_dict(plain) == RECORD
    assert "crossings" not in run(record="counts").provenance
    assert (
        RECORD.describe() == "note the first instant with 1, 10, 40 cells of R, and with the first cell of every type"
    )


def test_crossings_are_saved_and_loaded(tmp_path: Any) -> None:
    whole = run()
    whole.save(tmp_path / "ensemble")
    again = ce.load(tmp_path / "ensemble")
    assert again.crossings.equals(whole.crossings)
    assert again.provenance == whole.provenance
    # Of another number of sizes: not of this run.
    table = pl.read_parquet(tmp_path / "ensemble" / "crossings.parquet")
    table.with_columns(pl.lit(7, pl.Int64).alias("size")).write_parquet(tmp_path / "ensemble" / "crossings.parquet")
    with pytest.raises(ce.ModelError, match=r"crossings\.parquet .*(bytes, not|checksum)"):
        ce.load(tmp_path / "ensemble")
    sign(tmp_path / "ensemble")
    with pytest.raises(ce.ModelError, match=r"crossings\.parquet does not have the sizes"):
        ce.load(tmp_path / "ensemble")


COMPETING = ce.BranchingProcess(
    types=["S", "R"], birth=[0.2, 0.2], death=[0.1, 0.1], competition=ce.Logistic(capacity=1000)
)

BAD: dict[str, tuple[Any, type[Exception], list[str]]] = {
    "a size of 0": (lambda: ce.Crossings(size=[5, 0]), ce.ModelError, ["crossings.size[1]", "0"]),
    "a size twice": (lambda: ce.Crossings(size=[5, 5.0]), ce.ModelError, ["crossings.size[1]", "once"]),
    "a text": (lambda: ce.Crossings(size="5"), TypeError, ["crossings.size"]),
    "nothing": (ce.Crossings, ce.ModelError, ["crossings.size", "appearance=True"]),
    "no types": (lambda: ce.Crossings(size=5, of=[]), ce.ModelError, ["crossings.of"]),
    "a number for yes": (lambda: ce.Crossings(size=5, appearance=1), TypeError, ["crossings.appearance"]),  # type: ignore[arg-type]
    "an unknown type": (lambda: run(record=ce.Crossings(size=5, of=["RR"])), ce.ModelError, ["crossings.of[0]", "'R'"]),
    "leaping under competition": (
        lambda: ce.simulate(COMPETING, initial=[1, 0], times=[1.0], engine="leap", record=RECORD),
        ce.ModelError,
        ["engine 'leap' notes no crossings where cells compete", "'direct'"],
    ),
    "clones too": (lambda: run(record=["clones", RECORD]), ce.ModelError, ["record", "clones and crossings"]),
    "twice": (lambda: run(record=[RECORD, RECORD]), ce.ModelError, ["record", "once"]),
    "none": (lambda: run(record=[]), ce.ModelError, ["record", "empty"]),
    "another": (lambda: run(record="crossing"), ce.ModelError, ["record", "Crossings"]),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_refused_with_the_remedy(case: str) -> None:
    call, error, words = BAD[case]
    with pytest.raises(error) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_what_was_not_recorded_cannot_be_read() -> None:
    with pytest.raises(AttributeError, match="Crossings"):
        _ = run(record="counts").crossings
    with pytest.raises(ce.ModelError, match="noted"):
        ce.concat([run(replicates=range(5)), run(replicates=range(5, 9), record="counts")])
