"""engine=None is what the scenario says, "auto" is auto, at every door."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import chemoevo as ce

ASKED = [(None, "bnb"), ("auto", "auto"), ("direct", "direct")]


def scenario() -> ce.Scenario:
    return ce.Scenario(
        name="small",
        tumor=ce.Tumor(birth=0.139, death=0.05, size=50, alterations=[ce.Alteration(name="ABCB1", mutation=1e-3)]),
        regimen=ce.regimens.docetaxel_carboplatin(),
        patient=ce.Patient(bsa=1.8, gfr=90),
        potencies=[ce.Potency(drug=drug, emax=1.0, basis="a test") for drug in ("docetaxel", "carboplatin")],
        follow_up=ce.FollowUp(horizon=7.0),
        simulation={"engine": "bnb", "seed": 1, "replicates": 2},  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(("engine", "meant"), ASKED)
def test_engine_means_the_same_at_every_door(engine: Any, meant: str, tmp_path: Path) -> None:
    study = scenario()
    ens = ce.simulate(study, engine=engine, stage=2, threads=1)
    assert ens.growth is not None
    assert (ens.asked, ens.growth.asked, ens.stage, ens.growth.stage) == (meant, meant, 2, 2)
    assert ens.replicate(1).asked == meant
    (part,) = ce.simulate_chunks(study, engine=engine, threads=1)
    assert part.asked == meant
    ce.simulate_to(study, path=tmp_path, engine=engine, threads=1)
    assert ce.load(tmp_path).asked == meant


def test_engine_of_a_process_is_auto_unless_said() -> None:
    process = ce.BranchingProcess(types=["S"], birth=[0.2], death=[0.1])
    assert [ce.simulate(process, initial={"S": 1}, times=[1], engine=e).asked for e in (None, "auto", "bnb")] == [
        "auto",
        "auto",
        "bnb",
    ]
