"""The examples that come with the package, and what it has to read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import metadata
from inspect import getdoc, signature
from pathlib import Path
from types import ModuleType

from chemoevo.base.files import writing
from chemoevo.base.locations import path_of
from chemoevo.base.shipped import comment_on_top, first_sentence
from chemoevo.base.tables import text_table, wrapped
from chemoevo.errors import ModelError

FOLDER = Path(__file__).parents[1] / "examples"


PUBLISHED = "published"
"""The folder of papers, which is listed by the one script that runs them."""


def _files() -> list[Path]:
    return sorted(path for path in FOLDER.rglob("*") if path.suffix in (".toml", ".py"))


def _name(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


def example_list() -> str:
    """Names of the examples, and what each is about."""
    shown = [path for path in _files() if path.parent == FOLDER or _name(path) == f"{PUBLISHED}/run.py"]
    rows = [(_name(path), _about(path)) for path in shown]
    more = "chemoevo examples --copy DIR copies them, and writes the documentation of every public name beside."
    return f"{text_table(('example', 'about'), rows, indent='')}\n\n{wrapped(more, hanging='')}"


def _about(path: Path) -> str:
    """The first sentence of an example: of the docstring, or of the comment on top."""
    text = path.read_text(encoding="utf-8")
    first = " ".join(text.split('"""')[1].split()) if path.suffix == ".py" else comment_on_top(text)[0]
    return first_sentence(first)


def _documents() -> dict[str, str]:
    """By file: the README, the documentation of every public name, and the schema of scenario files."""
    # By its name: the front door stands above all rooms.
    chemoevo = import_module("chemoevo")
    readme = metadata("chemoevo").get_payload()  # type: ignore[attr-defined]
    parts = [f"# chemoevo {chemoevo.__version__}: every public name"]
    things = {name: getattr(chemoevo, name) for name in dir(chemoevo) if not name.startswith("_")}
    for name, thing in things.items():
        if not isinstance(thing, ModuleType):
            parts.append(f"## {name}\n\n```text\n{name}{_signature(thing)}\n\n{getdoc(thing)}\n```")
    schema = json.dumps(chemoevo.Scenario.json_schema(), indent=2)
    return {"README.md": readme, "reference.md": "\n\n".join(parts) + "\n", "scenario.schema.json": f"{schema}\n"}


def _signature(thing: Callable[..., object]) -> str:
    try:
        return str(signature(thing))
    except ValueError:  # that of an exception is of no interest
        return ""


def copy_examples(folder: str) -> str:
    """Copies them, with documents beside; files that are there are never replaced.

    Raises
    ------
    ModelError
        If a file of that name is there, or the folder cannot be written.
    """
    target = path_of(folder, name="copy")
    documents = _documents()
    there = [name for name in (*map(_name, _files()), *documents) if (target / name).exists()]
    if there:
        raise ModelError(f"copy: {str(target)!r} has {', '.join(there)} already. Name another folder.")
    with writing(target, name="copy"):
        target.mkdir(parents=True, exist_ok=True)
        for path in _files():
            (target / _name(path)).parent.mkdir(exist_ok=True)
            shutil.copyfile(path, target / _name(path))
        for name, text in documents.items():
            (target / name).write_text(text, encoding="utf-8")
    return f"{len(_files())} files of examples copied to {target}, with {', '.join(documents)}."
