"""The pages of the API reference: one page per public name, written anew before every build.

What is public is read from the table in `chemoevo/__init__.pyi` and from `__all__` of the public modules. A name goes
to the group whose folder it lives in, so a new name has its page by itself; one of a folder that no group knows is an
error.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.pycode import ModuleAnalyzer

import chemoevo

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "api"
HIDDEN = {
    *("after", "as_core", "as_written", "check", "check_types", "founders", "is_one", "log_absence", "missing_item"),
    *("with_missing", "copy", "model_construct", "model_copy", "amounts", "check_number", "written_out"),
}
"""Methods that are there for other folders of the package, or for pydantic, and not for users."""


IN_FULL = "Scenario"
"""The class whose page describes the methods that specifications have in common; the others link to it."""
BESIDE = ("chemoevo.plots",)
"""Public modules that are imported by themselves: what they need is an extra."""


@dataclass(frozen=True)
class Group:
    """Names that are listed together: those that live in one of these modules, or below."""

    key: str
    title: str
    lead: str
    homes: tuple[str, ...]


GROUPS = (
    Group(
        "process", "Processes", "What is modeled: types of cells, their rates, pulses and competition.", ("process",)
    ),
    Group(
        "simulation",
        "Simulation",
        "Histories drawn from a process or a scenario, in memory or on disk.",
        ("study", "ensemble"),
    ),
    Group(
        "options",
        "Options of a simulation",
        "When a history ends, and what is recorded of it.",
        ("ensemble.options", "ensemble.counts", "ensemble.crossings"),
    ),
    Group(
        "questions",
        "Questions without simulation",
        "Answers by the backward and forward equations of the same process.",
        ("analytic", "sensitivity", "answers.cure", "answers.relapse", "answers.rare"),
    ),
    Group("scenario", "Scenarios", "A tumor, a regimen and a patient, in Python or in a file.", ("scenario",)),
    Group(
        "answers", "Answers", "What a simulated scenario answers, with intervals.", ("answers", "ensemble.estimates")
    ),
    Group("profiles", "Profiles", "A tumor as it was measured in one patient.", ("profiles",)),
    Group("rankings", "Rankings", "Regimens side by side.", ("rankings",)),
    Group("sweeps", "Sweeps", "The same question at many points.", ("sweeps",)),
    Group(
        "pharmacology",
        "Pharmacology",
        "Doses, patients, drugs, concentrations and neutrophils.",
        ("pharmacology", "base.evidence"),
    ),
    Group("resistance", "Resistance", "Alterations, genotypes, and what drugs do to them.", ("resistance",)),
    Group("plots", "Plots", "Figures of processes, ensembles and answers.", ("plots",)),
    Group("testing", "Testing", "Strategies and transformations for property tests.", ("testing",)),
    Group("errors", "Errors", "What is raised, and the version.", ("errors", "_core")),
)


@dataclass(frozen=True)
class Entry:
    """A public name: where users find it, and where it lives."""

    module: str
    name: str
    home: str

    @cached_property
    def value(self) -> Any:
        """What the name stands for."""
        return getattr(importlib.import_module(self.module), self.name)

    @property
    def page(self) -> str:
        """The name of its page; two names that differ in capitals only would be one file on some disks."""
        twin = inspect.isfunction(self.value) and self.name.capitalize() in importlib.import_module(self.module).__all__
        return f"{self.module}.{self.name}{'-function' if twin else ''}"

    @property
    def group(self) -> Group:
        """The group whose home is nearest."""
        inside = self.home.removeprefix("chemoevo.")
        fitting = [
            (len(home), group) for group in GROUPS for home in group.homes if f"{inside}.".startswith(f"{home}.")
        ]
        if not fitting:
            raise LookupError(
                f"{self.module}.{self.name} lives in {self.home}: add that folder to a group in {__file__}."
            )
        return max(fitting, key=lambda found: found[0])[1]

    @property
    def text(self) -> str:
        """Its documentation; that of a constant stands below it in the source."""
        if inspect.isclass(self.value) or inspect.isroutine(self.value):
            return inspect.getdoc(self.value) or ""
        documented = ModuleAnalyzer.for_module(self.home).find_attr_docs() if self.home != "chemoevo._core" else {}
        found = documented.get(("", self.name))
        return "\n".join(found).strip() if found else _CONSTANTS.get(self.name, "")


_CONSTANTS = {
    "__version__": "The version of chemoevo, as text.",
    "SENSITIVE": "The name of the genotype without alterations.",
    "Stage": "Where an alteration acts.",
}


def imported(module: Any) -> dict[str, str]:
    """Where the names of a public module live, by the imports of its table."""
    file = Path(module.__file__)
    table = file.with_suffix(".pyi") if file.with_suffix(".pyi").exists() else file
    package = module.__name__ if file.stem == "__init__" else module.__name__.rpartition(".")[0]
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(table.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            home = f"{package}.{node.module}" if node.level and node.module else node.module or package
            found.update({alias.name: home for alias in node.names})
    return found


def entries() -> list[Entry]:
    """Every public name once, under the shortest module that has it."""
    modules = [chemoevo, *(importlib.import_module(name) for name in BESIDE)]
    found: dict[int, Entry] = {}
    listed: list[Entry] = []
    for module in modules:
        homes = imported(module)
        for name in module.__all__:
            value = getattr(module, name)
            if inspect.ismodule(value):
                if value not in modules:
                    modules.append(value)
                continue
            entry = Entry(module.__name__, name, homes.get(name, module.__name__))
            known = found.setdefault(id(value), entry) if inspect.isclass(value) or inspect.isroutine(value) else entry
            if known is entry:
                listed.append(entry)
    return listed


def members(kind: type, *, common: bool = False) -> Iterator[tuple[str, str]]:
    """(directive, name) of the methods and properties of a class that this package defines and documents.

    Those that many classes have in common, to write them to files and the like, are apart.
    """
    homes = {name: base.__module__ for base in reversed(kind.__mro__) for name in sorted(vars(base))}
    for name, home in sorted(homes.items(), key=lambda item: (item[1].startswith("chemoevo.base."), item[0])):
        shared = home.startswith("chemoevo.base.") and kind.__name__ != IN_FULL
        if not home.startswith("chemoevo.") or shared != common:
            continue
        value = inspect.getattr_static(kind, name)
        if name.startswith("_") or name in HIDDEN or not inspect.getdoc(value):
            continue
        if isinstance(value, property | cached_property):
            yield "autoproperty", name
        elif inspect.isfunction(value) or isinstance(value, classmethod | staticmethod):
            yield "automethod", name


def name_page(entry: Entry) -> str:
    """The page of a name, as reStructuredText."""
    value, path = entry.value, entry.name
    head = f"{path}\n{'=' * len(path)}\n\n.. currentmodule:: {entry.module}\n\n"
    if inspect.isclass(value):
        own = "".join(f"\n   .. {directive}:: {path}.{name}\n" for directive, name in members(value))
        common = [name for _, name in members(value, common=True)]
        there = ", ".join(f":py:meth:`{name} <chemoevo.{IN_FULL}.{name}>`" for name in common)
        also = f"\nAlso {there}, as {IN_FULL} has them.\n" if common else ""
        return f"{head}.. autoclass:: {path}\n{own}{also}"
    if inspect.isroutine(value):
        return head + f".. autofunction:: {path}\n"
    shown = f"   :value: {value!r}\n" if isinstance(value, str | int | float) else ""
    return head + f".. py:data:: {path}\n{shown}\n   {entry.text}\n"


def group_page(group: Group, listed: list[Entry]) -> str:
    """The page of a group: a table of its names with their first lines."""
    lines = [group.title, "=" * len(group.title), "", group.lead, "", ".. list-table::", "   :widths: 35 65", ""]
    for entry in listed:
        short = entry.module.removeprefix("chemoevo").removeprefix(".")
        shown = f"{short}.{entry.name}" if short else entry.name
        first = entry.text.split("\n\n")[0].replace("\n", " ")
        lines += [f"   * - :doc:`{shown} <{entry.page}>`", f"     - {first}"]
    lines += ["", ".. toctree::", "   :hidden:", "", *(f"   {entry.name} <{entry.page}>" for entry in listed), ""]
    return "\n".join(lines)


def pages() -> dict[str, str]:
    """Every page of the reference by the name of its file."""
    listed = sorted(entries(), key=lambda entry: (entry.module.count("."), entry.name.casefold()))
    by_group = {group: [entry for entry in listed if entry.group == group] for group in GROUPS}
    shown = [group for group in GROUPS if by_group[group]]
    title = "API reference"
    lines = [title, "=" * len(title), "", "Every public name, by what it is for.", ""]
    lines += ["Write ``import chemoevo as ce``; modules are found below it: ``ce.pharmacology``.", ""]
    lines += [".. list-table::", "   :widths: 35 65", ""]
    for group in shown:
        lines += [f"   * - :doc:`{group.title} <{group.key}>`", f"     - {group.lead}"]
    lines += ["", ".. toctree::", "   :hidden:", "", *(f"   {group.key}" for group in shown), ""]
    found = {"index.rst": "\n".join(lines)}
    found.update({f"{group.key}.rst": group_page(group, by_group[group]) for group in shown})
    found.update({f"{entry.page}.rst": name_page(entry) for entry in listed})
    return found


def write_pages(app: Sphinx) -> None:
    """Writes the pages; one that is as it was is left alone, so that it need not be read again.

    A page appears whole: another build may read at the same time.
    """
    folder = Path(app.srcdir) / FOLDER
    folder.mkdir(exist_ok=True)
    wanted = pages()
    for file in folder.glob("*.rst"):
        if file.name not in wanted:
            file.unlink(missing_ok=True)
    for name, text in wanted.items():
        file = folder / name
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            private = folder / f".{os.getpid()}.new"
            private.write_text(text, encoding="utf-8")
            private.replace(file)


def setup(app: Sphinx) -> dict[str, bool]:
    """Connects the extension."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
