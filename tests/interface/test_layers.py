"""The rooms of the package: every folder knows only those below it, and no imports go round in a circle.

All imports count: those inside functions and those for type checkers too.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import chemoevo

ROOT = Path(chemoevo.__file__).parent

# From the ground up. Folders of one row are neighbors and do not know each other.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "_core"),
    ("base",),
    ("process", "pharmacology"),
    ("resistance",),
    ("analytic", "ensemble"),
    ("scenario",),
    ("study",),
    ("answers", "sensitivity"),
    ("sweeps",),
    ("profiles",),
    ("rankings",),
    ("testing", "plots"),
    ("cli",),
    ("__init__", "__main__"),
)

Edges = dict[str, set[str]]


def module_of(path: Path, root: Path) -> str:
    """Its name within the package, "process.branching"; a folder's `__init__.py` has the folder's name."""
    parts = list(path.relative_to(root).with_suffix("").parts)
    if len(parts) > 1 and parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts)


def imported(tree: ast.AST, package: str, here: str) -> Iterator[str]:
    """Full names that a file imports from the package, wherever in the file; a name may be that of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = [package, *filter(None, here.split("."))]
                above = above[: len(above) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def edges_of(root: Path) -> Edges:
    """Which module imports which; for an extension module its stub stands."""
    files = [p for p in root.rglob("*.py*") if p.suffix in (".py", ".pyi") and root / "examples" not in p.parents]
    edges: Edges = {module_of(path, root): set() for path in sorted(files)}
    for path in files:
        name = module_of(path, root)
        here = name if path.stem == "__init__" else name.rpartition(".")[0]
        for full in imported(
            ast.parse(path.read_text(encoding="utf-8")), root.name, "" if here == "__init__" else here
        ):
            if full == root.name:
                edges[name].add("__init__")
            if not full.startswith(root.name + "."):
                continue
            parts = full.split(".")[1:]
            # The longest part of the name that is a module; what is left over is a name in it.
            known = (".".join(parts[:n]) for n in range(len(parts), 0, -1))
            target = next((module for module in known if module in edges), "__init__")
            if target != name:
                edges[name].add(target)
    return edges


def level(module: str, layers: tuple[tuple[str, ...], ...]) -> int | None:
    """The layer of a module; None if its folder has none."""
    room = module.split(".", maxsplit=1)[0]
    return next((height for height, rooms in enumerate(layers) if room in rooms), None)


def arrows_up(edges: Edges, layers: tuple[tuple[str, ...], ...]) -> set[tuple[str, str]]:
    """Imports that lead to a layer above, or to a neighbor; and all of a module that has no layer."""
    found = set()
    for source, targets in edges.items():
        for target in targets:
            here, there = level(source, layers), level(target, layers)
            same_room = source.split(".")[0] == target.split(".")[0]
            if here is None or there is None or there > here or (there == here and not same_room):
                found.add((source, target))
    return found


def circles(edges: Edges) -> list[set[str]]:
    """Sets of modules from each of which every other one can be reached."""
    reach: dict[str, set[str]] = {}
    for start in edges:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for target in edges.get(waiting.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        reach[start] = seen
    found: list[set[str]] = []
    for name in edges:
        if name in reach[name] and not any(name in circle for circle in found):
            found.append({other for other in reach[name] if name in reach.get(other, ())})
    return found


def test_every_folder_knows_only_those_below_it() -> None:
    assert arrows_up(edges_of(ROOT), LAYERS) == set()


def test_no_imports_go_round_in_a_circle() -> None:
    assert circles(edges_of(ROOT)) == []


def test_no_module_at_the_top_bears_the_name_of_something_public() -> None:
    tops = {name.split(".")[0] for name in edges_of(ROOT)} - {"pharmacology", "plots", "resistance", "testing"}
    assert tops & set(chemoevo.__all__) == set()


def test_files_have_under_250_lines_of_code() -> None:
    long = {}
    for path in ROOT.rglob("*.py"):
        number = lines_of_code(path.read_text(encoding="utf-8"))
        if number >= 250:
            long[module_of(path, ROOT)] = number
    assert long == {}


def lines_of_code(text: str) -> int:
    """Lines that are neither blank, nor a comment, nor part of a docstring."""
    documentation: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            documentation.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(1 for n, line in lines if line.strip() and not line.strip().startswith("#") and n not in documentation)


def planted(root: Path, files: dict[str, str]) -> Edges:
    """The imports of a made-up package."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return edges_of(root)


def test_a_planted_arrow_up_is_found_wherever_it_hides(tmp_path: Path) -> None:
    root = tmp_path / "house"
    edges = planted(
        root,
        {
            "__init__.py": "",
            "base/__init__.py": "",
            "base/a.py": "def f():\n    from house.study import b\n",
            "study/__init__.py": "",
            "study/b.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..base.a import f\n",
            "attic.py": "import house.base.a\n",
        },
    )
    layers = (("base",), ("study",), ("__init__",))
    assert arrows_up(edges, layers) == {("base.a", "study.b"), ("attic", "base.a")}
    assert circles(edges) == [{"base.a", "study.b"}]
    assert circles({"base.a": edges["base.a"]}) == []


def test_the_face_of_the_package_counts_as_a_module(tmp_path: Path) -> None:
    edges = planted(tmp_path / "house", {"__init__.py": "from house.base import a", "base.py": "from house import a"})
    assert circles(edges) == [{"__init__", "base"}]
