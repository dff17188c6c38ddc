"""The JSON schema of scenario files: valid by the meta-schema, and of one mind with the reader about files."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import chemoevo as ce

EXAMPLES = Path(__file__).parents[2] / "examples"


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(ce.Scenario.json_schema())


def example(name: str = "nsclc_adjuvant.toml") -> dict[str, Any]:
    return tomllib.loads((EXAMPLES / name).read_text(encoding="utf-8"))


def test_schema_is_one_by_the_meta_schema() -> None:
    schema = ce.Scenario.json_schema()
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.toml")))
def test_examples_are_valid(name: str) -> None:
    assert list(validator().iter_errors(example(name))) == []


def test_a_ratio_alone_is_an_access() -> None:
    """As the reader takes it; one that is negative, or a word, is refused by both."""
    for ratio, sound in ((0.3, True), ({"ratio": 0.3, "lag_hours": 2}, True), (-0.3, False), ("much", False)):
        given = example("gemcitabine_matrix.toml")
        given["tumor"]["niches"][1]["penetration"]["gemcitabine"] = ratio
        assert (list(validator().iter_errors(given)) == []) is sound
        try:
            read = ce.Scenario.from_dict(given)
        except (ce.ModelError, TypeError):
            assert not sound
        else:
            assert sound
            assert read.tumor.niches[1].penetration["gemcitabine"].ratio == 0.3


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["tumour"], 1),
        (["name"], 3),
        (["tumor", "birth"], 0),
        (["tumor", "birth"], "0.1"),
        (["tumor", "death"], -0.1),
        (["tumor", "size"], 1),
        (["tumor", "size"], 1e16),
        (["tumor", "size"], 2.5),
        (["tumor", "alterations", 0, "mutation"], 1.5),
        (["patient", "bsa"], -1.8),
        (["follow_up"], {"horizon": 0}),
        (["simulation"], {"engine": "fast"}),
        (["simulation"], {"replicates": 0}),
        (["simulation"], {"tolerance": 2}),
        (["regimen"], "no such regimen"),
    ],
)
def test_broken_files_are_not(path: list[Any], value: object) -> None:
    broken = example()
    part: Any = broken
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    assert list(validator().iter_errors(broken)) != []
    with pytest.raises((ce.ModelError, TypeError)):
        ce.Scenario.from_dict(broken)
