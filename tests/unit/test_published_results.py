"""What papers print, against what chemoevo gives: every result of `examples/published` is as its file states.

A result lies within its tolerance, or its file has a reason why not and it lies outside: a reason that no longer holds
is found. No test here draws random numbers but those of papers that simulate, with a fixed seed.
"""

from __future__ import annotations

import importlib.util
import itertools
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

import pytest

import chemoevo as ce

FOLDER = Path(__file__).parents[2] / "examples" / "published"


def _loaded() -> ModuleType:
    spec = importlib.util.spec_from_file_location("published_run", FOLDER / "run.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


run = _loaded()
KEYS = run.known()
DEAR = {"akhmetzhanov2015", "bozic2014"}
"""Papers that are simulated: in the long suite."""
ASKED = ("efflux kinetics", "delayed kill", "schedule", "combination", "persisters", "fluctuation assay")
"""Kinds of which there must be a paper, and a prediction that comes out."""
COMPUTED = [pytest.param(key, marks=pytest.mark.slow if key in DEAR else []) for key in KEYS]
FILES = sorted(path.stem for path in FOLDER.glob("*.toml"))


class Noted(Mapping[str, float]):
    """Parameters that know which of them were asked for."""

    def __init__(self, values: dict[str, float]) -> None:
        self.values_, self.asked = values, set[str]()

    def __getitem__(self, name: str) -> float:
        self.asked.add(name)
        return self.values_[name]

    def __iter__(self) -> Iterator[str]:
        raise AssertionError("a paper asks for its parameters by name")

    def __len__(self) -> int:
        return len(self.values_)


@pytest.mark.parametrize("key", COMPUTED)
def test_every_result_is_as_its_file_states(key: str) -> None:
    paper = run.paper(key)
    noted = Noted(paper.values)
    values = paper.computed(noted)
    assert set(values) == {result.name for result in paper.results}
    assert noted.asked == set(paper.values), "every parameter is used"
    stated = {result.name: not result.fails for result in paper.results}
    assert {result.name: result.agrees(values[result.name]) for result in paper.results} == stated, values


@pytest.mark.parametrize("key", FILES)
def test_every_file_says_where_its_numbers_are_from(key: str) -> None:
    paper = run.paper(key)
    assert all((paper.title, paper.kind, paper.cite, paper.read, paper.about.strip()))
    for things in (paper.parameters, paper.results):
        assert things
        assert len({thing.name for thing in things}) == len(things)
        assert all(thing.name and thing.unit and thing.where for thing in things)
    for one in paper.parameters:
        assert one.tag in run.TAGS
        assert (one.tag == "printed") == (not one.note), f"{one.name}: a note says why it is not printed"
    assert all(result.why and (result.tolerance > 0 or result.bound) for result in paper.results)


@pytest.mark.parametrize("key", [key for key in KEYS if key not in DEAR])
def test_a_wrong_parameter_is_seen(key: str) -> None:
    # Planted: one parameter by one is a tenth, a quarter more or twice what it is; at least one must be seen.
    paper = run.paper(key)
    right = [result for result in paper.results if not result.fails]
    if not right:
        return
    for name, factor in itertools.product(paper.values, (1.25, 2.0, 0.1)):
        try:
            values = paper.computed({**paper.values, name: factor * paper.values[name]})
        except (ce.ModelError, ce.SimulationError):
            continue  # out of range: seen, but by other checks
        if any(not result.agrees(values[result.name]) for result in right):
            return
    raise AssertionError("no result depends on any parameter by more than its tolerance")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "name", "value"),
    [("akhmetzhanov2015", "cycle", 5.0), ("bozic2014", "later", 3), ("bozic2014", "earlier", 2)],
)
def test_a_wrong_parameter_is_seen_by_simulation(key: str, name: str, value: float) -> None:
    paper = run.paper(key)
    values = paper.computed({**paper.values, name: value})
    assert not all(result.agrees(values[result.name]) for result in paper.results if not result.fails)


def test_dear_papers_are_there() -> None:
    assert set(KEYS) >= DEAR


@pytest.mark.parametrize("kind", ASKED)
def test_every_kind_that_is_asked_for_has_predictions_that_come_out(kind: str) -> None:
    # Of each at least one paper by whose file most predictions come out, and at least three of them are no bounds.
    papers = [paper for paper in map(run.paper, KEYS) if paper.kind == kind]
    assert papers
    sound = {
        paper.key: [not result.fails for result in paper.results if not result.fitted and not result.bound]
        for paper in papers
    }
    assert any(sum(came) >= 3 and 2 * sum(came) > len(came) for came in sound.values()), sound


def test_every_script_has_its_paper() -> None:
    assert len(KEYS) > 0
    assert set(KEYS) <= set(FILES)
    assert "run" not in KEYS


def test_a_reason_that_no_longer_holds_is_said() -> None:
    result = run.paper("bozic2013").results[0]
    assert run.verdict(result, result.printed) == "yes"
    assert run.verdict(result, result.printed + 1) == "no, and it should"
    given = run.Result(name="a", printed=2.0, unit="1", why="b", where="c", relative=0.1, fails="d")
    assert given.tolerance == pytest.approx(0.2)
    assert run.verdict(given, 2.3) == "no: d"
    assert run.verdict(given, 2.1) == "yes, and the reason why not is out of date"


def test_what_was_fitted_is_no_prediction() -> None:
    fitted = run.Result(name="a", printed=2.0, unit="1", why="b", where="c", within=0.1, fitted=True)
    assert run.verdict(fitted, 2.0) == "no prediction: fitted"
    assert run.verdict(fitted, 3.0) == "no, and it should"
    assert [result.fitted for result in run.paper("jang2001").results] == [False, True]


def test_a_bound_holds_on_one_side() -> None:
    low, high = (
        run.Result(name="a", printed=2.0, unit="1", why="b", where="c", bound=bound)
        for bound in ("at least", "at most")
    )
    assert [result.agrees(value) for result in (low, high) for value in (1.9, 2.0, 2.1)] == [0, 1, 1, 1, 1, 0]


def test_two_tolerances_or_none_are_refused() -> None:
    for given in ({}, {"within": 0.1, "relative": 0.1}, {"within": 0.1, "bound": "at least"}):
        with pytest.raises(ValueError, match="either"):
            _ = run.Result(name="a", printed=2.0, unit="1", why="b", where="c", **given).tolerance


def test_a_field_that_is_not_known_is_refused() -> None:
    fields = tomllib.loads((FOLDER / "bozic2013.toml").read_text(encoding="utf-8"))["results"][0]
    with pytest.raises(TypeError, match="tolerence"):
        run.Result(**fields, tolerence=1.0)
