"""Runs the Python blocks of the README and the documentation, and writes what they print below them.

To be run after a change of a random stream, and looked at before it is committed.
"""

from __future__ import annotations

import contextlib
import io
import re
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```$(?P<between>\s*)(?:^```text\n(?P<output>.*?)^```$)?", re.DOTALL | re.MULTILINE
)


def printed(code: str, page: str, scope: dict[str, object]) -> str:
    """What a block prints; the blocks of one page share their names."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, page, "exec"), scope)
    return out.getvalue()


def refreshed(text: str, page: str) -> str:
    """The text of a page with every shown output replaced by the real one."""
    scope: dict[str, object] = {}

    def replace(block: re.Match[str]) -> str:
        output = printed(block["code"], page, scope)
        if block["output"] is None:
            return block[0]
        return f"```python\n{block['code']}```{block['between']}```text\n{output}```"

    return BLOCK.sub(replace, text)


if __name__ == "__main__":
    for path in PAGES:
        before = path.read_text()
        # What a block writes stays out of the sources.
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            after = refreshed(before, path.name)
        if after != before:
            path.write_text(after)
            print(f"{path.relative_to(ROOT)}: refreshed")
