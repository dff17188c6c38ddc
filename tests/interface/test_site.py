"""The documentation site: every public name, field and column is on a page; in the long suite it is built."""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import chemoevo as ce
from chemoevo import pharmacology
from chemoevo.base.evidence import figures_of
from chemoevo.cli.main import app

if importlib.util.find_spec("sphinx") is None:
    pytest.skip("Sphinx is not installed", allow_module_level=True)

from docs._ext import (
    api_pages,
    drug_catalog,
    literature,
    outside_links,
    regimen_catalog,
    scenario_fields,
    scenario_gallery,
    table_columns,
)
from docs._ext.table import Table

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXECUTED = [DOCS / "quickstart.md", *sorted((DOCS / "notebooks").glob("*.md"))]
SLOW = pytest.mark.slow


def public_names() -> list[tuple[str, str]]:
    """(module, name) of all that users may import, modules apart."""
    modules = [ce, *(importlib.import_module(name) for name in api_pages.BESIDE)]
    modules += [value for name in ce.__all__ if inspect.ismodule(value := getattr(ce, name)) and value not in modules]
    return [
        (module.__name__, name)
        for module in modules
        for name in module.__all__
        if not isinstance(getattr(module, name), ModuleType)
    ]


def test_every_public_name_has_a_page() -> None:
    pages = api_pages.pages()
    text = "\n".join(pages.values())
    documented = dict.fromkeys(re.findall(r"^\.\. (?:autoclass|autofunction|py:data):: (\w+)$", text, re.MULTILINE))
    assert {name for _, name in public_names()} == set(documented)
    listed = re.findall(r"^   \w+ <([\w.-]+)>$", text, re.MULTILINE)
    names = {page for page, body in pages.items() if ".. currentmodule::" in body}
    assert sorted(f"{page}.rst" for page in listed) == sorted(names), "every page is in the table of one group"
    assert len({page.casefold() for page in pages}) == len(pages), "also on disks that know no capitals"


def test_a_name_of_a_folder_without_a_group_is_noticed() -> None:
    entry = next(entry for entry in api_pages.entries() if entry.name == "simulate")
    assert entry.group.key == "simulation"
    with pytest.raises(LookupError, match="add that folder to a group"):
        replace(entry, home="chemoevo.newcomer.thing").group  # noqa: B018


def test_specifications_show_their_own_methods_only() -> None:
    page = api_pages.pages()["chemoevo.Scenario.rst"]
    assert "automethod:: Scenario.load" in page
    assert "autoproperty:: Scenario.therapy" in page
    assert "model_" not in page


def test_every_field_of_a_scenario_has_a_meaning_and_numbers_have_units() -> None:
    fields = [field for part in scenario_fields.fields().values() for field in part]
    assert len(fields) > 80
    assert not [field for field in fields if not field.meaning]
    assert not [field for field in fields if field.is_number and not field.unit]
    text = scenario_fields.as_markdown()
    assert all(f"| `{field.name}` |" in text for field in fields)
    assert "| `size` | whole number | cells | >= 2 and \\<= 1e15 | required |" in text
    assert "## `[[tumor.alterations.effects]]`" in text


def test_words_about_fields_are_about_fields_that_are_there() -> None:
    there = {f"{field.owner}.{field.name}" for part in scenario_fields.fields().values() for field in part}
    assert {*scenario_fields.UNITS, *scenario_fields.MEANINGS} <= there


@pytest.mark.parametrize("table", table_columns.TABLES, ids=lambda table: table.title)
def test_every_column_of_a_table_has_a_meaning(table: Table) -> None:
    assert table.missing() == set()


def test_a_column_without_a_meaning_is_noticed() -> None:
    table = table_columns.TABLES[0]
    assert replace(table, meanings={**table.meanings, "time": " "}).missing() == {"time"}
    assert replace(table, meanings={**table.meanings, "gone": "what was"}).missing() == {"gone"}


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.name)
def test_executed_pages_have_the_header_that_makes_them_run(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith("---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n\n# ")
    assert text.count("```{code-cell}\n") >= 5
    assert "```python" not in text, "a block that would not run"


def test_every_page_is_in_a_table_of_contents() -> None:
    pages = [path for path in (*DOCS.glob("*.md"), *DOCS.glob("notebooks/*.md")) if path.name != "README.md"]
    trees = re.findall(r"```\{toctree\}\n(.*?)```", "\n".join(page.read_text() for page in pages), re.DOTALL)
    listed = {line for tree in trees for line in tree.splitlines() if line and not line.startswith(":")}
    assert listed == {str(page.relative_to(DOCS).with_suffix("")) for page in pages} - {"index"} | {"api/index"}


def test_links_out_of_the_folder_lead_to_pages() -> None:
    assert outside_links.on_site("[a](../CHANGELOG.md), [b](../README.md)") == "[a](changelog.md), [b](index.md)"
    assert outside_links.on_site("[a](docs/design.md#words)", above=True) == "[a](design.md#words)"
    assert all((DOCS / page).exists() for page in outside_links.PAGES.values())


def test_extras_are_on_the_page_that_installs() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    text = (DOCS / "install.md").read_text()
    assert not [extra for extra in extras if f"[{extra}]" not in text]


# In two parts, each for what a test may cost; what pages run is run by another test. `make docs` builds all at once.
PARTS = {
    "html": ("exclude_patterns=README.md,_build,_ext,api", "suppress_warnings=myst-nb.lexer,toc.not_readable,ref.doc"),
    "dummy": ("exclude_patterns=README.md,_build,_ext,*.md,notebooks", "root_doc=api/index"),
}


def built(builder: str, folder: Path) -> subprocess.CompletedProcess[str]:
    options = [word for setting in ("nb_execution_mode=off", *PARTS[builder]) for word in ("-D", setting)]
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", *options, "-b", builder]
    command += ["-d", str(folder / "trees"), str(DOCS), str(folder / "site")]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, text=True)


