"""The layers of the Rust core: which folder may know which, and no circle among its modules.

What a module knows is read from its sources: every `use`, and every path that begins with `crate`, `super` or `self`.
A name that a module only hands on (`pub use` of something further in) leads to the module that it comes from. Unit
tests may know whatever they like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

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

Module = tuple[str, ...]
Graph = dict[Module, set[Module]]

TEST_FILE = re.compile(r"#\[cfg\(test\)\]\s*mod\s+(\w+)\s*;")
TEST_BLOCK = re.compile(r"#\[cfg\(test\)\]\s*mod\s+\w+\s*\{")
USE = re.compile(r"\b(pub(?:\([^)]*\))?\s+)?use\s+([^;]+);")
PATH = re.compile(r"\b(?:crate|super|self)(?:::\w+)+")


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", re.sub(r"//[^\n]*", "", text), flags=re.DOTALL)


def without_test_blocks(text: str) -> str:
    while block := TEST_BLOCK.search(text):
        end, depth = block.end(), 1
        while depth > 0:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        text = text[: block.start()] + text[end:]
    return text


def module_of(file: Path, root: Path) -> Module:
    parts = file.relative_to(root).with_suffix("").parts
    return parts[:-1] if parts[-1] in ("mod", "lib") else parts


def sources(root: Path) -> dict[Module, str]:
    """The text of every module, without comments and tests."""
    texts = {module_of(file, root): without_comments(file.read_text()) for file in sorted(root.rglob("*.rs"))}
    tests = {(*module, name) for module, text in texts.items() for name in TEST_FILE.findall(text)}
    return {
        module: without_test_blocks(text)
        for module, text in texts.items()
        if not any(module[: len(test)] == test for test in tests)
    }


def split_at_commas(text: str) -> Iterator[str]:
    depth, start = 0, 0
    for position, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            yield text[start:position]
            start = position + 1
    yield text[start:]


def expanded(tree: str) -> Iterator[tuple[list[str], str]]:
    """The paths of a `use`, as segments, and the name that each has here."""
    head, brace, rest = tree.strip().partition("{")
    if not brace:
        path, _, name = re.sub(r"\s+", " ", head).partition(" as ")
        segments = [segment for segment in path.strip().split("::") if segment]
        if segments:
            yield segments, name.strip() or segments[-1]
        return
    for branch in split_at_commas(rest.rstrip().removesuffix("}")):
        before = [segment for segment in head.strip().split("::") if segment]
        for segments, name in expanded(branch):
            if segments == ["self"]:
                yield before, before[-1]
            else:
                yield before + segments, name


class Tree:
    """The modules of a crate, and what each of them knows."""

    def __init__(self, root: Path) -> None:
        texts = sources(root)
        self.modules = set(texts)
        self.handed_on: dict[Module, dict[str, list[str]]] = {}
        known: dict[Module, list[list[str]]] = {}
        for module, text in texts.items():
            text = re.sub(r"\bpub\(in [^)]*\)", "pub", text)
            self.handed_on[module] = {}
            known[module] = [path.split("::") for path in PATH.findall(USE.sub("", text))]
            for public, tree in USE.findall(text):
                for segments, name in expanded(tree):
                    start = self.absolute(module, segments)
                    if public and start is not None and start[0][: len(module)] == module:
                        self.handed_on[module][name] = segments
                    else:
                        known[module].append(segments)
        self.graph: Graph = {module: set() for module in texts}
        for module, paths in known.items():
            for segments in paths:
                target = self.home(module, segments)
                if target is not None and target != module:
                    self.graph[module].add(target)

    def absolute(self, module: Module, segments: list[str]) -> tuple[Module, list[str]] | None:
        """The deepest module of a path, and the names that are left; None where it leads out of the crate."""
        at: Module = ()
        rest = list(segments)
        if rest[0] == "crate":
            rest = rest[1:]
        elif rest[0] in ("super", "self"):
            at = module
            while rest and rest[0] in ("super", "self"):
                at = at[:-1] if rest.pop(0) == "super" else at
        elif (*module, rest[0]) in self.modules:
            at = module
        else:
            return None
        while rest and (*at, rest[0]) in self.modules:
            at, rest = (*at, rest[0]), rest[1:]
        return at, rest

    def home(self, module: Module, segments: list[str]) -> Module | None:
        """The module in which the last name of a path is defined."""
        found = self.absolute(module, segments)
        if found is None:
            return None
        at, rest = found
        if rest and rest[0] in self.handed_on[at]:
            return self.home(at, [*self.handed_on[at][rest[0]], *rest[1:]])
        return at


def circle(graph: Graph) -> list[str]:
    """A circle, module by module; empty if there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return ["::".join(module) for module in error.args[1]]
    return []


def folders(graph: Graph, depth: int) -> Graph:
    """The graph of the folders so many levels down, or of files where there is no folder."""
    together: Graph = {}
    for module, known in graph.items():
        others = together.setdefault(module[:depth], set())
        others |= {other[:depth] for other in known} - {module[:depth]}
    return together


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
