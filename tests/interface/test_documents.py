"""What the README and the documentation show is what happens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.refresh_documents import BLOCK, PAGES, ROOT, refreshed

LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_python_blocks_print_what_is_shown(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # what a page writes
    text = page.read_text()
    assert refreshed(text, name(page)) == text


def test_a_wrong_output_is_noticed() -> None:
    shown = "```python\nprint(1)\n```\n\n```text\n2\n```\n"
    assert refreshed(shown, "page") == shown.replace("2", "1")


def test_readme_shows_a_short_example_with_its_output() -> None:
    block = BLOCK.search((ROOT / "README.md").read_text())
    assert block is not None
    assert block["output"]
    assert len(block["code"].splitlines()) <= 13


def test_readme_opens_with_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text()
    assert 0 < text.index("make demo") < text.index("make test") < text.index("```python")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_files(page: Path) -> None:
    missing = [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()]
    assert not missing
