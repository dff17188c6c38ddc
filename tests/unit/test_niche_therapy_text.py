"""What `describe`, `print` and `citations` say of niche therapies."""

from __future__ import annotations

import functools
from typing import Any

import pytest

import chemoevo as ce
from chemoevo.cli.cite import cited

BOTH = ce.Opening(gain=1, loss=0.6)
NICHES = [
    ce.Niche(name="vascular", share=0.8, oxygen=40),
    ce.Niche(name="hypoxic", share=0.2, oxygen=5, penetration={"taxane": 0.25, "platinum": 0.5}),
]


ENZYME = ce.Drug(
    name="pegvorhyaluronidase",
    drug_class="enzyme",
    molar_mass=1e6,
    fraction_unbound=1,
    mode="vascular",
    kinetics=ce.Kinetics(clearance=0.02, volume=3),
)


def therapy(**changes: Any) -> ce.NicheTherapy:
    given = {
        "drug": "bevacizumab", "ec50": 0.01, "opens": ce.Delay(stages=2, rate=0.5),
        "closes": ce.Delay(stages=6, rate=0.8868448773), "delivery": {"taxane": BOTH}, "oxygen": BOTH,
        "basis": "an example",
    }  # fmt: skip
    return ce.NicheTherapy(**{name: value for name, value in {**given, **changes}.items() if value is not None})


def scenario(*therapies: ce.NicheTherapy, niches: Any = NICHES, **more: Any) -> ce.Scenario:
    kept: dict[str, Any] = {
        "name": "a test",
        "tumor": ce.Tumor(birth=0.2, death=0.1, size=1e6, exchange=0.1, niches=niches),
        "regimen": "bevacizumab 15 mg/kg over 1.5 h + docetaxel 75 mg/m2 over 1 h d4 q21d x2",
        "patient": ce.Patient(bsa=1.8, weight=80),
        "potencies": [ce.Potency(drug="docetaxel", emax=2, basis="a test")],
        "assume_untouched": True,
        "follow_up": ce.FollowUp(horizon=42),
        "simulation": ce.Simulation(tolerance=0.1),
    }
    return ce.Scenario(niche_therapies=therapies, **{**kept, **more})


@functools.cache
def example() -> ce.Scenario:
    niches = [NICHES[0], NICHES[1].replace({"penetration": {"taxane": 0.25, "other": 0.5}})]
    return scenario(
        therapy(note="seen in mice"), niches=niches, radiotherapy=ce.Radiotherapy(dose=2, days=2, alpha=0.3, beta=0.03)
    )


def in_a_line(text: str) -> str:
    """As one line, in which every word can be looked for."""
    return " ".join(text.split())


def test_texts_fit_a_terminal() -> None:
    for text in (example().describe(), str(example()), cited(ce.citations(example()))):
        assert max(map(len, text.splitlines())) <= 80


def test_windows_are_described_with_their_numbers() -> None:
    text = in_a_line(example().describe())
    for said in (
        "bevacizumab: delivery of taxane x (1 + 1 U)(1 - 0.6 W); oxygen x (1 + 1 U)(1 - 0.6 W), in all niches",
        # 6/0.8868448773 days.
        "opens by 2 stages of 0.5 per day, 4 days on average; closes by 6 stages of 0.886845 per day, 6.77 days on",
        "half its effect at 0.01 uM, unbound in plasma an example seen in mice",
        "day 2 5 8 14 28 at last highest",
        "oxygen 1.257 1.419 1.094 0.8158 0.8 0.8 1.452, day 4.1",
        "each fraction meets the oxygen of its day, which niche therapies move; said here is that without",
        "NOTE: the window of bevacizumab closes: held for long it leaves delivery of taxane x 0.8, oxygen x 0.8",
        # 1 as in plasma times the 1.452 of the highest.
        "NOTE: bevacizumab may bring 1.45 times the unbound concentration in plasma of docetaxel: ratios are not",
        # Vessels are where plasma is: no column of its own, and nothing of "other".
        "niche docetaxel -------- ------------------- vascular as plasma (assumed) hypoxic x 0.25",
    ):
        assert said in text, said
    oxygen = text.partition("oxygen in hypoxic (mmHg) ")[2].split()[:5]
    # Nearly those under full effect, 5 mmHg times the factors: the antibody is there at 280 times its EC50 at first.
    assert [float(one) for one in oxygen] == pytest.approx([6.28, 7.09, 5.47, 4.08, 4.0], rel=0.015)
    assert text.partition("effect of bevacizumab ")[2].startswith("99.5 % ")