@SLOW
def test_the_pages_are_built_without_warnings_and_load_nothing_from_elsewhere(tmp_path: Path) -> None:
    done = built("html", tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 20
    site = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    assert not re.findall(r'<(?:script|img|iframe)[^>]* src="(?:https?:)?//[^"]*"', site)
    assert not re.findall(r'<link[^>]* rel="(?:stylesheet|preload)"[^>]* href="(?:https?:)?//[^"]*"', site)


@SLOW
def test_the_reference_is_built_without_warnings(tmp_path: Path) -> None:
    done = built("dummy", tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]


@SLOW
@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.name)
def test_what_pages_run_runs(page: Path) -> None:
    cells = re.findall(r"^```\{code-cell\}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    program = "\n".join(cells)
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    command = [sys.executable, "-W", "ignore:.*non-interactive:UserWarning", "-c", program]
    done = subprocess.run(command, cwd=page.parent, env=environment, capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout
    assert "Warning" not in done.stderr


def test_the_catalog_of_regimens_has_each_in_a_line_that_can_be_read() -> None:
    text = regimen_catalog.as_markdown()
    for name in pharmacology.regimens.names():
        plan = pharmacology.regimens.regimen(name)
        section = "\n".join(regimen_catalog.section(name))
        assert section in text
        line = section.split("```text\n")[1].split("```")[0]
        assert pharmacology.Regimen.parse(line).text == plan.text
        assert all(f"* {source}" in section for source in (plan.cite or "").split("; "))
    assert "*leucovorin*" in text


@pytest.mark.parametrize("name", ce.scenarios.names())
def test_the_gallery_has_every_scenario_with_its_question_and_a_command_that_is_understood(name: str) -> None:
    assert f"| [`{name}`](#scenario-{name.replace('_', '-')}) |" in "\n".join(scenario_gallery.overview())
    answered = "\n".join(scenario_gallery.section(name, "ANSWER"))
    assert f"**{ce.scenarios.question(name)}**\n\nANSWER\n\n![" in answered
    assert f"](shipped/{name}.png)" in answered
    (path,) = re.findall(r"\{download\}`\S+ <(\S+)>`", answered)
    assert ce.Scenario.load(DOCS / path) == ce.scenarios.scenario(name)
    command, arguments, _ = app.parse_args(scenario_gallery.command(name).split()[1:])
    assert (command.__name__, arguments.args) == ("run", (name,))
    without = "\n".join(scenario_gallery.section(name, None))
    assert "ANSWER" not in without
    assert ".png)" not in without
    assert scenario_gallery.command(name) in without


def test_the_gallery_shows_what_a_run_says(tmp_path: Path) -> None:
    name = "olaparib_reversion"
    text = scenario_gallery.answered(name, tmp_path)
    scenario = ce.scenarios.scenario(name)
    assert scenario.simulation.seed is None
    assert text == ce.answer(scenario, ce.simulate(scenario, seed=1)).paragraph()
    assert scenario_gallery.command(name) == f"chemoevo run {name} --seed 1 --out results/{name} --figure {name}.png"
    assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert scenario_gallery.seed(ce.scenarios.nsclc_relapse()) == ce.scenarios.nsclc_relapse().simulation.seed
    assert "--seed" not in scenario_gallery.command("nsclc_relapse")


def test_the_catalog_of_drugs_has_every_number_and_says_what_is_not_verified() -> None:
    text = drug_catalog.as_markdown()
    for name in pharmacology.drug_names():
        section = "\n".join(drug_catalog.section(pharmacology.drug(name)))
        assert section in text
        assert f"[{name}](#drug-{name})" in text
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        figures = figures_of(pharmacology.drug(name))
        assert [row.split("`")[1] for row in rows] == [path for path, _ in figures]
        for row, (_, figure) in zip(rows, figures, strict=True):
            assert (drug_catalog.NOT_VERIFIED in row) == (figure.tag != "R")
            assert re.search(r"\| \[\d+\] \| (R|P|B\+|B-?|C) \|", row)
    assert "**Without kinetics**: After 0.2 mg/kg by mouth" in text
    assert "| `kinetics.clearance` | 44.1 | L/h | 29.4 % | [1] | R |" in text
    assert "`clearance` times 1.14 in men." in text


def test_the_page_of_papers_has_every_parameter_and_every_result() -> None:
    keys = ("bozic2013", "deng2026", "greene2019", "jang2001", "lobo2002")  # those that are simulated take longer
    text = literature.as_markdown(keys)
    for key in keys:
        paper = literature.published.paper(key)
        assert "\n".join(literature.section(paper)) in text
        assert all(f"| `{one.name}` |" in text for one in paper.parameters)
        assert all(f"| {result.name} |" in text for result in paper.results)
        assert f"[{key}](https://doi.org/{paper.doi})" in text or not paper.doi
    assert "| failure in patient N22, n12 1 | probability | 0.677 | 0.6784 | 0.003 | yes |" in text
    assert "| [jang2001](#paper-jang2001) | efflux kinetics | 1 | 0 | 0 | 0 |" in text  # the other was fitted
    assert "| [deng2026](#paper-deng2026) | persisters | 1 | 1 | 0 | 0 |" in text  # one number is printed
    assert "no, and it should" not in text
    assert "out of date" not in text
