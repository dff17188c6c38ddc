"""What a scenario file asks besides cure, progression and who comes back."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from chemoevo.base.gathering import Problem, rule
from chemoevo.base.shapes import Several, given
from chemoevo.base.specification import Name, Specification, Table
from chemoevo.errors import ModelError, did_you_mean
from chemoevo.pharmacology import regimens as shipped
from chemoevo.pharmacology.regimen import Regimen
from chemoevo.resistance.interaction import Interaction
from chemoevo.resistance.potency import Potency

Question = Literal["relapse_time", "attribution", "toxicity", "ranking"]
By = Literal["cure", "median_relapse", "expected_residual"]


class Questions(Specification):
    """What `chemoevo run` answers besides cure, progression and who comes back.

    Parameters
    ----------
    ask
        "relapse_time" (how many tumors are back at every look, by equations), "attribution" (what each part of
        resistance costs in cure), "toxicity" (neutrophils by cycle), "ranking" (the regimen beside `regimens`).
    without
        Drugs of which it is not known what they do to neutrophils, and which are taken to do nothing.
    regimens
        For the ranking, by name: the name of a regimen that ships, or one line as `Regimen.parse` reads it.
    by
        What ranks: "cure", "median_relapse" or "expected_residual".
    potencies
        Of drugs that are given by `regimens` alone.
    inert
        Drugs of `regimens` alone that are named and do nothing.
    interactions
        How drugs of `regimens` act together, where the scenario does not say it.

    Examples
    --------
    >>> import chemoevo as ce
    >>> ce.Questions(ask=["toxicity", "ranking"], regimens={"fewer": "docetaxel 75 mg/m2 over 1 h q21d x4"}).ask
    ('toxicity', 'ranking')
    """

    form: ClassVar[str] = 'Questions(ask=["relapse_time"])'

    ask: Several[Question] = given(default=())
    without: Several[Name] = given(default=())
    regimens: Table[Name, Name] = Field(default_factory=dict)
    by: By = "cure"
    potencies: Several[Potency] = given(default=())
    inert: Several[Name] = given(default=())
    interactions: Several[Interaction] = given(default=())

    @rule
    def _once(self) -> Problem:
        for i, name in enumerate(self.ask):
            if name in self.ask[:i]:
                yield f"ask[{i}]", "must appear once", name

    @rule
    def _ranked(self) -> Problem:
        if "ranking" in self.ask and not self.regimens:
            yield "regimens", "must name a regimen where a ranking is asked for", None

    @rule
    def _readable(self) -> Problem:
        for name, text in self.regimens.items():
            if (wrong := unreadable(text)) is not None:
                yield f"regimens[{name}]", wrong, text


def unreadable(text: str) -> str | None:
    """Why a text is no regimen; None where it is one."""
    if text in shipped.names():
        return None
    if " " not in text.strip():
        hint = did_you_mean(text, shipped.names()).removesuffix(".")
        return f"must be the name of a regimen that ships with chemoevo, or one line as Regimen.parse reads it ({hint})"
    try:
        Regimen.parse(text)
    except ModelError as error:
        return "must be one line as Regimen.parse reads it: " + "; ".join(error.problems).removesuffix(".")
    return None
