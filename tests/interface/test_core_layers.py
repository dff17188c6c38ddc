"""The layers of the Rust core: which folder may know which, and no circle among its modules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.interface._rust_modules import Graph, Module, Tree, circle, folders

CORE = Path(__file__).parents[2] / "rust" / "chemoevo-core" / "src"

# Every folder of the core, and those that it may know.
KNOWS = {
    "process": set[str](),
    "random": set[str](),
    "propagator": {"process", "random"},
    "engine": {"process", "random", "propagator"},
    "ensemble": {"process", "random", "engine"},
    "analytic": {"process"},
    "pharmacology": set[str](),
    "resistance": {"pharmacology"},
}


def arrows_up(graph: Graph, knows: dict[str, set[str]]) -> list[str]:
    """What a folder knows though it may not."""
    return [
        f"{'::'.join(module)} -> {'::'.join(other)}"
        for module, known in sorted(graph.items())
        for other in sorted(known)
        if module and other and other[0] != module[0] and other[0] not in knows.get(module[0], set())
    ]


@pytest.fixture(scope="module")
def core() -> Tree:
    return Tree(CORE)


def test_folders_know_only_those_below(core: Tree) -> None:
    assert {module[0] for module in core.modules if module} == set(KNOWS)
    assert arrows_up(core.graph, KNOWS) == []


def documented_order(face: Path) -> list[str]:
    """The modules that a face lists, one per line, in its order."""
    return [name.lower() for name in re.findall(r"^//! \* \[`(\w+)`\]", face.read_text(), re.MULTILINE)]


def test_order_of_the_folders_is_the_one_that_is_documented() -> None:
    documented = documented_order(CORE / "lib.rs")
    assert documented == list(KNOWS)
    for position, folder in enumerate(documented):
        assert KNOWS[folder] <= set(documented[:position]), folder


def test_no_circle_of_modules(core: Tree) -> None:
    assert circle(core.graph) == []


def within(core: Tree, folder: str) -> Graph:
    """What the parts of a folder know of each other."""
    inner = {module: {other for other in known if other[0] == folder} for module, known in core.graph.items() if module}
    return folders({module: known for module, known in inner.items() if module[0] == folder and len(module) > 1}, 2)


def test_no_circle_of_folders_within_the_engine(core: Tree) -> None:
    engine = within(core, "engine")
    assert len(engine) > 10
    assert circle(engine) == []


def test_order_within_the_engine_is_the_one_that_is_documented(core: Tree) -> None:
    documented: list[Module] = [("engine", name) for name in documented_order(CORE / "engine" / "mod.rs")]
    assert sorted(documented) == sorted(within(core, "engine"))
    for module, known in within(core, "engine").items():
        assert known <= set(documented[documented.index(module) + 1 :]), module


def test_what_is_known_is_seen(core: Tree) -> None:
    # By a name that a face hands on, by a path inside of the code, from a child, and from below.
    assert ("propagator", "tree") in core.graph["engine", "model"]
    assert ("engine", "walk") in core.graph["engine", "bnb"]
    assert ("engine", "bnb", "level") in core.graph["engine", "bnb"]
    assert ("engine", "steppers") in core.graph["engine", "steppers", "counting"]
    assert not core.graph["random", "special"]


def planted(root: Path, files: dict[str, str]) -> Tree:
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return Tree(root)


# In a straight line: engine::a::inner, engine::b, engine::c.
LINE = {
    "lib.rs": "pub mod engine;\npub mod random;\n",
    "random.rs": "pub fn draw() {}\n",
    "engine/mod.rs": "pub mod a;\npub mod b;\npub mod c;\npub use b::{B, Other as Renamed};\n",
    "engine/a/mod.rs": "mod inner;\npub use inner::A;\n",
    "engine/a/inner.rs": "use crate::random::draw;\npub struct A;\n",
    "engine/b.rs": "use super::a::A;\npub struct B(A);\npub struct Other;\n",
    "engine/c.rs": "use crate::engine::{B, Renamed, a::{self, A}};\npub struct C;\n",
}


def of(module: str) -> Module:
    return tuple(module.split("::"))


def test_a_straight_line_is_none(tmp_path: Path) -> None:
    tree = planted(tmp_path, LINE)
    assert tree.graph[of("engine::b")] == {of("engine::a::inner")}
    assert tree.graph[of("engine::c")] == {of("engine::b"), of("engine::a"), of("engine::a::inner")}
    assert circle(tree.graph) == circle(folders(tree.graph, 2)) == arrows_up(tree.graph, {"engine": {"random"}}) == []


@pytest.mark.parametrize(
    "line",
    [
        "use crate::engine::c::C;",
        "use super::super::c::C;",
        "use crate::{\n    engine::{c::{C as See}},\n    random,\n};",
        "fn see() { let _ = crate::engine::c::C; }",
        "use crate::engine::Renamed;",
    ],
)
def test_a_planted_circle_is_reported(tmp_path: Path, line: str) -> None:
    tree = planted(tmp_path, LINE | {"engine/a/inner.rs": f"{line}\npub struct A;\n"})
    assert {"engine::a::inner", "engine::b"} <= set(circle(tree.graph))
    assert circle(folders(tree.graph, 2)) != []


def test_a_circle_of_folders_without_one_of_modules_is_reported(tmp_path: Path) -> None:
    more = {
        "engine/a/mod.rs": "mod inner;\nmod outer;\npub use inner::A;\n",
        "engine/a/outer.rs": "use super::super::b::B;",
    }
    tree = planted(tmp_path, LINE | more)
    assert circle(tree.graph) == []
    assert circle(folders(tree.graph, 2)) != []


def test_a_circle_of_a_face_and_what_is_in_it_is_reported(tmp_path: Path) -> None:
    more = {"engine/a/mod.rs": "mod inner;\npub struct Face;\nfn see() -> inner::A { inner::A }\n"}
    assert circle(planted(tmp_path, LINE | more).graph) == []
    more["engine/a/inner.rs"] = "use super::Face;\npub struct A;\n"
    assert set(circle(planted(tmp_path, LINE | more).graph)) == {"engine::a", "engine::a::inner"}


def test_a_planted_arrow_up_is_reported(tmp_path: Path) -> None:
    tree = planted(tmp_path, LINE | {"random.rs": "use crate::engine::B;\npub fn draw() {}\n"})
    assert arrows_up(tree.graph, {"engine": {"random"}}) == ["random -> engine::b"]


def test_comments_and_tests_do_not_count(tmp_path: Path) -> None:
    inner = """\
// use crate::engine::c::C;
/// See [`crate::engine::c`].
pub(in crate::engine) struct A;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod more {
    use crate::engine::c::C;
    fn check() { { let _ = C; } }
}
"""
    tests = {"engine/a/inner.rs": inner, "engine/a/inner/tests.rs": "use crate::engine::c::C;\n"}
    tree = planted(tmp_path, LINE | tests)
    assert tree.graph[of("engine::a::inner")] == set()
    assert of("engine::a::inner::tests") not in tree.graph
