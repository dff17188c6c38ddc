"""The examples that come with the package."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from chemoevo.base.files import writing
from chemoevo.base.locations import path_of
from chemoevo.base.tables import text_table
from chemoevo.errors import ModelError

FOLDER = Path(__file__).parents[1] / "examples"


def _files() -> list[Path]:
    return sorted(path for path in FOLDER.iterdir() if path.suffix in (".toml", ".py"))


def example_list() -> str:
    """Names of the examples, and what each is about."""
    rows = [(path.name, _about(path)) for path in _files()]
    return text_table(("example", "about"), rows, indent="") + "\n\nchemoevo examples --copy DIR copies them."


def _about(path: Path) -> str:
    """The first sentence of an example: of the docstring, or of the comment on top."""
    text = path.read_text(encoding="utf-8")
    first = text.split('"""')[1] if path.suffix == ".py" else text.split("\n\n")[0].replace("#", " ")
    return re.split(r"(?<=[.?])(?:\s|$)", " ".join(first.split()), maxsplit=1)[0]


def copy_examples(folder: str) -> str:
    """Copies them; files that are there are never replaced.

    Raises
    ------
    ModelError
        If a file of that name is there, or the folder cannot be written.
    """
    target = path_of(folder, name="copy")
    there = [path.name for path in _files() if (target / path.name).exists()]
    if there:
        raise ModelError(f"copy: {str(target)!r} has {', '.join(there)} already. Name another folder.")
    with writing(target, name="copy"):
        target.mkdir(parents=True, exist_ok=True)
        for path in _files():
            shutil.copyfile(path, target / path.name)
    return f"{len(_files())} examples copied to {target}."
