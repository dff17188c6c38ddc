"""What papers print, against what chemoevo gives: every result of `examples/published` is as its file states.

A result lies within its tolerance, or its file has a reason why not and it lies outside: a reason that no longer holds
is found. No test here draws random numbers but those of papers that simulate, with a fixed seed.
"""

from __future__ import annotations

import importlib.util
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

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
"""Kinds of which there must be a paper whose own numbers come out."""
MEASURED = {"efflux kinetics": (3, 4), "extinction": (0, 1), "fluctuation assay": (1, 1)}
"""By kind: of the measurements to which no parameter was fitted, how many come out, and how many there are.

These are all there are. What was read of papers on delayed kill, schedules, combinations and persisters has none: it
has what their models give, or measurements of which it does not say that no parameter was fitted to them."""
FACTORS = (2.0, 0.1, 1.25, 0.8)
"""How much a parameter is made wrong, one by one; the largest first, as it is seen soonest."""
COMPUTED = [pytest.param(key, marks=pytest.mark.slow if key in DEAR else []) for key in KEYS]
ENDLESS = {("bozic2014", "birth"): (0.1, 0.8), ("bozic2014", "death"): (2.0, 1.25)}
"""Factors that are left out: lesions that do not grow, of which none is ever large, are begun again for ever."""
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
    assert all(result.against in run.AGAINST for result in paper.results)
    printed = {result.name: result.printed for result in paper.results if not result.repeats}
    assert all(printed[result.repeats] == result.printed for result in paper.results if result.repeats)
    assert all(result.why and (result.tolerance > 0 or result.bound) for result in paper.results)


def _seen(paper: Any, name: str, factor: float) -> bool:
    """Whether a result that comes out would not, were a parameter so much larger; no answer is no result."""
    try:
        values = paper.computed({**paper.values, name: factor * paper.values[name]})
    except (ce.ModelError, ce.SimulationError, ValueError):
        return False  # out of range: refused by chemoevo, or by a root or a logarithm that is not there
    return any(not result.agrees(values[result.name]) for result in paper.results if not result.fails)


def _wrong() -> Iterator[Any]:
    """All parameters of a paper at once; one by one where that takes long."""
    for key in KEYS:
        names = list(run.paper(key).values)
        if key in DEAR:
            yield from (pytest.param(key, [name], id=f"{key}-{name}", marks=pytest.mark.slow) for name in names)
        else:
            yield pytest.param(key, names, id=key)


@pytest.mark.parametrize(("key", "names"), list(_wrong()))
def test_every_wrong_parameter_is_seen_or_said_to_be_unseen(key: str, names: list[str]) -> None:
    # Planted: every parameter, one by one, is wrong. Those that no result tells are those with a reason, no others.
    paper = run.paper(key)
    factors = {name: [factor for factor in FACTORS if factor not in ENDLESS.get((key, name), ())] for name in names}
    unseen = {name for name in names if not any(_seen(paper, name, factor) for factor in factors[name])}
    assert unseen == {one.name for one in paper.parameters if one.unseen and one.name in names}


def test_dear_papers_are_there() -> None:
    assert set(KEYS) >= DEAR


@pytest.mark.parametrize("kind", ASKED)
def test_of_every_kind_that_is_asked_for_a_paper_is_reproduced(kind: str) -> None:
    # Of at least one paper most results come out, and three or more; bounds do not count, nor does what is not counted.
    papers = [paper for paper in map(run.paper, KEYS) if paper.kind == kind]
    assert papers
    sound = {
        paper.key: [not result.fails for result in paper.results if result.counted and not result.bound]
        for paper in papers
    }
    assert any(sum(came) >= 3 and 2 * sum(came) > len(came) for came in sound.values()), sound


def test_measurements_that_are_predicted_are_as_many_as_is_said() -> None:
    # That those without `fails` come out is above; here, that no number of a model is taken for a measurement unseen.
    came: dict[str, list[bool]] = {}
    for paper in map(run.paper, KEYS):
        for result in paper.results:
            if result.counted and result.against == "measured":
                came.setdefault(paper.kind, []).append(not result.fails)
    assert {kind: (sum(those), len(those)) for kind, those in came.items()} == MEASURED


def test_every_script_has_its_paper() -> None:
    assert len(KEYS) > 0
    scripts = {path.stem for path in FOLDER.glob("*.py")}
    assert scripts - set(KEYS) == {"run", "slowing"}, "what runs the papers, and what two of them share"
    assert set(KEYS) <= set(FILES)


def test_a_reason_that_no_longer_holds_is_said() -> None:
    result = run.paper("bozic2013").results[0]
    assert run.verdict(result, result.printed) == "yes"
    assert run.verdict(result, result.printed + 1) == "no, and it should"
    given = run.Result(name="a", printed=2.0, unit="1", why="b", where="c", against="model", relative=0.1, fails="d")
    assert given.tolerance == pytest.approx(0.2)
    assert run.verdict(given, 2.3) == "no: d"
    assert run.verdict(given, 2.1) == "yes, and the reason why not is out of date"


def test_what_was_fitted_is_no_prediction() -> None:
    fitted = run.Result(name="a", printed=2.0, unit="1", why="b", where="c", against="model", within=0.1, fitted=True)
    assert run.verdict(fitted, 2.0) == "no prediction: fitted"
    assert run.verdict(fitted, 3.0) == "no, and it should"
    assert [result.fitted for result in run.paper("jang2001").results] == [False, True]


def test_a_number_that_is_printed_once_is_counted_once() -> None:
    results = run.paper("deng2026").results
    assert [result.counted for result in results] == [True, False, False, False]
    assert run.verdict(results[1], results[1].printed) == "not counted: a number that is above"
    assert run.verdict(results[1], 2.0 * results[1].printed) == "no, and it should"


def test_a_bound_holds_on_one_side() -> None:
    low, high = (
        run.Result(name="a", printed=2.0, unit="1", why="b", where="c", against="model", bound=bound)
        for bound in ("at least", "at most")
    )
    assert [result.agrees(value) for result in (low, high) for value in (1.9, 2.0, 2.1)] == [0, 1, 1, 1, 1, 0]


def test_two_tolerances_or_none_are_refused() -> None:
    for given in ({}, {"within": 0.1, "relative": 0.1}, {"within": 0.1, "bound": "at least"}):
        with pytest.raises(ValueError, match="either"):
            _ = run.Result(name="a", printed=2.0, unit="1", why="b", where="c", against="model", **given).tolerance


def test_a_field_that_is_not_known_is_refused() -> None:
    fields = tomllib.loads((FOLDER / "bozic2013.toml").read_text(encoding="utf-8"))["results"][0]
    with pytest.raises(TypeError, match="tolerence"):
        run.Result(**fields, tolerence=1.0)
