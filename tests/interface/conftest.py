"""What tests of the command line share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli_w

from tests.interface._command_line import SMALL, Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes the small scenario, with top-level tables updated, and gives its path."""

    def _write(**changes: Any) -> Path:
        content = {k: {**v, **changes[k]} if isinstance(changes.get(k), dict) else v for k, v in SMALL.items()}
        content.update({k: v for k, v in changes.items() if k not in SMALL or not isinstance(v, dict)})
        path = tmp_path / "small.toml"
        path.write_text(tomli_w.dumps(content), encoding="utf-8")
        return path

    return _write
