"""Paths as they enter the package: taken literally, but for a ~ at the beginning, which is the home directory."""

from __future__ import annotations

import os
from pathlib import Path

from chemoevo.errors import ModelError


def path_of(path: object, *, name: str = "path", kind: str = "folder") -> Path:
    """The path that an argument names, of a folder or a file.

    `[`, `]`, `*` and `?` are letters like any other. `~` and `~user` at the beginning are home directories, where there
    is such a user.

    Raises
    ------
    ModelError
        If it is empty, or a text that no path can be.
    TypeError
        If it is no path.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a path of a {kind}; got {path!r:.200}.")
    if not text:
        raise ModelError(f"{name} must name a {kind}; got ''.")
    if "\0" in text:
        raise ModelError(f"{name} must be without null characters; got {text!r:.200}.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ModelError(f"{name} must be text in UTF-8; got {text!r:.200}.") from None
    return Path(os.path.expanduser(text))  # noqa: PTH111 - Path.expanduser refuses users that it does not know
