"""Hypothesis strategies: random valid alterations and scenarios."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from chemoevo.pharmacology import Drug, Patient, Regimen
from chemoevo.resistance import Alteration, Anchor, Interaction, Potency, alteration_names, mechanism
from chemoevo.scenario.parts import Compare, FollowUp, ProgressionRule, Simulation, Surgery, Tumor
from chemoevo.scenario.scenario import Scenario
from chemoevo.testing.treatments import FACTORS, drugs, patients, regimens


@functools.cache
def _decided(drugs: tuple[str, ...]) -> list[str]:
    """Alterations that ship of whose mechanisms something is known with all of these drugs."""
    every = [Alteration(name=name, mutation=0.0) for name in alteration_names()]
    return [one.name for one in every if all(_speaks(c.mechanism, drugs) for c in one.changes)]


def _speaks(name: str, drugs: tuple[str, ...]) -> bool:
    said = [mechanism(name).on(drug) for drug in drugs]
    return all(on is not None and on.unknown is None for on in said)


_SHARES = st.sampled_from([0.0, 0.05, 0.5]) | st.floats(0.0, 0.9)


@st.composite
def alterations(
    draw: st.DrawFn, *, drugs: Sequence[str] = ("carboplatin", "docetaxel"), name: str = "X", shipped: bool = True
) -> Alteration:
    """An alteration of any stage with an effect on each of the drugs; or one that ships, where it has all of these.

    Parameters
    ----------
    drugs
        Names of the drugs on which its effect is known.
    name
        What one that does not ship is called.
    shipped
        Whether it may be one that ships: where `drugs` are among those that do.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from chemoevo.testing import alterations
    >>> @settings(deadline=None)
    ... @given(alterations(drugs=["mine"]))
    ... def test(alteration):
    ...     assert alteration.own is not None
    >>> test()
    """
    mutation = draw(st.sampled_from([0.0, 1e-9, 1e-3]) | st.floats(0.0, 0.05))
    cost = draw(_SHARES.map(lambda share: share / 4))
    known = _decided(tuple(drugs))
    more: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "copies": st.integers(1, 2),
                "reversal": st.just(0.0) | st.floats(1e-6, 0.05),
                "switch_on": st.just(0.0) | st.floats(1e-6, 0.01),
                "switch_off": st.just(0.0) | st.floats(1e-6, 0.1),
                "mutator": st.just(0.0) | st.floats(0.1, 3.0),
            },
        )
        if draw(st.integers(0, 3)) == 0
        else st.just({})
    )
    if shipped and known and draw(st.booleans()):
        return Alteration(name=draw(st.sampled_from(known)), mutation=mutation, cost=cost, **more)
    stage: Any = draw(st.sampled_from(["efflux", "detoxification", "repair", "apoptosis"]))
    if stage == "apoptosis":
        effects = [{"drug": d, "threshold": draw(FACTORS), "ceiling": draw(st.floats(0.0, 1.0))} for d in drugs]
    else:
        effects = [{"drug": d, "fold": draw(st.just(1.0) | st.floats(1.0, 100.0))} for d in drugs]
    return Alteration(name=name, mutation=mutation, cost=cost, stage=stage, effects=effects, **more)  # type: ignore[arg-type]


@st.composite
def _potencies(draw: st.DrawFn, name: str, regimen: Regimen, patient: Patient, own: Sequence[Drug]) -> Potency:
    mine = next((drug for drug in own if drug.name == name), name)
    more: dict[str, Any] = draw(
        st.fixed_dictionaries({}, optional={"ec50": st.floats(1e-3, 10.0), "hill": st.floats(0.5, 3.0)})
    )
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


def _interactions(drugs: Sequence[str]) -> st.SearchStrategy[Sequence[Interaction]]:
    """None, or one of some drugs that kill."""
    if len(drugs) < 2:
        return st.just(())
    how: Any = st.sampled_from(["doses add", "highest"])
    together = st.builds(Interaction, drugs=st.just(list(drugs)), how=how, basis=st.just("drawn"))
    pair = st.builds(Interaction, drugs=st.just(list(drugs)[:2]), alpha=st.floats(-4.0, 10.0), basis=st.just("drawn"))
    return st.just(()) | st.tuples(together | pair)


@st.composite
def scenarios(draw: st.DrawFn, *, most_alterations: int = 2, most_cells: int = 5000) -> Scenario:
    """A scenario of one or two drugs and a small tumor, every part of it sometimes there and sometimes not.

    The drugs ship, are of the scenario's own, or stand for one that ships. Potencies have an Emax or a kill in a cycle.

    Parameters
    ----------
    most_alterations
        The largest number of alterations, at most 4.
    most_cells
        (cells) The largest tumor at detection, at least 10.

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
    changes = [
        draw(alterations(drugs=given, name=f"X{i}")) for i in range(draw(st.integers(0, min(most_alterations, 4))))
    ]
    # Of the same name, the first.
    changes = list({change.name: change for change in reversed(changes)}.values())
    death = draw(st.floats(0.0, 0.5))
    tumor = Tumor(
        birth=death + draw(st.floats(0.1, 0.5)),
        death=death,
        size=draw(st.integers(10, most_cells)),
        alterations=changes,
    )
    horizon = draw(st.floats(5.0, 60.0))
    potencies = [draw(_potencies(name, regimen, patient, own)) for name in given]
    killing = [potency.drug for potency in potencies if potency.mode == "cytotoxic"]
    surgery = st.builds(Surgery, residual_fraction=st.floats(1e-3, 1.0)) | st.builds(
        Surgery, residual_cells=st.floats(1.0, 10.0)
    )
    return Scenario(
        name="a scenario",
        notes=draw(st.none() | st.just("drawn")),
        tumor=tumor,
        surgery=draw(st.none() | surgery),
        regimen=regimen,
        patient=patient,
        potencies=potencies,
        drugs=own,
        interactions=draw(_interactions(killing)),
        follow_up=FollowUp(horizon=horizon, looks_every=horizon / draw(st.integers(1, 5))),
        progression=draw(st.builds(ProgressionRule, ratio=st.floats(1.1, 3.0), size=st.floats(0.0, 1e4))),
        compare=draw(st.builds(Compare, multiple=st.integers(1, 3), day=st.none() | st.floats(1.0, horizon))),
        simulation=Simulation(replicates=draw(st.integers(1, 5)), seed=draw(st.none() | st.integers(0, 9))),
    )
