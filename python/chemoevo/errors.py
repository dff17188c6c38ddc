"""The exceptions of chemoevo, and the collector that reports every problem at once."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

T = TypeVar("T")


class ModelError(ValueError):
    """A value of a specification or an argument is wrong; nothing was computed.

    Attributes
    ----------
    problems
        One sentence per problem: the field by its path, the rule, the value, the remedy.
    """

    def __init__(self, problems: str | Sequence[str]) -> None:
        self.problems: tuple[str, ...] = (problems,) if isinstance(problems, str) else tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        if len(self.problems) == 1:
            return self.problems[0]
        return "\n".join([f"{len(self.problems)} problems:", *(f"  - {p}" for p in self.problems)])


class SimulationError(RuntimeError):
    """Something failed at run time that no check beforehand could find."""


class Words(str):
    """Words about a value, shown without quotes; text that the user gave is shown with them."""

    __slots__ = ()
    __repr__ = str.__str__


NOTHING: Final = Words("")
"""Given as a value where none is to be shown; None is a value like any other."""

_LONGEST = 240
"""Characters of a value that a message shows."""


class Problems:
    """Collects the problems of one specification, to raise them together.

    Wrong types (`TypeError`) and wrong values (`ModelError`) are told apart: a specification with a
    wrong type raises `TypeError`, which then lists all problems.
    """

    def __init__(self) -> None:
        self._found: list[str] = []
        self._wrong_type = False

    def value(self, path: str, rule: str, got: object = NOTHING, *, hint: str = "") -> None:
        """Notes a wrong value: `path` must `rule`; got `got`."""
        self._note(path, rule, got, hint)

    def type(self, path: str, rule: str, got: object = NOTHING, *, hint: str = "") -> None:
        """Notes a wrong type."""
        self._wrong_type = True
        self._note(path, rule, got, hint)

    def extend(self, sentences: Iterable[str], *, wrong_type: bool = False) -> None:
        """Takes over what another check has found."""
        self._found.extend(sentences)
        self._wrong_type |= wrong_type

    def _note(self, path: str, rule: str, got: object, hint: str) -> None:
        text = f"{path} {rule}"
        if got is not NOTHING:
            shown = repr(got)
            text += f"; got {shown if len(shown) <= _LONGEST else shown[: _LONGEST - 3] + '...'}"
        self._found.append(f"{text}.{' ' + hint if hint else ''}")

    def __bool__(self) -> bool:
        return bool(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def raise_if_any(self) -> None:
        """Raises `TypeError` or `ModelError` with all that was noted, or returns."""
        if not self._found:
            return
        error = ModelError(self._found)
        if self._wrong_type:
            raise TypeError(str(error))
        raise error


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """A suggestion for a near miss, as a sentence, or the known words."""
    words = list(known)
    same = [w for w in words if w.casefold() == str(word).casefold()]
    same += [w for w in words if "+" in w and sorted(w.split("+")) == sorted(str(word).split("+"))]
    close = same or difflib.get_close_matches(str(word), words, n=1)
    if close:
        return f"Did you mean {close[0]!r}?"
    shown = ", ".join(map(repr, words[:12])) + (", ..." if len(words) > 12 else "")
    return f"Known: {shown}."


def near_miss(word: object, known: Iterable[str]) -> str:
    """`did_you_mean`, where the known words are said already: nothing, if there is no near one."""
    hint = did_you_mean(word, known)
    return hint if hint.startswith("Did") else ""


def percent(value: object) -> str:
    """What to write for a share that was given in percent, where a number may be one; just above 1 it is a ratio."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 2.0 < value <= 100.0:
        return ""
    return f"{value:.10g} looks like %: write {value / 100.0:.10g}."


def collect(problems: Problems, check: Callable[[], T]) -> T | None:
    """The result of `check`, or None with what it raised noted among `problems`."""
    try:
        return check()
    except ModelError as error:
        problems.extend(error.problems)
    except TypeError as error:
        problems.extend([str(error)], wrong_type=True)
    return None
