"""What users see of leaping: what ran, what is refused, and that nothing depends on what it must not."""

from __future__ import annotations

import tempfile

import numpy as np
import pytest

import chemoevo as ce

PROCESS = ce.BranchingProcess(
    types=["S", "R"], birth=[1.0, 1.0], death=[0.5, 0.5], mutation={("S", "R"): 0.01, ("R", "S"): 0.01}
)


def run(engine: str = "leap", **options: object) -> ce.Ensemble:
    arguments: dict[str, object] = {"initial": {"S": 10_000}, "times": [1.0, 5.0], "replicates": 6, "seed": 3}
    return ce.simulate(PROCESS, engine=engine, **{**arguments, **options})  # type: ignore[arg-type]


def test_result_says_what_ran() -> None:
    ens = run()
    assert (ens.engine, ens.exact, ens.asked, ens.tolerance) == ("bnb+leap", False, "leap", 1e-3)
    assert "approximate" in repr(ens)
    assert ens.provenance["tolerance"] == 1e-3
    assert set(ens.ends["engines"]) == {6}
    few = run(initial={"S": 10})
    assert (few.engine, few.exact) == ("bnb", True)


def test_auto_is_exact_while_that_is_affordable() -> None:
    small, large = run("auto"), run("auto", initial={"S": 10**10})
    assert (small.engine, small.exact) == ("bnb", True)
    assert (large.engine, large.exact) == ("bnb+leap", False)
    forced = run("auto", initial={"S": 10**6}, exact=True)
    assert (forced.engine, forced.exact, forced.tolerance) == ("bnb", True, None)


def test_auto_takes_no_event_by_event_engine_for_large_populations() -> None:
    niches = ce.BranchingProcess(
        types=["in", "out"], birth=[0.2, 0.2], death=[0.2, 0.2], switching={("in", "out"): 0.1, ("out", "in"): 0.1}
    )
    few = ce.simulate(niches, initial={"in": 100}, times=[10.0], seed=1)
    many = ce.simulate(niches, initial={"in": 10**9}, times=[10.0], seed=1, limits=ce.Limits(events=10**4))
    assert few.engine == "direct"
    assert "direct" not in many.engine


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"exact": True}, ce.ModelError, ["'leap' approximates", "exact=True", "'bnb'"]),
        ({"record": "clones"}, ce.ModelError, ["'leap'", "knows no clones"]),
        ({"tolerance": 0.5}, ce.ModelError, ["tolerance must be a number in [1e-9, 1e-2]; got 0.5"]),
        ({"tolerance": float("nan")}, ce.ModelError, ["tolerance", "nan"]),
        ({"tolerance": "fine"}, TypeError, ["tolerance", "'fine'"]),
        ({"tolerance": True}, TypeError, ["tolerance", "True"]),
        ({"engine": "leaps"}, ce.ModelError, ["'leap'", "Did you mean 'leap'?"]),
    ],
)
def test_what_cannot_leap_is_refused(options: dict[str, object], error: type[Exception], words: list[str]) -> None:
    with pytest.raises(error) as caught:
        run(**options)  # type: ignore[arg-type]
    for word in words:
        assert word in str(caught.value)


def test_numbers_do_not_depend_on_threads_or_replicates() -> None:
    whole = run(replicates=12, threads=2)
    part = run(replicates=range(4, 7), threads=1)
    np.testing.assert_array_equal(whole.counts[4:7], part.counts)
    np.testing.assert_array_equal(whole.replicate(9).counts[0], whole.counts[9])


def test_pieces_and_files_keep_what_ran() -> None:
    whole = run(replicates=4)
    joined = ce.concat([run(replicates=range(2)), run(replicates=range(2, 4))])
    assert joined.provenance == whole.provenance
    with tempfile.TemporaryDirectory() as folder:
        whole.save(f"{folder}/ensemble")
        again = ce.load(f"{folder}/ensemble")
    assert (again.engine, again.exact, again.tolerance) == (whole.engine, whole.exact, whole.tolerance)
    np.testing.assert_array_equal(again.replicate(2).counts[0], whole.counts[2])


def test_limits_end_a_replicate_with_a_state_it_had() -> None:
    ens = run(limits=ce.Limits(events=40))
    assert set(ens.outcomes["outcome"]) == {"event_limit"}
    assert (ens.final.sum(axis=1) > 0).all()
    sized = run(times=[100.0], limits=ce.Limits(size=10**7))
    assert set(sized.outcomes["outcome"]) == {"size_limit"}
    assert (sized.final.sum(axis=1) == 10**7).all()
