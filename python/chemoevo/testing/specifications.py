"""Hypothesis strategies: random valid scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args

from hypothesis import reject
from hypothesis import strategies as st

from chemoevo.errors import ModelError
from chemoevo.pharmacology import Drug, Patient, Regimen
from chemoevo.pharmacology.library import find_drug
from chemoevo.resistance import (
    Alteration,
    Anchor,
    CellTypes,
    Epistasis,
    Genotypes,
    Interaction,
    Mechanism,
    Potency,
    growth_process,
)
from chemoevo.resistance.cells import Biology, Cells
from chemoevo.scenario.crowded import grown
from chemoevo.scenario.parts import Compare, FollowUp, ProgressionRule, Simulation, Surgery, Tumor
from chemoevo.scenario.questions import Question, Questions
from chemoevo.scenario.room import competition_of
from chemoevo.scenario.scenario import Scenario
from chemoevo.testing.clones import observed
from chemoevo.testing.places import places, rooms
from chemoevo.testing.resistance import alterations, changes, mechanisms, radiotherapies
from chemoevo.testing.treatments import drugs, patients, regimens

_SOMETIMES = st.integers(0, 3).map(lambda number: number == 0)


def _questions(regimen: Regimen) -> st.SearchStrategy[Questions]:
    """What is asked besides cure."""
    ask = st.lists(st.sampled_from(get_args(Question)), unique=True)
    return ask.map(lambda asked: Questions(ask=asked, without=regimen.drugs, regimens={"other": "docetaxel"}))


@st.composite
def _potencies(
    draw: st.DrawFn, name: str, regimen: Regimen, patient: Patient, own: Sequence[Drug], tumor: Tumor, most: float
) -> Potency:
    """Of a drug by its name; `most` is the largest factor on mutation."""
    mine = next((drug for drug in own if drug.name == name), name)
    optional = {"ec50": st.floats(1e-3, 10.0), "hill": st.floats(0.5, 3.0)}
    if tumor.niches and all(niche.oxygen is not None for niche in tumor.niches):
        optional["hypoxia_half"] = st.floats(1.0, 20.0)
    more: dict[str, Any] = draw(st.fixed_dictionaries({}, optional=optional))
    if draw(_SOMETIMES):
        more["mutation"] = draw(st.floats(1.0, most))
    if any(niche.immune_kill for niche in tumor.niches) and draw(_SOMETIMES):
        return Potency(drug=name, emax=draw(st.floats(1.0, 10.0)), mode="unmask", basis="drawn", **more)
    kind = draw(
        st.sampled_from(["emax", "emax", "kill", "kill", "cytostatic", "cytostatic", "dividing", "norton-simon"])
    )
    if kind == "kill":
        at = Anchor.first_cycle(regimen, mine, patient=patient).replace({"cycle": draw(st.integers(1, 2))})
        kill = draw(st.floats(0.01, 2.0))
        return Potency(drug=name, log10_kill_per_cycle=kill, at=at, basis="drawn", **more)
    if kind in ("cytostatic", "dividing", "norton-simon"):
        mode: Any = kind
        return Potency(drug=name, emax=draw(st.floats(0.01, 1.0)), mode=mode, basis="drawn", **more)
    return Potency(
        drug=name, emax=draw(st.floats(0.01, 5.0)), cycling_fraction=draw(st.floats(0.1, 1.0)), basis="drawn", **more
    )


def _impossible(types: CellTypes, mine: Sequence[Mechanism], given: Sequence[str], own: Sequence[Drug]) -> bool:
    """Whether the folds of mechanisms, each possible by itself, do not go together for a drug."""
    known = {drug.name: drug for drug in own}
    cells = Cells(types, Biology(tuple(mine)), {name: find_drug(name, known) for name in given})
    try:
        for name in given:
            cells.steps(name)
    except ModelError:
        return True
    return False


def _has_room(tumor: Tumor) -> bool:
    """Whether a tumor comes to its size: niches with capacities may hold too few cells."""
    types = CellTypes(Genotypes(tumor.alterations, tumor.epistasis), tumor.place)
    competition = competition_of(tumor, types)
    if competition is None:
        return True
    # As if no cell hid from immune cells.
    growth = growth_process(alterations=types, birth=tumor.birth, death=tumor.death, competition=competition)
    return grown(growth, tumor.size).found


def _interactions(drugs: Sequence[str]) -> st.SearchStrategy[Sequence[Interaction]]:
    """None, or one of some drugs that kill."""
    if len(drugs) < 2:
        return st.just(())
    how: Any = st.sampled_from(["doses add", "highest"])
    together = st.builds(Interaction, drugs=st.just(list(drugs)), how=how, basis=st.just("drawn"))
    pair = st.builds(Interaction, drugs=st.just(list(drugs)[:2]), alpha=st.floats(-4.0, 10.0), basis=st.just("drawn"))
    return st.just(()) | st.tuples(together | pair)


@st.composite
def scenarios(
    draw: st.DrawFn, *, most_alterations: int = 2, most_cells: int = 5000, capacities: bool = False
) -> Scenario:
    """A scenario of one or two drugs and a small tumor, every part of it sometimes there and sometimes not.

    The drugs ship, are of the scenario's own, or stand for one that ships. Potencies have an Emax or a kill in a cycle.
    Sometimes every cell carries an alteration, or clones were observed.

    Parameters
    ----------
    most_alterations
        The largest number of alterations, at most 4.
    most_cells
        (cells) The largest tumor at detection, at least 10.
    capacities
        Whether cells may compete: half of the tumors then have a capacity, or their niches have. Such a scenario has no
        answer by backward equations.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> import chemoevo as ce
    >>> from chemoevo.testing import scenarios
    >>> @settings(deadline=None, max_examples=20)
    ... @given(scenarios())
    ... def test(scenario):
    ...     assert ce.Scenario.from_toml(scenario.to_toml()) == scenario
    >>> test()
    """
    own = [draw(drugs(name=name)) for name in draw(st.sampled_from([[], [], ["mine"], ["docetaxel"]]))]
    given = draw(st.sampled_from([["docetaxel"], ["carboplatin", "docetaxel"]]))
    given = [*given, *(drug.name for drug in own if drug.name not in given)]
    patient = draw(patients(drugs=given))
    regimen = draw(regimens(drugs=given))
    number = draw(st.integers(0, min(most_alterations, 4)))
    altered = [draw(alterations(drugs=given, name=f"X{i}")) for i in range(number)]
    mine: list[Mechanism] = []
    if altered and draw(st.integers(0, 2)) == 0:
        # The last one changes a mechanism of the scenario's own.
        mine = [draw(mechanisms(drugs=given))]
        change = draw(changes(mine[0]))
        altered[-1] = Alteration(name="Y", mutation=altered[-1].mutation, changes=[change])
    # Of the same name, the first.
    altered = list({one.name: one for one in reversed(altered)}.values())
    names = [one.name for one in altered]
    together = st.builds(Epistasis, alterations=st.just(names[:2]), birth=st.floats(0.0, 1.0), basis=st.just("drawn"))
    death = draw(st.floats(0.0, 0.5))
    birth = death + draw(st.floats(0.1, 0.5))
    there = draw(places(drugs=given, acting=given, birth=birth, death=death, altered=altered))
    size = draw(st.integers(10, most_cells))
    if capacities and draw(st.booleans()):
        there = draw(rooms(size, there))
    tumor = Tumor(
        birth=birth,
        death=death,
        size=size,
        alterations=altered,
        epistasis=[draw(together)] if len(names) > 1 and draw(st.integers(0, 3)) == 0 else [],
        expressions={one.name: draw(st.floats(0.0, 2.0)) for one in mine if draw(st.booleans())},
        **there,
    )
    if mine and _impossible(CellTypes(Genotypes(altered), tumor.place), mine, given, own):
        reject()
    if not _has_room(tumor):
        reject()
    horizon = draw(st.floats(5.0, 60.0))
    # Mutation of all drugs together leaves probabilities.
    most = min(20.0, 1.0 + (0.99 / max(Genotypes(altered).most_mutation, 1e-9) - 1.0) / len(given))
    potencies = [draw(_potencies(name, regimen, patient, own, tumor, most)) for name in given]
    killing = [potency.drug for potency in potencies if potency.mode == "cytotoxic"]
    surgery = st.builds(Surgery, residual_fraction=st.floats(1e-3, 1.0)) | st.builds(
        Surgery, residual_cells=st.floats(1.0, 10.0)
    )
    # Where cells compete a tumor may stand still soon above its size, and progression must be below that.
    most = min(1e4, float(tumor.size)) if capacities else 1e4
    scenario = Scenario(
        name="a scenario",
        notes=draw(st.none() | st.just("drawn")),
        tumor=tumor,
        surgery=draw(st.none() | surgery),
        radiotherapy=[draw(radiotherapies(name=draw(st.sampled_from([None, "boost"]))))] if draw(_SOMETIMES) else [],
        regimen=regimen,
        patient=patient,
        potencies=potencies,
        drugs=own,
        mechanisms=mine,
        # Of a drug of one's own that changes P-gp nothing is known with it, nor with what hypoxia or a state raises.
        assume_untouched=bool(there) or any(drug.changes for drug in own),
        interactions=draw(_interactions(killing)),
        follow_up=FollowUp(horizon=horizon, looks_every=horizon / draw(st.integers(1, 5))),
        progression=draw(st.builds(ProgressionRule, ratio=st.floats(1.1, 3.0), size=st.floats(0.0, most))),
        compare=draw(st.builds(Compare, multiple=st.integers(1, 3), day=st.none() | st.floats(1.0, horizon))),
        questions=draw(st.none() | _questions(regimen)),
        simulation=Simulation(replicates=draw(st.integers(1, 5)), seed=draw(st.none() | st.integers(0, 9))),
    )
    return draw(observed(scenario)) if bool(altered) and draw(st.booleans()) else scenario