def test_brief_texts_name_them() -> None:
    text = in_a_line(str(example()))
    assert (
        "bevacizumab: delivery of taxane x (1 + 1 U)(1 - 0.6 W); oxygen x (1 + 1 U)(1 - 0.6 W), in all niches" in text
    )
    assert "NOTE: the window of bevacizumab closes" in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"delivery": {"anthracycline": BOTH}},
            "moves the delivery of anthracycline, and no drug of that name or class",
        ),
        ({"niches": ["vascular"]}, "no niche therapy changes hypoxic"),
        (
            {"delivery": {"o6-benzylguanine": ce.Opening(gain=-0.5)}, "closes": None, "oxygen": None},
            "x (1 - 0.5 U), in",
        ),
    ],
)
def test_notes_say_what_does_nothing(changes: dict[str, Any], said: str) -> None:
    niches = [one.replace({"penetration": {"other": 0.25}}) for one in NICHES]
    text = in_a_line(str(scenario(therapy(**changes), niches=niches)))
    assert said in text
    # A quarter of plasma times the window is less than all.
    assert "not capped" not in text


def test_a_matrix_that_is_dissolved_never_closes() -> None:
    dissolved = therapy(closes=None, delivery={"other": ce.Opening(gain=0.5)}, oxygen=None)
    text = in_a_line(scenario(dissolved).replace({"tumor.niches[hypoxic].penetration": {"other": 0.5}}).describe())
    assert "4 days on average; never closes" in text
    assert "delivery of other 1.132 1.356 1.454 1.496 1.5 1.5 in this regimen" in text
    assert "the window of" not in text


def test_births_that_are_given_do_not_move() -> None:
    niches = [one.replace({"birth": 0.5}) if one.name == "hypoxic" else one for one in NICHES]
    niches[1] = niches[1].replace({"penetration": {"other": 1}})
    text = in_a_line(str(scenario(therapy(), niches=niches)))
    assert "bevacizumab moves the oxygen in hypoxic, and births there stay: birth is given" in text


def test_what_several_change_is_said() -> None:
    """Two agents of one thing in one niche: a row of the product, that it is assumed, and how far it may go."""
    loosens = {"delivery": {"taxane": ce.Opening(gain=1.5)}, "oxygen": None, "closes": None, "niches": ["vascular"]}
    enzyme = therapy(drug="pegvorhyaluronidase", opens=ce.Delay(rate=2), **loosens)
    both = scenario(
        therapy(),
        enzyme,
        regimen=(
            "bevacizumab 15 mg/kg over 1.5 h + pegvorhyaluronidase 0.24 mg + docetaxel 75 mg/m2 over 1 h d4 q21d x2"
        ),
        drugs=[ENZYME],
    )
    text = in_a_line(both.describe())
    assert (
        "NOTE: assumed: bevacizumab and pegvorhyaluronidase change the delivery of docetaxel in vascular each as if "
        "alone, so that their factors multiply; no source says so, and one therapy that names the sum says otherwise"
    ) in text
    # As plasma, times 1.452 at the highest, times 2.5 at last.
    assert "NOTE: bevacizumab and pegvorhyaluronidase may bring 3.63 times the unbound concentration in" in text
    assert max(map(len, both.describe().splitlines())) <= 80
    # Day 2: 1.256876 (1 + 1.5 (1 - e^-4)); at last 0.8 times 2.5.
    assert "bevacizumab x 3.108 3.547 2.735 2.039 2 2 3.63, day 4.1 pegvorhyaluronidase: delivery of" in text
    assert "as if alone" not in example().describe()


@pytest.mark.parametrize("delivered", ["tariquidar", "other"])
def test_a_modulator_is_moved_as_any_drug(delivered: str) -> None:
    niches = [one.replace({"penetration": {"other": 1}}) for one in NICHES]
    model = scenario(
        therapy(delivery={delivered: BOTH}),
        niches=niches,
        regimen="bevacizumab 15 mg/kg over 1.5 h + tariquidar 150 mg + docetaxel 75 mg/m2 over 1 h d4 q21d x2",
    )
    said = in_a_line(str(model))
    assert "bevacizumab may bring 1.45 times the unbound concentration in plasma of tariquidar: ratios" in said
    assert "comes to cells" not in said


def test_citations_have_the_numbers_and_the_rule() -> None:
    table = ce.citations(example()).filter(part="niche therapy bevacizumab")
    assert dict(table.select("number", "value").iter_rows()) == {
        "ec50": 0.01, "opens.stages": 2, "opens.rate": 0.5, "closes.stages": 6, "closes.rate": 0.8868448773,
        "delivery[taxane].gain": 1, "delivery[taxane].loss": 0.6, "oxygen.gain": 1, "oxygen.loss": 0.6,
        "window_rule": None,
    }  # fmt: skip
    given = table.row(0, named=True)
    assert (given["tag"], given["unit"], given["source"], given["note"]) == ("U", "uM", "an example", "seen in mice")
    rule = table.filter(number="window_rule").row(0, named=True)
    assert rule["source"].startswith("Winkler et al. 2004")
    assert rule["verified"] is False
    # The entry "other" of the niche is met by no drug.
    assert "penetration[other].ratio" not in ce.citations(example()).filter(part="niche hypoxic")["number"].to_list()
    two = scenario(therapy(niches="vascular"), therapy(niches="hypoxic"), niches=example().tumor.niches)
    parts = [part for part in ce.citations(two)["part"].unique() if part.startswith("niche therapy")]
    assert sorted(parts) == ["niche therapy bevacizumab", "niche therapy bevacizumab 1"]
