"""What commands print, and what they say when they are interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interrupted(message: str) -> Iterator[None]:
    """What is said where Ctrl-C comes within."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(message) from None


def print_text(text: str) -> None:
    """Prints at once."""
    print(text, flush=True)


def print_json(content: object) -> None:
    """Prints plain data."""
    from json import dumps

    print_text(dumps(content, indent=2))
