"""Links that leave docs/ for files that the site shows as pages of its own, and the files that it shows in this way."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
_INCLUDED = re.compile(r"^```\{include\} \.\./(\w+\.md)\n.*?^```$", re.MULTILINE | re.DOTALL)


def on_site(text: str, *, above: bool = False) -> str:
    """The text of a page with links as they are in docs/; `above` for one that lies in the folder above."""
    start = "](" if above else "](../"
    for file, page in PAGES.items():
        text = text.replace(f"{start}{file}", f"]({page}")
    return text.replace("](docs/", "](") if above else text


def read(app: Sphinx, page: str, source: list[str]) -> None:
    """Replaces links in the text of a page before it is read, and puts files in place of their includes."""
    if page.startswith("api/"):
        return

    def included(found: re.Match[str]) -> str:
        file = Path(app.srcdir).parent / found[1]
        app.env.note_dependency(str(file), docname=page)
        return on_site(file.read_text(encoding="utf-8"), above=True)

    source[0] = _INCLUDED.sub(included, on_site(source[0]))


def setup(app: Sphinx) -> dict[str, bool]:
    """Connects the extension."""
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
