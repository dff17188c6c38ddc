"""Regimens in one line, as people say them: "docetaxel 75 mg/m2 over 1 h + carboplatin 6 AUC over 1 h at 1 h q21d x6".

    regimen := part {"then" part}
    part    := dose {"+" dose} "q"N"d" ["x"N]  |  "pause" N "d"
    dose    := DRUG AMOUNT UNIT {"over" N ("h" | "min") | ROUTE | "max" N "mg" | "d"DAYS | "at" N "h" | "c"DAYS}
    DAYS    := days or cycles or ranges of them, joined by commas: 1,8,15 or 1-5,8

What follows a dose may stand in any order, each once. A drug whose name has spaces is quoted; "q3w" is "q21d".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from chemoevo.errors import ModelError, did_you_mean
from chemoevo.pharmacology.dose import Dose, DoseUnit, dose_unit, in_milligrams, runs
from chemoevo.pharmacology.phase import Phase
from chemoevo.pharmacology.routes import Route

_NUMBER = r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?"
_WORD = re.compile(r'"(?:[^"]|"")*"|\S+')
_TOGETHER = re.compile(rf"({_NUMBER})(mg|mg/m2|mg/kg|AUC|IU|IU/m2|h|min)$")
_MOST_DAYS = 100_000
_EVERY = re.compile(rf"q({_NUMBER})([hdw])$")
_TIMES = re.compile(r"x(\d+)$")
_DAYS = re.compile(r"([dc])\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*,?$")
_COUNTED = {"d": "days", "c": "cycles"}
_UNITS: tuple[str, ...] = get_args(DoseUnit)
_ROUTES: dict[str, Route] = {**{route: route for route in get_args(Route)}, "po": "oral"}
_HOURS = {"h": 1.0, "min": 1.0 / 60.0}
_DAYS_OF = {"h": 1.0 / 24.0, "d": 1.0, "w": 7.0}
_PLAIN = re.compile(r'[^\s"+]+$')
_WORDS = ("then", "pause", "+")


def phases_of(text: str) -> tuple[Phase, ...]:
    """The phases that a text says.

    Raises
    ------
    ModelError
        If a word is not what can stand there: the message has the word and its place.
    """
    reader = _Reader(text, [word for match in _WORD.finditer(text) for word in _apart(match[0])])
    phases = [_part(reader)]
    while not reader.done:
        reader.expect("then", "or the end of the text")
        phases.append(_part(reader))
    return tuple(phases)


def text_of(phases: Iterable[Phase]) -> str:
    """The text of phases, which gives them back."""
    return " then ".join(map(_phase_text, phases))


def _apart(word: str) -> tuple[str, ...]:
    """A number and its unit as two words."""
    match = _TOGETHER.match(word)
    return (word,) if match is None else (match[1], match[2])


@dataclass
class _Reader:
    text: str
    words: Sequence[str]
    place: int = 0

    @property
    def done(self) -> bool:
        return self.place >= len(self.words)

    @property
    def word(self) -> str:
        return "" if self.done else self.words[self.place]

    def next(self) -> str:
        self.place += 1
        return self.words[self.place - 1]

    def wrong(self, wanted: str, hint: str = "") -> ModelError:
        found = "the text ends there" if self.done else f"got {self.word!r}"
        said = [*self.words[: self.place], f">>>{self.word}<<<", *self.words[self.place + 1 :]]
        shown = " ".join(said[max(0, self.place - 6) : self.place + 5])
        return ModelError(
            f"text, word {self.place + 1}, must be {wanted}; {found}: {shown}." + (f" {hint}" if hint else "")
        )

    def expect(self, word: str, others: str = "") -> None:
        if self.word != word:
            raise self.wrong(f"{word!r}" + (f" {others}" if others else ""))
        self.place += 1

    def number(self, what: str) -> float:
        if not re.fullmatch(_NUMBER, self.word):
            raise self.wrong(what)
        return float(self.next())

    def choice(self, names: Iterable[str], what: str) -> str:
        names = list(names)
        if self.word not in names:
            raise self.wrong(f"{what}: {', '.join(names)}", did_you_mean(self.word, names))
        return self.next()


def _part(reader: _Reader) -> Phase:
    if reader.word == "pause":
        reader.next()
        match = re.fullmatch(rf"({_NUMBER})d", reader.word)
        if match is None:
            raise reader.wrong("the length of the pause in days, such as 28d")
        reader.next()
        return Phase(cycle_length_days=float(match[1]), cycles=1, doses=())
    doses = [_dose(reader)]
    while reader.word == "+":
        reader.next()
        doses.append(_dose(reader))
    match = _EVERY.match(reader.word)
    if match is None:
        raise reader.wrong("'+' and another dose, or how often the cycle comes, such as q21d")
    reader.next()
    days = float(match[1]) * _DAYS_OF[match[2]]
    times = _TIMES.match(reader.word)
    if times is not None:
        reader.next()
    return Phase(cycle_length_days=days, cycles=1 if times is None else int(times[1]), doses=doses)


def _dose(reader: _Reader) -> Dose:
    if reader.done or reader.word in _WORDS or _EVERY.match(reader.word):
        raise reader.wrong("the name of a drug")
    name = reader.next()
    given: dict[str, Any] = {"drug": name[1:-1].replace('""', '"') if name.startswith('"') else name}
    given["amount"] = reader.number("an amount")
    given["unit"] = _unit(reader)
    while not reader.done and (option := _option(reader)) is not None:
        name, value = option
        if name in given:
            reader.place -= 1
            raise reader.wrong("said once of a dose")
        given[name] = value
    return Dose(**given)


def _unit(reader: _Reader) -> str:
    """A unit of doses; of a mass in grams or micrograms what to write instead, and no other unit that looks like it."""
    if hint := in_milligrams(reader.word):
        raise reader.wrong(f"a unit: {', '.join(_UNITS)}", hint)
    if dose_unit(reader.word) in _UNITS:
        return dose_unit(reader.next())
    return reader.choice(_UNITS, "a unit")


def _option(reader: _Reader) -> tuple[str, Any] | None:
    word = reader.word
    if word == "over":
        reader.next()
        length = reader.number("the length of the infusion")
        return "duration_hours", length * _HOURS[reader.choice(_HOURS, "a unit of time")]
    if word == "at":
        reader.next()
        hour = reader.number("the hour of the day")
        reader.expect("h")
        return "start_hours", hour
    if word == "max":
        reader.next()
        most = reader.number("the largest single dose")
        reader.expect("mg")
        return "cap", most
    if word in _ROUTES:
        return "route", _ROUTES[reader.next()]
    counted = _DAYS.match(word)
    if counted is not None:
        return _COUNTED[counted[1]], _numbers(reader, _COUNTED[counted[1]])
    return None


def _numbers(reader: _Reader, what: str) -> tuple[int, ...]:
    found: list[int] = []
    for run in filter(None, reader.word[1:].split(",")):
        first, _, last = run.partition("-")
        # Nothing is written out before it is seen to be possible.
        if not 0 < int(first) <= int(last or first) <= _MOST_DAYS:
            raise reader.wrong(f"{what} from 1 to {_MOST_DAYS:,}, runs of them from the first to the last")
        found += range(int(first), int(last or first) + 1)
    reader.next()
    return tuple(found)


def _phase_text(phase: Phase) -> str:
    if not phase.doses and phase.cycles == 1:
        return f"pause {_figure(phase.cycle_length_days)}d"
    doses = " + ".join(map(_dose_text, phase.doses))
    return f"{doses} q{_figure(phase.cycle_length_days)}d x{phase.cycles}"


def _dose_text(dose: Dose) -> str:
    plain = _PLAIN.match(dose.drug) and dose.drug not in _WORDS and not _EVERY.match(dose.drug)
    name = dose.drug if plain and len(_apart(dose.drug)) == 1 else '"' + dose.drug.replace('"', '""') + '"'
    words = [name, _figure(dose.amount), dose.unit]
    if dose.duration_hours:
        minutes = round(dose.duration_hours * 60)
        short = dose.duration_hours < 1 and minutes * _HOURS["min"] == dose.duration_hours
        words += ["over", *([f"{minutes}", "min"] if short else [_figure(dose.duration_hours), "h"])]
    if dose.route is not None:
        words.append(dose.route)
    if dose.cap is not None:
        words += ["max", _figure(dose.cap), "mg"]
    if dose.days != (1,):
        words.append(f"d{_numbers_text(dose.days)}")
    if dose.start_hours:
        words += ["at", _figure(dose.start_hours), "h"]
    if dose.cycles is not None:
        words.append(f"c{_numbers_text(dose.cycles)}")
    return " ".join(words)


def _numbers_text(numbers: Sequence[int]) -> str:
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs(numbers))


def _figure(value: float) -> str:
    """The shortest text that gives the number back."""
    return repr(float(value)).removesuffix(".0")
