"""What the modules of a Rust crate know of each other, read from its sources.

A module knows what it names in a `use`, or in a path that begins with `crate`, `super`, `self` or a module further in.
A name that a module only hands on (`pub use` of something further in) leads to the module that it comes from. Unit
tests may know whatever they like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

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
            code = USE.sub("", text)
            known[module] = [path.split("::") for path in PATH.findall(code)]
            children = {other[-1] for other in texts if other and other[:-1] == module}
            known[module] += [[name] for name in children if re.search(rf"(?<![\w:]){name}::", code)]
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
