"""`record=Counts(...)` of a scenario: exact sums over its genotypes, in growth and in therapy, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import chemoevo as ce

DOSE: dict[str, Any] = {"drug": "docetaxel", "amount": 75, "unit": "mg/m2", "duration_hours": 1}
ONE_CYCLE = {"cycle_length_days": 21, "doses": [DOSE], "patient": {"bsa": 1.8}}
PLAIN: dict[str, Any] = {
    "name": "small",
    "tumor": {
        "birth": 0.14,
        "death": 0.09,
        "size": 2e3,
        "alterations": [{"name": "ABCB1", "mutation": 2e-3}, {"name": "TP53", "mutation": 5e-3}],
    },
    "surgery": {"residual_fraction": 0.8},
    "patient": {"bsa": 1.8, "gfr": 90},
    "regimen": {"name": "one", "phases": [{"cycle_length_days": 21, "cycles": 1, "doses": [DOSE]}]},
    "potencies": [{"drug": "docetaxel", "log10_kill_per_cycle": 0.5, "at": ONE_CYCLE, "basis": "a test"}],
    "follow_up": {"horizon": 40},
    "simulation": {"replicates": 12, "seed": 3},
}
SCENARIO = ce.Scenario.from_dict(PLAIN)
LARGE = ce.Scenario.from_dict({**PLAIN, "tumor": {**PLAIN["tumor"], "size": 1e9}})
TYPES = SCENARIO.genotypes.names
GROUPS = {
    "TP53": SCENARIO.genotypes.carriers("TP53"),
    "both": SCENARIO.genotypes.with_alterations(2),
    "all": TYPES,
    "sensitive": ["sensitive"],
}
SUMMED = ce.Counts(of=GROUPS)


def sums(whole: ce.Ensemble | None) -> np.ndarray[Any, Any]:
    """The groups, written out by hand."""
    assert whole is not None
    assert whole.types == ("sensitive", "ABCB1", "TP53", "ABCB1+TP53")
    c = whole.counts
    return np.stack([c[..., 2] + c[..., 3], c[..., 3], c.sum(axis=-1), c[..., 0]], axis=-1)


@pytest.mark.parametrize("engine", ["direct", "bnb", "leap", "auto"])
@pytest.mark.parametrize("case", ["plain", "later replicates", "a limit in therapy", "a limit in growth"])
def test_sums_are_those_of_the_whole_run(engine: str, case: str) -> None:
    changes: dict[str, Any] = {
        "plain": {},
        "later replicates": {"replicates": range(5, 9), "seed": 8},
        "a limit in therapy": {"limits": ce.Limits(size=4000)},
        "a limit in growth": {"limits": ce.Limits(events=9_000 if engine == "direct" else 600)},
    }[case]
    summed, whole = (ce.simulate(SCENARIO, engine=engine, record=record, **changes) for record in (SUMMED, "counts"))
    assert summed.growth is not None
    assert whole.growth is not None
    if "limits" in changes:
        # Some replicates meet the limit and others do not; those that meet it in growth are never treated.
        ended = whole.growth.outcomes["outcome"] if case == "a limit in growth" else whole.outcomes["outcome"]
        assert 0 < ended.is_in(["size_limit", "event_limit"]).sum() < len(whole)
    for mine, theirs in ((summed, whole), (summed.growth, whole.growth)):
        assert mine.labels == ("TP53", "both", "all", "sensitive")
        assert (mine.counts == sums(theirs)).all()
        assert (mine.final == theirs.final).all()
        assert (mine.initial == theirs.initial).all()
        assert mine.ends.equals(theirs.ends)
        assert mine.engine == theirs.engine


def test_sums_of_tumors_that_leap() -> None:
    summed, whole = (ce.simulate(LARGE, replicates=1, record=record) for record in (SUMMED, "counts"))
    assert "leap" in summed.engine
    assert summed.growth is not None
    assert whole.growth is not None
    assert "leap" in summed.growth.engine
    assert (summed.counts == sums(whole)).all()
    assert (summed.growth.counts == sums(whole.growth)).all()
    assert (summed.counts > 1e6).any()


def test_columns_of_single_genotypes_and_other_ways_to_ask() -> None:
    whole = ce.simulate(SCENARIO)
    single = ce.simulate(SCENARIO, record=ce.Counts(of=["ABCB1+TP53", "sensitive"]))
    assert single.labels == ("ABCB1+TP53", "sensitive")
    assert (single.counts == whole.counts[:, :, [3, 0]]).all()
    assert (ce.simulate(SCENARIO, record=[SUMMED]).counts == sums(whole)).all()
    assert (ce.simulate(SCENARIO, record=["counts"]).counts == whole.counts).all()


def test_tables_carry_the_labels() -> None:
    summed, whole = ce.simulate(SCENARIO, record=SUMMED), ce.simulate(SCENARIO)
    table, rows = summed.summary(), whole.summary()
    assert table["type"].unique(maintain_order=True).to_list() == list(GROUPS)
    assert (
        table.filter(pl.col("type") == "all").drop("type").equals(rows.filter(pl.col("type") == "total").drop("type"))
    )
    assert summed.trajectories["type"].unique(maintain_order=True).to_list() == list(GROUPS)
    assert "types=4, labels=4" in repr(summed)
    assert summed.provenance["counted"] == {"of": {label: list(names) for label, names in GROUPS.items()}}


def test_files_pieces_and_replicates_have_the_sums(tmp_path: Path) -> None:
    whole = ce.simulate(SCENARIO)
    ce.simulate_to(SCENARIO, path=tmp_path / "study", chunk=5, record=SUMMED)
    names = [f"count_{label}" for label in GROUPS]
    for table, of in (("counts", whole), ("growth-counts", whole.growth)):
        found = ce.scan(tmp_path / "study", table=table).collect()
        assert found.columns == ["replicate", "time", *names]
        assert (found.select(names).to_numpy() == sums(of).reshape(-1, 4)).all()
    loaded = ce.load(tmp_path / "study")
    joined = ce.concat(ce.simulate_chunks(SCENARIO, chunk=5, record=SUMMED))
    for ens in (loaded, joined):
        assert (ens.counts == sums(whole)).all()
        assert ens.growth is not None
        assert ens.counted == ens.growth.counted == SUMMED
    again = loaded.replicate(7)
    assert (again.counts[0] == sums(whole)[7]).all()
    assert again.growth is not None
    assert again.growth.counted == again.counted == SUMMED
    clones = ce.simulate(SCENARIO, engine="direct", record=SUMMED, seed=4).replicate(2, record="clones")
    assert clones.counted == SUMMED
    # The study goes on with the same recording only.
    for other in ("counts", ce.Counts(of=["TP53"])):
        with pytest.raises(ce.ModelError, match="counted must be that of the study"):
            ce.simulate_to(SCENARIO, path=tmp_path / "study", chunk=5, replicates=20, record=other)  # type: ignore[arg-type]
    ce.simulate_to(SCENARIO, path=tmp_path / "study", chunk=5, replicates=14, record=SUMMED)
    longer = ce.load(tmp_path / "study")
    assert (longer.counts == sums(ce.simulate(SCENARIO, replicates=14))).all()
    with pytest.raises(ce.ModelError, match=r"(?s)\[1\]\.counted must be that of.*growth\.counted"):
        ce.concat([loaded, ce.simulate(SCENARIO, replicates=range(12, 14))])


def test_therapy_goes_on_from_the_whole_final_states() -> None:
    summed, whole = ce.simulate(SCENARIO, record=SUMMED), ce.simulate(SCENARIO)
    after = [ce.simulate(SCENARIO.therapy, initial=ens, times=[5.0], seed=3) for ens in (summed, whole)]
    assert (after[0].counts == after[1].counts).all()


def test_answers_need_the_counts_of_every_genotype() -> None:
    with pytest.raises(
        ce.ModelError, match=r"every genotype; got those of TP53, both, all, sensitive. Simulate without"
    ):
        ce.answer(SCENARIO, ce.simulate(SCENARIO, record=SUMMED))


BAD: dict[str, tuple[dict[str, Any], type[Exception], list[str]]] = {
    "an unknown genotype": (
        {"record": ce.Counts(of=["sensitive", "TP35"])},
        ce.ModelError,
        ["counts.of[1] is not a type of the scenario; got 'TP35'", "Did you mean 'TP53'?"],
    ),
    "everything at once": (
        {
            "record": ce.Counts(of={"a": ["sensitive", "BRCA"], "b": ["abcb1"]}),
            "engine": "jump",
            "replicates": 0,
            "seed": -1,
            "threads": 0,
            "times": [1.0],
        },
        ce.ModelError,
        ["7 problems", "counts.of['a'][1] is not", "'BRCA'", "counts.of['b'][0] is not", "'abcb1'",
         "engine", "replicates", "seed must",
         "threads", "times must be left out: it comes from the scenario"],
    ),
    "clones beside": ({"record": ["clones", SUMMED]}, ce.ModelError, ["record must be 'counts' or Counts(...)"]),
    "crossings": ({"record": ce.Crossings(size=10)}, ce.ModelError, ["Counts(...) for a scenario", "scenario.growth"]),
    "twice": ({"record": [SUMMED, SUMMED]}, ce.ModelError, ["record must name each kind of recording once"]),
    "with counts": ({"record": ["counts", SUMMED]}, ce.ModelError, ["record", "once"]),
    "nothing": ({"record": []}, ce.ModelError, ["record must name at least one"]),
    "another word": ({"record": "count"}, ce.ModelError, ["record must be", "Did you mean 'counts'?"]),
    "leaping exactly": ({"engine": "leap", "exact": True}, ce.ModelError, ["'leap' approximates"]),
    "no number": ({"replicates": range(3, 3)}, ce.ModelError, ["replicates must be a range"]),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("chunked", [False, True])
def test_bad_input_is_refused_before_anything_runs(case: str, chunked: bool) -> None:
    changes, error, words = BAD[case]
    with pytest.raises(error) as caught:
        (ce.simulate_chunks if chunked else ce.simulate)(SCENARIO, **changes)
    for word in words:
        assert word in str(caught.value)


def test_what_is_no_scenario_is_a_wrong_type() -> None:
    with pytest.raises(TypeError, match="must be a BranchingProcess or a Scenario; got 'nsclc'"):
        ce.simulate("nsclc", record=SUMMED)  # type: ignore[arg-type]
